//! Rows as values: objects and arrays of embedded rows.

use underpin_base::{Name, QualifiedName, Value};

use super::cluster::Database;
use super::meaning::prepared;
use super::project::SCHEMA;
use crate::functions::{Aggregate, Function, Operator};
use crate::tree::{
    Body, Expr, ExprKind, From, Join, JoinKind, OrderBy, Output, Select, SetOperator, Simple,
};
use crate::types::{ColumnType, CompositeType, Type};
use crate::writer::postgres::select;

fn name(text: &str) -> Name {
    Name::from(text)
}

fn column(relation: &str, column: &str, ty: Type) -> Expr {
    Expr::column(&name(relation), &name(column), ty)
}

fn table(table: &str, alias: &str) -> From {
    From::Table {
        table: QualifiedName::public(table),
        alias: name(alias),
    }
}

fn output(text: &str, expr: Expr) -> Output {
    Output {
        name: name(text),
        expr,
    }
}

fn json(kind: ExprKind) -> Expr {
    Expr {
        kind,
        ty: Type::Json,
    }
}

fn object(members: &[(&str, Expr)]) -> Expr {
    json(ExprKind::Object(
        members
            .iter()
            .map(|(member, expr)| (name(member), expr.clone()))
            .collect(),
    ))
}

/// Returns the rows of `u` that belong to the row of `t` with these outputs, the latest first.
fn rows_of_u(outputs: Vec<Output>) -> Select {
    let mut rows = Select::simple(Simple {
        outputs,
        from: vec![table("u", "u")],
        filter: Some(Expr::compare(
            Operator::Equal,
            column("u", "t_id", Type::Int4),
            column("t", "id", Type::Int4),
        )),
        ..Simple::default()
    });
    rows.order_by = vec![OrderBy {
        expr: column("u", "id", Type::Int4),
        descending: true,
        nulls_first: true,
    }];
    rows
}

/// Returns the query of one output over `t`.
fn over_t(expr: Expr) -> Select {
    let mut query = Select::simple(Simple {
        outputs: vec![output("value", expr)],
        from: vec![table("t", "t")],
        ..Simple::default()
    });
    query.order_by = vec![OrderBy {
        expr: column("t", "id", Type::Int4),
        descending: false,
        nulls_first: false,
    }];
    query.limit = Some(Expr::constant(Value::Int(2), Type::Int8));
    query
}

/// Checks the values of `expr` for the first two rows of `t`, without what JSON ignores.
#[track_caller]
fn check(database: &Database, expr: Expr, expected: &str) {
    check_query(database, &over_t(expr), expected);
}

#[track_caller]
fn check_query(database: &Database, query: &Select, expected: &str) {
    let rendered = select(query).unwrap();
    let answer = database.run(&prepared(&rendered, "p"));
    let answer = answer
        .replace(", \n ", ",")
        .replace("}, {", "},{")
        .replace("\" : ", "\":")
        .replace(", \"", ",\"");
    assert_eq!(answer, expected, "{}", rendered.sql);
}

fn count() -> Expr {
    Expr {
        kind: ExprKind::Aggregate {
            aggregate: Aggregate::Count,
            arguments: Vec::new(),
            distinct: false,
            order_by: Vec::new(),
            filter: None,
        },
        ty: Type::Int8,
    }
}

#[test]
fn rows_are_objects_and_arrays() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    let id = || column("t", "id", Type::Int4);
    let data = || column("t", "data", Type::Jsonb);
    let mood = || column("t", "big", Type::Int8);
    check(
        &database,
        object(&[("a", id()), ("b", Expr::null(Type::Text)), ("a", data())]),
        "{\"a\":1,\"b\":null,\"a\":{\"a\": {\"b\": [1, 2]},\"k\": \"x\"}}\n{\"a\":2,\"b\":null,\"a\":[1,\"a\", null]}\n",
    );
    check(&database, object(&[]), "{}\n{}\n");
    check(
        &database,
        object(&[("in\"ner", object(&[("x", mood())])), ("", id())]),
        "{\"in\\\"ner\":{\"x\":10},\"\":1}\n{\"in\\\"ner\":{\"x\":20},\"\":2}\n",
    );
    let of_u = |outputs| json(ExprKind::Rows(Box::new(rows_of_u(outputs))));
    let u = |text: &str| column("u", text, Type::Text);
    check(
        &database,
        of_u(vec![
            output("id", u("id")),
            output("name", u("name")),
            output("id", u("amount")),
        ]),
        "[{\"id\":2,\"name\":\"second\",\"id\":null},{\"id\":1,\"name\":\"first\",\"id\":5}]\n[{\"id\":3,\"name\":null,\"id\":-7}]\n",
    );
    check(&database, of_u(Vec::new()), "[{},{}]\n[{}]\n");
    let mut none = rows_of_u(vec![output("id", u("id"))]);
    none.limit = Some(Expr::constant(Value::Int(0), Type::Int4));
    check(&database, json(ExprKind::Rows(Box::new(none))), "[]\n[]\n");
}

#[test]
fn names_of_members_are_never_cut() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    let (first, second) = (
        format!("{}1", "é".repeat(40)),
        format!("{}2", "é".repeat(40)),
    );
    let id = || column("t", "id", Type::Int4);
    check(
        &database,
        object(&[(&first, id()), (&second, Expr::text("x"))]),
        &format!("{{\"{first}\":1,\"{second}\":\"x\"}}\n{{\"{first}\":2,\"{second}\":\"x\"}}\n"),
    );
    let outputs = || {
        vec![
            output(&first, column("u", "id", Type::Int4)),
            output(&second, column("u", "t_id", Type::Int4)),
        ]
    };
    check(
        &database,
        json(ExprKind::Rows(Box::new(rows_of_u(outputs())))),
        &format!(
            "[{{\"{first}\":2,\"{second}\":1}},{{\"{first}\":1,\"{second}\":1}}]\n[{{\"{first}\":3,\"{second}\":2}}]\n"
        ),
    );
    // The same names between two queries, and in the order of a union.
    let inner = Select::simple(Simple {
        outputs: outputs(),
        from: vec![table("u", "u")],
        ..Simple::default()
    });
    let mut union = Select {
        body: Body::Set {
            operator: SetOperator::Union,
            all: false,
            operands: Box::new([inner.clone(), inner]),
        },
        ..Select::simple(Simple::default())
    };
    union.order_by = vec![OrderBy {
        expr: column("", &second, Type::Int4),
        descending: true,
        nulls_first: false,
    }];
    union.limit = Some(Expr::constant(Value::Int(1), Type::Int4));
    let outer = Select::over(
        union,
        name("x"),
        vec![output(&first, column("x", &first, Type::Int4))],
    );
    check_query(&database, &outer, "3\n");
}

#[test]
fn objects_have_any_number_of_members() {
    let Some(database) = Database::new() else {
        return;
    };
    let check_members = |count: usize, grouped: bool| {
        let members: Vec<(Name, Expr)> = (0..count)
            .map(|index| (Name::from(format!("m{index}")), Expr::text("}")))
            .collect();
        let expected: Vec<String> = (0..count)
            .map(|index| format!("\"m{index}\":\"}}\""))
            .collect();
        let mut simple = Simple {
            outputs: vec![output("value", json(ExprKind::Object(members)))],
            ..Simple::default()
        };
        if grouped {
            simple.group_by = vec![Expr::text("x")];
        }
        check_query(
            &database,
            &Select::simple(simple),
            &format!("{{{}}}\n", expected.join(",")),
        );
    };
    for count in [1, 50, 51, 101, 1_600, 1_700] {
        check_members(count, false);
        check_members(count, true);
    }
}

/// An object in a query that aggregates is made of what the query aggregates.
#[test]
fn aggregates_within_an_object_are_of_the_query_around_it() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    let grouped = |group_by: Vec<Expr>, members: &[(&str, Expr)]| {
        Select::simple(Simple {
            outputs: vec![output("value", object(members))],
            from: vec![table("t", "t")],
            group_by,
            ..Simple::default()
        })
    };
    check_query(
        &database,
        &grouped(Vec::new(), &[("count", count())]),
        "{\"count\":4}\n",
    );
    let text = || column("t", "flag", Type::Bool).cast(ColumnType::plain(Type::Text));
    let mut by_flag = grouped(
        vec![text()],
        &[("flag", text()), ("inner", object(&[("count", count())]))],
    );
    by_flag.order_by = vec![OrderBy {
        expr: text(),
        descending: false,
        nulls_first: false,
    }];
    check_query(
        &database,
        &by_flag,
        "{\"flag\":\"false\",\"inner\":{\"count\":1}}\n{\"flag\":\"true\",\"inner\":{\"count\":2}}\n{\"flag\":null,\"inner\":{\"count\":1}}\n",
    );
}

fn spot() -> Type {
    let spot = CompositeType {
        name: QualifiedName::public("spot"),
        fields: vec![
            (name("x"), ColumnType::plain(Type::Int4)),
            (name("label"), ColumnType::plain(Type::Text)),
        ],
    };
    Type::Composite(spot.into())
}

#[test]
fn rows_of_a_type_are_composites() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    let row = |ty: Type| Expr {
        kind: ExprKind::Object(vec![
            (name("label"), column("t", "name", Type::Text)),
            (name("x"), column("t", "id", Type::Int4)),
        ]),
        ty,
    };
    check(
        &database,
        row(spot()),
        "(1,one)\n(2,\"two's \"\"name\"\"\")\n",
    );
    check(
        &database,
        row(Type::Record),
        "(one,1)\n(\"two's \"\"name\"\"\",2)\n",
    );
    check(
        &database,
        row(Type::Jsonb),
        "{\"x\": 1,\"label\": \"one\"}\n{\"x\": 2,\"label\": \"two's \\\"name\\\"\"}\n",
    );
    let field = Expr {
        kind: ExprKind::Field(Box::new(row(spot())), name("x")),
        ty: Type::Int4,
    };
    check(&database, field, "1\n2\n");
}

/// What is unnested are rows, not their fields.
#[test]
fn elements_of_an_array_of_rows_are_values() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    let array = Value::text(r#"[{"x":1,"label":"a"},{"x":2,"label":null}]"#);
    let elements = |ordinality: bool| {
        let mut columns = vec![(name("e"), spot())];
        if ordinality {
            columns.push((name("o"), Type::Int8));
        }
        let outputs = columns
            .iter()
            .map(|(column_name, ty)| output(column_name, column("x", column_name, ty.clone())))
            .collect();
        Select::simple(Simple {
            outputs,
            from: vec![From::Function {
                function: Function::named("unnest").next().unwrap(),
                arguments: vec![Expr::constant(array.clone(), spot().array())],
                alias: name("x"),
                columns,
                ordinality,
            }],
            ..Simple::default()
        })
    };
    check_query(&database, &elements(false), "(1,a)\n(2,)\n");
    check_query(&database, &elements(true), "(1,a)|1\n(2,)|2\n");
}

/// The rows of a parent's row are found by the index on their key, and the parent's by its own.
#[test]
fn embeds_are_found_by_indexes() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    database.run("insert into t (id) select i from generate_series(100, 5000) i; insert into u (id, t_id) select i, i from generate_series(100, 5000) i; analyze;");
    let rows = json(ExprKind::Rows(Box::new(rows_of_u(vec![output(
        "id",
        column("u", "id", Type::Int4),
    )]))));
    let mut query = over_t(rows);
    if let Body::Simple(simple) = &mut query.body {
        simple.filter = Some(Expr {
            kind: ExprKind::In {
                operand: Box::new(column("t", "id", Type::Int4)),
                list: (200..205)
                    .map(|id| Expr::constant(Value::Int(id), Type::Int4))
                    .collect(),
                negated: false,
            },
            ty: Type::Bool,
        });
    }
    let rendered = select(&query).unwrap();
    let script = prepared(&rendered, "p").replace("execute p", "explain execute p");
    for mode in ["auto", "force_generic_plan"] {
        let plan = database.run(&format!("set plan_cache_mode = {mode};\n{script}"));
        assert!(
            plan.contains("t_pkey") && plan.contains("u_t_id_idx") && !plan.contains("Seq Scan"),
            "{plan}"
        );
    }
}

/// A joined row that is missing is told from one whose columns are null.
#[test]
fn a_missing_row_is_told_from_a_row_of_nulls() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run("create table t (id integer); insert into t values (null), (2);");
    let missing = Expr {
        kind: ExprKind::RowId(name("n")),
        ty: Type::Int8,
    }
    .is_null(false);
    let query = Select::simple(Simple {
        outputs: vec![output("missing", missing)],
        from: vec![From::Join(Box::new(Join {
            kind: JoinKind::Left,
            left: table("t", "t"),
            right: table("t", "n"),
            on: Some(Expr::all([
                column("t", "id", Type::Int4).is_null(false),
                column("n", "id", Type::Int4).is_null(false),
            ])),
        }))],
        ..Simple::default()
    });
    check_query(&database, &query, "f\nt\n");
}
