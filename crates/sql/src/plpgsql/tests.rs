use underpin_base::{Name, QualifiedName};

use super::{Subject, TriggerRow, compile, sqlstate};
use crate::grammar::{NamedType, Relation, Resolver, Routine, RoutineResult};
use crate::tree::{Procedure, RoutineId, Step, StepKind};
use crate::types::{ColumnType, Type};

/// A table `t`, a function `more(int)` that is more than a query, and nothing else.
struct Project;

fn columns() -> Vec<(Name, ColumnType)> {
    vec![
        ("id".into(), Type::Int4.into()),
        ("name".into(), Type::Text.into()),
        ("n".into(), Type::Int8.into()),
    ]
}

impl Resolver for Project {
    fn relation(&self, _schema: Option<&str>, name: &str) -> Option<Relation> {
        (name == "t").then(|| Relation {
            name: QualifiedName::public("t"),
            is_view: false,
            columns: columns(),
            primary_key: vec!["id".into()],
            keys: Vec::new(),
        })
    }

    fn named_type(&self, _schema: Option<&str>, _name: &str) -> Option<NamedType> {
        None
    }

    fn routines(&self, _schema: Option<&str>, name: &str) -> Vec<Routine> {
        let more = Routine {
            id: RoutineId {
                name: QualifiedName::public("more"),
                parameters: [Type::Int4].into(),
            },
            parameters: vec![crate::grammar::Parameter {
                name: None,
                ty: Type::Int4,
                default: None,
            }],
            variadic: false,
            result: scalar(Type::Int4),
            is_query: false,
        };
        if name == "more" {
            vec![more]
        } else {
            Vec::new()
        }
    }
}

fn scalar(ty: Type) -> RoutineResult {
    RoutineResult {
        ty,
        set: false,
        columns: Vec::new(),
    }
}

fn read(body: &str, result: &RoutineResult, trigger: bool) -> Result<Procedure, String> {
    let subject = Subject {
        name: "f".into(),
        parameters: vec![
            (Some("a".into()), Type::Int4),
            (Some("b".into()), Type::Text),
        ],
        outputs: Vec::new(),
        result,
        trigger: trigger.then(|| TriggerRow {
            table: QualifiedName::public("t"),
            columns: columns(),
        }),
    };
    compile(body, &subject, &Project).map_err(|error| {
        let line = error.location().map_or(0, |location| location.line);
        format!("{line}: {} {}", error.code(), error.message())
    })
}

#[track_caller]
fn refuses(body: &str, expected: &str) {
    let read = read(body, &scalar(Type::Int4), false);
    assert_eq!(read.err().as_deref(), Some(expected), "{body}");
}

#[rustfmt::skip]
#[test]
fn what_is_wrong_is_told_with_its_line() {
    refuses("begin", "1: 42601 syntax error at end of input");
    refuses("begin return 1 end", "1: 42601 syntax error at end of input");
    refuses("begin\n  return 1;\nend;\nrest", "4: 42601 syntax error at or near \"rest\"");
    refuses("begin\n  retrun 1;\nend", "2: 42601 syntax error at or near \"retrun\"");
    refuses("begin\n  return x;\nend", "2: 42703 column \"x\" does not exist");
    refuses("begin\n\n  return 1 +\n    x;\nend", "4: 42703 column \"x\" does not exist");
    refuses("begin x := 1; end", "1: 42601 \"x\" is not a known variable");
    refuses("declare x int; y constant int := 1;\nbegin\n  y := 2;\nend", "3: 22005 variable \"y\" is declared CONSTANT");
    refuses("declare x int not null; begin null; end", "1: 22004 variable \"x\" must have a default value, since it's declared NOT NULL");
    refuses("declare x nothing; begin null; end", "1: 42704 type \"nothing\" does not exist");
    refuses("declare x nothing%rowtype; begin null; end", "1: 42P01 relation \"nothing\" does not exist");
    refuses("declare x t.nope%type; begin null; end", "1: 42703 column \"nope\" of relation \"t\" does not exist");
    refuses("declare r t%rowtype; begin r.nope := 1; end", "1: 42703 record \"r\" has no field \"nope\"");
    refuses("begin\n  select id from t;\nend", "2: 42601 query has no destination for result data");
    refuses("begin update t set n = 1 into a; end", "1: 42601 INTO used with a command that cannot return data");
    refuses("declare n int; begin select n into n from t; end", "1: 42702 column reference \"n\" is ambiguous");
    refuses("begin\n  exit;\nend", "2: 42601 EXIT cannot be used outside a loop, unless it has a label");
    refuses("begin loop continue nope; end loop; end", "1: 42601 there is no label \"nope\" attached to any block or loop enclosing this statement");
    refuses("begin raise exception 'a % %', 1; end", "1: 42601 too few parameters specified for RAISE");
    refuses("begin raise exception 'a', 1; end", "1: 42601 too many parameters specified for RAISE");
    refuses("begin raise; end", "1: 0Z002 RAISE without parameters cannot be used outside an exception handler");
    refuses("begin raise nonsense; end", "1: 42704 unrecognized exception condition \"nonsense\"");
    refuses("begin raise sqlstate 'x'; end", "1: 42601 invalid SQLSTATE code");
    refuses("begin null; exception when nonsense then null; end", "1: 42704 unrecognized exception condition \"nonsense\"");
    refuses("begin return query select 1; end", "1: 42804 cannot use RETURN QUERY in a non-SETOF function");
    refuses("begin return; end", "1: 42601 missing expression at or near \";\"");
}

#[rustfmt::skip]
#[test]
fn what_is_more_than_a_query_is_invoked_in_its_place() {
    accepts("begin return case when a > 0 then more(a) else 0 end; end", 0);
    accepts("declare s int; begin select sum(more(id)) into s from t; return s; end", 0);
    accepts("begin while more(a) > 0 loop null; end loop; return 1; end", 0);
    accepts("begin return more(a) + more(more(a)); end", 0);
    // A call that is made once needs no query.
    accepts("begin return more(a); end", 1);
    accepts("begin return more(more(a)); end", 1);
    accepts("declare x bigint; begin x := more(a); return x; end", 1);
    accepts("declare x int; y int; begin select more(a), more(1) into x, y; return x; end", 2);
    accepts("declare x int; begin select more(a) into x limit 0; return x; end", 0);
    accepts("declare x int; begin select m into x from more(a) m; return x; end", 1);
    accepts("begin perform more(a); return 1; end", 1);
}

#[track_caller]
fn accepts(body: &str, steps: usize) {
    let read = read(body, &scalar(Type::Int4), false).unwrap();
    let is_call = |step: &&Step| matches!(step.kind, StepKind::Call { .. });
    assert_eq!(read.body.iter().filter(is_call).count(), steps, "{body}");
}

#[rustfmt::skip]
#[test]
fn what_is_outside_the_subset_is_refused() {
    refuses("begin execute 'select 1'; end", "1: 0A000 `execute` of a text is not supported in PL/pgSQL here");
    refuses("begin\n  for a in execute 'x' loop null; end loop;\nend", "2: 0A000 `execute` of a text is not supported in PL/pgSQL here");
    refuses("begin return query execute 'x'; end", "1: 0A000 `execute` of a text is not supported in PL/pgSQL here");
    refuses("declare c cursor for select 1; begin null; end", "1: 0A000 a cursor is not supported in PL/pgSQL here");
    refuses("begin open c; end", "1: 0A000 a cursor is not supported in PL/pgSQL here");
    refuses("begin commit; end", "1: 0A000 `commit` is not supported in PL/pgSQL here");
    refuses("begin create table x (a int); end", "1: 0A000 `create` is not supported in PL/pgSQL here");
    refuses("declare x int[]; begin x[1] := 2; end", "1: 0A000 an assignment to an element is not supported in PL/pgSQL here");
    let deep = format!("begin {} null; {} end", "if true then ".repeat(60), "end if; ".repeat(60));
    refuses(&deep, "1: 54001 the function is nested more than 50 levels deep");
}

#[test]
fn what_is_an_expression_is_found() {
    let check = |body: &str, expected: bool| {
        let procedure = read(body, &scalar(Type::Int4), false).unwrap();
        assert_eq!(procedure.as_expression().is_some(), expected, "{body}");
    };
    check("begin return a + 1; end", true);
    check("declare x int := 2; begin x := x * a; return x; end", true);
    check(
        "begin if a > 0 then return 1; elsif b = 'x' then return 2; end if; return 3; end",
        true,
    );
    check(
        "declare x int; begin select id into x from t where name = b; return x; end",
        true,
    );
    check("begin perform 1; return 1; end", false);
    check("begin if a > 0 then return 1; end if; end", false);
    check(
        "declare x int; begin select id into strict x from t; return x; end",
        false,
    );
    check("begin loop return 1; end loop; end", false);
    check("begin raise exception 'x'; end", false);
    check("begin return more(a); end", false);
}

#[rustfmt::skip]
#[test]
fn trigger_functions_know_their_rows() {
    let check = |body: &str, expected: Option<&str>| {
        assert_eq!(read(body, &scalar(Type::Void), true).err().as_deref(), expected, "{body}");
    };
    check("begin new.name := lower(old.name); new.n := tg_nargs; return new; end", None);
    check("begin if old.* is distinct from new.* then return new; end if; return null; end", None);
    check("begin return coalesce(new, old); end", None);
    check("declare r t%rowtype; begin r := new; r.id := 1; return r; end", None);
    check("begin insert into t values (new.*); return old; end", None);
    check("begin new.nope := 1; return new; end", Some("1: 42703 record \"new\" has no field \"nope\""));
    check("begin return 1; end", Some("1: 0A000 a trigger function returns `new`, `old`, null, or a variable of the table's row type"));
    check("begin return; end", Some("1: 42601 missing expression at or near \";\""));
    check("begin return tg_argv[0]; end", Some("1: 0A000 a trigger function returns `new`, `old`, null, or a variable of the table's row type"));
}

#[test]
fn conditions_have_their_states() {
    let check = |name: &str, expected: Option<&str>| assert_eq!(sqlstate(name), expected, "{name}");
    check("unique_violation", Some("23505"));
    check("no_data_found", Some("P0002"));
    check("division_by_zero", Some("22012"));
    check("xquery", None);
    check("active_sql_transaction", Some("25001"));
    check("with_check_option_violation", Some("44000"));
}

#[test]
fn no_text_makes_the_reader_panic() {
    let pieces = [
        "begin",
        "end",
        "if",
        "then",
        "loop",
        ";",
        ":=",
        "select",
        "into",
        "a",
        "(",
        ")",
        "'x'",
        "$$",
        "<<",
        ">>",
        "raise",
        "case",
        "when",
        "for",
        "in",
        "..",
        "declare",
        "exception",
        "return",
        "\u{0}",
        "é",
        "\"",
    ];
    let mut seed = 7_u64;
    for _ in 0..2_000 {
        let mut text = String::new();
        for _ in 0..20 {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let index = usize::try_from(seed >> 33).unwrap() % pieces.len();
            text.push_str(pieces[index]);
            text.push(' ');
        }
        drop(read(&text, &scalar(Type::Int4), false));
    }
}
