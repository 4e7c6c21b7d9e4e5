//! The engine on a database of two tables: `items`, and `parts` that refer to items and to each other.

mod crash;
mod flush;
mod group;
mod read;
mod upsert;
mod write;

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tempfile::TempDir;
use underpin_base::{Identity, Name, QualifiedName, Result, Value};
use underpin_query::plan::{
    Action, Cell, Change, DeleteRows, InsertRows, Length, Plan, Read, Shape, UpdateRows, Write,
};
use underpin_query::reply::Outcome;
use underpin_query::request::Format;
use underpin_schema::catalog::{
    Catalog, Check, Column, Expression, ForeignKey, Generated, Grants, Key, ReferentialAction,
    Table,
};
use underpin_sql::functions::Operator;
use underpin_sql::tree::{Expr, From, Output, Select, Simple};
use underpin_sql::types::Type;

use super::connection::{Access, Connection};
use super::engine::Engine;
use crate::settings::SqliteSettings;

const SCHEMA: &str = "
    CREATE TABLE IF NOT EXISTS items (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        name TEXT NOT NULL,
        price INTEGER,
        CONSTRAINT items_price_check CHECK (price >= 0)
    ) STRICT;
    CREATE UNIQUE INDEX IF NOT EXISTS items_name_key ON items (name);
    CREATE TABLE IF NOT EXISTS parts (
        id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
        item_id INTEGER REFERENCES items (id),
        parent_id INTEGER REFERENCES parts (id) ON DELETE CASCADE
    ) STRICT;";

/// A database in a folder of its own.
struct Database {
    engine: Engine,
    folder: TempDir,
    runtime: tokio::runtime::Runtime,
}

impl Database {
    fn new() -> Self {
        Self::with(|settings| settings)
    }

    /// Opens a database whose settings `change` changes.
    fn with(change: impl FnOnce(SqliteSettings) -> SqliteSettings) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let settings = change(SqliteSettings::new(folder.path().join("shop.db")));
        Self {
            engine: open(settings),
            folder,
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap(),
        }
    }

    fn run(&self, plan: Plan) -> Result<Outcome> {
        self.runtime.block_on(self.engine.run(plan))
    }

    /// Returns what a query of one text or number returns, through a connection of the test's own.
    fn value(&self, sql: &str) -> Value {
        let connection = rusqlite::Connection::open(self.folder.path().join("shop.db")).unwrap();
        connection
            .query_row(sql, [], |row| {
                Ok(match row.get_ref(0)? {
                    rusqlite::types::ValueRef::Integer(value) => Value::Int(value),
                    rusqlite::types::ValueRef::Text(text) => {
                        Value::text(String::from_utf8_lossy(text).into_owned())
                    }
                    _ => Value::Null,
                })
            })
            .unwrap()
    }
}

/// Opens the engine on a file, making its tables when they are not there.
fn open(settings: SqliteSettings) -> Engine {
    let connection = Connection::open(&settings, Access::Write, &catalog()).unwrap();
    connection.raw().execute_batch(SCHEMA).unwrap();
    Engine::start(settings, connection, catalog()).unwrap()
}

fn name(name: &str) -> Name {
    Name::from(name)
}

fn catalog() -> Catalog {
    let mut catalog = Catalog::default();
    for table in [items(), parts()] {
        catalog.tables.insert(table.name.clone(), Arc::new(table));
    }
    catalog
}

fn items() -> Table {
    let price = Expr::column(&name("items"), &name("price"), Type::Int4);
    Table {
        checks: vec![Check {
            name: name("items_price_check"),
            expression: Expression {
                text: "price >= 0".to_owned(),
                expr: Expr::compare(Operator::GreaterOrEqual, price, int(0)),
            },
            domain: None,
        }],
        uniques: vec![Key {
            name: name("items_name_key"),
            columns: vec![name("name")],
            nulls_not_distinct: false,
        }],
        ..table(
            "items",
            &[
                ("id", Type::Int4),
                ("name", Type::Text),
                ("price", Type::Int4),
            ],
        )
    }
}

fn parts() -> Table {
    let key = |column: &str, table: &str, on_delete| ForeignKey {
        name: name(&format!("parts_{column}_fkey")),
        columns: vec![name(column)],
        references: QualifiedName::public(table),
        referenced_columns: vec![name("id")],
        on_delete,
        on_update: ReferentialAction::NoAction,
        deferrable: false,
        initially_deferred: false,
    };
    Table {
        foreign_keys: vec![
            key("item_id", "items", ReferentialAction::NoAction),
            key("parent_id", "parts", ReferentialAction::Cascade),
        ],
        ..table(
            "parts",
            &[
                ("id", Type::Int4),
                ("item_id", Type::Int4),
                ("parent_id", Type::Int4),
            ],
        )
    }
}

/// Returns a table whose key is the identity column `id`.
fn table(table: &str, columns: &[(&str, Type)]) -> Table {
    Table {
        name: QualifiedName::public(table),
        columns: columns
            .iter()
            .map(|(column, ty)| Column {
                name: name(column),
                ty: ty.clone().into(),
                domain: None,
                not_null: matches!(*column, "id" | "name"),
                default: None,
                generated: (*column == "id").then_some(Generated::IdentityByDefault),
                comment: None,
            })
            .collect(),
        primary_key: Some(Key {
            name: name(&format!("{table}_pkey")),
            columns: vec![name("id")],
            nulls_not_distinct: false,
        }),
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        indexes: Vec::new(),
        row_security: false,
        policies: Vec::new(),
        grants: Grants::standard(),
        comment: None,
    }
}

fn int(value: i64) -> Expr {
    Expr::constant(Value::Int(value), Type::Int4)
}

fn plan(action: Action) -> Plan {
    Plan::system(
        Identity::of_role("service_role"),
        action,
        Duration::from_secs(5),
    )
}

fn write(table: Table, change: Change) -> Write {
    Write {
        table: Arc::new(table),
        change,
        returning: None,
        max_affected: None,
        view_checks: Vec::new(),
        explain: None,
    }
}

fn written(table: Table, change: Change) -> Plan {
    plan(Action::Write(Box::new(write(table, change))))
}

/// Returns an insert of `rows` into the columns `columns`.
fn rows(columns: &[&str], rows: &[&[Value]]) -> InsertRows {
    InsertRows {
        columns: columns.iter().map(|column| name(column)).collect(),
        defaults: columns.iter().map(|_| Expr::null(Type::Unknown)).collect(),
        rows: rows
            .iter()
            .map(|row| row.iter().cloned().map(Cell::Value).collect())
            .collect(),
        more: None,
        check: Expr::bool(true),
        conflict: None,
    }
}

/// Returns a plan that inserts an item.
fn insert_item(item: &str, price: i64) -> Plan {
    let row = [Value::text(item), Value::Int(price)];
    written(items(), Change::Insert(rows(&["name", "price"], &[&row])))
}

/// Returns an update of items.
fn update_items(assignments: Vec<(&str, Expr)>, filter: Expr) -> UpdateRows {
    UpdateRows {
        defaults: Vec::new(),
        assignments: assignments
            .into_iter()
            .map(|(column, value)| (name(column), value))
            .collect(),
        filter,
        check: Expr::bool(true),
    }
}

fn delete_from(table: Table, filter: Expr) -> Plan {
    written(table, Change::Delete(DeleteRows { filter }))
}

/// Returns the column `column` of `relation`.
fn column(relation: &str, column: &str) -> Expr {
    let ty = if column == "name" {
        Type::Text
    } else {
        Type::Int4
    };
    Expr::column(&name(relation), &name(column), ty)
}

fn equal(left: Expr, right: Expr) -> Expr {
    Expr::compare(Operator::Equal, left, right)
}

/// Returns a query of `outputs` from `from`.
fn select(outputs: Vec<(&str, Expr)>, from: Vec<From>, filter: Option<Expr>) -> Select {
    Select::simple(Simple {
        outputs: outputs
            .into_iter()
            .map(|(output, expr)| Output {
                name: name(output),
                expr,
            })
            .collect(),
        from,
        filter,
        ..Simple::default()
    })
}

/// Returns a read of `select` as an array.
fn read_of(select: Select) -> Read {
    Read {
        columns: select.columns(),
        select,
        total: None,
        format: Format::Array { strip_nulls: false },
        head: false,
        written: OnceLock::new(),
        length: Length::default(),
        shape: Shape::Rows,
    }
}

/// Returns the item `from` item under `alias`.
fn from_items(alias: &str) -> From {
    From::Table {
        table: QualifiedName::public("items"),
        alias: name(alias),
    }
}

/// Returns the condition of a statement that needs longer than any test waits, over the table `items`.
fn endless() -> Expr {
    let relations = ["a", "b", "c", "d", "e", "f", "g", "h"];
    let count = select(
        vec![(
            "count",
            Expr {
                kind: underpin_sql::tree::ExprKind::Aggregate {
                    aggregate: underpin_sql::functions::Aggregate::Count,
                    arguments: Vec::new(),
                    distinct: false,
                    order_by: Vec::new(),
                    filter: None,
                },
                ty: Type::Int8,
            },
        )],
        relations.iter().map(|alias| from_items(alias)).collect(),
        Some(Expr::compare(
            Operator::GreaterOrEqual,
            column("a", "price"),
            column("h", "price"),
        )),
    );
    let count = Expr {
        kind: underpin_sql::tree::ExprKind::Scalar(Box::new(count)),
        ty: Type::Int8,
    };
    Expr::compare(
        Operator::GreaterOrEqual,
        count,
        Expr::constant(Value::Int(0), Type::Int8),
    )
}
