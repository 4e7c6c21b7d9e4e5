//! [`Values`]: the value of every setting, the strongest source winning: flag, environment, `.env`, file, default.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use underpin_base::{Code, Error, Result, Secret};

use super::dotenv::{self, Variable};
use super::table::{self, Entry, SETTINGS};
use super::value::{Kind, Value};
use super::{supabase, underpin_toml};

/// Where settings are read from. The environment is a parameter, so that tests bring their own.
#[derive(Clone, Debug, Default)]
pub struct Sources {
    /// The project's folder.
    pub project: PathBuf,
    /// The process's environment.
    pub environment: Vec<(String, String)>,
    /// `--set a.b=VALUE`, each as given; flags with a name of their own are added to them.
    pub flags: Vec<String>,
}

impl Sources {
    /// Returns the sources of the process for the project in `project`.
    pub fn of_process(project: impl Into<PathBuf>, flags: Vec<String>) -> Self {
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self {
            project: project.into(),
            environment,
            flags,
        }
    }
}

/// The variables that `env:NAME` may name: those of the process before those of `.env`.
#[derive(Debug)]
pub(crate) struct Environment<'a> {
    process: &'a [(String, String)],
    dotenv: &'a [Variable],
}

impl Environment<'_> {
    /// Returns the variable `name`; the error says that it is missing.
    pub(crate) fn get(&self, name: &str) -> Result<String, String> {
        let process = self.process.iter().find(|(known, _)| known == name);
        let dotenv = || self.dotenv.iter().rev().find(|known| known.name == name);
        process
            .map(|(_, value)| value.clone())
            .or_else(|| dotenv().map(|known| known.value.clone()))
            .ok_or_else(|| {
                format!("a reference to the environment variable {name}, which is not set")
            })
    }
}

/// The value of every setting.
#[derive(Debug)]
pub(crate) struct Values {
    values: BTreeMap<String, Value>,
    /// What a Supabase project's file holds that has no meaning here.
    pub(crate) warnings: Vec<String>,
}

impl Values {
    /// Reads every source of `sources`.
    pub(crate) fn read(sources: &Sources) -> Result<Self> {
        let dotenv = match read_optional(&sources.project.join(".env"))? {
            Some(text) => dotenv::parse(&text)?,
            None => Vec::new(),
        };
        let environment = Environment {
            process: &sources.environment,
            dotenv: &dotenv,
        };
        let mut values = Self {
            values: defaults()?,
            warnings: Vec::new(),
        };
        if let Some(text) = read_optional(&sources.project.join(underpin_toml::FILE))? {
            values
                .values
                .extend(underpin_toml::read(&text, &environment)?);
        } else if let Some(text) = read_optional(&sources.project.join(supabase::FILE))? {
            let (read, warnings) = supabase::read(&text, &environment)?;
            values.values.extend(read);
            values.warnings = warnings;
        }
        for variable in &dotenv {
            values
                .set_from_variable(&variable.name, &variable.value)
                .map_err(|error| error.at(".env", variable.line))?;
        }
        for (name, value) in &sources.environment {
            values.set_from_variable(name, value)?;
        }
        for flag in &sources.flags {
            values.set_from_flag(flag)?;
        }
        values.complete()?;
        Ok(values)
    }

    /// Gives every source the settings of which nothing is said.
    fn complete(&mut self) -> Result<()> {
        let sources: Vec<String> = self.sources().into_iter().map(str::to_owned).collect();
        for source in sources {
            for entry in SETTINGS.iter().filter(|entry| table::is_of_source(entry)) {
                let setting = table::source(entry.name).map_or("", |(_, setting)| setting);
                let value = entry.kind.read_text(entry.default);
                let value = value.map_err(|found| invalid(entry, &found, "default"))?;
                let name = format!("sources.{source}.{setting}");
                self.values.entry(name).or_insert(value);
            }
        }
        Ok(())
    }

    /// `UNDERPIN_A__B=value` sets `a.b`; other variables are not ours.
    fn set_from_variable(&mut self, variable: &str, text: &str) -> Result<()> {
        let Some(name) = variable
            .strip_prefix("UNDERPIN_")
            .filter(|name| name.contains("__"))
        else {
            return Ok(());
        };
        let name = name.replace("__", ".").to_ascii_lowercase();
        self.set_text(&name, text, &format!("environment variable {variable}"))
    }

    fn set_from_flag(&mut self, flag: &str) -> Result<()> {
        let (name, text) = flag.split_once('=').ok_or_else(|| {
            Error::new(
                Code::USAGE,
                format!("expected --set a.b=VALUE, found \"{flag}\""),
            )
        })?;
        self.set_text(name.trim(), text, "flag --set")
    }

    fn set_text(&mut self, name: &str, text: &str, origin: &str) -> Result<()> {
        let entry = table::find(name).ok_or_else(|| unknown(name, origin))?;
        let value = entry
            .kind
            .read_text(text)
            .map_err(|found| invalid(entry, &found, origin))?;
        self.values.insert(name.to_owned(), value);
        Ok(())
    }

    /// Returns a boolean setting.
    pub(crate) fn boolean(&self, name: &str) -> Result<bool> {
        match self.get(name)? {
            Value::Boolean(value) => Ok(*value),
            _ => Err(mistaken(name)),
        }
    }

    /// Returns an integer setting in the type that its reader wants; its bounds are in the table.
    pub(crate) fn integer<N: TryFrom<i64>>(&self, name: &str) -> Result<N> {
        match self.get(name)? {
            Value::Integer(value) => N::try_from(*value).map_err(|_| mistaken(name)),
            _ => Err(mistaken(name)),
        }
    }

    /// Returns a text or choice.
    pub(crate) fn text(&self, name: &str) -> Result<&str> {
        match self.get(name)? {
            Value::Text(value) => Ok(value),
            _ => Err(mistaken(name)),
        }
    }

    /// Returns a text, or nothing when it is empty.
    pub(crate) fn optional(&self, name: &str) -> Result<Option<String>> {
        let text = self.text(name)?;
        Ok((!text.is_empty()).then(|| text.to_owned()))
    }

    /// Returns a secret, or nothing when it is empty.
    pub(crate) fn secret(&self, name: &str) -> Result<Option<Secret>> {
        Ok(self.optional(name)?.map(Secret::new))
    }

    /// Returns a list.
    pub(crate) fn list(&self, name: &str) -> Result<&[String]> {
        match self.get(name)? {
            Value::List(value) => Ok(value),
            _ => Err(mistaken(name)),
        }
    }

    /// Returns the names of the sources that something is said of.
    pub(crate) fn sources(&self) -> BTreeSet<&str> {
        let names = self.values.keys().filter_map(|name| table::source(name));
        names.map(|(source, _)| source).collect()
    }

    fn get(&self, name: &str) -> Result<&Value> {
        self.values.get(name).ok_or_else(|| mistaken(name))
    }
}

fn defaults() -> Result<BTreeMap<String, Value>> {
    SETTINGS
        .iter()
        .filter(|entry| !table::is_of_source(entry))
        .map(|entry| {
            let value = entry
                .kind
                .read_text(entry.default)
                .map_err(|found| invalid(entry, &found, "default"))?;
            Ok((entry.name.to_owned(), value))
        })
        .collect()
}

/// Returns the error for a setting that does not exist.
pub(crate) fn unknown(name: &str, origin: &str) -> Error {
    let error = Error::new(
        Code::SETTINGS,
        format!("{origin}: there is no setting \"{name}\""),
    );
    match table::nearest(name) {
        Some(nearest) => error.hint(format!("Perhaps you meant \"{nearest}\".")),
        None => error.hint("docs/settings.md lists every setting."),
    }
}

/// Returns the error for a value that its setting cannot take.
pub(crate) fn invalid(entry: &Entry, found: &str, origin: &str) -> Error {
    let found = match entry.kind {
        // What was found is either a kind of TOML value or a reference; never the secret itself.
        Kind::Secret if !found.starts_with("a ") && !found.starts_with("an ") => "something else",
        _ => found,
    };
    Error::new(
        Code::SETTINGS,
        format!(
            "{origin}: setting \"{}\" expects {}, found {found}",
            entry.name,
            entry.kind.expected()
        ),
    )
}

/// The program asks for a setting that the table does not have in that kind.
fn mistaken(name: &str) -> Error {
    Error::internal(format!("setting {name} is not of the kind that is read"))
}

/// Returns the text of a file, or nothing when there is none.
pub(crate) fn read_optional(path: &Path) -> Result<Option<String>> {
    match std::fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::new(
            Code::IO,
            format!("cannot read {}: {error}", path.display()),
        )),
    }
}
