//! How far a copy has come: what the target keeps until it is done.

use std::collections::BTreeMap;

use underpin_base::QualifiedName;

/// What is done with a table, each time over all of its rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// Its rows are written.
    Rows,
    /// Its rows get what they refer to, which came after them.
    Links,
}

impl Step {
    /// Returns the word that is kept.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Rows => "rows",
            Self::Links => "links",
        }
    }

    /// Returns the step of a word that was kept.
    pub(crate) fn read(word: &str) -> Option<Self> {
        [Self::Rows, Self::Links]
            .into_iter()
            .find(|step| step.as_str() == word)
    }
}

/// How far a step has come.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Progress {
    /// How many rows are done.
    pub(crate) rows: u64,
    /// The place of the last one, as [`super::Scan::write_position`] prints it.
    pub(crate) position: Option<String>,
    /// Whether there are no more.
    pub(crate) done: bool,
}

/// What the target remembers of a copy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Remembered {
    /// Where the rows come from.
    pub(crate) source: String,
    /// Whether the tables were emptied; what they hold is the copy's own from then on.
    pub(crate) begun: bool,
    /// How far each step has come; the table is `schema.name`.
    pub(crate) steps: BTreeMap<(String, Step), Progress>,
}

impl Remembered {
    /// Returns how far a step has come.
    pub(crate) fn progress(&self, table: &QualifiedName, step: Step) -> Progress {
        let found = self.steps.get(&(table.to_string(), step));
        found.cloned().unwrap_or_default()
    }
}
