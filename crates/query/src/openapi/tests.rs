use std::collections::BTreeSet;
use std::sync::Arc;

use underpin_schema::catalog::{Catalog, Privilege, Relationships};

use super::*;
use crate::{ApiSettings, WithoutPolicies};

mod postgres;
mod shop;
mod three;

const SITE: Site<'static> = Site {
    scheme: "https",
    host: "shop.example",
    base_path: "/rest/v1",
    version: "0.1.0",
};

fn described(catalog: &Catalog, settings: &ApiSettings, schema: &str, role: &str) -> Object {
    let relationships = Relationships::find(catalog);
    let world = World {
        catalog,
        relationships: &relationships,
        settings,
    };
    document(world, schema, &Identity::of_role(role), &SITE).expect("the role exists")
}

/// Returns the keys of `part` of the description for `role`.
fn keys(catalog: &Catalog, role: &str, part: &[&str]) -> Vec<String> {
    let document = described(catalog, &ApiSettings::default(), "public", role);
    let value = serde_json::to_value(&document).expect("it is JSON");
    let part = part.iter().fold(&value, |value, key| &value[*key]);
    part.as_object()
        .map(|object| object.keys().cloned().collect())
        .unwrap_or_default()
}

#[test]
fn the_whole_description() {
    let document = described(&shop::catalog(), &ApiSettings::default(), "public", "anon");
    insta::assert_snapshot!(serde_json::to_string_pretty(&document).expect("it is JSON"));
}

#[test]
fn the_bytes_are_the_same_document() {
    let catalog = shop::catalog();
    let relationships = Relationships::find(&catalog);
    let settings = ApiSettings::default();
    let world = World {
        catalog: &catalog,
        relationships: &relationships,
        settings: &settings,
    };
    let bytes = openapi(
        Document::Swagger,
        world,
        "public",
        &Identity::visitor(),
        &SITE,
    )
    .expect("the role exists");
    let document = described(&catalog, &settings, "public", "anon");
    assert_eq!(bytes, serde_json::to_vec(&document).expect("it is JSON"));
}

#[test]
fn a_role_sees_what_it_may_use() {
    let catalog = shop::catalog();
    let visitor = [
        "/",
        "/authors",
        "/books",
        "/rpc/best",
        "/rpc/restock",
        "/titles",
    ];
    assert_eq!(keys(&catalog, "anon", &["paths"]), visitor);
    assert_eq!(keys(&catalog, "authenticated", &["paths"]), visitor);
    assert_eq!(
        keys(&catalog, "service_role", &["paths"]),
        [
            "/",
            "/authors",
            "/books",
            "/closed",
            "/rpc/best",
            "/rpc/forbidden",
            "/rpc/restock",
            "/titles"
        ]
    );
    assert_eq!(
        keys(&catalog, "anon", &["definitions"]),
        ["authors", "books", "titles"]
    );
}

#[test]
fn a_table_without_policies_is_seen_where_it_is_open() {
    let settings = ApiSettings {
        tables_without_policies: WithoutPolicies::Open,
        ..ApiSettings::default()
    };
    let document = described(&shop::catalog(), &settings, "public", "anon");
    let value = serde_json::to_value(&document).expect("it is JSON");
    assert!(value["paths"]["/closed"].is_object());
}

#[test]
fn another_schema_is_another_description() {
    let document = described(&shop::catalog(), &ApiSettings::default(), "private", "anon");
    let value = serde_json::to_value(&document).expect("it is JSON");
    assert_eq!(value["info"]["title"], "PostgREST API");
    let paths: Vec<_> = value["paths"]
        .as_object()
        .expect("an object")
        .keys()
        .collect();
    assert_eq!(paths, ["/", "/secrets"]);
}

#[test]
fn methods_and_columns_follow_the_grants() {
    let mut catalog = shop::catalog();
    let name = QualifiedName::public("books");
    let mut books = (*catalog.tables[&name]).clone();
    books.grants.table.remove("anon");
    let may = |privilege| BTreeSet::from([privilege]);
    books.grants.columns.insert(
        "anon".into(),
        [
            ("title".into(), may(Privilege::Select)),
            ("price".into(), may(Privilege::Update)),
        ]
        .into(),
    );
    catalog.tables.insert(name, Arc::new(books));
    assert_eq!(
        keys(&catalog, "anon", &["paths", "/books"]),
        ["get", "patch"]
    );
    assert_eq!(
        keys(&catalog, "anon", &["definitions", "books", "properties"]),
        ["price", "title"]
    );
    assert_eq!(
        keys(&catalog, "authenticated", &["paths", "/books"]),
        ["delete", "get", "patch", "post"]
    );
    assert_eq!(keys(&catalog, "anon", &["paths", "/titles"]), ["get"]);
}

#[test]
fn a_role_that_does_not_exist_is_refused() {
    let catalog = shop::catalog();
    let relationships = Relationships::find(&catalog);
    let settings = ApiSettings::default();
    let world = World {
        catalog: &catalog,
        relationships: &relationships,
        settings: &settings,
    };
    let error = openapi(
        Document::Swagger,
        world,
        "public",
        &Identity::of_role("nobody"),
        &SITE,
    )
    .expect_err("refused");
    assert_eq!(error.code().as_str(), "22023");
}

#[test]
fn a_view_has_the_keys_that_it_shows_and_no_lengths() {
    let sql = "create table t (a int, b int, c int, d char(3), primary key (a, b)); alter table t enable row level security;
      create view whole as select a as x, b, c, d from t; create view part as select a, c from t;";
    let file = underpin_schema::migration::File::new("1_t.sql", sql).expect("a name");
    let platform = Catalog::platform().expect("it folds");
    let catalog = underpin_schema::migration::fold(&platform, &file)
        .expect("it folds")
        .catalog;
    let document = described(&catalog, &ApiSettings::default(), "public", "anon");
    let value = serde_json::to_value(&document).expect("it is JSON");
    let note = |view: &str, column: &str| {
        value["definitions"][view]["properties"][column]["description"].clone()
    };
    assert_eq!(note("whole", "x"), "Note:\nThis is a Primary Key.<pk/>");
    assert_eq!(note("whole", "b"), "Note:\nThis is a Primary Key.<pk/>");
    assert_eq!(note("whole", "c"), serde_json::Value::Null);
    assert_eq!(note("part", "a"), serde_json::Value::Null);
    let length =
        |relation: &str| value["definitions"][relation]["properties"]["d"]["maxLength"].clone();
    assert_eq!(length("t"), 3);
    assert_eq!(length("whole"), serde_json::Value::Null);
}

#[test]
fn a_table_keeps_its_path() {
    let at = |path, catalog: &Catalog| Document::at(path, catalog, &["public".into()]);
    let mut catalog = shop::catalog();
    assert_eq!(at("", &catalog), Some(Document::Swagger));
    assert_eq!(at("openapi.json", &catalog), Some(Document::OpenApi));
    assert_eq!(at("openapi", &catalog), None);
    assert_eq!(at("rpc/openapi.json", &catalog), None);
    let books = catalog.tables[&QualifiedName::public("books")].clone();
    let elsewhere = QualifiedName::new("private", OPENAPI_FILE);
    catalog.tables.insert(elsewhere, books.clone());
    assert_eq!(at("openapi.json", &catalog), Some(Document::OpenApi));
    catalog
        .tables
        .insert(QualifiedName::public(OPENAPI_FILE), books);
    assert_eq!(at("openapi.json", &catalog), None);
}

#[test]
fn comments_have_a_summary_and_a_description() {
    let check = |comment, expected| assert_eq!(summary_and_description(comment), expected);
    check(None, (None, None));
    check(Some("one line"), (Some("one line"), None));
    check(Some("one\n"), (Some("one"), None));
    check(Some("one\ntwo\nthree"), (Some("one"), Some("two\nthree")));
    check(Some("one\n\n\ntwo"), (Some("one"), Some("two")));
}
