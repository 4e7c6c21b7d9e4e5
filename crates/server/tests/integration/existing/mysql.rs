//! Of MariaDB.

use std::process::Command;
use std::sync::Arc;

use serde_json::{Value as Json, json};
use underpin_testkit::{Client, Mariadb, Project, TestServer};

use super::{PROGRAM, client, denied, refused};

/// What old and new applications make, with what only this database lets them do.
const MADE: &[&str] = &[
    "SET sql_mode = ''",
    "CREATE TABLE users (
       id BIGINT UNSIGNED AUTO_INCREMENT PRIMARY KEY,
       email VARCHAR(190) CHARACTER SET latin1 NOT NULL UNIQUE,
       name VARCHAR(50) NOT NULL DEFAULT 'nobody',
       is_admin TINYINT(1) NOT NULL DEFAULT 0,
       level TINYINT UNSIGNED NOT NULL DEFAULT 3,
       secret TEXT,
       joined DATETIME NOT NULL DEFAULT '0000-00-00 00:00:00'
     ) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci COMMENT = 'who is here'",
    "CREATE TABLE posts (
       id INT AUTO_INCREMENT PRIMARY KEY,
       user_id BIGINT UNSIGNED NOT NULL COMMENT 'who wrote it',
       title VARCHAR(20) NOT NULL,
       feeling ENUM('sad', 'it''s fine', 'happy') NOT NULL DEFAULT 'happy',
       tags SET('a', 'b', 'c') NOT NULL DEFAULT '',
       price DECIMAL(10,2) NOT NULL DEFAULT '1.50',
       meta JSON,
       place POINT,
       shown BIT(1) NOT NULL DEFAULT b'1',
       flags BIT(5),
       since YEAR,
       day DATE,
       length TIME,
       made TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
       changed DATETIME NULL ON UPDATE CURRENT_TIMESTAMP,
       slug VARCHAR(40) AS (LOWER(title)) STORED,
       token CHAR(36) NOT NULL DEFAULT (UUID()),
       body MEDIUMTEXT,
       UNIQUE KEY of_user (user_id, title),
       KEY by_day (day),
       FULLTEXT KEY words (body),
       CONSTRAINT has_price CHECK (price >= 0),
       CONSTRAINT posts_user FOREIGN KEY (user_id) REFERENCES users (id) ON DELETE CASCADE
     ) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci",
    "CREATE TABLE `Odd ``Table` (`order` INT PRIMARY KEY, `quo\"te` VARCHAR(10), `Select` TEXT, user_id BIGINT UNSIGNED)",
    "CREATE TABLE pairs (a INT, b VARCHAR(5) CHARACTER SET utf8mb4 COLLATE utf8mb4_general_ci, note TEXT, PRIMARY KEY (a, b))",
    "CREATE TABLE keyless (n INT, word VARCHAR(20), UNIQUE KEY of_user (n, word), KEY by_day (word))",
    "CREATE TABLE notes (id INT PRIMARY KEY, meta LONGTEXT)",
    "INSERT INTO notes VALUES (1, 'no document')",
    "CREATE TABLE stamped (id INT AUTO_INCREMENT PRIMARY KEY, word VARCHAR(20), loud VARCHAR(20))",
    "CREATE TRIGGER stamp BEFORE INSERT ON stamped FOR EACH ROW SET NEW.loud = UPPER(NEW.word)",
    "CREATE TABLE owned (id INT AUTO_INCREMENT PRIMARY KEY, owner BIGINT, word VARCHAR(20))",
    "CREATE TRIGGER take_new BEFORE INSERT ON owned FOR EACH ROW SET NEW.owner = IF(NEW.word = 'taken', 99, NEW.owner)",
    "CREATE TRIGGER take_old BEFORE UPDATE ON owned FOR EACH ROW SET NEW.owner = IF(NEW.word = 'taken', 99, NEW.owner)",
    "CREATE VIEW titles AS SELECT id, title FROM posts",
    "INSERT INTO users (email, name, is_admin, joined) VALUES ('Ada@example.org', 'Ada', 2, '2020-02-29 12:00:00'), ('bob@example.org', 'Bob', 0, '0000-00-00 00:00:00')",
    "INSERT INTO posts (user_id, title, feeling, tags, meta, place, flags, since, day, length, made) VALUES
       (1, 'One', 'sad', 'a,c', '{\"b\": 1.50, \"a\": [1,  2]}', POINT(1, 2), 21, 1999, '2020-00-15', '10:30:00', '2026-01-02 03:04:05'),
       (1, 'Two', 'happy', '', NULL, NULL, NULL, NULL, '2024-05-06', NULL, '2026-01-02 03:04:05'),
       (2, 'three', 'none such', 'b', 'null', NULL, 1, 2020, '0000-00-00', NULL, '2026-01-02 03:04:05')",
    "INSERT INTO `Odd ``Table` VALUES (1, 'a', 'b', 1), (2, 'c', 'd', 2)",
    "INSERT INTO pairs VALUES (1, 'x', 'one'), (1, 'y', 'two')",
    "INSERT INTO keyless VALUES (1, 'one'), (2, 'two')",
    "INSERT INTO stamped (word) VALUES ('quiet')",
];

const RULES: &str = r#"
create function me() returns bigint language sql stable as $$ select (auth.jwt() ->> 'sub')::bigint $$;
alter table posts enable row level security;
create policy "everybody reads" on posts for select to anon, authenticated using (true);
create policy "own rows" on posts for all to authenticated using (user_id = me()) with check (user_id = me() and title <> 'forbidden');
alter table users enable row level security;
create policy "who writes" on users for select using (exists (select from posts where posts.user_id = users.id));
revoke select on users from anon, authenticated;
grant select (id, name, email, is_admin, joined) on users to anon, authenticated;
alter table "Odd `Table" enable row level security;
create policy odd on "Odd `Table" using ("quo""te" <> 'hidden');
alter table "Odd `Table" add foreign key (user_id) references users (id) not valid;
alter table pairs enable row level security;
create policy pairs on pairs using (true);
alter table keyless enable row level security;
create policy keyless on keyless using (n < 10);
alter table stamped enable row level security;
create policy stamped on stamped using (true);
alter table owned enable row level security;
create policy owned on owned using (owner = me());
alter table titles enable row level security;
create policy titles on titles for select to anon using (title <> 'Two');
"#;

struct Served {
    server: TestServer,
    _mariadb: Arc<Mariadb>,
}

/// Returns a server, and the address of a new database of it.
fn made() -> Option<(Arc<Mariadb>, String)> {
    let mariadb = Mariadb::shared()?;
    let url = mariadb.database();
    mariadb.run(&url, MADE);
    Some((mariadb, url))
}

impl Served {
    fn new(rules: &str) -> Option<Self> {
        let (mariadb, url) = made()?;
        Some(Self::over(mariadb, &url, rules))
    }

    fn over(mariadb: Arc<Mariadb>, url: &str, rules: &str) -> Self {
        let project = Project::new()
            .set(&format!("database.url={url}"))
            .set("database.existing=true")
            .file("policies/rules.sql", rules);
        Self {
            server: TestServer::start(&project),
            _mariadb: mariadb,
        }
    }

    fn client(&self, who: &str) -> Client {
        client(&self.server, who)
    }

    /// Asks, and compares status and body.
    #[track_caller]
    fn check(&self, who: &str, ask: &str, send: Json, status: u16, expected: Json) {
        self.check_with(who, ask, "return=representation", send, status, expected);
    }

    #[track_caller]
    fn check_with(
        &self,
        who: &str,
        ask: &str,
        prefer: &str,
        send: Json,
        status: u16,
        expected: Json,
    ) {
        let answer = super::ask(&self.server, who, ask, &[("prefer", prefer)], send);
        assert_eq!(answer, (status, expected), "{who}: {ask}");
    }
}

/// A number as it is written.
fn number(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

#[test]
fn nothing_is_open_that_no_rule_opens() {
    let Some(served) = Served::new("") else {
        return;
    };
    for table in ["users", "posts", "pairs", "keyless", "titles"] {
        let denied = denied("table", table);
        let ask = format!("GET {table}");
        served.check("anon", &ask, Json::Null, 401, denied.clone());
        served.check("1", &ask, Json::Null, 403, denied);
    }
    let rows = json!([{ "n": 1, "word": "one" }]);
    served.check("service", "GET keyless?n=eq.1", Json::Null, 200, rows);
    let titles = json!([{ "title": "One" }, { "title": "Two" }, { "title": "three" }]);
    served.check(
        "service",
        "GET titles?select=title&order=id",
        Json::Null,
        200,
        titles,
    );
}

#[test]
fn values_are_what_they_mean() {
    let Some(served) = Served::new("") else {
        return;
    };
    let columns = "feeling,tags,price,meta,place,shown,flags,since,day,length,made,changed,slug";
    let rows = json!([
        {
            "feeling": "sad", "tags": "a,c", "price": number("1.50"), "meta": { "a": [1, 2], "b": number("1.50") },
            "place": { "type": "Point", "coordinates": [1, 2] }, "shown": true, "flags": 21, "since": 1999, "day": null,
            "length": "10:30:00", "made": "2026-01-02T03:04:05+00:00", "changed": null, "slug": "one",
        },
        {
            "feeling": "happy", "tags": "", "price": number("1.50"), "meta": null, "place": null, "shown": true, "flags": null, "since": null,
            "day": "2024-05-06", "length": null, "made": "2026-01-02T03:04:05+00:00", "changed": null, "slug": "two",
        },
        {
            "feeling": null, "tags": "b", "price": number("1.50"), "meta": null, "place": null, "shown": true, "flags": 1, "since": 2020,
            "day": null, "length": null, "made": "2026-01-02T03:04:05+00:00", "changed": null, "slug": "three",
        },
    ]);
    let ask = format!("GET posts?select={columns}&order=id");
    served.check("service", &ask, Json::Null, 200, rows.clone());
    // As documents, and through the machine that does what the database cannot.
    let embedded = json!([{ "posts": [rows[0], rows[1]] }]);
    let ask = format!("GET users?select=posts({columns})&id=eq.1&posts.order=id");
    served.check("service", &ask, Json::Null, 200, embedded);
    let ask = format!("GET posts?select={columns}&order=id&title=match.^[A-Za-z]");
    served.check("service", &ask, Json::Null, 200, rows);
    // Another table's column of that name is a document.
    let note = json!([{ "id": 1, "meta": "no document" }]);
    served.check(
        "service",
        "GET notes?meta=eq.no%20document",
        Json::Null,
        200,
        note,
    );
    let admins = json!([{ "name": "Ada", "is_admin": true, "joined": "2020-02-29T12:00:00" }]);
    let ask = "GET users?select=name,is_admin,joined&is_admin=is.true";
    served.check("service", ask, Json::Null, 200, admins);
}

#[test]
fn filters_mean_what_they_mean_elsewhere() {
    let Some(served) = Served::new("") else {
        return;
    };
    for (filter, expected) in [
        ("posts?title=eq.one", ""),
        ("posts?title=eq.One", "One"),
        ("posts?title=in.(one,Two)", "Two"),
        ("posts?title=neq.one&order=title", "One,Two,three"),
        ("posts?title=like.T*", "Two"),
        ("posts?title=ilike.T*&order=id", "Two,three"),
        ("posts?title=gt.Z", "three"),
        ("posts?day=is.null&order=id", "One,three"),
        ("posts?day=gte.2000-01-01", "Two"),
        ("posts?day=lt.2030-01-01", "Two"),
        ("posts?not.and=(day.gte.2030-01-01)&select=title", "Two"),
        ("posts?feeling=is.null", "three"),
        ("posts?feeling=eq.sad", "One"),
        ("posts?feeling=not.is.null&order=feeling", "One,Two"),
        ("posts?shown=is.true&flags=gt.20", "One"),
        ("posts?since=eq.99", ""),
        ("posts?since=gt.2000", "three"),
        ("posts?meta->>b=eq.1.50", "One"),
        ("posts?meta=cs.{\"a\":[2]}", "One"),
        ("posts?price=eq.1.5&order=id", "One,Two,three"),
        ("posts?user_id=eq.2", "three"),
    ] {
        let answer = served.client("service").get(&format!("/rest/v1/{filter}"));
        let rows = answer.json();
        let titles: Vec<&str> = rows
            .as_array()
            .unwrap_or_else(|| panic!("{filter}: {}", answer.text()))
            .iter()
            .map(|row| row["title"].as_str().unwrap())
            .collect();
        assert_eq!(titles.join(","), expected, "{filter}");
    }
    for (email, count) in [
        ("ada@example.org", 0),
        ("Ada@example.org", 1),
        ("\u{1F600}", 0),
    ] {
        let rows = served
            .client("service")
            .get(&format!("/rest/v1/users?email=eq.{email}"))
            .json();
        assert_eq!(rows.as_array().map(Vec::len), Some(count), "{email}");
    }
}

#[rustfmt::skip]
#[test]
fn rules_are_part_of_statements() {
    let Some(served) = Served::new(RULES) else {
        return;
    };
    let titles = json!([{ "title": "One" }, { "title": "Two" }, { "title": "three" }]);
    served.check("anon", "GET posts?select=title&order=id", Json::Null, 200, titles);
    let embedded = json!([{ "title": "three", "users": { "name": "Bob" } }]);
    served.check("anon", "GET posts?select=title,users(name)&id=eq.3", Json::Null, 200, embedded);
    served.check("anon", "GET users?select=secret", Json::Null, 401, denied("table", "users"));
    served.check("anon", "GET titles?order=id", Json::Null, 200, json!([{ "id": 1, "title": "One" }, { "id": 3, "title": "three" }]));
    served.check("1", "POST posts", json!({ "user_id": 2, "title": "theirs" }), 403, refused("posts"));
    served.check("1", "POST posts", json!([{ "user_id": 1, "title": "four" }, { "user_id": 2, "title": "five" }]), 403, refused("posts"));
    served.check("1", "PATCH posts?id=eq.1", json!({ "user_id": 2 }), 403, refused("posts"));
    served.check("1", "PATCH posts?id=eq.3", json!({ "title": "mine" }), 200, json!([]));
    served.check("1", "DELETE posts?id=eq.3", Json::Null, 200, json!([]));
    let odd = json!([{ "order": 2, "quo\"te": "c", "users": { "name": "Bob" } }]);
    served.check("anon", "GET Odd%20%60Table?select=order,\"quo\\\"te\",users(name)&Select=eq.d", Json::Null, 200, odd);
    served.check("anon", "POST Odd%20%60Table", json!({ "order": 4, "quo\"te": "hidden" }), 401, refused("Odd `Table"));
}

#[rustfmt::skip]
#[test]
fn rows_are_written_and_returned_as_the_database_keeps_them() {
    let Some(served) = Served::new(RULES) else {
        return;
    };
    let made = json!({
        "user_id": 1, "title": "Four", "feeling": "it's fine", "tags": "c", "price": 2.345, "meta": { "z": 1 }, "shown": false, "flags": 3,
        "since": 2024, "day": "2026-11-27", "length": "00:01:02", "changed": "2026-01-01T00:00:00.7",
        "place": { "type": "Point", "coordinates": [3, 4] },
    });
    let kept = json!([{
        "id": 4, "user_id": 1, "title": "Four", "feeling": "it's fine", "tags": "c", "price": 2.35, "meta": { "z": 1 }, "shown": false,
        "flags": 3, "since": 2024, "day": "2026-11-27", "length": "00:01:02", "changed": "2026-01-01T00:00:00", "slug": "four",
        "place": { "type": "Point", "coordinates": [3, 4] }, "body": null,
    }]);
    let columns = "id,user_id,title,feeling,tags,price,meta,shown,flags,since,day,length,changed,slug,place,body";
    served.check("1", &format!("POST posts?select={columns}"), made, 201, kept);
    let answer = served.client("1").header("prefer", "return=representation").post("/rest/v1/posts?select=made,token,feeling", &json!({ "user_id": 1, "title": "Five" }));
    let row = &answer.json()[0];
    assert_eq!(row["token"].as_str().map(str::len), Some(36), "{}", answer.text());
    assert!(row["made"].as_str().is_some_and(|at| at.starts_with("20")), "{row}");
    assert_eq!(row["feeling"], "happy");
    served.check("1", "PATCH posts?id=eq.4&select=title,slug", json!({ "title": "Vier" }), 200, json!([{ "title": "Vier", "slug": "vier" }]));
    served.check("1", "POST posts?select=id", json!([{ "user_id": 1, "title": "a" }, { "user_id": 1, "title": "b" }]), 201, json!([{ "id": 6 }, { "id": 7 }]));
    served.check("1", "DELETE posts?id=gte.6&select=id&order=id", Json::Null, 200, json!([{ "id": 6 }, { "id": 7 }]));
    // Numbers are not given again.
    served.check("1", "POST posts?select=id", json!({ "user_id": 1, "title": "c" }), 201, json!([{ "id": 8 }]));
    served.check("anon", "POST stamped", json!({ "word": "hello" }), 201, json!([{ "id": 2, "word": "hello", "loud": "HELLO" }]));
    served.check("anon", "PATCH pairs?a=eq.1&b=eq.y", json!({ "note": "z" }), 200, json!([{ "a": 1, "b": "y", "note": "z" }]));
    let merge = "return=representation,resolution=merge-duplicates";
    served.check_with("anon", "POST pairs", merge, json!({ "a": 1, "b": "x", "note": "w" }), 200, json!([{ "a": 1, "b": "x", "note": "w" }]));
    served.check("anon", "PATCH keyless?n=eq.2", json!({ "word": "zwei" }), 200, json!([{ "n": 2, "word": "zwei" }]));
    served.check("anon", "DELETE keyless?n=eq.1", Json::Null, 200, json!([{ "n": 1, "word": "one" }]));
}

#[rustfmt::skip]
#[test]
fn what_a_trigger_makes_of_a_row_is_checked_as_it_was_written() {
    let Some(served) = Served::new(RULES) else {
        return;
    };
    served.check("1", "POST owned", json!({ "owner": 1, "word": "mine" }), 201, json!([{ "id": 1, "owner": 1, "word": "mine" }]));
    served.check("1", "POST owned", json!({ "owner": 1, "word": "taken" }), 403, refused("owned"));
    served.check_with("1", "POST owned", "return=minimal", json!({ "owner": 1, "word": "taken" }), 403, refused("owned"));
    served.check("1", "PATCH owned?id=eq.1", json!({ "word": "taken" }), 403, refused("owned"));
    served.check("service", "GET owned?select=owner,word", Json::Null, 200, json!([{ "owner": 1, "word": "mine" }]));
}

#[rustfmt::skip]
#[test]
fn what_the_database_refuses_is_said_as_elsewhere() {
    let Some(served) = Served::new("") else {
        return;
    };
    for (ask, body, status, code, message) in [
        ("POST posts", json!({ "user_id": 1, "title": "One" }), 409, "23505", "duplicate key value violates unique constraint \"of_user\""),
        // Case is nothing to the column's collation.
        ("POST posts", json!({ "user_id": 1, "title": "ONE" }), 409, "23505", "duplicate key value violates unique constraint \"of_user\""),
        ("POST posts", json!({ "id": 1, "user_id": 1, "title": "x" }), 409, "23505", "duplicate key value violates unique constraint \"posts_pkey\""),
        ("POST posts", json!({ "user_id": 9, "title": "x" }), 409, "23503", "insert or update on table \"posts\" violates foreign key constraint \"posts_user\""),
        ("POST posts", json!({ "title": "x" }), 400, "23502", "null value in column \"user_id\" of relation \"posts\" violates not-null constraint"),
        ("POST posts", json!({ "user_id": 1, "title": "x", "price": -1 }), 400, "23514", "new row for relation \"posts\" violates check constraint \"has_price\""),
        ("POST posts", json!({ "user_id": 1, "title": "x", "slug": "mine" }), 400, "428C9", "cannot insert a non-DEFAULT value into column \"slug\""),
        ("POST titles", json!({ "id": 9 }), 500, "55000", "cannot change view \"titles\""),
    ] {
        let answer = served.client("service").header("content-type", "application/json").send("POST", &format!("/rest/v1/{}", ask.split_once(' ').unwrap().1), body.to_string().as_bytes());
        let found = answer.json();
        assert_eq!((found["code"].as_str(), found["message"].as_str(), answer.status), (Some(code), Some(message), status), "{ask} {body}");
    }
}

/// Numbers that several take at once, some of them beside the server, are each given once.
#[test]
fn concurrent_rows_get_numbers_of_their_own() {
    let Some((mariadb, url)) = made() else {
        return;
    };
    let served = Served::over(Arc::clone(&mariadb), &url, "");
    let count = 24;
    std::thread::scope(|scope| {
        let beside = ["INSERT INTO stamped (word) VALUES ('beside')"; 24];
        scope.spawn(move || mariadb.run(&url, &beside));
        let posts: Vec<_> = (0..count)
            .map(|number| {
                let client = served.client("service");
                scope.spawn(move || {
                    let row = json!({ "word": format!("w{number}") });
                    client.post("/rest/v1/stamped", &row).status
                })
            })
            .collect();
        for post in posts {
            assert_eq!(post.join().unwrap(), 201);
        }
    });
    let rows = served.client("service").get("/rest/v1/stamped?select=id");
    assert_eq!(rows.json().as_array().map(Vec::len), Some(2 * count + 1));
}

#[test]
fn a_project_is_made_and_the_database_stays_as_it_is() {
    let Some((_mariadb, url)) = made() else {
        return;
    };
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(PROGRAM)
        .args(["init", "--from", &url])
        .arg(folder.path().join("site"))
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout);
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{said}{errors}");
    for part in [
        "nothing in it was changed",
        "posts (user_id)",
        "foreign key posts_user",
        "a guess: declare it in policies/rules.sql",
        "no primary key",
    ] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(!said.contains("underpin_"), "{said}");
    let refused = Command::new(PROGRAM)
        .arg("reset")
        .arg("--yes")
        .arg(folder.path().join("site"))
        .output()
        .unwrap();
    assert!(!refused.status.success());
    let settings = std::fs::read_to_string(folder.path().join("site/underpin.toml")).unwrap();
    assert!(settings.contains("existing = true"), "{settings}");
}
