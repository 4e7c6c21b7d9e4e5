//! Blocks with `exception`: what a failed one did is taken back, and a handler goes on.

use underpin_base::{Code, Details, Error, Name, Result, Value};
use underpin_sql::tree::{Condition, Handler, Step};

use super::super::write::Execution;
use super::frame::{Flow, Frame};

/// An error that is handled.
#[derive(Clone, Debug)]
pub(super) struct Caught {
    pub(super) code: Code,
    pub(super) message: String,
    pub(super) details: Option<String>,
    pub(super) hint: Option<String>,
}

impl Caught {
    fn of(error: &Error) -> Self {
        Self {
            code: error.code().clone(),
            message: error.message().to_owned(),
            details: match error.get_details() {
                Some(Details::Text(text)) => Some(text.clone()),
                Some(Details::Json(_)) | None => None,
            },
            hint: error.get_hint().map(str::to_owned),
        }
    }

    /// Returns the error again.
    pub(super) fn again(&self) -> Error {
        let mut error = Error::new(self.code.clone(), self.message.clone());
        if let Some(details) = &self.details {
            error = error.details(details.clone());
        }
        if let Some(hint) = &self.hint {
            error = error.hint(hint.clone());
        }
        error
    }
}

impl Execution<'_> {
    /// Runs a block.
    pub(super) fn block(
        &self,
        frame: &mut Frame<'_>,
        label: Option<&Name>,
        body: &[Step],
        handlers: &[Handler],
    ) -> Result<Flow> {
        let flow = if handlers.is_empty() {
            self.body(frame, body)?
        } else {
            self.guarded_block(frame, body, handlers)?
        };
        match flow {
            Flow::Leave {
                label: Some(left),
                next_round: false,
            } if Some(&left) == label => Ok(Flow::Next),
            other => Ok(other),
        }
    }

    fn guarded_block(
        &self,
        frame: &mut Frame<'_>,
        body: &[Step],
        handlers: &[Handler],
    ) -> Result<Flow> {
        self.connection.begin_part()?;
        let recorded = self.connection.recorder().changes().len();
        self.connection.execute("SAVEPOINT block")?;
        let error = match self.body(frame, body) {
            Ok(flow) => {
                self.connection.end_part(true)?;
                self.connection.execute("RELEASE block")?;
                return Ok(flow);
            }
            Err(error) => error,
        };
        if self.connection.raw().is_autocommit() {
            // SQLite rolled back everything: there is nothing to go on with.
            return Err(error);
        }
        self.connection.execute("ROLLBACK TO block")?;
        self.connection.execute("RELEASE block")?;
        self.connection.recorder().truncate(recorded);
        self.connection.end_part(false)?;
        let handler = handlers.iter().find(|handler| {
            handler
                .conditions
                .iter()
                .any(|condition| is_for(condition, error.code()))
        });
        let Some(handler) = handler else {
            return Err(error);
        };
        let caught = Caught::of(&error);
        let [state, message] = handler.error;
        frame.set(state, Value::text(caught.code.as_str()));
        frame.set(message, Value::text(caught.message.as_str()));
        frame.caught.push(caught);
        let flow = self.body(frame, &handler.body);
        frame.caught.pop();
        flow
    }
}

/// Tells whether a handler is for errors of this code. Nothing handles the end of the statement's time, or what is ours to repair.
fn is_for(condition: &Condition, code: &Code) -> bool {
    if code.as_str().len() != 5 || *code == Code::QUERY_CANCELED {
        return false;
    }
    match condition {
        Condition::Others => code.as_str() != "P0004",
        Condition::State(state) => match state.as_str().strip_suffix("000") {
            Some(class) => code.as_str().starts_with(class),
            None => state == code,
        },
    }
}
