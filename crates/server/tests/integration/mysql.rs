//! MariaDB as the database: what is particular to it. That requests are answered the same is the conformance suite's matter.

use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use underpin_schema::migration::File;
use underpin_testkit::{Mariadb, Project, TestServer};

const OPEN: &str = "api.tables_without_policies=open";

/// A project on a database of its own; the database's server is held as long as the project's is.
struct OnMysql {
    project: TestServer,
    _database: Arc<Mariadb>,
}

impl Deref for OnMysql {
    type Target = TestServer;

    fn deref(&self) -> &TestServer {
        &self.project
    }
}

fn server(project: Project) -> Option<OnMysql> {
    let mariadb = Mariadb::shared()?;
    let project = project
        .set(OPEN)
        .set(&format!("database.url={}", mariadb.database()));
    Some(OnMysql {
        project: TestServer::start(&project),
        _database: mariadb,
    })
}

#[test]
fn values_are_kept_as_they_are() {
    let types = "
        create type mood as enum ('low', 'high');
        create table t (
          id int primary key, n numeric, p numeric(12, 3), d double precision, r real, t text, v varchar(10), c char(4),
          at timestamptz, local timestamp, day date, hour time, span interval, j json, b jsonb, list int[], words text[],
          feel mood, bin bytea, who uuid, yes boolean, big bigint, during int4range
        );";
    let Some(server) = server(Project::new().migration(types)) else {
        return;
    };
    let service = server.service();
    let row = json!({
        "id": 1, "n": 1.500, "p": 1.5, "d": 0.1, "r": 0.1, "t": "a\\b'c\"d\u{1F600}\n ", "v": "x ", "c": "ab",
        "at": "2026-03-01T10:00:00.123456+02:00", "local": "1066-10-14T09:00:00", "day": "9999-12-31", "hour": "24:00:00",
        "span": "1 day 02:00:00", "j": {"b": 1, "a": [1, 2]}, "b": {"b": 1.50, "a": null}, "list": [1, null, 3], "words": ["a,b", null],
        "feel": "high", "bin": "\\x00ff5c27", "who": "7F8D3A52-0d2c-4f8e-9d6b-0a1b2c3d4e5f", "yes": true, "big": i64::MAX, "during": "[1,5)",
    });
    let added = service
        .header("prefer", "return=representation")
        .post("/rest/v1/t", &row);
    assert_eq!(added.status, 201, "{}", added.text());
    let expected = concat!(
        r#"[{"id":1,"n":1.5,"p":1.500,"d":0.1,"r":0.1,"t":"a\\b'c\"d😀\n ","v":"x ","c":"ab  ","at":"2026-03-01T08:00:00.123456+00:00","#,
        r#""local":"1066-10-14T09:00:00","day":"9999-12-31","hour":"24:00:00","span":"1 day 02:00:00","j":{"a":[1,2],"b":1},"#,
        r#""b":{"a":null,"b":1.5},"list":[1,null,3],"words":["a,b",null],"feel":"high","bin":"\\x00ff5c27","#,
        r#""who":"7f8d3a52-0d2c-4f8e-9d6b-0a1b2c3d4e5f","yes":true,"big":9223372036854775807,"during":"[1,5)"}]"#,
    );
    assert_eq!(added.text(), expected);
    // Once as the database says it, once as part of a document.
    assert_eq!(service.get("/rest/v1/t").text(), expected);
    for (filter, count) in [
        ("t=like.a\\*", 0),
        ("p=eq.1.50", 1),
        ("n=gt.1.49", 1),
        ("at=eq.2026-03-01T08:00:00.123456Z", 1),
        ("v=eq.x", 0),
        ("c=eq.ab", 1),
        ("who=eq.7f8d3a52-0d2c-4f8e-9d6b-0a1b2c3d4e5f", 1),
        ("list=cs.{3}", 1),
        ("b->>b=eq.1.5", 1),
        ("feel=gt.low", 1),
        ("day=lt.infinity", 1),
        ("big=in.(1,9223372036854775807)", 1),
        ("during=cs.[4,4]", 1),
    ] {
        let found = service.get(&format!("/rest/v1/t?select=id&{filter}"));
        let rows = found.json();
        assert_eq!(
            rows.as_array().map(Vec::len),
            Some(count),
            "{filter}: {}",
            found.text()
        );
    }
    let late = service.post("/rest/v1/t", &json!({"id": 2, "at": "infinity"}));
    assert_eq!((late.status, late.code().as_str()), (400, "22008"));
}

#[test]
fn documents_hold_values_as_rows_do() {
    let schema = "
        create table parents (id int primary key, name text);
        create table children (
          id bigint generated always as identity primary key, parent int references parents (id),
          p numeric(12, 3), d double precision, r real, at timestamptz, day date, hour time, bin bytea, yes boolean, t text, j jsonb
        );
        insert into parents values (1, 'one'), (2, 'two');
        insert into children (parent, p, d, r, at, day, hour, bin, yes, t, j) values
          (1, 1.5, 1e300, 0.1, '2026-03-01 10:00:00.5+00', '2026-03-01', '10:00', '\\x00ff', true, E'a\\n\"\\\\', '{\"a\": [1.50, null]}'),
          (1, null, null, null, null, null, null, null, null, null, null);";
    let Some(server) = server(Project::new().migration(schema)) else {
        return;
    };
    let service = server.service();
    let rows = service.get("/rest/v1/children?select=id,p,d,r,at,day,hour,bin,yes,t,j&order=id");
    let embedded = service.get(
        "/rest/v1/parents?select=children(id,p,d,r,at,day,hour,bin,yes,t,j)&id=eq.1&children.order=id",
    );
    assert_eq!(
        embedded.text(),
        format!("[{{\"children\":{}}}]", rows.text())
    );
    let up = service.get("/rest/v1/children?select=id,parents(name)&order=id.desc&limit=1");
    assert_eq!(up.text(), r#"[{"id":2,"parents":{"name":"one"}}]"#);
}

#[test]
fn a_migration_that_broke_off_goes_on() {
    let Some(server) = server(Project::new().migration("create table a (id int primary key);"))
    else {
        return;
    };
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let migrate = |text: &str| {
        let file = File::new("migrations/20300101000000_more.sql", text).unwrap();
        let first = File::new(
            "migrations/00000000000001_test.sql",
            "create table a (id int primary key);",
        )
        .unwrap();
        runtime.block_on(server.application.migrate(&[first, file]))
    };
    let begins = "create table b (id int primary key);\ninsert into b values (1), (2);\n";
    let error = migrate(&format!("{begins}insert into b values (3), (1);\n")).unwrap_err();
    assert_eq!(error.code().as_str(), "23505");
    let hint = error.get_hint().unwrap_or_default().to_owned();
    assert!(hint.contains("before line 3 is done"), "{hint}");
    // Nothing of it is to be seen yet, and what is done is not done again.
    assert_eq!(server.service().get("/rest/v1/b").status, 404);
    let other = migrate("create table c (id int primary key);\n").unwrap_err();
    assert_eq!(other.code().as_str(), "migration_refused");
    migrate(&format!("{begins}insert into b values (3);\n")).unwrap();
    let rows = server.service().get("/rest/v1/b?order=id").text();
    assert_eq!(rows, r#"[{"id":1},{"id":2},{"id":3}]"#);
}

#[test]
fn many_at_once_count_and_merge_without_loss() {
    let schema = "
        create table tallies (id int primary key, n int not null);
        create table lines (id bigint generated always as identity primary key, code text unique);
        insert into tallies values (1, 0);
        create function more() returns void language sql as $$ update tallies set n = n + 1 where id = 1 $$;";
    let Some(server) = server(Project::new().migration(schema)) else {
        return;
    };
    std::thread::scope(|scope| {
        for client in 0..6 {
            let service = server.service();
            scope.spawn(move || {
                for round in 0..10 {
                    let more = service.post("/rest/v1/rpc/more", &json!({}));
                    assert_eq!(more.status, 204, "{}", more.text());
                    let merged = service
                        .header("prefer", "resolution=merge-duplicates")
                        .post(
                            "/rest/v1/lines?on_conflict=code",
                            &json!({"code": format!("c{round}")}),
                        );
                    assert!(merged.status < 300, "{client}: {}", merged.text());
                }
            });
        }
    });
    let tallies = server.service().get("/rest/v1/tallies?select=n").text();
    assert_eq!(tallies, r#"[{"n":60}]"#);
    let lines = server.service().get("/rest/v1/lines?select=code").json();
    assert_eq!(lines.as_array().map(Vec::len), Some(10));
}

/// More writers at once than there are connections: each needs a number, and none waits for a connection that another one holds.
#[test]
fn writers_do_not_wait_for_each_other_for_ever() {
    let schema =
        "create table lines (id bigint generated always as identity primary key, client int);";
    let Some(server) = server(
        Project::new()
            .migration(schema)
            .set("database.connections=3"),
    ) else {
        return;
    };
    std::thread::scope(|scope| {
        for client in 0..12 {
            let service = server.service();
            scope.spawn(move || {
                for _ in 0..5 {
                    let added = service.post("/rest/v1/lines", &json!({ "client": client }));
                    assert_eq!(added.status, 201, "{}", added.text());
                }
            });
        }
    });
    let ids = server
        .service()
        .get("/rest/v1/lines?select=id&order=id")
        .json();
    let ids: Vec<u64> = ids
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row| row["id"].as_u64())
        .collect();
    assert_eq!(ids, (1..=60).collect::<Vec<u64>>());
}

/// What the database cannot choose rows by is refused where it would have to bring too many, and nothing is cut off in silence.
#[test]
fn what_would_bring_too_many_rows_is_refused() {
    let schema = "
        create table many (id int primary key, words text[]);
        insert into many select n, array['a'] from generate_series(1, 50000) n;
        insert into many select n, array['b'] from generate_series(50001, 100001) n;";
    let Some(server) = server(Project::new().migration(schema)) else {
        return;
    };
    let service = server.service();
    let refused = service.get("/rest/v1/many?words=cs.{b}&limit=1");
    assert_eq!((refused.status, refused.code().as_str()), (500, "54001"));
    let narrowed = service.get("/rest/v1/many?select=id&words=cs.{b}&id=gt.99999&order=id");
    assert_eq!(narrowed.text(), r#"[{"id":100000},{"id":100001}]"#);
    let counted = service
        .header("prefer", "count=exact")
        .get("/rest/v1/many?select=id&limit=1&order=id.desc");
    assert_eq!(counted.header("content-range"), Some("0-0/100001"));
}

#[test]
fn what_was_acknowledged_survives_the_death_of_the_database() {
    let Some(mut mariadb) = Mariadb::start() else {
        return;
    };
    let project = Project::new()
        .migration("create table notes (id bigint primary key);")
        .set(OPEN)
        .set("api.max_rows=1000000")
        .set(&format!("database.url={}", mariadb.database()));
    let server = TestServer::start(&project);
    let (next, stop) = (AtomicU64::new(1), AtomicBool::new(false));
    let acknowledged = std::thread::scope(|scope| {
        let clients: Vec<_> = (0..4)
            .map(|_| {
                let service = server.service();
                let (next, stop) = (&next, &stop);
                scope.spawn(move || {
                    let mut acknowledged = Vec::new();
                    while !stop.load(Ordering::Relaxed) {
                        let id = next.fetch_add(1, Ordering::Relaxed);
                        let begun = Instant::now();
                        let answer = service.post("/rest/v1/notes", &json!({ "id": id }));
                        assert!(begun.elapsed() < Duration::from_secs(15));
                        match answer.status {
                            201 => acknowledged.push(id),
                            503 => std::thread::sleep(Duration::from_millis(20)),
                            _ => panic!("{}", answer.text()),
                        }
                    }
                    acknowledged
                })
            })
            .collect();
        std::thread::sleep(Duration::from_millis(500));
        mariadb.kill();
        std::thread::sleep(Duration::from_millis(300));
        let down = server.service().get("/rest/v1/notes?limit=1");
        assert_eq!(down.status, 503, "{}", down.text());
        mariadb.start_again();
        let returned = Instant::now();
        while server.service().get("/rest/v1/notes?limit=1").status != 200 {
            assert!(returned.elapsed() < Duration::from_secs(2));
        }
        std::thread::sleep(Duration::from_millis(300));
        stop.store(true, Ordering::Relaxed);
        let all = clients.into_iter().map(|client| client.join().unwrap());
        all.collect::<Vec<_>>().concat()
    });
    let rows = server.service().get("/rest/v1/notes?select=id").json();
    let kept: Vec<u64> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|row: &Json| row["id"].as_u64())
        .collect();
    assert!(acknowledged.len() > 10);
    let lost: Vec<&u64> = acknowledged
        .iter()
        .filter(|id| !kept.contains(id))
        .collect();
    assert_eq!(lost, Vec::<&u64>::new());
}

/// What the database has no index for is as unique as what it has one for, however many insert at the same time.
#[test]
fn rules_over_many_rows_hold_under_concurrency() {
    let schema = "
        create table seats (id int generated always as identity primary key, seat text, gone boolean not null default false);
        create unique index one_each on seats (seat) where not gone;
        create table words (word text);
        create unique index folded on words (lower(word));
        create table bookings (room int, during int4range, exclude using gist (room with =, during with &&));";
    let Some(server) = server(Project::new().migration(schema)) else {
        return;
    };
    for round in 0..6 {
        for (table, row) in [
            ("seats", json!({ "seat": format!("s{round}") })),
            ("words", json!({ "word": format!("Word{round}") })),
            ("bookings", json!({ "room": round, "during": "[1,5)" })),
        ] {
            let won = AtomicU64::new(0);
            std::thread::scope(|scope| {
                for _ in 0..8 {
                    scope.spawn(|| {
                        let answer = server.service().post(&format!("/rest/v1/{table}"), &row);
                        match answer.status {
                            201 => drop(won.fetch_add(1, Ordering::Relaxed)),
                            _ => {
                                let refused = matches!(answer.code().as_str(), "23505" | "23P01");
                                assert!(refused, "{table}: {}", answer.text());
                            }
                        }
                    });
                }
            });
            assert_eq!(won.into_inner(), 1, "{table}");
        }
    }
}
