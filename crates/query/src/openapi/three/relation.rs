//! Tables and views: their rows, what a new or changed row may say, and the methods that the caller may use.

use std::collections::BTreeMap;

use underpin_base::Name;
use underpin_schema::catalog::{Column as TableColumn, Generated, Privilege};
use underpin_sql::types::Type;

use super::super::definition::{default_value, description, literal};
use super::super::ordered::{Json, Object};
use super::super::{Column, Relation, Rights, World, columns, comment};
use super::schema::json_type;
use super::{key, operation, parameter, reference, schema, segment, with_error};

const OBJECT_MEDIA_TYPE: &str = "application/vnd.pgrst.object+json";

/// Returns the schemas of rows and of their forms by key, and that of an error.
pub(super) fn schemas(world: World<'_>, rights: &Rights<'_>, relations: &[Relation<'_>]) -> Object {
    let mut all: Vec<(String, Json)> = vec![("error.body".to_owned(), error().into())];
    for relation in relations {
        let key = key(&relation.name().name);
        all.push((key.clone(), row(world, rights, *relation).into()));
        for (privilege, name) in [(Privilege::Insert, "insert"), (Privilege::Update, "update")] {
            if rights.may_use(*relation, privilege) {
                let form = form(rights, *relation, privilege);
                all.push((format!("{key}.{name}"), form.into()));
            }
        }
    }
    all.into_iter().collect()
}

/// The four members of every error.
fn error() -> Object {
    let text = |nullable: bool| match nullable {
        true => Object::new().with("type", vec!["string", "null"]),
        false => Object::new().with("type", "string"),
    };
    let members = Object::new()
        .with("code", text(false))
        .with("message", text(false))
        .with(
            "details",
            Object::new().with("description", "A text, or more in JSON"),
        )
        .with("hint", text(true));
    Object::new()
        .with("type", "object")
        .with("required", vec!["code", "message", "details", "hint"])
        .with("properties", members)
}

/// A row as it is read. Nothing of it is required: `select` chooses.
fn row(world: World<'_>, rights: &Rights<'_>, relation: Relation<'_>) -> Object {
    let members = columns(rights, relation, |column| {
        let readable = rights.has_column(relation, column.name, Privilege::Select);
        let nullable = column.of_table.is_none_or(|of_table| !of_table.not_null);
        let property = of_column(column, nullable)
            .with_some("description", description(world, relation, column));
        readable.then(|| (column.name.to_owned(), property.into()))
    });
    Object::new()
        .with_some("description", comment(&relation))
        .with("type", "object")
        .with(
            "properties",
            members.into_iter().flatten().collect::<Object>(),
        )
}

/// A view does not keep how long its columns may be.
fn of_column(column: &Column<'_>, nullable: bool) -> Object {
    match column.of_table {
        Some(_) => schema::of_column(column.ty, nullable),
        None => schema::of_type(&column.ty.ty, nullable),
    }
}

/// What a new row (`Insert`) or a change (`Update`) may say.
fn form(rights: &Rights<'_>, relation: Relation<'_>, privilege: Privilege) -> Object {
    let bases = bases(rights, relation);
    let writable = columns(rights, relation, |column| {
        let base = bases.get(column.name)?;
        let granted = rights.has_column(relation, column.name, privilege);
        (granted && !is_made(base)).then(|| {
            let is_required = privilege == Privilege::Insert && is_required(base);
            (column.name.to_owned(), field(column, base), is_required)
        })
    });
    let writable: Vec<_> = writable.into_iter().flatten().collect();
    let required: Vec<String> = writable
        .iter()
        .filter(|(_, _, is_required)| *is_required)
        .map(|(name, ..)| name.clone())
        .collect();
    let members: Object = writable
        .into_iter()
        .map(|(name, field, _)| (name, field.into()))
        .collect();
    Object::new()
        .with("type", "object")
        .with_some("required", Some(required).filter(|all| !all.is_empty()))
        .with("properties", members)
}

/// Returns the column of a table that is written by each column of `relation`; what a view computes is written by none.
fn bases<'a>(rights: &Rights<'a>, relation: Relation<'a>) -> BTreeMap<&'a str, &'a TableColumn> {
    match relation {
        Relation::Table(table) => table
            .columns
            .iter()
            .map(|column| (&*column.name, column))
            .collect(),
        Relation::View(view) => {
            let Some((table, behind)) = rights.world().catalog.behind(view) else {
                return BTreeMap::new();
            };
            let shown = view.columns.iter().zip(behind);
            shown
                .filter_map(|((name, _), column)| Some((&**name, table.column(&column?)?)))
                .collect()
        }
    }
}

fn field(column: &Column<'_>, base: &TableColumn) -> Object {
    let default = base.default.as_ref();
    let constant = default.and_then(|default| constant(&default.text, &base.ty.ty));
    schema::of_column(&base.ty, !base.not_null)
        .with_some("default", constant)
        .with_some("description", column.comment)
}

/// Returns a default that is the same for every row. Those of times are left out: PostgreSQL reads more than JSON Schema's formats allow.
fn constant(text: &str, ty: &Type) -> Option<Json> {
    match ty {
        Type::Uuid | Type::Date | Type::TimestampTz => None,
        _ if json_type(ty) == Some("string") => literal(text).map(Json::from),
        _ => default_value(text, ty),
    }
}

/// Tells whether nobody may give the column a value.
fn is_made(column: &TableColumn) -> bool {
    matches!(
        column.generated,
        Some(Generated::IdentityAlways | Generated::Stored(_))
    )
}

fn is_required(column: &TableColumn) -> bool {
    column.not_null && column.default.is_none() && column.generated.is_none()
}

/// Returns the path of each table and view with the methods that the caller may use.
pub(super) fn paths(rights: &Rights<'_>, relations: &[Relation<'_>]) -> Vec<(String, Json)> {
    relations
        .iter()
        .map(|relation| {
            let path = format!("/{}", segment(&relation.name().name));
            (path, methods(rights, *relation).into())
        })
        .collect()
}

fn methods(rights: &Rights<'_>, relation: Relation<'_>) -> Object {
    let may = |privilege| rights.may_use(relation, privilege).then_some(());
    Object::new()
        .with_some(
            "get",
            may(Privilege::Select).map(|()| read(rights, relation)),
        )
        .with_some(
            "post",
            may(Privilege::Insert).map(|()| insert(rights, relation)),
        )
        .with_some("put", put(rights, relation))
        .with_some(
            "patch",
            may(Privilege::Update).map(|()| update(rights, relation)),
        )
        .with_some(
            "delete",
            may(Privilege::Delete).map(|()| delete(rights, relation)),
        )
}

fn about(relation: Relation<'_>, verb: &str) -> Object {
    let table = &relation.name().name;
    let id = format!("{}.{verb}", key(table));
    operation(table.to_string(), id, comment(&relation))
}

fn read(rights: &Rights<'_>, relation: Relation<'_>) -> Object {
    let keys = [
        "select",
        "order",
        "limit",
        "offset",
        "and",
        "or",
        "range",
        "prefer.read",
    ];
    let profile = parameter::profile(rights.world(), "profile.accept");
    let parameters = [
        parameter::filters(rights, relation),
        parameter::named(&keys),
        profile,
    ]
    .concat();
    let some = |description: &str| rows(relation, description).with("headers", content_range());
    let answers = Object::new()
        .with("200", some("Every row that was asked for"))
        .with("206", some("Some of the rows that were counted"));
    about(relation, "read")
        .with("parameters", parameters)
        .with("responses", with_error(answers))
}

fn insert(rights: &Rights<'_>, relation: Relation<'_>) -> Object {
    let keys = ["select", "columns", "on_conflict", "prefer.insert"];
    let profile = parameter::profile(rights.world(), "profile.content");
    let form = || reference("schemas", &format!("{}.insert", key(&relation.name().name)));
    let many = Object::new().with("type", "array").with("items", form());
    let one_or_many = Object::new().with("oneOf", vec![form(), many.into()]);
    let content = Object::new()
        .with("application/json", media(one_or_many.into()))
        .with("application/x-www-form-urlencoded", media(form()))
        .with(
            "text/csv",
            media(Object::new().with("type", "string").into()),
        );
    let answers = Object::new()
        .with(
            "200",
            rows(
                relation,
                "Rows that were there were changed, and none added",
            ),
        )
        .with(
            "201",
            rows(
                relation,
                "Rows were added; they are in the body if asked for",
            )
            .with("headers", location()),
        );
    about(relation, "insert")
        .with("parameters", [parameter::named(&keys), profile].concat())
        .with("requestBody", Object::new().with("content", content))
        .with("responses", with_error(answers))
}

/// The one row of a key, changed or made: for whoever may do both, where the key is shown.
fn put(rights: &Rights<'_>, relation: Relation<'_>) -> Option<Object> {
    let may = |privilege| rights.may_use(relation, privilege);
    let key = key_columns(rights, relation);
    if key.is_empty() || !may(Privilege::Insert) || !may(Privilege::Update) {
        return None;
    }
    let keys = key
        .iter()
        .map(|column| parameter::key_filter(column).into());
    let profile = parameter::profile(rights.world(), "profile.content");
    let parameters = [
        keys.collect(),
        parameter::named(&["select", "prefer.change"]),
        profile,
    ];
    let form = reference(
        "schemas",
        &format!("{}.insert", super::key(&relation.name().name)),
    );
    let content = Object::new().with("application/json", media(form));
    let made = rows(relation, "The row was added");
    Some(
        about(relation, "put")
            .with("parameters", parameters.concat())
            .with("requestBody", Object::new().with("content", content))
            .with("responses", changed(relation, Some(made))),
    )
}

/// Returns the relation's names for the primary key of the table that is written; none when it does not show the whole key.
fn key_columns(rights: &Rights<'_>, relation: Relation<'_>) -> Vec<String> {
    let key = match relation {
        Relation::Table(table) => table.primary_key_columns(),
        Relation::View(view) => match rights.world().catalog.behind(view) {
            Some((table, _)) => table.primary_key_columns(),
            None => &[],
        },
    };
    let bases = bases(rights, relation);
    let shown = |column: &Name| {
        let found = bases.iter().find(|(_, base)| base.name == *column);
        found.map(|(name, _)| (*name).to_owned())
    };
    let columns: Option<Vec<String>> = key.iter().map(shown).collect();
    columns.unwrap_or_default()
}

fn update(rights: &Rights<'_>, relation: Relation<'_>) -> Object {
    let form = reference("schemas", &format!("{}.update", key(&relation.name().name)));
    let content = Object::new().with("application/json", media(form));
    change(rights, relation, "update")
        .with("requestBody", Object::new().with("content", content))
        .with("responses", changed(relation, None))
}

fn delete(rights: &Rights<'_>, relation: Relation<'_>) -> Object {
    change(rights, relation, "delete").with("responses", changed(relation, None))
}

fn change(rights: &Rights<'_>, relation: Relation<'_>, verb: &str) -> Object {
    let keys = ["select", "order", "and", "or", "prefer.change"];
    let profile = parameter::profile(rights.world(), "profile.content");
    let parameters = [
        parameter::filters(rights, relation),
        parameter::named(&keys),
        profile,
    ]
    .concat();
    about(relation, verb).with("parameters", parameters)
}

fn changed(relation: Relation<'_>, made: Option<Object>) -> Object {
    let nothing = Object::new().with("description", "Done; nothing was asked for");
    let answers = Object::new()
        .with(
            "200",
            rows(relation, "The rows, as they are now or were last"),
        )
        .with_some("201", made)
        .with("204", nothing);
    with_error(answers)
}

/// An answer with rows, in each form that they have.
fn rows(relation: Relation<'_>, description: &str) -> Object {
    let row = || reference("schemas", &key(&relation.name().name));
    let all = Object::new().with("type", "array").with("items", row());
    let content = Object::new()
        .with("application/json", media(all.into()))
        .with(OBJECT_MEDIA_TYPE, media(row()))
        .with(
            "text/csv",
            media(Object::new().with("type", "string").into()),
        );
    Object::new()
        .with("description", description)
        .with("content", content)
}

pub(super) fn media(schema: Json) -> Object {
    Object::new().with("schema", schema)
}

fn content_range() -> Object {
    header(
        "Content-Range",
        "The first and the last row, and the number of all if it was asked for: `0-9/57`",
    )
}

fn location() -> Object {
    header(
        "Location",
        "Where the row is, after `Prefer: return=headers-only`",
    )
}

fn header(name: &str, description: &str) -> Object {
    let header = Object::new()
        .with("description", description)
        .with("schema", Object::new().with("type", "string"));
    Object::new().with(name, header)
}
