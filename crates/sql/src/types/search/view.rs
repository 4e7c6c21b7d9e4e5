//! [`View`]: a canonical `tsvector` as it is kept, read without a copy of its words.

use std::borrow::Cow;

use super::vector::{Position, Vector};

/// The words of a vector in order, each with the text of its positions.
pub(super) struct View<'a> {
    pub(super) entries: Vec<Entry<'a>>,
}

/// A word with its positions, which are read when they are asked for.
pub(super) struct Entry<'a> {
    pub(super) word: Cow<'a, str>,
    positions: &'a str,
}

impl<'a> View<'a> {
    /// Reads canonical text. What is not canonical ends the vector.
    pub(super) fn new(canonical: &'a str) -> Self {
        let mut entries = Vec::with_capacity(canonical.len() / 10);
        let mut rest = canonical;
        while let Some((entry, after)) = entry(rest) {
            entries.push(entry);
            rest = after;
        }
        Self { entries }
    }

    /// Returns the word `word`.
    pub(super) fn find(&self, word: &str) -> Option<&Entry<'a>> {
        let index = self
            .entries
            .binary_search_by(|entry| (*entry.word).cmp(word))
            .ok()?;
        self.entries.get(index)
    }

    /// Returns the words that begin with `prefix`.
    pub(super) fn starting<'s>(&'s self, prefix: &'s str) -> impl Iterator<Item = &'s Entry<'a>> {
        let first = self.entries.partition_point(|entry| &*entry.word < prefix);
        self.entries
            .get(first..)
            .unwrap_or_default()
            .iter()
            .take_while(move |entry| entry.word.starts_with(prefix))
    }
}

impl Entry<'_> {
    /// Tells whether positions are known.
    pub(super) fn has_positions(&self) -> bool {
        !self.positions.is_empty()
    }

    /// Returns the positions in order.
    pub(super) fn positions(&self) -> impl Iterator<Item = Position> {
        self.positions
            .split(',')
            .filter(|position| !position.is_empty())
            .map(read_position)
    }
}

fn read_position(text: &str) -> Position {
    let (digits, weight) = match text.as_bytes().last() {
        Some(b'A') => (text.trim_end_matches('A'), 3),
        Some(b'B') => (text.trim_end_matches('B'), 2),
        Some(b'C') => (text.trim_end_matches('C'), 1),
        _ => (text, 0),
    };
    Position::new(digits.parse().unwrap_or(1), weight)
}

fn entry(text: &str) -> Option<(Entry<'_>, &str)> {
    let text = text.strip_prefix(' ').unwrap_or(text).strip_prefix('\'')?;
    let bytes = text.as_bytes();
    let mut end = 0;
    let mut escaped = false;
    loop {
        end += bytes
            .get(end..)?
            .iter()
            .position(|it| matches!(it, b'\'' | b'\\'))?;
        // Both are doubled within a word.
        if bytes.get(end) != bytes.get(end + 1) {
            break;
        }
        escaped = true;
        end += 2;
    }
    let quoted = text.get(..end)?;
    let word = if escaped {
        Cow::Owned(quoted.replace("''", "'").replace("\\\\", "\\"))
    } else {
        Cow::Borrowed(quoted)
    };
    let after = text.get(end + 1..)?;
    let (positions, rest) = match after.strip_prefix(':') {
        Some(after) => after.split_at(after.find(' ').unwrap_or(after.len())),
        None => ("", after),
    };
    Some((Entry { word, positions }, rest))
}

impl Vector {
    /// Returns the words of a canonical vector, in order.
    pub fn words_of(canonical: &str) -> Vec<String> {
        let view = View::new(canonical);
        view.entries
            .into_iter()
            .map(|entry| entry.word.into_owned())
            .collect()
    }
}
