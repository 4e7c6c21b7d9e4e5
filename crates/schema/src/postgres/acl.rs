//! Access control lists, as PostgreSQL prints them: `anon=arwd/postgres`, `"odd ""name"""=r/postgres`, `=X/postgres`.

use std::collections::{BTreeMap, BTreeSet};

use underpin_base::Name;

use crate::catalog::{Grants, Privilege};

/// Returns grantee and letters of an entry; the grantee is `public` when everybody is.
fn entry(item: &str) -> Option<(Name, &str)> {
    let (grantee, rest) = match item.strip_prefix('"') {
        Some(quoted) => {
            let mut name = String::new();
            let mut characters = quoted.chars();
            loop {
                match characters.next()? {
                    '"' if characters.as_str().starts_with('"') => {
                        characters.next();
                        name.push('"');
                    }
                    '"' => break,
                    character => name.push(character),
                }
            }
            (name, characters.as_str().strip_prefix('=')?)
        }
        None => {
            let (name, rest) = item.split_once('=')?;
            (name.to_owned(), rest)
        }
    };
    let letters = rest.split('/').next().unwrap_or_default();
    Some(match grantee.as_str() {
        "" => (Name::from("public"), letters),
        name => (Name::from(name), letters),
    })
}

/// Returns who has the privilege of `letter`. Without a list it is the owner, and everybody when `everybody` says so.
pub(super) fn holders(
    acl: Option<&[String]>,
    owner: &str,
    letter: char,
    everybody: bool,
) -> BTreeSet<Name> {
    match acl {
        Some(items) => items
            .iter()
            .filter_map(|item| entry(item))
            .filter(|(_, letters)| letters.contains(letter))
            .map(|(grantee, _)| grantee)
            .collect(),
        None => [Some(owner), everybody.then_some("public")]
            .into_iter()
            .flatten()
            .map(Name::from)
            .collect(),
    }
}

/// Returns the privileges that mean something to a request.
fn privileges(letters: &str) -> BTreeSet<Privilege> {
    letters
        .chars()
        .filter_map(|letter| match letter {
            'r' => Some(Privilege::Select),
            'a' => Some(Privilege::Insert),
            'w' => Some(Privilege::Update),
            'd' => Some(Privilege::Delete),
            _ => None,
        })
        .collect()
}

fn by_role(acl: &[String]) -> BTreeMap<Name, BTreeSet<Privilege>> {
    let mut granted: BTreeMap<Name, BTreeSet<Privilege>> = BTreeMap::new();
    for (grantee, letters) in acl.iter().filter_map(|item| entry(item)) {
        granted
            .entry(grantee)
            .or_default()
            .extend(privileges(letters));
    }
    granted.retain(|_, privileges| !privileges.is_empty());
    granted
}

/// Returns the grants on a table or view and on its columns. Without a list the owner has every privilege.
pub(super) fn grants<'a>(
    acl: Option<&[String]>,
    owner: &str,
    columns: impl Iterator<Item = (Name, &'a [String])>,
) -> Grants {
    let mut grants = Grants {
        table: match acl {
            Some(acl) => by_role(acl),
            None => BTreeMap::from([(Name::from(owner), privileges("arwd"))]),
        },
        columns: BTreeMap::new(),
    };
    for (column, acl) in columns {
        for (role, privileges) in by_role(acl) {
            let of_role = grants.columns.entry(role).or_default();
            of_role.insert(column.clone(), privileges);
        }
    }
    grants
}
