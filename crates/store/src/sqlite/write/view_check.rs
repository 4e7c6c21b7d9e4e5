//! `with check option`: rows that were written through a view and that the view would not show are refused.

use underpin_base::{Code, Result, Value};
use underpin_query::plan::ViewCheck;
use underpin_schema::catalog::Table;
use underpin_sql::tree::{Expr, From};
use underpin_sql::types::Type;

use super::super::bind::Binding;
use super::super::execute;
use super::super::expression::{is_not_true, output, row_identity, select};
use super::super::violation;
use super::Execution;
use super::returning::json_array;

impl Execution<'_> {
    /// Refuses the write when one of the rows `rowids` fails a view's check; it comes after a row's constraints, as in PostgreSQL.
    ///
    /// # Errors
    /// `44000`.
    pub(super) fn check_views(
        &self,
        table: &Table,
        checks: &[ViewCheck],
        rowids: &[i64],
    ) -> Result<()> {
        if rowids.is_empty() || checks.is_empty() {
            return Ok(());
        }
        // The row's own constraints come first; PostgreSQL looks at foreign keys when the statement is done.
        let carried = match self.carry() {
            Err(error) if *error.code() == Code::FOREIGN_KEY => Err(error),
            other => Ok(other?),
        };
        let affected = json_array(rowids);
        let binding = Binding {
            affected: &affected,
            ..self.binding
        };
        for check in checks {
            let rows = From::Affected {
                table: table.name.clone(),
                alias: table.name.name.clone(),
            };
            let mut refusals = select(
                vec![output("row", row_identity(&table.name.name))],
                vec![rows],
                Some(is_not_true(check.condition.clone())),
            );
            refusals.limit = Some(Expr::constant(Value::Int(1), Type::Int8));
            self.connection.bring_select(&refusals, &binding)?;
            let rendered = underpin_sql::writer::sqlite::select(&refusals)?;
            let mut statement = execute::prepare(self.connection, &rendered, &binding)?;
            let first = execute::first(self.connection, &mut statement)?;
            if let Some(Value::Int(rowid)) = first.first() {
                return Err(violation::of_view(self, table, &check.view, *rowid));
            }
        }
        carried
    }
}
