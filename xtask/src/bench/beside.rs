//! Contenders on one server of a database and one set of tables, driven in turn.
//!
//! Each is driven several rounds, and the middle of what it came to is what is printed: whatever else the machine does meets all of them.
//! Processor time is that of the contender and of all processes of the database together.

use std::path::Path;

use super::contender::{Contender, Scenario};
use super::load::{self, Measured};
use super::place;
use crate::error::Result;
use crate::program::Program;
use crate::project;
use crate::shop::{answers, free_port};
use crate::terminal::say;

/// How often each contender is driven through each scenario.
const ROUNDS: usize = 5;

/// What is asked.
const SCENARIOS: [Scenario; 5] = [
    Scenario::One,
    Scenario::List,
    Scenario::Embed,
    Scenario::Children,
    Scenario::Insert,
];

/// A contender under its name.
pub(super) type Named = (&'static str, Contender);

/// What each contender came to in a scenario, in the order of the contenders.
pub(super) type Results = Vec<(Scenario, Vec<(&'static str, Measured)>)>;

/// Drives the contenders through every scenario.
pub(super) fn rounds(wrk: &Path, folder: &Path, contenders: &mut [Named]) -> Result<Results> {
    let mut rounds: Vec<Vec<Vec<Measured>>> =
        vec![vec![Vec::new(); contenders.len()]; SCENARIOS.len()];
    for round in 1..=ROUNDS {
        for (scenario, cells) in SCENARIOS.iter().zip(&mut rounds) {
            for ((name, contender), cell) in contenders.iter_mut().zip(cells) {
                let measured = load::measure(wrk, folder, contender, *scenario)?;
                let scenario = scenario.name();
                say(&format!("{round} {scenario:<34} {name:<28} {measured}"));
                cell.push(measured);
            }
        }
    }
    let names = contenders.iter().map(|(name, _)| *name);
    Ok(SCENARIOS
        .into_iter()
        .zip(rounds)
        .map(|(scenario, cells)| {
            let middles = cells.iter().map(|cell| middle(cell));
            (scenario, names.clone().zip(middles).collect())
        })
        .collect())
}

/// The package and program of the bare handlers.
pub(super) const BARE_SERVER: &str = "underpin-bench-bare-server";

/// Returns the bare handlers' program, which takes a database's address and a port.
pub(super) fn bare() -> Program {
    place::pinned(&project::built("release", BARE_SERVER))
}

/// Starts a handler of the tables that are there: `program` takes the database's address and a port.
pub(super) fn serve(url: &str, process: u32, program: Program, log: &Path) -> Result<Contender> {
    let port = free_port()?;
    let mut running = program
        .arguments([url])
        .arguments([port.to_string()])
        .start(Some(log))?;
    let ready = answers(&mut running, port, "/readyz")?;
    Ok(Contender {
        running,
        database: Some(process),
        port,
        ready,
        headers: Vec::new(),
        one: "/items/%d",
        list: "/items?category=%d",
        count: "/items?category=%d",
        embed: "/items?category=%d&owner=true",
        total: "/items",
        children: Some("/people?from=00000000-0000-4000-8000-%012d"),
        search: None,
        count_header: None,
        insert: "/items",
        owner: "\"status\":\"active\"",
    })
}

/// Returns the middle of each figure.
fn middle(rounds: &[Measured]) -> Measured {
    let of = |figure: fn(&Measured) -> f64| {
        let mut figures: Vec<f64> = rounds.iter().map(figure).collect();
        figures.sort_by(f64::total_cmp);
        figures.get(figures.len() / 2).copied().unwrap_or_default()
    };
    Measured {
        per_second: of(|it| it.per_second),
        p50_ms: of(|it| it.p50_ms),
        p99_ms: of(|it| it.p99_ms),
        processor_us: of(|it| it.processor_us),
        database_us: of(|it| it.database_us),
        resident_mib: of(|it| it.resident_mib),
    }
}

/// Returns the table of results on `database`, in which every contender is compared with the one called `bare`.
pub(super) fn markdown(results: &Results, database: &str, bare: &str) -> String {
    let mut text = format!(
        "\n| scenario | server | requests/s | p50 ms | p99 ms | CPU µs/request | of it {database} | to bare |\n|---|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for (scenario, contenders) in results {
        let yardstick = contenders.iter().find(|(name, _)| *name == bare);
        let yardstick = yardstick.map_or(f64::NAN, |(_, measured)| measured.processor_us);
        for (name, measured) in contenders {
            text.push_str(&format!(
                "| {} | {name} | {:.0} | {:.2} | {:.2} | {:.1} | {:.1} | {:.2} |\n",
                scenario.name(),
                measured.per_second,
                measured.p50_ms,
                measured.p99_ms,
                measured.processor_us,
                measured.database_us,
                measured.processor_us / yardstick,
            ));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_of_each_figure_is_taken_alone() {
        let of = |per_second: f64, p50_ms: f64| Measured {
            per_second,
            p50_ms,
            p99_ms: 0.0,
            processor_us: 0.0,
            database_us: 0.0,
            resident_mib: 0.0,
        };
        let middle = middle(&[of(3.0, 1.0), of(1.0, 3.0), of(2.0, 9.0)]);
        assert_eq!((middle.per_second, middle.p50_ms), (2.0, 3.0));
    }
}
