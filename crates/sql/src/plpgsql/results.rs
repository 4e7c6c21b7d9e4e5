//! Results: `return`, `return next`, `return query`.

use underpin_base::{Code, Error, Result, Value};

use super::assign::{converted, mismatch, outputs};
use super::compile::Compiler;
use super::scope::{Known, Row};
use super::syntax::Fragment;
use crate::functions::Operator;
use crate::tree::{Expr, ExprKind, Step, StepKind};
use crate::types::Type;

impl Compiler<'_> {
    pub(super) fn returned(&mut self, value: Option<&Fragment>) -> Result<Vec<StepKind>> {
        if self.subject.trigger.is_some() {
            return self.return_from_trigger(value);
        }
        let result = self.subject.result;
        let cannot = |what: &str, hint: &str| {
            let error = Error::new(
                Code::DATATYPE_MISMATCH,
                format!("RETURN cannot have a parameter in function {what}"),
            );
            Err(if hint.is_empty() {
                error
            } else {
                error.hint(hint)
            })
        };
        match value {
            Some(_) if result.set => cannot("returning set", "Use RETURN NEXT or RETURN QUERY."),
            Some(_) if self.has_outputs() => cannot("with OUT parameters", ""),
            Some(_) if result.ty == Type::Void => cannot("returning void", ""),
            Some(value) => self.returned_value(value),
            None if result.set || result.ty == Type::Void => Ok(vec![StepKind::Return(Vec::new())]),
            None if self.has_outputs() => Ok(vec![StepKind::Return(self.output_values())]),
            None => Err(Error::new(
                Code::SYNTAX,
                "missing expression at or near \";\"",
            )),
        }
    }

    fn returned_value(&mut self, value: &Fragment) -> Result<Vec<StepKind>> {
        let result = self.subject.result;
        if result.columns.is_empty() {
            let value = self.value(value, &result.ty.clone().into())?;
            let (value, mut steps) = self.hoisted_expr(value)?;
            steps.push(StepKind::Return(vec![value]));
            return Ok(steps);
        }
        if let Some(row) = self.named_row(value) {
            return Ok(vec![StepKind::Return(self.row_values(&row)?)]);
        }
        let value = self.expr(value)?;
        let (value, mut steps) = self.hoisted_expr(value)?;
        steps.push(match value.kind {
            ExprKind::Row(fields) => StepKind::Return(self.fitted(fields)?),
            ExprKind::Constant(Value::Null) => {
                let nulls = result.columns.iter().map(|(_, ty)| Expr::null(ty.clone()));
                StepKind::Return(nulls.collect())
            }
            _ if value.ty == result.ty => StepKind::ReturnRow(Box::new(value)),
            _ => {
                return Err(mismatch(
                    "cannot return non-composite value from function returning composite type",
                ));
            }
        });
        Ok(steps)
    }

    /// Returns the values of a row as the columns of the result.
    fn row_values(&self, row: &Row) -> Result<Vec<Expr>> {
        self.fitted(
            row.columns
                .iter()
                .map(|(_, it)| self.parameter(*it))
                .collect(),
        )
    }

    fn fitted(&self, values: Vec<Expr>) -> Result<Vec<Expr>> {
        let columns = &self.subject.result.columns;
        if values.len() != columns.len() {
            return Err(mismatch("returned record type does not match expected record type").details(
                format!(
                    "Number of returned columns ({}) does not match expected column count ({}).",
                    values.len(),
                    columns.len()
                ),
            ));
        }
        values
            .into_iter()
            .zip(columns)
            .map(|(value, (_, ty))| converted(value, &ty.clone().into()))
            .collect()
    }

    fn return_from_trigger(&mut self, value: Option<&Fragment>) -> Result<Vec<StepKind>> {
        let Some(value) = value else {
            return Err(Error::new(
                Code::SYNTAX,
                "missing expression at or near \";\"",
            ));
        };
        if value.text.trim().eq_ignore_ascii_case("null") {
            return Ok(vec![StepKind::ReturnTrigger(None)]);
        }
        if let Some((first, second)) = either_row(&value.text)
            && let (Some(first), Some(second)) = (self.named(first), self.named(second))
        {
            return Ok(vec![self.return_either(first, second)?]);
        }
        let width = self
            .subject
            .trigger
            .as_ref()
            .map_or(0, |row| row.columns.len());
        match self.named_row(value) {
            Some(row) if row.columns.len() == width => {
                let variables = row.columns.iter().map(|(_, variable)| *variable).collect();
                Ok(vec![StepKind::ReturnTrigger(Some(variables))])
            }
            _ => Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                "a trigger function returns `new`, `old`, null, or a variable of the table's row type",
            )
            .hint("Set the fields of `new` and return it.")),
        }
    }

    /// `return coalesce(new, old)`: the row that the event has.
    fn return_either(&self, first: Row, second: Row) -> Result<StepKind> {
        let returned = |row: Row| {
            let variables = row.columns.iter().map(|(_, variable)| *variable).collect();
            vec![Step {
                line: 1,
                kind: StepKind::ReturnTrigger(Some(variables)),
            }]
        };
        let Some(Known::Value { variable, .. }) = self.variables.find("tg_op") else {
            return Err(Error::internal("a trigger function has no event"));
        };
        let is = |word: &str| {
            Expr::compare(Operator::Equal, self.parameter(*variable), Expr::text(word))
        };
        // An insert has no old row, a delete no new one.
        let old_first = self
            .variables
            .find("old")
            .is_some_and(|known| matches!(known, Known::Row(row) if row.columns == first.columns));
        let lacks_first = is(if old_first { "INSERT" } else { "DELETE" });
        Ok(StepKind::If {
            branches: vec![(lacks_first, returned(second))],
            otherwise: returned(first),
        })
    }

    fn named(&self, name: &str) -> Option<Row> {
        match self.variables.find(&name.to_lowercase()) {
            Some(Known::Row(row)) => Some(row.clone()),
            _ => None,
        }
    }

    pub(super) fn return_next(&mut self, value: Option<&Fragment>) -> Result<Vec<StepKind>> {
        let result = self.subject.result;
        if !result.set {
            return Err(Error::new(
                Code::DATATYPE_MISMATCH,
                "cannot use RETURN NEXT in a non-SETOF function",
            ));
        }
        let Some(value) = value else {
            if !self.has_outputs() {
                return Err(Error::new(
                    Code::SYNTAX,
                    "missing expression at or near \";\"",
                ));
            }
            return Ok(vec![StepKind::ReturnNext(self.output_values())]);
        };
        if self.has_outputs() {
            return Err(Error::new(
                Code::DATATYPE_MISMATCH,
                "RETURN NEXT cannot have a parameter in function with OUT parameters",
            ));
        }
        if result.columns.is_empty() {
            let value = self.value(value, &result.ty.clone().into())?;
            let (value, mut steps) = self.hoisted_expr(value)?;
            steps.push(StepKind::ReturnNext(vec![value]));
            return Ok(steps);
        }
        match self.named_row(value) {
            Some(row) => Ok(vec![StepKind::ReturnNext(self.row_values(&row)?)]),
            None => Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                "`return next` of a row takes a variable that holds one",
            )
            .hint("Put the row into a variable first, or use `return query`.")),
        }
    }

    pub(super) fn return_query(&mut self, query: &Fragment) -> Result<Vec<StepKind>> {
        let result = self.subject.result;
        if !result.set {
            return Err(Error::new(
                Code::DATATYPE_MISMATCH,
                "cannot use RETURN QUERY in a non-SETOF function",
            ));
        }
        let statement = self.statement(query)?;
        let columns: Vec<Type> = match result.columns.as_slice() {
            [] => vec![result.ty.clone()],
            columns => columns.iter().map(|(_, ty)| ty.clone()).collect(),
        };
        let made = outputs(&statement);
        let wrong = |details: String| {
            Err(mismatch("structure of query does not match function result type").details(details))
        };
        if made.len() != columns.len() {
            return wrong(format!(
                "Number of returned columns ({}) does not match expected column count ({}).",
                made.len(),
                columns.len()
            ));
        }
        for (position, ((_, ty), wanted)) in made.iter().zip(&columns).enumerate() {
            if ty != wanted {
                return wrong(format!(
                    "Returned type {ty} does not match expected type {wanted} in column {}.",
                    position + 1
                ));
            }
        }
        let (statement, mut steps) = self.hoisted(statement)?;
        steps.push(StepKind::ReturnQuery(Box::new(statement)));
        Ok(steps)
    }
}

/// Returns the two names of `coalesce(a, b)`, when a text is nothing else.
fn either_row(text: &str) -> Option<(&str, &str)> {
    let text = text.trim();
    let (word, rest) = text.split_at_checked("coalesce".len())?;
    if !word.eq_ignore_ascii_case("coalesce") {
        return None;
    }
    let list = rest.trim().strip_prefix('(')?.strip_suffix(')')?;
    let (first, second) = list.split_once(',')?;
    Some((first.trim(), second.trim()))
}
