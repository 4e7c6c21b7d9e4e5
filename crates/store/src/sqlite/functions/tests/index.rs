//! What is written finds its index: the plan of SQLite for queries over a table whose columns have collations and indexes.

use std::sync::Arc;

use underpin_sql::grammar::{self, Scope};
use underpin_sql::writer::{Bind, sqlite};

use super::super::arguments::Output;
use super::things::{Things, things, words};

/// Checks the plan of `select id from things …`, one step per line.
#[track_caller]
fn check(query: &str, expected: &str) {
    let connection = things();
    let parsed = grammar::parse(&format!("select id from things {query}")).unwrap();
    let statement = grammar::statement(&parsed[0].statement, &Scope::default(), &Things).unwrap();
    let rendered = sqlite::statement_indexed(&statement, &Arc::new(words())).unwrap();
    let mut explained = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {}", rendered.sql))
        .unwrap();
    for (index, bind) in rendered.binds.iter().enumerate() {
        if let Bind::Value(value) = bind {
            explained
                .raw_bind_parameter(index + 1, Output(value.clone()))
                .unwrap();
        }
    }
    let mut rows = explained.raw_query();
    let mut plan = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        plan.push(row.get::<_, String>(3).unwrap());
    }
    assert_eq!(plan.join("\n"), expected, "{}", rendered.sql);
}

#[test]
fn an_equal_value_is_searched_for() {
    check(
        "where id = 1",
        "SEARCH things USING INTEGER PRIMARY KEY (rowid=?)",
    );
    check(
        "where name = 'a'",
        "SEARCH things USING COVERING INDEX by_name (name=?)",
    );
    check(
        "where price = 1.50",
        "SEARCH things USING COVERING INDEX by_price (price=?)",
    );
    check(
        "where email = 'A@b.c'",
        "SEARCH things USING COVERING INDEX by_email (email=?)",
    );
    check(
        "where score = 1",
        "SEARCH things USING COVERING INDEX by_score (score=?)",
    );
    check(
        "where owner = '00000000-0000-0000-0000-000000000000'",
        "SEARCH things USING COVERING INDEX by_owner (owner=?)",
    );
}

#[test]
fn a_range_is_searched_for() {
    check(
        "where price > 10",
        "SEARCH things USING COVERING INDEX by_price (price>?)",
    );
    check(
        "where name between 'a' and 'b'",
        "SEARCH things USING COVERING INDEX by_name (name>? AND name<?)",
    );
    check(
        "where name like 'abc%'",
        "SEARCH things USING COVERING INDEX by_name (name>? AND name<?)",
    );
}

#[test]
fn a_list_is_searched_for() {
    check(
        "where price in (1, 2)",
        "SEARCH things USING COVERING INDEX by_price (price=?)",
    );
    let nine = "SEARCH things USING COVERING INDEX by_price (price=?)\n\
                LIST SUBQUERY 1\n\
                SCAN json_each VIRTUAL TABLE INDEX 1:";
    check("where price in (1, 2, 3, 4, 5, 6, 7, 8, 9)", nine);
    check(
        "where id in (1, 2, 3, 4, 5, 6, 7, 8, 9)",
        "SEARCH things USING INTEGER PRIMARY KEY (rowid=?)\n\
         LIST SUBQUERY 1\n\
         SCAN json_each VIRTUAL TABLE INDEX 1:",
    );
    check(
        "where name = any(array['a', 'b'])",
        "SEARCH things USING COVERING INDEX by_name (name=?)\n\
         LIST SUBQUERY 1\n\
         SCAN json_tree VIRTUAL TABLE INDEX 1:",
    );
}

#[test]
fn an_order_is_read_from_the_index() {
    // Nulls come last in PostgreSQL's ascending order and first in SQLite's index; SQLite reads such an index in two passes.
    check(
        "order by price limit 5",
        "SCAN things USING COVERING INDEX by_price",
    );
    check(
        "order by price desc limit 5",
        "SCAN things USING COVERING INDEX by_price",
    );
    check(
        "order by name nulls first limit 5",
        "SCAN things USING COVERING INDEX by_name",
    );
    check(
        "where owner = '00000000-0000-0000-0000-000000000000' order by created desc limit 5",
        "SEARCH things USING COVERING INDEX by_owner (owner=?)",
    );
    check("order by id limit 5", "SCAN things");
}

#[test]
fn an_indexed_expression_is_found() {
    check(
        "where lower(name) = 'a'",
        "SEARCH things USING COVERING INDEX by_lower (<expr>=?)",
    );
}

#[test]
fn a_partial_index_is_found() {
    check(
        "where active = true and created > '2024-01-01'",
        "SEARCH things USING COVERING INDEX active (created>?)",
    );
}

/// The rows of a word come in the order of their numbers, as many as are asked for.
#[test]
fn a_needed_word_is_gone_through() {
    const ONE: &str = "SEARCH found#underpin 2 USING PRIMARY KEY (word=?)\n\
                       SEARCH things USING INTEGER PRIMARY KEY (rowid=?)";
    const SORTED: &str = "\nUSE TEMP B-TREE FOR ORDER BY";
    check("where words @@ 'a'", ONE);
    check("where words @@ 'a' and active limit 20", ONE);
    check("where words @@ 'a' order by id limit 20", ONE);
    check("where words @@ 'a' order by id desc limit 20", ONE);
    check(
        "where words @@ 'a' order by name limit 20",
        &format!("{ONE}{SORTED}"),
    );
    check(
        "where words @@ 'a' and id = 7",
        "SEARCH things USING INTEGER PRIMARY KEY (rowid=?)\n\
         SEARCH found#underpin 2 USING PRIMARY KEY (word=? AND row=?)",
    );
    check(
        "where words @@ 'a' and id > 7 order by id limit 20",
        "SEARCH found#underpin 2 USING PRIMARY KEY (word=? AND row>?)\n\
         SEARCH things USING INTEGER PRIMARY KEY (rowid=?)",
    );
}

/// The rarest of several words is gone through, and the others are looked up for each of its rows before the row is read.
#[test]
fn several_words_meet_before_the_row_is_read() {
    check(
        "where words @@ 'a & b' order by id limit 20",
        "SEARCH found#underpin 2 USING PRIMARY KEY (word=?)\n\
         SCALAR SUBQUERY 3\n\
         SCAN g VIRTUAL TABLE INDEX 1:\n\
         CORRELATED SCALAR SUBQUERY 2\n\
         CO-ROUTINE (subquery-1)\n\
         SEARCH p USING PRIMARY KEY (word=?)\n\
         SCAN (subquery-1)\n\
         USE TEMP B-TREE FOR ORDER BY\n\
         SEARCH p EXISTS USING PRIMARY KEY (word=? AND row=?)\n\
         SEARCH p EXISTS USING PRIMARY KEY (word=? AND row=?)\n\
         SEARCH things USING INTEGER PRIMARY KEY (rowid=?)",
    );
}
