use super::{check, check_same, parse};
use crate::request::{
    Filter, FilterTree, JsonStep, Operation, Quantifier, RangeOperator, SelectItem, Truth,
};
use underpin_base::Limits;

fn filters(query: &str) -> Vec<FilterTree> {
    parse(query, Limits::default()).expect(query).query.filters
}

#[track_caller]
fn check_operation(value: &str, negated: bool, operation: Operation) {
    let filter = Filter {
        column: "a".into(),
        path: vec![],
        negated,
        operation,
    };
    assert_eq!(
        filters(&format!("a={value}")),
        [FilterTree::Condition(filter)],
        "{value}"
    );
}

fn text(text: &str) -> String {
    text.to_owned()
}

#[test]
fn every_operator() {
    check_operation("eq.1", false, Operation::Equal(text("1"), None));
    check_operation("neq.1", false, Operation::NotEqual(text("1"), None));
    check_operation("gt.1", false, Operation::Greater(text("1"), None));
    check_operation("gte.1", false, Operation::GreaterOrEqual(text("1"), None));
    check_operation("lt.1", false, Operation::Less(text("1"), None));
    check_operation("lte.1", false, Operation::LessOrEqual(text("1"), None));
    check_operation("like.a*", false, Operation::Like(text("a%"), None));
    check_operation("ilike.*a*", false, Operation::ILike(text("%a%"), None));
    check_operation("match.^a*", false, Operation::Match(text("^a*"), None));
    check_operation("imatch.^a", false, Operation::IMatch(text("^a"), None));
    check_operation("isdistinct.1", false, Operation::IsDistinct(text("1")));
    check_operation("cs.{1,2}", false, Operation::Contains(text("{1,2}")));
    check_operation("cd.{1,2}", false, Operation::ContainedBy(text("{1,2}")));
    check_operation("ov.{1,2}", false, Operation::Overlaps(text("{1,2}")));
    check_operation(
        "sl.[1,2)",
        false,
        Operation::Range(RangeOperator::StrictlyLeft, text("[1,2)")),
    );
    check_operation(
        "sr.[1,2)",
        false,
        Operation::Range(RangeOperator::StrictlyRight, text("[1,2)")),
    );
    check_operation(
        "nxr.[1,2)",
        false,
        Operation::Range(RangeOperator::NotRightOf, text("[1,2)")),
    );
    check_operation(
        "nxl.[1,2)",
        false,
        Operation::Range(RangeOperator::NotLeftOf, text("[1,2)")),
    );
    check_operation(
        "adj.(1,2]",
        false,
        Operation::Range(RangeOperator::Adjacent, text("(1,2]")),
    );
    check_operation(
        "fts.cat",
        false,
        Operation::TextSearch("fts", None, text("cat")),
    );
    check_operation(
        "plfts.cat",
        false,
        Operation::TextSearch("plfts", None, text("cat")),
    );
    check_operation(
        "phfts.cat",
        false,
        Operation::TextSearch("phfts", None, text("cat")),
    );
    check_operation(
        "wfts.cat",
        false,
        Operation::TextSearch("wfts", None, text("cat")),
    );
    check_operation(
        "wfts(english).a b",
        false,
        Operation::TextSearch("wfts", Some(text("english")), text("a b")),
    );
}

#[test]
fn is_takes_any_case() {
    for (word, truth) in [
        ("null", Truth::Null),
        ("NULL", Truth::Null),
        ("not_null", Truth::NotNull),
        ("Not_Null", Truth::NotNull),
        ("true", Truth::True),
        ("TRUE", Truth::True),
        ("false", Truth::False),
        ("unknown", Truth::Unknown),
    ] {
        check_operation(&format!("is.{word}"), false, Operation::Is(truth));
        check_operation(&format!("not.is.{word}"), true, Operation::Is(truth));
    }
}

#[test]
fn negations() {
    check_operation("not.eq.1", true, Operation::Equal(text("1"), None));
    check_operation(
        "not.in.(1,2)",
        true,
        Operation::In(vec![text("1"), text("2")]),
    );
    check_operation(
        "not.fts.a",
        true,
        Operation::TextSearch("fts", None, text("a")),
    );
    check_operation(
        "eq.not.eq.1",
        false,
        Operation::Equal(text("not.eq.1"), None),
    );
}

#[test]
fn quantifiers() {
    use Quantifier::{All, Any};
    check_operation(
        "eq(any).{1,2}",
        false,
        Operation::Equal(text("{1,2}"), Some(Any)),
    );
    check_operation(
        "eq(all).{1}",
        false,
        Operation::Equal(text("{1}"), Some(All)),
    );
    check_operation(
        "gt(any).{1}",
        false,
        Operation::Greater(text("{1}"), Some(Any)),
    );
    check_operation(
        "gte(all).{1}",
        false,
        Operation::GreaterOrEqual(text("{1}"), Some(All)),
    );
    check_operation(
        "lt(any).{1}",
        false,
        Operation::Less(text("{1}"), Some(Any)),
    );
    check_operation(
        "lte(any).{1}",
        false,
        Operation::LessOrEqual(text("{1}"), Some(Any)),
    );
    check_operation(
        "like(all).{a*,*b}",
        false,
        Operation::Like(text("{a%,%b}"), Some(All)),
    );
    check_operation(
        "ilike(any).{A*}",
        false,
        Operation::ILike(text("{A%}"), Some(Any)),
    );
    check_operation(
        "match(any).{a}",
        false,
        Operation::Match(text("{a}"), Some(Any)),
    );
    check_operation(
        "not.imatch(all).{a}",
        true,
        Operation::IMatch(text("{a}"), Some(All)),
    );
}

#[test]
fn a_value_is_everything_up_to_the_end() {
    for value in [
        "",
        "a.b",
        "a,b",
        "(a)",
        "\"quoted\"",
        "{a}",
        "a=b",
        "a b",
        " a ",
        "eq.1",
        "null",
        "ü",
        "\n",
        "a\\b",
        "'; drop table t --",
    ] {
        let encoded =
            percent_encoding::utf8_percent_encode(value, percent_encoding::NON_ALPHANUMERIC);
        check_operation(
            &format!("eq.{encoded}"),
            false,
            Operation::Equal(text(value), None),
        );
    }
    check_operation("eq.a+b%2Bc", false, Operation::Equal(text("a b+c"), None));
    check_operation("eq.100%25", false, Operation::Equal(text("100%"), None));
}

#[test]
fn lists() {
    let cases: &[(&str, &[&str])] = &[
        ("(1)", &["1"]),
        ("(1,2,3)", &["1", "2", "3"]),
        ("()", &[]),
        ("(\"\")", &[""]),
        ("(,)", &["", ""]),
        ("(a b,c)", &["a b", "c"]),
        ("(\"a,b\",c)", &["a,b", "c"]),
        ("(\"a)\",\"(b\")", &["a)", "(b"]),
        ("(\"say \\\"hi\\\"\")", &["say \"hi\""]),
        ("(\"a\\\\b\")", &["a\\b"]),
        ("(\"a\"b,c)", &["\"a\"b", "c"]),
        ("(a\"b)", &["a\"b"]),
        ("(\"a,b)", &["\"a", "b"]),
        (" ( 1, 2 ) ", &["1", " 2 "]),
        ("(null,NULL)", &["null", "NULL"]),
        ("({a},[1)", &["{a}", "[1"]),
    ];
    for (list, values) in cases {
        let values = values.iter().map(|value| text(value)).collect();
        check_operation(&format!("in.{list}"), false, Operation::In(values));
    }
}

#[test]
fn keys() {
    check_same("a=eq.1");
    check_same("a=eq.1&a=eq.2&b=lt.3");
    check_same("a b=eq.1");
    check_same("a-b=eq.1");
    check_same("data->a->>b=eq.1");
    check_same("data->0=eq.1");
    check_same("data->-1->>x=eq.1");
    check("\"a\"=eq.1", "a=eq.1");
    check_same("\"a.b\"=eq.1");
    check_same("\"a,b\"->>\"c.d\"=eq.1");
    check_same("\"order\"=eq.1");
    check_same("\"select\"=eq.1");
    check_same("\"not\"=eq.1");
    check_same("\"or\"=eq.1");
    check_same("data->>order=eq.1");
}

#[test]
fn filters_of_embeds() {
    check_same("select=rel(*)&rel.a=eq.1");
    check("rel.a=eq.1&select=rel(*)", "select=rel(*)&rel.a=eq.1");
    check_same("select=a(b(c(id)))&a.x=eq.1&a.b.x=eq.2&a.b.c.x=eq.3");
    check_same("select=x:rel(*)&x.a=eq.1");
    check("select=x:rel(*)&rel.a=eq.1", "select=x:rel(*)&x.a=eq.1");
    check_same("select=x:rel(*),rel(*)&x.a=eq.1&rel.a=eq.2");
    check_same("select=...rel(*)&rel.a=eq.1");
    check_same("select=\"a.b\"(*)&\"a.b\".c=eq.1");
    check_same("select=rel(*)&rel.data->a=eq.1");
    check_same("select=rel(*)&rel.or=(a.eq.1,b.eq.2)");
    check_same("select=rel(*)&rel.not.and=(a.eq.1,b.eq.2)");
    check(
        "select=rel(*)&not.rel.and=(a.eq.1,b.eq.2)",
        "select=rel(*)&rel.not.and=(a.eq.1,b.eq.2)",
    );
    check_same("select=\"not\"(*)&\"not\".or=(a.eq.1,b.eq.2)");
    check_same("select=rel()&rel=is.null");
    check_same("select=rel(*)&rel=not.is.null");
    check_same("select=rel(*),other(*)&or=(rel.not.is.null,other.not.is.null)");
    check_same("select=rel(*)&rel.order=a.desc&rel.limit=1&rel.offset=2");
    check_same("select=a(b(*))&a.b.order=x&a.b.limit=3");
    check_same("select=rel(*)&rel.limit=0");
    let request = parse("select=rel(*)&rel.limit=3&rel.a=eq.1", Limits::default()).expect("parses");
    let SelectItem::Embed(embed) = &request.query.select[0] else {
        panic!("no embed");
    };
    assert_eq!((embed.query.limit, embed.query.filters.len()), (Some(3), 1));
    assert_eq!(
        (request.query.limit, request.query.filters.len()),
        (None, 0)
    );
}

#[test]
fn logic_trees() {
    for tree in [
        "or=(a.eq.1)",
        "and=(a.eq.1)",
        "or=(a.eq.1,b.eq.2)",
        "not.or=(a.eq.1,b.eq.2)",
        "not.and=(a.eq.1,b.eq.2)",
        "or=(a.eq.1,and(b.eq.2,c.eq.3))",
        "or=(not.and(a.eq.1,b.eq.2),not.or(c.eq.3,d.eq.4))",
        "and=(or(a.eq.1,and(b.eq.2,or(c.eq.3,d.eq.4))),e.eq.5)",
        "or=(a.not.eq.1,b.not.is.null,c.not.in.(1,2))",
        "or=(a.in.(1,2),b.in.(3,4))",
        "or=(a.in.(),b.eq.1)",
        "or=(data->a->>b.eq.1,data->0.eq.2)",
        "or=(\"or\".eq.1,\"and\".eq.2)",
        "or=(\"a,b\".eq.1,c.eq.2)",
        "or=(a.fts(english).cat,b.like(any).\"{a,b}\")",
        "and=(a.eq.1)&or=(b.eq.2)&and=(c.eq.3)",
        "or=(a.is.null,b.is.not_null,c.isdistinct.1)",
    ] {
        check_same(tree);
    }
}

#[test]
fn words_of_logic_can_be_columns() {
    check("or=(or.eq.1,and.eq.2)", "or=(\"or\".eq.1,\"and\".eq.2)");
    check(
        "or=(order.eq.1,android.eq.2,nothing.eq.3)",
        "or=(\"order\".eq.1,android.eq.2,nothing.eq.3)",
    );
    check("or=(not.eq.1,a.eq.2)", "or=(\"not\".eq.1,a.eq.2)");
}

#[test]
fn blanks_in_trees() {
    check(
        "and=( and ( id.in.( 1,2,3 ) ,id.eq.3) , or ( id.eq.2,id.eq.3))",
        "and=(and(id.in.(1,2,\"3 \"),id.eq.3),or(id.eq.2,id.eq.3))",
    );
    check("or=(a.eq.1,+b.eq.2)", "or=(a.eq.1,b.eq.2)");
    check("or=(+a+.eq.1)", "or=(a.eq.1)");
}

#[test]
fn values_in_trees() {
    let cases = [
        ("\"(a,b)\"", "(a,b)"),
        ("\"say \\\"hi\\\"\"", "say \"hi\""),
        ("{1,2,3}", "{1,2,3}"),
        ("{}", "{}"),
        ("{a", "{a"),
        ("\"a\"b", "\"a\"b"),
        ("a\"b\"", "a\"b\""),
        ("", ""),
        ("a b", "a b"),
        ("a.b", "a.b"),
        ("(a", "(a"),
        ("a*", "a*"),
    ];
    for (written, meant) in cases {
        let filters = filters(&format!("or=(x.eq.{written},y.eq.1)"));
        let [FilterTree::Or(members, false)] = filters.as_slice() else {
            panic!("{written} gave {filters:?}");
        };
        let FilterTree::Condition(filter) = &members[0] else {
            panic!("{written} gave {members:?}");
        };
        assert_eq!(
            filter.operation,
            Operation::Equal(text(meant), None),
            "{written}"
        );
        assert_eq!(members.len(), 2, "{written}");
    }
    check(
        "or=(a.like.\"*x,*\",b.ilike.*y)",
        "or=(a.like.%x%2C%,b.ilike.%y)"
            .replace("%x%2C%", "\"%x,%\"")
            .as_str(),
    );
}

#[test]
fn a_surplus_parenthesis_after_a_tree_is_let_pass() {
    check("and=(id.eq.1,id.neq.2))", "and=(id.eq.1,id.neq.2)");
}

#[test]
fn json_steps() {
    let filters = filters("a->b->>0=eq.1");
    let [FilterTree::Condition(filter)] = filters.as_slice() else {
        panic!("{filters:?}");
    };
    assert_eq!(
        filter.path,
        [
            JsonStep {
                key: text("b"),
                index: None,
                as_text: false
            },
            JsonStep {
                key: text("0"),
                index: Some(0),
                as_text: true
            }
        ]
    );
}
