//! [`Shop`]: the example, copied and served for a test.

use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Context, Error, Result};
use crate::program::{Program, Running, must};
use crate::project;
use crate::storefront;

/// How long a server may take to migrate, seed and answer.
const READY_LIMIT: Duration = Duration::from_secs(90);

/// The secret that the tests sign their users' tokens with.
pub(crate) const JWT_SECRET: &str = "a-secret-of-the-tests-alone-and-long-enough";

/// The variable that says which database a project is on.
pub(crate) const DATABASE: &str = "UNDERPIN_DATABASE__URL";

/// The keys of a project that clients use.
pub(crate) struct Keys {
    /// The key that a page may hold.
    pub(crate) publishable: String,
    /// The key that only servers may hold.
    pub(crate) secret: String,
}

/// A copy of the example in a folder of its own, served on a free port. It is stopped and removed when this is dropped.
pub(crate) struct Shop {
    /// Its address, without a slash at the end.
    pub(crate) url: String,
    /// Its keys.
    pub(crate) keys: Keys,
    folder: PathBuf,
    running: Running,
}

impl Shop {
    /// Copies the example and serves it with the program that `cargo build` made, on `database`; on the example's own when it is none.
    pub(crate) fn start(name: &str, database: Option<&str>) -> Result<Self> {
        // A database server that we start does not run as root, and must be able to enter.
        let shops = match database {
            Some(_) => std::env::temp_dir(),
            None => project::target().join("shops"),
        };
        let folder = shops.join(format!("{name}-{}", std::process::id()));
        copy(&project::shop(), &folder)?;
        storefront::library(&folder)?;
        let keys = keys(&project::built("debug", "underpin"), &folder)?;
        storefront::configuration(&folder, &keys)?;
        let port = free_port()?;
        let log = folder.join("server.log");
        let mut program = Program::new(project::built("debug", "underpin"))
            .arguments(["dev"])
            .arguments([&folder])
            .arguments(["--listen", &format!("127.0.0.1:{port}")])
            .variable("UNDERPIN_KEYS__JWT_SECRET", JWT_SECRET);
        if let Some(database) = database {
            program = program.variable(DATABASE, database);
        }
        let mut running = program.start(Some(&log))?;
        ready(&mut running, port).map_err(|error| {
            let log = fs::read_to_string(&log).unwrap_or_default();
            Error::new(format!("{error}\n{log}"))
        })?;
        Ok(Self {
            url: format!("http://127.0.0.1:{port}"),
            keys,
            folder,
            running,
        })
    }
}

impl Drop for Shop {
    fn drop(&mut self) {
        self.running.stop();
        let _ = fs::remove_dir_all(&self.folder);
    }
}

/// Reads the keys of the project in `folder`, as `underpin keys show` prints them.
pub(crate) fn keys(underpin: &Path, folder: &Path) -> Result<Keys> {
    let ended = Program::new(underpin)
        .arguments(["keys", "show"])
        .arguments([folder])
        .arguments(["--json"])
        .quietly(Duration::from_secs(20))?;
    must(&ended, "underpin keys show")?;
    // A line of the log may stand before the object.
    let start = ended.output.find('{').unwrap_or_default();
    let text = ended.output.get(start..).unwrap_or_default();
    let printed: serde_json::Value =
        serde_json::from_str(text).context("read what underpin keys show printed")?;
    let key = |name: &str| {
        printed
            .get(name)
            .and_then(serde_json::Value::as_str)
            .map(str::to_owned)
            .ok_or_else(|| Error::new(format!("underpin keys show printed no {name}")))
    };
    Ok(Keys {
        publishable: key("publishable")?,
        secret: key("secret")?,
    })
}

/// Returns a port that nobody listens on.
pub(crate) fn free_port() -> Result<u16> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).context("find a free port")?;
    Ok(listener.local_addr().context("find a free port")?.port())
}

/// Waits until `GET /readyz` answers 200.
pub(crate) fn ready(running: &mut Running, port: u16) -> Result<Duration> {
    answers(running, port, "/readyz")
}

/// Waits until `GET path` answers 200 and returns how long it took.
pub(crate) fn answers(running: &mut Running, port: u16, path: &str) -> Result<Duration> {
    let start = Instant::now();
    while start.elapsed() < READY_LIMIT {
        if running.has_ended() {
            return Err(Error::new("the server ended before it was ready"));
        }
        if status(port, path).is_some_and(|status| status == 200) {
            return Ok(start.elapsed());
        }
        thread::sleep(Duration::from_millis(2));
    }
    Err(Error::new(format!(
        "the server was not ready within {} s",
        READY_LIMIT.as_secs()
    )))
}

fn status(port: u16, path: &str) -> Option<u16> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let mut stream = TcpStream::connect_timeout(&address, Duration::from_millis(500)).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(2))).ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nhost: 127.0.0.1\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).ok()?;
    let mut start = [0; 12];
    stream.read_exact(&mut start).ok()?;
    std::str::from_utf8(start.get(9..)?).ok()?.parse().ok()
}

/// Copies the files of a project, but for what was made or fetched there.
fn copy(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to).context(&format!("make {}", to.display()))?;
    let entries = fs::read_dir(from).context(&format!("read {}", from.display()))?;
    for entry in entries {
        let entry = entry.context("read a folder")?;
        let name = entry.file_name();
        if ["data", "node_modules", "vendor", "config.js", ".env"]
            .iter()
            .any(|made| name == *made)
        {
            continue;
        }
        let source = entry.path();
        let destination = to.join(&name);
        if source.is_dir() {
            copy(&source, &destination)?;
        } else {
            fs::copy(&source, &destination).context(&format!("copy {}", source.display()))?;
        }
    }
    Ok(())
}
