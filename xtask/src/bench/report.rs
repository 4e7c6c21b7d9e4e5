//! [`Report`]: the figures as a Markdown table.

use std::collections::BTreeMap;
use std::fmt::Write;

use super::contender::{Contender, Scenario};
use super::load::Measured;

/// Every figure, in the order of measuring.
#[derive(Default)]
pub(super) struct Report {
    names: Vec<String>,
    cells: BTreeMap<(Scenario, usize), Measured>,
    starts: Vec<Start>,
}

/// A contender at rest.
struct Start {
    ready_ms: f64,
    idle_mib: Option<f64>,
    loaded_mib: Option<f64>,
}

impl Report {
    /// Notes a contender that has just started.
    pub(super) fn started(&mut self, name: &str, contender: &Contender) {
        self.names.push(name.to_owned());
        self.starts.push(Start {
            ready_ms: contender.ready.as_secs_f64() * 1000.0,
            idle_mib: mib(contender),
            loaded_mib: None,
        });
    }

    /// Notes what one scenario came to.
    pub(super) fn add(&mut self, name: &str, scenario: Scenario, measured: Measured) {
        if let Some(index) = self.names.iter().position(|known| known == name) {
            self.cells.insert((scenario, index), measured);
        }
    }

    /// Notes a contender after all scenarios.
    pub(super) fn stopped(&mut self, name: &str, contender: &Contender) {
        let index = self.names.iter().position(|known| known == name);
        if let Some(start) = index.and_then(|index| self.starts.get_mut(index)) {
            start.loaded_mib = mib(contender);
        }
    }

    /// Prints the tables.
    pub(super) fn markdown(&self) -> String {
        let mut text = String::from(
            "\n| scenario | server | requests/s | p50 ms | p99 ms | CPU µs/request | memory MiB |\n|---|---|---:|---:|---:|---:|---:|\n",
        );
        for ((scenario, index), measured) in &self.cells {
            let name = self.names.get(*index).map_or("", String::as_str);
            // Writing to a string cannot fail.
            let _ = writeln!(
                text,
                "| {} | {name} | {:.0} | {:.2} | {:.2} | {:.1} | {:.1} |",
                scenario.name(),
                measured.per_second,
                measured.p50_ms,
                measured.p99_ms,
                measured.processor_us,
                measured.resident_mib,
            );
        }
        text.push_str("\n| server | start to ready ms | idle memory MiB | after the load MiB |\n|---|---:|---:|---:|\n");
        for (name, start) in self.names.iter().zip(&self.starts) {
            let _ = writeln!(
                text,
                "| {name} | {:.0} | {} | {} |",
                start.ready_ms,
                figure(start.idle_mib),
                figure(start.loaded_mib)
            );
        }
        text
    }
}

fn mib(contender: &Contender) -> Option<f64> {
    contender.resident_kib().ok().map(|kib| kib as f64 / 1024.0)
}

fn figure(value: Option<f64>) -> String {
    value.map_or_else(|| "?".to_owned(), |value| format!("{value:.1}"))
}
