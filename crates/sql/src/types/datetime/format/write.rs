//! `to_char` of timestamps and intervals.

use underpin_base::{Code, Error, Result};

use super::template::{Case, DAYS, Field, Keyword, MONTHS, Piece, ROMAN, parse};
use crate::types::datetime::arithmetic::is_infinite;
use crate::types::datetime::civil::{
    Civil, MICROSECONDS_PER_DAY, MICROSECONDS_PER_HOUR, MICROSECONDS_PER_SECOND,
};
use crate::types::datetime::field::weekday;
use crate::types::datetime::to_local;
use crate::types::interval::Interval;

/// The Julian day of 1970-01-01.
const JULIAN_EPOCH: i64 = 2_440_588;
/// Width to which the names of months and days are padded.
const NAME_WIDTH: usize = 9;

/// What is written: the parts of a timestamp or of an interval.
struct Moment {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    second: i64,
    microsecond: i64,
    /// The day, of a timestamp.
    days: Option<i64>,
    /// It has a zone, which is UTC.
    zoned: bool,
}

/// Returns `to_char(timestamp, template)`; nothing for an infinite time or an empty template. `zoned` tells that it is a `timestamptz`.
///
/// # Errors
/// None that a timestamp can cause; see [`interval_to_char`].
pub fn timestamp_to_char(timestamp: i64, zoned: bool, template: &str) -> Result<Option<String>> {
    if is_infinite(timestamp) || template.is_empty() {
        return Ok(None);
    }
    let timestamp = if zoned {
        to_local(timestamp)
    } else {
        timestamp
    };
    let days = timestamp.div_euclid(MICROSECONDS_PER_DAY);
    let civil = Civil::from_days(days);
    let mut moment = of_time(timestamp.rem_euclid(MICROSECONDS_PER_DAY));
    moment.days = Some(days);
    moment.zoned = zoned;
    (moment.year, moment.month, moment.day) = (civil.year, civil.month, civil.day);
    write(&moment, template).map(Some)
}

/// Returns `to_char(interval, template)`; nothing for an empty template.
///
/// # Errors
/// `22007` for a field that needs a day of the calendar.
pub fn interval_to_char(interval: Interval, template: &str) -> Result<Option<String>> {
    if template.is_empty() {
        return Ok(None);
    }
    let mut moment = of_time(interval.microseconds);
    moment.year = i64::from(interval.months / 12);
    moment.month = i64::from(interval.months % 12);
    moment.day = i64::from(interval.days);
    write(&moment, template).map(Some)
}

fn of_time(time: i64) -> Moment {
    Moment {
        year: 0,
        month: 0,
        day: 0,
        hour: time / MICROSECONDS_PER_HOUR,
        minute: time / (60 * MICROSECONDS_PER_SECOND) % 60,
        second: time / MICROSECONDS_PER_SECOND % 60,
        microsecond: time % MICROSECONDS_PER_SECOND,
        days: None,
        zoned: false,
    }
}

fn write(moment: &Moment, template: &str) -> Result<String> {
    let mut out = String::with_capacity(template.len() + 16);
    for piece in parse(template) {
        match piece {
            Piece::Separator(character) | Piece::Literal(character) => out.push(character),
            Piece::Field(field) => write_field(moment, field, &mut out)?,
        }
    }
    Ok(out)
}

fn write_field(moment: &Moment, field: Field, out: &mut String) -> Result<()> {
    let start = out.len();
    match number(moment, field.keyword)? {
        Some((value, width)) if field.bare || width == 0 => out.push_str(&value.to_string()),
        Some((value, width)) => {
            let width = width + usize::from(value < 0);
            out.push_str(&format!("{value:0width$}"));
        }
        None => return write_word(moment, field, out),
    }
    if let Some(case) = field.ordinal {
        let ending = ordinal(out.get(start..).unwrap_or_default());
        push_case(ending, case, out);
    }
    Ok(())
}

/// Returns the value and width of a field that is a number.
fn number(moment: &Moment, keyword: Keyword) -> Result<Option<(i64, usize)>> {
    let fraction = |digits: u32| moment.microsecond.abs() / 10i64.pow(6 - digits);
    Ok(Some(match keyword {
        Keyword::Hour12 => match moment.hour % 12 {
            0 => (12, 2),
            hour => (hour, 2),
        },
        Keyword::Hour24 => (moment.hour, 2),
        Keyword::Minute => (moment.minute, 2),
        Keyword::Second => (moment.second, 2),
        Keyword::Millisecond => (moment.microsecond / 1_000, 3),
        Keyword::Microsecond => (moment.microsecond, 6),
        Keyword::Fraction(digits) => (fraction(u32::from(digits)), usize::from(digits)),
        Keyword::SecondOfDay => ((moment.hour * 60 + moment.minute) * 60 + moment.second, 0),
        Keyword::Century => century(moment),
        Keyword::Year(digits) => last_digits(shown_year(moment, moment.year), digits),
        Keyword::Month => (moment.month, 2),
        Keyword::Day => (moment.day, 2),
        Keyword::WeekOfMonth => ((moment.day - 1) / 7 + 1, 0),
        Keyword::Quarter if moment.month == 0 => return Ok(None),
        Keyword::Quarter => ((moment.month - 1) / 3 + 1, 0),
        Keyword::DayOfYear | Keyword::Week if moment.days.is_none() => {
            interval_days(moment, keyword)
        }
        Keyword::Julian if moment.days.is_none() => {
            (julian(moment.year, moment.month, moment.day), 0)
        }
        Keyword::DayOfYear
        | Keyword::Week
        | Keyword::Julian
        | Keyword::IsoYear(_)
        | Keyword::IsoWeek
        | Keyword::IsoDayOfYear
        | Keyword::DayOfWeek
        | Keyword::IsoDayOfWeek => calendar(moment, keyword)?,
        _ => return Ok(None),
    }))
}

/// Days of an interval, whose months count 30.
fn interval_days(moment: &Moment, keyword: Keyword) -> (i64, usize) {
    let days = (moment.year * 12 + moment.month) * 30 + moment.day;
    match keyword {
        Keyword::Week => ((days - 1) / 7 + 1, 2),
        _ => (days, 3),
    }
}

fn julian(year: i64, month: i64, day: i64) -> i64 {
    let civil = Civil { year, month, day };
    civil.to_days() + JULIAN_EPOCH
}

/// A number of a day of the calendar.
fn calendar(moment: &Moment, keyword: Keyword) -> Result<(i64, usize)> {
    let days = moment.days.ok_or_else(no_calendar)?;
    let civil = Civil::from_days(days);
    let (iso_year, iso_week) = civil.iso_week();
    Ok(match keyword {
        Keyword::DayOfYear => (civil.day_of_year(), 3),
        Keyword::Week => ((civil.day_of_year() - 1) / 7 + 1, 2),
        Keyword::Julian => (days + JULIAN_EPOCH, 0),
        Keyword::IsoYear(digits) => last_digits(shown_year(moment, iso_year), digits),
        Keyword::IsoWeek => (iso_week, 2),
        Keyword::IsoDayOfYear => ((iso_week - 1) * 7 + weekday(days), 3),
        Keyword::DayOfWeek => (weekday(days) % 7 + 1, 0),
        _ => (weekday(days), 0),
    })
}

/// Returns the last digits of a year, all of them for four, and their width.
fn last_digits(year: i64, digits: u8) -> (i64, usize) {
    let shown = if digits < 4 {
        year % 10i64.pow(u32::from(digits))
    } else {
        year
    };
    (shown, usize::from(digits))
}

/// Returns a year as people count; an interval's is what it is.
fn shown_year(moment: &Moment, year: i64) -> i64 {
    if moment.days.is_some() && year <= 0 {
        1 - year
    } else {
        year
    }
}

fn century(moment: &Moment) -> (i64, usize) {
    let century = match moment.year {
        year if moment.days.is_none() => year / 100,
        year if year > 0 => (year - 1) / 100 + 1,
        year => year / 100 - 1,
    };
    (century, if century.abs() <= 99 { 2 } else { 0 })
}

fn no_calendar() -> Error {
    Error::new(
        Code::DATETIME_FORMAT,
        "invalid format specification for an interval value",
    )
    .hint("Intervals are not tied to specific calendar dates.")
}

fn write_word(moment: &Moment, field: Field, out: &mut String) -> Result<()> {
    let name = |names: &'static [&'static str], place: i64| {
        let place = usize::try_from(place).ok();
        place.and_then(|place| names.get(place)).copied()
    };
    let day = || moment.days.map(|days| weekday(days) % 7);
    let short = |name: &'static str| name.get(..3).unwrap_or_default();
    match field.keyword {
        Keyword::YearWithComma => {
            let year = shown_year(moment, moment.year);
            out.push_str(&format!("{},{:03}", year / 1_000, year % 1_000));
        }
        Keyword::HalfOfDay(points) => {
            let afternoon = moment.hour % 24 >= 12;
            let word = match (afternoon, points) {
                (true, true) => "p.m.",
                (true, false) => "pm",
                (false, true) => "a.m.",
                (false, false) => "am",
            };
            push_case(word, field.case, out);
        }
        Keyword::Era(points) => {
            moment.days.ok_or_else(no_calendar)?;
            let word = match (moment.year <= 0, points) {
                (true, true) => "b.c.",
                (true, false) => "bc",
                (false, true) => "a.d.",
                (false, false) => "ad",
            };
            push_case(word, field.case, out);
        }
        Keyword::MonthName => {
            moment.days.ok_or_else(no_calendar)?;
            push_name(name(&MONTHS, moment.month - 1), NAME_WIDTH, field, out);
        }
        Keyword::MonthShort => {
            moment.days.ok_or_else(no_calendar)?;
            push_name(name(&MONTHS, moment.month - 1).map(short), 3, field, out);
        }
        Keyword::DayName => {
            let day = day().ok_or_else(no_calendar)?;
            push_name(name(&DAYS, day), NAME_WIDTH, field, out);
        }
        Keyword::DayShort => {
            let day = day().ok_or_else(no_calendar)?;
            push_name(name(&DAYS, day).map(short), 3, field, out);
        }
        Keyword::Roman if moment.month != 0 => {
            // An interval's months may be negative: they count from the year's end.
            let place = (moment.month - 1).rem_euclid(12);
            push_name(name(&ROMAN, place), 4, field, out);
        }
        Keyword::Zone | Keyword::ZoneHour | Keyword::ZoneMinute | Keyword::Offset => {
            moment.days.ok_or_else(no_calendar)?;
            match field.keyword {
                Keyword::Zone if moment.zoned => push_case("utc", field.case, out),
                Keyword::Zone => {}
                Keyword::ZoneMinute => out.push_str("00"),
                _ => out.push_str("+00"),
            }
        }
        _ => {}
    }
    Ok(())
}

fn push_case(word: &str, case: Case, out: &mut String) {
    match case {
        Case::Upper => out.push_str(&word.to_ascii_uppercase()),
        Case::Lower => out.push_str(&word.to_ascii_lowercase()),
        Case::Capital => out.push_str(word),
    }
}

fn push_name(name: Option<&str>, width: usize, field: Field, out: &mut String) {
    let name = name.unwrap_or_default();
    push_case(name, field.case, out);
    if !field.bare {
        out.extend(std::iter::repeat_n(' ', width.saturating_sub(name.len())));
    }
}

/// Returns the ending of an ordinal.
fn ordinal(digits: &str) -> &'static str {
    let mut last = digits.bytes().rev();
    match (last.next(), last.next()) {
        (_, Some(b'1')) => "th",
        (Some(b'1'), _) => "st",
        (Some(b'2'), _) => "nd",
        (Some(b'3'), _) => "rd",
        _ => "th",
    }
}
