//! [`Triggers`]: those of one table; what they do before and after its rows change.

use std::sync::Arc;

use underpin_base::{Code, Error, Name, Result, Value};
use underpin_schema::catalog::{Table, Timing, Trigger};
use underpin_sql::types;
use underpin_sql::types::Type;

use super::super::write::Execution;
use super::call::{is_owner, owner};
use super::frame::{Flow, Frame, Returned};
use super::step::Writing;

/// What happens to rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::sqlite) enum Event {
    Insert,
    Update,
    Delete,
}

impl Event {
    fn word(self) -> &'static str {
        match self {
            Self::Insert => "INSERT",
            Self::Update => "UPDATE",
            Self::Delete => "DELETE",
        }
    }
}

/// The triggers of a table that are enabled, in the order in which they run.
#[derive(Clone, Debug, Default)]
pub(in crate::sqlite) struct Triggers(Vec<Arc<Trigger>>);

/// A trigger that runs once the statement has done its work.
#[derive(Clone, Debug)]
pub(in crate::sqlite) struct Queued {
    trigger: Arc<Trigger>,
    event: Event,
    new: Option<Arc<[Value]>>,
    old: Option<Arc<[Value]>>,
    /// What set it off was done by the owner of the tables.
    as_owner: bool,
}

impl Triggers {
    /// Returns the triggers of `table`.
    pub(in crate::sqlite) fn of(execution: &Execution<'_>, table: &Table) -> Self {
        let all = execution.schema.catalog.triggers.get(&table.name);
        let enabled = all
            .into_iter()
            .flatten()
            .filter(|trigger| trigger.enabled)
            .cloned();
        Self(enabled.collect())
    }

    /// Tells whether any trigger runs on `event`.
    pub(in crate::sqlite) fn any(&self, event: Event) -> bool {
        self.0.iter().any(|trigger| is_on(trigger, event))
    }

    /// Tells whether any trigger runs for each row on `event`, at `timing`.
    pub(in crate::sqlite) fn any_row(&self, event: Event, timing: Timing) -> bool {
        let mut all = self.0.iter();
        all.any(|it| it.each_row && it.timing == timing && is_on(it, event))
    }

    /// Returns the triggers that run on `event`, when an update sets `assigned`.
    fn matching<'t>(
        &'t self,
        event: Event,
        timing: Timing,
        each_row: bool,
        assigned: &'t [Name],
    ) -> impl Iterator<Item = &'t Arc<Trigger>> {
        self.0.iter().filter(move |trigger| {
            let of_columns = match (&trigger.on_update, event) {
                (Some(columns), Event::Update) => {
                    columns.is_empty() || columns.iter().any(|it| assigned.contains(it))
                }
                _ => true,
            };
            trigger.timing == timing
                && trigger.each_row == each_row
                && is_on(trigger, event)
                && of_columns
        })
    }
}

fn is_on(trigger: &Trigger, event: Event) -> bool {
    match event {
        Event::Insert => trigger.on_insert,
        Event::Update => trigger.on_update.is_some(),
        Event::Delete => trigger.on_delete,
    }
}

impl Execution<'_> {
    /// Runs the triggers before a row changes; returns the row as it goes on, or nothing when it is passed over.
    pub(in crate::sqlite) fn before_row(
        &self,
        table: &Table,
        triggers: &Triggers,
        event: Event,
        assigned: &[Name],
        mut new: Option<Vec<Value>>,
        old: Option<&[Value]>,
    ) -> Result<Option<Vec<Value>>> {
        for trigger in triggers.matching(event, Timing::Before, true, assigned) {
            let goes_on = self.fire(table, trigger, event, new.as_deref(), old)?;
            match (goes_on, event) {
                (Fired::NotMet, _) => {}
                (Fired::Returned(None), _) => return Ok(None),
                (Fired::Returned(Some(_)), Event::Delete) => {}
                (Fired::Returned(Some(row)), _) => new = Some(row),
            }
        }
        Ok(Some(new.unwrap_or_default()))
    }

    /// Queues the triggers that run after a row has changed.
    pub(in crate::sqlite) fn queue_row(
        &self,
        triggers: &Triggers,
        event: Event,
        assigned: &[Name],
        (new, old): (Option<&[Value]>, Option<&[Value]>),
        queue: &mut Vec<Queued>,
    ) {
        let new: Option<Arc<[Value]>> = new.map(Arc::from);
        let old: Option<Arc<[Value]>> = old.map(Arc::from);
        for trigger in triggers.matching(event, Timing::After, true, assigned) {
            queue.push(Queued {
                trigger: Arc::clone(trigger),
                event,
                new: new.clone(),
                old: old.clone(),
                as_owner: is_owner(self.binding.identity),
            });
        }
    }

    /// Runs the triggers that were queued, in their order.
    pub(in crate::sqlite) fn run_queue(&self, queue: Vec<Queued>) -> Result<()> {
        for queued in queue {
            let table = self.schema.catalog.tables.get(&queued.trigger.table);
            let Some(table) = table else {
                return Err(Error::internal("a trigger has no table"));
            };
            let (new, old) = (queued.new.as_deref(), queued.old.as_deref());
            let owner = owner(self.binding.identity);
            let execution = self.with_rights(queued.as_owner, &owner);
            execution.fire(table, &queued.trigger, queued.event, new, old)?;
        }
        Ok(())
    }

    /// Runs the triggers that run once for each statement.
    pub(in crate::sqlite) fn statement_triggers(
        &self,
        table: &Table,
        triggers: &Triggers,
        event: Event,
        timing: Timing,
        assigned: &[Name],
    ) -> Result<()> {
        for trigger in triggers.matching(event, timing, false, assigned) {
            self.fire(table, trigger, event, None, None)?;
        }
        Ok(())
    }

    fn fire(
        &self,
        table: &Table,
        trigger: &Trigger,
        event: Event,
        new: Option<&[Value]>,
        old: Option<&[Value]>,
    ) -> Result<Fired> {
        let owner = owner(self.binding.identity);
        let execution = self.with_rights(trigger.security_definer, &owner);
        let values = variables(table, trigger, event, new, old);
        let mut frame = Frame::new(
            &trigger.procedure,
            values,
            is_owner(execution.binding.identity),
            Writing::Allowed,
        );
        if let Some(condition) = &trigger.condition
            && !execution.holds(&frame, condition)?
        {
            return Ok(Fired::NotMet);
        }
        let flow = self.connection.context().in_trigger(|| {
            self.session
                .nested(|| execution.body(&mut frame, &trigger.procedure.body))
        })?;
        match flow {
            Flow::Return(Returned::Trigger(row)) => Ok(Fired::Returned(row)),
            _ => Err(Error::new(
                Code::new("2F005"),
                "control reached end of trigger procedure without RETURN",
            )),
        }
    }
}

/// What came of a trigger.
enum Fired {
    /// Its condition was not true.
    NotMet,
    /// It returned a row, or null.
    Returned(Option<Vec<Value>>),
}

/// Returns the values of a trigger function's variables: the rows, and what [`underpin_sql::plpgsql::TRIGGER_VARIABLES`] lists.
fn variables(
    table: &Table,
    trigger: &Trigger,
    event: Event,
    new: Option<&[Value]>,
    old: Option<&[Value]>,
) -> Vec<Value> {
    let width = table.columns.len();
    let mut values = Vec::with_capacity(width * 2 + 16);
    for row in [new, old] {
        let start = values.len();
        values.extend(row.into_iter().flatten().cloned());
        values.resize(start + width, Value::Null);
    }
    let timing = match trigger.timing {
        Timing::Before => "BEFORE",
        Timing::After => "AFTER",
    };
    let level = if trigger.each_row { "ROW" } else { "STATEMENT" };
    let mut arguments = Vec::from(*b"[");
    for (index, argument) in trigger.arguments.iter().enumerate() {
        if index > 0 {
            arguments.push(b',');
        }
        let text = Value::text(argument.as_str());
        types::write_json(&Type::Text, (&text).into(), &mut arguments);
    }
    arguments.push(b']');
    values.extend([
        Value::text(event.word()),
        Value::text(timing),
        Value::text(level),
        Value::text(&*trigger.name),
        Value::text(&*table.name.name),
        Value::text(&*table.name.name),
        Value::text(&*table.name.schema),
        Value::Int(i64::try_from(trigger.arguments.len()).unwrap_or(i64::MAX)),
        Value::text(String::from_utf8(arguments).unwrap_or_default()),
    ]);
    values
}
