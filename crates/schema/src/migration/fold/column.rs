//! A column's definition: its type, default, and how it is generated.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, Result};
use underpin_sql::functions::Volatility;
use underpin_sql::tree::{Expr, ExprKind};
use underpin_sql::types::{ColumnType, RangeType, Type};

use super::counter::next_value;
use super::read::{missing, text_of};
use super::{Fold, refused};
use crate::catalog::{Check, Column, Expression, Generated, Table};

/// A column as it was read, before the expressions that need its table.
pub(super) struct NewColumn {
    /// The column.
    pub(super) column: Column,
    /// The expression of a stored column, which names others.
    pub(super) stored: Option<ast::Expr>,
    /// The first value of an identity column, when it is not 1.
    pub(super) start: Option<i64>,
}

impl Fold {
    /// Reads a column of `table`; of its constraints, those that a column alone keeps.
    pub(super) fn column(
        &mut self,
        table: &Table,
        name: Name,
        ty: Option<&ast::Type>,
        constraints: &[ast::Constraint],
    ) -> Result<NewColumn> {
        if table.column(&name).is_some() {
            return Err(Error::new(
                Code::DUPLICATE_COLUMN,
                format!("column \"{name}\" specified more than once"),
            ));
        }
        let type_name = self.column_type(ty)?;
        if type_name.set {
            return Err(Error::new(
                Code::new("42P16"),
                format!("column \"{name}\" cannot be declared SETOF"),
            ));
        }
        refuse_type(&name, &type_name.column)?;
        let mut new = NewColumn {
            column: Column {
                name,
                ty: type_name.column,
                domain: type_name.domain,
                not_null: type_name.serial,
                default: None,
                generated: type_name.serial.then_some(Generated::IdentityByDefault),
                comment: None,
            },
            stored: None,
            start: None,
        };
        for constraint in constraints {
            self.column_constraint(table, &mut new, constraint)?;
        }
        self.of_domain(&mut new.column)?;
        Ok(new)
    }

    fn column_constraint(
        &mut self,
        table: &Table,
        new: &mut NewColumn,
        constraint: &ast::Constraint,
    ) -> Result<()> {
        let column = &mut new.column;
        match constraint {
            ast::Constraint::NotNullConstraint(_) => column.not_null = true,
            ast::Constraint::DefaultConstraint(node) => {
                if column.default.is_some() || column.counts_up() {
                    return Err(Error::new(
                        Code::SYNTAX,
                        format!(
                            "multiple default values specified for column \"{}\" of table \"{}\"",
                            column.name, table.name.name
                        ),
                    ));
                }
                self.set_default(column, node.expr().as_ref())?;
            }
            ast::Constraint::GeneratedConstraint(node) => match node.generated_as() {
                Some(ast::GeneratedAs::GeneratedIdentity(identity)) => {
                    new.start = start(identity.sequence_option_list().as_ref())?;
                    column.not_null = true;
                    column.generated = Some(identity_kind(identity.generated_when().as_ref()));
                    if !column.ty.ty.is_integer() {
                        return Err(identity_type());
                    }
                }
                Some(ast::GeneratedAs::GeneratedStored(stored)) => {
                    if !matches!(stored.generated_kind(), Some(ast::GeneratedKind::Stored(_))) {
                        return Err(refused(
                            format!("column \"{}\" is a virtual generated column", column.name),
                            "Say `stored`.",
                        ));
                    }
                    new.stored = Some(stored.expr().ok_or_else(missing)?);
                }
                None => return Err(missing()),
            },
            _ => {}
        }
        Ok(())
    }

    /// Sets a column's default.
    pub(super) fn set_default(
        &mut self,
        column: &mut Column,
        node: Option<&ast::Expr>,
    ) -> Result<()> {
        let node = node.ok_or_else(missing)?;
        if let Some(sequence) = sequence_of(node) {
            column.default = Some(next_value(&sequence, &column.ty)?);
            return Ok(());
        }
        let default = self.default_expression(Some(node), &column.ty);
        column.default = Some(default.map_err(|error| of_default(error, column))?);
        Ok(())
    }

    /// Gives a column what its domain says: `not null` and the default, where the column has none of its own.
    fn of_domain(&self, column: &mut Column) -> Result<()> {
        let Some(domain) = column
            .domain
            .as_ref()
            .and_then(|name| self.catalog.domains.get(name))
        else {
            return Ok(());
        };
        column.not_null |= domain.not_null;
        if column.default.is_none()
            && column.generated.is_none()
            && let Some(text) = &domain.default
        {
            column.default = Some(self.default_text(text, &column.ty)?);
        }
        Ok(())
    }

    /// Returns the checks of a column's domain, over the row of `table`.
    pub(super) fn domain_checks(&self, table: &Table, column: &Column) -> Vec<Check> {
        let Some(domain) = column
            .domain
            .as_ref()
            .and_then(|name| self.catalog.domains.get(name))
        else {
            return Vec::new();
        };
        domain
            .checks
            .iter()
            .map(|check| Check {
                name: check.name.clone(),
                domain: Some(domain.name.clone()),
                expression: Expression {
                    text: check.expression.text.clone(),
                    expr: of_row(&check.expression.expr, table, &column.name),
                },
            })
            .collect()
    }

    /// Reads the expression of a stored column.
    pub(super) fn stored(
        &self,
        table: &Table,
        ty: &ColumnType,
        node: &ast::Expr,
    ) -> Result<Generated> {
        let mut expression = self.row_expression(table, Some(node))?;
        refuse_volatile(&expression.expr, "generation expression is not immutable")?;
        expression.expr = underpin_sql::infer::assign(expression.expr, ty)?;
        Ok(Generated::Stored(expression))
    }
}

/// Puts a column of the row in the place of a domain's value.
fn of_row(expr: &Expr, table: &Table, column: &Name) -> Expr {
    expr.clone().map(&mut |part| match &part.kind {
        ExprKind::Column { relation, name } if relation.is_empty() && &**name == "value" => {
            Expr::column(&table.name.name, column, part.ty)
        }
        _ => part,
    })
}

/// Refuses an expression that depends on more than the row, in PostgreSQL's words.
pub(super) fn refuse_volatile(expr: &Expr, message: &str) -> Result<()> {
    let volatile = expr.any_part(&mut |part| match &part.kind {
        ExprKind::Context(_) => true,
        ExprKind::Function(function, _) => {
            function.definition().volatility != Volatility::Immutable || asks_time_zone(part)
        }
        ExprKind::Cast { .. } => asks_time_zone(part),
        _ => false,
    });
    if volatile {
        return Err(Error::new(Code::INVALID_RECURSION, message));
    }
    Ok(())
}

/// The functions of a `timestamptz` that ask for the session's time zone, besides those that write it as text or JSON.
const OF_TIME_ZONE: [&str; 4] = ["date", "date_part", "date_trunc", "extract"];

/// Tells whether a function or cast asks for the session's time zone, which a request chooses: what is stored must not depend on it.
fn asks_time_zone(part: &Expr) -> bool {
    let is_moment = |ty: &Type| match ty.element().unwrap_or(ty) {
        Type::TimestampTz => true,
        Type::Range(range) | Type::Multirange(range) => *range == RangeType::TimestampTz,
        _ => false,
    };
    match &part.kind {
        ExprKind::Cast { operand, to } => {
            is_moment(&operand.ty) != is_moment(&to.ty)
                || (operand.ty == Type::Time && to.ty == Type::TimeTz)
        }
        ExprKind::Function(function, arguments) => {
            let name = function.definition().name;
            let asks = arguments.iter().any(|argument| is_moment(&argument.ty));
            let writes = matches!(part.ty, Type::Text | Type::Json | Type::Jsonb);
            (asks && (writes || OF_TIME_ZONE.contains(&name))) || name == "make_timestamptz"
        }
        _ => false,
    }
}

fn refuse_type(column: &Name, ty: &ColumnType) -> Result<()> {
    match ty.ty {
        Type::Record | Type::Void | Type::Unknown => Err(Error::new(
            Code::new("42P16"),
            format!("column \"{column}\" has pseudo-type {ty}"),
        )),
        _ => Ok(()),
    }
}

/// Returns which of the two identities a column is.
pub(super) fn identity_kind(when: Option<&ast::GeneratedWhen>) -> Generated {
    match when {
        Some(ast::GeneratedWhen::GeneratedByDefault(_)) => Generated::IdentityByDefault,
        _ => Generated::IdentityAlways,
    }
}

/// Words the failure of a default's conversion as `create table` does.
fn of_default(error: Error, column: &Column) -> Error {
    let Some(from) = error
        .message()
        .strip_prefix("expression is of type ")
        .and_then(|rest| rest.split(" where type ").next())
    else {
        return error;
    };
    let line = error.location().map_or(1, |location| location.line);
    Error::new(
        Code::DATATYPE_MISMATCH,
        format!(
            "column \"{}\" is of type {} but default expression is of type {from}",
            column.name, column.ty.ty
        ),
    )
    .hint("You will need to rewrite or cast the expression.")
    .at("", line)
}

/// Returns the error for an identity column of another type.
pub(super) fn identity_type() -> Error {
    Error::new(
        Code::INVALID_PARAMETER,
        "identity column type must be smallint, integer, or bigint",
    )
}

/// Returns the sequence that an expression takes the next value of.
fn sequence_of(node: &ast::Expr) -> Option<String> {
    if !is_next_value(&text_of(node)) {
        return None;
    }
    let literal = node.syntax().descendants().find_map(ast::Literal::cast)?;
    let name = literal.string_value()?.replace('"', "");
    Some(name.strip_prefix("public.").unwrap_or(&name).to_owned())
}

/// Tells whether an expression's text is a call of `nextval`.
pub(super) fn is_next_value(text: &str) -> bool {
    let text = text.trim_start().to_ascii_lowercase().replace('"', "");
    text.strip_prefix("pg_catalog.")
        .unwrap_or(&text)
        .starts_with("nextval(")
}

/// Returns the first value that sequence options ask for, when it is not 1.
pub(super) fn start(options: Option<&ast::SequenceOptionList>) -> Result<Option<i64>> {
    let options = options
        .into_iter()
        .flat_map(ast::SequenceOptionList::sequence_options);
    let mut start = None;
    for option in options {
        match option {
            ast::SequenceOption::OptionStart(node) => start = integer(node.expr().as_ref()),
            ast::SequenceOption::OptionIncrement(node)
                if integer(node.expr().as_ref()) != Some(1) =>
            {
                return Err(refused(
                    "an identity column counts up by more than 1",
                    "SQLite counts up by 1: leave out `increment by`.",
                ));
            }
            _ => {}
        }
    }
    Ok(start.filter(|start| *start != 1))
}

/// Returns the whole number that an expression is.
pub(super) fn integer(node: Option<&ast::Expr>) -> Option<i64> {
    node.and_then(|node| node.syntax().text().to_string().trim().parse().ok())
}
