//! `declare`: variables, their types and first values.

use underpin_base::{Code, Error, Name, Result};

use super::compile::Compiler;
use super::scope::{Known, Row};
use super::syntax::{Declaration, DeclaredType};
use crate::grammar;
use crate::tree::{Expr, Step, StepKind};
use crate::types::{ColumnType, Type};

impl Compiler<'_> {
    pub(super) fn declare(&mut self, declaration: &Declaration) -> Result<Vec<Step>> {
        let name = &declaration.name;
        let ty = match &declaration.ty {
            DeclaredType::Record => {
                let row = Row {
                    is_record: true,
                    ..Row::default()
                };
                self.variables.name(name.clone(), Known::Row(row));
                return Ok(Vec::new());
            }
            DeclaredType::Alias(path) => return self.alias(name, path),
            DeclaredType::Row(path) => return self.declare_row(declaration, path),
            DeclaredType::Of(path) => self.type_of(path)?,
            DeclaredType::Named(text) => {
                let named = grammar::column_type_text(text, self.resolver)?;
                if let Type::Composite(composite) = &named.column.ty {
                    let row = self.variables.row(
                        &composite.fields,
                        Some(composite.name.clone()),
                        false,
                    )?;
                    return self.initial_row(declaration, row);
                }
                named.column
            }
        };
        let default = match &declaration.default {
            Some(default) => Some(self.value(default, &ty)?),
            None => None,
        };
        let variable = self.variables.add(name, ty.clone())?;
        let known = Known::Value {
            variable,
            constant: declaration.constant,
        };
        self.variables.name(name.clone(), known);
        if let Some(slot) = self.variables.all.get_mut(variable) {
            slot.not_null = declaration.not_null;
        }
        if default.is_none() && declaration.not_null {
            return Err(Error::new(
                Code::new("22004"),
                format!(
                    "variable \"{name}\" must have a default value, since it's declared NOT NULL"
                ),
            ));
        }
        let value = default.unwrap_or_else(|| Expr::null(ty.ty));
        Ok(vec![Step {
            line: declaration.line,
            kind: self.set(variable, value)?,
        }])
    }

    fn initial_row(&mut self, declaration: &Declaration, row: Row) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        for (_, variable) in &row.columns {
            steps.push(Step {
                line: declaration.line,
                kind: StepKind::Set {
                    variable: *variable,
                    value: Box::new(Expr::null(self.variables.ty(*variable).ty)),
                },
            });
        }
        if let Some(default) = &declaration.default {
            let kinds = self.assign_row(&row, default)?;
            steps.extend(kinds.into_iter().map(|kind| Step {
                line: declaration.line,
                kind,
            }));
        }
        self.variables
            .name(declaration.name.clone(), Known::Row(row));
        Ok(steps)
    }

    fn declare_row(&mut self, declaration: &Declaration, path: &[Name]) -> Result<Vec<Step>> {
        let (schema, name) = match path {
            [name] => (None, name),
            [schema, name] => (Some(&**schema), name),
            _ => return Err(Error::new(Code::SYNTAX, "invalid %ROWTYPE")),
        };
        let Some(relation) = self.resolver.relation(schema, name) else {
            return Err(Error::new(
                Code::UNDEFINED_TABLE,
                format!("relation \"{name}\" does not exist"),
            ));
        };
        let row = self
            .variables
            .row(&relation.columns, Some(relation.name), false)?;
        self.initial_row(declaration, row)
    }

    /// Returns the type of a variable, or of a table's column.
    fn type_of(&self, path: &[Name]) -> Result<ColumnType> {
        let column = |schema: Option<&str>, table: &Name, column: &Name| {
            let relation = self.resolver.relation(schema, table).ok_or_else(|| {
                Error::new(
                    Code::UNDEFINED_TABLE,
                    format!("relation \"{table}\" does not exist"),
                )
            })?;
            let found = relation.columns.iter().find(|(name, _)| name == column);
            found.map(|(_, ty)| ty.clone()).ok_or_else(|| {
                Error::new(
                    Code::UNDEFINED_COLUMN,
                    format!("column \"{column}\" of relation \"{table}\" does not exist"),
                )
            })
        };
        match path {
            [name] => match self.variables.find(name) {
                Some(Known::Value { variable, .. }) => Ok(self.variables.ty(*variable)),
                _ => Err(Error::new(
                    Code::SYNTAX,
                    format!("\"{name}\" is not a known variable"),
                )),
            },
            [row, field] if self.variables.find(row).is_some() => {
                let target = self.target(&[row.clone(), field.clone()])?;
                Ok(self.variables.ty(target))
            }
            [table, name] => column(None, table, name),
            [schema, table, name] => column(Some(schema), table, name),
            _ => Err(Error::new(Code::SYNTAX, "invalid %TYPE")),
        }
    }

    fn alias(&mut self, name: &Name, path: &[Name]) -> Result<Vec<Step>> {
        let known = match path {
            [one] => self.variables.find(one).cloned(),
            _ => None,
        };
        match known {
            // Another name of the same variable would hide the first: it is a copy, which differs only for who sets both.
            Some(Known::Value { variable, .. }) => {
                let value = self.parameter(variable);
                let ty = self.variables.ty(variable);
                let copy = self.variables.value(name, ty)?;
                Ok(vec![Step {
                    line: 1,
                    kind: self.set(copy, value)?,
                }])
            }
            Some(row @ Known::Row(_)) => {
                self.variables.name(name.clone(), row);
                Ok(Vec::new())
            }
            None => Err(Error::new(
                Code::UNDEFINED_OBJECT,
                format!("variable \"{}\" does not exist", path.join(".")),
            )),
        }
    }
}
