//! A project on a PostgreSQL server: what happens when the server goes away, and when others change its schema.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::json;
use underpin_testkit::{Postgres, Project, TestServer};

/// Longest that any request may take while the server is away.
const PATIENCE: Duration = Duration::from_secs(12);

/// Longest until requests are answered again once the server is back.
const RESUMED_WITHIN: Duration = Duration::from_secs(2);

const SCHEMA: &str = "
    create table entries (id bigint primary key, body text not null);
    alter table entries enable row level security;
    create policy everybody on entries for all using (true) with check (true);";

/// Tells those who write to stop, whatever happened to who waits for them.
struct Stopping<'a>(&'a AtomicBool);

impl Drop for Stopping<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

fn kill(process: u32) {
    let killed = Command::new("kill")
        .args(["-s", "KILL", &process.to_string()])
        .status();
    assert!(killed.unwrap().success());
}

/// Those who write, and what they were told.
struct Writers<'a> {
    server: &'a TestServer,
    stop: AtomicBool,
    next: AtomicU64,
    acknowledged: Mutex<BTreeSet<u64>>,
    slowest: Mutex<Duration>,
}

impl<'a> Writers<'a> {
    fn new(server: &'a TestServer) -> Self {
        Self {
            server,
            stop: AtomicBool::new(false),
            next: AtomicU64::new(1),
            acknowledged: Mutex::default(),
            slowest: Mutex::default(),
        }
    }

    /// Writes until told to stop.
    fn write(&self) {
        while !self.stop.load(Ordering::Relaxed) {
            let id = self.next.fetch_add(1, Ordering::Relaxed);
            let start = Instant::now();
            let entry = json!({ "id": id, "body": "x" });
            let answer = self.server.visitor().post("/rest/v1/entries", &entry);
            let took = start.elapsed();
            let mut slowest = self.slowest.lock().unwrap();
            *slowest = took.max(*slowest);
            match answer.status {
                201 => drop(self.acknowledged.lock().unwrap().insert(id)),
                // Refused, or the outcome is unknown: never something else.
                503 | 504 | 500 => {}
                status => panic!("{status}: {}", answer.text()),
            }
        }
    }

    /// Waits until so many more rows are acknowledged.
    fn wait_for(&self, more: usize) {
        let end = Instant::now() + Duration::from_secs(20);
        let goal = self.acknowledged.lock().unwrap().len() + more;
        while self.acknowledged.lock().unwrap().len() < goal {
            assert!(Instant::now() < end, "nothing is written any more");
            std::thread::yield_now();
        }
    }

    /// Returns the rows that were acknowledged and are not there.
    fn lost(&self) -> Vec<u64> {
        let mut found = BTreeSet::new();
        // A page holds a thousand.
        for page in 0.. {
            let offset = page * 1_000;
            let path = format!("/rest/v1/entries?select=id&order=id&limit=1000&offset={offset}");
            let rows = self.server.service().get(&path).json();
            let rows = rows.as_array().unwrap();
            found.extend(rows.iter().map(|row| row["id"].as_u64().unwrap()));
            if rows.len() < 1_000 {
                break;
            }
        }
        let acknowledged = self.acknowledged.lock().unwrap();
        acknowledged.difference(&found).copied().collect()
    }
}

/// The server is killed while many write: what was acknowledged is there, nothing waits for ever, and all goes on when it is back.
#[test]
fn a_killed_server_loses_nothing_that_was_acknowledged() {
    let Some(mut postgres) = Postgres::start() else {
        return;
    };
    let project = Project::new()
        .migration(SCHEMA)
        .set(&format!("database.url={}", postgres.database()));
    let server = TestServer::start(&project);
    let writers = Writers::new(&server);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| writers.write());
        }
        let _stopping = Stopping(&writers.stop);
        for _ in 0..2 {
            writers.wait_for(50);
            kill(postgres.process());
            let end = Instant::now() + PATIENCE;
            while server.visitor().get("/readyz").status != 503 {
                assert!(Instant::now() < end, "/readyz says that all is well");
            }
            let refused = server.visitor().get("/rest/v1/entries?limit=1");
            assert_eq!(refused.status, 503, "{}", refused.text());
            postgres.start_again();
            let back = Instant::now();
            loop {
                let answer = server.visitor().get("/rest/v1/entries?limit=1");
                if answer.status == 200 {
                    break;
                }
                let waited = back.elapsed();
                assert!(waited < RESUMED_WITHIN, "{waited:?}: {}", answer.text());
            }
        }
        writers.wait_for(50);
    });
    assert!(*writers.slowest.lock().unwrap() < PATIENCE);
    assert_eq!(writers.lost(), Vec::<u64>::new());
}

/// Whoever changes the schema, the server learns of it.
#[test]
fn the_schema_is_read_again_when_somebody_changes_it() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let database = postgres.database();
    let project = Project::new()
        .migration(SCHEMA)
        .set(&format!("database.url={database}"));
    let server = TestServer::start(&project);
    assert_eq!(server.service().get("/rest/v1/later").status, 404);
    let made = "create table later (id int primary key); alter table later enable row level security; notify pgrst, 'reload schema'";
    // It has a thread: the connections that are made on it serve the follower, too.
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .unwrap();
    runtime
        .block_on(server.application.store.shell(made))
        .unwrap();
    let end = Instant::now() + Duration::from_secs(10);
    while server.service().get("/rest/v1/later").status != 200 {
        assert!(Instant::now() < end, "the new table is not served");
    }
    // A change that says nothing of itself.
    runtime
        .block_on(
            server
                .application
                .store
                .shell("alter table later add column more text"),
        )
        .unwrap();
    while server.service().get("/rest/v1/later?select=more").status != 200 {
        assert!(Instant::now() < end, "the new column is not served");
    }
}

/// A statement that takes too long is ended, and the connection is the next one's.
#[test]
fn a_slow_statement_is_ended() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let schema = "
        create function wait_for(seconds float8) returns text language sql volatile as $$ select pg_sleep(seconds)::text $$;
        grant execute on function wait_for(float8) to anon;";
    let project = Project::new()
        .migration(schema)
        .set("limits.statement_timeout_ms=300")
        .set("database.connections=1")
        .set(&format!("database.url={}", postgres.database()));
    let server = TestServer::start(&project);
    for _ in 0..3 {
        let start = Instant::now();
        let slow = server
            .visitor()
            .post("/rest/v1/rpc/wait_for", &json!({ "seconds": 30 }));
        assert_eq!(
            (slow.status, slow.code().as_str()),
            (500, "57014"),
            "{}",
            slow.text()
        );
        assert!(start.elapsed() < Duration::from_secs(5));
        let quick = server
            .visitor()
            .post("/rest/v1/rpc/wait_for", &json!({ "seconds": 0 }));
        assert_eq!(quick.status, 200, "{}", quick.text());
    }
}

/// Identities never meet: many people at once on few connections each see their own rows alone.
#[test]
fn identities_are_kept_apart_on_shared_connections() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let schema = "
        create table notes (id bigint generated by default as identity primary key, owner uuid not null default auth.uid(), body text);
        alter table notes enable row level security;
        create policy own on notes for all using (owner = (select auth.uid())) with check (owner = (select auth.uid()));";
    let project = Project::new()
        .migration(schema)
        .set(&format!("database.url={}", postgres.database()));
    let server = TestServer::start(&project);
    let people: Vec<String> = (0..8)
        .map(|number| format!("00000000-0000-4000-8000-00000000000{number}"))
        .collect();
    std::thread::scope(|scope| {
        for person in &people {
            let server = &server;
            scope.spawn(move || {
                let client = server.user(person);
                for round in 0..40 {
                    let made = client.post("/rest/v1/notes", &json!({ "body": person }));
                    assert_eq!(made.status, 201, "{}", made.text());
                    let notes = client.get("/rest/v1/notes?select=owner,body").json();
                    let notes = notes.as_array().unwrap().clone();
                    assert_eq!(notes.len(), round + 1);
                    assert!(
                        notes
                            .iter()
                            .all(|note| note["owner"] == **person && note["body"] == **person)
                    );
                    let visitor = server.visitor().get("/rest/v1/notes?select=id");
                    assert_eq!(visitor.text(), "[]");
                }
            });
        }
    });
}
