//! [`Document`]: what the query of `catalog.sql` returns, row by row.

use serde::Deserialize;

/// Everything that the query returns.
#[derive(Deserialize)]
pub(super) struct Document {
    pub(super) schemas: Vec<SchemaRow>,
    pub(super) types: Vec<TypeRow>,
    pub(super) relations: Vec<RelationRow>,
    pub(super) columns: Vec<ColumnRow>,
    pub(super) constraints: Vec<ConstraintRow>,
    pub(super) indexes: Vec<IndexRow>,
    pub(super) policies: Vec<PolicyRow>,
    pub(super) sequences: Vec<SequenceRow>,
    pub(super) routines: Vec<RoutineRow>,
    pub(super) roles: Vec<RoleRow>,
    pub(super) settings: Vec<SettingsRow>,
    pub(super) extensions: Vec<String>,
    /// The texts of procedures, and of conditions of triggers and rules.
    #[serde(default)]
    pub(super) texts: Vec<String>,
}

/// A row of `pg_namespace`.
#[derive(Deserialize)]
pub(super) struct SchemaRow {
    pub(super) name: String,
    pub(super) owner: String,
    pub(super) acl: Option<Vec<String>>,
    pub(super) comment: Option<String>,
}

/// A row of `pg_type`; arrays are told by their elements.
#[derive(Deserialize)]
pub(super) struct TypeRow {
    pub(super) oid: i64,
    pub(super) schema: String,
    pub(super) name: String,
    /// `typtype`: `b` base, `c` composite, `d` domain, `e` enum, `r` range, `m` multirange, `p` pseudo.
    pub(super) kind: String,
    /// The type of its arrays; 0 when there is none.
    pub(super) array: i64,
    /// The relation whose row it is; 0 when it is none.
    pub(super) relation: i64,
    /// The type beneath a domain; 0 when it is none.
    pub(super) base: i64,
    pub(super) modifier: i32,
    pub(super) not_null: bool,
    pub(super) default: Option<String>,
    pub(super) labels: Option<Vec<String>>,
    pub(super) checks: Option<Vec<CheckRow>>,
}

/// A check of a domain.
#[derive(Deserialize)]
pub(super) struct CheckRow {
    pub(super) name: String,
    pub(super) expression: String,
}

/// A row of `pg_class`.
#[derive(Deserialize)]
pub(super) struct RelationRow {
    pub(super) oid: i64,
    pub(super) schema: String,
    pub(super) name: String,
    /// `relkind`: `r`, `p`, `f` tables, `v` view, `m` materialized view, `c` composite type.
    pub(super) kind: String,
    pub(super) owner: String,
    pub(super) acl: Option<Vec<String>>,
    pub(super) row_security: bool,
    pub(super) options: Option<Vec<String>>,
    pub(super) comment: Option<String>,
    /// The query of a view.
    pub(super) definition: Option<String>,
    /// A trigger may change its new rows before they are kept.
    #[serde(default)]
    pub(super) reshaped: bool,
}

/// A row of `pg_attribute`.
#[derive(Deserialize)]
pub(super) struct ColumnRow {
    pub(super) relation: i64,
    pub(super) number: i16,
    pub(super) name: String,
    #[serde(rename = "type")]
    pub(super) ty: i64,
    pub(super) modifier: i32,
    pub(super) not_null: bool,
    pub(super) default: Option<String>,
    /// `a` always, `d` by default.
    pub(super) identity: String,
    /// `s` stored, `v` virtual.
    pub(super) generated: String,
    pub(super) acl: Option<Vec<String>>,
    pub(super) comment: Option<String>,
}

/// A row of `pg_constraint` that a table has.
#[derive(Deserialize)]
pub(super) struct ConstraintRow {
    pub(super) relation: i64,
    pub(super) name: String,
    /// `p` primary key, `u` unique, `f` foreign key, `c` check.
    pub(super) kind: String,
    pub(super) columns: Option<Vec<i16>>,
    pub(super) references: i64,
    pub(super) referenced_columns: Option<Vec<i16>>,
    pub(super) on_update: String,
    pub(super) on_delete: String,
    pub(super) deferrable: bool,
    pub(super) deferred: bool,
    pub(super) expression: Option<String>,
    pub(super) nulls_not_distinct: Option<bool>,
}

/// A row of `pg_index` that is unique and no constraint's, or an exclusion constraint.
#[derive(Deserialize)]
pub(super) struct IndexRow {
    pub(super) relation: i64,
    pub(super) name: String,
    pub(super) method: String,
    pub(super) unique: bool,
    /// The columns of its keys; 0 for an expression.
    pub(super) columns: Vec<i16>,
    pub(super) options: Vec<i16>,
    pub(super) expressions: Option<Vec<String>>,
    pub(super) filter: Option<String>,
    pub(super) nulls_not_distinct: Option<bool>,
    /// The operators of an exclusion constraint.
    pub(super) exclusion: Vec<String>,
}

/// A row of `pg_policy`.
#[derive(Deserialize)]
pub(super) struct PolicyRow {
    pub(super) relation: i64,
    pub(super) name: String,
    pub(super) permissive: bool,
    /// `*`, `r`, `a`, `w`, `d`.
    pub(super) command: String,
    pub(super) roles: Vec<String>,
    pub(super) using: Option<String>,
    pub(super) check: Option<String>,
}

/// A row of `pg_sequence`.
#[derive(Deserialize)]
pub(super) struct SequenceRow {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) start: i64,
    pub(super) increment: i64,
    /// The table and column that it belongs to.
    pub(super) relation: Option<i64>,
    pub(super) column: Option<i32>,
}

/// A row of `pg_proc`.
#[derive(Deserialize)]
pub(super) struct RoutineRow {
    pub(super) schema: String,
    pub(super) name: String,
    pub(super) body: String,
    /// The types of the input parameters.
    pub(super) arguments: Vec<i64>,
    /// The types of all parameters, when some are no input parameters.
    pub(super) parameters: Option<Vec<i64>>,
    /// `i`, `o`, `b`, `v`, `t` for each of `parameters`.
    pub(super) modes: Option<Vec<String>>,
    /// The names of all parameters.
    pub(super) names: Option<Vec<String>>,
    pub(super) variadic: bool,
    pub(super) set: bool,
    pub(super) result: i64,
    /// `i`, `s`, `v`.
    pub(super) volatility: String,
    pub(super) strict: bool,
    pub(super) rows: i64,
    pub(super) security_definer: bool,
    pub(super) owner: String,
    pub(super) acl: Option<Vec<String>>,
    pub(super) settings: Option<Vec<String>>,
    pub(super) comment: Option<String>,
    /// The defaults of all parameters.
    pub(super) defaults: Option<Vec<Option<String>>>,
}

/// A row of `pg_roles`.
#[derive(Deserialize)]
pub(super) struct RoleRow {
    pub(super) name: String,
    pub(super) superuser: bool,
    pub(super) bypasses: bool,
    pub(super) member_of: Vec<String>,
}

/// A row of `pg_db_role_setting`.
#[derive(Deserialize)]
pub(super) struct SettingsRow {
    pub(super) role: String,
    pub(super) settings: Vec<String>,
}
