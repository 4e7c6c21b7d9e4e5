//! Splitting a date, time or interval into fields, as PostgreSQL does before it looks at any of them.

use super::word;

/// What a field looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FieldKind {
    /// Digits, perhaps with one point.
    Number,
    /// Digits with delimiters, or words with delimiters: a date or the name of a zone.
    Date,
    /// Digits with colons.
    Time,
    /// A sign and digits.
    Zone,
    /// A word.
    Word,
    /// A sign and a word.
    Special,
}

/// One field, in lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// What it looks like.
    pub(crate) kind: FieldKind,
    /// Its text.
    pub(crate) text: String,
}

/// Most fields and most bytes that any date has.
const FIELDS_MAX: usize = 25;
const BYTES_MAX: usize = 256;

struct Cursor<'a> {
    rest: &'a [u8],
    text: String,
}

impl Cursor<'_> {
    fn peek(&self) -> u8 {
        self.rest.first().copied().unwrap_or(0)
    }

    fn take(&mut self) {
        if let Some((byte, rest)) = self.rest.split_first() {
            self.text.push(char::from(byte.to_ascii_lowercase()));
            self.rest = rest;
        }
    }

    fn take_while(&mut self, wanted: impl Fn(u8) -> bool) {
        while !self.rest.is_empty() && wanted(self.peek()) {
            self.take();
        }
    }

    fn skip_spaces(&mut self) {
        while let [b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c, rest @ ..] = self.rest {
            self.rest = rest;
        }
    }
}

/// Splits `text`; nothing when a character has no place in any date, or when it is too long to be one.
pub(crate) fn fields(text: &str) -> Option<Vec<Field>> {
    if text.len() > BYTES_MAX || !text.is_ascii() {
        return None;
    }
    let mut cursor = Cursor {
        rest: text.as_bytes(),
        text: String::new(),
    };
    let mut fields = Vec::with_capacity(6);
    loop {
        cursor.skip_spaces();
        let kind = match cursor.peek() {
            0 if cursor.rest.is_empty() => return Some(fields),
            b'0'..=b'9' => number(&mut cursor),
            b'.' => {
                cursor.take();
                cursor.take_while(|byte| byte.is_ascii_digit());
                FieldKind::Number
            }
            byte if byte.is_ascii_alphabetic() => word_field(&mut cursor),
            b'+' | b'-' => signed(&mut cursor)?,
            byte if byte.is_ascii_punctuation() => {
                cursor.rest = cursor.rest.get(1..).unwrap_or_default();
                continue;
            }
            _ => return None,
        };
        if fields.len() >= FIELDS_MAX {
            return None;
        }
        fields.push(Field {
            kind,
            text: std::mem::take(&mut cursor.text),
        });
    }
}

fn number(cursor: &mut Cursor<'_>) -> FieldKind {
    cursor.take_while(|byte| byte.is_ascii_digit());
    match cursor.peek() {
        b':' => {
            cursor.take_while(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.'));
            FieldKind::Time
        }
        delimiter @ (b'-' | b'/' | b'.') => {
            cursor.take();
            if cursor.peek().is_ascii_digit() {
                cursor.take_while(|byte| byte.is_ascii_digit());
                if cursor.peek() == delimiter {
                    cursor.take_while(|byte| byte.is_ascii_digit() || byte == delimiter);
                    return FieldKind::Date;
                }
                return if delimiter == b'.' {
                    FieldKind::Number
                } else {
                    FieldKind::Date
                };
            }
            cursor.take_while(|byte| byte.is_ascii_alphanumeric() || byte == delimiter);
            FieldKind::Date
        }
        _ => FieldKind::Number,
    }
}

fn word_field(cursor: &mut Cursor<'_>) -> FieldKind {
    cursor.take_while(|byte| byte.is_ascii_alphabetic());
    let joined = match cursor.peek() {
        b'-' | b'/' | b'.' => true,
        byte if byte == b'+' || byte.is_ascii_digit() => !word::is_known(&cursor.text),
        _ => false,
    };
    if !joined {
        return FieldKind::Word;
    }
    cursor.take_while(|byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'/' | b'_' | b'.' | b':')
    });
    FieldKind::Date
}

fn signed(cursor: &mut Cursor<'_>) -> Option<FieldKind> {
    cursor.take();
    cursor.skip_spaces();
    match cursor.peek() {
        b'0'..=b'9' => {
            cursor.take_while(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'-'));
            Some(FieldKind::Zone)
        }
        byte if byte.is_ascii_alphabetic() => {
            cursor.take_while(|byte| byte.is_ascii_alphabetic());
            Some(FieldKind::Special)
        }
        _ => None,
    }
}
