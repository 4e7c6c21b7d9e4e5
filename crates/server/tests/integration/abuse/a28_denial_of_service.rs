//! A28: a small request must not cost much: depth, counts and time are bounded, and the server goes on answering.

use std::time::{Duration, Instant};

use serde_json::json;
use underpin_testkit::{Client, Project, Response, TestServer};

const SCHEMA: &str = "
create table words (id int primary key, parent int references words (id), word text not null, more jsonb not null default '{}');
alter table words enable row level security;
create policy everybody on words using (true) with check (true);
insert into words
  select n, nullif(n / 2, 0), repeat('a', 40) || '!' || n, '{}'::jsonb from generate_series(1, 3000) as n;";

/// The longest that any single answer may take; the limit on a statement's time is half of it.
const BOUND: Duration = Duration::from_secs(4);

fn server() -> TestServer {
    TestServer::start(
        &Project::new()
            .migration(SCHEMA)
            .set("limits.statement_timeout_ms=2000"),
    )
}

fn bounded(caller: &Client, path: &str) -> Response {
    let start = Instant::now();
    let answer = caller.get(&format!("/rest/v1/{path}"));
    let shown: String = path.chars().take(200).collect();
    assert!(start.elapsed() < BOUND, "no answer in time: {shown}");
    answer
}

#[test]
fn a28_size_and_depth_of_a_url_are_bounded() {
    let server = server();
    let visitor = server.visitor();
    let nested = |depth: usize| {
        format!(
            "words?or=({}id.eq.1{})",
            "and(".repeat(depth),
            ")".repeat(depth)
        )
    };
    let embeds = |depth: usize| {
        format!(
            "words?select=id{}{}",
            ",words!parent(id".repeat(depth),
            ")".repeat(depth)
        )
    };
    let refused = [
        nested(17),
        nested(2_000),
        embeds(9),
        embeds(500),
        format!("words?{}", vec!["id=eq.1"; 300].join("&")),
        format!("words?id=in.({})", vec!["1"; 2_001].join(",")),
        format!("words?select={}", vec!["id"; 600].join(",")),
        format!(
            "words?select={}",
            (0..40)
                .map(|n| format!("a{n}:words!parent(id)"))
                .collect::<Vec<_>>()
                .join(",")
        ),
        format!("words?word=eq.{}", "x".repeat(20_000)),
        format!("words?more-%3E{}=eq.1", "a-%3E".repeat(1_000)),
    ];
    for path in &refused {
        let answer = bounded(&visitor, path);
        assert!(
            matches!(answer.status, 400 | 414 | 500),
            "{} {}",
            answer.status,
            answer.text()
        );
        assert!(
            ["PGRST100", "54001", "url_too_long"].contains(&answer.code().as_str()),
            "{}",
            answer.text()
        );
    }
    assert_eq!(bounded(&visitor, &nested(15)).status, 200);
    assert_eq!(
        bounded(
            &visitor,
            &format!("words?id=in.({})&select=id", vec!["1"; 2_000].join(","))
        )
        .status,
        200
    );
}

#[test]
fn a28_no_pattern_takes_exponential_time() {
    let server = server();
    let visitor = server.visitor();
    for filter in [
        "word=match.(a*)*$",
        "word=match.^(a%2B)%2B$",
        "word=imatch.(a|aa)%2B$",
        "word=match.(.*)(.*)(.*)(.*)(.*)(.*)b",
        "word=like.*a*a*a*a*a*a*a*a*a*a*a*a*b",
        "word=ilike.%25a%25a%25a%25a%25a%25a%25a%25a%25a%25a%25b",
        "word=match.(a*)*(a*)*%5C1b",
        "word=match.%5E(?=(?:a|aa)%2B$b)(?:a|b)*c(?!a)",
        "word=imatch.((((a%2B)%2B)%2B)%2B)%5C1%5C2%5C3c",
        "word=match.a{1000}{1000}",
        "word=match.((((((((((a{10}){10}){10}){10}){10}){10}){10}){10}){10}){10}",
    ] {
        let answer = bounded(&visitor, &format!("words?select=id&{filter}"));
        let known =
            matches!(answer.status, 200) || ["2201B", "57014"].contains(&answer.code().as_str());
        assert!(known, "{filter}: {} {}", answer.status, answer.text());
    }
}

#[test]
fn a28_a_statement_ends_at_its_time_limit() {
    let server = server();
    let visitor = server.visitor();
    // Each level multiplies the rows of the one above.
    let mut select = "id".to_owned();
    for level in 0..7 {
        select = format!("id,c{level}:words!words_parent_fkey({select})");
    }
    let filter = "word=match.a.*a.*a.*a.*!";
    let answer = bounded(
        &visitor,
        &format!("words?select={select}&{filter}&order=word.desc"),
    );
    assert!(
        answer.status == 200 || answer.code() == "57014",
        "{} {}",
        answer.status,
        answer.text()
    );
    assert_eq!(bounded(&visitor, "words?select=id&limit=1").status, 200);
}

#[test]
fn a28_the_number_of_rows_is_bounded() {
    let server = server();
    let visitor = server.visitor();
    for path in [
        "words?select=id",
        "words?select=id&limit=1000000",
        "words?select=id&limit=18446744073709551615",
    ] {
        let answer = bounded(&visitor, path);
        if answer.status == 200 {
            assert_eq!(answer.json().as_array().map(Vec::len), Some(1000), "{path}");
        } else {
            assert_eq!(answer.code(), "PGRST100", "{path}: {}", answer.text());
        }
    }
}

#[test]
fn a28_bodies_are_bounded() {
    let server = server();
    let visitor = server.visitor();
    let deep = format!(
        "{{\"id\":1,\"word\":\"x\",\"more\":{}{}}}",
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let answer = visitor.send("POST", "/rest/v1/words", deep.as_bytes());
    assert!(
        (400..500).contains(&answer.status),
        "{} {}",
        answer.status,
        answer.text()
    );
    let large = format!("{{\"id\":1,\"word\":\"{}\"}}", "x".repeat(11 << 20));
    let answer = visitor.send("POST", "/rest/v1/words", large.as_bytes());
    assert_eq!(
        (answer.status, answer.code().as_str()),
        (413, "body_too_large"),
        "{}",
        answer.text()
    );
    let keys: serde_json::Map<_, _> = (0..20_000).map(|n| (format!("k{n}"), json!(1))).collect();
    let answer = visitor.post("/rest/v1/words", &keys.into());
    assert_eq!(answer.status, 400, "{}", answer.text());
}

/// The columns of spreads within spreads multiply: what would take for ever to plan is refused at once.
#[test]
fn a28_spreads_within_spreads_are_bounded() {
    let schema =
        "create table people (id int primary key, name text, boss_id int references people);";
    let server = TestServer::start(&Project::new().migration(schema));
    let select = (0..7).fold("*".to_owned(), |inner, _| format!("*,...people({inner})"));
    let start = Instant::now();
    let answer = server
        .service()
        .get(&format!("/rest/v1/people?select={select}"));
    assert_eq!(answer.code(), "54001", "{}", answer.text());
    assert!(
        start.elapsed() < Duration::from_secs(5),
        "{:?}",
        start.elapsed()
    );
}

/// A search of a long text is one step of the engine: thousands of steps may be minutes.
#[test]
fn a28_functions_on_long_texts_end_in_time() {
    let long = "
create table papers (id int primary key, body text not null);
alter table papers enable row level security;
create policy everybody on papers using (true);
insert into papers select n, repeat('a lazy dog jumps over ' || n || ' foxes; ', 20000) from generate_series(1, 40) as n;";
    let server = TestServer::start(
        &Project::new()
            .migration(long)
            .set("limits.statement_timeout_ms=500"),
    );
    let visitor = server.visitor();
    for path in [
        "papers?select=id&body=fts.cat",
        "papers?select=id&body=wfts(simple).cat",
    ] {
        let answer = bounded(&visitor, path);
        assert_eq!(answer.code(), "57014", "{path}: {}", answer.text());
    }
}
