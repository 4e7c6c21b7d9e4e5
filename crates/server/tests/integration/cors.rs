//! Calls from pages of other origins.

use underpin_testkit::{Client, Project, Response, TestServer};

fn preflight(client: &Client, origin: &str, headers: &str) -> Response {
    client
        .header("origin", origin)
        .header("access-control-request-method", "PATCH")
        .header("access-control-request-headers", headers)
        .send("OPTIONS", "/rest/v1/none", b"")
}

#[test]
fn every_origin_may_call_by_default_and_never_with_credentials() {
    let server = TestServer::start(&Project::new());
    let answer = preflight(&server.visitor(), "https://shop.example", "apikey, X-Mine");
    assert_eq!(answer.status, 204);
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert_eq!(answer.header("access-control-max-age"), Some("86400"));
    let allowed = answer.header("access-control-allow-headers").unwrap();
    for name in [
        "authorization",
        "apikey",
        "prefer",
        "x-client-info",
        "x-mine",
    ] {
        assert!(allowed.split(", ").any(|known| known == name), "{allowed}");
    }
    let methods = answer.header("access-control-allow-methods").unwrap();
    assert!(methods.contains("PATCH"));
    let answer = server
        .visitor()
        .header("origin", "https://shop.example")
        .get("/rest/v1/none");
    assert_eq!(answer.header("access-control-allow-origin"), Some("*"));
    assert!(
        answer
            .header("access-control-expose-headers")
            .unwrap()
            .contains("content-range")
    );
    assert_eq!(answer.header("access-control-allow-credentials"), None);
    let answer = server.visitor().get("/rest/v1/none");
    assert_eq!(answer.header("access-control-allow-origin"), None);
}

#[test]
fn a40_no_origin_is_reflected_with_credentials() {
    let open = TestServer::start(&Project::new());
    let listed = TestServer::start(
        &Project::new().set("server.cors_origins=https://shop.example,https://b.example"),
    );
    let evil = [
        "https://evil.example",
        "https://shop.example.evil.example",
        "https://evil-shop.example",
        "http://shop.example",
        "https://shop.example:8443",
        "null",
    ];
    for method in ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] {
        for origin in evil {
            for server in [&open, &listed] {
                let answer =
                    server
                        .visitor()
                        .header("origin", origin)
                        .send(method, "/rest/v1/none", b"");
                assert_ne!(answer.header("access-control-allow-origin"), Some(origin));
                assert_eq!(answer.header("access-control-allow-credentials"), None);
            }
            let answer =
                listed
                    .visitor()
                    .header("origin", origin)
                    .send(method, "/rest/v1/none", b"");
            assert_eq!(answer.header("access-control-allow-origin"), None);
            assert_eq!(
                answer.header("vary").map(|vary| vary.contains("Origin")),
                Some(true)
            );
        }
    }
    let refused = preflight(&listed.visitor(), "https://evil.example", "apikey");
    assert_eq!(refused.header("access-control-allow-origin"), None);
    assert_eq!(refused.header("access-control-allow-headers"), None);
    let known = preflight(&listed.visitor(), "https://shop.example", "apikey");
    assert_eq!(
        known.header("access-control-allow-origin"),
        Some("https://shop.example")
    );
    assert_eq!(known.header("access-control-allow-credentials"), None);
}

#[test]
fn options_without_a_preflight_tells_the_methods() {
    let server = TestServer::start(
        &Project::new().migration("create table t (id int primary key); create table u (a int);"),
    );
    let allow = |path: &str| {
        let answer = server.visitor().send("OPTIONS", path, b"");
        (
            answer.status,
            answer.header("allow").unwrap_or_default().to_owned(),
        )
    };
    assert_eq!(
        allow("/rest/v1/t"),
        (200, "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE".to_owned())
    );
    assert_eq!(
        allow("/rest/v1/u"),
        (200, "OPTIONS,GET,HEAD,POST,PATCH,DELETE".to_owned())
    );
    assert_eq!(allow("/rest/v1/"), (200, "OPTIONS,GET,HEAD".to_owned()));
    assert_eq!(allow("/rest/v1/none").0, 404);
    assert_eq!(allow("/rest/v1/rpc/none").0, 404);
}
