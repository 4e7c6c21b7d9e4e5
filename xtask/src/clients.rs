//! The clients that others wrote, against a running shop: JavaScript, Python and a browser. Each has a server of its own.

use std::path::PathBuf;
use std::time::Duration;

use crate::blog::Blog;
use crate::error::Result;
use crate::mariadb::Mariadb;
use crate::postgres::Postgres;
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
    on(tally, &Engine::Sqlite);
    on(tally, &Engine::Postgres);
    match Mariadb::start() {
        Ok(server) => {
            django(tally, "MariaDB", || server.database("django"));
            on(tally, &Engine::Mariadb(server));
        }
        Err(error) => tally.note("clients on MariaDB", Err(error)),
    }
    match Postgres::start("django") {
        Ok(server) => django(tally, "PostgreSQL", || Ok(server.url())),
        Err(error) => tally.note("clients on a database of Django's", Err(error)),
    }
}

/// Runs the tests of every client of a shop on `engine`.
fn on(tally: &mut Tally, engine: &Engine) {
    suite(
        tally,
        "javascript client",
        engine,
        Counts::of_tap,
        javascript,
    );
    suite(tally, "python client", engine, Counts::of_unittest, python);
    suite(tally, "browser", engine, Counts::of_tap, browser);
}

/// What a shop is served on.
enum Engine {
    /// The example's own database.
    Sqlite,
    /// A server that the program starts itself.
    Postgres,
    /// A server of the tests.
    Mariadb(Mariadb),
}

impl Engine {
    fn name(&self) -> &'static str {
        match self {
            Self::Sqlite => "SQLite",
            Self::Postgres => "PostgreSQL",
            Self::Mariadb(_) => "MariaDB",
        }
    }

    /// Returns what `database.url` is for the shop `name`; nothing for the example's own.
    fn database(&self, name: &str) -> Result<Option<String>> {
        match self {
            Self::Sqlite => Ok(None),
            Self::Postgres => Ok(Some("postgres:local".to_owned())),
            Self::Mariadb(server) => server.database(name).map(Some),
        }
    }

    /// Tells the tests what they need for servers of their own.
    fn told(&self, program: Program) -> Program {
        match self {
            Self::Sqlite => program,
            Self::Postgres => program.variable(DATABASE, "postgres:local"),
            Self::Mariadb(server) => program
                .variable(DATABASE, "mysql:")
                .variable("MARIADB_SOCKET", server.socket()),
        }
    }
}

/// Runs the tests of a database that Django made.
fn django(tally: &mut Tally, engine: &str, database: impl FnOnce() -> Result<String>) {
    let name = &format!("javascript client on a database of Django's on {engine}");
    let started = javascript().and_then(|program| {
        let folder = format!("django-{}", engine.to_lowercase());
        Ok((program, Blog::start(&folder, &database()?)?))
    });
    match started {
        Ok((program, blog)) => {
            let program = program.arguments(["django/blog.js"]);
            let program = given(program, &blog.url, &blog.keys);
            tally.many(name, program, CLIENT_LIMIT, Counts::of_tap);
        }
        Err(error) => tally.note(name, Err(error)),
    }
}

fn suite(
    tally: &mut Tally,
    client: &str,
    engine: &Engine,
    count: fn(&str) -> Counts,
    prepare: fn() -> Result<Program>,
) {
    let name = format!("{client} on {}", engine.name());
    let started = prepare().and_then(|program| {
        let folder = name.replace(' ', "-");
        let database = engine.database(&folder)?;
        Ok((program, Shop::start(&folder, database.as_deref())?))
    });
    match started {
        Ok((program, shop)) => {
            let program = given(engine.told(program), &shop.url, &shop.keys);
            tally.many(&name, program, CLIENT_LIMIT, count);
        }
        Err(error) => tally.note(&name, Err(error)),
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
