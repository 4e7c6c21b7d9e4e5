//! [`Reader`]: one reading of an expression or statement; what is known at each point of it.

use std::collections::HashSet;

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, Result};

use super::scope::{Namespace, Scope, Visible, VisibleRelation};
use super::{Resolver, located};
use crate::tree::{Expr, ExprKind, From};
use crate::types::Type;

/// Deepest nesting of expressions, queries and `from` items in each other.
const DEPTH_MAX: usize = 150;

/// One reading.
pub(super) struct Reader<'a> {
    pub(super) resolver: &'a dyn Resolver,
    pub(super) scope: &'a Scope,
    /// The names of each enclosing query, the innermost last.
    pub(super) levels: Vec<Namespace>,
    /// The common table expressions in sight, the innermost last.
    pub(super) ctes: Vec<VisibleCte>,
    /// The part of the query that is being read.
    pub(super) clause: Clause,
    /// What the query that is being read has shown so far.
    pub(super) query: Query,
    aliases: HashSet<Name>,
    cte_names: HashSet<Name>,
    depth: usize,
}

/// A common table expression in sight.
#[derive(Clone, Debug)]
pub(super) struct VisibleCte {
    /// The name as written.
    pub(super) written: Name,
    /// Its name in the tree.
    pub(super) name: Name,
    pub(super) columns: Vec<(Name, Type)>,
    /// It is being read, and this reference makes it recursive.
    pub(super) is_used: bool,
}

/// What one query has shown while its parts were read.
#[derive(Default)]
pub(super) struct Query {
    /// It has an aggregate.
    pub(super) aggregates: bool,
    /// The set-returning functions of its select list, as `from` items.
    pub(super) row_functions: Vec<From>,
    /// `window`: the windows with names.
    pub(super) windows: Vec<(Name, ast::WindowSpec)>,
}

/// A part of a statement, for what may stand in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Clause {
    /// An expression by itself: a policy, a check, a default.
    Alone,
    Outputs,
    Having,
    OrderBy,
    DistinctOn,
    Where,
    Join,
    From,
    GroupBy,
    Values,
    Limit,
    Offset,
    Returning,
    Set,
    Aggregate,
    Window,
    Filter,
}

impl Clause {
    /// Returns PostgreSQL's words for where an aggregate or window function is not allowed; nothing where it is.
    pub(super) fn forbids_aggregates(self) -> Option<&'static str> {
        Some(match self {
            Self::Outputs | Self::Having | Self::OrderBy | Self::DistinctOn | Self::Window => {
                return None;
            }
            Self::Where => "WHERE",
            Self::Join => "JOIN conditions",
            Self::From => "functions in FROM",
            Self::GroupBy => "GROUP BY",
            Self::Values => "VALUES",
            Self::Limit => "LIMIT",
            Self::Offset => "OFFSET",
            Self::Returning => "RETURNING",
            Self::Set => "UPDATE",
            Self::Filter => "FILTER",
            Self::Aggregate => "aggregate arguments",
            Self::Alone => "this expression",
        })
    }

    /// As [`Self::forbids_aggregates`], for window functions.
    pub(super) fn forbids_windows(self) -> Option<&'static str> {
        match self {
            Self::Outputs | Self::OrderBy | Self::DistinctOn => None,
            Self::Having => Some("HAVING"),
            Self::Window => Some("window definitions"),
            other => other.forbids_aggregates(),
        }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(scope: &'a Scope, resolver: &'a dyn Resolver) -> Self {
        let mut aliases = HashSet::new();
        let mut outermost = Namespace::default();
        for (alias, columns) in &scope.relations {
            aliases.insert(alias.clone());
            let columns: Vec<Visible> = columns
                .iter()
                .map(|(name, ty)| Visible {
                    name: name.clone(),
                    expr: Expr::column(alias, name, ty.ty.clone()),
                })
                .collect();
            outermost.columns.extend(columns.iter().cloned());
            outermost.relations.push(VisibleRelation {
                name: alias.clone(),
                alias: alias.clone(),
                table: None,
                primary_key: Vec::new(),
                nullable: false,
                scalar: false,
                columns,
            });
        }
        for row in &scope.rows {
            aliases.insert(row.name.clone());
            let columns = row.columns.iter().map(|(name, ty, parameter)| Visible {
                name: name.clone(),
                expr: Expr {
                    kind: ExprKind::Parameter(*parameter),
                    ty: ty.clone(),
                },
            });
            // A variable's columns are known by its name alone.
            outermost.relations.push(VisibleRelation {
                name: row.name.clone(),
                alias: row.name.clone(),
                table: row.table.clone(),
                primary_key: Vec::new(),
                nullable: row.nullable,
                scalar: false,
                columns: columns.collect(),
            });
        }
        Self {
            resolver,
            scope,
            levels: vec![outermost],
            ctes: Vec::new(),
            clause: Clause::Alone,
            query: Query::default(),
            aliases,
            cte_names: HashSet::new(),
            depth: 0,
        }
    }

    /// Runs `read` one level deeper and gives its error the line of `node`.
    pub(super) fn nested<T>(
        &mut self,
        node: &impl AstNode,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        if self.depth >= DEPTH_MAX {
            let error = Error::new(
                Code::TOO_COMPLEX,
                format!("statement is nested more than {DEPTH_MAX} levels deep"),
            );
            return Err(located(error, node.syntax()));
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result.map_err(|error| located(error, node.syntax()))
    }

    /// Runs `read` in the part `clause` of the query.
    pub(super) fn within<T>(
        &mut self,
        clause: Clause,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        let outer = std::mem::replace(&mut self.clause, clause);
        let result = read(self);
        self.clause = outer;
        result
    }

    /// Runs `read` with the names of `namespace` in sight, innermost.
    pub(super) fn seeing<T>(
        &mut self,
        namespace: Namespace,
        read: impl FnOnce(&mut Self) -> Result<T>,
    ) -> Result<T> {
        self.levels.push(namespace);
        let result = read(self);
        self.levels.pop();
        result
    }

    /// Returns an alias for what the text calls `written`: that name when it is free, else with a number behind it.
    pub(super) fn alias(&mut self, written: &str) -> Name {
        let mut alias = Name::from(written);
        let mut number = 1;
        while !self.aliases.insert(alias.clone()) {
            alias = Name::from(format!("{written}_{number}"));
            number += 1;
        }
        alias
    }

    /// Takes `name` for a common table expression; false when it is taken.
    pub(super) fn take_cte_name(&mut self, name: &Name) -> bool {
        self.cte_names.insert(name.clone())
    }
}

/// Returns the error for a construct that the tree does not have.
pub(super) fn unsupported(what: &str) -> Error {
    Error::new(
        Code::FEATURE_NOT_SUPPORTED,
        format!("{what} is not supported"),
    )
}

/// Returns the error for a part that the parser let pass although it is missing.
pub(super) fn incomplete() -> Error {
    Error::new(Code::SYNTAX, "syntax error: the statement is incomplete")
}

/// Returns a part that the grammar demands.
pub(super) fn part<T>(part: Option<T>) -> Result<T> {
    part.ok_or_else(incomplete)
}
