//! [`Expr`]: an expression with its type.

use std::sync::Arc;

use underpin_base::{Name, QualifiedName, Value};

use super::{Context, Select};
use crate::functions::{Aggregate, Function, Operator};
use crate::types::{ColumnType, Type};

/// An expression with its PostgreSQL type.
#[derive(Clone, Debug, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// The type of its value.
    pub ty: Type,
}

/// What an expression is.
#[derive(Clone, Debug, PartialEq)]
pub enum ExprKind {
    /// A constant in the canonical form of the expression's type.
    Constant(Value),
    /// What the request supplies.
    Context(Context),
    /// The argument of an SQL function, counted from 0; gone once the function is inlined.
    Parameter(usize),
    /// A column of the `from` item with alias `relation`.
    Column {
        /// The alias.
        relation: Name,
        /// The column.
        name: Name,
    },
    /// The row identity of the `from` item with alias `relation`, which must be a table; the planner's alone.
    RowId(Name),
    /// A binary operator whose operands have the types that it asks for.
    Operator(Operator, Box<[Expr; 2]>),
    /// A built-in function whose arguments have the types that it asks for.
    Function(Function, Vec<Expr>),
    /// A routine of the project in the place of a value; gone once the planner has inlined it, or made an invocation of it.
    Call {
        /// The routine.
        routine: RoutineId,
        /// One argument for each parameter, defaults filled in, each of the parameter's type.
        arguments: Vec<Expr>,
    },
    /// A routine whose steps the engine runs where its value is needed; the planner's alone.
    Invoke(Box<Invocation>),
    /// Conjunction; empty is true.
    And(Vec<Expr>),
    /// Disjunction; empty is false.
    Or(Vec<Expr>),
    /// Negation, three-valued.
    Not(Box<Expr>),
    /// `is null`; `is not null` when negated.
    IsNull {
        /// The operand.
        operand: Box<Expr>,
        /// `is not null`.
        negated: bool,
    },
    /// `is distinct from`; `is not distinct from` when negated.
    IsDistinct {
        /// Both operands, of one type.
        operands: Box<[Expr; 2]>,
        /// `is not distinct from`.
        negated: bool,
    },
    /// `is true`, `is false`, `is unknown` (nothing), and their negations.
    IsTruth {
        /// The operand, a boolean.
        operand: Box<Expr>,
        /// The truth value asked for; nothing is unknown.
        truth: Option<bool>,
        /// `is not …`.
        negated: bool,
    },
    /// `operand in (list)`, all of one type.
    In {
        /// The operand.
        operand: Box<Expr>,
        /// The list; may be empty, which is false.
        list: Vec<Expr>,
        /// `not in`.
        negated: bool,
    },
    /// `(operands) in (select)`; the query returns as many columns.
    InSelect {
        /// The operands.
        operands: Vec<Expr>,
        /// The query.
        select: Box<Select>,
        /// `not in`.
        negated: bool,
    },
    /// `operand operator any (array)` or `all (array)`.
    Quantified {
        /// The operator between the operand and each element.
        operator: Operator,
        /// The operand.
        operand: Box<Expr>,
        /// The array.
        array: Box<Expr>,
        /// `all` instead of `any`.
        all: bool,
    },
    /// `case`.
    Case(Box<Case>),
    /// `coalesce(…)`, all of one type.
    Coalesce(Vec<Expr>),
    /// `nullif(a, b)`.
    NullIf(Box<[Expr; 2]>),
    /// `greatest(…)` or `least(…)`: nulls are passed over.
    Extreme {
        /// The values, all of one type.
        values: Vec<Expr>,
        /// `greatest`.
        greatest: bool,
    },
    /// A conversion to the given type, whose errors are PostgreSQL's.
    Cast {
        /// The operand, of any type that can be cast.
        operand: Box<Expr>,
        /// The type with its modifier.
        to: ColumnType,
    },
    /// `array[…]`; elements of one type.
    Array(Vec<Expr>),
    /// `row(…)` or `(a, b)`.
    Row(Vec<Expr>),
    /// `array[index]`, counted from 1.
    Subscript(Box<[Expr; 2]>),
    /// A field of a composite value.
    Field(Box<Expr>, Name),
    /// `exists (select)`.
    Exists(Box<Select>),
    /// `(select)`: one column, at most one row.
    Scalar(Box<Select>),
    /// `array(select)`.
    ArraySelect(Box<Select>),
    /// An aggregate over the rows of a group.
    Aggregate {
        /// The aggregate.
        aggregate: Aggregate,
        /// Its arguments; none for `count(*)`.
        arguments: Vec<Expr>,
        /// `distinct`.
        distinct: bool,
        /// `order by` within the call.
        order_by: Vec<OrderBy>,
        /// `filter (where …)`.
        filter: Option<Box<Expr>>,
    },
    /// A window function or an aggregate with `over (…)`.
    Window(Box<Window>),
    /// A JSON object of the given members, in order; of type `json`. What an embedded row becomes.
    Object(Vec<(Name, Expr)>),
    /// A JSON array of the query's rows in their order, each an object of its columns; `[]` when there are none; of type `json`.
    Rows(Box<Select>),
}

/// Which routine of the project is meant: its name and the types of its parameters.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct RoutineId {
    /// Its name.
    pub name: QualifiedName,
    /// The types of its input parameters.
    pub parameters: Arc<[Type]>,
}

/// A routine whose steps run while the query that needs its value does. That it may be called was checked.
#[derive(Clone, Debug, PartialEq)]
pub struct Invocation {
    /// The routine.
    pub invoked: Invoked,
    /// One argument for each parameter.
    pub arguments: Vec<Expr>,
    /// It has one value for the same arguments as long as the statement runs.
    pub stable: bool,
}

/// Which routine is invoked, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invoked {
    /// The routine's name.
    pub name: QualifiedName,
    /// Its place among the routines of that name.
    pub overload: usize,
    /// What calls it has the rights of the owner of everything.
    pub as_owner: bool,
    /// All rows are wanted, as an array; otherwise the value, or the row as one, of the first.
    pub rows: bool,
}

/// `case [operand] when … then … else … end`; a simple `case` is read into conditions.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Condition and result of each branch.
    pub branches: Vec<(Expr, Expr)>,
    /// The result when no condition is true; null when absent.
    pub otherwise: Option<Expr>,
}

/// A call with `over (…)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Window {
    /// The aggregate or window function; an [`ExprKind::Aggregate`] or [`ExprKind::Function`].
    pub call: Expr,
    /// `partition by`.
    pub partition_by: Vec<Expr>,
    /// `order by`.
    pub order_by: Vec<OrderBy>,
    /// The frame clause without expressions, in words that PostgreSQL and SQLite share (`rows between … and …`).
    pub frame: Option<String>,
}

/// One item of an `order by`.
#[derive(Clone, Debug, PartialEq)]
pub struct OrderBy {
    /// What to sort by.
    pub expr: Expr,
    /// Descending.
    pub descending: bool,
    /// Nulls before everything else. PostgreSQL's default is: last when ascending, first when descending.
    pub nulls_first: bool,
}

impl Expr {
    /// Returns a constant in the canonical form of `ty`.
    pub fn constant(value: Value, ty: Type) -> Self {
        Self {
            kind: ExprKind::Constant(value),
            ty,
        }
    }

    /// Returns a text constant.
    pub fn text(text: &str) -> Self {
        Self::constant(Value::text(text), Type::Text)
    }

    /// Returns a boolean constant.
    pub fn bool(value: bool) -> Self {
        Self::constant(Value::bool(value), Type::Bool)
    }

    /// Returns null of type `ty`.
    pub fn null(ty: Type) -> Self {
        Self::constant(Value::Null, ty)
    }

    /// Returns a column of the `from` item `relation`.
    pub fn column(relation: &Name, name: &Name, ty: Type) -> Self {
        Self {
            kind: ExprKind::Column {
                relation: relation.clone(),
                name: name.clone(),
            },
            ty,
        }
    }

    /// Returns the conjunction of `conditions`, flattened; true when there are none. A condition that stands there already is
    /// not added again: the policies of two commands are often the same.
    pub fn all(conditions: impl IntoIterator<Item = Self>) -> Self {
        let mut terms = Vec::new();
        for condition in conditions {
            match condition.kind {
                ExprKind::And(inner) if terms.is_empty() => terms = inner,
                ExprKind::And(inner) => terms.extend(inner),
                ExprKind::Constant(Value::Int(1)) => {}
                _ if terms.contains(&condition) => {}
                _ => terms.push(condition),
            }
        }
        if terms.len() == 1 {
            return terms.swap_remove(0);
        }
        Self {
            kind: ExprKind::And(terms),
            ty: Type::Bool,
        }
    }

    /// Returns the disjunction of `conditions`; false when there are none.
    pub fn any(mut conditions: Vec<Self>) -> Self {
        if conditions.len() == 1 {
            return conditions.swap_remove(0);
        }
        Self {
            kind: ExprKind::Or(conditions),
            ty: Type::Bool,
        }
    }

    /// Returns the negation; that of a negation is what was negated.
    #[must_use]
    pub fn negate(self) -> Self {
        match self.kind {
            ExprKind::Not(operand) => *operand,
            _ => Self {
                kind: ExprKind::Not(Box::new(self)),
                ty: Type::Bool,
            },
        }
    }

    /// Returns the test for null.
    #[must_use]
    pub fn is_null(self, negated: bool) -> Self {
        Self {
            kind: ExprKind::IsNull {
                operand: Box::new(self),
                negated,
            },
            ty: Type::Bool,
        }
    }

    /// Returns `left operator right`, a condition.
    #[must_use]
    pub fn compare(operator: Operator, left: Self, right: Self) -> Self {
        Self {
            kind: ExprKind::Operator(operator, Box::new([left, right])),
            ty: Type::Bool,
        }
    }

    /// Returns the expression cast to `to`; itself when it has that type already and no modifier is asked for.
    #[must_use]
    pub fn cast(self, to: ColumnType) -> Self {
        if self.ty == to.ty && to.modifier.is_none() {
            return self;
        }
        let ty = to.ty.clone();
        Self {
            kind: ExprKind::Cast {
                operand: Box::new(self),
                to,
            },
            ty,
        }
    }

    /// Tells whether this is the constant true or an empty conjunction.
    pub fn is_true(&self) -> bool {
        match &self.kind {
            ExprKind::Constant(value) => *value == Value::Int(1),
            ExprKind::And(terms) => terms.iter().all(Self::is_true),
            _ => false,
        }
    }

    /// Tells whether this is the constant false or null, or an empty disjunction.
    pub fn is_false(&self) -> bool {
        match &self.kind {
            ExprKind::Constant(value) => matches!(value, Value::Int(0) | Value::Null),
            ExprKind::Or(terms) => terms.iter().all(Self::is_false),
            ExprKind::And(terms) => terms.iter().any(Self::is_false),
            _ => false,
        }
    }
}
