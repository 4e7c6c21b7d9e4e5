//! The descriptions at `/rest/v1/` and `/rest/v1/openapi.json`, over a socket.

use serde_json::{Value as Json, json};
use underpin_testkit::{Client, Project, TestServer};

const TABLE: &str = "create table t (id int primary key);";

fn described(client: &Client, path: &str) -> Json {
    let answer = client.get(path);
    assert_eq!(answer.status, 200, "{}", answer.text());
    assert_eq!(
        answer.header("content-type"),
        Some("application/openapi+json; charset=utf-8")
    );
    serde_json::from_slice(&answer.body).unwrap()
}

#[test]
fn both_forms_are_served_to_each_role() {
    let server = TestServer::start(&Project::new().migration(TABLE));
    let service = server.service();
    let swagger = described(&service, "/rest/v1/");
    assert_eq!(swagger["swagger"], "2.0");
    assert!(swagger["paths"]["/t"].is_object());
    let openapi = described(&service, "/rest/v1/openapi.json");
    assert_eq!(openapi["openapi"], "3.1.0");
    assert!(openapi["paths"]["/t"]["post"].is_object());
    // The table has no row level security: visitors are not told of it.
    let visitor = described(&server.visitor(), "/rest/v1/openapi.json");
    assert_eq!(visitor["paths"].get("/t"), None);
    assert_eq!(service.head("/rest/v1/openapi.json").status, 200);
    assert_eq!(
        service.post("/rest/v1/openapi.json", &json!({})).status,
        405
    );
    let profile = service.header("accept-profile", "other");
    assert_eq!(profile.get("/rest/v1/openapi.json").status, 406);
}

#[test]
fn a_table_named_openapi_json_keeps_its_path() {
    let named = "create table \"openapi.json\" (id int primary key);";
    let server = TestServer::start(&Project::new().migration(TABLE).migration(named));
    let service = server.service();
    assert_eq!(
        service
            .post("/rest/v1/openapi.json", &json!({ "id": 1 }))
            .status,
        201
    );
    assert_eq!(service.get("/rest/v1/openapi.json").text(), r#"[{"id":1}]"#);
    assert_eq!(described(&service, "/rest/v1/")["swagger"], "2.0");
}
