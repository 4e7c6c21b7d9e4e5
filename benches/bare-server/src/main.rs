//! The least that axum and a driver of the database need to answer the benchmark's requests: the yardstick for Underpin's own cost on
//! PostgreSQL (tokio-postgres) and on MariaDB (mysql_async).
//!
//! `underpin-bench-bare-server URL PORT` serves the tables that are there, as whoever owns them, so that no policy holds. There are no
//! tokens, no rules, no parsing of filters and no errors but 400 and 500. Statements are prepared once.

mod database;
mod json;
mod mysql;
mod postgres;

use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde::Deserialize;
use uuid::Uuid;

use database::{Answer, Database};

#[derive(Deserialize)]
struct ListQuery {
    category: i32,
    #[serde(default)]
    owner: bool,
}

#[derive(Deserialize)]
struct PeopleQuery {
    from: String,
}

#[derive(Deserialize)]
struct Item {
    category: i32,
    title: String,
    body: String,
    price_minor: i32,
}

#[tokio::main]
async fn main() -> Answer<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, port] = arguments.as_slice() else {
        return Err("usage: underpin-bench-bare-server URL PORT".into());
    };
    let app = Router::new()
        .route("/readyz", get(|| async { "ready" }))
        .route("/items/{id}", get(one))
        .route("/items", get(list).post(insert))
        .route("/people", get(people))
        .with_state(Arc::new(Database::connect(url).await?));
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    axum::serve(listener, app).await?;
    Ok(())
}

type Shared = State<Arc<Database>>;

async fn one(State(database): Shared, Path(id): Path<i64>) -> Response {
    json(database.one(id).await)
}

async fn list(State(database): Shared, Query(query): Query<ListQuery>) -> Response {
    json(match query.owner {
        false => database.list(query.category).await,
        true => database.list_with_owner(query.category).await,
    })
}

async fn people(State(database): Shared, Query(query): Query<PeopleQuery>) -> Response {
    match Uuid::parse_str(&query.from) {
        Ok(from) => json(database.people(from).await),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}

async fn insert(State(database): Shared, body: Bytes) -> Response {
    let Ok(item) = serde_json::from_slice::<Item>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    match database.insert(item).await {
        Ok(()) => StatusCode::CREATED.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn json(body: Answer) -> Response {
    match body {
        Ok(body) => ([(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
