//! [`Metrics`]: what is counted, and its text for Prometheus.

use std::sync::atomic::{AtomicI64, AtomicU64};
use std::time::Duration;

use http::{Method, StatusCode};
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::gauge::Gauge;
use prometheus_client::metrics::histogram::Histogram;
use prometheus_client::registry::Registry;

use crate::application::Application;
use crate::sources::Source;

/// Where a request goes, coarse enough for a label: names of tables would let callers make series.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Route(&'static str);

impl Route {
    /// Returns the route of a path.
    pub fn of(path: &str) -> Self {
        let rest = path
            .strip_prefix("/rest/v1")
            .map(|rest| rest.trim_start_matches('/'));
        Self(match (path, rest) {
            (_, Some("")) => "/rest/v1/",
            (_, Some(rest)) if rest.starts_with("rpc/") => "/rest/v1/rpc/{function}",
            (_, Some(_)) => "/rest/v1/{table}",
            ("/livez", _) => "/livez",
            ("/readyz", _) => "/readyz",
            ("/metrics", _) => "/metrics",
            _ if path.starts_with("/auth/v1/") => "/auth/v1",
            _ => "/",
        })
    }

    /// Returns the label.
    pub fn as_str(self) -> &'static str {
        self.0
    }
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Labels {
    method: &'static str,
    route: &'static str,
    status: &'static str,
}

/// In seconds: from a cached read to the statement time-out.
const BUCKETS: [f64; 12] = [
    0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.1, 0.5, 2.0, 10.0,
];

type Latency = Family<Labels, Histogram, fn() -> Histogram>;

/// What is counted.
#[derive(Debug)]
pub struct Metrics {
    registry: Registry,
    latency: Latency,
    in_flight: Gauge,
    store: StoreGauges,
    /// Of each source, by its place.
    sources: Vec<StoreGauges>,
}

/// A request that is being worked on, until dropped.
#[derive(Debug)]
pub struct InFlight(Gauge);

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.dec();
    }
}

impl Metrics {
    /// Returns counters at zero, of the project's own database and of further ones.
    pub fn new(sources: &[Source]) -> Self {
        let mut registry = Registry::with_prefix("underpin");
        let latency = Latency::new_with_constructor(|| Histogram::new(BUCKETS));
        let in_flight = Gauge::<i64, AtomicI64>::default();
        registry.register(
            "http_request_duration_seconds",
            "Time from a request's head to its answer's",
            latency.clone(),
        );
        registry.register(
            "http_requests_in_flight",
            "Requests being worked on",
            in_flight.clone(),
        );
        let store = StoreGauges::register(&mut registry);
        let sources = sources
            .iter()
            .map(|source| {
                let name = &source.settings.name;
                let registry = registry.sub_registry_with_prefix(format!("source_{name}"));
                StoreGauges::register(registry)
            })
            .collect();
        Self {
            registry,
            latency,
            in_flight,
            store,
            sources,
        }
    }

    /// Counts a request as being worked on.
    pub fn enter(&self) -> InFlight {
        self.in_flight.inc();
        InFlight(self.in_flight.clone())
    }

    /// Counts a request that was answered.
    pub fn observe(&self, method: &Method, route: Route, status: StatusCode, elapsed: Duration) {
        let labels = Labels {
            method: method_label(method),
            route: route.as_str(),
            status: match status.as_u16() {
                ..200 => "1xx",
                200..300 => "2xx",
                300..400 => "3xx",
                400..500 => "4xx",
                _ => "5xx",
            },
        };
        self.latency
            .get_or_create(&labels)
            .observe(elapsed.as_secs_f64());
    }

    /// Returns everything in Prometheus's text form.
    pub fn text(&self, application: &Application) -> Result<String, std::fmt::Error> {
        self.store.update(&application.store.metrics());
        for (gauges, source) in self.sources.iter().zip(&application.sources) {
            gauges.update(&source.store.metrics());
        }
        let mut out = String::new();
        text::encode(&mut out, &self.registry)?;
        Ok(out)
    }
}

impl Default for Metrics {
    fn default() -> Self {
        Self::new(&[])
    }
}

/// A method that is not one of these would let callers make series.
fn method_label(method: &Method) -> &'static str {
    match method.as_str() {
        "GET" => "GET",
        "HEAD" => "HEAD",
        "POST" => "POST",
        "PUT" => "PUT",
        "PATCH" => "PATCH",
        "DELETE" => "DELETE",
        "OPTIONS" => "OPTIONS",
        _ => "other",
    }
}

/// What the store tells of itself, copied at each scrape.
#[derive(Debug, Default)]
struct StoreGauges {
    readers: Gauge,
    readers_busy: Gauge,
    reads_queued: Gauge,
    writes_queued: Gauge,
    wal_bytes: Gauge,
    reads: Counter<u64, AtomicU64>,
    writes: Counter<u64, AtomicU64>,
    commits: Counter<u64, AtomicU64>,
    groups_lost: Counter<u64, AtomicU64>,
    checkpoints: Counter<u64, AtomicU64>,
}

impl StoreGauges {
    fn register(registry: &mut Registry) -> Self {
        let all = Self::default();
        let gauges = [
            ("database_readers", "Connections that read", &all.readers),
            (
                "database_readers_busy",
                "Connections at work",
                &all.readers_busy,
            ),
            (
                "database_reads_queued",
                "Reads that wait",
                &all.reads_queued,
            ),
            (
                "database_writes_queued",
                "Writes that wait",
                &all.writes_queued,
            ),
            (
                "database_wal_bytes",
                "Size of the write-ahead log",
                &all.wal_bytes,
            ),
        ];
        for (name, help, gauge) in gauges {
            registry.register(name, help, gauge.clone());
        }
        let counters = [
            ("database_reads", "Reads done", &all.reads),
            ("database_writes", "Writes done", &all.writes),
            ("database_commits", "Commits", &all.commits),
            (
                "database_groups_lost",
                "Groups of writes that were run again",
                &all.groups_lost,
            ),
            ("database_checkpoints", "Checkpoints", &all.checkpoints),
        ];
        for (name, help, counter) in counters {
            registry.register(name, help, counter.clone());
        }
        all
    }

    fn update(&self, store: &underpin_store::Metrics) {
        let set = |gauge: &Gauge, value: u64| {
            gauge.set(i64::try_from(value).unwrap_or(i64::MAX));
        };
        set(&self.readers, store.readers);
        set(&self.readers_busy, store.readers_busy);
        set(&self.reads_queued, store.reads_queued);
        set(&self.writes_queued, store.writes_queued);
        set(&self.wal_bytes, store.wal_bytes);
        let copy = |counter: &Counter<u64, AtomicU64>, value: u64| {
            counter
                .inner()
                .store(value, std::sync::atomic::Ordering::Relaxed);
        };
        copy(&self.reads, store.reads);
        copy(&self.writes, store.writes);
        copy(&self.commits, store.commits);
        copy(&self.groups_lost, store.groups_lost);
        copy(&self.checkpoints, store.checkpoints);
    }
}
