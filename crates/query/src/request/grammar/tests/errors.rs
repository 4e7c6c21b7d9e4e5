use super::{check_error, parse};
use underpin_base::Limits;

#[test]
fn filters() {
    check_error(
        "id=0",
        "\"failed to parse filter (0)\" (line 1, column 1)",
        "unexpected \"0\" expecting \"not\" or operator (eq, gt, ...)",
    );
    check_error(
        "id=noop.0",
        "\"failed to parse filter (noop.0)\" (line 1, column 1)",
        "unexpected \"o\" expecting \"not\" or operator (eq, gt, ...)",
    );
    check_error(
        "id=",
        "\"failed to parse filter ()\" (line 1, column 1)",
        "unexpected end of input expecting \"not\" or operator (eq, gt, ...)",
    );
    check_error(
        "id=not.zzz.1",
        "\"failed to parse filter (not.zzz.1)\" (line 1, column 5)",
        "unexpected \"z\" expecting operator (eq, gt, ...)",
    );
    check_error(
        "id=eqq.1",
        "\"failed to parse filter (eqq.1)\" (line 1, column 3)",
        "unexpected \"q\" expecting operator (eq, gt, ...)",
    );
    for (value, column, found) in [
        ("eq", 3, "end of input"),
        ("eq5", 3, "\"5\""),
        ("eq().1", 4, "\")\""),
        ("eq(some).1", 4, "\"s\""),
        ("neq(any).1", 4, "\"(\""),
        ("is().null", 3, "\"(\""),
        ("in().1", 3, "\"(\""),
        ("fts().a", 5, "\")\""),
        ("gtex.1", 4, "\"x\""),
    ] {
        check_error(
            &format!("id={value}"),
            &format!("\"failed to parse filter ({value})\" (line 1, column {column})"),
            &format!("unexpected {found} expecting operator (eq, gt, ...)"),
        );
    }
    check_error(
        "id=is.5",
        "\"failed to parse filter (is.5)\" (line 1, column 4)",
        "unexpected \"5\" expecting isVal: (null, not_null, true, false, unknown)",
    );
    check_error(
        "id=in.5",
        "\"failed to parse filter (in.5)\" (line 1, column 4)",
        "unexpected \"5\" expecting \"(\"",
    );
    check_error(
        "id=in.(1,2",
        "\"failed to parse filter (in.(1,2)\" (line 1, column 8)",
        "unexpected end of input expecting \",\" or \")\"",
    );
    check_error(
        "id=in.(1)x",
        "\"failed to parse filter (in.(1)x)\" (line 1, column 7)",
        "unexpected 'x' expecting end of input",
    );
    check_error(
        "id=is.nullx",
        "\"failed to parse filter (is.nullx)\" (line 1, column 4)",
        "unexpected \"n\" expecting isVal: (null, not_null, true, false, unknown)",
    );
}

#[test]
fn columns_are_counted_in_characters_and_lines_are_counted() {
    check_error(
        "select=%C3%BC%C3%BC;",
        "\"failed to parse select parameter (üü;)\" (line 1, column 3)",
        "unexpected ';' expecting letter, digit, \"-\", \"->>\", \"->\", \"::\", \".\", \")\", \",\" or end of input",
    );
    check_error(
        "select=a,%0Ab",
        "\"failed to parse select parameter (a,\nb)\" (line 1, column 3)",
        "unexpected \"\n\" expecting field name (* or [a..z0..9_$])",
    );
}

#[test]
fn keys() {
    check_error(
        "{col}=eq.1",
        "\"failed to parse tree path ({col})\" (line 1, column 1)",
        "unexpected \"{\" expecting field name (* or [a..z0..9_$])",
    );
    check_error(
        "=eq.1",
        "\"failed to parse tree path ()\" (line 1, column 1)",
        "unexpected end of input expecting field name (* or [a..z0..9_$])",
    );
    check_error(
        "a.=eq.1",
        "\"failed to parse tree path (a.)\" (line 1, column 3)",
        "unexpected end of input expecting field name (* or [a..z0..9_$])",
    );
    check_error(
        "a)=eq.1",
        "\"failed to parse tree path (a))\" (line 1, column 2)",
        "unexpected ')' expecting letter, digit, \"-\", delimiter (.), \"->>\", \"->\" or end of input",
    );
    check_error(
        "data->(x=eq.1",
        "\"failed to parse tree path (data->(x)\" (line 1, column 7)",
        "unexpected \"(\" expecting \"-\", digit or any non reserved character different from: .,>()",
    );
    check_error(
        "a*.or=(b.eq.1)",
        "\"failed to parse logic path (a*.or)\" (line 1, column 2)",
        "unexpected '*' expecting letter, digit, \"-\", delimiter (.), \"->>\", \"->\" or end of input",
    );
    check_error(
        "\"a=eq.1",
        "\"failed to parse tree path (\"a)\" (line 1, column 3)",
        "unexpected end of input expecting \"\\\\\" or \"\\\"\"",
    );
}

#[test]
fn logic_trees() {
    check_error(
        "or=()",
        "\"failed to parse logic tree (())\" (line 1, column 4)",
        "unexpected \")\" expecting field name (* or [a..z0..9_$]), negation operator (not) or logic operator (and, or)",
    );
    check_error(
        "or=)(",
        "\"failed to parse logic tree ()()\" (line 1, column 3)",
        "unexpected \")\" expecting \"(\"",
    );
    check_error(
        "and=(ord(id.eq.1,id.eq.1),id.eq.2)",
        "\"failed to parse logic tree ((ord(id.eq.1,id.eq.1),id.eq.2))\" (line 1, column 7)",
        "unexpected \"d\" expecting \"(\"",
    );
    check_error(
        "or=(id.eq.1,not.xor(id.eq.2,id.eq.3))",
        "\"failed to parse logic tree ((id.eq.1,not.xor(id.eq.2,id.eq.3)))\" (line 1, column 16)",
        "unexpected \"x\" expecting logic operator (and, or)",
    );
    check_error(
        "or=(id.in.1,2,id.eq.3)",
        "\"failed to parse logic tree ((id.in.1,2,id.eq.3))\" (line 1, column 10)",
        "unexpected \"1\" expecting \"(\"",
    );
    check_error(
        "or=(id.eq.1",
        "\"failed to parse logic tree ((id.eq.1)\" (line 1, column 11)",
        "unexpected end of input expecting \",\" or \")\"",
    );
    check_error(
        "or=(id.eq.1),x",
        "\"failed to parse logic tree ((id.eq.1),x)\" (line 1, column 12)",
        "unexpected ',' expecting end of input",
    );
    check_error(
        "or=(id.eq.1,)",
        "\"failed to parse logic tree ((id.eq.1,))\" (line 1, column 12)",
        "unexpected \")\" expecting field name (* or [a..z0..9_$]), negation operator (not) or logic operator (and, or)",
    );
    check_error(
        "or=(id.foo.1)",
        "\"failed to parse logic tree ((id.foo.1))\" (line 1, column 7)",
        "unexpected \"f\" expecting \"not\" or operator (eq, gt, ...)",
    );
    check_error(
        "or=(id.is.nul)",
        "\"failed to parse logic tree ((id.is.nul))\" (line 1, column 10)",
        "unexpected \"n\" expecting isVal: (null, not_null, true, false, unknown)",
    );
}

const NAME: &str = "field name (* or [a..z0..9_$])";
const AFTER_FIELD: &str =
    "letter, digit, \"-\", \"->>\", \"->\", \"::\", \".\", \")\", \",\" or end of input";

#[track_caller]
fn check_select(select: &str, column: usize, unexpected: &str, expecting: &str) {
    check_error(
        &format!("select={select}"),
        &format!("\"failed to parse select parameter ({select})\" (line 1, column {column})"),
        &format!("unexpected {unexpected} expecting {expecting}"),
    );
}

#[test]
fn selects() {
    let end = "end of input";
    check_select("id,clients(name[])", 16, "'['", AFTER_FIELD);
    check_select("count(*)", 6, "'('", AFTER_FIELD);
    check_select("a;b", 2, "';'", AFTER_FIELD);
    check_select("rel(a", 6, end, "\",\" or \")\"");
    check_select("a)", 2, "')'", "\",\" or end of input");
    check_select("*!hint", 2, "'!'", "\")\", \",\" or end of input");
    check_select("name::", 7, end, "letter or digit");
    check_select("name!hint", 10, end, "\"!\" or \"(\"");
    check_select("a!b!c!d(*)", 6, "\"!\"", "\"!\" or \"(\"");
    let aggregates = "\"sum\", \"avg\", \"count\", \"max\" or \"min\"";
    check_select("r:auth.users(id)", 8, "\"u\"", aggregates);
    check_select("a.sum", 6, end, "\"()\"");
    let index_end = "digit, \"->\", \"::\", \".\", \",\" or end of input";
    check_select("data->>-78xy", 11, "'x'", index_end);
    check_select("data->>--34", 9, "\"-\"", "digit");
    check_select("data->>-xy-4", 9, "\"x\"", "digit");
    check_select(",", 1, "\",\"", NAME);
    check_select("a,", 3, end, NAME);
    check_select("alias:...rel(*)", 7, "\".\"", NAME);
    check_select("\"\"", 3, end, NAME);
    check_select("a-", 3, end, NAME);
}

#[test]
fn orders() {
    let field = "letter, digit, \"-\", \"->>\", \"->\", delimiter (.), \",\" or end of input";
    let any = "\"asc\", \"desc\", \"nullsfirst\" or \"nullslast\"";
    for (order, column, details) in [
        ("id.ac", 4, format!("unexpected \"c\" expecting {any}")),
        (
            "id.nulsfist",
            4,
            format!("unexpected \"n\" expecting {any}"),
        ),
        ("id.smth34", 4, format!("unexpected \"s\" expecting {any}")),
        ("id.", 4, format!("unexpected end of input expecting {any}")),
        (
            "id.descc",
            8,
            "unexpected 'c' expecting delimiter (.), \",\" or end of input".to_owned(),
        ),
        (
            "id.nullslasttt",
            13,
            "unexpected 't' expecting \",\" or end of input".to_owned(),
        ),
        (
            "id.asc.nullslasttt",
            17,
            "unexpected 't' expecting \",\" or end of input".to_owned(),
        ),
        (
            "id.asc.nlsfst",
            8,
            "unexpected \"l\" expecting \"nullsfirst\" or \"nullslast\"".to_owned(),
        ),
        (
            "clients(name,id)",
            8,
            format!("unexpected '(' expecting {field}"),
        ),
        ("a;b", 2, format!("unexpected ';' expecting {field}")),
        (
            "",
            1,
            "unexpected end of input expecting field name (* or [a..z0..9_$])".to_owned(),
        ),
        (
            "a,",
            3,
            "unexpected end of input expecting field name (* or [a..z0..9_$])".to_owned(),
        ),
    ] {
        check_error(
            &format!("order={order}"),
            &format!("\"failed to parse order ({order})\" (line 1, column {column})"),
            &details,
        );
    }
}

#[test]
fn lists_of_names() {
    check_error(
        "columns=",
        "\"failed to parse columns parameter ()\" (line 1, column 1)",
        "unexpected end of input expecting field name (* or [a..z0..9_$])",
    );
    check_error(
        "on_conflict=a,",
        "\"failed to parse on_conflict parameter (a,)\" (line 1, column 3)",
        "unexpected end of input expecting field name (* or [a..z0..9_$])",
    );
    check_error(
        "columns=a!b",
        "\"failed to parse columns parameter (a!b)\" (line 1, column 2)",
        "unexpected '!' expecting letter, digit, \"-\", \",\" or end of input",
    );
}

#[track_caller]
fn check_refused(query: &str, code: &str, message: &str) {
    let error = parse(query, Limits::default()).expect_err(query);
    assert_eq!(
        (error.code().as_str(), error.message()),
        (code, message),
        "{query}"
    );
}

#[test]
fn embeds_that_are_not_selected() {
    for query in [
        "x.a=eq.1",
        "x.order=a",
        "x.limit=1",
        "x.offset=1",
        "x.or=(a.eq.1)",
        "select=y(*)&x.a=eq.1",
        "select=y(x(*))&x.a=eq.1",
    ] {
        check_refused(
            query,
            "PGRST108",
            "'x' is not an embedded resource in this request",
        );
    }
    check_refused(
        "select=a(*)&a.b.c=eq.1",
        "PGRST108",
        "'b' is not an embedded resource in this request",
    );
    let error = parse("x.a=eq.1", Limits::default()).expect_err("refused");
    assert_eq!(
        error.get_hint(),
        Some("Verify that 'x' is included in the 'select' query parameter.")
    );
}

#[test]
fn text_has_no_members() {
    check_refused(
        "select=a->>b->c",
        "42883",
        "operator does not exist: text -> unknown",
    );
    check_refused(
        "a->>b->>c=eq.1",
        "42883",
        "operator does not exist: text ->> unknown",
    );
}

#[test]
fn what_is_no_text() {
    for (query, byte) in [
        ("a=eq.%FF", "ff"),
        ("a=eq.x%00", "00"),
        ("%00=eq.1", "00"),
        ("select=%C3", "c3"),
        ("a=eq.%ED%A0%80", "ed"),
    ] {
        check_refused(
            query,
            "22021",
            &format!("invalid byte sequence for encoding \"UTF8\": 0x{byte}"),
        );
    }
}

#[test]
fn windows() {
    check_refused("limit=-1", "PGRST103", "Requested range not satisfiable");
    check_refused("offset=-1", "2201X", "OFFSET must not be negative");
    check_refused(
        "select=r(*)&r.limit=-1",
        "2201W",
        "LIMIT must not be negative",
    );
    check_refused(
        "select=r(*)&r.offset=-5",
        "2201X",
        "OFFSET must not be negative",
    );
}
