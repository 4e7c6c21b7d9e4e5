//! Statements of migrations and seeds, which run with their owner's rights: views and routines become their bodies.

use underpin_base::{Identity, Result};
use underpin_schema::catalog::{Catalog, Relationships};
use underpin_sql::tree::Statement;

use super::World;
use super::secure::Rights;
use super::world::Planner;
use crate::ApiSettings;

/// Returns `statement` with the views and routines of `catalog` in it replaced by their bodies. No policy applies.
///
/// # Errors
/// `54001` when they are nested too deeply, `0A000` for a routine whose body is not one query.
pub fn inline(statement: Statement, catalog: &Catalog) -> Result<Statement> {
    let owner = Identity::of_role("service_role");
    let settings = ApiSettings::default();
    let relationships = Relationships::default();
    let world = World {
        catalog,
        relationships: &relationships,
        settings: &settings,
    };
    Planner::new(world, &owner)?.secure_statement(statement, Rights::Owner)
}
