//! `to_date` and `to_timestamp`: reading a text by a template.

use underpin_base::{Code, Error, Result};

use super::template::{DAYS, Field, Keyword, MONTHS, Piece, ROMAN, parse};
use crate::types::datetime::arithmetic::{checked, refused};
use crate::types::datetime::civil::{
    Civil, MICROSECONDS_PER_DAY, MICROSECONDS_PER_SECOND, days_in_month,
};
use crate::types::datetime::input::{DAYS_END, FIRST_DAY};

/// The Julian day of 1970-01-01.
const JULIAN_EPOCH: i64 = 2_440_588;

/// What was read so far.
#[derive(Debug, Default)]
struct Parts {
    hour: i64,
    minute: i64,
    second: i64,
    microsecond: i64,
    second_of_day: Option<i64>,
    twelve_hours: bool,
    afternoon: Option<bool>,
    year: Option<i64>,
    before_christ: bool,
    century: Option<i64>,
    month: Option<i64>,
    day: Option<i64>,
    day_of_year: Option<i64>,
    week: Option<i64>,
    week_of_month: Option<i64>,
    iso_year: Option<i64>,
    iso_week: Option<i64>,
    iso_day: Option<i64>,
    julian: Option<i64>,
    zone_hour: Option<i64>,
    zone_minute: i64,
}

struct Reader<'a> {
    rest: &'a str,
    exact: bool,
    /// White space that was passed and not told by the template.
    extra: i64,
    /// A minus was passed as a separator just before.
    minus: bool,
    parts: Parts,
}

/// Returns `to_date(text, template)`, in days.
///
/// # Errors
/// `22007` when the text is not as the template says, `22008` when there is no such day.
pub fn to_date(text: &str, template: &str) -> Result<i64> {
    let parts = read(text, template)?;
    let days = parts.days(text)?;
    if !(FIRST_DAY..DAYS_END).contains(&days) {
        return Err(refused(format!("date out of range: \"{text}\"")));
    }
    parts.time(text)?;
    Ok(days)
}

/// Returns `to_timestamp(text, template)`, a `timestamptz`.
///
/// # Errors
/// See [`to_date`].
pub fn to_timestamp(text: &str, template: &str) -> Result<i64> {
    let parts = read(text, template)?;
    let days = parts.days(text)?;
    let time = parts.time(text)?;
    let east = parts.zone_hour.map_or(0, |hour| {
        let minutes = hour.abs() * 60 + parts.zone_minute;
        if hour < 0 { -minutes } else { minutes }
    });
    let moment = days
        .checked_mul(MICROSECONDS_PER_DAY)
        .and_then(|it| it.checked_add(time - east * 60 * MICROSECONDS_PER_SECOND));
    checked(moment).map_err(|_| refused(format!("timestamp out of range: \"{text}\"")))
}

fn read(text: &str, template: &str) -> Result<Parts> {
    let pieces = parse(template);
    let mut reader = Reader {
        rest: text,
        exact: false,
        extra: 0,
        minus: false,
        parts: Parts::default(),
    };
    for (index, piece) in pieces.iter().enumerate() {
        if reader.rest.is_empty() {
            break;
        }
        let is_field = matches!(piece, Piece::Field(_));
        if !reader.exact && (is_field || index == 0) {
            reader.skip_spaces();
        }
        match piece {
            Piece::Separator(_) => reader.separator(),
            Piece::Literal(_) => reader.literal(),
            Piece::Field(field) => {
                let numeric_next = pieces.get(index + 1).is_some_and(|next| match next {
                    Piece::Field(next) => next.keyword.is_digits(),
                    Piece::Literal(character) => character.is_ascii_digit(),
                    Piece::Separator(_) => false,
                });
                reader.field(*field, numeric_next && field.ordinal.is_none())?;
                if !reader.exact {
                    reader.extra = 0;
                    reader.skip_spaces();
                }
            }
        }
    }
    Ok(reader.parts)
}

impl Reader<'_> {
    fn skip_spaces(&mut self) {
        let stripped = self
            .rest
            .trim_start_matches(|it: char| it.is_ascii_whitespace());
        self.extra += (self.rest.len() - stripped.len()) as i64;
        self.rest = stripped;
    }

    fn skip_character(&mut self) {
        let mut characters = self.rest.chars();
        characters.next();
        self.rest = characters.as_str();
    }

    fn separator(&mut self) {
        if self.exact {
            self.skip_character();
            return;
        }
        self.extra -= 1;
        let separates = |it: char| it.is_ascii_whitespace() || it.is_ascii_punctuation();
        if self.rest.starts_with(separates) {
            self.minus = self.rest.starts_with('-');
            self.skip_character();
            self.extra += 1;
        }
    }

    fn literal(&mut self) {
        if !self.exact && self.extra > 0 {
            self.extra -= 1;
        } else {
            self.skip_character();
        }
    }

    /// Reads a whole number: of exactly `width` characters when another number follows, else of as many digits as there are.
    fn number(&mut self, field: Field, width: usize, numeric_next: bool) -> Result<(i64, usize)> {
        let invalid = |shown: &str, details: String| {
            Error::new(
                Code::DATETIME_FORMAT,
                format!("invalid value \"{shown}\" for \"{}\"", field.name),
            )
            .details(details)
        };
        self.skip_spaces();
        let limited = numeric_next && !field.bare;
        let window_end = self
            .rest
            .char_indices()
            .nth(width)
            .map_or(self.rest.len(), |(at, _)| at);
        let window = self.rest.get(..window_end).unwrap_or_default();
        if limited && window.chars().count() < width {
            return Err(Error::new(
                Code::DATETIME_FORMAT,
                format!(
                    "source string too short for \"{}\" formatting field",
                    field.name
                ),
            )
            .details(format!(
                "Field requires {width} characters, but only {} remain.",
                window.chars().count()
            ))
            .hint("If your source string is not fixed-width, try using the \"FM\" modifier."));
        }
        let source = if limited { window } else { self.rest };
        let unsigned = source.strip_prefix(['+', '-']).unwrap_or(source);
        let digits = unsigned.bytes().take_while(u8::is_ascii_digit).count();
        let length = source.len() - unsigned.len() + digits;
        if digits == 0 {
            return Err(invalid(window, "Value must be an integer.".to_owned()));
        }
        if limited && length < width {
            return Err(invalid(
                window,
                format!("Field requires {width} characters, but only {length} could be parsed."),
            )
            .hint("If your source string is not fixed-width, try using the \"FM\" modifier."));
        }
        let number: i32 = source
            .get(..length)
            .and_then(|it| it.parse().ok())
            .ok_or_else(|| {
                refused(format!(
                    "value for \"{}\" in source string is out of range",
                    field.name
                ))
                .details("Value must be in the range -2147483648 to 2147483647.")
            })?;
        self.rest = self.rest.get(length..).unwrap_or_default();
        if field.ordinal.is_some() {
            self.skip_character();
            self.skip_character();
        }
        Ok((i64::from(number), length))
    }

    /// Reads one of `words`, in any case, and returns its place.
    fn word(&mut self, field: Field, words: &[&str]) -> Result<i64> {
        let found = words.iter().zip(0..).find(|(word, _)| {
            let start = self.rest.get(..word.len());
            start.is_some_and(|start| start.eq_ignore_ascii_case(word))
        });
        let Some((word, place)) = found else {
            let end = self
                .rest
                .find(|it: char| !it.is_alphanumeric())
                .unwrap_or(self.rest.len());
            let shown = self.rest.get(..end).unwrap_or_default();
            return Err(Error::new(
                Code::DATETIME_FORMAT,
                format!("invalid value \"{shown}\" for \"{}\"", field.name),
            )
            .details("The given value did not match any of the allowed values for this field."));
        };
        self.rest = self.rest.get(word.len()..).unwrap_or_default();
        Ok(place)
    }

    fn field(&mut self, field: Field, numeric_next: bool) -> Result<()> {
        match field.keyword {
            Keyword::Exact => self.exact = true,
            Keyword::HalfOfDay(points) => {
                let words = if points {
                    ["a.m.", "p.m."]
                } else {
                    ["am", "pm"]
                };
                self.parts.afternoon = Some(self.word(field, &words)? == 1);
                self.parts.twelve_hours = true;
            }
            Keyword::Era(points) => {
                let words = if points {
                    ["a.d.", "b.c."]
                } else {
                    ["ad", "bc"]
                };
                self.parts.before_christ = self.word(field, &words)? == 1;
            }
            Keyword::MonthName => self.parts.month = Some(self.word(field, &MONTHS)? + 1),
            Keyword::MonthShort => {
                let short = MONTHS.map(|name| name.get(..3).unwrap_or(name));
                self.parts.month = Some(self.word(field, &short)? + 1);
            }
            Keyword::Roman => {
                // Longer numbers first, since one starts another.
                let mut words = ROMAN;
                words.reverse();
                words.sort_by_key(|word| std::cmp::Reverse(word.len()));
                let place = self.word(field, &words)?;
                let word = usize::try_from(place)
                    .ok()
                    .and_then(|place| words.get(place));
                let month = ROMAN.iter().zip(1..).find(|(name, _)| Some(*name) == word);
                self.parts.month = month.map(|(_, month)| month);
            }
            Keyword::DayName => drop(self.word(field, &DAYS)?),
            Keyword::DayShort => {
                let short = DAYS.map(|name| name.get(..3).unwrap_or(name));
                self.word(field, &short)?;
            }
            Keyword::Zone | Keyword::Offset => {
                return Err(Error::new(
                    Code::FEATURE_NOT_SUPPORTED,
                    format!(
                        "formatting field \"{}\" is only supported in to_char",
                        field.name
                    ),
                ));
            }
            Keyword::Millisecond | Keyword::Microsecond | Keyword::Fraction(_) => {
                let width = match field.keyword {
                    Keyword::Millisecond => 3,
                    Keyword::Fraction(digits) => usize::from(digits),
                    _ => 6,
                };
                let (value, length) = self.number(field, width, numeric_next)?;
                let missing = 6u32.saturating_sub(length as u32);
                self.parts.microsecond = value.saturating_mul(10i64.pow(missing));
            }
            _ => self.plain_number(field, numeric_next)?,
        }
        Ok(())
    }

    fn plain_number(&mut self, field: Field, numeric_next: bool) -> Result<()> {
        let width = match field.keyword {
            Keyword::Year(digits) | Keyword::IsoYear(digits) => usize::from(digits),
            Keyword::YearWithComma => 4,
            Keyword::DayOfYear | Keyword::IsoDayOfYear => 3,
            Keyword::DayOfWeek
            | Keyword::IsoDayOfWeek
            | Keyword::WeekOfMonth
            | Keyword::Quarter => 1,
            Keyword::SecondOfDay => 5,
            Keyword::Julian => 7,
            _ => 2,
        };
        if field.keyword == Keyword::YearWithComma {
            let (thousands, _) = self.number(field, 1, false)?;
            self.separator();
            let (rest, _) = self.number(field, 3, numeric_next)?;
            self.parts.year = Some(thousands * 1_000 + rest);
            return Ok(());
        }
        let (value, length) = self.number(field, width, numeric_next)?;
        let parts = &mut self.parts;
        match field.keyword {
            Keyword::Hour12 => {
                parts.hour = value;
                parts.twelve_hours = true;
            }
            Keyword::Hour24 => parts.hour = value,
            Keyword::Minute => parts.minute = value,
            Keyword::Second => parts.second = value,
            Keyword::SecondOfDay => parts.second_of_day = Some(value),
            Keyword::Year(digits) => parts.year = Some(near_2020(value, digits, length)),
            Keyword::IsoYear(digits) => parts.iso_year = Some(near_2020(value, digits, length)),
            Keyword::Century => parts.century = Some(value),
            Keyword::Month => parts.month = Some(value),
            Keyword::Day => parts.day = Some(value),
            Keyword::DayOfYear => parts.day_of_year = Some(value),
            Keyword::Week => parts.week = Some(value),
            Keyword::WeekOfMonth => parts.week_of_month = Some(value),
            Keyword::IsoWeek => parts.iso_week = Some(value),
            Keyword::IsoDayOfWeek => parts.iso_day = Some(value),
            Keyword::Julian => parts.julian = Some(value),
            Keyword::ZoneHour => {
                // A minus may have been taken for the separator before the zone.
                let minus = std::mem::take(&mut self.minus) && self.extra > 0;
                parts.zone_hour = Some(if minus { -value } else { value });
            }
            Keyword::ZoneMinute => parts.zone_minute = value,
            // The day of the week and the quarter say nothing.
            _ => {}
        }
        Ok(())
    }
}

/// Returns the year nearest to 2020 that a shortened one means.
fn near_2020(year: i64, digits: u8, length: usize) -> i64 {
    match year {
        _ if digits == 4 || length >= 4 => year,
        0..70 => year + 2_000,
        70..100 => year + 1_900,
        100..520 => year + 2_000,
        520..1_000 => year + 1_000,
        _ => year,
    }
}

impl Parts {
    fn time(&self, text: &str) -> Result<i64> {
        let mut hour = self.hour;
        let (mut minute, mut second) = (self.minute, self.second);
        if let Some(total) = self.second_of_day {
            (hour, minute, second) = (total / 3_600, total / 60 % 60, total % 60);
        }
        if self.twelve_hours {
            if !(1..=12).contains(&hour) {
                return Err(Error::new(
                    Code::DATETIME_FORMAT,
                    format!("hour \"{hour}\" is invalid for the 12-hour clock"),
                )
                .hint("Use the 24-hour clock, or give an hour between 1 and 12."));
            }
            hour = match self.afternoon {
                Some(true) => hour % 12 + 12,
                Some(false) => hour % 12,
                None => hour,
            };
        }
        let valid = (0..24).contains(&hour)
            && (0..60).contains(&minute)
            && (0..60).contains(&second)
            && (0..MICROSECONDS_PER_SECOND).contains(&self.microsecond);
        if !valid {
            return Err(field_out_of_range(text));
        }
        Ok(((hour * 60 + minute) * 60 + second) * MICROSECONDS_PER_SECOND + self.microsecond)
    }

    /// Returns the year with the one before 1 as 0.
    fn full_year(&self) -> i64 {
        match (self.year, self.century) {
            (Some(year), _) if self.before_christ && year > 0 => 1 - year,
            (Some(year), _) if year < 0 => year + 1,
            (Some(year), _) => year,
            (None, Some(century)) if self.before_christ => 1 - century * 100,
            (None, Some(century)) => (century - 1) * 100 + 1,
            (None, None) => 0,
        }
    }

    fn days(&self, text: &str) -> Result<i64> {
        if let Some(julian) = self.julian {
            return Ok(julian - JULIAN_EPOCH);
        }
        if let (Some(year), Some(week)) = (self.iso_year, self.iso_week) {
            if !(1..=53).contains(&week) {
                return Err(field_out_of_range(text));
            }
            let fourth = Civil {
                year,
                month: 1,
                day: 4,
            };
            let monday = fourth.to_days() - (fourth.to_days() + 3).rem_euclid(7);
            return Ok(monday + (week - 1) * 7 + self.iso_day.unwrap_or(1) - 1);
        }
        let year = self.full_year();
        let day_of_year = self
            .day_of_year
            .or(self.week.map(|week| (week - 1) * 7 + 1));
        if let Some(day) = day_of_year {
            if !(1..=366).contains(&day) {
                return Err(field_out_of_range(text));
            }
            let first = Civil {
                year,
                month: 1,
                day: 1,
            };
            return Ok(first.to_days() + day - 1);
        }
        let month = told(self.month).unwrap_or(1);
        let week_day = self.week_of_month.map(|week| (week - 1) * 7 + 1);
        let day = week_day.or(told(self.day)).unwrap_or(1);
        if !(1..=12).contains(&month) || !(1..=days_in_month(year, month)).contains(&day) {
            return Err(field_out_of_range(text));
        }
        Ok(Civil { year, month, day }.to_days())
    }
}

/// Returns a number; zero is as good as none.
fn told(number: Option<i64>) -> Option<i64> {
    number.filter(|number| *number != 0)
}

fn field_out_of_range(text: &str) -> Error {
    refused(format!("date/time field value out of range: \"{text}\""))
}
