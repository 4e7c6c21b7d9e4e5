//! The log: text on a terminal, JSON elsewhere, to standard error.
//!
//! Lines are written by a thread of their own, many at a time, so that a slow terminal or pipe delays no request. When it is too
//! slow, lines are dropped and their number is told.

use std::io::{self, BufWriter, IsTerminal as _, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tracing::level_filters::LevelFilter;
use tracing_subscriber::fmt::MakeWriter;

use crate::settings::{Log, LogFormat};

/// Most lines that wait to be written.
const LINES_MAX: usize = 8192;

/// How long the writing thread rests after it has written: lines that come meanwhile wake nobody and are written together.
const REST: Duration = Duration::from_millis(5);

/// The log of the process; dropping it writes what waits.
#[derive(Debug)]
pub struct Logging {
    lines: Option<Lines>,
    thread: Option<JoinHandle<()>>,
}

/// Starts logging for the process, once; a second call changes nothing.
pub fn start(log: &Log) -> Logging {
    let (sender, receiver) = sync_channel(LINES_MAX);
    let dropped = Arc::new(AtomicU64::new(0));
    let lines = Lines {
        sender,
        dropped: dropped.clone(),
    };
    let json = match log.format {
        LogFormat::Json => true,
        LogFormat::Text => false,
        LogFormat::Auto => !io::stderr().is_terminal(),
    };
    let level: LevelFilter = log.level.parse().unwrap_or(LevelFilter::INFO);
    let builder = tracing_subscriber::fmt()
        .with_max_level(level)
        .with_target(false)
        .with_ansi(!json && io::stderr().is_terminal())
        .with_writer(lines.clone());
    let started = if json {
        builder.json().flatten_event(true).try_init()
    } else {
        builder.try_init()
    };
    if started.is_err() {
        return Logging {
            lines: None,
            thread: None,
        };
    }
    log_panics();
    let thread = thread::Builder::new()
        .name("log".to_owned())
        .spawn(move || write_lines(&receiver, &dropped));
    Logging {
        lines: Some(lines),
        thread: thread.ok(),
    }
}

/// A panic is logged by its place alone: its words may hold what a caller sent.
fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic");
    }));
}

impl Drop for Logging {
    fn drop(&mut self) {
        if let (Some(lines), Some(thread)) = (self.lines.take(), self.thread.take())
            && lines.sender.send(Line::End).is_ok()
        {
            // The thread only ends by the line just sent; that it panicked is nothing to act on.
            drop(thread.join());
        }
    }
}

enum Line {
    Text(Vec<u8>),
    End,
}

#[derive(Clone, Debug)]
struct Lines {
    sender: SyncSender<Line>,
    dropped: Arc<AtomicU64>,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = &'a Self;

    fn make_writer(&'a self) -> Self::Writer {
        self
    }
}

impl Write for &Lines {
    /// The formatter hands over a whole line at once.
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        if let Err(TrySendError::Full(_)) = self.sender.try_send(Line::Text(line.to_vec())) {
            self.dropped.fetch_add(1, Ordering::Relaxed);
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_lines(lines: &Receiver<Line>, dropped: &AtomicU64) {
    let mut out = BufWriter::with_capacity(64 << 10, io::stderr());
    'all: while let Ok(mut line) = lines.recv() {
        loop {
            match line {
                // Where the log cannot be written, nothing can be told.
                Line::Text(text) => drop(out.write_all(&text)),
                Line::End => break 'all,
            }
            match lines.try_recv() {
                Ok(next) => line = next,
                Err(_) => break,
            }
        }
        let count = dropped.swap(0, Ordering::Relaxed);
        if count > 0 {
            drop(writeln!(
                out,
                "{{\"level\":\"WARN\",\"message\":\"log lines dropped\",\"count\":{count}}}"
            ));
        }
        drop(out.flush());
        thread::sleep(REST);
    }
    drop(out.flush());
}
