//! Renaming within trees: tables, columns, aliases and types that were renamed keep being meant by what mentions them.

use std::collections::BTreeSet;
use std::sync::Arc;

use underpin_base::{Name, QualifiedName, Value};
use underpin_sql::tree::{Expr, ExprKind, From, Rewrite};
use underpin_sql::types::{ColumnType, CompositeType, EnumType, Type};

/// Returns `expr` with the alias `from` renamed `to`. An inner alias that is named `to` already gets another name first.
pub(super) fn with_alias(expr: Expr, from: &Name, to: &Name) -> Expr {
    if from == to {
        return expr;
    }
    let taken = aliases(&expr);
    let expr = if taken.contains(to) {
        let mut free = format!("{to}_");
        while taken.contains(free.as_str()) {
            free.push('_');
        }
        expr.rewrite(&mut Alias {
            from: to.clone(),
            to: Name::from(free),
        })
    } else {
        expr
    };
    expr.rewrite(&mut Alias {
        from: from.clone(),
        to: to.clone(),
    })
}

/// Returns every alias that a tree makes.
fn aliases(expr: &Expr) -> BTreeSet<Name> {
    struct Aliases(BTreeSet<Name>);
    impl Rewrite for Aliases {
        fn from(&mut self, from: From) -> From {
            if let Some(alias) = alias_of(&from) {
                self.0.insert(alias.clone());
            }
            from
        }
    }
    let mut found = Aliases(BTreeSet::new());
    let _ = expr.clone().rewrite(&mut found);
    found.0
}

fn alias_of(from: &From) -> Option<&Name> {
    match from {
        From::Table { alias, .. }
        | From::View { alias, .. }
        | From::Cte { alias, .. }
        | From::Subquery { alias, .. }
        | From::Function { alias, .. }
        | From::Call { alias, .. }
        | From::Affected { alias, .. } => Some(alias),
        From::Join(_) => None,
    }
}

struct Alias {
    from: Name,
    to: Name,
}

impl Rewrite for Alias {
    fn expr(&mut self, mut expr: Expr) -> Expr {
        match &mut expr.kind {
            ExprKind::Column { relation, .. } | ExprKind::RowId(relation)
                if *relation == self.from =>
            {
                *relation = self.to.clone();
            }
            _ => {}
        }
        expr
    }

    fn from(&mut self, mut from: From) -> From {
        match &mut from {
            From::Table { alias, .. }
            | From::View { alias, .. }
            | From::Cte { alias, .. }
            | From::Subquery { alias, .. }
            | From::Function { alias, .. }
            | From::Call { alias, .. }
            | From::Affected { alias, .. }
                if *alias == self.from =>
            {
                *alias = self.to.clone();
            }
            _ => {}
        }
        from
    }
}

/// Renames a relation wherever a tree reads it; aliases stay.
pub(super) struct Relation<'a> {
    /// Its name before.
    pub(super) from: &'a QualifiedName,
    /// Its name after.
    pub(super) to: &'a QualifiedName,
}

impl Rewrite for Relation<'_> {
    fn from(&mut self, mut from: From) -> From {
        match &mut from {
            From::Table { table: name, .. }
            | From::View { view: name, .. }
            | From::Affected { table: name, .. }
                if name == self.from =>
            {
                *name = self.to.clone();
            }
            _ => {}
        }
        from
    }
}

/// Renames a column of a relation wherever a tree mentions it.
pub(super) struct Column {
    /// The aliases under which the tree reads the relation.
    aliases: BTreeSet<Name>,
    from: Name,
    to: Name,
}

impl Column {
    /// Renames in a tree in which the row has the alias `row`, if it belongs to the relation.
    pub(super) fn new(row: Option<&Name>, from: &Name, to: &Name) -> Self {
        Self {
            aliases: row.into_iter().cloned().collect(),
            from: from.clone(),
            to: to.clone(),
        }
    }

    /// Adds the aliases under which `tree` reads `relation`.
    pub(super) fn reading(
        mut self,
        relation: &QualifiedName,
        found: &[(Name, QualifiedName)],
    ) -> Self {
        self.aliases.extend(
            found
                .iter()
                .filter(|(_, name)| name == relation)
                .map(|(alias, _)| alias.clone()),
        );
        self
    }
}

impl Rewrite for Column {
    fn expr(&mut self, mut expr: Expr) -> Expr {
        if let ExprKind::Column { relation, name } = &mut expr.kind
            && *name == self.from
            && self.aliases.contains(relation)
        {
            *name = self.to.clone();
        }
        expr
    }
}

/// Finds the relation of each alias of a tree.
#[derive(Default)]
pub(super) struct Reads(pub(super) Vec<(Name, QualifiedName)>);

impl Rewrite for Reads {
    fn from(&mut self, from: From) -> From {
        match &from {
            From::Table { table: name, alias }
            | From::View { view: name, alias }
            | From::Affected { table: name, alias } => {
                self.0.push((alias.clone(), name.clone()));
            }
            _ => {}
        }
        from
    }
}

/// Puts an enum in its new form, and a label under its new name, wherever a tree has them.
pub(super) struct Retype<'a> {
    /// The type's name before.
    pub(super) from: &'a QualifiedName,
    /// The type.
    pub(super) to: &'a Type,
    /// A label's names before and after.
    pub(super) label: Option<(&'a str, &'a str)>,
}

impl Retype<'_> {
    /// Returns `ty` with the type in its new form, within arrays and composites too.
    pub(super) fn ty(&self, ty: &Type) -> Type {
        match ty {
            Type::Array(element) => self.ty(element).array(),
            Type::Enum(it) if it.name == *self.from => self.to.clone(),
            Type::Composite(it) if it.name == *self.from => self.to.clone(),
            Type::Composite(it) if it.fields.iter().any(|(_, field)| self.mentions(&field.ty)) => {
                Type::Composite(Arc::new(self.composite(it)))
            }
            _ => ty.clone(),
        }
    }

    /// Returns a composite type with its fields in their new form.
    pub(super) fn composite(&self, composite: &CompositeType) -> CompositeType {
        CompositeType {
            name: composite.name.clone(),
            fields: composite
                .fields
                .iter()
                .map(|(name, field)| (name.clone(), self.column(field)))
                .collect(),
        }
    }

    /// Returns a column's type in its new form.
    pub(super) fn column(&self, column: &ColumnType) -> ColumnType {
        ColumnType {
            ty: self.ty(&column.ty),
            modifier: column.modifier,
        }
    }

    /// Tells whether `ty` is the type, or holds it.
    pub(super) fn mentions(&self, ty: &Type) -> bool {
        match ty {
            Type::Array(element) => self.mentions(element),
            Type::Enum(it) => it.name == *self.from,
            Type::Composite(it) => {
                it.name == *self.from || it.fields.iter().any(|(_, field)| self.mentions(&field.ty))
            }
            _ => false,
        }
    }

    /// Returns a constant of type `ty` with the label under its new name.
    fn constant(&self, value: Value, ty: &Type) -> Value {
        let Some((before, after)) = self.label else {
            return value;
        };
        match (ty, &value) {
            (Type::Enum(it), Value::Text(text)) if it.name == *self.from && **text == *before => {
                Value::text(after)
            }
            (Type::Array(_), Value::Text(text)) if self.mentions(ty) => {
                Value::text(relabelled(text, before, after))
            }
            _ => value,
        }
    }
}

/// Returns an array's canonical form, JSON, with a label under its new name.
fn relabelled(array: &str, before: &str, after: &str) -> String {
    fn replace(json: &mut serde_json::Value, before: &str, after: &str) {
        match json {
            serde_json::Value::String(text) if text == before => after.clone_into(text),
            serde_json::Value::Array(elements) => {
                for element in elements {
                    replace(element, before, after);
                }
            }
            _ => {}
        }
    }
    let Ok(mut json) = serde_json::from_str::<serde_json::Value>(array) else {
        return array.to_owned();
    };
    replace(&mut json, before, after);
    json.to_string()
}

impl Rewrite for Retype<'_> {
    fn expr(&mut self, mut expr: Expr) -> Expr {
        if self.mentions(&expr.ty) {
            if let ExprKind::Constant(value) = expr.kind {
                expr.kind = ExprKind::Constant(self.constant(value, &expr.ty));
            }
            expr.ty = self.ty(&expr.ty);
        }
        if let ExprKind::Cast { to, .. } = &mut expr.kind {
            *to = self.column(to);
        }
        expr
    }

    fn from(&mut self, mut from: From) -> From {
        match &mut from {
            From::Function { columns, .. } | From::Call { columns, .. } => {
                for (_, ty) in columns {
                    *ty = self.ty(ty);
                }
            }
            _ => {}
        }
        from
    }
}

/// Returns an enum with a label under its new name.
pub(super) fn relabelled_enum(before: &EnumType, from: &str, to: &str) -> EnumType {
    EnumType {
        name: before.name.clone(),
        labels: before
            .labels
            .iter()
            .map(|label| {
                if &**label == from {
                    Name::from(to)
                } else {
                    label.clone()
                }
            })
            .collect(),
    }
}
