//! What is told about migrations: [`MigrationReport`] of a run, [`MigrationStatus`] of each file.

use underpin_schema::migration::Note;

/// What a run of migrations did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MigrationReport {
    /// The files that were applied, in their order.
    pub files: Vec<FileReport>,
}

/// What one file did, or would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileReport {
    /// The file's path.
    pub path: String,
    /// The engine's statements.
    pub statements: Vec<String>,
    /// What the author should know: statements that were accepted and do nothing here.
    pub notes: Vec<Note>,
}

/// Where one migration stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrationStatus {
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: String,
    /// Where it stands.
    pub state: MigrationState,
}

/// Where a migration stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MigrationState {
    /// It was applied, at this time in microseconds since 1970.
    Applied(i64),
    /// It was applied, and its file has been edited since.
    Edited,
    /// It was applied, and its file is gone.
    Missing,
    /// It is yet to be applied.
    Pending,
}

/// What a statement of [`crate::Store::shell`] returned.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct ShellResult {
    /// The names of the columns; none for a statement that returns no rows.
    pub columns: Vec<String>,
    /// The rows.
    pub rows: Vec<Vec<underpin_base::Value>>,
    /// How many rows it changed.
    pub changed: u64,
    /// There were more rows than a shell shows.
    pub cut: bool,
}
