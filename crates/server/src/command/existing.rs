//! `underpin init --from`: a project over a database that is there already. It reads the database and changes nothing in it.

use std::collections::BTreeMap;
use std::path::Path;

use underpin_base::{Name, QualifiedName, Result};
use underpin_schema::catalog::{Catalog, Relationships, Table};
use underpin_schema::existing::{guesses, template};
use underpin_sql::types::Type;
use underpin_store::Store;

use super::init::{IGNORED, environment, write};
use super::{output, running};
use crate::application::store_settings;
use crate::settings::{Settings, Sources};

/// The variable that holds the database's address.
const VARIABLE: &str = "DATABASE_URL";

/// The database as it was found.
struct Found {
    /// Where it is, as people are told.
    place: String,
    catalog: Catalog,
    rows: BTreeMap<QualifiedName, u64>,
    /// The schemas that are served.
    schemas: Vec<Name>,
}

/// Makes a project in `folder` that serves the database at `url`.
pub(super) fn run(folder: &Path, url: &str) -> Result<()> {
    let found = look(folder, url)?;
    report(&found)?;
    let schemas: Vec<&str> = found.schemas.iter().map(|schema| &**schema).collect();
    let rules = template(&found.catalog, &schemas);
    let environment = format!(
        "{}\n# The database. A variable of the process of the same name comes first.\n{VARIABLE}={url}\n",
        environment()?
    );
    write(folder, "underpin.toml", &settings(&schemas), 0o644)?;
    write(folder, "policies/rules.sql", &rules, 0o644)?;
    write(folder, ".env", &environment, 0o600)?;
    if !folder.join(".gitignore").exists() {
        write(folder, ".gitignore", IGNORED, 0o644)?;
    }
    let shown = folder.display();
    output::line(&format!(
        "Made a project in {shown}. Open tables in policies/rules.sql. Next: underpin dev {shown}"
    ))
}

fn settings(schemas: &[&str]) -> String {
    let schemas: Vec<String> = schemas.iter().map(|name| toml_text(name)).collect();
    format!(
        "# The settings of the project. Every setting has a default; `docs/settings.md` lists them.

[database]
url = \"env:{VARIABLE}\"
# The database is not the project's to change: rules for it stand in policies/*.sql, and nothing is migrated.
existing = true

[api]
schemas = [{}]
",
        schemas.join(", ")
    )
}

/// Returns a text as TOML quotes it.
fn toml_text(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

fn look(folder: &Path, url: &str) -> Result<Found> {
    let flags = [
        format!("database.url={url}"),
        "database.existing=true".to_owned(),
    ];
    let settings = Settings::load(&Sources {
        project: folder.to_owned(),
        environment: Vec::new(),
        flags: flags.to_vec(),
    })?;
    let store = Store::open(store_settings(&settings))?;
    let runtime = running::runtime(&settings.server)?;
    let looked = runtime.block_on(async {
        store.start().await?;
        store.estimated_rows().await
    });
    let catalog = store.schema().catalog.clone();
    store.close();
    Ok(Found {
        place: settings.database.place.shown(),
        rows: looked?,
        schemas: served(&catalog),
        catalog,
    })
}

/// Returns the schemas to serve: `public` when there is anything in it, otherwise every one that has a table or view.
fn served(catalog: &Catalog) -> Vec<Name> {
    let mut schemas: Vec<Name> = Vec::new();
    for name in catalog.tables.keys().chain(catalog.views.keys()) {
        if !schemas.contains(&name.schema) {
            schemas.push(name.schema.clone());
        }
    }
    schemas.sort();
    let public = Name::from("public");
    if schemas.contains(&public) || schemas.is_empty() {
        return vec![public];
    }
    schemas
}

fn report(found: &Found) -> Result<()> {
    let is_served = |name: &QualifiedName| found.schemas.contains(&name.schema);
    output::line(&format!(
        "Read {}; nothing in it was changed.\n",
        found.place
    ))?;
    let mut table = output::Table::new(&["name", "kind", "rows", "key", "remarks"]);
    for it in found
        .catalog
        .tables
        .values()
        .filter(|it| is_served(&it.name))
    {
        let key = it.primary_key_columns().join(", ");
        table.row(vec![
            shown(&it.name),
            "table".to_owned(),
            rows(found, &it.name),
            key,
            remarks(it),
        ]);
    }
    for it in found
        .catalog
        .views
        .values()
        .filter(|it| is_served(&it.name))
    {
        let kind = if it.materialized {
            "materialized view"
        } else {
            "view"
        };
        table.row(vec![
            shown(&it.name),
            kind.to_owned(),
            rows(found, &it.name),
            String::new(),
            String::new(),
        ]);
    }
    table.print(false)?;
    relationships(found)?;
    closed(found)
}

fn rows(found: &Found, name: &QualifiedName) -> String {
    match found.rows.get(name) {
        Some(rows) => rows.to_string(),
        None => "?".to_owned(),
    }
}

/// Returns what cannot be done with a table, and why.
fn remarks(table: &Table) -> String {
    let mut remarks = Vec::new();
    if table.primary_key.is_none() {
        remarks.push("no primary key: rows are changed by filters alone".to_owned());
    }
    let is_opaque = |ty: &Type| matches!(ty, Type::Opaque(_));
    let opaque: Vec<&str> = table
        .columns
        .iter()
        .filter(|column| is_opaque(&column.ty.ty))
        .map(|column| &*column.name)
        .collect();
    if !opaque.is_empty() {
        remarks.push(format!(
            "{}: of a type that the database alone knows, as it prints it",
            opaque.join(", ")
        ));
    }
    remarks.join("; ")
}

fn relationships(found: &Found) -> Result<()> {
    let is_served = |name: &QualifiedName| found.schemas.contains(&name.schema);
    let mut table = output::Table::new(&["from", "to", "known by"]);
    let mut count = 0;
    for it in found
        .catalog
        .tables
        .values()
        .filter(|it| is_served(&it.name))
    {
        for key in &it.foreign_keys {
            count += 1;
            table.row(vec![
                format!("{} ({})", shown(&it.name), key.columns.join(", ")),
                format!(
                    "{} ({})",
                    shown(&key.references),
                    key.referenced_columns.join(", ")
                ),
                format!("foreign key {}", key.name),
            ]);
        }
    }
    for guess in guesses(&found.catalog) {
        if is_served(&guess.table) {
            count += 1;
            table.row(vec![
                format!("{} ({})", shown(&guess.table), guess.column),
                format!("{} ({})", shown(&guess.references), guess.key),
                "a guess: declare it in policies/rules.sql".to_owned(),
            ]);
        }
    }
    if count == 0 {
        return Ok(());
    }
    output::line("")?;
    table.print(false)
}

fn closed(found: &Found) -> Result<()> {
    let of_junctions = Relationships::find(&found.catalog);
    let many = found
        .catalog
        .tables
        .keys()
        .flat_map(|name| of_junctions.from(name))
        .filter(|relationship| relationship.junction.is_some())
        .count();
    if many > 0 {
        output::line(&format!(
            "\n{} relationships of many to many follow from tables between two others.",
            many / 2
        ))?;
    }
    let mut others: Vec<&str> = found
        .catalog
        .tables
        .keys()
        .map(|name| &*name.schema)
        .filter(|schema| !found.schemas.iter().any(|served| **served == **schema))
        .collect();
    others.dedup();
    if !others.is_empty() {
        output::line(&format!(
            "\nNot served unless `api.schemas` names them: {}.",
            others.join(", ")
        ))?;
    }
    output::line(
        "\nClosed until a policy or grant opens it: every table, view and function answers the secret key alone.",
    )
}

fn shown(name: &QualifiedName) -> String {
    match &*name.schema {
        "public" => name.name.to_string(),
        _ => name.to_string(),
    }
}
