//! [`reset`]: an empty database again, for development.
//!
//! What the platform and migrations made is dropped: extensions, schemas with all that is in them, publications, foreign servers, and the roles
//! that migrations created. A database that held something before we came is left alone, unless that may go too.

use underpin_base::{Code, Error, Result};
use underpin_sql::writer::quote_identifier;

use super::apply::finish;
use super::history::{History, ask, field};
use super::split::split;
use super::{lock, prepare};
use crate::postgres::client::Connection;

/// What a reset may remove.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reset {
    /// What is in a database that was empty when we came; of any other, nothing.
    Ours,
    /// What is in the schemas of the project, whoever made it. The schemas of Supabase's services stay.
    Everybodys,
}

/// The schemas of Supabase's services, which have the migrations of their own.
const OF_SERVICES: [&str; 17] = [
    "auth",
    "extensions",
    "storage",
    "realtime",
    "_realtime",
    "_analytics",
    "supabase_functions",
    "supabase_migrations",
    "vault",
    "graphql",
    "graphql_public",
    "pgsodium",
    "pgsodium_masks",
    "pgbouncer",
    "pgmq",
    "net",
    "cron",
];

/// What is there to be removed: kind, name and owner of each thing.
const THINGS: &str = "\
select 'schema', nspname, pg_catalog.pg_get_userbyid(nspowner) from pg_catalog.pg_namespace \
where nspname !~ '^pg_'::text and nspname <> 'information_schema' and not exists ( \
select from pg_catalog.pg_depend d where d.classid = 'pg_catalog.pg_namespace'::regclass::oid and d.objid = pg_namespace.oid \
and d.deptype = 'e') \
union all select 'extension', extname, '' from pg_catalog.pg_extension \
where extname <> 'plpgsql' and pg_catalog.pg_has_role(extowner, 'MEMBER') \
union all select 'publication', pubname, '' from pg_catalog.pg_publication \
union all select 'server', srvname, '' from pg_catalog.pg_foreign_server \
union all select 'origin', nspname, '' from pg_catalog.pg_namespace n join pg_catalog.pg_class c on c.relnamespace = n.oid \
where n.nspname = 'underpin' and c.relname = 'origin' \
union all select 'public', nspname, '' from pg_catalog.pg_namespace \
where nspname = 'public' and pg_catalog.pg_has_role(nspowner, 'MEMBER') \
union all select 'version', pg_catalog.current_setting('server_version_num'), '' \
order by 1, 2";

/// The statements that remove what is in `public`, for whoever owns that and not the schema: before PostgreSQL 15 it is nobody's but a
/// superuser's. What an extension brought stays.
const IN_PUBLIC: &str = "\
select 'drop ' || o.kind || ' if exists ' || o.name || ' cascade' from ( \
select c.oid, 'pg_catalog.pg_class'::regclass::oid as class, c.relnamespace as namespace, \
case c.relkind when 'v' then 'view' when 'm' then 'materialized view' when 'S' then 'sequence' when 'f' then 'foreign table' \
when 'c' then 'type' else 'table' end as kind, 'public.' || pg_catalog.quote_ident(c.relname) as name \
from pg_catalog.pg_class c where c.relkind in ('r', 'p', 'v', 'm', 'S', 'f', 'c') \
union all select t.oid, 'pg_catalog.pg_type'::regclass::oid, t.typnamespace, case t.typtype when 'd' then 'domain' else 'type' end, \
'public.' || pg_catalog.quote_ident(t.typname) \
from pg_catalog.pg_type t where t.typtype in ('d', 'e', 'r') \
union all select p.oid, 'pg_catalog.pg_proc'::regclass::oid, p.pronamespace, 'routine', 'public.' || pg_catalog.quote_ident(p.proname) \
|| '(' || pg_catalog.pg_get_function_identity_arguments(p.oid) || ')' from pg_catalog.pg_proc p) o \
where o.namespace = 'public'::regnamespace::oid and not exists ( \
select from pg_catalog.pg_depend d where d.classid = o.class and d.objid = o.oid and d.deptype in ('e', 'i'))";

/// Removes everything, and makes what the platform needs; returns what the owner of the database should know.
///
/// # Errors
/// `migration_refused` when the database held something before we came and `reset` does not say that it may go; PostgreSQL's for what
/// the connected role does not own.
pub(crate) async fn reset(connection: &mut Connection, reset: Reset) -> Result<Vec<String>> {
    lock::begin(connection).await?;
    let done = reset_within(connection, reset).await;
    let end = if done.is_ok() { "commit" } else { "rollback" };
    finish(connection, end, done).await
}

async fn reset_within(connection: &mut Connection, reset: Reset) -> Result<Vec<String>> {
    let things = Things::read(connection).await?;
    let is_ours = things.is_ours(connection).await?;
    if !is_ours && reset == Reset::Ours {
        return Err(Error::new(
            Code::MIGRATION,
            "the database held objects before it became this project's, and a reset would remove them",
        )
        .hint("Use a database of its own for the project, drop what is to go yourself, or say --everything."));
    }
    let roles = created_roles(&History::read(connection).await?);
    connection
        .simple("set local statement_timeout to 0; set local lock_timeout to '30s'")
        .await?;
    for sql in things.drops(is_ours) {
        connection.simple(&sql).await?;
    }
    if !things.owns_public {
        for row in &ask(connection, IN_PUBLIC).await?.rows {
            connection.simple(&field(row, 0)?).await?;
        }
    }
    for role in roles {
        let asked = format!(
            "select 1 from pg_catalog.pg_roles where rolname = {}",
            literal(&role)
        );
        if !ask(connection, &asked).await?.rows.is_empty() {
            let role = identifier(&role);
            let sql = format!("drop owned by {role}; drop role {role}");
            connection.simple(&sql).await?;
        }
    }
    prepare(connection).await
}

/// What is there to be removed.
#[derive(Debug, Default)]
struct Things {
    /// The schemas with their owners.
    schemas: Vec<(String, String)>,
    extensions: Vec<String>,
    publications: Vec<String>,
    servers: Vec<String>,
    has_origin: bool,
    /// The connected role owns the schema `public`, or there is none.
    owns_public: bool,
    version: u32,
}

impl Things {
    async fn read(connection: &mut Connection) -> Result<Self> {
        let mut things = Self::default();
        for row in &ask(connection, THINGS).await?.rows {
            let name = field(row, 1)?;
            match field(row, 0)?.as_str() {
                "schema" => things.schemas.push((name, field(row, 2)?)),
                "extension" => things.extensions.push(name),
                "publication" => things.publications.push(name),
                "server" => things.servers.push(name),
                "origin" => things.has_origin = true,
                "public" => things.owns_public = true,
                _ => things.version = name.parse().map_err(Error::internal)?,
            }
        }
        things.owns_public |= !things.schemas.iter().any(|(schema, _)| schema == "public");
        Ok(things)
    }

    /// Tells whether the database was empty when we came.
    async fn is_ours(&self, connection: &mut Connection) -> Result<bool> {
        if !self.has_origin {
            return Ok(false);
        }
        let answer = ask(connection, "select is_new from underpin.origin").await?;
        let mut is_ours = !answer.rows.is_empty();
        for row in &answer.rows {
            is_ours &= field(row, 0)? == "t";
        }
        Ok(is_ours)
    }

    /// Returns the statements that remove everything. `public` is made again as a new database has it.
    fn drops(&self, is_ours: bool) -> Vec<String> {
        let mut drops = Vec::new();
        let named = |kind: &str, names: &[String], behaviour: &str| {
            let drop = |name: &String| format!("drop {kind} {}{behaviour}", identifier(name));
            names.iter().map(drop).collect::<Vec<_>>()
        };
        // One may have a schema of its own, which goes with it and in no other way.
        if is_ours {
            drops.extend(named("extension if exists", &self.extensions, " cascade"));
        }
        drops.extend(named("publication", &self.publications, ""));
        drops.extend(named("server", &self.servers, " cascade"));
        for (schema, owner) in &self.schemas {
            let is_kept = !is_ours && OF_SERVICES.contains(&schema.as_str());
            if is_kept || schema == "public" && !self.owns_public {
                continue;
            }
            drops.push(format!("drop schema {} cascade", identifier(schema)));
            if schema == "public" {
                let privileges = if self.version >= 150_000 {
                    "usage"
                } else {
                    "all"
                };
                drops.push(format!(
                    "create schema public; comment on schema public is 'standard public schema'; \
                     grant {privileges} on schema public to public; alter schema public owner to {}",
                    identifier(owner)
                ));
            }
        }
        drops
    }
}

/// Returns the roles that migrations created.
fn created_roles(history: &History) -> Vec<String> {
    /// What the platform needs, whoever made it.
    const KEPT: [&str; 4] = ["anon", "authenticated", "service_role", "authenticator"];
    let mut roles = Vec::new();
    for statement in history.records.iter().flat_map(|it| split(&it.text)) {
        let creates = ["role", "user", "group"]
            .iter()
            .any(|kind| statement.begins(&["create", kind]));
        if let Some(role) = statement.words.get(2).filter(|_| creates)
            && !KEPT.contains(&role.as_str())
            && !roles.contains(role)
        {
            roles.push(role.clone());
        }
    }
    roles
}

fn identifier(name: &str) -> String {
    let mut quoted = String::new();
    quote_identifier(&mut quoted, name);
    quoted
}

fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
