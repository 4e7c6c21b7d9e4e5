//! Conditions and operators: what [`super::precedence`] has put in order becomes an expression.

use squawk_syntax::ast::{self, AstNode, LitKind};
use underpin_base::{Code, Error, Result, Value};

use super::precedence::Term;
use super::reader::{Reader, part, unsupported};
use crate::functions::Operator;
use crate::infer;
use crate::tree::{Expr, ExprKind, Select};
use crate::types::{ColumnType, Type};

/// The right side of an operator when it is `any (…)` or `all (…)`.
struct Quantifier {
    all: bool,
    array: Option<ast::Expr>,
    select: Option<ast::SelectVariant>,
}

impl Reader<'_> {
    /// Reads `left operator right`, negated for operators such as `!~`.
    pub(super) fn binary(
        &mut self,
        operator: Operator,
        negated: bool,
        left: Term,
        right: Term,
    ) -> Result<Expr> {
        if !negated {
            return self.binary_plain(operator, left, right);
        }
        if let Term::Raw(node) = &right
            && let Some(quantifier) = quantifier(node)
        {
            // One element does not fit where not all of them do.
            let opposite = Quantifier {
                all: !quantifier.all,
                ..quantifier
            };
            let left = self.term(left)?;
            return Ok(self.quantified(operator, left, opposite)?.negate());
        }
        let left = self.term(left)?;
        let right = self.term(right)?;
        infer::negated(operator, left, right)
    }

    fn binary_plain(&mut self, operator: Operator, left: Term, right: Term) -> Result<Expr> {
        if let Term::Raw(node) = &right
            && let Some(quantifier) = quantifier(node)
        {
            let left = self.term(left)?;
            return self.quantified(operator, left, quantifier);
        }
        if let (Term::Raw(first), Term::Raw(second)) = (&left, &right)
            && let (Some(first), Some(second)) = (fields(first), fields(second))
        {
            let first = self.exprs(first)?;
            let second = self.exprs(second)?;
            return infer::rows(operator, first, second);
        }
        let left = self.term(left)?;
        let right = self.term(right)?;
        infer::operator(operator, left, right)
    }

    fn quantified(
        &mut self,
        operator: Operator,
        operand: Expr,
        quantifier: Quantifier,
    ) -> Result<Expr> {
        let all = quantifier.all;
        if let Some(select) = quantifier.select {
            let select = self.subquery(&select)?;
            return match (operator, all) {
                (Operator::Equal, false) => in_select(vec![operand], select, false),
                (Operator::NotEqual, true) => in_select(vec![operand], select, true),
                _ => infer::quantified(operator, operand, array_of(select)?, all),
            };
        }
        let array = self.expr(&part(quantifier.array)?)?;
        infer::quantified(operator, operand, array, all)
    }

    /// Reads an operator before its operand.
    pub(super) fn prefix_operator(&mut self, symbol: &str, operand: Expr) -> Result<Expr> {
        match symbol {
            "@" => infer::function("abs", vec![operand]),
            "|/" => infer::function("sqrt", vec![operand]),
            "||/" => infer::function("cbrt", vec![operand]),
            "!!" => infer::function("tsquery_not", vec![operand]),
            "~" if operand.ty.is_integer() => {
                let one = Expr::constant(Value::Int(1), operand.ty.clone());
                infer::operator(Operator::Subtract, infer::negation(operand)?, one)
            }
            _ => Err(no_operator(&format!("{symbol} {}", operand.ty))),
        }
    }

    /// Refuses an operator that we do not have, or that does not exist.
    pub(super) fn unknown_operator(
        &mut self,
        symbol: &str,
        left: &Expr,
        right: &Expr,
    ) -> Result<Expr> {
        match symbol {
            "@?" | "<#>" | "<=>" | "@@@" | "<%" | "%>" | "<<=" | ">>=" | "^@" | "~=" | "<<|"
            | "|>>" => Err(unsupported(&format!("the operator {symbol}"))),
            _ => Err(no_operator(&format!("{} {symbol} {}", left.ty, right.ty))),
        }
    }

    /// Reads `is null`, `is true`, `is unknown` and their negations.
    pub(super) fn is_word(&mut self, left: Term, word: &ast::Expr, negated: bool) -> Result<Expr> {
        let truth = match word {
            ast::Expr::Literal(literal) => match literal.kind() {
                Some(LitKind::Null(_)) => return self.is_null(left, negated),
                Some(LitKind::True(_)) => Some(true),
                Some(LitKind::False(_)) => Some(false),
                _ => return Err(not_a_word(word)),
            },
            ast::Expr::NameRef(name) if name.text() == "unknown" && !name.is_quoted() => None,
            _ => return Err(not_a_word(word)),
        };
        let words = match (truth, negated) {
            (Some(true), false) => "IS TRUE",
            (Some(false), false) => "IS FALSE",
            (None, false) => "IS UNKNOWN",
            (Some(true), true) => "IS NOT TRUE",
            (Some(false), true) => "IS NOT FALSE",
            (None, true) => "IS NOT UNKNOWN",
        };
        let operand = infer::condition(self.term(left)?, words)?;
        Ok(Expr {
            kind: ExprKind::IsTruth {
                operand: Box::new(operand),
                truth,
                negated,
            },
            ty: Type::Bool,
        })
    }

    /// Reads `is null`; a row is null when all of its fields are, and not null when none of them is.
    pub(super) fn is_null(&mut self, left: Term, negated: bool) -> Result<Expr> {
        if let Term::Raw(node) = &left
            && let Some(fields) = fields(node)
        {
            let fields = self.exprs(fields)?;
            return Ok(Expr::all(
                fields.into_iter().map(|field| field.is_null(negated)),
            ));
        }
        let operand = infer::settled(self.term(left)?)?;
        Ok(operand.is_null(negated))
    }

    /// Reads `is distinct from`.
    pub(super) fn is_distinct(&mut self, left: Term, right: Term, negated: bool) -> Result<Expr> {
        if let (Term::Raw(first), Term::Raw(second)) = (&left, &right)
            && let (Some(first), Some(second)) = (fields(first), fields(second))
        {
            let first = self.exprs(first)?;
            let second = self.exprs(second)?;
            if first.len() != second.len() {
                return infer::rows(Operator::Equal, first, second);
            }
            let parts = first
                .into_iter()
                .zip(second)
                .map(|(left, right)| infer::is_distinct(left, right, negated))
                .collect::<Result<Vec<_>>>()?;
            return Ok(if negated {
                Expr::all(parts)
            } else {
                Expr::any(parts)
            });
        }
        let left = self.term(left)?;
        let right = self.term(right)?;
        infer::is_distinct(left, right, negated)
    }

    /// Reads `like`, `ilike` and `similar to`.
    pub(super) fn like(
        &mut self,
        operator: Operator,
        negated: bool,
        left: Term,
        pattern: Term,
        escape: Option<Expr>,
    ) -> Result<Expr> {
        let Some(escape) = escape else {
            return self.binary(operator, negated, left, pattern);
        };
        let left = self.term(left)?;
        let pattern = infer::settled(self.term(pattern)?)?;
        let escape = infer::settled(escape)?;
        let pattern = match (&pattern.kind, &escape.kind) {
            (ExprKind::Constant(Value::Text(pattern)), ExprKind::Constant(Value::Text(escape))) => {
                Expr::text(&escaped(pattern, escape)?)
            }
            _ => infer::function("like_escape", vec![pattern, escape])?,
        };
        let expr = infer::operator(operator, left, pattern)?;
        Ok(if negated { expr.negate() } else { expr })
    }

    /// Reads `(start, end) overlaps (start, end)`, where an end may be a length of time.
    pub(super) fn overlaps(&mut self, left: &Term, right: &ast::Expr) -> Result<Expr> {
        let left = match left {
            Term::Raw(node) => fields(node),
            Term::Read(_) => None,
        };
        let mut times = Vec::new();
        for (side, fields) in [("left", left), ("right", fields(right))] {
            let fields = fields.unwrap_or_default();
            if fields.len() != 2 {
                return Err(Error::new(
                    Code::SYNTAX,
                    format!("wrong number of parameters on {side} side of OVERLAPS expression"),
                ));
            }
            times.extend(self.exprs(fields)?);
        }
        infer::function("overlaps", times)
    }

    /// Reads `in (…)`: a list or a query.
    pub(super) fn is_in(&mut self, left: Term, list: &ast::Expr, negated: bool) -> Result<Expr> {
        let left_fields = match &left {
            Term::Raw(node) => fields(node),
            Term::Read(_) => None,
        };
        if let Some(select) = bracketed_select(list) {
            let operands = match left_fields {
                Some(fields) => self.exprs(fields)?,
                None => vec![self.term(left)?],
            };
            let select = self.subquery(&select)?;
            return in_select(operands, select, negated);
        }
        let values: Vec<ast::Expr> = match list {
            ast::Expr::ParenExpr(one) => vec![part(one.expr())?],
            ast::Expr::TupleExpr(several) if several.row_token().is_none() => {
                several.exprs().collect()
            }
            _ => {
                return Err(Error::new(
                    Code::SYNTAX,
                    "syntax error: IN takes a list in brackets",
                ));
            }
        };
        if let Some(left_fields) = left_fields {
            let operands = self.exprs(left_fields)?;
            return self.row_in(&operands, &values, negated);
        }
        let operand = self.term(left)?;
        let values = self.exprs(values)?;
        infer::is_in(operand, values, negated)
    }

    fn row_in(&mut self, operands: &[Expr], rows: &[ast::Expr], negated: bool) -> Result<Expr> {
        let mut terms = Vec::new();
        for row in rows {
            let row = fields(row).ok_or_else(|| unsupported("a row in a list of values"))?;
            let row = self.exprs(row)?;
            terms.push(infer::rows(Operator::Equal, operands.to_vec(), row)?);
        }
        let found = Expr::any(terms);
        Ok(if negated { found.negate() } else { found })
    }

    /// Reads `between`, which PostgreSQL too takes for two comparisons.
    pub(super) fn between(
        &mut self,
        value: &Expr,
        lower: Expr,
        upper: Expr,
        negated: bool,
        symmetric: bool,
    ) -> Result<Expr> {
        let within = |low: Expr, high: Expr| -> Result<Expr> {
            Ok(if negated {
                Expr::any(vec![
                    infer::operator(Operator::Less, value.clone(), low)?,
                    infer::operator(Operator::Greater, value.clone(), high)?,
                ])
            } else {
                Expr::all([
                    infer::operator(Operator::GreaterOrEqual, value.clone(), low)?,
                    infer::operator(Operator::LessOrEqual, value.clone(), high)?,
                ])
            })
        };
        if !symmetric {
            return within(lower, upper);
        }
        let straight = within(lower.clone(), upper.clone())?;
        let turned = within(upper, lower)?;
        Ok(if negated {
            Expr::all([straight, turned])
        } else {
            Expr::any(vec![straight, turned])
        })
    }

    /// Reads `collate`: every text is ordered as under "C", so that only this collation can be asked for.
    pub(super) fn collated(text: Expr, collate: &ast::Collate) -> Result<Expr> {
        let collation = collate.collation_ref().and_then(|node| node.path_ref());
        let collation = super::path_ref(collation.as_ref())?;
        match &*collation.name {
            "C" | "POSIX" | "default" | "ucs_basic" => Ok(text),
            other => Err(unsupported(&format!("the collation \"{other}\""))),
        }
    }
}

/// Returns the fields when `node` is a row: `(a, b)` or `row(a, b)`.
pub(super) fn fields(node: &ast::Expr) -> Option<Vec<ast::Expr>> {
    match node {
        ast::Expr::TupleExpr(tuple) => Some(tuple.exprs().collect()),
        ast::Expr::ParenExpr(paren) => match paren.expr()? {
            inner @ (ast::Expr::TupleExpr(_) | ast::Expr::ParenExpr(_)) => fields(&inner),
            _ => None,
        },
        _ => None,
    }
}

/// Returns the query when `node` is one in brackets.
pub(super) fn bracketed_select(node: &ast::Expr) -> Option<ast::SelectVariant> {
    let mut node = node.clone();
    loop {
        let ast::Expr::ParenExpr(paren) = node else {
            return None;
        };
        let select = paren.syntax().children().find_map(ast::SelectVariant::cast);
        if select.is_some() {
            return select;
        }
        node = paren.expr()?;
    }
}

fn quantifier(node: &ast::Expr) -> Option<Quantifier> {
    let ast::Expr::CallExpr(call) = node else {
        return None;
    };
    let (all, array, select) = if let Some(any) = call.any_fn() {
        (false, any.expr(), any.select_variant())
    } else if let Some(some) = call.some_fn() {
        (false, some.expr(), some.select_variant())
    } else {
        let all = call.all_fn()?;
        (true, all.expr(), all.select_variant())
    };
    let select = select.or_else(|| bracketed_select(array.as_ref()?));
    Some(Quantifier { all, array, select })
}

/// Returns `operands in (select)`, both sides cast to what they are compared as.
fn in_select(operands: Vec<Expr>, select: Select, negated: bool) -> Result<Expr> {
    let columns = select.columns();
    if columns.len() != operands.len() {
        let words = if columns.len() > operands.len() {
            "many"
        } else {
            "few"
        };
        return Err(Error::new(
            Code::SYNTAX,
            format!("subquery has too {words} columns"),
        ));
    }
    let mut cast = Vec::new();
    let mut types = Vec::new();
    for (operand, (_, ty)) in operands.into_iter().zip(&columns) {
        let (left, right) = infer::equality(&operand.ty, ty)?;
        cast.push(infer::cast(operand, &ColumnType::plain(left))?);
        types.push(right);
    }
    Ok(Expr {
        kind: ExprKind::InSelect {
            operands: cast,
            select: Box::new(super::set::retyped(select, &types)?),
            negated,
        },
        ty: Type::Bool,
    })
}

/// Returns `array(select)`.
pub(super) fn array_of(select: Select) -> Result<Expr> {
    let columns = select.columns();
    let [(_, ty)] = columns.as_slice() else {
        return Err(Error::new(
            Code::SYNTAX,
            "subquery must return only one column",
        ));
    };
    let ty = match ty {
        Type::Array(_) => ty.clone(),
        _ => ty.clone().array(),
    };
    Ok(Expr {
        kind: ExprKind::ArraySelect(Box::new(select)),
        ty,
    })
}

/// Returns `pattern`, whose escape character is `escape`, with the backslash as its escape character.
fn escaped(pattern: &str, escape: &str) -> Result<String> {
    let mut characters = escape.chars();
    let escape = characters.next();
    if characters.next().is_some() {
        return Err(Error::new(Code::INVALID_ESCAPE, "invalid escape string")
            .hint("Escape string must be empty or one character."));
    }
    let mut result = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(character) = rest.next() {
        if Some(character) == escape {
            let next = rest.next().ok_or_else(|| {
                Error::new(
                    Code::INVALID_ESCAPE,
                    "LIKE pattern must not end with escape character",
                )
            })?;
            result.push('\\');
            result.push(next);
        } else if character == '\\' {
            result.push_str("\\\\");
        } else {
            result.push(character);
        }
    }
    Ok(result)
}

fn no_operator(words: &str) -> Error {
    Error::new(
        Code::UNDEFINED_FUNCTION,
        format!("operator does not exist: {words}"),
    )
    .hint(
        "No operator matches the given name and argument types. You might need to add explicit type casts.",
    )
}

fn not_a_word(word: &ast::Expr) -> Error {
    unsupported(&format!("IS {}", word.syntax().text()))
}
