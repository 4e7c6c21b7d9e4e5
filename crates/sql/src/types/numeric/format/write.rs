//! `to_char` of numbers.

use underpin_base::Result;

use super::template::{Part, SignPlace, Template, parse};
use crate::types::errors::out_of_range;
use crate::types::numeric::{Decimal, Numeric, digit_count, power_of_ten};

/// Width of a Roman number.
const ROMAN_WIDTH: usize = 15;

/// Returns `to_char(number, template)` of a canonical text.
///
/// # Errors
/// `42601` for a template whose parts contradict each other.
pub fn to_char(number: &str, template: &str) -> Result<String> {
    let template = parse(template)?;
    let number = Numeric::parse(number)?;
    if let Some(lower) = template.roman {
        return roman(&number, &template, lower);
    }
    let Numeric::Finite(decimal) = &number else {
        return Ok(not_finite(&number, &template));
    };
    if template.exponent {
        return Ok(scientific(decimal, &template));
    }
    let shift = Decimal::whole(power_of_ten(template.shift as u32));
    let decimal = Decimal {
        coefficient: &decimal.coefficient * &shift.coefficient,
        scale: decimal.scale,
    };
    let rounded = decimal.rounded(template.fraction as i64);
    let printed = Numeric::Finite(rounded).to_string();
    let digits = printed.trim_start_matches('-');
    // What is rounded to zero has no sign.
    Ok(Writer::new(&template, digits, printed.starts_with('-')).write())
}

fn not_finite(number: &Numeric, template: &Template) -> String {
    let printed = number.to_string();
    let digits = printed.trim_start_matches('-');
    Writer::new(template, digits, printed.starts_with('-')).write()
}

/// Writes the digits of one number.
struct Writer<'a> {
    template: &'a Template,
    /// The number without sign: digits, and a point when the template has one.
    number: Vec<char>,
    /// The next character of `number`.
    next: usize,
    negative: bool,
    /// Digits of the template before the first of the number.
    lead: usize,
    /// Digits of the template passed so far, the point counted too.
    passed: usize,
    /// Under `FM`: the last character of `number` that is written.
    last: Option<usize>,
    /// A digit was written.
    started: bool,
    sign_done: bool,
    brackets: bool,
    /// Count of the parts after which a sign behind the number is written.
    end: usize,
    out: String,
}

impl<'a> Writer<'a> {
    fn new(template: &'a Template, digits: &str, negative: bool) -> Self {
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        // A whole part that does not fit is shown as hashes.
        let fits = whole.len() <= template.whole + template.shift;
        let hashes = |count: usize| "#".repeat(count);
        let mut text = if fits {
            whole.to_owned()
        } else {
            hashes(template.whole + template.shift)
        };
        let lead = (template.whole + template.shift).saturating_sub(text.len());
        if template.has_point && (template.fraction > 0 || !fits) {
            text.push('.');
            if fits {
                text.push_str(fraction);
            } else {
                text.push_str(&hashes(template.fraction));
            }
        }
        let number: Vec<char> = text.chars().collect();
        let last = (template.bare && template.has_point)
            .then(|| last_relevant(&number, template.zero_end.checked_sub(lead)));
        let separate_sign = template.has_plus || template.has_minus;
        let sign_done = if separate_sign {
            template.has_minus
        } else {
            !negative && template.bare && template.sign.is_none()
        };
        let mut count = (template.whole + template.shift + template.fraction).saturating_sub(1);
        if !sign_done && lead == 0 {
            count += 1;
        }
        Self {
            template,
            number,
            next: 0,
            negative,
            lead,
            passed: 0,
            last: last.flatten(),
            started: false,
            sign_done,
            brackets: template.brackets && (negative || !template.bare),
            end: count + usize::from(lead > 0) + usize::from(template.has_point),
            out: String::new(),
        }
    }

    fn write(mut self) -> String {
        for part in &self.template.parts {
            self.part(*part);
        }
        self.out
    }

    /// Appends `shown`, or under no `FM` a space when there is nothing to show.
    fn or_space(&mut self, shown: Option<char>) {
        match shown {
            Some(character) => self.out.push(character),
            None if self.template.bare => {}
            None => self.out.push(' '),
        }
    }

    fn part(&mut self, part: Part) {
        match part {
            Part::Digit(zero) => self.digit(zero),
            Part::Point => self.digit(false),
            Part::Group => self.or_space(self.started.then_some(',')),
            Part::Minus => self.or_space(self.negative.then_some('-')),
            Part::Plus => self.or_space((!self.negative).then_some('+')),
            Part::PlusOrMinus => self.out.push(if self.negative { '-' } else { '+' }),
            Part::Currency => self.out.push(' '),
            Part::Ordinal(lower) => {
                let plain = !self.negative && !self.template.has_point;
                if plain && self.number.first() != Some(&'#') {
                    let digits: String = self.number.iter().collect();
                    let ending = ordinal(&digits);
                    self.out.push_str(&if lower {
                        ending.to_owned()
                    } else {
                        ending.to_uppercase()
                    });
                }
            }
            Part::Literal(character) => self.out.push(character),
            Part::Sign
            | Part::Brackets
            | Part::Roman(_)
            | Part::Shift
            | Part::Exponent
            | Part::Bare => {}
        }
    }

    /// Tells whether the next digit is the 0 of a number below one, which `9.9` does not show.
    fn is_hidden_zero(&self) -> bool {
        self.template.zero_start.is_none()
            && self.next == 0
            && self.number.first() == Some(&'0')
            && self.template.fraction != 0
    }

    fn ends_with_point(&self) -> bool {
        self.last.and_then(|last| self.number.get(last)) == Some(&'.')
    }

    fn sign_before(&mut self) {
        let at_number = self.passed >= self.lead || self.template.zero_start == Some(self.passed);
        let shown = !self.is_hidden_zero() || self.ends_with_point();
        if self.sign_done || !at_number || !shown {
            return;
        }
        match self.template.sign {
            Some(SignPlace::After) => return,
            Some(SignPlace::Before) => self.out.push(if self.negative { '-' } else { '+' }),
            None if self.brackets => self.out.push(if self.negative { '<' } else { ' ' }),
            None if self.negative => self.out.push('-'),
            None => self.or_space(None),
        }
        self.sign_done = true;
    }

    fn digit(&mut self, zero: bool) {
        self.sign_before();
        let forced = self
            .template
            .zero_start
            .is_some_and(|start| start <= self.passed);
        if self.passed < self.lead {
            if forced {
                self.out.push('0');
                self.started = true;
            } else {
                self.or_space(None);
            }
        } else {
            self.character(zero);
            self.next = (self.next + 1).min(self.number.len());
        }
        let end = match self.last {
            Some(last) if last == self.next => self.passed,
            _ => self.end,
        };
        if self.passed + 1 == end {
            if self.brackets && self.sign_done {
                self.out.push(if self.negative { '>' } else { ' ' });
            } else if self.template.sign == Some(SignPlace::After) {
                self.out.push(if self.negative { '-' } else { '+' });
            }
        }
        self.passed += 1;
    }

    /// Writes the next character of the number.
    fn character(&mut self, zero: bool) {
        match self.number.get(self.next).copied() {
            None => {}
            Some('.') => self.out.push('.'),
            Some(_) if self.last.is_some_and(|last| self.next > last) && !zero => {}
            Some(_) if self.is_hidden_zero() => {
                if self.template.bare && self.ends_with_point() {
                    self.out.push('0');
                } else {
                    self.or_space(None);
                }
            }
            Some(digit) => {
                self.out.push(digit);
                self.started = true;
            }
        }
    }
}

/// Returns the place of the last character that `FM` keeps: zeros at the end go, but not those that a `0` asks for.
fn last_relevant(number: &[char], zero_end: Option<usize>) -> Option<usize> {
    let point = number.iter().position(|it| *it == '.')?;
    let last = number
        .iter()
        .rposition(|it| *it != '0')
        .unwrap_or(point)
        .max(point);
    let asked = zero_end.filter(|end| *end > 0).unwrap_or(0);
    Some(last.max(asked.min(number.len().saturating_sub(1))))
}

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

/// `9.99EEEE`: one digit before the point.
fn scientific(number: &Decimal, template: &Template) -> String {
    let places = template.fraction as i64;
    let mut exponent = number.whole_digits() - 1;
    if number.is_zero() {
        exponent = 0;
    }
    let mantissa = |exponent: i64| {
        let rounded = number.rounded(places - exponent);
        // The digits of the number rounded at the last that is shown.
        let digits = rounded.coefficient.magnitude().to_string();
        let wanted = (places + 1) as usize;
        format!("{digits:0<wanted$}")
    };
    let rounded = number.rounded(places - exponent);
    if digit_count(&rounded.coefficient) - i64::from(rounded.scale) > exponent + 1 {
        exponent += 1;
    }
    let digits = mantissa(exponent);
    let (first, rest) = digits.split_at(1.min(digits.len()));
    let rest = rest.get(..template.fraction).unwrap_or(rest);
    let sign = match (number.is_negative(), template.bare) {
        (true, _) => "-",
        (false, true) => "",
        (false, false) => " ",
    };
    let point = if template.has_point && template.fraction > 0 {
        "."
    } else {
        ""
    };
    let exponent_sign = if exponent < 0 { '-' } else { '+' };
    let exponent = exponent.unsigned_abs();
    format!("{sign}{first}{point}{rest}e{exponent_sign}{exponent:02}")
}

fn roman(number: &Numeric, template: &Template, lower: bool) -> Result<String> {
    const SYMBOLS: [(i32, &str); 13] = [
        (1_000, "M"),
        (900, "CM"),
        (500, "D"),
        (400, "CD"),
        (100, "C"),
        (90, "XC"),
        (50, "L"),
        (40, "XL"),
        (10, "X"),
        (9, "IX"),
        (5, "V"),
        (4, "IV"),
        (1, "I"),
    ];
    let whole = number.to_i64().and_then(|it| i32::try_from(it).ok());
    let mut rest = whole.ok_or_else(|| out_of_range("integer"))?;
    if !(1..4_000).contains(&rest) {
        return Ok("#".repeat(ROMAN_WIDTH));
    }
    let mut out = String::new();
    for (value, symbol) in SYMBOLS {
        while rest >= value {
            out.push_str(symbol);
            rest -= value;
        }
    }
    if lower {
        out = out.to_lowercase();
    }
    Ok(if template.bare {
        out
    } else {
        format!("{out:>ROMAN_WIDTH$}")
    })
}
