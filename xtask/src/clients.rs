//! The clients that others wrote, against a running shop: JavaScript, Python and a browser. Each has a server of its own.

use std::path::PathBuf;
use std::time::Duration;

use crate::blog::Blog;
use crate::error::Result;
use crate::program::Program;
use crate::shop::{DATABASE, JWT_SECRET, Keys, Shop};
use crate::suite::{Counts, Tally};
use crate::{project, tools};

/// How long the tests of one client may take.
const CLIENT_LIMIT: Duration = Duration::from_secs(240);

/// The names of Chromium: Debian's first.
const CHROMIUM: [&str; 4] = [
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
];

/// Runs the tests of every client.
pub(crate) fn run(tally: &mut Tally) {
    for (engine, database) in ENGINES {
        let on = |client: &str| format!("{client} on {engine}");
        suite(
            tally,
            &on("javascript client"),
            database,
            Counts::of_tap,
            javascript,
        );
        suite(
            tally,
            &on("python client"),
            database,
            Counts::of_unittest,
            python,
        );
        suite(tally, &on("browser"), database, Counts::of_tap, browser);
    }
    django(tally);
}

/// Runs the tests of a database that Django made.
fn django(tally: &mut Tally) {
    let name = "javascript client on a database of Django's";
    let started = javascript().and_then(|program| Ok((program, Blog::start()?)));
    match started {
        Ok((program, blog)) => {
            let program = program.arguments(["django/blog.js"]);
            let program = given(program, &blog.url, &blog.keys);
            tally.many(name, program, CLIENT_LIMIT, Counts::of_tap);
        }
        Err(error) => tally.note(name, Err(error)),
    }
}

/// The engines that a shop is served on: their names, and what the setting `database.url` is when it is not the example's own.
const ENGINES: [(&str, Option<&str>); 2] =
    [("SQLite", None), ("PostgreSQL", Some("postgres:local"))];

fn suite(
    tally: &mut Tally,
    name: &str,
    database: Option<&str>,
    count: fn(&str) -> Counts,
    prepare: fn() -> Result<Program>,
) {
    let started = prepare()
        .and_then(|program| Ok((program, Shop::start(&name.replace(' ', "-"), database)?)));
    match started {
        Ok((program, shop)) => {
            tally.many(name, told_of(program, &shop, database), CLIENT_LIMIT, count);
        }
        Err(error) => tally.note(name, Err(error)),
    }
}

fn javascript() -> Result<Program> {
    let folder = clients().join("javascript");
    tools::npm(&folder)?;
    Ok(node()
        .within(&folder)
        .variable("UNDERPIN", project::built("debug", "underpin")))
}

fn browser() -> Result<Program> {
    let folder = clients().join("browser");
    tools::npm(&folder)?;
    let chromium = tools::find_or_install(&CHROMIUM, "chromium")?;
    let screenshots = project::target().join("screenshots");
    Ok(node()
        .within(&folder)
        .variable("CHROMIUM", chromium)
        .variable("SCREENSHOTS", screenshots))
}

fn python() -> Result<Program> {
    let folder = clients().join("python");
    let python = tools::python("client", &folder.join("requirements.txt"))?;
    Ok(Program::new(python)
        .arguments(["-m", "unittest", "discover", "--start-directory", "."])
        .variable("PYTHONDONTWRITEBYTECODE", "1")
        .within(&folder))
}

fn node() -> Program {
    Program::new("node").arguments(["--test", "--test-reporter=tap", "--test-concurrency=1"])
}

fn told_of(program: Program, shop: &Shop, database: Option<&str>) -> Program {
    let program = match database {
        Some(database) => program.variable(DATABASE, database),
        None => program,
    };
    given(program, &shop.url, &shop.keys)
}

/// Returns a program that is told whom to ask, and the keys.
fn given(program: Program, url: &str, keys: &Keys) -> Program {
    program
        .variable("SHOP_URL", url)
        .variable("SHOP_PUBLISHABLE_KEY", &keys.publishable)
        .variable("SHOP_SECRET_KEY", &keys.secret)
        .variable("SHOP_JWT_SECRET", JWT_SECRET)
}

fn clients() -> PathBuf {
    project::root().join("tests/clients")
}
