//! Routines that the engine is to invoke: where, for whom, and behind which conditions.

use super::*;

#[track_caller]
fn check(target: &str, role: &str, expected: &[&str]) {
    let plan = plan("GET", target, "", &[], role).unwrap();
    let sql = sql(target, role);
    let invoked: Vec<&str> = sql
        .split("underpin_invoke('")
        .skip(1)
        .filter_map(|rest| rest.split('\'').next())
        .collect();
    assert_eq!(invoked, expected, "{target} as {role}: {sql}");
    assert_eq!(plan.invokes(), !expected.is_empty(), "{target}");
}

#[rustfmt::skip]
#[test]
fn a_plan_tells_that_it_invokes() {
    let score = r#"["public","score",0,false,false]"#;
    check("covers?select=book", "anon", &[]);
    check("covers?select=book,score", "anon", &[score]);
    check("books?select=id,covers(score)", "anon", &[score]);
    check("books?select=id,covers()&covers.score=eq.1&covers=not.is.null", "service_role", &[score, score]);
}

#[rustfmt::skip]
#[test]
fn rights_are_part_of_an_invocation() {
    let of_caller = r#"["public","owned",0,false,false]"#;
    let of_owner = r#"["public","owned",0,true,false]"#;
    // A view of its owner's rights lends them to its tables alone, a function of its owner's to all that it calls.
    check("owned_titles?select=direct", "anon", &[of_caller, of_owner]);
}

#[test]
fn conditions_that_invoke_stand_behind_the_policies() {
    let filter = |role: &str| {
        let sql = sql("covers?select=book&score=gt.1&image=eq.x", role);
        sql.split_once(" WHERE ").unwrap().1.to_owned()
    };
    let score = "(SELECT underpin_invoke('[\"public\",\"score\",0,false,false]'";
    let seen = filter("authenticated");
    assert!(seen.starts_with("(EXISTS ("), "{seen}");
    let (_, guarded) = seen.split_once("(CASE WHEN EXISTS (").unwrap();
    let (_, invoked) = guarded.split_once(&format!(" THEN ({score}")).unwrap();
    assert!(invoked.contains(" END) AND "), "{seen}");
    assert!(!filter("service_role").contains("CASE"));
}
