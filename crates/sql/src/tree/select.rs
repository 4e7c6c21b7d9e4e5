//! [`Select`]: a query.

use underpin_base::{Name, QualifiedName};

use super::{Expr, OrderBy, RoutineId, Statement};
use crate::functions::Function;
use crate::types::Type;

/// A query.
#[derive(Clone, Debug, PartialEq)]
pub struct Select {
    /// `with`.
    pub with: Vec<Cte>,
    /// What it selects.
    pub body: Body,
    /// `order by`, over the output columns and, in a [`Body::Simple`], the `from` items.
    pub order_by: Vec<OrderBy>,
    /// `limit`.
    pub limit: Option<Expr>,
    /// `offset`.
    pub offset: Option<Expr>,
}

/// What a query selects.
#[derive(Clone, Debug, PartialEq)]
pub enum Body {
    /// `select … from …`.
    Simple(Box<Simple>),
    /// `values (…), (…)`: rows of one width and type; columns are `column1`, `column2`, ….
    Values(Vec<Vec<Expr>>),
    /// `union`, `intersect`, `except`.
    Set {
        /// The operator.
        operator: SetOperator,
        /// `all`.
        all: bool,
        /// Both queries, of one width.
        operands: Box<[Select; 2]>,
    },
}

/// A set operator.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are SQL's words")]
pub enum SetOperator {
    Union,
    Intersect,
    Except,
}

/// `select … from … where … group by … having …`.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct Simple {
    /// `distinct`.
    pub distinct: Distinct,
    /// The output columns.
    pub outputs: Vec<Output>,
    /// `from`: items separated by commas; none is one row.
    pub from: Vec<From>,
    /// `where`.
    pub filter: Option<Expr>,
    /// `group by`.
    pub group_by: Vec<Expr>,
    /// `having`.
    pub having: Option<Expr>,
}

/// `distinct`, `distinct on (…)`, or neither.
#[derive(Clone, Debug, PartialEq, Default)]
pub enum Distinct {
    /// Every row.
    #[default]
    No,
    /// `distinct`.
    Rows,
    /// `distinct on (…)`.
    On(Vec<Expr>),
}

/// An output column.
#[derive(Clone, Debug, PartialEq)]
pub struct Output {
    /// Its name.
    pub name: Name,
    /// Its value.
    pub expr: Expr,
}

/// An item of `from`.
#[derive(Clone, Debug, PartialEq)]
pub enum From {
    /// A table, by alias.
    Table {
        /// The table.
        table: QualifiedName,
        /// Its alias, unique within the statement.
        alias: Name,
    },
    /// A view, by alias; expanded by the planner, which applies the policies of the tables in it.
    View {
        /// The view.
        view: QualifiedName,
        /// Its alias.
        alias: Name,
    },
    /// A common table expression of an enclosing `with`.
    Cte {
        /// Its name.
        name: Name,
        /// Its alias.
        alias: Name,
    },
    /// A query in parentheses.
    Subquery {
        /// The query.
        select: Box<Select>,
        /// Its alias.
        alias: Name,
        /// `lateral`.
        lateral: bool,
    },
    /// A built-in function that returns rows: `unnest(…)`, `generate_series(…)`, `jsonb_array_elements(…)`.
    Function {
        /// The function.
        function: Function,
        /// Its arguments.
        arguments: Vec<Expr>,
        /// Its alias.
        alias: Name,
        /// The columns it makes.
        columns: Vec<(Name, Type)>,
        /// `with ordinality`: the last of the columns counts the rows.
        ordinality: bool,
    },
    /// A routine of the project in the place of a table; gone once the planner has inlined it.
    Call {
        /// The routine.
        routine: RoutineId,
        /// The arguments.
        arguments: Vec<Expr>,
        /// How they belong to the parameters.
        notation: Notation,
        /// The last one is the array of a `variadic` parameter.
        variadic: bool,
        /// Its alias.
        alias: Name,
        /// The columns it makes.
        columns: Vec<(Name, Type)>,
    },
    /// The rows of a table that the write before it in the same plan has changed, in the order in which it changed them.
    Affected {
        /// The table.
        table: QualifiedName,
        /// Its alias.
        alias: Name,
    },
    /// A join.
    Join(Box<Join>),
}

/// How arguments belong to parameters.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub enum Notation {
    /// By their place: one for each parameter.
    #[default]
    Positional,
    /// By these names: parameters that are not among them have defaults. Only PostgreSQL itself can fill those in.
    Named(Vec<Name>),
}

/// A join of two items.
#[derive(Clone, Debug, PartialEq)]
pub struct Join {
    /// The kind.
    pub kind: JoinKind,
    /// The left item.
    pub left: From,
    /// The right item.
    pub right: From,
    /// `on`; `using` and `natural` are read into it; absent for a cross join.
    pub on: Option<Expr>,
}

/// A kind of join.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the variants are SQL's words")]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    Cross,
}

/// One `with` item.
#[derive(Clone, Debug, PartialEq)]
pub struct Cte {
    /// Its name, unique within the statement.
    pub name: Name,
    /// Its columns.
    pub columns: Vec<(Name, Type)>,
    /// `with recursive`, and it refers to itself.
    pub recursive: bool,
    /// `materialized` (true), `not materialized` (false), or neither.
    pub materialized: Option<bool>,
    /// Its query, or the write whose `returning` rows it holds.
    pub statement: Statement,
}

impl From {
    /// Returns the aliases that it brings to its level.
    pub fn aliases(&self) -> Vec<Name> {
        match self {
            Self::Table { alias, .. }
            | Self::View { alias, .. }
            | Self::Cte { alias, .. }
            | Self::Subquery { alias, .. }
            | Self::Function { alias, .. }
            | Self::Call { alias, .. }
            | Self::Affected { alias, .. } => vec![alias.clone()],
            Self::Join(join) => {
                let mut all = join.left.aliases();
                all.extend(join.right.aliases());
                all
            }
        }
    }
}

impl Select {
    /// Returns a query of `simple` with nothing around it.
    pub fn simple(simple: Simple) -> Self {
        Self {
            with: Vec::new(),
            body: Body::Simple(Box::new(simple)),
            order_by: Vec::new(),
            limit: None,
            offset: None,
        }
    }

    /// Returns the query that shows `outputs` of the rows of another, whose row is `alias`.
    pub fn over(rows: Self, alias: Name, outputs: Vec<Output>) -> Self {
        Self::simple(Simple {
            outputs,
            from: vec![From::Subquery {
                select: Box::new(rows),
                alias,
                lateral: false,
            }],
            ..Simple::default()
        })
    }

    /// Returns the names and types of the output columns.
    pub fn columns(&self) -> Vec<(Name, Type)> {
        match &self.body {
            Body::Simple(simple) => simple
                .outputs
                .iter()
                .map(|output| (output.name.clone(), output.expr.ty.clone()))
                .collect(),
            Body::Values(rows) => rows
                .first()
                .map(|row| {
                    row.iter()
                        .enumerate()
                        .map(|(index, expr)| {
                            (Name::from(format!("column{}", index + 1)), expr.ty.clone())
                        })
                        .collect()
                })
                .unwrap_or_default(),
            Body::Set { operands, .. } => {
                let [first, _] = &**operands;
                first.columns()
            }
        }
    }

    /// Gives output columns that share a name names of their own, so that a query over them can tell them apart; returns all names.
    pub fn name_apart(&mut self) -> Vec<Name> {
        let mut names: Vec<Name> = Vec::new();
        for (position, (name, _)) in self.columns().into_iter().enumerate() {
            names.push(match names.contains(&name) {
                true => Name::from(format!("{name} ({})", position + 1)),
                false => name,
            });
        }
        self.name_columns(&names);
        names
    }

    /// Gives the output columns these names; tells whether it could: the columns of [`Body::Values`] have names of their own.
    pub fn name_columns(&mut self, names: &[Name]) -> bool {
        match &mut self.body {
            Body::Simple(simple) => {
                for (output, name) in simple.outputs.iter_mut().zip(names) {
                    output.name = name.clone();
                }
                true
            }
            Body::Set { operands, .. } => {
                let [left, _] = &mut **operands;
                left.name_columns(names)
            }
            Body::Values(_) => false,
        }
    }
}
