//! [`Part`]: what is copied of one table, as the source reads it ([`Scan`]) and as the target writes it ([`Load`]).

use std::sync::Arc;

use underpin_base::{Error, Name, QualifiedName, Result, Value, ValueRef};
use underpin_schema::catalog::{Generated, Key, Table};
use underpin_sql::types::{self, ColumnType, Type};

/// The most rows of a batch.
pub(crate) const BATCH_ROWS_MAX: usize = 4_096;

/// About how many bytes of values a batch has at most; a single row may have more.
pub(crate) const BATCH_BYTES_MAX: usize = 4 << 20;

/// Rows on their way, each with the values of the columns of its [`Scan`].
pub(crate) type Batch = Vec<Vec<Value>>;

/// A table of which every row is read, in the order of its key.
#[derive(Clone, Debug)]
pub(crate) struct Scan {
    /// The table.
    pub(crate) table: QualifiedName,
    /// The columns that are read.
    pub(crate) columns: Vec<(Name, ColumnType)>,
    /// The places of those of them that tell a row; none when the table has no key.
    pub(crate) key: Vec<usize>,
}

impl Scan {
    /// Returns the scan of every column of `table`.
    pub(crate) fn of(table: &Table) -> Self {
        let column = |name: &Name| table.columns.iter().position(|it| it.name == *name);
        let columns = table.columns.iter();
        Self {
            table: table.name.clone(),
            columns: columns.map(|it| (it.name.clone(), it.ty.clone())).collect(),
            key: key(table)
                .map(|key| key.columns.iter().filter_map(column).collect())
                .unwrap_or_default(),
        }
    }

    /// Returns the place of a row: its key.
    pub(crate) fn position(&self, row: &[Value]) -> Vec<Value> {
        let places = self.key.iter();
        places
            .map(|place| row.get(*place).cloned().unwrap_or_default())
            .collect()
    }

    /// Returns the columns of the key.
    pub(crate) fn key_columns(&self) -> impl Iterator<Item = &(Name, ColumnType)> {
        self.key.iter().filter_map(|place| self.columns.get(*place))
    }

    /// Returns a place as it is kept, which [`Scan::read_position`] reads.
    pub(crate) fn write_position(&self, position: &[Value]) -> String {
        let texts: Vec<String> = self
            .key_columns()
            .zip(position)
            .map(|((_, column), value)| printed(&column.ty, value))
            .collect();
        serde_json::Value::from(texts).to_string()
    }

    /// Reads a place that was kept.
    ///
    /// # Errors
    /// An internal error when it is the place of another table.
    pub(crate) fn read_position(&self, text: &str) -> Result<Vec<Value>> {
        let texts: Vec<String> = serde_json::from_str(text).map_err(Error::internal)?;
        if texts.len() != self.key.len() {
            return Err(Error::internal(
                "the place of a copy is not one of its table",
            ));
        }
        self.key_columns()
            .zip(&texts)
            .map(|((_, column), text)| types::input_column(column, text))
            .collect()
    }
}

/// Returns a value as PostgreSQL prints it.
pub(crate) fn printed(ty: &Type, value: &Value) -> String {
    let mut text = String::new();
    types::output(ty, ValueRef::from(value), &mut text);
    text
}

/// A table into which rows are written.
#[derive(Clone, Debug)]
pub(crate) struct Load {
    /// The table, and the columns of the rows that come.
    pub(crate) scan: Scan,
    /// The places of the columns that are written; the target computes the others.
    pub(crate) written: Vec<usize>,
    /// The places of those of them that stay null until every table has its rows: they refer to rows that come later.
    pub(crate) late: Vec<usize>,
}

/// What is copied of one table.
#[derive(Clone, Debug)]
pub(crate) struct Part {
    /// The table of the source.
    pub(crate) scan: Arc<Scan>,
    /// The table of the target.
    pub(crate) load: Arc<Load>,
}

impl Part {
    /// Returns what is copied of `source` into `target`, whose columns in `late` wait for other rows.
    pub(crate) fn new(source: &Table, target: &Table, late: &[Name]) -> Self {
        let scan = Scan::of(source);
        let of_target = |name: &Name| target.columns.iter().find(|it| it.name == *name);
        let columns = scan.columns.iter().map(|(name, ty)| {
            let ty = of_target(name).map_or_else(|| ty.clone(), |column| column.ty.clone());
            (name.clone(), ty)
        });
        let into = Scan {
            columns: columns.collect(),
            ..scan.clone()
        };
        let is_written = |(place, (name, _)): (usize, &(Name, ColumnType))| {
            let generated = of_target(name).and_then(|column| column.generated.as_ref());
            (!matches!(generated, Some(Generated::Stored(_)))).then_some(place)
        };
        let written = scan.columns.iter().enumerate().filter_map(is_written);
        let is_late =
            |(place, (name, _)): (usize, &(Name, ColumnType))| late.contains(name).then_some(place);
        let load = Load {
            written: written.collect(),
            late: scan
                .columns
                .iter()
                .enumerate()
                .filter_map(is_late)
                .collect(),
            scan: into,
        };
        Self {
            scan: Arc::new(scan),
            load: Arc::new(load),
        }
    }
}

/// Returns the key by which the rows of a table are told apart and put in order: the primary key, or another that is never null.
pub(super) fn key(table: &Table) -> Option<&Key> {
    let is_never_null = |key: &&Key| {
        let mut columns = key.columns.iter().map(|name| table.column(name));
        columns.all(|column| column.is_some_and(|column| column.not_null))
    };
    let uniques = table.uniques.iter().filter(is_never_null);
    table.primary_key.iter().chain(uniques).next()
}
