//! Walking the tree: [`Expr::rewrite`] replaces expressions bottom-up, [`Select::rewrite`] does so in a whole query.

use underpin_base::Name;

use crate::functions::{Function, Volatility};

use super::{
    Body, Conflict, ConflictAction, Distinct, Expr, ExprKind, From, OrderBy, Select, Simple,
    Source, Statement,
};

/// What a walk does with what it finds. Each function gets a node whose children were already rewritten.
pub trait Rewrite {
    /// Returns what stands in the place of `expr`.
    fn expr(&mut self, expr: Expr) -> Expr {
        expr
    }

    /// Returns what stands in the place of the `from` item `from`.
    fn from(&mut self, from: From) -> From {
        from
    }

    /// Returns the name that a `with` item has from now on.
    fn cte_name(&mut self, name: Name) -> Name {
        name
    }
}

/// Rewrites expressions alone.
struct Exprs<F>(F);

impl<F: FnMut(Expr) -> Expr> Rewrite for Exprs<F> {
    fn expr(&mut self, expr: Expr) -> Expr {
        (self.0)(expr)
    }
}

impl Expr {
    /// Returns this expression with `replace` applied to it and all it contains, subqueries included, innermost first.
    #[must_use]
    pub fn map(self, replace: &mut dyn FnMut(Self) -> Self) -> Self {
        self.rewrite(&mut Exprs(replace))
    }

    /// Returns this expression rewritten, innermost first.
    #[must_use]
    pub fn rewrite(self, rewrite: &mut dyn Rewrite) -> Self {
        let kind = self.kind.rewrite(rewrite);
        rewrite.expr(Self { kind, ty: self.ty })
    }

    /// Tells whether this expression reads tables or calls routines: whether it contains a query or a call. Costs no copy.
    pub fn asks_elsewhere(&self) -> bool {
        let any = |exprs: &[Self]| exprs.iter().any(Self::asks_elsewhere);
        match &self.kind {
            ExprKind::Constant(_)
            | ExprKind::Context(_)
            | ExprKind::Parameter(_)
            | ExprKind::Column { .. }
            | ExprKind::RowId(_) => false,
            ExprKind::Operator(_, operands) | ExprKind::NullIf(operands) => any(&operands[..]),
            ExprKind::IsDistinct { operands, .. } => any(&operands[..]),
            ExprKind::Function(_, arguments) => any(arguments),
            ExprKind::And(terms) | ExprKind::Or(terms) => any(terms),
            ExprKind::Not(operand)
            | ExprKind::IsNull { operand, .. }
            | ExprKind::IsTruth { operand, .. }
            | ExprKind::Cast { operand, .. } => operand.asks_elsewhere(),
            ExprKind::In { operand, list, .. } => operand.asks_elsewhere() || any(list),
            // Everything else is rare enough in policies and defaults to be walked.
            _ => true,
        }
    }

    /// Tells whether this expression, or a query in it, has a value of its own for each row of a query around it.
    pub fn depends_on_rows(&self) -> bool {
        self.any_part(&mut |part| {
            matches!(
                part.kind,
                ExprKind::Column { .. }
                    | ExprKind::RowId(_)
                    | ExprKind::Aggregate { .. }
                    | ExprKind::Window(_)
            )
        })
    }

    /// Tells whether this expression may have another value each time it is evaluated.
    pub fn is_volatile(&self) -> bool {
        struct Search(bool);
        impl Search {
            fn function(&mut self, function: Function) {
                self.0 |= function.definition().volatility == Volatility::Volatile;
            }
        }
        impl Rewrite for Search {
            fn expr(&mut self, expr: Expr) -> Expr {
                match &expr.kind {
                    ExprKind::Function(function, _) => self.function(*function),
                    ExprKind::Invoke(invocation) => self.0 |= !invocation.stable,
                    _ => {}
                }
                expr
            }
            fn from(&mut self, from: From) -> From {
                if let From::Function { function, .. } = &from {
                    self.function(*function);
                }
                from
            }
        }
        let mut search = Search(false);
        let _ = self.clone().rewrite(&mut search);
        search.0
    }

    /// Tells whether `test` holds for this expression or one that it contains, subqueries included.
    pub fn any_part(&self, test: &mut dyn FnMut(&Self) -> bool) -> bool {
        let mut found = false;
        let _ = self.clone().map(&mut |part| {
            found = found || test(&part);
            part
        });
        found
    }
}

fn boxed(expr: Expr, rewrite: &mut dyn Rewrite) -> Box<Expr> {
    Box::new(expr.rewrite(rewrite))
}

fn pair(operands: [Expr; 2], rewrite: &mut dyn Rewrite) -> Box<[Expr; 2]> {
    Box::new(operands.map(|operand| operand.rewrite(rewrite)))
}

fn list(exprs: Vec<Expr>, rewrite: &mut dyn Rewrite) -> Vec<Expr> {
    exprs
        .into_iter()
        .map(|expr| expr.rewrite(rewrite))
        .collect()
}

fn option(expr: Option<Expr>, rewrite: &mut dyn Rewrite) -> Option<Expr> {
    expr.map(|expr| expr.rewrite(rewrite))
}

fn orders(order_by: Vec<OrderBy>, rewrite: &mut dyn Rewrite) -> Vec<OrderBy> {
    order_by
        .into_iter()
        .map(|order| OrderBy {
            expr: order.expr.rewrite(rewrite),
            ..order
        })
        .collect()
}

impl ExprKind {
    #[expect(
        clippy::too_many_lines,
        reason = "one arm for each kind; splitting would hide a missing one"
    )]
    fn rewrite(self, w: &mut dyn Rewrite) -> Self {
        match self {
            Self::Constant(_)
            | Self::Context(_)
            | Self::Parameter(_)
            | Self::Column { .. }
            | Self::RowId(_) => self,
            Self::Operator(operator, operands) => Self::Operator(operator, pair(*operands, w)),
            Self::Function(function, arguments) => Self::Function(function, list(arguments, w)),
            Self::Call { routine, arguments } => Self::Call {
                routine,
                arguments: list(arguments, w),
            },
            Self::Invoke(mut invocation) => {
                invocation.arguments = list(invocation.arguments, w);
                Self::Invoke(invocation)
            }
            Self::And(terms) => Self::And(list(terms, w)),
            Self::Or(terms) => Self::Or(list(terms, w)),
            Self::Not(operand) => Self::Not(boxed(*operand, w)),
            Self::IsNull { operand, negated } => Self::IsNull {
                operand: boxed(*operand, w),
                negated,
            },
            Self::IsDistinct { operands, negated } => Self::IsDistinct {
                operands: pair(*operands, w),
                negated,
            },
            Self::IsTruth {
                operand,
                truth,
                negated,
            } => Self::IsTruth {
                operand: boxed(*operand, w),
                truth,
                negated,
            },
            Self::In {
                operand,
                list: values,
                negated,
            } => Self::In {
                operand: boxed(*operand, w),
                list: list(values, w),
                negated,
            },
            Self::InSelect {
                operands,
                select,
                negated,
            } => Self::InSelect {
                operands: list(operands, w),
                select: Box::new(select.rewrite(w)),
                negated,
            },
            Self::Quantified {
                operator,
                operand,
                array,
                all,
            } => Self::Quantified {
                operator,
                operand: boxed(*operand, w),
                array: boxed(*array, w),
                all,
            },
            Self::Case(mut case) => {
                case.branches = case
                    .branches
                    .into_iter()
                    .map(|(condition, result)| (condition.rewrite(w), result.rewrite(w)))
                    .collect();
                case.otherwise = option(case.otherwise, w);
                Self::Case(case)
            }
            Self::Coalesce(values) => Self::Coalesce(list(values, w)),
            Self::NullIf(operands) => Self::NullIf(pair(*operands, w)),
            Self::Extreme { values, greatest } => Self::Extreme {
                values: list(values, w),
                greatest,
            },
            Self::Cast { operand, to } => Self::Cast {
                operand: boxed(*operand, w),
                to,
            },
            Self::Array(elements) => Self::Array(list(elements, w)),
            Self::Row(fields) => Self::Row(list(fields, w)),
            Self::Subscript(operands) => Self::Subscript(pair(*operands, w)),
            Self::Field(operand, name) => Self::Field(boxed(*operand, w), name),
            Self::Exists(select) => Self::Exists(Box::new(select.rewrite(w))),
            Self::Scalar(select) => Self::Scalar(Box::new(select.rewrite(w))),
            Self::ArraySelect(select) => Self::ArraySelect(Box::new(select.rewrite(w))),
            Self::Rows(select) => Self::Rows(Box::new(select.rewrite(w))),
            Self::Object(members) => Self::Object(
                members
                    .into_iter()
                    .map(|(name, expr)| (name, expr.rewrite(w)))
                    .collect(),
            ),
            Self::Aggregate {
                aggregate,
                arguments,
                distinct,
                order_by,
                filter,
            } => Self::Aggregate {
                aggregate,
                arguments: list(arguments, w),
                distinct,
                order_by: orders(order_by, w),
                filter: filter.map(|filter| boxed(*filter, w)),
            },
            Self::Window(mut window) => {
                window.call = window.call.rewrite(w);
                window.partition_by = list(window.partition_by, w);
                window.order_by = orders(window.order_by, w);
                Self::Window(window)
            }
        }
    }
}

impl Select {
    /// Returns this query rewritten, innermost first.
    #[must_use]
    pub fn rewrite(self, w: &mut dyn Rewrite) -> Self {
        let with = self
            .with
            .into_iter()
            .map(|mut cte| {
                cte.name = w.cte_name(cte.name);
                cte.statement = cte.statement.rewrite(w);
                cte
            })
            .collect();
        let body = match self.body {
            Body::Simple(simple) => Body::Simple(Box::new(simple.rewrite(w))),
            Body::Values(rows) => Body::Values(rows.into_iter().map(|row| list(row, w)).collect()),
            Body::Set {
                operator,
                all,
                operands,
            } => Body::Set {
                operator,
                all,
                operands: Box::new(operands.map(|operand| operand.rewrite(w))),
            },
        };
        Self {
            with,
            body,
            order_by: orders(self.order_by, w),
            limit: option(self.limit, w),
            offset: option(self.offset, w),
        }
    }
}

impl Simple {
    fn rewrite(self, w: &mut dyn Rewrite) -> Self {
        let distinct = match self.distinct {
            Distinct::On(exprs) => Distinct::On(list(exprs, w)),
            other @ (Distinct::No | Distinct::Rows) => other,
        };
        Self {
            distinct,
            from: self.from.into_iter().map(|from| from.rewrite(w)).collect(),
            outputs: outputs(self.outputs, w),
            filter: option(self.filter, w),
            group_by: list(self.group_by, w),
            having: option(self.having, w),
        }
    }
}

fn outputs(outputs: Vec<super::Output>, w: &mut dyn Rewrite) -> Vec<super::Output> {
    outputs
        .into_iter()
        .map(|output| super::Output {
            name: output.name,
            expr: output.expr.rewrite(w),
        })
        .collect()
}

impl From {
    fn rewrite(self, w: &mut dyn Rewrite) -> Self {
        let from = match self {
            Self::Table { .. } | Self::View { .. } | Self::Cte { .. } | Self::Affected { .. } => {
                self
            }
            Self::Subquery {
                select,
                alias,
                lateral,
            } => Self::Subquery {
                select: Box::new(select.rewrite(w)),
                alias,
                lateral,
            },
            Self::Function {
                function,
                arguments,
                alias,
                columns,
                ordinality,
            } => Self::Function {
                function,
                arguments: list(arguments, w),
                alias,
                columns,
                ordinality,
            },
            Self::Call {
                routine,
                arguments,
                notation,
                variadic,
                alias,
                columns,
            } => Self::Call {
                routine,
                arguments: list(arguments, w),
                notation,
                variadic,
                alias,
                columns,
            },
            Self::Join(mut join) => {
                join.left = join.left.rewrite(w);
                join.right = join.right.rewrite(w);
                join.on = option(join.on, w);
                Self::Join(join)
            }
        };
        w.from(from)
    }
}

impl Statement {
    /// Returns this statement rewritten, innermost first.
    #[must_use]
    pub fn rewrite(self, w: &mut dyn Rewrite) -> Self {
        match self {
            Self::Select(select) => Self::Select(Box::new(select.rewrite(w))),
            Self::Insert(mut insert) => {
                insert.source = match insert.source {
                    Source::Default => Source::Default,
                    Source::Values(rows) => Source::Values(
                        rows.into_iter()
                            .map(|row| row.into_iter().map(|value| option(value, w)).collect())
                            .collect(),
                    ),
                    Source::Select(select) => Source::Select(Box::new(select.rewrite(w))),
                };
                insert.conflict = insert.conflict.map(|conflict| conflict.rewrite(w));
                insert.returning = outputs(insert.returning, w);
                Self::Insert(insert)
            }
            Self::Update(mut update) => {
                for assignment in &mut update.assignments {
                    assignment.value = option(assignment.value.take(), w);
                }
                update.from = update
                    .from
                    .into_iter()
                    .map(|from| from.rewrite(w))
                    .collect();
                update.filter = option(update.filter, w);
                update.returning = outputs(update.returning, w);
                Self::Update(update)
            }
            Self::Delete(mut delete) => {
                delete.using = delete
                    .using
                    .into_iter()
                    .map(|from| from.rewrite(w))
                    .collect();
                delete.filter = option(delete.filter, w);
                delete.returning = outputs(delete.returning, w);
                Self::Delete(delete)
            }
        }
    }
}

impl Conflict {
    fn rewrite(self, w: &mut dyn Rewrite) -> Self {
        let action = match self.action {
            ConflictAction::Nothing => ConflictAction::Nothing,
            ConflictAction::Update {
                mut assignments,
                filter,
            } => {
                for assignment in &mut assignments {
                    assignment.value = option(assignment.value.take(), w);
                }
                ConflictAction::Update {
                    assignments,
                    filter: option(filter, w),
                }
            }
        };
        Self {
            target: self.target,
            action,
        }
    }
}
