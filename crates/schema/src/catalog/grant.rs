//! [`Grants`]: which role may do what to a table or view, or to columns of it.

use std::collections::{BTreeMap, BTreeSet};

use underpin_base::Name;

/// A privilege on a table or its columns; `references`, `trigger` and `truncate` are accepted and mean nothing to requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[expect(missing_docs, reason = "the variants are SQL's words")]
pub enum Privilege {
    Select,
    Insert,
    Update,
    Delete,
}

/// The privileges on one table or view. The role `public` is everybody.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Grants {
    /// Privileges on the whole table, by role.
    pub table: BTreeMap<Name, BTreeSet<Privilege>>,
    /// Privileges on columns, by role and column.
    pub columns: BTreeMap<Name, BTreeMap<Name, BTreeSet<Privilege>>>,
}

impl Grants {
    /// Every privilege to the three roles of the API: what a new table of `public` starts with, as on Supabase.
    pub fn standard() -> Self {
        let all = BTreeSet::from([
            Privilege::Select,
            Privilege::Insert,
            Privilege::Update,
            Privilege::Delete,
        ]);
        Self {
            table: ["anon", "authenticated", "service_role"]
                .into_iter()
                .map(|role| (Name::from(role), all.clone()))
                .collect(),
            columns: BTreeMap::new(),
        }
    }

    /// Tells whether `role` has `privilege` on the whole table.
    pub fn on_table(&self, role: &str, privilege: Privilege) -> bool {
        [role, "public"].iter().any(|role| {
            self.table
                .get(*role)
                .is_some_and(|granted| granted.contains(&privilege))
        })
    }

    /// Tells whether `role` has `privilege` on `column`, by a grant on it or on the whole table.
    pub fn on_column(&self, role: &str, column: &str, privilege: Privilege) -> bool {
        self.on_table(role, privilege)
            || [role, "public"].iter().any(|role| {
                self.columns
                    .get(*role)
                    .and_then(|columns| columns.get(column))
                    .is_some_and(|granted| granted.contains(&privilege))
            })
    }

    /// Tells whether `role` has `privilege` on the table or on any column of it.
    pub fn on_any_column(&self, role: &str, privilege: Privilege) -> bool {
        self.on_table(role, privilege)
            || [role, "public"].iter().any(|role| {
                self.columns.get(*role).is_some_and(|columns| {
                    columns.values().any(|granted| granted.contains(&privilege))
                })
            })
    }
}
