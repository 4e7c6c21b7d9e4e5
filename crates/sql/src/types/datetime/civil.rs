//! [`Civil`]: a day of the calendar; the way from days to years and back, in integers alone.

/// Microseconds in a second.
pub(crate) const MICROSECONDS_PER_SECOND: i64 = 1_000_000;
/// Microseconds in an hour.
pub(crate) const MICROSECONDS_PER_HOUR: i64 = 3_600 * MICROSECONDS_PER_SECOND;
/// Microseconds in a day.
pub(crate) const MICROSECONDS_PER_DAY: i64 = 86_400 * MICROSECONDS_PER_SECOND;

const DAYS_PER_ERA: i64 = 146_097;
/// Days from 0000-03-01 to 1970-01-01.
const EPOCH_OFFSET: i64 = 719_468;

/// A day of the Gregorian calendar; the year before 1 is 0 (1 BC).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the fields are the calendar's words")]
pub struct Civil {
    pub year: i64,
    pub month: i64,
    pub day: i64,
}

impl Civil {
    /// Returns the day that is `days` after 1970-01-01.
    pub fn from_days(days: i64) -> Self {
        // The year begins in March here, so that the leap day is its last.
        let shifted = days.saturating_add(EPOCH_OFFSET);
        let era = shifted.div_euclid(DAYS_PER_ERA);
        let day_of_era = shifted.rem_euclid(DAYS_PER_ERA);
        let year_of_era =
            (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
        let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
        let shifted_month = (5 * day_of_year + 2) / 153;
        let month = if shifted_month < 10 {
            shifted_month + 3
        } else {
            shifted_month - 9
        };
        Self {
            year: year_of_era + era * 400 + i64::from(month <= 2),
            month,
            day: day_of_year - (153 * shifted_month + 2) / 5 + 1,
        }
    }

    /// Returns the days from 1970-01-01 to this day.
    pub fn to_days(self) -> i64 {
        let year = self.year - i64::from(self.month <= 2);
        let era = year.div_euclid(400);
        let year_of_era = year.rem_euclid(400);
        let shifted_month = (self.month + 9) % 12;
        let day_of_year = (153 * shifted_month + 2) / 5 + self.day - 1;
        let day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;
        era * DAYS_PER_ERA + day_of_era - EPOCH_OFFSET
    }

    /// Returns the day of the year, from 1.
    pub fn day_of_year(self) -> i64 {
        let first = Self {
            month: 1,
            day: 1,
            ..self
        };
        self.to_days() - first.to_days() + 1
    }

    /// Returns the year and the number of the ISO week; the first week is the one with the year's first Thursday.
    pub fn iso_week(self) -> (i64, i64) {
        let days = self.to_days();
        let thursday = days - (days + 3).rem_euclid(7) + 3;
        let civil = Self::from_days(thursday);
        (civil.year, (civil.day_of_year() - 1) / 7 + 1)
    }

    /// Returns the day `months` later, or the last of its month when the month is shorter.
    #[must_use]
    pub fn add_months(self, months: i64) -> Self {
        let count = self.year * 12 + self.month - 1 + months;
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
        Self {
            year,
            month,
            day: self.day.min(days_in_month(year, month)),
        }
    }
}

/// Returns the number of days of a month, 1 to 12.
pub fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
