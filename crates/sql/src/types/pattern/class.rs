//! [`Set`]: sets of characters, and the named classes in them.

/// A set of characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Set {
    /// It is the characters that are not listed.
    pub(super) negated: bool,
    pub(super) items: Vec<Item>,
}

/// What a set lists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Item {
    /// The characters from one to another.
    Range(char, char),
    /// A class, or all characters outside it when negated.
    Class(Class, bool),
}

/// A class of characters. Digits are those of ASCII alone, and a no-break space is none, as in the libraries that PostgreSQL asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Class {
    Alnum,
    Alpha,
    Ascii,
    Blank,
    Cntrl,
    Digit,
    Graph,
    Lower,
    Print,
    Punct,
    Space,
    Upper,
    Word,
    Xdigit,
}

impl Class {
    /// Returns the class `[:name:]`.
    pub(super) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "alnum" => Self::Alnum,
            "alpha" => Self::Alpha,
            "ascii" => Self::Ascii,
            "blank" => Self::Blank,
            "cntrl" => Self::Cntrl,
            "digit" => Self::Digit,
            "graph" => Self::Graph,
            "lower" => Self::Lower,
            "print" => Self::Print,
            "punct" => Self::Punct,
            "space" => Self::Space,
            "upper" => Self::Upper,
            "word" => Self::Word,
            "xdigit" => Self::Xdigit,
            _ => return None,
        })
    }

    fn contains(self, character: char) -> bool {
        let is_space =
            |it: char| it.is_whitespace() && !matches!(it, '\u{A0}' | '\u{2007}' | '\u{202F}');
        let is_graph = |it: char| !it.is_whitespace() && !it.is_control();
        match self {
            Self::Alnum => character.is_alphanumeric(),
            Self::Alpha => character.is_alphabetic(),
            Self::Ascii => character.is_ascii(),
            Self::Blank => matches!(character, ' ' | '\t'),
            Self::Cntrl => character.is_control(),
            Self::Digit => character.is_ascii_digit(),
            Self::Graph => is_graph(character),
            Self::Lower => character.is_lowercase(),
            Self::Print => is_graph(character) || character == ' ',
            Self::Punct => is_graph(character) && !character.is_alphanumeric(),
            Self::Space => is_space(character),
            Self::Upper => character.is_uppercase(),
            Self::Word => is_word(character),
            Self::Xdigit => character.is_ascii_hexdigit(),
        }
    }

    /// Returns the class within the brackets of the `regex` crate.
    pub(super) fn to_regex(self) -> &'static str {
        match self {
            Self::Alnum => r"\p{Alphabetic}\p{N}",
            Self::Alpha => r"\p{Alphabetic}",
            Self::Ascii => r"\x00-\x7F",
            Self::Blank => r"\x20\t",
            Self::Cntrl => r"\p{Cc}",
            Self::Digit => "0-9",
            Self::Graph => r"[^\s\p{Cc}]",
            Self::Lower => r"\p{Lowercase}",
            Self::Print => r"[^\s\p{Cc}]\x20",
            Self::Punct => r"[^\s\p{Cc}\p{Alphabetic}\p{N}]",
            Self::Space => r"[\s--[\x{A0}\x{2007}\x{202F}]]",
            Self::Upper => r"\p{Uppercase}",
            Self::Word => r"\p{Alphabetic}\p{N}_",
            Self::Xdigit => "0-9A-Fa-f",
        }
    }
}

/// Tells whether `character` is part of a word.
pub(super) fn is_word(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

impl Set {
    /// Returns the set of one character.
    pub(super) fn one(character: char) -> Self {
        Self {
            negated: false,
            items: vec![Item::Range(character, character)],
        }
    }

    /// Returns the set of a class.
    pub(super) fn class(class: Class, negated: bool) -> Self {
        Self {
            negated,
            items: vec![Item::Class(class, false)],
        }
    }

    /// Tells whether it has `character`, in either case when `ignore_case`.
    pub(super) fn contains(&self, character: char, ignore_case: bool) -> bool {
        let mut listed = self.lists(character);
        if ignore_case && !listed {
            listed = simple(character.to_lowercase()).is_some_and(|it| self.lists(it))
                || simple(character.to_uppercase()).is_some_and(|it| self.lists(it));
        }
        listed != self.negated
    }

    fn lists(&self, character: char) -> bool {
        self.items.iter().any(|item| match item {
            Item::Range(first, last) => (*first..=*last).contains(&character),
            Item::Class(class, negated) => class.contains(character) != *negated,
        })
    }
}

/// Returns the one character that a change of case gives, if it is one.
fn simple(mut characters: impl Iterator<Item = char>) -> Option<char> {
    let first = characters.next()?;
    characters.next().is_none().then_some(first)
}

/// Tells whether two characters are the same but for their case.
pub(super) fn same_letter(left: char, right: char) -> bool {
    left == right || left.to_lowercase().eq(right.to_lowercase())
}
