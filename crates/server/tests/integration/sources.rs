//! Further databases beside the project's own: each is asked by a schema of its name, and nothing leads from one to the other.

use std::path::Path;

use serde_json::json;
use underpin_testkit::{Mariadb, Postgres, Project, ServerProcess, TestServer};

const OWN: &str = "
    create table people (id int primary key, name text not null);
    create table secrets (id int primary key);
    alter table people enable row level security;
    create policy people_all on people for select using (true);
    insert into people values (1, 'Ada'), (2, 'Bob');";

const OF_SOURCE: &str = "
    create table visits (id bigint generated always as identity primary key, person int not null, page text not null);
    create table pages (path text primary key);
    alter table visits enable row level security;
    create policy visits_read on visits for select using (page <> '/hidden');
    create policy visits_add on visits for insert with check (page <> '/closed');
    create function newest() returns setof visits language sql stable as $$ select * from visits order by id desc limit 1 $$;
    insert into visits (person, page) values (1, '/'), (1, '/hidden'), (2, '/about');";

fn project(source: &str) -> Project {
    Project::new()
        .migration(OWN)
        .file(
            "sources/visits/migrations/00000000000001_visits.sql",
            OF_SOURCE,
        )
        .set("api.schemas=public,visits")
        .set(&format!("sources.visits.url={source}"))
}

/// Asks a source at `url` for everything that a database is asked for.
fn check_source(url: &str) {
    let server = TestServer::start(&project(url));
    let visitor = server.visitor();
    let source = visitor.header("accept-profile", "visits");
    let answer = source.get("/rest/v1/visits?select=id,page&order=id");
    assert_eq!(
        answer.json(),
        json!([{ "id": 1, "page": "/" }, { "id": 3, "page": "/about" }])
    );
    assert_eq!(answer.header("content-profile"), Some("visits"));
    let own = visitor.get("/rest/v1/people?order=id");
    assert_eq!(
        own.json(),
        json!([{ "id": 1, "name": "Ada" }, { "id": 2, "name": "Bob" }])
    );
    assert_eq!(own.header("content-profile"), Some("public"));
    // Its tables are not the project's, and the other way round.
    assert_eq!(visitor.get("/rest/v1/visits").code(), "PGRST205");
    assert_eq!(source.get("/rest/v1/people").code(), "PGRST205");
    let public = visitor.header("accept-profile", "public");
    assert_eq!(
        public.get("/rest/v1/people?select=id&limit=1").json(),
        json!([{ "id": 1 }])
    );
    let unknown = visitor
        .header("accept-profile", "nowhere")
        .get("/rest/v1/people");
    assert_eq!(unknown.code(), "PGRST106");
    assert_eq!(
        unknown.json()["hint"],
        "Only the following schemas are exposed: public, visits"
    );
    let writer = visitor
        .header("content-profile", "visits")
        .header("prefer", "return=representation");
    let added = writer.post("/rest/v1/visits", &json!({ "person": 2, "page": "/new" }));
    assert_eq!(
        added.json(),
        json!([{ "id": 4, "person": 2, "page": "/new" }])
    );
    let refused = writer.post(
        "/rest/v1/visits",
        &json!({ "person": 2, "page": "/closed" }),
    );
    assert_eq!(refused.code(), "42501");
    let called = writer.post("/rest/v1/rpc/newest?select=page", &json!({}));
    assert_eq!(called.json(), json!([{ "page": "/new" }]));
    check_crossing(&server);
    check_told(&server);
}

#[track_caller]
fn check_crossing(server: &TestServer) {
    let crossed = server.service().get("/rest/v1/people?select=*,visits(*)");
    assert_eq!((crossed.status, &*crossed.code()), (400, "source_crossed"));
    assert_eq!(
        crossed.json()["message"],
        "\"visits.visits\" is in another database, and nothing leads from one to the other"
    );
    assert!(crossed.json()["hint"].is_string());
    let source = server.service().header("accept-profile", "visits");
    let back = source.get("/rest/v1/visits?select=*,people(*)");
    assert_eq!(back.code(), "source_crossed");
    // What is nowhere is still nowhere.
    let nowhere = source.get("/rest/v1/visits?select=*,nothing(*)");
    assert_eq!(nowhere.code(), "PGRST200");
}

#[track_caller]
fn check_told(server: &TestServer) {
    assert_eq!(server.visitor().get("/readyz").status, 200);
    let metrics = server.visitor().get("/metrics").text();
    assert!(
        metrics.contains("underpin_source_visits_database_reads_total "),
        "{metrics}"
    );
    let source = server.service().header("accept-profile", "visits");
    let described = source.get("/rest/v1/openapi.json").json();
    assert!(described["paths"]["/visits"].is_object(), "{described}");
    assert!(described["paths"]["/people"].is_null());
    let profile = &described["components"]["parameters"]["profile.accept"];
    assert_eq!(profile["schema"]["enum"], json!(["visits"]));
    let own = server.service().get("/rest/v1/openapi.json").json();
    assert!(own["paths"]["/visits"].is_null());
    let profile = &own["components"]["parameters"]["profile.accept"];
    assert_eq!(profile["schema"]["enum"], json!(["public", "visits"]));
}

#[test]
fn a_source_in_a_file_is_served_beside_the_database() {
    check_source("sqlite:visits.db");
}

#[test]
fn a_source_at_a_server_is_served_beside_the_database() {
    if let Some(postgres) = Postgres::shared() {
        check_source(&postgres.database());
    }
    if let Some(mariadb) = Mariadb::shared() {
        check_source(&mariadb.database());
    }
}

/// Calls the program in `folder`, and returns whether it succeeded with what it printed.
fn call(command: &[&str], folder: &Path, more: &[&str]) -> (bool, String) {
    let output = std::process::Command::new(env!("CARGO_BIN_EXE_underpin"))
        .args(command)
        .arg(folder)
        .args(more)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .output()
        .unwrap();
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

const SETTINGS: &str = "[api]\nschemas = [\"public\", \"visits\"]\n[sources.visits]\nurl = \"sqlite:data/visits.db\"\n";

#[test]
fn the_commands_know_the_sources() {
    let folder = project("sqlite:data/visits.db")
        .file("underpin.toml", SETTINGS)
        .write();
    let (_, status) = call(&["migrate", "status"], folder.path(), &[]);
    assert!(status.contains("visits/visits  pending"), "{status}");
    let (migrated, told) = call(&["migrate", "up"], folder.path(), &[]);
    assert!(migrated, "{told}");
    assert!(
        told.contains("applied sources/visits/migrations/00000000000001_visits.sql"),
        "{told}"
    );
    let (good, found) = call(&["doctor"], folder.path(), &[]);
    assert!(good && found.contains("sources"), "{found}");
    let (_, types) = call(&["types"], folder.path(), &[]);
    assert!(types.contains("\n  visits: {"), "{types}");
    let (_, types) = call(&["types"], folder.path(), &["--schema", "public"]);
    assert!(!types.contains("\n  visits: {"), "{types}");
    let migrations = folder.path().join("sources/visits/migrations");
    std::fs::write(
        migrations.join("00000000000002_more.sql"),
        "create table more ();",
    )
    .unwrap();
    let (good, found) = call(&["doctor"], folder.path(), &[]);
    assert!(
        !good && found.contains("source \"visits\" lacks 1 migrations"),
        "{found}"
    );
    std::fs::remove_file(folder.path().join("data/visits.db")).unwrap();
    let (good, found) = call(&["doctor"], folder.path(), &[]);
    assert!(
        good && found.contains("source \"visits\" has no database yet"),
        "{found}"
    );
    assert!(!folder.path().join("data/visits.db").exists());
    let (reset, told) = call(&["reset", "--yes"], folder.path(), &[]);
    assert!(
        reset && told.contains("migrated sources/visits/migrations/00000000000002_more.sql"),
        "{told}"
    );
}

#[test]
fn a_rule_that_asks_another_database_is_refused() {
    let rule = "create policy secrets_read on secrets for select using (exists (select 1 from visits.visits v where v.person = id));";
    let folder = project("sqlite:data/visits.db")
        .file("underpin.toml", SETTINGS)
        .migration(rule)
        .write();
    let (done, told) = call(&["migrate", "up"], folder.path(), &[]);
    assert!(!done);
    assert!(
        told.contains(
            "\"visits.visits\" is in another database, and nothing leads from one to the other"
        ),
        "{told}"
    );
}

#[test]
fn a_source_that_does_not_answer_is_told_and_the_others_answer() {
    let flags = [
        "--migrate",
        "--set",
        "api.schemas=public,visits",
        "--set",
        "sources.visits.url=postgres://nobody@127.0.0.1:1/nothing",
        "--set",
        "sources.visits.existing=true",
    ];
    let folder = Project::new().migration(OWN).write();
    let server = ServerProcess::start(
        env!("CARGO_BIN_EXE_underpin"),
        "serve",
        folder.path(),
        &flags,
    );
    let visitor = server.visitor();
    assert_eq!(
        visitor.get("/rest/v1/people?select=id&limit=1").json(),
        json!([{ "id": 1 }])
    );
    let source = visitor.header("accept-profile", "visits");
    let answer = source.get("/rest/v1/visits");
    assert_eq!((answer.status, &*answer.code()), (503, "PGRST000"));
    let ready = visitor.get("/readyz");
    assert_eq!(ready.status, 503);
    assert!(
        ready.text().contains("source \\\"visits\\\": "),
        "{}",
        ready.text()
    );
}

#[test]
fn a_source_that_is_not_the_projects_has_rules_of_its_own() {
    if let Some(postgres) = Postgres::shared() {
        check_found(&postgres.database());
    }
    if let Some(mariadb) = Mariadb::shared() {
        check_found(&mariadb.database());
    }
}

/// Makes tables at `url` as somebody else would, and asks them as a source.
fn check_found(url: &str) {
    let bare = Project::new().write();
    let set = format!("database.url={url}");
    let made = "create table visits (id int primary key, page text); insert into visits values (1, '/'), (2, '/hidden'); create table closed (id int)";
    let (done, told) = call(&["sql"], bare.path(), &["--set", &set, "-c", made]);
    assert!(done, "{told}");
    let project = Project::new()
        .migration(OWN)
        .file(
            "sources/visits/policies/rules.sql",
            "alter table visits enable row level security; create policy visits_read on visits for select using (page <> '/hidden');",
        )
        .set("api.schemas=public,visits")
        .set(&format!("sources.visits.url={url}"))
        .set("sources.visits.existing=true");
    let server = TestServer::start(&project);
    let source = server.visitor().header("accept-profile", "visits");
    assert_eq!(
        source.get("/rest/v1/visits").json(),
        json!([{ "id": 1, "page": "/" }])
    );
    assert_eq!(source.get("/rest/v1/closed").code(), "42501");
    assert_eq!(server.visitor().get("/readyz").status, 200);
}
