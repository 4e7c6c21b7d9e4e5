//! Waits until the files of a project change, by looking at their times and sizes now and then.
//!
//! Polling works on every file system, network and container mounts included, and a project has few files that matter.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::project::SEED;
use crate::database::{MIGRATIONS, POLICIES};
use crate::settings::SOURCES;

/// How often the files are looked at.
const INTERVAL: Duration = Duration::from_millis(300);

/// Files that decide what the server does; those of the site are read at each request anyway.
const FILES: &[&str] = &["underpin.toml", "config.toml", ".env", SEED];

/// What the files look like at one moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Snapshot(Vec<(PathBuf, u64, Option<SystemTime>)>);

impl Snapshot {
    /// Looks at the files of the project in `folder`.
    pub(crate) fn take(folder: &Path) -> Self {
        let mut paths: Vec<PathBuf> = FILES.iter().map(|name| folder.join(name)).collect();
        let mut folders = vec![folder.to_owned()];
        let sources = std::fs::read_dir(folder.join(SOURCES));
        folders.extend(sources.into_iter().flatten().flatten().map(|it| it.path()));
        for folder in folders {
            for name in [MIGRATIONS, POLICIES] {
                let entries = std::fs::read_dir(folder.join(name));
                let entries = entries.into_iter().flatten().flatten();
                paths.extend(entries.map(|entry| entry.path()));
            }
        }
        let mut seen: Vec<_> = paths
            .into_iter()
            .filter_map(|path| {
                let metadata = path.metadata().ok()?;
                Some((path, metadata.len(), metadata.modified().ok()))
            })
            .collect();
        seen.sort();
        Self(seen)
    }

    /// Waits until the files look different and stay so for a moment, since editors write in steps; returns what they look like then.
    pub(crate) async fn changed(&self, folder: &Path) -> Self {
        let mut last = self.clone();
        loop {
            tokio::time::sleep(INTERVAL).await;
            let now = Self::take(folder);
            if now == last && now != *self {
                return now;
            }
            last = now;
        }
    }
}
