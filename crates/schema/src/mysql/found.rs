//! The catalog of a database that others made, and how it keeps its values, from what its `information_schema` tells.
//!
//! Views count as tables that nobody writes and that have no key: which of the base tables' rows stand behind a row the database does not
//! tell. Stored procedures and functions are not part of it.

use std::collections::HashMap;
use std::sync::Arc;

use underpin_base::{Name, QualifiedName};
use underpin_sql::types::EnumType;
use underpin_sql::writer::mysql::{Dialect, Fact, Flavour};

use super::found_column::{self, Found};
use crate::catalog::{Catalog, ForeignKey, Grants, Index, Key, ReferentialAction, Table};

/// The questions about the database that the session is in. Every field is a text or null.
pub const QUESTIONS: [&str; 5] = [
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
    "SELECT CHECK_CLAUSE, CONSTRAINT_NAME FROM information_schema.CHECK_CONSTRAINTS WHERE CONSTRAINT_SCHEMA = DATABASE()",
];

/// A row of an answer.
pub type Row = Vec<Option<String>>;

/// Returns the catalog, and what the writer must know of the tables, of a database that gave `answers` to [`QUESTIONS`].
pub fn found(answers: &[Vec<Row>; 5], flavour: Flavour) -> (Catalog, Dialect) {
    let [relations, columns, indexes, foreign_keys, checks] = answers;
    let mut catalog = Catalog::default();
    catalog.schemas.insert(Name::from("public"), None);
    let mut dialect = Dialect {
        flavour,
        found: true,
        ..Dialect::default()
    };
    let json = json_columns(checks);
    for relation in relations {
        let name = QualifiedName::public(field(relation, 0));
        let is_view = field(relation, 1) == "VIEW";
        let mut table = Table::empty(name.clone());
        table.grants = Grants::standard();
        table.comment = comment(field(relation, 2), is_view);
        let mut facts = HashMap::new();
        for row in of_table(columns, &name) {
            let found = found_column::column(row, &json);
            if let Some(labels) = &found.labels {
                remember(&mut catalog, labels);
            }
            let Found { column, fact, .. } = found;
            facts.insert(column.name.clone(), fact);
            table.columns.push(column);
        }
        if !is_view {
            keys(&mut table, of_table(indexes, &name));
            references(&mut table, of_table(foreign_keys, &name));
        }
        mark_null(&table, &mut facts);
        dialect.facts.insert(name.clone(), facts);
        catalog.tables.insert(name, Arc::new(table));
    }
    (catalog, dialect)
}

/// Returns about how many rows each table has.
pub fn rows(relations: &[Row]) -> impl Iterator<Item = (QualifiedName, u64)> {
    relations.iter().filter_map(|row| {
        let count = field(row, 3).parse().ok()?;
        Some((QualifiedName::public(field(row, 0)), count))
    })
}

/// Returns a field; an empty text when it is null or there is none.
pub(super) fn field(row: &Row, place: usize) -> &str {
    row.get(place)
        .and_then(Option::as_deref)
        .unwrap_or_default()
}

fn of_table<'r>(rows: &'r [Row], table: &QualifiedName) -> impl Iterator<Item = &'r Row> {
    rows.iter().filter(|row| field(row, 0) == &*table.name)
}

fn comment(text: &str, is_view: bool) -> Option<String> {
    // Of a view the database says that it is one.
    let is_said = !text.is_empty() && (!is_view || text != "VIEW");
    is_said.then(|| text.to_owned())
}

fn remember(catalog: &mut Catalog, labels: &Arc<EnumType>) {
    let labels = Arc::clone(labels);
    catalog.enums.insert(labels.name.clone(), labels);
}

/// A column that the database takes for a document has a check that says so, on MariaDB, whose JSON is a text.
fn json_columns(checks: &[Row]) -> Vec<String> {
    let of_check = |row: &Row| {
        let clause = field(row, 0);
        let inner = clause.strip_prefix("json_valid(")?.strip_suffix(')')?;
        Some(inner.trim_matches(['`', '"']).to_owned())
    };
    checks.iter().filter_map(of_check).collect()
}

/// A column's value may be null where the database's is not: a date that is none, a label that there is not.
fn mark_null(table: &Table, facts: &mut HashMap<Name, Fact>) {
    for column in &table.columns {
        if let Some(fact) = facts.get_mut(&column.name) {
            fact.not_null = column.not_null && fact.kept.is_never_null();
        }
    }
}

fn keys<'r>(table: &mut Table, rows: impl Iterator<Item = &'r Row>) {
    let mut indexes: Vec<(&str, Vec<&Row>)> = Vec::new();
    for row in rows {
        let name = field(row, 1);
        match indexes.last_mut() {
            Some((last, rows)) if *last == name => rows.push(row),
            _ => indexes.push((name, vec![row])),
        }
    }
    for (name, rows) in indexes {
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

fn references<'r>(table: &mut Table, rows: impl Iterator<Item = &'r Row>) {
    let mut keys: Vec<ForeignKey> = Vec::new();
    for row in rows {
        let name = field(row, 1);
        let (own, theirs) = (Name::from(field(row, 2)), Name::from(field(row, 4)));
        if let Some(key) = keys.last_mut().filter(|key| &*key.name == name) {
            key.columns.push(own);
            key.referenced_columns.push(theirs);
            continue;
        }
        keys.push(ForeignKey {
            name: Name::from(name),
            columns: vec![own],
            references: QualifiedName::public(field(row, 3)),
            referenced_columns: vec![theirs],
            on_delete: action(field(row, 5)),
            on_update: action(field(row, 6)),
            deferrable: false,
            initially_deferred: false,
        });
    }
    table.foreign_keys = keys;
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
