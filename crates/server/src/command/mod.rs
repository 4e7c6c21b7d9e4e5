//! The command line: one file per command.
//!
//! Exit status 0, 1 (failed) or 2 (called wrongly). Results go to standard output, everything else to standard error.

mod backup;
mod copy;
mod dev;
mod doctor;
mod existing;
mod import;
mod init;
mod keys;
mod migrate;
mod output;
mod progress;
mod project;
mod reset;
mod restore;
mod running;
mod safety;
mod serve;
mod sql;
mod types;
mod version;
mod watch;

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use underpin_base::{Code, Result};

/// The back end of a website in one program.
#[derive(Debug, Parser)]
#[command(name = "underpin", version, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make a new project: settings, a first migration, and fresh keys in `.env`.
    Init(init::Arguments),
    /// Migrate, fill an empty database from `seed.sql`, serve, and start anew when the project's files change.
    Dev(dev::Arguments),
    /// Serve the project; unsafe settings are refused.
    Serve(serve::Arguments),
    /// Make, apply and list migrations.
    Migrate(migrate::Arguments),
    /// Delete the database of a project in development, migrate and seed it again.
    Reset(reset::Arguments),
    /// Show the project's keys, or replace them.
    Keys(keys::Arguments),
    /// Copy the database into a file, also while the server writes.
    Backup(backup::Arguments),
    /// Take over schema, rows and accounts of a Supabase project from its dump, on PostgreSQL.
    Import(import::Arguments),
    /// Put a backup in the database's place.
    Restore(restore::Arguments),
    /// Copy every row to another database, of the same engine or another.
    Copy(copy::Arguments),
    /// Run SQL on the database file, with the functions that requests have.
    Sql(sql::Arguments),
    /// Write the types of the project's database for a compiler.
    Types(types::Arguments),
    /// Check settings, files, database and machine.
    Doctor(doctor::Arguments),
    /// Print the version.
    Version(version::Arguments),
}

/// Runs the command that the process was called with.
pub fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help is not a failure; where it cannot be printed, nothing can.
            drop(error.print());
            return ExitCode::from(if error.use_stderr() { 2 } else { 0 });
        }
    };
    match run(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            output::error(&error);
            ExitCode::from(if error.code() == &Code::USAGE { 2 } else { 1 })
        }
    }
}

fn run(command: Command) -> Result<()> {
    match command {
        Command::Init(arguments) => init::run(&arguments),
        Command::Dev(arguments) => dev::run(&arguments),
        Command::Serve(arguments) => serve::run(&arguments),
        Command::Migrate(arguments) => migrate::run(&arguments),
        Command::Reset(arguments) => reset::run(&arguments),
        Command::Keys(arguments) => keys::run(&arguments),
        Command::Backup(arguments) => backup::run(&arguments),
        Command::Import(arguments) => import::run(&arguments),
        Command::Restore(arguments) => restore::run(&arguments),
        Command::Copy(arguments) => copy::run(&arguments),
        Command::Sql(arguments) => sql::run(&arguments),
        Command::Types(arguments) => types::run(&arguments),
        Command::Doctor(arguments) => doctor::run(&arguments),
        Command::Version(arguments) => version::run(&arguments),
    }
}
