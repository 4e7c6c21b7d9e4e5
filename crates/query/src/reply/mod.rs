//! What an engine returned, and the answer that is made of it.
//!
//! [`Reply::build`] is the last pure stage of the road: an [`Outcome`] becomes status, headers and body by `wire.md` §1.9.
//! [`Reply::error`] does the same for an error, §1.13.

mod applied;
mod body;
mod error;
mod location;
mod outcome;
mod plan;
mod range;
mod response;
#[cfg(test)]
mod tests;

pub use body::BodyWriter;
pub use outcome::{Outcome, Rows};
pub use plan::{PlanNode, Ran, explained};
pub use response::Response;

use underpin_base::{Error, Result};

use crate::request::{Action, Count, Format, Request, Resolution, Return, plan_type};
use crate::{ApiSettings, Spool};

/// An answer, free of any web framework.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Reply {
    /// The HTTP status.
    pub status: u16,
    /// Headers, names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// Headers that functions of the project set; they take the place of those of the same name.
    pub own_headers: Vec<(String, String)>,
    /// The beginning of a body that is too large to be held.
    pub spool: Option<Spool>,
    /// The body, or what comes after its beginning; empty when there is none.
    pub body: Vec<u8>,
}

impl Reply {
    /// Returns the answer to `request`, whose query string came as `query`, for what the engine returned.
    ///
    /// # Errors
    /// PGRST116 when a single object was asked for and the result has another number of rows; PGRST103 when the offset lies behind the last row;
    /// PGRST111 and PGRST112 when a function set headers or a status that are none.
    pub fn build(
        request: &Request,
        query: &str,
        mut outcome: Outcome,
        settings: &ApiSettings,
    ) -> Result<Self> {
        let resolved = outcome.resolved;
        let response = std::mem::take(&mut outcome.response);
        let mut reply = match &request.action {
            _ if matches!(request.format, Format::Plan(_)) => planned(request, outcome),
            Action::Read => read(request, query, outcome)?,
            Action::Call { .. } if outcome.is_void => void(),
            Action::Call { .. } => read(request, "", outcome)?,
            Action::Insert { .. } => inserted(request, outcome)?,
            Action::Put { .. } => put(request, outcome)?,
            Action::Update { .. } => updated(request, outcome)?,
            Action::Delete => deleted(request, outcome)?,
        };
        let has_body = reply
            .headers
            .iter()
            .any(|(name, _)| *name == "content-type");
        if has_body && settings.exposed().nth(1).is_some() {
            let schema = settings.shown(&request.target.schema).to_string();
            reply.headers.push(("content-profile", schema));
        }
        response.apply(&mut reply)?;
        if let Some(applied) = applied::header(request, resolved, settings) {
            reply.headers.push(("preference-applied", applied));
        }
        reply.headers.push(("vary", VARY.to_owned()));
        Ok(reply)
    }
}

/// What of a request an answer of the data API depends on.
const VARY: &str = "Accept, Prefer, Range";

fn read(request: &Request, query: &str, outcome: Outcome) -> Result<Reply> {
    let rows = outcome.rows.unwrap_or_default();
    is_single(request, &rows)?;
    let offset = request.query.offset;
    // An estimate may be less than what the caller sees.
    let least = if rows.count > 0 {
        offset.saturating_add(rows.count)
    } else {
        0
    };
    let total = rows.total.map(|total| total.max(least));
    let status = range::status(offset, rows.count, total)?;
    let mut headers = vec![("content-range", range::header(offset, rows.count, total))];
    if request.action == Action::Read {
        let path = location::of_read(&request.target.name, query);
        headers.push(("content-location", path));
    }
    headers.push(("content-type", content_type(request.format)));
    Ok(Reply {
        status,
        headers,
        spool: rows.spool,
        body: rows.body,
        ..Reply::default()
    })
}

/// The answer to whoever asks how a request would be carried out.
fn planned(request: &Request, outcome: Outcome) -> Reply {
    let rows = outcome.rows.unwrap_or_default();
    Reply {
        status: 200,
        headers: vec![("content-type", content_type(request.format))],
        body: if request.head { Vec::new() } else { rows.body },
        ..Reply::default()
    }
}

/// The answer of a function that returns nothing: it returned once.
fn void() -> Reply {
    Reply {
        status: 204,
        headers: vec![("content-range", range::header(0, 1, None))],
        ..Reply::default()
    }
}

fn inserted(request: &Request, outcome: Outcome) -> Result<Reply> {
    let merges = request.preferences.resolution == Some(Resolution::MergeDuplicates);
    let status = if outcome.inserted == 0 && merges {
        200
    } else {
        201
    };
    let range = format!("*/{}", total(request, outcome.affected));
    written(request, outcome, status, status, Some(range))
}

fn put(request: &Request, outcome: Outcome) -> Result<Reply> {
    let status = if outcome.inserted > 0 { 201 } else { 200 };
    written(request, outcome, status, 204, None)
}

fn updated(request: &Request, outcome: Outcome) -> Result<Reply> {
    let total = counts(request).then_some(outcome.affected);
    let range = range::header(0, outcome.affected, total);
    written(request, outcome, 200, 204, Some(range))
}

fn deleted(request: &Request, outcome: Outcome) -> Result<Reply> {
    let range = format!("*/{}", total(request, outcome.affected));
    written(request, outcome, 200, 204, Some(range))
}

/// Tells whether a write says how many rows it changed. A planned count knows nothing of that.
fn counts(request: &Request) -> bool {
    matches!(
        request.preferences.count,
        Some(Count::Exact | Count::Estimated)
    )
}

fn total(request: &Request, affected: u64) -> String {
    match counts(request) {
        true => affected.to_string(),
        false => "*".to_owned(),
    }
}

/// The answer to a write: `with_body` is the status when rows are returned, `without` when they are not.
fn written(
    request: &Request,
    outcome: Outcome,
    with_body: u16,
    without: u16,
    range: Option<String>,
) -> Result<Reply> {
    let mut headers: Vec<_> = range
        .map(|range| ("content-range", range))
        .into_iter()
        .collect();
    let mut reply = match (request.preferences.r#return, outcome.rows) {
        (Some(Return::Representation), rows) => {
            let rows = rows.unwrap_or_default();
            is_single(request, &rows)?;
            headers.push(("content-type", content_type(request.format)));
            Reply {
                status: with_body,
                headers: Vec::new(),
                spool: rows.spool,
                body: rows.body,
                ..Reply::default()
            }
        }
        (Some(Return::HeadersOnly), Some(rows)) => {
            let path = location::of_row(&request.target.name, &rows.body);
            headers.extend(path.map(|path| ("location", path)));
            Reply {
                status: without,
                ..Reply::default()
            }
        }
        _ => Reply {
            status: without,
            ..Reply::default()
        },
    };
    reply.headers = headers;
    Ok(reply)
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
        Format::Plan(form) => return format!("{}; charset=utf-8", plan_type(form)),
    };
    let stripped = if strip_nulls { ";nulls=stripped" } else { "" };
    format!("{media_type}{stripped}; charset=utf-8")
}
