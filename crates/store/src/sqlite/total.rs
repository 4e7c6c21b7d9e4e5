//! How many rows a read has without its limit: counted, or estimated from a sample where that is asked for and counting would be dear.
//!
//! The sample is of rows whose numbers are spread over those of the table, the same ones each time. Of few rows every one is counted, and
//! when few of the sample are asked for: an estimate of these would be poor, and what finds a page of them finds them all.

use underpin_base::{Error, QualifiedName, Result, Value};
use underpin_query::plan::{Estimate, Total};
use underpin_sql::writer::quote_identifier;
use underpin_sql::writer::sqlite::table_name;

use super::bind::Binding;
use super::connection::Connection;
use super::execute;

/// A table whose row numbers span no more than this is counted.
const COUNTED_MAX: u64 = 20_000;

/// The row numbers that are tried.
const SAMPLE: u64 = 2_000;

/// The fewest rows of the sample from which all are estimated: with so few, two of three estimates are less than a fifth off.
const FOUND_MIN: u64 = 30;

/// Returns how many rows there are.
pub(super) fn count(connection: &Connection, total: &Total, binding: &Binding<'_>) -> Result<u64> {
    let Some(estimate) = &total.estimate else {
        return execute::count(connection, &total.exact, binding);
    };
    let mut least = 0;
    if let Some(bounded) = &estimate.bounded {
        least = execute::count(connection, &bounded.select, binding)?;
        if least <= bounded.most {
            return Ok(least);
        }
    }
    match estimated(connection, estimate, binding)? {
        Some(estimate) => Ok(estimate.max(least)),
        None => execute::count(connection, &total.exact, binding),
    }
}

/// Returns about how many rows there are, when a sample can tell.
fn estimated(
    connection: &Connection,
    estimate: &Estimate,
    binding: &Binding<'_>,
) -> Result<Option<u64>> {
    let Some((first, span)) = numbers(connection, &estimate.table)? else {
        return Ok(None);
    };
    if span <= COUNTED_MAX {
        return Ok(None);
    }
    let sample = serde_json::json!(sample(first, span)).to_string();
    let binding = Binding {
        affected: &sample,
        ..*binding
    };
    let found = execute::count(connection, &estimate.sample, &binding)?;
    if found < FOUND_MIN {
        return Ok(None);
    }
    let all = u128::from(found) * u128::from(span) / u128::from(SAMPLE);
    Ok(Some(u64::try_from(all).unwrap_or(u64::MAX)))
}

/// Returns the least of the table's row numbers, and how many there are from it to the greatest; nothing of an empty table.
fn numbers(connection: &Connection, table: &QualifiedName) -> Result<Option<(i64, u64)>> {
    let mut name = String::new();
    quote_identifier(&mut name, &table_name(table));
    // Each alone is one look into the table.
    let sql = format!("SELECT (SELECT min(rowid) FROM {name}), (SELECT max(rowid) FROM {name})");
    let mut statement = connection.prepare(&sql)?;
    match execute::first(connection, &mut statement)?.as_slice() {
        [Value::Int(first), Value::Int(last)] => {
            Ok(Some((*first, last.abs_diff(*first).saturating_add(1))))
        }
        [Value::Null, Value::Null] => Ok(None),
        _ => Err(Error::internal("row numbers are whole numbers")),
    }
}

/// Returns row numbers, one at a place of its own in each of as many equal parts of the span: whatever recurs in a table at equal distances
/// must not be met each time, or never.
fn sample(first: i64, span: u64) -> Vec<i64> {
    (0..SAMPLE)
        .map(|part| {
            let start = u128::from(part) * u128::from(span) / u128::from(SAMPLE);
            let end = u128::from(part + 1) * u128::from(span) / u128::from(SAMPLE);
            let place = (u128::from(scattered(part)) * (end - start)) >> 64;
            let distance = i128::try_from(start + place).unwrap_or(0);
            i64::try_from(i128::from(first) + distance).unwrap_or(i64::MAX)
        })
        .collect()
}

/// Returns a number that is to `number` as if it were drawn at random (SplitMix64).
fn scattered(number: u64) -> u64 {
    let mut mixed = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sample_is_spread_and_each_row_is_in_it_once() {
        for (first, span) in [(1, 20_001), (-5, 1_000_000), (i64::MIN, u64::MAX)] {
            let sample = sample(first, span);
            assert_eq!(sample.len(), 2_000);
            assert!(
                sample.is_sorted_by(|one, next| one < next),
                "{first} {span}"
            );
            let last = i128::from(first) + i128::from(span);
            assert!(
                sample
                    .iter()
                    .all(|it| *it >= first && i128::from(*it) < last)
            );
        }
    }

    /// What recurs at equal distances is met as often as it is there.
    #[test]
    fn a_sample_takes_no_side() {
        for period in [2, 7, 10, 50, 500] {
            let met = sample(1, 1_000_000)
                .iter()
                .filter(|it| *it % period == 0)
                .count();
            let expected = 2_000 / usize::try_from(period).unwrap();
            let off = met.abs_diff(expected);
            assert!(off * off <= 9 * expected, "{period}: {met}");
        }
    }
}
