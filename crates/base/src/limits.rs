//! [`Limits`]: every bound on what one request may ask for.

/// The bounds on one request of the data API. Each has a unit in its name and a setting of the same name under `[limits]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Largest request body accepted, in bytes.
    pub body_bytes_max: usize,
    /// Longest query string accepted, in bytes.
    pub query_bytes_max: usize,
    /// Deepest nesting of `and(…)`/`or(…)` in one filter.
    pub filter_depth_max: usize,
    /// Most conditions in one request, embeds included.
    pub filter_conditions_max: usize,
    /// Most values of one `in.(…)` list.
    pub in_values_max: usize,
    /// Most items of one `select`, embeds included.
    pub select_items_max: usize,
    /// Deepest nesting of embeds.
    pub embed_depth_max: usize,
    /// Most embeds in one request.
    pub embeds_max: usize,
    /// Most rows of one insert.
    pub insert_rows_max: usize,
    /// Deepest nesting of a JSON body or value.
    pub json_depth_max: usize,
    /// Most rows a read returns (`api.max_rows`).
    pub rows_max: u64,
    /// Largest answer, in bytes. What is too large for memory is kept in a file until the client has it.
    pub answer_bytes_max: usize,
    /// Longest a statement may run, in milliseconds.
    pub statement_timeout_ms: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body_bytes_max: 10 << 20,
            query_bytes_max: 16 << 10,
            filter_depth_max: 16,
            filter_conditions_max: 256,
            in_values_max: 2_000,
            select_items_max: 512,
            embed_depth_max: 8,
            embeds_max: 32,
            insert_rows_max: 100_000,
            json_depth_max: 128,
            rows_max: 1_000,
            answer_bytes_max: 1 << 30,
            statement_timeout_ms: 8_000,
        }
    }
}
