use super::*;
use underpin_base::Code;

/// Returns a plan that runs until its time is over.
fn slow_update() -> Plan {
    let update = update_items(vec![("price", int(1))], endless());
    let write = write(items(), Change::Update(update));
    Plan::system(
        Identity::of_role("service_role"),
        Action::Write(Box::new(write)),
        Duration::from_millis(150),
    )
}

/// Returns a plan that inserts a part of an item that does not exist.
fn orphan() -> Plan {
    written(
        parts(),
        Change::Insert(rows(&["item_id"], &[&[Value::Int(999_999)]])),
    )
}

/// Returns a plan that inserts more than fits below [`limit_pages`].
fn huge_item() -> Plan {
    insert_item(&"x".repeat(8 << 20), 1)
}

/// Lets the file grow by 4 MiB and no more.
fn limit_pages(database: &Database) {
    let limited = database.engine.alone(|connection| {
        let raw = connection.raw();
        let pages: i64 = raw
            .query_row("PRAGMA page_count", [], |row| row.get(0))
            .unwrap();
        raw.query_row(
            &format!("PRAGMA max_page_count = {}", pages + 1_024),
            [],
            |_| Ok(()),
        )
        .unwrap();
        Ok(())
    });
    database.runtime.block_on(limited).unwrap();
}

/// Runs `plans` so that they are queued before the writer looks: one group.
fn run_together(database: &Database, plans: Vec<Plan>) -> Vec<Result<Outcome>> {
    let (go, wait) = std::sync::mpsc::channel::<()>();
    database.runtime.block_on(async {
        let mut held = Box::pin(database.engine.alone(move |_| {
            wait.recv().ok();
            Ok(())
        }));
        queue(&mut held).await;
        let mut running = Vec::new();
        for plan in plans {
            let mut future = Box::pin(database.engine.run(plan));
            queue(&mut future).await;
            running.push(future);
        }
        go.send(()).unwrap();
        held.await.unwrap();
        let mut outcomes = Vec::new();
        for future in running {
            outcomes.push(future.await);
        }
        outcomes
    })
}

/// Polls `future` once, which puts its plan into the queue.
async fn queue<F: Future + Unpin>(future: &mut F) {
    std::future::poll_fn(|context| {
        let _ = std::pin::Pin::new(&mut *future).poll(context);
        std::task::Poll::Ready(())
    })
    .await;
}

/// Puts each of `guilty` among 64 inserts and expects that they alone fail, each with its code, and that `lost` groups are lost.
fn check(guilty: Vec<(Plan, Code)>, lost: u64) {
    let database = Database::new();
    for number in 0..40 {
        database
            .run(insert_item(&format!("before {number}"), number))
            .unwrap();
    }
    limit_pages(&database);
    let mut plans: Vec<Plan> = (0..64)
        .map(|number| insert_item(&format!("item {number}"), number))
        .collect();
    let mut expected: Vec<Option<Code>> = vec![None; 64];
    for (place, (plan, code)) in guilty.into_iter().enumerate() {
        plans.insert(20 * (place + 1), plan);
        expected.insert(20 * (place + 1), Some(code));
    }
    let outcomes = run_together(&database, plans);
    let codes: Vec<Option<Code>> = outcomes
        .iter()
        .map(|outcome| outcome.as_ref().err().map(|error| error.code().clone()))
        .collect();
    assert_eq!(codes, expected, "{outcomes:?}");
    assert_eq!(
        database.value("SELECT count(*) FROM items WHERE name LIKE 'item %'"),
        Value::Int(64)
    );
    assert_eq!(database.value("SELECT count(*) FROM parts"), Value::Int(0));
    assert_eq!(
        database.value("SELECT max(price) FROM items WHERE name = 'item 63'"),
        Value::Int(63)
    );
    assert_eq!(database.engine.metrics().groups_lost, lost);
    database.engine.close();
}

#[test]
fn an_interrupted_write_fails_alone() {
    check(vec![(slow_update(), Code::QUERY_CANCELED)], 1);
}

#[test]
fn a_violated_foreign_key_fails_alone() {
    check(vec![(orphan(), Code::FOREIGN_KEY)], 0);
}

#[test]
fn a_full_disk_fails_the_write_that_filled_it() {
    // Once among the others, once alone.
    check(vec![(huge_item(), Code::DISK_FULL)], 2);
}

#[test]
fn all_three_in_one_group_fail_alone() {
    check(
        vec![
            (slow_update(), Code::QUERY_CANCELED),
            (orphan(), Code::FOREIGN_KEY),
            (huge_item(), Code::DISK_FULL),
        ],
        3,
    );
}

#[test]
fn a_write_whose_client_went_away_is_not_run() {
    let database = Database::new();
    let (go, wait) = std::sync::mpsc::channel::<()>();
    database.runtime.block_on(async {
        let mut held = Box::pin(database.engine.alone(move |_| {
            wait.recv().ok();
            Ok(())
        }));
        queue(&mut held).await;
        let mut gone = Box::pin(database.engine.run(insert_item("gone", 1)));
        queue(&mut gone).await;
        drop(gone);
        go.send(()).unwrap();
        held.await.unwrap();
        database.engine.run(insert_item("here", 1)).await.unwrap();
    });
    assert_eq!(
        database.value("SELECT group_concat(name) FROM items"),
        Value::text("here")
    );
}

#[test]
fn the_log_is_bounded_once_no_reader_needs_it() {
    const BOUND: u64 = 256 << 10;
    let database = Database::with(|settings| SqliteSettings {
        wal_bytes_max: BOUND,
        ..settings
    });
    let log = database.folder.path().join("shop.db-wal");
    let write = |range: std::ops::Range<u64>| {
        for number in range {
            let item = format!("{number:01000}");
            database.run(insert_item(&item, 1)).unwrap();
        }
    };
    let reader = rusqlite::Connection::open(database.folder.path().join("shop.db")).unwrap();
    write(0..1);
    reader
        .execute_batch("BEGIN; SELECT count(*) FROM items")
        .unwrap();
    write(1..150);
    // A reader that stays keeps the log from being emptied, and the writer waits for it now and then alone.
    assert!(std::fs::metadata(&log).unwrap().len() > BOUND);
    reader.execute_batch("COMMIT").unwrap();
    std::thread::sleep(Duration::from_millis(1_100));
    write(150..300);
    assert!(std::fs::metadata(&log).unwrap().len() < 2 * BOUND);
    assert!(database.engine.metrics().wal_bytes < 2 * BOUND);
}
