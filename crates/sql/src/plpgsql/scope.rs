//! The variables in sight at each point of a body.

use underpin_base::{Code, Error, Name, QualifiedName, Result};

use super::read::OnConflict;
use crate::grammar::{RowVariable, Scope};
use crate::tree::Variable;
use crate::types::{ColumnType, Type};

/// What a name means.
#[derive(Clone, Debug)]
pub(super) enum Known {
    /// A value.
    Value { variable: usize, constant: bool },
    /// A row.
    Row(Row),
}

/// A variable that holds a row: one variable for each column.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    pub(super) columns: Vec<(Name, usize)>,
    /// The table whose row it is.
    pub(super) table: Option<QualifiedName>,
    /// `record`: it takes the columns of whatever is put into it.
    pub(super) is_record: bool,
    /// It may be no row at all.
    pub(super) nullable: bool,
}

/// Everything that has a value, and the names in sight.
#[derive(Debug)]
pub(super) struct Variables {
    pub(super) all: Vec<Variable>,
    levels: Vec<Level>,
    pub(super) routine: Name,
    pub(super) on_conflict: OnConflict,
}

/// The names of one block.
#[derive(Debug, Default)]
struct Level {
    label: Option<Name>,
    names: Vec<(Name, Known)>,
}

/// Most variables of a routine.
const VARIABLES_MAX: usize = 10_000;

impl Variables {
    pub(super) fn new(routine: Name, on_conflict: OnConflict) -> Self {
        Self {
            all: Vec::new(),
            levels: vec![Level::default()],
            routine,
            on_conflict,
        }
    }

    /// Begins a block, whose names are known by its label as well.
    pub(super) fn open(&mut self, label: Option<Name>) {
        self.levels.push(Level {
            label,
            names: Vec::new(),
        });
    }

    pub(super) fn close(&mut self) {
        self.levels.pop();
    }

    /// Adds a variable without a name in sight.
    pub(super) fn add(&mut self, name: &Name, ty: ColumnType) -> Result<usize> {
        if self.all.len() == VARIABLES_MAX {
            return Err(Error::new(
                Code::TOO_COMPLEX,
                format!("the function has more than {VARIABLES_MAX} variables"),
            ));
        }
        self.all.push(Variable {
            name: name.clone(),
            ty,
            not_null: false,
        });
        Ok(self.all.len() - 1)
    }

    /// Gives a meaning to a name in the innermost block.
    pub(super) fn name(&mut self, name: Name, known: Known) {
        if let Some(level) = self.levels.last_mut() {
            level.names.push((name, known));
        }
    }

    /// Adds a value under its name.
    pub(super) fn value(&mut self, name: &Name, ty: ColumnType) -> Result<usize> {
        let variable = self.add(name, ty)?;
        let known = Known::Value {
            variable,
            constant: false,
        };
        self.name(name.clone(), known);
        Ok(variable)
    }

    /// Adds one variable for each of `columns`.
    pub(super) fn row(
        &mut self,
        columns: &[(Name, ColumnType)],
        table: Option<QualifiedName>,
        is_record: bool,
    ) -> Result<Row> {
        let columns = columns
            .iter()
            .map(|(name, ty)| Ok((name.clone(), self.add(name, ty.clone())?)))
            .collect::<Result<_>>()?;
        Ok(Row {
            columns,
            table,
            is_record,
            nullable: false,
        })
    }

    /// Returns what `name` means.
    pub(super) fn find(&self, name: &str) -> Option<&Known> {
        self.levels
            .iter()
            .rev()
            .flat_map(|level| level.names.iter().rev())
            .find(|(known, _)| **known == *name)
            .map(|(_, known)| known)
    }

    /// Returns what `name` means in the block `label`.
    pub(super) fn find_in(&self, label: &str, name: &str) -> Option<&Known> {
        self.levels
            .iter()
            .rev()
            .find(|level| level.label.as_deref() == Some(label))?
            .names
            .iter()
            .rev()
            .find(|(known, _)| **known == *name)
            .map(|(_, known)| known)
    }

    /// Gives the record `name` the columns of `row` from here on.
    pub(super) fn reshape(&mut self, name: &str, row: &Row) {
        let found = self
            .levels
            .iter_mut()
            .rev()
            .flat_map(|level| level.names.iter_mut().rev())
            .find(|(known, _)| **known == *name);
        if let Some((_, known)) = found {
            *known = Known::Row(row.clone());
        }
    }

    pub(super) fn ty(&self, variable: usize) -> ColumnType {
        self.all
            .get(variable)
            .map_or_else(|| Type::Unknown.into(), |it| it.ty.clone())
    }

    /// Returns the names in sight as SQL's grammar takes them.
    pub(super) fn scope(&self) -> Scope {
        let mut parameters: Vec<(Option<Name>, Type)> = self
            .all
            .iter()
            .map(|variable| (None, variable.ty.ty.clone()))
            .collect();
        let mut rows: Vec<RowVariable> = Vec::new();
        let mut seen: Vec<&Name> = Vec::new();
        for (name, known) in self
            .levels
            .iter()
            .rev()
            .flat_map(|level| level.names.iter().rev())
        {
            if seen.contains(&name) {
                continue;
            }
            seen.push(name);
            match known {
                Known::Value { variable, .. } => {
                    if let Some((slot, _)) = parameters.get_mut(*variable) {
                        *slot = Some(name.clone());
                    }
                }
                Known::Row(row) => rows.push(RowVariable {
                    name: name.clone(),
                    table: row.table.clone(),
                    nullable: row.nullable,
                    columns: row
                        .columns
                        .iter()
                        .map(|(column, variable)| {
                            (column.clone(), self.ty(*variable).ty, *variable)
                        })
                        .collect(),
                }),
            }
        }
        for level in self.levels.iter().rev() {
            if let Some(label) = &level.label {
                rows.push(self.labelled(label, &level.names));
            }
        }
        Scope::variables(
            self.routine.clone(),
            parameters,
            rows,
            match self.on_conflict {
                OnConflict::Error => None,
                OnConflict::Variable => Some(true),
                OnConflict::Column => Some(false),
            },
        )
    }

    /// Returns the values of a block, as the columns of a row that its label names.
    fn labelled(&self, label: &Name, names: &[(Name, Known)]) -> RowVariable {
        let columns = names.iter().filter_map(|(name, known)| match known {
            Known::Value { variable, .. } => Some((name.clone(), self.ty(*variable).ty, *variable)),
            Known::Row(_) => None,
        });
        RowVariable {
            name: label.clone(),
            table: None,
            nullable: false,
            columns: columns.collect(),
        }
    }
}
