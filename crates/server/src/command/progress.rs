//! [`Progress`]: how a copy goes, as a bar on a terminal and as plain lines elsewhere.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use underpin_store::{CopyEvent, CopyStage};

use super::output;

/// How often the bar is drawn.
const BAR_EVERY: Duration = Duration::from_millis(100);

/// How often a line tells of a table that takes long, where there is no bar.
const LINE_EVERY: Duration = Duration::from_secs(10);

/// How wide the bar is, in characters.
const BAR_WIDTH: usize = 24;

/// Tells how a copy goes.
#[derive(Debug)]
pub(crate) struct Progress {
    is_terminal: bool,
    /// Whether the cursor stands behind a bar.
    is_drawn: bool,
    shown: Instant,
    /// When the table was begun, and how many of its rows were done by then.
    begun: Option<(Instant, u64)>,
}

impl Progress {
    /// Returns one that has told nothing yet.
    pub(crate) fn new() -> Self {
        Self {
            is_terminal: io::stderr().is_terminal(),
            is_drawn: false,
            shown: Instant::now(),
            begun: None,
        }
    }

    /// Tells of an event.
    pub(crate) fn tell(&mut self, event: CopyEvent<'_>) {
        match event {
            CopyEvent::Note(note) => self.line(&format!("note: {note}")),
            CopyEvent::Migrated(path) => self.line(&format!("migrated {path}")),
            CopyEvent::Rows {
                table,
                stage,
                done,
                total,
            } => {
                let (since, before) = *self.begun.get_or_insert((Instant::now(), done));
                let every = if self.is_terminal {
                    BAR_EVERY
                } else {
                    LINE_EVERY
                };
                if self.shown.elapsed() < every {
                    return;
                }
                self.shown = Instant::now();
                let rate = rate(done - before.min(done), since.elapsed());
                let told = format!(
                    "{} {table}: {done} of {total} rows, {rate} rows/s",
                    word(stage)
                );
                if self.is_terminal {
                    self.draw(&format!("[{}] {told}", bar(done, total)));
                } else {
                    output::note(&told);
                }
            }
            CopyEvent::Table { table, stage, rows } => {
                self.begun = None;
                if stage != CopyStage::Compare || self.is_terminal {
                    let done = match stage {
                        CopyStage::Copy => "copied",
                        CopyStage::Link => "linked",
                        CopyStage::Compare => "compared",
                    };
                    self.line(&format!("{done} {table}: {rows} rows"));
                }
            }
        }
    }

    /// Leaves the terminal as it was.
    pub(crate) fn end(&mut self) {
        if std::mem::take(&mut self.is_drawn) {
            write("\r\u{1b}[K");
        }
    }

    fn line(&mut self, line: &str) {
        self.end();
        output::note(line);
    }

    fn draw(&mut self, line: &str) {
        self.is_drawn = true;
        write(&format!("\r\u{1b}[K{line}"));
    }
}

/// Writes to the terminal; where that cannot be done, nothing can be told.
fn write(text: &str) {
    let mut terminal = io::stderr();
    drop(write!(terminal, "{text}"));
    drop(terminal.flush());
}

fn word(stage: CopyStage) -> &'static str {
    match stage {
        CopyStage::Copy => "copying",
        CopyStage::Link => "linking",
        CopyStage::Compare => "comparing",
    }
}

/// Returns how many rows are done in a second.
fn rate(rows: u64, elapsed: Duration) -> u64 {
    let milliseconds = u64::try_from(elapsed.as_millis())
        .unwrap_or(u64::MAX)
        .max(1);
    rows.saturating_mul(1_000) / milliseconds
}

/// Returns a bar that is filled as far as the rows are done.
fn bar(done: u64, total: u64) -> String {
    let width = BAR_WIDTH as u64;
    let filled = done.min(total).saturating_mul(width) / total.max(1);
    let filled = usize::try_from(filled).unwrap_or(BAR_WIDTH);
    format!("{:<BAR_WIDTH$}", "#".repeat(filled))
}

#[cfg(test)]
mod tests;
