//! Aggregates and window functions.

use underpin_base::{Code, Error, Result};

use super::writer::Writer;
use crate::functions::Aggregate;
use crate::tree::{Expr, ExprKind, Window};
use crate::writer::text::{Text as _, is_frame};

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
        self.push("pg_catalog.");
        self.push(name(*aggregate));
        self.push("(");
        if aggregate.is_of_ordered_set() {
            // The last argument is what is ordered by.
            let direct = arguments.split_last().map_or(&[][..], |(_, direct)| direct);
            self.list(direct, Self::settled)?;
            self.push(") within group (");
            self.order_clause(order_by)?;
        } else {
            if arguments.is_empty() {
                self.push("*");
            }
            if *distinct {
                self.push("distinct ");
            }
            self.list(arguments, Self::settled)?;
            self.order_clause(order_by)?;
        }
        self.push(")");
        if let Some(filter) = filter {
            self.around(" filter (where ", filter, ")")?;
        }
        Ok(())
    }

    /// Writes a call with `over (…)`.
    pub(super) fn window(&mut self, window: &Window) -> Result<()> {
        self.expression(&window.call)?;
        self.push(" over (");
        if !window.partition_by.is_empty() {
            self.push("partition by ");
            self.list(&window.partition_by, Self::key)?;
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
            return Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                "this window frame is not supported",
            ));
        }
        self.push(" ");
        self.push(frame);
        Ok(())
    }
}

fn name(aggregate: Aggregate) -> &'static str {
    match aggregate {
        Aggregate::Count => "count",
        Aggregate::Sum => "sum",
        Aggregate::Avg => "avg",
        Aggregate::Min => "min",
        Aggregate::Max => "max",
        Aggregate::BoolAnd => "bool_and",
        Aggregate::BoolOr => "bool_or",
        Aggregate::ArrayAgg => "array_agg",
        Aggregate::StringAgg => "string_agg",
        Aggregate::JsonAgg => "json_agg",
        Aggregate::JsonbAgg => "jsonb_agg",
        Aggregate::JsonObjectAgg => "json_object_agg",
        Aggregate::JsonbObjectAgg => "jsonb_object_agg",
        Aggregate::StddevSamp => "stddev_samp",
        Aggregate::StddevPop => "stddev_pop",
        Aggregate::VarSamp => "var_samp",
        Aggregate::VarPop => "var_pop",
        Aggregate::RangeAgg => "range_agg",
        Aggregate::RangeIntersectAgg => "range_intersect_agg",
        Aggregate::PercentileCont => "percentile_cont",
        Aggregate::PercentileDisc => "percentile_disc",
        Aggregate::Mode => "mode",
    }
}
