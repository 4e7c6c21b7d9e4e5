//! [`Timing`]: how long each step of a request took, as the header `Server-Timing` of W3C's specification tells it.

use std::time::{Duration, Instant};

use axum::response::Response;
use http::{HeaderName, HeaderValue};

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

/// The steps of a request, under PostgREST's names for them.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Step {
    /// Who asks.
    Jwt,
    /// What is asked.
    Parse,
    /// What may be done.
    Plan,
    /// Doing it.
    Transaction,
    /// Saying it.
    Response,
}

/// The names of the steps, in their order.
const NAMES: [&str; 5] = ["jwt", "parse", "plan", "transaction", "response"];

/// How long each step of one request took; nothing is measured unless somebody wants to know.
#[derive(Debug)]
pub(crate) struct Timing {
    last: Option<Instant>,
    spent: [Duration; NAMES.len()],
}

impl Timing {
    /// Begins to measure, if `wanted`.
    pub(crate) fn begin(wanted: bool) -> Self {
        Self {
            last: wanted.then(Instant::now),
            spent: [Duration::ZERO; NAMES.len()],
        }
    }

    /// Counts the time since the last mark to `step`.
    pub(crate) fn mark(&mut self, step: Step) {
        let Some(last) = &mut self.last else {
            return;
        };
        let now = Instant::now();
        if let Some(spent) = self.spent.get_mut(step as usize) {
            *spent += now.duration_since(*last);
        }
        *last = now;
    }

    /// Counts the time since the last mark to no step: a body was waited for.
    pub(crate) fn skip(&mut self) {
        if let Some(last) = &mut self.last {
            *last = Instant::now();
        }
    }

    /// Tells `response` what was measured: milliseconds.
    pub(crate) fn tell(&self, response: &mut Response) {
        if self.last.is_none() {
            return;
        }
        let steps = NAMES.iter().zip(self.spent);
        let steps: Vec<String> = steps
            .map(|(name, spent)| format!("{name};dur={:.3}", spent.as_secs_f64() * 1_000.0))
            .collect();
        if let Ok(value) = HeaderValue::from_str(&steps.join(", ")) {
            response.headers_mut().insert(SERVER_TIMING, value);
        }
    }
}
