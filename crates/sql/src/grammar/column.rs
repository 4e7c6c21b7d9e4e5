//! References: columns, whole rows, fields, parameters, and the words that PostgreSQL reads as functions.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, Result};

use super::name::name_node;
use super::reader::{Reader, part, unsupported};
use super::scope::{Clash, VisibleRelation};
use crate::infer;
use crate::tree::{Case, Context, Expr, ExprKind};
use crate::types::{ColumnType, Modifier, Type};

impl Reader<'_> {
    /// Reads a name, or names with points between them.
    pub(super) fn reference(&mut self, node: &ast::Expr) -> Result<Expr> {
        if let ast::Expr::NameRef(name) = node
            && !name.is_quoted()
            && let Some(expr) = self.word(&name.text())?
        {
            return Ok(expr);
        }
        if let Some(path) = path(node) {
            return self.column(&path);
        }
        let ast::Expr::FieldExpr(field) = node else {
            return Err(super::reader::incomplete());
        };
        if field.star_token().is_some() {
            return self.every_column(field);
        }
        let base = part(field.base())?;
        let name = name_node(part(field.field())?.syntax());
        // `(t).column` is the column.
        if let ast::Expr::ParenExpr(paren) = &base
            && let Some(inner) = paren.expr()
            && let Some(mut path) = path(&inner)
            && path.len() == 1
            && let Some(relation) = path.pop()
            && self
                .visible_relation(None, &relation)
                .is_some_and(|it| !it.scalar)
            && self.unqualified(&relation)?.is_none()
        {
            return self.qualified(None, &relation, &name);
        }
        let base = self.expr(&base)?;
        field_of(base, &name)
    }

    /// `row.*` of a variable where one value stands: the row, to be compared with another.
    fn every_column(&self, field: &ast::FieldExpr) -> Result<Expr> {
        let node = ast::Expr::FieldExpr(field.clone());
        let Some(columns) = self.row_columns(&node) else {
            return Err(unsupported("the expansion of a row in this place"));
        };
        Ok(Expr {
            kind: ExprKind::Row(columns),
            ty: Type::Record,
        })
    }

    /// Returns the row of `row.*` when `row` is an item of `from`.
    pub(super) fn starred_row(&self, node: &ast::Expr) -> Option<Expr> {
        let ast::Expr::FieldExpr(field) = node else {
            return None;
        };
        field.star_token()?;
        let mut names = path(&field.base()?)?;
        let name = names.pop()?;
        let schema = names.pop();
        let relation = self.visible_relation(schema.as_deref(), &name)?;
        (names.is_empty() && !relation.scalar).then(|| self.whole_row(relation))
    }

    /// Returns the columns of `row.*` when `row` is a variable that holds a row.
    pub(super) fn row_columns(&self, node: &ast::Expr) -> Option<Vec<Expr>> {
        let ast::Expr::FieldExpr(field) = node else {
            return None;
        };
        field.star_token()?;
        let mut names = path(&field.base()?)?;
        let name = names.pop().filter(|_| names.is_empty())?;
        if !self.scope.rows.iter().any(|row| row.name == name) {
            return None;
        }
        let relation = self.visible_relation(None, &name)?;
        let columns = relation.columns.iter();
        Some(columns.map(|column| column.expr.clone()).collect())
    }

    /// Reads a word that PostgreSQL takes for a function without brackets.
    fn word(&mut self, word: &str) -> Result<Option<Expr>> {
        let now = || context(Context::Now, Type::TimestampTz);
        Ok(Some(match word {
            "current_user" | "current_role" | "session_user" | "user" => {
                context(Context::CurrentUser, Type::Name)
            }
            "current_timestamp" => now(),
            "current_date" => now().cast(Type::Date.into()),
            "current_time" => now().cast(Type::TimeTz.into()),
            "localtimestamp" => now().cast(Type::Timestamp.into()),
            "localtime" => now().cast(Type::Time.into()),
            "current_schema" => infer::literal("public", &Type::Name)?,
            "current_catalog" => infer::literal("postgres", &Type::Name)?,
            "system_user" => return Err(unsupported("SYSTEM_USER")),
            _ => return Ok(None),
        }))
    }

    /// Reads one of those words with a precision in brackets.
    pub(super) fn word_with_precision(&mut self, word: &str, digits: u8) -> Result<Option<Expr>> {
        let ty = match word {
            "current_timestamp" => Type::TimestampTz,
            "current_time" => Type::TimeTz,
            "localtimestamp" => Type::Timestamp,
            "localtime" => Type::Time,
            _ => return Ok(None),
        };
        let to = ColumnType {
            ty,
            modifier: Some(Modifier::Fraction(digits.min(6))),
        };
        Ok(Some(context(Context::Now, Type::TimestampTz).cast(to)))
    }

    fn column(&mut self, path: &[Name]) -> Result<Expr> {
        match path {
            [name] => match self.unqualified(name)? {
                Some(expr) => self.column_or_variable(name, expr),
                None => self.row_or_parameter(name),
            },
            [relation, name] => self.qualified(None, relation, name),
            [schema, relation, name] => self.qualified(Some(schema), relation, name),
            _ => Err(Error::new(
                Code::FEATURE_NOT_SUPPORTED,
                "cross-database references are not implemented",
            )),
        }
    }

    /// Returns the column `name` of the innermost query that has one.
    fn unqualified(&self, name: &str) -> Result<Option<Expr>> {
        for level in self.levels.iter().rev() {
            if let Some(expr) = level.column(name)? {
                return Ok(Some(expr.clone()));
            }
        }
        Ok(None)
    }

    pub(super) fn visible_relation(
        &self,
        schema: Option<&str>,
        name: &str,
    ) -> Option<&VisibleRelation> {
        self.levels
            .iter()
            .rev()
            .find_map(|level| level.relation(schema, name))
    }

    /// Returns what a column's name means that may be a variable's as well.
    fn column_or_variable(&self, name: &Name, column: Expr) -> Result<Expr> {
        if self.scope.clash == Clash::Column {
            return Ok(column);
        }
        match (self.named_parameter(name), self.scope.clash) {
            (None, _) => Ok(column),
            (Some(variable), Clash::Variable) => Ok(variable),
            (Some(_), _) => Err(Error::new(
                Code::AMBIGUOUS_COLUMN,
                format!("column reference \"{name}\" is ambiguous"),
            )
            .details("It could refer to either a PL/pgSQL variable or a table column.")),
        }
    }

    fn row_or_parameter(&self, name: &Name) -> Result<Expr> {
        if let Some(relation) = self.visible_relation(None, name) {
            return Ok(self.whole_row(relation));
        }
        self.named_parameter(name).ok_or_else(|| {
            Error::new(
                Code::UNDEFINED_COLUMN,
                format!("column \"{name}\" does not exist"),
            )
        })
    }

    fn named_parameter(&self, name: &str) -> Option<Expr> {
        let index = self
            .scope
            .parameters
            .iter()
            .rposition(|(parameter, _)| parameter.as_deref() == Some(name))?;
        let (_, ty) = self.scope.parameters.get(index)?;
        Some(Expr {
            kind: ExprKind::Parameter(index),
            ty: ty.clone(),
        })
    }

    /// A whole row is a JSON object of its columns, which is what the canonical form of a row is.
    fn whole_row(&self, relation: &VisibleRelation) -> Expr {
        if relation.scalar
            && let [column, ..] = relation.columns.as_slice()
        {
            return column.expr.clone();
        }
        let ty = relation
            .table
            .as_ref()
            .and_then(|table| self.resolver.named_type(Some(&table.schema), &table.name))
            .map(|named| named.column.ty)
            .filter(|ty| matches!(ty, Type::Composite(_)))
            .unwrap_or(Type::Record);
        let members = relation
            .columns
            .iter()
            .map(|column| (column.name.clone(), column.expr.clone()))
            .collect();
        let row = Expr {
            kind: ExprKind::Object(members),
            ty: ty.clone(),
        };
        if !relation.nullable {
            return row;
        }
        // A row that an outer join has made up is null; a row of the table has a key, any other is null when all of it is.
        let missing = relation
            .columns
            .iter()
            .filter(|column| {
                relation.primary_key.is_empty() || relation.primary_key.contains(&column.name)
            })
            .map(|column| column.expr.clone().is_null(false));
        Expr {
            kind: ExprKind::Case(Box::new(Case {
                branches: vec![(Expr::all(missing), Expr::null(ty.clone()))],
                otherwise: Some(row),
            })),
            ty,
        }
    }

    fn qualified(&self, schema: Option<&Name>, relation: &Name, name: &Name) -> Result<Expr> {
        let schema = schema.map(|schema| &**schema);
        let Some(visible) = self.visible_relation(schema, relation) else {
            return self.other_qualified(schema, relation, name);
        };
        match visible.column(name)? {
            Some(expr) => Ok(expr.clone()),
            None => Err(Error::new(
                Code::UNDEFINED_COLUMN,
                format!("column {relation}.{name} does not exist"),
            )),
        }
    }

    /// `routine.parameter`, or an error.
    fn other_qualified(&self, schema: Option<&str>, relation: &Name, name: &Name) -> Result<Expr> {
        if let Some(schema) = schema
            && self.resolver.relation(Some(schema), relation).is_some()
            && let Some(row) = self
                .levels
                .first()
                .and_then(|level| level.relation(None, relation))
            && let Some(expr) = row.column(name)?
        {
            // The row that a policy is about is known by its table's bare name, whatever schema the table is in.
            return Ok(expr.clone());
        }
        if schema.is_none() {
            if self.scope.routine.as_ref() == Some(relation)
                && let Some(expr) = self.named_parameter(name)
            {
                return Ok(expr);
            }
            if let Some(parameter) = self.named_parameter(relation) {
                return field_of(parameter, name);
            }
        }
        Err(self.no_relation(relation))
    }

    /// Returns the error for a name that no item of `from` in sight has.
    pub(super) fn no_relation(&self, relation: &str) -> Error {
        let aliased = self
            .levels
            .iter()
            .flat_map(|level| &level.relations)
            .find(|visible| {
                let table = visible.table.as_ref();
                table.is_some_and(|table| *table.name == *relation)
            });
        match aliased {
            Some(visible) => Error::new(
                Code::UNDEFINED_TABLE,
                format!("invalid reference to FROM-clause entry for table \"{relation}\""),
            )
            .hint(format!(
                "Perhaps you meant to reference the table alias \"{}\".",
                visible.name
            )),
            None => Error::new(
                Code::UNDEFINED_TABLE,
                format!("missing FROM-clause entry for table \"{relation}\""),
            ),
        }
    }
}

/// Returns what the request supplies, as type `ty`.
pub(super) fn context(context: Context, ty: Type) -> Expr {
    Expr {
        kind: ExprKind::Context(context),
        ty,
    }
}

/// Returns the names when `node` is nothing but names with points between them.
pub(super) fn path(node: &ast::Expr) -> Option<Vec<Name>> {
    let mut names = Vec::new();
    let mut node = node.clone();
    loop {
        match node {
            ast::Expr::NameRef(name) => {
                names.push(name_node(name.syntax()));
                names.reverse();
                return Some(names);
            }
            ast::Expr::FieldExpr(field) => {
                if field.star_token().is_some() {
                    return None;
                }
                names.push(name_node(field.field()?.syntax()));
                node = field.base()?;
            }
            _ => return None,
        }
    }
}

fn field_of(base: Expr, name: &Name) -> Result<Expr> {
    let Type::Composite(composite) = &base.ty else {
        if let ExprKind::Object(members) = &base.kind
            && let Some((_, member)) = members.iter().find(|(member, _)| member == name)
        {
            return Ok(member.clone());
        }
        return Err(Error::new(
            Code::WRONG_OBJECT_TYPE,
            format!(
                "column notation .{name} applied to type {}, which is not a composite type",
                base.ty
            ),
        ));
    };
    let Some((_, field)) = composite.fields.iter().find(|(field, _)| field == name) else {
        return Err(Error::new(
            Code::UNDEFINED_COLUMN,
            format!(
                "column \"{name}\" not found in data type {}",
                composite.name.name
            ),
        ));
    };
    let ty = field.ty.clone();
    Ok(Expr {
        kind: ExprKind::Field(Box::new(base), name.clone()),
        ty,
    })
}
