//! Filters of a request as conditions.

use underpin_base::{Code, Error, Name, Result};
use underpin_sql::functions::Operator;
use underpin_sql::infer;
use underpin_sql::tree::{Expr, ExprKind};
use underpin_sql::types::Type;
use underpin_sql::types::search::DEFAULT_CONFIGURATION;

use super::embed::Embedded;
use super::world::{Planner, Source};
use crate::request::{Filter, FilterTree, Operation, Quantifier, RangeOperator, Truth};

impl Planner<'_> {
    /// Returns the conditions of `filters` on the row `alias`; `embeds` are the embeds of the same level, which a filter may test for null.
    ///
    /// # Errors
    /// PostgreSQL's for unknown columns, operators that the types lack and operands that are not of the type.
    pub(super) fn filters(
        &mut self,
        filters: &[FilterTree],
        source: &Source,
        alias: &Name,
        embeds: &[Embedded],
    ) -> Result<Vec<Expr>> {
        let clause = if filters.len() > 1 { "AND" } else { "WHERE" };
        self.joined(filters, clause, source, alias, embeds)
    }

    /// Returns the conditions of `trees`, which `clause` joins.
    fn joined(
        &mut self,
        trees: &[FilterTree],
        clause: &str,
        source: &Source,
        alias: &Name,
        embeds: &[Embedded],
    ) -> Result<Vec<Expr>> {
        trees
            .iter()
            .map(|tree| self.filter_tree(tree, clause, source, alias, embeds))
            .collect()
    }

    fn filter_tree(
        &mut self,
        tree: &FilterTree,
        clause: &str,
        source: &Source,
        alias: &Name,
        embeds: &[Embedded],
    ) -> Result<Expr> {
        let (joined, negated) = match tree {
            FilterTree::Condition(filter) => {
                let condition = self.condition(filter, source, alias, embeds)?;
                // Some operators of filters are others on some types: `<<` moves the bits of a number.
                let clause = if filter.negated { "NOT" } else { clause };
                (infer::condition(condition, clause)?, filter.negated)
            }
            FilterTree::And(trees, negated) => (
                Expr::all(self.joined(trees, "AND", source, alias, embeds)?),
                *negated,
            ),
            FilterTree::Or(trees, negated) => (
                Expr::any(self.joined(trees, "OR", source, alias, embeds)?),
                *negated,
            ),
        };
        Ok(if negated { joined.negate() } else { joined })
    }

    fn condition(
        &mut self,
        filter: &Filter,
        source: &Source,
        alias: &Name,
        embeds: &[Embedded],
    ) -> Result<Expr> {
        let embed = embeds.iter().find(|embed| embed.name == filter.column);
        // A column of the embed's name is meant by every test but that for null.
        let on_embed = matches!(
            filter.operation,
            Operation::Is(Truth::Null | Truth::NotNull)
        ) || source.column(&filter.column).is_none();
        if let (Some(embed), true) = (embed, filter.path.is_empty() && on_embed) {
            return self.embed_condition(embed, &filter.operation);
        }
        let field = self.field(source, alias, &filter.column, &filter.path)?;
        self.operation(field, &filter.operation)
    }

    /// The condition of an operation; the operand of a template's comparison is a parameter.
    fn operation(&mut self, field: Expr, asked: &Operation) -> Result<Expr> {
        let (true, Some((operator, slot))) = (self.slots.is_some(), slot(asked)) else {
            return operation(field, asked);
        };
        let slot = slot.parse::<usize>().map_err(Error::internal)?;
        let operand = Expr {
            kind: ExprKind::Parameter(slot),
            ty: Type::Unknown,
        };
        let condition = infer::operator(operator, field, operand)?;
        self.settle_slot(slot, &condition.kind)?;
        Ok(condition)
    }

    /// `rel=is.null`, `rel=not.is.null`: rows without, or with, a related row.
    fn embed_condition(&mut self, embed: &Embedded, operation: &Operation) -> Result<Expr> {
        match operation {
            Operation::Is(Truth::Null) => Ok(embed.exists(self)?.negate()),
            Operation::Is(Truth::NotNull) => embed.exists(self),
            _ => Err(Error::new(
                Code::EMBED_OPERATOR,
                format!("Bad operator on the '{}' embedded resource", embed.name),
            )
            .details("Only is null or not is null filters are allowed on embedded resources")),
        }
    }
}

/// Returns the operator of a comparison whose operand a template holds, and the operand's place.
fn slot(operation: &Operation) -> Option<(Operator, &str)> {
    Some(match operation {
        Operation::Equal(slot, None) => (Operator::Equal, slot),
        Operation::NotEqual(slot, None) => (Operator::NotEqual, slot),
        Operation::Greater(slot, None) => (Operator::Greater, slot),
        Operation::GreaterOrEqual(slot, None) => (Operator::GreaterOrEqual, slot),
        Operation::Less(slot, None) => (Operator::Less, slot),
        Operation::LessOrEqual(slot, None) => (Operator::LessOrEqual, slot),
        _ => return None,
    })
}

fn operation(field: Expr, operation: &Operation) -> Result<Expr> {
    use Operator as O;
    match operation {
        Operation::Equal(text, quantifier) => compare(O::Equal, field, text, *quantifier),
        Operation::NotEqual(text, quantifier) => compare(O::NotEqual, field, text, *quantifier),
        Operation::Greater(text, quantifier) => compare(O::Greater, field, text, *quantifier),
        Operation::GreaterOrEqual(text, quantifier) => {
            compare(O::GreaterOrEqual, field, text, *quantifier)
        }
        Operation::Less(text, quantifier) => compare(O::Less, field, text, *quantifier),
        Operation::LessOrEqual(text, quantifier) => {
            compare(O::LessOrEqual, field, text, *quantifier)
        }
        Operation::Like(text, quantifier) => compare(O::Like, field, text, *quantifier),
        Operation::ILike(text, quantifier) => compare(O::ILike, field, text, *quantifier),
        Operation::Match(text, quantifier) => compare(O::Match, field, text, *quantifier),
        Operation::IMatch(text, quantifier) => compare(O::IMatch, field, text, *quantifier),
        Operation::Contains(text) => compare(O::Contains, field, text, None),
        Operation::ContainedBy(text) => compare(O::ContainedBy, field, text, None),
        Operation::Overlaps(text) => compare(O::Overlaps, field, text, None),
        Operation::In(values) => is_in(field, values),
        Operation::Is(truth) => is(field, *truth),
        Operation::IsDistinct(text) => infer::is_distinct(field, unknown(text), false),
        Operation::Range(operator, text) => compare(range_operator(*operator), field, text, None),
        Operation::TextSearch(operator, configuration, text) => {
            text_search(field, operator, configuration.as_deref(), text)
        }
    }
}

fn range_operator(operator: RangeOperator) -> Operator {
    match operator {
        RangeOperator::StrictlyLeft => Operator::ShiftLeft,
        RangeOperator::StrictlyRight => Operator::ShiftRight,
        RangeOperator::NotRightOf => Operator::NotRightOf,
        RangeOperator::NotLeftOf => Operator::NotLeftOf,
        RangeOperator::Adjacent => Operator::Adjacent,
    }
}

fn unknown(text: &str) -> Expr {
    Expr {
        ty: Type::Unknown,
        ..Expr::text(text)
    }
}

fn compare(
    operator: Operator,
    field: Expr,
    text: &str,
    quantifier: Option<Quantifier>,
) -> Result<Expr> {
    let Some(quantifier) = quantifier else {
        return infer::operator(operator, field, unknown(text));
    };
    infer::quantified(
        operator,
        field,
        unknown(text),
        quantifier == Quantifier::All,
    )
}

/// `fts` and its like. A `tsvector` is searched as it is, anything else as the vector of it.
fn text_search(
    field: Expr,
    operator: &str,
    configuration: Option<&str>,
    text: &str,
) -> Result<Expr> {
    let is_vector = field.ty == Type::TsVector;
    if !is_vector && configuration.is_none() {
        // What has no vector is refused in the words of the form that was asked for.
        infer::function("to_tsvector", vec![field.clone()])?;
    }
    // Named even where it is the default, so that an index on the same words is found.
    let configuration = unknown(configuration.unwrap_or(DEFAULT_CONFIGURATION));
    let vector = if is_vector {
        field
    } else {
        infer::function("to_tsvector", vec![configuration.clone(), field])?
    };
    let name = match operator {
        "plfts" => "plainto_tsquery",
        "phfts" => "phraseto_tsquery",
        "wfts" => "websearch_to_tsquery",
        _ => "to_tsquery",
    };
    let query = infer::function(name, vec![configuration, unknown(text)])?;
    infer::operator(Operator::Finds, vector, query)
}

fn is_in(field: Expr, values: &[String]) -> Result<Expr> {
    let first = match values {
        // PostgREST takes a list of one empty value for an empty list.
        [] => return Ok(Expr::bool(false)),
        [only] if only.is_empty() => return Ok(Expr::bool(false)),
        [first, ..] => first,
    };
    // The first comparison tells whether the type has one at all, and as what the values are read.
    let compared = infer::operator(Operator::Equal, field, unknown(first))?;
    let ExprKind::Operator(_, operands) = compared.kind else {
        return Err(Error::internal("an equality is not an operator"));
    };
    let [operand, right] = *operands;
    if let Type::Array(_) = right.ty {
        // PostgreSQL compares with an array of the values, and has no array of arrays.
        return Err(Error::new(
            Code::UNDEFINED_OBJECT,
            format!("could not find array type for data type {}", right.ty),
        ));
    }
    let list = values
        .iter()
        .map(|value| infer::literal(value, &right.ty))
        .collect::<Result<Vec<_>>>()?;
    let kind = ExprKind::In {
        operand: Box::new(operand),
        list,
        negated: false,
    };
    Ok(Expr {
        kind,
        ty: Type::Bool,
    })
}

fn is(field: Expr, truth: Truth) -> Result<Expr> {
    let (truth, word) = match truth {
        Truth::Null => return Ok(field.is_null(false)),
        Truth::NotNull => return Ok(field.is_null(true)),
        Truth::True => (Some(true), "TRUE"),
        Truth::False => (Some(false), "FALSE"),
        Truth::Unknown => (None, "UNKNOWN"),
    };
    if field.ty != Type::Bool {
        return Err(Error::new(
            Code::DATATYPE_MISMATCH,
            format!(
                "argument of IS {word} must be type boolean, not type {}",
                field.ty
            ),
        ));
    }
    Ok(Expr {
        kind: ExprKind::IsTruth {
            operand: Box::new(field),
            truth,
            negated: false,
        },
        ty: Type::Bool,
    })
}
