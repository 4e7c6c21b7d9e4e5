//! The steps of a routine, one after the other.

use underpin_base::{Code, Error, Name, Result, Value};
use underpin_sql::tree::{Expr, Into, RoutineId, Statement, Step, StepKind};
use underpin_sql::types::Type;

use super::super::write::Execution;
use super::call::{array, fields, in_one};
use super::frame::{Flow, Frame, Returned};
use super::raise::diagnostic;

/// Most rows that a routine returns, or that one of its loops goes over.
const ROWS_MAX: usize = 1_000_000;

impl Execution<'_> {
    /// Runs `steps` until one of them leaves them.
    pub(super) fn body(&self, frame: &mut Frame<'_>, steps: &[Step]) -> Result<Flow> {
        for step in steps {
            self.tick()?;
            let flow = self.step(frame, &step.kind)?;
            if flow != Flow::Next {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    /// Counts a step, and ends the routine when its time is over: SQLite looks at the clock only while it works.
    fn tick(&self) -> Result<()> {
        self.session.count_step()?;
        if self.connection.deadline().passed() {
            return Err(Error::new(
                Code::QUERY_CANCELED,
                "canceling statement due to statement timeout",
            ));
        }
        Ok(())
    }

    fn step(&self, frame: &mut Frame<'_>, kind: &StepKind) -> Result<Flow> {
        match kind {
            StepKind::Set { variable, value } => {
                let value = self.value(frame, value)?;
                assign(frame, *variable, value)?;
            }
            StepKind::SetRow { variables, value } => self.set_row(frame, variables, value)?,
            StepKind::Run {
                statement,
                into,
                sets_found,
            } => self.run_statement(frame, statement, into.as_ref(), *sets_found)?,
            StepKind::Keep { .. } | StepKind::Call { .. } => self.keep_step(frame, kind)?,
            StepKind::If {
                branches,
                otherwise,
            } => return self.decide(frame, branches, otherwise),
            StepKind::Loop {
                label,
                condition,
                body,
            } => return self.looped(frame, label.as_ref(), condition.as_deref(), body),
            StepKind::Count { .. } => return self.counted(frame, kind),
            StepKind::Rows {
                label,
                variables,
                statement,
                body,
            } => return self.each_row(frame, label.as_ref(), variables, statement, body),
            StepKind::Leave {
                label,
                next_round,
                condition,
            } => {
                let leaves = match condition {
                    Some(condition) => self.holds(frame, condition)?,
                    None => true,
                };
                if leaves {
                    return Ok(Flow::Leave {
                        label: label.clone(),
                        next_round: *next_round,
                    });
                }
            }
            StepKind::Block {
                label,
                body,
                handlers,
            } => return self.block(frame, label.as_ref(), body, handlers),
            StepKind::Raise(raise) => self.raised(frame, raise)?,
            StepKind::Diagnostics(items) => {
                for (variable, item) in items {
                    let value = diagnostic(frame, *item);
                    assign(frame, *variable, value)?;
                }
            }
            StepKind::Return(_)
            | StepKind::ReturnRow(_)
            | StepKind::ReturnTrigger(_)
            | StepKind::ReturnNext(_)
            | StepKind::ReturnQuery(_) => return self.return_step(frame, kind),
        }
        Ok(Flow::Next)
    }

    /// Keeps what a write of a `with`, or a routine, returns.
    fn keep_step(&self, frame: &mut Frame<'_>, kind: &StepKind) -> Result<()> {
        match kind {
            StepKind::Keep {
                statement,
                variable,
                columns,
            } => {
                let done = self.statement(frame, statement, ROWS_MAX + 1)?;
                if done.rows.len() > ROWS_MAX {
                    return Err(too_many_rows());
                }
                frame.set(*variable, Value::text(array(columns, &done.rows)?));
                Ok(())
            }
            StepKind::Call {
                routine,
                arguments,
                variable,
                rows,
            } => self.call_step(frame, routine, arguments, *variable, *rows),
            _ => Err(Error::internal("a step that keeps nothing")),
        }
    }

    fn decide(
        &self,
        frame: &mut Frame<'_>,
        branches: &[(Expr, Vec<Step>)],
        otherwise: &[Step],
    ) -> Result<Flow> {
        for (condition, body) in branches {
            if self.holds(frame, condition)? {
                return self.body(frame, body);
            }
        }
        self.body(frame, otherwise)
    }

    fn return_step(&self, frame: &mut Frame<'_>, kind: &StepKind) -> Result<Flow> {
        let returned = match kind {
            StepKind::Return(values) if values.is_empty() => Returned::Nothing,
            StepKind::Return(values) => Returned::Row(self.each_value(frame, values)?),
            StepKind::ReturnRow(value) => Returned::Row(vec![self.value(frame, value)?]),
            StepKind::ReturnTrigger(variables) => Returned::Trigger(
                variables
                    .as_ref()
                    .map(|variables| variables.iter().map(|it| frame.get(*it)).collect()),
            ),
            StepKind::ReturnNext(values) => {
                let row = self.each_value(frame, values)?;
                return returned(frame, vec![row]).map(|()| Flow::Next);
            }
            StepKind::ReturnQuery(statement) => {
                let done = self.statement(frame, statement, ROWS_MAX + 1)?;
                frame.found(done.count);
                return returned(frame, done.rows).map(|()| Flow::Next);
            }
            _ => return Err(Error::internal("a step that returns nothing")),
        };
        Ok(Flow::Return(returned))
    }

    fn each_value(&self, frame: &Frame<'_>, exprs: &[Expr]) -> Result<Vec<Value>> {
        exprs.iter().map(|expr| self.value(frame, expr)).collect()
    }

    fn set_row(&self, frame: &mut Frame<'_>, variables: &[usize], value: &Expr) -> Result<()> {
        let row = self.value(frame, value)?;
        let columns: Vec<(Name, Type)> = match &value.ty {
            Type::Composite(composite) => composite
                .fields
                .iter()
                .map(|(name, column)| (name.clone(), column.ty.clone()))
                .collect(),
            _ => return Err(Error::internal("a row is not composite")),
        };
        let values = match &row {
            Value::Text(text) => fields(text, &columns)?,
            _ => vec![Value::Null; columns.len()],
        };
        for (variable, value) in variables.iter().zip(values) {
            assign(frame, *variable, value)?;
        }
        Ok(())
    }

    fn run_statement(
        &self,
        frame: &mut Frame<'_>,
        statement: &Statement,
        into: Option<&Into>,
        sets_found: bool,
    ) -> Result<()> {
        let rows_max = match into {
            Some(into) if !into.strict => 1,
            Some(_) => 2,
            None => usize::MAX,
        };
        let done = self.statement(frame, statement, rows_max)?;
        if sets_found {
            frame.found(done.count);
        }
        let Some(into) = into else {
            return Ok(());
        };
        let several = done.rows.len() > 1 && (into.strict || done.wrote);
        if several {
            return Err(
                Error::new(Code::new("P0003"), "query returned more than one row")
                    .hint("Make sure the query returns a single row, or use LIMIT 1."),
            );
        }
        if done.rows.is_empty() && into.strict {
            return Err(Error::new(Code::new("P0002"), "query returned no rows"));
        }
        let mut row = done.rows.into_iter().next().unwrap_or_default().into_iter();
        for variable in &into.variables {
            assign(frame, *variable, row.next().unwrap_or_default())?;
        }
        Ok(())
    }

    fn call_step(
        &self,
        frame: &mut Frame<'_>,
        id: &RoutineId,
        arguments: &[Expr],
        variable: usize,
        keep_rows: bool,
    ) -> Result<()> {
        let arguments = self.each_value(frame, arguments)?;
        let routine = self.routine_of(id, frame.as_owner)?;
        let rows = self.routine(&routine, arguments)?;
        frame.set(variable, in_one(&routine, rows, keep_rows)?);
        Ok(())
    }

    fn looped(
        &self,
        frame: &mut Frame<'_>,
        label: Option<&Name>,
        condition: Option<&Expr>,
        body: &[Step],
    ) -> Result<Flow> {
        loop {
            self.tick()?;
            if let Some(condition) = condition
                && !self.holds(frame, condition)?
            {
                return Ok(Flow::Next);
            }
            if let Some(flow) = after_round(self.body(frame, body)?, label) {
                return Ok(flow);
            }
        }
    }

    fn counted(&self, frame: &mut Frame<'_>, kind: &StepKind) -> Result<Flow> {
        let StepKind::Count {
            label,
            variable,
            bounds,
            reverse,
            body,
        } = kind
        else {
            return Err(Error::internal("a loop that does not count"));
        };
        let words = ["lower bound", "upper bound", "BY value"];
        let mut numbers = [0_i64; 3];
        for ((number, bound), word) in numbers.iter_mut().zip(&**bounds).zip(words) {
            let Value::Int(value) = self.value(frame, bound)? else {
                return Err(Error::new(
                    Code::new("22004"),
                    format!("{word} of FOR loop cannot be null"),
                ));
            };
            *number = value;
        }
        let [from, to, by] = numbers;
        if by <= 0 {
            return Err(Error::new(
                Code::INVALID_PARAMETER,
                "BY value of FOR loop must be greater than zero",
            ));
        }
        let mut counter = from;
        let mut any = false;
        while if *reverse {
            counter >= to
        } else {
            counter <= to
        } {
            self.tick()?;
            any = true;
            frame.set(*variable, Value::Int(counter));
            if let Some(flow) = after_round(self.body(frame, body)?, label.as_ref()) {
                frame.found(u64::from(any));
                return Ok(flow);
            }
            counter = if *reverse { counter - by } else { counter + by };
        }
        frame.found(u64::from(any));
        Ok(Flow::Next)
    }

    fn each_row(
        &self,
        frame: &mut Frame<'_>,
        label: Option<&Name>,
        variables: &[usize],
        statement: &Statement,
        body: &[Step],
    ) -> Result<Flow> {
        let done = self.statement(frame, statement, ROWS_MAX + 1)?;
        if done.rows.len() > ROWS_MAX {
            return Err(too_many_rows());
        }
        let any = !done.rows.is_empty();
        let mut flow = Flow::Next;
        for row in done.rows {
            self.tick()?;
            let mut row = row.into_iter();
            for variable in variables {
                assign(frame, *variable, row.next().unwrap_or_default())?;
            }
            if let Some(left) = after_round(self.body(frame, body)?, label) {
                flow = left;
                break;
            }
        }
        frame.found(u64::from(any));
        Ok(flow)
    }
}

/// Adds rows to what a routine returns.
fn returned(frame: &mut Frame<'_>, rows: Vec<Vec<Value>>) -> Result<()> {
    frame.rows.extend(rows);
    if frame.rows.len() > ROWS_MAX {
        return Err(too_many_rows());
    }
    Ok(())
}

fn too_many_rows() -> Error {
    Error::new(
        Code::TOO_COMPLEX,
        format!("a function goes over more than {ROWS_MAX} rows"),
    )
}

/// Returns how a loop is left after a round; nothing when it goes on.
fn after_round(flow: Flow, label: Option<&Name>) -> Option<Flow> {
    match flow {
        Flow::Next => None,
        Flow::Leave {
            label: left,
            next_round,
        } if left.is_none() || left.as_ref() == label => (!next_round).then_some(Flow::Next),
        other => Some(other),
    }
}

/// Puts a value into a variable.
fn assign(frame: &mut Frame<'_>, variable: usize, value: Value) -> Result<()> {
    if value.is_null()
        && let Some(known) = frame.procedure.variables.get(variable)
        && known.not_null
    {
        return Err(Error::new(
            Code::new("22004"),
            format!(
                "null value cannot be assigned to variable \"{}\" declared NOT NULL",
                known.name
            ),
        ));
    }
    frame.set(variable, value);
    Ok(())
}
