use std::sync::Arc;

use underpin_base::{Name, QualifiedName, Value};

use super::*;
use crate::functions::Operator;
use crate::tree::{Body, Context, ExprKind, From, Invocation, Invoked, OrderBy, Output, Simple};
use crate::types::{ColumnType, CompositeType, EnumType, Modifier, Type};
use crate::writer::Bind;

fn column(name: &str, ty: Type) -> Expr {
    Expr::column(&Name::from("t"), &Name::from(name), ty)
}

fn int(value: i64) -> Expr {
    Expr::constant(Value::Int(value), Type::Int4)
}

fn query(output: Expr) -> Select {
    Select::simple(Simple {
        outputs: vec![Output {
            name: Name::from("value"),
            expr: output,
        }],
        from: vec![From::Table {
            table: QualifiedName::public("t"),
            alias: Name::from("t"),
        }],
        ..Simple::default()
    })
}

/// Checks what stands for `expr` in a query.
#[track_caller]
fn check(expr: Expr, expected: &str) {
    let rendered = select(&query(expr)).unwrap();
    let sql = rendered
        .sql
        .strip_prefix("SELECT ")
        .and_then(|sql| sql.strip_suffix(" AS \"value\" FROM \"t\" AS \"t\""))
        .unwrap_or(&rendered.sql)
        .to_owned();
    assert_eq!(sql, expected);
}

#[test]
fn values_are_bound() {
    check(
        Expr::compare(
            Operator::Equal,
            column("name", Type::Text),
            Expr::text("x' or 1"),
        ),
        r#"("t"."name" = ?1)"#,
    );
}

#[test]
fn booleans_and_null_are_literals() {
    check(Expr::bool(true), "1");
    check(Expr::null(Type::Int4), "NULL");
}

#[test]
fn equal_contexts_share_a_parameter() {
    let uid = || Expr {
        kind: ExprKind::Context(Context::Uid),
        ty: Type::Uuid,
    };
    let owner = || column("owner", Type::Uuid);
    let both = Expr::any(vec![
        Expr::compare(Operator::Equal, owner(), uid()),
        Expr::compare(Operator::NotEqual, owner(), uid()),
    ]);
    let rendered = select(&query(both)).unwrap();
    assert_eq!(rendered.binds, vec![Bind::Context(Context::Uid)]);
    assert!(
        rendered
            .sql
            .contains(r#"(("t"."owner" = ?1) OR ("t"."owner" <> ?1))"#)
    );
}

#[test]
fn types_with_a_collation_are_compared_in_it() {
    let price = || column("price", Type::Numeric);
    let ten = || Expr::constant(Value::text("10"), Type::Numeric);
    check(
        Expr::compare(Operator::Less, price(), ten()),
        r#"("t"."price" COLLATE "numeric" < ?1)"#,
    );
    check(
        Expr {
            kind: ExprKind::In {
                operand: Box::new(price()),
                list: vec![ten(), ten()],
                negated: true,
            },
            ty: Type::Bool,
        },
        r#"("t"."price" COLLATE "numeric" NOT IN (?1, ?2))"#,
    );
}

#[test]
fn an_inner_collation_does_not_reach_out() {
    let as_text = column("price", Type::Numeric).cast(ColumnType::plain(Type::Text));
    check(
        Expr::compare(Operator::Equal, as_text.clone(), Expr::text("1.0")),
        r#"(("t"."price" COLLATE BINARY) COLLATE BINARY = ?1)"#,
    );
    check(
        Expr::compare(Operator::Equal, column("name", Type::Text), as_text),
        r#"("t"."name" COLLATE BINARY = ("t"."price" COLLATE BINARY))"#,
    );
}

#[test]
fn long_lists_are_one_parameter() {
    let list = |length: i64| Expr {
        kind: ExprKind::In {
            operand: Box::new(column("id", Type::Int4)),
            list: (1..=length).map(int).collect(),
            negated: false,
        },
        ty: Type::Bool,
    };
    check(list(2), r#"("t"."id" IN (?1, ?2))"#);
    check(list(8), r#"("t"."id" IN (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8))"#);
    check(
        list(9),
        r#"("t"."id" IN (SELECT value FROM json_each(?1)))"#,
    );
}

#[test]
fn like_of_a_prefix_is_a_range_too() {
    let like = |pattern: &str| {
        Expr::compare(
            Operator::Like,
            column("name", Type::Text),
            Expr::text(pattern),
        )
    };
    check(
        like("abc%"),
        r#"("t"."name" >= ?1 AND "t"."name" < ?2 AND pg_like("t"."name", ?3))"#,
    );
    check(like("%abc"), r#"pg_like("t"."name", ?1)"#);
    let rendered = select(&query(like("a\\%\u{D7FF}%"))).unwrap();
    assert_eq!(
        rendered.binds.get(1),
        Some(&Bind::Value(Value::text("a%\u{E000}")))
    );
}

#[test]
fn order_names_the_place_of_nulls() {
    let mut ordered = query(column("name", Type::Text));
    ordered.order_by = vec![OrderBy {
        expr: column("price", Type::Numeric),
        descending: true,
        nulls_first: true,
    }];
    assert_eq!(
        &*select(&ordered).unwrap().sql,
        r#"SELECT "t"."name" AS "value" FROM "t" AS "t" ORDER BY "t"."price" COLLATE "numeric" DESC NULLS FIRST"#
    );
}

#[test]
fn names_stay_names() {
    let evil = Name::from("a\"; drop table t; --\0'");
    let mut injected = query(Expr::column(&evil, &evil, Type::Text));
    if let Body::Simple(simple) = &mut injected.body {
        simple.from = vec![From::Table {
            table: QualifiedName::new(evil.clone(), evil.clone()),
            alias: evil.clone(),
        }];
        simple.outputs[0].name = evil.clone();
    }
    let quoted = r#""a""; drop table t; --'""#;
    let table = r#""a""; drop table t; --'.a""; drop table t; --'""#;
    assert_eq!(
        &*select(&injected).unwrap().sql,
        format!("SELECT {quoted}.{quoted} AS {quoted} FROM {table} AS {quoted}")
    );
}

#[test]
fn inline_expressions_hold_literals_and_bare_columns() {
    let expr = Expr::all([
        Expr::compare(
            Operator::Equal,
            column("a\"b", Type::Text),
            Expr::text("it's; --"),
        ),
        Expr::compare(
            Operator::Equal,
            column("owner", Type::Uuid),
            Expr {
                kind: ExprKind::Context(Context::Uid),
                ty: Type::Uuid,
            },
        ),
        Expr::compare(
            Operator::Equal,
            column("bytes", Type::Bytea),
            Expr::constant(Value::Bytes([0, 255].into()), Type::Bytea),
        ),
    ]);
    assert_eq!(
        expression_inline(&expr).unwrap(),
        r#"(("a""b" = 'it''s; --') AND ("owner" = underpin_context('uid')) AND ("bytes" = x'00ff'))"#
    );
}

#[test]
fn inline_text_with_a_nul_is_written_by_its_bytes() {
    assert_eq!(
        expression_inline(&Expr::text("a\0')")).unwrap(),
        "CAST(x'61002729' AS TEXT)"
    );
}

#[test]
fn inline_refuses_subqueries() {
    let exists = Expr {
        kind: ExprKind::Exists(Box::new(query(int(1)))),
        ty: Type::Bool,
    };
    let error = expression_inline(&exists).unwrap_err();
    assert_eq!(error.code().as_str(), "0A000");
}

#[test]
fn depth_is_limited() {
    let nested =
        |levels: usize| (0..levels).fold(column("b", Type::Bool), |expr, _| expr.is_null(false));
    assert!(select(&query(nested(190))).is_ok());
    let error = select(&query(nested(210))).unwrap_err();
    assert_eq!(error.code().as_str(), "54001");
}

#[test]
fn type_codes_are_read_back() {
    let mood = Type::Enum(Arc::new(EnumType {
        name: QualifiedName::public("mood"),
        labels: vec![Name::from("so\nso"), Name::from("it's \"fine\"")],
    }));
    let address = Type::Composite(Arc::new(CompositeType {
        name: QualifiedName::new("app", "address"),
        fields: vec![
            (Name::from("street"), ColumnType::plain(Type::Text)),
            (
                Name::from("zip"),
                ColumnType {
                    ty: Type::Varchar,
                    modifier: Some(Modifier::Length(5)),
                },
            ),
            (Name::from("mood"), ColumnType::plain(mood.clone())),
        ],
    }));
    let types = [
        Type::Int4,
        Type::TimestampTz.array(),
        Type::Int4.array().array(),
        mood.clone(),
        mood.array(),
        address,
    ];
    assert_eq!(read_types(&types_code(&types)).unwrap(), types);
    for modifier in [
        Modifier::Length(20),
        Modifier::Precision(10, -2),
        Modifier::Fraction(3),
    ] {
        let column = ColumnType {
            ty: Type::Numeric.array(),
            modifier: Some(modifier),
        };
        assert_eq!(
            read_column_type(&column_type_code(&column)).unwrap(),
            column
        );
    }
    assert!(read_types("no such type").is_err());
}

#[test]
fn a_value_of_the_row_is_one_parameter_wherever_it_stands() {
    let value = |index| Expr {
        kind: ExprKind::Parameter(index),
        ty: Type::Int4,
    };
    let rendered = select(&query(Expr {
        kind: ExprKind::Coalesce(vec![value(1), value(0), value(1)]),
        ty: Type::Int4,
    }))
    .unwrap();
    assert_eq!(rendered.binds, [Bind::Parameter(1), Bind::Parameter(0)]);
    assert!(
        rendered.sql.contains("coalesce(?1, ?2, ?1)"),
        "{}",
        rendered.sql
    );
    assert!(expression_inline(&value(0)).is_err());
}

fn invocation(arguments: Vec<Expr>, stable: bool, rows: bool) -> Expr {
    Expr {
        kind: ExprKind::Invoke(Box::new(Invocation {
            invoked: Invoked {
                name: QualifiedName::new("a b", "f'\"x"),
                overload: 2,
                as_owner: true,
                rows,
            },
            arguments,
            stable,
        })),
        ty: Type::Int4,
    }
}

/// What is the same for each row is a query that SQLite evaluates once, and so is what conditions on the row come before.
#[test]
fn invocations_are_evaluated_as_often_as_they_may_differ() {
    let bare = r#"underpin_invoke('["a b","f''\"x",2,true,false]'"#;
    let of_row = || column("id", Type::Int4);
    check(invocation(vec![], false, false), &format!("{bare})"));
    check(
        invocation(vec![], true, false),
        &format!("(SELECT {bare}))"),
    );
    check(
        invocation(vec![int(1)], true, false),
        &format!("(SELECT {bare}, ?1))"),
    );
    check(
        invocation(vec![of_row()], false, false),
        &format!(r#"(SELECT {bare}, "t"."id"))"#),
    );
    let volatile = invocation(vec![invocation(vec![], false, false)], true, false);
    check(volatile, &format!("{bare}, {bare}))"));
    let rows = bare.replace("false]", "true]");
    check(
        invocation(vec![], false, true),
        &format!("(SELECT {rows}))"),
    );
    check(
        invocation(vec![of_row()], true, true),
        &format!(r#"{rows}, "t"."id")"#),
    );
    let invoked = read_invoked(r#"["a b","f'\"x",2,true,false]"#).unwrap();
    assert_eq!(
        (&*invoked.name.schema, &*invoked.name.name, invoked.overload),
        ("a b", "f'\"x", 2)
    );
    assert!(read_invoked("x").is_err());
    let inline = expression_inline(&invocation(vec![], true, false)).unwrap_err();
    assert_eq!(inline.code().as_str(), "0A000");
}

#[test]
fn what_the_planner_replaces_is_refused() {
    let mut viewed = query(int(1));
    if let Body::Simple(simple) = &mut viewed.body {
        simple.from = vec![From::View {
            view: QualifiedName::public("v"),
            alias: Name::from("v"),
        }];
    }
    assert_eq!(select(&viewed).unwrap_err().code().as_str(), "PGRSTX00");
}

/// Checks the condition that stands for `filter` where the words of the column `words` of `t` are indexed.
#[track_caller]
fn check_indexed(filter: Expr, expected: &str) {
    let mut indexes = WordIndexes::default();
    let index = WordIndex {
        name: "words_idx".to_owned(),
        row: None,
        key: column("words", Type::TsVector),
    };
    indexes.add(&QualifiedName::public("t"), index);
    let mut select = query(int(1));
    if let Body::Simple(simple) = &mut select.body {
        simple.filter = Some(filter);
    }
    let rendered = select_indexed(&select, &Arc::new(indexes)).unwrap();
    let (_, condition) = rendered.sql.split_once(" WHERE ").unwrap();
    assert_eq!(condition, expected);
}

fn finds(query: &str) -> Expr {
    let query = Expr::constant(Value::text(query), Type::TsQuery);
    Expr::compare(Operator::Finds, column("words", Type::TsVector), query)
}

/// The postings of a word are gone through as the rows are asked for; that of several words which is the rarest.
#[test]
fn a_needed_word_is_read_by_its_postings() {
    const ROW: &str =
        r#""words_idx#underpin 2"."row" = "t".rowid AND "words_idx#underpin 2".word = "#;
    const RAREST: &str = r#"(SELECT g.value FROM json_each(?2) AS g ORDER BY (SELECT count(*) FROM (SELECT 1 FROM "words_idx" AS p WHERE p.word = g.value LIMIT 2000)) LIMIT 1)"#;
    let has = |bind: u32| {
        format!(
            r#"EXISTS (SELECT 1 FROM "words_idx" AS p WHERE p.word = ?{bind} AND p."row" = "words_idx#underpin 2"."row")"#
        )
    };
    let checked = |bind: u32| format!(r#"pg_tsvector_finds("t"."words", ?{bind})"#);
    check_indexed(finds("'a'"), &format!("{ROW}?2 AND 1"));
    check_indexed(finds("'a':A"), &format!("{ROW}?2 AND {}", checked(3)));
    check_indexed(finds("'a' & !'b'"), &format!("{ROW}?2 AND {}", checked(3)));
    check_indexed(
        finds("'a' & 'b'"),
        &format!("{ROW}{RAREST} AND {} AND {} AND 1", has(3), has(4)),
    );
    check_indexed(
        finds("'a' <-> 'b'"),
        &format!(
            "{ROW}{RAREST} AND {} AND {} AND {}",
            has(3),
            has(4),
            checked(5)
        ),
    );
    check_indexed(
        Expr::all(vec![finds("'a'"), finds("'b':*")]),
        &format!("{ROW}?2 AND (1 AND {})", checked(3)),
    );
}

/// Where one of several words will do, or a part of one, the rows are listed.
#[test]
fn other_words_are_looked_up_and_checked() {
    const LISTED: &str = r#""t".rowid IN (SELECT p."row" FROM json_each(?2) AS w CROSS JOIN "words_idx" AS p WHERE p.word >= w.value ->> 0 AND p.word < w.value ->> 1)"#;
    check_indexed(finds("'a' | 'b'"), LISTED);
    check_indexed(finds("'a':*"), LISTED);
    let checked = format!(r#"({LISTED} AND pg_tsvector_finds("t"."words", ?3))"#);
    check_indexed(finds("'a':*A"), &checked);
    check_indexed(finds("'a' | 'b' & 'c'"), &checked);
    check_indexed(
        finds("'a':* & 'b':*"),
        r#"("t".rowid IN (SELECT p."row" FROM json_each((SELECT g.value FROM json_each(?2) AS g ORDER BY (SELECT count(*) FROM (SELECT 1 FROM json_each(g.value) AS w CROSS JOIN "words_idx" AS p WHERE p.word >= w.value ->> 0 AND p.word < w.value ->> 1 LIMIT 2000)) LIMIT 1)) AS w CROSS JOIN "words_idx" AS p WHERE p.word >= w.value ->> 0 AND p.word < w.value ->> 1) AND pg_tsvector_finds("t"."words", ?3))"#,
    );
}

/// Where the words are not known, or where false is not the same as null, nothing is looked up.
#[test]
fn other_searches_are_not_looked_up() {
    check_indexed(finds("!'a'"), r#"pg_tsvector_finds("t"."words", ?2)"#);
    check_indexed(
        finds("'a'").negate(),
        r#"(NOT pg_tsvector_finds("t"."words", ?2))"#,
    );
    let unknown = Expr::compare(
        Operator::Finds,
        column("words", Type::TsVector),
        column("query", Type::TsQuery),
    );
    check_indexed(unknown, r#"pg_tsvector_finds("t"."words", "t"."query")"#);
    let other = Expr::compare(
        Operator::Finds,
        column("others", Type::TsVector),
        Expr::constant(Value::text("'a'"), Type::TsQuery),
    );
    check_indexed(other, r#"pg_tsvector_finds("t"."others", ?2)"#);
    // The same columns of two rows are not what is indexed.
    let name =
        |relation: &str| Expr::column(&Name::from(relation), &Name::from("words"), Type::TsVector);
    let joined = |left: &str, right: &str| Expr {
        kind: ExprKind::Operator(Operator::Concatenate, Box::new([name(left), name(right)])),
        ty: Type::TsVector,
    };
    let mut indexes = WordIndexes::default();
    let index = WordIndex {
        name: "words_idx".to_owned(),
        row: None,
        key: joined("t", "t"),
    };
    indexes.add(&QualifiedName::public("t"), index);
    let indexes = Arc::new(indexes);
    for (other, looked_up) in [("t", true), ("u", false)] {
        let mut select = query(int(1));
        if let Body::Simple(simple) = &mut select.body {
            let query = Expr::constant(Value::text("'a'"), Type::TsQuery);
            simple.filter = Some(Expr::compare(Operator::Finds, joined("t", other), query));
        }
        let sql = select_indexed(&select, &indexes).unwrap().sql;
        assert_eq!(sql.contains("words_idx"), looked_up, "{sql}");
    }
}

/// A query among the outputs stands before the queries in `from`, and asks of their rows without choosing them.
#[test]
fn a_search_within_an_output_narrows_nothing() {
    let mut indexes = WordIndexes::default();
    let index = WordIndex {
        name: "words_idx".to_owned(),
        row: None,
        key: column("words", Type::TsVector),
    };
    indexes.add(&QualifiedName::public("t"), index);
    let indexes = Arc::new(indexes);
    let outer = Name::from("v");
    let search = Expr::compare(
        Operator::Finds,
        Expr::column(&outer, &Name::from("value"), Type::TsVector),
        Expr::constant(Value::text("'a'"), Type::TsQuery),
    );
    let within = |filter: Option<Expr>, output: Expr| {
        let select = Select::simple(Simple {
            outputs: vec![Output {
                name: Name::from("value"),
                expr: output,
            }],
            from: vec![From::Subquery {
                select: Box::new(query(column("words", Type::TsVector))),
                alias: outer.clone(),
                lateral: false,
            }],
            filter,
            ..Simple::default()
        });
        select_indexed(&select, &indexes).unwrap().sql
    };
    assert!(within(Some(search.clone()), int(1)).contains("words_idx"));
    let asking = Select::simple(Simple {
        outputs: vec![Output {
            name: Name::from("one"),
            expr: int(1),
        }],
        filter: Some(search),
        ..Simple::default()
    });
    let exists = Expr {
        kind: ExprKind::Exists(Box::new(asking)),
        ty: Type::Bool,
    };
    assert!(!within(None, exists).contains("words_idx"));
}
