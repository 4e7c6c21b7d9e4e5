use underpin_base::Name;

use super::{PlanNode, Ran, explained};
use crate::request::PlanForm;

fn plan() -> PlanNode {
    let scan = |kind, relation: &str, alias: &str| PlanNode {
        kind,
        relation: Some((relation.to_owned(), alias.to_owned())),
        ..PlanNode::default()
    };
    PlanNode {
        kind: "Nested Loop",
        plans: vec![
            scan("Seq Scan", "projects", "projects"),
            PlanNode {
                index: Some("clients_pkey".to_owned()),
                condition: Some("(id=?)".to_owned()),
                ..scan("Index Scan", "clients", "clients#1")
            },
            PlanNode {
                subplan: Some("SubPlan"),
                ..scan("Seq Scan", "tasks", "tasks#2")
            },
        ],
        ..PlanNode::default()
    }
}

#[test]
fn a_plan_is_told_as_postgresql_tells_it() {
    let check = |form: PlanForm, ran, expected: &str| {
        let body = explained(&plan(), form, &[Name::from("id"), Name::from("name")], ran);
        assert_eq!(String::from_utf8(body).unwrap(), expected);
    };
    let text = PlanForm::default();
    check(
        text,
        None,
        "Aggregate\n  ->  Nested Loop\n        ->  Seq Scan on projects\n        \
         ->  Index Scan using clients_pkey on clients clients#1\n              Index Cond: (id=?)\n        \
         SubPlan\n          ->  Seq Scan on tasks tasks#2",
    );
    let ran = Some(Ran {
        rows: 4,
        milliseconds: 0.25,
    });
    let json = PlanForm { json: true, ..text };
    let nodes = r#""Node Type":"Aggregate","Plans":[{"Node Type":"Nested Loop","Plans":[{"Alias":"projects","Node Type":"Seq Scan","Relation Name":"projects"},{"Alias":"clients#1","Index Cond":"(id=?)","Index Name":"clients_pkey","Node Type":"Index Scan","Relation Name":"clients"},{"Alias":"tasks#2","Node Type":"Seq Scan","Parent Relationship":"SubPlan","Relation Name":"tasks"}]}]"#;
    check(json, None, &format!(r#"[{{"Plan":{{{nodes}}}}}]"#));
    check(
        json,
        ran,
        &format!(r#"[{{"Execution Time":0.25,"Plan":{{"Actual Rows":4,{nodes}}}}}]"#),
    );
}
