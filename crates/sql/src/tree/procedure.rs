//! [`Procedure`]: the body of a routine in PL/pgSQL, its names resolved and its expressions typed.
//!
//! Parameters and variables are [`super::ExprKind::Parameter`]s, numbered as in [`Procedure::variables`]. A variable that holds a row
//! is as many variables as the row has columns.

use underpin_base::{Code, Name};

use super::{Expr, RoutineId, Select, Statement};
use crate::types::{ColumnType, Type};

/// The body of a routine.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Procedure {
    /// Its parameters, then everything else that has a value while it runs.
    pub variables: Vec<Variable>,
    /// How many of them are parameters.
    pub parameters: usize,
    /// The variable `found`.
    pub found: usize,
    /// What it does.
    pub body: Vec<Step>,
}

/// A parameter or variable.
#[derive(Clone, Debug, PartialEq)]
pub struct Variable {
    /// Its name, for messages.
    pub name: Name,
    /// Its type.
    pub ty: ColumnType,
    /// `not null`.
    pub not_null: bool,
}

/// One statement.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its line in its file.
    pub line: usize,
    /// What it does.
    pub kind: StepKind,
}

/// What a statement does.
#[derive(Clone, Debug, PartialEq)]
pub enum StepKind {
    /// Sets a variable; the value is of its type.
    Set {
        /// The variable.
        variable: usize,
        /// Its new value.
        value: Box<Expr>,
    },
    /// Sets the variables of a row to the fields of a composite value.
    SetRow {
        /// The variables.
        variables: Vec<usize>,
        /// The row.
        value: Box<Expr>,
    },
    /// Executes a statement; its outputs are of the types of the variables that they go to.
    Run {
        /// The statement.
        statement: Box<Statement>,
        /// Where its first row goes.
        into: Option<Into>,
        /// Whether `found` tells that it found a row.
        sets_found: bool,
    },
    /// Calls a routine that is more than a query.
    Call {
        /// The routine.
        routine: RoutineId,
        /// One argument for each parameter.
        arguments: Vec<Expr>,
        /// The variable that holds what it returns.
        variable: usize,
        /// All rows are kept, as an array; otherwise the value, or the row as one, of the first.
        rows: bool,
    },
    /// Executes a write of a `with`, and keeps the rows that it returns.
    Keep {
        /// The write.
        statement: Box<Statement>,
        /// The variable that holds the rows, as an array.
        variable: usize,
        /// Their columns.
        columns: Vec<(Name, Type)>,
    },
    /// Does the first branch whose condition is true.
    If {
        /// Conditions and what is done.
        branches: Vec<(Expr, Vec<Step>)>,
        /// What is done when none is true.
        otherwise: Vec<Step>,
    },
    /// Repeats.
    Loop {
        /// Its label.
        label: Option<Name>,
        /// Goes on while this is true.
        condition: Option<Box<Expr>>,
        /// What is repeated.
        body: Vec<Step>,
    },
    /// Counts.
    Count {
        /// Its label.
        label: Option<Name>,
        /// The variable that counts.
        variable: usize,
        /// First value, last value and step, all `integer`.
        bounds: Box<[Expr; 3]>,
        /// Downwards.
        reverse: bool,
        /// What is repeated.
        body: Vec<Step>,
    },
    /// Repeats for each row.
    Rows {
        /// Its label.
        label: Option<Name>,
        /// Where the row's columns go.
        variables: Vec<usize>,
        /// The rows; a write's are those that it returns.
        statement: Box<Statement>,
        /// What is repeated.
        body: Vec<Step>,
    },
    /// Leaves a loop or block, or begins its next round.
    Leave {
        /// Which one; the innermost loop when absent.
        label: Option<Name>,
        /// `continue`.
        next_round: bool,
        /// Only when this is true.
        condition: Option<Box<Expr>>,
    },
    /// A block of its own.
    Block {
        /// Its label.
        label: Option<Name>,
        /// What it does.
        body: Vec<Step>,
        /// What is done about errors in it; what it did is taken back first.
        handlers: Vec<Handler>,
    },
    /// Raises an error or says something.
    Raise(Box<Raise>),
    /// Ends the routine; with the values of its row.
    Return(Vec<Expr>),
    /// Ends the routine with the fields of one composite value; nothing else is in a trigger function.
    ReturnRow(Box<Expr>),
    /// Ends a trigger function: the row goes on as these variables say, or, when there are none, is passed over.
    ReturnTrigger(Option<Vec<usize>>),
    /// Adds a row to the result.
    ReturnNext(Vec<Expr>),
    /// Adds a query's rows, or those that a write returns, to the result.
    ReturnQuery(Box<Statement>),
    /// Sets variables to what is known of the last statement, or of the error that is handled.
    Diagnostics(Vec<(usize, Diagnostic)>),
}

/// Where a row goes.
#[derive(Clone, Debug, PartialEq)]
pub struct Into {
    /// The variables.
    pub variables: Vec<usize>,
    /// One row there must be.
    pub strict: bool,
}

/// What is done about an error.
#[derive(Clone, Debug, PartialEq)]
pub struct Handler {
    /// Which errors.
    pub conditions: Vec<Condition>,
    /// What is done.
    pub body: Vec<Step>,
    /// The variables `sqlstate` and `sqlerrm`.
    pub error: [usize; 2],
}

/// Which errors a handler is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Condition {
    /// `others`: every one but a failed assertion and the end of the statement's time.
    Others,
    /// The one of this SQLSTATE; of its class when it ends in `000`.
    State(Code),
}

/// `raise`.
#[derive(Clone, Debug, PartialEq)]
pub struct Raise {
    /// It is an error; otherwise it is told to the log alone.
    pub is_error: bool,
    /// The error that is handled, raised again.
    pub again: bool,
    /// The SQLSTATE, or what evaluates to it.
    pub code: RaisedCode,
    /// The message in pieces, with a parameter between any two; nothing when `using message` gives it.
    pub format: Option<Vec<String>>,
    /// The parameters, printed.
    pub parameters: Vec<Expr>,
    /// `using message`, `detail`, `hint`, each a text.
    pub message: Option<Expr>,
    /// `using detail`.
    pub detail: Option<Expr>,
    /// `using hint`.
    pub hint: Option<Expr>,
}

/// The SQLSTATE of an error that is raised.
#[derive(Clone, Debug, PartialEq)]
pub enum RaisedCode {
    /// This one.
    Is(Code),
    /// The value of this text: a SQLSTATE or the name of a condition.
    Computed(Expr),
}

/// What `get diagnostics` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are PL/pgSQL's words")]
pub enum Diagnostic {
    RowCount,
    ReturnedSqlstate,
    MessageText,
    ExceptionDetail,
    ExceptionHint,
    Context,
}

impl Procedure {
    /// Returns the value that a call is, as an expression over its parameters, when nothing but assignments, queries and decisions leads to
    /// it; that is what an expression can hold.
    pub fn as_expression(&self) -> Option<Expr> {
        super::symbolic::value(self)
    }
}

impl Select {
    /// Returns the value of the first row's first column; null when there is none.
    pub(super) fn into_scalar(mut self, ty: Type) -> Expr {
        self.limit
            .get_or_insert_with(|| Expr::constant(underpin_base::Value::Int(1), Type::Int8));
        Expr {
            kind: super::ExprKind::Scalar(Box::new(self)),
            ty,
        }
    }
}
