//! [`Text`]: how every dialect's text grows; what a dialect says in its own way is its writer's.

use underpin_base::{Code, Error, Result};

use super::quote_identifier;
use crate::tree::Expr;

/// How deep a tree may be; SQLite's own limit on expressions is 1,000.
const DEPTH_MAX: usize = 200;

/// A writer's text as it grows.
pub(super) trait Text: Sized {
    /// Returns the text.
    fn sql(&mut self) -> &mut String;

    /// Returns how deep within the tree the writer is.
    fn depth(&mut self) -> &mut usize;

    /// Writes an expression as a term that needs no further brackets.
    fn term(&mut self, expr: &Expr) -> Result<()>;

    /// Appends SQL of our own.
    fn push(&mut self, sql: &str) {
        self.sql().push_str(sql);
    }

    /// Appends a quoted name.
    fn identifier(&mut self, name: &str) {
        quote_identifier(self.sql(), name);
    }

    /// Runs `write` one level deeper.
    ///
    /// # Errors
    /// `54001` when that is too deep.
    fn nested<T>(&mut self, write: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        if *self.depth() >= DEPTH_MAX {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                format!("expression is nested more than {DEPTH_MAX} levels deep"),
            ));
        }
        *self.depth() += 1;
        let result = write(self);
        *self.depth() -= 1;
        result
    }

    /// Writes `items` with `write`, separated by commas.
    fn list<T>(
        &mut self,
        items: impl IntoIterator<Item = T>,
        mut write: impl FnMut(&mut Self, T) -> Result<()>,
    ) -> Result<()> {
        for (index, item) in items.into_iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            write(self, item)?;
        }
        Ok(())
    }

    /// Writes `before`, the expression, `after`.
    fn around(&mut self, before: &str, expr: &Expr, after: &str) -> Result<()> {
        self.push(before);
        self.term(expr)?;
        self.push(after);
        Ok(())
    }

    /// Writes `terms` in brackets with `separator` between them; `none` when there are none.
    fn terms(&mut self, terms: &[Expr], separator: &str, none: &str) -> Result<()> {
        if terms.is_empty() {
            self.push(none);
            return Ok(());
        }
        self.push("(");
        for (index, term) in terms.iter().enumerate() {
            if index > 0 {
                self.push(separator);
            }
            self.term(term)?;
        }
        self.push(")");
        Ok(())
    }
}

/// Returns the test of a truth value and the bracket that ends it, where nothing is called unknown.
pub(super) fn truth_test(truth: Option<bool>, negated: bool) -> &'static str {
    match (truth, negated) {
        (Some(true), false) => " IS TRUE)",
        (Some(true), true) => " IS NOT TRUE)",
        (Some(false), false) => " IS FALSE)",
        (Some(false), true) => " IS NOT FALSE)",
        (None, false) => " IS NULL)",
        (None, true) => " IS NOT NULL)",
    }
}

/// The words of a frame clause.
const FRAME_WORDS: &[&str] = &[
    "rows",
    "range",
    "groups",
    "between",
    "unbounded",
    "preceding",
    "and",
    "current",
    "row",
    "following",
    "exclude",
    "no",
    "others",
    "group",
    "ties",
];

/// Tells whether a frame clause, which is text, has nothing but a frame's words and numbers.
pub(super) fn is_frame(frame: &str) -> bool {
    let is_known = |word: &str| {
        FRAME_WORDS.contains(&word.to_ascii_lowercase().as_str())
            || word.bytes().all(|byte| byte.is_ascii_digit())
    };
    frame.split_whitespace().all(is_known)
}
