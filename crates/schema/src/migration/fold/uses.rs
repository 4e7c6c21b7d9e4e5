//! [`Uses`]: which relations, columns, routines and types a tree mentions.

use std::collections::{BTreeMap, BTreeSet};

use underpin_base::{Name, QualifiedName};
use underpin_sql::tree::{Cte, Expr, ExprKind, From, Rewrite, RoutineId, Select, Statement};
use underpin_sql::types::Type;

/// What a tree mentions. Aliases are unique within a tree, so that an alias tells the relation.
#[derive(Debug, Default)]
pub(super) struct Uses {
    /// The relation of each alias.
    aliases: BTreeMap<Name, QualifiedName>,
    /// Aliases with their columns.
    columns: BTreeSet<(Name, Name)>,
    /// Routines that are called.
    routines: Vec<RoutineId>,
    /// Named types of expressions and casts.
    types: BTreeSet<QualifiedName>,
}

impl Uses {
    /// Returns what an expression over the row of `table` mentions.
    pub(super) fn of_row(table: &QualifiedName, expr: &Expr) -> Self {
        let mut uses = Self::default();
        uses.aliases.insert(table.name.clone(), table.clone());
        let _ = expr.clone().rewrite(&mut uses);
        uses
    }

    /// Returns what a query mentions.
    pub(super) fn of_select(select: &Select) -> Self {
        let mut uses = Self::default();
        uses.targets(&select.with);
        let _ = select.clone().rewrite(&mut uses);
        uses
    }

    /// Adds the tables that the writes of a `with` change.
    fn targets(&mut self, with: &[Cte]) {
        for cte in with {
            let (table, alias) = match &cte.statement {
                Statement::Select(_) => continue,
                Statement::Insert(insert) => (&insert.table, &insert.alias),
                Statement::Update(update) => (&update.table, &update.alias),
                Statement::Delete(delete) => (&delete.table, &delete.alias),
            };
            self.aliases.insert(alias.clone(), table.clone());
        }
    }

    /// Tells whether a relation is mentioned.
    pub(super) fn relation(&self, name: &QualifiedName) -> bool {
        self.aliases.values().any(|used| used == name)
    }

    /// Tells whether a column of a relation is mentioned.
    pub(super) fn column(&self, relation: &QualifiedName, column: &str) -> bool {
        self.columns.iter().any(|(alias, used)| {
            &**used == column && self.aliases.get(alias).is_some_and(|it| it == relation)
        })
    }

    /// Tells whether a routine is called.
    pub(super) fn routine(&self, id: &RoutineId) -> bool {
        self.routines.contains(id)
    }

    /// Tells whether a type is mentioned.
    pub(super) fn ty(&self, name: &QualifiedName) -> bool {
        self.types.contains(name)
    }

    fn add_type(&mut self, ty: &Type) {
        self.types.extend(named(ty).cloned());
    }
}

/// Returns the name of a type that a migration made, of an array that of its elements.
pub(super) fn named(ty: &Type) -> Option<&QualifiedName> {
    match ty {
        Type::Enum(it) => Some(&it.name),
        Type::Composite(it) => Some(&it.name),
        Type::Array(element) => named(element),
        _ => None,
    }
}

impl Rewrite for Uses {
    fn expr(&mut self, expr: Expr) -> Expr {
        self.add_type(&expr.ty);
        match &expr.kind {
            ExprKind::Column { relation, name } => {
                self.columns.insert((relation.clone(), name.clone()));
            }
            ExprKind::Call { routine, .. } => self.routines.push(routine.clone()),
            ExprKind::Cast { to, .. } => self.add_type(&to.ty),
            _ => {}
        }
        expr
    }

    fn from(&mut self, from: From) -> From {
        match &from {
            From::Table { table, alias } | From::Affected { table, alias } => {
                self.aliases.insert(alias.clone(), table.clone());
            }
            From::View { view, alias } => {
                self.aliases.insert(alias.clone(), view.clone());
            }
            From::Call { routine, .. } => self.routines.push(routine.clone()),
            _ => {}
        }
        from
    }
}
