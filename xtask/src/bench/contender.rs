//! [`Contender`]: a running server and how each [`Scenario`] is asked of it.

use std::fs;
use std::time::Duration;

use super::processor;
use crate::error::{Context, Error, Result};
use crate::program::Running;

/// What is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Scenario {
    /// One item by its id.
    One,
    /// Twenty items of a category.
    List,
    /// The same with the exact number of all.
    Count,
    /// Twenty of all items with the exact number of all.
    Total,
    /// The same as the list with the owner of each.
    Embed,
    /// Twenty people with twenty documents of each.
    Children,
    /// Twenty of a thousand documents that hold a word.
    Search,
    /// One new item.
    Insert,
    /// Nine times one item, once a new item.
    Mixed,
}

impl Scenario {
    /// Returns every scenario, reads first so that all contenders read the same rows.
    pub(super) fn all() -> [Self; 9] {
        [
            Self::One,
            Self::List,
            Self::Count,
            Self::Total,
            Self::Embed,
            Self::Children,
            Self::Search,
            Self::Insert,
            Self::Mixed,
        ]
    }

    /// Returns its name in the table.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::One => "read one",
            Self::List => "list 20",
            Self::Count => "list 20, exact count",
            Self::Total => "list 20 of 100,000, exact count",
            Self::Embed => "list 20, embed",
            Self::Children => "20 parents with 20 children each",
            Self::Search => "search, 20 of 1,000",
            Self::Insert => "insert",
            Self::Mixed => "mixed 90/10",
        }
    }
}

/// A running server.
pub(super) struct Contender {
    /// Its process.
    pub(super) running: Running,
    /// The process of the database's server, when it has one beside it.
    pub(super) database: Option<u32>,
    /// Its port on this machine.
    pub(super) port: u16,
    /// From its start until it answered, on a database that was there.
    pub(super) ready: Duration,
    /// Headers of every request, as `name: value`.
    pub(super) headers: Vec<(&'static str, String)>,
    /// The path of one item; `%d` stands for its number.
    pub(super) one: &'static str,
    /// The paths of the three lists; `%d` stands for the category.
    pub(super) list: &'static str,
    pub(super) count: &'static str,
    pub(super) embed: &'static str,
    /// The path of twenty of all items, counted.
    pub(super) total: &'static str,
    /// The paths of people with their documents, and of documents with the word `%d`, where there is such a thing.
    pub(super) children: Option<&'static str>,
    pub(super) search: Option<&'static str>,
    /// A header that only the counted lists need.
    pub(super) count_header: Option<(&'static str, &'static str)>,
    /// Where items are made, and the members that name their owner.
    pub(super) insert: &'static str,
    pub(super) owner: &'static str,
}

impl Contender {
    /// Tells whether `scenario` can be asked of it.
    pub(super) fn knows(&self, scenario: Scenario) -> bool {
        match scenario {
            Scenario::Children => self.children.is_some(),
            Scenario::Search => self.search.is_some(),
            _ => true,
        }
    }

    /// Returns the processor time that it has used, in microseconds: its own, and that of the database's server beside it.
    pub(super) fn processor_us(&self) -> Result<(u64, u64)> {
        let own = processor::of(self.running.id())?;
        let database = self.database.map(processor::of_family).transpose()?;
        Ok((own, database.unwrap_or_default()))
    }

    /// Returns its resident memory in kibibytes.
    pub(super) fn resident_kib(&self) -> Result<u64> {
        let text = fs::read_to_string(format!("/proc/{}/status", self.running.id()))
            .context("read /proc")?;
        text.lines()
            .find_map(|line| line.strip_prefix("VmRSS:"))
            .and_then(|rest| rest.split_whitespace().next()?.parse().ok())
            .ok_or_else(|| Error::new("/proc has no resident memory"))
    }
}
