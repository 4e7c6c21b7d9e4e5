//! [`Vector`]: a `tsvector`, words in order with the positions at which they stand.

use std::cmp::Ordering;
use std::fmt;

use underpin_base::{Code, Error, Result};

use super::lexeme_reader::{Kind, LexemeReader};

/// The last position that is told apart; what stands later counts as standing here.
pub(super) const POSITION_MAX: u16 = 16_383;

/// The most positions of one word that are kept.
pub(super) const POSITIONS_MAX: usize = 256;

/// A word must be shorter, in bytes.
pub(super) const LEXEME_BYTES_MAX: usize = 2047;

/// All words and positions together may be so long, in bytes.
pub(super) const VECTOR_BYTES_MAX: usize = (1 << 20) - 1;

/// Where a word stands, and its weight there: 3 is `A`, 0 is `D`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Position {
    pub(super) at: u16,
    pub(super) weight: u8,
}

impl Position {
    pub(super) fn new(at: u16, weight: u8) -> Self {
        Self { at, weight }
    }
}

/// A word with its positions, which may be unknown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Lexeme {
    pub(super) word: String,
    pub(super) positions: Vec<Position>,
}

/// A `tsvector`. Its print is the canonical form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Vector {
    /// In the order of their bytes, each once.
    pub(super) lexemes: Vec<Lexeme>,
}

impl Vector {
    /// Reads PostgreSQL's text of a `tsvector`.
    ///
    /// # Errors
    /// `42601`, and `54000` for a word or a vector that is too long.
    pub fn parse(text: &str) -> Result<Self> {
        let mut reader = LexemeReader::new(text, Kind::Vector);
        let mut lexemes = Vec::new();
        let mut bytes = 0;
        while let Some((word, positions)) = reader.next()? {
            check_word(&word)?;
            if bytes > VECTOR_BYTES_MAX {
                return Err(vector_too_long(bytes));
            }
            bytes += word.len();
            lexemes.push(Lexeme {
                word,
                positions: once(positions),
            });
        }
        Self::collect(lexemes)
    }

    /// Reads canonical text. What is not canonical is read as far as it is.
    pub(super) fn read(canonical: &str) -> Self {
        Self::parse(canonical).unwrap_or_default()
    }

    /// Sorts `lexemes` and joins those of the same word.
    pub(super) fn collect(mut lexemes: Vec<Lexeme>) -> Result<Self> {
        lexemes.sort_by(|left, right| left.word.cmp(&right.word));
        let mut joined: Vec<Lexeme> = Vec::with_capacity(lexemes.len());
        for lexeme in lexemes {
            match joined.last_mut() {
                Some(last) if last.word == lexeme.word => {
                    last.positions.extend(lexeme.positions);
                    last.positions = once(std::mem::take(&mut last.positions));
                }
                _ => joined.push(lexeme),
            }
        }
        let vector = Self { lexemes: joined };
        vector.check_length()?;
        Ok(vector)
    }

    pub(super) fn check_length(&self) -> Result<()> {
        let bytes = self.data_bytes();
        if bytes > VECTOR_BYTES_MAX {
            return Err(vector_too_long(bytes));
        }
        Ok(())
    }

    /// Returns how many bytes PostgreSQL needs for words and positions.
    fn data_bytes(&self) -> usize {
        self.lexemes.iter().fold(0, |bytes, lexeme| {
            let bytes = bytes + lexeme.word.len();
            match lexeme.positions.len() {
                0 => bytes,
                count => bytes.next_multiple_of(2) + 2 + 2 * count,
            }
        })
    }

    /// Returns the vector of `words`, without positions.
    ///
    /// # Errors
    /// `2200F` for an empty word, `54000` for one that is too long.
    pub fn of_words(words: Vec<String>) -> Result<Self> {
        for word in &words {
            if word.is_empty() {
                return Err(Error::new(
                    Code::new("2200F"),
                    "lexeme array may not contain empty strings",
                ));
            }
            check_word(word)?;
        }
        let lexemes = words.into_iter().map(|word| Lexeme {
            word,
            positions: Vec::new(),
        });
        Self::collect(lexemes.collect())
    }

    /// Returns how many words there are.
    pub fn len(&self) -> usize {
        self.lexemes.len()
    }

    /// Tells whether there are none.
    pub fn is_empty(&self) -> bool {
        self.lexemes.is_empty()
    }

    /// Returns the words in order.
    pub fn words(&self) -> impl Iterator<Item = &str> {
        self.lexemes.iter().map(|lexeme| lexeme.word.as_str())
    }

    /// Returns the words without positions and weights.
    #[must_use]
    pub fn strip(mut self) -> Self {
        for lexeme in &mut self.lexemes {
            lexeme.positions.clear();
        }
        self
    }

    /// Returns the vector with every position of weight `weight`; with `words`, those of these words alone.
    #[must_use]
    pub fn set_weight(mut self, weight: u8, words: Option<&[String]>) -> Self {
        for lexeme in &mut self.lexemes {
            if words.is_none_or(|words| words.contains(&lexeme.word)) {
                for position in &mut lexeme.positions {
                    position.weight = weight;
                }
            }
        }
        self
    }

    /// Returns the vector without `words`.
    #[must_use]
    pub fn without(mut self, words: &[String]) -> Self {
        self.lexemes.retain(|lexeme| !words.contains(&lexeme.word));
        self
    }

    /// Returns the positions of these weights, and the words that have one.
    #[must_use]
    pub fn filter(mut self, weights: &[u8]) -> Self {
        self.lexemes.retain_mut(|lexeme| {
            lexeme
                .positions
                .retain(|position| weights.contains(&position.weight));
            !lexeme.positions.is_empty()
        });
        self
    }

    /// Returns the words of both; those of `other` stand behind.
    ///
    /// # Errors
    /// `54000` when they are too many.
    pub fn concatenate(self, other: Self) -> Result<Self> {
        let shift = self
            .lexemes
            .iter()
            .filter_map(|lexeme| lexeme.positions.last())
            .map(|position| position.at)
            .max()
            .unwrap_or(0);
        let mut joined: Vec<Lexeme> = Vec::with_capacity(self.len() + other.len());
        let mut left = self.lexemes.into_iter().peekable();
        let mut right = other.lexemes.into_iter().peekable();
        loop {
            let order = match (left.peek(), right.peek()) {
                (Some(left), Some(right)) => left.word.cmp(&right.word),
                (Some(_), None) => Ordering::Less,
                (None, Some(_)) => Ordering::Greater,
                (None, None) => break,
            };
            let first = (order != Ordering::Greater).then(|| left.next()).flatten();
            let second = (order != Ordering::Less).then(|| right.next()).flatten();
            let mut lexeme = match (&first, &second) {
                (Some(lexeme), _) => lexeme.clone(),
                (None, Some(lexeme)) => Lexeme {
                    word: lexeme.word.clone(),
                    positions: Vec::new(),
                },
                (None, None) => break,
            };
            for position in second.into_iter().flat_map(|lexeme| lexeme.positions) {
                push_shifted(&mut lexeme.positions, position, shift);
            }
            joined.push(lexeme);
        }
        let vector = Self { lexemes: joined };
        vector.check_length()?;
        Ok(vector)
    }

    /// Compares as PostgreSQL does: by size first, which has no meaning.
    pub fn compare(&self, other: &Self) -> Ordering {
        let size = |vector: &Self| 4 * vector.len() + vector.data_bytes();
        size(self)
            .cmp(&size(other))
            .then_with(|| self.len().cmp(&other.len()))
            .then_with(|| {
                let pairs = self.lexemes.iter().zip(&other.lexemes);
                pairs
                    .map(|(left, right)| compare_lexemes(left, right))
                    .find(|order| order.is_ne())
                    .unwrap_or(Ordering::Equal)
            })
    }
}

fn compare_lexemes(left: &Lexeme, right: &Lexeme) -> Ordering {
    let has = |lexeme: &Lexeme| !lexeme.positions.is_empty();
    // More comes first: of positions, of a position and of a weight.
    has(right)
        .cmp(&has(left))
        .then_with(|| left.word.cmp(&right.word))
        .then_with(|| right.positions.len().cmp(&left.positions.len()))
        .then_with(|| right.positions.cmp(&left.positions))
}

fn push_shifted(positions: &mut Vec<Position>, position: Position, shift: u16) {
    let full = positions.len() >= POSITIONS_MAX
        || positions.last().is_some_and(|last| last.at == POSITION_MAX);
    if !full {
        let at = position.at.saturating_add(shift).min(POSITION_MAX);
        positions.push(Position::new(at, position.weight));
    }
}

/// Sorts `positions` and keeps the greatest weight of each, as far as PostgreSQL keeps positions.
fn once(mut positions: Vec<Position>) -> Vec<Position> {
    if positions.len() < 2 {
        return positions;
    }
    positions.sort_by_key(|position| position.at);
    let mut kept: Vec<Position> = Vec::with_capacity(positions.len());
    for position in positions {
        let full = kept.len() >= POSITIONS_MAX;
        match kept.last_mut() {
            Some(last) if last.at == position.at => last.weight = last.weight.max(position.weight),
            Some(last) if full || last.at == POSITION_MAX => break,
            _ => kept.push(position),
        }
    }
    kept
}

fn check_word(word: &str) -> Result<()> {
    if word.len() < LEXEME_BYTES_MAX {
        return Ok(());
    }
    Err(too_long(format!(
        "word is too long ({} bytes, max {} bytes)",
        word.len(),
        LEXEME_BYTES_MAX - 1
    )))
}

/// Returns `54000`.
pub(super) fn vector_too_long(bytes: usize) -> Error {
    too_long(format!(
        "string is too long for tsvector ({bytes} bytes, max {VECTOR_BYTES_MAX} bytes)"
    ))
}

fn too_long(message: String) -> Error {
    Error::new(Code::new("54000"), message)
}

/// Returns the letter of a weight; `D` is not written behind a position.
pub(super) fn weight_letter(weight: u8) -> char {
    match weight {
        3 => 'A',
        2 => 'B',
        1 => 'C',
        _ => 'D',
    }
}

/// Writes `word` in quotes.
pub(super) fn write_word(formatter: &mut fmt::Formatter<'_>, word: &str) -> fmt::Result {
    use fmt::Write as _;
    formatter.write_char('\'')?;
    for character in word.chars() {
        if matches!(character, '\'' | '\\') {
            formatter.write_char(character)?;
        }
        formatter.write_char(character)?;
    }
    formatter.write_char('\'')
}

/// Prints as PostgreSQL does: `'cat':1 'rat':3A,5`.
impl fmt::Display for Vector {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, lexeme) in self.lexemes.iter().enumerate() {
            if index > 0 {
                formatter.write_str(" ")?;
            }
            write_word(formatter, &lexeme.word)?;
            for (index, position) in lexeme.positions.iter().enumerate() {
                let separator = if index == 0 { ':' } else { ',' };
                write!(formatter, "{separator}{}", position.at)?;
                if position.weight > 0 {
                    write!(formatter, "{}", weight_letter(position.weight))?;
                }
            }
        }
        Ok(())
    }
}
