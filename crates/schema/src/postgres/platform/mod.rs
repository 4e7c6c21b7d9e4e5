//! What the platform needs of a PostgreSQL database: roles, schemas, the accounts, and the table of applied migrations.
//!
//! [`STATE`] tells what is there; [`prepare`] decides what has to be done, in one transaction, or says what a superuser has to do first.
//! What belongs to a version of the platform is done once, so that a project may take it back: default privileges, for one.
//!
//! Nothing here does I/O.

mod functions;

#[cfg(test)]
mod tests;

use serde::Deserialize;
use underpin_base::{Code, Error, Result};
use underpin_sql::types::text::quote_ident;

use self::functions::FUNCTIONS;
use crate::migration::File;
use crate::platform::files;

/// The statement that tells what of the platform is there: one row of one column.
pub const STATE: &str = include_str!("state.sql");

/// The statement that tells which versions of the platform were applied, when [`State::has_history`].
pub const VERSIONS: &str = "select version from underpin.migrations where platform";

/// The roles of the API.
const ROLES: [&str; 3] = ["anon", "authenticated", "service_role"];

/// What of the platform is there.
#[derive(Debug, Deserialize)]
pub struct State {
    role: String,
    database: String,
    version: u32,
    superuser: bool,
    create_role: bool,
    bypasses: bool,
    may_create: bool,
    roles: Vec<Role>,
    schemas: Vec<Schema>,
    accounts: bool,
    functions: Vec<String>,
    history: bool,
    /// The connected role may read the history.
    readable: bool,
    watched: bool,
}

#[derive(Debug, Deserialize)]
struct Role {
    name: String,
    bypasses: bool,
    /// The connected role may take its place.
    member: bool,
    /// The connected role may make others members.
    may_grant: bool,
}

#[derive(Debug, Deserialize)]
struct Schema {
    name: String,
    owner: bool,
    may_create: bool,
    /// Everybody has `usage`, which a project may take back.
    everybody: bool,
    /// The roles of the API that have `usage`.
    users: Vec<String>,
}

/// What has to be done, in one transaction.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Preparation {
    /// The statements, in order; each may hold several.
    pub statements: Vec<String>,
    /// The versions of the platform that they apply, to be recorded.
    pub files: Vec<File>,
    /// What the owner of the database should know.
    pub notes: Vec<String>,
}

impl State {
    /// Reads what [`STATE`] returned.
    ///
    /// # Errors
    /// An internal error when it is something else.
    pub fn read(document: &str) -> Result<Self> {
        serde_json::from_str(document).map_err(Error::internal)
    }

    /// Tells whether the table of applied migrations is there, and may be read.
    pub fn has_history(&self) -> bool {
        self.history && self.readable
    }

    fn role(&self, name: &str) -> Option<&Role> {
        self.roles.iter().find(|role| role.name == name)
    }

    fn schema(&self, name: &str) -> Option<&Schema> {
        self.schemas.iter().find(|schema| schema.name == name)
    }
}

/// Returns what has to be done so that the platform is there. `applied` are the versions of the platform that were applied.
///
/// # Errors
/// `42501` when the connected role may not do it, with the statements that a superuser has to run.
pub fn prepare(state: &State, applied: &[String]) -> Result<Preparation> {
    let mut work = Work {
        state,
        done: Preparation::default(),
        missing: Vec::new(),
    };
    work.roles();
    work.membership();
    work.schema("underpin");
    if !state.history {
        work.run(include_str!("history.sql"));
    }
    if state.history && !state.readable {
        work.history();
    } else {
        let is_pending = |file: &&File| !applied.contains(&file.version);
        for file in files().iter().filter(is_pending) {
            work.version(file);
        }
    }
    if state.superuser && !state.watched {
        work.run(include_str!("watch.sql"));
    }
    if work.missing.is_empty() {
        return Ok(work.done);
    }
    Err(Error::new(
        Code::PRIVILEGE,
        format!(
            "role \"{}\" may not prepare database \"{}\"",
            state.role, state.database
        ),
    )
    .hint(format!(
        "Run this as a superuser, and try again: {}",
        work.missing.join(" ")
    )))
}

struct Work<'a> {
    state: &'a State,
    done: Preparation,
    /// The statements that somebody else has to run.
    missing: Vec<String>,
}

impl Work<'_> {
    fn run(&mut self, statement: impl Into<String>) {
        self.done.statements.push(statement.into());
    }

    fn missing(&mut self, statement: impl Into<String>) {
        self.missing.push(statement.into());
    }

    /// Runs a statement when the connected role may, and asks for it otherwise.
    fn run_if(&mut self, allowed: bool, statement: String) {
        if allowed {
            self.run(statement);
        } else {
            self.missing(format!("{statement};"));
        }
    }

    fn roles(&mut self) {
        let state = self.state;
        let may_create = state.superuser || state.create_role;
        // Before PostgreSQL 16 a superuser alone gives the right to pass by policies; since then whoever has it.
        let may_bypass = state.superuser || state.bypasses && state.version >= 160_000;
        for name in ROLES {
            let bypasses = name == "service_role" && may_bypass;
            match state.role(name) {
                None if bypasses || !may_create && name == "service_role" => {
                    self.run_if(may_create, format!("create role {name} nologin bypassrls"));
                }
                None => self.run_if(may_create, format!("create role {name} nologin")),
                Some(role) if !role.bypasses && bypasses && may_create => {
                    self.run(format!("alter role {name} bypassrls"));
                }
                Some(_) => {}
            }
        }
        let is_bypassing = state.role("service_role").is_some_and(|role| role.bypasses);
        if may_create && !may_bypass && !is_bypassing {
            self.done.notes.push(
                "policies apply to service_role: a superuser can change that with `alter role service_role bypassrls`"
                    .to_owned(),
            );
        }
        if state.role("authenticator").is_none() && may_create {
            self.run("create role authenticator noinherit");
            let grantable = ROLES.into_iter().filter(|name| self.may_grant(name));
            let roles: Vec<&str> = grantable.collect();
            if !roles.is_empty() {
                self.run(format!("grant {} to authenticator", roles.join(", ")));
            }
        }
    }

    /// Tells whether the connected role may make others members of a role, which it may have to create first.
    fn may_grant(&self, name: &str) -> bool {
        let state = self.state;
        state.superuser
            || state.create_role && state.version < 160_000
            || match state.role(name) {
                Some(role) => role.may_grant,
                None => state.create_role,
            }
    }

    /// Lets the connected role take the place of the roles of the API.
    fn membership(&mut self) {
        let state = self.state;
        let is_member = |name: &&str| state.role(name).is_some_and(|role| role.member);
        let roles: Vec<&str> = ROLES.into_iter().filter(|name| !is_member(name)).collect();
        if roles.is_empty() || state.superuser {
            return;
        }
        let allowed = roles.iter().all(|name| self.may_grant(name));
        let role = quote_ident(&state.role);
        self.run_if(allowed, format!("grant {} to {role}", roles.join(", ")));
    }

    /// Asks for the history, which another role made.
    fn history(&mut self) {
        let role = quote_ident(&self.state.role);
        self.missing(format!("grant usage on schema underpin to {role};"));
        self.missing(format!(
            "grant select, insert on underpin.migrations to {role};"
        ));
    }

    fn schema(&mut self, name: &str) {
        let state = self.state;
        if state.schema(name).is_some() {
            return;
        }
        if state.may_create {
            self.run(format!("create schema {name}"));
        } else {
            let grant = format!(
                "grant create on database {} to {};",
                quote_ident(&state.database),
                quote_ident(&state.role)
            );
            if !self.missing.contains(&grant) {
                self.missing(grant);
            }
        }
    }

    /// Does what belongs to a version of the platform.
    fn version(&mut self, file: &File) {
        if file.version == "0" {
            self.accounts(&file.text);
            self.usage();
            self.default_privileges();
        } else {
            self.run(file.text.clone());
        }
        self.done.files.push(file.clone());
    }

    /// Makes the accounts, unless another auth service has made them already.
    fn accounts(&mut self, text: &str) {
        self.schema("extensions");
        self.schema("auth");
        let schema = self.state.schema("auth");
        let may_create = schema.is_none_or(|schema| schema.may_create);
        let functions = self.state.functions.as_slice();
        let absent = FUNCTIONS
            .iter()
            .filter(|(name, _)| !functions.iter().any(|known| known == name));
        let absent: Vec<&str> = absent.map(|(_, statement)| *statement).collect();
        if self.state.accounts && absent.is_empty() {
            return;
        }
        if !may_create {
            let role = quote_ident(&self.state.role);
            self.missing(format!("grant create on schema auth to {role};"));
            return;
        }
        if !self.state.accounts {
            // The schema may be there without the table.
            self.run(text.replacen("create schema auth;", "", 1));
        }
        for statement in absent {
            self.run(statement);
        }
    }

    fn usage(&mut self) {
        for name in ["public", "auth", "extensions"] {
            let schema = self.state.schema(name);
            let is_ours = match schema {
                Some(schema) => schema.owner || self.state.superuser,
                // A schema that may not be made is asked for already; `public` was dropped.
                None => name != "public" && self.state.may_create,
            };
            let grant =
                |roles: &[&str]| format!("grant usage on schema {name} to {}", roles.join(", "));
            if is_ours {
                self.run(grant(&ROLES));
                continue;
            }
            let Some(schema) = schema.filter(|schema| !schema.everybody) else {
                continue;
            };
            let has = |role: &&str| schema.users.iter().any(|user| user == role);
            let roles: Vec<&str> = ROLES.into_iter().filter(|role| !has(role)).collect();
            if !roles.is_empty() {
                self.missing(format!("{};", grant(&roles)));
            }
        }
    }

    /// Opens what will be made in `public` to the roles of the API: policies close it.
    fn default_privileges(&mut self) {
        let Some(public) = self.state.schema("public") else {
            return;
        };
        if !public.may_create {
            let role = quote_ident(&self.state.role);
            self.missing(format!("grant create on schema public to {role};"));
            return;
        }
        for kind in ["tables", "sequences", "functions"] {
            self.run(format!(
                "alter default privileges in schema public grant all on {kind} to {}",
                ROLES.join(", ")
            ));
        }
    }
}
