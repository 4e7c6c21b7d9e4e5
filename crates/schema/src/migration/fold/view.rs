//! `create view`, `alter view`.

use std::collections::BTreeMap;
use std::sync::Arc;

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::grammar::{self, Scope};
use underpin_sql::tree::Statement;
use underpin_sql::types::Type;

use super::lookup::path_of;
use super::read::{missing, text_of};
use super::{Fold, refused};
use crate::catalog::{CheckOption, View};
use crate::migration::{Defined, Operation};

impl Fold {
    /// Folds `create view`.
    pub(super) fn create_view(&mut self, node: &ast::CreateView) -> Result<()> {
        if node.recursive_token().is_some() {
            return Err(refused(
                "`create recursive view` is not supported",
                "Write `create view … as with recursive …`.",
            ));
        }
        if matches!(node.persistence(), Some(ast::Persistence::Temp(_))) {
            return Err(refused(
                "temporary views are not supported",
                "Use a common table expression (`with`).",
            ));
        }
        let path = grammar::path(node.view().and_then(|view| view.path()).as_ref())?;
        let name = self.new_name(&path)?;
        let replaced = self.catalog.views.get(&name).cloned();
        if node.or_replace().is_some() && self.catalog.tables.contains_key(&name) {
            return Err(Error::new(
                Code::WRONG_OBJECT_TYPE,
                format!("\"{}\" is not a view", name.name),
            ));
        }
        if node.or_replace().is_none() || replaced.is_none() {
            self.free_relation(&name)?;
        }
        let query = node.query().ok_or_else(missing)?;
        let statement = ast::Stmt::cast(query.syntax().clone()).ok_or_else(missing)?;
        let Statement::Select(select) =
            grammar::statement(&statement, &Scope::default(), &self.search())?
        else {
            return Err(missing());
        };
        let names = match node.column_list() {
            Some(list) => list
                .column_names()
                .map(|column| grammar::name(Some(&column)))
                .collect::<Result<Vec<Name>>>()?,
            None => Vec::new(),
        };
        let columns = view_columns(select.columns(), names)?;
        let mut view = View {
            grants: self.default_grants(&name.schema),
            name: name.clone(),
            columns,
            select: *select,
            materialized: false,
            security_invoker: security_invoker(node.with_params()).unwrap_or(true),
            check_option: check_option(node)?,
            comment: None,
            column_comments: BTreeMap::new(),
            text: text_of(&query),
        };
        refuse_check_option(&view)?;
        if let Some(before) = replaced {
            refuse_other_columns(&before, &view)?;
            view.grants = before.grants.clone();
            view.comment.clone_from(&before.comment);
            view.column_comments.clone_from(&before.column_comments);
            self.routines_stale = true;
        }
        self.catalog.views.insert(name.clone(), Arc::new(view));
        self.push(Operation::Define(Defined::View(name)));
        Ok(())
    }

    /// Folds `alter view`.
    pub(super) fn alter_view(&mut self, node: &ast::AlterView) -> Result<()> {
        let path = path_of(node.view_ref().as_ref())?;
        if node.if_exists().is_some() && self.view_name(&path).is_none() {
            return self.absent("view", &path, true);
        }
        let view = self.view_of(&path)?;
        self.refuse_platform(&view.name)?;
        match node.action().ok_or_else(missing)? {
            ast::AlterViewAction::ViewRenameTo(rename) => {
                let to = grammar::path(rename.view().and_then(|view| view.path()).as_ref())?.name;
                let to = QualifiedName::new(view.name.schema.clone(), to);
                self.rename_view(&view, &to)?;
            }
            ast::AlterViewAction::SetSchema(set) => {
                let schema = self.existing_schema(set.schema_ref().as_ref())?;
                let to = QualifiedName::new(schema, view.name.name.clone());
                self.rename_view(&view, &to)?;
            }
            ast::AlterViewAction::RenameColumn(rename) => {
                let from = grammar::name(rename.column_name_ref().as_ref())?;
                let to = grammar::name(rename.column_name().as_ref())?;
                self.rename_view_column(&view, &from, &to)?;
            }
            ast::AlterViewAction::SetOptions(set) => {
                if let Some(value) = option_of(set.attribute_list(), "security_invoker") {
                    self.set_security_invoker(&view.name, value);
                }
            }
            ast::AlterViewAction::ResetOptions(reset) => {
                if option_of(reset.attribute_list(), "security_invoker").is_some() {
                    self.set_security_invoker(&view.name, true);
                }
            }
            ast::AlterViewAction::OwnerTo(_) => {}
            ast::AlterViewAction::AlterViewColumn(_) => {
                return Err(refused(
                    "a default for a view's column is not supported",
                    "Give the table's column the default.",
                ));
            }
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Folds `alter table` of a view: PostgreSQL lets some of it through.
    pub(super) fn alter_table_of_view(
        &mut self,
        name: &QualifiedName,
        node: &ast::AlterTable,
    ) -> Result<()> {
        for action in node.actions() {
            match action {
                ast::AlterTableAction::OwnerTo(_) => {}
                ast::AlterTableAction::TableRenameTo(rename) => {
                    let path = rename.table_name().and_then(|name| name.path());
                    let to = grammar::path(path.as_ref())?.name;
                    let Some(view) = self.catalog.views.get(name).cloned() else {
                        return Ok(());
                    };
                    self.rename_view(&view, &QualifiedName::new(name.schema.clone(), to))?;
                }
                _ => {
                    return Err(Error::new(
                        Code::WRONG_OBJECT_TYPE,
                        format!("\"{}\" is not a table", name.name),
                    ));
                }
            }
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    fn set_security_invoker(&mut self, name: &QualifiedName, value: bool) {
        if let Some(view) = self.catalog.views.get_mut(name) {
            Arc::make_mut(view).security_invoker = value;
        }
    }

    fn rename_view(&mut self, view: &View, to: &QualifiedName) -> Result<()> {
        self.refuse_platform(to)?;
        self.free_relation(to)?;
        if let Some(mut renamed) = self.catalog.views.remove(&view.name) {
            Arc::make_mut(&mut renamed).name = to.clone();
            self.catalog.views.insert(to.clone(), renamed);
        }
        self.rename_readers(&view.name, to);
        Ok(())
    }

    fn rename_view_column(&mut self, view: &View, from: &Name, to: &Name) -> Result<()> {
        if !view.columns.iter().any(|(name, _)| name == from) {
            return Err(Error::new(
                Code::UNDEFINED_COLUMN,
                format!("column \"{from}\" does not exist"),
            ));
        }
        if view.columns.iter().any(|(name, _)| name == to) {
            return Err(Error::new(
                Code::DUPLICATE_COLUMN,
                format!(
                    "column \"{to}\" of relation \"{}\" already exists",
                    view.name.name
                ),
            ));
        }
        if let Some(renamed) = self.catalog.views.get_mut(&view.name) {
            let renamed = Arc::make_mut(renamed);
            for (name, _) in &mut renamed.columns {
                if name == from {
                    *name = to.clone();
                }
            }
            if let Some(comment) = renamed.column_comments.remove(from) {
                renamed.column_comments.insert(to.clone(), comment);
            }
        }
        self.rename_column_readers(&view.name, from, to);
        Ok(())
    }
}

/// Returns the columns of a view: those of its query, the first ones under the names given.
fn view_columns(mut columns: Vec<(Name, Type)>, names: Vec<Name>) -> Result<Vec<(Name, Type)>> {
    if names.len() > columns.len() {
        return Err(Error::new(
            Code::SYNTAX,
            "CREATE VIEW specifies more column names than columns",
        ));
    }
    for ((column, _), name) in columns.iter_mut().zip(names) {
        *column = name;
    }
    for (index, (column, ty)) in columns.iter_mut().enumerate() {
        if *ty == Type::Unknown {
            *ty = Type::Text;
        }
        if matches!(ty, Type::Record | Type::Void) {
            return Err(Error::new(
                Code::new("42P16"),
                format!(
                    "column \"{column}\" has pseudo-type {ty} (column {})",
                    index + 1
                ),
            ));
        }
    }
    for (index, (column, _)) in columns.iter().enumerate() {
        if columns.iter().take(index).any(|(other, _)| other == column) {
            return Err(Error::new(
                Code::DUPLICATE_COLUMN,
                format!("column \"{column}\" specified more than once"),
            ));
        }
    }
    Ok(columns)
}

/// Refuses a replacement that is not the same columns and perhaps more, in PostgreSQL's words.
fn refuse_other_columns(before: &View, after: &View) -> Result<()> {
    let error = |message: String| Err(Error::new(Code::new("42P16"), message));
    if after.columns.len() < before.columns.len() {
        return error("cannot drop columns from view".to_owned());
    }
    for ((old, old_type), (new, new_type)) in before.columns.iter().zip(&after.columns) {
        if old != new {
            return Err(Error::new(
                Code::new("42P16"),
                format!("cannot change name of view column \"{old}\" to \"{new}\""),
            )
            .hint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead."));
        }
        if old_type != new_type {
            return error(format!(
                "cannot change data type of view column \"{old}\" from {old_type} to {new_type}"
            ));
        }
    }
    Ok(())
}

/// `with check option`, or the storage parameter of the same meaning.
fn check_option(node: &ast::CreateView) -> Result<Option<CheckOption>> {
    if let Some(option) = node.with_check_option() {
        let local = text_of(&option).to_ascii_lowercase().contains("local");
        return Ok(Some(match local {
            true => CheckOption::Local,
            false => CheckOption::Cascaded,
        }));
    }
    let list = node
        .with_params()
        .and_then(|params| params.attribute_list());
    let Some(value) = value_of(list, "check_option") else {
        return Ok(None);
    };
    match value.as_str() {
        "local" => Ok(Some(CheckOption::Local)),
        "cascaded" => Ok(Some(CheckOption::Cascaded)),
        _ => Err(Error::new(
            Code::INVALID_PARAMETER,
            format!("invalid value for enum option \"check_option\": {value}"),
        )
        .details("Valid values are \"local\" and \"cascaded\".")),
    }
}

/// Refuses a check option on a view that cannot be written through, in PostgreSQL's words.
fn refuse_check_option(view: &View) -> Result<()> {
    if view.check_option.is_none() {
        return Ok(());
    }
    view.base().map(drop).map_err(|reason| {
        Error::new(
            Code::FEATURE_NOT_SUPPORTED,
            "WITH CHECK OPTION is supported only on automatically updatable views",
        )
        .hint(reason)
    })
}

/// Returns the value of option `name` of a list, in lower case and without quotes.
fn value_of(list: Option<ast::AttributeList>, name: &str) -> Option<String> {
    let option = list?.attribute_options().find(|option| {
        option
            .name()
            .is_some_and(|it| text_of(&it).eq_ignore_ascii_case(name))
    })?;
    let value = option.attribute_value().map(|value| text_of(&value))?;
    Some(value.trim_matches('\'').to_ascii_lowercase())
}

fn security_invoker(params: Option<ast::WithParams>) -> Option<bool> {
    option_of(params?.attribute_list(), "security_invoker")
}

/// Returns the boolean option `name` of a list; without value it is true.
fn option_of(list: Option<ast::AttributeList>, name: &str) -> Option<bool> {
    let option = list?.attribute_options().find(|option| {
        option
            .name()
            .is_some_and(|it| text_of(&it).eq_ignore_ascii_case(name))
    })?;
    let value = option.attribute_value().map(|value| text_of(&value));
    Some(!value.is_some_and(|value| {
        let value = value.trim_matches('\'').to_ascii_lowercase();
        matches!(value.as_str(), "false" | "off" | "no" | "0")
    }))
}
