//! `GET /rest/v1/` and `GET /rest/v1/openapi.json`: the description of the data API for whoever asks.

use underpin_base::{Identity, Result};
use underpin_query::openapi::{self, Document, OPENAPI_MEDIA_TYPE, Site};
use underpin_query::plan::World;
use underpin_query::reply::Reply;

/// Returns the description of `schema`. `public_url` is the setting; without it, clients are told the host that they asked.
///
/// # Errors
/// `22023` when the identity's role does not exist.
pub(crate) fn answer(
    document: Document,
    world: World<'_>,
    identity: &Identity,
    schema: &str,
    public_url: Option<&str>,
    host: Option<&str>,
) -> Result<Reply> {
    let (scheme, host, folder) = address(public_url, host);
    let base_path = format!("{folder}{}", crate::rest::PREFIX);
    let site = Site {
        scheme,
        host,
        base_path: &base_path,
        version: env!("CARGO_PKG_VERSION"),
    };
    Ok(Reply {
        status: 200,
        headers: vec![(
            "content-type",
            format!("{OPENAPI_MEDIA_TYPE}; charset=utf-8"),
        )],
        body: openapi::openapi(document, world, schema, identity, &site)?,
        ..Reply::default()
    })
}

/// Returns scheme, host and folder of the server's address.
fn address<'a>(public_url: Option<&'a str>, host: Option<&'a str>) -> (&'a str, &'a str, &'a str) {
    let Some((scheme, rest)) = public_url.and_then(|url| url.split_once("://")) else {
        return ("http", host.unwrap_or("localhost"), "");
    };
    let (host, folder) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
    (scheme, host, folder.trim_end_matches('/'))
}

#[cfg(test)]
mod tests;
