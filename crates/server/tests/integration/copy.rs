//! `underpin copy`: rows move between engines and back, are the same, and come once however often the program is killed.

use std::fs;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tempfile::TempDir;
use underpin_testkit::{Client, Mariadb, Postgres, Project, TestServer};

const PROGRAM: &str = env!("CARGO_BIN_EXE_underpin");

/// What a call of the program gave.
struct Called {
    success: bool,
    out: String,
    err: String,
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(PROGRAM);
    command
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .stdin(Stdio::null());
    command
}

fn call(arguments: &[&str]) -> Called {
    let output = command(arguments).output().unwrap();
    Called {
        success: output.status.success(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

#[track_caller]
fn succeed(arguments: &[&str]) -> Called {
    let called = call(arguments);
    assert!(
        called.success,
        "{arguments:?}\n{}{}",
        called.out, called.err
    );
    called
}

/// Calls a copy that must be refused with `message`.
#[track_caller]
fn refuse(arguments: &[&str], message: &str) {
    let called = call(arguments);
    assert!(!called.success, "{}", called.out);
    assert!(called.err.contains(message), "{}", called.err);
}

/// Returns a project's folder with a database, and the setting that names it.
fn made(project: &Project, url: &str) -> (TempDir, String) {
    let folder = project.write();
    let set = format!("database.url={url}");
    let path = folder.path().to_str().unwrap();
    succeed(&["reset", path, "--yes", "--set", &set]);
    (folder, set)
}

/// Copies from the database of `from` to `to`.
#[track_caller]
fn copy(folder: &TempDir, from: &str, to: &str) -> Called {
    let path = folder.path().to_str().unwrap();
    succeed(&["copy", path, "--set", from, "--to", to])
}

/// Runs SQL with SQLite, and returns what it prints.
fn sql(folder: &TempDir, set: &str, sql: &str) -> String {
    let path = folder.path().to_str().unwrap();
    succeed(&["sql", path, "--set", set, "-c", sql, "--json"]).out
}

fn example(folder: &str) -> Project {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../..")
        .join(folder);
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let mut project = Project::new()
        .file("underpin.toml", &read(&folder.join("underpin.toml")))
        .seed(&read(&folder.join("seed.sql")));
    let entries = fs::read_dir(folder.join("migrations")).unwrap();
    let mut paths: Vec<_> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        project = project.file(&format!("migrations/{name}"), &read(&path));
    }
    project
}

/// What is asked before and after; `|` parts the schema from the path.
fn answers(client: &Client, asked: &[&str]) -> Vec<(u16, String)> {
    let ask = |asked: &&str| {
        let (schema, path) = asked.split_once('|').unwrap();
        let answer = client
            .header("accept-profile", schema)
            .header("prefer", "count=exact")
            .get(&format!("/rest/v1/{path}"));
        let range = answer
            .header("content-range")
            .unwrap_or_default()
            .to_owned();
        assert!(answer.status < 300, "{asked}: {}", answer.text());
        (answer.status, range + &answer.text())
    };
    asked.iter().map(ask).collect()
}

/// Moves a project from a file to a server's database and into another file, and asks each the same.
fn check_both_ways(project: &Project, server: &str, asked: &[&str]) {
    let (folder, first) = made(project, "sqlite:first.db");
    let second = format!("database.url={server}");
    copy(&folder, &first, server);
    copy(&folder, &second, "sqlite:second.db");
    let path = folder.path().display();
    let places = [
        format!("database.url=sqlite:{path}/first.db"),
        second,
        format!("database.url=sqlite:{path}/second.db"),
    ];
    let bare = project.clone().seed("");
    let answered = places.map(|place| {
        let server = TestServer::start(&bare.clone().set(&place));
        answers(&server.service(), asked)
    });
    for (asked, (one, others)) in asked
        .iter()
        .zip(answered[0].iter().zip(answered[1].iter().zip(&answered[2])))
    {
        assert_eq!(one, others.0, "{asked}");
        assert_eq!(one, others.1, "{asked}");
    }
}

const OF_SHOP: [&str; 9] = [
    "public|products?select=*&order=id&limit=50",
    "public|products?select=title,seller:profiles!products_seller_id_fkey(display_name)&order=id&offset=900",
    "public|orders?select=*,lines:order_lines(*)&order=id&order_lines.order=line",
    "public|profiles?select=*&order=id",
    "public|product_listings?select=*&order=id&limit=20",
    "public|reviews?select=*&order=id&limit=100",
    "public|variants?select=*&order=id&limit=100",
    "public|addresses?select=*&order=id",
    "public|cart_items?select=*&order=cart_id,variant_id",
];

const OF_TYPES: [&str; 11] = [
    "public|kinds?select=id,i8,num,f8,b,t,vc,d,ts,tz,tm,iv,u,jb,ints,texts,m,bin&order=id",
    "public|projects?select=*,tasks(*)&order=id&tasks.order=id",
    "public|people?order=id",
    "public|keyless?order=a,b",
    "public|single_unique?order=unique_key",
    "public|always?order=id",
    "public|rated?order=id",
    "public|articles?order=id",
    "public|shelves?select=*,warehouses(*)&order=id",
    "public|Camel%20Case?order=Id",
    "other|parts?select=*,widgets(*)&order=id",
];

#[test]
fn the_shop_moves_to_postgresql_and_back() {
    if let Some(server) = Postgres::shared() {
        check_both_ways(&example("examples/shop"), &server.database(), &OF_SHOP);
    }
}

#[test]
fn every_type_moves_to_postgresql_and_back() {
    if let Some(server) = Postgres::shared() {
        check_both_ways(
            &example("tests/conformance/project"),
            &server.database(),
            &OF_TYPES,
        );
    }
}

#[test]
fn the_shop_moves_to_mysql_and_back() {
    if let Some(server) = Mariadb::shared() {
        check_both_ways(&example("examples/shop"), &server.database(), &OF_SHOP);
    }
}

#[test]
fn every_type_moves_to_mysql_and_back() {
    if let Some(server) = Mariadb::shared() {
        check_both_ways(
            &example("tests/conformance/project"),
            &server.database(),
            &OF_TYPES,
        );
    }
}

const COUNTED: &str = "
    create sequence tickets start 100;
    create table people (id bigint generated always as identity primary key, boss bigint references people (id), name text not null);
    create table notes (id uuid primary key default gen_random_uuid(), number bigint generated by default as identity, ticket bigint default nextval('tickets'), person bigint not null references people (id), stamp timestamptz not null default now());
    create table logged (id int primary key, n int not null default 0);
    create function log_note() returns trigger language plpgsql as $$ begin insert into logged values (new.number::int, 1); return new; end $$;
    create trigger log_note after insert on notes for each row execute function log_note();
    alter table notes enable row level security;
    insert into people (name) values ('made by a migration');";

const COUNTED_ROWS: &str = "
    insert into people (boss, name) values (1, 'a'), (1, 'b');
    update people set boss = 3 where id = 2;
    insert into people (name) values ('gone');
    delete from people where name = 'gone';
    insert into notes (person) values (2), (3);
    delete from logged;
    insert into logged values (77, 5);
    insert into auth.users (id, email) values ('a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'a@example.com');";

/// Inserts with what the database counts, and returns what it gave.
fn counted(client: &Client) -> String {
    let client = client.header("prefer", "return=representation");
    let person = client.post(
        "/rest/v1/people?select=id",
        &serde_json::json!({ "name": "new" }),
    );
    let note = client.post(
        "/rest/v1/notes?select=number,ticket",
        &serde_json::json!({ "person": 1 }),
    );
    let logged = client.get("/rest/v1/logged?order=id");
    format!("{} {} {}", person.text(), note.text(), logged.text())
}

#[test]
fn counters_go_on_and_triggers_do_not_act_on_what_is_copied() {
    if let Some(postgres) = Postgres::shared() {
        check_counters(postgres.database(), postgres.database());
    }
}

#[test]
fn counters_go_on_on_mysql() {
    if let Some(mariadb) = Mariadb::shared() {
        check_counters(mariadb.database(), mariadb.database());
    }
}

fn check_counters(server: String, again: String) {
    let project = Project::new().migration(COUNTED).seed(COUNTED_ROWS);
    let (folder, first) = made(&project, "sqlite:first.db");
    copy(&folder, &first, &server);
    let second = format!("database.url={server}");
    copy(&folder, &second, &again);
    copy(&folder, &second, "sqlite:second.db");
    copy(&folder, &first, "sqlite:third.db");
    let expected = r#"[{"id":5}] [{"number":3,"ticket":102}] [{"id":3,"n":1},{"id":77,"n":5}]"#;
    let path = folder.path().display();
    for place in [
        server,
        again,
        format!("sqlite:{path}/second.db"),
        format!("sqlite:{path}/third.db"),
    ] {
        let project = project
            .clone()
            .seed("")
            .set(&format!("database.url={place}"));
        let server = TestServer::start(&project);
        assert_eq!(counted(&server.service()), expected, "{place}");
    }
    let accounts = sql(
        &folder,
        "database.url=sqlite:second.db",
        "select email from \"auth.users\"",
    );
    assert!(accounts.contains("a@example.com"), "{accounts}");
}

#[test]
fn a_copy_is_refused_that_would_mix_or_lose_rows() {
    let project = Project::new().migration(COUNTED).seed(COUNTED_ROWS);
    let (folder, first) = made(&project, "sqlite:first.db");
    let path = folder.path().to_str().unwrap();
    let to = |target: &'static str| {
        [
            "copy",
            path,
            "--set",
            &*first.clone().leak(),
            "--to",
            target,
        ]
    };
    refuse(&to("sqlite:first.db"), "expected another database than");
    refuse(
        &to("oracle://x"),
        "--to expects sqlite:FILE, postgres://… or mysql://…",
    );
    let dry = succeed(&[&to("sqlite:copied.db")[..], &["--dry-run"]].concat());
    assert!(dry.out.contains("would apply migrations/"), "{}", dry.out);
    assert!(dry.out.contains("public.people"), "{}", dry.out);
    assert!(!folder.path().join("copied.db").exists());
    let copied = succeed(&to("sqlite:copied.db"));
    assert!(
        copied.err.contains("copied public.people: 3 rows\n"),
        "{}",
        copied.err
    );
    refuse(
        &to("sqlite:copied.db"),
        "the target is not empty: there are rows in auth.users",
    );
    let other = Project::new().migration("create table other (id int primary key);");
    let (_other, elsewhere) = made(&other, &format!("sqlite:{path}/other.db"));
    drop(elsewhere);
    refuse(
        &to("sqlite:other.db"),
        "the target has migrations of another project: ",
    );
    fs::write(
        folder.path().join("migrations/00000000000002_more.sql"),
        "create table more (id int primary key);",
    )
    .unwrap();
    refuse(
        &to("sqlite:more.db"),
        "the source does not have these migrations yet: 00000000000002_more",
    );
}

/// Ends a copy at a moment; returns whether it succeeded before, or nothing when it was killed.
fn kill_after(mut copying: Child, moment: Duration) -> Option<bool> {
    let end = Instant::now() + moment;
    while Instant::now() < end {
        if let Some(status) = copying.try_wait().unwrap() {
            return Some(status.success());
        }
        std::thread::sleep(Duration::from_millis(1));
    }
    copying.kill().unwrap();
    copying.wait().unwrap();
    None
}

const MANY: &str = "
    create table things (id bigint generated always as identity primary key, name text not null, data jsonb, up bigint references things (id));
    create table keyless (n int, t text);
    create table last (id uuid primary key default gen_random_uuid(), thing bigint references things (id));";

const MANY_ROWS: &str = "
    insert into things (name, data, up) select 'thing ' || n, jsonb_build_object('n', n, 'list', array[n, n + 1]), nullif(n % 1000, 0) from generate_series(1, 30000) n;
    insert into keyless select n, 'text' from generate_series(1, 12000) n;
    insert into last (thing) select n from generate_series(1, 9000) n;";

/// How often a copy may fail beside those that are killed: on a server that other tests prepare at the same moment, roles are
/// sometimes made by two at once.
const FAILURES_MAX: u32 = 3;

/// Kills a copy at more and more late moments until it is done; returns how often that was.
fn kill_until_done(folder: &TempDir, from: &str, to: &str) -> u32 {
    let path = folder.path().to_str().unwrap();
    let arguments = ["copy", path, "--set", from, "--to", to];
    let said = folder.path().join("said");
    let (mut kills, mut failures) = (0, 0);
    loop {
        let copying = command(&arguments)
            .stdout(Stdio::null())
            .stderr(fs::File::create(&said).unwrap())
            .spawn()
            .unwrap();
        // A kill has no moment to wait for: it comes at another one each time.
        let step = u64::from(kills);
        let moment = Duration::from_millis(80 + step * 137 % 300 + step * 40);
        let ended = kill_after(copying, moment);
        let told = || fs::read_to_string(&said).unwrap();
        match ended {
            Some(true) => return kills,
            // The one before was killed when nothing was left to do but to say so.
            Some(false) if told().contains("the target is not empty") => return kills,
            Some(false) => failures += 1,
            None => kills += 1,
        }
        assert!(failures <= FAILURES_MAX, "{}", told());
        assert!(kills < 60, "the copy comes no further: {}", told());
    }
}

/// Rows of a target, whatever was killed: each once.
#[track_caller]
fn check_killed(folder: &TempDir, from: &str, to: &str, back: &str) {
    let kills = kill_until_done(folder, from, to);
    assert!(kills > 0, "the copy was done before it was killed");
    let set = format!("database.url={to}");
    // What is compared with the first once more, by a copy of its own.
    copy(folder, &set, back);
    let count = |set: &str| {
        sql(
            folder,
            set,
            "select count(*), count(distinct id), sum(id), sum(up), (select count(*) from keyless), (select sum(n) from keyless), (select count(*) from last), (select count(*) from sqlite_schema where name = 'underpin_copy') from things",
        )
    };
    assert_eq!(count(&format!("database.url={back}")), count(from));
}

#[test]
fn a_copy_that_is_killed_goes_on_and_doubles_nothing() {
    let project = Project::new().migration(MANY).seed(MANY_ROWS);
    let (folder, first) = made(&project, "sqlite:first.db");
    check_killed(&folder, &first, "sqlite:second.db", "sqlite:third.db");
    if let Some(postgres) = Postgres::shared() {
        check_killed(&folder, &first, &postgres.database(), "sqlite:fourth.db");
    }
    if let Some(mariadb) = Mariadb::shared() {
        check_killed(&folder, &first, &mariadb.database(), "sqlite:fifth.db");
    }
}

#[test]
fn a_copy_goes_on_with_its_own_source_alone_and_finds_what_differs() {
    let project = Project::new()
        .migration("create table t (id int primary key, n int);")
        .seed("insert into t values (1, 1), (2, 2), (3, 3);");
    let (folder, first) = made(&project, "sqlite:first.db");
    copy(&folder, &first, "sqlite:second.db");
    let path = folder.path().to_str().unwrap();
    let source = fs::canonicalize(folder.path().join("first.db")).unwrap();
    let second = "database.url=sqlite:second.db";
    // As a copy leaves it that was killed before it compared, but for one row.
    let left = format!(
        "create table underpin_copy (name text not null, step text not null, rows integer not null, position text, done integer not null, primary key (name, step)) strict; \
         insert into underpin_copy values ('', 'source', 0, '{}', 1), ('public.t', 'rows', 3, '[\"3\"]', 1), ('auth.users', 'rows', 0, null, 1); \
         update t set n = 7 where id = 2;",
        source.display()
    );
    sql(&folder, second, &left);
    let to = ["copy", path, "--set", &first, "--to", "sqlite:second.db"];
    refuse(&to, "the target differs from the source");
    refuse(&to, "public.t: 3 rows, checksum ");
    sql(
        &folder,
        second,
        "update underpin_copy set position = '/elsewhere' where step = 'source'",
    );
    refuse(&to, "the target holds a part of a copy of /elsewhere");
    succeed(&[&to[..], &["--restart"]].concat());
    let rows = "select id, n from t order by id";
    assert_eq!(sql(&folder, second, rows), sql(&folder, &first, rows));
    refuse(&to, "the target is not empty: there are rows in public.t");
}

const CIRCLES: &str = "
    create table things (id int primary key, up int references things (id));
    create table ring_a (id int primary key, b int);
    create table ring_b (id int primary key, a int not null references ring_a (id));
    alter table ring_a add foreign key (b) references ring_b (id);
    create table logged (n int);
    create function log_it() returns trigger language plpgsql as $$ begin insert into logged values (1); return new; end $$;
    create trigger log_it after insert on things for each row execute function log_it();
    alter table things enable row level security;";

const CIRCLES_ROWS: &str = "
    insert into things select n, 5001 - n from generate_series(1, 5000) n;
    insert into ring_a select n from generate_series(1, 9) n;
    insert into ring_b select n, n from generate_series(1, 9) n;
    update ring_a set b = id;
    delete from logged;";

#[test]
fn a_role_without_the_right_to_let_keys_rest_copies_circles() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let project = Project::new().migration(CIRCLES).seed(CIRCLES_ROWS);
    let (folder, first) = made(&project, "sqlite:first.db");
    let server = postgres.database();
    let set = format!("database.url={server}");
    // What the platform needs is made once by a superuser.
    let bare = Project::new().write();
    succeed(&[
        "migrate",
        "up",
        bare.path().to_str().unwrap(),
        "--set",
        &set,
    ]);
    sql(
        &folder,
        &set,
        "create role mover login; grant anon, authenticated, service_role to mover; \
         grant all on schema public, underpin, auth to mover; grant all on all tables in schema underpin to mover; \
         alter table auth.users owner to mover; alter schema underpin owner to mover",
    );
    let moved = server.replace("postgres://postgres@", "postgres://mover@");
    let copied = copy(&folder, &first, &moved);
    assert!(
        copied.err.contains("linked public.things: 5000 rows\n"),
        "{}",
        copied.err
    );
    let counts = "select (select count(up) from things) as things, (select count(b) from ring_a) as ring, (select count(*) from logged) as logged, (select tgenabled from pg_trigger where tgname = 'log_it') as enabled";
    let found = sql(&folder, &set, counts);
    for part in [
        "\"things\": \"5000\"",
        "\"ring\": \"9\"",
        "\"logged\": \"0\"",
        "\"enabled\": \"O\"",
    ] {
        assert!(found.contains(part), "{found}");
    }
    copy(
        &folder,
        &format!("database.url={moved}"),
        "sqlite:second.db",
    );
}

/// Returns the most memory, in KiB, that a process has of its own while it runs; what it maps of files does not count.
fn most_memory(mut process: Child) -> u64 {
    let status = format!("/proc/{}/status", process.id());
    let mut most = 0;
    while process.try_wait().unwrap().is_none() {
        let text = fs::read_to_string(&status).unwrap_or_default();
        let line = text.lines().find(|line| line.starts_with("RssAnon:"));
        let number = line.and_then(|line| line.split_whitespace().nth(1)?.parse().ok());
        most = most.max(number.unwrap_or(0));
        std::thread::sleep(Duration::from_millis(5));
    }
    assert!(process.wait().unwrap().success());
    most
}

#[test]
fn a_hundred_thousand_rows_are_copied_in_little_memory() {
    let project = Project::new()
        .migration("create table wide (id bigint generated always as identity primary key, t text not null);")
        .seed("insert into wide (t) select repeat('x', 1000) || n from generate_series(1, 100000) n;");
    let (folder, first) = made(&project, "sqlite:first.db");
    let path = folder.path().to_str().unwrap();
    let measure = |from: &str, to: &str| {
        let arguments = ["copy", path, "--set", from, "--to", to];
        let copying = command(&arguments).stdout(Stdio::null()).spawn().unwrap();
        let most = most_memory(copying);
        assert!(most < 96 << 10, "{most} KiB for {to}");
    };
    match Postgres::shared() {
        Some(postgres) => {
            let server = postgres.database();
            measure(&first, &server);
            measure(&format!("database.url={server}"), "sqlite:second.db");
        }
        None => measure(&first, "sqlite:second.db"),
    }
    let count = "select count(*) from wide";
    assert_eq!(
        sql(&folder, "database.url=sqlite:second.db", count),
        sql(&folder, &first, count)
    );
}
