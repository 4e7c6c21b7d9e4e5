//! [`Context`]: what an expression takes from the request instead of from data.

use underpin_base::Name;

/// A value that the request supplies: bound once per statement, constant while it runs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Context {
    /// `auth.uid()`: the `sub` claim as `uuid`, or null.
    Uid,
    /// `auth.role()` as `text`: the `role` claim.
    Role,
    /// `auth.email()` as `text`.
    Email,
    /// `auth.jwt()` as `jsonb`.
    Jwt,
    /// `current_user`, `current_role`, `session_user` as `name`: the database role of the request.
    CurrentUser,
    /// `now()`, `current_timestamp`, `transaction_timestamp()` as `timestamptz`: the start of the transaction.
    Now,
    /// `current_setting(name, true)` as `text`, for `request.*` settings.
    Setting(Name),
}
