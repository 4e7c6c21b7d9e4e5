//! [`Scanner`]: the machine at work on a text.

use std::cell::Cell;
use std::rc::Rc;

use underpin_base::{Code, Error, Result};

use super::Token;
use super::place::URL_PATH_FIRST;
use super::rule::{Rule, Special, Stack, State, Test};
use super::word::BASE;
use crate::types::search::character::{is_joiner, is_letter, is_space};

/// The most steps for each byte of a text, on the average, and the steps that every text may take: some texts, such as one that begins
/// a comment again and again, make the machine read its rest each time.
const STEPS_PER_BYTE: usize = 64;
const STEPS: usize = 1_000_000;

/// The most positions that are remembered at once: a chain of hyphens remembers each.
const STACK_MAX: usize = 500_000;

/// Hosts within hosts, which only a text made for it has.
const DEPTH_MAX: usize = 16;

/// Where the machine is.
#[derive(Clone, Copy)]
struct Position {
    /// The byte at which it reads.
    byte: usize,
    /// How many bytes of the token were read.
    token: usize,
    state: State,
    /// The rule that pushed, while another position is on top.
    pushed_by: Option<usize>,
}

/// Reads the tokens of a text.
pub(in crate::types::search) struct Scanner<'a> {
    text: &'a str,
    position: Position,
    stack: Vec<Position>,
    token_start: usize,
    ignoring: bool,
    host_alone: bool,
    depth: usize,
    /// Shared with the scanners that look for a host or a path.
    steps: Rc<Cell<usize>>,
}

impl<'a> Scanner<'a> {
    /// Begins to read `text`.
    pub(in crate::types::search) fn new(text: &'a str) -> Self {
        let steps = text.len().saturating_mul(STEPS_PER_BYTE);
        Self {
            text,
            position: Position {
                byte: 0,
                token: 0,
                state: BASE,
                pushed_by: None,
            },
            stack: Vec::new(),
            token_start: 0,
            ignoring: false,
            host_alone: false,
            depth: 0,
            steps: Rc::new(Cell::new(steps.saturating_add(STEPS))),
        }
    }

    /// Returns a scanner of what follows the position.
    fn ahead(&self) -> Self {
        Self {
            text: self.text,
            position: Position {
                byte: self.position.byte,
                token: 0,
                state: BASE,
                pushed_by: None,
            },
            stack: Vec::new(),
            token_start: 0,
            ignoring: false,
            host_alone: false,
            depth: self.depth + 1,
            steps: Rc::clone(&self.steps),
        }
    }

    /// Returns the next token and its text; nothing at the end.
    ///
    /// # Errors
    /// `54001` when the text takes too many steps.
    pub(in crate::types::search) fn next(&mut self) -> Result<Option<(Token, &'a str)>> {
        if self.position.byte >= self.text.len() {
            return Ok(None);
        }
        self.token_start = self.position.byte;
        self.position.pushed_by = None;
        while self.position.byte <= self.text.len() {
            self.count_step()?;
            let current = self.current();
            let rule = self.rule(current)?;
            self.special(rule.special);
            let found = rule.token.map(|token| {
                let bytes = std::mem::take(&mut self.position.token);
                (token, bytes)
            });
            if self.stack.len() > STACK_MAX {
                return Err(too_complicated());
            }
            self.restack(rule.stack);
            if let Some(next) = rule.next {
                self.position.state = *next;
            }
            if let Some((token, bytes)) = found {
                let text = self.text.get(self.token_start..self.token_start + bytes);
                return Ok(Some((token, text.unwrap_or_default())));
            }
            if self.position.byte >= self.text.len() && !rule.again {
                return Ok(None);
            }
            if rule.again || rule.stack == Stack::Pop {
                continue;
            }
            let width = current.map_or(0, char::len_utf8);
            self.position.byte += width;
            self.position.token += width;
        }
        Ok(None)
    }

    fn count_step(&self) -> Result<()> {
        let left = self
            .steps
            .get()
            .checked_sub(1)
            .ok_or_else(too_complicated)?;
        self.steps.set(left);
        Ok(())
    }

    fn current(&self) -> Option<char> {
        self.text.get(self.position.byte..)?.chars().next()
    }

    /// Returns the first rule of the state that applies; after a pop, the first after the one that pushed.
    fn rule(&mut self, current: Option<char>) -> Result<Rule> {
        let first = self.position.pushed_by.take().map_or(0, |index| index + 1);
        for (index, rule) in self.position.state.iter().enumerate().skip(first) {
            if self.holds(rule.test, current)? {
                if rule.stack == Stack::Push {
                    self.position.pushed_by = Some(index);
                }
                return Ok(*rule);
            }
        }
        Err(Error::internal("a state has no rule that always applies"))
    }

    fn holds(&mut self, test: Test, current: Option<char>) -> Result<bool> {
        let is = |class: fn(char) -> bool| current.is_some_and(class);
        Ok(match test {
            Test::Always => true,
            Test::End => current.is_none(),
            Test::Is(character) => current == Some(character),
            Test::AsciiLetter => is(|it| it.is_ascii_alphabetic()),
            Test::Letter => is(is_letter),
            Test::Digit => is(|it| it.is_ascii_digit()),
            Test::LetterOrDigit => is(|it| it.is_ascii_digit() || is_letter(it)),
            Test::NeitherLetterNorDigit => !is(|it| it.is_ascii_digit() || is_letter(it)),
            Test::HexDigit => is(|it| it.is_ascii_hexdigit()),
            Test::Joiner => is(is_joiner),
            Test::Space => is(is_space),
            Test::UrlCharacter => is(|it| {
                it.is_ascii_graphic()
                    && !matches!(it, '"' | '<' | '>' | '\\' | '^' | '`' | '{' | '|' | '}')
            }),
            Test::Ignoring => self.ignoring,
            Test::HostAlone => std::mem::take(&mut self.host_alone),
            Test::Host => self.take_host()?,
            Test::UrlPath => self.take_url_path()?,
        })
    }

    fn take_host(&mut self) -> Result<bool> {
        if self.depth == DEPTH_MAX {
            return Ok(false);
        }
        let mut ahead = self.ahead();
        ahead.host_alone = true;
        match ahead.next()? {
            Some((Token::Host, host)) => {
                self.take(host.len());
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn take_url_path(&mut self) -> Result<bool> {
        if self.depth == DEPTH_MAX {
            return Ok(false);
        }
        let mut ahead = self.ahead();
        ahead.stack.push(ahead.position);
        ahead.position.state = URL_PATH_FIRST;
        match ahead.next()? {
            Some((Token::UrlPath, path)) => {
                self.take(path.len());
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    fn take(&mut self, bytes: usize) {
        self.position.byte += bytes;
        self.position.token += bytes;
    }

    fn special(&mut self, special: Special) {
        match special {
            Special::Nothing => {}
            Special::Tags => {
                let end = self.token_start + self.position.token;
                let tag = self.text.get(self.token_start..end).unwrap_or_default();
                if ["</script", "</style"]
                    .iter()
                    .any(|it| it.eq_ignore_ascii_case(tag))
                {
                    self.ignoring = false;
                } else if ["<script", "<style"]
                    .iter()
                    .any(|it| it.eq_ignore_ascii_case(tag))
                {
                    self.ignoring = true;
                }
            }
            Special::Reread => self.position.byte -= self.position.token,
            Special::RereadHost => {
                self.host_alone = true;
                self.position.byte -= self.position.token;
            }
            Special::Restart => {
                self.position.byte -= self.position.token;
                self.position.token = 0;
            }
        }
    }

    fn restack(&mut self, stack: Stack) {
        match stack {
            Stack::Keep => {}
            Stack::Push => {
                self.stack.push(self.position);
                self.position.pushed_by = None;
            }
            Stack::Pop => {
                if let Some(position) = self.stack.pop() {
                    self.position = position;
                }
            }
            Stack::Clear => {
                self.stack.pop();
            }
            Stack::ClearAll => self.stack.clear(),
            Stack::Merge => {
                if let Some(position) = self.stack.pop() {
                    self.position.state = position.state;
                    self.position.pushed_by = position.pushed_by;
                }
            }
        }
    }
}

fn too_complicated() -> Error {
    Error::new(
        Code::TOO_COMPLEX,
        "the text is too complicated to be read for a search",
    )
    .hint("It begins too many tags or comments that do not end, or is one chain of hyphens.")
}
