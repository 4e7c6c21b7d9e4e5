//! A small catalog, made by hand: two tables, a view, two functions, and what must stay hidden.

use std::collections::BTreeMap;
use std::sync::Arc;

use underpin_base::{Name, QualifiedName, Value};
use underpin_schema::catalog::{
    Argument, Catalog, Column, Expression, ForeignKey, Generated, Grants, Key, Language,
    ReferentialAction, Routine, RoutineBody, Table, View,
};
use underpin_sql::functions::Volatility;
use underpin_sql::grammar::RoutineResult;
use underpin_sql::tree::{Body, Expr, ExprKind, RoutineId, Select};
use underpin_sql::types::{ColumnType, EnumType, Modifier, Type};

pub(super) fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    let comment = "The shop\n\nEverything that is sold,\nand to whom";
    catalog
        .schemas
        .insert("public".into(), Some(comment.to_owned()));
    for table in [authors(), books(), closed(), ungranted(), private()] {
        catalog.tables.insert(table.name.clone(), Arc::new(table));
    }
    let view = titles();
    catalog.views.insert(view.name.clone(), Arc::new(view));
    for routine in [best(), restock(), forbidden()] {
        let name = routine.id.name.clone();
        catalog
            .routines
            .entry(name)
            .or_default()
            .push(Arc::new(routine));
    }
    catalog
}

fn column(name: &str, ty: impl Into<ColumnType>) -> Column {
    Column {
        name: name.into(),
        ty: ty.into(),
        domain: None,
        not_null: false,
        default: None,
        generated: None,
        comment: None,
    }
}

fn required(column: Column) -> Column {
    Column {
        not_null: true,
        ..column
    }
}

fn default(column: Column, text: &str) -> Column {
    let expr = Expr {
        kind: ExprKind::Constant(Value::Null),
        ty: Type::Unknown,
    };
    Column {
        default: Some(Expression {
            text: text.to_owned(),
            expr,
        }),
        ..column
    }
}

fn comment(column: Column, text: &str) -> Column {
    Column {
        comment: Some(text.to_owned()),
        ..column
    }
}

fn table(name: &str, columns: Vec<Column>) -> Table {
    Table {
        name: QualifiedName::public(name),
        columns,
        primary_key: None,
        uniques: vec![],
        foreign_keys: vec![],
        checks: vec![],
        indexes: vec![],
        row_security: true,
        policies: vec![],
        grants: Grants::standard(),
        comment: None,
    }
}

fn key(table: &str) -> Option<Key> {
    Some(Key {
        name: format!("{table}_pkey").into(),
        columns: vec!["id".into()],
        nulls_not_distinct: false,
    })
}

fn authors() -> Table {
    let name = ColumnType {
        ty: Type::Varchar,
        modifier: Some(Modifier::Length(80)),
    };
    Table {
        primary_key: key("authors"),
        ..table(
            "authors",
            vec![
                required(default(column("id", Type::Uuid), "gen_random_uuid()")),
                required(column("name", name)),
            ],
        )
    }
}

fn books() -> Table {
    let state = Arc::new(EnumType {
        name: QualifiedName::public("state"),
        labels: vec!["draft".into(), "sold out".into()],
    });
    let references = |name: &str, column: &str, target: QualifiedName| ForeignKey {
        name: format!("books_{column}_fkey").into(),
        columns: vec![Name::from(column)],
        references: target,
        referenced_columns: vec![name.into()],
        on_delete: ReferentialAction::NoAction,
        on_update: ReferentialAction::NoAction,
        deferrable: false,
        initially_deferred: false,
    };
    Table {
        primary_key: key("books"),
        foreign_keys: vec![
            references("id", "author", QualifiedName::public("authors")),
            references("id", "owner", QualifiedName::new("auth", "users")),
        ],
        comment: Some("Books\n\nWhat can be bought".to_owned()),
        ..table(
            "books",
            vec![
                Column {
                    generated: Some(Generated::IdentityByDefault),
                    ..required(comment(column("id", Type::Int8), "The number"))
                },
                required(comment(column("author", Type::Uuid), "Who wrote it")),
                column("owner", Type::Uuid),
                default(column("title", Type::Text), "'It''s new'::text"),
                default(column("price", Type::Numeric), "0.50"),
                default(column("stock", Type::Int4), "nextval('stock')"),
                default(column("sold", Type::Bool), "false"),
                default(column("state", Type::Enum(state)), "'draft'"),
                default(column("added", Type::TimestampTz), "now()"),
                default(column("tags", Type::Text.array()), "'{}'"),
                default(column("more", Type::Jsonb), "'{}'::jsonb"),
            ],
        )
    }
}

fn closed() -> Table {
    Table {
        row_security: false,
        ..table("closed", vec![column("id", Type::Int8)])
    }
}

fn ungranted() -> Table {
    Table {
        grants: Grants::default(),
        ..table("ungranted", vec![column("id", Type::Int8)])
    }
}

fn private() -> Table {
    Table {
        name: QualifiedName::new("private", "secrets"),
        ..table("secrets", vec![column("id", Type::Int8)])
    }
}

fn titles() -> View {
    View {
        name: QualifiedName::public("titles"),
        columns: vec![("title".into(), Type::Text)],
        select: Select {
            with: vec![],
            body: Body::Values(vec![]),
            order_by: vec![],
            limit: None,
            offset: None,
        },
        materialized: false,
        security_invoker: true,
        check_option: None,
        grants: Grants::standard(),
        comment: Some("All titles".to_owned()),
        column_comments: BTreeMap::from([("title".into(), "As on the cover".to_owned())]),
        text: String::new(),
    }
}

fn routine(name: &str, arguments: Vec<Argument>, volatility: Volatility) -> Routine {
    Routine {
        id: RoutineId {
            name: QualifiedName::public(name),
            parameters: arguments
                .iter()
                .map(|argument| argument.ty.clone())
                .collect(),
        },
        arguments,
        variadic: false,
        result: RoutineResult {
            ty: Type::Int4,
            set: false,
            columns: vec![],
        },
        outputs: vec![],
        is_trigger: false,
        volatility,
        strict: false,
        rows: None,
        security_definer: false,
        search_path: vec!["public".into()],
        body: RoutineBody {
            language: Language::Sql,
            text: String::new(),
            statements: vec![],
            procedure: None,
        },
        comment: None,
        executors: None,
    }
}

fn argument(name: &str, ty: Type, default: Option<&str>) -> Argument {
    Argument {
        name: Some(name.into()),
        ty,
        default: default.map(str::to_owned),
    }
}

fn best() -> Routine {
    let arguments = vec![
        argument("most", Type::Int4, Some("10")),
        argument("more", Type::Json, None),
        argument("tags", Type::Text.array(), None),
    ];
    Routine {
        variadic: true,
        comment: Some("The best books\nby sales".to_owned()),
        ..routine("best", arguments, Volatility::Stable)
    }
}

fn restock() -> Routine {
    routine(
        "restock",
        vec![argument("ids", Type::Int8.array(), None)],
        Volatility::Volatile,
    )
}

fn forbidden() -> Routine {
    Routine {
        executors: Some(vec!["service_role".into()]),
        ..routine("forbidden", vec![], Volatility::Stable)
    }
}
