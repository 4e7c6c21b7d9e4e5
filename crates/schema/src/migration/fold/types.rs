//! `create type`, `alter type`: enumerations and composite types.

use std::sync::Arc;

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::grammar::{self, Path};
use underpin_sql::types::{CompositeType, EnumType, Type};

use super::lookup::path_of;
use super::read::{missing, string};
use super::rename::{Retype, relabelled_enum};
use super::{Fold, refused};
use crate::migration::Operation;

/// Longest label of an enumeration, in bytes.
const LABEL_MAX: usize = 63;

impl Fold {
    /// Folds `create type`.
    pub(super) fn create_type(&mut self, node: &ast::CreateType) -> Result<()> {
        let path = grammar::path(node.type_name().and_then(|name| name.path()).as_ref())?;
        let name = self.new_name(&path)?;
        self.free_type(&name)?;
        match node.kind() {
            Some(ast::CreateTypeKind::EnumType(kind)) => {
                let mut labels: Vec<Name> = Vec::new();
                let list = kind.variant_list();
                for variant in list.iter().flat_map(ast::VariantList::variants) {
                    let label = label(variant.literal().as_ref())?;
                    if labels.contains(&label) {
                        return Err(Error::new(
                            Code::UNIQUE,
                            format!("enum label \"{label}\" used more than once"),
                        ));
                    }
                    labels.push(label);
                }
                let ty = Arc::new(EnumType {
                    name: name.clone(),
                    labels,
                });
                self.catalog.enums.insert(name, ty);
            }
            Some(ast::CreateTypeKind::CompositeType(kind)) => {
                let mut fields: Vec<(Name, _)> = Vec::new();
                let list = kind.composite_field_list();
                for field in list
                    .iter()
                    .flat_map(ast::CompositeFieldList::composite_field_defs)
                {
                    let field_name = grammar::name(field.name().as_ref())?;
                    if fields.iter().any(|(other, _)| *other == field_name) {
                        return Err(Error::new(
                            Code::DUPLICATE_COLUMN,
                            format!("column \"{field_name}\" specified more than once"),
                        ));
                    }
                    let ty = self.column_type(field.ty().as_ref())?;
                    fields.push((field_name, ty.column));
                }
                let ty = Arc::new(CompositeType {
                    name: name.clone(),
                    fields,
                });
                self.catalog.composites.insert(name, ty);
            }
            Some(ast::CreateTypeKind::RangeType(_)) => {
                return Err(refused(
                    "range types are not supported",
                    "Use two columns, a beginning and an end, with a check that the first is not after the second.",
                ));
            }
            Some(ast::CreateTypeKind::BaseType(_)) | None => {
                return Err(refused(
                    "base types are not supported",
                    "Use a domain over an existing type.",
                ));
            }
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Checks that no type or relation has that name.
    pub(super) fn free_type(&self, name: &QualifiedName) -> Result<()> {
        if self.type_exists(name)
            || self.catalog.tables.contains_key(name)
            || self.catalog.views.contains_key(name)
        {
            return Err(Error::new(
                Code::DUPLICATE_OBJECT,
                format!("type \"{}\" already exists", name.name),
            ));
        }
        Ok(())
    }

    /// Folds `alter type`.
    pub(super) fn alter_type(&mut self, node: &ast::AlterType) -> Result<()> {
        let path = path_of(node.type_name_ref().as_ref())?;
        let name = self.type_name(&path)?;
        self.refuse_platform(&name)?;
        match node.action().ok_or_else(missing)? {
            ast::AlterTypeAction::AddValue(add) => self.add_value(&name, &add),
            ast::AlterTypeAction::RenameValue(rename) => {
                let from = label(rename.from().as_ref())?;
                let to = label(rename.to().as_ref())?;
                self.rename_value(&name, &from, &to)
            }
            ast::AlterTypeAction::TypeRenameTo(rename) => {
                let to = grammar::path(rename.type_name().and_then(|it| it.path()).as_ref())?;
                let to = QualifiedName::new(name.schema.clone(), to.name);
                self.rename_type(&name, to)
            }
            ast::AlterTypeAction::SetSchema(set) => {
                let schema = self.existing_schema(set.schema_ref().as_ref())?;
                let to = QualifiedName::new(schema, name.name.clone());
                self.rename_type(&name, to)
            }
            ast::AlterTypeAction::OwnerTo(_) => {
                self.push(Operation::CatalogOnly);
                Ok(())
            }
            ast::AlterTypeAction::AlterTypeAttributeActionList(_)
            | ast::AlterTypeAction::RenameAttribute(_) => Err(refused(
                "the fields of a composite type cannot be changed",
                "Make a new type, alter the columns to it, and drop the old one.",
            )),
            ast::AlterTypeAction::SetOptions(_) => Err(refused(
                "options of a type are not supported",
                "Leave them out.",
            )),
        }
    }

    /// Returns the name of the enum or composite type of that path.
    fn type_name(&self, path: &Path) -> Result<QualifiedName> {
        self.search()
            .find(path.schema.as_deref(), &path.name, |catalog, name| {
                catalog.enums.contains_key(name) || catalog.composites.contains_key(name)
            })
            .ok_or_else(|| {
                Error::new(
                    Code::UNDEFINED_OBJECT,
                    format!("type \"{path}\" does not exist"),
                )
            })
    }

    fn enumeration(&self, name: &QualifiedName) -> Result<Arc<EnumType>> {
        self.catalog.enums.get(name).cloned().ok_or_else(|| {
            Error::new(
                Code::WRONG_OBJECT_TYPE,
                format!("\"{}\" is not an enum", name.name),
            )
        })
    }

    fn add_value(&mut self, name: &QualifiedName, node: &ast::AddValue) -> Result<()> {
        let before = self.enumeration(name)?;
        let new = label(node.literal().as_ref())?;
        if before.labels.contains(&new) {
            if node.if_not_exists().is_some() {
                self.note(format!("enum label \"{new}\" already exists, skipping"));
                self.push(Operation::CatalogOnly);
                return Ok(());
            }
            return Err(Error::new(
                Code::DUPLICATE_OBJECT,
                format!("enum label \"{new}\" already exists"),
            ));
        }
        let neighbour = |literal: Option<ast::Literal>| -> Result<usize> {
            let neighbour = label(literal.as_ref())?;
            before
                .labels
                .iter()
                .position(|label| *label == neighbour)
                .ok_or_else(|| {
                    Error::new(
                        Code::INVALID_PARAMETER,
                        format!("\"{neighbour}\" is not an existing enum label"),
                    )
                })
        };
        let position = match node.value_position() {
            Some(ast::ValuePosition::BeforeValue(it)) => neighbour(it.literal())?,
            Some(ast::ValuePosition::AfterValue(it)) => neighbour(it.literal())? + 1,
            None => before.labels.len(),
        };
        let mut labels = before.labels.clone();
        labels.insert(position, new);
        let after = EnumType {
            name: name.clone(),
            labels,
        };
        self.set_enum(name, after, None);
        Ok(())
    }

    fn rename_value(&mut self, name: &QualifiedName, from: &Name, to: &Name) -> Result<()> {
        let before = self.enumeration(name)?;
        if !before.labels.contains(from) {
            return Err(Error::new(
                Code::INVALID_PARAMETER,
                format!("\"{from}\" is not an existing enum label"),
            ));
        }
        if before.labels.contains(to) {
            return Err(Error::new(
                Code::DUPLICATE_OBJECT,
                format!("enum label \"{to}\" already exists"),
            ));
        }
        let after = relabelled_enum(&before, from, to);
        self.set_enum(name, after, Some((from, to)));
        Ok(())
    }

    fn rename_type(&mut self, name: &QualifiedName, to: QualifiedName) -> Result<()> {
        self.refuse_platform(&to)?;
        self.free_type(&to)?;
        if let Some(before) = self.catalog.enums.remove(name) {
            self.former_enums.insert(name.clone(), before.clone());
            let after = EnumType {
                name: to,
                labels: before.labels.clone(),
            };
            self.set_enum(name, after, None);
        } else if let Some(before) = self.catalog.composites.remove(name) {
            let after = Arc::new(CompositeType {
                name: to.clone(),
                fields: before.fields.clone(),
            });
            self.catalog.composites.insert(to, after.clone());
            self.retype(&Retype {
                from: name,
                to: &Type::Composite(after),
                label: None,
            });
        }
        Ok(())
    }

    /// Puts an enum in its new form, wherever it is.
    fn set_enum(&mut self, name: &QualifiedName, after: EnumType, label: Option<(&str, &str)>) {
        let after = Arc::new(after);
        self.catalog.enums.insert(after.name.clone(), after.clone());
        self.retype(&Retype {
            from: name,
            to: &Type::Enum(after),
            label,
        });
    }
}

/// Reads the label of an enumeration.
fn label(literal: Option<&ast::Literal>) -> Result<Name> {
    let label = string(literal)?;
    if label.len() > LABEL_MAX {
        return Err(Error::new(
            Code::new("42602"),
            format!("invalid enum label \"{label}\""),
        )
        .details(format!("Labels must be {LABEL_MAX} bytes or less.")));
    }
    Ok(Name::from(label))
}
