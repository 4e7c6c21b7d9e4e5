//! Names: PostgreSQL cuts those longer than 63 bytes, and what was two names would be one.

use std::collections::HashMap;

use underpin_base::Name;

use super::writer::Writer;
use crate::writer::text::Text as _;

/// The longest name in bytes.
const LENGTH_MAX: usize = 63;

/// How the names that the writer gives begin; no alias of the tree keeps a name that begins so.
const RESERVED: &str = "underpin";

/// The names that stand for those that PostgreSQL cannot have.
#[derive(Debug, Default)]
pub(super) struct Names {
    aliases: HashMap<Name, usize>,
    columns: HashMap<Name, usize>,
    given: usize,
}

impl Names {
    fn next(&mut self) -> usize {
        self.given += 1;
        self.given
    }
}

impl Writer {
    /// Returns an alias that is none of the tree's: no name has a NUL.
    pub(super) fn new_name(&mut self) -> Name {
        let number = self.names.next();
        let name = Name::from(format!("\0{number}"));
        self.names.aliases.insert(name.clone(), number);
        name
    }

    /// Appends the alias of a `from` item or the name of a `with` item. One that PostgreSQL would cut, or that could be one of the
    /// writer's own, gets a name that nothing else has.
    pub(super) fn alias(&mut self, alias: &Name) {
        if fits(alias) && !alias.starts_with(RESERVED) {
            self.identifier(alias);
            return;
        }
        let number = match self.names.aliases.get(alias) {
            Some(number) => *number,
            None => {
                let number = self.names.next();
                self.names.aliases.insert(alias.clone(), number);
                number
            }
        };
        self.identifier(&format!("{RESERVED} {number}"));
    }

    /// Appends the name of a column. A longer one than PostgreSQL has can only be that of a query's output, and gets another.
    pub(super) fn column_name(&mut self, name: &Name) {
        if fits(name) {
            self.identifier(name);
            return;
        }
        let number = match self.names.columns.get(name) {
            Some(number) => *number,
            None => {
                let number = self.names.next();
                self.names.columns.insert(name.clone(), number);
                number
            }
        };
        self.identifier(&format!("{RESERVED} column {number}"));
    }

    /// Appends names in brackets.
    pub(super) fn column_names<'a>(&mut self, names: impl IntoIterator<Item = &'a Name>) {
        self.push("(");
        for (index, name) in names.into_iter().enumerate() {
            if index > 0 {
                self.push(", ");
            }
            self.column_name(name);
        }
        self.push(")");
    }
}

/// Tells whether PostgreSQL has `name` as it is.
pub(super) fn fits(name: &str) -> bool {
    !name.is_empty() && name.len() <= LENGTH_MAX && !name.contains('\0')
}
