//! Programs that are not ours: found on the machine, or fetched through its package manager.

use std::env;
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::error::{Context, Error, Result};
use crate::program::{Program, must};
use crate::project;
use crate::terminal::say;

/// How long a package manager may take.
const FETCH_LIMIT: Duration = Duration::from_secs(600);

/// Returns where the program `name` is, if it is on the path.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH")?;
    env::split_paths(&path)
        // Servers lie where the paths of users do not lead.
        .chain([PathBuf::from("/usr/sbin")])
        .map(|folder| folder.join(name))
        .find(|candidate| candidate.is_file())
}

/// Installs PostgreSQL on Debian and its relatives when there is none. The tests start servers of their own; none of the system's is used.
pub(crate) fn postgresql() -> Result<()> {
    let folders = fs::read_dir("/usr/lib/postgresql");
    let is_there = |folder: fs::DirEntry| folder.path().join("bin/initdb").is_file();
    if folders.is_ok_and(|mut folders| folders.any(|folder| folder.is_ok_and(is_there))) {
        return Ok(());
    }
    find_or_install(&["initdb", "pg_ctlcluster"], "postgresql").map(drop)
}

/// Returns where MariaDB's server is and the program that makes its files; installs them and its client on Debian and its relatives when
/// there are none. The packages have no service that would be started.
pub(crate) fn mariadb() -> Result<(PathBuf, PathBuf)> {
    find_or_install(&["mariadb"], "mariadb-client-core")?;
    let server = find_or_install(&["mariadbd"], "mariadb-server-core")?;
    let install = find_or_install(&["mariadb-install-db"], "mariadb-server-core")?;
    Ok((server, install))
}

/// Returns the user that a database server runs as when we are root, who may not run one: `wanted`, or `nobody` when there is none.
pub(crate) fn unprivileged(wanted: &'static str) -> Option<&'static str> {
    let is_root = fs::metadata("/proc/self").is_ok_and(|process| process.uid() == 0);
    let users = fs::read_to_string("/etc/passwd").unwrap_or_default();
    let is_there = users
        .lines()
        .any(|line| line.split(':').next() == Some(wanted));
    is_root.then_some(if is_there { wanted } else { "nobody" })
}

/// Returns where one of `programs` is; on Debian and its relatives the package `package` is installed when none is.
pub(crate) fn find_or_install(programs: &[&str], package: &str) -> Result<PathBuf> {
    let found = || programs.iter().find_map(|name| find(name));
    if let Some(program) = found() {
        return Ok(program);
    }
    let missing = || {
        Error::new(format!(
            "none of {} is on the path, and the package {package} could not be installed: install it by hand",
            programs.join(", ")
        ))
    };
    if find("apt-get").is_none() {
        return Err(missing());
    }
    say(&format!("installing {package} through apt-get"));
    let apt = |arguments: &[&str]| {
        let program = match (find("sudo"), env::var("USER").as_deref()) {
            (Some(sudo), Ok(user)) if user != "root" => {
                Program::new(sudo).arguments(["-n", "apt-get"])
            }
            _ => Program::new("apt-get"),
        };
        program
            .variable("DEBIAN_FRONTEND", "noninteractive")
            .arguments(arguments)
            .quietly(FETCH_LIMIT)
    };
    apt(&["update", "-qq"])?;
    apt(&["install", "-y", "-qq", "--no-install-recommends", package])?;
    found().ok_or_else(missing)
}

/// Installs what the lock file of `folder` names, unless it was done since the lock file changed.
pub(crate) fn npm(folder: &Path) -> Result<()> {
    let installed = folder.join("node_modules/.package-lock.json");
    if is_newer(&installed, &folder.join("package-lock.json")) {
        return Ok(());
    }
    let npm = find("npm")
        .ok_or_else(|| Error::new("npm is not on the path: install Node.js 20 or later"))?;
    say(&format!("npm ci in {}", folder.display()));
    let ended = Program::new(npm)
        .arguments(["ci", "--no-audit", "--no-fund", "--loglevel=error"])
        .within(folder)
        .quietly(FETCH_LIMIT)?;
    must(&ended, "npm ci")
}

/// Returns the Python of a virtual environment that has what `requirements` names.
pub(crate) fn python(name: &str, requirements: &Path) -> Result<PathBuf> {
    let folder = project::target().join("python").join(name);
    let python = folder.join("bin/python");
    let stamp = folder.join("installed");
    if is_newer(&stamp, requirements) {
        return Ok(python);
    }
    let system = find("python3")
        .ok_or_else(|| Error::new("python3 is not on the path: install Python 3.10 or later"))?;
    say(&format!("pip install for {name}"));
    let made = Program::new(system)
        .arguments(["-m", "venv"])
        .arguments([&folder])
        .quietly(FETCH_LIMIT)?;
    must(
        &made,
        "python3 -m venv (on Debian it needs the package python3-venv)",
    )?;
    let installed = Program::new(&python)
        .arguments([
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            "-r",
        ])
        .arguments([requirements])
        .quietly(FETCH_LIMIT)?;
    must(&installed, "pip install")?;
    fs::write(&stamp, "").context("note what was installed")?;
    Ok(python)
}

fn is_newer(made: &Path, source: &Path) -> bool {
    let changed = |path: &Path| fs::metadata(path).and_then(|found| found.modified());
    matches!((changed(made), changed(source)), (Ok(made), Ok(source)) if made >= source)
}
