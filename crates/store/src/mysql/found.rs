//! A database that others made: read as it is, with the rules of the project's files, and never changed but for rows.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;
use std::sync::atomic::Ordering;
use std::time::Duration;

use underpin_base::{QualifiedName, Result};
use underpin_schema::existing;
use underpin_schema::migration::File;
use underpin_schema::mysql::{self, Answers, Row, questions};
use underpin_sql::writer::mysql::Flavour;

use super::engine::{Database, Engine, Server, World};
use super::operate::TIMEOUT;
use super::row::fields;
use super::session::Session;
use crate::declarations::declarations;

/// How often the schema and the rules are read again.
pub(super) const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// Reads the schema, and the rules of `folder`.
pub(super) async fn load(database: &Database, server: &Server, folder: &Path) -> Result<()> {
    let mut session = database.session(server, TIMEOUT).await?;
    let answers = answers(&mut session, server.flavour).await?;
    drop(session);
    let rules = declarations(folder)?;
    let seen = print_of(&answers, &rules);
    // What is the same stays, with all that was planned over it.
    if database.seen.load(Ordering::Acquire) == seen {
        return Ok(());
    }
    let (catalog, dialect) = mysql::found(&answers, server.flavour);
    let catalog = existing::catalog(catalog, &rules)?;
    database.set_world(|generation| World::found(catalog, dialect, generation));
    database.seen.store(seen, Ordering::Release);
    Ok(())
}

/// Returns a number that is another one when the schema or the rules are others; never 0.
fn print_of(answers: &Answers, rules: &[File]) -> u64 {
    let mut hasher = DefaultHasher::new();
    let [relations, rest @ ..] = answers;
    for relation in relations {
        // Without the number of rows.
        relation.get(..3).hash(&mut hasher);
    }
    rest.hash(&mut hasher);
    for file in rules {
        (&file.path, &file.text).hash(&mut hasher);
    }
    hasher.finish().max(1)
}

async fn answers(session: &mut Session, flavour: Flavour) -> Result<Answers> {
    let mut answers = Answers::default();
    for (answer, question) in answers.iter_mut().zip(questions(flavour)) {
        *answer = ask(session, question).await?;
    }
    Ok(answers)
}

async fn ask(session: &mut Session, question: &str) -> Result<Vec<Row>> {
    let text = |raw| match raw {
        mysql_async::Value::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
        _ => None,
    };
    let rows = session.query(question).await?.into_iter();
    Ok(rows.map(|row| fields(row).map(text).collect()).collect())
}

impl Engine {
    /// Returns about how many rows each table has.
    pub(crate) async fn estimated_rows(&self) -> Result<BTreeMap<QualifiedName, u64>> {
        let database = self.database();
        let server = database.server()?;
        let mut session = database.session(server, TIMEOUT).await?;
        let [relations, ..] = questions(server.flavour);
        Ok(mysql::estimated_rows(&ask(&mut session, relations).await?).collect())
    }
}
