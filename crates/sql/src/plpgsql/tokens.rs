//! The words of a body, with their places and lines.

use squawk_lexer::{LiteralKind, TokenKind, tokenize};
use underpin_base::{Code, Error, Name, Result};

/// Most words of a body.
const TOKENS_MAX: usize = 100_000;

/// A word, name, string or sign.
#[derive(Clone, Copy, Debug)]
pub(super) struct Token {
    pub(super) kind: TokenKind,
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) line: usize,
}

/// A body and its words; white space and comments are left out.
#[derive(Debug)]
pub(super) struct Tokens<'t> {
    pub(super) text: &'t str,
    pub(super) all: Vec<Token>,
}

impl<'t> Tokens<'t> {
    /// Reads the words of `text`.
    pub(super) fn of(text: &'t str) -> Result<Self> {
        let mut all = Vec::new();
        let (mut start, mut line) = (0, 1);
        for token in tokenize(text) {
            let end = start + usize::try_from(token.len).unwrap_or(usize::MAX);
            let written = text.get(start..end).unwrap_or_default();
            match token.kind {
                TokenKind::Whitespace
                | TokenKind::LineComment
                | TokenKind::BlockComment { terminated: true }
                | TokenKind::Eof => {}
                TokenKind::BlockComment { terminated: false } => {
                    return Err(Error::new(Code::SYNTAX, "unterminated /* comment").at("", line));
                }
                kind => all.push(Token {
                    kind,
                    start,
                    end,
                    line,
                }),
            }
            line += written.matches('\n').count();
            start = end;
            if all.len() > TOKENS_MAX {
                return Err(Error::new(
                    Code::TOO_COMPLEX,
                    format!("the function's body has more than {TOKENS_MAX} words"),
                ));
            }
        }
        Ok(Self { text, all })
    }

    /// Returns the text of a token.
    pub(super) fn written(&self, token: &Token) -> &'t str {
        self.text.get(token.start..token.end).unwrap_or_default()
    }

    /// Tells whether token `index` is the word `word`, written without quotes.
    pub(super) fn is_word(&self, index: usize, word: &str) -> bool {
        self.all.get(index).is_some_and(|token| {
            token.kind == TokenKind::Ident && self.written(token).eq_ignore_ascii_case(word)
        })
    }

    /// Tells whether token `index` is the sign `kind`.
    pub(super) fn is(&self, index: usize, kind: TokenKind) -> bool {
        self.all.get(index).is_some_and(|token| token.kind == kind)
    }

    /// Returns the name that token `index` is.
    pub(super) fn name(&self, index: usize) -> Option<Name> {
        let token = self.all.get(index)?;
        let written = self.written(token);
        match token.kind {
            TokenKind::Ident => Some(Name::from(written.to_lowercase())),
            TokenKind::QuotedIdent { .. } => {
                let inner = written.strip_prefix('"')?.strip_suffix('"')?;
                Some(Name::from(inner.replace("\"\"", "\"")))
            }
            // `$1` is a name of the first parameter.
            TokenKind::PositionalParam { .. } => Some(Name::from(written)),
            _ => None,
        }
    }

    /// Returns the value of the plain string that token `index` is.
    pub(super) fn string(&self, index: usize) -> Option<String> {
        let token = self.all.get(index)?;
        let written = self.written(token);
        match token.kind {
            TokenKind::Literal {
                kind: LiteralKind::Str { .. },
            } => {
                let inner = written.strip_prefix('\'')?.strip_suffix('\'')?;
                Some(inner.replace("''", "'"))
            }
            TokenKind::Literal {
                kind: LiteralKind::DollarQuotedString { .. },
            } => {
                let tag = written.split('$').nth(1)?.len() + 2;
                let end = written.len().checked_sub(tag)?;
                written.get(tag..end).map(str::to_owned)
            }
            TokenKind::Literal {
                kind: LiteralKind::EscStr { .. },
            } => escaped(written),
            _ => None,
        }
    }
}

/// Returns the value of `E'…'`, as far as messages need it.
fn escaped(written: &str) -> Option<String> {
    let inner = written
        .strip_prefix(['e', 'E'])?
        .strip_prefix('\'')?
        .strip_suffix('\'')?;
    let mut value = String::new();
    let mut characters = inner
        .replace("''", "'")
        .chars()
        .collect::<Vec<_>>()
        .into_iter();
    while let Some(character) = characters.next() {
        if character != '\\' {
            value.push(character);
            continue;
        }
        value.push(match characters.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            other => other,
        });
    }
    Some(value)
}
