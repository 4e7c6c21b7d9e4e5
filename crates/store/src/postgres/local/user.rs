//! [`User`]: whom the server runs as when we are root, which PostgreSQL refuses to be.

use std::fs::Permissions;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, lchown};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::Command;

use underpin_base::{Code, Error, Result};

use super::io_error;

/// The users that may own a database, in the order in which they are looked for.
const NAMES: [&str; 2] = ["postgres", "nobody"];

/// Whom the server runs as.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct User {
    /// The user and the group, unless they are our own.
    other: Option<(u32, u32)>,
}

impl User {
    /// Returns ourselves, or somebody without privileges when we are root.
    ///
    /// # Errors
    /// `settings_invalid` when there is nobody.
    pub(super) fn find() -> Result<Self> {
        // A file belongs to whom the process runs as; the standard library has no other way to ask.
        let own = tempfile::tempfile()
            .and_then(|file| file.metadata())
            .map_err(|cause| io_error("the folder for temporary files", &cause))?
            .uid();
        if own != 0 {
            return Ok(Self { other: None });
        }
        let accounts = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let other = NAMES.iter().find_map(|name| account(&accounts, name));
        if other.is_none() {
            return Err(Error::new(
                Code::SETTINGS,
                "PostgreSQL does not run as root, and there is no user postgres",
            )
            .hint(
                "Create it (useradd --system postgres), or run Underpin as another user than root.",
            ));
        }
        Ok(Self { other })
    }

    /// Returns the command of `program`, which runs as this user in `folder`.
    pub(super) fn command(&self, program: &Path, folder: &Path) -> Command {
        let mut command = Command::new(program);
        command.current_dir(folder);
        // What the operator's environment says of other servers is not meant for this one.
        for (name, _) in std::env::vars_os() {
            if name.as_encoded_bytes().starts_with(b"PG") {
                command.env_remove(name);
            }
        }
        if let Some((user, group)) = self.other {
            command.uid(user).gid(group);
        }
        command
    }

    /// Makes `folder`, which nobody but this user may enter.
    ///
    /// # Errors
    /// `io`, also when something else than a folder is there: whoever has become this user must not lead us, who may be root, to a folder
    /// of others.
    pub(super) fn own_folder(&self, folder: &Path) -> Result<()> {
        self.try_own_folder(folder)
            .map_err(|cause| io_error(&folder.display().to_string(), &cause))
    }

    fn try_own_folder(&self, folder: &Path) -> std::io::Result<()> {
        if let Some(parent) = folder.parent() {
            std::fs::create_dir_all(parent)?;
        }
        if let Err(cause) = std::fs::create_dir(folder)
            && !is_folder(folder)
        {
            return Err(cause);
        }
        self.own(folder)?;
        if std::fs::symlink_metadata(folder)?.permissions().mode() & 0o777 != 0o700 {
            std::fs::set_permissions(folder, Permissions::from_mode(0o700))?;
        }
        Ok(())
    }

    /// Gives `path` to this user; where it is a link the link itself.
    pub(super) fn own(&self, path: &Path) -> std::io::Result<()> {
        match self.other {
            Some((user, _)) if std::fs::symlink_metadata(path)?.uid() == user => Ok(()),
            Some((user, group)) => lchown(path, Some(user), Some(group)),
            None => Ok(()),
        }
    }

    /// Checks that this user reaches `folder`.
    ///
    /// # Errors
    /// `settings_invalid` when a folder above it is closed to the user.
    pub(super) fn check_reach(&self, folder: &Path) -> Result<()> {
        let Some((user, group)) = self.other else {
            return Ok(());
        };
        let closed = folder.ancestors().skip(1).find(|parent| {
            std::fs::metadata(parent).is_ok_and(|metadata| {
                let enter = match (metadata.uid() == user, metadata.gid() == group) {
                    (true, _) => 0o100,
                    (false, true) => 0o010,
                    (false, false) => 0o001,
                };
                metadata.mode() & enter == 0
            })
        });
        match closed {
            None => Ok(()),
            Some(closed) => Err(Error::new(
                Code::SETTINGS,
                format!(
                    "PostgreSQL does not run as root, and the user {user} cannot enter {}",
                    closed.display()
                ),
            )
            .hint("Move the project to a folder that others may enter, or run Underpin as another user than root.")),
        }
    }
}

/// Tells whether there is a folder at `path`, and not a link to one.
pub(super) fn is_folder(path: &Path) -> bool {
    std::fs::symlink_metadata(path).is_ok_and(|metadata| metadata.is_dir())
}

/// Returns the numbers of the user `name` and its group in the text of `/etc/passwd`.
pub(super) fn account(accounts: &str, name: &str) -> Option<(u32, u32)> {
    accounts.lines().find_map(|line| {
        let mut fields = line.split(':');
        if fields.next() != Some(name) {
            return None;
        }
        let user = fields.nth(1)?.parse().ok()?;
        let group = fields.next()?.parse().ok()?;
        Some((user, group))
    })
}
