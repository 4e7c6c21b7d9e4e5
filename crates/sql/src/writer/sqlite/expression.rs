//! Expressions: one arm for each kind; what is written is one term that needs no further parentheses.

use underpin_base::{Code, Error, Name, QualifiedName, Result, Value};

use super::code::{invoked_code, type_code, types_code};
use super::collation::Purpose;
use super::lateral::at_most_one_row;
use super::writer::{Relation, Writer, unsupported};
use crate::functions::{Function, Parameter};
use crate::tree::{Case, Expr, ExprKind, Invocation, Select};
use crate::types::Type;
use crate::writer::text::{Text as _, truth_test};

/// PostgreSQL's own limit on the arguments of a function.
const ARGUMENTS_MAX: usize = 100;

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
            ExprKind::Context(context) => self.context(context),
            ExprKind::Column { relation, name } => return self.column(relation, name),
            ExprKind::RowId(relation) => self.row_id(relation),
            ExprKind::Operator(operator, operands) => {
                let [left, right] = &**operands;
                return self.operator(*operator, left, right);
            }
            ExprKind::Function(function, arguments) => return self.function(*function, arguments),
            ExprKind::And(terms) => return self.terms(terms, " AND ", "1"),
            ExprKind::Or(terms) => return self.terms(terms, " OR ", "0"),
            ExprKind::Not(operand) => return self.around("(NOT ", operand, ")"),
            ExprKind::IsNull { operand, negated } => {
                let test = if *negated {
                    " IS NOT NULL)"
                } else {
                    " IS NULL)"
                };
                return self.around("(", operand, test);
            }
            ExprKind::IsDistinct { operands, negated } => {
                let operator = if *negated { " IS " } else { " IS NOT " };
                let [left, right] = &**operands;
                return self.comparison(left, operator, right, Purpose::Equality);
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
            ExprKind::Coalesce(values) => return self.coalesce(values),
            ExprKind::NullIf(operands) => {
                let [left, right] = &**operands;
                self.push("nullif(");
                self.compared(left, Purpose::Equality)?;
                self.push(", ");
                return self.around("", right, ")");
            }
            ExprKind::Extreme { values, greatest } => {
                let name = if *greatest {
                    "underpin_greatest"
                } else {
                    "underpin_least"
                };
                return self.typed_call(name, &type_code(&expr.ty), values);
            }
            ExprKind::Cast { operand, to } => return self.cast(operand, to),
            ExprKind::Array(elements) => return self.array(elements, &expr.ty),
            ExprKind::Row(fields) => return self.row(fields, &expr.ty),
            ExprKind::Subscript(operands) => {
                let [array, index] = &**operands;
                return self.subscript(array, index);
            }
            ExprKind::Field(operand, name) => return self.field(operand, name),
            ExprKind::Exists(select) => return self.subquery("EXISTS (", select, ")"),
            ExprKind::Scalar(select) => return self.scalar(select),
            ExprKind::ArraySelect(select) => return self.array_select(select),
            ExprKind::Aggregate { .. } => return self.aggregate(expr),
            ExprKind::Window(window) => return self.window(window),
            ExprKind::Object(members) => return self.object(members),
            ExprKind::Rows(select) => return self.rows(select),
            ExprKind::Parameter(index) => return self.parameter_of_row(*index),
            ExprKind::Invoke(invocation) => return self.invocation(invocation),
            // The planner has put in the bodies of all that it plans; what is left is an expression that SQLite itself keeps.
            ExprKind::Call { routine, .. } => return Err(not_within_schema(&routine.name)),
        }
        Ok(())
    }

    fn constant(&mut self, value: &Value, ty: &Type) {
        match (value, ty) {
            // Two literals are no risk, and partial indexes are found by them.
            (Value::Int(0), Type::Bool) => self.push("0"),
            (Value::Int(1), Type::Bool) => self.push("1"),
            _ => self.value(value),
        }
    }

    /// Writes a column of the `from` item `relation`; `""` is the query's own output.
    pub(super) fn column(&mut self, relation: &Name, name: &Name) -> Result<()> {
        if self.is_inline() || relation.is_empty() {
            if let Some(row) = self.row {
                self.push(row);
                self.push(".");
            }
            self.identifier(name);
            return Ok(());
        }
        match self.relations.get(relation).cloned() {
            Some(Relation::Renamed(table)) => {
                self.identifier(&table);
                self.push(".");
                self.identifier(name);
                Ok(())
            }
            Some(Relation::Listed(postings)) if postings.is_row_number(name) => {
                self.row_of_postings(&postings);
                Ok(())
            }
            None | Some(Relation::Refused | Relation::Listed(_)) => {
                self.identifier(relation);
                self.push(".");
                self.identifier(name);
                Ok(())
            }
            Some(Relation::Function {
                columns,
                ordinality,
            }) => self.function_column(relation, name, &columns, ordinality),
            Some(Relation::Lateral(select)) => self.lateral_column(&select, name),
            Some(Relation::Packed(columns)) => self.packed_column(relation, name, &columns),
        }
    }

    fn row_id(&mut self, relation: &Name) {
        match self.relations.get(relation) {
            Some(Relation::Renamed(table)) => {
                let table = table.clone();
                self.identifier(&table);
            }
            _ => self.identifier(relation),
        }
        self.push(".rowid");
    }

    /// Writes `before`, the query, `after`; what becomes part of the schema cannot hold a query.
    pub(super) fn subquery(&mut self, before: &str, select: &Select, after: &str) -> Result<()> {
        if self.is_inline() {
            return Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                "cannot use subquery in check constraint, index or generated column",
            ));
        }
        self.push(before);
        self.select(select)?;
        self.push(after);
        Ok(())
    }

    /// Writes a subquery that stands for its one value. Of several rows SQLite would take the first where PostgreSQL refuses, so
    /// a query that may have several goes through an aggregate that refuses the second.
    fn scalar(&mut self, select: &Select) -> Result<()> {
        let columns = select.columns();
        let [(name, _)] = columns.as_slice() else {
            return Err(Error::new(
                Code::SYNTAX,
                "subquery must return only one column",
            ));
        };
        if at_most_one_row(select) {
            return self.subquery("(", select, ")");
        }
        let alias = self.new_name();
        self.push("(SELECT underpin_only(");
        self.identifier(&alias);
        self.push(".");
        self.identifier(name);
        self.subquery(") FROM (", select, ") AS ")?;
        self.identifier(&alias);
        self.push(")");
        Ok(())
    }

    fn case(&mut self, case: &Case) -> Result<()> {
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

    fn coalesce(&mut self, values: &[Expr]) -> Result<()> {
        match values {
            [] => {
                self.push("NULL");
                Ok(())
            }
            // SQLite's function takes two at least.
            [only] => self.expression(only),
            _ => {
                self.push("coalesce(");
                self.list(values, Self::expression)?;
                self.push(")");
                Ok(())
            }
        }
    }

    fn function(&mut self, function: Function, arguments: &[Expr]) -> Result<()> {
        let definition = function.definition();
        if definition.set {
            return Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                "set-returning functions are not allowed here",
            ));
        }
        self.function_call(function, arguments)
    }

    /// Writes a call of `function`, with the codes of its arguments' types first when it takes any type.
    pub(super) fn function_call(&mut self, function: Function, arguments: &[Expr]) -> Result<()> {
        if arguments.len() > ARGUMENTS_MAX {
            return Err(too_many_arguments());
        }
        let definition = function.definition();
        if takes_codes(function) {
            let codes = types_code(arguments.iter().map(|argument| &argument.ty));
            return self.typed_call(definition.engine, &codes, arguments);
        }
        self.push(definition.engine);
        self.push("(");
        self.list(arguments, Self::expression)?;
        self.push(")");
        Ok(())
    }

    /// Writes `name('code', arguments…)`.
    pub(super) fn typed_call<'a>(
        &mut self,
        name: &str,
        code: &str,
        arguments: impl IntoIterator<Item = &'a Expr>,
    ) -> Result<()> {
        self.push(name);
        self.push("(");
        self.literal(code);
        for argument in arguments {
            self.around(", ", argument, "")?;
        }
        self.push(")");
        Ok(())
    }

    /// Writes the invocation of a routine. What is the same for every row is written as a subquery, which SQLite evaluates once; so is
    /// what depends on the row, since such subqueries are the last conditions that SQLite looks at: policies come before them.
    fn invocation(&mut self, invocation: &Invocation) -> Result<()> {
        let Invocation {
            invoked,
            arguments,
            stable,
        } = invocation;
        if self.is_inline() {
            return Err(not_within_schema(&invoked.name));
        }
        if arguments.len() > ARGUMENTS_MAX {
            return Err(too_many_arguments());
        }
        let code = invoked_code(invoked);
        let fixed = !arguments.iter().any(Expr::depends_on_rows);
        let as_query = if fixed {
            invoked.rows || (*stable && !arguments.iter().any(Expr::is_volatile))
        } else {
            !invoked.rows && !arguments.iter().any(has_aggregate)
        };
        if !as_query {
            return self.typed_call("underpin_invoke", &code, arguments);
        }
        self.push("(SELECT ");
        self.typed_call("underpin_invoke", &code, arguments)?;
        self.push(")");
        Ok(())
    }

    fn subscript(&mut self, operand: &Expr, index: &Expr) -> Result<()> {
        if operand.ty.is_json() {
            let operator = crate::functions::Operator::JsonGet;
            return self.operator(operator, operand, index);
        }
        if operand.ty.element().is_none() {
            return Err(unsupported("subscripting of this type"));
        }
        self.typed_call(
            "underpin_subscript",
            &type_code(&operand.ty),
            [operand, index],
        )
    }

    fn field(&mut self, operand: &Expr, name: &Name) -> Result<()> {
        self.push("underpin_field(");
        self.literal(&type_code(&operand.ty));
        self.push(", ");
        self.literal(name);
        self.around(", ", operand, ")")
    }
}

/// Tells whether the engine's function takes the codes of its arguments' types as its first argument.
pub(super) fn takes_codes(function: Function) -> bool {
    let definition = function.definition();
    definition.engine.starts_with("pg_")
        && definition
            .parameters
            .iter()
            .any(|parameter| !matches!(parameter, Parameter::Is(_)))
}

fn has_aggregate(expr: &Expr) -> bool {
    expr.any_part(&mut |part| matches!(part.kind, ExprKind::Aggregate { .. } | ExprKind::Window(_)))
}

fn too_many_arguments() -> Error {
    Error::new(
        Code::new("54023"),
        format!("cannot pass more than {ARGUMENTS_MAX} arguments to a function"),
    )
}

fn not_within_schema(routine: &QualifiedName) -> Error {
    Error::new(
        Code::FEATURE_NOT_SUPPORTED,
        format!(
            "the function {routine} cannot be called in a check, a generated column or an index"
        ),
    )
    .hint("Write the function's expression in its place.")
}
