//! Walking over JSON text: the elements of an array and the members of an object, each as the piece of text that it is.

use std::borrow::Cow;

use super::scan::{Kind, Scanner, kind, unescape};

/// The elements of a JSON array; nothing of a text that is no array.
#[derive(Debug)]
pub struct Elements<'a>(Items<'a>);

/// The members of a JSON object, with their keys still escaped; nothing of a text that is no object.
#[derive(Debug)]
pub struct Members<'a>(Items<'a>);

/// What [`Elements`] and [`Members`] share: passing brackets and commas.
#[derive(Debug)]
struct Items<'a> {
    scanner: Scanner<'a>,
    first: bool,
}

impl<'a> Items<'a> {
    fn new(json: &'a str) -> Self {
        Self {
            scanner: Scanner::new(json),
            first: true,
        }
    }

    /// Passes what stands before the next item; tells whether there is one.
    fn advance(&mut self, opening: u8, closing: u8) -> bool {
        if std::mem::take(&mut self.first) {
            self.scanner.eat(opening) && self.scanner.peek() != Some(closing)
        } else {
            self.scanner.eat(b',')
        }
    }
}

impl<'a> Elements<'a> {
    /// Returns the elements of `json`.
    pub fn new(json: &'a str) -> Self {
        Self(Items::new(json))
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        if !self.0.advance(b'[', b']') {
            // What follows is not part of the array.
            self.0 = Items::new("");
            return None;
        }
        self.0.scanner.value().ok()
    }
}

impl<'a> Members<'a> {
    /// Returns the members of `json`.
    pub fn new(json: &'a str) -> Self {
        Self(Items::new(json))
    }
}

impl<'a> Iterator for Members<'a> {
    type Item = (&'a str, &'a str);

    fn next(&mut self) -> Option<(&'a str, &'a str)> {
        if !self.0.advance(b'{', b'}') {
            self.0 = Items::new("");
            return None;
        }
        let scanner = &mut self.0.scanner;
        let key = scanner.string().ok()?;
        scanner.eat(b':');
        Some((key, scanner.value().ok()?))
    }
}

/// Returns the value of the member `key` of an object; the last when there are several.
pub fn member<'a>(json: &'a str, key: &str) -> Option<&'a str> {
    let equal = |escaped: &str| {
        if escaped.contains('\\') {
            unescape(escaped).is_ok_and(|it| it == key)
        } else {
            escaped == key
        }
    };
    let found = Members::new(json).filter(|(name, _)| equal(name));
    found.last().map(|(_, value)| value)
}

/// Returns the element at `index` of an array, counted from 0, or from the end when negative; a scalar is the one element of itself.
pub fn element(json: &str, index: i64) -> Option<&str> {
    if !matches!(kind(json), Kind::Array | Kind::Object) {
        return matches!(index, 0 | -1).then_some(json);
    }
    let place = match usize::try_from(index) {
        Ok(place) => place,
        Err(_) => {
            let back = usize::try_from(index.unsigned_abs()).ok()?;
            Elements::new(json).count().checked_sub(back)?
        }
    };
    Elements::new(json).nth(place)
}

/// Returns the characters of a JSON string with its quotes.
pub fn inner_text(quoted: &str) -> Cow<'_, str> {
    let end = quoted.len().saturating_sub(1);
    unescape(quoted.get(1..end).unwrap_or_default()).unwrap_or_default()
}
