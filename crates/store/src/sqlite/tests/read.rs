use underpin_base::Code;
use underpin_query::plan::Total;
use underpin_sql::functions::Aggregate;
use underpin_sql::tree::{Context, ExprKind, OrderBy};

use super::*;

fn count() -> Expr {
    Expr {
        kind: ExprKind::Aggregate {
            aggregate: Aggregate::Count,
            arguments: Vec::new(),
            distinct: false,
            order_by: Vec::new(),
            filter: None,
        },
        ty: Type::Int8,
    }
}

/// Returns the items of at least `price`, in the order of their names.
fn items_from(price: i64) -> Select {
    let filter = Expr::compare(Operator::GreaterOrEqual, column("i", "price"), int(price));
    let outputs = vec![
        ("name", column("i", "name")),
        ("price", column("i", "price")),
    ];
    let mut select = select(outputs, vec![from_items("i")], Some(filter));
    select.order_by.push(OrderBy {
        expr: column("i", "name"),
        descending: false,
        nulls_first: false,
    });
    select
}

fn shop() -> Database {
    let database = Database::new();
    for (item, price) in [("anvil", 5), ("bolt", 1), ("crane", 900)] {
        database.run(insert_item(item, price)).unwrap();
    }
    database
}

fn body(outcome: Outcome) -> String {
    String::from_utf8(outcome.rows.unwrap().body).unwrap()
}

#[test]
fn rows_are_written_as_json() {
    let outcome = shop()
        .run(plan(Action::Read(Arc::new(read_of(items_from(5))))))
        .unwrap();
    assert_eq!(
        body(outcome),
        r#"[{"name":"anvil","price":5},{"name":"crane","price":900}]"#
    );
}

#[test]
fn a_count_goes_with_the_rows_and_head_leaves_them_out() {
    let mut limited = items_from(0);
    limited.limit = Some(int(1));
    let read = Read {
        total: Some(Total::exact(select(
            vec![("count", count())],
            vec![from_items("i")],
            None,
        ))),
        head: true,
        ..read_of(limited)
    };
    let rows = shop()
        .run(plan(Action::Read(Arc::new(read))))
        .unwrap()
        .rows
        .unwrap();
    assert_eq!(
        (rows.count, rows.total, rows.body),
        (1, Some(3), Vec::new())
    );
}

#[test]
fn what_the_request_supplies_is_bound() {
    let claims = serde_json::json!({
        "sub": "6F9619FF-8B86-D011-B42D-00CF4FC964FF",
        "role": "authenticated",
        "email": "ada@example.com",
        "level": 3,
    });
    let serde_json::Value::Object(claims) = claims else {
        panic!("claims are an object")
    };
    let identity = Identity::new("authenticated", underpin_base::Claims::new(claims));
    let context = |context, ty| Expr {
        kind: ExprKind::Context(context),
        ty,
    };
    let setting = |setting| context(Context::Setting(name(setting)), Type::Text);
    let outputs = vec![
        ("uid", context(Context::Uid, Type::Uuid)),
        ("role", context(Context::Role, Type::Text)),
        ("email", context(Context::Email, Type::Text)),
        ("user", context(Context::CurrentUser, Type::Name)),
        ("level", setting("request.jwt.claim.level")),
        ("unknown", setting("request.headers")),
    ];
    let read = read_of(select(outputs, Vec::new(), None));
    let plan = Plan::system(
        identity,
        Action::Read(Arc::new(read)),
        Duration::from_secs(1),
    );
    assert_eq!(
        body(Database::new().run(plan).unwrap()),
        "[{\"uid\":\"6f9619ff-8b86-d011-b42d-00cf4fc964ff\",\"role\":\"authenticated\",\
         \"email\":\"ada@example.com\",\"user\":\"authenticated\",\"level\":\"3\",\"unknown\":null}]"
    );
}

#[test]
fn a_slow_read_is_cancelled_and_the_thread_goes_on() {
    let database = Database::with(|settings| SqliteSettings {
        readers: 1,
        ..settings
    });
    for number in 0..40 {
        database
            .run(insert_item(&format!("item {number}"), number))
            .unwrap();
    }
    let slow = select(vec![("slow", endless())], Vec::new(), None);
    for total in [None, Some(Total::exact(slow.clone()))] {
        let read = Read {
            total,
            ..read_of(slow.clone())
        };
        let plan = Plan::system(
            Identity::visitor(),
            Action::Read(Arc::new(read)),
            Duration::from_millis(50),
        );
        let error = database.run(plan).unwrap_err();
        assert_eq!(error.code(), &Code::QUERY_CANCELED);
        assert_eq!(
            error.message(),
            "canceling statement due to statement timeout"
        );
    }
    let outcome = database
        .run(plan(Action::Read(Arc::new(read_of(items_from(39))))))
        .unwrap();
    assert_eq!(outcome.rows.unwrap().count, 1);
}

/// Few steps are taken where the read is asked for, many by a thread of the pool: one after the other gives the same.
#[test]
fn a_read_that_is_too_long_to_be_run_at_once_is_run_by_the_pool() {
    let database = Database::with(|settings| SqliteSettings {
        readers: 1,
        ..settings
    });
    for number in 0..40 {
        database
            .run(insert_item(&format!("item {number}"), number))
            .unwrap();
    }
    let every = ["a", "b", "c", "d"].map(from_items);
    for tables in 1..=4_usize {
        let counted = select(
            vec![("count", count())],
            every.iter().take(tables).cloned().collect(),
            None,
        );
        let expected = 40_u64.pow(u32::try_from(tables).unwrap());
        // Two queries are a transaction, which must be over whether or not its end was reached.
        for total in [None, Some(counted.clone()), Some(counted.clone())] {
            let read = Read {
                total: total.map(Total::exact),
                ..read_of(counted.clone())
            };
            let before = database.engine.metrics().reads;
            let outcome = database.run(plan(Action::Read(Arc::new(read)))).unwrap();
            assert_eq!(body(outcome), format!("[{{\"count\":{expected}}}]"));
            assert_eq!(database.engine.metrics().reads, before + 1);
        }
    }
}

/// What waited while a migration was applied is planned again, by whoever asked: its rules may be others now.
#[test]
fn a_plan_of_another_schema_is_not_run() {
    let database = shop();
    let generation = database.engine.schema().generation;
    let plans = || {
        [
            plan(Action::Read(Arc::new(read_of(items_from(0))))),
            insert_item("washer of its own", 7),
        ]
    };
    for plan in plans() {
        database.run(plan.of_schema(generation)).unwrap();
    }
    for plan in plans() {
        let error = database.run(plan.of_schema(generation + 1)).unwrap_err();
        assert_eq!(error.code(), &Code::SCHEMA_CACHE_MISSING);
    }
}

#[test]
fn a_read_is_stopped_when_its_client_goes_away() {
    let database = Database::with(|settings| SqliteSettings {
        readers: 1,
        ..settings
    });
    for number in 0..40 {
        database
            .run(insert_item(&format!("item {number}"), number))
            .unwrap();
    }
    let slow = read_of(select(vec![("slow", endless())], Vec::new(), None));
    let plan_of = |read| {
        Plan::system(
            Identity::visitor(),
            Action::Read(Arc::new(read)),
            Duration::from_secs(60),
        )
    };
    database.runtime.block_on(async {
        let gone = database.engine.run(plan_of(slow));
        let moment = Duration::from_millis(100);
        assert!(tokio::time::timeout(moment, gone).await.is_err());
    });
    let start = std::time::Instant::now();
    database.run(plan_of(read_of(items_from(39)))).unwrap();
    assert!(start.elapsed() < Duration::from_secs(30));
}

#[test]
fn an_answer_has_a_largest_size() {
    let database = Database::with(|settings| SqliteSettings {
        answer_bytes_max: 40,
        ..settings
    });
    database.run(insert_item("bolt", 1)).unwrap();
    let all = || plan(Action::Read(Arc::new(read_of(items_from(0)))));
    database.run(all()).unwrap();
    database.run(insert_item("nut", 1)).unwrap();
    assert_eq!(database.run(all()).unwrap_err().code(), &Code::TOO_COMPLEX);
}

#[test]
fn a_closed_engine_refuses() {
    let database = shop();
    database.engine.close();
    let error = database.run(insert_item("late", 1)).unwrap_err();
    assert_eq!(error.code(), &Code::SHUTTING_DOWN);
}
