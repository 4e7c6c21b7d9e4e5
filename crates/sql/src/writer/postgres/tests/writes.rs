//! Writes whose rows are counted and read, and inserts of many rows.

use underpin_base::{Name, QualifiedName, Value};

use super::cluster::Database;
use super::meaning::prepared;
use super::project::SCHEMA;
use super::read;
use crate::grammar::Resolver as _;
use crate::grammar::tests::project::{Project, mood};
use crate::tree::{
    Assignment, Body, Conflict, ConflictAction, Expr, ExprKind, From, OrderBy, Output, Select,
    Simple, Statement,
};
use crate::types::{self, ColumnType, RangeType, Type};
use crate::writer::postgres::{Change, Overriding, Rendered, Rows, Target, affected, insert_rows};

/// Returns the query of `columns` over the written rows, in the descending order of `id`.
fn over_rows(table: &str, columns: &[&str]) -> Select {
    let alias = Name::from("rows");
    let column = |name: &str| Expr::column(&alias, &Name::from(name), Type::Unknown);
    let mut select = Select::simple(Simple {
        outputs: columns
            .iter()
            .map(|name| Output {
                name: Name::from(*name),
                expr: column(name),
            })
            .collect(),
        from: vec![From::Affected {
            table: QualifiedName::public(table),
            alias: alias.clone(),
        }],
        ..Simple::default()
    });
    select.order_by = vec![OrderBy {
        expr: column("id"),
        descending: true,
        nulls_first: true,
    }];
    select
}

/// Runs a write within a transaction that is not kept.
fn run(database: &Database, rendered: &Rendered) -> String {
    database.try_run(&format!("begin;\n{}rollback;\n", prepared(rendered, "p")))
}

/// Checks what a write answers: its counts, and its rows when `columns` are asked for.
#[track_caller]
fn check(database: &Database, text: &str, columns: &[&str], expected: &str) {
    let statement = read(text, &Project).unwrap();
    let select = (!columns.is_empty()).then(|| over_rows("u", columns));
    let rendered = affected(
        Change::Statement(&statement),
        Target::Table,
        select.as_ref(),
    )
    .unwrap();
    assert_eq!(run(database, &rendered), expected, "{}", rendered.sql);
}

#[rustfmt::skip]
#[test]
fn writes_are_counted_and_read() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    const UPSERT: &str = "insert into u (id, name) values (1, 'a'), (9, 'b') on conflict (id) do update set name = excluded.name";
    check(&database, "insert into u (id) values (7), (8)", &[], "2|2\n");
    check(&database, "insert into u (id, name) values (7, 'x'), (8, null)", &["id", "name"], "2|2|t|8|∅\n2|2|t|7|x\n");
    check(&database, UPSERT, &[], "2|1\n");
    check(&database, UPSERT, &["name", "id"], "2|1|t|b|9\n2|1|t|a|1\n");
    check(&database, "insert into u (id) values (1), (7) on conflict do nothing", &["id"], "1|1|t|7\n");
    check(&database, "insert into u (id) values (1) on conflict do nothing", &["id"], "0|0|∅|∅\n");
    check(&database, "update u set amount = 0 where id < 3", &["id", "amount"], "2|0|t|2|0\n2|0|t|1|0\n");
    check(&database, "update u set name = t.name from t where t.id = u.t_id and t.id = 1", &["id", "name"], "2|0|t|2|one\n2|0|t|1|one\n");
    check(&database, "delete from u where id = 4", &["id"], "1|0|t|4\n");
    check(&database, "delete from u", &[], "4|0\n");
    check(&database, "with x as (select 40 as n) insert into u (id) select n from x", &["id"], "1|1|t|40\n");
    check(&database, "with x as (delete from u where id = 4 returning id) insert into u (id) select id + 36 from x", &["id"], "1|1|t|40\n");
    check(&database, "insert into u (id) values (1)", &["id"], "ERROR:  23505\n");
}

/// Rows that the query leaves out are counted, and a column of which nothing may be read is not asked for.
#[test]
fn no_more_is_read_than_is_asked_for() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    database.run("create role writer; grant insert, delete, update on u to writer; grant select (id, t_id) on u to writer;");
    let as_writer = |rendered: &Rendered| {
        database.try_run(&format!(
            "begin;\nset local role writer;\n{}rollback;\n",
            prepared(rendered, "p")
        ))
    };
    let insert = read(
        "insert into u (id, name) values (7, 'x'), (8, 'y')",
        &Project,
    )
    .unwrap();
    let change = Change::Statement(&insert);
    let mut select = over_rows("u", &["id"]);
    select.limit = Some(Expr::constant(Value::Int(1), Type::Int4));
    let rendered = affected(change, Target::Table, Some(&select)).unwrap();
    assert_eq!(as_writer(&rendered), "2|2|t|8\n");
    let rendered = affected(change, Target::Table, None).unwrap();
    assert_eq!(as_writer(&rendered), "2|2\n");
    let named = over_rows("u", &["id", "name"]);
    let rendered = affected(change, Target::Table, Some(&named)).unwrap();
    assert!(as_writer(&rendered).starts_with("ERROR:  42501"));
    database.run("drop owned by writer; drop role writer;");
}

#[test]
fn a_view_counts_what_is_new() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    database.run("create view uv as select * from u;");
    for (rows, expected) in [
        ("(7, 'x'), (8, 'y')", "2|2\n"),
        (
            "(4, 'x'), (9, 'y') on conflict (id) do update set name = 'z'",
            "2|1\n",
        ),
    ] {
        let text = format!("insert into u (id, name) values {rows}");
        let mut insert = read(&text, &Project).unwrap();
        if let Statement::Insert(insert) = &mut insert {
            insert.table = QualifiedName::public("uv");
        }
        let rendered = affected(Change::Statement(&insert), Target::View, None).unwrap();
        assert_eq!(run(&database, &rendered), expected);
    }
    let query = read("select 1", &Project).unwrap();
    assert!(affected(Change::Statement(&query), Target::Table, None).is_err());
}

const ALIAS: &str = "u";

fn insert<'a>(
    table: &'a QualifiedName,
    alias: &'a Name,
    columns: &'a [(Name, ColumnType)],
    rows: &'a [Vec<Option<Value>>],
) -> Rows<'a> {
    Rows {
        table,
        alias,
        columns,
        rows,
        conflict: None,
        overriding: None,
    }
}

fn columns(written: &[(&str, Type)]) -> Vec<(Name, ColumnType)> {
    written
        .iter()
        .map(|(name, ty)| (Name::from(*name), ColumnType::plain(ty.clone())))
        .collect()
}

#[test]
fn rows_are_arrays() {
    let (table, alias) = (QualifiedName::public("u"), Name::from(ALIAS));
    let columns = columns(&[
        ("id", Type::Int4),
        ("name", Type::Text),
        ("amount", Type::Int8),
    ]);
    let rows = [
        vec![Some(Value::Int(7)), Some(Value::text("a,\"b")), None],
        vec![Some(Value::Int(8)), Some(Value::Null), None],
    ];
    let rendered = insert_rows(&insert(&table, &alias, &columns, &rows)).unwrap();
    assert_eq!(
        &*rendered.sql,
        r#"insert into "public"."u" as "u" ("id", "name") select "underpin 1"."column1"::integer, "underpin 1"."column2"::text from rows from (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[])) as "underpin 1"("column1", "column2")"#
    );
    let ty = Type::Text.array();
    let texts: Vec<_> = rendered.types.iter().collect();
    assert_eq!(texts, [&ty, &ty]);
}

#[test]
fn rows_with_defaults_are_values() {
    let (table, alias) = (QualifiedName::public("u"), Name::from(ALIAS));
    let columns = columns(&[("id", Type::Int4), ("name", Type::Text)]);
    let rows = [
        vec![Some(Value::Int(7)), None],
        vec![Some(Value::Int(8)), Some(Value::Null)],
    ];
    let rows = insert(&table, &alias, &columns, &rows);
    let rendered = insert_rows(&Rows {
        overriding: Some(Overriding::System),
        ..rows
    })
    .unwrap();
    assert_eq!(
        &*rendered.sql,
        r#"insert into "public"."u" as "u" ("id", "name") overriding system value values ($1::integer, default), ($2::integer, null::text)"#
    );
    let none = vec![Vec::new(); 3];
    let rendered = insert_rows(&insert(&table, &alias, &columns, &none)).unwrap();
    assert_eq!(
        &*rendered.sql,
        r#"insert into "public"."u" as "u" select from pg_catalog.generate_series(1, 3)"#
    );
    let rendered = insert_rows(&insert(&table, &alias, &columns, &none[..1])).unwrap();
    assert_eq!(
        &*rendered.sql,
        r#"insert into "public"."u" as "u" default values"#
    );
}

/// Returns an upsert that replaces `name`.
fn replacing() -> Conflict {
    let name = Name::from("name");
    Conflict {
        target: vec![Name::from("id")],
        action: ConflictAction::Update {
            assignments: vec![Assignment {
                value: Some(Expr::column(&Name::from("excluded"), &name, Type::Text)),
                column: name,
            }],
            filter: None,
        },
    }
}

/// A value of each kind of type, as PostgreSQL prints it.
fn values() -> Vec<(Type, &'static str)> {
    let spot = Project.named_type(None, "spot").unwrap().column.ty;
    vec![
        (Type::Int4, "2"),
        (Type::Numeric, "1.50"),
        (Type::Float8, "-Infinity"),
        (Type::Text, "it's \"a\\b\",{}"),
        (Type::Varchar, "varying"),
        (Type::Bpchar, "c"),
        (Type::Bool, "t"),
        (Type::Date, "2024-02-29"),
        (Type::Time, "10:00:00.5"),
        (Type::TimestampTz, "2024-01-01 10:00:00+00"),
        (Type::Interval, "1 day"),
        (Type::Jsonb, r#"{"a": [1, "x"]}"#),
        (Type::Json, r#"{"k":  1}"#),
        (Type::Text.array(), r#"{a,"b c",NULL}"#),
        (Type::Int4.array(), "{{1,2},{3,4}}"),
        (Type::Uuid, "00000000-0000-0000-0000-000000000001"),
        (mood(), "ok"),
        (mood().array(), "{sad,ok}"),
        (spot, r#"(1,"a b")"#),
        (Type::Bytea, "\\x00ff"),
        (Type::Citext, "MiXed"),
        (Type::Inet, "10.0.0.1"),
        (Type::TsVector, "'a':1"),
        (Type::Range(RangeType::Int4), "[1,3)"),
    ]
}

#[test]
fn every_type_comes_through_an_array() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    let values = values();
    let columns: Vec<(Name, ColumnType)> = values
        .iter()
        .enumerate()
        .map(|(index, (ty, _))| {
            let name = Name::from(format!("c{index}"));
            (name, ColumnType::plain(ty.clone()))
        })
        .collect();
    let definitions: Vec<String> = columns
        .iter()
        .map(|(name, column)| format!("{name} {}", column.ty))
        .collect();
    database.run(&format!("create table w ({});", definitions.join(", ")));
    let row: Vec<Option<Value>> = values
        .iter()
        .map(|(ty, text)| Some(types::input(ty, text).unwrap()))
        .collect();
    let nulls = vec![Some(Value::Null); values.len()];
    let (table, alias) = (QualifiedName::public("w"), Name::from("w"));
    let rendered = insert_rows(&insert(&table, &alias, &columns, &[row, nulls])).unwrap();
    let answer = database.run(&format!(
        "{}select * from w order by c0;",
        prepared(&rendered, "p")
    ));
    let texts: Vec<&str> = values.iter().map(|(_, text)| *text).collect();
    let nulls = vec!["∅"; values.len()];
    assert_eq!(
        answer,
        format!("{}\n{}\n", texts.join("|"), nulls.join("|"))
    );
}

#[test]
fn any_number_of_rows_is_one_statement() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    let (table, alias) = (QualifiedName::public("u"), Name::from(ALIAS));
    let columns = columns(&[("id", Type::Int4), ("name", Type::Text)]);
    let conflict = replacing();
    for with_defaults in [false, true] {
        let rows: Vec<Vec<Option<Value>>> = (1..=70_000)
            .map(|id| {
                let name = (!with_defaults || id % 3 > 0).then(|| Value::text(format!("n{id}")));
                vec![Some(Value::Int(id)), name]
            })
            .collect();
        let rows = Rows {
            conflict: Some(&conflict),
            ..insert(&table, &alias, &columns, &rows)
        };
        let rendered = affected(Change::Rows(&rows), Target::Table, None).unwrap();
        assert!(rendered.binds.len() <= 65_535);
        let answer = database.run(&format!(
            "begin;\n{}select id, name from u where id in (1, 3, 69998) order by id;\nrollback;\n",
            prepared(&rendered, "p")
        ));
        let third = if with_defaults { "∅" } else { "n3" };
        assert_eq!(
            answer,
            format!("70000|69996\n1|n1\n3|{third}\n69998|n69998\n")
        );
    }
}

#[test]
fn written_rows_may_be_whole() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    let statement = read("update u set amount = 1 where id = 1", &Project).unwrap();
    let mut select = over_rows("u", &["id"]);
    if let Body::Simple(simple) = &mut select.body {
        simple.outputs.push(Output {
            name: Name::from("there"),
            expr: Expr {
                kind: ExprKind::RowId(Name::from("rows")),
                ty: Type::Int8,
            }
            .is_null(true),
        });
    }
    let rendered = affected(Change::Statement(&statement), Target::Table, Some(&select)).unwrap();
    assert_eq!(run(&database, &rendered), "1|0|t|1|t\n");
}
