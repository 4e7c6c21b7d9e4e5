//! Expressions: which reader takes which kind of node; literals, casts, `case`, arrays and rows.

use squawk_syntax::ast::{self, AstNode, CastKind, LitKind};
use underpin_base::{Code, Error, Result, Value};

use super::precedence::Term;
use super::predicate::{array_of, bracketed_select};
use super::reader::{Clause, Reader, incomplete, part, unsupported};
use super::{Parsed, Resolver, Scope, column_type, parse};
use crate::functions::Operator;
use crate::infer;
use crate::tree::{Body, Case, Distinct, Expr, ExprKind, Select};
use crate::types::{ColumnType, Type};

/// Reads an expression.
///
/// # Errors
/// PostgreSQL's own, with the line of the innermost part that they lie in.
pub fn expression(node: &ast::Expr, scope: &Scope, resolver: &dyn Resolver) -> Result<Expr> {
    Reader::new(scope, resolver).expr(node)
}

/// Reads an expression from its text.
///
/// # Errors
/// Those of [`parse`] and [`expression`], and `42601` when the text is more than an expression.
pub fn expression_text(text: &str, scope: &Scope, resolver: &dyn Resolver) -> Result<Expr> {
    let node = sole_expression(&format!("select {text}"))?;
    expression(&node, scope, resolver)
}

/// Returns the expression when `text` is a query of that and nothing else.
fn sole_expression(text: &str) -> Result<ast::Expr> {
    let mut statements = parse(text)?;
    let Some(Parsed {
        statement: ast::Stmt::Select(select),
        ..
    }) = statements.pop().filter(|_| statements.is_empty())
    else {
        return Err(incomplete());
    };
    let clause = part(select.select_clause())?;
    let parts = select.syntax().children().count();
    let mut targets = part(clause.target_list())?.targets();
    match (
        targets.next(),
        targets.next(),
        parts,
        clause.select_quantifier(),
    ) {
        (Some(target), None, 1, None) if target.as_name().is_none() => part(target.expr()),
        _ => Err(incomplete()),
    }
}

impl Reader<'_> {
    /// Reads an expression.
    pub(super) fn expr(&mut self, node: &ast::Expr) -> Result<Expr> {
        self.nested(node, |reader| reader.expr_kind(node))
    }

    /// Reads several expressions.
    pub(super) fn exprs(
        &mut self,
        nodes: impl IntoIterator<Item = ast::Expr>,
    ) -> Result<Vec<Expr>> {
        nodes.into_iter().map(|node| self.expr(&node)).collect()
    }

    /// Reads an expression whose type must be known: a literal alone is text.
    pub(super) fn settled(&mut self, node: &ast::Expr) -> Result<Expr> {
        infer::settled(self.expr(node)?)
    }

    /// Reads a condition of `clause`.
    pub(super) fn condition(&mut self, node: &ast::Expr, clause: &str) -> Result<Expr> {
        infer::condition(self.expr(node)?, clause)
    }

    fn expr_kind(&mut self, node: &ast::Expr) -> Result<Expr> {
        match node {
            ast::Expr::BinExpr(_)
            | ast::Expr::PrefixExpr(_)
            | ast::Expr::PostfixExpr(_)
            | ast::Expr::BetweenExpr(_)
            | ast::Expr::Collate(_) => self.operators(node),
            ast::Expr::CastExpr(cast) => match cast.kind() {
                Some(CastKind::DoubleColon) => self.operators(node),
                Some(CastKind::Cast) => {
                    let operand = part(cast.expr())?;
                    self.cast_term(Term::Raw(operand), cast)
                }
                Some(CastKind::TypeLiteral) => self.typed_literal(cast),
                Some(CastKind::Treat) => Err(unsupported("TREAT")),
                None => Err(incomplete()),
            },
            ast::Expr::Literal(literal) => self.literal(literal),
            ast::Expr::NameRef(_) | ast::Expr::FieldExpr(_) => self.reference(node),
            ast::Expr::IndexExpr(index) => self.subscript(index),
            ast::Expr::SliceExpr(slice) => self.slice(slice),
            ast::Expr::ParenExpr(paren) => {
                if let Some(select) = bracketed_select(node) {
                    return self.scalar(&select);
                }
                self.expr(&part(paren.expr())?)
            }
            ast::Expr::TupleExpr(tuple) => {
                let values = tuple
                    .exprs()
                    .map(|value| self.settled(&value))
                    .collect::<Result<_>>()?;
                Ok(Expr {
                    kind: ExprKind::Row(values),
                    ty: Type::Record,
                })
            }
            ast::Expr::ArrayExpr(array) => self.array(array),
            ast::Expr::CaseExpr(case) => self.case(case),
            ast::Expr::CallExpr(call) => self.call(call),
        }
    }

    fn literal(&mut self, literal: &ast::Literal) -> Result<Expr> {
        match literal.kind().ok_or_else(incomplete)? {
            LitKind::Null(_) => Ok(Expr::null(Type::Unknown)),
            LitKind::True(_) => Ok(Expr::bool(true)),
            LitKind::False(_) => Ok(Expr::bool(false)),
            LitKind::IntNumber(_) => {
                let value = literal.integer_value().ok_or_else(incomplete)?.to_string();
                match (value.parse::<i32>(), value.parse::<i64>()) {
                    (Ok(value), _) => Ok(Expr::constant(Value::Int(i64::from(value)), Type::Int4)),
                    (_, Ok(value)) => Ok(Expr::constant(Value::Int(value), Type::Int8)),
                    _ => infer::literal(&value, &Type::Numeric),
                }
            }
            LitKind::NumericNumber(token) => {
                infer::literal(&token.text().replace('_', ""), &Type::Numeric)
            }
            LitKind::String(_)
            | LitKind::EscString(_)
            | LitKind::UnicodeEscString(_)
            | LitKind::DollarQuotedString(_)
            | LitKind::NationalString(_) => infer::literal(&string(literal)?, &Type::Unknown),
            LitKind::BitString(_) | LitKind::ByteString(_) => Err(unsupported("a bit string")),
            LitKind::PositionalParam(token) => self.parameter(literal, token.text()),
            LitKind::Default(_) => Err(Error::new(
                Code::SYNTAX,
                "DEFAULT is not allowed in this context",
            )),
            LitKind::On(_) | LitKind::Off(_) => Err(incomplete()),
        }
    }

    fn parameter(&mut self, literal: &ast::Literal, written: &str) -> Result<Expr> {
        let parameter = literal
            .positional_param_index()
            .and_then(|index| Some((index, self.scope.parameters.get(index)?)));
        match parameter {
            Some((index, (_, ty))) => Ok(Expr {
                kind: ExprKind::Parameter(index),
                ty: ty.clone(),
            }),
            None => Err(Error::new(
                Code::UNDEFINED_PARAMETER,
                format!("there is no parameter {written}"),
            )),
        }
    }

    /// Reads `operand::type`.
    pub(super) fn cast_term(&mut self, operand: Term, cast: &ast::CastExpr) -> Result<Expr> {
        let ty = part(cast.ty())?;
        let registered = is_registered(&ty);
        let to = self.cast_type(&ty)?;
        // `array[]::type[]` is the only way to write an array of nothing.
        if let Term::Raw(ast::Expr::ArrayExpr(array)) = &operand
            && matches!(to.ty, Type::Array(_))
            && array.select_variant().is_none()
            && array.exprs().next().is_none()
        {
            return Ok(Expr {
                kind: ExprKind::Array(Vec::new()),
                ty: to.ty,
            });
        }
        let operand = self.term(operand)?;
        if registered {
            return registered_name(operand);
        }
        infer::cast(operand, &to)
    }

    fn cast_type(&mut self, node: &ast::Type) -> Result<ColumnType> {
        let named = column_type(node, self.resolver)?;
        if let Some(domain) = &named.domain {
            return Err(unsupported(&format!("a cast to the domain {domain}")));
        }
        if named.serial || named.set {
            return Err(Error::new(
                Code::UNDEFINED_OBJECT,
                format!("type \"{}\" does not exist", node.syntax().text()),
            ));
        }
        Ok(named.column)
    }

    /// Reads `date '2024-01-01'`, and `interval '1' day`.
    fn typed_literal(&mut self, cast: &ast::CastExpr) -> Result<Expr> {
        let ty = part(cast.ty())?;
        let mut text = string(&part(cast.literal())?)?;
        let to = self.cast_type(&ty)?;
        if is_registered(&ty) {
            return Ok(Expr::text(&text));
        }
        if let Some(qualifier) = cast.interval_qualifier() {
            let unit = qualifier.syntax().text().to_string().to_ascii_lowercase();
            if unit.contains(' ') || unit.contains('(') {
                return Err(unsupported("an interval restricted to some fields"));
            }
            if text.trim().parse::<f64>().is_err() {
                return Err(unsupported("a unit behind an interval that has its own"));
            }
            text = format!("{} {unit}", text.trim());
        }
        infer::cast(infer::literal(&text, &Type::Unknown)?, &to)
    }

    fn array(&mut self, array: &ast::ArrayExpr) -> Result<Expr> {
        if let Some(select) = array.select_variant() {
            return array_of(self.subquery(&select)?);
        }
        let values = self.exprs(array.exprs())?;
        if values.is_empty() {
            return Err(Error::new(
                Code::INDETERMINATE_TYPE,
                "cannot determine type of empty array",
            )
            .hint("Explicitly cast to the desired type, for example ARRAY[]::integer[]."));
        }
        let (values, element) = infer::unify(values, "ARRAY")?;
        let ty = match element {
            nested @ Type::Array(_) => nested,
            element => element.array(),
        };
        Ok(Expr {
            kind: ExprKind::Array(values),
            ty,
        })
    }

    fn case(&mut self, case: &ast::CaseExpr) -> Result<Expr> {
        let operand = case.expr().map(|operand| self.expr(&operand)).transpose()?;
        let mut conditions = Vec::new();
        let mut results = Vec::new();
        for branch in part(case.when_clause_list())?.when_clauses() {
            let condition = self.expr(&part(branch.condition())?)?;
            conditions.push(match &operand {
                Some(operand) => infer::operator(Operator::Equal, operand.clone(), condition)?,
                None => infer::condition(condition, "CASE/WHEN")?,
            });
            results.push(self.expr(&part(branch.then())?)?);
        }
        let otherwise = case
            .else_clause()
            .map(|clause| self.expr(&part(clause.expr())?))
            .transpose()?;
        let has_otherwise = otherwise.is_some();
        // PostgreSQL takes the type of `else` first.
        let mut values: Vec<Expr> = otherwise.into_iter().collect();
        values.append(&mut results);
        let (values, ty) = infer::unify(values, "CASE")?;
        let mut values = values.into_iter();
        let otherwise = if has_otherwise { values.next() } else { None };
        Ok(Expr {
            kind: ExprKind::Case(Box::new(Case {
                branches: conditions.into_iter().zip(values).collect(),
                otherwise,
            })),
            ty,
        })
    }

    /// Reads a query in the place of a value; one that has nothing but a value is that value.
    fn scalar(&mut self, node: &ast::SelectVariant) -> Result<Expr> {
        let select = self.subquery(node)?;
        let columns = select.columns();
        let [(_, ty)] = columns.as_slice() else {
            return Err(Error::new(
                Code::SYNTAX,
                "subquery must return only one column",
            ));
        };
        if let Some(value) = value_alone(&select) {
            return Ok(value.clone());
        }
        let ty = ty.clone();
        Ok(Expr {
            kind: ExprKind::Scalar(Box::new(select)),
            ty,
        })
    }

    /// Reads a query whose result is a value, a list or a test.
    pub(super) fn subquery(&mut self, node: &ast::SelectVariant) -> Result<Select> {
        self.within(Clause::Outputs, |reader| reader.select(node))
    }
}

/// Returns the value when `select` is `(select value)` and nothing else: what policies write around `auth.uid()`.
fn value_alone(select: &Select) -> Option<&Expr> {
    let Body::Simple(simple) = &select.body else {
        return None;
    };
    let plain = select.with.is_empty()
        && select.limit.is_none()
        && select.offset.is_none()
        && simple.from.is_empty()
        && simple.filter.is_none()
        && simple.group_by.is_empty()
        && simple.having.is_none()
        && simple.distinct == Distinct::No;
    let [output] = simple.outputs.as_slice() else {
        return None;
    };
    let constant = !output.expr.any_part(&mut |part| match &part.kind {
        ExprKind::Function(function, _) => {
            function.definition().volatility == crate::functions::Volatility::Volatile
        }
        ExprKind::Aggregate { .. }
        | ExprKind::Window(_)
        | ExprKind::Call { .. }
        | ExprKind::Column { .. }
        | ExprKind::Scalar(_)
        | ExprKind::Exists(_)
        | ExprKind::InSelect { .. }
        | ExprKind::ArraySelect(_) => true,
        _ => false,
    });
    (plain && constant).then_some(&output.expr)
}

/// Returns the text of a string of any kind.
pub(super) fn string(literal: &ast::Literal) -> Result<String> {
    match literal.kind() {
        Some(
            LitKind::String(_)
            | LitKind::EscString(_)
            | LitKind::UnicodeEscString(_)
            | LitKind::DollarQuotedString(_)
            | LitKind::NationalString(_),
        ) => literal.string_value().ok_or_else(incomplete),
        _ => Err(incomplete()),
    }
}

/// Tells whether a type is one of those that name an object of the catalog; their values are names here.
fn is_registered(ty: &ast::Type) -> bool {
    let text = ty.syntax().text().to_string().to_ascii_lowercase();
    matches!(
        text.trim(),
        "regclass"
            | "regtype"
            | "regproc"
            | "regrole"
            | "regnamespace"
            | "regprocedure"
            | "pg_catalog.regclass"
    )
}

fn registered_name(operand: Expr) -> Result<Expr> {
    match (&operand.kind, &operand.ty) {
        (ExprKind::Constant(_), Type::Unknown | Type::Text) => infer::settled(operand),
        _ => Err(unsupported("a cast to regclass of what is no literal")),
    }
}
