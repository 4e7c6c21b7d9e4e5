//! [`Template`]: a template such as `S999,990.00` in parts, and what they say about the whole number.

use underpin_base::{Code, Error, Result};

/// Most digits of a template.
const DIGITS_MAX: usize = 1_000;

/// A part of a template.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// `9`, or `0` (true).
    Digit(bool),
    /// `.` or `D`.
    Point,
    /// `,` or `G`.
    Group,
    /// `S`: the sign, next to the number.
    Sign,
    /// `MI`
    Minus,
    /// `PL`
    Plus,
    /// `SG`
    PlusOrMinus,
    /// `PR`: the brackets are written with the number itself.
    Brackets,
    /// `L`
    Currency,
    /// `RN` or `rn` (true).
    Roman(bool),
    /// `TH` or `th` (true).
    Ordinal(bool),
    /// `V`: what follows it are powers of ten.
    Shift,
    /// `EEEE`
    Exponent,
    /// `FM`
    Bare,
    /// Any other character.
    Literal(char),
}

/// Where the sign of `S` is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SignPlace {
    Before,
    After,
}

/// A template and the counts that the writing of each digit depends on.
#[derive(Clone, Debug, Default)]
pub(super) struct Template {
    pub(super) parts: Vec<Part>,
    /// Digits before the point.
    pub(super) whole: usize,
    /// Digits behind the point.
    pub(super) fraction: usize,
    /// Digits behind `V`.
    pub(super) shift: usize,
    pub(super) has_point: bool,
    /// The place of the first `0` before the point, counted from 0.
    pub(super) zero_start: Option<usize>,
    /// The count of digits up to the last `0`.
    pub(super) zero_end: usize,
    pub(super) bare: bool,
    pub(super) brackets: bool,
    pub(super) sign: Option<SignPlace>,
    pub(super) has_minus: bool,
    pub(super) has_plus: bool,
    pub(super) exponent: bool,
    /// A Roman number, in lower case when true.
    pub(super) roman: Option<bool>,
}

/// The words of templates, a longer one before those that it starts with.
const WORDS: [(&str, Part); 18] = [
    ("EEEE", Part::Exponent),
    ("FM", Part::Bare),
    ("MI", Part::Minus),
    ("PL", Part::Plus),
    ("PR", Part::Brackets),
    ("RN", Part::Roman(false)),
    ("rn", Part::Roman(true)),
    ("SG", Part::PlusOrMinus),
    ("TH", Part::Ordinal(false)),
    ("th", Part::Ordinal(true)),
    ("S", Part::Sign),
    ("D", Part::Point),
    ("G", Part::Group),
    ("L", Part::Currency),
    ("V", Part::Shift),
    (".", Part::Point),
    (",", Part::Group),
    ("0", Part::Digit(true)),
];

fn word(text: &str) -> Option<(Part, &str)> {
    if let Some(rest) = text.strip_prefix('9') {
        return Some((Part::Digit(false), rest));
    }
    WORDS.iter().find_map(|(word, part)| {
        let start = text.get(..word.len())?;
        // `RN` and `TH` are written in the case they are asked in; the other words have none.
        let cased = matches!(part, Part::Roman(_) | Part::Ordinal(_));
        let found = start == *word || !cased && start == word.to_ascii_lowercase();
        let rest = text.get(word.len()..)?;
        found.then_some((*part, rest))
    })
}

fn refused(message: &str) -> Error {
    Error::new(Code::SYNTAX, message)
}

/// Reads a template.
pub(super) fn parse(text: &str) -> Result<Template> {
    let mut template = Template::default();
    let mut sign_at = None;
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if first == '"' {
            let mut characters = rest.get(1..).unwrap_or_default().chars();
            while let Some(character) = characters.next().filter(|it| *it != '"') {
                let literal = match character {
                    '\\' => characters.next().unwrap_or('\\'),
                    other => other,
                };
                template.parts.push(Part::Literal(literal));
            }
            rest = characters.as_str();
            continue;
        }
        let Some((part, tail)) = word(rest) else {
            template.parts.push(Part::Literal(first));
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        };
        rest = tail;
        template.note(part, &mut sign_at)?;
        template.parts.push(part);
    }
    let others = |part: &Part| {
        !matches!(
            part,
            Part::Digit(_) | Part::Point | Part::Exponent | Part::Literal(_)
        )
    };
    if template.exponent && template.parts.iter().any(others) {
        return Err(refused("\"EEEE\" is incompatible with other formats")
            .details("\"EEEE\" may only be used together with digit and decimal point patterns."));
    }
    // A sign behind all digits is written behind them.
    if sign_at == Some(template.whole) && template.sign == Some(SignPlace::Before) {
        template.sign = Some(SignPlace::After);
    }
    Ok(template)
}

impl Template {
    fn note(&mut self, part: Part, sign_at: &mut Option<usize>) -> Result<()> {
        match part {
            Part::Digit(zero) => {
                if self.brackets {
                    return Err(refused("\"9\" must be ahead of \"PR\""));
                }
                if self.parts.contains(&Part::Shift) {
                    self.shift += 1;
                    return Ok(());
                }
                if self.has_point {
                    self.fraction += 1;
                } else {
                    if zero && self.zero_start.is_none() {
                        self.zero_start = Some(self.whole);
                    }
                    self.whole += 1;
                }
                if zero {
                    self.zero_end = self.whole + self.fraction;
                }
                if self.whole + self.fraction > DIGITS_MAX {
                    return Err(refused("a number's template has too many digits"));
                }
            }
            Part::Point if self.has_point => return Err(refused("multiple decimal points")),
            Part::Point if self.parts.contains(&Part::Shift) => {
                return Err(refused("cannot use \"V\" and decimal point together"));
            }
            Part::Point => self.has_point = true,
            Part::Shift if self.has_point => {
                return Err(refused("cannot use \"V\" and decimal point together"));
            }
            Part::Sign if self.sign.is_some() => return Err(refused("cannot use \"S\" twice")),
            Part::Sign if self.has_plus || self.has_minus || self.brackets => {
                return Err(refused(
                    "cannot use \"S\" and \"PL\"/\"MI\"/\"SG\"/\"PR\" together",
                ));
            }
            Part::Sign if self.has_point => self.sign = Some(SignPlace::After),
            Part::Sign => {
                self.sign = Some(SignPlace::Before);
                *sign_at = Some(self.whole);
            }
            Part::Minus | Part::Plus | Part::PlusOrMinus if self.sign.is_some() => {
                let name = match part {
                    Part::Minus => "MI",
                    Part::Plus => "PL",
                    _ => "SG",
                };
                return Err(refused(&format!(
                    "cannot use \"S\" and \"{name}\" together"
                )));
            }
            Part::Minus => self.has_minus = true,
            Part::Plus => self.has_plus = true,
            Part::PlusOrMinus => (self.has_minus, self.has_plus) = (true, true),
            Part::Brackets if self.sign.is_some() || self.has_minus || self.has_plus => {
                return Err(refused(
                    "cannot use \"PR\" and \"S\"/\"PL\"/\"MI\"/\"SG\" together",
                ));
            }
            Part::Brackets => self.brackets = true,
            Part::Bare => self.bare = true,
            Part::Exponent => self.exponent = true,
            Part::Roman(lower) => self.roman = Some(lower),
            Part::Group | Part::Currency | Part::Ordinal(_) | Part::Shift | Part::Literal(_) => {}
        }
        Ok(())
    }
}
