//! `create trigger`, `alter trigger`, `drop trigger`, `alter table … enable trigger`.
//!
//! What a trigger function does is known only with the table: each trigger has the function's body read against the columns of its table,
//! and read again whenever one of the two has changed.

use std::sync::Arc;

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::grammar::{self, Path};
use underpin_sql::plpgsql::{self, Subject, TriggerRow};
use underpin_sql::tree::RoutineId;
use underpin_sql::types::datetime::reading_later;

use super::alteration::Alteration;
use super::lookup::path_of;
use super::read::{missing, text_of};
use super::routine_body::is_missing;
use super::{Fold, refused};
use crate::catalog::{Language, Routine, SearchPath, Table, Timing, Trigger};
use crate::migration::{Defined, Operation};

/// The function of the extension of that name: it sets the column that its argument names to the time of the change.
const MODDATETIME: &str = "moddatetime";

impl Fold {
    /// Folds `create trigger`.
    pub(super) fn create_trigger(&mut self, node: &ast::CreateTrigger) -> Result<()> {
        let path = relation(node.on_relation().as_ref())?;
        let timing = timing(node)?;
        let table = self.table_of(&path)?;
        let name = grammar::name(node.trigger().as_ref())?;
        if node.referencing().is_some() {
            return Err(refused(
                "transition tables (`referencing`) are not supported",
                "Use a trigger `for each row`.",
            ));
        }
        refuse_deferred(node)?;
        let each_row = matches!(node.trigger_level(), Some(ast::TriggerLevel::ForEachRow(_)));
        if node.constraint_token().is_some() && !each_row {
            return Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                "constraint triggers must be FOR EACH ROW",
            ));
        }
        let (function, arguments) = self.trigger_function(node)?;
        let mut trigger = Trigger {
            name: name.clone(),
            table: table.name.clone(),
            timing,
            on_insert: false,
            on_update: None,
            on_delete: false,
            each_row,
            condition_text: node
                .when_condition()
                .and_then(|when| when.expr())
                .map(|expr| text_of(&expr)),
            condition: None,
            function,
            arguments,
            security_definer: false,
            enabled: true,
            procedure: Arc::default(),
        };
        events(node, &table, &mut trigger)?;
        match self.read_trigger(&mut trigger) {
            // The function may name what the file makes only later.
            Err(error) if is_missing(&error) => self.triggers_stale = true,
            Err(error) => return Err(error.at("", self.line)),
            Ok(()) => {}
        }
        let place = (table.name.clone(), name.clone(), self.line);
        self.trigger_lines.push(place);
        let triggers = self.catalog.triggers.entry(table.name.clone()).or_default();
        match triggers.iter_mut().find(|it| it.name == name) {
            Some(existing) if node.or_replace().is_some() => *existing = Arc::new(trigger),
            Some(_) => {
                return Err(Error::new(
                    Code::DUPLICATE_OBJECT,
                    format!(
                        "trigger \"{name}\" for relation \"{}\" already exists",
                        table.name.name
                    ),
                ));
            }
            None => triggers.push(Arc::new(trigger)),
        }
        triggers.sort_by(|first, second| first.name.cmp(&second.name));
        self.push(Operation::Define(Defined::Trigger(
            table.name.clone(),
            name,
        )));
        Ok(())
    }

    /// Returns the function that a trigger executes, and its arguments.
    fn trigger_function(&self, node: &ast::CreateTrigger) -> Result<(RoutineId, Vec<String>)> {
        let call = node.call_expr().ok_or_else(missing)?;
        let callee = call.expr().ok_or_else(missing)?;
        let names = text_of(&callee);
        let mut parts: Vec<Name> = names.split('.').map(unquoted).collect();
        let name = parts.pop().ok_or_else(missing)?;
        let path = Path {
            schema: parts.pop(),
            name,
        };
        let arguments = call
            .arg_list()
            .map(|list| {
                let text = text_of(&list);
                let inner = text.trim().trim_start_matches('(').trim_end_matches(')');
                arguments(inner)
            })
            .unwrap_or_default();
        let found = self
            .search()
            .find(path.schema.as_deref(), &path.name, |catalog, name| {
                catalog.routines.get(name).is_some_and(|it| !it.is_empty())
            });
        let Some(name) = found else {
            if &*path.name == MODDATETIME {
                let id = RoutineId {
                    name: QualifiedName::new("extensions", MODDATETIME),
                    parameters: Arc::from([]),
                };
                return Ok((id, arguments));
            }
            return Err(Error::new(
                Code::UNDEFINED_FUNCTION,
                format!("function {path}() does not exist"),
            ));
        };
        let overloads = self.catalog.routines.get(&name).map(Vec::as_slice);
        let routine = overloads
            .unwrap_or_default()
            .iter()
            .find(|routine| routine.arguments.is_empty())
            .ok_or_else(|| {
                Error::new(
                    Code::UNDEFINED_FUNCTION,
                    format!("function {path}() does not exist"),
                )
            })?;
        if !routine.is_trigger {
            return Err(Error::new(
                Code::INVALID_RECURSION,
                format!("function {} must return type trigger", path.name),
            ));
        }
        Ok((routine.id.clone(), arguments))
    }

    /// Reads the body of a trigger's function, and its condition, against its table.
    fn read_trigger(&self, trigger: &mut Trigger) -> Result<()> {
        let Some(table) = self.catalog.tables.get(&trigger.table) else {
            return Err(Error::internal(format!("{} is not a table", trigger.table)));
        };
        let row = TriggerRow {
            table: table.name.clone(),
            columns: table
                .columns
                .iter()
                .map(|column| (column.name.clone(), column.ty.clone()))
                .collect(),
        };
        let body = self.trigger_body(trigger)?;
        let search = SearchPath {
            catalog: &self.catalog,
            path: body.search_path,
        };
        let result = super::routine_body::nothing();
        let subject = Subject {
            name: trigger.function.name.name.clone(),
            parameters: Vec::new(),
            outputs: Vec::new(),
            result: &result,
            trigger: Some(row),
        };
        trigger.security_definer = body.security_definer;
        trigger.condition = match &trigger.condition_text {
            Some(text) => Some(plpgsql::trigger_condition(text, &subject, &self.search())?),
            None => None,
        };
        let procedure = reading_later(|| plpgsql::compile(&body.text, &subject, &search))?;
        trigger.procedure = Arc::new(procedure);
        Ok(())
    }

    fn trigger_body(&self, trigger: &Trigger) -> Result<Body> {
        let id = &trigger.function;
        let overloads = self.catalog.routines.get(&id.name).map(Vec::as_slice);
        let found = overloads.unwrap_or_default().iter().find(|it| it.id == *id);
        match found {
            Some(routine) => Ok(Body::of(routine)),
            None if &*id.name.name == MODDATETIME => moddatetime(&trigger.arguments),
            None => Err(Error::new(
                Code::UNDEFINED_FUNCTION,
                format!("function {}() does not exist", id.name),
            )),
        }
    }

    /// Reads every trigger again, if something that they depend on has changed.
    ///
    /// # Errors
    /// What a trigger's function says that is not true of its table any more.
    pub(super) fn settle_triggers(&mut self) -> Result<()> {
        if !std::mem::take(&mut self.triggers_stale) {
            return Ok(());
        }
        let mut settled = self.catalog.triggers.clone();
        for trigger in settled.values_mut().flatten() {
            let mut fresh = Trigger::clone(trigger);
            self.read_trigger(&mut fresh).map_err(|error| {
                let message = format!(
                    "trigger \"{}\" of table \"{}\" cannot run: {}",
                    trigger.name,
                    trigger.table.name,
                    error.message()
                );
                let place = self
                    .trigger_lines
                    .iter()
                    .find(|(table, name, _)| *table == trigger.table && *name == trigger.name);
                let line = place.map_or(self.line, |(_, _, line)| *line);
                Error::new(error.code().clone(), message)
                    .hint("Replace its function, or drop the trigger, in the same file.")
                    .at("", line)
            })?;
            *trigger = Arc::new(fresh);
        }
        self.catalog.triggers = settled;
        Ok(())
    }

    /// Folds `drop trigger`.
    pub(super) fn drop_trigger(&mut self, node: &ast::DropTrigger) -> Result<()> {
        let path = relation(node.on_relation().as_ref())?;
        let name = grammar::name(node.trigger_ref().as_ref())?;
        let absent = node.if_exists().is_some();
        let table = match self.table_of(&path) {
            Ok(table) => table,
            Err(_) if absent => {
                self.note(format!("relation \"{path}\" does not exist, skipping"));
                self.push(Operation::CatalogOnly);
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        if let Some(triggers) = self.catalog.triggers.get_mut(&table.name)
            && let Some(position) = triggers.iter().position(|it| it.name == name)
        {
            triggers.remove(position);
            if triggers.is_empty() {
                self.catalog.triggers.remove(&table.name);
            }
        } else if absent {
            self.note(format!(
                "trigger \"{name}\" for relation \"{path}\" does not exist, skipping"
            ));
        } else {
            return Err(no_trigger(&table, &name));
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Folds `alter trigger … rename to`.
    pub(super) fn alter_trigger(&mut self, node: &ast::AlterTrigger) -> Result<()> {
        let table = self.table_of(&relation(node.on_relation().as_ref())?)?;
        let name = grammar::name(node.trigger_ref().as_ref())?;
        let triggers = self.catalog.triggers.entry(table.name.clone()).or_default();
        let Some(trigger) = triggers.iter_mut().find(|it| it.name == name) else {
            return Err(no_trigger(&table, &name));
        };
        if let Some(ast::AlterTriggerAction::TriggerRenameTo(rename)) = node.action() {
            Arc::make_mut(trigger).name = grammar::name(rename.trigger().as_ref())?;
        }
        triggers.sort_by(|first, second| first.name.cmp(&second.name));
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// `alter table … enable trigger`, `… disable trigger`: one, or all.
    pub(super) fn switch_triggers(
        &mut self,
        alteration: &Alteration,
        node: &impl AstNode,
        enabled: bool,
    ) -> Result<()> {
        let text = text_of(node);
        let target = text.split_whitespace().last().unwrap_or_default();
        let is_all = ["trigger", "all", "user"]
            .iter()
            .any(|word| target.eq_ignore_ascii_case(word));
        let name = unquoted(target);
        let table = &alteration.after;
        let triggers = self.catalog.triggers.get_mut(&table.name);
        let mut found = false;
        for trigger in triggers.into_iter().flatten() {
            if is_all || trigger.name == name {
                Arc::make_mut(trigger).enabled = enabled;
                found = true;
            }
        }
        if found || is_all {
            return Ok(());
        }
        Err(no_trigger(table, &name))
    }

    /// Lets the triggers of a table follow its new name.
    pub(super) fn move_triggers(&mut self, from: &QualifiedName, to: &QualifiedName) {
        let Some(mut triggers) = self.catalog.triggers.remove(from) else {
            return;
        };
        for trigger in &mut triggers {
            Arc::make_mut(trigger).table = to.clone();
        }
        self.catalog.triggers.insert(to.clone(), triggers);
    }
}

/// What is read for a trigger.
struct Body {
    text: String,
    search_path: Vec<Name>,
    security_definer: bool,
}

impl Body {
    fn of(routine: &Routine) -> Self {
        Self {
            text: match routine.body.language {
                Language::PlPgSql => routine.body.text.clone(),
                Language::Sql | Language::Native => String::new(),
            },
            search_path: routine.search_path.clone(),
            security_definer: routine.security_definer,
        }
    }
}

fn moddatetime(arguments: &[String]) -> Result<Body> {
    let [column] = arguments else {
        return Err(Error::new(
            Code::INVALID_PARAMETER,
            "moddatetime: A single argument was expected",
        ));
    };
    let column = column.replace('"', "\"\"");
    Ok(Body {
        text: format!("begin new.\"{column}\" := now(); return new; end"),
        search_path: vec![Name::from("public")],
        security_definer: false,
    })
}

fn relation(node: Option<&ast::OnRelation>) -> Result<Path> {
    path_of(node.and_then(|on| on.relation_name_ref()).as_ref())
}

fn timing(node: &ast::CreateTrigger) -> Result<Timing> {
    match node.timing().ok_or_else(missing)? {
        ast::Timing::TimingBefore(_) => Ok(Timing::Before),
        ast::Timing::TimingAfter(_) => Ok(Timing::After),
        ast::Timing::TimingInsteadOf(_) => Err(refused(
            "`instead of` triggers are not supported",
            "Write to the table that the view reads, or call a function.",
        )),
    }
}

/// Refuses a trigger that waits for the end of the transaction.
fn refuse_deferred(node: &ast::CreateTrigger) -> Result<()> {
    let deferred = node.constraint_options().any(|option| {
        matches!(
            option,
            ast::ConstraintOption::InitiallyDeferredConstraintOption(_)
        )
    });
    if deferred {
        return Err(refused(
            "a trigger that is `initially deferred` is not supported",
            "Leave it out: the trigger then runs at once, after the statement that fires it.",
        ));
    }
    Ok(())
}

/// Reads the events of a trigger.
fn events(node: &ast::CreateTrigger, table: &Table, trigger: &mut Trigger) -> Result<()> {
    let list = node.trigger_event_list().ok_or_else(missing)?;
    for event in list.trigger_events() {
        match event {
            ast::TriggerEvent::TriggerEventInsert(_) => trigger.on_insert = true,
            ast::TriggerEvent::TriggerEventDelete(_) => trigger.on_delete = true,
            ast::TriggerEvent::TriggerEventUpdate(update) => {
                let mut columns = Vec::new();
                for column in update.column_name_refs() {
                    let name = grammar::name(Some(&column))?;
                    if table.column(&name).is_none() {
                        return Err(Error::new(
                            Code::UNDEFINED_COLUMN,
                            format!(
                                "column \"{name}\" of relation \"{}\" does not exist",
                                table.name.name
                            ),
                        ));
                    }
                    columns.push(name);
                }
                trigger.on_update = Some(columns);
            }
            ast::TriggerEvent::TriggerEventTruncate(_) => {
                return Err(refused(
                    "triggers on `truncate` are not supported",
                    "Rows go by `delete` alone.",
                ));
            }
        }
    }
    Ok(())
}

fn no_trigger(table: &Table, name: &Name) -> Error {
    Error::new(
        Code::UNDEFINED_OBJECT,
        format!(
            "trigger \"{name}\" for table \"{}\" does not exist",
            table.name.name
        ),
    )
}

/// Returns a name as it is written, folded unless it stands in quotes.
fn unquoted(written: &str) -> Name {
    let written = written.trim();
    match written
        .strip_prefix('"')
        .and_then(|rest| rest.strip_suffix('"'))
    {
        Some(inner) => Name::from(inner.replace("\"\"", "\"")),
        None => Name::from(written.to_lowercase()),
    }
}

/// Returns the arguments of a trigger: strings without their quotes, anything else as it is written.
fn arguments(list: &str) -> Vec<String> {
    let mut arguments = Vec::new();
    let mut current = String::new();
    let mut in_string = false;
    for character in list.chars() {
        match character {
            '\'' => {
                in_string = !in_string;
                current.push(character);
            }
            ',' if !in_string => arguments.push(std::mem::take(&mut current)),
            _ => current.push(character),
        }
    }
    arguments.push(current);
    arguments
        .iter()
        .map(|argument| argument.trim())
        .filter(|argument| !argument.is_empty())
        .map(|argument| {
            match argument
                .strip_prefix('\'')
                .and_then(|rest| rest.strip_suffix('\''))
            {
                Some(inner) => inner.replace("''", "'"),
                None => argument.to_owned(),
            }
        })
        .collect()
}
