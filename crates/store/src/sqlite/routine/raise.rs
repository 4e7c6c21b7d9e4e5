//! `raise`, and what `get diagnostics` tells.

use underpin_base::{Code, Error, Result, Value};
use underpin_sql::plpgsql::sqlstate;
use underpin_sql::tree::{Diagnostic, Expr, Raise, RaisedCode};

use super::super::write::Execution;
use super::frame::Frame;

impl Execution<'_> {
    /// Raises what `raise` says; nothing for what is no error, which is told to nobody.
    pub(super) fn raised(&self, frame: &Frame<'_>, raise: &Raise) -> Result<()> {
        if !raise.is_error {
            return Ok(());
        }
        if raise.again {
            return Err(match frame.caught.last() {
                Some(caught) => caught.again(),
                None => Error::internal("no error is handled"),
            });
        }
        let code = match &raise.code {
            RaisedCode::Is(code) => code.clone(),
            RaisedCode::Computed(expr) => {
                let text = self.text(frame, expr)?.unwrap_or_default();
                Code::new(sqlstate(&text).map_or(text, str::to_owned))
            }
        };
        let message = match (&raise.message, &raise.format) {
            (Some(message), _) => self.text(frame, message)?.unwrap_or_default(),
            (None, Some(pieces)) => self.formatted(frame, pieces, &raise.parameters)?,
            (None, None) => code.as_str().to_owned(),
        };
        let mut error = Error::new(code, message);
        if let Some(detail) = &raise.detail
            && let Some(detail) = self.text(frame, detail)?
        {
            error = error.details(detail);
        }
        if let Some(hint) = &raise.hint
            && let Some(hint) = self.text(frame, hint)?
        {
            error = error.hint(hint);
        }
        Err(error)
    }

    fn formatted(
        &self,
        frame: &Frame<'_>,
        pieces: &[String],
        parameters: &[Expr],
    ) -> Result<String> {
        let mut message = String::new();
        let mut parameters = parameters.iter();
        for (position, piece) in pieces.iter().enumerate() {
            if position > 0
                && let Some(parameter) = parameters.next()
            {
                let text = self.text(frame, parameter)?;
                message.push_str(text.as_deref().unwrap_or("<NULL>"));
            }
            message.push_str(piece);
        }
        Ok(message)
    }

    fn text(&self, frame: &Frame<'_>, expr: &Expr) -> Result<Option<String>> {
        Ok(match self.value(frame, expr)? {
            Value::Null => None,
            Value::Text(text) => Some(text.into()),
            Value::Int(number) => Some(number.to_string()),
            Value::Float(number) => Some(number.to_string()),
            Value::Bytes(_) => Some(String::new()),
        })
    }
}

/// Returns what `get diagnostics` tells.
pub(super) fn diagnostic(frame: &Frame<'_>, item: Diagnostic) -> Value {
    let caught = frame.caught.last();
    let text = |text: Option<&str>| Value::text(text.unwrap_or_default());
    match item {
        Diagnostic::RowCount => Value::Int(i64::try_from(frame.row_count).unwrap_or(i64::MAX)),
        Diagnostic::ReturnedSqlstate => text(caught.map(|it| it.code.as_str())),
        Diagnostic::MessageText => text(caught.map(|it| it.message.as_str())),
        Diagnostic::ExceptionDetail => text(caught.and_then(|it| it.details.as_deref())),
        Diagnostic::ExceptionHint => text(caught.and_then(|it| it.hint.as_deref())),
        Diagnostic::Context => text(None),
    }
}
