//! Deep input is an error, on the stack that a test's thread has.

use super::*;

/// Reads as a migration would, and tells whether it was read, too deep, or something else.
fn outcome(text: &str) -> String {
    let read = parse(text).and_then(|parsed| {
        for parsed in &parsed {
            statement(&parsed.statement, &Scope::default(), &Project)?;
        }
        Ok(())
    });
    match read {
        Ok(()) => "read".to_owned(),
        Err(error) => error.code().to_string(),
    }
}

fn repeated(before: &str, inside: &str, after: &str, count: usize) -> String {
    format!(
        "select {}{inside}{}",
        before.repeat(count),
        after.repeat(count)
    )
}

#[rustfmt::skip]
#[test]
fn nesting_is_limited_before_the_parser_descends() {
    let check = |before: &str, inside: &str, after: &str, allowed: usize| {
        assert_eq!(outcome(&repeated(before, inside, after, allowed)), "read", "{allowed} of {before}{after}");
        for count in [2_000, 50_000] {
            assert_eq!(outcome(&repeated(before, inside, after, count)), "54001", "{count} of {before}{after}");
        }
    };
    check("(", "1", ")", 90);
    check("(select ", "1", ")", 60);
    check("not ", "true", "", 90);
    check("- ", "1", "", 90);
    check("case when true then ", "1", " end", 60);
    check("coalesce(", "1", ")", 60);
    check("array[", "1", "]", 60);
    check("", "1", "+ 1", 90);
    check("", "'a'", " || 'a'", 90);
    check("", "1", "::int", 90);
    check("", "1", " union all select 1", 60);
    check("", "true", " and true", 900);
    check("", "1 from t a0", " cross join (select 1) x", 0);
}

#[test]
fn joins_and_subqueries_are_limited() {
    let joins = |count: usize| {
        let joins: String = (0..count)
            .map(|index| format!(" join u u{index} on u{index}.id = t.id"))
            .collect();
        outcome(&format!("select t.id from t{joins}"))
    };
    assert_eq!(joins(60), "read");
    assert_eq!(joins(101), "54001");
    assert_eq!(joins(5_000), "54001");
    let body = format!(
        "create function f() returns int language sql as $$ select {}1{} $$",
        "(".repeat(20_000),
        ")".repeat(20_000)
    );
    assert_eq!(parse(&body).unwrap_err().code().to_string(), "54001");
}

#[test]
fn long_lists_are_not_nested() {
    let rows = vec!["(1, 2, 'a' || 'b', -3)"; 5_000].join(", ");
    assert_eq!(
        outcome(&format!(
            "insert into u (id, t_id, name, amount) values {rows}"
        )),
        "read"
    );
    let values = vec!["1"; 20_000].join(", ");
    assert_eq!(
        outcome(&format!("select id from u where id in ({values})")),
        "read"
    );
}

#[test]
fn statements_of_procedures_do_not_nest() {
    let body =
        "case x when 1 then y := 1; when 2 then y := 2; end case; if y then z := a || b; end if; "
            .repeat(500);
    let text =
        format!("create function f() returns void language plpgsql as $$ begin {body} end $$");
    assert_eq!(parse(&text).unwrap().len(), 1);
}
