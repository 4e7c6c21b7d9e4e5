//! `[…]`.

use underpin_base::Result;

use super::class::{Class, Item, Set};
use super::escape::Escape;
use super::parse::Parser;
use super::{Kind, Place, invalid};

/// What stands at one place within brackets.
enum Element {
    Character(char),
    Item(Item),
}

impl Parser {
    /// Reads a bracket expression, whose `[` was read.
    pub(super) fn bracket(&mut self) -> Result<Kind> {
        for (text, place) in [("[:<:]]", Place::WordStart), ("[:>:]]", Place::WordEnd)] {
            if self.take(text) {
                return Ok(Kind::Place(place));
            }
        }
        let negated = self.take("^");
        let mut items = Vec::new();
        let mut first = true;
        loop {
            if !first && self.take("]") {
                break;
            }
            first = false;
            let start = match self.element()? {
                Element::Character(character) => character,
                Element::Item(item) => {
                    items.push(item);
                    continue;
                }
            };
            let is_range = self.peek() == Some('-') && self.peek_at(1) != Some(']');
            if !is_range {
                items.push(Item::Range(start, start));
                continue;
            }
            self.next();
            match self.element()? {
                Element::Character(end) if start <= end => items.push(Item::Range(start, end)),
                _ => return Err(invalid("invalid character range")),
            }
        }
        if negated && self.options().newline_stops {
            items.push(Item::Range('\n', '\n'));
        }
        Ok(Kind::Set(Set { negated, items }))
    }

    fn element(&mut self) -> Result<Element> {
        let open = || invalid("brackets [] not balanced");
        let character = self.next().ok_or_else(open)?;
        match (character, self.peek()) {
            ('[', Some(kind @ ('.' | '=' | ':'))) => {
                self.next();
                let name = self.until(&format!("{kind}]")).ok_or_else(open)?;
                if kind == ':' {
                    let class = Class::named(&name);
                    return class
                        .map(|class| Element::Item(Item::Class(class, false)))
                        .ok_or_else(|| invalid("invalid character class"));
                }
                let mut characters = name.chars();
                match (characters.next(), characters.next()) {
                    (Some(one), None) => Ok(Element::Character(one)),
                    _ => Err(invalid("invalid collating element")),
                }
            }
            ('\\', _) => match self.escape()? {
                Escape::Character(character) => Ok(Element::Character(character)),
                Escape::Class(class, negated) => Ok(Element::Item(Item::Class(class, negated))),
                Escape::Place(_) | Escape::Back(_) => Err(invalid("invalid escape \\ sequence")),
            },
            _ => Ok(Element::Character(character)),
        }
    }
}
