//! [`PostgresSettings`]: which PostgreSQL keeps a project's data, and how many connections to it there are.

use std::path::PathBuf;
use std::time::Duration;

use underpin_base::{Limits, Name};

/// Which PostgreSQL keeps a project's data. Every field but the first three has a default that suits a small server.
#[derive(Clone, Debug)]
pub struct PostgresSettings {
    /// `postgres://user:password@host/database`, or `postgres:local` for a private one that the program starts itself.
    pub url: underpin_base::Secret,
    /// The folder of the project's data: what is too large to be held is kept there, and the private database.
    pub folder: PathBuf,
    /// The schemas that requests may name, the default one first, and those that are searched after it.
    pub schemas: Vec<Name>,
    /// The schemas in which requests look for what has no schema, when they ask for nothing else.
    pub search_path: Vec<Name>,
    /// The longest that a statement may take, when nothing else is said of the role.
    pub statement_timeout: Duration,
    /// Connections that short reads share.
    pub shared_connections: usize,
    /// The most connections beside them, each used by one request at a time.
    pub connections_max: usize,
    /// The longest that a request waits for one of them; after that it is refused (PGRST003).
    pub queue_timeout: Duration,
    /// The largest answer, in bytes.
    pub answer_bytes_max: usize,
    /// The folder of what the project declares about a database that is not its own: nothing in that is changed but rows, and the rules are
    /// made part of each statement. Nothing for a database that the project migrates.
    pub existing: Option<PathBuf>,
}

impl PostgresSettings {
    /// Returns the default settings for the database at `url`.
    pub fn new(url: underpin_base::Secret, folder: impl Into<PathBuf>, schemas: Vec<Name>) -> Self {
        Self {
            url,
            folder: folder.into(),
            search_path: schemas.clone(),
            statement_timeout: Duration::from_millis(Limits::default().statement_timeout_ms),
            schemas,
            shared_connections: 2,
            connections_max: 16,
            queue_timeout: Duration::from_secs(10),
            answer_bytes_max: 1 << 30,
            existing: None,
        }
    }
}
