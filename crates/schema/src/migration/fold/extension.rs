//! `create extension`: what an extension brings is built in, or the extension is refused.

use squawk_syntax::ast;
use underpin_base::{Code, Error, Result};
use underpin_sql::grammar;

use super::{Fold, refused};
use crate::migration::Operation;

/// The extensions whose types and functions are built in.
const BUILT_IN: [&str; 6] = [
    "pgcrypto",
    "uuid-ossp",
    "citext",
    "plpgsql",
    "btree_gist",
    "moddatetime",
];

/// The extensions that projects of Supabase name without needing them here.
const WITHOUT_EFFECT: [&str; 4] = [
    "pg_stat_statements",
    "pgjwt",
    "pg_graphql",
    "supabase_vault",
];

impl Fold {
    /// Folds `create extension`.
    pub(super) fn create_extension(&mut self, node: &ast::CreateExtension) -> Result<()> {
        let name = grammar::name(node.extension().as_ref())?;
        if self.catalog.extensions.contains(&name) {
            if node.if_not_exists().is_none() {
                return Err(Error::new(
                    Code::DUPLICATE_OBJECT,
                    format!("extension \"{name}\" already exists"),
                ));
            }
        } else if WITHOUT_EFFECT.contains(&&*name) {
            self.note(format!("extension \"{name}\" has no effect here"));
        } else if !BUILT_IN.contains(&&*name) {
            return Err(refused(
                format!("extension \"{name}\" is not available"),
                "Leave it out; pgcrypto, uuid-ossp, citext, btree_gist and moddatetime are built in.",
            ));
        }
        self.catalog.extensions.insert(name);
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Folds `drop extension`.
    pub(super) fn drop_extension(&mut self, node: &ast::DropExtension) -> Result<()> {
        for extension in node.extension_refs() {
            let name = grammar::name(Some(&extension))?;
            if !self.catalog.extensions.remove(&name) && node.if_exists().is_none() {
                return Err(Error::new(
                    Code::UNDEFINED_OBJECT,
                    format!("extension \"{name}\" does not exist"),
                ));
            }
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }
}
