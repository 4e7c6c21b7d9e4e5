//! Expressions: one arm for each kind; what is written is one term that needs no further brackets.

use underpin_base::{Error, Name, Result, Value};

use super::writer::{Contexts, Writer};
use crate::functions::Operator;
use crate::tree::{Case, Context, Expr, ExprKind, Notation, Select};
use crate::types::Type;
use crate::writer::Bind;
use crate::writer::text::Text as _;

impl Writer {
    /// Writes `expr`.
    pub(super) fn expression(&mut self, expr: &Expr) -> Result<()> {
        self.nested(|writer| writer.kind(expr))
    }

    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each kind; splitting would hide a missing one"
    )]
    fn kind(&mut self, expr: &Expr) -> Result<()> {
        match &expr.kind {
            ExprKind::Constant(value) => self.constant(value, &expr.ty),
            ExprKind::Context(context) if self.is_bound(context) => {
                self.bind(Bind::Context(context.clone()), &expr.ty);
            }
            ExprKind::Context(context) => self.context(context),
            ExprKind::Parameter(index) => self.bind(Bind::Parameter(*index), &expr.ty),
            ExprKind::Column { relation, name } => self.column(relation, name),
            ExprKind::RowId(relation) => self.whole_row(relation),
            ExprKind::Operator(operator, operands) => {
                let [left, right] = &**operands;
                return self.operator(*operator, left, right);
            }
            ExprKind::Function(function, arguments) => {
                return self.function_call(*function, arguments);
            }
            ExprKind::Call { routine, arguments } => {
                return self.routine_call(routine, arguments, &Notation::Positional, false);
            }
            ExprKind::Invoke(_) => {
                return Err(Error::internal("PostgreSQL runs routines itself"));
            }
            ExprKind::And(terms) => return self.terms(terms, " and ", "true"),
            ExprKind::Or(terms) => return self.terms(terms, " or ", "false"),
            ExprKind::Not(operand) => return self.around("(not ", operand, ")"),
            ExprKind::IsNull { operand, negated } => return self.is_null(operand, *negated),
            ExprKind::IsDistinct { operands, negated } => {
                let [left, right] = &**operands;
                self.around("(", left, distinct_test(*negated))?;
                return self.around("", right, ")");
            }
            ExprKind::IsTruth {
                operand,
                truth,
                negated,
            } => return self.around("(", operand, truth_test(*truth, *negated)),
            ExprKind::In {
                operand,
                list,
                negated,
            } => return self.in_list(operand, list, *negated),
            ExprKind::InSelect {
                operands,
                select,
                negated,
            } => return self.in_select(operands, select, *negated),
            ExprKind::Quantified {
                operator,
                operand,
                array,
                all,
            } => return self.quantified(*operator, operand, array, *all),
            ExprKind::Case(case) => return self.case(case),
            ExprKind::Coalesce(values) if values.is_empty() => self.value(&Value::Null, &expr.ty),
            ExprKind::Coalesce(values) => return self.listed("coalesce(", values, ")"),
            ExprKind::NullIf(operands) => return self.listed("nullif(", &operands[..], ")"),
            ExprKind::Extreme { values, greatest } => {
                let before = if *greatest { "greatest(" } else { "least(" };
                return self.listed(before, values, ")");
            }
            ExprKind::Cast { operand, to } => {
                self.around("(", operand, ")::")?;
                self.column_type(to);
            }
            ExprKind::Array(elements) if elements.is_empty() => {
                self.push("array[]::");
                self.type_name(&expr.ty);
            }
            ExprKind::Array(elements) => return self.listed("array[", elements, "]"),
            ExprKind::Row(fields) => return self.row(fields, &expr.ty),
            ExprKind::Subscript(operands) => {
                let [array, index] = &**operands;
                return self.subscript(array, index);
            }
            ExprKind::Field(operand, name) => {
                self.around("(", operand, ").")?;
                self.column_name(name);
            }
            ExprKind::Exists(select) => return self.subquery("exists (", select, ")"),
            ExprKind::Scalar(select) => return self.subquery("(", select, ")"),
            ExprKind::ArraySelect(select) => return self.subquery("array(", select, ")"),
            ExprKind::Aggregate { .. } => return self.aggregate(expr),
            ExprKind::Window(window) => return self.window(window),
            ExprKind::Object(members) => return self.object(members, &expr.ty),
            ExprKind::Rows(select) => return self.rows(select),
        }
        Ok(())
    }

    fn constant(&mut self, value: &Value, ty: &Type) {
        match (value, ty) {
            // Two literals are no risk, and partial indexes are found by them.
            (Value::Int(0), Type::Bool) => self.push("false"),
            (Value::Int(1), Type::Bool) => self.push("true"),
            _ => self.value(value, ty),
        }
    }

    /// Tells whether whoever runs the statement supplies `context`. Its time is the database's in any case, and so are the settings that
    /// a function of the database may have made.
    fn is_bound(&self, context: &Context) -> bool {
        self.contexts == Contexts::Bound
            && match context {
                Context::Uid
                | Context::Role
                | Context::Email
                | Context::Jwt
                | Context::CurrentUser => true,
                Context::Setting(name) => {
                    &**name == "role" || name.starts_with("request.jwt.claim.")
                }
                Context::Now => false,
            }
    }

    /// Writes what the request supplies. A query of its own is answered once a statement instead of once a row.
    fn context(&mut self, context: &Context) {
        match context {
            Context::Uid => self.push("(select \"auth\".\"uid\"())"),
            Context::Role => self.push("(select \"auth\".\"role\"())"),
            Context::Email => self.push("(select \"auth\".\"email\"())"),
            Context::Jwt => self.push("(select \"auth\".\"jwt\"())"),
            Context::CurrentUser => self.push("current_user"),
            Context::Now => self.push("pg_catalog.now()"),
            Context::Setting(name) => {
                // A setting that was set in another transaction is empty from then on, instead of missing.
                self.push("(select nullif(pg_catalog.current_setting(");
                self.bind(Bind::Value(Value::text(&**name)), &Type::Text);
                self.push(", true), ''))");
            }
        }
    }

    /// Writes a column of the `from` item `relation`; `""` is the query's own output.
    pub(super) fn column(&mut self, relation: &Name, name: &Name) {
        if !relation.is_empty() {
            self.alias(relation);
            self.push(".");
        }
        self.column_name(name);
    }

    /// Writes a row as one value; the star tells it from a column of the alias's name.
    pub(super) fn whole_row(&mut self, relation: &Name) {
        self.alias(relation);
        self.push(".*");
    }

    /// Writes `is null`. A row is missing when an outer join has made it up; one that is there may have nothing but nulls.
    fn is_null(&mut self, operand: &Expr, negated: bool) -> Result<()> {
        if let ExprKind::RowId(relation) = &operand.kind {
            self.push("(");
            self.whole_row(relation);
            self.push(distinct_test(!negated));
            self.push("null)");
            return Ok(());
        }
        self.around(
            "(",
            operand,
            if negated {
                " is not null)"
            } else {
                " is null)"
            },
        )
    }

    fn operator(&mut self, operator: Operator, left: &Expr, right: &Expr) -> Result<()> {
        self.around("(", left, " ")?;
        self.push(operator.symbol());
        self.around(" ", right, ")")
    }

    /// Writes `before`, the expressions separated by commas, `after`.
    pub(super) fn listed(&mut self, before: &str, exprs: &[Expr], after: &str) -> Result<()> {
        self.push(before);
        self.list(exprs, Self::expression)?;
        self.push(after);
        Ok(())
    }

    /// Writes `before`, the query, `after`.
    pub(super) fn subquery(&mut self, before: &str, select: &Select, after: &str) -> Result<()> {
        self.push(before);
        self.select(select)?;
        self.push(after);
        Ok(())
    }

    fn case(&mut self, case: &Case) -> Result<()> {
        self.push("(case");
        for (condition, result) in &case.branches {
            self.around(" when ", condition, " then ")?;
            self.expression(result)?;
        }
        if let Some(otherwise) = &case.otherwise {
            self.around(" else ", otherwise, "")?;
        }
        self.push(" end)");
        Ok(())
    }

    /// Writes `array[index]`. The indexes of several dimensions belong together: PostgreSQL has no array within an array.
    fn subscript(&mut self, operand: &Expr, index: &Expr) -> Result<()> {
        if operand.ty.is_json() {
            return self.operator(Operator::JsonGet, operand, index);
        }
        let mut indexes = vec![index];
        let mut base = operand;
        while let ExprKind::Subscript(operands) = &base.kind
            && !operands.iter().any(|inner| inner.ty.is_json())
        {
            let [inner, index] = &**operands;
            indexes.push(index);
            base = inner;
        }
        self.around("(", base, ")")?;
        for index in indexes.into_iter().rev() {
            self.around("[", index, "]")?;
        }
        Ok(())
    }
}

fn distinct_test(negated: bool) -> &'static str {
    if negated {
        " is not distinct from "
    } else {
        " is distinct from "
    }
}

fn truth_test(truth: Option<bool>, negated: bool) -> &'static str {
    match (truth, negated) {
        (Some(true), false) => " is true)",
        (Some(true), true) => " is not true)",
        (Some(false), false) => " is false)",
        (Some(false), true) => " is not false)",
        (None, false) => " is unknown)",
        (None, true) => " is not unknown)",
    }
}
