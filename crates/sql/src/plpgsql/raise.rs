//! `raise`, `assert` and the conditions of handlers.

use underpin_base::{Code, Error, Name, Result, Value};

use super::compile::Compiler;
use super::conditions::sqlstate;
use super::syntax::{Fragment, Raise as Written, WrittenCondition};
use crate::infer;
use crate::tree::{Condition, Expr, ExprKind, Raise, RaisedCode, Step, StepKind};
use crate::types::Type;

/// What `raise` without a code raises.
const RAISED: &str = "P0001";

/// Reads the condition of a handler.
pub(super) fn condition(written: &WrittenCondition) -> Result<Condition> {
    match written {
        WrittenCondition::Named(name) if &**name == "others" => Ok(Condition::Others),
        other => state_of(other).map(|code| Condition::State(Code::new(code))),
    }
}

fn state_of(written: &WrittenCondition) -> Result<String> {
    match written {
        WrittenCondition::State(state) if is_state(state) => Ok(state.clone()),
        WrittenCondition::State(_) => Err(Error::new(Code::SYNTAX, "invalid SQLSTATE code")),
        WrittenCondition::Named(name) => match sqlstate(name) {
            Some(state) => Ok(state.to_owned()),
            None => Err(Error::new(
                Code::UNDEFINED_OBJECT,
                format!("unrecognized exception condition \"{name}\""),
            )),
        },
    }
}

fn is_state(text: &str) -> bool {
    text.len() == 5
        && text
            .bytes()
            .all(|byte| byte.is_ascii_digit() || byte.is_ascii_uppercase())
}

/// Returns the step that raises an error of our own.
pub(super) fn error(state: &str, message: &str, hint: &str) -> StepKind {
    StepKind::Raise(Box::new(Raise {
        is_error: true,
        again: false,
        code: RaisedCode::Is(Code::new(state)),
        format: Some(vec![message.to_owned()]),
        parameters: Vec::new(),
        message: None,
        detail: None,
        hint: (!hint.is_empty()).then(|| Expr::text(hint)),
    }))
}

impl Compiler<'_> {
    /// Reads an expression as text.
    fn text(&self, fragment: &Fragment) -> Result<Expr> {
        super::assign::converted(self.expr(fragment)?, &Type::Text.into())
    }

    pub(super) fn raise(&mut self, written: &Written) -> Result<Vec<StepKind>> {
        let is_error = written
            .level
            .as_ref()
            .is_none_or(|level| &**level == "exception");
        let mut raise = Raise {
            is_error,
            again: false,
            code: RaisedCode::Is(Code::new(RAISED)),
            format: None,
            parameters: Vec::new(),
            message: None,
            detail: None,
            hint: None,
        };
        if written.level.is_none()
            && written.format.is_none()
            && written.condition.is_none()
            && written.options.is_empty()
        {
            if self.handled.is_none() {
                return Err(Error::new(
                    Code::new("0Z002"),
                    "RAISE without parameters cannot be used outside an exception handler",
                ));
            }
            raise.again = true;
            return Ok(vec![StepKind::Raise(Box::new(raise))]);
        }
        let mut calls = Vec::new();
        if let Some(format) = &written.format {
            let pieces = pieces(format);
            let wanted = pieces.len() - 1;
            if written.parameters.len() != wanted {
                let few = written.parameters.len() < wanted;
                let word = if few { "few" } else { "many" };
                return Err(Error::new(
                    Code::SYNTAX,
                    format!("too {word} parameters specified for RAISE"),
                ));
            }
            raise.format = Some(pieces);
            for parameter in &written.parameters {
                let (expr, before) = self.hoisted_expr(self.text(parameter)?)?;
                calls.extend(before);
                raise.parameters.push(expr);
            }
        }
        if let Some(condition) = &written.condition {
            raise.code = RaisedCode::Is(Code::new(state_of(condition)?));
            if let WrittenCondition::Named(name) = condition {
                raise.format = Some(vec![name.to_string()]);
            } else if let WrittenCondition::State(state) = condition {
                raise.format = Some(vec![state.clone()]);
            }
        }
        for (option, value) in &written.options {
            if &**option == "message" && written.format.is_some() {
                return Err(Error::new(
                    Code::SYNTAX,
                    "RAISE option already specified: MESSAGE",
                ));
            }
            self.option(&mut raise, option, value)?;
        }
        calls.push(StepKind::Raise(Box::new(raise)));
        Ok(calls)
    }

    fn option(&self, raise: &mut Raise, option: &Name, value: &Fragment) -> Result<()> {
        let twice = || {
            Error::new(
                Code::SYNTAX,
                format!("RAISE option already specified: {}", option.to_uppercase()),
            )
        };
        let text = self.text(value)?;
        let place = match &**option {
            "errcode" => {
                raise.code = code(text)?;
                return Ok(());
            }
            "message" => {
                raise.format = None;
                &mut raise.message
            }
            "detail" => &mut raise.detail,
            "hint" => &mut raise.hint,
            // They name what an error is about; nothing of ours shows it.
            "column" | "constraint" | "datatype" | "table" | "schema" => return Ok(()),
            _ => {
                return Err(Error::new(
                    Code::SYNTAX,
                    format!("unrecognized RAISE option \"{option}\""),
                ));
            }
        };
        if place.is_some() {
            return Err(twice());
        }
        *place = Some(text);
        Ok(())
    }

    pub(super) fn assertion(
        &mut self,
        condition: &Fragment,
        message: Option<&Fragment>,
    ) -> Result<Vec<StepKind>> {
        let holds = self.condition(condition)?;
        let message = match message {
            Some(message) => self.text(message)?,
            None => Expr::text("assertion failed"),
        };
        let StepKind::Raise(mut raise) = error("P0004", "", "") else {
            return Err(Error::internal("an error is no error"));
        };
        raise.format = None;
        raise.message = Some(message);
        let line = condition.line;
        Ok(vec![StepKind::If {
            branches: vec![(holds, Vec::new())],
            otherwise: vec![Step {
                line,
                kind: StepKind::Raise(raise),
            }],
        }])
    }
}

/// Returns the code that the text `value` names: known now when it is a constant.
fn code(value: Expr) -> Result<RaisedCode> {
    let ExprKind::Constant(Value::Text(text)) = &value.kind else {
        return Ok(RaisedCode::Computed(infer::settled(value)?));
    };
    let state = if is_state(text) {
        (**text).to_owned()
    } else {
        state_of(&WrittenCondition::Named(Name::from(&**text)))?
    };
    Ok(RaisedCode::Is(Code::new(state)))
}

/// Cuts a format at its `%`; `%%` is one of them.
fn pieces(format: &str) -> Vec<String> {
    let mut pieces = vec![String::new()];
    let mut characters = format.chars().peekable();
    while let Some(character) = characters.next() {
        if character == '%' && characters.next_if_eq(&'%').is_none() {
            pieces.push(String::new());
        } else if let Some(last) = pieces.last_mut() {
            last.push(character);
        }
    }
    pieces
}
