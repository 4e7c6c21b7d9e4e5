//! What follows a backslash.

use underpin_base::Result;

use super::class::Class;
use super::parse::Parser;
use super::{Place, invalid};

/// What an escape means.
pub(super) enum Escape {
    Character(char),
    Class(Class, bool),
    Place(Place),
    Back(usize),
}

impl Parser {
    /// Reads what follows a backslash.
    pub(super) fn escape(&mut self) -> Result<Escape> {
        let wrong = || invalid("invalid escape \\ sequence");
        let Some(character) = self.next() else {
            return Err(wrong());
        };
        if !character.is_ascii_alphanumeric() {
            return Ok(Escape::Character(character));
        }
        Ok(match character {
            'a' => Escape::Character('\x07'),
            'b' => Escape::Character('\x08'),
            'B' => Escape::Character('\\'),
            'c' => {
                let letter = self.next().ok_or_else(wrong)?;
                Escape::Character(char::from((u32::from(letter) & 0x1F) as u8))
            }
            'e' => Escape::Character('\x1B'),
            'f' => Escape::Character('\x0C'),
            'n' => Escape::Character('\n'),
            'r' => Escape::Character('\r'),
            't' => Escape::Character('\t'),
            'v' => Escape::Character('\x0B'),
            'u' => Escape::Character(self.number(16, 4, 4)?),
            'U' => Escape::Character(self.number(16, 8, 8)?),
            'x' => Escape::Character(self.number(16, 1, 255)?),
            'd' => Escape::Class(Class::Digit, false),
            'D' => Escape::Class(Class::Digit, true),
            's' => Escape::Class(Class::Space, false),
            'S' => Escape::Class(Class::Space, true),
            'w' => Escape::Class(Class::Word, false),
            'W' => Escape::Class(Class::Word, true),
            'A' => Escape::Place(Place::TextStart),
            'Z' => Escape::Place(Place::TextEnd),
            'm' => Escape::Place(Place::WordStart),
            'M' => Escape::Place(Place::WordEnd),
            'y' => Escape::Place(Place::WordEdge),
            'Y' => Escape::Place(Place::NoWordEdge),
            '0' => {
                self.back();
                Escape::Character(self.number(8, 1, 3)?)
            }
            '1'..='9' => self.digits()?,
            _ => return Err(wrong()),
        })
    }

    /// Reads digits: one is a reference back, several are when there are as many groups, else they are an octal number.
    fn digits(&mut self) -> Result<Escape> {
        self.back();
        let start = self.position();
        let mut value = 0_usize;
        while let Some(digit) = self.peek().and_then(|it| it.to_digit(10)) {
            self.next();
            value = value.saturating_mul(10).saturating_add(digit as usize);
        }
        if self.position() == start + 1 || value <= self.groups_opened() {
            return Ok(Escape::Back(value));
        }
        self.go_to(start);
        self.number(8, 1, 3).map(Escape::Character)
    }

    /// Reads a character's number of at least `least` and at most `most` digits.
    fn number(&mut self, base: u32, least: usize, most: usize) -> Result<char> {
        let mut value = 0_u32;
        let mut count = 0;
        while count < most {
            let Some(digit) = self.peek().and_then(|it| it.to_digit(base)) else {
                break;
            };
            self.next();
            value = value.saturating_mul(base).saturating_add(digit);
            count += 1;
        }
        char::from_u32(value)
            .filter(|_| count >= least)
            .ok_or_else(|| invalid("invalid escape \\ sequence"))
    }
}
