//! Splitting a text into statements; the lines of errors.

use super::super::{name, path_ref};
use super::*;
use squawk_syntax::ast::{AstNode, PathRef};

/// Prints line and text of each statement.
fn split(text: &str) -> String {
    result(parse(text), |parsed| {
        parsed
            .iter()
            .map(|parsed| format!("{}: {}", parsed.line, parsed.text))
            .collect::<Vec<_>>()
            .join(" | ")
    })
}

#[rustfmt::skip]
#[test]
fn a_text_is_split_into_statements() {
    let check = |text: &str, expected: &str| assert_eq!(split(text), expected, "{text}");
    check("", "");
    check(";;", "");
    check("-- nothing", "");
    check("select 1", "1: select 1");
    check("select 1; select 2;", "1: select 1 | 1: select 2");
    check("\n\n-- a comment\nselect 1 ;\n/* more */ select\n 2", "4: select 1 | 5: select\n 2");
    check("select ';'; select $$;$$", "1: select ';' | 1: select $$;$$");
    check("create table a (b int); -- after\ninsert into a values (1)", "1: create table a (b int) | 2: insert into a values (1)");
    check("create function f() returns int language sql as $$ select 1; $$; select 2", "1: create function f() returns int language sql as $$ select 1; $$ | 1: select 2");
}

#[rustfmt::skip]
#[test]
fn syntax_errors_name_the_word_and_the_line() {
    let check = |text: &str, expected: &str| assert_eq!(split(text), expected, "{text}");
    check("selec 1", "42601: syntax error at or near \"selec\"");
    check("select 1;\nselect 1 +;\n", "42601: syntax error at or near \";\" (line 2)");
    check("select (1", "42601: syntax error at end of input");
    check("select 'a", "42601: syntax error at or near \"'a\"");
    check("select \0", "42601: invalid byte sequence for encoding \"UTF8\": 0x00");
}

#[rustfmt::skip]
#[test]
fn errors_of_meaning_name_the_line() {
    let check = |text: &str, expected: &str| statement_is(text, expected);
    check("select id,\n  missing\nfrom t", "42703: column \"missing\" does not exist (line 2)");
    check("select id\nfrom t\nwhere id = 1\n  and name = 1", "42883: operator does not exist: text = integer (line 3)");
    check("\nselect *\nfrom nope", "42P01: relation \"nope\" does not exist (line 3)");
    check("insert into u (id)\nvalues (1),\n  ('x')", "22P02: invalid input syntax for type integer: \"x\" (line 3)");
    check("select id from t\nwhere id in (\n  select id\n  from nope)", "42P01: relation \"nope\" does not exist (line 4)");
}

#[test]
fn identifiers_are_folded_unless_quoted() {
    let check = |written: &str, expected: &str| {
        let parsed = parse(&format!("select 1 from {written}")).unwrap();
        let node = parsed[0]
            .statement
            .syntax()
            .descendants()
            .find_map(PathRef::cast);
        let path = path_ref(node.as_ref()).map(|path| path.to_string());
        assert_eq!(result(path, String::clone), expected, "{written}");
    };
    check("Users", "users");
    check("\"Users\"", "Users");
    check("\"a \"\"b\"\"\"", "a \"b\"");
    check("U&\"d\\0061t\"", "dat");
    check("Public.\"Users\"", "public.Users");
    check("ÄPFEL", "Äpfel");
    check(&"x".repeat(64), &"x".repeat(63));
    check(
        "a.b.c",
        "0A000: cross-database references are not implemented: \"c\"",
    );
    let none: Option<&PathRef> = None;
    assert!(name(none).is_err());
}
