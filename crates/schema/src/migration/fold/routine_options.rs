//! The options of `create function` and `alter function`.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Name, Result};
use underpin_sql::functions::Volatility;
use underpin_sql::grammar;

use super::read::{string, text_of};
use super::refused;
use crate::catalog::Routine;

/// What the options of `create function` say.
pub(super) struct Options {
    /// The language.
    pub(super) language: String,
    /// The body, when it is a string.
    pub(super) body: Option<String>,
    /// The line of the file on which the body's string begins.
    pub(super) body_line: Option<usize>,
    /// `immutable`, `stable`, `volatile`.
    pub(super) volatility: Volatility,
    /// `strict`.
    pub(super) strict: bool,
    /// `rows`.
    pub(super) rows: Option<u64>,
    /// `security definer`.
    pub(super) security_definer: bool,
    /// `set search_path`.
    pub(super) search_path: Option<Vec<Name>>,
}

/// Changes the options of a routine that exists.
pub(super) fn change(routine: &mut Routine, list: &ast::FuncOptionList) -> Result<()> {
    let mut options = Options {
        volatility: routine.volatility,
        strict: routine.strict,
        security_definer: routine.security_definer,
        rows: routine.rows,
        ..Options::default()
    };
    options.read(list)?;
    routine.volatility = options.volatility;
    routine.strict = options.strict;
    routine.security_definer = options.security_definer;
    routine.rows = options.rows;
    if let Some(path) = options.search_path {
        routine.search_path = path;
    }
    Ok(())
}

impl Default for Options {
    fn default() -> Self {
        Self {
            language: "sql".to_owned(),
            body: None,
            body_line: None,
            volatility: Volatility::Volatile,
            strict: false,
            security_definer: false,
            rows: None,
            search_path: None,
        }
    }
}

impl Options {
    /// Reads the options of a new routine.
    pub(super) fn of(list: Option<ast::FuncOptionList>) -> Result<Self> {
        let mut options = Self::default();
        if let Some(list) = list {
            options.read(&list)?;
        }
        Ok(options)
    }

    fn read(&mut self, list: &ast::FuncOptionList) -> Result<()> {
        use ast::FuncOption as Option;
        for option in list.options() {
            match option {
                Option::LanguageFuncOption(node) => {
                    self.language = match (node.language_ref(), node.literal()) {
                        (Some(name), _) => grammar::name(Some(&name))?.to_string(),
                        (None, literal) => string(literal.as_ref())?.to_ascii_lowercase(),
                    };
                }
                Option::AsFuncOption(node) => match node.as_func_target() {
                    Some(ast::AsFuncTarget::AsDefinition(body)) => {
                        self.body = Some(string(body.literal().as_ref())?);
                        self.body_line = Some(grammar::line(body.syntax()));
                    }
                    _ => {
                        return Err(refused(
                            "functions of a shared library are not supported",
                            "Write the function in `language sql`.",
                        ));
                    }
                },
                Option::VolatilityFuncOption(ast::VolatilityFuncOption::Immutable(_)) => {
                    self.volatility = Volatility::Immutable;
                }
                Option::VolatilityFuncOption(ast::VolatilityFuncOption::Stable(_)) => {
                    self.volatility = Volatility::Stable;
                }
                Option::VolatilityFuncOption(ast::VolatilityFuncOption::Volatile(_)) => {
                    self.volatility = Volatility::Volatile;
                }
                Option::StrictFuncOption(_) | Option::ReturnsNullOnNullInputFuncOption(_) => {
                    self.strict = true;
                }
                Option::CalledOnNullInputFuncOption(_) => self.strict = false,
                Option::SecurityDefinerFuncOption(_) => self.security_definer = true,
                Option::SecurityInvokerFuncOption(_) => self.security_definer = false,
                Option::SetFuncOption(node) => {
                    let set = node.set_config_param();
                    if let Some(path) = set.and_then(|set| {
                        super::session::search_path(
                            set.config_parameter_ref().as_ref(),
                            set.config_assignment().as_ref(),
                        )
                    }) {
                        self.search_path = Some(path);
                    }
                }
                Option::RowsFuncOption(node) => {
                    self.rows = node
                        .literal()
                        .and_then(|literal| text_of(&literal).parse().ok());
                }
                Option::WindowFuncOption(_) => {
                    return Err(refused(
                        "window functions of your own are not supported",
                        "Use PostgreSQL's window functions.",
                    ));
                }
                // Costs, parallel safety and the like mean nothing here.
                _ => {}
            }
        }
        Ok(())
    }
}

/// Returns the text of a body that is written as SQL, not as a string.
pub(super) fn body_text(body: &ast::RoutineBody) -> String {
    match body {
        ast::RoutineBody::ReturnStmt(node) => node
            .expr()
            .map(|expr| format!("select {}", text_of(&expr)))
            .unwrap_or_default(),
        ast::RoutineBody::AtomicBody(node) => node
            .routine_body_stmts()
            .map(|statement| match statement {
                ast::RoutineBodyStmt::ReturnStmt(node) => node
                    .expr()
                    .map(|expr| format!("select {}", text_of(&expr)))
                    .unwrap_or_default(),
                ast::RoutineBodyStmt::Stmt(node) => node
                    .syntax()
                    .text()
                    .to_string()
                    .trim()
                    .trim_end_matches(';')
                    .to_owned(),
            })
            .collect::<Vec<_>>()
            .join(";\n"),
    }
}
