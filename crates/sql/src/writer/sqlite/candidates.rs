//! Indexes of words: rows that a condition `vector @@ query` may be true of are found by the words that they must have.
//!
//! SQLite has no index of PostgreSQL's kind `gin`. The schema keeps a table of words and rows in its place, which [`WordIndexes`] tells the
//! writer of; the writer adds the condition that a row is listed there, and the condition itself still decides unless its words are all that
//! it asks for. [`super::postings`] goes through the rows of a word where that can be done.

use std::collections::HashMap;
use std::sync::Arc;

use underpin_base::{Name, QualifiedName, Result, Value};

use super::narrowing::Search;
use super::postings::Postings;
use super::writer::Writer;
use crate::functions::Function;
use crate::tree::{Expr, ExprKind};
use crate::types::Type;
use crate::types::search::{
    Configuration, DEFAULT_CONFIGURATION, Needed, Query, phrase_to_query, plain_to_query, to_query,
    web_to_query,
};
use crate::writer::text::Text as _;

/// An index of the words of a `tsvector`.
#[derive(Clone, Debug)]
pub struct WordIndex {
    /// The name of its table in the file, which has the columns `word` and `row`.
    pub name: String,
    /// The column of the indexed table that is its rows' number, if there is one.
    pub row: Option<Name>,
    /// The vector.
    pub key: Expr,
}

/// The indexes of words of a database.
#[derive(Clone, Debug, Default)]
pub struct WordIndexes {
    by_table: HashMap<QualifiedName, Vec<WordIndex>>,
}

impl WordIndexes {
    /// Adds an index of `table`.
    pub fn add(&mut self, table: &QualifiedName, index: WordIndex) {
        let index = WordIndex {
            key: without_relation(index.key),
            ..index
        };
        self.by_table.entry(table.clone()).or_default().push(index);
    }

    /// Returns the names of the indexes' tables.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.by_table.values().flatten().map(|index| &*index.name)
    }

    fn find(&self, table: &QualifiedName, key: &Expr) -> Option<&WordIndex> {
        let indexes = self.by_table.get(table)?;
        indexes.iter().find(|index| index.key == *key)
    }
}

/// Returns `expr` with its columns of no relation in particular, so that two can be compared.
fn without_relation(expr: Expr) -> Expr {
    expr.map(&mut |mut part| {
        if let ExprKind::Column { relation, .. } = &mut part.kind {
            *relation = Name::from("");
        }
        part
    })
}

/// Returns the one relation whose columns a vector is made of; nothing when there are several.
pub(super) fn relation_of(vector: &Expr) -> Option<Name> {
    let mut relations: Vec<Name> = Vec::new();
    vector.any_part(&mut |part| {
        if let ExprKind::Column { relation, .. } = &part.kind
            && !relations.contains(relation)
        {
            relations.push(relation.clone());
        }
        false
    });
    match relations.as_slice() {
        [relation] => Some(relation.clone()),
        _ => None,
    }
}

/// Where the rows that a search may find are listed.
pub(super) struct Listed {
    /// The relation whose rows they are.
    pub(super) alias: Name,
    /// The table of words and rows.
    pub(super) index: String,
    /// The words.
    pub(super) needed: Needed,
    /// The column that is the rows' number.
    pub(super) row: Option<Name>,
}

impl Writer {
    /// Writes the condition of a `where`. What stands in it where only truth counts may be narrowed by an index.
    pub(super) fn condition(&mut self, expr: &Expr) -> Result<()> {
        if self.word_indexes.is_none() {
            return self.expression(expr);
        }
        match &expr.kind {
            ExprKind::And(terms) if !terms.is_empty() => self.conditions(terms, " AND "),
            ExprKind::Or(terms) if !terms.is_empty() => self.conditions(terms, " OR "),
            _ => match Search::of(expr).and_then(|search| self.listed(&search)) {
                Some(listed)
                    if self
                        .postings_of(&listed)
                        .is_some_and(|it| it.decide(&listed)) =>
                {
                    self.push("1");
                    Ok(())
                }
                Some(listed) if self.postings_of(&listed).is_some() => self.expression(expr),
                Some(listed) if listed.needed.sufficient && listed.needed.groups.len() == 1 => {
                    self.candidates(&listed);
                    Ok(())
                }
                Some(listed) => {
                    self.push("(");
                    self.candidates(&listed);
                    self.around(" AND ", expr, ")")
                }
                None => self.expression(expr),
            },
        }
    }

    /// Writes ` WHERE …` with the condition `filter`, and what narrows the rows besides.
    pub(super) fn filter_narrowed(
        &mut self,
        filter: Option<&Expr>,
        narrowing: &[Search],
        postings: &[Arc<Postings>],
    ) -> Result<()> {
        let mut opening = " WHERE ";
        for postings in postings {
            self.push(opening);
            self.posting_condition(postings);
            opening = " AND ";
        }
        for search in narrowing {
            if let Some(listed) = self.listed(search)
                && self.postings_of(&listed).is_none()
            {
                self.push(opening);
                self.candidates(&listed);
                opening = " AND ";
            }
        }
        match filter {
            Some(filter) => {
                self.push(opening);
                self.condition(filter)
            }
            None => Ok(()),
        }
    }

    fn conditions(&mut self, terms: &[Expr], separator: &str) -> Result<()> {
        self.nested(|writer| {
            writer.push("(");
            for (index, term) in terms.iter().enumerate() {
                if index > 0 {
                    writer.push(separator);
                }
                writer.condition(term)?;
            }
            writer.push(")");
            Ok(())
        })
    }

    /// Returns how the rows that a search may find are listed, if they are.
    fn listed(&self, search: &Search) -> Option<Listed> {
        let alias = relation_of(&search.vector)?;
        let table = self.tables.get(&alias)?;
        self.listed_in(search, alias, table)
    }

    /// Returns how the rows that a search of the table `table` may find are listed, if they are.
    pub(super) fn listed_in(
        &self,
        search: &Search,
        alias: Name,
        table: &QualifiedName,
    ) -> Option<Listed> {
        let indexes = self.word_indexes.as_deref()?;
        let index = indexes.find(table, &without_relation(search.vector.clone()))?;
        Some(Listed {
            index: index.name.clone(),
            needed: constant_query(&search.query)?.needed()?,
            alias,
            row: index.row.clone(),
        })
    }

    /// Writes the condition that the row is listed under one word of the rarest group. How rare a group is is found out when the
    /// statement runs, by counting no further than to two thousand.
    fn candidates(&mut self, listed: &Listed) {
        let Listed {
            alias,
            index,
            needed,
            ..
        } = listed;
        let groups: Vec<serde_json::Value> = needed.groups.iter().map(|it| ranges(it)).collect();
        self.identifier(alias);
        self.push(".rowid IN (SELECT p.\"row\" FROM json_each(");
        match groups.as_slice() {
            [only] => self.value(&Value::text(only.to_string())),
            _ => {
                self.push("(SELECT g.value FROM json_each(");
                self.value(&Value::text(serde_json::json!(groups).to_string()));
                self.push(
                    ") AS g ORDER BY (SELECT count(*) FROM (SELECT 1 FROM json_each(g.value)",
                );
                self.postings(index);
                self.push(" LIMIT 2000)) LIMIT 1)");
            }
        }
        self.push(")");
        self.postings(index);
        self.push(")");
    }

    /// Writes the rows of the words within the ranges of `json_each` before it.
    fn postings(&mut self, index: &str) {
        self.push(" AS w CROSS JOIN ");
        self.identifier(index);
        self.push(" AS p WHERE p.word >= w.value ->> 0 AND p.word < w.value ->> 1");
    }
}

fn ranges(group: &[crate::types::search::WordRange]) -> serde_json::Value {
    group
        .iter()
        .map(|range| serde_json::json!([range.first, range.end]))
        .collect()
}

/// Returns the query that `expr` is, when that is known before anything is read.
fn constant_query(expr: &Expr) -> Option<Query> {
    match &expr.kind {
        ExprKind::Constant(Value::Text(text)) if expr.ty == Type::TsQuery => Query::read(text).ok(),
        ExprKind::Function(function, arguments) => called(*function, arguments),
        _ => None,
    }
}

fn called(function: Function, arguments: &[Expr]) -> Option<Query> {
    let constants = arguments
        .iter()
        .map(|argument| match &argument.kind {
            ExprKind::Constant(Value::Text(text)) => Some(&**text),
            _ => None,
        })
        .collect::<Option<Vec<&str>>>()?;
    let (configuration, text) = match constants.as_slice() {
        [text] => (DEFAULT_CONFIGURATION, *text),
        [configuration, text] => (*configuration, *text),
        _ => return None,
    };
    let configuration = Configuration::named(configuration).ok()?;
    let read = match function.definition().name {
        "to_tsquery" => to_query,
        "plainto_tsquery" => plain_to_query,
        "phraseto_tsquery" => phrase_to_query,
        "websearch_to_tsquery" => web_to_query,
        _ => return None,
    };
    read(configuration, text).ok()
}
