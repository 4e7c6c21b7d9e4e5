//! What a copy is asked for, and what it tells.

use underpin_base::QualifiedName;
use underpin_schema::migration::File;

/// What a copy is asked for.
#[derive(Clone, Debug, Default)]
pub struct CopyOptions {
    /// The project's migrations.
    pub files: Vec<File>,
    /// What people are told where the source is. The target remembers it, so that a copy goes on from the same source.
    pub source: String,
    /// Begin anew, instead of going on with a copy that was broken off: what it has written is removed.
    pub restart: bool,
}

/// What a copy tells while it runs.
#[derive(Clone, Copy, Debug)]
pub enum CopyEvent<'a> {
    /// Something that whoever copies should know.
    Note(&'a str),
    /// A migration was applied to the target.
    Migrated(&'a str),
    /// So many rows of a table are done.
    Rows {
        /// The table.
        table: &'a QualifiedName,
        /// What is done with its rows.
        stage: CopyStage,
        /// How many are done.
        done: u64,
        /// How many there are.
        total: u64,
    },
    /// A table is done.
    Table {
        /// The table.
        table: &'a QualifiedName,
        /// What was done with its rows.
        stage: CopyStage,
        /// How many it has.
        rows: u64,
    },
}

/// What is done with the rows of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyStage {
    /// They are written to the target.
    Copy,
    /// They get what they refer to, which came after them.
    Link,
    /// They are compared.
    Compare,
}

/// What a copy did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyReport {
    /// The migrations that the target got, or would get.
    pub migrations: Vec<String>,
    /// The tables, in the order in which they are copied.
    pub tables: Vec<CopiedTable>,
}

/// A table that was copied, or would be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopiedTable {
    /// Its name.
    pub name: QualifiedName,
    /// How many rows it has.
    pub rows: u64,
    /// Whether a copy that is broken off goes on within the table; one without a key is begun anew.
    pub resumes: bool,
}
