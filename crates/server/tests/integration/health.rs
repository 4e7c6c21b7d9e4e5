//! `/livez`, `/readyz`, `/metrics`, the public keys.

use underpin_testkit::{Project, TestServer};

#[test]
fn a_server_that_runs_is_alive_and_ready() {
    let server = TestServer::start(&Project::new());
    assert_eq!(server.visitor().get("/livez").status, 200);
    assert_eq!(server.visitor().get("/readyz").status, 200);
}

#[test]
fn it_is_not_ready_when_the_database_is_closed() {
    let server = TestServer::start(&Project::new());
    server.application.store.close();
    assert_eq!(server.visitor().get("/readyz").status, 503);
}

#[test]
fn metrics_count_requests_by_route_method_and_status() {
    let server = TestServer::start(&Project::new());
    server.visitor().get("/rest/v1/none");
    server.visitor().get("/rest/v1/another");
    server.visitor().send("BREW", "/rest/v1/none", b"");
    let text = server.visitor().get("/metrics").text();
    for line in [
        "underpin_http_request_duration_seconds_count{method=\"GET\",route=\"/rest/v1/{table}\",status=\"4xx\"} 2",
        "underpin_http_request_duration_seconds_count{method=\"other\",route=\"/rest/v1/{table}\",status=\"4xx\"} 1",
        "underpin_http_requests_in_flight 1",
        "underpin_database_readers ",
        "underpin_database_writes_queued 0",
        "# EOF",
    ] {
        assert!(text.contains(line), "{line} is not in\n{text}");
    }
}

#[test]
fn metrics_are_for_this_machine_unless_they_are_public() {
    let server = TestServer::start(&Project::new());
    assert_eq!(server.visitor().get("/metrics").status, 200);
    // A proxy on this machine passes on a stranger.
    for header in ["x-forwarded-for", "forwarded"] {
        let answer = server
            .visitor()
            .header(header, "203.0.113.9")
            .get("/metrics");
        assert_eq!(answer.status, 404);
    }
    let public = TestServer::start(&Project::new().set("server.metrics=public"));
    let answer = public
        .visitor()
        .header("x-forwarded-for", "203.0.113.9")
        .get("/metrics");
    assert_eq!(answer.status, 200);
    let off = TestServer::start(&Project::new().set("server.metrics=off"));
    assert_eq!(off.visitor().get("/metrics").status, 404);
}

#[test]
fn the_public_keys_hold_nothing_private() {
    let server = TestServer::start(&Project::new());
    let answer = server.visitor().get("/auth/v1/.well-known/jwks.json");
    let json = answer.json();
    assert_eq!(json["keys"][0]["kty"], "EC");
    assert_eq!(json["keys"].as_array().map(Vec::len), Some(1));
    for member in ["d", "k", "private"] {
        assert!(json["keys"][0][member].is_null());
    }
}
