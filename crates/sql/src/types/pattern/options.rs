//! [`Options`]: the letters beside a pattern (`gi`), or before it (`(?i)`).

use underpin_base::{Code, Error, Result};

/// How a pattern is read and matched.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a letter of its own")]
pub struct Options {
    /// `g`: all matches, not the first.
    pub global: bool,
    /// `i`: letters match in either case.
    pub ignore_case: bool,
    /// `n`, `p`: neither `.` nor `[^…]` matches a line break.
    pub(super) newline_stops: bool,
    /// `n`, `w`: `^` and `$` match at lines.
    pub(super) newline_anchors: bool,
    /// `x`: white space and comments in the pattern mean nothing.
    pub(super) expanded: bool,
    /// `q`: the pattern is plain text.
    pub(super) literal: bool,
    /// `b`: the pattern is of the oldest kind, which we do not read.
    pub(super) basic: bool,
}

impl Options {
    /// Reads the letters that a function is given.
    ///
    /// # Errors
    /// `22023` for a letter that is none.
    pub fn read(letters: &str) -> Result<Self> {
        let mut options = Self::default();
        for letter in letters.chars() {
            if letter == 'g' {
                options.global = true;
            } else if !options.set(letter) {
                return Err(Error::new(
                    Code::INVALID_PARAMETER,
                    format!("invalid regular expression option: \"{letter}\""),
                ));
            }
        }
        Ok(options)
    }

    /// Returns the options of an operator that ignores case.
    pub fn ignoring_case() -> Self {
        Self {
            ignore_case: true,
            ..Self::default()
        }
    }

    /// Sets what a letter says; tells whether it is one.
    pub(super) fn set(&mut self, letter: char) -> bool {
        match letter {
            'b' => self.basic = true,
            'c' => self.ignore_case = false,
            'e' => {}
            'i' => self.ignore_case = true,
            'm' | 'n' => (self.newline_stops, self.newline_anchors) = (true, true),
            'p' => (self.newline_stops, self.newline_anchors) = (true, false),
            'q' => self.literal = true,
            's' => (self.newline_stops, self.newline_anchors) = (false, false),
            't' => self.expanded = false,
            'w' => (self.newline_stops, self.newline_anchors) = (false, true),
            'x' => self.expanded = true,
            _ => return false,
        }
        true
    }
}
