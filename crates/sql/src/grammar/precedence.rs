//! Operators, by PostgreSQL's precedence.
//!
//! The parser's own tree nests some operators the wrong way (`a -> 'b' ->> 'c'` to the right), so that it is flattened into
//! operands and operators in the order of the text and climbed again. Only what brackets hold together is taken as it is.

use squawk_syntax::ast::{self, AstNode, BinOp, CastKind, PostfixOp, PrefixOp};
use underpin_base::{Code, Error, Result, Value};

use super::reader::{Reader, incomplete, unsupported};
use crate::functions::Operator;
use crate::infer;
use crate::tree::{Expr, ExprKind};
use crate::types::Type;

/// Most operators in a row, conjunctions aside: each nests the tree by one level.
const CHAIN_MAX: usize = 250;

/// One word of an expression.
enum Item {
    Operand(ast::Expr),
    Prefix(Prefix),
    Infix(Infix),
}

enum Prefix {
    Not,
    Minus,
    Plus,
    Other(String),
}

/// What stands behind an operand, whether or not another operand follows.
#[derive(Clone, Debug)]
enum Infix {
    Or,
    And,
    /// `is`, `is not`, followed by a word.
    Is(bool),
    IsDistinct(bool),
    IsNull(bool),
    /// An operator, negated or not.
    Operator(Operator, bool),
    /// `like`, `ilike`, `similar to`.
    Like(Operator, bool),
    In(bool),
    Overlaps,
    Between {
        negated: bool,
        symmetric: bool,
    },
    /// The `and` of a `between`.
    Upper,
    Escape,
    AtTimeZone,
    Collate(ast::Collate),
    Cast(ast::CastExpr),
    /// An operator that we do not have.
    Unknown(String),
}

/// PostgreSQL's precedences, loosest first.
mod level {
    pub(super) const OR: u8 = 1;
    pub(super) const AND: u8 = 2;
    pub(super) const NOT: u8 = 3;
    pub(super) const IS: u8 = 4;
    pub(super) const COMPARISON: u8 = 5;
    pub(super) const MATCHING: u8 = 6;
    pub(super) const OTHER: u8 = 7;
    pub(super) const SUM: u8 = 8;
    pub(super) const PRODUCT: u8 = 9;
    pub(super) const POWER: u8 = 10;
    pub(super) const AT: u8 = 11;
    pub(super) const COLLATE: u8 = 12;
    pub(super) const SIGN: u8 = 13;
    pub(super) const CAST: u8 = 14;
}

impl Infix {
    /// Returns how tightly this binds; nothing for what only continues another.
    fn level(&self) -> Option<u8> {
        Some(match self {
            Self::Or => level::OR,
            Self::And => level::AND,
            Self::Is(_) | Self::IsDistinct(_) | Self::IsNull(_) => level::IS,
            Self::Like(..) | Self::In(_) | Self::Overlaps | Self::Between { .. } => level::MATCHING,
            Self::Operator(operator, _) => match operator {
                Operator::Equal
                | Operator::NotEqual
                | Operator::Less
                | Operator::LessOrEqual
                | Operator::Greater
                | Operator::GreaterOrEqual => level::COMPARISON,
                Operator::Add | Operator::Subtract => level::SUM,
                Operator::Multiply | Operator::Divide | Operator::Modulo => level::PRODUCT,
                Operator::Power => level::POWER,
                _ => level::OTHER,
            },
            Self::Unknown(_) => level::OTHER,
            Self::AtTimeZone => level::AT,
            Self::Collate(_) => level::COLLATE,
            Self::Cast(_) => level::CAST,
            Self::Upper | Self::Escape => return None,
        })
    }
}

/// An operand that is read only when its operator is known: some operators take what no expression could be.
pub(super) enum Term {
    Raw(ast::Expr),
    Read(Expr),
}

impl Reader<'_> {
    /// Reads an expression whose outermost node is an operator.
    pub(super) fn operators(&mut self, node: &ast::Expr) -> Result<Expr> {
        let mut items = flatten(node)?.into_iter().peekable();
        let mut climb = Climb {
            reader: self,
            items: &mut items,
            chain: 0,
        };
        let term = climb.expression(0)?;
        if climb.items.next().is_some() {
            return Err(incomplete());
        }
        self.term(term)
    }

    pub(super) fn term(&mut self, term: Term) -> Result<Expr> {
        match term {
            Term::Raw(node) => self.expr(&node),
            Term::Read(expr) => Ok(expr),
        }
    }
}

struct Climb<'reader, 'a, 'items> {
    reader: &'reader mut Reader<'a>,
    items: &'items mut std::iter::Peekable<std::vec::IntoIter<Item>>,
    chain: usize,
}

impl Climb<'_, '_, '_> {
    /// Reads an operand and every operator behind it that binds at least as tightly as `minimum`.
    fn expression(&mut self, minimum: u8) -> Result<Term> {
        let mut left = self.operand()?;
        let mut last = None;
        while let Some(Item::Infix(infix)) = self.items.peek() {
            let Some(level) = infix.level().filter(|level| *level >= minimum) else {
                break;
            };
            if last == Some(level) && matches!(level, level::COMPARISON | level::MATCHING) {
                return Err(Error::new(
                    Code::SYNTAX,
                    "syntax error: comparisons do not chain; use brackets or AND",
                ));
            }
            last = Some(level);
            let Some(Item::Infix(infix)) = self.items.next() else {
                break;
            };
            self.count(&infix)?;
            left = Term::Read(self.behind(left, infix, level)?);
        }
        Ok(left)
    }

    fn count(&mut self, infix: &Infix) -> Result<()> {
        if matches!(infix, Infix::And | Infix::Or) {
            return Ok(());
        }
        self.chain += 1;
        if self.chain > CHAIN_MAX {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                format!("expression has more than {CHAIN_MAX} operators in a row"),
            ));
        }
        Ok(())
    }

    fn read(&mut self, minimum: u8) -> Result<Expr> {
        let term = self.expression(minimum)?;
        self.reader.term(term)
    }

    fn operand(&mut self) -> Result<Term> {
        match self.items.next() {
            Some(Item::Operand(node)) => Ok(Term::Raw(node)),
            Some(Item::Prefix(prefix)) => self.prefix(&prefix).map(Term::Read),
            Some(Item::Infix(_)) | None => Err(incomplete()),
        }
    }

    fn prefix(&mut self, prefix: &Prefix) -> Result<Expr> {
        self.chain += 1;
        if self.chain > CHAIN_MAX {
            return Err(incomplete());
        }
        match prefix {
            Prefix::Not => {
                let operand = self.read(level::NOT)?;
                Ok(infer::condition(operand, "NOT")?.negate())
            }
            Prefix::Minus => {
                let literal = match self.items.peek() {
                    Some(Item::Operand(ast::Expr::Literal(literal))) => literal.integer_value(),
                    _ => None,
                };
                let negated = infer::negation(self.read(level::SIGN)?)?;
                Ok(match literal {
                    Some(_) => narrowed(negated),
                    None => negated,
                })
            }
            Prefix::Plus => self.read(level::SIGN),
            Prefix::Other(symbol) => {
                let operand = self.read(level::SUM)?;
                self.reader.prefix_operator(symbol, operand)
            }
        }
    }

    /// Reads what follows `infix`, and puts both together.
    fn behind(&mut self, left: Term, infix: Infix, level: u8) -> Result<Expr> {
        match infix {
            Infix::And => {
                let left = self.reader.term(left)?;
                let right = self.read(level + 1)?;
                Ok(Expr::all([
                    infer::condition(left, "AND")?,
                    infer::condition(right, "AND")?,
                ]))
            }
            Infix::Or => {
                let left = self.reader.term(left)?;
                let right = self.read(level + 1)?;
                Ok(disjunction(
                    infer::condition(left, "OR")?,
                    infer::condition(right, "OR")?,
                ))
            }
            Infix::Is(negated) => {
                let word = self.raw_operand()?;
                self.reader.is_word(left, &word, negated)
            }
            Infix::IsDistinct(negated) => {
                let right = self.expression(level + 1)?;
                self.reader.is_distinct(left, right, negated)
            }
            Infix::IsNull(negated) => self.reader.is_null(left, negated),
            Infix::Operator(operator, negated) => {
                let right = self.expression(level + 1)?;
                self.reader.binary(operator, negated, left, right)
            }
            Infix::Like(operator, negated) => {
                let pattern = self.expression(level + 1)?;
                let escape = self.escape(level)?;
                self.reader.like(operator, negated, left, pattern, escape)
            }
            Infix::In(negated) => {
                let list = self.raw_operand()?;
                self.reader.is_in(left, &list, negated)
            }
            Infix::Overlaps => {
                let right = self.raw_operand()?;
                self.reader.overlaps(&left, &right)
            }
            Infix::Between { negated, symmetric } => {
                let lower = self.read(level + 1)?;
                let Some(Item::Infix(Infix::Upper)) = self.items.next() else {
                    return Err(incomplete());
                };
                let upper = self.read(level + 1)?;
                let value = self.reader.term(left)?;
                self.reader
                    .between(&value, lower, upper, negated, symmetric)
            }
            Infix::AtTimeZone => {
                let zone = self.read(level + 1)?;
                let time = self.reader.term(left)?;
                infer::function("timezone", vec![zone, time])
            }
            Infix::Collate(collate) => {
                let text = self.reader.term(left)?;
                Reader::collated(text, &collate)
            }
            Infix::Cast(cast) => self.reader.cast_term(left, &cast),
            Infix::Upper | Infix::Escape => Err(incomplete()),
            Infix::Unknown(symbol) => {
                let left = self.reader.term(left)?;
                let right = self.read(level + 1)?;
                self.reader.unknown_operator(&symbol, &left, &right)
            }
        }
    }

    fn escape(&mut self, level: u8) -> Result<Option<Expr>> {
        if !matches!(self.items.peek(), Some(Item::Infix(Infix::Escape))) {
            return Ok(None);
        }
        self.items.next();
        self.read(level + 1).map(Some)
    }

    fn raw_operand(&mut self) -> Result<ast::Expr> {
        match self.items.next() {
            Some(Item::Operand(node)) => Ok(node),
            Some(Item::Prefix(_) | Item::Infix(_)) | None => Err(incomplete()),
        }
    }
}

/// The sign belongs to the number: `-2147483648` is an `integer` although `2147483648` is not.
fn narrowed(negated: Expr) -> Expr {
    match (&negated.kind, &negated.ty) {
        (ExprKind::Constant(Value::Int(value)), Type::Int8) if *value == i64::from(i32::MIN) => {
            Expr::constant(Value::Int(*value), Type::Int4)
        }
        (ExprKind::Constant(Value::Text(value)), Type::Numeric)
            if **value == *i64::MIN.to_string() =>
        {
            Expr::constant(Value::Int(i64::MIN), Type::Int8)
        }
        _ => negated,
    }
}

fn disjunction(left: Expr, right: Expr) -> Expr {
    let mut terms = Vec::new();
    for term in [left, right] {
        match term.kind {
            ExprKind::Or(inner) if !inner.is_empty() => terms.extend(inner),
            _ => terms.push(term),
        }
    }
    Expr::any(terms)
}

/// What is still to be flattened, or done.
enum Work {
    Node(ast::Expr),
    Item(Item),
}

/// Returns the operands and operators of `node` in the order of the text; without recursion, since a chain may be long.
fn flatten(node: &ast::Expr) -> Result<Vec<Item>> {
    let mut items = Vec::new();
    let mut work = vec![Work::Node(node.clone())];
    while let Some(next) = work.pop() {
        match next {
            Work::Item(item) => items.push(item),
            Work::Node(node) => {
                let mut parts = parts(node)?;
                match parts.as_mut_slice() {
                    [Work::Node(_)] => {
                        if let Some(Work::Node(operand)) = parts.pop() {
                            items.push(Item::Operand(operand));
                        }
                    }
                    _ => work.extend(parts.into_iter().rev()),
                }
            }
        }
    }
    Ok(items)
}

/// Returns the parts of an operator's node; a node that is none is its own only part.
fn parts(node: ast::Expr) -> Result<Vec<Work>> {
    let operand = |operand: Option<ast::Expr>| operand.map(Work::Node).ok_or_else(incomplete);
    let infix = |infix: Infix| Work::Item(Item::Infix(infix));
    Ok(match &node {
        ast::Expr::BinExpr(binary) => {
            let operator = binary.op().ok_or_else(incomplete)?;
            vec![
                operand(binary.lhs())?,
                infix(binary_operator(&operator)?),
                operand(binary.rhs())?,
            ]
        }
        ast::Expr::PrefixExpr(prefix) => {
            let operator = prefix.op().ok_or_else(incomplete)?;
            vec![
                Work::Item(Item::Prefix(prefix_operator(&operator))),
                operand(prefix.expr())?,
            ]
        }
        ast::Expr::PostfixExpr(postfix) => {
            let operator = postfix.op().ok_or_else(incomplete)?;
            vec![
                operand(postfix.expr())?,
                infix(postfix_operator(&operator)?),
            ]
        }
        ast::Expr::BetweenExpr(between) => vec![
            operand(between.target())?,
            infix(Infix::Between {
                negated: between.not_token().is_some(),
                symmetric: matches!(
                    between.between_symmetry(),
                    Some(ast::BetweenSymmetry::Symmetric(_))
                ),
            }),
            operand(between.start())?,
            infix(Infix::Upper),
            operand(between.end())?,
        ],
        ast::Expr::Collate(collate) => vec![
            operand(collate.expr())?,
            infix(Infix::Collate(collate.clone())),
        ],
        ast::Expr::CastExpr(cast) if cast.kind() == Some(CastKind::DoubleColon) => {
            vec![operand(cast.expr())?, infix(Infix::Cast(cast.clone()))]
        }
        _ => vec![Work::Node(node)],
    })
}

fn prefix_operator(operator: &PrefixOp) -> Prefix {
    match operator {
        PrefixOp::Not(_) => Prefix::Not,
        PrefixOp::Minus(_) => Prefix::Minus,
        PrefixOp::Plus(_) => Prefix::Plus,
        PrefixOp::CustomOp(custom) => match custom.syntax().text().to_string().as_str() {
            "-" => Prefix::Minus,
            "+" => Prefix::Plus,
            other => Prefix::Other(other.to_owned()),
        },
        PrefixOp::OperatorCall(call) => match called_symbol(call).as_str() {
            "-" => Prefix::Minus,
            "+" => Prefix::Plus,
            other => Prefix::Other(other.to_owned()),
        },
    }
}

fn postfix_operator(operator: &PostfixOp) -> Result<Infix> {
    match operator {
        PostfixOp::IsNull(_) => Ok(Infix::IsNull(false)),
        PostfixOp::NotNull(_) => Ok(Infix::IsNull(true)),
        PostfixOp::AtLocal(_) => Err(unsupported("AT LOCAL")),
        PostfixOp::IsNormalized(_) | PostfixOp::IsNotNormalized(_) => {
            Err(unsupported("IS NORMALIZED"))
        }
        _ => Err(unsupported("IS JSON")),
    }
}

fn binary_operator(operator: &BinOp) -> Result<Infix> {
    Ok(match operator {
        BinOp::And(_) => Infix::And,
        BinOp::Or(_) => Infix::Or,
        BinOp::Is(_) => Infix::Is(false),
        BinOp::IsNot(_) => Infix::Is(true),
        BinOp::IsDistinctFrom(_) => Infix::IsDistinct(false),
        BinOp::IsNotDistinctFrom(_) => Infix::IsDistinct(true),
        BinOp::In(_) => Infix::In(false),
        BinOp::NotIn(_) => Infix::In(true),
        BinOp::Like(_) => Infix::Like(Operator::Like, false),
        BinOp::NotLike(_) => Infix::Like(Operator::Like, true),
        BinOp::Ilike(_) => Infix::Like(Operator::ILike, false),
        BinOp::NotIlike(_) => Infix::Like(Operator::ILike, true),
        BinOp::SimilarTo(_) => Infix::Like(Operator::Similar, false),
        BinOp::NotSimilarTo(_) => Infix::Like(Operator::Similar, true),
        BinOp::Escape(_) => Infix::Escape,
        BinOp::AtTimeZone(_) => Infix::AtTimeZone,
        BinOp::Overlaps(_) => Infix::Overlaps,
        BinOp::CustomOp(custom) => symbol(&custom.syntax().text().to_string()),
        BinOp::OperatorCall(call) => symbol(&called_symbol(call)),
        BinOp::Eq(token)
        | BinOp::Neq(token)
        | BinOp::Neqb(token)
        | BinOp::LAngle(token)
        | BinOp::RAngle(token)
        | BinOp::Lteq(token)
        | BinOp::Gteq(token)
        | BinOp::Plus(token)
        | BinOp::Minus(token)
        | BinOp::Star(token)
        | BinOp::Slash(token)
        | BinOp::Percent(token)
        | BinOp::Caret(token) => symbol(token.text()),
        BinOp::ColonColon(_) | BinOp::ColonEq(_) | BinOp::FatArrow(_) => return Err(incomplete()),
    })
}

/// Returns the symbol within `operator(schema.symbol)`.
fn called_symbol(call: &ast::OperatorCall) -> String {
    let text = call.syntax().text().to_string();
    let inside = text
        .split_once('(')
        .and_then(|(_, rest)| rest.rsplit_once(')'))
        .map_or("", |(inside, _)| inside);
    inside
        .trim()
        .rsplit('.')
        .next()
        .unwrap_or_default()
        .trim()
        .to_owned()
}

fn symbol(symbol: &str) -> Infix {
    let (operator, negated) = match symbol {
        "!~~" => (Some(Operator::Like), true),
        "!~~*" => (Some(Operator::ILike), true),
        "!~" => (Some(Operator::Match), true),
        "!~*" => (Some(Operator::IMatch), true),
        other => (Operator::named(other), false),
    };
    match operator {
        Some(operator) => Infix::Operator(operator, negated),
        None => Infix::Unknown(symbol.to_owned()),
    }
}
