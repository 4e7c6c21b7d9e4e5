use proptest::prelude::*;

use crate::postgres::migrate::apply::outside_transaction;
use crate::postgres::migrate::split::split;

#[track_caller]
fn check(text: &str, expected: &[(usize, &str)]) {
    let found = split(text);
    let found: Vec<(usize, &str)> = found.iter().map(|it| (it.line, it.text.as_str())).collect();
    assert_eq!(found, expected);
}

#[test]
fn statements_end_at_semicolons() {
    check(
        "select 1;\n\nselect 2 ;",
        &[(1, "select 1"), (3, "select 2")],
    );
    check("select 1", &[(1, "select 1")]);
    check(";;\n ;", &[]);
    check("", &[]);
}

#[test]
fn comments_belong_to_no_statement_before_them() {
    check(
        "-- a; b\nselect 1; /* ; /* ; */ ; */ select 2",
        &[(2, "select 1"), (2, "select 2")],
    );
    check("select 1 -- ;\n+ 1;", &[(1, "select 1 -- ;\n+ 1")]);
    check(
        "select 1 /* never closed ;",
        &[(1, "select 1 /* never closed ;")],
    );
}

#[test]
fn strings_hold_semicolons() {
    check(
        "select ';', 'it''s;', E'\\';', 'a\\'; select 2",
        &[(1, "select ';', 'it''s;', E'\\';', 'a\\'"), (1, "select 2")],
    );
    check(
        "select \"a;\"\"b;\"; select 2",
        &[(1, "select \"a;\"\"b;\""), (1, "select 2")],
    );
    check(
        "select $$a;$b$;$$; select $t$;$$;$t$",
        &[(1, "select $$a;$b$;$$"), (1, "select $t$;$$;$t$")],
    );
    check(
        "select $1; select a$b$; select c$b$",
        &[(1, "select $1"), (1, "select a$b$"), (1, "select c$b$")],
    );
    check("select 'ä;", &[(1, "select 'ä;")]);
    check(
        "select e'''';select 2",
        &[(1, "select e''''"), (1, "select 2")],
    );
}

#[test]
fn brackets_and_bodies_of_routines_hold_semicolons() {
    check(
        "create rule r as on insert to t do also (delete from u; delete from v); select 1",
        &[
            (
                1,
                "create rule r as on insert to t do also (delete from u; delete from v)",
            ),
            (1, "select 1"),
        ],
    );
    check(
        "create or replace function f() returns int language sql begin atomic select 1; select case when true then 1 end; end; select 2",
        &[
            (
                1,
                "create or replace function f() returns int language sql begin atomic select 1; select case when true then 1 end; end",
            ),
            (1, "select 2"),
        ],
    );
    check(
        "begin; select 1; end;",
        &[(1, "begin"), (1, "select 1"), (1, "end")],
    );
}

#[test]
fn commands_of_the_shell_end_with_their_line() {
    check(
        "\\restrict abc\nselect 1;\n\\unrestrict abc\n",
        &[
            (1, "\\restrict abc"),
            (2, "select 1"),
            (3, "\\unrestrict abc"),
        ],
    );
}

#[test]
fn data_follows_a_copy() {
    let found = split(
        "copy a from stdin;\n1;\n\\.\nselect 1; Copy b (n) FROM  STDIN with (format csv); -- now\n2",
    );
    let found: Vec<_> = found
        .iter()
        .map(|it| (it.line, it.text.as_str(), it.data.as_deref()))
        .collect();
    assert_eq!(
        found,
        [
            (1, "copy a from stdin", Some("1;\n")),
            (4, "select 1", None),
            (4, "Copy b (n) FROM  STDIN with (format csv)", Some("2")),
        ]
    );
    assert_eq!(split("copy a from 'stdin'; select 1").len(), 2);
    assert_eq!(split("copy a to stdout; select 1").len(), 2);
}

#[test]
fn words_are_lower_case_and_without_quotes() {
    let found = split("CREATE Role \"The \"\"Chief\"\"\" in role b");
    assert_eq!(
        found[0].words,
        ["create", "role", "The \"Chief\"", "in", "role", "b"]
    );
    assert!(found[0].begins(&["create", "role"]));
    assert!(!found[0].begins(&["create", "role", "x"]));
}

#[test]
fn what_runs_outside_of_transactions_alone_is_known() {
    for (sql, expected) in [
        ("create index concurrently on a (n)", true),
        ("CREATE UNIQUE INDEX CONCURRENTLY i ON public.a (n)", true),
        ("drop index concurrently if exists public.i", true),
        ("reindex (verbose) table concurrently a", true),
        ("reindex (concurrently) index i", true),
        ("reindex schema public", true),
        (
            "alter table only public.a detach partition public.b concurrently",
            true,
        ),
        ("vacuum analyze a", true),
        ("alter system set work_mem = '1MB'", true),
        ("create database d", true),
        ("drop subscription s", true),
        ("create index on a (n)", false),
        ("reindex table a", false),
        ("refresh materialized view concurrently v", false),
        ("alter type mood add value 'x'", false),
        ("alter database d set search_path to public", false),
        ("comment on index i is 'made concurrently'", false),
        ("select 'create index concurrently'", false),
    ] {
        let statements = split(sql);
        assert_eq!(
            outside_transaction(&statements[0]).is_some(),
            expected,
            "{sql}"
        );
    }
}

proptest! {
    #[test]
    fn statements_are_parts_of_the_text_in_their_order(
        text in "(;|'|\"|\\$|\\$a|--|/\\*|\\*/|\n|\\\\|\\(|\\)|begin|end|create function|copy a from stdin|e'|ä| |[a-z])*"
    ) {
        let mut from = 0;
        for statement in split(&text) {
            let found = text[from..].find(&statement.text).map(|at| from + at);
            prop_assert!(found.is_some(), "{}", statement.text);
            prop_assert!(!statement.text.is_empty());
            prop_assert!(statement.line <= text.matches('\n').count() + 1);
            from = found.unwrap_or(from) + statement.text.len();
        }
    }
}
