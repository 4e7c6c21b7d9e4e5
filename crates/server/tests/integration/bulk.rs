//! Bodies that are too large to be held in memory: they come and go through files.

use serde_json::{Value as Json, json};
use underpin_testkit::{Project, TestServer};

const SCHEMA: &str = "
create table public.notes (id int primary key, body text not null, owner text not null default 'nobody');
alter table public.notes enable row level security;
create policy \"own\" on public.notes for all using (owner = auth.uid()::text) with check (owner = auth.uid()::text);
create view public.long as
  select n.id, repeat(n.body, 100) as body from public.notes n;
";

fn project() -> Project {
    Project::new()
        .migration(SCHEMA)
        .set("api.max_rows=100000")
        .set("server.compression=true")
}

fn note(id: usize) -> Json {
    json!({"id": id, "body": format!("note {id}, \"quoted\"\nin two lines"), "owner": "nobody"})
}

fn notes(count: usize) -> Json {
    (0..count).map(note).collect()
}

#[test]
fn an_answer_that_is_too_large_to_be_held_is_whole() {
    let server = TestServer::start(&project());
    let service = server.service();
    let rows = notes(1_000);
    assert_eq!(service.post("/rest/v1/notes", &rows).status, 201);

    let answer = service.get("/rest/v1/long?select=id,body&order=id");
    assert_eq!(answer.status, 200);
    assert!(answer.body.len() > 3 << 20, "{}", answer.body.len());
    assert_eq!(answer.header("content-range"), Some("0-999/*"));
    let length = answer.body.len().to_string();
    assert_eq!(answer.header("content-length"), Some(length.as_str()));
    let received = answer.json();
    let received = received.as_array().unwrap();
    assert_eq!(received.len(), 1_000);
    for (id, row) in received.iter().enumerate() {
        let body = note(id)["body"].as_str().unwrap().repeat(100);
        assert_eq!(row, &json!({"id": id, "body": body}));
    }

    let csv = service
        .header("accept", "text/csv")
        .get("/rest/v1/long?select=id,body&order=id");
    let text = csv.text();
    assert!(text.starts_with("id,body\n0,\"note 0, \"\"quoted\"\"\n"));
    assert!(text.ends_with("in two lines\""));
    assert_eq!(text.matches("in two lines").count(), 100_000);

    // Compressed on the way, it is the same.
    let compressed = service
        .header("accept-encoding", "gzip")
        .get("/rest/v1/long?select=id,body&order=id");
    assert_eq!(compressed.header("content-encoding"), Some("gzip"));
    assert!(compressed.body.len() < answer.body.len() / 10);
}

#[test]
fn an_answer_past_its_limit_is_refused_before_its_first_byte() {
    let project = project().set("limits.answer_bytes_max=2000000");
    let server = TestServer::start(&project);
    let service = server.service();
    assert_eq!(service.post("/rest/v1/notes", &notes(1_000)).status, 201);
    let few = service.get("/rest/v1/long?id=lt.500&select=id,body");
    assert_eq!(few.status, 200);
    let many = service.get("/rest/v1/long?select=id,body");
    assert_eq!((many.status, many.code().as_str()), (500, "54001"));
    assert!(
        many.text().contains("limits.answer_bytes_max"),
        "{}",
        many.text()
    );
}

/// A body of many rows, past what is held in memory.
fn large(count: usize) -> Vec<u8> {
    let rows: Vec<Json> = (0..count)
        .map(|id| json!({"id": id, "body": "x".repeat(200), "owner": "nobody"}))
        .collect();
    Json::from(rows).to_string().into_bytes()
}

#[test]
fn a_body_that_is_too_large_to_be_held_is_inserted() {
    let server = TestServer::start(&project());
    let service = server.service().header("content-type", "application/json");
    let body = large(20_000);
    assert!(body.len() > 4 << 20);
    let inserted = service.header("prefer", "return=minimal,count=exact").send(
        "POST",
        "/rest/v1/notes",
        &body,
    );
    assert_eq!(inserted.status, 201, "{}", inserted.text());
    assert_eq!(inserted.header("content-range"), Some("*/20000"));

    let mut csv = String::from("id,body\n");
    for id in 20_000..40_000 {
        csv.push_str(&format!("{id},\"{}\"\n", "y,".repeat(100)));
    }
    let service_csv = server.service().header("content-type", "text/csv");
    let inserted = service_csv.send("POST", "/rest/v1/notes?columns=id,body", csv.as_bytes());
    assert_eq!(inserted.status, 201, "{}", inserted.text());
    let counted = service
        .header("prefer", "count=exact")
        .get("/rest/v1/notes?select=id&body=like.y*&owner=eq.nobody&limit=1");
    assert_eq!(counted.header("content-range"), Some("0-0/20000"));

    // The same rows again: merged, one after the other.
    let merged = service
        .header("prefer", "resolution=merge-duplicates,count=exact")
        .send("POST", "/rest/v1/notes", &body);
    assert_eq!((merged.status, merged.text().as_str()), (200, ""));
    assert_eq!(merged.header("content-range"), Some("*/20000"));
}

#[test]
fn a_large_body_is_inserted_whole_or_not_at_all() {
    let server = TestServer::start(&project());
    let service = server.service().header("content-type", "application/json");
    let mut rows: Vec<Json> = serde_json::from_slice(&large(10_000)).unwrap();
    let send = |rows: &[Json]| {
        let body = Json::from(rows).to_string();
        service.send("POST", "/rest/v1/notes", body.as_bytes())
    };
    let mut check = |change: fn(&mut Json), status: u16, code: &str| {
        let before = rows[9_999].clone();
        change(&mut rows[9_999]);
        let answer = send(&rows);
        assert_eq!((answer.status, answer.code().as_str()), (status, code));
        rows[9_999] = before;
    };
    check(|row| row["id"] = json!("x"), 400, "22P02");
    check(|row| row["id"] = json!(1), 409, "23505");
    check(|row| row["body"] = Json::Null, 400, "23502");
    check(|row| row["more"] = json!(1), 400, "PGRST102");
    let mut cut = large(10_000);
    cut.truncate(cut.len() - 10);
    let answer = service.send("POST", "/rest/v1/notes", &cut);
    assert_eq!((answer.status, answer.code().as_str()), (400, "PGRST102"));
    let counted = service
        .header("prefer", "count=exact")
        .get("/rest/v1/notes?select=id");
    assert_eq!(counted.header("content-range"), Some("*/0"));
}

/// A20, A34: policies hold for each row of a large body, and the rows of others cannot be merged into.
#[test]
fn a_large_body_passes_no_policy() {
    let server = TestServer::start(&project());
    let user = server
        .user("00000000-0000-4000-8000-000000000001")
        .header("content-type", "application/json");
    let others = large(10_000);
    let answer = user.send("POST", "/rest/v1/notes", &others);
    assert_eq!((answer.status, answer.code().as_str()), (403, "42501"));
    let mut rows: Vec<Json> = serde_json::from_slice(&others).unwrap();
    for row in &mut rows {
        row["owner"] = json!("00000000-0000-4000-8000-000000000001");
    }
    let own = Json::from(rows.clone()).to_string();
    assert_eq!(
        user.send("POST", "/rest/v1/notes", own.as_bytes()).status,
        201
    );
    let other = server
        .user("00000000-0000-4000-8000-000000000002")
        .header("content-type", "application/json")
        .header("prefer", "resolution=merge-duplicates");
    for row in &mut rows {
        row["owner"] = json!("00000000-0000-4000-8000-000000000002");
    }
    let stolen = Json::from(rows).to_string();
    let answer = other.send("POST", "/rest/v1/notes", stolen.as_bytes());
    assert_eq!((answer.status, answer.code().as_str()), (403, "42501"));
    assert_eq!(server.visitor().get("/rest/v1/notes").json(), json!([]));
}

/// What reads no rows is held whole, up to the limit of a body.
#[test]
fn other_large_bodies_are_read_too() {
    let server = TestServer::start(&project());
    let service = server.service().header("content-type", "application/json");
    let long = "z".repeat(2 << 20);
    let one = json!({"id": 1, "body": long}).to_string();
    let made = service.send("POST", "/rest/v1/notes", one.as_bytes());
    assert_eq!(made.status, 201, "{}", made.text());
    let changed = json!({"body": format!("{long}!")}).to_string();
    let answer = service.send("PATCH", "/rest/v1/notes?id=eq.1", changed.as_bytes());
    assert_eq!(answer.status, 204, "{}", answer.text());
    let read = service.get("/rest/v1/notes?select=body");
    assert!(read.text().ends_with("z!\"}]"));
}
