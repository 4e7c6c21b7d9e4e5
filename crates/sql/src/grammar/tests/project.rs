//! A project that is known to the tests: a resolver of a few tables, types and routines.

use std::sync::Arc;

use underpin_base::{Name, QualifiedName};

use crate::grammar::{NamedType, Parameter, Relation, Resolver, Routine, RoutineResult};
use crate::tree::RoutineId;
use crate::types::{ColumnType, CompositeType, EnumType, Modifier, Type};

pub(crate) struct Project;

fn columns(written: &[(&str, Type)]) -> Vec<(Name, ColumnType)> {
    written
        .iter()
        .map(|(name, ty)| (Name::from(*name), ColumnType::plain(ty.clone())))
        .collect()
}

pub(crate) fn mood() -> Type {
    Type::Enum(Arc::new(EnumType {
        name: QualifiedName::public("mood"),
        labels: vec!["sad".into(), "ok".into(), "happy".into()],
    }))
}

fn point() -> Type {
    Type::Composite(Arc::new(CompositeType {
        name: QualifiedName::public("spot"),
        fields: columns(&[("x", Type::Int4), ("label", Type::Text)]),
    }))
}

fn things() -> Vec<(Name, ColumnType)> {
    let mut columns = columns(&[
        ("id", Type::Int4),
        ("big", Type::Int8),
        ("small", Type::Int2),
        ("price", Type::Numeric),
        ("rate", Type::Float8),
        ("name", Type::Text),
        ("code", Type::Varchar),
        ("flag", Type::Bool),
        ("day", Type::Date),
        ("at", Type::TimestampTz),
        ("ts", Type::Timestamp),
        ("span", Type::Interval),
        ("data", Type::Jsonb),
        ("doc", Type::Json),
        ("tags", Type::Text.array()),
        ("nums", Type::Int4.array()),
        ("owner", Type::Uuid),
        ("mood", mood()),
        ("spot", point()),
        ("raw", Type::Bytea),
    ]);
    columns[3].1.modifier = Some(Modifier::Precision(10, 2));
    columns[6].1.modifier = Some(Modifier::Length(10));
    columns
}

impl Resolver for Project {
    fn relation(&self, schema: Option<&str>, name: &str) -> Option<Relation> {
        let (schema_name, is_view, columns, key) = match (schema, name) {
            (None | Some("public"), "t") => ("public", false, things(), "id"),
            (None | Some("public"), "u") => (
                "public",
                false,
                columns(&[
                    ("id", Type::Int4),
                    ("t_id", Type::Int4),
                    ("name", Type::Text),
                    ("amount", Type::Int8),
                ]),
                "id",
            ),
            (None | Some("public"), "Odd Name") => {
                ("public", false, columns(&[("Key", Type::Int4)]), "Key")
            }
            (None | Some("public"), "v") => (
                "public",
                true,
                columns(&[("id", Type::Int4), ("total", Type::Numeric)]),
                "",
            ),
            (Some("auth"), "users") => (
                "auth",
                false,
                columns(&[("id", Type::Uuid), ("email", Type::Varchar)]),
                "id",
            ),
            _ => return None,
        };
        Some(Relation {
            name: QualifiedName::new(schema_name, name),
            is_view,
            columns,
            keys: if key.is_empty() {
                Vec::new()
            } else {
                vec![(format!("{name}_pkey").into(), vec![key.into()])]
            },
            primary_key: if key.is_empty() {
                Vec::new()
            } else {
                vec![key.into()]
            },
        })
    }

    fn named_type(&self, schema: Option<&str>, name: &str) -> Option<NamedType> {
        let plain = |ty: Type| NamedType {
            column: ColumnType::plain(ty),
            domain: None,
        };
        match (schema, name) {
            (None | Some("public"), "mood") => Some(plain(mood())),
            (None | Some("public"), "spot") => Some(plain(point())),
            (None | Some("public"), "u") => Some(plain(Type::Composite(Arc::new(CompositeType {
                name: QualifiedName::public("u"),
                fields: self.relation(None, "u")?.columns,
            })))),
            (None | Some("public"), "posint") => Some(NamedType {
                column: ColumnType::plain(Type::Int4),
                domain: Some(QualifiedName::public("posint")),
            }),
            _ => None,
        }
    }

    fn routines(&self, schema: Option<&str>, name: &str) -> Vec<Routine> {
        if !matches!(schema, None | Some("public")) {
            return Vec::new();
        }
        match name {
            "add" => vec![
                routine(
                    name,
                    &[("a", Type::Int4, None), ("b", Type::Int4, Some("10"))],
                    Type::Int4,
                ),
                routine(
                    name,
                    &[
                        ("a", Type::Text, None),
                        ("b", Type::Text, None),
                        ("c", Type::Text, None),
                    ],
                    Type::Text,
                ),
            ],
            "my_teams" => vec![Routine {
                result: RoutineResult {
                    ty: Type::Int4,
                    set: true,
                    columns: Vec::new(),
                },
                ..routine(name, &[("who", Type::Uuid, None)], Type::Int4)
            }],
            "found" => vec![Routine {
                result: RoutineResult {
                    ty: Type::Record,
                    set: true,
                    columns: vec![("id".into(), Type::Int4), ("label".into(), Type::Text)],
                },
                ..routine(name, &[], Type::Record)
            }],
            "joined" => vec![Routine {
                variadic: true,
                ..routine(
                    name,
                    &[
                        ("separator", Type::Text, None),
                        ("parts", Type::Text.array(), None),
                    ],
                    Type::Text,
                )
            }],
            "upper" => vec![routine(name, &[("a", Type::Uuid, None)], Type::Text)],
            _ => Vec::new(),
        }
    }
}

fn routine(name: &str, parameters: &[(&str, Type, Option<&str>)], result: Type) -> Routine {
    Routine {
        id: RoutineId {
            name: QualifiedName::public(name),
            parameters: parameters.iter().map(|(_, ty, _)| ty.clone()).collect(),
        },
        parameters: parameters
            .iter()
            .map(|(name, ty, default)| Parameter {
                name: Some(Name::from(*name)),
                ty: ty.clone(),
                default: default.map(str::to_owned),
            })
            .collect(),
        variadic: false,
        is_query: true,
        result: RoutineResult {
            ty: result,
            set: false,
            columns: Vec::new(),
        },
    }
}
