//! `underpin sql`: SQLite's own SQL on the project's database, with the functions that requests have.
//!
//! Neither policies nor grants apply: whoever may read the file may do this.

use std::io::{self, BufRead as _, IsTerminal as _, Read as _};

use clap::Args;
use serde_json::{Map, Value as Json};
use tokio::runtime::Runtime;
use underpin_base::{Code, Error, Result, Value};
use underpin_store::{ShellResult, Store};

use super::project::Project;
use super::{output, running};
use crate::application::store_settings;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    #[command(flatten)]
    project: Project,
    /// Run these statements instead of reading them from standard input.
    #[arg(short, long, value_name = "SQL")]
    command: Option<String>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(arguments: &Arguments) -> Result<()> {
    let settings = arguments.project.settings_quietly(&[])?;
    let runtime = running::runtime(&settings.server)?;
    let store = Store::open(store_settings(&settings))?;
    let done = match &arguments.command {
        Some(command) => execute(&runtime, &store, command, arguments.json),
        None if io::stdin().is_terminal() => interact(&runtime, &store, arguments.json),
        None => {
            let mut text = String::new();
            let read = io::stdin()
                .read_to_string(&mut text)
                .map_err(|error| input(&error));
            read.and_then(|_| execute(&runtime, &store, &text, arguments.json))
        }
    };
    store.close();
    done
}

/// Reads statements from a terminal, each until its semicolon; an error does not end the session.
fn interact(runtime: &Runtime, store: &Store, as_json: bool) -> Result<()> {
    output::note("SQLite's SQL; end a statement with a semicolon, the session with Ctrl-D.");
    let mut pending = String::new();
    for line in io::stdin().lock().lines() {
        pending.push_str(&line.map_err(|error| input(&error))?);
        pending.push('\n');
        if pending.trim_end().ends_with(';') {
            let statements = std::mem::take(&mut pending);
            if let Err(error) = execute(runtime, store, &statements, as_json) {
                output::error(&error);
            }
        }
    }
    Ok(())
}

fn execute(runtime: &Runtime, store: &Store, sql: &str, as_json: bool) -> Result<()> {
    let results = runtime.block_on(store.shell(sql.to_owned()));
    for result in results.map_err(failed)? {
        print(&result, as_json)?;
    }
    Ok(())
}

/// The command was called rightly, whatever the statement says: exit status 1, not 2.
fn failed(error: Error) -> Error {
    match error.code() == &Code::USAGE {
        true => Error::new(Code::SYNTAX, error.message()),
        false => error,
    }
}

fn print(result: &ShellResult, as_json: bool) -> Result<()> {
    if as_json {
        return output::json(&as_values(result));
    }
    if result.columns.is_empty() {
        return output::line(&format!("{} rows changed", result.changed));
    }
    let names: Vec<&str> = result.columns.iter().map(String::as_str).collect();
    let mut table = output::Table::new(&names);
    for row in &result.rows {
        table.row(row.iter().map(text).collect());
    }
    table.print(false)?;
    if result.cut {
        output::note("There are more rows; only the first are shown.");
    }
    Ok(())
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Text(text) => text.to_string(),
        Value::Bytes(bytes) => bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
    }
}

fn as_values(result: &ShellResult) -> Json {
    let object = |row: &Vec<Value>| {
        let members = result.columns.iter().zip(row);
        members
            .map(|(name, value)| (name.clone(), as_value(value)))
            .collect::<Map<_, _>>()
    };
    result.rows.iter().map(object).map(Json::Object).collect()
}

fn as_value(value: &Value) -> Json {
    match value {
        Value::Null => Json::Null,
        Value::Int(number) => Json::from(*number),
        Value::Float(number) => Json::from(*number),
        Value::Text(_) | Value::Bytes(_) => Json::from(text(value)),
    }
}

fn input(error: &io::Error) -> Error {
    Error::new(Code::IO, format!("cannot read standard input: {error}"))
}
