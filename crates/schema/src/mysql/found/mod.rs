//! The catalog of a database that others made, and how it keeps its values, from what its `information_schema` tells.
//!
//! Views count as tables that nobody writes and that have no key: which of the base tables' rows stand behind a row the database does not
//! tell. Stored procedures and functions are not part of it.

mod column;

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use underpin_base::{Name, QualifiedName};
use underpin_sql::types::Type;
use underpin_sql::writer::mysql::{Dialect, Flavour};

use self::column::Found;
use crate::catalog::{Catalog, ForeignKey, Grants, Index, Key, ReferentialAction, Table};

/// Returns the questions about the database that the session is in. Every field of an answer is a text or null.
pub fn questions(flavour: Flavour) -> [&'static str; 5] {
    let [relations, columns, indexes, foreign_keys] = QUESTIONS;
    let documents = match flavour {
        Flavour::MariaDb => DOCUMENTS_OF_MARIADB,
        // It has a type for them.
        Flavour::MySql => "SELECT NULL, NULL FROM DUAL WHERE FALSE",
    };
    [relations, columns, indexes, foreign_keys, documents]
}

/// The answers to [`questions`], in their order.
pub type Answers = [Vec<Row>; 5];

/// On MariaDB a document is a text with a check that says so.
const DOCUMENTS_OF_MARIADB: &str = "SELECT TABLE_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()";

/// What both are asked alike.
const QUESTIONS: [&str; 4] = [
    "SELECT TABLE_NAME, TABLE_TYPE, TABLE_COMMENT, CAST(TABLE_ROWS AS CHAR) FROM information_schema.TABLES \
     WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE IN ('BASE TABLE', 'VIEW', 'SYSTEM VERSIONED') ORDER BY TABLE_NAME",
    "SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, COLUMN_TYPE, IS_NULLABLE, COLUMN_DEFAULT, EXTRA, CHARACTER_SET_NAME, COLLATION_NAME, \
     CAST(NUMERIC_PRECISION AS CHAR), CAST(NUMERIC_SCALE AS CHAR), CAST(CHARACTER_MAXIMUM_LENGTH AS CHAR), COLUMN_COMMENT \
     FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, ORDINAL_POSITION",
    "SELECT TABLE_NAME, INDEX_NAME, CAST(NON_UNIQUE AS CHAR), COLUMN_NAME, CAST(SUB_PART AS CHAR), INDEX_TYPE \
     FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE() ORDER BY TABLE_NAME, INDEX_NAME, SEQ_IN_INDEX",
    "SELECT k.TABLE_NAME, k.CONSTRAINT_NAME, k.COLUMN_NAME, k.REFERENCED_TABLE_NAME, k.REFERENCED_COLUMN_NAME, r.DELETE_RULE, r.UPDATE_RULE \
     FROM information_schema.KEY_COLUMN_USAGE k JOIN information_schema.REFERENTIAL_CONSTRAINTS r \
     ON r.CONSTRAINT_SCHEMA = k.CONSTRAINT_SCHEMA AND r.CONSTRAINT_NAME = k.CONSTRAINT_NAME AND r.TABLE_NAME = k.TABLE_NAME \
     WHERE k.TABLE_SCHEMA = DATABASE() AND k.REFERENCED_TABLE_SCHEMA = DATABASE() ORDER BY k.TABLE_NAME, k.CONSTRAINT_NAME, k.ORDINAL_POSITION",
];

/// A row of an answer.
pub type Row = Vec<Option<String>>;

/// Returns the catalog, and what the writer must know of the tables, of a database that gave `answers` to
/// [`questions`].
pub fn found(answers: &Answers, flavour: Flavour) -> (Catalog, Dialect) {
    let [relations, rest @ ..] = answers;
    let [columns, indexes, foreign_keys, checks] = rest.each_ref().map(|rows| by_table(rows));
    let mut catalog = Catalog::default();
    catalog.schemas.insert(Name::from("public"), None);
    let mut dialect = Dialect {
        flavour,
        found: true,
        ..Dialect::default()
    };
    for relation in relations {
        let bare = field(relation, 0);
        let name = QualifiedName::public(bare);
        let is_view = field(relation, 1) == "VIEW";
        let mut table = Table::empty(name.clone());
        table.grants = Grants::standard();
        table.comment = comment(field(relation, 2), is_view);
        let mut facts = HashMap::new();
        let documents = documents(of(&checks, bare));
        for row in of(&columns, bare) {
            let is_document = documents.contains(field(row, 1));
            let Found { column, mut fact } = column::column(row, is_document);
            if let Type::Enum(labels) = &column.ty.ty {
                let labels = Arc::clone(labels);
                catalog.enums.insert(labels.name.clone(), labels);
            }
            // A date that is none, and a label that there is not, are null here.
            fact.not_null = column.not_null && fact.kept.is_never_null();
            facts.insert(column.name.clone(), fact);
            table.columns.push(column);
        }
        if !is_view {
            keys(&mut table, of(&indexes, bare));
            table.foreign_keys = references(of(&foreign_keys, bare));
        }
        // It computes, rounds, has triggers, and knows what may be null.
        catalog.reshaped.insert(name.clone());
        dialect.facts.insert(name.clone(), facts);
        catalog.tables.insert(name, Arc::new(table));
    }
    (catalog, dialect)
}

/// Returns about how many rows each table has, from the first of [`Answers`].
pub fn estimated_rows(relations: &[Row]) -> impl Iterator<Item = (QualifiedName, u64)> {
    relations.iter().filter_map(|row| {
        let count = field(row, 3).parse().ok()?;
        Some((QualifiedName::public(field(row, 0)), count))
    })
}

/// Returns a field; an empty text when it is null or there is none.
fn field(row: &Row, place: usize) -> &str {
    row.get(place)
        .and_then(Option::as_deref)
        .unwrap_or_default()
}

/// Rows by the names of their tables.
type ByTable<'r> = HashMap<&'r str, Vec<&'r Row>>;

fn by_table(rows: &[Row]) -> ByTable<'_> {
    let mut grouped = ByTable::new();
    for row in rows {
        grouped.entry(field(row, 0)).or_default().push(row);
    }
    grouped
}

fn of<'a, 'r>(rows: &'a ByTable<'r>, table: &str) -> &'a [&'r Row] {
    rows.get(table).map(Vec::as_slice).unwrap_or_default()
}

fn comment(text: &str, is_view: bool) -> Option<String> {
    // Of a view the database says that it is one.
    let is_said = !text.is_empty() && (!is_view || text != "VIEW");
    is_said.then(|| text.to_owned())
}

/// Returns the columns that hold documents, from a table's checks.
fn documents<'r>(checks: &[&'r Row]) -> HashSet<&'r str> {
    let checked = |row: &&'r Row| {
        let clause = field(row, 1).strip_prefix("json_valid(")?;
        Some(clause.strip_suffix(')')?.trim_matches(['`', '"']))
    };
    checks.iter().filter_map(checked).collect()
}

fn keys(table: &mut Table, rows: &[&Row]) {
    for rows in rows.chunk_by(|a, b| field(a, 1) == field(b, 1)) {
        let name = rows.first().map_or("", |row| field(row, 1));
        let is_unique = rows.iter().all(|row| field(row, 2) == "0");
        let is_whole = rows
            .iter()
            .all(|row| row.get(4).is_none_or(Option::is_none) && !field(row, 3).is_empty());
        let is_tree = rows
            .iter()
            .all(|row| matches!(field(row, 5), "BTREE" | "HASH"));
        if !is_whole || !is_tree {
            // Of a part of a text, or of an expression: the database alone answers for it.
            continue;
        }
        let columns: Vec<Name> = rows.iter().map(|row| Name::from(field(row, 3))).collect();
        let key = Key {
            name: Name::from(name),
            columns,
            nulls_not_distinct: false,
        };
        match (name, is_unique) {
            ("PRIMARY", _) => {
                table.primary_key = Some(Key {
                    name: Name::from(format!("{}_pkey", table.name.name)),
                    ..key
                });
            }
            (_, true) => table.uniques.push(key),
            (_, false) => {
                let index = table.unique_index(&key);
                table.indexes.push(Index {
                    unique: false,
                    ..index
                });
            }
        }
    }
}

fn references(rows: &[&Row]) -> Vec<ForeignKey> {
    let of_key = |rows: &[&Row]| {
        let first = rows.first()?;
        let columns = |place| {
            rows.iter()
                .map(|row| Name::from(field(row, place)))
                .collect()
        };
        Some(ForeignKey {
            name: Name::from(field(first, 1)),
            columns: columns(2),
            references: QualifiedName::public(field(first, 3)),
            referenced_columns: columns(4),
            on_delete: action(field(first, 5)),
            on_update: action(field(first, 6)),
            deferrable: false,
            initially_deferred: false,
        })
    };
    rows.chunk_by(|a, b| field(a, 1) == field(b, 1))
        .filter_map(of_key)
        .collect()
}

fn action(rule: &str) -> ReferentialAction {
    match rule {
        "CASCADE" => ReferentialAction::Cascade,
        "SET NULL" => ReferentialAction::SetNull,
        "SET DEFAULT" => ReferentialAction::SetDefault,
        "RESTRICT" => ReferentialAction::Restrict,
        _ => ReferentialAction::NoAction,
    }
}
