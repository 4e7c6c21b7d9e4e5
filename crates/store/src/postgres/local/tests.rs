//! A server of our own: what is read from others, and a real one where PostgreSQL is installed.

use std::os::unix::fs::PermissionsExt as _;

use super::installed::parse_version;
use super::user::account;
use super::*;
use crate::postgres::client::Connection;
use crate::postgres::tests::cluster::is_installed;

#[test]
fn versions_are_read() {
    let check = |output: &str, expected| assert_eq!(parse_version(output), expected, "{output}");
    check(
        "postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)\n",
        Some(15),
    );
    check("postgres (PostgreSQL) 18beta1", Some(18));
    check("postgres (PostgreSQL) 9.6.24", Some(9));
    check("postgres (PostgreSQL) devel", None);
    check("", None);
}

#[test]
fn accounts_are_read() {
    let accounts = "root:x:0:0:root:/root:/bin/bash\npostgres:x:107:115:,,,:/var/lib/postgresql:/bin/bash\nbad:x\n";
    let check = |name, expected| assert_eq!(account(accounts, name), expected, "{name}");
    check("postgres", Some((107, 115)));
    check("root", Some((0, 0)));
    check("bad", None);
    check("nobody", None);
}

#[test]
fn what_became_of_a_process_is_read() {
    let check = |stat: &str, expected| assert_eq!(fate_of(stat), expected, "{stat}");
    check("15 (postgres) S 1 15 15 0 -1", Fate::Runs);
    check("15 (postgres) Z 1 15 15 0 -1", Fate::Other);
    check("15 (underpin) S 1 15 15 0 -1", Fate::Other);
    check("15 (a) b (c) S 1", Fate::Other);
    check("", Fate::Other);
}

/// Returns the answer to `sql`.
fn ask(local: &Local, sql: &str) -> String {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut connection = Connection::open(&local.address()).await.unwrap();
        let answers = connection.simple(sql).await.unwrap();
        let row = answers.last().and_then(|answer| answer.rows.first());
        row.and_then(|row| row.get(0).unwrap().map(str::to_owned))
            .unwrap_or_default()
    })
}

fn check_settings(local: &Local) {
    for (setting, expected) in [
        ("listen_addresses", ""),
        ("fsync", "on"),
        ("synchronous_commit", "on"),
        ("server_encoding", "UTF8"),
        ("lc_collate", "C"),
        ("data_checksums", "on"),
        ("max_connections", "64"),
        ("timezone", "UTC"),
    ] {
        assert_eq!(
            ask(local, &format!("show {setting}")),
            expected,
            "{setting}"
        );
    }
    assert_eq!(ask(local, "select upper('ä')"), "Ä");
}

#[test]
fn a_server_of_our_own_comes_and_goes() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    // Its path is too long for a socket, and has whatever a path may have.
    let folder = folder.path().join("it's \"long\" ü".repeat(8)).join("data");
    std::fs::create_dir_all(&folder).unwrap();
    for parent in folder.ancestors().skip(1).take(2) {
        std::fs::set_permissions(parent, std::fs::Permissions::from_mode(0o755)).unwrap();
    }
    let first = Local::start(&folder).unwrap();
    assert!(!first.sockets.starts_with(&folder));
    let sockets = std::fs::metadata(&first.sockets).unwrap();
    assert_eq!(sockets.permissions().mode() & 0o777, 0o700);
    assert_eq!(
        ask(
            &first,
            "create table t (a int); insert into t values (7); select a from t"
        ),
        "7"
    );
    check_settings(&first);

    // What a crash of ours leaves behind is taken over.
    let process = first.process();
    let second = Local::start(&folder).unwrap();
    assert_eq!(
        (second.process(), &second.sockets),
        (process, &first.sockets)
    );
    assert_eq!(ask(&second, "select a from t"), "7");
    let sockets = second.sockets.clone();
    // The last one who uses it stops it: a command beside the program does not.
    second.stop().unwrap();
    assert_eq!(first.process(), process);
    first.stop().unwrap();
    assert!(!sockets.exists());

    // What the machine leaves behind that was switched off, when another program has the server's number by now.
    let data = folder.join("cluster");
    let lock = format!(
        "{}\n{}\n1\n5432\n/nowhere\n\n 1 1\nready\n",
        std::process::id(),
        data.display()
    );
    std::fs::write(data.join("postmaster.pid"), lock).unwrap();
    let third = Local::start(&folder).unwrap();
    assert_eq!(ask(&third, "select a from t"), "7");
    third.stop().unwrap();

    std::fs::write(data.join("PG_VERSION"), "14\n").unwrap();
    let error = Local::start(&folder).unwrap_err();
    assert!(
        error
            .message()
            .contains("are of PostgreSQL 14, and PostgreSQL 1"),
        "{error}"
    );
    assert!(
        error
            .get_hint()
            .unwrap()
            .starts_with("Install PostgreSQL 14")
    );
}

#[test]
fn a_server_that_does_not_start_says_why() {
    if !is_installed() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let local = Local::start(folder.path()).unwrap();
    local.stop().unwrap();
    let settings = folder.path().join("cluster/postgresql.conf");
    let all = std::fs::read_to_string(&settings).unwrap();
    std::fs::write(&settings, all + "\nmax_connections = many\n").unwrap();
    let error = Local::start(folder.path()).unwrap_err();
    assert_eq!(error.code().as_str(), "io");
    let Some(Details::Text(said)) = error.get_details() else {
        panic!("{error}");
    };
    assert!(
        said.contains("invalid value for parameter \"max_connections\": \"many\""),
        "{said}"
    );
}

#[test]
fn links_lead_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let (ours, link) = (folder.path().join("ours"), folder.path().join("link"));
    std::fs::create_dir(&ours).unwrap();
    std::fs::set_permissions(&ours, std::fs::Permissions::from_mode(0o755)).unwrap();
    std::os::unix::fs::symlink(&ours, &link).unwrap();
    let user = User::find().unwrap();
    assert_eq!(user.own_folder(&link).unwrap_err().code().as_str(), "io");
    let ours = std::fs::metadata(&ours).unwrap();
    assert_eq!(ours.permissions().mode() & 0o777, 0o755);
    user.own_folder(&folder.path().join("a/b")).unwrap();
    user.own_folder(&folder.path().join("a/b")).unwrap();
}

#[test]
fn a_folder_that_the_server_cannot_enter_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let user = User::find().unwrap();
    let closed = user.check_reach(&folder.path().join("data"));
    // The folder is ours alone; it is closed to the server only when that runs as somebody else.
    if let Err(error) = closed {
        assert!(error.message().contains("cannot enter"), "{error}");
        let open = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(folder.path(), open).unwrap();
        user.check_reach(&folder.path().join("data")).unwrap();
    }
}
