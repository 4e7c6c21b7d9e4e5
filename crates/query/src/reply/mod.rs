//! What an engine returned, and the answer that is made of it.
//!
//! [`Reply::build`] is the last pure stage of the road: an [`Outcome`] becomes status, headers and body by `wire.md` §1.9.
//! [`Reply::error`] does the same for an error, §1.13.

mod body;
mod error;
mod outcome;
mod range;
#[cfg(test)]
mod tests;

pub use body::BodyWriter;
pub use outcome::{Outcome, Rows};

use underpin_base::{Error, Result};

use crate::request::{Action, Count, Format, Request, Resolution, Return, TransactionEnd};
use crate::{ApiSettings, TransactionOverride};

/// An answer, free of any web framework.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// The body; empty when there is none.
    pub body: Vec<u8>,
}

impl Reply {
    /// Returns the answer to `request` for what the engine returned.
    ///
    /// # Errors
    /// PGRST116 when a single object was asked for and the result has another number of rows; PGRST103 when the offset lies behind the last row.
    pub fn build(request: &Request, outcome: Outcome, settings: &ApiSettings) -> Result<Self> {
        let mut reply = match &request.action {
            Action::Read | Action::Call { .. } => read(request, outcome)?,
            Action::Insert { .. } | Action::Put { .. } => inserted(request, outcome)?,
            Action::Update { .. } => updated(request, outcome)?,
            Action::Delete => deleted(request, outcome)?,
        };
        if let Some(applied) = preference_applied(request, settings) {
            reply.headers.push(("preference-applied", applied));
        }
        Ok(reply)
    }
}

fn read(request: &Request, outcome: Outcome) -> Result<Reply> {
    let rows = outcome.rows.unwrap_or_default();
    is_single(request, &rows)?;
    let offset = request.query.offset;
    let status = range::status(offset, rows.count, rows.total)?;
    let mut headers = vec![(
        "content-range",
        range::header(offset, rows.count, rows.total),
    )];
    headers.push(("content-type", content_type(request.format)));
    Ok(Reply {
        status,
        headers,
        body: rows.body,
    })
}

fn inserted(request: &Request, outcome: Outcome) -> Result<Reply> {
    let nothing_new =
        outcome.inserted == 0 && outcome.affected > 0 && request.preferences.resolution.is_some();
    let status = if nothing_new { 200 } else { 201 };
    let range = format!("*/{}", total(request, outcome.affected));
    written(request, outcome, status, status, range)
}

fn updated(request: &Request, outcome: Outcome) -> Result<Reply> {
    let total = request
        .preferences
        .count
        .is_some()
        .then_some(outcome.affected);
    let range = range::header(0, outcome.affected, total);
    written(request, outcome, 200, 204, range)
}

fn deleted(request: &Request, outcome: Outcome) -> Result<Reply> {
    let range = format!("*/{}", total(request, outcome.affected));
    written(request, outcome, 200, 204, range)
}

fn total(request: &Request, affected: u64) -> String {
    match request.preferences.count {
        Some(_) => affected.to_string(),
        None => "*".to_owned(),
    }
}

/// The answer to a write: `with_body` is the status when rows are returned, `without` when they are not.
fn written(
    request: &Request,
    outcome: Outcome,
    with_body: u16,
    without: u16,
    range: String,
) -> Result<Reply> {
    let mut headers = vec![("content-range", range)];
    match (request.preferences.r#return, outcome.rows) {
        (Some(Return::Representation), Some(rows)) => {
            is_single(request, &rows)?;
            headers.push(("content-type", content_type(request.format)));
            Ok(Reply {
                status: with_body,
                headers,
                body: rows.body,
            })
        }
        (Some(Return::HeadersOnly), Some(rows)) => {
            headers.extend(location(request, &rows.body).map(|path| ("location", path)));
            Ok(Reply {
                status: without,
                headers,
                body: Vec::new(),
            })
        }
        _ => Ok(Reply {
            status: without,
            headers,
            body: Vec::new(),
        }),
    }
}

/// `Location` of the one row that was made: its primary key as filters.
fn location(request: &Request, key: &[u8]) -> Option<String> {
    let rows: Vec<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(key).ok()?;
    let [row] = rows.as_slice() else { return None };
    let filters: Vec<String> = row
        .iter()
        .map(|(column, value)| {
            let text = value
                .as_str()
                .map_or_else(|| value.to_string(), str::to_owned);
            let encoded =
                percent_encoding::utf8_percent_encode(&text, percent_encoding::NON_ALPHANUMERIC);
            format!("{column}=eq.{encoded}")
        })
        .collect();
    (!filters.is_empty()).then(|| format!("/{}?{}", request.target.name, filters.join("&")))
}

fn is_single(request: &Request, rows: &Rows) -> Result<()> {
    if matches!(request.format, Format::Object { .. }) && rows.count != 1 {
        return Err(not_single(rows.count));
    }
    Ok(())
}

/// Returns the error for a result of `count` rows where one was asked for. An engine raises it within the transaction of a write, so that
/// nothing is changed.
pub fn not_single(count: u64) -> Error {
    Error::new(
        underpin_base::Code::NOT_SINGLE,
        "Cannot coerce the result to a single JSON object",
    )
    .details(format!("The result contains {count} rows"))
}

fn content_type(format: Format) -> String {
    let (media_type, strip_nulls) = match format {
        Format::Array { strip_nulls: true } => ("application/vnd.pgrst.array+json", true),
        Format::Array { strip_nulls: false } => ("application/json", false),
        Format::Object { strip_nulls } => ("application/vnd.pgrst.object+json", strip_nulls),
        Format::Csv => ("text/csv", false),
    };
    let stripped = if strip_nulls { "; nulls=stripped" } else { "" };
    format!("{media_type}{stripped}; charset=utf-8")
}

/// `Preference-Applied`, in PostgREST's order; only what had an effect.
fn preference_applied(request: &Request, settings: &ApiSettings) -> Option<String> {
    let preferences = &request.preferences;
    let is_insert = matches!(request.action, Action::Insert { .. });
    let mut applied: Vec<String> = Vec::new();
    if let (true, Some(resolution)) = (is_insert, preferences.resolution) {
        applied.push(format!(
            "resolution={}",
            match resolution {
                Resolution::MergeDuplicates => "merge-duplicates",
                Resolution::IgnoreDuplicates => "ignore-duplicates",
            }
        ));
    }
    if let (true, Some(missing_default)) = (is_insert, preferences.missing_default) {
        applied.push(format!(
            "missing={}",
            if missing_default { "default" } else { "null" }
        ));
    }
    if let (false, Some(r#return)) = (request.action == Action::Read, preferences.r#return) {
        applied.push(format!(
            "return={}",
            match r#return {
                Return::Minimal => "minimal",
                Return::HeadersOnly => "headers-only",
                Return::Representation => "representation",
            }
        ));
    }
    if let Some(count) = preferences.count {
        applied.push(format!(
            "count={}",
            match count {
                Count::Exact => "exact",
                Count::Planned => "planned",
                Count::Estimated => "estimated",
            }
        ));
    }
    let may_override = settings.tx_end != TransactionOverride::Commit;
    if let (true, Some(tx)) = (may_override, preferences.tx) {
        applied.push(format!(
            "tx={}",
            match tx {
                TransactionEnd::Commit => "commit",
                TransactionEnd::Rollback => "rollback",
            }
        ));
    }
    if let Some(strict) = preferences.strict {
        applied.push(format!(
            "handling={}",
            if strict { "strict" } else { "lenient" }
        ));
    }
    if let (Some(true), Some(max)) = (preferences.strict, preferences.max_affected) {
        applied.push(format!("max-affected={max}"));
    }
    (!applied.is_empty()).then(|| applied.join(", "))
}
