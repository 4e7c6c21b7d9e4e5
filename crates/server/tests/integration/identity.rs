//! Keys and tokens over HTTP: statuses, bodies and `WWW-Authenticate`.

use serde_json::json;
use underpin_testkit::{Client, Project, TestServer};

fn server() -> TestServer {
    TestServer::start(&Project::new().migration(
        "create role clerk; create table t (id int primary key, owner text default auth.jwt() ->> 'sub');
         alter table t enable row level security;
         create policy readers on t for select to anon using (id = 1);
         create policy users on t for select to authenticated using (id <= 2);
         insert into t (id) values (1), (2), (3);",
    ))
}

#[track_caller]
fn check(client: &Client, expected: &str) {
    let answer = client.get("/rest/v1/t?select=id&order=id");
    assert_eq!((answer.status, answer.text().as_str()), (200, expected));
}

#[test]
fn each_kind_of_caller_sees_what_is_theirs() {
    let server = server();
    check(&server.visitor(), r#"[{"id":1}]"#);
    check(&server.user("7a"), r#"[{"id":1},{"id":2}]"#);
    check(&server.service(), r#"[{"id":1},{"id":2},{"id":3}]"#);
    let keys = server.application.gate.keys();
    for (key, expected) in [
        (&keys.publishable, r#"[{"id":1}]"#),
        (&keys.anon, r#"[{"id":1}]"#),
        (&keys.secret, r#"[{"id":1},{"id":2},{"id":3}]"#),
        (&keys.service_role, r#"[{"id":1},{"id":2},{"id":3}]"#),
    ] {
        let key = key.expose();
        check(&server.visitor().header("apikey", key), expected);
        check(
            &server
                .visitor()
                .header("authorization", &format!("Bearer {key}")),
            expected,
        );
    }
}

#[test]
fn what_is_wrong_is_401_and_says_so() {
    let server = server();
    let checks = [
        (
            server.visitor().header("apikey", "sb_secret_no"),
            "api_key_invalid",
            "Invalid API key",
        ),
        (
            server.visitor().header("authorization", "Bearer a.b.c"),
            "PGRST301",
            "JWT couldn't be decoded",
        ),
        (
            server.token(&json!({"role": "authenticated", "exp": 1})),
            "PGRST303",
            "JWT expired",
        ),
    ];
    for (client, code, message) in checks {
        let answer = client.get("/rest/v1/t");
        assert_eq!((answer.status, answer.code().as_str()), (401, code));
        assert_eq!(answer.json()["message"], message);
        let challenge = format!("Bearer error=\"invalid_token\", error_description=\"{message}\"");
        assert_eq!(answer.header("www-authenticate"), Some(challenge.as_str()));
    }
    let answer = server.token(&json!({"role": "nobody"})).get("/rest/v1/t");
    assert_eq!((answer.status, answer.code().as_str()), (401, "22023"));
    assert_eq!(answer.json()["message"], "role \"nobody\" does not exist");
    // A role that a migration created exists, and has no grant here.
    let answer = server.token(&json!({"role": "clerk"})).get("/rest/v1/t");
    assert_eq!((answer.status, answer.code().as_str()), (403, "42501"));
}

#[test]
fn a39_a_fresh_table_answers_nobody() {
    let server =
        TestServer::start(&Project::new().migration("create table t (id int primary key);"));
    for (client, status) in [(server.visitor(), 401), (server.user("7a"), 403)] {
        for method in ["GET", "HEAD", "DELETE"] {
            assert_eq!(
                client.send(method, "/rest/v1/t?id=eq.1", b"").status,
                status
            );
        }
        assert_eq!(client.post("/rest/v1/t", &json!({"id": 1})).status, status);
        assert_eq!(
            client.patch("/rest/v1/t?id=eq.1", &json!({"id": 2})).status,
            status
        );
    }
    assert_eq!(server.service().get("/rest/v1/t").status, 200);
}
