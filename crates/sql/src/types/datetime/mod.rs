//! `date`, `time`, `timetz`, `timestamp`, `timestamptz`: reading, printing, and arithmetic.
//!
//! The calendar is the Gregorian one in both directions without end, the session's time zone is UTC unless a request prefers another ([`in_zone`]), dates are written month
//! first (`DateStyle = ISO, MDY`). Days count from 1970-01-01 and times in microseconds.

mod arithmetic;
mod civil;
mod decode;
mod field;
pub mod format;
mod input;
mod make;
mod print;
mod session;
mod token;
mod truncate;
mod unit;
mod word;
mod zone;

#[cfg(test)]
mod tests;

pub use arithmetic::{
    add_days, add_interval, add_interval_to_date, add_to_time, add_to_timetz, age, date_at,
    date_difference, difference, local_to_utc, subtract_from_time, subtract_interval,
    time_difference, utc_to_local,
};
pub use civil::{Civil, days_in_month};
pub use field::{date_part, extract};
pub use input::now;
pub use make::{from_seconds, make_date, make_time, make_timestamp};
pub use print::timetz_text;
pub(crate) use session::read_now;
pub use session::{in_zone, lasting, reading_later, to_local};
pub use truncate::{bin, truncate, truncate_in_zone, truncate_interval, truncate_moment};

pub(super) use civil::{MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, MICROSECONDS_PER_SECOND};
pub(super) use decode::seconds_fraction;
pub(super) use input::{DAYS_END, input, round_fraction, round_timestamp, round_timetz};
pub(super) use print::{Style, write, write_seconds};
pub(super) use session::{east_of, to_utc};
pub(super) use token::{Field, FieldKind, fields};

/// Tells whether `microseconds` is a finite timestamp: from 4714-11-24 BC to where 64 bits end, in the year 294247.
pub(super) fn in_timestamp_range(microseconds: i64) -> bool {
    (input::FIRST_DAY * MICROSECONDS_PER_DAY..TIMESTAMP_INFINITY).contains(&microseconds)
}

/// Returns the microseconds since midnight and the seconds east of UTC of a canonical `timetz`.
pub fn timetz_parts(text: &str) -> (i64, i64) {
    let (time, sign, zone) = match text.split_once(['+', '-']) {
        Some((time, zone)) => (time, if text.contains('-') { -1 } else { 1 }, zone),
        None => (text, 1, ""),
    };
    let seconds = |text: &str| {
        let parts = text.split(':').zip([3_600, 60, 1]);
        parts.fold(0, |sum, (part, unit)| {
            // Two digits; anything else is not canonical, and must only not overflow.
            sum + part.parse::<u16>().map_or(0, i64::from) * unit
        })
    };
    let (whole, fraction) = time.split_once('.').unwrap_or((time, ""));
    let microseconds =
        seconds(whole) * MICROSECONDS_PER_SECOND + seconds_fraction(fraction).unwrap_or(0);
    (microseconds, sign * seconds(zone))
}

/// Compares two canonical texts of `timetz`: by the time in UTC, then the zone further west last.
pub fn compare_timetz(left: &str, right: &str) -> std::cmp::Ordering {
    let key = |text| {
        let (microseconds, east) = timetz_parts(text);
        (microseconds - east * MICROSECONDS_PER_SECOND, -east)
    };
    key(left).cmp(&key(right))
}

/// `infinity` of `timestamp` and `timestamptz`.
pub const TIMESTAMP_INFINITY: i64 = i64::MAX;
/// `-infinity` of `timestamp` and `timestamptz`.
pub const TIMESTAMP_NEGATIVE_INFINITY: i64 = i64::MIN;
/// `infinity` of `date`.
pub const DATE_INFINITY: i64 = i32::MAX as i64;
/// `-infinity` of `date`.
pub const DATE_NEGATIVE_INFINITY: i64 = i32::MIN as i64;
