//! Expressions: one arm for each kind that the database has with the same meaning.

use underpin_base::{Result, Value};

use super::writer::Writer;
use super::{Operand, unsupported};
use crate::functions::{Aggregate, Function, Operator, Volatility};
use crate::tree::{Expr, ExprKind, Select};
use crate::types::{ColumnType, Type};
use crate::writer::Bind;
use crate::writer::text::{Text as _, truth_test};

impl Writer<'_> {
    /// Writes `expr`; what the database cannot say and depends on no row is computed by the engine.
    pub(super) fn expression(&mut self, expr: &Expr) -> Result<()> {
        let refused = self.attempt(|writer| writer.nested(|writer| writer.kind(expr)))?;
        match refused {
            None => Ok(()),
            Some(_) if !self.is_inline() && is_closed(expr) => self.computed(expr),
            Some(error) => Err(error),
        }
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each kind; splitting would hide a missing one"
    )]
    fn kind(&mut self, expr: &Expr) -> Result<()> {
        match &expr.kind {
            ExprKind::Constant(value) => self.value(value, &expr.ty),
            ExprKind::Context(context) if !self.is_inline() => {
                self.operand(Operand::Bind(Bind::Context(context.clone())), &expr.ty);
                Ok(())
            }
            ExprKind::Parameter(index) if !self.is_inline() => {
                self.operand(Operand::Bind(Bind::Parameter(*index)), &expr.ty);
                Ok(())
            }
            ExprKind::Column { .. } => {
                self.column(expr);
                Ok(())
            }
            ExprKind::Operator(operator, operands) => {
                let [left, right] = &**operands;
                self.operator(*operator, left, right)
            }
            ExprKind::Function(function, arguments) => self.function(*function, arguments),
            ExprKind::And(terms) => self.terms(terms, " AND ", "1"),
            ExprKind::Or(terms) => self.terms(terms, " OR ", "0"),
            ExprKind::Not(operand) => self.around("(NOT ", operand, ")"),
            ExprKind::IsNull { operand, negated } => {
                if let ExprKind::Row(_) = operand.kind {
                    return Err(unsupported("is null of a row"));
                }
                let test = if *negated {
                    " IS NOT NULL)"
                } else {
                    " IS NULL)"
                };
                self.around("(", operand, test)
            }
            ExprKind::IsDistinct { operands, negated } => {
                let [left, right] = &**operands;
                self.is_comparable(left, false)?;
                self.is_comparable(right, false)?;
                self.around(if *negated { "(" } else { "(NOT " }, left, " <=> ")?;
                self.around("", right, ")")
            }
            ExprKind::IsTruth {
                operand,
                truth,
                negated,
            } => self.around("(", operand, truth_test(*truth, *negated)),
            ExprKind::In {
                operand,
                list,
                negated,
            } => self.in_list(operand, list, *negated),
            ExprKind::InSelect {
                operands,
                select,
                negated,
            } => self.in_select(operands, select, *negated),
            ExprKind::Quantified {
                operator,
                operand,
                array,
                all,
            } => self.quantified(*operator, operand, array, *all),
            ExprKind::Case(case) => {
                self.push("(CASE");
                for (condition, result) in &case.branches {
                    self.around(" WHEN ", condition, " THEN ")?;
                    self.expression(result)?;
                }
                if let Some(otherwise) = &case.otherwise {
                    self.around(" ELSE ", otherwise, "")?;
                }
                self.push(" END)");
                Ok(())
            }
            ExprKind::Coalesce(values) if !values.is_empty() => {
                self.push("COALESCE(");
                self.list(values, Self::expression)?;
                self.push(")");
                Ok(())
            }
            ExprKind::NullIf(operands) => {
                let [left, right] = &**operands;
                self.is_comparable(left, false)?;
                self.is_comparable(right, false)?;
                self.around("NULLIF(", left, ", ")?;
                self.around("", right, ")")
            }
            ExprKind::Cast { operand, to } => self.cast(operand, to),
            ExprKind::Exists(select) => self.subquery("EXISTS (", select, ")"),
            ExprKind::Scalar(select) if super::select::at_most_one_row(select) => {
                self.subquery("(", select, ")")
            }
            ExprKind::Aggregate {
                aggregate,
                arguments,
                distinct,
                order_by,
                filter: None,
            } if order_by.is_empty() => self.aggregate(*aggregate, arguments, *distinct, &expr.ty),
            _ => Err(unsupported("this expression")),
        }
    }

    fn operator(&mut self, operator: Operator, left: &Expr, right: &Expr) -> Result<()> {
        if operator.is_comparison() {
            return self.comparison(operator, left, right);
        }
        let texts = is_text(&left.ty) && is_text(&right.ty);
        match operator {
            Operator::Like if texts => {
                self.around("(", left, " LIKE ")?;
                self.around("", right, " ESCAPE '\\')")
            }
            Operator::ILike if texts => {
                self.around("(LOWER(", left, ") LIKE LOWER(")?;
                self.around("", right, ") ESCAPE '\\')")
            }
            Operator::Concatenate if texts => {
                self.around("CONCAT(", left, ", ")?;
                self.around("", right, ")")
            }
            Operator::Multiply | Operator::Add | Operator::Subtract
                if self.is_inline() && is_small(&left.ty) && is_small(&right.ty) =>
            {
                // In a schema the column's own type bounds the result.
                let symbol = match operator {
                    Operator::Multiply => " * ",
                    Operator::Add => " + ",
                    _ => " - ",
                };
                self.around("(", left, symbol)?;
                self.around("", right, ")")
            }
            _ => Err(unsupported(&format!("the operator {}", operator.symbol()))),
        }
    }

    fn function(&mut self, function: Function, arguments: &[Expr]) -> Result<()> {
        let definition = function.definition();
        let name = match (definition.name, arguments) {
            ("length" | "char_length" | "character_length", [text]) if is_text(&text.ty) => {
                "CHAR_LENGTH("
            }
            ("octet_length", [text]) if is_text(&text.ty) || text.ty == Type::Bytea => "LENGTH(",
            _ => return Err(unsupported(&format!("the function {}", definition.name))),
        };
        self.push(name);
        self.list(arguments, Self::expression)?;
        self.push(")");
        Ok(())
    }

    fn cast(&mut self, operand: &Expr, to: &ColumnType) -> Result<()> {
        let from = &operand.ty;
        if to.modifier.is_some() {
            return Err(unsupported("this cast"));
        }
        if is_text(from) && is_text(&to.ty) {
            return self.expression(operand);
        }
        let rank = |ty: &Type| match ty {
            Type::Int2 => Some(1),
            Type::Int4 => Some(2),
            Type::Int8 => Some(3),
            _ => None,
        };
        match (rank(from), rank(&to.ty)) {
            (Some(narrow), Some(wide)) if narrow <= wide => self.expression(operand),
            (Some(_), None) if to.ty == Type::Numeric => {
                self.around("CAST(", operand, " AS DECIMAL(65,0))")
            }
            (Some(_), None) if matches!(to.ty, Type::Text | Type::Varchar) => {
                self.around("CAST(", operand, " AS CHAR)")
            }
            _ => Err(unsupported("this cast")),
        }
    }

    fn in_list(&mut self, operand: &Expr, list: &[Expr], negated: bool) -> Result<()> {
        if list.is_empty() {
            self.push(if negated { "1" } else { "0" });
            return Ok(());
        }
        let word = if negated { " NOT IN (" } else { " IN (" };
        self.push("(");
        if let ExprKind::Row(fields) = &operand.kind {
            self.row(fields)?;
            self.push(word);
            self.list(list, |writer, item| match &item.kind {
                ExprKind::Row(fields) => writer.row(fields),
                _ => Err(unsupported("this list of rows")),
            })?;
        } else {
            self.is_comparable(operand, false)?;
            self.around("", operand, word)?;
            self.list(list, |writer, item| {
                writer.is_comparable(item, false)?;
                writer.expression(item)
            })?;
        }
        self.push("))");
        Ok(())
    }

    fn in_select(&mut self, operands: &[Expr], select: &Select, negated: bool) -> Result<()> {
        self.push("(");
        self.row(operands)?;
        if select.limit.is_some() || select.offset.is_some() {
            return Err(unsupported("limit in a subquery of in"));
        }
        let word = if negated { " NOT IN (" } else { " IN (" };
        self.subquery(word, select, "))")
    }

    /// Writes `operand = any (array)` and `operand <> all (array)` of what depends on no row.
    fn quantified(
        &mut self,
        operator: Operator,
        operand: &Expr,
        array: &Expr,
        all: bool,
    ) -> Result<()> {
        let word = match (operator, all) {
            (Operator::Equal, false) => " IN (",
            (Operator::NotEqual, true) => " NOT IN (",
            _ => return Err(unsupported("this any or all")),
        };
        let element = array.ty.element().unwrap_or(&Type::Unknown);
        let sql_type = match element {
            Type::Int2 | Type::Int4 | Type::Int8 => "BIGINT".to_owned(),
            Type::Text | Type::Varchar | Type::Uuid | Type::Enum(_) => {
                format!(
                    "LONGTEXT CHARACTER SET utf8mb4 COLLATE {}",
                    self.dialect.flavour.collation()
                )
            }
            _ => return Err(unsupported("any of such an array")),
        };
        if !is_closed(array) || self.is_inline() {
            return Err(unsupported("any of an array of the row"));
        }
        self.is_comparable(operand, false)?;
        let alias = self.new_name();
        self.around("(", operand, word)?;
        self.push("SELECT ");
        self.identifier(&alias);
        // Of several dimensions, every element; of null, null.
        self.around(
            ".v FROM JSON_TABLE(COALESCE(",
            array,
            ", '[null]'), '$[*]' COLUMNS (v ",
        )?;
        self.push(&sql_type);
        self.push(" PATH '$' ERROR ON ERROR)) AS ");
        self.identifier(&alias);
        self.push("))");
        Ok(())
    }

    fn aggregate(
        &mut self,
        aggregate: Aggregate,
        arguments: &[Expr],
        distinct: bool,
        ty: &Type,
    ) -> Result<()> {
        let name = match (aggregate, arguments) {
            (Aggregate::Count, []) => {
                self.push("COUNT(*)");
                return Ok(());
            }
            (Aggregate::Count, [value]) => {
                if distinct {
                    self.is_comparable(value, false)?;
                }
                "COUNT("
            }
            (Aggregate::Min | Aggregate::Max, [value]) => {
                self.is_comparable(value, true)?;
                if matches!(value.ty, Type::Bytea | Type::Uuid | Type::Bool) {
                    return Err(unsupported("this aggregate"));
                }
                if aggregate == Aggregate::Min {
                    "MIN("
                } else {
                    "MAX("
                }
            }
            (Aggregate::Sum, [value]) if value.ty.is_integer() || self.is_exact(value) => {
                if !value.ty.is_integer() && value.ty != Type::Numeric {
                    return Err(unsupported("this sum"));
                }
                "SUM("
            }
            _ => return Err(unsupported("this aggregate")),
        };
        let [value] = arguments else {
            return Err(unsupported("this aggregate"));
        };
        let bigint = aggregate == Aggregate::Sum && *ty == Type::Int8;
        self.push(if bigint { "CAST(" } else { "" });
        self.push(name);
        self.push(if distinct { "DISTINCT " } else { "" });
        self.around("", value, ")")?;
        self.push(if bigint { " AS SIGNED)" } else { "" });
        Ok(())
    }
}

fn is_text(ty: &Type) -> bool {
    matches!(ty, Type::Text | Type::Varchar | Type::Name)
}

fn is_small(ty: &Type) -> bool {
    matches!(ty, Type::Int2 | Type::Int4)
}

/// Tells whether an expression depends on no row, and has one value however often it is evaluated.
pub(super) fn is_closed(expr: &Expr) -> bool {
    !expr.any_part(&mut |part| match &part.kind {
        ExprKind::Column { .. }
        | ExprKind::RowId(_)
        | ExprKind::Aggregate { .. }
        | ExprKind::Window(_)
        | ExprKind::Call { .. }
        | ExprKind::Invoke(_)
        | ExprKind::Exists(_)
        | ExprKind::Scalar(_)
        | ExprKind::ArraySelect(_)
        | ExprKind::Rows(_)
        | ExprKind::InSelect { .. } => true,
        ExprKind::Function(function, _) => {
            let definition = function.definition();
            definition.set || definition.volatility == Volatility::Volatile
        }
        ExprKind::Constant(Value::Null) => part.ty == Type::Unknown,
        _ => false,
    })
}
