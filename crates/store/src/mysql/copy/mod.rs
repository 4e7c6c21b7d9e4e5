//! The rows of a project as a copy reads and writes them.

mod counter;
mod load;
mod read;

pub(crate) use load::CopyLoader;
pub(crate) use read::CopyReader;

use std::time::Duration;

/// How long a copy may take.
const TIMEOUT: Duration = Duration::from_secs(30 * 86_400);
