//! A process that is killed while 64 clients insert loses nothing that it acknowledged.

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Write as _};
use std::process::{Command, Stdio};

use super::*;

/// Names the folder of the database to the process that is to be killed.
const FOLDER: &str = "UNDERPIN_CRASH_FOLDER";

const KILLS: u32 = 50;
const CLIENTS: u64 = 64;

/// The process that is killed: it inserts for ever, and prints the name of each item once it is acknowledged.
#[test]
fn child_inserts_until_it_is_killed() {
    let Ok(folder) = std::env::var(FOLDER) else {
        return;
    };
    let settings = SqliteSettings {
        // Small, so that checkpoints happen between the kills.
        wal_bytes_max: 1 << 20,
        ..SqliteSettings::new(std::path::Path::new(&folder).join("shop.db"))
    };
    let engine = Arc::new(open(settings));
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .build()
        .unwrap();
    let clients: Vec<_> = (0..CLIENTS)
        .map(|_| {
            let engine = Arc::clone(&engine);
            runtime.spawn(async move {
                // For ever; the killing ends it.
                while !engine.schema().catalog.tables.is_empty() {
                    let item = uuid::Uuid::new_v4().to_string();
                    engine.run(insert_item(&item, 1)).await.unwrap();
                    writeln!(std::io::stdout(), "ack {item}").unwrap();
                }
            })
        })
        .collect();
    for client in clients {
        runtime.block_on(client).unwrap();
    }
}

#[test]
fn no_acknowledged_row_is_lost_when_the_process_is_killed() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged = HashSet::new();
    for _ in 0..KILLS {
        acknowledged.extend(kill_once(folder.path()));
        let connection = rusqlite::Connection::open(folder.path().join("shop.db")).unwrap();
        let sound: String = connection
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sound, "ok");
        let mut statement = connection.prepare("SELECT name FROM items").unwrap();
        let stored: HashSet<String> = statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .collect::<rusqlite::Result<_>>()
            .unwrap();
        let lost: Vec<_> = acknowledged.difference(&stored).collect();
        assert!(lost.is_empty(), "lost: {lost:?}");
    }
    assert!(
        acknowledged.len() > KILLS as usize,
        "the processes were killed before they did anything"
    );
}

/// Starts the process, kills it a moment after its first acknowledgement, and returns what it acknowledged.
fn kill_once(folder: &std::path::Path) -> Vec<String> {
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "sqlite::tests::crash::child_inserts_until_it_is_killed",
            "--nocapture",
        ])
        .env(FOLDER, folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap());
    let mut acknowledged = Vec::new();
    let mut read = |acknowledged: &mut Vec<String>| {
        let mut line = String::new();
        let length = lines.read_line(&mut line).unwrap();
        // The last line may be cut off by the kill.
        if let Some(item) = line
            .strip_suffix('\n')
            .and_then(|line| line.strip_prefix("ack "))
        {
            acknowledged.push(item.to_owned());
        }
        length > 0
    };
    while acknowledged.is_empty() {
        assert!(read(&mut acknowledged), "the process ended by itself");
    }
    let moment = u64::from(uuid::Uuid::new_v4().as_bytes()[0]) / 4;
    std::thread::sleep(Duration::from_millis(moment));
    child.kill().unwrap();
    while read(&mut acknowledged) {}
    child.wait().unwrap();
    acknowledged
}
