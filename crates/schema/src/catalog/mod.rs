//! The model of a project's database, as PostgreSQL's catalogs would hold it.

mod database;
mod grant;
mod policy;
mod relationship;
mod relationships;
mod routine;
mod search_path;
mod table;
mod trigger;
mod updatable;
mod view;
mod view_column;

pub use database::{Bodies, Catalog, Domain, Enforcement, Role, Sequence, SettingsUse};
pub use grant::{Grants, Privilege};
pub use policy::{Policy, PolicyCommand};
pub use relationship::{Cardinality, Junction, Relationship};
pub use relationships::Relationships;
pub use routine::{Argument, Language, Routine, RoutineBody};
pub use search_path::SearchPath;
pub use table::{
    Check, Column, Expression, ForeignKey, Generated, Index, IndexKey, Key, ReferentialAction,
    Table,
};
pub use trigger::{Timing, Trigger};
pub use updatable::Base;
pub use view::{CheckOption, View};

#[cfg(test)]
mod tests;
