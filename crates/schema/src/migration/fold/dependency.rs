//! What depends on a relation, column, key, type or routine, and what happens to it when that is dropped.

use std::fmt;

use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::tree::RoutineId;

use super::Fold;
use super::alter_constraint::refers_to_key;
use super::uses::{Uses, named};
use crate::catalog::{Expression, Generated, Policy, Table};

/// Something that depends on something else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Dependant {
    View(QualifiedName),
    ForeignKey(QualifiedName, Name),
    Policy(QualifiedName, Name),
    Trigger(QualifiedName, Name),
    Routine(RoutineId),
    Column(QualifiedName, Name),
    Default(QualifiedName, Name),
    Check(QualifiedName, Name),
    Index(QualifiedName, Name),
    Domain(QualifiedName),
    Composite(QualifiedName),
}

/// Prints a name as PostgreSQL describes it: with its schema when that is not `public`.
pub(super) fn described(name: &QualifiedName) -> String {
    if &*name.schema == "public" {
        name.name.to_string()
    } else {
        name.to_string()
    }
}

/// Prints a routine with the types of its parameters.
pub(super) fn described_routine(id: &RoutineId) -> String {
    let parameters: Vec<String> = id.parameters.iter().map(ToString::to_string).collect();
    format!("{}({})", described(&id.name), parameters.join(", "))
}

impl fmt::Display for Dependant {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::View(name) => write!(formatter, "view {}", described(name)),
            Self::ForeignKey(table, name) | Self::Check(table, name) => {
                write!(formatter, "constraint {name} on table {}", described(table))
            }
            Self::Policy(table, name) => {
                write!(formatter, "policy {name} on table {}", described(table))
            }
            Self::Trigger(table, name) => {
                write!(formatter, "trigger {name} on table {}", described(table))
            }
            Self::Routine(id) => write!(formatter, "function {}", described_routine(id)),
            Self::Column(table, name) => {
                write!(formatter, "column {name} of table {}", described(table))
            }
            Self::Default(table, name) => write!(
                formatter,
                "default value for column {name} of table {}",
                described(table)
            ),
            Self::Index(table, name) => {
                write!(formatter, "index {name} on table {}", described(table))
            }
            Self::Domain(name) | Self::Composite(name) => {
                write!(formatter, "type {}", described(name))
            }
        }
    }
}

/// Refuses to drop `what` while something depends on it, in PostgreSQL's words.
pub(super) fn restrict(what: &str, dependants: &[Dependant], cascade: bool) -> Result<()> {
    if cascade || dependants.is_empty() {
        return Ok(());
    }
    let details: Vec<String> = dependants
        .iter()
        .map(|dependant| format!("{dependant} depends on {what}"))
        .collect();
    Err(Error::new(
        Code::DEPENDENT_OBJECTS,
        format!("cannot drop {what} because other objects depend on it"),
    )
    .details(details.join("\n"))
    .hint("Use DROP ... CASCADE to drop the dependent objects too."))
}

fn policy_uses(table: &Table, policy: &Policy, test: impl Fn(&Uses) -> bool) -> bool {
    policy
        .using
        .iter()
        .chain(&policy.check)
        .any(|expression| test(&Uses::of_row(&table.name, &expression.expr)))
}

impl Fold {
    /// Returns what depends on a table or view, its own parts aside.
    pub(super) fn dependants_of_relation(&self, name: &QualifiedName) -> Vec<Dependant> {
        let mut found = self.readers(|uses| uses.relation(name), Some(name));
        for table in self.catalog.tables.values() {
            if table.name == *name {
                continue;
            }
            found.extend(
                table
                    .foreign_keys
                    .iter()
                    .filter(|key| key.references == *name)
                    .map(|key| Dependant::ForeignKey(table.name.clone(), key.name.clone())),
            );
        }
        found.extend(self.users_of_type(name));
        found
    }

    /// Returns what depends on a column of `table`, the constraints and indexes of the table aside, which go with it.
    pub(super) fn dependants_of_column(&self, table: &Table, column: &str) -> Vec<Dependant> {
        let name = &table.name;
        let mut found = self.readers(|uses| uses.column(name, column), None);
        for other in self.catalog.tables.values().filter(|it| it.name != *name) {
            found.extend(
                other
                    .foreign_keys
                    .iter()
                    .filter(|key| {
                        key.references == *name
                            && key.referenced_columns.iter().any(|it| &**it == column)
                    })
                    .map(|key| Dependant::ForeignKey(other.name.clone(), key.name.clone())),
            );
        }
        for other in &table.columns {
            if let Some(Generated::Stored(expression)) = &other.generated
                && Uses::of_row(name, &expression.expr).column(name, column)
            {
                found.push(Dependant::Column(name.clone(), other.name.clone()));
            }
        }
        found
    }

    /// Returns the views and policies for whose trees `test` holds; the policies of the table `own` aside.
    pub(super) fn readers(
        &self,
        test: impl Fn(&Uses) -> bool,
        own: Option<&QualifiedName>,
    ) -> Vec<Dependant> {
        let mut found: Vec<Dependant> = self
            .catalog
            .views
            .values()
            .filter(|view| Some(&view.name) != own && test(&Uses::of_select(&view.select)))
            .map(|view| Dependant::View(view.name.clone()))
            .collect();
        for table in self.catalog.tables.values() {
            if Some(&table.name) == own {
                continue;
            }
            found.extend(
                table
                    .policies
                    .iter()
                    .filter(|policy| policy_uses(table, policy, &test))
                    .map(|policy| Dependant::Policy(table.name.clone(), policy.name.clone())),
            );
        }
        found
    }

    /// Returns what depends on a routine.
    pub(super) fn dependants_of_routine(&self, id: &RoutineId) -> Vec<Dependant> {
        let mut found = self.readers(|uses| uses.routine(id), None);
        let calls = |table: &Table, expression: &Expression| {
            Uses::of_row(&table.name, &expression.expr).routine(id)
        };
        for table in self.catalog.tables.values() {
            found.extend(expression_users(table, |expression| {
                calls(table, expression)
            }));
        }
        let triggers = self.catalog.triggers.values().flatten();
        found.extend(
            triggers
                .filter(|trigger| trigger.function == *id)
                .map(|trigger| Dependant::Trigger(trigger.table.clone(), trigger.name.clone())),
        );
        found
    }

    /// Returns what depends on a type.
    pub(super) fn dependants_of_type(&self, name: &QualifiedName) -> Vec<Dependant> {
        let mut found = self.users_of_type(name);
        for table in self.catalog.tables.values() {
            for column in &table.columns {
                if named(&column.ty.ty) == Some(name) || column.domain.as_ref() == Some(name) {
                    found.push(Dependant::Column(table.name.clone(), column.name.clone()));
                }
            }
        }
        found.extend(self.readers(|uses| uses.ty(name), None));
        found
    }

    /// Returns the routines, domains and composite types that use a type.
    fn users_of_type(&self, name: &QualifiedName) -> Vec<Dependant> {
        let mut found = Vec::new();
        for routine in self.catalog.routines.values().flatten() {
            if routine
                .id
                .parameters
                .iter()
                .any(|ty| named(ty) == Some(name))
                || named(&routine.result.ty) == Some(name)
            {
                found.push(Dependant::Routine(routine.id.clone()));
            }
        }
        for domain in self.catalog.domains.values() {
            if named(&domain.base.ty) == Some(name) {
                found.push(Dependant::Domain(domain.name.clone()));
            }
        }
        for composite in self.catalog.composites.values() {
            if composite
                .fields
                .iter()
                .any(|(_, field)| named(&field.ty) == Some(name))
            {
                found.push(Dependant::Composite(composite.name.clone()));
            }
        }
        found
    }

    /// Drops what depends on a column, or refuses; `table` is the table that is being altered.
    pub(super) fn drop_dependants_of_column(
        &mut self,
        table: &mut Table,
        column: &str,
        cascade: bool,
    ) -> Result<()> {
        let dependants = self.dependants_of_column(table, column);
        let what = format!("column {column} of table {}", described(&table.name));
        restrict(&what, &dependants, cascade)?;
        self.drop_dependants(dependants, Some(table))
    }

    /// Drops the foreign keys that need the key `name` of `table`, or refuses.
    pub(super) fn drop_dependants_of_key(
        &mut self,
        table: &mut Table,
        name: &str,
        cascade: bool,
    ) -> Result<()> {
        let Some(key) = table
            .primary_key
            .iter()
            .chain(&table.uniques)
            .find(|key| &*key.name == name)
            .cloned()
        else {
            return Ok(());
        };
        let mut dependants = Vec::new();
        for other in self.catalog.tables.values() {
            for foreign in &other.foreign_keys {
                if foreign.references == table.name
                    && refers_to_key(table, &key, &foreign.referenced_columns)
                {
                    dependants.push(Dependant::ForeignKey(
                        other.name.clone(),
                        foreign.name.clone(),
                    ));
                }
            }
        }
        let what = format!("constraint {name} on table {}", described(&table.name));
        restrict(&what, &dependants, cascade)?;
        self.drop_dependants(dependants, Some(table))
    }

    /// Drops dependants and what depends on them in turn. The parts of `current` are removed from it instead of from the catalog.
    pub(super) fn drop_dependants(
        &mut self,
        dependants: Vec<Dependant>,
        mut current: Option<&mut Table>,
    ) -> Result<()> {
        for dependant in dependants {
            match dependant {
                Dependant::View(name) => {
                    if self.catalog.views.remove(&name).is_some() {
                        let next = self.dependants_of_relation(&name);
                        self.drop_dependants(next, current.as_deref_mut())?;
                    }
                }
                Dependant::Routine(id) => {
                    self.remove_routine(&id);
                    let next = self.dependants_of_routine(&id);
                    self.drop_dependants(next, current.as_deref_mut())?;
                }
                Dependant::Trigger(table, name) => {
                    if let Some(triggers) = self.catalog.triggers.get_mut(&table) {
                        triggers.retain(|trigger| trigger.name != name);
                    }
                }
                Dependant::Domain(name) | Dependant::Composite(name) => {
                    let next = self.dependants_of_type(&name);
                    self.catalog.domains.remove(&name);
                    self.catalog.composites.remove(&name);
                    self.drop_dependants(next, current.as_deref_mut())?;
                }
                Dependant::ForeignKey(ref table, _)
                | Dependant::Policy(ref table, _)
                | Dependant::Column(ref table, _)
                | Dependant::Default(ref table, _)
                | Dependant::Check(ref table, _)
                | Dependant::Index(ref table, _)
                    if current.as_ref().is_some_and(|it| it.name == *table) =>
                {
                    if let Some(current) = current.as_deref_mut() {
                        current.remove_part(&dependant);
                    }
                }
                part => self.drop_part(&part)?,
            }
        }
        Ok(())
    }

    fn drop_part(&mut self, part: &Dependant) -> Result<()> {
        let (Dependant::ForeignKey(table, _)
        | Dependant::Policy(table, _)
        | Dependant::Column(table, _)
        | Dependant::Default(table, _)
        | Dependant::Check(table, _)
        | Dependant::Index(table, _)) = part
        else {
            return Ok(());
        };
        let Some(table) = self.catalog.tables.get(table).cloned() else {
            return Ok(());
        };
        self.refuse_platform(&table.name)?;
        self.alter(table, |fold, alteration| {
            if let Dependant::Column(_, column) = part {
                let next = fold.dependants_of_column(&alteration.after, column);
                fold.drop_dependants(next, Some(&mut alteration.after))?;
            }
            alteration.after.remove_part(part);
            alteration.rebuild = !matches!(part, Dependant::Policy(..) | Dependant::Default(..));
            Ok(())
        })
    }
}

/// Returns the defaults, stored columns, checks and indexes of a table for whose expressions `test` holds.
pub(super) fn expression_users(
    table: &Table,
    test: impl Fn(&Expression) -> bool,
) -> Vec<Dependant> {
    let mut found = Vec::new();
    for column in &table.columns {
        if column.default.as_ref().is_some_and(&test) {
            found.push(Dependant::Default(table.name.clone(), column.name.clone()));
        }
        if let Some(Generated::Stored(expression)) = &column.generated
            && test(expression)
        {
            found.push(Dependant::Column(table.name.clone(), column.name.clone()));
        }
    }
    for check in &table.checks {
        if test(&check.expression) {
            found.push(Dependant::Check(table.name.clone(), check.name.clone()));
        }
    }
    for index in &table.indexes {
        if index.keys.iter().any(|key| test(&key.expression))
            || index.filter.as_ref().is_some_and(&test)
        {
            found.push(Dependant::Index(table.name.clone(), index.name.clone()));
        }
    }
    found
}

impl Table {
    /// Removes a part that depended on something that is dropped.
    fn remove_part(&mut self, part: &Dependant) {
        match part {
            Dependant::ForeignKey(_, name) => self.foreign_keys.retain(|key| key.name != *name),
            Dependant::Policy(_, name) => self.policies.retain(|policy| policy.name != *name),
            Dependant::Column(_, name) => self.remove_column(name),
            Dependant::Check(_, name) => self.checks.retain(|check| check.name != *name),
            Dependant::Index(_, name) => self.indexes.retain(|index| index.name != *name),
            Dependant::Default(_, name) => {
                for column in &mut self.columns {
                    if column.name == *name {
                        column.default = None;
                    }
                }
            }
            Dependant::View(_)
            | Dependant::Routine(_)
            | Dependant::Trigger(..)
            | Dependant::Domain(_)
            | Dependant::Composite(_) => {}
        }
    }
}

impl Dependant {
    /// Tells whether this is, or is a part of, a relation for which `test` holds.
    pub(super) fn is_part_of(&self, test: &dyn Fn(&QualifiedName) -> bool) -> bool {
        match self {
            Self::View(name)
            | Self::ForeignKey(name, _)
            | Self::Policy(name, _)
            | Self::Trigger(name, _)
            | Self::Column(name, _)
            | Self::Default(name, _)
            | Self::Check(name, _)
            | Self::Index(name, _) => test(name),
            Self::Routine(_) | Self::Domain(_) | Self::Composite(_) => false,
        }
    }
}
