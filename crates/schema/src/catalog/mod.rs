//! The model of a project's database, as PostgreSQL's catalogs would hold it.

mod database;
mod grant;
mod policy;
mod relationship;
mod routine;
mod table;
mod view;

pub use database::{Catalog, Domain, Role, Sequence};
pub use grant::{Grants, Privilege};
pub use policy::{Policy, PolicyCommand};
pub use relationship::{Cardinality, Junction, Relationship};
pub use routine::{Argument, Language, Routine, RoutineBody};
pub use table::{
    Check, Column, Expression, ForeignKey, Generated, Index, IndexKey, Key, ReferentialAction,
    Table,
};
pub use view::View;
