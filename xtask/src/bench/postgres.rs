//! `cargo xtask bench postgres`: Underpin on PostgreSQL with policies on, beside handlers that enforce nothing, on one server and one
//! set of tables.
//!
//! The contenders are driven in turn, several rounds, and the middle of what each came to is what is printed: whatever else the machine
//! does meets all of them. Processor time is that of the server and of all processes of PostgreSQL together.

use std::fs;
use std::path::{Path, PathBuf};

use super::cluster::Cluster;
use super::contender::{Contender, Scenario};
use super::load::{self, Measured};
use super::{build, folder, place, underpin};
use crate::error::{Context, Error, Result};
use crate::program::Program;
use crate::shop::{answers, free_port};
use crate::terminal::say;
use crate::{project, tools};

/// How often each contender is driven through each scenario.
const ROUNDS: usize = 5;

/// The contender that the others are compared with.
const BARE: &str = "bare axum + tokio-postgres";

/// What is asked.
const SCENARIOS: [Scenario; 5] = [
    Scenario::One,
    Scenario::List,
    Scenario::Embed,
    Scenario::Children,
    Scenario::Insert,
];

/// Measures every contender in every scenario and prints the table.
pub(crate) fn postgres() -> Result<bool> {
    let wrk = tools::find_or_install(&["wrk"], "wrk")?;
    let python = tools::python("bench", &project::root().join("benches/requirements.txt"))?;
    tools::npm(&project::root().join("benches/express"))?;
    build("underpin-bench-bare-postgres")?;
    // Where the user that PostgreSQL runs as may go, too.
    let folder = folder(&std::env::temp_dir())?;
    let measured = measure(&wrk, &python, &folder);
    let _ = fs::remove_dir_all(&folder);
    say(&markdown(&measured?));
    Ok(true)
}

/// What each contender came to in a scenario, in the order of the contenders.
type Results = Vec<(Scenario, Vec<(&'static str, Measured)>)>;

fn measure(wrk: &Path, python: &Path, folder: &Path) -> Result<Results> {
    let cluster = Cluster::start(&folder.join("postgres"))?;
    say("== filling the tables");
    let project = folder.join("underpin");
    fs::create_dir_all(&project).context("make a folder")?;
    let settings = [
        ("UNDERPIN_DATABASE__URL", cluster.url.as_str()),
        // The others log nothing.
        ("UNDERPIN_LOG__LEVEL", "warn"),
    ];
    let mut underpin = underpin::start(&project, python, &settings)?;
    underpin.database = Some(cluster.process);
    let bare = place::pinned(&bare_program());
    let bare = serve(&cluster, bare, &folder.join("bare.log"))?;
    let express = serve(&cluster, express_program()?, &folder.join("express.log"))?;
    let mut contenders = [
        ("Underpin", underpin),
        (BARE, bare),
        ("Express + pg", express),
    ];
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

fn bare_program() -> PathBuf {
    project::built("release", "underpin-bench-bare-postgres")
}

fn express_program() -> Result<Program> {
    let node = tools::find("node").ok_or_else(|| Error::new("node is not on the path"))?;
    Ok(place::pinned(&node)
        .arguments([project::root().join("benches/express/server.js")])
        .variable("NODE_ENV", "production"))
}

/// Starts a handler on the tables that are there.
fn serve(cluster: &Cluster, program: Program, log: &Path) -> Result<Contender> {
    let port = free_port()?;
    let mut running = program
        .arguments([&cluster.url])
        .arguments([port.to_string()])
        .start(Some(log))?;
    let ready = answers(&mut running, port, "/readyz")?;
    Ok(Contender {
        running,
        database: Some(cluster.process),
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

fn markdown(results: &Results) -> String {
    let mut text = String::from(
        "\n| scenario | server | requests/s | p50 ms | p99 ms | CPU µs/request | of it PostgreSQL | to bare |\n|---|---|---:|---:|---:|---:|---:|---:|\n",
    );
    for (scenario, contenders) in results {
        let bare = contenders.iter().find(|(name, _)| *name == BARE);
        let bare = bare.map_or(f64::NAN, |(_, measured)| measured.processor_us);
        for (name, measured) in contenders {
            text.push_str(&format!(
                "| {} | {name} | {:.0} | {:.2} | {:.2} | {:.1} | {:.1} | {:.2} |\n",
                scenario.name(),
                measured.per_second,
                measured.p50_ms,
                measured.p99_ms,
                measured.processor_us,
                measured.database_us,
                measured.processor_us / bare,
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
