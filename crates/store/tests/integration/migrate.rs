use underpin_base::{Code, Location, QualifiedName, Value};
use underpin_store::MigrationState;

use super::{Shop, file, files};

const ITEMS: &str = "create table items (\n  id bigint generated always as identity primary key,\n  name text not null unique\n);";
const PARTS: &str =
    "create table parts (id int primary key, item_id bigint not null references items (id));";

#[test]
fn files_are_applied_once_and_remembered() {
    let shop = Shop::new();
    assert_eq!(shop.migrate(&[ITEMS]).unwrap().files.len(), 1);
    assert!(shop.has_table("items"));
    let report = shop.migrate(&[ITEMS, PARTS]).unwrap();
    assert_eq!(report.files.len(), 1);
    assert_eq!(report.files[0].path, "migrations/2_change.sql");
    assert!(shop.migrate(&[ITEMS, PARTS]).unwrap().files.is_empty());

    shop.store.close();
    let again = shop.beside().unwrap();
    let parts = again.schema().catalog.tables[&QualifiedName::public("parts")].clone();
    assert_eq!(parts.foreign_keys.len(), 1);
}

#[test]
fn the_platform_brings_users() {
    let shop = Shop::new();
    let users = QualifiedName::new("auth", "users");
    assert!(shop.store.schema().catalog.tables.contains_key(&users));
    assert_eq!(
        shop.value("select count(*) from \"auth.users\""),
        Value::Int(0)
    );
    shop.migrate(&["create table profiles (id uuid primary key references auth.users (id));"])
        .unwrap();
}

#[test]
fn a_dry_run_tells_and_does_nothing() {
    let shop = Shop::new();
    let report = shop
        .runtime
        .block_on(shop.store.migrate(files(&[ITEMS]), true))
        .unwrap();
    assert!(report.files[0].statements[0].starts_with("CREATE TABLE \"items\""));
    assert!(!shop.has_table("items"));
    assert!(shop.shell("select * from items").is_err());
}

#[test]
fn nothing_runs_when_a_later_file_cannot_be_translated() {
    let shop = Shop::new();
    let error = shop
        .migrate(&[ITEMS, "select 1;\ncreate table wrong (id nonsense);"])
        .unwrap_err();
    assert_eq!(
        error.location(),
        Some(&Location {
            file: "migrations/2_change.sql".to_owned(),
            line: 2
        })
    );
    assert!(!shop.has_table("items"));
    assert!(shop.shell("select * from items").is_err());
}

/// Checks that a file is refused at `line` for what SQLite could never answer; nothing of it is applied.
#[track_caller]
fn is_refused(text: &str, line: usize, message: &str) {
    let shop = Shop::new();
    let error = shop.migrate(&[ITEMS, PARTS, text]).unwrap_err();
    let location = error.location().unwrap();
    let found = (&*location.file, location.line, error.message());
    assert_eq!(found, ("migrations/3_change.sql", line, message), "{text}");
    assert_eq!(error.code(), &Code::FEATURE_NOT_SUPPORTED);
    assert!(!shop.has_table("items"));
}

#[test]
fn what_could_never_be_answered_is_refused() {
    const DISTINCT: &str = "distinct on with group by is not supported on SQLite";
    is_refused(
        "select 1;\ncreate view shared as select distinct on (name) name, max(id) from items group by name;",
        2,
        DISTINCT,
    );
    is_refused(
        "create view v as\n  select i.id, p.id as part from items i\n  cross join lateral (select distinct on (id) id, max(item_id) from parts where item_id = i.id group by id) p;",
        1,
        DISTINCT,
    );
    is_refused(
        "create view v as select 1 as one;\ncreate view w as\n  select * from v where exists (select distinct on (name) name, max(id) from items group by name);",
        2,
        DISTINCT,
    );
    is_refused(
        "\ncreate function f() returns table (name text, id bigint) language sql stable as 'select distinct on (name) name, max(id) from items group by name';",
        2,
        DISTINCT,
    );
    is_refused(
        "create function f() returns int language plpgsql as $$\ndeclare n int;\nbegin\n  insert into items (name) values ('a');\n  select count(*) into n from (select distinct on (name) name, max(id) from items group by name) x;\n  return n;\nend $$;",
        5,
        DISTINCT,
    );
    is_refused(
        "alter table parts enable row level security;\ncreate policy p on parts using (exists (select distinct on (name) name, max(id) from items group by name));",
        2,
        DISTINCT,
    );
}

/// What the same file takes back is not asked for by anybody.
#[test]
fn what_is_dropped_in_the_same_file_is_not_refused() {
    let shop = Shop::new();
    let text = "create view shared as select distinct on (name) name, max(id) from items group by name;\ndrop view shared;";
    shop.migrate(&[ITEMS, PARTS, text]).unwrap();
}

#[test]
fn a_statement_that_fails_takes_its_file_back_and_leaves_those_before() {
    let shop = Shop::new();
    let twice = "create table extra (id int);\ninsert into items (name) values ('a'), ('a');";
    let error = shop.migrate(&[ITEMS, twice]).unwrap_err();
    assert_eq!(error.code(), &Code::UNIQUE);
    assert_eq!(
        error.message(),
        "duplicate key value violates unique constraint \"items_name_key\""
    );
    assert_eq!(error.location().unwrap().line, 2);
    assert!(shop.has_table("items"));
    assert!(!shop.has_table("extra"));
    assert!(shop.shell("select * from extra").is_err());
    shop.migrate(&[ITEMS, "insert into items (name) values ('a');"])
        .unwrap();
}

#[test]
fn a_row_that_refers_to_nothing_is_refused_before_the_commit() {
    let shop = Shop::new();
    let error = shop
        .migrate(&[
            ITEMS,
            PARTS,
            "insert into parts (id, item_id) values (1, 99);",
        ])
        .unwrap_err();
    assert_eq!(error.code(), &Code::FOREIGN_KEY);
    assert_eq!(shop.value("select count(*) from parts"), Value::Int(0));
}

#[test]
fn a_rebuilt_table_keeps_its_rows_and_what_refers_to_them() {
    let shop = Shop::new();
    let rows = "insert into items (name) values ('bolt'); insert into parts values (1, 1);";
    let rebuild = "alter table items add column price int not null default 5 check (price > 0);";
    shop.migrate(&[ITEMS, PARTS, rows, rebuild]).unwrap();
    assert_eq!(shop.value("select price from items"), Value::Int(5));
    assert_eq!(shop.value("select item_id from parts"), Value::Int(1));
    let kept = shop.shell("delete from items where name = 'bolt'");
    assert_eq!(kept.unwrap_err().code(), &Code::FOREIGN_KEY);
}

#[test]
fn an_edited_file_is_refused() {
    let shop = Shop::new();
    shop.migrate(&[ITEMS]).unwrap();
    let error = shop.migrate(&["create table other (id int);"]).unwrap_err();
    assert_eq!(error.code(), &Code::MIGRATION);
}

#[test]
fn each_file_has_a_state() {
    let shop = Shop::new();
    shop.migrate(&[ITEMS, PARTS]).unwrap();
    let found = vec![file(1, "select 1;"), file(3, "select 1;")];
    let states: Vec<_> = shop
        .runtime
        .block_on(shop.store.status(found))
        .unwrap()
        .into_iter()
        .map(|status| (status.version, status.state))
        .collect();
    assert_eq!(
        states,
        [
            ("1".to_owned(), MigrationState::Edited),
            ("2".to_owned(), MigrationState::Missing),
            ("3".to_owned(), MigrationState::Pending),
        ]
    );
}

#[test]
fn a_schema_that_drifted_is_named() {
    for (change, message) in [
        (
            "alter table items add column sneaky text",
            "the table \"items\" was changed by something other than a migration",
        ),
        (
            "drop index items_name_key",
            "the index \"items_name_key\" was removed by something other than a migration",
        ),
        (
            "create table sneaky (id int)",
            "the table \"sneaky\" was made by something other than a migration",
        ),
    ] {
        let shop = Shop::new();
        shop.migrate(&[ITEMS]).unwrap();
        shop.shell(change).unwrap();
        let error = shop.migrate(&[ITEMS, PARTS]).unwrap_err();
        assert_eq!((error.code(), error.message()), (&Code::DRIFT, message));
        shop.store.close();
        assert_eq!(shop.beside().unwrap_err().code(), &Code::DRIFT);
    }
}

#[test]
fn a_seed_brings_rows_and_nothing_else() {
    let shop = Shop::new();
    shop.migrate(&[ITEMS]).unwrap();
    let seed = |text| {
        let seed = underpin_schema::migration::File {
            version: "0".to_owned(),
            name: "seed".to_owned(),
            path: "seed.sql".to_owned(),
            text: String::from(text),
        };
        shop.runtime.block_on(shop.store.seed(seed))
    };
    seed("insert into items (name) values ('bolt'), ('nut');").unwrap();
    assert_eq!(shop.value("select count(*) from items"), Value::Int(2));
    let error = seed("insert into items (name) values ('cog');\ncreate table extra (id int);");
    let error = error.unwrap_err();
    assert_eq!(error.code(), &Code::MIGRATION);
    assert_eq!(error.location().unwrap().line, 2);
    assert_eq!(shop.value("select count(*) from items"), Value::Int(2));
}

#[test]
fn a_reset_leaves_what_the_platform_makes() {
    let shop = Shop::new();
    shop.migrate(&[ITEMS, PARTS]).unwrap();
    shop.runtime.block_on(shop.store.reset(false)).unwrap();
    assert!(!shop.has_table("items"));
    shop.migrate(&[PARTS.replace(" references items (id)", "").as_str()])
        .unwrap();
    assert!(shop.has_table("parts"));
}

#[test]
fn a_running_store_follows_a_migration_by_another_process() {
    let shop = Shop::new();
    let beside = shop.beside().unwrap();
    shop.runtime
        .block_on(beside.migrate(files(&[ITEMS]), false))
        .unwrap();
    let late = std::time::Instant::now() + std::time::Duration::from_secs(10);
    while !shop.has_table("items") {
        assert!(
            std::time::Instant::now() < late,
            "the schema was not followed"
        );
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
}
