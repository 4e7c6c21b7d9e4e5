//! Set-up and automation: `cargo xtask run|test|tidy|bench`.
//!
//! Everything that a machine needs beside Rust is found, or fetched, here and nowhere else; what cannot be found is said
//! in words. Every program started here is stopped here, by its process id.

mod bench;
mod blog;
mod clients;
mod error;
mod mariadb;
mod postgres;
mod program;
mod project;
mod run;
mod shop;
mod storefront;
mod suite;
mod terminal;
mod test;
mod tidy;
mod tools;

use std::process::ExitCode;

use error::Result;
use terminal::say;

const USAGE: &str = "usage: cargo xtask COMMAND

  run             build Underpin and serve examples/shop
  test            formatting, lints, documentation, tidiness, tests, and the clients against a running shop
  tidy            the rules about crates and files
  bench rest      throughput beside a bare handler and PocketBase, as a Markdown table
  bench postgres  the same on PostgreSQL, beside a bare handler and Express, as a Markdown table
  bench mysql     the same on MariaDB, beside a bare handler, as a Markdown table
  bench bulk      memory while large bodies come and go, as a Markdown table";

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match words.as_slice() {
        ["run", rest @ ..] => run::run(rest),
        ["test"] => test::run(),
        ["tidy"] => tidy::run(),
        ["bench", "rest"] => bench::rest(),
        ["bench", "postgres"] => bench::postgres(),
        ["bench", "mysql"] => bench::mysql(),
        ["bench", "bulk"] => bench::bulk(),
        _ => {
            terminal::complain(USAGE);
            return ExitCode::from(2);
        }
    };
    finish(outcome)
}

fn finish(outcome: Result<bool>) -> ExitCode {
    match outcome {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            say(&format!("error: {error}"));
            ExitCode::FAILURE
        }
    }
}
