//! [`Types`]: PostgreSQL's types by their numbers.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use underpin_base::{Name, QualifiedName};
use underpin_sql::tree::Expr;
use underpin_sql::types::{
    ColumnType, CompositeType, EnumType, Modifier, OpaqueType, Type as SqlType,
};

use super::document::{ColumnRow, RelationRow, TypeRow};
use crate::catalog::{Check, Expression};

/// How deep row types may hold each other; PostgreSQL lets none hold itself.
const DEPTH_MAX: usize = 32;

/// PostgreSQL's types by their numbers.
pub(super) struct Types<'a> {
    rows: HashMap<i64, &'a TypeRow>,
    /// The type of the elements, by the type of the array.
    elements: HashMap<i64, i64>,
    columns: &'a HashMap<i64, Vec<&'a ColumnRow>>,
    found: RefCell<HashMap<i64, Found>>,
}

/// What a type's number means.
#[derive(Clone, Debug)]
pub(super) struct Found {
    /// The type and the modifier that it brings; of a domain, those beneath.
    pub(super) column: ColumnType,
    /// The domain, when it is one.
    pub(super) domain: Option<QualifiedName>,
}

impl<'a> Types<'a> {
    pub(super) fn new(rows: &'a [TypeRow], columns: &'a HashMap<i64, Vec<&'a ColumnRow>>) -> Self {
        Self {
            rows: rows.iter().map(|row| (row.oid, row)).collect(),
            elements: rows
                .iter()
                .filter(|row| row.array != 0)
                .map(|row| (row.array, row.oid))
                .collect(),
            columns,
            found: RefCell::default(),
        }
    }

    /// Returns the type of a column or parameter.
    pub(super) fn find(&self, oid: i64, modifier: i32) -> Found {
        let mut found = self.resolve(oid, DEPTH_MAX);
        if let Some(modifier) = modifier_of(&found.column.ty, modifier) {
            found.column.modifier = Some(modifier);
        }
        found
    }

    /// Returns the type without modifier and domain.
    pub(super) fn plain(&self, oid: i64) -> SqlType {
        self.resolve(oid, DEPTH_MAX).column.ty
    }

    /// Tells whether no value that a request could give or get is of the type: `internal`, `cstring`, `anyelement` and their like.
    pub(super) fn is_pseudo(&self, oid: i64) -> bool {
        match self.rows.get(&oid) {
            Some(row) => row.kind == "p" && !matches!(row.name.as_str(), "record" | "void"),
            None => !self.elements.contains_key(&oid),
        }
    }

    /// Tells whether the type is `trigger` or `event_trigger`.
    pub(super) fn is_trigger(&self, oid: i64) -> bool {
        self.rows
            .get(&oid)
            .is_some_and(|row| matches!(row.name.as_str(), "trigger" | "event_trigger"))
    }

    /// Returns the row of the domain that the type is.
    pub(super) fn domain(&self, oid: i64) -> Option<&'a TypeRow> {
        self.rows.get(&oid).copied().filter(|row| row.kind == "d")
    }

    /// Returns the row of the domain that the type is, and those of the domains beneath it.
    pub(super) fn domains(&self, oid: i64) -> impl Iterator<Item = &'a TypeRow> {
        std::iter::successors(self.domain(oid), |row| self.domain(row.base)).take(DEPTH_MAX)
    }

    /// Returns the checks of the domain that the type is, and of those beneath it.
    pub(super) fn checks(&self, oid: i64) -> impl Iterator<Item = Check> {
        let domain = self.find(oid, -1).domain;
        self.domains(oid)
            .flat_map(|row| row.checks.iter().flatten())
            .map(move |check| Check {
                name: Name::from(check.name.as_str()),
                expression: Expression {
                    text: check.expression.clone(),
                    expr: Expr::null(SqlType::Bool),
                },
                domain: domain.clone(),
            })
    }

    /// Returns the row type of a relation.
    pub(super) fn composite(&self, relation: &RelationRow) -> CompositeType {
        self.row_type(
            QualifiedName::new(relation.schema.as_str(), relation.name.as_str()),
            relation.oid,
            DEPTH_MAX,
        )
    }

    fn resolve(&self, oid: i64, depth: usize) -> Found {
        if let Some(found) = self.found.borrow().get(&oid) {
            return found.clone();
        }
        let found = self.read(oid, depth);
        // What was cut off for its depth is not the type's whole meaning.
        if depth > 1 {
            self.found.borrow_mut().insert(oid, found.clone());
        }
        found
    }

    fn read(&self, oid: i64, depth: usize) -> Found {
        if let Some(element) = self.elements.get(&oid) {
            let Found { column, .. } = self.resolve(*element, depth);
            return Found {
                column: ColumnType {
                    ty: match column.ty {
                        nested @ SqlType::Array(_) => nested,
                        ty => ty.array(),
                    },
                    modifier: column.modifier,
                },
                domain: None,
            };
        }
        let Some(row) = self.rows.get(&oid) else {
            return plain(opaque("pg_catalog", "unknown"));
        };
        let name = QualifiedName::new(row.schema.as_str(), row.name.as_str());
        match row.kind.as_str() {
            "e" => plain(SqlType::Enum(Arc::new(enumeration(row)))),
            "d" if depth > 0 => {
                let mut base = self.resolve(row.base, depth - 1);
                if let Some(modifier) = modifier_of(&base.column.ty, row.modifier) {
                    base.column.modifier = Some(modifier);
                }
                Found {
                    column: base.column,
                    domain: Some(name),
                }
            }
            "c" if depth > 0 => plain(SqlType::Composite(Arc::new(self.row_type(
                name,
                row.relation,
                depth - 1,
            )))),
            _ => plain(base(row)),
        }
    }

    fn row_type(&self, name: QualifiedName, relation: i64, depth: usize) -> CompositeType {
        let columns = self.columns.get(&relation).map(Vec::as_slice);
        let fields = columns.unwrap_or_default().iter().map(|column| {
            let mut found = self.resolve(column.ty, depth).column;
            if let Some(modifier) = modifier_of(&found.ty, column.modifier) {
                found.modifier = Some(modifier);
            }
            (Name::from(column.name.as_str()), found)
        });
        CompositeType {
            name,
            fields: fields.collect(),
        }
    }
}

fn plain(ty: SqlType) -> Found {
    Found {
        column: ty.into(),
        domain: None,
    }
}

fn opaque(schema: &str, name: &str) -> SqlType {
    SqlType::Opaque(Arc::new(OpaqueType {
        name: QualifiedName::new(schema, name),
    }))
}

/// Returns the enumeration of a row.
pub(super) fn enumeration(row: &TypeRow) -> EnumType {
    let labels = row.labels.as_deref().unwrap_or_default();
    EnumType {
        name: QualifiedName::new(row.schema.as_str(), row.name.as_str()),
        labels: labels
            .iter()
            .map(|label| Name::from(label.as_str()))
            .collect(),
    }
}

/// Returns the enumerations by name.
pub(super) fn enumerations(rows: &[TypeRow]) -> BTreeMap<QualifiedName, Arc<EnumType>> {
    rows.iter()
        .filter(|row| row.kind == "e")
        .map(enumeration)
        .map(|found| (found.name.clone(), Arc::new(found)))
        .collect()
}

/// Returns a type that is made of no other: one of ours, or one that the database alone knows.
///
/// `"char"` is a type of one byte, and the `reg…` types are written as names where ours are numbers.
fn base(row: &TypeRow) -> SqlType {
    let ours = match row.schema.as_str() {
        "pg_catalog" => match row.name.as_str() {
            "char" | "regclass" | "regtype" | "regproc" | "unknown" => None,
            name => SqlType::built_in(name),
        },
        _ if row.name == "citext" && row.kind == "b" => Some(SqlType::Citext),
        _ => None,
    };
    ours.unwrap_or_else(|| opaque(&row.schema, &row.name))
}

/// Returns what a type's modifier says; -1 is none.
fn modifier_of(ty: &SqlType, modifier: i32) -> Option<Modifier> {
    /// What PostgreSQL adds to lengths and precisions.
    const HEADER: i32 = 4;
    if modifier < 0 {
        return None;
    }
    match ty.element().unwrap_or(ty) {
        SqlType::Varchar | SqlType::Bpchar => {
            u32::try_from(modifier - HEADER).ok().map(Modifier::Length)
        }
        SqlType::Numeric => {
            let packed = modifier.checked_sub(HEADER).filter(|packed| *packed >= 0)?;
            // The scale has eleven bits with its sign; before PostgreSQL 15 it is not negative and less than 1001.
            let scale = ((packed & 0x7ff) ^ 0x400) - 0x400;
            let precision = u16::try_from((packed >> 16) & 0xffff).ok()?;
            Some(Modifier::Precision(precision, i16::try_from(scale).ok()?))
        }
        SqlType::Time | SqlType::TimeTz | SqlType::Timestamp | SqlType::TimestampTz => {
            u8::try_from(modifier).ok().map(Modifier::Fraction)
        }
        SqlType::Interval => match modifier & 0xffff {
            0xffff => None,
            digits => u8::try_from(digits).ok().map(Modifier::Fraction),
        },
        _ => None,
    }
}
