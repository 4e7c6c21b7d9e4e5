//! What the database remembers of migrations: those that were applied, how far one is that broke off, and who migrates.

use std::time::Duration;

use aws_lc_rs::digest::{SHA256, digest};
use mysql_async::Value as Raw;
use underpin_base::{Code, Error, Result};

use super::super::engine::now;
use super::super::session::Session;
use super::apply::{TaskOfStep, Translated, shown};
use crate::history::{History, Record};
use crate::mysql::row::field;

/// What the engine keeps in the database.
pub(super) const CREATE: [&str; 4] = [
    "CREATE TABLE IF NOT EXISTS underpin_migrations (
        position BIGINT NOT NULL AUTO_INCREMENT PRIMARY KEY,
        version VARCHAR(200) NOT NULL,
        platform BOOLEAN NOT NULL,
        name VARCHAR(500) NOT NULL,
        checksum VARCHAR(200) NOT NULL,
        text LONGTEXT NOT NULL,
        applied_at BIGINT NOT NULL,
        UNIQUE KEY (platform, version)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4",
    "CREATE TABLE IF NOT EXISTS underpin_progress (
        version VARCHAR(200) NOT NULL,
        platform BOOLEAN NOT NULL,
        done INT NOT NULL,
        digest VARCHAR(200) NOT NULL,
        reported BOOLEAN NOT NULL DEFAULT 0,
        PRIMARY KEY (platform, version)
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4",
    "CREATE TABLE IF NOT EXISTS underpin_counters (
        name VARCHAR(200) NOT NULL PRIMARY KEY,
        next BIGINT NOT NULL
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
    "CREATE TABLE IF NOT EXISTS underpin_sequences (
        name VARCHAR(200) NOT NULL PRIMARY KEY,
        value BIGINT NOT NULL,
        called BOOLEAN NOT NULL
    ) ENGINE = InnoDB DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_bin",
];

/// How long another node may migrate before this one gives up.
const LOCK_WAIT: Duration = Duration::from_secs(60);

/// Returns the tasks so far as text that tells whether a file that broke off begins as it did.
fn digest_of(tasks: &[TaskOfStep]) -> String {
    let text: String = tasks
        .iter()
        .map(|task| format!("{}\n", shown(&task.task)))
        .collect();
    digest(&SHA256, text.as_bytes())
        .as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

/// How far a file has come that was begun.
pub(super) struct Begun {
    /// How many tasks are done.
    pub(super) done: usize,
    /// The next one was refused, and somebody was told; otherwise the program ended without a word.
    pub(super) reported: bool,
}

/// Notes that the next task of a file was refused, and that its author is told.
pub(super) async fn report(session: &mut Session, translated: &Translated) -> Result<()> {
    session
        .execute(
            "UPDATE underpin_progress SET reported = 1 WHERE version = ? AND platform = ?",
            vec![
                Raw::Bytes(translated.file.version.clone().into_bytes()),
                Raw::Int(i64::from(translated.platform)),
            ],
        )
        .await
        .map(drop)
}

/// Returns how far a file has come; nothing when it was not begun.
pub(super) async fn progress(
    session: &mut Session,
    translated: &Translated,
) -> Result<Option<Begun>> {
    let file = &translated.file;
    let rows = session
        .rows(
            "SELECT done, digest, reported FROM underpin_progress WHERE version = ? AND platform = ?",
            vec![
                Raw::Bytes(file.version.clone().into_bytes()),
                Raw::Int(i64::from(translated.platform)),
            ],
        )
        .await?;
    let Some(row) = rows.first() else {
        return Ok(None);
    };
    let done: usize = field(row, 0).unwrap_or_default();
    let digest: String = field(row, 1).unwrap_or_default();
    let same = translated
        .tasks
        .get(..done)
        .is_some_and(|tasks| digest_of(tasks) == digest);
    if same {
        return Ok(Some(Begun {
            done,
            reported: field::<i64>(row, 2).unwrap_or_default() != 0,
        }));
    }
    Err(Error::new(
        Code::MIGRATION,
        "the migration broke off, and what was done of it is not what the file begins with",
    )
    .hint("Restore the beginning of the file as it was; in development, `underpin reset` starts over.")
    .at(&file.path, 1))
}

/// Returns the statement that records that the first `done` tasks are done.
pub(super) fn record_progress(translated: &Translated, done: usize) -> (String, Vec<Raw>) {
    let digest = digest_of(translated.tasks.get(..done).unwrap_or_default());
    let done = i64::try_from(done).unwrap_or(i64::MAX);
    let bytes = |text: &str| Raw::Bytes(text.as_bytes().to_vec());
    (
        "INSERT INTO underpin_progress (version, platform, done, digest) VALUES (?, ?, ?, ?) \
         ON DUPLICATE KEY UPDATE done = ?, digest = ?, reported = 0"
            .to_owned(),
        vec![
            bytes(&translated.file.version),
            Raw::Int(i64::from(translated.platform)),
            Raw::Int(done),
            bytes(&digest),
            Raw::Int(done),
            bytes(&digest),
        ],
    )
}

/// Records a whole migration.
pub(super) async fn finish(session: &mut Session, translated: &Translated) -> Result<()> {
    let file = &translated.file;
    let bytes = |text: &str| Raw::Bytes(text.as_bytes().to_vec());
    session.run("START TRANSACTION").await?;
    session
        .execute(
            "INSERT INTO underpin_migrations (version, platform, name, checksum, text, applied_at) \
             VALUES (?, ?, ?, ?, ?, ?)",
            vec![
                bytes(&file.version),
                Raw::Int(i64::from(translated.platform)),
                bytes(&file.name),
                bytes(&file.checksum()),
                bytes(&file.text),
                Raw::Int(now()),
            ],
        )
        .await?;
    session
        .execute(
            "DELETE FROM underpin_progress WHERE version = ? AND platform = ?",
            vec![
                bytes(&file.version),
                Raw::Int(i64::from(translated.platform)),
            ],
        )
        .await?;
    session.run("COMMIT").await.map(drop)
}

/// Reads what was applied.
pub(super) async fn history(session: &mut Session) -> Result<History> {
    let rows = session
        .rows(
            "SELECT version, platform, name, checksum, text, applied_at FROM underpin_migrations \
             ORDER BY position",
            Vec::new(),
        )
        .await?;
    let mut records = Vec::with_capacity(rows.len());
    for row in rows {
        let text = |index: usize| field::<String>(&row, index).unwrap_or_default();
        records.push(Record {
            version: text(0),
            platform: field::<i64>(&row, 1).unwrap_or_default() != 0,
            name: text(2),
            checksum: text(3),
            text: text(4),
            applied_at: field(&row, 5).unwrap_or_default(),
        });
    }
    Ok(History { records })
}

/// Returns the position of the last migration; 0 when there is none.
pub(super) async fn position(session: &mut Session) -> Result<i64> {
    let rows = session
        .rows(
            "SELECT COALESCE(MAX(position), 0) FROM underpin_migrations",
            Vec::new(),
        )
        .await?;
    Ok(rows
        .first()
        .and_then(|row| field(row, 0))
        .unwrap_or_default())
}

/// Waits until no other node migrates.
pub(super) async fn lock(session: &mut Session) -> Result<()> {
    match session.lock("migrations", LOCK_WAIT).await? {
        true => Ok(()),
        false => Err(Error::new(
            Code::MIGRATION,
            "another process migrates the database at the same time",
        )
        .hint("Try again.")),
    }
}
