//! Aggregates and window calls.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, Result};

use super::call::{Called, positional};
use super::name::name_node;
use super::reader::{Clause, Reader, part, unsupported};
use crate::functions::{Aggregate, Function};
use crate::infer;
use crate::tree::{Expr, ExprKind, OrderBy, Window};

/// A window as far as it is written: by its name, or in place.
#[derive(Default)]
struct Definition {
    partition_by: Vec<Expr>,
    order_by: Vec<OrderBy>,
    frame: Option<String>,
}

impl Reader<'_> {
    /// Reads a call of an aggregate, with `over` or without.
    pub(super) fn aggregate_call(
        &mut self,
        aggregate: Aggregate,
        name: &str,
        call: &ast::CallExpr,
        list: &ast::ArgList,
    ) -> Result<Expr> {
        let over = call.over_clause();
        if over.is_none() {
            self.aggregate_allowed()?;
        }
        let inner = if over.is_some() {
            Clause::Window
        } else {
            Clause::Aggregate
        };
        let distinct = matches!(
            list.all_or_distinct(),
            Some(ast::AllOrDistinct::Distinct(_))
        );
        let (arguments, order_by, filter) = self.within(inner, |reader| {
            let arguments = reader.aggregate_arguments(aggregate, name, list)?;
            let order_by = match list.args().find_map(|argument| argument.order_by_clause()) {
                Some(clause) => reader.plain_order(&clause)?,
                None => Vec::new(),
            };
            Ok((arguments, order_by, reader.aggregate_filter(call)?))
        })?;
        let (arguments, ty) = infer::aggregate(aggregate, name, arguments)?;
        let call = Expr {
            kind: ExprKind::Aggregate {
                aggregate,
                arguments,
                distinct,
                order_by,
                filter,
            },
            ty,
        };
        match over {
            Some(over) => self.over(call, &over),
            None => {
                self.query.aggregates = true;
                Ok(call)
            }
        }
    }

    fn aggregate_filter(&mut self, call: &ast::CallExpr) -> Result<Option<Box<Expr>>> {
        let Some(clause) = call.filter_clause() else {
            return Ok(None);
        };
        let condition = part(clause.expr())?;
        let condition = self.within(Clause::Filter, |reader| {
            reader.condition(&condition, "FILTER")
        })?;
        Ok(Some(Box::new(condition)))
    }

    /// Reads `percentile_cont(0.5) within group (order by …)` and its like: the values are the last argument, and what they are sorted by.
    pub(super) fn ordered_set_call(
        &mut self,
        called: &Called,
        call: &ast::CallExpr,
        list: &ast::ArgList,
        within: &ast::WithinClause,
    ) -> Result<Expr> {
        let name = &*called.name;
        if matches!(
            list.all_or_distinct(),
            Some(ast::AllOrDistinct::Distinct(_))
        ) {
            return Err(Error::new(
                Code::SYNTAX,
                "cannot use DISTINCT with WITHIN GROUP",
            ));
        }
        let aggregate = Aggregate::named(name).filter(|_| called.may_be_built_in());
        let Some(aggregate) = aggregate else {
            return Err(unsupported(&format!("WITHIN GROUP of {name}")));
        };
        if call.over_clause().is_some() {
            return Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                format!("OVER is not supported for ordered-set aggregate {name}"),
            ));
        }
        self.aggregate_allowed()?;
        let (mut arguments, mut order_by, filter) = self.within(Clause::Aggregate, |reader| {
            let direct = positional(called, reader.arguments(list)?)?;
            let order_by = reader.plain_order(&part(within.order_by_clause())?)?;
            Ok((direct, order_by, reader.aggregate_filter(call)?))
        })?;
        arguments.extend(order_by.iter().map(|order| order.expr.clone()));
        let fits = aggregate.is_of_ordered_set() && order_by.len() == 1;
        let (arguments, ty) = match infer::aggregate(aggregate, name, arguments.clone()) {
            Ok(inferred) if fits => inferred,
            Err(error) => return Err(error),
            Ok(_) => return Err(infer::no_aggregate(name, &arguments)),
        };
        if let (Some(order), Some(value)) = (order_by.first_mut(), arguments.last()) {
            order.expr = value.clone();
        }
        self.query.aggregates = true;
        Ok(Expr {
            kind: ExprKind::Aggregate {
                aggregate,
                arguments,
                distinct: false,
                order_by,
                filter,
            },
            ty,
        })
    }

    fn aggregate_allowed(&self) -> Result<()> {
        if self.clause == Clause::Aggregate {
            return Err(Error::new(
                Code::GROUPING,
                "aggregate function calls cannot be nested",
            ));
        }
        match self.clause.forbids_aggregates() {
            None => Ok(()),
            Some(place) => Err(Error::new(
                Code::GROUPING,
                format!("aggregate functions are not allowed in {place}"),
            )),
        }
    }

    fn aggregate_arguments(
        &mut self,
        aggregate: Aggregate,
        name: &str,
        list: &ast::ArgList,
    ) -> Result<Vec<Expr>> {
        if list.star_token().is_some() {
            if aggregate == Aggregate::Count {
                return Ok(Vec::new());
            }
            return Err(Error::new(
                Code::UNDEFINED_FUNCTION,
                format!("function {name}() does not exist"),
            ));
        }
        let called = Called {
            schema: None,
            name: Name::from(name),
        };
        let arguments = positional(&called, self.arguments(list)?)?;
        if aggregate.is_of_ordered_set() {
            return Err(infer::no_aggregate(name, &arguments));
        }
        if arguments.is_empty() {
            return Err(Error::new(
                Code::WRONG_OBJECT_TYPE,
                format!("{name}(*) must be used to call a parameterless aggregate function"),
            ));
        }
        Ok(arguments)
    }

    /// Reads a call of a window function.
    pub(super) fn window_function_call(
        &mut self,
        called: &Called,
        call: &ast::CallExpr,
        list: &ast::ArgList,
    ) -> Result<Expr> {
        if !is_window_function(&called.name) || !called.may_be_built_in() {
            return Err(Error::new(
                Code::WRONG_OBJECT_TYPE,
                format!(
                    "OVER specified, but {} is not a window function nor an aggregate function",
                    called.name
                ),
            ));
        }
        let arguments = self.within(Clause::Window, |reader| reader.arguments(list))?;
        let call_expr = infer::function(&called.name, positional(called, arguments)?)?;
        self.over(call_expr, &part(call.over_clause())?)
    }

    fn over(&mut self, call: Expr, over: &ast::OverClause) -> Result<Expr> {
        if let Some(place) = self.clause.forbids_windows() {
            return Err(Error::new(
                Code::WINDOWING,
                format!("window functions are not allowed in {place}"),
            ));
        }
        let definition = match part(over.over_target())? {
            ast::OverTarget::WindowRef(name) => self.named_window(&name_node(name.syntax()))?,
            ast::OverTarget::OverWindowSpec(spec) => match spec.window_spec() {
                Some(spec) => self.within(Clause::Window, |reader| reader.definition(&spec))?,
                None => Definition::default(),
            },
        };
        let ty = call.ty.clone();
        Ok(Expr {
            kind: ExprKind::Window(Box::new(Window {
                call,
                partition_by: definition.partition_by,
                order_by: definition.order_by,
                frame: definition.frame,
            })),
            ty,
        })
    }

    fn named_window(&mut self, name: &str) -> Result<Definition> {
        let place = self
            .query
            .windows
            .iter()
            .position(|(window, _)| **window == *name);
        let Some((_, spec)) = place.and_then(|place| self.query.windows.get(place).cloned()) else {
            return Err(Error::new(
                Code::UNDEFINED_OBJECT,
                format!("window \"{name}\" does not exist"),
            ));
        };
        // A window may build on those before it alone, so that no two build on each other.
        let later = self.query.windows.split_off(place.unwrap_or_default());
        let definition = self.within(Clause::Window, |reader| reader.definition(&spec));
        self.query.windows.extend(later);
        definition
    }

    fn definition(&mut self, spec: &ast::WindowSpec) -> Result<Definition> {
        let mut definition = match spec.window_ref() {
            Some(name) => self.named_window(&name_node(name.syntax()))?,
            None => Definition::default(),
        };
        if let Some(clause) = spec.partition_by_clause() {
            definition.partition_by = clause
                .exprs()
                .map(|expr| self.settled(&expr))
                .collect::<Result<_>>()?;
        }
        if let Some(clause) = spec.order_by_clause() {
            definition.order_by = self.plain_order(&clause)?;
        }
        if let Some(frame) = spec.frame_clause() {
            definition.frame = Some(frame_words(&frame)?);
        }
        Ok(definition)
    }

    /// Reads `order by` where neither positions nor output names are meant.
    pub(super) fn plain_order(&mut self, clause: &ast::OrderByClause) -> Result<Vec<OrderBy>> {
        part(clause.sort_by_list())?
            .sort_bys()
            .map(|item| {
                let expr = self.settled(&part(item.expr())?)?;
                sorted(expr, &item)
            })
            .collect()
    }
}

/// Returns `expr` sorted by as `item` says.
pub(super) fn sorted(expr: Expr, item: &ast::SortBy) -> Result<OrderBy> {
    // What cannot be compared cannot be sorted.
    infer::equality(&expr.ty, &expr.ty).map_err(|_error| {
        Error::new(
            Code::UNDEFINED_FUNCTION,
            format!(
                "could not identify an ordering operator for type {}",
                expr.ty
            ),
        )
        .hint("Use an explicit ordering operator or modify the query.")
    })?;
    let descending = match item.sort_order() {
        None | Some(ast::SortOrder::SortAsc(_)) => false,
        Some(ast::SortOrder::SortDesc(_)) => true,
        Some(ast::SortOrder::SortUsing(_)) => return Err(unsupported("ORDER BY … USING")),
    };
    Ok(OrderBy {
        expr,
        descending,
        nulls_first: match item.nulls_order() {
            Some(ast::NullsOrder::NullsFirst(_)) => true,
            Some(ast::NullsOrder::NullsLast(_)) => false,
            None => descending,
        },
    })
}

/// Tells whether `name` is that of a function that needs `over`.
pub(super) fn is_window_function(name: &str) -> bool {
    matches!(
        name,
        "row_number"
            | "rank"
            | "dense_rank"
            | "percent_rank"
            | "cume_dist"
            | "ntile"
            | "lag"
            | "lead"
            | "first_value"
            | "last_value"
            | "nth_value"
    ) && Function::named(name).next().is_some()
}

fn frame_words(frame: &ast::FrameClause) -> Result<String> {
    let units = match part(frame.frame_units())? {
        ast::FrameUnits::FrameRange(_) => "range",
        ast::FrameUnits::FrameRows(_) => "rows",
        ast::FrameUnits::FrameGroups(_) => "groups",
    };
    let extent = match part(frame.frame_extent())? {
        ast::FrameExtent::FrameBound(bound) => bound_words(&bound, units)?,
        ast::FrameExtent::FrameBetween(between) => format!(
            "between {} and {}",
            bound_words(&part(between.start())?, units)?,
            bound_words(&part(between.end())?, units)?
        ),
    };
    let exclude = match frame.frame_exclude() {
        None => "",
        Some(exclude) => match part(exclude.frame_exclude_target())? {
            ast::FrameExcludeTarget::CurrentRow(_) => " exclude current row",
            ast::FrameExcludeTarget::Group(_) => " exclude group",
            ast::FrameExcludeTarget::Ties(_) => " exclude ties",
            ast::FrameExcludeTarget::NoOthers(_) => " exclude no others",
        },
    };
    Ok(format!("{units} {extent}{exclude}"))
}

fn bound_words(bound: &ast::FrameBound, units: &str) -> Result<String> {
    let count = |expr: Option<ast::Expr>| -> Result<u32> {
        let text = part(expr)?.syntax().text().to_string();
        match text.trim().parse() {
            Ok(count) if units != "range" => Ok(count),
            _ => Err(unsupported("a frame whose bounds are computed")),
        }
    };
    Ok(match bound {
        ast::FrameBound::CurrentRow(_) => "current row".to_owned(),
        ast::FrameBound::UnboundedPreceding(_) => "unbounded preceding".to_owned(),
        ast::FrameBound::UnboundedFollowing(_) => "unbounded following".to_owned(),
        ast::FrameBound::ExprPreceding(bound) => format!("{} preceding", count(bound.expr())?),
        ast::FrameBound::ExprFollowing(bound) => format!("{} following", count(bound.expr())?),
    })
}
