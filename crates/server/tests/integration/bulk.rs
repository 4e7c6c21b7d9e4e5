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
