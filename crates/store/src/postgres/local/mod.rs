//! [`Local`]: a PostgreSQL server of our own, `database.url = "postgres:local"`.
//!
//! Its data, its socket and its log are in one folder that only the server's user may enter, and it listens nowhere else. That is why
//! it asks nobody for a password: who reaches the socket could read the files as well.
//!
//! The server outlives a crash of ours, and is taken over by the next start; [`Local::stop`] ends it. Everything here blocks.

mod installed;
mod user;

use std::fs::File;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use underpin_base::{Code, Details, Error, Result};
use underpin_sql::writer::quote_identifier;

use self::installed::Installed;
use self::user::User;
use super::client::{Address, Connection};

/// The user that owns everything in a new database.
const SUPERUSER: &str = "postgres";

/// The database.
const DATABASE: &str = "postgres";

/// The longest path of a socket that every system takes, in bytes: macOS has the smallest limit, 104 with the zero byte.
const SOCKET_BYTES_MAX: usize = 103;

/// What the name of a short folder for the socket begins with.
const SOCKETS_PREFIX: &str = "underpin-";

/// The number in the socket's name, unless the operator chooses another.
const PORT: u16 = 5432;

/// How long the server may take to write what it has and stop, before it is stopped without that.
const STOP_TIMEOUT: Duration = Duration::from_secs(20);

/// How long the server may take to start, which includes recovery after a crash.
const TIMEOUT: Duration = Duration::from_secs(120);

/// How long what is left of a server that was killed may hold its memory.
const HELD_TIMEOUT: Duration = Duration::from_secs(20);

/// How often is looked whether it has.
const INTERVAL: Duration = Duration::from_millis(20);

/// The folder of the database's files, within ours. Programs are given it as it stands here, and run in ours: `pg_ctl` passes what it is
/// given through a shell, and our path may hold whatever a path may hold.
const CLUSTER: &str = "cluster";

/// The file in which a running server tells of itself.
const LOCK: &str = "postmaster.pid";

/// The file of what the server says before it keeps a log.
const START_LOG: &str = "start.log";

/// How much of a log is told when the server does not start, in bytes.
const LAST_WORDS_BYTES: usize = 1_000;

/// The file of our settings, which the server's own file includes.
const SETTINGS: &str = "underpin.conf";

/// The file that is locked while the server is started or stopped.
const LOCK_START: &str = "lock";

/// The file that is locked, in common, while somebody uses the server.
const LOCK_USERS: &str = "users";

/// A server of our own.
#[derive(Debug)]
pub struct Local {
    installed: Installed,
    user: User,
    data: PathBuf,
    sockets: PathBuf,
    port: u16,
    is_stopped: bool,
    /// Locked by everybody who uses the server: the last one stops it.
    users: File,
}

impl Local {
    /// Starts the server whose files are in `folder`, or takes over the one that runs there; makes a new database when there is none.
    ///
    /// # Errors
    /// `settings_invalid` when PostgreSQL is not installed, or only a version that cannot read the data; `io` when it does not start.
    pub fn start(folder: &Path) -> Result<Self> {
        let named = |cause: std::io::Error| io_error(&folder.display().to_string(), &cause);
        let folder = std::path::absolute(folder).map_err(named)?;
        let data = folder.join(CLUSTER);
        let installed = Installed::find(data_version(&data), &data)?;
        let user = User::find()?;
        user.check_reach(&folder)?;
        user.own_folder(&folder)?;
        // Two starts at once would both make the database.
        let lock = lock_file(&folder, LOCK_START).map_err(named)?;
        lock.lock().map_err(named)?;
        let users = lock_file(&folder, LOCK_USERS).map_err(named)?;
        users.lock_shared().map_err(named)?;
        let mut local = Self {
            installed,
            user,
            sockets: folder.join("run"),
            port: PORT,
            data,
            is_stopped: false,
            users,
        };
        if let Err(error) = local.run() {
            // The lock is ours already.
            drop(local.halt_alone());
            return Err(error);
        }
        Ok(local)
    }

    /// Starts the server unless it runs.
    fn run(&mut self) -> Result<()> {
        if !self.adopt()? {
            if data_version(&self.data).is_none() {
                self.create()?;
            }
            self.choose_sockets()?;
            self.configure()?;
            self.launch()?;
            if !self.adopt()? {
                return Err(self.not_ready());
            }
        }
        Ok(())
    }

    /// Tells whether there is a PostgreSQL on this machine that can be started.
    pub fn is_installed() -> bool {
        Installed::find(None, Path::new("")).is_ok()
    }

    /// Makes a database, and returns its address for `database.url`. Whoever may open the folder of the socket may do everything there.
    ///
    /// # Errors
    /// PostgreSQL's, when it exists.
    pub fn create_database(&self, database: &str) -> Result<String> {
        let mut sql = String::from("create database ");
        quote_identifier(&mut sql, database);
        let address = self.address();
        let made = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .map_err(Error::internal)?;
            runtime.block_on(async { Connection::open(&address).await?.simple(&sql).await })
        });
        made.join()
            .map_err(|_| Error::internal("a thread panicked"))??;
        let folder = self.sockets.display();
        let port = self.port;
        Ok(format!(
            "postgres://{SUPERUSER}@/{database}?host={folder}&port={port}"
        ))
    }

    /// Returns the address of the server.
    pub(crate) fn address(&self) -> Address {
        Address::socket(&self.sockets, self.port, SUPERUSER, DATABASE)
    }

    /// Ends the server: what runs is rolled back, what was committed is kept.
    ///
    /// # Errors
    /// `io` when it does not end in time.
    pub(crate) fn stop(mut self) -> Result<()> {
        self.halt()
    }

    /// Returns the number of the server's process, if it runs.
    pub fn process(&self) -> Option<u32> {
        self.lock_lines().first()?.parse().ok()
    }

    fn halt(&mut self) -> Result<()> {
        let folder = self.data.parent().unwrap_or(&self.data);
        let named = |cause: std::io::Error| io_error(&folder.display().to_string(), &cause);
        // Nobody begins to use it while it is decided whether anybody does.
        let lock = lock_file(folder, LOCK_START).map_err(named)?;
        lock.lock().map_err(named)?;
        self.halt_alone()
    }

    /// Ends the server unless somebody else uses it, by whoever has the lock.
    fn halt_alone(&mut self) -> Result<()> {
        self.is_stopped = true;
        if self.users.try_lock().is_err() {
            return Ok(());
        }
        if self.is_running() {
            // What was committed survives either; after the second the next start has to recover.
            self.stop_within("fast", STOP_TIMEOUT)
                .or_else(|_| self.stop_within("immediate", STOP_TIMEOUT))?;
        }
        // The folder that we made when ours has too long a path, and nothing that the operator has chosen.
        let name = self.sockets.file_name().unwrap_or_default();
        if self.sockets.parent() == Some(&std::env::temp_dir())
            && name
                .as_encoded_bytes()
                .starts_with(SOCKETS_PREFIX.as_bytes())
        {
            // It is empty by now, or not ours alone.
            std::fs::remove_dir(&self.sockets).unwrap_or_default();
        }
        Ok(())
    }

    fn stop_within(&self, mode: &str, timeout: Duration) -> Result<()> {
        let mut command = self.program("pg_ctl");
        command.args(["stop", "-m", mode, "-w", "-t"]);
        command.arg(timeout.as_secs().to_string());
        run(command.arg("-D").arg(CLUSTER))
    }

    /// Returns the command of a program of the installation.
    fn program(&self, name: &str) -> Command {
        let folder = self.data.parent().unwrap_or(&self.data);
        self.user
            .command(&self.installed.programs.join(name), folder)
    }

    fn is_running(&self) -> bool {
        self.program("pg_ctl")
            .arg("status")
            .arg("-D")
            .arg(CLUSTER)
            .output()
            .is_ok_and(|output| output.status.success())
    }

    /// Returns what the running server has written of itself: its process, folder, start, port, socket folder and so on.
    fn lock_lines(&self) -> Vec<String> {
        let lock = std::fs::read_to_string(self.data.join(LOCK)).unwrap_or_default();
        lock.lines().map(|line| line.trim().to_owned()).collect()
    }

    /// Takes over the server that runs, once it is ready, and tells whether one runs.
    fn adopt(&mut self) -> Result<bool> {
        let end = Instant::now() + TIMEOUT;
        while let [process, _, _, port, sockets, rest @ ..] = self.lock_lines().as_slice() {
            let sockets = PathBuf::from(sockets);
            let port = port.parse().unwrap_or(PORT);
            // A server that was killed leaves the same words behind as one that runs.
            if UnixStream::connect(sockets.join(socket(port))).is_ok() {
                if rest.get(2).is_some_and(|state| state == "ready") {
                    self.sockets = sockets;
                    self.port = port;
                    return Ok(true);
                }
            } else {
                match fate(process) {
                    Fate::Gone => return Ok(false),
                    // The server itself would believe that number; a container that counts its processes from 1 again has it soon.
                    Fate::Other => {
                        std::fs::remove_file(self.data.join(LOCK)).unwrap_or_default();
                        return Ok(false);
                    }
                    // It begins or ends.
                    Fate::Runs => {}
                    Fate::Unknown if self.is_running() => {}
                    Fate::Unknown => return Ok(false),
                }
            }
            if Instant::now() > end {
                return Err(self.not_ready());
            }
            std::thread::sleep(INTERVAL);
        }
        Ok(false)
    }

    fn not_ready(&self) -> Error {
        Error::new(
            Code::IO,
            format!(
                "PostgreSQL in {} does not become ready",
                self.data.display()
            ),
        )
        .hint("Its log is in the folder log there.")
    }

    /// Makes the database's files.
    fn create(&self) -> Result<()> {
        // Text is ordered by its code points, as on every other engine, but upper and lower case are known of all letters. Not every
        // system has the first of these.
        let mut result = Ok(());
        for characters in ["C.UTF-8", "en_US.UTF-8", "C"] {
            let mut command = self.program("initdb");
            command.args(["--pgdata", CLUSTER]);
            command.args(["--username", SUPERUSER, "--auth=trust", "--encoding=UTF8"]);
            command.args(["--locale=C", "--lc-ctype", characters]);
            command.args(["--data-checksums", "--no-instructions"]);
            result = run(&mut command);
            if result.is_ok() {
                break;
            }
        }
        result?;
        self.append("postgresql.conf", &format!("\ninclude '{SETTINGS}'\n"))
    }

    /// Chooses the folder of the socket: our own, unless its path is too long for a socket.
    fn choose_sockets(&mut self) -> Result<()> {
        if self.sockets.join(socket(PORT)).as_os_str().len() > SOCKET_BYTES_MAX {
            let short = tempfile::Builder::new().prefix(SOCKETS_PREFIX).tempdir();
            self.sockets = short
                .map_err(|cause| io_error("the folder for temporary files", &cause))?
                .keep();
        }
        self.user.own_folder(&self.sockets)?;
        // No server runs, and nobody else has a socket here; the server would believe the number in the file.
        std::fs::remove_file(self.sockets.join(format!("{}.lock", socket(PORT))))
            .unwrap_or_default();
        Ok(())
    }

    /// Writes our settings. What the operator writes after the `include` in `postgresql.conf` counts more.
    fn configure(&self) -> Result<()> {
        let sockets = self.sockets.display().to_string().replace('\'', "''");
        let settings = format!(
            "# Written by Underpin at each start; write your own settings at the end of postgresql.conf.\n\
             listen_addresses = ''\n\
             unix_socket_directories = '{sockets}'\n\
             unix_socket_permissions = 0700\n\
             port = {PORT}\n\
             max_connections = 64\n\
             shared_buffers = 64MB\n\
             fsync = on\n\
             synchronous_commit = on\n\
             timezone = 'UTC'\n\
             log_timezone = 'UTC'\n\
             logging_collector = on\n\
             log_directory = 'log'\n\
             log_filename = 'postgresql-%a.log'\n\
             log_rotation_age = 1d\n\
             log_rotation_size = 0\n\
             log_truncate_on_rotation = on\n"
        );
        let path = self.data.join(SETTINGS);
        // Made anew, so that a link in its place leads nowhere.
        std::fs::remove_file(&path).unwrap_or_default();
        File::create_new(&path)
            .and_then(|mut file| file.write_all(settings.as_bytes()))
            .and_then(|()| self.user.own(&path))
            .map_err(|cause| io_error(&path.display().to_string(), &cause))
    }

    fn append(&self, name: &str, text: &str) -> Result<()> {
        let path = self.data.join(name);
        File::options()
            .append(true)
            .open(&path)
            .and_then(|mut file| file.write_all(text.as_bytes()))
            .map_err(|cause| io_error(&path.display().to_string(), &cause))
    }

    /// Starts the server. What is left of one that was killed holds its memory for a moment.
    fn launch(&self) -> Result<()> {
        let end = Instant::now() + HELD_TIMEOUT;
        loop {
            let launched = self.launch_once();
            let is_held = launched.as_ref().is_err_and(|error| {
                matches!(error.get_details(), Some(Details::Text(said)) if said.contains("is still in use"))
            });
            if !is_held || Instant::now() > end {
                return launched;
            }
            std::thread::sleep(INTERVAL);
        }
    }

    fn launch_once(&self) -> Result<()> {
        // Of this start alone.
        std::fs::remove_file(self.data.join(START_LOG)).unwrap_or_default();
        let mut command = self.program("pg_ctl");
        command.args(["start", "-w", "-t"]);
        command.arg(TIMEOUT.as_secs().to_string());
        command.arg("-D").arg(CLUSTER);
        // Everything after the first words goes to the collector's file.
        command.arg("-l").arg(Path::new(CLUSTER).join(START_LOG));
        run(&mut command).map_err(|error| error.details(self.last_words()))
    }

    /// Returns the last lines that the server has said, before and since it keeps a log.
    fn last_words(&self) -> String {
        let logs = std::fs::read_dir(self.data.join("log"));
        let logs = logs.into_iter().flatten().flatten().map(|log| log.path());
        let newest =
            logs.max_by_key(|log| std::fs::metadata(log).and_then(|log| log.modified()).ok());
        let first = tail(&self.data.join(START_LOG));
        let rest = newest.map(|log| tail(&log)).unwrap_or_default();
        format!("{first}\n{rest}").trim().to_owned()
    }
}

/// Returns the last lines of a log.
fn tail(log: &Path) -> String {
    let said = std::fs::read(log).unwrap_or_default();
    let tail = said.get(said.len().saturating_sub(LAST_WORDS_BYTES)..);
    String::from_utf8_lossy(tail.unwrap_or_default()).into_owned()
}

/// Opens a file in `folder` that is there to be locked.
fn lock_file(folder: &Path, name: &str) -> std::io::Result<File> {
    File::options()
        .create(true)
        .append(true)
        .open(folder.join(name))
}

impl Drop for Local {
    fn drop(&mut self) {
        if !self.is_stopped
            && let Err(error) = self.halt()
        {
            tracing::error!(%error, "PostgreSQL could not be stopped");
        }
    }
}

/// What became of a process that was a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fate {
    /// It runs.
    Runs,
    /// Nobody has its number.
    Gone,
    /// Its number belongs to something else: another program, or what is left of it until somebody asks how it ended.
    Other,
    /// This system does not tell.
    Unknown,
}

fn fate(process: &str) -> Fate {
    match std::fs::read_to_string(format!("/proc/{process}/stat")) {
        Ok(stat) => fate_of(&stat),
        Err(_) if Path::new("/proc/self/stat").exists() => Fate::Gone,
        Err(_) => Fate::Unknown,
    }
}

/// Returns what became of the process whose line is `stat`, such as `15 (postgres) S 1 …`.
fn fate_of(stat: &str) -> Fate {
    let name_and_state = stat
        .split_once('(')
        .and_then(|(_, rest)| rest.rsplit_once(") "));
    match name_and_state {
        Some((name, state)) if name.starts_with("postgres") && !state.starts_with(['Z', 'X']) => {
            Fate::Runs
        }
        _ => Fate::Other,
    }
}

/// Returns the name of the socket in its folder.
fn socket(port: u16) -> String {
    format!(".s.PGSQL.{port}")
}

/// Returns the major version of the data in `data`, when there are some.
fn data_version(data: &Path) -> Option<u32> {
    let version = std::fs::read_to_string(data.join("PG_VERSION")).ok()?;
    version.trim().split('.').next()?.parse().ok()
}

/// Runs a program to its end.
fn run(command: &mut Command) -> Result<()> {
    let program = command.get_program().display().to_string();
    let output = command
        // The server that `pg_ctl` starts would keep pipes open, so that their end never came.
        .stdin(std::process::Stdio::null())
        .output()
        .map_err(|cause| io_error(&program, &cause))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::new(
        Code::IO,
        format!("{program} ended with {}: {}", output.status, said.trim()),
    ))
}

fn io_error(path: &str, cause: &std::io::Error) -> Error {
    Error::new(Code::IO, format!("{path} cannot be used: {cause}"))
}

#[cfg(test)]
mod tests;
