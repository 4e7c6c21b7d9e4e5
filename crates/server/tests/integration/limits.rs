//! What is too large, too long or too slow is refused, clearly.

use std::time::Duration;

use axum::Router;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use underpin_server::http::observe::observe;
use underpin_testkit::{Project, Response, TestServer};

#[track_caller]
fn check_error(response: &Response, status: u16, code: &str) {
    assert_eq!(
        (response.status, response.code().as_str()),
        (status, code),
        "{}",
        response.text()
    );
    let json = response.json();
    let members: Vec<&String> = json.as_object().unwrap().keys().collect();
    assert_eq!(members, ["code", "details", "hint", "message"]);
    let proxy_status = format!("PostgREST; error={code}");
    assert_eq!(response.header("proxy-status"), Some(proxy_status.as_str()));
    assert_eq!(response.header("x-content-type-options"), Some("nosniff"));
}

#[test]
fn a_body_at_the_limit_is_read_and_one_past_it_is_413() {
    let server = TestServer::start(&Project::new().set("limits.body_bytes_max=1000"));
    let client = server.service().header("content-type", "application/json");
    let at = client.send("POST", "/rest/v1/none", &[b' '; 1000]);
    assert_ne!(at.status, 413);
    check_error(
        &client.send("POST", "/rest/v1/none", &[b' '; 1001]),
        413,
        "body_too_large",
    );
    // Announced, never sent: refused at once.
    let announced = client.header("content-length", "1000000000");
    check_error(
        &announced.send("POST", "/rest/v1/none", b""),
        413,
        "body_too_large",
    );
    // Not announced: refused when the limit is passed.
    let chunked = format!(
        "POST /rest/v1/none HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\n\
         transfer-encoding: chunked\r\n\r\n{}0\r\n\r\n",
        format!("64\r\n{}\r\n", " ".repeat(100)).repeat(11)
    );
    let received = server.visitor().raw(chunked.as_bytes());
    check_error(
        &Response::parse(&received, false).unwrap(),
        413,
        "body_too_large",
    );
}

#[test]
fn a_query_string_one_past_the_limit_is_414() {
    let server = TestServer::start(&Project::new().set("limits.query_bytes_max=100"));
    let get = |length: usize| {
        server
            .visitor()
            .get(&format!("/rest/v1/none?{}", "a".repeat(length)))
    };
    assert_ne!(get(100).status, 414);
    check_error(&get(101), 414, "url_too_long");
}

#[test]
fn a_head_past_every_limit_is_refused() {
    let server = TestServer::start(&Project::new());
    let path = format!("/rest/v1/none?{}", "a".repeat(70_000));
    let status = server.visitor().get(&path).status;
    assert!([414, 431].contains(&status), "{status}");
    let many = "x: y\r\n".repeat(200);
    let received = server
        .visitor()
        .raw(format!("GET / HTTP/1.1\r\n{many}\r\n").as_bytes());
    assert!(received.starts_with(b"HTTP/1.1 431"));
}

#[test]
fn a_body_that_does_not_arrive_is_408() {
    let server = TestServer::start(&Project::new().set("server.body_timeout_s=1"));
    let slow = server.service().header("content-length", "10");
    check_error(
        &slow.send("POST", "/rest/v1/none", b"[1"),
        408,
        "request_timeout",
    );
}

#[test]
fn a34_a_panic_is_a_500_without_detail_and_the_server_stays_up() {
    let server = TestServer::start_with(&Project::new(), |application| {
        Router::new()
            .route(
                "/panic",
                get(async || -> &'static str { panic!("the secret word") }),
            )
            .route("/fine", get(async || "fine"))
            .layer(from_fn_with_state(application, observe))
    });
    let response = server.visitor().get("/panic");
    check_error(&response, 500, "PGRSTX00");
    assert!(!response.text().contains("secret"));
    assert!(response.header("x-request-id").is_some());
    // The same connection, too, goes on.
    let two = "GET /panic HTTP/1.1\r\nhost: x\r\n\r\nGET /fine HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";
    let received = String::from_utf8(server.visitor().raw(two.as_bytes())).unwrap();
    assert!(received.ends_with("fine"), "{received}");
}

#[test]
fn a38_no_error_tells_of_the_inside() {
    let server = TestServer::start(&Project::new());
    for path in [
        "/rest/v1/none",
        "/rest/v1/none?select=(((",
        "/rest/v1/rpc/none",
        "/rest/v1/a/b/c",
        "/rest/v1/%ff",
        "/rest/v1/none?a=eq.%00",
        "/auth/v1/unknown",
        "/storage/v1/object/x",
    ] {
        let response = server.visitor().get(path);
        assert!(
            (400..500).contains(&response.status),
            "{path}: {}",
            response.status
        );
        let text = response.text().to_lowercase();
        for word in ["sqlite", "rusqlite", "panicked", "/src/", ".rs:", "app.db"] {
            assert!(!text.contains(word), "{path}: {text}");
        }
    }
}

#[test]
fn the_request_id_is_taken_over_when_it_is_harmless() {
    let server = TestServer::start(&Project::new());
    let id = |given: &str| {
        let response = server.visitor().header("x-request-id", given).get("/livez");
        response.header("x-request-id").unwrap().to_owned()
    };
    assert_eq!(id("abc-123_4.5:6"), "abc-123_4.5:6");
    assert_eq!(id(&"a".repeat(128)).len(), 128);
    for refused in ["a b", "a\"b", "<script>", "a{b}", "ä", &"a".repeat(129)] {
        let made = id(refused);
        assert_ne!(made, refused);
        assert_eq!(made.len(), 36);
    }
    let first = server.visitor().get("/livez");
    std::thread::sleep(Duration::from_millis(2));
    let second = server.visitor().get("/livez");
    assert_ne!(first.header("x-request-id"), second.header("x-request-id"));
}
