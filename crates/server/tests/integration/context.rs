//! What functions and policies learn of the request, and say of the answer.

use serde_json::{Value as Json, json};
use underpin_testkit::{Project, Response, TestServer};

const ADA: &str = "00000000-0000-4000-8000-00000000000a";

const SCHEMA: &str = "
create table notes (id int primary key, tenant text not null);
alter table notes enable row level security;
create policy by_header on notes for select using (tenant = current_setting('request.headers', true)::json ->> 'x-tenant');
insert into notes values (1, 'a'), (2, 'b');
create table visits (id int generated always as identity primary key, path text);
alter table visits enable row level security;

create function asked() returns json language sql stable as $$
  select json_build_object('method', current_setting('request.method', true), 'path', current_setting('request.path', true),
    'cookie', current_setting('request.cookies', true)::json ->> 'theme', 'role', current_setting('request.jwt.claims', true)::json ->> 'role',
    'sub', current_setting('request.jwt.claim.sub', true), 'header', current_setting('request.header.x-tenant', true))
$$;
create function answers() returns text language plpgsql as $$
begin
  perform set_config('response.headers', '[{\"x-one\": \"1\"}, {\"cache-control\": \"no-store\"}, {\"set-cookie\": \"a=1\"}, {\"set-cookie\": \"b=2\"}]', true);
  perform set_config('response.status', '201', true);
  perform set_config('app.word', 'said', true);
  return current_setting('app.word', true);
end $$;
create function answers_get() returns text language sql stable as $$ select set_config('response.headers', '[{\"cache-control\": \"max-age=60\"}]', true) $$;
create function bad_headers() returns void language plpgsql as $$ begin perform set_config('response.headers', '{\"a\": 1}', true); end $$;
create function bad_status() returns void language plpgsql as $$ begin perform set_config('response.status', 'ok', true); end $$;
create function early_status() returns void language plpgsql as $$ begin perform set_config('response.status', '101', true); end $$;
create function forever() returns void language plpgsql as $$ begin loop null; end loop; end $$;
alter role authenticated set statement_timeout = '100ms';

create function guard() returns void language plpgsql security definer as $$
begin
  if current_setting('request.headers', true)::json ->> 'x-block' is not null then
    raise sqlstate 'PT403' using message = 'blocked', hint = 'Do not ask.';
  end if;
  perform set_config('response.headers', '[{\"x-guarded\": \"yes\"}]', true);
  if current_setting('request.method', true) = 'POST' then
    insert into visits (path) values (current_setting('request.path', true));
  end if;
end $$;
";

#[track_caller]
fn is(response: &Response, status: u16, body: &str) {
    assert_eq!((response.status, response.text().as_str()), (status, body));
}

#[track_caller]
fn is_error(response: &Response, status: u16, code: &str, message: &str) {
    let json = response.json();
    let found = (
        response.status,
        json["code"].as_str(),
        json["message"].as_str(),
    );
    assert_eq!(found, (status, Some(code), Some(message)));
}

#[test]
fn the_request_can_be_asked_for() {
    let server = TestServer::start(&Project::new().migration(SCHEMA));
    let ada = server
        .user(ADA)
        .header("x-tenant", "b")
        .header("cookie", "theme=dark; other=1");
    is(&ada.get("/rest/v1/notes?select=id"), 200, r#"[{"id":2}]"#);
    is(&server.visitor().get("/rest/v1/notes?select=id"), 200, "[]");
    let asked: Json = ada.post("/rest/v1/rpc/asked", &json!({})).json();
    assert_eq!(
        asked,
        json!({
            "method": "POST", "path": "/rpc/asked", "cookie": "dark", "role": "authenticated", "sub": ADA, "header": "b"
        })
    );
    let asked: Json = ada.get("/rest/v1/rpc/asked").json();
    assert_eq!(asked["method"], "GET");
}

#[test]
fn functions_set_headers_and_status() {
    let server = TestServer::start(&Project::new().migration(SCHEMA));
    let ada = server.user(ADA);
    let answer = ada.post("/rest/v1/rpc/answers", &json!({}));
    is(&answer, 201, "\"said\"");
    let all = |name: &str| -> Vec<&str> {
        let headers = answer.headers.iter();
        headers
            .filter(|(known, _)| known == name)
            .map(|(_, value)| value.as_str())
            .collect()
    };
    assert_eq!(
        (all("x-one"), all("cache-control"), all("set-cookie")),
        (vec!["1"], vec!["no-store"], vec!["a=1", "b=2"])
    );
    let answer = ada.get("/rest/v1/rpc/answers_get");
    assert_eq!(
        (answer.status, answer.header("cache-control")),
        (200, Some("max-age=60"))
    );
    // What one request sets is gone in the next.
    assert_eq!(ada.get("/rest/v1/notes").header("x-one"), None);
    is_error(
        &ada.post("/rest/v1/rpc/bad_headers", &json!({})),
        500,
        "PGRST111",
        "response.headers guc must be a JSON array composed of objects with a single key and a string value",
    );
    for function in ["bad_status", "early_status"] {
        is_error(
            &ada.post(&format!("/rest/v1/rpc/{function}"), &json!({})),
            500,
            "PGRST112",
            "response.status guc must be a valid status code",
        );
    }
}

#[test]
fn a_function_may_come_before_each_request() {
    let project = Project::new()
        .migration(SCHEMA)
        .set("api.pre_request=guard");
    let server = TestServer::start(&project);
    let visitor = server.visitor();
    let read = visitor
        .header("x-tenant", "a")
        .get("/rest/v1/notes?select=id");
    is(&read, 200, r#"[{"id":1}]"#);
    assert_eq!(read.header("x-guarded"), Some("yes"));
    let blocked = visitor.header("x-block", "1");
    is_error(&blocked.get("/rest/v1/notes"), 403, "PT403", "blocked");
    is_error(
        &blocked.post("/rest/v1/rpc/asked", &json!({})),
        403,
        "PT403",
        "blocked",
    );
    let service = server.service();
    let made = service.post("/rest/v1/notes", &json!({ "id": 3, "tenant": "c" }));
    assert_eq!((made.status, made.header("x-guarded")), (201, Some("yes")));
    let failed = service.post("/rest/v1/notes", &json!({ "id": 3, "tenant": "c" }));
    assert_eq!(failed.status, 409);
    is(
        &service.get("/rest/v1/visits?select=path"),
        200,
        r#"[{"path":"/notes"}]"#,
    );
    let named =
        SCHEMA.to_owned() + "alter role authenticator set pgrst.db_pre_request to 'public.guard';";
    let server = TestServer::start(&Project::new().migration(&named));
    assert_eq!(
        server.visitor().get("/rest/v1/notes").header("x-guarded"),
        Some("yes")
    );
    let missing = TestServer::start(
        &Project::new()
            .migration(SCHEMA)
            .set("api.pre_request=nothing"),
    );
    is_error(
        &missing.visitor().get("/rest/v1/notes"),
        404,
        "42883",
        "function public.nothing() does not exist",
    );
}

#[test]
fn a_role_has_a_time_of_its_own() {
    let server = TestServer::start(&Project::new().migration(SCHEMA));
    let started = std::time::Instant::now();
    let late = server.user(ADA).post("/rest/v1/rpc/forever", &json!({}));
    is_error(
        &late,
        500,
        "57014",
        "canceling statement due to statement timeout",
    );
    assert!(started.elapsed() < std::time::Duration::from_secs(4));
}
