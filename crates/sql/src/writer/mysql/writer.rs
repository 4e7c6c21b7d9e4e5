//! [`Writer`]: the text and the binds as they grow.

use std::collections::HashMap;

use underpin_base::{Code, Error, Name, QualifiedName, Result, Value};

use super::{Dialect, Operand, Rendered, unsupported};
use crate::tree::{Expr, ExprKind};
use crate::types::Type;
use crate::writer::Bind;
use crate::writer::text::Text;

/// What stands behind an alias.
#[derive(Clone, Debug)]
pub(super) enum Relation {
    /// A table.
    Table(QualifiedName),
    /// A query, whose columns of these names are `numeric` kept as `decimal`.
    Query(Vec<Name>),
}

/// Writes one statement.
#[derive(Debug)]
pub(super) struct Writer<'d> {
    pub(super) dialect: &'d Dialect,
    pub(super) sql: String,
    binds: Vec<(Operand, Type)>,
    pub(super) relations: HashMap<Name, Relation>,
    /// Values are literals, and columns have no relation.
    inline: bool,
    depth: usize,
    names: usize,
}

impl<'d> Text for Writer<'d> {
    fn sql(&mut self) -> &mut String {
        &mut self.sql
    }

    fn depth(&mut self) -> &mut usize {
        &mut self.depth
    }

    fn term(&mut self, expr: &Expr) -> Result<()> {
        self.expression(expr)
    }
}

impl<'d> Writer<'d> {
    pub(super) fn new(dialect: &'d Dialect) -> Self {
        Self {
            dialect,
            sql: String::new(),
            binds: Vec::new(),
            relations: HashMap::new(),
            inline: false,
            depth: 0,
            names: 0,
        }
    }

    pub(super) fn inline(dialect: &'d Dialect) -> Self {
        Self {
            inline: true,
            ..Self::new(dialect)
        }
    }

    pub(super) fn is_inline(&self) -> bool {
        self.inline
    }

    pub(super) fn finish(self) -> Rendered {
        Rendered {
            sql: self.sql,
            binds: self.binds,
        }
    }

    /// Says that `alias` is a row of `table`.
    pub(super) fn declare_table(&mut self, alias: &Name, table: &QualifiedName) {
        self.relations
            .insert(alias.clone(), Relation::Table(table.clone()));
    }

    /// Runs `write`; when it refuses, what it wrote is taken back and nothing returned.
    pub(super) fn attempt(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<Option<Error>> {
        let (text, binds, depth) = (self.sql.len(), self.binds.len(), self.depth);
        match write(self) {
            Ok(()) => Ok(None),
            Err(error) if *error.code() == Code::FEATURE_NOT_SUPPORTED => {
                self.sql.truncate(text);
                self.binds.truncate(binds);
                self.depth = depth;
                Ok(Some(error))
            }
            Err(error) => Err(error),
        }
    }

    /// Writes something apart: it is put where it belongs by [`Self::adopt`].
    pub(super) fn apart(
        &mut self,
        write: impl FnOnce(&mut Self) -> Result<()>,
    ) -> Result<Rendered> {
        let sql = std::mem::take(&mut self.sql);
        let binds = std::mem::take(&mut self.binds);
        let done = write(self);
        let apart = Rendered {
            sql: std::mem::replace(&mut self.sql, sql),
            binds: std::mem::replace(&mut self.binds, binds),
        };
        done.map(|()| apart)
    }

    /// Appends what was written apart.
    pub(super) fn adopt(&mut self, apart: Rendered) {
        self.sql.push_str(&apart.sql);
        self.binds.extend(apart.binds);
    }

    /// Returns a name that no alias of the statement has.
    pub(super) fn new_name(&mut self) -> Name {
        self.names += 1;
        Name::from(format!("underpin {}", self.names))
    }

    /// Appends a value of type `ty`.
    pub(super) fn value(&mut self, value: &Value, ty: &Type) -> Result<()> {
        match value {
            Value::Null => self.push("NULL"),
            Value::Int(value) if *ty == Type::Bool => {
                self.push(if *value == 0 { "0" } else { "1" });
            }
            Value::Int(value) if self.inline && ty.is_integer() => self.push(&value.to_string()),
            Value::Text(text) if self.inline && is_plain_text(ty, text) => self.literal(text),
            Value::Text(text) if self.inline && *ty == Type::Numeric && is_number(text) => {
                self.push(text);
            }
            _ if self.inline => return Err(unsupported("this constant in a schema")),
            _ => self.operand(Operand::Bind(Bind::Value(value.clone())), ty),
        }
        Ok(())
    }

    fn literal(&mut self, text: &str) {
        self.push("'");
        self.push(&text.replace('\'', "''"));
        self.push("'");
    }

    /// Appends a parameter.
    pub(super) fn operand(&mut self, operand: Operand, ty: &Type) {
        self.push(match ty {
            // The database would compare a text with a decimal as floating-point numbers.
            Type::Numeric => "CAST(? AS DECIMAL(65,30))",
            _ => "?",
        });
        self.binds.push((operand, ty.clone()));
    }

    /// Appends the value of an expression that depends on no row, as the engine computes it.
    pub(super) fn computed(&mut self, expr: &Expr) -> Result<()> {
        if self.inline {
            return Err(unsupported("this expression in a schema"));
        }
        self.operand(Operand::Computed(Box::new(expr.clone())), &expr.ty);
        Ok(())
    }

    /// Tells whether a `numeric` expression is a `decimal` in the database.
    pub(super) fn is_exact(&self, expr: &Expr) -> bool {
        match &expr.kind {
            ExprKind::Constant(_) | ExprKind::Context(_) | ExprKind::Parameter(_) => true,
            ExprKind::Column { relation, name } => match self.relations.get(relation) {
                Some(Relation::Table(table)) => self.fact(table, name).exact,
                Some(Relation::Query(exact)) => exact.contains(name),
                None => false,
            },
            ExprKind::Coalesce(values) | ExprKind::Extreme { values, .. } => {
                values.iter().all(|value| self.is_exact(value))
            }
            ExprKind::Aggregate { arguments, .. } => arguments.iter().all(|argument| {
                argument.ty.is_integer()
                    || (argument.ty == Type::Numeric && self.is_exact(argument))
            }),
            ExprKind::Cast { operand, to } => to.modifier.is_none() && operand.ty.is_integer(),
            _ => false,
        }
    }

    /// Tells whether an expression cannot be null where the relations `optional` may be.
    pub(super) fn is_not_null(&self, expr: &Expr, optional: &[Name]) -> bool {
        match &expr.kind {
            ExprKind::Column { relation, name } if !optional.contains(relation) => {
                match self.relations.get(relation) {
                    Some(Relation::Table(table)) => self.fact(table, name).not_null,
                    _ => false,
                }
            }
            ExprKind::Constant(value) => !value.is_null(),
            _ => false,
        }
    }

    /// Returns what is known of a column.
    pub(super) fn fact(&self, table: &QualifiedName, column: &Name) -> &'d super::Fact {
        self.dialect.fact(table, column)
    }
}

/// Tells whether a text constant can be a literal: the database keeps the expression in words of its own.
fn is_plain_text(ty: &Type, text: &str) -> bool {
    let plain = text
        .bytes()
        .all(|byte| (b' '..=b'~').contains(&byte) && byte != b'\\');
    plain
        && matches!(
            ty,
            Type::Text | Type::Varchar | Type::Name | Type::Uuid | Type::Enum(_)
        )
}

fn is_number(text: &str) -> bool {
    !text.is_empty()
        && text.len() <= 60
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'))
}
