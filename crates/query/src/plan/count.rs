//! How the rows of a request are counted: exactly, or about.
//!
//! PostgreSQL's planner knows from its statistics about how many rows a query has. Here a sample of the table's rows is asked instead, with
//! the policies of whoever asks, so that an estimate tells nothing of rows that he may not see.

use underpin_base::{Name, QualifiedName, Result};
use underpin_sql::functions::Aggregate;
use underpin_sql::tree::{Expr, From, Output, Select, Simple};

use super::field::aggregate;
use super::invoke::seen_first;
use super::read::{Level, bigint};
use super::world::{Planner, Source};
use crate::request::{Count, Request};

/// How the total of a read is found out.
#[derive(Clone, Debug)]
pub struct Total {
    /// The query that counts every row: one row, one column.
    pub exact: Select,
    /// What tells how many there are about, where that is asked for and can be.
    pub estimate: Option<Estimate>,
}

/// How the total of a read is estimated.
#[derive(Clone, Debug)]
pub struct Estimate {
    /// The table that the rows are of.
    pub table: QualifiedName,
    /// The query that counts those of the rows that are [`From::Affected`] of the table: one row, one column.
    pub sample: Select,
    /// What counts the rows so far as an exact count is promised.
    pub bounded: Option<Bounded>,
}

/// A count that ends.
#[derive(Clone, Debug)]
pub struct Bounded {
    /// The query: one row, one column.
    pub select: Select,
    /// The most that it counts exactly; one more means more.
    pub most: u64,
}

impl Total {
    /// Returns a total that is counted.
    pub fn exact(exact: Select) -> Self {
        Self {
            exact,
            estimate: None,
        }
    }
}

impl Planner<'_> {
    /// Returns how the rows of a request are counted, without its limit and offset.
    pub(super) fn total(
        &mut self,
        request: &Request,
        source: &Source,
        count: Count,
    ) -> Result<Total> {
        let alias = self.alias(&request.target.name);
        let level = Level::plan(self, source, &alias, &request.query, false)?;
        let (rows, visible) = self.rows_of(source, &alias)?;
        let filter = seen_first(visible, level.filter.clone());
        let most = self.world.settings.limits.rows_max;
        let estimate = match (count, &rows) {
            // All rows of a table are counted without a look into them.
            (Count::Planned | Count::Estimated, From::Table { table, alias })
                if !filter.is_true() =>
            {
                let sampled = From::Affected {
                    table: table.clone(),
                    alias: alias.clone(),
                };
                let bounded = (count == Count::Estimated)
                    .then(|| bounded(self, level.join_onto(rows.clone()), &filter, most));
                Some(Estimate {
                    table: table.clone(),
                    sample: counted(level.join_onto(sampled), filter.clone())?,
                    bounded: bounded.transpose()?,
                })
            }
            _ => None,
        };
        Ok(Total {
            exact: counted(level.join_onto(rows), filter)?,
            estimate,
        })
    }
}

/// Returns the query that counts the rows of `from` where `filter` holds.
pub(super) fn counted(from: From, filter: Expr) -> Result<Select> {
    let count = aggregate(Aggregate::Count, None)?;
    Ok(one("count", count, from, filter))
}

fn bounded(planner: &mut Planner<'_>, from: From, filter: &Expr, most: u64) -> Result<Bounded> {
    let rows = Select {
        limit: Some(bigint(most.saturating_add(1))),
        ..one("one", Expr::bool(true), from, filter.clone())
    };
    let from = From::Subquery {
        select: Box::new(rows),
        alias: planner.alias(&Name::from("counted")),
        lateral: false,
    };
    Ok(Bounded {
        select: counted(from, Expr::bool(true))?,
        most,
    })
}

fn one(name: &str, expr: Expr, from: From, filter: Expr) -> Select {
    Select::simple(Simple {
        outputs: vec![Output {
            name: Name::from(name),
            expr,
        }],
        from: vec![from],
        filter: (!filter.is_true()).then_some(filter),
        ..Simple::default()
    })
}
