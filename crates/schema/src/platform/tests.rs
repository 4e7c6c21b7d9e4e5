use underpin_base::QualifiedName;

use super::{MIGRATIONS, files, fold};
use crate::catalog::{Catalog, Privilege};

#[test]
fn every_migration_folds() {
    assert_eq!(files().len(), MIGRATIONS.len());
    let mut catalog = Catalog::empty();
    for file in files() {
        let folded = fold(&catalog, file).unwrap_or_else(|error| panic!("{error}"));
        for step in &folded.steps {
            crate::sqlite::statements(&step.operation, &folded.catalog).unwrap();
        }
        catalog = folded.catalog;
    }
}

#[test]
fn users_are_closed_to_the_roles_of_the_api() {
    let catalog = Catalog::platform().unwrap();
    let users = &catalog.tables[&QualifiedName::new("auth", "users")];
    assert!(users.row_security);
    assert_eq!(users.columns.len(), 35);
    assert!(!users.grants.on_any_column("anon", Privilege::Select));
    assert!(
        !users
            .grants
            .on_any_column("authenticated", Privilege::Select)
    );
}
