//! The limit on nesting, checked on the tokens before the parser sees them.
//!
//! The parser, and everything that later walks its tree, descends one call per level. A text within these limits overflows no
//! stack of 2 MB; one beyond them is an error before anything descends.

use squawk_lexer::{LiteralKind, Token, TokenKind, tokenize};
use underpin_base::{Code, Error, Result};

/// Deepest nesting of brackets, `case`, prefix operators and operators that the parser nests to the right.
const DEPTH_MAX: usize = 100;

/// Most operators, joins and set operations in a row, brackets around them included; the parser nests them to the left.
const CHAIN_MAX: usize = 1_000;

/// Checks that `text` is not nested too deeply for the parser.
///
/// # Errors
/// `54001` with the line.
pub(super) fn check(text: &str) -> Result<()> {
    scan(text, 1, true)
}

fn scan(text: &str, line: usize, bodies: bool) -> Result<()> {
    let mut scan = Scan::new(line);
    let mut rest = text;
    for token in tokenize(text) {
        let length = usize::try_from(token.len).unwrap_or(usize::MAX);
        let Some((written, after)) = rest.split_at_checked(length) else {
            break;
        };
        rest = after;
        if bodies && scan.creates {
            check_body(&token, written, scan.line)?;
        }
        scan.token(&token, written)?;
        scan.line += written.matches('\n').count();
    }
    Ok(())
}

/// The parser reads the bodies of SQL functions as well.
fn check_body(token: &Token, written: &str, line: usize) -> Result<()> {
    let TokenKind::Literal { kind } = token.kind else {
        return Ok(());
    };
    match kind {
        LiteralKind::DollarQuotedString { .. } => {
            let tag = written.split('$').nth(1).map_or(0, str::len) + 2;
            let body = written.get(tag..written.len().saturating_sub(tag));
            scan(body.unwrap_or_default(), line, false)
        }
        LiteralKind::Str { .. } | LiteralKind::EscStr { .. } => {
            scan(written.trim_matches(['e', 'E', '\'']), line, false)
        }
        _ => Ok(()),
    }
}

/// What an open bracket or `case` holds so far.
#[derive(Default)]
struct Frame {
    case: bool,
    nested: usize,
    chained: usize,
}

struct Scan {
    frames: Vec<Frame>,
    depth: usize,
    chain: usize,
    line: usize,
    /// The statement starts with `create`.
    creates: bool,
    starts: bool,
    /// The token before this one was an operator's character.
    in_operator: bool,
}

impl Scan {
    fn new(line: usize) -> Self {
        Self {
            frames: vec![Frame::default()],
            depth: 0,
            chain: 0,
            line,
            creates: false,
            starts: true,
            in_operator: false,
        }
    }

    fn token(&mut self, token: &Token, written: &str) -> Result<()> {
        let was_operator = std::mem::take(&mut self.in_operator);
        match token.kind {
            TokenKind::Whitespace | TokenKind::LineComment | TokenKind::BlockComment { .. } => {
                return Ok(());
            }
            TokenKind::OpenParen | TokenKind::OpenBracket => self.open(false),
            TokenKind::CloseParen | TokenKind::CloseBracket => {
                self.close_cases();
                self.close();
            }
            TokenKind::Comma => {
                self.nested_ends();
                self.chain_ends();
            }
            TokenKind::Semi => {
                // No expression goes past it, so that an open `case` was a statement of PL/pgSQL.
                self.close_cases();
                self.nested_ends();
                self.chain_ends();
                self.starts = true;
                self.creates = false;
                return Ok(());
            }
            TokenKind::Ident => self.word(written),
            TokenKind::Dot => self.chained(),
            TokenKind::Literal { .. }
            | TokenKind::QuotedIdent { .. }
            | TokenKind::PositionalParam { .. }
            | TokenKind::OpenCurly
            | TokenKind::CloseCurly
            | TokenKind::Unknown
            | TokenKind::Eof => {}
            _ => {
                self.in_operator = true;
                if !was_operator {
                    self.nested();
                    self.chained();
                }
            }
        }
        self.starts = false;
        self.limits()
    }

    fn word(&mut self, written: &str) {
        if self.starts {
            self.creates = written.eq_ignore_ascii_case("create");
        }
        match written.to_ascii_lowercase().as_str() {
            "and" | "or" => {
                self.nested_ends();
                self.chained();
            }
            "join" | "union" | "intersect" | "except" | "is" | "collate" | "isnull" | "notnull" => {
                self.nested_ends();
                self.chained();
            }
            "select" | "from" | "where" | "when" | "then" | "else" | "set" | "on" => {
                self.nested_ends();
            }
            "not" | "between" | "like" | "ilike" | "similar" | "escape" | "in" | "at" => {
                self.nested();
                self.chained();
            }
            "case" => self.open(true),
            "end" if self.frames.last().is_some_and(|frame| frame.case) => self.close(),
            _ => {}
        }
    }

    fn open(&mut self, case: bool) {
        self.chained();
        self.frames.push(Frame {
            case,
            ..Frame::default()
        });
        self.depth += 1;
    }

    fn close_cases(&mut self) {
        while self.frames.last().is_some_and(|frame| frame.case) {
            self.close();
        }
    }

    fn close(&mut self) {
        if self.frames.len() > 1 {
            self.nested_ends();
            self.chain_ends();
            self.frames.pop();
            self.depth -= 1;
        }
    }

    fn nested(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.nested += 1;
            self.depth += 1;
        }
    }

    fn nested_ends(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            self.depth -= std::mem::take(&mut frame.nested);
        }
    }

    fn chained(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            frame.chained += 1;
            self.chain += 1;
        }
    }

    fn chain_ends(&mut self) {
        if let Some(frame) = self.frames.last_mut() {
            self.chain -= std::mem::take(&mut frame.chained);
        }
    }

    fn limits(&self) -> Result<()> {
        let (what, limit) = if self.depth > DEPTH_MAX {
            ("nested", DEPTH_MAX)
        } else if self.chain > CHAIN_MAX {
            ("chained", CHAIN_MAX)
        } else {
            return Ok(());
        };
        Err(Error::new(
            Code::TOO_COMPLEX,
            format!("statement is {what} more than {limit} levels deep"),
        )
        .at("", self.line))
    }
}
