//! A server that follows a script: it misbehaves in ways that a real one does not when it is asked.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::sync::{mpsc, oneshot};
use tokio::time::Instant;
use underpin_base::Result;

use super::message::{columns, error, message, row};
use crate::postgres::client::gauge::{Gauge, Load};
use crate::postgres::client::line::{End, Line};
use crate::postgres::client::opening::Opened;
use crate::postgres::client::shared::Job;
use crate::postgres::client::socket::Socket;
use crate::postgres::client::statements::Epoch;
use crate::postgres::client::*;

/// The longest that anything in these tests may take.
const LONG: Duration = Duration::from_secs(20);

fn address() -> Arc<Address> {
    Arc::new(Address::parse("postgres://me@/shop?host=/nowhere").unwrap())
}

fn settings() -> ClientSettings {
    ClientSettings {
        answer_bytes_max: 1_000,
        statements_max: 2,
        cancel_grace: Duration::from_millis(100),
        ..ClientSettings::default()
    }
}

/// Returns a connection, and the server's end of it.
fn opened() -> (Opened, UnixStream) {
    let (ours, theirs) = UnixStream::pair().unwrap();
    let address = address();
    let (host, port) = &address.hosts[0];
    let opened = Opened::new(Socket::Unix(ours), &address, host, *port, 1_000);
    (opened, theirs)
}

fn connection() -> (Connection, UnixStream) {
    let (opened, server) = opened();
    let connection = Connection::new(opened, &address(), &settings(), Epoch::default());
    (connection, server)
}

fn query(sql: &str) -> Query {
    Query::new(sql, vec![])
}

/// Returns what a server says to a statement that it parses, and to one that it has.
fn first(value: &str) -> Vec<u8> {
    let parsed = [message(b'1', b""), message(b't', &[0, 0]), columns(&["a"])].concat();
    [parsed, next(value)].concat()
}

fn next(value: &str) -> Vec<u8> {
    [
        message(b'2', b""),
        row(&[Some(value)]),
        message(b'C', b"SELECT 1\0"),
    ]
    .concat()
}

fn ready() -> Vec<u8> {
    message(b'Z', b"I")
}

fn value(answers: &[Answer], index: usize) -> &str {
    answers[index].rows[0].get(0).unwrap().unwrap()
}

/// Returns the types of the messages that the client has sent by now.
async fn sent(server: &mut UnixStream) -> String {
    let mut bytes = vec![0; 1 << 16];
    let length = server.read(&mut bytes).await.unwrap();
    let mut rest = &bytes[..length];
    let mut types = String::new();
    while let Some((tag, after)) = rest.split_first() {
        let length = u32::from_be_bytes(after[..4].try_into().unwrap()) as usize;
        types.push(char::from(*tag));
        rest = &after[length..];
    }
    types
}

#[tokio::test]
async fn statements_are_parsed_once() {
    let (mut connection, mut server) = connection();
    for (sql, answer, expected) in [
        ("a", first("1"), "PDBES"),
        ("a", next("2"), "BES"),
        ("b", first("3"), "PDBES"),
        // The third makes room for itself, at the beginning.
        ("c", [message(b'3', b""), first("4")].concat(), "CPDBES"),
        ("b", next("5"), "BES"),
        ("a", [message(b'3', b""), first("6")].concat(), "CPDBES"),
    ] {
        server.write_all(&[answer, ready()].concat()).await.unwrap();
        connection.batch(&[query(sql)]).await.unwrap();
        assert_eq!(sent(&mut server).await, expected, "{sql}");
    }
    let owned = query("a").kept_for("anon");
    let answer = [message(b'3', b""), first("7"), ready()].concat();
    server.write_all(&answer).await.unwrap();
    connection.batch(&[owned]).await.unwrap();
    assert_eq!(sent(&mut server).await, "CPDBES");
    let once = Query::once("a", vec![]);
    server
        .write_all(&[first("8"), ready()].concat())
        .await
        .unwrap();
    connection.batch(&[once]).await.unwrap();
    assert_eq!(sent(&mut server).await, "PDBES");
}

#[tokio::test]
async fn a_batch_parses_the_same_text_once() {
    let (mut connection, mut server) = connection();
    let script = [first("1"), next("2"), next("3"), ready()].concat();
    server.write_all(&script).await.unwrap();
    let queries = [query("a"), query("a"), query("a")];
    let answers = connection.batch(&queries).await.unwrap();
    assert_eq!(sent(&mut server).await, "PDBEBEBES");
    for (index, answer) in answers.iter().enumerate() {
        assert_eq!(value(&answers, index), (index + 1).to_string());
        assert_eq!(answer.columns[0].name, "a");
    }
}

#[tokio::test]
async fn an_error_forgets_what_was_not_parsed() {
    let (mut connection, mut server) = connection();
    let failed = [
        message(b'1', b""),
        message(b't', &[0, 0]),
        columns(&["a"]),
        error("ERROR", "22012"),
        ready(),
    ];
    server.write_all(&failed.concat()).await.unwrap();
    let error = connection
        .batch(&[query("a"), query("b")])
        .await
        .unwrap_err();
    assert_eq!(
        (error.code().as_str(), error.message()),
        ("22012", "it failed")
    );
    assert_eq!(error.get_hint(), Some("try"));
    assert_eq!(sent(&mut server).await, "PDBEPDBES");
    let answer = [message(b'3', b""), next("1"), first("2"), ready()].concat();
    server.write_all(&answer).await.unwrap();
    let answers = connection.batch(&[query("a"), query("b")]).await.unwrap();
    assert_eq!((value(&answers, 0), value(&answers, 1)), ("1", "2"));
    assert_eq!(sent(&mut server).await, "CBEPDBES");
}

#[tokio::test]
async fn a_stale_statement_is_parsed_again_once() {
    let (mut connection, mut server) = connection();
    server
        .write_all(&[first("1"), ready()].concat())
        .await
        .unwrap();
    connection.batch(&[query("a")]).await.unwrap();
    sent(&mut server).await;
    let gone = [error("ERROR", "26000"), ready()].concat();
    let again = [message(b'3', b""), first("2"), ready()].concat();
    let queries = [query("a")];
    let serving = async {
        for (expected, answer) in [("BES", &gone), ("CPDBES", &again)] {
            assert_eq!(sent(&mut server).await, expected);
            server.write_all(answer).await.unwrap();
        }
    };
    let (answers, ()) = tokio::join!(connection.batch(&queries), serving);
    assert_eq!(value(&answers.unwrap(), 0), "2");
    // Not for ever.
    let never = [gone.clone(), message(b'3', b""), gone.clone()].concat();
    server.write_all(&never).await.unwrap();
    let error = connection.batch(&queries).await.unwrap_err();
    assert_eq!(error.code().as_str(), "26000");
}

#[tokio::test]
async fn an_answer_may_be_cut_anywhere() {
    let answer = [
        first("1"),
        first("2"),
        message(b'N', b"SNOTICE\0\0"),
        ready(),
    ]
    .concat();
    for cut in 0..=answer.len() {
        let (mut connection, mut server) = connection();
        let (before, after) = answer.split_at(cut);
        let (before, after) = (before.to_vec(), after.to_vec());
        let serving = async {
            server.write_all(&before).await.unwrap();
            tokio::task::yield_now().await;
            server.write_all(&after).await.unwrap();
        };
        let queries = [query("a"), query("b")];
        let (answers, ()) = tokio::join!(connection.batch(&queries), serving);
        let answers = answers.unwrap();
        assert_eq!((value(&answers, 0), value(&answers, 1)), ("1", "2"));
    }
}

#[tokio::test]
async fn a_server_that_goes_away_leaves_the_outcome_unknown() {
    let answer = [first("1"), first("2"), ready()].concat();
    for cut in 0..answer.len() {
        let (mut connection, mut server) = connection();
        server.write_all(&answer[..cut]).await.unwrap();
        server.shutdown().await.unwrap();
        let queries = [query("a"), query("b")];
        let batch = tokio::time::timeout(LONG, connection.batch(&queries));
        let error = batch.await.unwrap().unwrap_err();
        assert_eq!(error.code().as_str(), "08007", "cut at {cut}");
        assert_eq!(
            error.get_details(),
            Some(&underpin_base::Details::Text(
                "it is not known whether the request was carried out".to_owned()
            ))
        );
        assert!(!connection.is_reusable());
        let error = connection.batch(&queries).await.unwrap_err();
        assert_eq!(error.code().as_str(), "PGRST000");
    }
}

#[tokio::test]
async fn what_makes_no_sense_ends_the_connection() {
    for nonsense in [
        message(b'?', b""),
        message(b'3', b""),
        ready(),
        message(b'C', b"SELECT 1\0").repeat(2),
        row(&[Some("1")])
            .repeat(1)
            .into_iter()
            .chain(ready())
            .collect(),
        columns(&["a"]).repeat(2),
        message(b'G', &[0, 0, 0]),
        message(b'R', &[0, 0, 0, 0]),
        message(b's', b""),
    ] {
        let (mut connection, mut server) = connection();
        server.write_all(&nonsense).await.unwrap();
        server.write_all(&ready()).await.unwrap();
        let batch = [query("a")];
        let batch = tokio::time::timeout(LONG, connection.batch(&batch));
        let error = batch.await.unwrap().unwrap_err();
        assert!(
            ["08007", "PGRST000"].contains(&error.code().as_str()),
            "{nonsense:?}: {error:?}"
        );
    }
}

#[tokio::test]
async fn large_answers_are_refused_and_the_connection_is_kept() {
    let (mut connection, mut server) = connection();
    let large = "x".repeat(2_000);
    let medium = "x".repeat(600);
    for rows in [row(&[Some(&large)]), row(&[Some(&medium)]).repeat(2)] {
        let begin = [
            message(b'1', b""),
            message(b't', &[0, 0]),
            columns(&["a"]),
            message(b'2', b""),
        ]
        .concat();
        let answer = [begin, rows, message(b'C', b"SELECT 2\0"), ready()].concat();
        server.write_all(&answer).await.unwrap();
        let error = connection
            .batch(&[Query::once("a", vec![])])
            .await
            .unwrap_err();
        assert_eq!(error.code().as_str(), "54001");
        assert_eq!(error.message(), "the answer is larger than 1000 bytes");
    }
    server
        .write_all(&[first("1"), ready()].concat())
        .await
        .unwrap();
    assert_eq!(
        value(&connection.batch(&[query("a")]).await.unwrap(), 0),
        "1"
    );
}

#[tokio::test]
async fn a_server_that_says_nothing_is_given_up() {
    let (mut connection, _server) = connection();
    connection.set_timeout(Some(Duration::from_millis(50)));
    let batch = [query("a")];
    let error = tokio::time::timeout(LONG, connection.batch(&batch))
        .await
        .unwrap()
        .unwrap_err();
    assert_eq!(error.code().as_str(), "57014");
    assert!(error.get_details().is_some());
}

/// Whoever asks a line.
struct Shared {
    jobs: mpsc::Sender<Job>,
}

/// The end of a line, and what it has left undone.
type Task = tokio::task::JoinHandle<(End, VecDeque<Job>)>;

impl Shared {
    fn new() -> (Self, Task, UnixStream) {
        let (opened, server) = opened();
        let (shared, task) = Self::over(opened, settings());
        (shared, task, server)
    }

    fn over(opened: Opened, settings: ClientSettings) -> (Self, Task) {
        let (jobs, mut queue) = mpsc::channel(100);
        let task = tokio::spawn(async move {
            let mut waiting = VecDeque::new();
            let line = Line::new(
                opened,
                &settings,
                &address(),
                Epoch::default(),
                Gauge::new(),
            );
            (line.serve(&mut queue, &mut waiting).await, waiting)
        });
        (Self { jobs }, task)
    }

    fn ask(&self, sql: &str, timeout: Duration) -> oneshot::Receiver<Result<Vec<Answer>>> {
        let (reply, answer) = oneshot::channel();
        let job = Job {
            queries: vec![query(sql)],
            deadline: Instant::now() + timeout,
            is_again: false,
            reply,
            _load: Load::new(&Gauge::new()),
        };
        self.jobs.try_send(job).unwrap();
        answer
    }
}

#[tokio::test]
async fn a_failed_batch_leaves_the_others_alone() {
    let (shared, task, mut server) = Shared::new();
    let answers = [
        shared.ask("a", LONG),
        shared.ask("b", LONG),
        shared.ask("c", LONG),
    ];
    // The caller of the second goes away.
    let [a, b, c] = answers;
    let gone = shared.ask("d", LONG);
    let e = shared.ask("e", LONG);
    tokio::task::yield_now().await;
    drop(gone);
    let failed = [error("ERROR", "42601"), ready()].concat();
    let script = [
        first("1"),
        ready(),
        failed,
        first("3"),
        ready(),
        first("4"),
        ready(),
        first("5"),
        ready(),
    ];
    server.write_all(&script.concat()).await.unwrap();
    assert_eq!(value(&a.await.unwrap().unwrap(), 0), "1");
    assert_eq!(b.await.unwrap().unwrap_err().code().as_str(), "42601");
    assert_eq!(value(&c.await.unwrap().unwrap(), 0), "3");
    assert_eq!(value(&e.await.unwrap().unwrap(), 0), "5");
    drop(shared.jobs);
    let (end, waiting) = task.await.unwrap();
    assert!(end.is_closed() && waiting.is_empty());
}

#[tokio::test]
async fn a_shared_connection_that_is_lost_anywhere_answers_everybody() {
    let script = [
        first("1"),
        ready(),
        error("ERROR", "42601"),
        ready(),
        first("3"),
        ready(),
    ]
    .concat();
    for cut in 0..script.len() {
        let (shared, task, mut server) = Shared::new();
        let answers = [
            shared.ask("a", LONG),
            shared.ask("b", LONG),
            shared.ask("c", LONG),
        ];
        server.write_all(&script[..cut]).await.unwrap();
        // They are sent before the connection is lost.
        while sent(&mut server).await.matches('S').count() < 1 {}
        server.shutdown().await.unwrap();
        let (end, waiting) = tokio::time::timeout(LONG, task).await.unwrap().unwrap();
        assert_eq!(end, End::Lost);
        assert!(waiting.is_empty());
        let mut codes = Vec::new();
        for answer in answers {
            match answer.await.unwrap() {
                Ok(_) => codes.push("ok".to_owned()),
                Err(error) => codes.push(error.code().to_string()),
            }
        }
        let expected = [["ok", "42601", "ok"], ["08007"; 3]];
        for (index, code) in codes.iter().enumerate() {
            assert!(
                expected.iter().any(|codes| codes[index] == code),
                "cut at {cut}: {codes:?}"
            );
        }
    }
}

#[tokio::test]
async fn what_was_not_sent_waits_for_the_next_connection() {
    let (shared, task, server) = Shared::new();
    // More than the socket takes, so that the second is not even begun.
    let large = format!("select '{}'", "x".repeat(16 << 20));
    let first = shared.ask(&large, LONG);
    let _second = shared.ask("b", LONG);
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(server);
    let (end, waiting) = tokio::time::timeout(LONG, task).await.unwrap().unwrap();
    assert_eq!(end, End::Lost);
    assert_eq!(first.await.unwrap().unwrap_err().code().as_str(), "08007");
    let waiting: Vec<_> = waiting.iter().map(|job| &*job.queries[0].sql).collect();
    // It was not taken while so much waited to be written.
    assert!(waiting.is_empty() || waiting == ["b"]);
}

#[tokio::test]
async fn a_shared_connection_that_hangs_is_given_up() {
    let (shared, task, _server) = Shared::new();
    let a = shared.ask("a", Duration::from_millis(50));
    let b = shared.ask("b", LONG);
    assert_eq!(a.await.unwrap().unwrap_err().code().as_str(), "57014");
    assert_eq!(b.await.unwrap().unwrap_err().code().as_str(), "08007");
    assert_eq!(task.await.unwrap().0, End::Lost);
}

#[tokio::test]
async fn a_shared_connection_that_is_silent_is_asked() {
    let (opened, mut server) = opened();
    let settings = ClientSettings {
        idle_trusted: Duration::from_millis(50),
        ..settings()
    };
    let (shared, task) = Shared::over(opened, settings);
    let a = shared.ask("a", LONG);
    assert_eq!(sent(&mut server).await, "PDBES");
    server
        .write_all(&[first("1"), ready()].concat())
        .await
        .unwrap();
    a.await.unwrap().unwrap();
    for _ in 0..3 {
        assert_eq!(sent(&mut server).await, "S");
        server.write_all(&ready()).await.unwrap();
    }
    // It does not answer any more.
    let (end, _) = tokio::time::timeout(LONG, task).await.unwrap().unwrap();
    assert_eq!(end, End::Lost);
}

#[tokio::test]
async fn a_stray_cancel_hurts_nobody() {
    let (shared, _task, mut server) = Shared::new();
    let a = shared.ask("a", Duration::from_millis(20));
    let b = shared.ask("b", LONG);
    tokio::time::sleep(Duration::from_millis(60)).await;
    // The first is done before the server hears that it is to be cancelled; the second is hit instead, and sent again.
    assert_eq!(sent(&mut server).await, "PDBESPDBES");
    let hit = [error("ERROR", "57014"), ready()].concat();
    server
        .write_all(&[first("1"), ready(), hit].concat())
        .await
        .unwrap();
    assert_eq!(sent(&mut server).await, "CPDBES");
    let answer = [message(b'3', b""), first("2"), ready()].concat();
    server.write_all(&answer).await.unwrap();
    assert_eq!(value(&a.await.unwrap().unwrap(), 0), "1");
    assert_eq!(value(&b.await.unwrap().unwrap(), 0), "2");
}
