//! [`Counter`]: what counts up beside the rows: the counters of columns, and sequences.

use underpin_base::{Name, QualifiedName};
use underpin_schema::catalog::{Catalog, Generated};

/// What counts up.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Counted {
    /// A column of a table.
    Column(QualifiedName, Name),
    /// A sequence of its own.
    Sequence(QualifiedName),
}

/// A counter, and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Counter {
    /// What counts up.
    pub(crate) counted: Counted,
    /// The value that comes next, when that is known. A column's is past its highest value in any case.
    pub(crate) next: Option<i64>,
}

/// Returns the columns of `catalog` that count up, and the sequence that each is counted by, when its default names one.
pub(crate) fn counted_columns(catalog: &Catalog) -> Vec<(QualifiedName, Name, Option<String>)> {
    let mut all = Vec::new();
    for table in catalog.tables.values() {
        for column in &table.columns {
            let default = column.default.as_ref();
            let sequence = default.and_then(|default| sequence_in(&default.text));
            let counts = matches!(
                column.generated,
                Some(Generated::IdentityAlways | Generated::IdentityByDefault)
            );
            if counts || sequence.is_some() {
                all.push((table.name.clone(), column.name.clone(), sequence));
            }
        }
    }
    all
}

/// Returns the sequence of which a default is the next value.
fn sequence_in(default: &str) -> Option<String> {
    let rest = default.strip_prefix("nextval('")?;
    rest.split_once('\'').map(|(name, _)| name.to_owned())
}
