use underpin_base::Code;
use underpin_query::plan::{InsertConflict, Merge, NEW_ROW};

use super::*;

/// Returns an upsert of `items` by name, whose merges obey `using` and `check`.
fn upsert(new: &[(&str, i64)], merge: Option<(Expr, Expr)>) -> Plan {
    let new: Vec<[Value; 2]> = new
        .iter()
        .map(|(item, price)| [Value::text(*item), Value::Int(*price)])
        .collect();
    let new: Vec<&[Value]> = new.iter().map(<[Value; 2]>::as_slice).collect();
    let conflict = InsertConflict {
        target: vec![name("name")],
        merge: merge.map(|(using, check)| {
            Box::new(Merge {
                columns: vec![name("name"), name("price")],
                assignments: Vec::new(),
                filter: None,
                using,
                check,
            })
        }),
    };
    let insert = InsertRows {
        conflict: Some(conflict),
        ..rows(&["name", "price"], &new)
    };
    written(items(), Change::Insert(insert))
}

fn shop() -> Database {
    let database = Database::new();
    database.run(insert_item("bolt", 1)).unwrap();
    database
}

fn price_of_bolt(database: &Database) -> Value {
    database.value("SELECT price FROM items WHERE name = 'bolt'")
}

fn anything() -> (Expr, Expr) {
    (Expr::bool(true), Expr::bool(true))
}

#[test]
fn an_existing_row_takes_over_the_new_values() {
    let database = shop();
    let outcome = database
        .run(upsert(&[("bolt", 2), ("nut", 3)], Some(anything())))
        .unwrap();
    assert_eq!((outcome.affected, outcome.inserted), (2, 1));
    assert_eq!(price_of_bolt(&database), Value::Int(2));
    assert_eq!(database.value("SELECT count(*) FROM items"), Value::Int(2));
}

#[test]
fn an_existing_row_stays_when_duplicates_are_ignored() {
    let database = shop();
    let outcome = database
        .run(upsert(&[("bolt", 2), ("nut", 3), ("nut", 4)], None))
        .unwrap();
    assert_eq!((outcome.affected, outcome.inserted), (1, 1));
    assert_eq!(price_of_bolt(&database), Value::Int(1));
}

#[test]
fn a_row_is_not_merged_twice() {
    for twice in [[("bolt", 2), ("bolt", 3)], [("nut", 2), ("nut", 3)]] {
        let database = shop();
        let error = database.run(upsert(&twice, Some(anything()))).unwrap_err();
        assert_eq!(error.code(), &Code::CARDINALITY);
        assert_eq!(
            error.message(),
            "ON CONFLICT DO UPDATE command cannot affect row a second time"
        );
        assert_eq!(price_of_bolt(&database), Value::Int(1));
        assert_eq!(database.value("SELECT count(*) FROM items"), Value::Int(1));
    }
}

#[test]
fn a_row_that_the_caller_cannot_change_is_not_merged() {
    let expensive = Expr::compare(Operator::GreaterOrEqual, column("items", "price"), int(100));
    let error = shop()
        .run(upsert(&[("bolt", 2)], Some((expensive, Expr::bool(true)))))
        .unwrap_err();
    assert_eq!(error.code(), &Code::PRIVILEGE);
    assert_eq!(
        error.message(),
        "new row violates row-level security policy (USING expression) for table \"items\""
    );
}

#[test]
fn a_merged_row_must_pass_the_check() {
    let cheap = Expr::compare(Operator::LessOrEqual, column(NEW_ROW, "price"), int(100));
    let database = shop();
    let merge = || Some((Expr::bool(true), cheap.clone()));
    let error = database.run(upsert(&[("bolt", 101)], merge())).unwrap_err();
    assert_eq!(error.code(), &Code::PRIVILEGE);
    assert_eq!(
        error.message(),
        "new row violates row-level security policy for table \"items\""
    );
    database.run(upsert(&[("bolt", 100)], merge())).unwrap();
    assert_eq!(price_of_bolt(&database), Value::Int(100));
}
