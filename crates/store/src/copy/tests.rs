use std::sync::Arc;

use underpin_base::{Name, QualifiedName, Value};
use underpin_schema::catalog::{Catalog, Table};
use underpin_schema::migration::{File, fold};
use underpin_sql::types::Type;

use super::digest::Digest;
use super::order::order;
use super::part::{Part, Scan};

fn tables(sql: &str) -> Vec<Arc<Table>> {
    let file = File::new("1_test.sql", sql).unwrap();
    let catalog = fold(&Catalog::platform().unwrap(), &file).unwrap().catalog;
    let tables = catalog.tables.values();
    tables
        .filter(|table| &*table.name.schema == "public")
        .cloned()
        .collect()
}

/// Each table in order, with its late keys after a slash.
#[track_caller]
fn check_order(sql: &str, expected: &str) {
    let ordered = order(&tables(sql));
    let shown: Vec<String> = ordered
        .iter()
        .map(|placed| {
            let late: Vec<&str> = placed.late.iter().map(|key| &*key.name).collect();
            match late.is_empty() {
                true => placed.table.name.name.to_string(),
                false => format!("{}/{}", placed.table.name.name, late.join("+")),
            }
        })
        .collect();
    assert_eq!(shown.join(" "), expected);
}

#[test]
fn what_a_table_refers_to_comes_before_it() {
    check_order(
        "create table a (id int primary key); create table b (id int primary key);",
        "a b",
    );
    check_order(
        "create table z (id int primary key); create table a (id int primary key, z int references z); create table b (a int references a, z int references z);",
        "z a b",
    );
    check_order(
        "create table a (id int primary key, a int references a);",
        "a/a_a_fkey",
    );
    check_order(
        "create table a (id int primary key, b int); create table b (id int primary key, a int references a); \
         alter table a add foreign key (b) references b; create table c (a int references a);",
        "a/a_b_fkey b c",
    );
}

#[track_caller]
fn check_late(sql: &str, expected: Result<&str, &str>) {
    let ordered = order(&tables(sql));
    let placed = ordered.iter().find(|placed| !placed.late.is_empty());
    let columns = placed.unwrap().late_columns();
    let shown = columns.map(|columns| columns.join(" "));
    assert_eq!(
        shown.as_deref().map_err(|key| &*key.name),
        expected,
        "{sql}"
    );
}

#[test]
fn a_key_that_refers_to_later_rows_is_null_until_they_are_there() {
    check_late(
        "create table a (id int primary key, up int references a);",
        Ok("up"),
    );
    check_late(
        "create table a (x int, y int, up int, primary key (x, y), foreign key (x, up) references a);",
        Ok("up"),
    );
    check_late(
        "create table a (id int primary key, up int not null references a);",
        Err("a_up_fkey"),
    );
    check_late(
        "create table a (id int primary key references a);",
        Err("a_id_fkey"),
    );
    check_late(
        "create table a (id int unique, up int references a (id));",
        Err("a_up_fkey"),
    );
}

#[track_caller]
fn check_key(sql: &str, expected: &str) {
    let tables = tables(sql);
    let scan = Scan::of(&tables[0]);
    let key: Vec<&str> = scan.key_columns().map(|(name, _)| &**name).collect();
    assert_eq!(key.join(" "), expected);
}

#[test]
fn rows_are_told_apart_by_a_key_that_is_never_null() {
    check_key("create table t (a int, b int, primary key (b, a));", "b a");
    check_key("create table t (a int unique, b int not null unique);", "b");
    check_key("create table t (a int unique, b int);", "");
}

#[track_caller]
fn check_position(ty: &str, text: &str) {
    let tables = tables(&format!(
        "create table t (a {ty}, b text, primary key (a, b));"
    ));
    let scan = Scan::of(&tables[0]);
    let column = &scan.columns[0].1;
    let value = underpin_sql::types::input_column(column, text).unwrap();
    let position = vec![value, Value::text("x\"y,")];
    let kept = scan.write_position(&position);
    assert_eq!(scan.read_position(&kept).unwrap(), position, "{kept}");
}

#[test]
fn a_place_that_was_kept_is_the_same_place() {
    check_position("int", "-5");
    check_position("numeric(10,2)", "1.50");
    check_position("float8", "0.1");
    check_position("float8", "NaN");
    check_position("char(5)", "ab");
    check_position("uuid", "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11");
    check_position("timestamptz", "2026-01-02 03:04:05.000006+02");
    check_position("date", "infinity");
    check_position("bytea", "\\x00ff");
    check_position("int[]", "{{1,2},{3,NULL}}");
    check_position("jsonb", "{\"b\": 1, \"a\": [1.0]}");
    check_position("interval", "1 mon 2 days 03:00:00");
}

fn digest(rows: &[&[Option<&str>]]) -> Digest {
    let columns = vec![
        (Name::from("a"), Type::Text.into()),
        (Name::from("b"), Type::Text.into()),
    ];
    let rows: Vec<Vec<Value>> = rows
        .iter()
        .map(|row| {
            let values = row.iter();
            values
                .map(|it| it.map_or(Value::Null, Value::text))
                .collect()
        })
        .collect();
    let mut digest = Digest::default();
    digest.add(&columns, &rows);
    digest
}

#[test]
fn a_digest_is_of_the_rows_and_not_of_their_order() {
    let (one, two) = ([Some("a"), None], [Some("b"), Some("")]);
    assert_eq!(digest(&[&one, &two]), digest(&[&two, &one]));
    assert_ne!(digest(&[&one, &two]), digest(&[&one]));
    assert_ne!(digest(&[&one, &one]), digest(&[&one, &two]));
    assert_ne!(
        digest(&[&[Some("ab"), Some("c")]]),
        digest(&[&[Some("a"), Some("bc")]])
    );
    assert_ne!(digest(&[&[Some(""), None]]), digest(&[&[None, Some("")]]));
}

#[test]
fn what_the_target_computes_is_read_and_not_written() {
    let tables = tables(
        "create table t (id int generated always as identity primary key, n int, twice int generated always as (n * 2) stored, up int references t);",
    );
    let part = Part::new(&tables[0], &tables[0], &[Name::from("up")]);
    assert_eq!(part.scan.columns.len(), 4);
    assert_eq!(part.load.written, [0, 1, 3]);
    assert_eq!(part.load.late, [3]);
    assert_eq!(part.scan.table, QualifiedName::public("t"));
}
