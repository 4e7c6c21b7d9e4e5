//! The words that may stand in a date.

/// What a word means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Word {
    Month(i64),
    /// The name of a day, and other words that say nothing.
    Ignored,
    /// An offset from UTC in seconds.
    Zone(i64),
    Morning,
    Afternoon,
    BeforeChrist,
    AnnoDomini,
    /// `T` between date and time.
    TimeFollows,
    /// `J` before the number of a Julian day.
    Julian,
    Now,
    Yesterday,
    Today,
    Tomorrow,
    /// Midnight.
    AllBalls,
    Epoch,
    Infinity,
    NegativeInfinity,
}

const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
const IGNORED: [&str; 21] = [
    "sun",
    "sunday",
    "mon",
    "monday",
    "tue",
    "tues",
    "tuesday",
    "wed",
    "weds",
    "wednesday",
    "thu",
    "thur",
    "thurs",
    "thursday",
    "fri",
    "friday",
    "sat",
    "saturday",
    "at",
    "on",
    "dow",
];

/// Returns what `word`, in lower case, means; zones are known by their abbreviations only.
pub(super) fn find(word: &str) -> Option<Word> {
    if let Some(seconds) = super::zone::abbreviation(word) {
        return Some(Word::Zone(seconds));
    }
    core(word)
}

/// Tells whether `word` is one of the words that are no zone, units included.
pub(super) fn is_known(word: &str) -> bool {
    matches!(word, "d" | "h" | "m" | "mm" | "s" | "y") || core(word).is_some()
}

fn core(word: &str) -> Option<Word> {
    let month = MONTHS.iter().zip(1..).find(|(name, _)| {
        word == **name || name.get(..3) == Some(word) || **name == "september" && word == "sept"
    });
    if let Some((_, month)) = month {
        return Some(Word::Month(month));
    }
    if IGNORED.contains(&word) {
        return Some(Word::Ignored);
    }
    Some(match word {
        "am" => Word::Morning,
        "pm" => Word::Afternoon,
        "bc" => Word::BeforeChrist,
        "ad" => Word::AnnoDomini,
        "t" => Word::TimeFollows,
        "j" | "jd" | "julian" => Word::Julian,
        "now" => Word::Now,
        "yesterday" => Word::Yesterday,
        "today" => Word::Today,
        "tomorrow" => Word::Tomorrow,
        "allballs" => Word::AllBalls,
        "epoch" => Word::Epoch,
        "infinity" => Word::Infinity,
        "-infinity" => Word::NegativeInfinity,
        _ => return None,
    })
}
