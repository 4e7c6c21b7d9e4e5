//! [`Scanner`]: reads JSON text token by token, with PostgreSQL's errors.
//!
//! It never builds a tree: callers get the text of what was read. The depth is limited, so recursion over it is safe.

use std::borrow::Cow;

use underpin_base::{Code, Error, Result};

/// Deepest nesting of arrays and objects.
pub const DEPTH_MAX: usize = 128;

/// The kinds of JSON values, told by the first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are JSON's words")]
pub enum Kind {
    Null,
    Bool,
    Number,
    String,
    Array,
    Object,
}

/// Returns the kind of a value by its text, which may be preceded by white space.
pub fn kind(text: &str) -> Kind {
    match text.trim_start().as_bytes().first() {
        Some(b'{') => Kind::Object,
        Some(b'[') => Kind::Array,
        Some(b'"') => Kind::String,
        Some(b't' | b'f') => Kind::Bool,
        Some(b'n') => Kind::Null,
        _ => Kind::Number,
    }
}

/// A position in a JSON text.
#[derive(Debug)]
pub struct Scanner<'a> {
    text: &'a str,
    position: usize,
    depth: usize,
}

fn syntax(details: impl Into<String>) -> Error {
    Error::new(Code::INVALID_TEXT, "invalid input syntax for type json").details(details)
}

impl<'a> Scanner<'a> {
    /// Returns a scanner at the start of `text`.
    pub fn new(text: &'a str) -> Self {
        Self {
            text,
            position: 0,
            depth: 0,
        }
    }

    /// Skips white space and returns the next byte, without passing it.
    pub fn peek(&mut self) -> Option<u8> {
        loop {
            match self.text.as_bytes().get(self.position) {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.position += 1,
                byte => return byte.copied(),
            }
        }
    }

    /// Passes `byte` if it comes next.
    pub fn eat(&mut self, byte: u8) -> bool {
        let found = self.peek() == Some(byte);
        self.position += usize::from(found);
        found
    }

    /// Returns how far the text was read.
    pub fn position(&self) -> usize {
        self.position
    }

    /// Enters an array or object whose bracket was passed.
    ///
    /// # Errors
    /// `54001` when there are too many.
    pub fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                format!("JSON is nested deeper than {DEPTH_MAX} levels"),
            ));
        }
        Ok(())
    }

    /// Leaves an array or object.
    pub fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }

    /// Checks that nothing but white space is left.
    ///
    /// # Errors
    /// `22P02`.
    pub fn end(&mut self) -> Result<()> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.unexpected("end of input")),
        }
    }

    /// Returns the error that something other than `wanted` comes next.
    pub fn unexpected(&mut self, wanted: &str) -> Error {
        if self.peek().is_none() {
            return syntax("The input string ended unexpectedly.");
        }
        let start = self.position;
        match self.token() {
            Err(error) => error,
            Ok(()) => {
                let token = self.text.get(start..self.position).unwrap_or_default();
                syntax(format!("Expected {wanted}, but found \"{token}\"."))
            }
        }
    }

    /// Passes one token of any kind.
    fn token(&mut self) -> Result<()> {
        match self.peek() {
            Some(b'{' | b'}' | b'[' | b']' | b',' | b':') => {
                self.position += 1;
                Ok(())
            }
            Some(b'"') => self.string().map(drop),
            _ => self.scalar_word().map(drop),
        }
    }

    /// Reads a string; returns its text between the quotes, still escaped.
    ///
    /// # Errors
    /// `22P02`.
    pub fn string(&mut self) -> Result<&'a str> {
        if self.peek() != Some(b'"') {
            return Err(self.unexpected("string"));
        }
        let start = self.position + 1;
        let bytes = self.text.as_bytes();
        let mut at = start;
        loop {
            match bytes.get(at) {
                None => return Err(self.invalid_token(self.position, self.text.len())),
                Some(b'"') => break,
                Some(b'\\') => at = self.escape(at)?,
                Some(byte @ ..0x20) => {
                    return Err(syntax(format!(
                        "Character with value 0x{byte:02x} must be escaped."
                    )));
                }
                Some(_) => at += 1,
            }
        }
        self.position = at + 1;
        Ok(self.text.get(start..at).unwrap_or_default())
    }

    /// Checks the escape at `at` and returns where it ends.
    fn escape(&self, at: usize) -> Result<usize> {
        let rest = self.text.get(at + 1..).unwrap_or_default();
        let Some(letter) = rest.chars().next() else {
            return Err(self.invalid_token(self.position, self.text.len()));
        };
        if letter == 'u' {
            // Surrogates are looked at when the string is unescaped, as `json` keeps even lone ones.
            let digits = rest.get(1..5).unwrap_or_default();
            if digits.len() < 4 || !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return Err(syntax(
                    "\"\\u\" must be followed by four hexadecimal digits.",
                ));
            }
            return Ok(at + 6);
        }
        if !matches!(letter, '"' | '\\' | '/' | 'b' | 'f' | 'n' | 'r' | 't') {
            return Err(syntax(format!(
                "Escape sequence \"\\{letter}\" is invalid."
            )));
        }
        Ok(at + 2)
    }

    fn invalid_token(&self, start: usize, end: usize) -> Error {
        let token = self.text.get(start..end).unwrap_or_default();
        syntax(format!("Token \"{token}\" is invalid."))
    }

    /// Reads a number, `true`, `false` or `null`, and returns its text.
    fn scalar_word(&mut self) -> Result<&'a str> {
        let start = self.position;
        let rest = self.text.get(start..).unwrap_or_default();
        let number = matches!(rest.as_bytes().first(), Some(b'-' | b'0'..=b'9'));
        let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
        let in_number = |byte: &u8| in_word(byte) || matches!(byte, b'+' | b'-' | b'.');
        let length = rest
            .bytes()
            .take_while(|byte| {
                if number {
                    in_number(byte)
                } else {
                    in_word(byte)
                }
            })
            .count();
        let word = rest.get(..length).unwrap_or_default();
        if matches!(word, "true" | "false" | "null") || number && is_number(word) {
            self.position += length;
            return Ok(word);
        }
        let first = rest.chars().next().map_or(0, char::len_utf8);
        Err(self.invalid_token(start, start + length.max(first)))
    }

    /// Reads a value that is neither array nor object; strings come with their quotes.
    ///
    /// # Errors
    /// `22P02`.
    pub fn scalar(&mut self) -> Result<&'a str> {
        match self.peek() {
            Some(b'"') => {
                let start = self.position;
                self.string()?;
                Ok(self.text.get(start..self.position).unwrap_or_default())
            }
            None | Some(b'{' | b'}' | b'[' | b']' | b',' | b':') => {
                Err(self.unexpected("JSON value"))
            }
            Some(_) => self.scalar_word(),
        }
    }

    /// Reads any value and returns its text.
    ///
    /// # Errors
    /// `22P02`, and `54001` when it is nested too deeply.
    pub fn value(&mut self) -> Result<&'a str> {
        let first = self.peek();
        let start = self.position;
        match first {
            Some(b'{') => self.members(&mut |scanner, _| scanner.value().map(drop))?,
            Some(b'[') => self.elements(&mut |scanner| scanner.value().map(drop))?,
            _ => return self.scalar(),
        }
        Ok(self.text.get(start..self.position).unwrap_or_default())
    }

    /// Reads an object; `member` is called behind the colon of each member, with its key still escaped, and must read the value.
    ///
    /// # Errors
    /// `22P02`, `54001`, and those of `member`.
    pub fn members(
        &mut self,
        member: &mut dyn FnMut(&mut Self, &'a str) -> Result<()>,
    ) -> Result<()> {
        if !self.eat(b'{') {
            return Err(self.unexpected("\"{\""));
        }
        self.enter()?;
        if !self.eat(b'}') {
            let mut first = true;
            loop {
                if self.peek() != Some(b'"') {
                    let wanted = if first { "string or \"}\"" } else { "string" };
                    return Err(self.unexpected(wanted));
                }
                first = false;
                let key = self.string()?;
                if !self.eat(b':') {
                    return Err(self.unexpected("\":\""));
                }
                member(self, key)?;
                if self.eat(b'}') {
                    break;
                }
                if !self.eat(b',') {
                    return Err(self.unexpected("\",\" or \"}\""));
                }
            }
        }
        self.leave();
        Ok(())
    }

    /// Reads an array; `element` is called before each element and must read it.
    ///
    /// # Errors
    /// `22P02`, `54001`, and those of `element`.
    pub fn elements(&mut self, element: &mut dyn FnMut(&mut Self) -> Result<()>) -> Result<()> {
        if !self.eat(b'[') {
            return Err(self.unexpected("\"[\""));
        }
        self.enter()?;
        if !self.eat(b']') {
            loop {
                element(self)?;
                if self.eat(b']') {
                    break;
                }
                if !self.eat(b',') {
                    return Err(self.unexpected("\",\" or \"]\""));
                }
            }
        }
        self.leave();
        Ok(())
    }
}

/// Tells whether `word` is a number in JSON's grammar.
pub(crate) fn is_number(word: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let unsigned = word.strip_prefix('-').unwrap_or(word);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = match mantissa.split_once('.') {
        Some((whole, fraction)) => (whole, Some(fraction)),
        None => (mantissa, None),
    };
    digits(whole)
        && (whole.len() == 1 || !whole.starts_with('0'))
        && fraction.is_none_or(digits)
        && exponent.is_none_or(|it| digits(it.strip_prefix(['+', '-']).unwrap_or(it)))
}

/// Returns the characters that an escaped string (without its quotes) means; the string was read by a [`Scanner`].
///
/// # Errors
/// `22P05` for `\u0000`, which no text can hold; `22P02` for half a surrogate pair.
pub fn unescape(escaped: &str) -> Result<Cow<'_, str>> {
    if !escaped.contains('\\') {
        return Ok(Cow::Borrowed(escaped));
    }
    let mut out = String::with_capacity(escaped.len());
    let mut rest = escaped;
    while let Some((plain, tail)) = rest.split_once('\\') {
        out.push_str(plain);
        let mut letters = tail.chars();
        let letter = letters.next().unwrap_or('\\');
        rest = letters.as_str();
        out.push(match letter {
            'b' => '\x08',
            'f' => '\x0c',
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            'u' => unicode(&mut rest)?,
            other => other,
        });
    }
    out.push_str(rest);
    Ok(Cow::Owned(out))
}

/// Reads the four digits behind `\u`, and the low surrogate behind a high one.
fn unicode(rest: &mut &str) -> Result<char> {
    let high = unit(rest).unwrap_or(0xdc00);
    match high {
        0 => Err(Error::new(
            Code::UNTRANSLATABLE_CHARACTER,
            "unsupported Unicode escape sequence",
        )
        .details("\\u0000 cannot be converted to text.")),
        0xd800..0xdc00 => {
            let low = rest.strip_prefix("\\u").and_then(|mut tail| {
                let low = unit(&mut tail)?;
                *rest = tail;
                Some(low)
            });
            match low {
                Some(low @ 0xdc00..0xe000) => {
                    let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                    Ok(char::from_u32(code).unwrap_or('\u{fffd}'))
                }
                Some(0xd800..0xdc00) => Err(syntax(
                    "Unicode high surrogate must not follow a high surrogate.",
                )),
                _ => Err(lone_low()),
            }
        }
        _ => char::from_u32(high).ok_or_else(lone_low),
    }
}

fn lone_low() -> Error {
    syntax("Unicode low surrogate must follow a high surrogate.")
}

/// Reads four hexadecimal digits.
fn unit(rest: &mut &str) -> Option<u32> {
    let digits = rest.get(..4)?;
    *rest = rest.get(4..)?;
    u32::from_str_radix(digits, 16).ok()
}
