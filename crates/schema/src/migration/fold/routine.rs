//! `create function`: its parameters, result, options and body.

use std::sync::Arc;

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, QualifiedName, Result};
use underpin_sql::grammar::{self, Path, RoutineResult};
use underpin_sql::tree::RoutineId;
use underpin_sql::types::Type;

use super::dependency::{described_routine, restrict};
use super::lookup::path_of;
use super::read::{missing, relocated, text_of};
use super::routine_body::{is_missing, is_trigger, language, nothing};
use super::routine_options::{self as options, Options, body_text};
use super::{Fold, refused};
use crate::catalog::{Argument, Language, Routine, RoutineBody};
use crate::migration::{Defined, Operation};

/// The parameters of a routine.
#[derive(Default)]
struct Parameters {
    arguments: Vec<Argument>,
    variadic: bool,
    /// `out` parameters: the columns of the result.
    outputs: Vec<(Name, Type)>,
}

impl Fold {
    /// Folds `create function`.
    pub(super) fn create_function(&mut self, node: &ast::CreateFunction) -> Result<()> {
        let path = grammar::path(node.name().and_then(|name| name.path()).as_ref())?;
        let options = Options::of(node.option_list())?;
        let language = language(&path, &options)?;
        let name = self.new_name(&path)?;
        let parameters = self.parameters(node.param_list().as_ref())?;
        let is_trigger = is_trigger(node.ret_type().as_ref());
        let result = if is_trigger {
            nothing()
        } else {
            self.result(node.ret_type().as_ref(), &parameters)?
        };
        if is_trigger && !parameters.arguments.is_empty() {
            return Err(declared_arguments());
        }
        let id = RoutineId {
            name: name.clone(),
            parameters: parameters
                .arguments
                .iter()
                .map(|it| it.ty.clone())
                .collect(),
        };
        let text = match (&options.body, node.body()) {
            (Some(text), _) => text.clone(),
            (None, Some(body)) => body_text(&body),
            (None, None) => {
                return Err(Error::new(Code::new("42P13"), "no function body specified"));
            }
        };
        let mut routine = Routine {
            id: id.clone(),
            arguments: parameters.arguments,
            variadic: parameters.variadic,
            outputs: match parameters.outputs.as_slice() {
                [] if result.ty == Type::Record => result.columns.clone(),
                outputs => outputs.to_vec(),
            },
            is_trigger,
            result,
            volatility: options.volatility,
            strict: options.strict,
            rows: options.rows,
            security_definer: options.security_definer,
            body: RoutineBody {
                language,
                text,
                statements: Vec::new(),
                procedure: None,
            },
            search_path: options.search_path.unwrap_or_else(|| self.path.clone()),
            comment: None,
            executors: self.catalog.default_executors.get(&name.schema).cloned(),
        };
        let first = options.body_line.unwrap_or(self.line);
        let replace = node.or_replace().is_some();
        if language == Language::PlPgSql {
            // PL/pgSQL looks up names when it runs: the body may call itself, and what the file makes only later.
            self.put_routine(routine.clone(), replace)?;
        }
        match self.read_body(&mut routine) {
            Err(error) if language == Language::PlPgSql && is_missing(&error) => {
                self.unread.push((routine.id, first));
            }
            Err(error) => return Err(relocated(&error, first)),
            Ok(()) => self.put_routine(routine, replace || language == Language::PlPgSql)?,
        }
        self.triggers_stale = true;
        self.push(Operation::Define(Defined::Routine(id)));
        Ok(())
    }

    /// Puts a routine into the catalog, in the place of one of the same parameters when `replace` allows it.
    pub(super) fn put_routine(&mut self, mut routine: Routine, replace: bool) -> Result<()> {
        let overloads = self
            .catalog
            .routines
            .entry(routine.id.name.clone())
            .or_default();
        let Some(existing) = overloads.iter_mut().find(|it| it.id == routine.id) else {
            overloads.push(Arc::new(routine));
            return Ok(());
        };
        // Whether the body is a query decides how others call it.
        self.routines_stale = true;
        if !replace {
            return Err(Error::new(
                Code::new("42723"),
                format!(
                    "function \"{}\" already exists with same argument types",
                    routine.id.name.name
                ),
            ));
        }
        if existing.is_trigger != routine.is_trigger
            || existing.result.ty != routine.result.ty
            || existing.result.set != routine.result.set
            || existing.result.columns != routine.result.columns
        {
            return Err(Error::new(
                Code::new("42P13"),
                "cannot change return type of existing function",
            )
            .hint(format!(
                "Use DROP FUNCTION {} first.",
                described_routine(&routine.id)
            )));
        }
        routine.comment.clone_from(&existing.comment);
        routine.executors.clone_from(&existing.executors);
        *existing = Arc::new(routine);
        Ok(())
    }

    fn parameters(&self, list: Option<&ast::ParamList>) -> Result<Parameters> {
        let mut parameters = Parameters::default();
        for param in list.into_iter().flat_map(ast::ParamList::params) {
            let name = match param.name() {
                Some(name) => Some(grammar::name(Some(&name))?),
                None => None,
            };
            let ty = self.routine_type(param.func_type().as_ref())?.0;
            let mode = param.mode();
            if matches!(
                mode,
                Some(ast::ParamMode::ParamOut(_) | ast::ParamMode::ParamInOut(_))
            ) {
                let column = name.clone().unwrap_or_else(|| {
                    Name::from(format!("column{}", parameters.outputs.len() + 1))
                });
                parameters.outputs.push((column, ty.clone()));
            }
            if matches!(mode, Some(ast::ParamMode::ParamOut(_))) {
                continue;
            }
            parameters.variadic |= matches!(mode, Some(ast::ParamMode::ParamVariadic(_)));
            let default = match param.param_default().and_then(|it| it.expr()) {
                Some(node) => {
                    self.default_expression(Some(&node), &ty.clone().into())?;
                    Some(text_of(&node))
                }
                None => None,
            };
            let follows_default = parameters
                .arguments
                .last()
                .is_some_and(|it| it.default.is_some());
            if default.is_none() && follows_default {
                return Err(Error::new(
                    Code::new("42P13"),
                    "input parameters after one with a default value must also have defaults",
                ));
            }
            parameters.arguments.push(Argument { name, ty, default });
        }
        Ok(parameters)
    }

    /// Reads a type of a routine's signature, and whether `setof` stands before it.
    fn routine_type(&self, node: Option<&ast::FuncType>) -> Result<(Type, bool)> {
        match node {
            Some(ast::FuncType::Type(ty)) => {
                let read = self.column_type(Some(ty))?;
                Ok((read.column.ty, read.set))
            }
            Some(ast::FuncType::PercentType(percent)) => {
                let path = percent.path_ref().ok_or_else(missing)?;
                let column = grammar::name(path.segment().as_ref())?;
                let table = grammar::path_ref(path.qualifier().as_ref())?;
                let table = self.table_of(&table)?;
                let found = table.column(&column).ok_or_else(|| {
                    Error::new(
                        Code::UNDEFINED_COLUMN,
                        format!(
                            "column \"{column}\" of relation \"{}\" does not exist",
                            table.name.name
                        ),
                    )
                })?;
                Ok((found.ty.ty.clone(), percent.setof_token().is_some()))
            }
            None => Err(missing()),
        }
    }

    fn result(
        &self,
        node: Option<&ast::RetType>,
        parameters: &Parameters,
    ) -> Result<RoutineResult> {
        if let Some(list) = node.and_then(ast::RetType::return_table_arg_list) {
            let mut columns = Vec::new();
            for arg in list.args() {
                let name = grammar::name(arg.name().as_ref())?;
                columns.push((name, self.routine_type(arg.func_type().as_ref())?.0));
            }
            return Ok(RoutineResult {
                ty: Type::Record,
                set: true,
                columns,
            });
        }
        let declared = match node {
            Some(node) => Some(self.routine_type(node.func_type().as_ref())?),
            None => None,
        };
        let set = declared.as_ref().is_some_and(|(_, set)| *set);
        match parameters.outputs.as_slice() {
            [] => {}
            [(_, ty)] => {
                return Ok(RoutineResult {
                    ty: ty.clone(),
                    set,
                    columns: Vec::new(),
                });
            }
            columns => {
                return Ok(RoutineResult {
                    ty: Type::Record,
                    set,
                    columns: columns.to_vec(),
                });
            }
        }
        let (ty, set) = declared.ok_or_else(|| {
            Error::new(Code::new("42P13"), "function result type must be specified")
        })?;
        let columns = match &ty {
            Type::Composite(composite) => composite
                .fields
                .iter()
                .map(|(name, field)| (name.clone(), field.ty.clone()))
                .collect(),
            _ => Vec::new(),
        };
        Ok(RoutineResult { ty, set, columns })
    }

    /// Reads the bodies of all routines again, since PostgreSQL reads them when they are called. A body that means nothing any more is
    /// left as it was: calling it fails, as it does in PostgreSQL.
    pub(super) fn read_routines_again(&mut self) {
        let routines: Vec<Arc<Routine>> =
            self.catalog.routines.values().flatten().cloned().collect();
        for routine in routines {
            let mut fresh = Routine::clone(&routine);
            fresh.id.parameters = routine
                .id
                .parameters
                .iter()
                .map(|ty| self.fresh(ty))
                .collect();
            for argument in &mut fresh.arguments {
                argument.ty = self.fresh(&argument.ty);
            }
            fresh.result.ty = self.fresh(&fresh.result.ty);
            if let Type::Composite(composite) = &fresh.result.ty {
                fresh.result.columns = composite
                    .fields
                    .iter()
                    .map(|(name, field)| (name.clone(), field.ty.clone()))
                    .collect();
            }
            if self.read_body(&mut fresh).is_err() {
                continue;
            }
            let overloads = self.catalog.routines.get_mut(&routine.id.name);
            for existing in overloads.into_iter().flatten() {
                if existing.id == routine.id {
                    *existing = Arc::new(fresh.clone());
                }
            }
        }
    }

    /// Returns a type as the catalog has it now.
    fn fresh(&self, ty: &Type) -> Type {
        match ty {
            Type::Array(element) => self.fresh(element).array(),
            Type::Enum(it) => match self.catalog.enums.get(&it.name) {
                Some(found) => Type::Enum(found.clone()),
                None => ty.clone(),
            },
            Type::Composite(it) => match self.catalog.composites.get(&it.name) {
                Some(found) => Type::Composite(found.clone()),
                None => self
                    .catalog
                    .row_type(&it.name)
                    .unwrap_or_else(|| ty.clone()),
            },
            _ => ty.clone(),
        }
    }

    /// Returns which routine a signature means; without parameters the only one of the name.
    pub(super) fn routine_id(
        &self,
        path: &Path,
        parameters: Option<&ast::ParamList>,
    ) -> Result<RoutineId> {
        let search = self.search();
        let name = search.find(path.schema.as_deref(), &path.name, |catalog, name| {
            catalog.routines.get(name).is_some_and(|it| !it.is_empty())
        });
        let overloads = name
            .and_then(|name: QualifiedName| self.catalog.routines.get(&name))
            .map(Vec::as_slice)
            .unwrap_or_default();
        let Some(list) = parameters else {
            return match overloads {
                [] => Err(Error::new(
                    Code::UNDEFINED_FUNCTION,
                    format!("could not find a function named \"{path}\""),
                )),
                [routine] => Ok(routine.id.clone()),
                _ => Err(Error::new(
                    Code::AMBIGUOUS_FUNCTION,
                    format!("function name \"{path}\" is not unique"),
                )
                .hint("Specify the argument list to select the function unambiguously.")),
            };
        };
        let types: Vec<Type> = self
            .parameters(Some(list))?
            .arguments
            .into_iter()
            .map(|argument| argument.ty)
            .collect();
        overloads
            .iter()
            .find(|routine| *routine.id.parameters == *types)
            .map(|routine| routine.id.clone())
            .ok_or_else(|| {
                let types: Vec<String> = types.iter().map(ToString::to_string).collect();
                Error::new(
                    Code::UNDEFINED_FUNCTION,
                    format!("function {path}({}) does not exist", types.join(", ")),
                )
            })
    }

    /// Drops a routine with what depends on it, or refuses.
    pub(super) fn drop_routine(
        &mut self,
        path: &Path,
        parameters: Option<&ast::ParamList>,
        if_exists: bool,
        cascade: bool,
    ) -> Result<()> {
        let id = match self.routine_id(path, parameters) {
            Ok(id) => id,
            Err(error) if if_exists && *error.code() != Code::AMBIGUOUS_FUNCTION => {
                self.note(format!("{}, skipping", error.message()));
                return Ok(());
            }
            Err(error) => return Err(error),
        };
        self.refuse_platform(&id.name)?;
        let dependants = self.dependants_of_routine(&id);
        restrict(
            &format!("function {}", described_routine(&id)),
            &dependants,
            cascade,
        )?;
        self.drop_dependants(dependants, None)?;
        self.remove_routine(&id);
        Ok(())
    }

    /// Takes a routine out of the catalog.
    pub(super) fn remove_routine(&mut self, id: &RoutineId) {
        if let Some(overloads) = self.catalog.routines.get_mut(&id.name) {
            overloads.retain(|routine| routine.id != *id);
            if overloads.is_empty() {
                self.catalog.routines.remove(&id.name);
            }
        }
    }

    /// Folds `alter function`.
    pub(super) fn alter_function(&mut self, node: &ast::AlterFunction) -> Result<()> {
        let signature = node.function_sig().ok_or_else(missing)?;
        let path = path_of(signature.function_name_ref().as_ref())?;
        let id = self.routine_id(&path, signature.param_list().as_ref())?;
        self.refuse_platform(&id.name)?;
        let Some(routine) = self
            .catalog
            .routines
            .get(&id.name)
            .and_then(|it| it.iter().find(|it| it.id == id))
            .cloned()
        else {
            return Err(missing());
        };
        let mut changed = Routine::clone(&routine);
        match node.action() {
            Some(ast::AlterFunctionAction::FuncOptionList(list)) => {
                options::change(&mut changed, &list)?;
            }
            Some(ast::AlterFunctionAction::FunctionRenameTo(rename)) => {
                let to = rename.function_name().and_then(|it| it.path());
                let to = grammar::path(to.as_ref())?.name;
                changed.id.name = QualifiedName::new(id.name.schema.clone(), to);
                self.refuse_called(&id)?;
            }
            Some(ast::AlterFunctionAction::SetSchema(set)) => {
                changed.id.name.schema = self.existing_schema(set.schema_ref().as_ref())?;
                self.refuse_called(&id)?;
            }
            _ => {}
        }
        self.read_body(&mut changed)?;
        self.remove_routine(&id);
        self.put_routine(changed, false)?;
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Refuses a new name for a routine that something calls.
    fn refuse_called(&self, id: &RoutineId) -> Result<()> {
        match self.dependants_of_routine(id).first() {
            None => Ok(()),
            Some(dependant) => Err(refused(
                format!(
                    "function {} cannot be renamed: {dependant} calls it",
                    described_routine(id)
                ),
                "Make a function of the new name, let what calls the old one call it, and drop the old one.",
            )),
        }
    }
}

fn declared_arguments() -> Error {
    Error::new(
        Code::new("42P13"),
        "trigger functions cannot have declared arguments",
    )
    .hint("The arguments of the trigger can be accessed through TG_NARGS and TG_ARGV instead.")
}
