//! A21: tables of the platform and of the engine are not reached through the data API, by nobody's key.

use serde_json::json;

use super::{ADA, server};

const NAMES: &[&str] = &[
    "users",
    "auth.users",
    "%22auth.users%22",
    "auth.sessions",
    "underpin_migrations",
    "underpin_changes",
    "underpin_sequences",
    "sqlite_master",
    "sqlite_schema",
    "sqlite_sequence",
    "pragma_table_info",
    "json_each",
    "pg_catalog.pg_class",
    "information_schema.tables",
    "_sessions",
    "_config",
];

#[test]
fn a21_internal_tables_do_not_exist_for_anybody() {
    let server = server();
    for caller in [
        server.visitor(),
        server.visitor(),
        server.user(ADA),
        server.service(),
    ] {
        for name in NAMES {
            let path = format!("/rest/v1/{name}");
            for answer in [
                caller.get(&path),
                caller.post(&path, &json!({ "id": ADA })),
                caller.patch(&format!("{path}?id=eq.1"), &json!({ "id": ADA })),
                caller.delete(&format!("{path}?id=eq.1")),
            ] {
                assert_eq!(answer.status, 404, "{name}: {}", answer.text());
                assert!(
                    matches!(answer.code().as_str(), "PGRST205" | "PGRST125"),
                    "{name}: {}",
                    answer.text()
                );
            }
        }
    }
}

#[test]
fn a21_other_schemas_are_not_exposed() {
    let server = server();
    for schema in [
        "auth",
        "underpin",
        "pg_catalog",
        "information_schema",
        "main",
        "temp",
    ] {
        let service = server.service();
        let reader = service.header("accept-profile", schema);
        let writer = service.header("content-profile", schema);
        for answer in [
            reader.get("/rest/v1/users"),
            reader.get("/rest/v1/notes"),
            writer.post("/rest/v1/users", &json!({})),
        ] {
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (406, "PGRST106"),
                "{schema}: {}",
                answer.text()
            );
        }
    }
}

#[test]
fn a21_internal_tables_cannot_be_embedded() {
    let schema = "
        create table profiles (id uuid primary key references auth.users (id), name text);
        alter table profiles enable row level security;
        create policy everybody on profiles for select using (true);";
    let server =
        underpin_testkit::TestServer::start(&underpin_testkit::Project::new().migration(schema));
    for caller in [server.visitor(), server.service()] {
        for select in [
            "*,users(*)",
            "*,users!profiles_id_fkey(*)",
            "*,x:id(email)",
            "*,...users(email)",
            "id,users()",
        ] {
            let answer = caller.get(&format!("/rest/v1/profiles?select={select}"));
            assert_eq!(
                (answer.status, answer.code().as_str()),
                (400, "PGRST200"),
                "{select}: {}",
                answer.text()
            );
        }
    }
}

#[test]
fn a21_odd_parameters_do_not_become_columns_of_the_engine() {
    let server = server();
    for parameter in [
        "rowid=eq.1",
        "oid=eq.1",
        "_rowid_=eq.1",
        "ctid=eq.1",
        "tableoid=eq.1",
        "order=rowid",
        "select=rowid",
        "select=ctid",
    ] {
        let answer = server.service().get(&format!("/rest/v1/notes?{parameter}"));
        assert_eq!(
            (answer.status, answer.code().as_str()),
            (400, "42703"),
            "{parameter}: {}",
            answer.text()
        );
    }
}
