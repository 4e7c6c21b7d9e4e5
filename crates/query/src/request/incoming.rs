//! [`Request::parse`]: an HTTP request, as far as the data API looks at it, becomes a [`Parsed`] value.

use underpin_base::{Code, Error, Name, QualifiedName, Result};

use super::accept::{self, Offer};
use super::body::Body;
use super::parameters::{decode, parameters};
use super::query_string::QueryString;
use super::range::{self, Window};
use super::{Action, Arguments, Preferences, Request};
use crate::{ApiSettings, Spool};

/// An HTTP request, free of any web framework.
#[derive(Clone, Copy, Debug)]
pub struct Incoming<'a> {
    /// The method, in capitals.
    pub method: &'a str,
    /// What follows `/rest/v1/` in the path, still percent-encoded.
    pub path: &'a str,
    /// The query string as it came, without `?`.
    pub query: &'a str,
    /// The headers; names in any case, a name as often as it came. Those that are not text are left out.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body; its beginning, when it is too large to be held.
    pub body: &'a [u8],
    /// The whole body, when it is too large to be held.
    pub spool: Option<&'a Spool>,
}

/// What a request asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum Parsed {
    /// To read or change data, or to call a function.
    Data(Box<Request>),
    /// `GET /`: to have the API of a schema described.
    Root {
        /// The schema.
        schema: Name,
        /// `HEAD`: the body is left away.
        head: bool,
    },
    /// `OPTIONS`: to be told which methods there are.
    Options(Resource),
}

/// What a path leads to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resource {
    /// `/`.
    Root,
    /// `/name`: a table or view.
    Relation(QualifiedName),
    /// `/rpc/name`: a function.
    Routine(QualifiedName),
}

impl<'a> Incoming<'a> {
    /// Returns the first header `name`.
    pub fn header(&self, name: &str) -> Option<&'a str> {
        self.all_headers(name).next()
    }

    /// Returns every header `name`.
    pub fn all_headers(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| *value)
    }
}

impl Request {
    /// Tells whether a request whose body is too large to be held can be read nevertheless: an insert of an array's rows, or of a CSV file's.
    /// Any other must be held whole first.
    pub fn reads_spool(incoming: &Incoming<'_>, settings: &ApiSettings) -> bool {
        let Some(spool) = incoming.spool else {
            return true;
        };
        let is_insert = incoming.method == "POST" && !incoming.path.contains('/');
        let Ok(parameters) = parameters(incoming.query) else {
            return false;
        };
        let Ok(said) = QueryString::parse(&parameters, false, &settings.limits) else {
            return false;
        };
        let body = body(incoming, said.columns.as_deref(), settings);
        is_insert && body.spooled_rows(spool).is_some()
    }

    /// Reads a request by the grammar of PostgREST. Fails with PostgREST's codes and words.
    pub fn parse(incoming: &Incoming<'_>, settings: &ApiSettings) -> Result<Parsed> {
        check_size(incoming, settings)?;
        let schema = schema(incoming, settings)?;
        let resource = resource(incoming.path, &schema)?;
        if incoming.method == "OPTIONS" {
            return Ok(Parsed::Options(resource));
        }
        match resource {
            Resource::Root => root(incoming, schema),
            Resource::Relation(target) => {
                relation(incoming, target, settings).map(|request| Parsed::Data(Box::new(request)))
            }
            Resource::Routine(target) => {
                routine(incoming, target, settings).map(|request| Parsed::Data(Box::new(request)))
            }
        }
    }
}

fn check_size(incoming: &Incoming<'_>, settings: &ApiSettings) -> Result<()> {
    let limits = &settings.limits;
    if incoming.query.len() > limits.query_bytes_max {
        return Err(Error::new(
            Code::URL_TOO_LONG,
            format!(
                "the query string has {} bytes, the limit is {}",
                incoming.query.len(),
                limits.query_bytes_max
            ),
        )
        .hint("the setting is limits.query_bytes_max"));
    }
    if incoming.body.len() > limits.body_bytes_max {
        return Err(Error::new(
            Code::BODY_TOO_LARGE,
            format!(
                "the body has {} bytes, the limit is {}",
                incoming.body.len(),
                limits.body_bytes_max
            ),
        )
        .hint("the setting is limits.body_bytes_max"));
    }
    Ok(())
}

/// Returns the header that names the schema: `Content-Profile` for what writes, `Accept-Profile` for the others.
pub fn profile_header(method: &str) -> &'static str {
    match method {
        "DELETE" | "PATCH" | "POST" | "PUT" => "Content-Profile",
        _ => "Accept-Profile",
    }
}

/// The schema that the profile header names.
fn schema(incoming: &Incoming<'_>, settings: &ApiSettings) -> Result<Name> {
    let exposed = &settings.schemas;
    let profile = incoming.header(profile_header(incoming.method));
    let known = match profile {
        None => exposed.first(),
        Some(profile) => exposed
            .iter()
            .find(|schema| **settings.shown(schema) == *profile),
    };
    known.cloned().ok_or_else(|| {
        let profile = profile.unwrap_or_default();
        let names: Vec<&str> = settings.exposed().map(|name| &**name).collect();
        Error::new(
            Code::SCHEMA_NOT_EXPOSED,
            format!("Invalid schema: {profile}"),
        )
        .hint(format!(
            "Only the following schemas are exposed: {}",
            names.join(", ")
        ))
    })
}

fn resource(path: &str, schema: &Name) -> Result<Resource> {
    let invalid = || Error::new(Code::PATH, "Invalid path specified in request URL");
    let name = |text: &str| match decode(text, false) {
        Ok(name) if !name.is_empty() => Ok(QualifiedName::new(schema.clone(), name)),
        _ => Err(invalid()),
    };
    let mut segments = path.split('/');
    match (segments.next(), segments.next(), segments.next()) {
        (Some(""), None, None) => Ok(Resource::Root),
        (Some(table), None, None) => Ok(Resource::Relation(name(table)?)),
        (Some("rpc"), Some(function), None) => Ok(Resource::Routine(name(function)?)),
        _ => Err(invalid()),
    }
}

fn root(incoming: &Incoming<'_>, schema: Name) -> Result<Parsed> {
    let head = match incoming.method {
        "GET" => false,
        "HEAD" => true,
        method => return Err(unsupported(method)),
    };
    accept::format(accept_header(incoming).as_deref(), Offer::Description)?;
    Ok(Parsed::Root { schema, head })
}

fn relation(
    incoming: &Incoming<'_>,
    target: QualifiedName,
    settings: &ApiSettings,
) -> Result<Request> {
    if !matches!(
        incoming.method,
        "GET" | "HEAD" | "POST" | "PATCH" | "PUT" | "DELETE"
    ) {
        return Err(unsupported(incoming.method));
    }
    let mut said = read_query(incoming, false, settings)?;
    if incoming.method == "PUT" && said.window != Window::default() {
        return Err(Error::new(
            Code::PUT_LIMIT,
            "limit/offset querystring parameters are not allowed for PUT",
        ));
    }
    let columns = said.columns.take();
    let body = body(incoming, columns.as_deref(), settings);
    let action = match incoming.method {
        "POST" => Action::Insert {
            payload: body.payload()?,
            on_conflict: said.on_conflict.take(),
            columns,
        },
        "PATCH" => Action::Update {
            payload: body.payload()?,
            columns,
        },
        "PUT" => Action::Put {
            payload: body.payload()?,
            columns,
        },
        "DELETE" => Action::Delete,
        _ => Action::Read,
    };
    finish(incoming, target, action, said, settings)
}

fn routine(
    incoming: &Incoming<'_>,
    target: QualifiedName,
    settings: &ApiSettings,
) -> Result<Request> {
    let get = match incoming.method {
        "GET" | "HEAD" => true,
        "POST" => false,
        method => {
            return Err(Error::new(
                Code::RPC_METHOD,
                format!("Cannot use the {method} method on RPC"),
            ));
        }
    };
    let mut said = read_query(incoming, get, settings)?;
    let arguments = if get {
        Arguments::Text(std::mem::take(&mut said.arguments))
    } else {
        let columns = said.columns.take();
        body(incoming, columns.as_deref(), settings).arguments()?
    };
    let action = Action::Call { arguments, get };
    finish(incoming, target, action, said, settings)
}

/// Reads the query string, and the `Range` header into it, which has a meaning for `GET` alone.
fn read_query(
    incoming: &Incoming<'_>,
    arguments: bool,
    settings: &ApiSettings,
) -> Result<QueryString> {
    let parameters = parameters(incoming.query)?;
    let mut said = QueryString::parse(&parameters, arguments, &settings.limits)?;
    let of_items = incoming
        .header("Range-Unit")
        .is_none_or(|unit| unit.trim().eq_ignore_ascii_case("items"));
    let range = match incoming.header("Range") {
        Some(header) if incoming.method == "GET" && of_items => range::range(header)?,
        _ => None,
    };
    (said.query.limit, said.query.offset) = said.window.within(range)?;
    Ok(said)
}

fn body<'a>(
    incoming: &Incoming<'a>,
    columns: Option<&'a [Name]>,
    settings: &'a ApiSettings,
) -> Body<'a> {
    Body {
        bytes: incoming.body,
        spool: incoming.spool,
        content_type: incoming.header("Content-Type"),
        columns,
        limits: &settings.limits,
    }
}

fn finish(
    incoming: &Incoming<'_>,
    target: QualifiedName,
    action: Action,
    said: QueryString,
    settings: &ApiSettings,
) -> Result<Request> {
    let offer = if settings.plan {
        Offer::RowsAndPlan
    } else {
        Offer::Rows
    };
    Ok(Request {
        action,
        target,
        query: said.query,
        preferences: Preferences::parse(incoming.all_headers("Prefer"))?,
        format: accept::format(accept_header(incoming).as_deref(), offer)?,
        head: incoming.method == "HEAD",
    })
}

/// Several `Accept` headers are one list.
fn accept_header(incoming: &Incoming<'_>) -> Option<String> {
    let headers: Vec<&str> = incoming.all_headers("Accept").collect();
    (!headers.is_empty()).then(|| headers.join(","))
}

fn unsupported(method: &str) -> Error {
    Error::new(Code::METHOD, format!("Unsupported HTTP method: {method}"))
}

#[cfg(test)]
mod tests;
