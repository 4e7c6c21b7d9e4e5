//! `PUT`: the row of one primary key is inserted, or takes over the payload's values.

use underpin_base::{Code, Error, Name, Result, Value};
use underpin_schema::catalog::Privilege;
use underpin_sql::infer;
use underpin_sql::tree::ExprKind;

use super::action::{Cell, Write};
use super::target::Target;
use super::world::Planner;
use super::write::Insertion;
use crate::request::{FilterTree, Operation, Payload, Request, Resolution};

impl Planner<'_> {
    /// Plans a `PUT`. Of a payload of several rows, the one of the key counts.
    ///
    /// # Errors
    /// PGRST105 unless the filters are equalities with each column of the primary key; PGRST115 when the payload has no row of that key;
    /// those of [`Planner::insert`].
    pub(super) fn put(
        &mut self,
        request: &Request,
        payload: &Payload,
        columns: Option<&[Name]>,
    ) -> Result<Box<Write>> {
        let source = self.source(&request.target)?;
        let target = self.target(source, Privilege::Insert)?;
        let key = target.key();
        let wanted = self.key_values(request, &target, &key)?;
        let insertion = Insertion {
            payload,
            columns,
            missing_default: false,
            on_conflict: Some((&key, Resolution::MergeDuplicates)),
        };
        self.insert_into(request, &target, &insertion, |names, rows| {
            rows.retain(|row| has_key(names, row, &wanted));
            match rows.len() {
                1 => Ok(()),
                _ => Err(Error::new(
                    Code::PUT_KEY,
                    "Payload values do not match URL in primary key column(s)",
                )),
            }
        })
    }

    /// Returns the values that the filters give the columns of the key, by the table's names for them.
    fn key_values(
        &self,
        request: &Request,
        target: &Target,
        key: &[Name],
    ) -> Result<Vec<(Name, Value)>> {
        let refused = || {
            Error::new(
                Code::PUT,
                "Filters must include all and only primary key columns with 'eq' operators",
            )
        };
        let mut values: Vec<(Name, Value)> = Vec::new();
        for tree in &request.query.filters {
            let FilterTree::Condition(filter) = tree else {
                return Err(refused());
            };
            let Operation::Equal(text, None) = &filter.operation else {
                return Err(refused());
            };
            let is_key = key.contains(&filter.column);
            if filter.negated || !filter.path.is_empty() || !is_key {
                return Err(refused());
            }
            let name = target
                .column(&filter.column, Privilege::Insert)?
                .ok_or_else(refused)?;
            let column = target.table.column(&name).ok_or_else(refused)?;
            let ExprKind::Constant(value) = infer::literal(text, &column.ty.ty)?.kind else {
                return Err(Error::internal("a literal is no constant"));
            };
            values.push((name, value));
        }
        let all = key.iter().all(|column| {
            let named = |tree: &FilterTree| matches!(tree, FilterTree::Condition(filter) if filter.column == *column);
            request.query.filters.iter().any(named)
        });
        if key.is_empty() || !all {
            return Err(refused());
        }
        Ok(values)
    }
}

fn has_key(names: &[Name], row: &[Cell], wanted: &[(Name, Value)]) -> bool {
    wanted.iter().all(|(name, value)| {
        let position = names.iter().position(|column| column == name);
        let cell = position.and_then(|index| row.get(index));
        matches!(cell, Some(Cell::Value(given)) if given == value)
    })
}
