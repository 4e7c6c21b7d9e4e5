//! `insert`, `update` and `delete`.

use squawk_syntax::ast::{self, AstNode, LitKind};
use underpin_base::{Code, Error, Name, Result};

use super::Relation;
use super::from::Alias;
use super::name::{name_node, path_ref};
use super::reader::{Clause, Reader, part, unsupported};
use super::scope::Namespace;
use super::select::settle;
use super::set;
use crate::infer;
use crate::tree::{
    Assignment, Body, Conflict, ConflictAction, Cte, Delete, Distinct, Expr, ExprKind, Insert,
    Output, Select, Source, Statement, Update,
};
use crate::types::ColumnType;

/// The table that a statement writes to.
struct Target {
    relation: Relation,
    alias: Name,
    names: Namespace,
}

/// A value of `values`.
enum Cell {
    /// As it is written.
    Written(ast::Expr),
    /// One of the columns of a row that stands there whole: `new.*`.
    Column(Expr),
}

impl Reader<'_> {
    /// Reads a statement's parts with a query state and names of its own.
    fn write<T>(
        &mut self,
        node: &impl AstNode,
        with: Option<ast::WithClause>,
        read: impl FnOnce(&mut Self, Vec<Cte>) -> Result<T>,
    ) -> Result<T> {
        let query = std::mem::take(&mut self.query);
        let ctes = self.ctes.len();
        let result = self.nested(node, |reader| {
            let with = match with {
                Some(clause) => reader.with(&clause)?,
                None => Vec::new(),
            };
            read(reader, with)
        });
        self.query = query;
        self.ctes.truncate(ctes);
        result
    }

    fn target(
        &mut self,
        node: Option<&ast::RelationNameRef>,
        alias: Option<Name>,
    ) -> Result<Target> {
        let path = path_ref(node.and_then(|node| node.path_ref()).as_ref())?;
        let relation = self.find_relation(&path)?;
        let visible = alias.unwrap_or_else(|| path.name.clone());
        let own = self.alias(&visible);
        let names = self.table_names(&relation, visible, &own, &Alias::default())?;
        Ok(Target {
            relation,
            alias: own,
            names,
        })
    }

    pub(super) fn insert(&mut self, node: &ast::Insert) -> Result<Statement> {
        self.write(node, node.with_clause(), |reader, with| {
            reader.insert_parts(node, with)
        })
    }

    fn insert_parts(&mut self, node: &ast::Insert, with: Vec<Cte>) -> Result<Statement> {
        let alias = node
            .alias()
            .and_then(|alias| alias.name())
            .map(|name| name_node(name.syntax()));
        let target = self.target(node.relation_name_ref().as_ref(), alias)?;
        if let Some(ast::OverridingClause::OverridingUserValue(_)) = node.overriding_clause() {
            return Err(unsupported("OVERRIDING USER VALUE"));
        }
        let listed = node.column_target_list();
        let columns: Vec<(Name, ColumnType)> = match &listed {
            Some(list) => list
                .column_targets()
                .map(|column| target.column(&column))
                .collect::<Result<_>>()?,
            None => target.relation.columns.clone(),
        };
        once_each(&columns)?;
        let (source, width) = match part(node.insert_source())? {
            ast::InsertSource::DefaultValues(_) => (Source::Default, 0),
            ast::InsertSource::SelectVariant(source) => {
                self.source(&source, &columns, listed.is_some())?
            }
        };
        let conflict = node
            .on_conflict_clause()
            .map(|clause| self.conflict(&clause, &target))
            .transpose()?;
        let returning = self.returning(node.returning_clause().as_ref(), target.names)?;
        Ok(Statement::Insert(Box::new(Insert {
            with,
            table: target.relation.name,
            alias: target.alias,
            columns: columns
                .into_iter()
                .take(width)
                .map(|(name, _)| name)
                .collect(),
            source,
            conflict,
            returning,
        })))
    }

    /// Reads where inserted rows come from, and how many columns they fill.
    fn source(
        &mut self,
        node: &ast::SelectVariant,
        columns: &[(Name, ColumnType)],
        listed: bool,
    ) -> Result<(Source, usize)> {
        if let ast::SelectVariant::Values(values) = node
            && values.with_clause().is_none()
            && values.tail_clauses().next().is_none()
        {
            return self.value_rows(&part(values.row_list())?, columns, listed);
        }
        let select = self.open_select(node)?;
        let width = select.columns().len();
        fits(width, columns.len(), listed)?;
        let select = assigned(select, columns)?;
        Ok((Source::Select(Box::new(select)), width))
    }

    fn value_rows(
        &mut self,
        list: &ast::RowList,
        columns: &[(Name, ColumnType)],
        listed: bool,
    ) -> Result<(Source, usize)> {
        let mut rows: Vec<Vec<Option<Expr>>> = Vec::new();
        for row in list.rows() {
            let mut cells = Vec::new();
            for value in row.exprs() {
                match self.row_columns(&value) {
                    Some(columns) => cells.extend(columns.into_iter().map(Cell::Column)),
                    None => cells.push(Cell::Written(value)),
                }
            }
            let width = cells.len();
            if rows.first().is_some_and(|first| first.len() != width) {
                return Err(Error::new(
                    Code::SYNTAX,
                    "VALUES lists must all be the same length",
                ));
            }
            fits(width, columns.len(), listed)
                .map_err(|error| super::located(error, row.syntax()))?;
            let values = cells
                .into_iter()
                .zip(columns)
                .map(|(cell, (name, ty))| self.cell(cell, name, ty))
                .collect::<Result<_>>()?;
            rows.push(values);
        }
        let width = rows.first().map_or(0, Vec::len);
        Ok((Source::Values(rows), width))
    }

    /// Reads a value of a row; nothing when it is `default`.
    fn cell(&mut self, cell: Cell, name: &Name, ty: &ColumnType) -> Result<Option<Expr>> {
        let value = match cell {
            Cell::Column(expr) => return for_column(expr, name, ty).map(Some),
            Cell::Written(value) if is_default(&value) => return Ok(None),
            Cell::Written(value) => value,
        };
        let expr = self.within(Clause::Values, |reader| reader.expr(&value))?;
        for_column(expr, name, ty)
            .map(Some)
            .map_err(|error| super::located(error, value.syntax()))
    }

    fn conflict(&mut self, clause: &ast::OnConflictClause, target: &Target) -> Result<Conflict> {
        let columns = match clause.conflict_target() {
            None => Vec::new(),
            Some(ast::ConflictTarget::ConflictOnConstraint(constraint)) => {
                let path = constraint
                    .constraint_name_ref()
                    .and_then(|name| name.path_ref());
                let name = path_ref(path.as_ref())?.name;
                target.key(&name)?
            }
            Some(ast::ConflictTarget::ConflictOnIndex(index)) => {
                if index.where_clause().is_some() {
                    return Err(unsupported("ON CONFLICT with a condition on the index"));
                }
                part(index.conflict_index_item_list())?
                    .conflict_index_items()
                    .map(|item| match item.expr() {
                        Some(ast::Expr::NameRef(name)) => {
                            let name = name_node(name.syntax());
                            let found = target.find(&name).map(|(name, _)| name);
                            found.map_err(|_error| {
                                Error::new(
                                    Code::UNDEFINED_COLUMN,
                                    format!("column \"{name}\" does not exist"),
                                )
                            })
                        }
                        _ => Err(unsupported("ON CONFLICT on an expression")),
                    })
                    .collect::<Result<_>>()?
            }
        };
        let action = match part(clause.conflict_action())? {
            ast::ConflictAction::ConflictDoNothing(_) => ConflictAction::Nothing,
            ast::ConflictAction::ConflictDoSelect(_) => {
                return Err(unsupported("ON CONFLICT DO SELECT"));
            }
            ast::ConflictAction::ConflictDoUpdateSet(update) => {
                if columns.is_empty() {
                    return Err(Error::new(
                        Code::SYNTAX,
                        "ON CONFLICT DO UPDATE requires inference specification or constraint name",
                    )
                    .hint("For example, ON CONFLICT (column_name)."));
                }
                let mut names = target.names.clone();
                let excluded = Name::from("excluded");
                let proposed = self.table_names(
                    &target.relation,
                    excluded.clone(),
                    &excluded,
                    &Alias::default(),
                )?;
                names.add(proposed)?;
                self.seeing(names, |reader| {
                    let assignments = reader.set_clause(update.set_clause(), target)?;
                    let filter = reader.filter(update.where_clause())?;
                    Ok(ConflictAction::Update {
                        assignments,
                        filter,
                    })
                })?
            }
        };
        Ok(Conflict {
            target: columns,
            action,
        })
    }

    pub(super) fn update(&mut self, node: &ast::Update) -> Result<Statement> {
        self.write(node, node.with_clause(), |reader, with| {
            if node.for_portion_of().is_some() {
                return Err(unsupported("FOR PORTION OF"));
            }
            let alias = node
                .alias()
                .and_then(|alias| alias.name())
                .map(|name| name_node(name.syntax()));
            let relation = part(node.relation_name())?.relation_name_ref();
            let target = reader.target(relation.as_ref(), alias)?;
            let (from, names) = match node.from_clause() {
                Some(clause) => reader.within(Clause::From, |reader| {
                    reader.items_beside(clause.items(), target.names.clone())
                })?,
                None => (Vec::new(), target.names.clone()),
            };
            let (assignments, filter) = reader.seeing(names.clone(), |reader| {
                let assignments = reader.set_clause(node.set_clause(), &target)?;
                let filter = reader.where_or_cursor(node.where_clause_or_current_of())?;
                Ok((assignments, filter))
            })?;
            let returning = reader.returning(node.returning_clause().as_ref(), names)?;
            Ok(Statement::Update(Box::new(Update {
                with,
                table: target.relation.name,
                alias: target.alias,
                assignments,
                from,
                filter,
                returning,
            })))
        })
    }

    pub(super) fn delete(&mut self, node: &ast::Delete) -> Result<Statement> {
        self.write(node, node.with_clause(), |reader, with| {
            if node.for_portion_of().is_some() {
                return Err(unsupported("FOR PORTION OF"));
            }
            let alias = node
                .alias()
                .and_then(|alias| alias.name())
                .map(|name| name_node(name.syntax()));
            let relation = part(node.relation_name())?.relation_name_ref();
            let target = reader.target(relation.as_ref(), alias)?;
            let (using, names) = match node.using_clause() {
                Some(clause) => reader.within(Clause::From, |reader| {
                    reader.items_beside(clause.items(), target.names.clone())
                })?,
                None => (Vec::new(), target.names.clone()),
            };
            let filter = reader.seeing(names.clone(), |reader| {
                reader.where_or_cursor(node.where_clause_or_current_of())
            })?;
            let returning = reader.returning(node.returning_clause().as_ref(), names)?;
            Ok(Statement::Delete(Box::new(Delete {
                with,
                table: target.relation.name,
                alias: target.alias,
                using,
                filter,
                returning,
            })))
        })
    }

    fn where_or_cursor(
        &mut self,
        clause: Option<ast::WhereClauseOrCurrentOf>,
    ) -> Result<Option<Expr>> {
        match clause {
            None => Ok(None),
            Some(ast::WhereClauseOrCurrentOf::WhereClause(clause)) => self.filter(Some(clause)),
            Some(ast::WhereClauseOrCurrentOf::WhereCurrentOf(_)) => {
                Err(unsupported("WHERE CURRENT OF"))
            }
        }
    }

    fn filter(&mut self, clause: Option<ast::WhereClause>) -> Result<Option<Expr>> {
        let Some(clause) = clause else {
            return Ok(None);
        };
        let condition = part(clause.expr())?;
        self.within(Clause::Where, |reader| {
            reader.condition(&condition, "WHERE")
        })
        .map(Some)
    }

    fn returning(
        &mut self,
        clause: Option<&ast::ReturningClause>,
        names: Namespace,
    ) -> Result<Vec<Output>> {
        let Some(clause) = clause else {
            return Ok(Vec::new());
        };
        if clause.returning_option_list().is_some() {
            return Err(unsupported("RETURNING WITH"));
        }
        let list = part(clause.target_list())?;
        let outputs = self.seeing(names, |reader| {
            reader.targets(Some(&list), Clause::Returning)
        })?;
        settle(outputs)
    }

    fn set_clause(
        &mut self,
        clause: Option<ast::SetClause>,
        target: &Target,
    ) -> Result<Vec<Assignment>> {
        let mut assignments: Vec<Assignment> = Vec::new();
        for item in part(part(clause)?.set_column_list())?.set_columns() {
            let assigned = match item {
                ast::SetColumn::SetSingleColumn(item) => {
                    let column = target.column(&part(item.column_target())?)?;
                    vec![self.assignment(column, &part(item.set_expr())?)?]
                }
                ast::SetColumn::SetMultipleColumns(item) => self.set_several(&item, target)?,
            };
            for assignment in assigned {
                if assignments
                    .iter()
                    .any(|known| known.column == assignment.column)
                {
                    return Err(Error::new(
                        Code::SYNTAX,
                        format!(
                            "multiple assignments to same column \"{}\"",
                            assignment.column
                        ),
                    ));
                }
                assignments.push(assignment);
            }
        }
        Ok(assignments)
    }

    fn set_several(
        &mut self,
        item: &ast::SetMultipleColumns,
        target: &Target,
    ) -> Result<Vec<Assignment>> {
        let columns: Vec<(Name, ColumnType)> = part(item.column_target_list())?
            .column_targets()
            .map(|column| target.column(&column))
            .collect::<Result<_>>()?;
        if let Some(select) = item.paren_select() {
            return self.set_from_query(&ast::SelectVariant::ParenSelect(select), columns);
        }
        let values: Vec<ast::SetExpr> = part(item.set_expr_list())?.set_exprs().collect();
        if values.len() != columns.len() {
            return Err(Error::new(
                Code::SYNTAX,
                "number of columns does not match number of values",
            ));
        }
        columns
            .into_iter()
            .zip(&values)
            .map(|(column, value)| self.assignment(column, value))
            .collect()
    }

    /// Reads `(a, b) = (select …)`: each column is a query of its own, of one of the outputs.
    fn set_from_query(
        &mut self,
        node: &ast::SelectVariant,
        columns: Vec<(Name, ColumnType)>,
    ) -> Result<Vec<Assignment>> {
        let count = columns.len();
        let mut assignments = Vec::new();
        for (index, (name, ty)) in columns.into_iter().enumerate() {
            let mut select = self.open_select(node)?;
            if select.columns().len() != count {
                return Err(Error::new(
                    Code::SYNTAX,
                    "number of columns does not match number of values",
                ));
            }
            let Body::Simple(simple) = &mut select.body else {
                return Err(unsupported("a set operation assigned to several columns"));
            };
            if simple.distinct != Distinct::No {
                return Err(unsupported("SELECT DISTINCT assigned to several columns"));
            }
            let mut output = simple.outputs.swap_remove(index);
            output.expr = for_column(output.expr, &name, &ty)?;
            simple.outputs = vec![output];
            assignments.push(Assignment {
                column: name,
                value: Some(Expr {
                    kind: ExprKind::Scalar(Box::new(select)),
                    ty: ty.ty.clone(),
                }),
            });
        }
        Ok(assignments)
    }

    fn assignment(
        &mut self,
        (name, ty): (Name, ColumnType),
        value: &ast::SetExpr,
    ) -> Result<Assignment> {
        let value = match value.expr() {
            None => None,
            Some(node) if is_default(&node) => None,
            Some(node) => {
                let expr = self.within(Clause::Set, |reader| reader.expr(&node))?;
                let expr = for_column(expr, &name, &ty)
                    .map_err(|error| super::located(error, node.syntax()))?;
                Some(expr)
            }
        };
        Ok(Assignment {
            column: name,
            value,
        })
    }
}

impl Target {
    fn find(&self, name: &str) -> Result<(Name, ColumnType)> {
        self.relation
            .columns
            .iter()
            .find(|(column, _)| **column == *name)
            .cloned()
            .ok_or_else(|| {
                Error::new(
                    Code::UNDEFINED_COLUMN,
                    format!(
                        "column \"{name}\" of relation \"{}\" does not exist",
                        self.relation.name.name
                    ),
                )
            })
    }

    /// Returns the columns of the key `name`.
    fn key(&self, name: &str) -> Result<Vec<Name>> {
        let keys = &self.relation.keys;
        let found = keys.iter().find(|(key, _)| **key == *name);
        found.map(|(_, columns)| columns.clone()).ok_or_else(|| {
            Error::new(
                Code::UNDEFINED_OBJECT,
                format!(
                    "constraint \"{name}\" for table \"{}\" does not exist",
                    self.relation.name.name
                ),
            )
        })
    }

    fn column(&self, node: &ast::ColumnTarget) -> Result<(Name, ColumnType)> {
        if node.accessors().next().is_some() {
            return Err(unsupported("an assignment to a part of a column"));
        }
        self.find(&name_node(part(node.name())?.syntax()))
            .map_err(|error| super::located(error, node.syntax()))
    }
}

fn once_each(columns: &[(Name, ColumnType)]) -> Result<()> {
    for (index, (name, _)) in columns.iter().enumerate() {
        if columns.iter().take(index).any(|(other, _)| other == name) {
            return Err(Error::new(
                Code::DUPLICATE_COLUMN,
                format!("column \"{name}\" specified more than once"),
            ));
        }
    }
    Ok(())
}

/// Without a list of columns, an insert may fill the first ones alone.
fn fits(width: usize, columns: usize, listed: bool) -> Result<()> {
    if width > columns {
        return Err(Error::new(
            Code::SYNTAX,
            "INSERT has more expressions than target columns",
        ));
    }
    if listed && width < columns {
        return Err(Error::new(
            Code::SYNTAX,
            "INSERT has more target columns than expressions",
        ));
    }
    Ok(())
}

fn is_default(node: &ast::Expr) -> bool {
    match node {
        ast::Expr::Literal(literal) => matches!(literal.kind(), Some(LitKind::Default(_))),
        _ => false,
    }
}

/// Assigns a value, naming the column in the error as PostgreSQL does.
fn for_column(expr: Expr, name: &str, ty: &ColumnType) -> Result<Expr> {
    let given = expr.ty.clone();
    infer::assign(expr, ty).map_err(|error| {
        if *error.code() != Code::DATATYPE_MISMATCH {
            return error;
        }
        Error::new(
            Code::DATATYPE_MISMATCH,
            format!(
                "column \"{name}\" is of type {} but expression is of type {given}",
                ty.ty
            ),
        )
        .hint("You will need to rewrite or cast the expression.")
    })
}

/// Returns the query with its outputs assigned to the columns that it fills.
fn assigned(select: Select, columns: &[(Name, ColumnType)]) -> Result<Select> {
    let mut select = select;
    if let Body::Simple(simple) = &mut select.body {
        for (output, (name, ty)) in simple.outputs.iter_mut().zip(columns) {
            let expr = std::mem::replace(&mut output.expr, Expr::bool(false));
            output.expr = for_column(expr, name, ty)?;
        }
        return Ok(select);
    }
    for ((_, given), (name, ty)) in select.columns().iter().zip(columns) {
        for_column(
            Expr::column(name, name, given.clone()),
            name,
            &ColumnType::plain(ty.ty.clone()),
        )?;
    }
    let types: Vec<_> = columns.iter().map(|(_, ty)| ty.ty.clone()).collect();
    set::retyped(select, &types)
}
