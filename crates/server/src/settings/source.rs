//! [`Source`]: `[sources.NAME]`, a further database beside the project's own.

use std::path::{Path, PathBuf};

use underpin_base::{Code, Error, Name, Result};
use underpin_query::ApiSettings;

use super::Place;
use super::layers::Values;

/// The folder of what a project says of its sources.
pub(crate) const SOURCES: &str = "sources";

/// The longest name of a source in bytes: PostgreSQL's of a schema.
const NAME_BYTES_MAX: usize = 63;

/// A further database.
#[derive(Clone, Debug)]
pub struct Source {
    /// The schema by which requests reach it.
    pub name: Name,
    /// Where it is.
    pub place: Place,
    /// The schema of it that requests reach.
    pub schema: Name,
    /// It is not the project's to change.
    pub existing: bool,
}

impl Source {
    /// Returns the folder of what the project says of it, below the project's.
    pub fn folder(&self) -> PathBuf {
        Path::new(SOURCES).join(&*self.name)
    }
}

/// Reads the sources; their names are no longer the project's own schemas then.
pub(super) fn read(values: &Values, project: &Path, api: &mut ApiSettings) -> Result<Vec<Source>> {
    let mut sources = Vec::new();
    for name in values.sources() {
        check_name(name)?;
        let setting = |setting: &str| format!("sources.{name}.{setting}");
        let url = values.text(&setting("url"))?;
        let origin = format!("setting \"{}\"", setting("url"));
        if !api.schemas.iter().any(|schema| **schema == *name) {
            return Err(Error::new(
                Code::SETTINGS,
                format!("setting \"api.schemas\" expects the source \"{name}\" among its names, found none"),
            )
            .hint("Requests reach a source by a schema of its name."));
        }
        let source = Source {
            name: Name::from(name),
            place: Place::read(&origin, url, project)?,
            schema: Name::from(values.text(&setting("schema"))?),
            existing: values.boolean(&setting("existing"))?,
        };
        source
            .place
            .may_exist(source.existing, &setting("existing"))?;
        sources.push(source);
    }
    let is_source = |schema: &Name| sources.iter().any(|source| source.name == *schema);
    if api.schemas.first().is_some_and(is_source) {
        return Err(Error::new(
            Code::SETTINGS,
            "setting \"api.schemas\" expects a schema of the project's own database first, found a source",
        ));
    }
    let (elsewhere, own) = api.schemas.drain(..).partition(is_source);
    (api.schemas, api.elsewhere) = (own, elsewhere);
    Ok(sources)
}

/// Refuses two databases in one file, which has one writer.
///
/// # Errors
/// `settings_invalid` with the name of the source.
pub(super) fn check_files(own: &Place, sources: &[Source]) -> Result<()> {
    let mut files = vec![own.file()];
    for source in sources {
        let file = source.place.file();
        if file.is_some() && files.contains(&file) {
            return Err(Error::new(
                Code::SETTINGS,
                format!(
                    "setting \"sources.{}.url\" expects a file that no other database of the project is in, found one that is taken",
                    source.name
                ),
            ));
        }
        files.push(file);
    }
    Ok(())
}

/// Refuses a name that would have to be quoted, in SQL or in a folder's path.
fn check_name(name: &str) -> Result<()> {
    let is_word = |character: char| {
        character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_'
    };
    let begins = name.starts_with(|first: char| first.is_ascii_lowercase() || first == '_');
    if begins && name.chars().all(is_word) && name.len() <= NAME_BYTES_MAX && name != "public" {
        return Ok(());
    }
    Err(Error::new(
        Code::SETTINGS,
        format!("a source expects a name of lower-case letters, digits and _, found \"{name}\""),
    ))
}
