//! Time zones: offsets, abbreviations, and names of the IANA database.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};

use super::civil::{Civil, MICROSECONDS_PER_DAY, MICROSECONDS_PER_SECOND};

/// Abbreviations that PostgreSQL knows by default, in lower case, with their minutes east of UTC.
const ABBREVIATIONS: [(&str, i64); 60] = [
    ("acdt", 630),
    ("acst", 570),
    ("adt", -180),
    ("aedt", 660),
    ("aest", 600),
    ("akdt", -480),
    ("akst", -540),
    ("ast", -240),
    ("awst", 480),
    ("bdst", 120),
    ("brst", -120),
    ("brt", -180),
    ("bst", 60),
    ("cadt", 630),
    ("cast", 570),
    ("cdt", -300),
    ("cest", 120),
    ("cet", 60),
    ("cetdst", 120),
    ("clst", -180),
    ("cst", -360),
    ("edt", -240),
    ("eest", 180),
    ("eet", 120),
    ("eetdst", 180),
    ("est", -300),
    ("fet", 180),
    ("gmt", 0),
    ("hkt", 480),
    ("hst", -600),
    ("idt", 180),
    ("ist", 120),
    ("jst", 540),
    ("kst", 540),
    ("mdt", -360),
    ("mest", 120),
    ("met", 60),
    ("metdst", 120),
    ("mez", 60),
    ("msd", 240),
    ("msk", 180),
    ("mst", -420),
    ("ndt", -150),
    ("nst", -210),
    ("nzdt", 780),
    ("nzst", 720),
    ("nzt", 720),
    ("pdt", -420),
    ("pht", 480),
    ("pkt", 300),
    ("pst", -480),
    ("sgt", 480),
    ("ut", 0),
    ("utc", 0),
    ("wast", 420),
    ("wat", 60),
    ("wet", 0),
    ("wetdst", 60),
    ("z", 0),
    ("zulu", 0),
];

/// A time zone.
#[derive(Clone, Debug)]
pub(crate) enum Zone {
    /// Seconds east of UTC.
    Fixed(i64),
    /// A zone whose offset depends on the time.
    Named(TimeZone),
}

/// Returns the seconds east of UTC that an abbreviation in lower case means.
pub(super) fn abbreviation(word: &str) -> Option<i64> {
    let found = ABBREVIATIONS.iter().find(|(name, _)| *name == word);
    found.map(|(_, minutes)| minutes * 60)
}

impl Zone {
    /// Returns the zone of an IANA name, in any case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let known = !name.is_empty() && !name.contains("..");
        let Some(zone) = known.then(|| TimeZone::get(name).ok()).flatten() else {
            return posix(name).map(Self::Fixed);
        };
        Some(match zone.to_fixed_offset() {
            Ok(offset) => Self::Fixed(i64::from(offset.seconds())),
            Err(_) => Self::Named(zone),
        })
    }

    /// Returns the zone of an offset without name, which POSIX counts westward: `+03` is three hours west.
    pub(crate) fn posix_offset(text: &str) -> Option<Self> {
        let digits =
            text.starts_with(['+', '-']) || text.starts_with(|it: char| it.is_ascii_digit());
        posix(&format!("x{text}"))
            .filter(|_| digits)
            .map(Self::Fixed)
    }

    /// Returns the seconds east of UTC at a local time; where clocks skip or repeat an hour, as PostgreSQL decides.
    pub(crate) fn offset_at_local(&self, microseconds: i64) -> i64 {
        match self {
            Self::Fixed(seconds) => *seconds,
            Self::Named(zone) => {
                let offset = match zone.to_ambiguous_timestamp(local(microseconds)).offset() {
                    AmbiguousOffset::Unambiguous { offset } => offset,
                    AmbiguousOffset::Gap { before, .. } => before,
                    AmbiguousOffset::Fold { after, .. } => after,
                };
                i64::from(offset.seconds())
            }
        }
    }

    /// Returns the seconds east of UTC at a time of UTC.
    pub(crate) fn offset_at(&self, microseconds: i64) -> i64 {
        match self {
            Self::Fixed(seconds) => *seconds,
            Self::Named(zone) => Offset::UTC
                .to_timestamp(local(microseconds))
                .ok()
                .or_else(|| Timestamp::from_second(0).ok())
                .map_or(0, |timestamp| {
                    i64::from(zone.to_offset(timestamp).seconds())
                }),
        }
    }
}

/// Reads a name and an offset as POSIX does: `UTC+3` is three hours west.
fn posix(name: &str) -> Option<i64> {
    let start = name.find(|it: char| !it.is_ascii_alphabetic())?;
    let (letters, offset) = name.split_at(start);
    let east = match offset.strip_prefix('-') {
        Some(digits) => (1, digits),
        None => (-1, offset.strip_prefix('+').unwrap_or(offset)),
    };
    let (sign, digits) = east;
    let mut units = [3_600, 60, 1].into_iter();
    let mut seconds = 0;
    for part in digits.split(':') {
        let number: i64 = part.parse().ok().filter(|_| part.len() <= 2)?;
        seconds += number * units.next()?;
    }
    (!letters.is_empty() && seconds <= 24 * 3_600).then_some(sign * seconds)
}

/// Returns the date and time, moved by whole cycles of the calendar into the years that the time zone database covers.
fn local(microseconds: i64) -> DateTime {
    let civil = Civil::from_days(microseconds.div_euclid(MICROSECONDS_PER_DAY));
    let year = match civil.year {
        1..=9_000 => civil.year,
        ..=0 => civil.year.rem_euclid(400) + 400,
        _ => (civil.year - 2_000).rem_euclid(400) + 8_000,
    };
    let seconds = microseconds.rem_euclid(MICROSECONDS_PER_DAY) / MICROSECONDS_PER_SECOND;
    // Every part is in its range.
    DateTime::new(
        year as i16,
        civil.month as i8,
        civil.day as i8,
        (seconds / 3_600) as i8,
        (seconds / 60 % 60) as i8,
        (seconds % 60) as i8,
        0,
    )
    .unwrap_or(DateTime::ZERO)
}
