//! [`ServerProcess`]: a project served by the real program.

use std::io::{BufRead as _, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::mpsc::{Receiver, channel};
use std::time::{Duration, Instant};

use crate::Client;

/// Longest that a test waits for the program.
const TIMEOUT: Duration = Duration::from_secs(20);

/// The program, running; killed when dropped.
#[derive(Debug)]
pub struct ServerProcess {
    child: Child,
    address: SocketAddr,
    log: Receiver<String>,
    seen: String,
}

impl ServerProcess {
    /// Starts `program serve` (or another command) on a free port and waits until it is ready.
    ///
    /// The environment of the test is not passed on, but for `PATH`.
    pub fn start(program: &str, command: &str, folder: &Path, arguments: &[&str]) -> Self {
        let mut child = Command::new(program)
            .arg(command)
            .arg(folder)
            .args(["--listen", "127.0.0.1:0", "--set", "log.format=json"])
            .args(arguments)
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program starts");
        let stderr = child.stderr.take().expect("a pipe");
        let (sender, log) = channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stderr).lines().map_while(Result::ok) {
                if sender.send(line).is_err() {
                    break;
                }
            }
        });
        let mut process = Self {
            child,
            address: SocketAddr::from(([127, 0, 0, 1], 0)),
            log,
            seen: String::new(),
        };
        process.address = process.ready();
        process
    }

    /// Waits for the line that tells the address.
    fn ready(&mut self) -> SocketAddr {
        loop {
            let line = self.wait_for("\"message\":\"ready\"");
            let json: serde_json::Value = serde_json::from_str(&line).unwrap_or_default();
            if let Some(address) = json["address"].as_str().and_then(|text| text.parse().ok()) {
                return address;
            }
        }
    }

    /// Waits for a line of the log that contains `part`, and returns it.
    pub fn wait_for(&mut self, part: &str) -> String {
        let end = Instant::now() + TIMEOUT;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            let Ok(line) = self.log.recv_timeout(left) else {
                panic!("the program did not say {part}; it said:\n{}", self.seen);
            };
            self.seen.push_str(&line);
            self.seen.push('\n');
            if line.contains(part) {
                return line;
            }
        }
    }

    /// Returns everything that the program logged until now.
    pub fn log(&mut self) -> String {
        while let Ok(line) = self.log.recv_timeout(Duration::from_millis(50)) {
            self.seen.push_str(&line);
            self.seen.push('\n');
        }
        self.seen.clone()
    }

    /// Returns somebody without a key.
    pub fn visitor(&self) -> Client {
        Client::new(self.address)
    }

    /// Returns the process's id.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends a signal, such as `TERM`.
    pub fn signal(&self, signal: &str) {
        let id = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", signal, &id]).status();
        assert!(sent.expect("kill").success());
    }

    /// Waits until the program ended.
    pub fn wait(&mut self) -> ExitStatus {
        let end = Instant::now() + TIMEOUT;
        loop {
            if let Some(status) = self.child.try_wait().expect("a child") {
                return status;
            }
            assert!(Instant::now() < end, "the program does not end");
            std::thread::sleep(Duration::from_millis(10));
        }
    }
}

impl Drop for ServerProcess {
    fn drop(&mut self) {
        // It may have ended already.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
