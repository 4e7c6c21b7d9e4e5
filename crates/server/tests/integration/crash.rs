//! The program killed while many insert: nothing that was acknowledged is lost, and the file stays whole.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use underpin_testkit::{Project, ServerProcess};

const PROGRAM: &str = env!("CARGO_BIN_EXE_underpin");

/// How often the program is killed.
const ROUNDS: u64 = 50;

/// How many clients insert at once.
const CLIENTS: usize = 64;

/// Inserts rows over one connection until it ends; returns those that the server acknowledged.
fn insert(mut stream: TcpStream, next: &AtomicUsize) -> Vec<usize> {
    let mut acknowledged = Vec::new();
    let mut answer = [0; 4096];
    loop {
        let id = next.fetch_add(1, Ordering::Relaxed);
        let body = format!("{{\"id\":{id}}}");
        let request = format!(
            "POST /rest/v1/notes HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let sent = stream.write_all(request.as_bytes());
        // The head of an answer without a body comes in one piece.
        match sent.and_then(|()| stream.read(&mut answer)) {
            Ok(read) if answer[..read].starts_with(b"HTTP/1.1 201 ") => acknowledged.push(id),
            Ok(0) | Err(_) => return acknowledged,
            Ok(read) => panic!("{}", String::from_utf8_lossy(&answer[..read])),
        }
    }
}

fn ids(server: &ServerProcess) -> BTreeSet<usize> {
    let rows = server.visitor().get("/rest/v1/notes?select=id").json();
    let rows = rows.as_array().unwrap();
    rows.iter()
        .map(|row| usize::try_from(row["id"].as_u64().unwrap()).unwrap())
        .collect()
}

#[test]
fn nothing_acknowledged_is_lost_when_the_server_is_killed() {
    let folder = Project::new()
        .migration("create table public.notes (id int primary key);")
        .write();
    let start = || {
        let arguments = [
            "--migrate",
            "--set",
            "api.tables_without_policies=open",
            "--set",
            "api.max_rows=10000000",
        ];
        ServerProcess::start(PROGRAM, "serve", folder.path(), &arguments)
    };
    let next = AtomicUsize::new(0);
    let mut acknowledged = BTreeSet::new();
    let mut server = start();
    for round in 0..ROUNDS {
        std::thread::scope(|scope| {
            let clients: Vec<_> = (0..CLIENTS)
                .map(|_| {
                    let stream = server.visitor().connect();
                    scope.spawn(|| insert(stream, &next))
                })
                .collect();
            // A kill has no moment to wait for: it comes at another one each time.
            std::thread::sleep(Duration::from_millis(20 + round * 37 % 110));
            server.signal("KILL");
            for client in clients {
                acknowledged.extend(client.join().unwrap());
            }
        });
        server.wait();
        server = start();
        let found = ids(&server);
        let lost: Vec<&usize> = acknowledged.difference(&found).collect();
        assert!(lost.is_empty(), "round {round} lost {lost:?}");
    }
    assert!(acknowledged.len() > CLIENTS, "{}", acknowledged.len());
    server.signal("TERM");
    assert!(server.wait().success());
    let checked = Command::new(PROGRAM)
        .arg("sql")
        .arg(folder.path())
        .args(["--json", "-c", "pragma integrity_check"])
        .env_clear()
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&checked.stdout).into_owned();
    assert!(said.contains("\"ok\""), "{checked:?}");
}
