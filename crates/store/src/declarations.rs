//! The files in which a project says something about a database that is not its own: read whenever the schema is.

use std::fs;
use std::io::ErrorKind;
use std::path::Path;

use underpin_base::{Code, Error, Result};
use underpin_schema::migration::File;

/// The largest file, in bytes.
const BYTES_MAX: u64 = 16 << 20;

/// Refuses to change a database that is not the project's: one that has a folder of rules, `existing`.
///
/// # Errors
/// `migration_refused`.
pub(crate) fn expect_ours(existing: Option<&Path>) -> Result<()> {
    match existing {
        None => Ok(()),
        Some(_) => Err(Error::new(
            Code::MIGRATION,
            "the database is not the project's to change: database.existing is true",
        )
        .hint(
            "Change it with the tools that it belongs to. Rules for it stand in policies/*.sql.",
        )),
    }
}

/// Returns the `.sql` files of `folder`, in the order of their names; none when there is no such folder.
///
/// # Errors
/// `io` for what cannot be read.
pub(crate) fn declarations(folder: &Path) -> Result<Vec<File>> {
    let unreadable = |path: &Path, cause: std::io::Error| {
        Error::new(Code::IO, format!("cannot read {}: {cause}", path.display()))
    };
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(unreadable(folder, error)),
    };
    let mut paths = Vec::new();
    for entry in entries {
        let path = entry.map_err(|error| unreadable(folder, error))?.path();
        let name = path.file_name().map(|name| name.to_string_lossy());
        let is_file = name.is_some_and(|name| name.ends_with(".sql") && !name.starts_with('.'));
        if is_file {
            paths.push(path);
        }
    }
    paths.sort();
    paths
        .iter()
        .map(|path| {
            let size = fs::metadata(path).map_err(|error| unreadable(path, error))?;
            if size.len() > BYTES_MAX {
                let message = format!("{} is larger than {BYTES_MAX} bytes", path.display());
                return Err(Error::new(Code::TOO_COMPLEX, message));
            }
            let text = fs::read_to_string(path).map_err(|error| unreadable(path, error))?;
            Ok(file(folder, path, text))
        })
        .collect()
}

/// A file as errors name it: `policies/posts.sql`.
fn file(folder: &Path, path: &Path, text: String) -> File {
    let name = |path: &Path| {
        let name = path.file_name().unwrap_or_default();
        name.to_string_lossy().into_owned()
    };
    File {
        version: String::new(),
        name: name(path),
        path: format!("{}/{}", name(folder), name(path)),
        text,
    }
}
