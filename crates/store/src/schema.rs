//! [`Schema`]: the catalog that requests are planned with, and what follows from it.

use std::collections::HashMap;
use std::sync::Arc;

use underpin_base::{Code, Error, QualifiedName, Result};
use underpin_query::plan::{Plan, PlanCache};
use underpin_schema::catalog::{Catalog, Relationships, Table, View};
use underpin_sql::tree::{Context, Expr, ExprKind};
use underpin_sql::types::Type;
use underpin_sql::writer::sqlite::table_name;

/// The catalog at one moment, and what follows from it. Shared by every request until a migration replaces it.
#[derive(Debug)]
pub struct Schema {
    /// The catalog.
    pub catalog: Catalog,
    /// The ways between its tables and views.
    pub relationships: Relationships,
    /// Counts the schemas that this process has seen: whoever caches something of a schema caches this with it.
    pub generation: u64,
    /// The reads that were planned with it.
    pub plans: PlanCache,
    /// A policy, view, default or routine asks for the HTTP request: `current_setting('request.headers', true)`.
    pub asks_request: bool,
    /// A routine may say something of the answer: `set_config('response.headers', …)`.
    pub sets_response: bool,
    /// The tables by their names in the file.
    by_file_name: HashMap<Arc<str>, QualifiedName>,
}

impl Schema {
    pub(crate) fn new(catalog: Catalog, generation: u64) -> Self {
        let by_file_name = catalog
            .tables
            .keys()
            .map(|name| (Arc::from(table_name(name)), name.clone()))
            .collect();
        Self {
            asks_request: catalog.settings_use.asks_request || asks_request(&catalog),
            sets_response: sets_response(&catalog),
            relationships: Relationships::find(&catalog),
            catalog,
            generation,
            plans: PlanCache::default(),
            by_file_name,
        }
    }

    /// Returns the table that has the name `name` in the file.
    pub(crate) fn table_in_file(&self, name: &str) -> Option<&Arc<Table>> {
        self.catalog.tables.get(self.by_file_name.get(name)?)
    }
}

/// Refuses a plan that was made with another schema than that of `generation`: while it waited, a rule may have changed.
///
/// # Errors
/// PGRST002: it is to be planned again.
pub(crate) fn is_current(plan: &Plan, generation: u64) -> Result<()> {
    match plan.schema() {
        Some(planned) if planned != generation => Err(missing()),
        _ => Ok(()),
    }
}

/// Returns the error of whoever comes while the schema is not known.
pub(crate) fn missing() -> Error {
    Error::new(
        Code::SCHEMA_CACHE_MISSING,
        "Could not query the database for the schema cache. Retrying.",
    )
}

/// Tells whether a routine of `catalog` says something of the answer.
fn sets_response(catalog: &Catalog) -> bool {
    let mut routines = catalog.routines.values().flatten();
    routines.any(|routine| routine.body.text.contains("response."))
}

/// Tells whether anything of `catalog` asks for the HTTP request.
fn asks_request(catalog: &Catalog) -> bool {
    let in_text = |text: &str| {
        [
            "request.header",
            "request.cookie",
            "request.method",
            "request.path",
        ]
        .iter()
        .any(|name| text.contains(name))
    };
    let in_expr = |expr: &Expr| {
        expr.any_part(&mut |part| {
            matches!(&part.kind, ExprKind::Context(Context::Setting(name)) if in_text(name))
        })
    };
    let in_view = |view: &View| {
        let select = Box::new(view.select.clone());
        in_expr(&Expr {
            kind: ExprKind::Exists(select),
            ty: Type::Bool,
        })
    };
    let of_table = |table: &Table| {
        let policies = table.policies.iter();
        let conditions = policies.flat_map(|policy| policy.using.iter().chain(&policy.check));
        let defaults = table.columns.iter().filter_map(|it| it.default.as_ref());
        conditions.chain(defaults).any(|it| in_text(&it.text))
    };
    let mut routines = catalog.routines.values().flatten();
    routines.any(|routine| in_text(&routine.body.text))
        || catalog.tables.values().any(|table| of_table(table))
        || catalog.views.values().any(|view| in_view(view))
}
