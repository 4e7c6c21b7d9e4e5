//! The data API: a request passes through five functions, `identify` ─► `Request::parse` ─► `Plan::authorize` ─► `Store::run` ─► `Reply::build`.

use std::sync::Arc;

use axum::extract::{Request as HttpRequest, State};
use axum::response::Response;
use http::header::HOST;
use http::request::Parts;
use underpin_base::{Code, Error, Identity, Result};
use underpin_query::openapi::Document;
use underpin_query::plan::World;
use underpin_query::reply::{Outcome, Reply};
use underpin_query::request::{Incoming, Parsed, Request, RequestSettings, Template};
use underpin_store::Schema;

use crate::application::Application;
use crate::http::body::{self, Received};
use crate::http::response;
use crate::sources::Served;
use crate::timing::{Step, Timing};
use crate::{description, options};

/// Where the data API begins.
pub(crate) const PREFIX: &str = "/rest/v1";

/// How often a request is planned while migrations overtake it.
const PLANS_MAX: u32 = 5;

/// Answers a request of the data API.
pub async fn data(State(application): State<Arc<Application>>, request: HttpRequest) -> Response {
    let served = application.served(request.method().as_str(), request.headers());
    if let Err(error) = served.store.is_ready() {
        return response::of_error(&error, None);
    }
    let mut timing = Timing::begin(application.settings.server.timing);
    let schema = served.store.schema();
    let identified = application
        .gate
        .identify(request.headers(), None, |role| has_role(&schema, role));
    timing.mark(Step::Jwt);
    let mut response = match identified {
        Ok(identity) => match answer(&application, served, &identity, request, &mut timing).await {
            Ok(reply) => response::of_reply(reply, &identity),
            Err(error) => response::of_error(&error, Some(&identity)),
        },
        Err(error) => response::of_error(&error, None),
    };
    timing.tell(&mut response);
    response
}

async fn answer(
    application: &Application,
    served: Served<'_>,
    identity: &Identity,
    request: HttpRequest,
    timing: &mut Timing,
) -> Result<Reply> {
    let settings = served.api;
    let (parts, mut body) = receive(application, request).await?;
    timing.skip();
    // A body may take its time: what holds is what holds once it is here.
    let schema = &*served.store.schema();
    let world = World {
        catalog: &schema.catalog,
        relationships: &schema.relationships,
        settings,
    };
    let path = path(&parts);
    let document = Document::at(path, &schema.catalog, &settings.schemas);
    // A description is of the root, wherever it is asked for.
    let path = document.map_or(path, |_| "");
    let headers = headers(&parts);
    if !Request::reads_spool(&incoming(path, &parts, &headers, &body), settings)
        && let Some(spool) = body.spool.take()
    {
        body.bytes = body::whole(spool).await?;
    }
    let incoming = incoming(path, &parts, &headers, &body);
    match Request::parse(&incoming, settings)? {
        Parsed::Data(request) => {
            let template = Template::from(*request);
            timing.mark(Step::Parse);
            let asked = Asked {
                template: &template,
                incoming: &incoming,
                identity,
            };
            let outcome = run(application, served, &asked, timing).await?;
            let query = parts.uri.query().unwrap_or_default();
            let reply = Reply::build(template.request(), query, outcome, settings);
            timing.mark(Step::Response);
            reply
        }
        Parsed::Root { schema, .. } => {
            let public_url = application.settings.server.public_url.as_deref();
            let host = parts.headers.get(HOST).and_then(|host| host.to_str().ok());
            let document = document.unwrap_or(Document::Swagger);
            description::answer(document, world, identity, &schema, public_url, host)
        }
        Parsed::Options(resource) => options::answer(&schema.catalog, &resource),
    }
}

/// A request, and who asks.
struct Asked<'a> {
    template: &'a Template,
    incoming: &'a Incoming<'a>,
    identity: &'a Identity,
}

/// Plans a request and runs it; again when the schema changed between the two, for what holds is what holds when it runs.
async fn run(
    application: &Application,
    served: Served<'_>,
    asked: &Asked<'_>,
    timing: &mut Timing,
) -> Result<Outcome> {
    let template = asked.template;
    let mut left = PLANS_MAX;
    loop {
        left -= 1;
        let schema = served.store.schema();
        let world = World {
            catalog: &schema.catalog,
            relationships: &schema.relationships,
            settings: served.api,
        };
        let planned = schema.plans.authorize(template, world, asked.identity);
        let plan = planned
            .map_err(|error| application.crossed(error, served, &template.request().query))?;
        let mut plan = plan.of_schema(schema.generation);
        if schema.asks_request {
            plan = plan.with_request(RequestSettings::of(asked.incoming));
        }
        timing.mark(Step::Plan);
        let outcome = served.store.run(plan).await;
        timing.mark(Step::Transaction);
        match outcome {
            Err(error) if left > 0 && error.code() == &Code::SCHEMA_CACHE_MISSING => {}
            outcome => return outcome,
        }
    }
}

/// Reads the body, once the rest of the request is known to be within its limits.
async fn receive(application: &Application, request: HttpRequest) -> Result<(Parts, Received)> {
    let limits = &application.settings.api.limits;
    let query = request.uri().query().unwrap_or_default();
    if query.len() > limits.query_bytes_max {
        return Err(Error::new(
            Code::URL_TOO_LONG,
            format!(
                "the query string is {} bytes long, the limit is {}",
                query.len(),
                limits.query_bytes_max
            ),
        )
        .hint("The limit is the setting limits.query_bytes_max."));
    }
    let (parts, body) = request.into_parts();
    let timeout = application.settings.server.body_timeout;
    let store = &application.store;
    let body = body::read(&parts.headers, body, limits.body_bytes_max, timeout, store).await?;
    Ok((parts, body))
}

/// Returns what follows the prefix.
fn path(parts: &Parts) -> &str {
    let path = parts.uri.path();
    path.strip_prefix(PREFIX)
        .unwrap_or(path)
        .trim_start_matches('/')
}

/// The headers that are text.
fn headers(parts: &Parts) -> Vec<(&str, &str)> {
    parts
        .headers
        .iter()
        .filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?)))
        .collect()
}

fn incoming<'a>(
    path: &'a str,
    parts: &'a Parts,
    headers: &'a [(&'a str, &'a str)],
    body: &'a Received,
) -> Incoming<'a> {
    Incoming {
        method: parts.method.as_str(),
        path,
        query: parts.uri.query().unwrap_or_default(),
        headers,
        body: &body.bytes,
        spool: body.spool.as_ref(),
    }
}

/// The roles that every project has, and those that its migrations created.
fn has_role(schema: &Schema, role: &str) -> bool {
    matches!(role, "anon" | "authenticated" | "service_role")
        || schema.catalog.roles.contains_key(role)
}
