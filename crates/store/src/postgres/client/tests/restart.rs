//! The server is killed and started again while it is asked.

use std::collections::HashSet;
use std::process::Command;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use underpin_base::Result;

use crate::postgres::client::*;
use crate::postgres::tests::cluster::Cluster;

/// How long a batch may take.
const TIMEOUT: Duration = Duration::from_secs(2);

/// How long whoever asks may wait in all.
const PATIENCE: Duration = Duration::from_secs(4);

/// Inserts numbers, and remembers which of them were acknowledged.
#[derive(Default)]
struct Load {
    newest: AtomicU64,
    acknowledged: Mutex<HashSet<u64>>,
    failures: Mutex<HashSet<String>>,
    is_over: AtomicBool,
}

impl Load {
    fn query(&self) -> (u64, Query) {
        let number = self.newest.fetch_add(1, Ordering::Relaxed);
        let sql = "insert into numbers values ($1::bigint)";
        (number, Query::new(sql, vec![Some(number.to_string())]))
    }

    async fn insert(&self, client: &Client, is_shared: bool) {
        while !self.is_over.load(Ordering::Relaxed) {
            let (number, query) = self.query();
            let begin = Instant::now();
            let result = if is_shared {
                client.run(vec![query], TIMEOUT).await.map(drop)
            } else {
                self.insert_alone(client, query).await
            };
            assert!(
                begin.elapsed() < PATIENCE,
                "{:?}: {result:?}",
                begin.elapsed()
            );
            match result {
                Ok(()) => drop(self.acknowledged.lock().unwrap().insert(number)),
                Err(error) => {
                    self.failures
                        .lock()
                        .unwrap()
                        .insert(error.code().to_string());
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
            }
        }
    }

    async fn insert_alone(&self, client: &Client, query: Query) -> Result<()> {
        let mut connection = client.connection().await?;
        connection.set_timeout(Some(TIMEOUT));
        connection.simple("begin").await?;
        connection.batch(&[query]).await?;
        connection.simple("commit").await.map(drop)
    }
}

fn kill(process: u32, signal: &str) {
    let killed = Command::new("kill")
        .args([signal, &process.to_string()])
        .status();
    assert!(killed.unwrap().success());
}

async fn wait_until(what: &str, limit: Duration, mut is_so: impl AsyncFnMut() -> bool) {
    let begin = Instant::now();
    while !is_so().await {
        assert!(
            begin.elapsed() < limit,
            "{what} takes longer than {limit:?}"
        );
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_killed_loses_nothing_and_is_found_again() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let client = Client::new(cluster.database().await, ClientSettings::default());
    let client = Arc::new(client);
    let create = Query::once("create table numbers (number bigint primary key)", vec![]);
    client.run(vec![create], TIMEOUT).await.unwrap();
    let load = Arc::new(Load::default());
    let tasks: Vec<_> = (0..12)
        .map(|index| {
            let (client, load) = (Arc::clone(&client), Arc::clone(&load));
            tokio::spawn(async move { load.insert(&client, index % 3 > 0).await })
        })
        .collect();
    let mut servers = Vec::new();
    for signal in ["-KILL", "-INT", "-QUIT"] {
        tokio::time::sleep(Duration::from_millis(300)).await;
        kill(cluster.local.process().unwrap(), signal);
        let limit = Duration::from_secs(10);
        wait_until("finding out", limit, async || !client.is_reachable()).await;
        let begin = Instant::now();
        let error = client.connection().await.unwrap_err();
        assert_eq!(error.code().as_str(), "PGRST000");
        assert!(begin.elapsed() < Duration::from_millis(100));

        servers.push(tokio::task::block_in_place(|| cluster.start_again()));
        let select = Query::new("select count(*) from numbers", vec![]);
        wait_until("coming back", Duration::from_secs(2), async || {
            client.is_reachable() && client.run(vec![select.clone()], TIMEOUT).await.is_ok()
        })
        .await;
    }
    load.is_over.store(true, Ordering::Relaxed);
    for task in tasks {
        task.await.unwrap();
    }
    let select = Query::new("select number from numbers", vec![]);
    let answers = client.run(vec![select], TIMEOUT).await.unwrap();
    let stored: HashSet<u64> = answers[0]
        .rows
        .iter()
        .map(|row| row.get(0).unwrap().unwrap().parse().unwrap())
        .collect();
    let acknowledged = load.acknowledged.lock().unwrap();
    let lost: Vec<_> = acknowledged.difference(&stored).collect();
    assert!(lost.is_empty(), "lost: {lost:?}");
    assert!(
        acknowledged.len() > 100,
        "only {} were written",
        acknowledged.len()
    );
    let failures = load.failures.lock().unwrap();
    let known = ["08007", "PGRST000", "PGRST003"];
    assert!(
        failures.iter().all(|code| known.contains(&code.as_str())),
        "{failures:?}"
    );
}

#[tokio::test]
async fn a_server_that_was_never_there_fails_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let address = Address::socket(folder.path(), 5432, "me", "shop");
    let client = Client::new(address, ClientSettings::default());
    let begin = Instant::now();
    for _ in 0..10 {
        let error = client
            .run(vec![Query::new("select 1", vec![])], TIMEOUT)
            .await
            .unwrap_err();
        assert_eq!(error.code().as_str(), "PGRST000");
        assert_eq!(error.message(), "the database cannot be reached");
        assert!(
            error.get_cause().unwrap().contains("No such file"),
            "{error:?}"
        );
        let error = client.connection().await.unwrap_err();
        assert_eq!(error.code().as_str(), "PGRST000");
    }
    assert!(begin.elapsed() < Duration::from_secs(1));
    assert!(!client.is_reachable());
}
