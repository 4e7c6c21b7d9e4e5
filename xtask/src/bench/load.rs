//! Drives one scenario with `wrk` and reads what came of it.

use std::fmt;
use std::fs;
use std::path::Path;
use std::time::Duration;

use super::contender::{Contender, Scenario};
use crate::error::{Context, Error, Result};
use crate::program::{Program, must};
use crate::tools;

const CONNECTIONS: u32 = 64;
const SECONDS: u64 = 5;
const WARM_UP_SECONDS: u64 = 1;

/// What one scenario came to.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Measured {
    pub(super) per_second: f64,
    pub(super) p50_ms: f64,
    pub(super) p99_ms: f64,
    /// Of the server and of its database together.
    pub(super) processor_us: f64,
    /// The part of the database.
    pub(super) database_us: f64,
    pub(super) resident_mib: f64,
}

impl fmt::Display for Measured {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "{:>8.0}/s  p50 {:>7.2} ms  p99 {:>7.2} ms  {:>7.1} µs  {:>6.1} MiB",
            self.per_second, self.p50_ms, self.p99_ms, self.processor_us, self.resident_mib
        )
    }
}

/// Warms up, drives and measures.
pub(super) fn measure(
    wrk: &Path,
    folder: &Path,
    contender: &mut Contender,
    scenario: Scenario,
) -> Result<Measured> {
    let script = folder.join("requests.lua");
    fs::write(&script, lua(contender, scenario)).context("write the requests")?;
    drive(wrk, &script, contender.port, WARM_UP_SECONDS)?;
    let before = contender.processor_us()?;
    let output = drive(wrk, &script, contender.port, SECONDS)?;
    let after = contender.processor_us()?;
    let used = (
        after.0.saturating_sub(before.0),
        after.1.saturating_sub(before.1),
    );
    read(&output, used, contender.resident_kib()?)
}

fn drive(wrk: &Path, script: &Path, port: u16, seconds: u64) -> Result<String> {
    // On two cores or more the driver has one of its own; the server was put on the other.
    let program = match tools::find("taskset") {
        Some(taskset) => Program::new(taskset)
            .arguments(["-c", "1"])
            .arguments([wrk]),
        None => Program::new(wrk),
    };
    let ended = program
        .arguments(["--threads", "1", "--latency", "--timeout", "10s"])
        .arguments(["--connections", &CONNECTIONS.to_string()])
        .arguments(["--duration", &format!("{seconds}s"), "--script"])
        .arguments([script])
        .arguments([format!("http://127.0.0.1:{port}")])
        .quietly(Duration::from_secs(seconds + 60))?;
    must(&ended, "wrk")?;
    Ok(ended.output)
}

/// Writes the script that makes the requests: prepared once, then taken in turn.
fn lua(contender: &Contender, scenario: Scenario) -> String {
    let mut text = String::from("local headers = {}\n");
    let mut header = |name: &str, value: &str| {
        text.push_str(&format!("headers[{name:?}] = {value:?}\n"));
    };
    for (name, value) in &contender.headers {
        header(name, value);
    }
    header("content-type", "application/json");
    let counts = matches!(scenario, Scenario::Count | Scenario::Total);
    if let (true, Some((name, value))) = (counts, contender.count_header) {
        header(name, value);
    }
    let get = |path: &str, bound: u32| {
        format!("wrk.format(\"GET\", string.format({path:?}, (i * 7919) % {bound} + 1), headers)")
    };
    let post = format!(
        "wrk.format(\"POST\", {:?}, headers, string.format([[{{{},\"category\":%d,\"title\":\"Item %d\",\"body\":\"Body of the item, long enough to be one: %s\",\"price_minor\":%d}}]], i % 50, i, string.rep(\"0\", 160), i))",
        contender.insert, contender.owner
    );
    // Every eleventh item is a draft, mostly of somebody else: no number asked for is a multiple of eleven.
    let one = format!(
        "wrk.format(\"GET\", string.format({:?}, ((i * 7919) % 9000) * 11 + i % 10 + 1), headers)",
        contender.one
    );
    let request = match scenario {
        Scenario::One => one,
        Scenario::List => get(contender.list, 49),
        Scenario::Count => get(contender.count, 49),
        Scenario::Total => get(contender.total, 49),
        Scenario::Embed => get(contender.embed, 49),
        Scenario::Children => get(contender.children.unwrap_or_default(), 79),
        Scenario::Search => get(contender.search.unwrap_or_default(), 99),
        Scenario::Insert => post,
        Scenario::Mixed => format!("(i % 10 == 0) and {post} or {one}"),
    };
    text.push_str(&format!(
        "local requests, next = {{}}, 0
init = function()
  for i = 1, 2000 do requests[i] = {request} end
end
request = function()
  next = next % 2000 + 1
  return requests[next]
end
"
    ));
    text
}

fn read(output: &str, (own_us, database_us): (u64, u64), resident_kib: u64) -> Result<Measured> {
    let unreadable = || Error::new(format!("wrk printed something else:\n{output}"));
    if let Some(line) = output
        .lines()
        .find(|line| line.contains("Non-2xx") || line.contains("Socket errors"))
    {
        return Err(Error::new(format!("requests failed: {}", line.trim())));
    }
    let after = |prefix: &str| {
        output
            .lines()
            .find_map(|line| line.trim().strip_prefix(prefix).map(str::trim))
            .ok_or_else(unreadable)
    };
    let requests: f64 = output
        .lines()
        .find_map(|line| line.trim().split_once(" requests in ")?.0.parse().ok())
        .ok_or_else(unreadable)?;
    let per_second = after("Requests/sec:")?.parse().map_err(|_| unreadable())?;
    Ok(Measured {
        per_second,
        p50_ms: milliseconds(after("50%")?).ok_or_else(unreadable)?,
        p99_ms: milliseconds(after("99%")?).ok_or_else(unreadable)?,
        processor_us: (own_us + database_us) as f64 / requests.max(1.0),
        database_us: database_us as f64 / requests.max(1.0),
        resident_mib: resident_kib as f64 / 1024.0,
    })
}

/// Reads `wrk`'s `812.00us`, `1.20ms`, `1.01s`.
fn milliseconds(text: &str) -> Option<f64> {
    for (unit, factor) in [("us", 0.001), ("ms", 1.0), ("s", 1000.0)] {
        if let Some(value) = text
            .strip_suffix(unit)
            .and_then(|digits| digits.parse::<f64>().ok())
        {
            return Some(value * factor);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    const OUTPUT: &str = "  Latency Distribution\n     50%  812.00us\n     99%    4.50ms\n  5000 requests in 5.00s, 2MB read\nRequests/sec:   1000.00\n";

    #[test]
    fn a_summary_is_read() {
        let expected = Measured {
            per_second: 1000.0,
            p50_ms: 0.812,
            p99_ms: 4.5,
            processor_us: 20.0,
            database_us: 4.0,
            resident_mib: 2.0,
        };
        assert_eq!(read(OUTPUT, (80_000, 20_000), 2048).ok(), Some(expected));
    }

    #[test]
    fn failed_requests_are_not_measured() {
        let output = format!("{OUTPUT}  Non-2xx or 3xx responses: 3\n");
        assert!(read(&output, (1, 0), 1).is_err());
    }

    #[test]
    fn units_become_milliseconds() {
        assert_eq!(
            [milliseconds("1.5s"), milliseconds("2ms"), milliseconds("x")],
            [Some(1500.0), Some(2.0), None]
        );
    }
}
