//! [`Piece`]: a template such as `YYYY-MM-DD HH24:MI` in parts.

/// A part of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece {
    /// A field.
    Field(Field),
    /// A space or a mark of punctuation.
    Separator(char),
    /// Any other character, and quoted ones.
    Literal(char),
}

/// A field with what stands before and behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Field {
    /// What it is.
    pub(super) keyword: Keyword,
    /// The keyword as PostgreSQL names it in messages.
    pub(super) name: &'static str,
    /// How words are written.
    pub(super) case: Case,
    /// `FM`: no padding.
    pub(super) bare: bool,
    /// `TH` or `th`: an ordinal's ending.
    pub(super) ordinal: Option<Case>,
}

/// How words are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Upper,
    Capital,
    Lower,
}

/// What a field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Keyword {
    Hour12,
    Hour24,
    Minute,
    Second,
    Millisecond,
    Microsecond,
    /// `FF1` to `FF6`.
    Fraction(u8),
    SecondOfDay,
    /// With points or without.
    HalfOfDay(bool),
    /// With points or without.
    Era(bool),
    YearWithComma,
    /// With this many digits.
    Year(u8),
    /// With this many digits.
    IsoYear(u8),
    Century,
    MonthName,
    MonthShort,
    Month,
    DayName,
    DayShort,
    DayOfYear,
    IsoDayOfYear,
    Day,
    DayOfWeek,
    IsoDayOfWeek,
    WeekOfMonth,
    Week,
    IsoWeek,
    Julian,
    Quarter,
    Roman,
    Zone,
    ZoneHour,
    ZoneMinute,
    Offset,
    /// `FX`: applies to the whole template.
    Exact,
}

/// Keywords, a longer one before those that it starts with; each is known in upper and lower case.
const KEYWORDS: [(&str, Keyword); 58] = [
    ("A.D.", Keyword::Era(true)),
    ("A.M.", Keyword::HalfOfDay(true)),
    ("AD", Keyword::Era(false)),
    ("AM", Keyword::HalfOfDay(false)),
    ("B.C.", Keyword::Era(true)),
    ("BC", Keyword::Era(false)),
    ("CC", Keyword::Century),
    ("DAY", Keyword::DayName),
    ("DDD", Keyword::DayOfYear),
    ("DD", Keyword::Day),
    ("DY", Keyword::DayShort),
    ("Day", Keyword::DayName),
    ("Dy", Keyword::DayShort),
    ("D", Keyword::DayOfWeek),
    ("FF1", Keyword::Fraction(1)),
    ("FF2", Keyword::Fraction(2)),
    ("FF3", Keyword::Fraction(3)),
    ("FF4", Keyword::Fraction(4)),
    ("FF5", Keyword::Fraction(5)),
    ("FF6", Keyword::Fraction(6)),
    ("FX", Keyword::Exact),
    ("HH24", Keyword::Hour24),
    ("HH12", Keyword::Hour12),
    ("HH", Keyword::Hour12),
    ("IDDD", Keyword::IsoDayOfYear),
    ("ID", Keyword::IsoDayOfWeek),
    ("IW", Keyword::IsoWeek),
    ("IYYY", Keyword::IsoYear(4)),
    ("IYY", Keyword::IsoYear(3)),
    ("IY", Keyword::IsoYear(2)),
    ("I", Keyword::IsoYear(1)),
    ("J", Keyword::Julian),
    ("MI", Keyword::Minute),
    ("MM", Keyword::Month),
    ("MONTH", Keyword::MonthName),
    ("MON", Keyword::MonthShort),
    ("MS", Keyword::Millisecond),
    ("Month", Keyword::MonthName),
    ("Mon", Keyword::MonthShort),
    ("OF", Keyword::Offset),
    ("P.M.", Keyword::HalfOfDay(true)),
    ("PM", Keyword::HalfOfDay(false)),
    ("Q", Keyword::Quarter),
    ("RM", Keyword::Roman),
    ("SSSSS", Keyword::SecondOfDay),
    ("SSSS", Keyword::SecondOfDay),
    ("SS", Keyword::Second),
    ("TZH", Keyword::ZoneHour),
    ("TZM", Keyword::ZoneMinute),
    ("TZ", Keyword::Zone),
    ("US", Keyword::Microsecond),
    ("WW", Keyword::Week),
    ("W", Keyword::WeekOfMonth),
    ("Y,YYY", Keyword::YearWithComma),
    ("YYYY", Keyword::Year(4)),
    ("YYY", Keyword::Year(3)),
    ("YY", Keyword::Year(2)),
    ("Y", Keyword::Year(1)),
];

/// Splits a template.
pub(super) fn parse(template: &str) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut rest = template;
    while let Some(first) = rest.chars().next() {
        if let Some((field, tail)) = field(rest) {
            pieces.push(Piece::Field(field));
            rest = tail;
            continue;
        }
        rest = rest.get(first.len_utf8()..).unwrap_or_default();
        match first {
            '"' => rest = quoted(rest, &mut pieces),
            '\\' if rest.starts_with('"') => {
                rest = rest.get(1..).unwrap_or_default();
                pieces.push(Piece::Literal('"'));
            }
            _ if first.is_ascii_punctuation() || first.is_ascii_whitespace() => {
                pieces.push(Piece::Separator(first));
            }
            _ => pieces.push(Piece::Literal(first)),
        }
    }
    pieces
}

/// Reads up to the closing quote, in which a backslash takes the next character as it is.
fn quoted<'a>(text: &'a str, pieces: &mut Vec<Piece>) -> &'a str {
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        match character {
            '"' => break,
            '\\' => pieces.extend(characters.next().map(Piece::Literal)),
            _ => pieces.push(Piece::Literal(character)),
        }
    }
    characters.as_str()
}

fn field(text: &str) -> Option<(Field, &str)> {
    let mut rest = text;
    let (mut bare, mut translated) = (false, false);
    loop {
        if let Some(tail) = strip_either(rest, "FM") {
            bare = true;
            rest = tail;
        } else if let Some(tail) = strip_either(rest, "TM") {
            translated = true;
            rest = tail;
        } else {
            break;
        }
    }
    let (name, keyword, case) = KEYWORDS.iter().find_map(|(name, keyword)| {
        let capital = name
            .chars()
            .nth(1)
            .is_some_and(|it| it.is_ascii_lowercase());
        if rest.starts_with(name) {
            let case = if capital { Case::Capital } else { Case::Upper };
            return Some((*name, *keyword, case));
        }
        let lower = !capital && rest.starts_with(name.to_ascii_lowercase().as_str());
        lower.then_some((*name, *keyword, Case::Lower))
    })?;
    rest = rest.get(name.len()..).unwrap_or_default();
    let mut ordinal = None;
    if let Some(tail) = strip_either(rest, "TH") {
        ordinal = Some(if rest.starts_with('T') {
            Case::Upper
        } else {
            Case::Lower
        });
        rest = tail;
    }
    // A name in the language of the session, which is English, is not padded.
    bare |= translated && matches!(keyword, Keyword::MonthName | Keyword::DayName);
    let field = Field {
        keyword,
        name,
        case,
        bare,
        ordinal,
    };
    Some((field, rest))
}

/// Strips a word that is all upper or all lower case.
fn strip_either<'a>(text: &'a str, upper: &str) -> Option<&'a str> {
    text.strip_prefix(upper)
        .or_else(|| text.strip_prefix(upper.to_ascii_lowercase().as_str()))
}

impl Keyword {
    /// Tells whether the field is written in digits, so that a number before it must have its full width.
    pub(super) fn is_digits(self) -> bool {
        !matches!(
            self,
            Self::HalfOfDay(_)
                | Self::Era(_)
                | Self::MonthName
                | Self::MonthShort
                | Self::DayName
                | Self::DayShort
                | Self::Roman
                | Self::Zone
                | Self::ZoneHour
                | Self::Offset
                | Self::Exact
        )
    }
}

/// The months' names.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// The days' names, from Sunday.
pub(super) const DAYS: [&str; 7] = [
    "Sunday",
    "Monday",
    "Tuesday",
    "Wednesday",
    "Thursday",
    "Friday",
    "Saturday",
];

/// The months in Roman numbers.
pub(super) const ROMAN: [&str; 12] = [
    "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII",
];
