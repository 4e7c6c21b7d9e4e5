//! Texts of `tsquery` and of `websearch_to_tsquery`: words and operators become a [`Query`].
//!
//! What a word becomes is the caller's: itself, or the lexemes that a configuration makes of it, or nothing for a stop word. Stop words
//! leave the tree last, and lengthen the distances of phrases around them.

use underpin_base::{Code, Error, Result};

use super::character::{is_letter, is_space};
use super::lexeme_reader::{Kind, LexemeReader};
use super::query::{
    DEPTH_MAX, DISTANCE_MAX, Node, Operand, Operator, Query, check_depth, distance_out_of_range,
};
use super::vector::{LEXEME_BYTES_MAX, VECTOR_BYTES_MAX};

/// PostgreSQL's limit on operators that wait for their right side.
const WAITING_MAX: usize = 32;

/// How deeply parentheses may be nested.
const PARENTHESES_MAX: usize = 200;

/// The dialect of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    /// `a & !b | c <-> d:*A`
    Operators,
    /// The same as it is printed. What was within parentheses of its own may stand there without them, so that PostgreSQL's limits on texts
    /// are not those of this.
    Printed,
    /// `"a b" -c or d`
    Web,
}

/// A tree in the making; stop words are still in it.
#[derive(Debug)]
pub(super) enum Draft {
    Stop,
    Operand(Operand),
    Not(Box<Self>),
    /// As in [`Node::Joined`]: a chain is no deep tree, which could not even be dropped.
    Joined(Box<Self>, Vec<(Operator, Self)>),
}

/// What a parser collects: operands and finished operators, the last on top.
#[derive(Debug, Default)]
pub(super) struct Drafts {
    /// Each with its depth, of which joins of one kind from left to right add nothing.
    stack: Vec<(Draft, usize)>,
    /// The bytes of the words.
    bytes: usize,
}

impl Drafts {
    pub(super) fn push_stop(&mut self) {
        self.stack.push((Draft::Stop, 1));
    }

    /// Pushes a word.
    ///
    /// # Errors
    /// `54000` when it is too long; `query` is the text, for the message.
    pub(super) fn push_operand(&mut self, operand: Operand, query: &str) -> Result<()> {
        if operand.word.len() >= LEXEME_BYTES_MAX {
            return Err(Error::new(
                Code::new("54000"),
                format!("word is too long in tsquery: \"{query}\""),
            ));
        }
        if self.bytes >= VECTOR_BYTES_MAX {
            return Err(Error::new(
                Code::new("54000"),
                format!("value is too big in tsquery: \"{query}\""),
            ));
        }
        // PostgreSQL ends each with a NUL.
        self.bytes += operand.word.len() + 1;
        self.stack.push((Draft::Operand(operand), 1));
        Ok(())
    }

    fn push_not(&mut self) -> Result<()> {
        let (operand, depth) = self.pop()?;
        check_depth(depth + 1)?;
        self.stack.push((Draft::Not(Box::new(operand)), depth + 1));
        Ok(())
    }

    /// Joins the two on top.
    pub(super) fn push_operator(&mut self, operator: Operator) -> Result<()> {
        let (right, right_depth) = self.pop()?;
        let (left, left_depth) = self.pop()?;
        let (joined, depth) = match left {
            Draft::Joined(first, mut rest) if is_of(&rest, operator) => {
                rest.push((operator, right));
                (Draft::Joined(first, rest), left_depth.max(right_depth + 1))
            }
            left => (
                Draft::Joined(Box::new(left), vec![(operator, right)]),
                left_depth.max(right_depth) + 1,
            ),
        };
        check_depth(depth)?;
        self.stack.push((joined, depth));
        Ok(())
    }

    fn pop(&mut self) -> Result<(Draft, usize)> {
        self.stack
            .pop()
            .ok_or_else(|| Error::internal("malformed tsquery: operand not found"))
    }

    /// Returns the query of what was collected.
    pub(super) fn finish(mut self) -> Query {
        let root = self
            .stack
            .pop()
            .and_then(|(draft, _)| draft.without_stops().node);
        Query { root }
    }
}

/// A tree without stop words, and how many words went missing to its left and right.
#[derive(Default)]
struct Cleaned {
    node: Option<Node>,
    left: u16,
    right: u16,
}

impl Draft {
    fn without_stops(self) -> Cleaned {
        match self {
            Self::Stop => Cleaned::default(),
            Self::Operand(operand) => Cleaned {
                node: Some(Node::Operand(operand)),
                ..Cleaned::default()
            },
            Self::Not(operand) => {
                let cleaned = operand.without_stops();
                Cleaned {
                    node: cleaned.node.map(|node| Node::Not(Box::new(node))),
                    ..cleaned
                }
            }
            Self::Joined(first, rest) => rest
                .into_iter()
                .fold(first.without_stops(), |left, (operator, right)| {
                    left.join(operator, right.without_stops())
                }),
        }
    }
}

/// Tells whether a chain is of the kind of `operator`.
fn is_of(chain: &[(Operator, Draft)], operator: Operator) -> bool {
    chain
        .first()
        .is_some_and(|(known, _)| known.priority() == operator.priority())
}

impl Cleaned {
    fn join(self, operator: Operator, other: Self) -> Self {
        let distance = match operator {
            Operator::Phrase(distance) => Some(distance),
            Operator::And | Operator::Or => None,
        };
        match (self.node, other.node) {
            (None, None) => {
                let missing = match distance {
                    Some(distance) => sum([self.left, distance, other.left]),
                    None => self.left.max(other.left),
                };
                Self {
                    node: None,
                    left: missing,
                    right: missing,
                }
            }
            (None, Some(node)) => Self {
                node: Some(node),
                left: match distance {
                    Some(distance) => sum([self.left, distance, other.left]),
                    None => other.left,
                },
                right: other.right,
            },
            (Some(node), None) => Self {
                node: Some(node),
                left: self.left,
                right: match distance {
                    Some(distance) => sum([self.right, distance, other.right]),
                    None => self.right,
                },
            },
            (Some(left), Some(right)) => match distance {
                Some(distance) => Self {
                    node: Some(left.join(
                        Operator::Phrase(sum([distance, self.right, other.left])),
                        right,
                    )),
                    left: self.left,
                    right: other.right,
                },
                None => Self {
                    node: Some(left.join(operator, right)),
                    ..Self::default()
                },
            },
        }
    }
}

fn sum(parts: [u16; 3]) -> u16 {
    parts
        .into_iter()
        .fold(0u16, u16::saturating_add)
        .min(DISTANCE_MAX)
}

/// What a word in the text becomes.
pub(super) type PushWord<'a> = &'a mut dyn FnMut(&mut Drafts, Operand) -> Result<()>;

/// Reads `text`.
///
/// # Errors
/// `42601`, `22023` for a distance, `54001` when it is nested too deeply, and those of `push`.
pub(super) fn parse(text: &str, dialect: Dialect, push: PushWord<'_>) -> Result<Query> {
    let kind = match dialect {
        Dialect::Operators | Dialect::Printed => Kind::Query,
        Dialect::Web => Kind::Web,
    };
    let mut parser = Parser {
        reader: LexemeReader::new(text, kind),
        text,
        wants: Wants::FirstOperand,
        open: 0,
        parentheses_max: if dialect == Dialect::Printed {
            DEPTH_MAX
        } else {
            PARENTHESES_MAX
        },
        drafts: Drafts::default(),
        push,
    };
    parser.level(dialect)?;
    Ok(parser.drafts.finish())
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Wants {
    FirstOperand,
    Operand,
    Operator,
}

/// What was read next.
enum Piece {
    End,
    Word(Operand),
    Not,
    Operator(Operator),
    Open,
    Close,
}

/// An operator that waits for its right side.
#[derive(Clone, Copy)]
enum Waiting {
    Not,
    Join(Operator),
}

impl Waiting {
    fn priority(self) -> u8 {
        match self {
            Self::Not => 4,
            Self::Join(operator) => operator.priority(),
        }
    }
}

struct Parser<'a, 'p> {
    reader: LexemeReader<'a>,
    text: &'a str,
    wants: Wants,
    /// Parentheses that are open, and how many may be.
    open: usize,
    parentheses_max: usize,
    drafts: Drafts,
    push: PushWord<'p>,
}

impl Parser<'_, '_> {
    /// Reads to the end of the text or of the parentheses.
    fn level(&mut self, dialect: Dialect) -> Result<()> {
        let mut waiting: Vec<Waiting> = Vec::new();
        loop {
            let piece = match dialect {
                Dialect::Operators | Dialect::Printed => self.next()?,
                Dialect::Web => self.next_of_web()?,
            };
            let operator = match piece {
                Piece::End | Piece::Close => return self.settle(&mut waiting, None),
                Piece::Word(operand) => {
                    (self.push)(&mut self.drafts, operand)?;
                    continue;
                }
                Piece::Open => {
                    self.level(dialect)?;
                    continue;
                }
                Piece::Not => Waiting::Not,
                Piece::Operator(operator) => Waiting::Join(operator),
            };
            self.settle(&mut waiting, Some(operator))?;
            if waiting.len() == WAITING_MAX && dialect != Dialect::Printed {
                return Err(Error::new(Code::TOO_COMPLEX, "tsquery stack too small"));
            }
            waiting.push(operator);
        }
    }

    /// Finishes the operators that bind closer than `next`.
    fn settle(&mut self, waiting: &mut Vec<Waiting>, next: Option<Waiting>) -> Result<()> {
        while let Some(last) = waiting.last().copied() {
            let stays = match next {
                Some(Waiting::Not) => Waiting::Not.priority() >= last.priority(),
                Some(next) => next.priority() > last.priority(),
                None => false,
            };
            if stays {
                return Ok(());
            }
            waiting.pop();
            match last {
                Waiting::Not => self.drafts.push_not()?,
                Waiting::Join(operator) => self.drafts.push_operator(operator)?,
            }
        }
        Ok(())
    }

    fn skip_spaces(&mut self) {
        while self.reader.peek().is_some_and(is_space) {
            self.reader.advance();
        }
    }

    fn next(&mut self) -> Result<Piece> {
        self.skip_spaces();
        if self.wants == Wants::Operator {
            return self.operator();
        }
        match self.reader.peek() {
            Some('!') => {
                self.reader.advance();
                self.wants = Wants::Operand;
                Ok(Piece::Not)
            }
            Some('(') => {
                self.reader.advance();
                self.wants = Wants::Operand;
                self.open += 1;
                if self.open > self.parentheses_max {
                    return Err(Error::new(Code::TOO_COMPLEX, "stack depth limit exceeded")
                        .details(format!(
                            "the tsquery has more than {} parentheses within each other",
                            self.parentheses_max
                        )));
                }
                Ok(Piece::Open)
            }
            Some(':') => Err(self.reader.syntax_error()),
            _ => match self.reader.next()? {
                Some((word, _)) => {
                    let mut operand = Operand {
                        word,
                        prefix: false,
                        weights: 0,
                    };
                    self.modifiers(&mut operand);
                    self.wants = Wants::Operator;
                    Ok(Piece::Word(operand))
                }
                None if self.wants == Wants::FirstOperand => Ok(Piece::End),
                None => Err(Error::new(
                    Code::SYNTAX,
                    format!("no operand in tsquery: \"{}\"", self.text),
                )),
            },
        }
    }

    /// Reads `:*AB`.
    fn modifiers(&mut self, operand: &mut Operand) {
        if self.reader.peek() != Some(':') {
            return;
        }
        self.reader.advance();
        loop {
            match self.reader.peek() {
                Some('*') => operand.prefix = true,
                Some('a' | 'A') => operand.weights |= 8,
                Some('b' | 'B') => operand.weights |= 4,
                Some('c' | 'C') => operand.weights |= 2,
                Some('d' | 'D') => operand.weights |= 1,
                _ => return,
            }
            self.reader.advance();
        }
    }

    fn operator(&mut self) -> Result<Piece> {
        let operator = match self.reader.peek() {
            None if self.open == 0 => return Ok(Piece::End),
            Some(')') if self.open > 0 => {
                self.reader.advance();
                self.open -= 1;
                return Ok(Piece::Close);
            }
            Some('&') => Operator::And,
            Some('|') => Operator::Or,
            _ => {
                let distance = self.distance()?;
                let distance = distance.ok_or_else(|| self.reader.syntax_error())?;
                self.wants = Wants::Operand;
                return Ok(Piece::Operator(Operator::Phrase(distance)));
            }
        };
        self.reader.advance();
        self.wants = Wants::Operand;
        Ok(Piece::Operator(operator))
    }

    /// Reads `<->` or `<N>`.
    fn distance(&mut self) -> Result<Option<u16>> {
        let Some(rest) = self.reader.rest().strip_prefix('<') else {
            return Ok(None);
        };
        let end = rest.find('>').unwrap_or(rest.len());
        let number = rest.get(..end).unwrap_or_default();
        let digits = number
            .find(|it: char| !it.is_ascii_digit())
            .unwrap_or(number.len());
        let distance = match number {
            "-" => 1,
            _ if digits == 0 => return Ok(None),
            _ => number
                .get(..digits)
                .and_then(|digits| digits.parse().ok())
                .filter(|distance| *distance <= DISTANCE_MAX)
                .ok_or_else(distance_out_of_range)?,
        };
        if end == rest.len() || (number != "-" && digits < number.len()) {
            return Ok(None);
        }
        self.reader.at += end + 2;
        Ok(Some(distance))
    }

    fn next_of_web(&mut self) -> Result<Piece> {
        self.skip_spaces();
        if self.wants == Wants::Operator {
            return Ok(self.operator_of_web());
        }
        loop {
            self.skip_spaces();
            match self.reader.peek() {
                Some('-') => {
                    self.reader.advance();
                    self.wants = Wants::Operand;
                    return Ok(Piece::Not);
                }
                Some('"') => {
                    self.reader.advance();
                    let rest = self.reader.rest();
                    let end = rest.find('"').unwrap_or(rest.len());
                    let word = rest.get(..end).unwrap_or_default().to_owned();
                    self.reader.at += end;
                    // The closing quotation mark, if there is one.
                    self.reader.advance();
                    self.wants = Wants::Operator;
                    return Ok(Piece::Word(plain(word)));
                }
                Some(character) if LexemeReader::is_operator(character) => {
                    self.reader.advance();
                    self.wants = Wants::Operand;
                }
                _ => break,
            }
        }
        match self.reader.next()? {
            Some((word, _)) => {
                self.wants = Wants::Operator;
                Ok(Piece::Word(plain(word)))
            }
            None => {
                if self.wants == Wants::Operand {
                    self.drafts.push_stop();
                }
                Ok(Piece::End)
            }
        }
    }

    fn operator_of_web(&mut self) -> Piece {
        let passed_over = |it| is_space(it) || LexemeReader::is_operator(it);
        while self.reader.peek().is_some_and(passed_over) {
            self.reader.advance();
        }
        if self.reader.peek().is_none() {
            return Piece::End;
        }
        self.wants = Wants::Operand;
        if self.take_or() {
            return Piece::Operator(Operator::Or);
        }
        Piece::Operator(Operator::And)
    }

    /// Takes the word `or`, unless it is part of a word or nothing follows it.
    fn take_or(&mut self) -> bool {
        let rest = self.reader.rest();
        let is_or = rest
            .get(..2)
            .is_some_and(|word| word.eq_ignore_ascii_case("or"));
        let after = rest.get(2..).unwrap_or_default();
        let ends = after
            .chars()
            .next()
            .is_some_and(|it| !matches!(it, '-' | '_') && !is_letter(it) && !it.is_ascii_digit());
        // The first character behind it is passed over whatever it is.
        let something = after.chars().skip(1).any(|it| !is_space(it));
        let found = is_or && ends && something;
        if found {
            self.reader.at += 2;
        }
        found
    }
}

fn plain(word: String) -> Operand {
    Operand {
        word,
        prefix: false,
        weights: 0,
    }
}

impl Query {
    /// Reads PostgreSQL's text of a `tsquery`.
    ///
    /// # Errors
    /// `42601` for what is none, `22023` for a distance, `54000` and `54001` for what is too long or nested too deeply.
    pub fn parse(text: &str) -> Result<Self> {
        parse(text, Dialect::Operators, &mut |drafts, operand| {
            drafts.push_operand(operand, text)
        })
    }

    /// Reads canonical text.
    ///
    /// # Errors
    /// Those of [`Query::parse`], which no canonical text has.
    pub fn read(canonical: &str) -> Result<Self> {
        parse(canonical, Dialect::Printed, &mut |drafts, operand| {
            drafts.push_operand(operand, canonical)
        })
    }
}
