//! What only the planner makes: embedded rows, wide objects, names of every kind, and what a short call may not build.

use proptest::prelude::*;
use rusqlite::Connection;
use underpin_base::{Name, QualifiedName, Value, ValueRef};
use underpin_sql::tree::{Body, Expr, ExprKind, From, OrderBy, Output, Select, Simple};
use underpin_sql::types::{self, Type};
use underpin_sql::writer::{Bind, sqlite};

use super::super::arguments::{self, value};
use super::{connection, decode_error};

fn output(name: &str, expr: Expr) -> Output {
    Output {
        name: Name::from(name),
        expr,
    }
}

fn int(value: i64) -> Expr {
    Expr::constant(Value::Int(value), Type::Int4)
}

fn of_kind(kind: ExprKind, ty: Type) -> Expr {
    Expr { kind, ty }
}

fn values(rows: Vec<Vec<Expr>>) -> Select {
    Select {
        body: Body::Values(rows),
        ..Select::simple(Simple::default())
    }
}

/// Runs `select`, which has one row, with `affected` as the rows that a write changed.
fn run_with(connection: &Connection, select: &Select, affected: &str) -> Vec<Value> {
    let rendered = sqlite::select(select).unwrap();
    let mut statement = connection.prepare(&rendered.sql).unwrap();
    for (index, bind) in rendered.binds.iter().enumerate() {
        let value = match bind {
            Bind::Value(value) => value.clone(),
            Bind::Affected => Value::text(affected),
            other => panic!("{other:?}"),
        };
        statement
            .raw_bind_parameter(index + 1, arguments::Output(value))
            .unwrap();
    }
    let count = statement.column_count();
    let mut rows = statement.raw_query();
    let row = rows.next().unwrap().unwrap();
    (0..count)
        .map(|index| value(row.get_ref(index).unwrap()).to_value())
        .collect()
}

fn run(expr: Expr) -> Value {
    let select = Select::simple(Simple {
        outputs: vec![output("value", expr)],
        ..Simple::default()
    });
    run_with(&connection(), &select, "[]").swap_remove(0)
}

#[test]
fn embedded_rows_keep_their_order_and_every_member() {
    let alias = Name::from("v");
    let column = |name: &str, ty: Type| Expr::column(&alias, &Name::from(name), ty);
    let mut inner = Select::simple(Simple {
        outputs: vec![
            output("id", column("column1", Type::Int4)),
            output("id", column("column2", Type::Numeric)),
            output("a\"\\\n", column("column3", Type::Bool)),
        ],
        from: vec![From::Subquery {
            select: Box::new(values(
                [(1, "9.50"), (2, "10"), (3, "1.0")]
                    .into_iter()
                    .map(|(id, price)| {
                        vec![
                            int(id),
                            Expr::constant(Value::text(price), Type::Numeric),
                            Expr::bool(id > 1),
                        ]
                    })
                    .collect(),
            )),
            alias: alias.clone(),
            lateral: false,
        }],
        ..Simple::default()
    });
    inner.order_by = vec![OrderBy {
        expr: column("column2", Type::Numeric),
        descending: true,
        nulls_first: true,
    }];
    inner.limit = Some(int(2));
    assert_eq!(
        run(of_kind(ExprKind::Rows(Box::new(inner)), Type::Json)),
        Value::text(r#"[{"id":2,"id":10,"a\"\\\n":true},{"id":1,"id":9.50,"a\"\\\n":false}]"#)
    );
}

#[test]
fn wide_objects_and_long_arrays_are_whole() {
    let members: Vec<(Name, Expr)> = (0..600)
        .map(|index| (Name::from(format!("m{index}")), int(index)))
        .collect();
    let object = run(of_kind(ExprKind::Object(members), Type::Json));
    let object: serde_json::Value = serde_json::from_str(object.as_text().unwrap()).unwrap();
    assert_eq!(object.as_object().unwrap().len(), 600);
    assert_eq!(object["m599"], 599);
    let array = run(of_kind(
        ExprKind::Array((0..600).map(int).collect()),
        Type::Int4.array(),
    ));
    let array: Vec<i64> = serde_json::from_str(array.as_text().unwrap()).unwrap();
    assert_eq!(array, (0..600).collect::<Vec<i64>>());
}

#[test]
fn affected_rows_come_in_the_order_of_the_write() {
    let connection = connection();
    connection
        .execute_batch(
            "CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1), (2), (3);",
        )
        .unwrap();
    let alias = Name::from("t");
    let inner = Select::simple(Simple {
        outputs: vec![output(
            "id",
            of_kind(ExprKind::RowId(alias.clone()), Type::Int8),
        )],
        from: vec![From::Affected {
            table: QualifiedName::public("t"),
            alias,
        }],
        ..Simple::default()
    });
    let select = Select::simple(Simple {
        outputs: vec![output(
            "rows",
            of_kind(ExprKind::Rows(Box::new(inner)), Type::Json),
        )],
        ..Simple::default()
    });
    assert_eq!(
        run_with(&connection, &select, "[3,1]"),
        [Value::text(r#"[{"id":3},{"id":1}]"#)]
    );
}

/// Checks that `expression` is refused with `code`.
#[track_caller]
fn check_refused(expression: &str, code: &str) {
    let cause = connection()
        .query_row(&format!("SELECT {expression}"), [], |row| {
            row.get::<_, rusqlite::types::Value>(0)
        })
        .unwrap_err();
    assert_eq!(decode_error(&cause).unwrap().code().as_str(), code);
}

#[test]
fn short_calls_do_not_fill_the_memory() {
    check_refused("pg_repeat('ab', 8388609)", "54000");
    check_refused("pg_lpad('x', 2000000000, 'y')", "54000");
    check_refused("pg_series_int8(1, 9000000)", "54000");
    check_refused("pg_series_numeric('0', '9000000')", "54000");
    check_refused(
        "pg_series_timestamptz(0, 9000000000000000, '00:00:00.000001')",
        "54000",
    );
    check_refused(
        "pg_match(printf('%.4000c', 'a'), '(a*)*(a*)*\\1b')",
        "2201B",
    );
    check_refused("pg_match('x', printf('%.5000c', 'a'))", "2201B");
    check_refused("pg_gen_random_bytes(1025)", "39000");
    check_refused(
        "pg_array_fill('int4' || char(10) || 'int4[]', 1, '[100000,100000]')",
        "54000",
    );
}

proptest! {
    // Each case opens a database.
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn any_name_is_only_a_name(name in "\\PC{1,20}|.*[\"';\\-\\[\\]`].*") {
        prop_assume!(!name.contains('\0') && !name.is_empty());
        let alias = Name::from(name.as_str());
        let select = Select::simple(Simple {
            outputs: vec![output(&name, Expr::column(&alias, &Name::from("column1"), Type::Int4))],
            from: vec![From::Subquery {
                select: Box::new(values(vec![vec![int(7)]])),
                alias: alias.clone(),
                lateral: false,
            }],
            ..Simple::default()
        });
        prop_assert_eq!(run_with(&connection(), &select, "[]"), [Value::Int(7)]);
        let object = run(of_kind(ExprKind::Object(vec![(alias, int(7))]), Type::Json));
        let mut expected = b"{".to_vec();
        types::write_json_string(&name, &mut expected);
        expected.extend_from_slice(b":7}");
        prop_assert_eq!(object.as_text().unwrap().as_bytes(), expected);
    }

    #[test]
    fn any_text_is_only_a_value(text in "[^\0]*") {
        let literal = sqlite::expression_inline(&Expr::text(&text)).unwrap();
        let inline: String = connection()
            .query_row(&format!("SELECT {literal}"), [], |row| row.get(0))
            .unwrap();
        prop_assert_eq!(&inline, &text);
        prop_assert_eq!(run(Expr::text(&text)), Value::text(text));
    }

    #[test]
    fn patterns_never_panic(text in ".{0,40}", pattern in ".{0,40}") {
        let connection = connection();
        for function in ["pg_match", "pg_like", "pg_similar", "pg_regexp_split"] {
            let answer = connection.query_row(
                &format!("SELECT {function}(?1, ?2)"),
                (&text, &pattern),
                |row| Ok(value(row.get_ref(0)?).to_value()),
            );
            let is_ours = match &answer {
                Ok(value) => ValueRef::from(value) != ValueRef::Null,
                Err(cause) => decode_error(cause).is_some(),
            };
            prop_assert!(is_ours, "{:?}", answer);
        }
    }
}
