//! [`Program`]: another program, run to its end within a bound of time, or kept and stopped.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::error::{Context, Error, Result};
use crate::terminal::say;

/// How often a running program is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(50);

/// How long a program may take to stop once asked to.
const STOP_WITHIN: Duration = Duration::from_secs(10);

/// A program with its arguments. Unless it replaces us, it gets a process group of its own, so that what it starts is stopped with it.
pub(crate) struct Program {
    name: String,
    command: Command,
}

/// How a program ended.
pub(crate) struct Ended {
    /// Whether it ended with status 0.
    pub(crate) success: bool,
    /// What it printed, lines of both streams in the order of their arrival.
    pub(crate) output: String,
}

impl Program {
    /// Returns the program `name`, found on the path unless it is one.
    pub(crate) fn new(name: impl AsRef<OsStr>) -> Self {
        let mut command = Command::new(&name);
        command.stdin(Stdio::null());
        Self {
            name: name.as_ref().to_string_lossy().into_owned(),
            command,
        }
    }

    /// Adds arguments.
    pub(crate) fn arguments<S: AsRef<OsStr>>(
        mut self,
        arguments: impl IntoIterator<Item = S>,
    ) -> Self {
        self.command.args(arguments);
        self
    }

    /// Sets the folder it runs in.
    pub(crate) fn within(mut self, folder: &Path) -> Self {
        self.command.current_dir(folder);
        self
    }

    /// Sets a variable of its environment.
    pub(crate) fn variable(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.command.env(name, value);
        self
    }

    /// Becomes it: from here on its terminal, signals and status are ours. Returns only when that failed.
    pub(crate) fn replace(mut self) -> Error {
        let cause = self.command.stdin(Stdio::inherit()).exec();
        Error::new(format!("start {}: {cause}", self.name))
    }

    /// Starts it, with its output thrown away or in the file `log`.
    pub(crate) fn start(mut self, log: Option<&Path>) -> Result<Running> {
        let (output, errors) = match log {
            Some(path) => {
                let file = std::fs::File::create(path).context(&path.display().to_string())?;
                let copy = file.try_clone().context("share a log")?;
                (Stdio::from(file), Stdio::from(copy))
            }
            None => (Stdio::null(), Stdio::null()),
        };
        self.command.process_group(0).stdout(output).stderr(errors);
        let child = self
            .command
            .spawn()
            .context(&format!("start {}", self.name))?;
        Ok(Running { child })
    }

    /// Runs it to its end and prints what it prints; after `limit` it is stopped and has failed.
    pub(crate) fn watch(self, limit: Duration) -> Result<Ended> {
        self.finish(limit, true)
    }

    /// Runs it to its end in silence; after `limit` it is stopped and has failed.
    pub(crate) fn quietly(self, limit: Duration) -> Result<Ended> {
        self.finish(limit, false)
    }

    fn finish(mut self, limit: Duration, echo: bool) -> Result<Ended> {
        self.command
            .process_group(0)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let child = self
            .command
            .spawn()
            .context(&format!("start {}", self.name))?;
        let mut running = Running { child };
        let (sender, lines) = std::sync::mpsc::channel();
        let readers: Vec<_> = running
            .streams()
            .into_iter()
            .map(|stream| {
                let sender = sender.clone();
                thread::spawn(move || {
                    for line in BufReader::new(stream)
                        .split(b'\n')
                        .map_while(|line| line.ok())
                    {
                        let line = String::from_utf8_lossy(&line).into_owned();
                        if echo {
                            say(&line);
                        }
                        if sender.send(line).is_err() {
                            break;
                        }
                    }
                })
            })
            .collect();
        drop(sender);
        let status = running.wait(limit)?;
        if status.is_none() {
            running.stop();
        }
        for reader in readers {
            let _ = reader.join();
        }
        let mut output = lines.into_iter().collect::<Vec<_>>().join("\n");
        if status.is_none() {
            let line = format!("{} did not end within {} s", self.name, limit.as_secs());
            say(&line);
            output.push_str(&line);
        }
        Ok(Ended {
            success: status.is_some_and(|status| status.success()),
            output,
        })
    }
}

/// A program that runs; it is stopped when this is dropped.
pub(crate) struct Running {
    child: Child,
}

impl Running {
    /// Returns its process id.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Tells whether it has ended.
    pub(crate) fn has_ended(&mut self) -> bool {
        !matches!(self.child.try_wait(), Ok(None))
    }

    /// Waits for its end, at most `limit`; nothing when it still runs then.
    fn wait(&mut self, limit: Duration) -> Result<Option<ExitStatus>> {
        let start = Instant::now();
        loop {
            if let Some(status) = self.child.try_wait().context("wait for a program")? {
                return Ok(Some(status));
            }
            if start.elapsed() > limit {
                return Ok(None);
            }
            thread::sleep(LOOK_EVERY);
        }
    }

    fn streams(&mut self) -> Vec<Box<dyn Read + Send>> {
        let mut streams: Vec<Box<dyn Read + Send>> = Vec::new();
        if let Some(stream) = self.child.stdout.take() {
            streams.push(Box::new(stream));
        }
        if let Some(stream) = self.child.stderr.take() {
            streams.push(Box::new(stream));
        }
        streams
    }

    /// Asks it and what it started to end, and ends them when they do not.
    pub(crate) fn stop(&mut self) {
        if self.has_ended() {
            return;
        }
        self.signal("TERM");
        if !matches!(self.wait(STOP_WITHIN), Ok(Some(_))) {
            self.signal("KILL");
            let _ = self.child.wait();
        }
    }

    fn signal(&self, name: &str) {
        // The group is ours: `process_group(0)` made it, and its leader has not been waited for yet.
        let _ = Command::new("kill")
            .args([
                format!("-{name}"),
                "--".to_owned(),
                format!("-{}", self.id()),
            ])
            .stderr(Stdio::null())
            .status();
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Returns an error unless `ended` is a success; `doing` begins its sentence.
pub(crate) fn must(ended: &Ended, doing: &str) -> Result<()> {
    if ended.success {
        return Ok(());
    }
    let lines: Vec<&str> = ended.output.lines().collect();
    let last = lines.len().saturating_sub(20);
    let tail = lines.get(last..).unwrap_or_default().join("\n");
    Err(Error::new(format!("{doing} failed:\n{tail}")))
}
