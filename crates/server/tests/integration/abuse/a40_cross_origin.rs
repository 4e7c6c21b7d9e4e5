//! A40: a page of another origin gets no more than anybody, and never with credentials.

use underpin_testkit::{Project, TestServer};

use super::{SCHEMA, server};

const EVIL: &str = "https://evil.example";

#[test]
fn a40_no_origin_is_reflected_with_credentials() {
    let server = server();
    for origin in [
        EVIL,
        "null",
        "http://localhost.evil.example",
        "https://evil.example:443",
    ] {
        let caller = server.visitor().header("origin", origin);
        for (method, path) in [
            ("GET", "/rest/v1/accounts?select=id"),
            ("HEAD", "/rest/v1/accounts?select=id"),
            ("POST", "/rest/v1/notes"),
            ("PATCH", "/rest/v1/notes?id=eq.1"),
            ("DELETE", "/rest/v1/notes?id=eq.1"),
            ("GET", "/rest/v1/nothing"),
            ("GET", "/"),
            ("GET", "/livez"),
        ] {
            let answer = caller.send(method, path, b"");
            assert_eq!(
                answer.header("access-control-allow-credentials"),
                None,
                "{method} {path}"
            );
            assert_ne!(
                answer.header("access-control-allow-origin"),
                Some(origin),
                "{method} {path}"
            );
        }
        let preflight = caller
            .header("access-control-request-method", "DELETE")
            .header(
                "access-control-request-headers",
                "apikey,authorization,prefer",
            )
            .send("OPTIONS", "/rest/v1/accounts", b"");
        assert!(
            matches!(preflight.status, 200 | 204),
            "{}",
            preflight.status
        );
        assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
        assert_eq!(preflight.header("access-control-allow-credentials"), None);
        let allowed = preflight
            .header("access-control-allow-headers")
            .unwrap_or_default()
            .to_lowercase();
        for header in ["apikey", "authorization", "prefer"] {
            assert!(
                allowed.contains(header),
                "{header} is missing from {allowed}"
            );
        }
    }
}

#[test]
fn a40_a_list_of_origins_lets_no_other_in() {
    let project = Project::new()
        .migration(SCHEMA)
        .set("server.cors_origins=https://shop.example");
    let server = TestServer::start(&project);
    let answer = server
        .visitor()
        .header("origin", "https://shop.example")
        .get("/rest/v1/accounts?select=id");
    assert_eq!(
        answer.header("access-control-allow-origin"),
        Some("https://shop.example")
    );
    assert!(
        answer
            .header("vary")
            .unwrap_or_default()
            .to_lowercase()
            .contains("origin"),
        "{:?}",
        answer.headers
    );
    for origin in [
        EVIL,
        "https://shop.example.evil.example",
        "http://shop.example",
        "https://shop.example:8443",
        "null",
    ] {
        let answer = server
            .visitor()
            .header("origin", origin)
            .get("/rest/v1/accounts?select=id");
        assert_eq!(
            answer.header("access-control-allow-origin"),
            None,
            "{origin}"
        );
    }
}

#[test]
fn a40_cookies_say_nothing() {
    let server = server();
    let token = server
        .application
        .gate
        .keys()
        .service_role
        .expose()
        .to_owned();
    for name in ["sb-access-token", "access_token", "apikey", "authorization"] {
        let caller = server
            .visitor()
            .header("cookie", &format!("{name}={token}"))
            .header("origin", EVIL);
        assert_eq!(caller.get("/rest/v1/left_open").status, 401, "{name}");
    }
}
