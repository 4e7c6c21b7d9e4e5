//! [`Aggregate`]: PostgreSQL's aggregates.

/// An aggregate.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[expect(missing_docs, reason = "the variants are PostgreSQL's names")]
pub enum Aggregate {
    Count,
    Sum,
    Avg,
    Min,
    Max,
    BoolAnd,
    BoolOr,
    ArrayAgg,
    StringAgg,
    JsonAgg,
    JsonbAgg,
    JsonObjectAgg,
    JsonbObjectAgg,
    StddevSamp,
    StddevPop,
    VarSamp,
    VarPop,
    RangeAgg,
    RangeIntersectAgg,
    PercentileCont,
    PercentileDisc,
    Mode,
}

impl Aggregate {
    /// Returns the aggregate of PostgreSQL's name `name`.
    pub fn named(name: &str) -> Option<Self> {
        Some(match name {
            "count" => Self::Count,
            "sum" => Self::Sum,
            "avg" => Self::Avg,
            "min" => Self::Min,
            "max" => Self::Max,
            "bool_and" | "every" => Self::BoolAnd,
            "bool_or" => Self::BoolOr,
            "array_agg" => Self::ArrayAgg,
            "string_agg" => Self::StringAgg,
            "json_agg" => Self::JsonAgg,
            "jsonb_agg" => Self::JsonbAgg,
            "json_object_agg" => Self::JsonObjectAgg,
            "jsonb_object_agg" => Self::JsonbObjectAgg,
            "stddev" | "stddev_samp" => Self::StddevSamp,
            "stddev_pop" => Self::StddevPop,
            "variance" | "var_samp" => Self::VarSamp,
            "var_pop" => Self::VarPop,
            "range_agg" => Self::RangeAgg,
            "range_intersect_agg" => Self::RangeIntersectAgg,
            "percentile_cont" => Self::PercentileCont,
            "percentile_disc" => Self::PercentileDisc,
            "mode" => Self::Mode,
            _ => return None,
        })
    }

    /// Tells whether it is an aggregate of sorted values, which stand in `within group (order by …)`. They are its last argument.
    pub fn is_of_ordered_set(self) -> bool {
        matches!(
            self,
            Self::PercentileCont | Self::PercentileDisc | Self::Mode
        )
    }
}
