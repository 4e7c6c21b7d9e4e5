//! Connections: slow clients, silent clients, too many clients.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use underpin_testkit::{Project, TestServer};

fn server() -> TestServer {
    TestServer::start(
        &Project::new()
            .set("server.header_timeout_s=1")
            .set("server.idle_timeout_s=2"),
    )
}

/// Waits until the server closes, and returns how long that took.
#[track_caller]
fn closed_after(mut stream: TcpStream) -> Duration {
    let started = Instant::now();
    let mut rest = Vec::new();
    drop(stream.read_to_end(&mut rest));
    started.elapsed()
}

#[track_caller]
fn check_between(elapsed: Duration, from_s: f64, to_s: f64) {
    let seconds = elapsed.as_secs_f64();
    assert!((from_s..to_s).contains(&seconds), "{seconds} s");
}

#[test]
fn a_connection_that_says_nothing_is_closed() {
    check_between(closed_after(server().visitor().connect()), 0.8, 1.9);
}

#[test]
fn a33_a_head_that_trickles_in_is_cut_off() {
    let server = server();
    let mut stream = server.visitor().connect();
    let started = Instant::now();
    let mut trickle = stream.try_clone().unwrap();
    let writer = std::thread::spawn(move || {
        drop(trickle.write_all(b"GET /livez HTTP/1.1\r\n"));
        for _ in 0..40 {
            std::thread::sleep(Duration::from_millis(100));
            if trickle.write_all(b"x: y\r\n").is_err() {
                break;
            }
        }
    });
    let mut received = Vec::new();
    drop(stream.read_to_end(&mut received));
    check_between(started.elapsed(), 0.8, 1.9);
    assert!(received.is_empty());
    writer.join().unwrap();
}

#[test]
fn a_connection_is_kept_between_requests_and_closed_when_idle() {
    let server = server();
    let mut stream = server.visitor().connect();
    for _ in 0..3 {
        stream
            .write_all(b"GET /livez HTTP/1.1\r\nhost: x\r\n\r\n")
            .unwrap();
        let mut buffer = [0; 1024];
        let count = stream.read(&mut buffer).unwrap();
        assert!(buffer[..count].starts_with(b"HTTP/1.1 200"));
        // Longer in sum than a head may take: silence has its own time.
        std::thread::sleep(Duration::from_millis(500));
    }
    check_between(closed_after(stream), 1.0, 2.4);
}

#[test]
fn connections_past_the_limit_wait_for_one_to_end() {
    let server = TestServer::start(
        &Project::new()
            .set("server.connections_max=2")
            .set("server.header_timeout_s=1"),
    );
    let held: Vec<TcpStream> = (0..2).map(|_| server.visitor().connect()).collect();
    std::thread::sleep(Duration::from_millis(100));
    let started = Instant::now();
    assert_eq!(server.visitor().get("/livez").status, 200);
    assert!(started.elapsed() > Duration::from_millis(300));
    drop(held);
}

#[test]
fn what_is_not_http_is_answered_or_closed_and_nothing_else_happens() {
    let server = server();
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00"[..],
        b"GET\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: -1\r\n\r\n",
        b"POST / HTTP/1.1\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nx\0y: z\r\n\r\n",
    ] {
        let received = server.visitor().raw(bytes);
        assert!(
            received.is_empty() || received.starts_with(b"HTTP/1.1 4"),
            "{bytes:?}"
        );
    }
    assert_eq!(server.visitor().get("/livez").status, 200);
}

/// What people write into URLs, as they write it; bodies are left alone, whichever way they are cut.
#[test]
fn a_url_may_hold_what_no_url_may() {
    let project = Project::new()
        .migration("create table public.notes (id int primary key, data jsonb);")
        .set("api.tables_without_policies=open");
    let server = TestServer::start(&project);
    let mut stream = server.visitor().connect();
    let body = "{\"id\":1,\n\"data\":{\"a<b\":\"x>y\"}}";
    let head = format!(
        "POST /rest/v1/notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let read =
        "GET /rest/v1/notes?select=v:data->>\"a<b\"&data->>\"a<b\"=eq.x>y HTTP/1.1\r\nhost: x\r\n";
    for part in [&head, &body[..12], &body[12..]] {
        stream.write_all(part.as_bytes()).unwrap();
        stream.flush().unwrap();
    }
    check_answer(&mut stream, "HTTP/1.1 201", "\r\n\r\n");
    let (first, second) = read.split_at(40);
    stream.write_all(first.as_bytes()).unwrap();
    stream.write_all(second.as_bytes()).unwrap();
    stream.write_all(b"\r\n").unwrap();
    check_answer(&mut stream, "HTTP/1.1 200", "[{\"v\":\"x>y\"}]");
    stream
        .write_all(format!("{read}connection: close\r\n\r\n").as_bytes())
        .unwrap();
    check_answer(&mut stream, "HTTP/1.1 200", "[{\"v\":\"x>y\"}]");
}

/// Reads from a connection that stays open until what was read ends with `end`.
#[track_caller]
fn check_answer(stream: &mut TcpStream, start: &str, end: &str) {
    let mut read = Vec::new();
    let mut piece = [0; 1024];
    while !read.ends_with(end.as_bytes()) {
        let count = stream.read(&mut piece).unwrap();
        assert_ne!(count, 0, "{}", String::from_utf8_lossy(&read));
        read.extend_from_slice(&piece[..count]);
    }
    let read = String::from_utf8(read).unwrap();
    assert!(read.starts_with(start), "{read}");
}
