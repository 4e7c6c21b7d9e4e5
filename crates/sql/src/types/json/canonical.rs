//! The canonical text of `jsonb`, and PostgreSQL's print of it.
//!
//! Canonical is: no white space; keys by length, then by bytes, the last of equal keys kept; strings with the fewest escapes;
//! numbers as `numeric` prints them. Two `jsonb` values are equal exactly when their canonical texts are.

use std::borrow::Cow;
use std::ops::Range;

use underpin_base::{Code, Error, Result};

use super::scan::{Scanner, unescape};
use super::write::push_json_string;
use crate::types::numeric::Numeric;

/// How much longer than twice what was written a value may become: numbers such as `1e300` print all their digits.
const GROWTH_BYTES_MAX: usize = 4_096;
/// Digits up to which a number without exponent is within `numeric`'s limits.
const PLAIN_DIGITS_MAX: usize = 16_000;

/// Checks that `text` is JSON.
///
/// # Errors
/// `22P02` when it is not, `54001` when it is nested too deeply.
pub fn validate(text: &str) -> Result<()> {
    let mut scanner = Scanner::new(text);
    scanner.value()?;
    scanner.end()
}

/// Returns the canonical form of JSON text.
///
/// # Errors
/// Those of [`validate`], `22P05` for `\u0000`, and `54000` for numbers that would print too many digits.
pub fn canonical(text: &str) -> Result<String> {
    let mut scanner = Scanner::new(text);
    let mut out = String::with_capacity(text.len());
    let mut writer = Writer {
        out: &mut out,
        bytes_max: text.len().saturating_mul(2) + GROWTH_BYTES_MAX,
    };
    writer.value(&mut scanner)?;
    scanner.end()?;
    Ok(out)
}

struct Writer<'o> {
    out: &'o mut String,
    bytes_max: usize,
}

/// A member of an object: its key unescaped, and where it was written, key and all.
type Member<'a> = (Cow<'a, str>, Range<usize>);

impl Writer<'_> {
    fn value(&mut self, scanner: &mut Scanner<'_>) -> Result<()> {
        match scanner.peek() {
            Some(b'{') => self.object(scanner),
            Some(b'[') => {
                self.out.push('[');
                let mut first = true;
                scanner.elements(&mut |scanner| {
                    if !std::mem::take(&mut first) {
                        self.out.push(',');
                    }
                    self.value(scanner)
                })?;
                self.out.push(']');
                Ok(())
            }
            Some(b'"') => {
                push_json_string(&unescape(scanner.string()?)?, self.out);
                Ok(())
            }
            _ => self.word(scanner.scalar()?),
        }
    }

    fn word(&mut self, word: &str) -> Result<()> {
        let plain = word.len() <= PLAIN_DIGITS_MAX && !word.contains(['e', 'E']);
        if word.starts_with(['t', 'f', 'n']) || plain && !word.starts_with("-0") {
            self.out.push_str(word);
            return Ok(());
        }
        self.out.push_str(&Numeric::parse(word)?.to_string());
        if self.out.len() > self.bytes_max {
            return Err(Error::new(
                Code::new("54000"),
                "the numbers of a jsonb value have too many digits",
            ));
        }
        Ok(())
    }

    fn object(&mut self, scanner: &mut Scanner<'_>) -> Result<()> {
        self.out.push('{');
        let start = self.out.len();
        let mut members: Vec<Member<'_>> = Vec::new();
        let mut sorted = true;
        scanner.members(&mut |scanner, key| {
            let key = unescape(key)?;
            if let Some((last, _)) = members.last() {
                self.out.push(',');
                sorted &= key_order(last, &key).is_lt();
            }
            let member_start = self.out.len();
            push_json_string(&key, self.out);
            self.out.push(':');
            self.value(scanner)?;
            members.push((key, member_start..self.out.len()));
            Ok(())
        })?;
        if !sorted {
            self.sort(start, members);
        }
        self.out.push('}');
        Ok(())
    }

    /// Puts the members that were written from `start` on in order.
    fn sort(&mut self, start: usize, mut members: Vec<Member<'_>>) {
        // The sort is stable, so that the last of equal keys is the last written.
        members.sort_by(|(left, _), (right, _)| key_order(left, right));
        let mut ordered = String::with_capacity(self.out.len() - start);
        for (index, (key, range)) in members.iter().enumerate() {
            if members.get(index + 1).is_some_and(|(next, _)| next == key) {
                continue;
            }
            if !ordered.is_empty() {
                ordered.push(',');
            }
            ordered.push_str(self.out.get(range.clone()).unwrap_or_default());
        }
        self.out.truncate(start);
        self.out.push_str(&ordered);
    }
}

/// Compares two keys as `jsonb` orders them: by length in bytes, then by bytes.
pub fn key_order(left: &str, right: &str) -> std::cmp::Ordering {
    left.len().cmp(&right.len()).then_with(|| left.cmp(right))
}

/// Appends canonical text as PostgreSQL prints `jsonb`: a space behind each comma and colon.
pub(crate) fn print(canonical: &str, out: &mut String) {
    let mut in_string = false;
    let mut escaped = false;
    let mut plain = 0;
    for (at, byte) in canonical.bytes().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if in_string => escaped = true,
            b'"' => in_string = !in_string,
            b',' | b':' if !in_string => {
                out.push_str(canonical.get(plain..=at).unwrap_or_default());
                out.push(' ');
                plain = at + 1;
            }
            _ => {}
        }
    }
    out.push_str(canonical.get(plain..).unwrap_or_default());
}
