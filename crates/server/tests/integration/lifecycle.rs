//! The program while it runs: start, refusal, log, reload, drain.

use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value as Json, json};
use underpin_testkit::{Project, Response, ServerProcess};

const PROGRAM: &str = env!("CARGO_BIN_EXE_underpin");

const TABLE: &str =
    "create table t (id bigint generated always as identity primary key, name text not null);
    alter table t enable row level security; create policy p on t for select using (true);";

/// Calls `serve` where it must refuse to start, and returns what it says.
#[track_caller]
fn refused(project: &Project, arguments: &[&str]) -> String {
    let folder = project.write();
    let output = Command::new(PROGRAM)
        .arg("serve")
        .arg(folder.path())
        .args(arguments)
        .args(["--listen", "127.0.0.1:0", "--set", "log.level=error"])
        .env_clear()
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    String::from_utf8(output.stderr).unwrap()
}

#[test]
fn serve_refuses_what_is_unsafe_and_names_the_setting() {
    let known = "super-secret-jwt-token-with-at-least-32-characters-long";
    for (setting, named) in [
        (
            "database.synchronous=off".to_owned(),
            "database.synchronous",
        ),
        (format!("keys.jwt_secret={known}"), "keys.jwt_secret"),
        ("keys.jwt_secret=short".to_owned(), "keys.jwt_secret"),
        (
            "keys.secret=sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz".to_owned(),
            "keys.secret",
        ),
        ("keys.secret=short".to_owned(), "keys.secret"),
    ] {
        let message = refused(&Project::new(), &["--set", &setting]);
        assert!(
            message.contains("`serve` refuses unsafe settings"),
            "{message}"
        );
        assert!(
            message.contains(&format!("setting \"{named}\"")),
            "{message}"
        );
        assert!(!message.contains(known));
    }
}

#[test]
fn serve_refuses_what_it_cannot_read() {
    let unknown = Project::new().file("underpin.toml", "[server]\nlisten_on = \"x\"\n");
    let message = refused(&unknown, &[]);
    assert!(
        message.starts_with("error: underpin.toml:2: unknown key"),
        "{message}"
    );
    let jwks = refused(&Project::new(), &["--set", "auth.jwks=missing.json"]);
    assert!(jwks.contains("auth.jwks"), "{jwks}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let folder = Project::new().write();
    let output = Command::new(PROGRAM)
        .arg("serve")
        .arg(folder.path())
        .args(["--listen", &address, "--set", "log.level=error"])
        .env_clear()
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(1));
    let message = String::from_utf8(output.stderr).unwrap();
    assert!(
        message.contains(&format!("cannot listen on {address}")),
        "{message}"
    );
}

#[test]
fn serve_migrates_only_when_told() {
    let folder = Project::new().migration(TABLE).write();
    let mut server = ServerProcess::start(PROGRAM, "serve", folder.path(), &[]);
    let ready = server.visitor().get("/readyz");
    assert_eq!(
        (ready.status, ready.json()),
        (503, json!({"status": "not ready", "pending_migrations": 1}))
    );
    assert_eq!(server.visitor().get("/livez").status, 200);
    assert_eq!(server.visitor().get("/rest/v1/t").status, 404);
    server.signal("TERM");
    assert!(server.wait().success());
    let server = ServerProcess::start(PROGRAM, "serve", folder.path(), &["--migrate"]);
    assert_eq!(server.visitor().get("/readyz").status, 200);
    assert_eq!(server.visitor().get("/rest/v1/t").text(), "[]");
}

#[test]
fn it_is_ready_soon_and_small() {
    let folder = Project::new().migration(TABLE).write();
    drop(ServerProcess::start(
        PROGRAM,
        "serve",
        folder.path(),
        &["--migrate"],
    ));
    let started = Instant::now();
    let server = ServerProcess::start(PROGRAM, "serve", folder.path(), &[]);
    assert_eq!(server.visitor().get("/readyz").status, 200);
    // 100 ms is the aim for a release build on a quiet machine; this is neither.
    assert!(
        started.elapsed() < Duration::from_secs(2),
        "{:?}",
        started.elapsed()
    );
    let status = std::fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let resident = status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .unwrap();
    let kib: u64 = resident.trim().trim_end_matches(" kB").parse().unwrap();
    assert!(kib < 80_000, "{kib} KiB");
}

#[test]
fn the_log_has_a_line_for_each_request_and_no_secrets() {
    let folder = Project::new().migration(TABLE).write();
    let mut server = ServerProcess::start(PROGRAM, "serve", folder.path(), &["--migrate"]);
    let keys = Command::new(PROGRAM)
        .args(["keys", "show", "--json"])
        .arg(folder.path())
        .output()
        .unwrap();
    let keys: Json = serde_json::from_slice(&keys.stdout).unwrap();
    let secret = keys["secret"].as_str().unwrap();
    let token = keys["service_role"].as_str().unwrap();
    server
        .visitor()
        .header("apikey", secret)
        .header("x-request-id", "my-id")
        .post("/rest/v1/t", &json!({"name": "body-word"}));
    let line: Json = serde_json::from_str(&server.wait_for("my-id")).unwrap();
    assert_eq!(line["message"], "request");
    assert_eq!(line["method"], "POST");
    assert_eq!(line["route"], "/rest/v1/{table}");
    assert_eq!(line["status"], 201);
    assert_eq!(line["role"], "service_role");
    assert!(line["duration_us"].is_u64());
    let bearer = format!("Bearer {token}");
    server
        .visitor()
        .header("authorization", &bearer)
        .get("/rest/v1/t?name=eq.query-word");
    server
        .visitor()
        .header("apikey", "sb_secret_wrong-word")
        .get("/rest/v1/t");
    server
        .visitor()
        .header("authorization", "Bearer a.wrong-token.c")
        .get("/rest/v1/t");
    server.visitor().get("/path-word?x=query-word");
    let log = server.log();
    for word in [
        secret,
        token,
        "body-word",
        "query-word",
        "wrong-word",
        "wrong-token",
        "path-word",
    ] {
        assert!(!log.contains(word), "{word} is in\n{log}");
    }
}

#[test]
fn term_lets_requests_under_way_finish_and_exits_0() {
    let folder = Project::new().write();
    let mut server = ServerProcess::start(PROGRAM, "serve", folder.path(), &[]);
    // A request whose body is still on its way.
    let mut stream = server.visitor().connect();
    let head = "POST /rest/v1/none HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 2\r\n\r\n";
    stream.write_all(head.as_bytes()).unwrap();
    let idle = server.visitor().connect();
    std::thread::sleep(Duration::from_millis(200));
    server.signal("TERM");
    std::thread::sleep(Duration::from_millis(300));
    let mut received = Vec::new();
    stream.write_all(b"{}").unwrap();
    stream.read_to_end(&mut received).unwrap();
    assert_eq!(Response::parse(&received, false).unwrap().status, 404);
    assert!(server.wait().success());
    drop(idle);
}

#[test]
fn what_does_not_finish_in_time_is_cut_off_and_told() {
    let folder = Project::new().write();
    let mut server = ServerProcess::start(
        PROGRAM,
        "serve",
        folder.path(),
        &["--set", "server.drain_s=1"],
    );
    let mut stream = server.visitor().connect();
    stream
        .write_all(b"POST /rest/v1/none HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\n\r\n")
        .unwrap();
    std::thread::sleep(Duration::from_millis(200));
    let started = Instant::now();
    server.signal("TERM");
    assert_eq!(server.wait().code(), Some(1));
    assert!(started.elapsed() < Duration::from_secs(5));
    assert!(server.log().contains("server.drain_s"));
}

#[test]
fn dev_migrates_seeds_and_follows_the_files() {
    let project = Project::new()
        .migration(TABLE)
        .seed("insert into t (name) values ('seed');");
    let folder = project.write();
    let mut server = ServerProcess::start(PROGRAM, "dev", folder.path(), &[]);
    assert_eq!(
        server.visitor().get("/rest/v1/t?select=name").text(),
        r#"[{"name":"seed"}]"#
    );
    // A new migration is applied; the rows stay.
    project
        .migration("alter table t add column price int default 3;")
        .write_to(folder.path());
    server.wait_for("loaded again");
    assert_eq!(
        server.visitor().get("/rest/v1/t?select=name,price").text(),
        r#"[{"name":"seed","price":3}]"#
    );
    // Settings that cannot be read are told, and the server goes on with the old ones.
    std::fs::write(folder.path().join("underpin.toml"), "[api]\nmax_row = 1\n").unwrap();
    server.wait_for("api.max_rows");
    assert_eq!(server.visitor().get("/livez").status, 200);
    std::fs::write(folder.path().join("underpin.toml"), "[api]\nmax_rows = 1\n").unwrap();
    server.wait_for("loaded again");
    assert_eq!(server.visitor().get("/livez").status, 200);
    server.signal("INT");
    assert!(server.wait().success());
}

#[test]
fn dev_prints_a_curl_line_that_works() {
    let folder = Project::new().migration(TABLE).write();
    let mut child = Command::new(PROGRAM)
        .arg("dev")
        .arg(folder.path())
        .args(["--listen", "127.0.0.1:0"])
        .env_clear()
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut out = std::io::BufReader::new(child.stdout.take().unwrap());
    let mut printed = String::new();
    while !printed.contains("\ntry ") || !printed.ends_with('\n') {
        assert_ne!(
            std::io::BufRead::read_line(&mut out, &mut printed).unwrap(),
            0,
            "{printed}"
        );
    }
    let line = printed
        .lines()
        .find_map(|line| line.strip_prefix("try"))
        .unwrap();
    let answer = Command::new("sh")
        .args(["-c", &format!("{} --silent --fail", line.trim())])
        .output();
    child.kill().unwrap();
    child.wait().unwrap();
    let answer = answer.unwrap();
    // Where curl is not installed, the line is still one that names it, the address and a key.
    if answer.status.code() == Some(127) {
        assert!(line.trim().starts_with("curl 'http://127.0.0.1:"), "{line}");
    } else {
        assert!(answer.status.success(), "{line}");
        assert_eq!(answer.stdout, b"[]");
    }
}

/// Calls the program beside a running server.
#[track_caller]
fn call(arguments: &[&str], folder: &Path) -> String {
    let output = Command::new(PROGRAM)
        .args(arguments)
        .arg(folder)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {err}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn a_running_server_takes_over_migrations_of_another_process() {
    let folder = Project::new().migration(TABLE).write();
    let server = ServerProcess::start(PROGRAM, "serve", folder.path(), &[]);
    assert_eq!(server.visitor().get("/readyz").status, 503);
    call(&["migrate", "up"], folder.path());
    let end = Instant::now() + Duration::from_secs(10);
    while server.visitor().get("/rest/v1/t").status != 200 {
        assert!(
            Instant::now() < end,
            "{}",
            server.visitor().get("/rest/v1/t").text()
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    assert_eq!(server.visitor().get("/readyz").status, 200);
}

#[test]
fn commands_work_beside_a_server_that_writes() {
    let folder = Project::new().migration(TABLE).write();
    let server = ServerProcess::start(PROGRAM, "serve", folder.path(), &["--migrate"]);
    let keys: Json =
        serde_json::from_str(&call(&["keys", "show", "--json"], folder.path())).unwrap();
    let service = server
        .visitor()
        .header("apikey", keys["secret"].as_str().unwrap());
    let insert = || service.post("/rest/v1/t", &json!({"name": "a"})).status;
    let count = || {
        let answer = service.header("prefer", "count=exact").head("/rest/v1/t");
        let range = answer.header("content-range").unwrap();
        range.rsplit('/').next().unwrap().parse::<u64>().unwrap()
    };
    assert_eq!(insert(), 201);
    let stop = AtomicBool::new(false);
    let backup = std::thread::scope(|scope| {
        let writer = scope.spawn(|| {
            let mut statuses = Vec::new();
            while !stop.load(Ordering::Relaxed) {
                statuses.push(insert());
            }
            statuses
        });
        let backup = call(&["backup"], folder.path());
        call(&["doctor"], folder.path());
        call(&["migrate", "status"], folder.path());
        stop.store(true, Ordering::Relaxed);
        let statuses = writer.join().unwrap();
        assert!(statuses.iter().all(|status| *status == 201), "{statuses:?}");
        backup
    });
    let before = count();
    call(&["restore", backup.trim(), "--yes"], folder.path());
    let after = count();
    assert!((1..=before).contains(&after), "{after} of {before}");
    assert_eq!(insert(), 201);
    assert_eq!(count(), after + 1);
}
