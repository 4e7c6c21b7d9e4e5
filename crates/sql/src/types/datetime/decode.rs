//! [`Decoder`]: gives each field of a date its meaning, by the rules of PostgreSQL's input for `DateStyle = ISO, MDY`.

use super::civil::{Civil, MICROSECONDS_PER_HOUR, MICROSECONDS_PER_SECOND, days_in_month};
use super::token::{Field, FieldKind};
use super::word::{self, Word};
use super::zone::Zone;

/// Why a text is no date.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    Format,
    Overflow,
    MonthOrDay,
    ZoneOverflow,
    UnknownZone(String),
}

/// What a text is, once decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A date and time, as far as told.
    Moment,
    Now,
    Epoch,
    Infinity,
    NegativeInfinity,
}

const YEAR: u16 = 1;
const MONTH: u16 = 2;
const DAY: u16 = 4;
const DATE: u16 = YEAR | MONTH | DAY;
const TIME: u16 = 8;
const ZONE: u16 = 16;
const HALF_OF_DAY: u16 = 32;
const ERA: u16 = 64;
const WEEKDAY: u16 = 128;

const MINUTE: i64 = 60 * MICROSECONDS_PER_SECOND;
/// Largest offset of a zone from UTC, in hours.
const ZONE_HOURS_MAX: i64 = 15;
/// The Julian day of 1970-01-01.
const JULIAN_EPOCH: i64 = 2_440_588;

/// The state of decoding; its fields are what was told so far.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    seen: u16,
    year: i64,
    month: i64,
    day: i64,
    two_digit_year: bool,
    text_month: bool,
    hour: i64,
    minute: i64,
    /// Microseconds of the minute; up to a whole one, for second 60.
    second: i64,
    afternoon: Option<bool>,
    before_christ: bool,
    /// Days from 1970-01-01, when the date was told as a whole.
    days: Option<i64>,
    /// Today, for `today` and its neighbours.
    today: i64,
    zone: Option<Zone>,
    awaited: Option<Word>,
    meaning: Option<Meaning>,
}

type Step = Result<u16, Fault>;

impl Decoder {
    /// Returns a decoder; `today` is in days, and `date_known` tells that only a time is expected.
    pub(super) fn new(today: i64, date_known: bool) -> Self {
        Self {
            seen: if date_known { DATE } else { 0 },
            today,
            ..Self::default()
        }
    }

    /// Decodes all fields.
    pub(super) fn decode(&mut self, fields: &[Field]) -> Result<Meaning, Fault> {
        for field in fields {
            let told = self.field(field)?;
            if told & self.seen != 0 {
                return Err(Fault::Format);
            }
            self.seen |= told;
        }
        if self.awaited.is_some() || fields.is_empty() {
            return Err(Fault::Format);
        }
        if let Some(meaning) = self.meaning {
            return Ok(meaning);
        }
        self.finish()?;
        Ok(Meaning::Moment)
    }

    fn field(&mut self, field: &Field) -> Step {
        let text = field.text.as_str();
        if let Some(awaited) = self.awaited.take() {
            return self.after_prefix(awaited, field);
        }
        match field.kind {
            FieldKind::Date if self.has(DATE) => self.zone_or_time(text),
            FieldKind::Date
                if self.zone.is_none()
                    && text.contains('/')
                    && !text.starts_with(|it: char| it.is_ascii_digit())
                    && Zone::named(text).is_some() =>
            {
                self.set_zone_named(text)
            }
            FieldKind::Date => self.date(text),
            FieldKind::Time => self.time(text),
            FieldKind::Zone => self.set_offset(text),
            FieldKind::Number => self.number(text),
            FieldKind::Word | FieldKind::Special => self.word(text),
        }
    }

    fn has(&self, mask: u16) -> bool {
        self.seen & mask == mask
    }

    fn after_prefix(&mut self, prefix: Word, field: &Field) -> Step {
        match (prefix, field.kind) {
            (Word::Julian, FieldKind::Number) => {
                let day: i64 = field.text.parse().map_err(|_| Fault::Format)?;
                self.days = Some(day.min(i64::from(i32::MAX)) - JULIAN_EPOCH);
                Ok(DATE)
            }
            (Word::TimeFollows, FieldKind::Number) => self.run_together(&field.text, DATE),
            (Word::TimeFollows, FieldKind::Time) => self.time(&field.text),
            (Word::TimeFollows, FieldKind::Date) => self.zone_or_time(&field.text),
            _ => Err(Fault::Format),
        }
    }

    /// A field with delimiters when the date is complete: the name of a zone, or `hhmmss-zz`.
    fn zone_or_time(&mut self, text: &str) -> Step {
        if !text.starts_with(|first: char| first.is_ascii_digit()) {
            return self.set_zone_named(text);
        }
        let (digits, offset) = text.split_once('-').ok_or(Fault::Format)?;
        let time = self.run_together(digits, DATE)?;
        Ok(time | self.set_offset(&format!("-{offset}"))?)
    }

    fn set_zone_named(&mut self, text: &str) -> Step {
        let zone = Zone::named(text).ok_or_else(|| Fault::UnknownZone(text.to_owned()))?;
        self.zone = Some(zone);
        Ok(ZONE)
    }

    /// A date with delimiters: month first unless a name or a long number tells otherwise.
    fn date(&mut self, text: &str) -> Step {
        let mut parts: Vec<&str> = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(|it: char| it.is_ascii_alphanumeric()) {
            let tail = rest.get(start..).unwrap_or_default();
            let digits = tail.starts_with(|it: char| it.is_ascii_digit());
            let end = tail
                .find(|it: char| !it.is_ascii_alphanumeric() || it.is_ascii_digit() != digits)
                .unwrap_or(tail.len());
            let (part, after) = tail.split_at(end);
            parts.push(part);
            rest = after;
        }
        if parts.len() > 3 {
            return Err(Fault::Format);
        }
        let mut told = 0;
        let is_number = |part: &str| part.starts_with(|it: char| it.is_ascii_digit());
        for part in parts.iter().filter(|part| !is_number(part)) {
            match word::find(part) {
                Some(Word::Month(month)) if told & MONTH == 0 => {
                    self.month = month;
                    self.text_month = true;
                    told |= MONTH;
                }
                Some(Word::Ignored) => {}
                _ => return Err(Fault::Format),
            }
        }
        for part in parts.iter().filter(|part| is_number(part)) {
            let step = self.plain_number(part, told | (self.seen & DATE))?;
            if step & told != 0 {
                return Err(Fault::Format);
            }
            told |= step;
        }
        if (told | self.seen) & !(ERA | WEEKDAY | TIME | ZONE | HALF_OF_DAY) != DATE {
            return Err(Fault::Format);
        }
        Ok(told)
    }

    fn time(&mut self, text: &str) -> Step {
        let (whole, fraction) = match text.split_once('.') {
            Some((whole, fraction)) => (whole, seconds_fraction(fraction).ok_or(Fault::Format)?),
            None => (text, 0),
        };
        let has_fraction = whole.len() != text.len();
        let mut parts = whole.split(':').map(small_number);
        let mut next = || parts.next().unwrap_or(Some(0)).ok_or(Fault::Format);
        let (first, second, third) = (next()?, next()?, next()?);
        if next()? != 0 || whole.split(':').count() > 3 {
            return Err(Fault::Format);
        }
        // `mm:ss.fff` is minutes and seconds.
        let (hour, minute, second) = if has_fraction && whole.split(':').count() == 2 {
            (0, first, second)
        } else {
            (first, second, third)
        };
        if minute > 59 || second > 60 || hour > i64::from(i32::MAX) {
            return Err(Fault::Overflow);
        }
        self.set_time(hour, minute, second * MICROSECONDS_PER_SECOND + fraction);
        Ok(TIME)
    }

    fn set_time(&mut self, hour: i64, minute: i64, second: i64) {
        (self.hour, self.minute, self.second) = (hour, minute, second);
    }

    fn set_offset(&mut self, text: &str) -> Step {
        self.zone = Some(Zone::Fixed(offset(text)?));
        Ok(ZONE)
    }

    fn number(&mut self, text: &str) -> Step {
        match text.find('.') {
            Some(_) if self.seen & DATE == 0 => self.date(text),
            Some(point) if point > 2 => self.run_together(text, self.seen),
            _ if text.len() >= 6 && !(self.has(DATE) && self.has(TIME)) => {
                self.run_together(text, self.seen)
            }
            _ => self.plain_number(text, self.seen),
        }
    }

    /// A number alone: the part of the date that is missing, `seen` telling which are known.
    fn plain_number(&mut self, text: &str, seen: u16) -> Step {
        let (digits, fraction) = text.split_once('.').unwrap_or((text, ""));
        if digits.len() > 2 && text.contains('.') {
            return self.run_together(text, seen);
        }
        if text.contains('.') && !fraction.is_empty() && seen & DATE != DATE {
            return Err(Fault::Format);
        }
        let value = small_number(digits).ok_or(Fault::Overflow)?;
        let length = text.len();
        if length == 3 && seen & DATE == YEAR && (1..=366).contains(&value) {
            let year = self.full_year()?;
            let first = Civil {
                year,
                month: 1,
                day: 1,
            };
            self.days = Some(first.to_days() + value - 1);
            return Ok(MONTH | DAY);
        }
        let part = match seen & DATE {
            0 if length >= 3 => YEAR,
            0 | YEAR | DAY => MONTH,
            MONTH if self.text_month && length >= 3 => YEAR,
            MONTH => DAY,
            part if part == MONTH | DAY => YEAR,
            part if part == YEAR | MONTH => {
                if self.text_month && length >= 3 && self.two_digit_year {
                    // The first number was the day after all.
                    self.day = self.year;
                    self.year = value;
                    self.two_digit_year = false;
                    return Ok(DAY);
                }
                DAY
            }
            part if part == YEAR | DAY => MONTH,
            _ => return self.run_together(text, seen),
        };
        match part {
            YEAR => {
                self.year = value;
                self.two_digit_year = length <= 2;
            }
            MONTH => self.month = value,
            _ => self.day = value,
        }
        Ok(part)
    }

    /// `yyyymmdd`, `yymmdd`, `hhmmss` or `hhmm`.
    fn run_together(&mut self, text: &str, seen: u16) -> Step {
        let (digits, fraction) = match text.split_once('.') {
            Some((digits, fraction)) => (digits, seconds_fraction(fraction).ok_or(Fault::Format)?),
            None => (text, 0),
        };
        let pair = |from_end: usize| {
            let end = digits.len().checked_sub(from_end)?;
            small_number(digits.get(end.checked_sub(2)?..end)?)
        };
        if !text.contains('.') && seen & DATE != DATE && digits.len() >= 6 {
            let year = digits.get(..digits.len() - 4).unwrap_or_default();
            self.year = small_number(year).ok_or(Fault::Overflow)?;
            self.two_digit_year = year.len() == 2;
            self.month = pair(2).ok_or(Fault::Format)?;
            self.day = pair(0).ok_or(Fault::Format)?;
            return Ok(DATE);
        }
        if seen & TIME != 0 {
            return Err(Fault::Format);
        }
        let part = |from_end| pair(from_end).ok_or(Fault::Format);
        match digits.len() {
            6 => {
                let second = part(0)? * MICROSECONDS_PER_SECOND + fraction;
                self.set_time(part(4)?, part(2)?, second);
            }
            4 => self.set_time(part(2)?, part(0)?, fraction),
            _ => return Err(Fault::Format),
        }
        if self.minute > 59 || self.second > MINUTE {
            return Err(Fault::Overflow);
        }
        Ok(TIME)
    }

    fn word(&mut self, text: &str) -> Step {
        let Some(word) = word::find(text) else {
            let zone = Zone::named(text).ok_or(Fault::Format)?;
            self.zone = Some(zone);
            return Ok(ZONE);
        };
        match word {
            Word::Month(month) => {
                let mut told = MONTH;
                if self.has(MONTH)
                    && !self.text_month
                    && !self.has(DAY)
                    && (1..=31).contains(&self.month)
                {
                    // A number before the name of the month was the day.
                    self.day = self.month;
                    told = DAY;
                }
                self.text_month = true;
                self.month = month;
                return Ok(told);
            }
            Word::Ignored => return Ok(0),
            Word::Zone(seconds) => {
                self.zone = Some(Zone::Fixed(seconds));
                return Ok(ZONE);
            }
            Word::Morning | Word::Afternoon => {
                self.afternoon = Some(word == Word::Afternoon);
                return Ok(HALF_OF_DAY);
            }
            Word::BeforeChrist | Word::AnnoDomini => {
                self.before_christ = word == Word::BeforeChrist;
                return Ok(ERA);
            }
            Word::TimeFollows if !self.has(DATE) => return Err(Fault::Format),
            Word::TimeFollows | Word::Julian => {
                self.awaited = Some(word);
                return Ok(0);
            }
            Word::Today | Word::Yesterday | Word::Tomorrow | Word::Now => self.passing(word),
            Word::AllBalls => {
                self.zone = Some(Zone::Fixed(0));
                return Ok(TIME | ZONE);
            }
            Word::Epoch => self.meaning = Some(Meaning::Epoch),
            Word::Infinity => self.meaning = Some(Meaning::Infinity),
            Word::NegativeInfinity => self.meaning = Some(Meaning::NegativeInfinity),
        }
        Ok(match self.meaning {
            // A day may be followed by a time; the other words stand alone.
            None => DATE,
            Some(_) => DATE | TIME | ZONE,
        })
    }

    /// Reads a word that means another time each time.
    fn passing(&mut self, word: Word) {
        super::session::passes();
        match word {
            Word::Yesterday => self.days = Some(self.today - 1),
            Word::Tomorrow => self.days = Some(self.today + 1),
            Word::Now => self.meaning = Some(Meaning::Now),
            _ => self.days = Some(self.today),
        }
    }

    fn full_year(&self) -> Result<i64, Fault> {
        match self.year {
            year if self.before_christ => {
                if year <= 0 {
                    return Err(Fault::Overflow);
                }
                Ok(1 - year)
            }
            year if self.two_digit_year => Ok(year + if year < 70 { 2_000 } else { 1_900 }),
            year if year <= 0 => Err(Fault::Overflow),
            year => Ok(year),
        }
    }

    /// Checks the parts against each other.
    fn finish(&mut self) -> Result<(), Fault> {
        if self.days.is_none() && self.has(DATE) && self.month != 0 {
            let year = self.full_year()?;
            if !(1..=12).contains(&self.month) || !(1..=31).contains(&self.day) {
                return Err(Fault::MonthOrDay);
            }
            if self.day > days_in_month(year, self.month) {
                return Err(Fault::Overflow);
            }
            let civil = Civil {
                year,
                month: self.month,
                day: self.day,
            };
            self.days = Some(civil.to_days());
        } else if self.days.is_none() && self.has(DATE) && self.date_was_told() {
            return Err(Fault::MonthOrDay);
        }
        if let Some(afternoon) = self.afternoon {
            if self.hour > 12 {
                return Err(Fault::Overflow);
            }
            self.hour = self.hour % 12 + if afternoon { 12 } else { 0 };
        }
        if self.microseconds() > 24 * MICROSECONDS_PER_HOUR || self.hour > 24 {
            return Err(Fault::Overflow);
        }
        Ok(())
    }

    fn date_was_told(&self) -> bool {
        self.year != 0 || self.day != 0 || self.month != 0
    }

    /// Returns the day, if one was told.
    pub(super) fn days(&self) -> Option<i64> {
        self.days
    }

    /// Tells whether a time of day was told.
    pub(super) fn has_time(&self) -> bool {
        self.has(TIME)
    }

    /// Returns the time of day.
    pub(super) fn microseconds(&self) -> i64 {
        self.hour
            .saturating_mul(MICROSECONDS_PER_HOUR)
            .saturating_add(self.minute * MINUTE + self.second)
    }

    /// Returns the zone, if one was told.
    pub(super) fn zone(&self) -> Option<&Zone> {
        self.zone.as_ref()
    }
}

/// Reads digits, or nothing when they are none or too many.
fn small_number(digits: &str) -> Option<i64> {
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<i32>().ok().map(i64::from)
}

/// Returns the microseconds that the digits behind the point of a second mean, rounded.
pub(crate) fn seconds_fraction(digits: &str) -> Option<i64> {
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    if digits.len() > 6 {
        // PostgreSQL rounds the product of two floating-point numbers.
        let fraction: f64 = format!("0.{digits}").parse().ok()?;
        return Some((fraction * MICROSECONDS_PER_SECOND as f64).round_ties_even() as i64);
    }
    let number = digits
        .bytes()
        .fold(0, |sum, digit| sum * 10 + i64::from(digit - b'0'));
    Some(number * 10i64.pow(6 - digits.len() as u32))
}

/// Reads `+hh`, `-hhmm`, `+hh:mm` or `+hh:mm:ss` as seconds east of UTC.
pub(super) fn offset(text: &str) -> Result<i64, Fault> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['+', '-']).ok_or(Fault::Format)?;
    let (hours, minutes, seconds) = if digits.contains(':') {
        let mut parts = digits.split(':').map(small_number);
        let mut next = || parts.next().unwrap_or(Some(0)).ok_or(Fault::Format);
        let found = (next()?, next()?, next()?);
        if digits.split(':').count() > 3 {
            return Err(Fault::Format);
        }
        found
    } else {
        let leading = digits.split('-').next().unwrap_or_default();
        let number = small_number(leading).ok_or(Fault::Format)?;
        if leading.len() != digits.len() {
            // PostgreSQL looks at the hours before it sees that more follows.
            return Err(if number > ZONE_HOURS_MAX {
                Fault::ZoneOverflow
            } else {
                Fault::Format
            });
        }
        if digits.len() > 2 {
            (number / 100, number % 100, 0)
        } else {
            (number, 0, 0)
        }
    };
    if hours > ZONE_HOURS_MAX || minutes > 59 || seconds > 59 {
        return Err(Fault::ZoneOverflow);
    }
    let total = hours * 3_600 + minutes * 60 + seconds;
    Ok(if negative { -total } else { total })
}
