//! The grammar of the query string's values: pure readers over a [`Cursor`], one file per kind of text.
//!
//! Invariant: every reader is linear in its text, and every recursion counts its depth against [`Limits`] before it goes deeper.
//! Errors have PostgREST's words: what was unexpected, where, and what was expected.

mod cursor;
mod name;
mod operation;
mod order;
mod select;
mod tree;

pub(super) use cursor::{Cursor, Failure, Parse};
pub(super) use name::{
    Word, field, field_name, is_key_character, is_name_character, json_path, names,
};
pub(super) use operation::{Place, operation};
pub(super) use order::order;
pub(super) use select::select;
pub(super) use tree::group;

use underpin_base::Limits;

/// What a request has used up of its limits so far; shared by all its parameters.
#[derive(Debug)]
pub(super) struct Budget<'a> {
    /// The limits.
    pub(super) limits: &'a Limits,
    conditions: usize,
    items: usize,
    embeds: usize,
}

impl<'a> Budget<'a> {
    /// Returns a budget of which nothing is used.
    pub(super) fn new(limits: &'a Limits) -> Self {
        Self {
            limits,
            conditions: 0,
            items: 0,
            embeds: 0,
        }
    }

    /// Counts a condition of a filter.
    pub(super) fn condition(&mut self) -> Parse<()> {
        self.conditions += 1;
        within(
            self.conditions,
            self.limits.filter_conditions_max,
            "conditions",
            "filter_conditions_max",
        )
    }

    /// Takes back the last condition: it was none.
    pub(super) fn no_condition(&mut self) {
        self.conditions -= 1;
    }

    /// Counts an item of a `select`.
    pub(super) fn item(&mut self) -> Parse<()> {
        self.items += 1;
        within(
            self.items,
            self.limits.select_items_max,
            "items in select",
            "select_items_max",
        )
    }

    /// Counts an embed at `depth`, 1 for one in the outermost `select`.
    pub(super) fn embed(&mut self, depth: usize) -> Parse<()> {
        self.embeds += 1;
        within(self.embeds, self.limits.embeds_max, "embeds", "embeds_max")?;
        within(
            depth,
            self.limits.embed_depth_max,
            "levels of embeds",
            "embed_depth_max",
        )
    }
}

/// Refuses `count` things when the limit `setting` allows fewer.
pub(super) fn within(count: usize, max: usize, things: &str, setting: &'static str) -> Parse<()> {
    if count <= max {
        return Ok(());
    }
    Err(Failure::limit(
        format!("the request has {count} {things}, the limit is {max}"),
        setting,
    ))
}

#[cfg(test)]
mod tests;
