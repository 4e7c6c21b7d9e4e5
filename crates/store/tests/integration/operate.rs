use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use underpin_base::{Code, Identity, QualifiedName, Value};
use underpin_query::plan::{Action, Cell, Change, InsertRows, Plan, Write};
use underpin_sql::tree::Expr;
use underpin_sql::types::Type;
use underpin_store::{ChangeLog, SqliteSettings, Store};

use super::Shop;

const ITEMS: &str = "create table items (id int primary key, name text, tags text[]);";

#[test]
fn a_backup_is_whole_while_requests_write() {
    let shop = Shop::new();
    shop.migrate(&[ITEMS]).unwrap();
    let stop = Arc::new(AtomicBool::new(false));
    let writing = shop.runtime.spawn({
        let (store, stop) = (shop.store.clone(), Arc::clone(&stop));
        async move {
            let mut number = 0;
            while !stop.load(Ordering::Relaxed) {
                // Two rows in one transaction: a backup has both or none.
                let sql = format!(
                    "begin; insert into items (id) values ({}), ({}); commit",
                    2 * number,
                    2 * number + 1
                );
                store.shell(sql).await.unwrap();
                number += 1;
            }
        }
    });
    for round in 0..3 {
        let copy = shop.folder.path().join(format!("copy {round}.db"));
        shop.runtime.block_on(shop.store.backup(&copy)).unwrap();
        let error = shop.runtime.block_on(shop.store.backup(&copy)).unwrap_err();
        assert_eq!(error.code(), &Code::IO);
        let raw = rusqlite::Connection::open(&copy).unwrap();
        let odd: i64 = raw
            .query_row("select count(*) % 2 from items", [], |row| row.get(0))
            .unwrap();
        assert_eq!(odd, 0);
    }
    stop.store(true, Ordering::Relaxed);
    shop.runtime.block_on(writing).unwrap();
}

#[test]
fn a_restored_database_is_as_it_was() {
    let shop = Shop::new();
    shop.migrate(&[ITEMS]).unwrap();
    shop.shell("insert into items (id, name) values (1, 'kept')")
        .unwrap();
    let copy = shop.folder.path().join("copy.db");
    shop.runtime.block_on(shop.store.backup(&copy)).unwrap();
    shop.migrate(&[ITEMS, "drop table items;"]).unwrap();
    assert!(!shop.has_table("items"));
    shop.runtime.block_on(shop.store.restore(&copy)).unwrap();
    assert!(shop.has_table("items"));
    assert_eq!(shop.value("select name from items"), Value::text("kept"));
    shop.store.close();
    let settings = SqliteSettings::new(shop.folder.path().join("shop.db"));
    assert!(Store::open(settings).is_ok());
}

#[test]
fn a_damaged_copy_is_not_restored() {
    let shop = Shop::new();
    shop.migrate(&[ITEMS]).unwrap();
    let copy = shop.folder.path().join("copy.db");
    shop.runtime.block_on(shop.store.backup(&copy)).unwrap();
    let mut bytes = std::fs::read(&copy).unwrap();
    let half = bytes.len() / 2;
    bytes.truncate(half);
    std::fs::write(&copy, bytes).unwrap();
    let error = shop
        .runtime
        .block_on(shop.store.restore(&copy))
        .unwrap_err();
    assert_eq!(error.code(), &Code::IO);
    assert!(shop.has_table("items"));
}

#[test]
fn changes_of_logged_tables_are_kept_and_bounded() {
    let shop = Shop::with(|settings| SqliteSettings {
        changes: ChangeLog {
            tables: vec![QualifiedName::public("items")],
            commits_max: 100,
        },
        ..settings
    });
    shop.migrate(&[ITEMS, "create table other (id int primary key);"])
        .unwrap();
    insert(&shop, "other", 1);
    let count = "select count(*) from underpin_changes";
    assert_eq!(shop.value(count), Value::Int(0));
    insert(&shop, "items", 1);
    assert_eq!(
        shop.value("select changes from underpin_changes"),
        Value::text(
            "[{\"type\":\"INSERT\",\"schema\":\"public\",\"table\":\"items\",\"row\":[1,1],\
             \"record\":{\"id\":1,\"name\":null,\"tags\":null}}]"
        )
    );
    for id in 2..=1_500 {
        insert(&shop, "items", id);
    }
    let Value::Int(kept) = shop.value(count) else {
        panic!("a count is a number")
    };
    assert!((100..1_200).contains(&kept), "{kept}");
    assert_eq!(
        shop.value("select max(position) from underpin_changes"),
        Value::Int(1_500)
    );
}

/// Inserts a row of which nothing but the key is given.
fn insert(shop: &Shop, table: &str, id: i64) {
    let schema = shop.store.schema();
    let insert = InsertRows {
        columns: vec!["id".into()],
        defaults: vec![Expr::null(Type::Int4)],
        rows: vec![vec![Cell::Value(Value::Int(id))]],
        more: None,
        check: Expr::bool(true),
        conflict: None,
    };
    let write = Write {
        table: schema.catalog.tables[&QualifiedName::public(table)].clone(),
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
}

#[test]
fn a_ping_is_answered_and_counted() {
    let shop = Shop::new();
    shop.runtime.block_on(shop.store.ping()).unwrap();
    assert_eq!(shop.store.metrics().reads, 1);
    shop.store.close();
    let error = shop.runtime.block_on(shop.store.ping()).unwrap_err();
    assert_eq!(error.code(), &Code::SHUTTING_DOWN);
}
