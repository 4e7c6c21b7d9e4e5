//! The `Prefer` header.

/// The `Prefer` header, `wire.md` §1.6. The first occurrence of each preference wins.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Preferences {
    /// `return=`.
    pub r#return: Option<Return>,
    /// `count=`.
    pub count: Option<Count>,
    /// `resolution=`.
    pub resolution: Option<Resolution>,
    /// `missing=default`.
    pub missing_default: Option<bool>,
    /// `handling=strict` (true) or `lenient` (false).
    pub strict: Option<bool>,
    /// `max-affected=`.
    pub max_affected: Option<u64>,
    /// `tx=`.
    pub tx: Option<TransactionEnd>,
    /// `timezone=`.
    pub timezone: Option<String>,
    /// Preferences that are none of these, for the error under `handling=strict`.
    pub invalid: Vec<String>,
}

/// `return=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the preference's words")]
pub enum Return {
    Minimal,
    HeadersOnly,
    Representation,
}

/// `count=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the preference's words")]
pub enum Count {
    Exact,
    Planned,
    Estimated,
}

/// `resolution=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the preference's words")]
pub enum Resolution {
    MergeDuplicates,
    IgnoreDuplicates,
}

/// `tx=`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are the preference's words")]
pub enum TransactionEnd {
    Commit,
    Rollback,
}
