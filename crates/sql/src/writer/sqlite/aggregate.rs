//! Aggregates and window functions.

use underpin_base::{Error, Result};

use super::code::{type_code, types_code};
use super::collation::Purpose;
use super::writer::{Writer, unsupported};
use crate::functions::Aggregate;
use crate::tree::{Expr, ExprKind, OrderBy, Window};
use crate::types::Type;
use crate::writer::text::{Text as _, is_frame};

/// The parts of an aggregate's call.
struct Call<'a> {
    aggregate: Aggregate,
    arguments: &'a [Expr],
    distinct: bool,
    order_by: &'a [OrderBy],
    filter: Option<&'a Expr>,
}

/// What is written before an aggregate's arguments.
enum Form {
    /// The function takes the arguments as they are.
    Plain(&'static str),
    /// The function takes the codes of the arguments' types first.
    Typed(&'static str),
}

impl Writer {
    /// Writes an aggregate.
    pub(super) fn aggregate(&mut self, expr: &Expr) -> Result<()> {
        let ExprKind::Aggregate {
            aggregate,
            arguments,
            distinct,
            order_by,
            filter,
        } = &expr.kind
        else {
            return Err(Error::internal("not an aggregate"));
        };
        let call = Call {
            aggregate: *aggregate,
            arguments,
            distinct: *distinct,
            order_by,
            filter: filter.as_deref(),
        };
        if arguments.is_empty() {
            self.push("count(*");
            return self.aggregate_end(&call);
        }
        let form = form(&call);
        if call.distinct && (arguments.len() > 1 || matches!(form, Form::Typed(_))) {
            return self.distinct_aggregate(&call);
        }
        match form {
            Form::Plain(name) => {
                self.push(name);
                self.push("(");
            }
            Form::Typed(name) => {
                self.push(name);
                self.push("(");
                self.literal(&types_code(arguments.iter().map(|argument| &argument.ty)));
                self.push(", ");
            }
        }
        if call.distinct {
            self.push("DISTINCT ");
        }
        let ordered = matches!(call.aggregate, Aggregate::Min | Aggregate::Max);
        self.list(arguments, |writer, argument| {
            if ordered {
                writer.compared(argument, Purpose::Order)
            } else if call.distinct {
                writer.compared(argument, Purpose::Equality)
            } else {
                writer.expression(argument)
            }
        })?;
        self.aggregate_end(&call)
    }

    /// Writes the end of a call: its order, the parenthesis and its filter.
    fn aggregate_end(&mut self, call: &Call<'_>) -> Result<()> {
        self.order_clause(call.order_by)?;
        self.push(")");
        if let Some(filter) = call.filter {
            self.around(" FILTER (WHERE ", filter, ")")?;
        }
        Ok(())
    }

    /// Writes a distinct aggregate of which SQLite would see more than one argument, which it does not take: the distinct values are
    /// collected first, then given to a function.
    fn distinct_aggregate(&mut self, call: &Call<'_>) -> Result<()> {
        let [first, rest @ ..] = call.arguments else {
            return Err(Error::internal("an aggregate without arguments"));
        };
        let name = match call.aggregate {
            Aggregate::ArrayAgg => "underpin_collected_array(",
            Aggregate::JsonAgg => "underpin_collected_json(",
            Aggregate::JsonbAgg => "underpin_collected_jsonb(",
            Aggregate::StringAgg => "underpin_collected_string(",
            _ => return Err(unsupported("distinct in this aggregate")),
        };
        self.push(name);
        self.literal(&type_code(&first.ty));
        self.push(", underpin_collect(DISTINCT ");
        self.compared(first, Purpose::Equality)?;
        // PostgreSQL sorts to find what is distinct, and programs rely on the order.
        let sorted = [OrderBy {
            expr: first.clone(),
            descending: false,
            nulls_first: false,
        }];
        let order_by = if call.order_by.is_empty() {
            sorted.as_slice()
        } else {
            call.order_by
        };
        self.aggregate_end(&Call { order_by, ..*call })?;
        for argument in rest {
            self.around(", ", argument, "")?;
        }
        self.push(")");
        Ok(())
    }

    /// Writes a call with `over (…)`.
    pub(super) fn window(&mut self, window: &Window) -> Result<()> {
        match &window.call.kind {
            ExprKind::Aggregate { distinct: true, .. } => {
                return Err(unsupported("distinct in a window function"));
            }
            ExprKind::Aggregate { .. } => self.expression(&window.call)?,
            ExprKind::Function(function, arguments) => self.function_call(*function, arguments)?,
            _ => return Err(Error::internal("a window over something else than a call")),
        }
        self.push(" OVER (");
        if !window.partition_by.is_empty() {
            self.push("PARTITION BY ");
            self.list(&window.partition_by, |writer, expr| {
                writer.compared(expr, Purpose::Equality)
            })?;
        }
        self.order_clause(&window.order_by)?;
        if let Some(frame) = &window.frame {
            self.frame(frame)?;
        }
        self.push(")");
        Ok(())
    }

    /// Writes a frame clause; it is text, so every word of it must be one of a frame's words or a number.
    fn frame(&mut self, frame: &str) -> Result<()> {
        if !is_frame(frame) {
            return Err(unsupported("this window frame"));
        }
        self.push(" ");
        self.push(frame);
        Ok(())
    }
}

fn form(call: &Call<'_>) -> Form {
    let ty = call
        .arguments
        .first()
        .map_or(&Type::Text, |argument| &argument.ty);
    let statistic = |numeric: &'static str, float: &'static str| {
        Form::Plain(match ty {
            Type::Float4 | Type::Float8 => float,
            _ => numeric,
        })
    };
    match call.aggregate {
        Aggregate::Count => Form::Plain("count"),
        Aggregate::Sum => Form::Plain(match ty {
            Type::Int2 | Type::Int4 => "sum",
            Type::Float4 => "pg_sum_float4",
            Type::Float8 => "pg_sum_float8",
            Type::Interval => "pg_sum_interval",
            _ => "pg_sum_numeric",
        }),
        Aggregate::Avg => Form::Plain(match ty {
            Type::Float4 | Type::Float8 => "pg_avg_float8",
            Type::Interval => "pg_avg_interval",
            _ => "pg_avg_numeric",
        }),
        Aggregate::Min | Aggregate::BoolAnd => Form::Plain("min"),
        Aggregate::Max | Aggregate::BoolOr => Form::Plain("max"),
        Aggregate::ArrayAgg => Form::Typed("underpin_array_agg"),
        Aggregate::StringAgg if *ty == Type::Bytea => Form::Plain("pg_bytea_agg"),
        Aggregate::StringAgg => Form::Plain("group_concat"),
        Aggregate::JsonAgg => Form::Typed("underpin_json_agg"),
        Aggregate::JsonbAgg => Form::Typed("underpin_jsonb_agg"),
        Aggregate::JsonObjectAgg => Form::Typed("underpin_json_object_agg"),
        Aggregate::JsonbObjectAgg => Form::Typed("underpin_jsonb_object_agg"),
        Aggregate::StddevSamp => statistic("pg_stddev_samp_numeric", "pg_stddev_samp_float8"),
        Aggregate::StddevPop => statistic("pg_stddev_pop_numeric", "pg_stddev_pop_float8"),
        Aggregate::VarSamp => statistic("pg_var_samp_numeric", "pg_var_samp_float8"),
        Aggregate::VarPop => statistic("pg_var_pop_numeric", "pg_var_pop_float8"),
        Aggregate::PercentileCont => Form::Typed("underpin_percentile_cont"),
        Aggregate::PercentileDisc => Form::Typed("underpin_percentile_disc"),
        Aggregate::Mode => Form::Typed("underpin_mode"),
        Aggregate::RangeAgg => Form::Plain("pg_range_agg"),
        Aggregate::RangeIntersectAgg => Form::Plain(match ty {
            Type::Multirange(_) => "pg_multirange_intersect_agg",
            _ => "pg_range_intersect_agg",
        }),
    }
}
