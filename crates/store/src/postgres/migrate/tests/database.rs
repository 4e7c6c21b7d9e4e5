//! A database of a real server.

use std::sync::Arc;

use underpin_base::{Error, Result};
use underpin_schema::migration::File;

use crate::migration::{MigrationReport, MigrationState};
use crate::postgres::client::{Address, Connection};
use crate::postgres::migrate;
use crate::postgres::tests::cluster::Cluster;

/// A database that only this test uses. Roles are the whole server's, which the tests share.
pub(super) struct Database {
    pub(super) connection: Connection,
    pub(super) address: Address,
    _cluster: Arc<Cluster>,
}

impl Database {
    pub(super) async fn new() -> Option<Self> {
        let cluster = Cluster::shared()?;
        let address = cluster.database().await;
        Some(Self {
            connection: Connection::open(&address).await.unwrap(),
            address,
            _cluster: cluster,
        })
    }

    pub(super) async fn migrate(&mut self, files: &[File]) -> Result<MigrationReport> {
        migrate::migrate(&mut self.connection, files, false).await
    }

    pub(super) async fn run(&mut self, sql: &str) -> Result<()> {
        self.connection.simple(sql).await.map(drop)
    }

    pub(super) async fn value(&mut self, sql: &str) -> Option<String> {
        let answers = self.connection.simple(sql).await.unwrap();
        let row = answers.last()?.rows.first()?;
        row.get(0).unwrap().map(str::to_owned)
    }

    pub(super) async fn states(&mut self, files: &[File]) -> Vec<(String, &'static str)> {
        let status = migrate::status(&mut self.connection, files).await.unwrap();
        let states = status.into_iter().map(|it| {
            let state = match it.state {
                MigrationState::Applied(_) => "applied",
                MigrationState::Edited => "edited",
                MigrationState::Missing => "missing",
                MigrationState::Pending => "pending",
            };
            (format!("{}_{}", it.version, it.name), state)
        });
        states.collect()
    }
}

/// Returns the address with another user.
pub(super) fn of_user(address: &Address, user: &str) -> Address {
    let shown = address.to_string();
    let (_, place) = shown.split_once('@').unwrap();
    let (folder, rest) = place.split_once(':').unwrap();
    Address::parse(&format!(
        "postgres://{user}@{}:{rest}",
        folder.replace('/', "%2F")
    ))
    .unwrap()
}

pub(super) fn file(name: &str, text: &str) -> File {
    File::new(format!("migrations/{name}.sql"), text).unwrap()
}

pub(super) fn paths(report: &MigrationReport) -> Vec<&str> {
    report.files.iter().map(|it| it.path.as_str()).collect()
}

/// Returns place, code and sentence of an error.
pub(super) fn told(error: &Error) -> String {
    let place = error
        .location()
        .map(|it| format!("{}:{}", it.file, it.line));
    format!(
        "{} {} {}",
        place.unwrap_or_default(),
        error.code(),
        error.message()
    )
}
