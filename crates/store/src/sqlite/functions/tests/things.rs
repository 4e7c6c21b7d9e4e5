//! A table `things`, whose columns have collations and indexes.

use rusqlite::Connection;
use underpin_base::{Name, QualifiedName};
use underpin_sql::grammar::{self, NamedType, Relation, Resolver, Routine, Scope};
use underpin_sql::tree::Expr;
use underpin_sql::types::{ColumnType, Type};
use underpin_sql::writer::sqlite::{self, WordIndex, WordIndexes};

use super::connection;

const COLUMNS: &[(&str, Type)] = &[
    ("id", Type::Int8),
    ("name", Type::Text),
    ("price", Type::Numeric),
    ("email", Type::Citext),
    ("owner", Type::Uuid),
    ("created", Type::TimestampTz),
    ("score", Type::Float8),
    ("active", Type::Bool),
    ("words", Type::TsVector),
];

/// A project of the one table `things`.
pub(super) struct Things;

impl Resolver for Things {
    fn relation(&self, _: Option<&str>, name: &str) -> Option<Relation> {
        (name == "things").then(|| Relation {
            name: QualifiedName::public("things"),
            is_view: false,
            columns: COLUMNS
                .iter()
                .map(|(name, ty)| (Name::from(*name), ColumnType::plain(ty.clone())))
                .collect(),
            primary_key: vec![Name::from("id")],
            keys: Vec::new(),
        })
    }

    fn named_type(&self, _: Option<&str>, _: &str) -> Option<NamedType> {
        None
    }

    fn routines(&self, _: Option<&str>, _: &str) -> Vec<Routine> {
        Vec::new()
    }
}

/// Returns the index of the words of the things.
pub(super) fn words() -> WordIndexes {
    let mut indexes = WordIndexes::default();
    let index = WordIndex {
        name: "found".to_owned(),
        row: Some(Name::from("id")),
        key: Expr::column(&Name::from("things"), &Name::from("words"), Type::TsVector),
    };
    indexes.add(&QualifiedName::public("things"), index);
    indexes
}

/// Returns a database with the table, empty.
pub(super) fn things() -> Connection {
    let connection = connection();
    connection
        .execute_batch(
            "CREATE TABLE things (
                 id INTEGER PRIMARY KEY, name TEXT, price TEXT COLLATE \"numeric\",
                 email TEXT COLLATE \"citext\", owner TEXT, created INTEGER, score ANY, active INTEGER,
                 words TEXT
             ) STRICT;
             CREATE INDEX by_name ON things (name);
             CREATE INDEX by_price ON things (price);
             CREATE INDEX by_email ON things (email);
             CREATE INDEX by_owner ON things (owner, created);
             CREATE INDEX by_score ON things (score);
             CREATE INDEX active ON things (created) WHERE active = 1;
             CREATE TABLE found (word TEXT NOT NULL, row INTEGER NOT NULL, PRIMARY KEY (word, row))
                 STRICT, WITHOUT ROWID;",
        )
        .unwrap();
    let lower = grammar::expression_text(
        "lower(name)",
        &Scope::relation(
            Name::from("things"),
            vec![(Name::from("name"), ColumnType::plain(Type::Text))],
        ),
        &Things,
    )
    .unwrap();
    let lower = sqlite::expression_inline(&lower).unwrap();
    connection
        .execute_batch(&format!("CREATE INDEX by_lower ON things ({lower})"))
        .unwrap();
    connection
}
