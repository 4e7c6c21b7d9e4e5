use underpin_base::{Code, Details, Error};
use underpin_query::plan::NEW_ROW;
use underpin_sql::tree::ExprKind;

use super::*;

fn shop() -> Database {
    let database = Database::new();
    for (item, price) in [("anvil", 5), ("bolt", 1), ("crane", 900)] {
        database.run(insert_item(item, price)).unwrap();
    }
    let part = rows(
        &["item_id", "parent_id"],
        &[&[Value::Int(1), Value::Null], &[Value::Null, Value::Int(1)]],
    );
    database
        .run(written(parts(), Change::Insert(part)))
        .unwrap();
    database
}

/// Returns every item as `name=price`, in the order of their names.
fn stock(database: &Database) -> String {
    let all = "SELECT coalesce(group_concat(name || '=' || coalesce(price, '-'), ' ' ORDER BY name), '') FROM items";
    database.value(all).as_text().unwrap().to_owned()
}

/// Expects that `plan` is refused with `code`, `message` and `details`, and changes nothing.
fn refuses(plan: Plan, code: &Code, message: &str, details: Option<&str>) {
    let database = shop();
    let error = database.run(plan).unwrap_err();
    assert_eq!(described(&error), (code.as_str(), message, details));
    assert_eq!(stock(&database), "anvil=5 bolt=1 crane=900");
    assert_eq!(database.value("SELECT count(*) FROM parts"), Value::Int(2));
}

fn described(error: &Error) -> (&str, &str, Option<&str>) {
    let details = match error.get_details() {
        Some(Details::Text(text)) => Some(text.as_str()),
        Some(Details::Json(_)) | None => None,
    };
    (error.code().as_str(), error.message(), details)
}

fn named(item: &str) -> Expr {
    equal(column("items", "name"), Expr::text(item))
}

/// Returns the condition that the new row's price is at most `price`.
fn at_most(price: i64) -> Expr {
    Expr::compare(Operator::LessOrEqual, column(NEW_ROW, "price"), int(price))
}

/// Returns a read of the changed items.
fn changed_items() -> Read {
    let affected = From::Affected {
        table: QualifiedName::public("items"),
        alias: name("changed"),
    };
    let outputs = vec![
        ("name", column("changed", "name")),
        ("price", column("changed", "price")),
    ];
    read_of(select(outputs, vec![affected], None))
}

fn returned(outcome: &Outcome) -> &str {
    std::str::from_utf8(&outcome.rows.as_ref().unwrap().body).unwrap()
}

#[test]
fn a_duplicate_key_is_named_and_shown() {
    refuses(
        insert_item("bolt", 2),
        &Code::UNIQUE,
        "duplicate key value violates unique constraint \"items_name_key\"",
        Some("Key (name)=(bolt) already exists."),
    );
    let update = update_items(vec![("name", Expr::text("bolt"))], named("anvil"));
    refuses(
        written(items(), Change::Update(update)),
        &Code::UNIQUE,
        "duplicate key value violates unique constraint \"items_name_key\"",
        Some("Key (name)=(bolt) already exists."),
    );
}

#[test]
fn a_key_that_row_security_hides_is_not_shown() {
    let mut hidden = items();
    hidden.row_security = true;
    let row = [Value::text("bolt"), Value::Int(1)];
    let write = write(hidden, Change::Insert(rows(&["name", "price"], &[&row])));
    let plan = Plan::system(
        Identity::visitor(),
        Action::Write(Box::new(write)),
        Duration::from_secs(5),
    );
    refuses(
        plan,
        &Code::UNIQUE,
        "duplicate key value violates unique constraint \"items_name_key\"",
        None,
    );
}

#[test]
fn a_null_and_a_failed_check_show_the_row() {
    let row = [Value::Int(7), Value::Null, Value::Int(1)];
    refuses(
        written(
            items(),
            Change::Insert(rows(&["id", "name", "price"], &[&row])),
        ),
        &Code::NOT_NULL,
        "null value in column \"name\" of relation \"items\" violates not-null constraint",
        Some("Failing row contains (7, null, 1)."),
    );
    let update = update_items(vec![("price", int(-1))], named("crane"));
    refuses(
        written(items(), Change::Update(update)),
        &Code::CHECK,
        "new row for relation \"items\" violates check constraint \"items_price_check\"",
        Some("Failing row contains (3, crane, -1)."),
    );
}

#[test]
fn a_foreign_key_is_named_from_both_sides() {
    refuses(
        written(
            parts(),
            Change::Insert(rows(&["item_id"], &[&[Value::Int(99)]])),
        ),
        &Code::FOREIGN_KEY,
        "insert or update on table \"parts\" violates foreign key constraint \"parts_item_id_fkey\"",
        Some("Key (item_id)=(99) is not present in table \"items\"."),
    );
    refuses(
        delete_from(items(), named("anvil")),
        &Code::FOREIGN_KEY,
        "update or delete on table \"items\" violates foreign key constraint \"parts_item_id_fkey\" on table \"parts\"",
        Some("Key (id)=(1) is still referenced from table \"parts\"."),
    );
}

#[test]
fn a_row_may_refer_to_a_later_one_of_the_same_insert() {
    let database = shop();
    let family = rows(
        &["id", "parent_id"],
        &[
            &[Value::Int(10), Value::Int(11)],
            &[Value::Int(11), Value::Null],
        ],
    );
    let outcome = database
        .run(written(parts(), Change::Insert(family)))
        .unwrap();
    assert_eq!((outcome.affected, outcome.inserted), (2, 2));
}

#[test]
fn a_check_refuses_before_a_constraint_is_looked_at() {
    let row = [Value::text("bolt"), Value::Int(500)];
    let insert = InsertRows {
        check: at_most(100),
        ..rows(&["name", "price"], &[&row])
    };
    refuses(
        written(items(), Change::Insert(insert)),
        &Code::PRIVILEGE,
        "new row violates row-level security policy for table \"items\"",
        None,
    );
    let update = UpdateRows {
        defaults: Vec::new(),
        check: at_most(100),
        ..update_items(
            vec![("price", int(500)), ("name", Expr::text("bolt"))],
            named("anvil"),
        )
    };
    refuses(
        written(items(), Change::Update(update)),
        &Code::PRIVILEGE,
        "new row violates row-level security policy for table \"items\"",
        None,
    );
}

#[test]
fn a_check_that_is_null_refuses() {
    let insert = InsertRows {
        check: at_most(100),
        ..rows(&["name"], &[&[Value::text("free")]])
    };
    refuses(
        written(items(), Change::Insert(insert)),
        &Code::PRIVILEGE,
        "new row violates row-level security policy for table \"items\"",
        None,
    );
}

#[test]
fn a_check_may_speak_of_the_identity_that_the_insert_makes() {
    let database = shop();
    let with_limit = |limit| {
        let small = Expr::compare(Operator::LessOrEqual, column(NEW_ROW, "id"), int(limit));
        let insert = InsertRows {
            check: small,
            ..rows(&["name"], &[&[Value::text("dynamo")]])
        };
        written(items(), Change::Insert(insert))
    };
    let error = database.run(with_limit(3)).unwrap_err();
    assert_eq!(error.code(), &Code::PRIVILEGE);
    assert_eq!(database.run(with_limit(100)).unwrap().inserted, 1);
}

#[test]
fn an_update_changes_and_returns_what_its_filter_and_check_allow() {
    let database = shop();
    let update = UpdateRows {
        defaults: Vec::new(),
        check: at_most(100),
        ..update_items(
            vec![("price", int(50))],
            Expr::compare(Operator::LessOrEqual, column("items", "price"), int(10)),
        )
    };
    let write = Write {
        returning: Some(changed_items()),
        ..write(items(), Change::Update(update))
    };
    let outcome = database.run(plan(Action::Write(Box::new(write)))).unwrap();
    assert_eq!(outcome.affected, 2);
    assert_eq!(
        returned(&outcome),
        r#"[{"name":"anvil","price":50},{"name":"bolt","price":50}]"#
    );
    assert_eq!(stock(&database), "anvil=50 bolt=50 crane=900");
}

#[test]
fn a_delete_returns_its_rows_as_they_were() {
    let database = shop();
    let change = Change::Delete(DeleteRows {
        filter: named("crane"),
    });
    let write = Write {
        returning: Some(changed_items()),
        ..write(items(), change)
    };
    let outcome = database.run(plan(Action::Write(Box::new(write)))).unwrap();
    assert_eq!(outcome.affected, 1);
    assert_eq!(returned(&outcome), r#"[{"name":"crane","price":900}]"#);
    assert_eq!(stock(&database), "anvil=5 bolt=1");
}

#[test]
fn an_insert_returns_its_rows_in_their_order() {
    let database = shop();
    let two: [&[Value]; 2] = [
        &[Value::text("zip"), Value::Int(1)],
        &[Value::text("axle"), Value::Int(2)],
    ];
    let write = Write {
        returning: Some(changed_items()),
        ..write(items(), Change::Insert(rows(&["name", "price"], &two)))
    };
    let outcome = database.run(plan(Action::Write(Box::new(write)))).unwrap();
    assert_eq!(
        returned(&outcome),
        r#"[{"name":"zip","price":1},{"name":"axle","price":2}]"#
    );
}

#[test]
fn one_row_more_than_max_affected_changes_nothing() {
    let all = Expr::bool(true);
    let limited = |max_affected| {
        let update = update_items(vec![("price", int(2))], all.clone());
        let write = Write {
            max_affected: Some(max_affected),
            ..write(items(), Change::Update(update))
        };
        plan(Action::Write(Box::new(write)))
    };
    refuses(
        limited(2),
        &Code::MAX_AFFECTED,
        "Query result exceeds max-affected preference constraint",
        Some("The query affects 3 rows"),
    );
    assert_eq!(shop().run(limited(3)).unwrap().affected, 3);
}

#[test]
fn a_volatile_value_is_computed_once_for_each_row() {
    let database = shop();
    let function = underpin_sql::functions::Function::named("gen_random_uuid")
        .next()
        .unwrap();
    let random = Expr {
        kind: ExprKind::Function(function, Vec::new()),
        ty: Type::Uuid,
    };
    let random = random.cast(Type::Text.into());
    // What is checked is what is stored: a second computation would differ from the first.
    let itself = UpdateRows {
        defaults: Vec::new(),
        check: equal(column(NEW_ROW, "name"), column(NEW_ROW, "name")),
        ..update_items(vec![("name", random.clone())], Expr::bool(true))
    };
    let write = Write {
        returning: Some(changed_items()),
        ..write(items(), Change::Update(itself))
    };
    let outcome = database.run(plan(Action::Write(Box::new(write)))).unwrap();
    assert_eq!(outcome.affected, 3);
    let stored = database.value("SELECT group_concat(name, ' ' ORDER BY id) FROM items");
    let stored: Vec<&str> = stored.as_text().unwrap().split(' ').collect();
    assert_eq!(stored.len(), 3);
    assert_ne!(stored[0], stored[1]);
    for item in stored {
        assert!(returned(&outcome).contains(item));
    }

    let insert = InsertRows {
        defaults: vec![random, Expr::null(Type::Int4)],
        rows: vec![vec![Cell::Default, Cell::Value(Value::Int(4))]; 2],
        ..rows(&["name", "price"], &[])
    };
    let outcome = database
        .run(written(items(), Change::Insert(insert)))
        .unwrap();
    assert_eq!(outcome.inserted, 2);
    let distinct = "SELECT count(DISTINCT name) FROM items WHERE price = 4";
    assert_eq!(database.value(distinct), Value::Int(2));
}

#[test]
fn a_row_whose_key_changes_is_returned_by_its_new_key() {
    let database = shop();
    let update = update_items(vec![("id", int(50))], named("crane"));
    let write = Write {
        returning: Some(changed_items()),
        ..write(items(), Change::Update(update))
    };
    let outcome = database.run(plan(Action::Write(Box::new(write)))).unwrap();
    assert_eq!(returned(&outcome), r#"[{"name":"crane","price":900}]"#);
}

#[test]
fn a_failing_row_shows_the_number_that_it_would_have_got() {
    let row = [Value::text("dynamo"), Value::Int(-1)];
    refuses(
        written(items(), Change::Insert(rows(&["name", "price"], &[&row]))),
        &Code::CHECK,
        "new row for relation \"items\" violates check constraint \"items_price_check\"",
        Some("Failing row contains (4, dynamo, -1)."),
    );
}

#[test]
fn a_cascade_that_violates_a_foreign_key_is_named() {
    let database = shop();
    database
        .runtime
        .block_on(database.engine.alone(|connection| {
            let guard = "CREATE TABLE guards (part INT REFERENCES parts (id)) STRICT;
                 INSERT INTO guards VALUES (2)";
            connection.raw().execute_batch(guard).unwrap();
            Ok(())
        }))
        .unwrap();
    // Part 2 goes with part 1, and something that no migration made refers to it.
    let first = equal(column("parts", "id"), int(1));
    let error = database.run(delete_from(parts(), first)).unwrap_err();
    assert_eq!(error.code(), &Code::FOREIGN_KEY);
    assert_eq!(database.value("SELECT count(*) FROM parts"), Value::Int(2));
}
