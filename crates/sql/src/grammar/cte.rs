//! `with`: common table expressions, recursive ones too.

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};

use super::name::name_node;
use super::reader::{Reader, VisibleCte, part, unsupported};
use super::set;
use crate::tree::{Body, Cte, Output, Select, SetOperator, Statement};
use crate::types::Type;
use squawk_syntax::ast::AstNode as _;

/// A query of `with recursive`.
struct Recursive {
    select: Select,
    columns: Vec<(Name, Type)>,
    /// It refers to itself.
    is_recursive: bool,
}

impl Reader<'_> {
    /// Reads `with` and puts its names in sight; the caller takes them away.
    pub(super) fn with(&mut self, clause: &ast::WithClause) -> Result<Vec<Cte>> {
        let recursive = clause.recursive_token().is_some();
        let outer = self.ctes.len();
        let mut ctes = Vec::new();
        for table in clause.with_tables() {
            let written = name_node(part(table.name())?.syntax());
            if self
                .ctes
                .iter()
                .skip(outer)
                .any(|cte| cte.written == written)
            {
                return Err(Error::new(
                    Code::DUPLICATE_ALIAS,
                    format!("WITH query name \"{written}\" specified more than once"),
                ));
            }
            if table.search_clause().is_some() || table.cycle_clause().is_some() {
                return Err(unsupported("SEARCH and CYCLE in WITH"));
            }
            let cte = self.nested(&table, |reader| {
                reader.with_table(&table, &written, recursive)
            })?;
            self.ctes.push(VisibleCte {
                written,
                name: cte.name.clone(),
                columns: cte.columns.clone(),
                is_used: false,
            });
            ctes.push(cte);
        }
        Ok(ctes)
    }

    fn with_table(
        &mut self,
        table: &ast::WithTable,
        written: &Name,
        recursive: bool,
    ) -> Result<Cte> {
        let name = self.cte_name(written);
        let materialized = match table.materialized_option() {
            Some(ast::MaterializedOption::Materialized(_)) => Some(true),
            Some(ast::MaterializedOption::NotMaterialized(_)) => Some(false),
            None => None,
        };
        let aliases: Vec<Name> = table
            .column_list()
            .into_iter()
            .flat_map(|list| list.column_names())
            .map(|column| name_node(column.syntax()))
            .collect();
        let query = part(table.query())?;
        if recursive
            && let ast::WithQuery::CompoundSelect(compound) = &query
            && set::leading_with(compound).is_none()
            && matches!(compound.op(), Some(ast::CompoundOp::Union(_)))
        {
            let Recursive {
                select,
                columns,
                is_recursive,
            } = self.recursive(compound, written, &name, &aliases)?;
            return Ok(Cte {
                name,
                columns,
                recursive: is_recursive,
                materialized,
                statement: Statement::Select(Box::new(select)),
            });
        }
        let statement = self.with_query(&query)?;
        let columns = named_columns(statement_columns(&statement), &aliases, written)?;
        Ok(Cte {
            name,
            columns,
            recursive: false,
            materialized,
            statement,
        })
    }

    fn with_query(&mut self, query: &ast::WithQuery) -> Result<Statement> {
        let select = match query {
            ast::WithQuery::Select(it) => ast::SelectVariant::Select(it.clone()),
            ast::WithQuery::Values(it) => ast::SelectVariant::Values(it.clone()),
            ast::WithQuery::Table(it) => ast::SelectVariant::Table(it.clone()),
            ast::WithQuery::ParenSelect(it) => ast::SelectVariant::ParenSelect(it.clone()),
            ast::WithQuery::CompoundSelect(it) => ast::SelectVariant::CompoundSelect(it.clone()),
            ast::WithQuery::Insert(it) => return self.insert(it),
            ast::WithQuery::Update(it) => return self.update(it),
            ast::WithQuery::Delete(it) => return self.delete(it),
            ast::WithQuery::Merge(_) => return Err(unsupported("MERGE")),
        };
        Ok(Statement::Select(Box::new(self.select(&select)?)))
    }

    /// Reads a query that may refer to itself: its first part tells its columns, its second part sees them.
    fn recursive(
        &mut self,
        compound: &ast::CompoundSelect,
        written: &Name,
        name: &Name,
        aliases: &[Name],
    ) -> Result<Recursive> {
        let left = self.select(&part(compound.lhs())?)?;
        let columns = named_columns(left.columns(), aliases, written)?;
        self.ctes.push(VisibleCte {
            written: written.clone(),
            name: name.clone(),
            columns: columns.clone(),
            is_used: false,
        });
        let right = self.open_select(&part(compound.rhs())?);
        let is_recursive = self.ctes.pop().is_some_and(|cte| cte.is_used);
        let right = right?;
        let all = match part(compound.op())? {
            ast::CompoundOp::Union(it) => {
                matches!(it.all_or_distinct(), Some(ast::AllOrDistinct::All(_)))
            }
            _ => false,
        };
        let body = set::united(SetOperator::Union, all, "UNION", left, right)?;
        let tail = self.tail(compound.tail_clauses())?;
        if tail.order_by.is_some() {
            return Err(unsupported("ORDER BY in a recursive query"));
        }
        let select = Select {
            with: Vec::new(),
            body,
            order_by: Vec::new(),
            limit: tail.limit,
            offset: tail.offset,
        };
        if is_recursive {
            set::recursive_tail(&select)?;
            same_types(&columns, &select, written)?;
        }
        let columns = columns
            .into_iter()
            .zip(select.columns())
            .map(|((name, _), (_, ty))| (name, ty))
            .collect();
        Ok(Recursive {
            select,
            columns,
            is_recursive,
        })
    }

    /// Returns a name for a common table expression: SQLite would take one that is called like a table for that table's name
    /// in its own query, so that such a one is renamed.
    fn cte_name(&mut self, written: &Name) -> Name {
        let mut name = written.clone();
        let mut number = 1;
        while self.ctes.iter().any(|cte| cte.name == name)
            || self.resolver.relation(None, &name).is_some()
            || !self.take_cte_name(&name)
        {
            name = Name::from(format!("{written}_{number}"));
            number += 1;
        }
        name
    }
}

fn same_types(columns: &[(Name, Type)], select: &Select, written: &Name) -> Result<()> {
    let Body::Set { .. } = &select.body else {
        return Ok(());
    };
    for (index, ((_, first), (_, overall))) in columns.iter().zip(select.columns()).enumerate() {
        if *first != overall {
            return Err(Error::new(
                Code::DATATYPE_MISMATCH,
                format!(
                    "recursive query \"{written}\" column {} has type {first} in non-recursive term but type {overall} overall",
                    index + 1
                ),
            )
            .hint("Cast the output of the non-recursive term to the correct type."));
        }
    }
    Ok(())
}

/// Returns the columns that a statement makes.
pub(super) fn statement_columns(statement: &Statement) -> Vec<(Name, Type)> {
    let returned = |outputs: &[Output]| {
        outputs
            .iter()
            .map(|output| (output.name.clone(), output.expr.ty.clone()))
            .collect()
    };
    match statement {
        Statement::Select(select) => select.columns(),
        Statement::Insert(insert) => returned(&insert.returning),
        Statement::Update(update) => returned(&update.returning),
        Statement::Delete(delete) => returned(&delete.returning),
    }
}

/// Gives columns the names of a list, which may be shorter, and makes them differ from each other.
fn named_columns(
    columns: Vec<(Name, Type)>,
    aliases: &[Name],
    written: &str,
) -> Result<Vec<(Name, Type)>> {
    if aliases.len() > columns.len() {
        return Err(Error::new(
            Code::INVALID_COLUMN_REFERENCE,
            format!(
                "WITH query \"{written}\" has {} columns available but {} columns specified",
                columns.len(),
                aliases.len()
            ),
        ));
    }
    let mut taken = std::collections::HashSet::new();
    Ok(columns
        .into_iter()
        .enumerate()
        .map(|(index, (name, ty))| {
            let wanted = aliases.get(index).cloned().unwrap_or(name);
            let mut unique = wanted.clone();
            let mut number = 1;
            while !taken.insert(unique.clone()) {
                unique = Name::from(format!("{wanted}_{number}"));
                number += 1;
            }
            (unique, ty)
        })
        .collect())
}
