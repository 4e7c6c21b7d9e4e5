//! The words and names of a statement, as far as they tell what it is about.

/// Most tokens that are looked at.
const TOKENS_MAX: usize = 1_024;

/// A word, a name or a sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word without quotes, in lower case.
    Word(String),
    /// A name in quotes, without them.
    Name(String),
    /// A sign; a string is its first quote.
    Sign(char),
}

impl Token {
    /// Tells whether it is the keyword `word`.
    pub(super) fn is(&self, word: &str) -> bool {
        matches!(self, Self::Word(it) if it == word)
    }

    /// Returns the name that it may be.
    pub(super) fn name(&self) -> Option<&str> {
        match self {
            Self::Word(name) | Self::Name(name) => Some(name),
            Self::Sign(_) => None,
        }
    }
}

/// Returns the first tokens of a statement, without comments.
pub(super) fn tokens(text: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(character) = rest.chars().next() {
        if tokens.len() == TOKENS_MAX {
            break;
        }
        let length = if rest.starts_with("--") {
            rest.find('\n').unwrap_or(rest.len())
        } else if character == '"' {
            let (name, length) = quoted(rest, '"');
            tokens.push(Token::Name(name));
            length
        } else if character == '\'' {
            tokens.push(Token::Sign('\''));
            quoted(rest, '\'').1
        } else if is_part(character) {
            let length = rest.find(|it| !is_part(it)).unwrap_or(rest.len());
            let word = rest.get(..length).unwrap_or_default();
            tokens.push(Token::Word(word.to_lowercase()));
            length
        } else {
            if !character.is_whitespace() {
                tokens.push(Token::Sign(character));
            }
            character.len_utf8()
        };
        rest = rest.get(length..).unwrap_or_default();
    }
    tokens
}

fn is_part(character: char) -> bool {
    character.is_alphanumeric() || character == '_' || character == '$'
}

/// Returns what stands between two quotes at the start of `text`, and how long it is with them.
fn quoted(text: &str, quote: char) -> (String, usize) {
    let mut content = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((place, character)) = characters.next() {
        if character != quote {
            content.push(character);
        } else if characters.next_if(|(_, next)| *next == quote).is_some() {
            content.push(quote);
        } else {
            return (content, place + quote.len_utf8());
        }
    }
    (content, text.len())
}
