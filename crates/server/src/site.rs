//! The site itself: the files of `public/`, at every path that no service has.
//!
//! Invariant: nothing outside the folder and nothing whose name begins with a dot is ever sent, whatever the path says.

use std::path::{Component, Path, PathBuf};
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::response::{IntoResponse as _, Response};
use http::header::{ALLOW, CACHE_CONTROL, ETAG, IF_NONE_MATCH, LOCATION};
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use percent_encoding::percent_decode_str;
use tower::ServiceExt as _;
use tower_http::services::ServeFile;
use underpin_base::{Code, Error};

use crate::application::Application;
use crate::health::not_found;
use crate::http::response;
use crate::settings::Site;

/// Paths under these belong to services, there or not: they are answered as an API answers, never by the site.
const SERVICES: &[&str] = &[
    "auth",
    "functions",
    "graphql",
    "maps",
    "messaging",
    "payments",
    "realtime",
    "rest",
    "social",
    "storage",
];

/// Answers a path that no route has.
pub async fn site(State(application): State<Arc<Application>>, request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let first = path.split('/').nth(1).unwrap_or_default();
    if SERVICES.contains(&first) {
        return not_found();
    }
    if request.method() != Method::GET && request.method() != Method::HEAD {
        let error = Error::new(
            Code::METHOD,
            format!("Unsupported HTTP method: {}", request.method()),
        );
        let mut response = response::of_error(&error, None);
        let allow = HeaderValue::from_static("GET, HEAD");
        response.headers_mut().insert(ALLOW, allow);
        return response;
    }
    let Some(relative) = relative(&path) else {
        return not_found();
    };
    match find(&application.settings.site, &relative).await {
        Found::File(file) => send(&file, request, StatusCode::OK).await,
        Found::Folder if !path.ends_with('/') => to_folder(&path, request.uri().query()),
        Found::Folder => {
            match find(&application.settings.site, &relative.join("index.html")).await {
                Found::File(file) => send(&file, request, StatusCode::OK).await,
                Found::Folder | Found::Nothing => {
                    missing(&application.settings.site, request).await
                }
            }
        }
        Found::Nothing => missing(&application.settings.site, request).await,
    }
}

/// Returns the path within the folder; nothing when it could lead out of it or to what is hidden.
fn relative(path: &str) -> Option<PathBuf> {
    let decoded = percent_decode_str(path).decode_utf8().ok()?;
    let mut relative = PathBuf::new();
    for part in decoded.split('/').filter(|part| !part.is_empty()) {
        let is_hidden = part.starts_with('.') && part != ".well-known";
        if is_hidden || part.contains(['\\', '\0', ':']) {
            return None;
        }
        relative.push(part);
    }
    let is_plain = |part: Component<'_>| matches!(part, Component::Normal(_));
    relative.components().all(is_plain).then_some(relative)
}

enum Found {
    File(PathBuf),
    Folder,
    Nothing,
}

/// Looks for a file; a link that leads out of the folder leads nowhere.
async fn find(site: &Site, relative: &Path) -> Found {
    let Ok(folder) = tokio::fs::canonicalize(&site.folder).await else {
        return Found::Nothing;
    };
    let Ok(file) = tokio::fs::canonicalize(folder.join(relative)).await else {
        return Found::Nothing;
    };
    if !file.starts_with(&folder) {
        return Found::Nothing;
    }
    match tokio::fs::metadata(&file).await {
        Ok(metadata) if metadata.is_file() => Found::File(file),
        Ok(metadata) if metadata.is_dir() => Found::Folder,
        _ => Found::Nothing,
    }
}

/// A folder without its slash: relative links of its page would miss. One slash only at the start, or a browser would take
/// the next part for a host.
fn to_folder(path: &str, query: Option<&str>) -> Response {
    let query = query.map(|query| format!("?{query}")).unwrap_or_default();
    let target = format!("/{}/{query}", path.trim_matches('/'));
    match HeaderValue::from_str(&target) {
        Ok(target) => (StatusCode::PERMANENT_REDIRECT, [(LOCATION, target)]).into_response(),
        Err(_) => not_found(),
    }
}

/// A path that no file has: the page of a single-page application, the site's own page for it, or an error.
async fn missing(site: &Site, request: Request) -> Response {
    let (name, status) = match &site.fallback {
        Some(name) => (name.as_str(), StatusCode::OK),
        None => ("404.html", StatusCode::NOT_FOUND),
    };
    match find(site, Path::new(name)).await {
        Found::File(file) => send(&file, request, status).await,
        Found::Folder | Found::Nothing => not_found(),
    }
}

async fn send(file: &Path, request: Request, status: StatusCode) -> Response {
    let tag = entity_tag(file).await;
    if status == StatusCode::OK
        && let Some(tag) = &tag
        && is_known(request.headers(), tag)
    {
        let mut response = Response::new(Body::empty());
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        finish(&mut response, Some(tag));
        return response;
    }
    let served = ServeFile::new(file).oneshot(request).await;
    let mut response = match served {
        Ok(response) => response.map(Body::new),
        Err(never) => match never {},
    };
    if status != StatusCode::OK && response.status() == StatusCode::OK {
        *response.status_mut() = status;
    }
    finish(&mut response, tag.as_ref());
    response
}

/// Browsers keep the file but ask each time whether it is still the same.
fn finish(response: &mut Response, tag: Option<&HeaderValue>) {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if let Some(tag) = tag {
        headers.insert(ETAG, tag.clone());
    }
}

/// A weak tag, since the same file may be sent compressed or not.
async fn entity_tag(file: &Path) -> Option<HeaderValue> {
    let metadata = tokio::fs::metadata(file).await.ok()?;
    let modified = metadata.modified().ok()?.duration_since(UNIX_EPOCH).ok()?;
    let tag = format!("W/\"{:x}-{:x}\"", metadata.len(), modified.as_nanos());
    HeaderValue::from_str(&tag).ok()
}

fn is_known(headers: &HeaderMap, tag: &HeaderValue) -> bool {
    headers.get_all(IF_NONE_MATCH).iter().any(|known| {
        known.to_str().is_ok_and(|known| {
            known
                .split(',')
                .any(|known| known.trim() == "*" || known.trim().as_bytes() == tag.as_bytes())
        })
    })
}

#[cfg(test)]
mod tests;
