//! [`MysqlSettings`]: which MySQL or MariaDB keeps a project's data, and how many connections to it there are.

use std::path::PathBuf;
use std::time::Duration;

use underpin_base::Secret;

/// Which MySQL or MariaDB keeps a project's data. Every field but the first two has a default that suits a small server.
#[derive(Clone, Debug)]
pub struct MysqlSettings {
    /// `mysql://user:password@host/database`.
    pub url: Secret,
    /// The folder of the project's data, where what is too large to be held is kept.
    pub folder: PathBuf,
    /// The most connections.
    pub connections_max: usize,
    /// The longest that a request waits for one of them; after that it is refused (PGRST003).
    pub queue_timeout: Duration,
    /// The folder of the rules for a database that is not the project's to change; nothing for one that is.
    pub existing: Option<PathBuf>,
    /// The largest answer, in bytes.
    pub answer_bytes_max: usize,
}

impl MysqlSettings {
    /// Returns the default settings for the database at `url`.
    pub fn new(url: Secret, folder: impl Into<PathBuf>) -> Self {
        Self {
            url,
            folder: folder.into(),
            connections_max: 16,
            queue_timeout: Duration::from_secs(10),
            existing: None,
            answer_bytes_max: 1 << 30,
        }
    }
}
