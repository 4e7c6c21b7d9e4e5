//! What is written, and what is refused.

use underpin_base::{Name, QualifiedName, Value};

use super::*;
use crate::functions::{Aggregate, Function, Operator};
use crate::tree::{ExprKind, From, OrderBy, Output, Simple};
use crate::types::ColumnType;

fn name(name: &str) -> Name {
    Name::from(name)
}

fn column(of: &str, ty: Type) -> Expr {
    Expr::column(&name("t"), &name(of), ty)
}

fn dialect() -> Dialect {
    let fact = |not_null, exact| Fact {
        not_null,
        exact,
        ..Fact::default()
    };
    let columns = [
        ("id", fact(true, false)),
        ("price", fact(false, true)),
        ("loose", fact(false, false)),
    ];
    let facts = columns.map(|(column, fact)| (name(column), fact));
    Dialect {
        flavour: Flavour::MariaDb,
        facts: HashMap::from([(QualifiedName::public("t"), HashMap::from(facts))]),
        found: false,
    }
}

fn table(alias: &str) -> From {
    From::Table {
        table: QualifiedName::public("t"),
        alias: name(alias),
    }
}

fn query(outputs: Vec<(&str, Expr)>) -> Select {
    Select::simple(Simple {
        outputs: outputs
            .into_iter()
            .map(|(name, expr)| Output {
                name: Name::from(name),
                expr,
            })
            .collect(),
        from: vec![table("t")],
        ..Simple::default()
    })
}

fn compare(operator: Operator, left: Expr, right: Expr) -> Expr {
    Expr {
        kind: ExprKind::Operator(operator, Box::new([left, right])),
        ty: Type::Bool,
    }
}

/// Checks how a condition is written; nothing is that it is refused.
#[track_caller]
fn check(condition: &Expr, expected: &str) {
    let table = QualifiedName::public("t");
    let conditions_of = std::slice::from_ref(condition);
    let written = conditions(&table, &name("t"), conditions_of, &dialect()).unwrap();
    assert_eq!(written.sql, expected);
}

#[test]
fn comparisons_are_written_where_the_database_compares_alike() {
    let text = column("a\"b", Type::Text);
    check(
        &compare(Operator::Equal, text, Expr::text("x' or 1")),
        r#"("t"."a""b" = ?)"#,
    );
    let one = || Expr::constant(Value::text("1.0"), Type::Numeric);
    check(
        &compare(Operator::Less, column("price", Type::Numeric), one()),
        r#"("t"."price" < CAST(? AS DECIMAL(65,30)))"#,
    );
    check(
        &compare(Operator::Less, column("loose", Type::Numeric), one()),
        "",
    );
    let span = || column("span", Type::Interval);
    check(&compare(Operator::Equal, span(), span()), "");
    let json = || column("j", Type::Jsonb);
    check(
        &compare(Operator::Equal, json(), json()),
        r#"("t"."j" = "t"."j")"#,
    );
    check(&compare(Operator::Less, json(), json()), "");
    let ranged = compare(Operator::Contains, json(), json());
    check(&ranged, "");
}

/// Checks how a condition is written over a table that others made.
#[track_caller]
fn check_found(condition: &Expr, expected: &str) {
    let fact = |kept| Fact {
        kept,
        ..Fact::default()
    };
    let text = |charset: &str, collation: &str| Kept::Text {
        charset: charset.to_owned(),
        collation: collation.to_owned(),
    };
    let columns = [
        ("new", fact(text("utf8mb4", "utf8mb4_general_ci"))),
        ("old", fact(text("latin1", "latin1_swedish_ci"))),
        ("day", fact(Kept::Date)),
        ("yes", fact(Kept::Truth)),
    ];
    let facts = columns.map(|(column, fact)| (name(column), fact));
    let table = QualifiedName::public("t");
    let dialect = Dialect {
        found: true,
        facts: HashMap::from([(table.clone(), HashMap::from(facts))]),
        ..Dialect::default()
    };
    let conditions_of = std::slice::from_ref(condition);
    let written = conditions(&table, &name("t"), conditions_of, &dialect).unwrap();
    assert_eq!(written.sql, expected);
}

/// A column is the value that it means; what an index needs stands before it, where more rows may meet it than the condition itself.
#[test]
fn columns_of_others_are_what_they_mean() {
    let new = || column("new", Type::Text);
    check_found(
        &compare(Operator::Equal, new(), Expr::text("a")),
        concat!(
            r#"("t"."new" = (CONVERT(? USING utf8mb4) COLLATE utf8mb4_general_ci)) AND "#,
            r#"(("t"."new" COLLATE utf8mb4_nopad_bin) = ?)"#
        ),
    );
    // Its order is another one.
    check_found(
        &compare(Operator::Less, new(), Expr::text("a")),
        r#"(("t"."new" COLLATE utf8mb4_nopad_bin) < ?)"#,
    );
    let old = column("old", Type::Text);
    check_found(
        &compare(Operator::Equal, old, Expr::text("a")),
        concat!(
            r#"("t"."old" = (CONVERT(? USING latin1) COLLATE latin1_swedish_ci)) AND "#,
            r#"((CONVERT("t"."old" USING utf8mb4) COLLATE utf8mb4_nopad_bin) = ?)"#
        ),
    );
    let day = || column("day", Type::Date);
    let value = || Expr::constant(Value::Int(0), Type::Date);
    let meant =
        r#"(CASE WHEN MONTH("t"."day") > 0 AND DAYOFMONTH("t"."day") > 0 THEN "t"."day" END)"#;
    let after = compare(Operator::GreaterOrEqual, day(), value());
    check_found(&after, &format!(r#"("t"."day" >= ?) AND ({meant} >= ?)"#));
    // Of what is denied, fewer rows would be chosen.
    let denied = Expr {
        kind: ExprKind::Not(Box::new(after)),
        ty: Type::Bool,
    };
    check_found(&denied, &format!("(NOT ({meant} >= ?))"));
    check_found(&column("yes", Type::Bool), r#"("t"."yes" <> 0)"#);
    let json = || column("j", Type::Jsonb);
    check_found(&compare(Operator::Equal, json(), json()), "");
}

#[test]
fn patterns_have_their_escape() {
    let text = || column("a", Type::Text);
    check(
        &compare(Operator::Like, text(), Expr::text("a%")),
        r#"("t"."a" LIKE ? ESCAPE '\')"#,
    );
    check(
        &compare(Operator::ILike, text(), Expr::text("a%")),
        r#"(LOWER("t"."a") LIKE LOWER(?) ESCAPE '\')"#,
    );
    check(&compare(Operator::Match, text(), Expr::text("a.")), "");
}

/// What depends on no row is computed by the engine, at the outermost place where that is so.
#[test]
fn what_depends_on_no_row_is_an_operand() {
    let upper = Function::named("upper")
        .find(|function| function.definition().parameters.len() == 1)
        .unwrap();
    let closed = Expr {
        kind: ExprKind::Function(upper, vec![Expr::text("x")]),
        ty: Type::Text,
    };
    let condition = compare(Operator::Equal, column("a", Type::Text), closed.clone());
    let written = select(
        &Select {
            ..query(vec![("ok", condition)])
        },
        &dialect(),
    )
    .unwrap();
    assert_eq!(
        written.rendered.sql,
        r#"SELECT ("t"."a" = ?) AS "ok" FROM "t" AS "t""#
    );
    assert_eq!(
        written.rendered.binds,
        [(Operand::Computed(Box::new(closed)), Type::Text)]
    );
}

#[test]
fn nulls_come_where_postgresql_has_them() {
    let order = |column: Expr, descending, nulls_first| OrderBy {
        expr: column,
        descending,
        nulls_first,
    };
    for (order_by, expected) in [
        (
            order(column("id", Type::Int4), false, false),
            r#" ORDER BY "t"."id""#,
        ),
        (
            order(column("a", Type::Text), false, false),
            r#" ORDER BY ("t"."a" IS NULL), "t"."a""#,
        ),
        (
            order(column("a", Type::Text), true, true),
            r#" ORDER BY ("t"."a" IS NULL) DESC, "t"."a" DESC"#,
        ),
        (
            order(column("a", Type::Text), true, false),
            r#" ORDER BY "t"."a" DESC"#,
        ),
    ] {
        let select_of = Select {
            order_by: vec![order_by],
            limit: Some(Expr::constant(Value::Int(5), Type::Int8)),
            ..query(vec![("id", column("id", Type::Int4))])
        };
        let written = select(&select_of, &dialect()).unwrap();
        assert_eq!(
            written.rendered.sql,
            format!(r#"SELECT "t"."id" AS "id" FROM "t" AS "t"{expected} LIMIT 5"#)
        );
    }
}

/// Only the relation that a join may have made nulls of is sorted as if its columns were null: the other's order is that of its index.
#[test]
fn a_join_makes_nulls_of_one_side() {
    let joined = |kind| {
        let mut select_of = query(vec![("id", column("id", Type::Int4))]);
        if let crate::tree::Body::Simple(simple) = &mut select_of.body {
            simple.from = vec![From::Join(Box::new(crate::tree::Join {
                kind,
                left: table("t"),
                right: table("u"),
                on: None,
            }))];
        }
        let order = |relation: &str| OrderBy {
            expr: Expr::column(&name(relation), &name("id"), Type::Int4),
            descending: false,
            nulls_first: false,
        };
        select_of.order_by = vec![order("t"), order("u")];
        let sql = select(&select_of, &dialect()).unwrap().rendered.sql;
        sql.split_once(" ORDER BY ").unwrap().1.to_owned()
    };
    use crate::tree::JoinKind::{Inner, Left, Right};
    assert_eq!(joined(Inner), r#""t"."id", "u"."id""#);
    assert_eq!(joined(Left), r#""t"."id", ("u"."id" IS NULL), "u"."id""#);
    assert_eq!(joined(Right), r#"("t"."id" IS NULL), "t"."id", "u"."id""#);
}

fn rows() -> Expr {
    let inner = Select {
        limit: Some(Expr::constant(Value::Int(2), Type::Int8)),
        ..Select::simple(Simple {
            outputs: vec![
                Output {
                    name: name("id"),
                    expr: Expr::column(&name("c"), &name("id"), Type::Int4),
                },
                Output {
                    name: name("a"),
                    expr: Expr::column(&name("c"), &name("a"), Type::Text),
                },
            ],
            from: vec![table("c")],
            filter: Some(compare(
                Operator::Equal,
                Expr::column(&name("c"), &name("id"), Type::Int4),
                column("id", Type::Int4),
            )),
            ..Simple::default()
        })
    };
    Expr {
        kind: ExprKind::Rows(Box::new(inner)),
        ty: Type::Json,
    }
}

#[test]
fn rows_become_a_document() {
    let written = select(&query(vec![("rows", rows())]), &dialect()).unwrap();
    assert_eq!(
        written.rendered.sql,
        concat!(
            r#"SELECT (SELECT CONCAT('[', COALESCE(GROUP_CONCAT(CONCAT('[', COALESCE(CAST("c"."id" AS CHAR) COLLATE utf8mb4_nopad_bin, 'null'), "#,
            r#"',', COALESCE(JSON_QUOTE(CAST("c"."a" AS CHAR)) COLLATE utf8mb4_nopad_bin, 'null'), ']') SEPARATOR ',' LIMIT 0,2), ''), ']') "#,
            r#"FROM "t" AS "c" WHERE ("c"."id" = "t"."id")) AS "rows" FROM "t" AS "t""#
        )
    );
    let [Form::Document(built)] = written.outputs.as_slice() else {
        panic!("no document");
    };
    let decode = |ty: &Type, text: &str| crate::types::input(ty, text);
    let mut json = Vec::new();
    built
        .write(r#"[[1,"a\"b"],[2,null]]"#, &decode, &mut json)
        .unwrap();
    assert_eq!(
        String::from_utf8(json).unwrap(),
        r#"[{"id":1,"a":"a\"b"},{"id":2,"a":null}]"#
    );
    // What was cut is no document.
    for cut in [r#"[[1,"a"#, "[[1]]", "[[1,2,3]]", ""] {
        assert!(built.write(cut, &decode, &mut Vec::new()).is_err(), "{cut}");
    }
}

#[test]
fn limits_within_aggregates_are_refused_on_mysql() {
    let mysql = Dialect {
        flavour: Flavour::MySql,
        ..dialect()
    };
    let error = select(&query(vec![("rows", rows())]), &mysql).unwrap_err();
    assert_eq!(error.code(), &Code::FEATURE_NOT_SUPPORTED);
}

#[test]
fn aggregates_keep_their_type() {
    let sum = |of: Expr, ty: Type| Expr {
        kind: ExprKind::Aggregate {
            aggregate: Aggregate::Sum,
            arguments: vec![of],
            distinct: false,
            order_by: Vec::new(),
            filter: None,
        },
        ty,
    };
    let of = |expr| select(&query(vec![("s", expr)]), &dialect());
    assert_eq!(
        of(sum(column("id", Type::Int4), Type::Int8))
            .unwrap()
            .rendered
            .sql,
        r#"SELECT CAST(SUM("t"."id") AS SIGNED) AS "s" FROM "t" AS "t""#
    );
    assert!(of(sum(column("price", Type::Numeric), Type::Numeric)).is_ok());
    assert!(of(sum(column("loose", Type::Numeric), Type::Numeric)).is_err());
    assert!(of(sum(column("d", Type::Float8), Type::Float8)).is_err());
}

#[test]
fn lateral_queries_are_refused() {
    let lateral = Select::simple(Simple {
        outputs: vec![Output {
            name: name("one"),
            expr: column("id", Type::Int4),
        }],
        ..Simple::default()
    });
    let mut outer = query(vec![("id", column("id", Type::Int4))]);
    if let crate::tree::Body::Simple(simple) = &mut outer.body {
        simple.from.push(From::Subquery {
            select: Box::new(lateral),
            alias: name("l"),
            lateral: true,
        });
    }
    assert!(select(&outer, &dialect()).is_err());
}

#[test]
fn schemas_hold_no_parameters() {
    let table = QualifiedName::public("t");
    let inline = |expr: &Expr| expression_inline(expr, &table, &dialect());
    let positive = compare(
        Operator::Greater,
        column("id", Type::Int4),
        Expr::constant(Value::Int(0), Type::Int4),
    );
    assert_eq!(inline(&positive).unwrap(), r#"("id" > 0)"#);
    let quoted = compare(Operator::Equal, column("a", Type::Text), Expr::text("it's"));
    assert_eq!(inline(&quoted).unwrap(), r#"("a" = 'it''s')"#);
    let backslash = compare(Operator::Equal, column("a", Type::Text), Expr::text("\\"));
    assert!(inline(&backslash).is_err());
    let cast = column("id", Type::Int4).cast(ColumnType::plain(Type::Text));
    assert!(inline(&compare(Operator::Match, cast, Expr::text("1"))).is_err());
}

#[test]
fn servers_say_which_they_are() {
    for (version, flavour) in [
        ("10.11.19-MariaDB-0+deb12u1", Flavour::MariaDb),
        ("8.0.36", Flavour::MySql),
    ] {
        assert_eq!(Flavour::of_version(version), flavour);
    }
}
