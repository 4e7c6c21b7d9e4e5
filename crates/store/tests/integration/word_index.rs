//! Indexes of words: whatever happens to a table, its index lists the words of its rows and nothing else.

use std::time::Duration;

use underpin_base::{Code, Identity, QualifiedName, Value};
use underpin_query::plan::{Action, Cell, Change, InsertRows, Plan, Write};
use underpin_sql::tree::Expr;
use underpin_sql::types::Type;
use underpin_store::{ChangeLog, SqliteSettings};

use super::Shop;

/// The rows have numbers of SQLite's own, since the key is no integer.
const NOTES: &str = "
    create table notes (
      id text primary key,
      body text,
      words tsvector generated always as (to_tsvector('english', coalesce(body, ''))) stored
    );
    create index words_idx on notes using gin (words);
    create index body_idx on notes using gin (to_tsvector('simple', body));";

/// Checks both indexes against what the rows hold.
#[track_caller]
fn is_exact(shop: &Shop) {
    for (index, vector) in [
        ("words_idx", "words"),
        ("body_idx", "pg_to_tsvector('simple', body)"),
    ] {
        let listed = format!("select word, \"row\" from {index}");
        let held = format!(
            "select value, number from (select rowid as number, underpin_words({vector}) as list from notes), json_each(list)"
        );
        for (left, right) in [(&listed, &held), (&held, &listed)] {
            let missing = shop
                .shell(&format!("select * from ({left} except {right})"))
                .unwrap();
            assert_eq!(missing, Vec::<Vec<Value>>::new(), "{index}");
        }
    }
}

/// Returns how many rows the index `words_idx` has for `word`.
fn listed(shop: &Shop, word: &str) -> Value {
    shop.value(&format!(
        "select count(*) from words_idx where word = '{word}'"
    ))
}

#[test]
fn random_writes_keep_it() {
    let shop = Shop::new();
    shop.migrate(&[NOTES]).unwrap();
    let mut seed = 7u64;
    let mut random = |below: u64| {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) % below
    };
    for _ in 0..300 {
        let (id, first, second) = (random(20), random(9), random(9));
        let body = match random(5) {
            0 => "null".to_owned(),
            _ => format!("'Words{first} and words{second}'"),
        };
        let sql = match random(5) {
            0 => format!("delete from notes where id = 'n{id}'"),
            1 => format!("update notes set body = {body} where id = 'n{id}'"),
            2 => format!("update notes set id = 'm{id}' where id = 'n{id}'"),
            3 => format!(
                "insert into notes (id, body) values ('n{id}', {body}) on conflict (id) do update set body = excluded.body"
            ),
            _ => format!(
                "insert into notes (id, body) values ('n{id}', {body}) on conflict do nothing"
            ),
        };
        // An id that is taken fails, and must leave nothing behind.
        shop.shell(&sql).ok();
    }
    is_exact(&shop);
    assert_eq!(shop.value("select count(*) > 3 from notes"), Value::Int(1));
}

#[test]
fn a_copy_has_it_too() {
    let shop = Shop::new();
    shop.migrate(&[NOTES]).unwrap();
    shop.shell(
        "insert into notes (id, body) select 'n' || value, 'note ' || value from json_each('[1,2,3,4,5,6,7,8]')",
    )
    .unwrap();
    // The numbers of the rows have gaps, which a copy must keep.
    shop.shell("delete from notes where id in ('n1', 'n2', 'n5')")
        .unwrap();
    let copy = shop.folder.path().join("copy.db");
    shop.runtime.block_on(shop.store.backup(&copy)).unwrap();
    shop.shell("delete from notes").unwrap();
    shop.runtime.block_on(shop.store.restore(&copy)).unwrap();
    is_exact(&shop);
    assert_eq!(listed(&shop, "note"), Value::Int(5));
    shop.shell("insert into notes (id, body) values ('n9', 'note 9')")
        .unwrap();
    is_exact(&shop);
}

#[test]
fn migrations_and_resets_keep_it() {
    let shop = Shop::new();
    let fill = "insert into notes (id, body) values ('a', 'cats'), ('b', 'dogs');";
    // Filled before the index is made, and rebuilt afterwards.
    let late = "
        create table notes (id text primary key, body text, words tsvector generated always as (to_tsvector('english', coalesce(body, ''))) stored);
        insert into notes (id, body) values ('z', 'rats');
        create index words_idx on notes using gin (words);
        create index body_idx on notes using gin (to_tsvector('simple', body));";
    let rebuilt = "delete from notes where id = 'z'; alter table notes add constraint short check (length(body) < 100);";
    shop.migrate(&[late, fill, rebuilt]).unwrap();
    is_exact(&shop);
    assert_eq!(listed(&shop, "cat"), Value::Int(1));
    assert_eq!(listed(&shop, "rat"), Value::Int(0));
    shop.runtime.block_on(shop.store.reset(false)).unwrap();
    shop.migrate(&[NOTES]).unwrap();
    is_exact(&shop);
    assert_eq!(listed(&shop, "cat"), Value::Int(0));
}

#[test]
fn alterations_keep_it() {
    for (change, index, expected) in [
        ("alter table notes rename to papers;", "words_idx", 1),
        (
            "alter table notes rename column words to lexemes;",
            "words_idx",
            1,
        ),
        (
            "alter table notes rename column body to text;",
            "words_idx",
            1,
        ),
        ("alter index words_idx rename to other_idx;", "other_idx", 1),
        (
            "alter table notes alter column id type varchar(80);",
            "words_idx",
            1,
        ),
        (
            "alter table notes alter column body set not null;",
            "words_idx",
            1,
        ),
        (
            "alter table notes add column more text not null default 'x';",
            "words_idx",
            1,
        ),
        (
            "create schema app; alter table notes set schema app;",
            "app.words_idx",
            1,
        ),
        ("alter table notes drop column words;", "words_idx", -1),
        ("drop index words_idx;", "words_idx", -1),
        ("drop table notes;", "words_idx", -1),
        ("truncate notes;", "words_idx", 0),
        ("delete from notes;", "words_idx", 0),
    ] {
        let shop = Shop::new();
        let fill = "insert into notes (id, body) values ('a', 'cats');";
        shop.migrate(&[NOTES, fill, change]).unwrap();
        let found = shop.shell(&format!(
            "select count(*) from \"{index}\" where word = 'cat'"
        ));
        let found = match found {
            Ok(rows) => rows[0][0].clone(),
            Err(_) => Value::Int(-1),
        };
        assert_eq!(found, Value::Int(expected), "{change}");
        let left =
            "select count(*) from sqlite_schema where type = 'trigger' and name glob 'words_idx*'";
        if expected == -1 {
            assert_eq!(shop.value(left), Value::Int(0), "{change}");
        }
        // What is there is what the migrations made, and can be taken down again.
        shop.store.close();
        let again = shop.beside().unwrap();
        shop.runtime.block_on(again.reset(false)).unwrap();
    }
}

#[test]
fn its_rows_are_not_counted() {
    let shop = Shop::new();
    shop.migrate(&[NOTES]).unwrap();
    let changed = |sql: &str| {
        let results = shop.runtime.block_on(shop.store.shell(sql)).unwrap();
        results
            .iter()
            .map(|result| result.changed)
            .collect::<Vec<u64>>()
    };
    let insert = "insert into notes (id, body) values ('a', 'cats and dogs'), ('b', 'rats')";
    assert_eq!(changed(insert), [2]);
    assert_eq!(
        changed("update notes set body = 'mice' where id = 'b'; select 1"),
        [1, 0]
    );
    assert_eq!(changed("delete from notes"), [2]);
}

#[test]
fn nobody_else_may_change_it() {
    for change in [
        "drop trigger \"words_idx (update)\"",
        "drop table words_idx",
    ] {
        let shop = Shop::new();
        shop.migrate(&[NOTES]).unwrap();
        shop.store.close();
        let raw = rusqlite::Connection::open(shop.folder.path().join("shop.db")).unwrap();
        raw.execute_batch(change).unwrap();
        let error = shop.beside().unwrap_err();
        assert_eq!(error.code(), &Code::DRIFT, "{change}");
    }
}

#[test]
fn its_rows_are_no_changes() {
    let shop = Shop::with(|settings| SqliteSettings {
        changes: ChangeLog {
            tables: vec![QualifiedName::public("notes")],
            commits_max: 100,
        },
        ..settings
    });
    shop.migrate(&[NOTES]).unwrap();
    let insert = InsertRows {
        columns: vec!["id".into(), "body".into()],
        defaults: vec![Expr::null(Type::Text), Expr::null(Type::Text)],
        rows: vec![vec![
            Cell::Value(Value::text("a")),
            Cell::Value(Value::text("cats and dogs")),
        ]],
        more: None,
        check: Expr::bool(true),
        conflict: None,
    };
    let schema = shop.store.schema();
    let write = Write {
        table: schema.catalog.tables[&QualifiedName::public("notes")].clone(),
        change: Change::Insert(insert),
        returning: None,
        max_affected: None,
        view_checks: Vec::new(),
        explain: None,
    };
    let plan = Plan::system(
        Identity::of_role("service_role"),
        Action::Write(Box::new(write)),
        Duration::from_secs(5),
    );
    shop.runtime.block_on(shop.store.run(plan)).unwrap();
    is_exact(&shop);
    let logged = shop.value("select json_array_length(changes) from underpin_changes");
    assert_eq!(logged, Value::Int(1));
}
