//! What stands in the text.

use underpin_base::{Name, QualifiedName, Value};

use super::read;
use crate::functions::{Function, Operator};
use crate::grammar::tests::project::{Project, mood};
use crate::tree::{
    Body, Context, Expr, ExprKind, From, Notation, OrderBy, Output, RoutineId, Select, Simple,
    Statement,
};
use crate::types::{ColumnType, Modifier, OpaqueType, Type};
use crate::writer::Bind;
use crate::writer::postgres::{expression, select, statement};

/// Checks how a statement is written again.
#[track_caller]
fn check(text: &str, expected: &str) {
    let written = statement(&read(text, &Project).unwrap()).unwrap();
    assert_eq!(&*written.sql, expected, "{text}");
}

#[rustfmt::skip]
#[test]
fn queries() {
    check("select id from t", r#"select "t"."id" as "id" from "public"."t" as "t""#);
    check("select 1 + id from t where name = 'x'' or 1'", r#"select ($1::integer + "t"."id") as "?column?" from "public"."t" as "t" where ("t"."name" = $2::text)"#);
    check("select true, null, null::int", r#"select true as "?column?", null::text as "?column?", null::integer as "int4""#);
    check("select id from t order by name desc, price, id nulls first, big desc nulls last", r#"select "t"."id" as "id" from "public"."t" as "t" order by "t"."name" desc, "t"."price", "t"."id" nulls first, "t"."big" desc nulls last"#);
    check("select id from t limit 5 offset 2", r#"select "t"."id" as "id" from "public"."t" as "t" limit $1::bigint offset $2::bigint"#);
    check("select distinct on (flag) id from t", r#"select distinct on ("t"."flag") "t"."id" as "id" from "public"."t" as "t""#);
    check("select date_trunc('day', at) from t group by date_trunc('day', at)", r#"select pg_catalog.date_trunc($1::text, "t"."at") as "date_trunc" from "public"."t" as "t" group by pg_catalog.date_trunc($1::text, "t"."at")"#);
    check("select t.id from t left join (u join v on true) on u.t_id = t.id", r#"select "t"."id" as "id" from "public"."t" as "t" left join ("public"."u" as "u" join "public"."v" as "v" on true) on ("u"."t_id" = "t"."id")"#);
    check("select id from t union all select id from u", r#"(select "t"."id" as "id" from "public"."t" as "t") union all (select "u"."id" as "id" from "public"."u" as "u")"#);
    check("select u from unnest(array[1]) with ordinality as x(u, n)", r#"select "x"."x" as "u" from pg_catalog.unnest(array[$1::integer]) with ordinality as "x"("x", "ordinality")"#);
    check("select * from my_teams(null)", r#"select "my_teams"."my_teams" as "my_teams" from "public"."my_teams"(null::uuid) as "my_teams"("my_teams")"#);
    check("select joined('-', name) from t", r#"select "public"."joined"($1::text, variadic array["t"."name"]) as "joined" from "public"."t" as "t""#);
}

#[rustfmt::skip]
#[test]
fn conditions() {
    check("select 1 from t where id in (1, 2)", r#"select $1::integer as "?column?" from "public"."t" as "t" where ("t"."id" = any ($2::integer[]))"#);
    check("select 1 from t where id not in (1, big)", r#"select $1::integer as "?column?" from "public"."t" as "t" where (("t"."id")::bigint not in ($2::bigint, "t"."big"))"#);
    check("select 1 from t where mood = 'ok'", r#"select $1::integer as "?column?" from "public"."t" as "t" where ("t"."mood" = $2::"public"."mood")"#);
    check("select 1 from t where mood in ('ok', 'sad')", r#"select $1::integer as "?column?" from "public"."t" as "t" where ("t"."mood" = any ($2::"public"."mood"[]))"#);
    check("select 1 from t where owner = auth.uid()", r#"select $1::integer as "?column?" from "public"."t" as "t" where ("t"."owner" = (select "auth"."uid"()))"#);
    check("select 1 from t where name = current_setting('app.x', true)", r#"select $1::integer as "?column?" from "public"."t" as "t" where ("t"."name" = (select nullif(pg_catalog.current_setting($2::text, true), '')))"#);
}

#[rustfmt::skip]
#[test]
fn writes() {
    check("insert into u (id, name) values (1, default)", r#"insert into "public"."u" as "u" ("id", "name") values ($1::integer, default)"#);
    check("insert into u as x (id) select id from t on conflict (id) do update set name = excluded.name where x.id > 0 returning x.id", r#"insert into "public"."u" as "x" ("id") select "t"."id" as "id" from "public"."t" as "t" on conflict ("id") do update set "name" = "excluded"."name" where ("x"."id" > $1::integer) returning "x"."id" as "id""#);
    check("update u set name = default from t where t.id = u.t_id", r#"update "public"."u" as "u" set "name" = default from "public"."t" as "t" where ("t"."id" = "u"."t_id")"#);
    check("delete from u using t where t.id = u.t_id returning t.id", r#"delete from "public"."u" as "u" using "public"."t" as "t" where ("t"."id" = "u"."t_id") returning "t"."id" as "id""#);
    check("with x as (delete from u returning id) select id from x", r#"with "x"("id") as (delete from "public"."u" as "u" returning "u"."id" as "id") select "x"."id" as "id" from "x" as "x""#);
}

fn value(ty: Type) -> Expr {
    Expr::constant(Value::text("x"), ty)
}

fn opaque() -> Type {
    Type::Opaque(
        OpaqueType {
            name: QualifiedName::new("extensions", "geo\"metry"),
        }
        .into(),
    )
}

/// Checks how an expression is written.
#[track_caller]
fn check_expression(expr: &Expr, expected: &str) {
    assert_eq!(&*expression(expr).unwrap().sql, expected);
}

#[rustfmt::skip]
#[test]
fn casts_name_types_in_full() {
    check_expression(&value(Type::TimestampTz), "$1::timestamp with time zone");
    check_expression(&value(Type::Bpchar), "$1::bpchar");
    check_expression(&value(Type::Bpchar.array().array()), "$1::bpchar[]");
    check_expression(&value(mood().array()), r#"$1::"public"."mood"[]"#);
    check_expression(&value(opaque()), r#"$1::"extensions"."geo""metry""#);
    check_expression(&value(Type::Unknown), "$1");
    check_expression(&Expr::null(opaque()), r#"null::"extensions"."geo""metry""#);
    let cast = |ty: Type, modifier| value(Type::Text).cast(ColumnType { ty, modifier: Some(modifier) });
    check_expression(&cast(Type::Numeric, Modifier::Precision(10, 2)), "($1::text)::numeric(10,2)");
    check_expression(&cast(Type::Varchar.array(), Modifier::Length(5)), "($1::text)::character varying(5)[]");
    check_expression(&cast(Type::Bpchar, Modifier::Length(5)), "($1::text)::character(5)");
    check_expression(&cast(Type::TimestampTz.array(), Modifier::Fraction(3)), "($1::text)::timestamp(3) with time zone[]");
    check_expression(&cast(Type::Interval.array(), Modifier::Fraction(0)), "($1::text)::interval(0)[]");
}

#[test]
fn equal_values_are_one_parameter() {
    let parameter = |index, ty| Expr {
        kind: ExprKind::Parameter(index),
        ty,
    };
    let all = Expr {
        kind: ExprKind::Row(vec![
            parameter(1, Type::Int4),
            parameter(0, Type::Int4),
            parameter(1, Type::Int4),
            parameter(1, Type::Int8),
            value(Type::Text),
            value(Type::Text),
            value(Type::Varchar),
            value(Type::Unknown),
            value(Type::Unknown),
        ]),
        ty: Type::Record,
    };
    let rendered = expression(&all).unwrap();
    assert_eq!(
        &*rendered.sql,
        "row($1::integer, $2::integer, $1::integer, $3::bigint, $4::text, $4::text, $5::character varying, $6, $7)"
    );
    let text = || Bind::Value(Value::text("x"));
    let bound: Vec<(Bind, Type)> = rendered.binds.into_iter().zip(rendered.types).collect();
    assert_eq!(
        bound,
        [
            (Bind::Parameter(1), Type::Int4),
            (Bind::Parameter(0), Type::Int4),
            (Bind::Parameter(1), Type::Int8),
            (text(), Type::Text),
            (text(), Type::Varchar),
            (text(), Type::Unknown),
            (text(), Type::Unknown),
        ]
    );
}

#[test]
fn a_missing_row_is_not_a_row_of_nulls() {
    let row = Expr {
        kind: ExprKind::RowId(Name::from("t")),
        ty: Type::Int8,
    };
    check_expression(
        &row.clone().is_null(false),
        r#"("t".* is not distinct from null)"#,
    );
    check_expression(&row.is_null(true), r#"("t".* is distinct from null)"#);
}

#[test]
fn literals_are_no_positions() {
    let mut query = Select::simple(Simple::default());
    let order = |expr: Expr| OrderBy {
        expr,
        descending: false,
        nulls_first: false,
    };
    query.order_by = vec![
        order(Expr::bool(true)),
        order(Expr::any(Vec::new())),
        order(Expr::constant(Value::Int(1), Type::Int4)),
    ];
    assert_eq!(
        &*select(&query).unwrap().sql,
        "select order by true::boolean, false::boolean, $1::integer"
    );
}

#[test]
fn names_stay_names() {
    let evil = Name::from("a\"; drop table t; --");
    let query = Select::simple(Simple {
        outputs: vec![Output {
            name: evil.clone(),
            expr: Expr::column(&evil, &evil, Type::Text),
        }],
        from: vec![From::Table {
            table: QualifiedName::new(evil.clone(), evil.clone()),
            alias: evil,
        }],
        ..Simple::default()
    });
    let quoted = r#""a""; drop table t; --""#;
    assert_eq!(
        &*select(&query).unwrap().sql,
        format!("select {quoted}.{quoted} as {quoted} from {quoted}.{quoted} as {quoted}")
    );
}

#[test]
fn names_that_would_be_cut_or_taken_are_replaced() {
    let long = |end: &str| Name::from(format!("{}{end}", "n".repeat(63)));
    let table = |alias: &Name| From::Table {
        table: QualifiedName::public("t"),
        alias: alias.clone(),
    };
    let (first, second, taken) = (long("#1"), long("#2"), Name::from("underpin 1"));
    let output = |relation: &Name, name: Name| Output {
        expr: Expr::column(relation, &Name::from("id"), Type::Int4),
        name,
    };
    let query = Select::simple(Simple {
        outputs: vec![
            output(&first, long("x")),
            output(&taken, long("y")),
            output(&second, Name::from("")),
        ],
        from: vec![table(&first), table(&second), table(&taken)],
        ..Simple::default()
    });
    assert_eq!(
        &*select(&query).unwrap().sql,
        r#"select "underpin 1"."id" as "underpin column 2", "underpin 3"."id" as "underpin column 4", "underpin 5"."id" as "underpin column 6" from "public"."t" as "underpin 1", "public"."t" as "underpin 5", "public"."t" as "underpin 3""#
    );
}

#[test]
fn calls_may_name_their_arguments() {
    let call = |notation, variadic, last| {
        let from = From::Call {
            routine: RoutineId {
                name: QualifiedName::public("f"),
                parameters: [Type::Int4, last].into(),
            },
            arguments: vec![Expr::null(Type::Int4), Expr::null(Type::Unknown)],
            notation,
            variadic,
            alias: Name::from("f"),
            columns: Vec::new(),
        };
        let query = Select::simple(Simple {
            from: vec![from],
            ..Simple::default()
        });
        let sql = select(&query).unwrap().sql;
        sql.strip_prefix("select from ").unwrap().to_owned()
    };
    let named = || Notation::Named(vec![Name::from("a"), Name::from("b\"")]);
    let array = || Type::Int4.array();
    for (notation, variadic, last, expected) in [
        (
            Notation::Positional,
            false,
            Type::Int4,
            "null::integer, null",
        ),
        (
            Notation::Positional,
            true,
            Type::Int4,
            "null::integer, variadic null",
        ),
        (
            Notation::Positional,
            false,
            array(),
            "null::integer, variadic null",
        ),
        (
            named(),
            false,
            array(),
            r#""a" => null::integer, "b""" => null"#,
        ),
        (
            named(),
            true,
            array(),
            r#""a" => null::integer, variadic "b""" => null"#,
        ),
    ] {
        assert_eq!(
            call(notation, variadic, last),
            format!(r#""public"."f"({expected}) as "f""#)
        );
    }
}

#[test]
fn depth_is_limited() {
    let nested = |levels: usize| {
        (0..levels).fold(Expr::bool(true), |expr, _| {
            Expr::compare(Operator::Equal, expr, Expr::bool(true))
        })
    };
    assert!(expression(&nested(190)).is_ok());
    let error = expression(&nested(210)).unwrap_err();
    assert_eq!(error.code().as_str(), "54001");
    let queries = (0..210).fold(Select::simple(Simple::default()), |select, _| {
        Select::over(select, Name::from("a"), Vec::new())
    });
    assert_eq!(select(&queries).unwrap_err().code().as_str(), "54001");
}

#[test]
fn parameters_are_limited() {
    let row = |count: i64| Expr {
        kind: ExprKind::Row(
            (0..count)
                .map(|value| Expr::constant(Value::Int(value), Type::Int8))
                .collect(),
        ),
        ty: Type::Record,
    };
    assert!(expression(&row(65_535)).is_ok());
    let error = expression(&row(65_536)).unwrap_err();
    assert_eq!(error.code().as_str(), "54001");
}

#[test]
fn arguments_without_a_type_get_that_of_their_parameter() {
    let call = |name: &str, arguments: usize| {
        let function = Function::named(name)
            .find(|function| function.definition().parameters.len() == arguments)
            .unwrap();
        Expr {
            kind: ExprKind::Function(function, vec![value(Type::Unknown); arguments]),
            ty: Type::Text,
        }
    };
    check_expression(&call("num_nulls", 1), "pg_catalog.num_nulls(($1)::text)");
    check_expression(
        &call("numrange", 2),
        "pg_catalog.numrange(($1)::numeric, ($2)::numeric)",
    );
    check_expression(
        &call("setweight", 2),
        "pg_catalog.setweight(($1)::tsvector, ($2)::\"char\")",
    );
    check_expression(&call("trim", 1), "pg_catalog.btrim(($1)::text)");
    check_expression(
        &call("gen_random_bytes", 1),
        "gen_random_bytes(($1)::integer)",
    );
}

#[test]
fn frames_hold_the_words_of_frames_alone() {
    let query = read("select sum(id) over (rows current row) from t", &Project).unwrap();
    let Statement::Select(mut query) = query else {
        panic!("no query");
    };
    if let Body::Simple(simple) = &mut query.body
        && let ExprKind::Window(window) = &mut simple.outputs[0].expr.kind
    {
        window.frame = Some("rows current row) from secret --".to_owned());
    }
    assert_eq!(select(&query).unwrap_err().code().as_str(), "0A000");
}

#[test]
fn what_the_request_supplies_is_asked_of_the_database() {
    for (context, expected) in [
        (Context::Uid, r#"(select "auth"."uid"())"#),
        (Context::Role, r#"(select "auth"."role"())"#),
        (Context::Email, r#"(select "auth"."email"())"#),
        (Context::Jwt, r#"(select "auth"."jwt"())"#),
        (Context::CurrentUser, "current_user"),
        (Context::Now, "pg_catalog.now()"),
    ] {
        let expr = Expr {
            kind: ExprKind::Context(context),
            ty: Type::Text,
        };
        check_expression(&expr, expected);
    }
}
