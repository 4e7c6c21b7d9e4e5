//! The least that axum and rusqlite need to answer the benchmark's requests: the yardstick for Underpin's own cost.
//!
//! `underpin-bench-bare FILE PORT ROWS` makes the table, fills it and serves it. Every handler has the predicate that the
//! benchmark's policy has; there are no tokens, no parsing of filters and no errors but 404 and 500.

mod rows;
mod table;

use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use rusqlite::Connection;
use serde::Deserialize;

use rows::Reader;

/// Who asks: the benchmark's user.
const OWNER: &str = "00000000-0000-4000-8000-000000000007";

#[derive(Clone)]
struct Database {
    reader: Reader,
    writer: Arc<Mutex<Connection>>,
}

#[derive(Deserialize)]
struct ListQuery {
    category: Option<i64>,
    #[serde(default)]
    count: bool,
    #[serde(default)]
    owner: bool,
}

#[derive(Deserialize)]
struct Item {
    category: i64,
    title: String,
    body: String,
    price_minor: i64,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, port, rows] = arguments.as_slice() else {
        return Err("usage: underpin-bench-bare FILE PORT ROWS".into());
    };
    let writer = table::open(file)?;
    table::fill(&writer, rows.parse()?)?;
    let database = Database {
        reader: Reader::new(file),
        writer: Arc::new(Mutex::new(writer)),
    };
    let app = Router::new()
        .route("/readyz", get(|| async { "ready" }))
        .route("/items/{id}", get(one))
        .route("/items", get(list).post(insert))
        .with_state(database);
    let listener = tokio::net::TcpListener::bind(("127.0.0.1", port.parse()?)).await?;
    axum::serve(listener, app).await?;
    Ok(())
}

async fn one(State(database): State<Database>, Path(id): Path<i64>) -> Response {
    match database.reader.one(id, OWNER) {
        Ok(Some(body)) => json(body),
        Ok(None) => StatusCode::NOT_FOUND.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn list(State(database): State<Database>, Query(query): Query<ListQuery>) -> Response {
    let listed = database.reader.list(query.category, OWNER, query.owner);
    let count = query
        .count
        .then(|| database.reader.count(query.category, OWNER))
        .transpose();
    match (listed, count) {
        (Ok(body), Ok(count)) => {
            let range = count.map_or_else(|| "0-19/*".to_owned(), |count| format!("0-19/{count}"));
            ([(header::CONTENT_RANGE, range)], json(body)).into_response()
        }
        _ => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

async fn insert(State(database): State<Database>, body: Bytes) -> Response {
    let Ok(item) = serde_json::from_slice::<Item>(&body) else {
        return StatusCode::BAD_REQUEST.into_response();
    };
    let writer = database
        .writer
        .lock()
        .unwrap_or_else(PoisonError::into_inner);
    match table::insert(&writer, OWNER, &item) {
        Ok(()) => StatusCode::CREATED.into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

fn json(body: Vec<u8>) -> Response {
    ([(header::CONTENT_TYPE, "application/json")], body).into_response()
}
