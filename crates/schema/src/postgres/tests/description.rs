//! A catalog as lines, so that two can be compared.

use std::collections::BTreeSet;

use underpin_base::Name;

use crate::catalog::{
    Catalog, Column, Generated, Grants, Index, Privilege, Relationships, Routine, Table, View,
};

const ROLES: [&str; 3] = ["anon", "authenticated", "service_role"];

/// Returns what requests are planned with, in lines.
pub(super) fn lines(catalog: &Catalog) -> BTreeSet<String> {
    let mut lines = BTreeSet::new();
    for (schema, comment) in &catalog.schemas {
        let users = catalog.schema_usage.get(schema);
        let users: Vec<_> = ROLES
            .iter()
            .filter(|role| {
                users.is_some_and(|users| users.contains(**role) || users.contains("public"))
            })
            .collect();
        lines.insert(format!("schema {schema}: {comment:?} {users:?}"));
    }
    for (name, found) in &catalog.enums {
        lines.insert(format!("enum {name}: {:?}", found.labels));
    }
    for (name, found) in &catalog.composites {
        let fields = found.fields.iter().map(|(name, ty)| format!("{name} {ty}"));
        lines.insert(format!(
            "composite {name}: {:?}",
            fields.collect::<Vec<_>>()
        ));
    }
    for (name, found) in &catalog.domains {
        let checks: Vec<&Name> = found.checks.iter().map(|check| &check.name).collect();
        lines.insert(format!(
            "domain {name}: {} {} {checks:?}",
            found.base, found.not_null
        ));
    }
    for name in catalog.sequences.keys() {
        lines.insert(format!("sequence {name}"));
    }
    for (role, settings) in &catalog.role_settings {
        lines.insert(format!("role {role} set {settings:?}"));
    }
    catalog.tables.values().for_each(|it| table(it, &mut lines));
    catalog
        .views
        .values()
        .for_each(|it| view(catalog, it, &mut lines));
    catalog
        .routines
        .values()
        .flatten()
        .for_each(|it| routine(it, &mut lines));
    relationships(catalog, &mut lines);
    lines
}

fn table(table: &Table, lines: &mut BTreeSet<String>) {
    let name = &table.name;
    lines.insert(format!(
        "table {name}: rls {} {:?}",
        table.row_security, table.comment
    ));
    for (index, found) in table.columns.iter().enumerate() {
        lines.insert(format!("table {name} column {index} {}", column(found)));
    }
    if let Some(key) = &table.primary_key {
        lines.insert(format!("table {name} {key:?}"));
    }
    for key in &table.uniques {
        lines.insert(format!("table {name} unique {key:?}"));
    }
    for key in &table.foreign_keys {
        lines.insert(format!("table {name} {key:?}"));
    }
    for check in &table.checks {
        lines.insert(format!(
            "table {name} check {} {:?}",
            check.name, check.domain
        ));
    }
    for index in table
        .indexes
        .iter()
        .filter(|it| it.unique || !it.exclusion.is_empty())
    {
        lines.insert(format!("table {name} {}", key_index(index)));
    }
    for policy in &table.policies {
        lines.insert(format!(
            "table {name} policy {} {} {:?} {:?} {} {}",
            policy.name,
            policy.permissive,
            policy.command,
            policy.roles,
            policy.using.is_some(),
            policy.check.is_some(),
        ));
    }
    grants(&format!("table {name}"), &table.grants, lines);
}

fn column(column: &Column) -> String {
    let generated = match &column.generated {
        None => "",
        Some(Generated::IdentityAlways) => " identity always",
        Some(Generated::IdentityByDefault) => " identity",
        Some(Generated::Stored(_)) => " stored",
    };
    let domain = column.domain.as_ref().map(|it| format!(" as {it}"));
    format!(
        "{} {}{}{}{generated}{} {:?}",
        column.name,
        column.ty,
        domain.unwrap_or_default(),
        if column.not_null { " not null" } else { "" },
        if column.default.is_some() {
            " default"
        } else {
            ""
        },
        column.comment,
    )
}

fn key_index(index: &Index) -> String {
    let keys: Vec<String> = index
        .keys
        .iter()
        .map(|key| match &key.column {
            Some(column) => format!("{column}{}", if key.descending { " desc" } else { "" }),
            None => "(expression)".to_owned(),
        })
        .collect();
    format!(
        "index {} unique {} {} {keys:?} filter {} {:?}",
        index.name,
        index.unique,
        index.method,
        index.filter.is_some(),
        index.exclusion,
    )
}

fn view(catalog: &Catalog, view: &View, lines: &mut BTreeSet<String>) {
    let name = &view.name;
    let columns: Vec<String> = view
        .columns
        .iter()
        .map(|(name, ty)| format!("{name} {ty}"))
        .collect();
    lines.insert(format!(
        "view {name}: {columns:?} {:?} {:?}",
        view.comment, view.column_comments
    ));
    lines.insert(format!(
        "view {name} invoker {} kept {}",
        view.security_invoker, view.materialized
    ));
    lines.insert(format!("view {name} check option {:?}", view.check_option));
    let behind = catalog
        .behind(view)
        .map(|(table, columns)| format!("{} {columns:?}", table.name));
    lines.insert(format!("view {name} writes {behind:?}"));
    grants(&format!("view {name}"), &view.grants, lines);
}

fn routine(routine: &Routine, lines: &mut BTreeSet<String>) {
    let id = &routine.id;
    let types: Vec<String> = id.parameters.iter().map(ToString::to_string).collect();
    let name = format!("routine {}({})", id.name, types.join(", "));
    let arguments: Vec<String> = routine
        .arguments
        .iter()
        .map(|it| format!("{:?} default {}", it.name, it.default.is_some()))
        .collect();
    let columns = |columns: &[(Name, underpin_sql::types::Type)]| {
        let columns = columns.iter().map(|(name, ty)| format!("{name} {ty}"));
        columns.collect::<Vec<_>>()
    };
    lines.insert(format!(
        "{name}: {arguments:?} variadic {} returns {} set {} {:?} out {:?} trigger {}",
        routine.variadic,
        routine.result.ty,
        routine.result.set,
        columns(&routine.result.columns),
        columns(&routine.outputs),
        routine.is_trigger,
    ));
    lines.insert(format!(
        "{name}: {:?} strict {} rows {:?} definer {} path {:?} {:?}",
        routine.volatility,
        routine.strict,
        routine.rows,
        routine.security_definer,
        routine.search_path,
        routine.comment,
    ));
    let may: Vec<_> = ROLES
        .iter()
        .filter(|role| {
            let executors = routine.executors.as_ref();
            executors.is_none_or(|it| it.iter().any(|it| &**it == **role || &**it == "public"))
        })
        .collect();
    lines.insert(format!("{name}: executed by {may:?}"));
}

fn grants(of: &str, grants: &Grants, lines: &mut BTreeSet<String>) {
    for (role, privileges) in &grants.table {
        if &**role != "postgres" {
            lines.insert(format!("{of} to {role}: {privileges:?}"));
        }
    }
    for (role, columns) in &grants.columns {
        for (column, privileges) in columns {
            // What is granted on the whole table is granted on each column.
            let privileges: Vec<&Privilege> = privileges
                .iter()
                .filter(|privilege| !grants.on_table(role, **privilege))
                .collect();
            if !privileges.is_empty() {
                lines.insert(format!("{of} column {column} to {role}: {privileges:?}"));
            }
        }
    }
}

fn relationships(catalog: &Catalog, lines: &mut BTreeSet<String>) {
    let found = Relationships::find(catalog);
    for source in found.sources() {
        for relationship in found.from(source) {
            lines.insert(format!("{relationship:?}"));
        }
    }
}
