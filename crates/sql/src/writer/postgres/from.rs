//! `from`: tables, queries, functions and joins.

use underpin_base::{Error, Name, Result};

use super::affected::AFFECTED;
use super::writer::Writer;
use crate::functions::Function;
use crate::tree::{Expr, From, Join, JoinKind, Notation, RoutineId};
use crate::types::Type;
use crate::writer::text::Text as _;

impl Writer {
    /// Writes `before` and the items, when there are any.
    pub(super) fn item_list(&mut self, before: &str, items: &[From]) -> Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        self.push(before);
        self.list(items, Self::item)
    }

    fn item(&mut self, item: &From) -> Result<()> {
        self.nested(|writer| writer.item_kind(item))
    }

    fn item_kind(&mut self, item: &From) -> Result<()> {
        match item {
            From::Table { table, alias } => {
                self.qualified(table);
                self.as_alias(alias);
            }
            From::View { view, alias } => {
                self.qualified(view);
                self.as_alias(alias);
            }
            From::Cte { name, alias } => {
                self.alias(name);
                self.as_alias(alias);
            }
            From::Affected { alias, .. } => {
                self.identifier(AFFECTED);
                self.as_alias(alias);
            }
            From::Subquery {
                select,
                alias,
                lateral,
            } => {
                self.subquery(if *lateral { "lateral (" } else { "(" }, select, ")")?;
                self.as_alias(alias);
            }
            From::Function {
                function,
                arguments,
                alias,
                columns,
                ordinality,
            } => return self.set_function(*function, arguments, alias, columns, *ordinality),
            From::Call {
                routine,
                arguments,
                notation,
                variadic,
                alias,
                columns,
            } => {
                self.routine_call(routine, arguments, notation, *variadic)?;
                self.as_alias(alias);
                if !columns.is_empty() {
                    self.column_names(columns.iter().map(|(name, _)| name));
                }
            }
            From::Join(join) => return self.join(join),
        }
        Ok(())
    }

    /// Appends ` as alias`.
    pub(super) fn as_alias(&mut self, alias: &Name) {
        self.push(" as ");
        self.alias(alias);
    }

    /// Writes a call of a routine of the project.
    pub(super) fn routine_call(
        &mut self,
        routine: &RoutineId,
        arguments: &[Expr],
        notation: &Notation,
        variadic: bool,
    ) -> Result<()> {
        // The tree has one argument for each parameter, an array for one that is `variadic`; PostgreSQL takes the word for any array.
        let array = *notation == Notation::Positional
            && arguments.len() == routine.parameters.len()
            && matches!(routine.parameters.last(), Some(Type::Array(_)));
        let variadic = variadic || array;
        self.qualified(&routine.name);
        self.push("(");
        self.list(arguments.iter().enumerate(), |writer, (index, argument)| {
            if variadic && index + 1 == arguments.len() {
                writer.push("variadic ");
            }
            if let Notation::Named(names) = notation {
                let name = names
                    .get(index)
                    .ok_or_else(|| Error::internal("an argument without a name"))?;
                writer.identifier(name);
                writer.push(" => ");
            }
            writer.expression(argument)
        })?;
        self.push(")");
        Ok(())
    }

    fn set_function(
        &mut self,
        function: Function,
        arguments: &[Expr],
        alias: &Name,
        columns: &[(Name, Type)],
        ordinality: bool,
    ) -> Result<()> {
        if let [(value, Type::Composite(_)), number @ ..] = columns {
            let number = number.first().map(|(name, _)| name);
            return self.set_of_rows(function, arguments, alias, value, number);
        }
        self.function_call(function, arguments)?;
        if ordinality {
            self.push(" with ordinality");
        }
        self.as_alias(alias);
        if !columns.is_empty() {
            self.column_names(columns.iter().map(|(name, _)| name));
        }
        Ok(())
    }

    /// Writes a function that returns a set of rows, each of which is one value here; in `from`, PostgreSQL would take them apart.
    fn set_of_rows(
        &mut self,
        function: Function,
        arguments: &[Expr],
        alias: &Name,
        value: &Name,
        number: Option<&Name>,
    ) -> Result<()> {
        self.push("lateral (select ");
        if let Some(number) = number {
            let rows = self.new_name();
            self.column(&rows, value);
            self.push(", pg_catalog.row_number() over () as ");
            self.column_name(number);
            self.push(" from (select ");
            self.function_call(function, arguments)?;
            self.push(" as ");
            self.column_name(value);
            self.push(")");
            self.as_alias(&rows);
        } else {
            self.function_call(function, arguments)?;
            self.push(" as ");
            self.column_name(value);
        }
        self.push(")");
        self.as_alias(alias);
        Ok(())
    }

    fn join(&mut self, join: &Join) -> Result<()> {
        self.item(&join.left)?;
        self.push(match join.kind {
            JoinKind::Inner => " join ",
            JoinKind::Left => " left join ",
            JoinKind::Right => " right join ",
            JoinKind::Full => " full join ",
            JoinKind::Cross => " cross join ",
        });
        let group = matches!(join.right, From::Join(_));
        if group {
            self.push("(");
        }
        self.item(&join.right)?;
        if group {
            self.push(")");
        }
        match &join.on {
            Some(on) => self.around(" on ", on, ""),
            None if join.kind == JoinKind::Cross => Ok(()),
            None => {
                self.push(" on true");
                Ok(())
            }
        }
    }
}
