//! Bodies whose names are resolved: statements become steps, expressions are typed.

use underpin_base::{Code, Error, Name, QualifiedName, Result, Value};

use super::read::{self, OnConflict};
use super::relocated;
use super::scope::{Known, Row, Variables};
use super::syntax::{Block, Fragment, Kind, Statement as Written};
use crate::functions::Operator;
use crate::grammar::{self, Resolver, RoutineResult};
use crate::infer;
use crate::tree::{Expr, ExprKind, Handler, Procedure, Rewrite, Statement, Step, StepKind};
use crate::types::{ColumnType, Type};

/// What is said of a routine outside its body.
#[derive(Clone, Debug)]
pub struct Subject<'a> {
    /// Its name.
    pub name: Name,
    /// Its parameters.
    pub parameters: Vec<(Option<Name>, Type)>,
    /// Its `out` parameters, or the columns of `returns table`.
    pub outputs: Vec<(Name, Type)>,
    /// What it returns.
    pub result: &'a RoutineResult,
    /// The table whose trigger calls it.
    pub trigger: Option<TriggerRow>,
}

/// The row that a trigger is about.
#[derive(Clone, Debug)]
pub struct TriggerRow {
    /// The table.
    pub table: QualifiedName,
    /// Its columns.
    pub columns: Vec<(Name, ColumnType)>,
}

/// What a trigger function is told beside the rows, in the order of its variables behind those of `new` and `old`.
pub const TRIGGER_VARIABLES: [(&str, Type); 9] = [
    ("tg_op", Type::Text),
    ("tg_when", Type::Text),
    ("tg_level", Type::Text),
    ("tg_name", Type::Name),
    ("tg_table_name", Type::Name),
    ("tg_relname", Type::Name),
    ("tg_table_schema", Type::Name),
    ("tg_nargs", Type::Int4),
    ("tg_argv", Type::Unknown),
];

/// Reads a body without resolving its names: what can be said of a trigger function before there is a trigger.
///
/// # Errors
/// `42601`, and `0A000` for what is outside the subset, with the line.
pub fn check(text: &str) -> Result<()> {
    read::body(text).map(drop)
}

/// Reads a body and resolves its names.
///
/// # Errors
/// PostgreSQL's own, and `0A000` for what is outside the subset, with the line.
pub fn compile(text: &str, subject: &Subject<'_>, resolver: &dyn Resolver) -> Result<Procedure> {
    let (block, on_conflict) = read::body(text)?;
    let mut compiler = Compiler::new(subject, resolver, on_conflict)?;
    let mut body = compiler.block_body(&block)?;
    let line = body.last().map_or(1, |step| step.line);
    if let Some(end) = compiler.implied_return() {
        body.push(Step { line, kind: end });
    }
    Ok(Procedure {
        parameters: compiler.parameters,
        found: compiler.found,
        variables: compiler.variables.all,
        body,
    })
}

/// Reads the condition of a trigger, `when (…)`, over the variables that its procedure begins with.
///
/// # Errors
/// PostgreSQL's own.
pub fn trigger_condition(
    text: &str,
    subject: &Subject<'_>,
    resolver: &dyn Resolver,
) -> Result<Expr> {
    let compiler = Compiler::new(subject, resolver, OnConflict::Error)?;
    let condition = Fragment {
        text: text.to_owned(),
        line: 1,
    };
    infer::condition(compiler.expr(&condition)?, "WHEN")
}

/// Returns the body of a function in SQL as a procedure: each statement in its turn, the last one's rows as the result.
///
/// # Errors
/// `54001` for too many variables.
pub fn of_statements(
    statements: &[Statement],
    subject: &Subject<'_>,
    resolver: &dyn Resolver,
) -> Result<Procedure> {
    let mut compiler = Compiler::new(subject, resolver, OnConflict::Column)?;
    let mut body = Vec::new();
    let returns = subject.result.ty != Type::Void;
    for (position, statement) in statements.iter().enumerate() {
        let (statement, before) = compiler.writes_first(statement.clone())?;
        body.extend(before.into_iter().map(|kind| Step { line: 1, kind }));
        let is_last = position + 1 == statements.len();
        let statement = Box::new(statement);
        let kind = if is_last && returns {
            StepKind::ReturnQuery(statement)
        } else {
            StepKind::Run {
                statement,
                into: None,
                sets_found: false,
            }
        };
        body.push(Step { line: 1, kind });
    }
    body.push(Step {
        line: 1,
        kind: StepKind::Return(Vec::new()),
    });
    Ok(Procedure {
        parameters: compiler.parameters,
        found: compiler.found,
        variables: compiler.variables.all,
        body,
    })
}

/// The variable `tg_argv`, which counts from 0, as no other array does.
struct CountedArguments(usize);

impl Rewrite for CountedArguments {
    fn expr(&mut self, expr: Expr) -> Expr {
        let ExprKind::Subscript(operands) = expr.kind else {
            return expr;
        };
        let [array, index] = *operands;
        let index = if matches!(array.kind, ExprKind::Parameter(it) if it == self.0) {
            let one = Expr::constant(Value::Int(1), Type::Int4);
            infer::operator(Operator::Add, index.clone(), one).unwrap_or(index)
        } else {
            index
        };
        Expr {
            kind: ExprKind::Subscript(Box::new([array, index])),
            ty: expr.ty,
        }
    }
}

/// One compilation.
pub(super) struct Compiler<'a> {
    pub(super) subject: &'a Subject<'a>,
    pub(super) resolver: &'a dyn Resolver,
    pub(super) variables: Variables,
    /// How many variables are parameters.
    parameters: usize,
    found: usize,
    /// The variables of the `out` parameters.
    outputs: Vec<usize>,
    /// The labels of the blocks and loops around, the innermost last; nothing for one without, and whether it is a loop.
    pub(super) around: Vec<(Option<Name>, bool)>,
    /// The variables `sqlstate` and `sqlerrm` of the handler around.
    pub(super) handled: Option<[usize; 2]>,
}

impl<'a> Compiler<'a> {
    fn new(
        subject: &'a Subject<'a>,
        resolver: &'a dyn Resolver,
        on_conflict: OnConflict,
    ) -> Result<Self> {
        let mut variables = Variables::new(subject.name.clone(), on_conflict);
        match &subject.trigger {
            Some(row) => {
                for name in ["new", "old"] {
                    let known = variables.row(&row.columns, Some(row.table.clone()), false)?;
                    let known = Row {
                        nullable: true,
                        ..known
                    };
                    variables.name(Name::from(name), Known::Row(known));
                }
                for (name, ty) in TRIGGER_VARIABLES {
                    let ty = match ty {
                        Type::Unknown => Type::Text.array(),
                        other => other,
                    };
                    variables.value(&Name::from(name), ty.into())?;
                }
            }
            None => {
                for (position, (name, ty)) in subject.parameters.iter().enumerate() {
                    let numbered = Name::from(format!("${}", position + 1));
                    let name = name.as_ref().unwrap_or(&numbered);
                    variables.value(name, ty.clone().into())?;
                }
            }
        }
        let parameters = variables.all.len();
        let mut outputs = Vec::new();
        for (name, ty) in &subject.outputs {
            outputs.push(match variables.find(name) {
                Some(Known::Value { variable, .. }) => *variable,
                _ => variables.value(name, ty.clone().into())?,
            });
        }
        let found = variables.value(&Name::from("found"), Type::Bool.into())?;
        variables.open(None);
        Ok(Self {
            subject,
            resolver,
            variables,
            parameters,
            found,
            outputs,
            around: Vec::new(),
            handled: None,
        })
    }

    /// What the end of the body means where no `return` is needed.
    fn implied_return(&self) -> Option<StepKind> {
        let result = self.subject.result;
        if self.subject.trigger.is_some() {
            return None;
        }
        if result.ty == Type::Void || result.set {
            return Some(StepKind::Return(Vec::new()));
        }
        if self.outputs.is_empty() {
            return None;
        }
        Some(StepKind::Return(self.output_values()))
    }

    /// Returns the values of the `out` parameters.
    pub(super) fn output_values(&self) -> Vec<Expr> {
        self.outputs.iter().map(|it| self.parameter(*it)).collect()
    }

    /// Returns a variable's value.
    pub(super) fn parameter(&self, variable: usize) -> Expr {
        Expr {
            kind: ExprKind::Parameter(variable),
            ty: self.variables.ty(variable).ty,
        }
    }

    /// Reads an expression.
    pub(super) fn expr(&self, fragment: &Fragment) -> Result<Expr> {
        grammar::expression_text(&fragment.text, &self.variables.scope(), self.resolver)
            .map(|expr| match &mut self.arguments() {
                Some(counted) => expr.rewrite(counted),
                None => expr,
            })
            .map_err(|error| relocated(&error, fragment.line))
    }

    /// Reads a query or write.
    pub(super) fn statement(&self, fragment: &Fragment) -> Result<Statement> {
        let read = || {
            let parsed = grammar::parse(&fragment.text)?;
            let [parsed] = parsed.as_slice() else {
                return Err(Error::new(Code::SYNTAX, "one statement is expected"));
            };
            let scope = self.variables.scope();
            let statement = grammar::statement(&parsed.statement, &scope, self.resolver)?;
            Ok(match &mut self.arguments() {
                Some(counted) => statement.rewrite(counted),
                None => statement,
            })
        };
        read().map_err(|error| relocated(&error, fragment.line))
    }

    /// Returns the reading of `tg_argv`, in the function of a trigger.
    fn arguments(&self) -> Option<CountedArguments> {
        self.subject.trigger.as_ref()?;
        match self.variables.find("tg_argv") {
            Some(Known::Value { variable, .. }) => Some(CountedArguments(*variable)),
            _ => None,
        }
    }

    /// Compiles a block's declarations and body, without its handlers.
    pub(super) fn block_body(&mut self, block: &Block) -> Result<Vec<Step>> {
        self.variables.open(block.label.clone());
        let mut steps = Vec::new();
        for declaration in &block.declarations {
            let declared = self.declare(declaration);
            steps.extend(declared.map_err(|error| error.at("", declaration.line))?);
        }
        self.around.push((block.label.clone(), false));
        let body = self.steps(&block.body)?;
        let mut handlers = Vec::new();
        for handler in &block.handlers {
            let compiled = self.handler(handler);
            handlers.push(compiled.map_err(|error| error.at("", handler.line))?);
        }
        self.around.pop();
        self.variables.close();
        if handlers.is_empty() && block.label.is_none() {
            steps.extend(body);
        } else {
            let line = block.body.first().map_or(1, |statement| statement.line);
            let kind = StepKind::Block {
                label: block.label.clone(),
                body,
                handlers,
            };
            steps.push(Step { line, kind });
        }
        Ok(steps)
    }

    fn handler(&mut self, handler: &super::syntax::Handler) -> Result<Handler> {
        self.variables.open(None);
        let error = [
            self.variables
                .value(&Name::from("sqlstate"), Type::Text.into())?,
            self.variables
                .value(&Name::from("sqlerrm"), Type::Text.into())?,
        ];
        let outer = self.handled.replace(error);
        let conditions = handler.conditions.iter().map(super::raise::condition);
        let conditions = conditions.collect::<Result<_>>()?;
        let body = self.steps(&handler.body)?;
        self.handled = outer;
        self.variables.close();
        Ok(Handler {
            conditions,
            body,
            error,
        })
    }

    pub(super) fn steps(&mut self, statements: &[Written]) -> Result<Vec<Step>> {
        let mut steps = Vec::new();
        for statement in statements {
            let line = statement.line;
            let kinds = self
                .step(&statement.kind)
                .map_err(|error| error.at("", line))?;
            steps.extend(kinds.into_iter().map(|kind| Step { line, kind }));
        }
        Ok(steps)
    }

    fn step(&mut self, kind: &Kind) -> Result<Vec<StepKind>> {
        match kind {
            Kind::Null => Ok(Vec::new()),
            Kind::Block(block) => {
                let body = self.block_body(block)?;
                Ok(vec![StepKind::Block {
                    label: None,
                    body,
                    handlers: Vec::new(),
                }])
            }
            Kind::Assign { target, value } => self.assignment(target, value),
            Kind::If {
                branches,
                otherwise,
            } => self.decision(branches, otherwise),
            Kind::Case {
                subject,
                branches,
                otherwise,
            } => self.case(subject.as_ref(), branches, otherwise.as_deref()),
            Kind::Loop { .. } | Kind::Count { .. } | Kind::Rows { .. } | Kind::Leave { .. } => {
                self.repetition(kind)
            }
            Kind::Return(value) => self.returned(value.as_ref()),
            Kind::ReturnNext(value) => self.return_next(value.as_ref()),
            Kind::ReturnQuery(query) => self.return_query(query),
            Kind::Raise(raise) => self.raise(raise),
            Kind::Assert { condition, message } => self.assertion(condition, message.as_ref()),
            Kind::Sql { text, into } => self.run(text, into.as_ref()),
            Kind::Perform(text) => self.perform(text),
            Kind::Diagnostics(items) => {
                let items = items
                    .iter()
                    .map(|(target, item)| Ok((self.target(target)?, *item)))
                    .collect::<Result<_>>()?;
                Ok(vec![StepKind::Diagnostics(items)])
            }
        }
    }

    /// Reads a condition.
    pub(super) fn condition(&self, fragment: &Fragment) -> Result<Expr> {
        infer::condition(self.expr(fragment)?, "IF")
    }

    fn decision(
        &mut self,
        branches: &[(Fragment, Vec<Written>)],
        otherwise: &[Written],
    ) -> Result<Vec<StepKind>> {
        let mut compiled = Vec::new();
        for (condition, body) in branches {
            compiled.push((self.condition(condition)?, self.steps(body)?));
        }
        Ok(vec![StepKind::If {
            branches: compiled,
            otherwise: self.steps(otherwise)?,
        }])
    }

    fn case(
        &mut self,
        subject: Option<&Fragment>,
        branches: &[(Fragment, Vec<Written>)],
        otherwise: Option<&[Written]>,
    ) -> Result<Vec<StepKind>> {
        let mut compiled = Vec::new();
        for (value, body) in branches {
            let text = match subject {
                Some(subject) => format!("({}) in ({})", subject.text, value.text),
                None => value.text.clone(),
            };
            let condition = Fragment {
                text,
                line: value.line,
            };
            let condition = infer::condition(self.expr(&condition)?, "CASE")?;
            compiled.push((condition, self.steps(body)?));
        }
        let otherwise = match otherwise {
            Some(statements) => self.steps(statements)?,
            None => vec![Step {
                line: branches.first().map_or(1, |(value, _)| value.line),
                kind: super::raise::error(
                    "20000",
                    "case not found",
                    "CASE statement is missing ELSE part.",
                ),
            }],
        };
        Ok(vec![StepKind::If {
            branches: compiled,
            otherwise,
        }])
    }

    pub(super) fn has_outputs(&self) -> bool {
        !self.outputs.is_empty()
    }
}
