//! A database on PostgreSQL is described as the migrations are that made it.

use std::path::Path;

use underpin_base::{Identity, Name};
use underpin_schema::catalog::{Catalog, Relationships};
use underpin_schema::migration::{File, fold};

use super::super::{Document, openapi};
use super::{ApiSettings, SITE, World};
use crate::typescript::{Described, typescript};

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
    files
        .iter()
        .fold(Catalog::platform().unwrap(), |catalog, file| {
            fold(&catalog, file).unwrap().catalog
        })
}

/// Returns every description of a catalog.
fn described(catalog: &Catalog, documents: &[Document]) -> Vec<String> {
    let relationships = Relationships::find(catalog);
    let settings = ApiSettings::default();
    let world = World {
        catalog,
        relationships: &relationships,
        settings: &settings,
    };
    let schemas = ["public", "other", "extra"].map(Name::from);
    let mut all = vec![typescript(&[Described {
        catalog,
        relationships: &relationships,
        schemas: &schemas,
        exposed_as: None,
    }])];
    for role in ["anon", "authenticated", "service_role"] {
        for document in documents {
            let identity = Identity::of_role(role);
            let text = openapi(*document, world, "public", &identity, &SITE).unwrap();
            all.push(String::from_utf8(text).unwrap());
        }
    }
    all
}

#[track_caller]
fn check(document: &str, folder: &str, documents: &[Document]) {
    let database = underpin_schema::postgres::catalog(document).unwrap();
    let mut pairs = described(&database, documents)
        .into_iter()
        .zip(described(&folded(folder), documents));
    if let Some((found, expected)) = pairs.find(|(found, expected)| found != expected) {
        // The texts are long: where they part is enough.
        let same = found
            .bytes()
            .zip(expected.bytes())
            .take_while(|(one, other)| one == other);
        let start = same.count().saturating_sub(100);
        let part = |text: &str| {
            String::from_utf8_lossy(&text.as_bytes()[start..])
                .chars()
                .take(200)
                .collect::<String>()
        };
        panic!("{}\n{}", part(&found), part(&expected));
    }
}

#[test]
fn the_conformance_project() {
    check(
        include_str!("../../../../schema/src/postgres/tests/conformance.json"),
        "tests/conformance/project/migrations",
        &[Document::Swagger, Document::OpenApi],
    );
}

#[test]
fn the_shop() {
    check(
        include_str!("../../../../schema/src/postgres/tests/shop.json"),
        "examples/shop/migrations",
        // Swagger has the texts of defaults, which PostgreSQL prints with its own brackets and casts.
        &[Document::OpenApi],
    );
}
