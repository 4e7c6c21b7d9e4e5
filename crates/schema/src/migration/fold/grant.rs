//! `grant`, `revoke`: tables, columns, routines and schemas. Sequences, languages and the like mean nothing here.

use std::collections::BTreeSet;
use std::sync::Arc;

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::grammar;

use super::Fold;
use super::constraint::names;
use super::lookup::{no_column, no_schema, path_of, role_name, roles};
use crate::catalog::{Catalog, Grants, Privilege, Routine};
use crate::migration::Operation;

/// Every privilege that means something to a request.
pub(super) const PRIVILEGES: [Privilege; 4] = [
    Privilege::Select,
    Privilege::Insert,
    Privilege::Update,
    Privilege::Delete,
];

/// The privileges that PostgreSQL has and no request needs.
const WITHOUT_MEANING: [&str; 11] = [
    "truncate",
    "references",
    "trigger",
    "usage",
    "execute",
    "create",
    "connect",
    "temporary",
    "temp",
    "maintain",
    "set",
];

/// The privileges of one statement: each with its columns, or for the whole object.
pub(super) struct Privileges(Vec<(BTreeSet<Privilege>, Option<Vec<Name>>)>);

/// Whether privileges are given or taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Direction {
    Grant,
    Revoke,
}

impl Fold {
    /// Folds `grant`.
    pub(super) fn grant(&mut self, node: &ast::Grant) -> Result<()> {
        let objects = node
            .on_privilege_objects_clause()
            .and_then(|on| on.privilege_objects());
        let to = roles(node.role_ref_list().as_ref());
        self.change(Direction::Grant, node.privileges().as_ref(), objects, &to)
    }

    /// Folds `revoke`. A revoked grant option is no privilege.
    pub(super) fn revoke(&mut self, node: &ast::Revoke) -> Result<()> {
        let objects = node
            .on_privilege_objects_clause()
            .and_then(|on| on.privilege_objects());
        let from = roles(node.role_ref_list().as_ref());
        if node.revoke_option_for().is_some() {
            self.push(Operation::CatalogOnly);
            return Ok(());
        }
        self.change(
            Direction::Revoke,
            node.privileges().as_ref(),
            objects,
            &from,
        )
    }

    fn change(
        &mut self,
        direction: Direction,
        privileges: Option<&ast::Privileges>,
        objects: Option<ast::PrivilegeObjects>,
        roles: &[Name],
    ) -> Result<()> {
        use ast::PrivilegeObjects as Objects;
        for role in roles {
            self.role(role)?;
        }
        let Some(objects) = objects else {
            self.membership(direction, privileges, roles)?;
            self.push(Operation::CatalogOnly);
            return Ok(());
        };
        let privileges = Privileges::read(privileges)?;
        match objects {
            Objects::PrivilegeTable(list) => {
                self.on_relations(direction, &privileges, list.relation_name_refs(), roles)?;
            }
            Objects::PrivilegeDefault(list) => {
                self.on_relations(direction, &privileges, list.relation_name_refs(), roles)?;
            }
            Objects::PrivilegeAllTablesInSchema(list) => {
                for schema in list.schema_refs() {
                    let schema = self.existing_schema(Some(&schema))?;
                    for name in relations_of(&self.catalog, &schema) {
                        self.on_relation(direction, &privileges, &name, roles)?;
                    }
                }
            }
            Objects::PrivilegeFunction(list) => {
                self.on_routines(direction, list.function_sig_list().as_ref(), roles)?;
            }
            Objects::PrivilegeRoutine(list) => {
                for signature in list
                    .routine_sig_list()
                    .iter()
                    .flat_map(|it| it.routine_sigs())
                {
                    let path = path_of(signature.routine_name_ref().as_ref())?;
                    let id = self.routine_id(&path, signature.param_list().as_ref())?;
                    self.on_routine(direction, &id, roles);
                }
            }
            Objects::PrivilegeAllFunctionsInSchema(list) => {
                self.on_all_routines(direction, list.schema_refs(), roles)?;
            }
            Objects::PrivilegeAllRoutinesInSchema(list) => {
                self.on_all_routines(direction, list.schema_refs(), roles)?;
            }
            Objects::PrivilegeSchema(list) => {
                for schema in list.schema_refs() {
                    let schema = self.existing_schema(Some(&schema))?;
                    let usage = self.catalog.schema_usage.entry(schema).or_default();
                    for role in roles {
                        match direction {
                            Direction::Grant => usage.insert(role.clone()),
                            Direction::Revoke => usage.remove(role),
                        };
                    }
                }
            }
            // Sequences, types, languages, databases: nothing that a request could ask for.
            _ => {}
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Folds `grant role to role`.
    fn membership(
        &mut self,
        direction: Direction,
        granted: Option<&ast::Privileges>,
        members: &[Name],
    ) -> Result<()> {
        let Some(ast::Privileges::RevokeCommandList(list)) = granted else {
            return Ok(());
        };
        for command in list.revoke_commands() {
            let Some(role) = command.role_ref().as_ref().and_then(role_name) else {
                continue;
            };
            self.role(&role)?;
            for member in members {
                if let Some(member) = self.catalog.roles.get_mut(member) {
                    match direction {
                        Direction::Grant => member.member_of.insert(role.clone()),
                        Direction::Revoke => member.member_of.remove(&role),
                    };
                }
            }
        }
        Ok(())
    }

    fn on_relations(
        &mut self,
        direction: Direction,
        privileges: &Privileges,
        nodes: impl Iterator<Item = ast::RelationNameRef>,
        roles: &[Name],
    ) -> Result<()> {
        for node in nodes {
            let path = path_of(Some(&node))?;
            let name = self
                .search()
                .find(path.schema.as_deref(), &path.name, |catalog, name| {
                    catalog.tables.contains_key(name)
                        || catalog.views.contains_key(name)
                        || catalog.sequences.contains_key(name)
                })
                .ok_or_else(|| self.no_relation(&path))?;
            self.on_relation(direction, privileges, &name, roles)?;
        }
        Ok(())
    }

    fn on_relation(
        &mut self,
        direction: Direction,
        privileges: &Privileges,
        name: &QualifiedName,
        roles: &[Name],
    ) -> Result<()> {
        self.refuse_platform(name)?;
        if let Some(table) = self.catalog.tables.get_mut(name) {
            let table = Arc::make_mut(table);
            for column in privileges.columns() {
                if table.column(column).is_none() {
                    return Err(no_column(table, column));
                }
            }
            privileges.apply(direction, &mut table.grants, roles);
        } else if let Some(view) = self.catalog.views.get_mut(name) {
            privileges.apply(direction, &mut Arc::make_mut(view).grants, roles);
        }
        Ok(())
    }

    fn on_routines(
        &mut self,
        direction: Direction,
        list: Option<&ast::FunctionSigList>,
        roles: &[Name],
    ) -> Result<()> {
        for signature in list
            .into_iter()
            .flat_map(ast::FunctionSigList::function_sigs)
        {
            let path = path_of(signature.function_name_ref().as_ref())?;
            let id = self.routine_id(&path, signature.param_list().as_ref())?;
            self.on_routine(direction, &id, roles);
        }
        Ok(())
    }

    fn on_all_routines(
        &mut self,
        direction: Direction,
        schemas: impl Iterator<Item = ast::SchemaRef>,
        roles: &[Name],
    ) -> Result<()> {
        for schema in schemas {
            let schema = self.existing_schema(Some(&schema))?;
            let ids: Vec<_> = self
                .catalog
                .routines
                .values()
                .flatten()
                .filter(|routine| routine.id.name.schema == schema)
                .map(|routine| routine.id.clone())
                .collect();
            for id in ids {
                self.on_routine(direction, &id, roles);
            }
        }
        Ok(())
    }

    fn on_routine(
        &mut self,
        direction: Direction,
        id: &underpin_sql::tree::RoutineId,
        roles: &[Name],
    ) {
        let routines = self.catalog.routines.get_mut(&id.name);
        for routine in routines.into_iter().flatten() {
            if routine.id == *id {
                let routine: &mut Routine = Arc::make_mut(routine);
                change_executors(direction, &mut routine.executors, roles);
            }
        }
    }

    /// Returns the schema that `node` names.
    pub(super) fn existing_schema(&self, node: Option<&ast::SchemaRef>) -> Result<Name> {
        let schema = grammar::name(node)?;
        if self.catalog.schemas.contains_key(&schema) {
            Ok(schema)
        } else {
            Err(no_schema(&schema))
        }
    }
}

/// Gives or takes the right to execute. A new routine may be executed by everybody, and by each role of the API by name, as on
/// Supabase: taking it from `public` alone leaves it to them.
pub(super) fn change_executors(
    direction: Direction,
    executors: &mut Option<Vec<Name>>,
    roles: &[Name],
) {
    let mut list = executors.take().unwrap_or_else(|| {
        ["public", "anon", "authenticated", "service_role"]
            .map(Name::from)
            .to_vec()
    });
    for role in roles {
        list.retain(|it| it != role);
        if direction == Direction::Grant {
            list.push(role.clone());
        }
    }
    *executors = Some(list);
}

/// Returns the first word of a privilege; the parser takes some of them for the names of roles.
fn word(command: &ast::RevokeCommand) -> String {
    command
        .syntax()
        .descendants_with_tokens()
        .filter_map(squawk_syntax::SyntaxElement::into_token)
        .find(|token| !token.text().trim().is_empty())
        .map(|token| token.text().to_ascii_lowercase())
        .unwrap_or_default()
}

fn relations_of(catalog: &Catalog, schema: &Name) -> Vec<QualifiedName> {
    catalog
        .tables
        .keys()
        .chain(catalog.views.keys())
        .filter(|name| name.schema == *schema)
        .cloned()
        .collect()
}

impl Privileges {
    /// Reads the privileges of a statement; those that mean nothing to a request are left out.
    pub(super) fn read(node: Option<&ast::Privileges>) -> Result<Self> {
        let all: BTreeSet<Privilege> = PRIVILEGES.into_iter().collect();
        let columns = |list: Option<ast::ColumnRefList>| match list {
            Some(list) => names(list.column_name_refs()).map(Some),
            None => Ok(None),
        };
        let mut read = Vec::new();
        match node {
            Some(ast::Privileges::AllPrivileges(node)) => {
                read.push((all, columns(node.column_ref_list())?));
            }
            Some(ast::Privileges::RevokeCommandList(list)) => {
                for command in list.revoke_commands() {
                    let privilege = match word(&command).as_str() {
                        "select" => Privilege::Select,
                        "insert" => Privilege::Insert,
                        "update" => Privilege::Update,
                        "delete" => Privilege::Delete,
                        "all" => {
                            read.push((all.clone(), columns(command.column_ref_list())?));
                            continue;
                        }
                        known if WITHOUT_MEANING.contains(&known) => continue,
                        other => {
                            return Err(Error::new(
                                Code::SYNTAX,
                                format!("unrecognized privilege type \"{other}\""),
                            ));
                        }
                    };
                    read.push((
                        BTreeSet::from([privilege]),
                        columns(command.column_ref_list())?,
                    ));
                }
            }
            None => {}
        }
        Ok(Self(read))
    }

    fn columns(&self) -> impl Iterator<Item = &Name> {
        self.0
            .iter()
            .filter_map(|(_, columns)| columns.as_ref())
            .flatten()
    }

    /// Gives or takes the privileges. What is taken from the whole table is taken from its columns too.
    pub(super) fn apply(&self, direction: Direction, grants: &mut Grants, roles: &[Name]) {
        for role in roles {
            for (privileges, columns) in &self.0 {
                match (direction, columns) {
                    (Direction::Grant, None) => {
                        grants
                            .table
                            .entry(role.clone())
                            .or_default()
                            .extend(privileges);
                    }
                    (Direction::Grant, Some(columns)) => {
                        let of_role = grants.columns.entry(role.clone()).or_default();
                        for column in columns {
                            of_role
                                .entry(column.clone())
                                .or_default()
                                .extend(privileges);
                        }
                    }
                    (Direction::Revoke, None) => {
                        if let Some(granted) = grants.table.get_mut(role) {
                            granted.retain(|it| !privileges.contains(it));
                        }
                        for granted in grants.columns.get_mut(role).into_iter().flatten() {
                            granted.1.retain(|it| !privileges.contains(it));
                        }
                    }
                    (Direction::Revoke, Some(columns)) => {
                        let of_role = grants.columns.get_mut(role);
                        for (column, granted) in of_role.into_iter().flatten() {
                            if columns.contains(column) {
                                granted.retain(|it| !privileges.contains(it));
                            }
                        }
                    }
                }
            }
        }
        grants.table.retain(|_, granted| !granted.is_empty());
    }
}
