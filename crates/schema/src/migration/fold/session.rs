//! What a session sets: the search path counts, the rest means nothing here.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Name, Result};
use underpin_sql::grammar;

use super::Fold;
use super::read::text_of;
use crate::migration::Operation;

impl Fold {
    /// Folds `set`.
    pub(super) fn set(&mut self, node: &ast::Set) -> Result<()> {
        if let Some(ast::SetTarget::SetConfig(config)) = node.set_target()
            && let Some(path) = search_path(
                config.config_parameter_ref().as_ref(),
                config.config_assignment().as_ref(),
            )
        {
            self.path = path;
        }
        self.push(Operation::Nothing);
        Ok(())
    }

    /// Folds a `select` that calls a function for its effect on the session or a sequence; tells whether it was one.
    pub(super) fn select_for_effect(&mut self, node: &ast::Select) -> bool {
        let Some((name, arguments)) = only_call(node) else {
            return false;
        };
        match name.as_str() {
            "set_config" => {
                if let [setting, value, ..] = arguments.as_slice()
                    && literal(setting).is_some_and(|it| it.eq_ignore_ascii_case("search_path"))
                    && let Some(value) = literal(value)
                {
                    self.path = split_path(&value);
                }
            }
            "setval" => {
                if !self.set_value(&arguments) {
                    return false;
                }
            }
            "pg_notify" | "pg_reload_conf" => {}
            _ => return false,
        }
        self.push(Operation::Nothing);
        true
    }
}

/// Returns the search path that a setting sets, when it is that setting.
pub(super) fn search_path(
    parameter: Option<&ast::ConfigParameterRef>,
    assignment: Option<&ast::ConfigAssignment>,
) -> Option<Vec<Name>> {
    if !text_of(parameter?).eq_ignore_ascii_case("search_path") {
        return None;
    }
    let ast::ConfigAssignment::ToConfigValue(to) = assignment? else {
        return None;
    };
    if to.default_token().is_some() {
        return Some(vec![Name::from("public")]);
    }
    let mut path = Vec::new();
    for value in to.config_values() {
        match value {
            ast::ConfigValue::Literal(literal) => {
                // `set search_path = 'a, b'` names one schema, `a, b`; whoever writes it means two.
                path.extend(split_path(&literal.string_value().unwrap_or_default()));
            }
            ast::ConfigValue::ConfigValueName(name) => {
                path.extend(grammar::name(Some(&name)).ok());
            }
            ast::ConfigValue::PrefixExpr(_) => {}
        }
    }
    Some(path)
}

fn split_path(value: &str) -> Vec<Name> {
    value
        .split(',')
        .map(|schema| schema.trim().trim_matches('"'))
        .filter(|schema| !schema.is_empty())
        .map(Name::from)
        .collect()
}

/// Returns the function that a `select` calls and nothing else, and its arguments.
fn only_call(node: &ast::Select) -> Option<(String, Vec<ast::Expr>)> {
    if node.from_clause().is_some() {
        return None;
    }
    let list = node.select_clause()?.target_list()?;
    let mut targets = list.targets();
    let target = targets.next()?;
    if targets.next().is_some() {
        return None;
    }
    let ast::Expr::CallExpr(call) = target.expr()? else {
        return None;
    };
    let called = text_of(&call.expr()?).to_ascii_lowercase();
    let name = called.rsplit('.').next()?.trim().to_owned();
    let arguments = call
        .arg_list()?
        .args()
        .filter_map(|argument| argument.expr())
        .collect();
    Some((name, arguments))
}

/// Returns the text of an expression that is a string literal, perhaps cast.
pub(super) fn literal(node: &ast::Expr) -> Option<String> {
    match node {
        ast::Expr::Literal(literal) => literal.string_value(),
        ast::Expr::CastExpr(cast) => cast
            .syntax()
            .descendants()
            .find_map(ast::Literal::cast)
            .and_then(|literal| literal.string_value()),
        _ => None,
    }
}
