//! What PostgreSQL 15 returned for databases of ours (`record` makes the documents) against the catalogs that the fold makes of the
//! same migrations.

mod acl;
mod description;

use std::path::Path;

use self::description::lines;
use super::catalog;
use crate::catalog::Catalog;
use crate::migration::{File, fold};

fn folded(folder: &str) -> Catalog {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut files: Vec<File> = std::fs::read_dir(root.join(folder))
        .unwrap()
        .map(|entry| {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_str().unwrap();
            File::new(name, std::fs::read_to_string(&path).unwrap()).unwrap()
        })
        .collect();
    files.sort_by(|one, other| one.version.cmp(&other.version));
    let mut catalog = Catalog::platform().unwrap();
    for file in files {
        catalog = fold(&catalog, &file).unwrap().catalog;
    }
    catalog
}

/// What differs and may: PostgreSQL's views have the rights of their owner unless they say otherwise, the functions of schema `auth` are
/// built into us, and a default of null is none.
fn may_differ(line: &str) -> bool {
    line.contains(" invoker ")
        || line.starts_with("routine auth.")
        || line.starts_with("table auth.users column 21 phone text")
}

#[track_caller]
fn check(document: &str, folder: &str) {
    let (ours, theirs) = (lines(&folded(folder)), lines(&catalog(document).unwrap()));
    let differences: Vec<&String> = ours
        .symmetric_difference(&theirs)
        .filter(|line| !may_differ(line))
        .collect();
    assert!(differences.is_empty(), "{differences:#?}");
}

#[test]
fn the_conformance_project_is_what_the_fold_makes_of_it() {
    check(
        include_str!("conformance.json"),
        "tests/conformance/project/migrations",
    );
}

#[test]
fn the_shop_is_what_the_fold_makes_of_it() {
    check(include_str!("shop.json"), "examples/shop/migrations");
}

#[test]
fn what_migrations_of_ours_cannot_hold_is_read_too() {
    let catalog = catalog(include_str!("odd.json")).unwrap();
    let found: Vec<String> = lines(&catalog)
        .into_iter()
        .filter(|line| !line.contains(" auth.") && !line.starts_with("routine extensions."))
        .collect();
    assert_eq!(found.join("\n") + "\n", include_str!("odd.txt"));
}

#[test]
fn a_document_that_is_none_is_an_error() {
    assert!(catalog("{}").is_err());
    assert!(catalog("").is_err());
}
