//! Running a file: its statements one after the other, in one transaction with its record.
//!
//! A file whose first line is `-- no transaction`, or that holds a statement which PostgreSQL runs outside of transactions alone, is
//! run without one: what was done before a statement that fails stays.

use bytes::Bytes;
use underpin_base::{Code, Error, Result};
use underpin_schema::migration::{File, Note};

use super::split::{Statement, split};
use super::view::Silent;
use super::{history, lock};
use crate::migration::FileReport;
use crate::postgres::client::Connection;

/// The first line of a file that asks for no transaction.
const NO_TRANSACTION: &str = "-- no transaction";

/// What tells servers that the schema has changed.
pub(super) const NOTIFY: &str = "notify pgrst, 'reload schema'";

/// Names are looked up as on Supabase, and a migration may take its time.
const SETTINGS: &str = "search_path to \"$user\", public, extensions; \
                        set statement_timeout to 0; set lock_timeout to 0; \
                        set idle_in_transaction_session_timeout to 0";

/// Takes back what a file has set for its session.
const RESET: &str = "reset session authorization; reset role; reset all";

/// A file, and how it is run.
#[derive(Debug)]
pub(super) struct Script {
    pub(super) file: File,
    statements: Vec<Statement>,
    /// Why it cannot run in a transaction, and the line of that.
    alone: Option<(usize, &'static str)>,
    notes: Vec<Note>,
}

impl Script {
    /// Reads the statements of a file.
    ///
    /// # Errors
    /// `migration_refused` for what only PostgreSQL's shell understands, and for a transaction that is rolled back.
    pub(super) fn read(file: File) -> Result<Self> {
        let mut script = Self {
            statements: Vec::new(),
            alone: file
                .text
                .lines()
                .next()
                .is_some_and(|line| line.trim().eq_ignore_ascii_case(NO_TRANSACTION))
                .then_some((1, "its first line says so")),
            notes: Vec::new(),
            file,
        };
        let statements = split(&script.file.text);
        if script.alone.is_none() {
            script.alone = statements
                .iter()
                .find_map(|it| Some((it.line, outside_transaction(it)?)));
        }
        for statement in statements {
            check(&statement).map_err(|error| error.at(&script.file.path, statement.line))?;
            let is_command = statement.text.starts_with('\\');
            if is_command || script.alone.is_none() && script.is_bracket(&statement)? {
                continue;
            }
            script.statements.push(statement);
        }
        if let Some((line, why)) = script.alone {
            let message = format!("the file runs without a transaction: {why}");
            script.notes.push(Note { line, message });
        }
        Ok(script)
    }

    /// Tells whether the statement begins or ends a transaction, which the file is itself.
    fn is_bracket(&mut self, statement: &Statement) -> Result<bool> {
        let begins = |words: &[&str]| statement.begins(words);
        if (begins(&["rollback"]) || begins(&["abort"]))
            && !statement.words.iter().any(|word| word == "to")
        {
            return Err(Error::new(
                Code::MIGRATION,
                "a migration cannot roll its own transaction back",
            )
            .hint("Leave it out: each file is one transaction, which is rolled back when a statement fails.")
            .at(&self.file.path, statement.line));
        }
        let is_bracket = [
            &["begin"][..],
            &["start", "transaction"],
            &["commit"],
            &["end"],
        ]
        .into_iter()
        .any(begins);
        if is_bracket {
            self.notes.push(Note {
                line: statement.line,
                message: "the file is one transaction anyway: this has no effect".to_owned(),
            });
        }
        Ok(is_bracket)
    }

    /// Tells whether the file runs in a transaction.
    pub(super) fn is_transactional(&self) -> bool {
        self.alone.is_none()
    }

    /// Returns the line of what does not run in a transaction.
    pub(super) fn first_line(&self) -> usize {
        self.alone.map_or(1, |(line, _)| line)
    }

    /// Returns what is told of the file.
    pub(super) fn report(&self) -> FileReport {
        FileReport {
            path: self.file.path.clone(),
            statements: self.statements.iter().map(|it| it.text.clone()).collect(),
            notes: self.notes.clone(),
        }
    }

    /// Runs the statements in the transaction that is open.
    ///
    /// # Errors
    /// PostgreSQL's, with file and line.
    pub(super) async fn run_within(&self, connection: &mut Connection) -> Result<()> {
        connection.simple(&format!("set {SETTINGS}")).await?;
        let silent = Silent::find(connection).await?;
        for statement in &self.statements {
            let done = match &statement.data {
                None => connection.simple(&statement.text).await.map(drop),
                Some(data) => copy(connection, &statement.text, data).await,
            };
            done.map_err(|error| self.located(error, statement))?;
        }
        connection
            .simple("reset session authorization; reset role")
            .await?;
        silent.answer(connection).await
    }

    /// Says where in the file an error lies.
    fn located(&self, error: Error, statement: &Statement) -> Error {
        error
            .below(statement.line - 1)
            .at("", statement.line)
            .at(&self.file.path, statement.line)
    }

    /// Applies and records the file; tells whether another process had done so meanwhile.
    ///
    /// # Errors
    /// PostgreSQL's, with file and line.
    pub(super) async fn apply(&self, connection: &mut Connection) -> Result<bool> {
        if !self.is_transactional() {
            return self.apply_alone(connection).await;
        }
        lock::begin(connection).await?;
        let done = self.apply_within(connection).await;
        let end = match &done {
            Ok(true) => "commit",
            _ => "rollback",
        };
        finish(connection, end, done).await
    }

    async fn apply_within(&self, connection: &mut Connection) -> Result<bool> {
        if history::History::read(connection)
            .await?
            .knows(&self.file.version)
        {
            return Ok(false);
        }
        self.run_within(connection).await?;
        history::record(connection, &self.file, false).await?;
        connection.simple(NOTIFY).await?;
        Ok(true)
    }

    async fn apply_alone(&self, connection: &mut Connection) -> Result<bool> {
        lock::take(connection).await?;
        let done = self.apply_bare(connection).await;
        // A statement of the file may have begun a transaction and failed in it.
        let done = finish(connection, "rollback", done).await;
        lock::release(connection).await?;
        done
    }

    async fn apply_bare(&self, connection: &mut Connection) -> Result<bool> {
        if history::History::read(connection)
            .await?
            .knows(&self.file.version)
        {
            return Ok(false);
        }
        let ran = self.run_within(connection).await;
        ran.map_err(|error| match error.get_hint() {
            Some(_) => error,
            None => error.hint(
                "The file runs without a transaction: the statements before this one are done, and the file is not recorded as applied.",
            ),
        })?;
        history::record(connection, &self.file, false).await?;
        connection.simple(NOTIFY).await?;
        Ok(true)
    }
}

/// Carries out a `copy … from stdin`. An error in the data lies on its line, as if the data were a part of the statement's text.
async fn copy(connection: &mut Connection, sql: &str, data: &str) -> Result<()> {
    let mut data = Some(Bytes::copy_from_slice(data.as_bytes()));
    let copied = connection
        .copy_in(sql, async || {
            Ok(data.take().filter(|data| !data.is_empty()))
        })
        .await;
    copied.map(drop).map_err(|error| {
        // PostgreSQL tells the line in its context alone: `COPY a, line 2, column n: "x"`.
        let context = error.get_cause().filter(|cause| cause.starts_with("COPY "));
        let line = context.and_then(|context| {
            let (_, rest) = context.split_once(", line ")?;
            let digits = rest.split(|it: char| !it.is_ascii_digit()).next()?;
            digits.parse::<usize>().ok()
        });
        match line {
            Some(line) => error.at("", sql.lines().count() + line),
            None => error,
        }
    })
}

/// Ends a transaction and takes back what was set; an error of the work comes before those of the end.
pub(super) async fn finish<T>(
    connection: &mut Connection,
    end: &str,
    done: Result<T>,
) -> Result<T> {
    let ended = connection.simple(end).await;
    let reset = connection.simple(RESET).await;
    let done = done?;
    ended?;
    reset?;
    Ok(done)
}

/// Refuses what only PostgreSQL's shell understands.
fn check(statement: &Statement) -> Result<()> {
    let is_command = statement.text.starts_with('\\');
    if is_command && !statement.begins(&["\\restrict"]) && !statement.begins(&["\\unrestrict"]) {
        let command = statement.words.first().map(String::as_str);
        return Err(Error::new(
            Code::MIGRATION,
            format!(
                "\"{}\" is understood by psql alone",
                command.unwrap_or_default()
            ),
        )
        .hint("Leave it out."));
    }
    Ok(())
}

/// Returns why PostgreSQL does not run a statement in a transaction; nothing when it does.
pub(super) fn outside_transaction(statement: &Statement) -> Option<&'static str> {
    let has = |word: &str| statement.words.iter().any(|it| it == word);
    let begins = |words: &[&str]| statement.begins(words);
    let makes = |kind: &str| begins(&["create", kind]) || begins(&["drop", kind]);
    let indexes = begins(&["create", "index"])
        || begins(&["create", "unique", "index"])
        || begins(&["drop", "index"])
        || begins(&["reindex"]);
    if indexes && has("concurrently") {
        return Some("an index is made, rebuilt or dropped concurrently");
    }
    if begins(&["alter", "table"]) && has("detach") && has("concurrently") {
        return Some("a partition is detached concurrently");
    }
    let whole = ["database", "schema", "system"];
    if begins(&["reindex"]) && whole.into_iter().any(has) {
        return Some("every index is rebuilt");
    }
    if begins(&["vacuum"]) {
        return Some("`vacuum` cannot run in one");
    }
    if begins(&["alter", "system"]) {
        return Some("`alter system` cannot run in one");
    }
    if makes("database") || makes("tablespace") || makes("subscription") {
        return Some("databases, tablespaces and subscriptions cannot be made or dropped in one");
    }
    None
}
