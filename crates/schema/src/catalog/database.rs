//! [`Catalog`]: everything a project's database holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use underpin_base::{Name, QualifiedName};
use underpin_sql::types::{ColumnType, CompositeType, EnumType};

use super::{Check, Grants, Routine, Table, Trigger, View};

/// Everything a project's database holds. Cheap to clone: its parts are shared.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Who sees to its rules.
    pub enforcement: Enforcement,
    /// Who knows what its views and defaults say.
    pub bodies: Bodies,
    /// The schemas and their comments; `public` and `auth` are always there.
    pub schemas: BTreeMap<Name, Option<String>>,
    /// The tables.
    pub tables: BTreeMap<QualifiedName, Arc<Table>>,
    /// The views.
    pub views: BTreeMap<QualifiedName, Arc<View>>,
    /// The enumerations.
    pub enums: BTreeMap<QualifiedName, Arc<EnumType>>,
    /// The row types that `create type … as (…)` made.
    pub composites: BTreeMap<QualifiedName, Arc<CompositeType>>,
    /// The domains.
    pub domains: BTreeMap<QualifiedName, Arc<Domain>>,
    /// The routines; overloads in the order of their creation.
    pub routines: BTreeMap<QualifiedName, Vec<Arc<Routine>>>,
    /// The triggers of each table, in the order of their names.
    pub triggers: BTreeMap<QualifiedName, Vec<Arc<Trigger>>>,
    /// The sequences that are not a column's own.
    pub sequences: BTreeMap<QualifiedName, Arc<Sequence>>,
    /// The roles beside `anon`, `authenticated` and `service_role`.
    pub roles: BTreeMap<Name, Role>,
    /// What `alter role … set` says, by role.
    pub role_settings: BTreeMap<Name, BTreeMap<Name, String>>,
    /// The extensions that were asked for; those we have built in are accepted, others are refused.
    pub extensions: BTreeSet<Name>,
    /// The schemas in which a new table's grants differ from the standard ones (`alter default privileges`).
    pub default_grants: BTreeMap<Name, Grants>,
    /// The schemas in which a new routine's executors differ from everybody (`alter default privileges`).
    pub default_executors: BTreeMap<Name, Vec<Name>>,
    /// Schemas on which a role has `usage`.
    pub schema_usage: BTreeMap<Name, BTreeSet<Name>>,
    /// What the database's own texts do with settings, where it runs them itself.
    pub settings_use: SettingsUse,
    /// The tables of whose new rows the database may make others before they are kept: by triggers, or, where it is not ours, in any way.
    pub reshaped: BTreeSet<QualifiedName>,
}

/// What policies, views, defaults, checks, triggers and routines do with the settings of a database that runs them itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SettingsUse {
    /// One of them may ask for the HTTP request: `current_setting('request.headers', true)`.
    pub asks_request: bool,
    /// One of them may change a setting that a connection begins with, for longer than a transaction.
    pub changes_session: bool,
}

/// Who sees to policies and grants.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Enforcement {
    /// The planner puts them into the statement.
    #[default]
    Compiled,
    /// The database itself: a statement runs under the caller's role.
    Native,
}

/// Who knows what views and defaults say. Of a routine, its language tells: [`super::Routine::is_native`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Bodies {
    /// We do: the planner puts what they say into the statement.
    #[default]
    Ours,
    /// The database does: a statement names views, and leaves defaults away.
    Database,
}

/// A role that a migration created.
#[derive(Clone, Debug, Default)]
pub struct Role {
    /// `bypassrls`: policies do not apply to it.
    pub bypass_row_security: bool,
    /// Roles whose rights it inherits.
    pub member_of: BTreeSet<Name>,
}

/// A domain: a type with a rule.
#[derive(Clone, Debug)]
pub struct Domain {
    /// Its name.
    pub name: QualifiedName,
    /// The type beneath.
    pub base: ColumnType,
    /// `not null`.
    pub not_null: bool,
    /// Its default, as PostgreSQL's text.
    pub default: Option<String>,
    /// Its checks; in their expressions the value is the column `value` of the relation `""`.
    pub checks: Vec<Check>,
}

/// A sequence.
#[derive(Clone, Debug)]
pub struct Sequence {
    /// Its name.
    pub name: QualifiedName,
    /// Its first value.
    pub start: i64,
    /// What is added each time.
    pub increment: i64,
    /// The table and column that it belongs to, and goes with.
    pub owner: Option<(QualifiedName, Name)>,
}
