//! Reads that the database executes itself.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use mysql_async::{Row, Value as Raw};
use underpin_base::{Code, Error, Result, Value, ValueRef};
use underpin_query::plan::{Plan, Read};
use underpin_query::reply::Rows;
use underpin_query::request::Format;
use underpin_sql::types::datetime::in_zone;
use underpin_sql::writer::mysql::{self, Dialect, Form, Operand, Query};

use super::codec;
use super::row::{field, fields};
use super::session::Session;
use crate::answer::AnswerWriter;
use crate::sqlite;

/// The most reads whose text is kept.
const KEPT_MAX: usize = 4_096;

/// A read in the database's words.
#[derive(Debug)]
pub(super) struct Written {
    pub(super) rows: Query,
    pub(super) total: Option<Query>,
}

/// A read, and its text; nothing when the database cannot say it.
type Known = (Weak<Read>, Option<Arc<Written>>);

/// The reads that were written, or found to be none that the database can say, by their places in memory.
#[derive(Debug, Default)]
pub(super) struct Texts {
    known: Mutex<HashMap<usize, Known>>,
}

impl Texts {
    /// Returns the read in the database's words; nothing when it cannot say it.
    pub(super) fn of(&self, read: &Arc<Read>, dialect: &Dialect) -> Result<Option<Arc<Written>>> {
        let place = Arc::as_ptr(read) as usize;
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((weak, written)) = known.get(&place)
            && weak.ptr_eq(&Arc::downgrade(read))
        {
            return Ok(written.clone());
        }
        let written = write(read, dialect)?.map(Arc::new);
        if known.len() >= KEPT_MAX {
            known.retain(|_, (weak, _)| weak.strong_count() > 0);
            if known.len() >= KEPT_MAX {
                known.clear();
            }
        }
        known.insert(place, (Arc::downgrade(read), written.clone()));
        Ok(written)
    }
}

fn write(read: &Read, dialect: &Dialect) -> Result<Option<Written>> {
    if matches!(read.format, Format::Plan(_)) {
        return Ok(None);
    }
    let sayable = |written: Result<Query>| match written {
        Ok(query) => Ok(Some(query)),
        Err(error) if *error.code() == Code::FEATURE_NOT_SUPPORTED => Ok(None),
        Err(error) => Err(error),
    };
    let Some(rows) = sayable(mysql::select(&read.select, dialect))? else {
        return Ok(None);
    };
    let total = match &read.total {
        None => None,
        Some(total) => match sayable(mysql::select(&total.exact, dialect))? {
            Some(query) => Some(query),
            None => return Ok(None),
        },
    };
    Ok(Some(Written { rows, total }))
}

/// Returns the expressions that are to be computed before the read, in the order of their parameters.
pub(super) fn computed(written: &Written) -> impl Iterator<Item = &underpin_sql::tree::Expr> {
    let queries = std::iter::once(&written.rows).chain(&written.total);
    queries
        .flat_map(|query| &query.rendered.binds)
        .filter_map(|(operand, _)| match operand {
            Operand::Computed(expr) => Some(&**expr),
            Operand::Bind(_) => None,
        })
}

/// Returns the values of a read's parameters, of its rows and of its total.
///
/// # Errors
/// `0A000` for a value that the database does not have: the read is to be evaluated elsewhere.
pub(super) fn operands(
    written: &Written,
    computed: Vec<Value>,
    plan: &Plan,
    now: i64,
) -> Result<(Vec<Raw>, Vec<Raw>)> {
    let mut computed = computed.into_iter();
    let mut of = |query: &Query| -> Result<Vec<Raw>> {
        query
            .rendered
            .binds
            .iter()
            .map(|(operand, ty)| {
                let value = match operand {
                    Operand::Bind(bind) => sqlite::bound(plan, now, bind)?,
                    Operand::Computed(_) => computed.next().unwrap_or_default(),
                };
                codec::operand(&value, ty)
            })
            .collect()
    };
    let rows = of(&written.rows)?;
    let total = written.total.as_ref().map(&mut of).transpose()?;
    Ok((rows, total.unwrap_or_default()))
}

/// Executes a read.
///
/// # Errors
/// `57014` past the plan's time, `54001` when the answer is larger than `bytes_max`.
pub(super) async fn read(
    session: &mut Session,
    (read, written): (&Read, &Written),
    (rows, total): (Vec<Raw>, Vec<Raw>),
    plan: &Plan,
    dialect: &Dialect,
    answer: &Answer<'_>,
) -> Result<Rows> {
    let milliseconds = u64::try_from(plan.timeout().as_millis()).unwrap_or(u64::MAX);
    let bounded = |sql: &str| dialect.flavour.bounded_select(sql, milliseconds);
    let both = written.total.is_some();
    if both {
        // Two statements that see one state.
        session
            .run("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            .await?;
        session
            .run("START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY")
            .await?;
    }
    let found = session
        .rows(&bounded(&written.rows.rendered.sql), rows)
        .await;
    let counted = match (&written.total, &found) {
        (Some(query), Ok(_)) => session
            .rows(&bounded(&query.rendered.sql), total)
            .await
            .and_then(|rows| count(&rows))
            .map(Some),
        _ => Ok(None),
    };
    if both && !session.is_lost() {
        session.run("COMMIT").await?;
    }
    let found = found?;
    let total = counted?;
    let count = found.len() as u64;
    if read.head {
        return Ok(Rows {
            count,
            total,
            ..Rows::default()
        });
    }
    let rows = in_zone(plan.timezone(), || {
        let reader = codec::reader(dialect);
        body(read, &written.rows.outputs, found, answer, &reader)
    })?;
    Ok(Rows { total, ..rows })
}

/// The limits of an answer.
#[derive(Debug)]
pub(super) struct Answer<'a> {
    pub(super) bytes_max: usize,
    pub(super) folder: &'a std::path::Path,
}

fn body(
    read: &Read,
    outputs: &[Form],
    found: Vec<Row>,
    answer: &Answer<'_>,
    reader: &codec::Reader,
) -> Result<Rows> {
    let mut body = AnswerWriter::new(read, &read.columns, answer.folder, answer.bytes_max);
    let mut document = Vec::new();
    for row in found {
        for (index, (raw, form)) in fields(row).zip(outputs).enumerate() {
            match form {
                Form::Value(ty) => body.value(index, (&(reader.raw)(raw, ty)?).into()),
                Form::Document(built) => {
                    let Raw::Bytes(bytes) = raw else {
                        body.value(index, ValueRef::Null);
                        continue;
                    };
                    let text = std::str::from_utf8(&bytes).map_err(Error::internal)?;
                    document.clear();
                    built.write(text, &reader.text, &mut document)?;
                    let text = std::str::from_utf8(&document).map_err(Error::internal)?;
                    body.value(index, ValueRef::Text(text));
                }
            }
        }
        body.end_row()?;
    }
    Ok(body.finish())
}

fn count(rows: &[Row]) -> Result<u64> {
    rows.first()
        .and_then(|row| field(row, 0))
        .ok_or_else(|| Error::internal("a count returned no number"))
}
