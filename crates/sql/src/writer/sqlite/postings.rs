//! Postings: the table of words as the first item of `from`, for a search that needs certain words.
//!
//! A list of candidates is made whole before the first row is read. As the outermost loop the postings of a word give their rows one by one, in the
//! order of the rows' numbers, so that a limit ends the search. Of several words the rarest is gone through, and a row that any of the
//! others does not have is passed over before it is read.

use std::sync::Arc;

use underpin_base::{Name, QualifiedName, Value};

use super::candidates::{Listed, relation_of};
use super::narrowing::{Search, terms};
use super::writer::{Relation, Writer};
use crate::tree::{From, JoinKind, Simple};
use crate::writer::text::Text as _;

/// How far the postings of a word are counted to find out how rare it is.
const COUNTED_MAX: u32 = 2_000;

/// The most words that are looked up; the condition decides about the others.
const WORDS_MAX: usize = 8;

/// The postings of the words that each row of a table must have.
#[derive(Debug)]
pub(super) struct Postings {
    /// Their own alias.
    name: Name,
    /// The table whose rows they are, by alias.
    alias: Name,
    /// The table of words and rows.
    index: String,
    /// The column that is the rows' number.
    row: Option<Name>,
    /// The words, at least one.
    words: Vec<String>,
}

impl Postings {
    /// Tells whether the column `name` of the table is its rows' number. Written as that of the postings, it has their order.
    pub(super) fn is_row_number(&self, name: &Name) -> bool {
        self.row.as_ref() == Some(name)
    }

    /// Tells whether having the words is all that the search asks for.
    pub(super) fn decide(&self, listed: &Listed) -> bool {
        let words = listed.needed.words();
        listed.needed.sufficient
            && words.len() == listed.needed.groups.len()
            && words.iter().all(|word| self.has(word))
    }

    fn has(&self, word: &str) -> bool {
        self.words.iter().any(|known| known == word)
    }

    fn add(&mut self, words: &[&str]) {
        for word in words {
            if self.words.len() < WORDS_MAX && !self.has(word) {
                self.words.push((*word).to_owned());
            }
        }
    }
}

impl Writer {
    /// Decides which tables of `simple` are read by postings, and notes how their columns are written.
    pub(super) fn declare_postings(
        &mut self,
        simple: &Simple,
        narrowing: &[Search],
    ) -> Vec<Arc<Postings>> {
        if self.word_indexes.is_none() {
            return Vec::new();
        }
        let mut all: Vec<Postings> = Vec::new();
        let tables = tables_to_stand_after_others(&simple.from);
        let asked = terms(simple.filter.as_ref()).iter().filter_map(Search::of);
        for search in asked.chain(narrowing.iter().cloned()) {
            if let Some(listed) = self.listed_among(&search, &tables) {
                self.add_postings(&mut all, &listed);
            }
        }
        let all: Vec<Arc<Postings>> = all.into_iter().map(Arc::new).collect();
        for postings in &all {
            let relation = Relation::Listed(Arc::clone(postings));
            self.relations.insert(postings.alias.clone(), relation);
        }
        all
    }

    fn listed_among(&self, search: &Search, tables: &[(&Name, &QualifiedName)]) -> Option<Listed> {
        let relation = relation_of(&search.vector)?;
        let (_, table) = tables.iter().find(|(alias, _)| **alias == relation)?;
        self.listed_in(search, relation, table)
    }

    fn add_postings(&mut self, all: &mut Vec<Postings>, listed: &Listed) {
        let words = listed.needed.words();
        if let Some(postings) = all.iter_mut().find(|it| it.alias == listed.alias) {
            if postings.index == listed.index {
                postings.add(&words);
            }
        } else if !words.is_empty() && !self.relations.contains_key(&listed.alias) {
            let mut postings = Postings {
                // Whoever asks for the plan is told what stands before the mark.
                name: Name::from(format!("{}#{}", listed.index, self.new_name())),
                alias: listed.alias.clone(),
                index: listed.index.clone(),
                row: listed.row.clone(),
                words: Vec::new(),
            };
            postings.add(&words);
            all.push(postings);
        }
    }

    /// Returns the postings that the table of `listed` is read by.
    pub(super) fn postings_of(&self, listed: &Listed) -> Option<&Postings> {
        match self.relations.get(&listed.alias) {
            Some(Relation::Listed(postings)) if postings.index == listed.index => Some(postings),
            _ => None,
        }
    }

    /// Writes the number of the row that the postings are at.
    pub(super) fn row_of_postings(&mut self, postings: &Postings) {
        self.identifier(&postings.name);
        self.push(".\"row\"");
    }

    /// Writes the tables of words, each followed by a comma.
    pub(super) fn posting_items(&mut self, all: &[Arc<Postings>]) {
        for postings in all {
            self.identifier(&postings.index);
            self.push(" AS ");
            self.identifier(&postings.name);
            self.push(", ");
        }
    }

    /// Writes the condition that the row is that of the postings, and that it has every word.
    pub(super) fn posting_condition(&mut self, postings: &Postings) {
        self.row_of_postings(postings);
        self.push(" = ");
        self.identifier(&postings.alias);
        self.push(".rowid AND ");
        self.identifier(&postings.name);
        self.push(".word = ");
        if let [word] = postings.words.as_slice() {
            self.value(&Value::text(word.as_str()));
            return;
        }
        self.push("(SELECT g.value FROM json_each(");
        self.value(&Value::text(serde_json::json!(postings.words).to_string()));
        self.push(") AS g ORDER BY (SELECT count(*) FROM (SELECT 1 FROM ");
        self.identifier(&postings.index);
        self.push(&format!(
            " AS p WHERE p.word = g.value LIMIT {COUNTED_MAX})) LIMIT 1)"
        ));
        for word in &postings.words {
            self.push(" AND EXISTS (SELECT 1 FROM ");
            self.identifier(&postings.index);
            self.push(" AS p WHERE p.word = ");
            self.value(&Value::text(word.as_str()));
            self.push(" AND p.\"row\" = ");
            self.row_of_postings(postings);
            self.push(")");
        }
    }
}

/// Returns the tables that can be looked up when others stand before them in `from`: no outer join makes rows of nulls of them.
fn tables_to_stand_after_others(items: &[From]) -> Vec<(&Name, &QualifiedName)> {
    let mut tables = Vec::new();
    if items.iter().all(|item| add_tables(item, &mut tables)) {
        tables
    } else {
        Vec::new()
    }
}

/// Adds the tables of `item`; tells whether anything may stand before it.
fn add_tables<'f>(item: &'f From, tables: &mut Vec<(&'f Name, &'f QualifiedName)>) -> bool {
    match item {
        From::Table { table, alias } => tables.push((alias, table)),
        From::Join(join) => {
            if matches!(join.kind, JoinKind::Right | JoinKind::Full)
                || !add_tables(&join.left, tables)
            {
                return false;
            }
            if let (JoinKind::Inner | JoinKind::Cross, From::Table { table, alias }) =
                (join.kind, &join.right)
            {
                tables.push((alias, table));
            }
        }
        From::View { .. }
        | From::Cte { .. }
        | From::Subquery { .. }
        | From::Function { .. }
        | From::Call { .. }
        | From::Affected { .. } => {}
    }
    true
}
