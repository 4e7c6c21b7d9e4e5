//! [`ApiSettings`]: the section `[api]` of a project's settings, as the data API sees it.

use underpin_base::{Limits, Name, QualifiedName};

/// How the data API behaves; each field is the setting `api.<name>` with PostgREST's meaning of the like-named `db-*` setting.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiSettings {
    /// The schemas that requests may name; the first is the default.
    pub schemas: Vec<Name>,
    /// The name under which requests know the only one of `schemas`, when that is another: the database is a further source.
    pub exposed_as: Option<Name>,
    /// The schemas that requests may name beside these; other databases hold them.
    pub elsewhere: Vec<Name>,
    /// Schemas beside those that requests name, in which functions of rows and types are looked for.
    pub extra_search_path: Vec<Name>,
    /// Whether a table without row level security answers the public roles.
    pub tables_without_policies: WithoutPolicies,
    /// The public roles may not update or delete without a filter.
    pub safe_update: bool,
    /// Aggregates may be selected.
    pub aggregates: bool,
    /// How a read would be answered may be asked for.
    pub plan: bool,
    /// What `Prefer: tx=` may do.
    pub tx_end: TransactionOverride,
    /// The function that is called before each request.
    pub pre_request: Option<QualifiedName>,
    /// The bounds on a request; `rows_max` is `api.max_rows`.
    pub limits: Limits,
}

impl ApiSettings {
    /// Returns the names of schemas that requests may give, of this database and of others.
    pub fn exposed(&self) -> impl Iterator<Item = &Name> {
        let own = match &self.exposed_as {
            Some(name) => std::slice::from_ref(name),
            None => self.schemas.as_slice(),
        };
        own.iter().chain(&self.elsewhere)
    }

    /// Returns the name by which requests know a schema of the database.
    pub fn shown<'a>(&'a self, schema: &'a Name) -> &'a Name {
        self.exposed_as.as_ref().unwrap_or(schema)
    }
}

/// Whether a table without row level security answers `anon` and `authenticated`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WithoutPolicies {
    /// It does not: the error's hint says how to open it.
    Closed,
    /// It does, as far as its grants go: PostgREST's and Supabase's habit.
    Open,
}

/// What `Prefer: tx=` may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionOverride {
    /// `commit`: nothing; every request commits.
    Commit,
    /// `commit-allow-override`: `tx=rollback` is obeyed.
    CommitAllowOverride,
    /// `rollback-allow-override`: every request is rolled back unless it says `tx=commit`.
    RollbackAllowOverride,
}

impl Default for ApiSettings {
    fn default() -> Self {
        Self {
            schemas: vec![Name::from("public")],
            exposed_as: None,
            elsewhere: Vec::new(),
            extra_search_path: Vec::new(),
            tables_without_policies: WithoutPolicies::Closed,
            safe_update: true,
            aggregates: false,
            plan: false,
            tx_end: TransactionOverride::Commit,
            pre_request: None,
            limits: Limits::default(),
        }
    }
}
