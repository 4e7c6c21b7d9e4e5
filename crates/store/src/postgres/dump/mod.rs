//! [`Dump`]: what a plain dump of a Supabase project holds for a project of ours: its own schema, its rows, and its accounts.
//!
//! A dump is PostgreSQL's SQL as `pg_dump` and `supabase db dump` write it. What the platform has itself (the schemas of its services,
//! roles, extensions of the host) is left out and told; nothing is run here.

mod kind;
mod rows;
mod token;

#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use underpin_base::{Code, Error, Result};
use underpin_schema::catalog::Catalog;

use self::kind::{Kind, kind};
use super::migrate::split;

/// What begins each part: a dump names everything with its schema, and makes functions before what they speak of.
const HEAD: &str = "set check_function_bodies = false;\nselect pg_catalog.set_config('search_path', '', true);\n\n";

/// A dump, in the parts in which it is taken over.
#[derive(Clone, Debug, Default)]
pub struct Dump {
    /// What makes tables, types, functions and views.
    pub schema: String,
    /// The rows, those of `auth.users` included.
    pub rows: String,
    /// What is made once the rows are there: keys, indexes, triggers, policies, grants.
    pub rules: String,
    /// What was left out, and how often.
    pub left_out: BTreeMap<String, usize>,
}

impl Dump {
    /// Reads a dump.
    ///
    /// # Errors
    /// `migration_refused` for what is no plain dump.
    pub fn read(text: &str) -> Result<Self> {
        if text.starts_with("PGDMP") {
            return Err(Error::new(
                Code::MIGRATION,
                "the dump is in pg_dump's own format, expected SQL",
            )
            .hint("pg_restore --file=dump.sql makes SQL of it; so does pg_dump --format=plain."));
        }
        let accounts = Catalog::platform()?;
        let mut dump = Self::default();
        // Whatever comes after a key may need it.
        let mut is_late = false;
        for statement in split(text) {
            match kind(&statement.text) {
                Kind::Nothing => {}
                Kind::LeftOut(what) => *dump.left_out.entry(what).or_default() += 1,
                Kind::Rows => {
                    let rows = rows::of(&statement.text, statement.data.as_deref(), &accounts)?;
                    dump.rows.push_str(&rows.text);
                    for column in rows.left_out {
                        let what = format!("column {column} of auth.users");
                        *dump.left_out.entry(what).or_default() += 1;
                    }
                }
                kind => {
                    is_late |= kind == Kind::Rule;
                    let part = match is_late || kind == Kind::Right {
                        true => &mut dump.rules,
                        false => &mut dump.schema,
                    };
                    part.push_str(&statement.text);
                    part.push_str(";\n\n");
                }
            }
        }
        for part in [&mut dump.schema, &mut dump.rows, &mut dump.rules] {
            if !part.is_empty() {
                part.insert_str(0, HEAD);
            }
        }
        Ok(dump)
    }
}
