//! Tables, with their columns, keys and rules.

use std::collections::{HashMap, HashSet};

use underpin_base::{Name, QualifiedName};
use underpin_sql::functions::Operator;
use underpin_sql::tree::Expr;
use underpin_sql::types::{ColumnType, Type};

use super::acl::grants;
use super::document::{ColumnRow, ConstraintRow, Document, IndexRow, PolicyRow, RelationRow};
use super::names::Names;
use super::types::Types;
use crate::catalog::{
    Check, Column, Expression, ForeignKey, Generated, Index, IndexKey, Key, Policy, PolicyCommand,
    ReferentialAction, Table,
};

/// The rows of a document by the relation that they belong to.
pub(super) struct Rows<'a> {
    relations: HashMap<i64, &'a RelationRow>,
    pub(super) columns: &'a HashMap<i64, Vec<&'a ColumnRow>>,
    constraints: HashMap<i64, Vec<&'a ConstraintRow>>,
    indexes: HashMap<i64, Vec<&'a IndexRow>>,
    policies: HashMap<i64, Vec<&'a PolicyRow>>,
    /// The columns that have a sequence of their own.
    counters: HashSet<(i64, i32)>,
}

impl<'a> Rows<'a> {
    pub(super) fn new(
        document: &'a Document,
        columns: &'a HashMap<i64, Vec<&'a ColumnRow>>,
    ) -> Self {
        let relations = document.relations.iter().map(|row| (row.oid, row));
        let owned = document.sequences.iter();
        Self {
            relations: relations.collect(),
            columns,
            constraints: by_relation(&document.constraints, |row| row.relation),
            indexes: by_relation(&document.indexes, |row| row.relation),
            policies: by_relation(&document.policies, |row| row.relation),
            counters: owned
                .filter_map(|row| row.relation.zip(row.column))
                .collect(),
        }
    }

    /// Returns a relation's columns.
    pub(super) fn of(&self, relation: &RelationRow) -> &'a [&'a ColumnRow] {
        self.columns
            .get(&relation.oid)
            .map(Vec::as_slice)
            .unwrap_or_default()
    }
}

/// Returns rows by the relation that they belong to, in their order.
pub(super) fn by_relation<T>(rows: &[T], relation: impl Fn(&T) -> i64) -> HashMap<i64, Vec<&T>> {
    let mut grouped: HashMap<i64, Vec<&T>> = HashMap::new();
    for row in rows {
        grouped.entry(relation(row)).or_default().push(row);
    }
    grouped
}

/// Returns a relation's name.
pub(super) fn name_of(relation: &RelationRow) -> QualifiedName {
    QualifiedName::new(relation.schema.as_str(), relation.name.as_str())
}

/// Returns a table; the texts of its defaults are yet to be read.
pub(super) fn table(relation: &RelationRow, rows: &Rows<'_>, types: &Types<'_>) -> Table {
    let of_table = rows.of(relation);
    let columns: Vec<Column> = of_table
        .iter()
        .map(|row| column(row, rows, types))
        .collect();
    let acls = of_table.iter().filter_map(|row| {
        let acl = row.acl.as_deref()?;
        Some((Name::from(row.name.as_str()), acl))
    });
    let mut table = Table {
        name: name_of(relation),
        grants: grants(relation.acl.as_deref(), &relation.owner, acls),
        columns,
        primary_key: None,
        uniques: Vec::new(),
        foreign_keys: Vec::new(),
        checks: Vec::new(),
        indexes: Vec::new(),
        row_security: relation.row_security,
        policies: Vec::new(),
        comment: relation.comment.clone(),
    };
    for row in rows.constraints.get(&relation.oid).into_iter().flatten() {
        constraint(&mut table, row, rows, of_table);
    }
    for row in of_table {
        table.checks.extend(types.checks(row.ty));
    }
    for row in rows.indexes.get(&relation.oid).into_iter().flatten() {
        let index = index(row, &table, of_table);
        table.indexes.push(index);
    }
    let policies = rows.policies.get(&relation.oid).into_iter().flatten();
    table.policies = policies.map(|row| policy(row)).collect();
    table
}

fn column(row: &ColumnRow, rows: &Rows<'_>, types: &Types<'_>) -> Column {
    let found = types.find(row.ty, row.modifier);
    let domain = types.domain(row.ty);
    let is_counter = rows
        .counters
        .contains(&(row.relation, i32::from(row.number)))
        && row
            .default
            .as_ref()
            .is_some_and(|text| text.starts_with("nextval("));
    let text = row
        .default
        .clone()
        .or_else(|| domain.and_then(|domain| domain.default.clone()))
        .filter(|_| !is_counter);
    let expression = text.map(|text| unread(text, found.column.ty.clone()));
    let (generated, default) = match (row.identity.as_str(), row.generated.as_str()) {
        ("a", _) => (Some(Generated::IdentityAlways), None),
        ("d", _) => (Some(Generated::IdentityByDefault), None),
        (_, "s" | "v") => (expression.map(Generated::Stored), None),
        _ if is_counter => (Some(Generated::IdentityByDefault), None),
        _ => (None, expression),
    };
    Column {
        name: Name::from(row.name.as_str()),
        ty: found.column,
        domain: found.domain,
        not_null: row.not_null || types.domains(row.ty).any(|domain| domain.not_null),
        default,
        generated,
        comment: row.comment.clone(),
    }
}

/// Returns an expression of which the text is known alone.
fn unread(text: String, ty: Type) -> Expression {
    Expression {
        text,
        expr: Expr::null(ty),
    }
}

/// Reads the defaults of a table, where the grammar can.
pub(super) fn read_defaults(table: &mut Table, names: &Names<'_>) {
    for column in &mut table.columns {
        let ty: &ColumnType = &column.ty;
        if let Some(default) = &mut column.default {
            *default = names.default(&default.text, ty);
        }
    }
}

fn named(numbers: Option<&[i16]>, columns: &[&ColumnRow]) -> Vec<Name> {
    let numbers = numbers.unwrap_or_default().iter();
    let find = |number: &i16| columns.iter().find(|column| column.number == *number);
    numbers
        .filter_map(find)
        .map(|column| Name::from(column.name.as_str()))
        .collect()
}

fn constraint(table: &mut Table, row: &ConstraintRow, rows: &Rows<'_>, columns: &[&ColumnRow]) {
    let name = Name::from(row.name.as_str());
    let own = named(row.columns.as_deref(), columns);
    match row.kind.as_str() {
        "p" | "u" => {
            let key = Key {
                name,
                columns: own,
                nulls_not_distinct: row.nulls_not_distinct.unwrap_or_default(),
            };
            if row.kind == "p" {
                table.primary_key = Some(key);
            } else {
                table.uniques.push(key);
            }
        }
        "f" => {
            // A partition is no table of the catalog, and so what refers to one leads nowhere.
            let Some(references) = rows.relations.get(&row.references) else {
                return;
            };
            table.foreign_keys.push(ForeignKey {
                name,
                columns: own,
                references: name_of(references),
                referenced_columns: named(row.referenced_columns.as_deref(), rows.of(references)),
                on_delete: action(&row.on_delete),
                on_update: action(&row.on_update),
                deferrable: row.deferrable,
                initially_deferred: row.deferred,
            });
        }
        _ => table.checks.push(Check {
            name,
            expression: unread(row.expression.clone().unwrap_or_default(), Type::Bool),
            domain: None,
        }),
    }
}

fn action(letter: &str) -> ReferentialAction {
    match letter {
        "r" => ReferentialAction::Restrict,
        "c" => ReferentialAction::Cascade,
        "n" => ReferentialAction::SetNull,
        "d" => ReferentialAction::SetDefault,
        _ => ReferentialAction::NoAction,
    }
}

fn index(row: &IndexRow, table: &Table, columns: &[&ColumnRow]) -> Index {
    let key = |(place, number): (usize, &i16)| {
        let descending = row.options.get(place).is_some_and(|option| option & 1 == 1);
        let column = columns.iter().find(|column| column.number == *number);
        match column.map(|column| Name::from(column.name.as_str())) {
            Some(column) => IndexKey {
                descending,
                ..table.index_key(&column)
            },
            None => {
                let texts = row.expressions.as_deref().unwrap_or_default();
                IndexKey {
                    expression: unread(
                        texts.get(place).cloned().unwrap_or_default(),
                        Type::Unknown,
                    ),
                    column: None,
                    descending,
                }
            }
        }
    };
    Index {
        name: Name::from(row.name.as_str()),
        unique: row.unique,
        nulls_not_distinct: row.nulls_not_distinct.unwrap_or_default(),
        method: Name::from(row.method.as_str()),
        keys: row.columns.iter().enumerate().map(key).collect(),
        filter: row.filter.clone().map(|text| unread(text, Type::Bool)),
        // An operator that we do not know is one that the database alone knows; that there is one is what matters.
        exclusion: row
            .exclusion
            .iter()
            .map(|symbol| Operator::named(symbol).unwrap_or(Operator::Equal))
            .collect(),
    }
}

/// Returns a policy. PostgreSQL enforces it; its conditions are not read, and count as null, which lets nothing through.
fn policy(row: &PolicyRow) -> Policy {
    let everybody = row.roles.iter().any(|role| role == "public");
    Policy {
        name: Name::from(row.name.as_str()),
        permissive: row.permissive,
        command: match row.command.as_str() {
            "r" => PolicyCommand::Select,
            "a" => PolicyCommand::Insert,
            "w" => PolicyCommand::Update,
            "d" => PolicyCommand::Delete,
            _ => PolicyCommand::All,
        },
        roles: match everybody {
            true => Vec::new(),
            false => row
                .roles
                .iter()
                .map(|role| Name::from(role.as_str()))
                .collect(),
        },
        using: row.using.clone().map(|text| unread(text, Type::Bool)),
        check: row.check.clone().map(|text| unread(text, Type::Bool)),
    }
}
