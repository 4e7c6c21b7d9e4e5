//! `from`: tables, views, common table expressions, queries in brackets.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, Result};

use super::name::{Path, name_node, path_ref};
use super::reader::{Reader, incomplete, part, unsupported};
use super::scope::{Namespace, Visible, VisibleRelation};
use super::{Relation, set};
use crate::tree::{Expr, From, Select};
use crate::types::Type;

/// What stands behind an item of `from`: its name and those of its columns.
#[derive(Default)]
pub(super) struct Alias {
    pub(super) name: Option<Name>,
    pub(super) columns: Vec<Name>,
    /// Columns with types, for a function that returns rows of unknown columns.
    pub(super) definitions: Vec<ast::ColumnDef>,
}

impl Alias {
    pub(super) fn read(alias: Option<&ast::FromAlias>) -> Result<Self> {
        let Some(alias) = alias else {
            return Ok(Self::default());
        };
        let name = alias.name().map(|name| name_node(name.syntax()));
        Ok(match alias.columns() {
            None => Self {
                name,
                ..Self::default()
            },
            Some(ast::FromAliasColumns::ColumnList(list)) => Self {
                name,
                columns: list
                    .column_names()
                    .map(|column| name_node(column.syntax()))
                    .collect(),
                definitions: Vec::new(),
            },
            Some(ast::FromAliasColumns::ColumnDefList(list)) => Self {
                name,
                columns: Vec::new(),
                definitions: list.column_defs().collect(),
            },
        })
    }

    fn no_definitions(&self) -> Result<()> {
        if self.definitions.is_empty() {
            return Ok(());
        }
        Err(Error::new(
            Code::SYNTAX,
            "a column definition list is only allowed for functions returning \"record\"",
        ))
    }
}

impl Reader<'_> {
    /// Reads the items of `from`, each of which may be lateral to those before it.
    pub(super) fn items(
        &mut self,
        items: impl Iterator<Item = ast::FromListItem>,
    ) -> Result<(Vec<From>, Namespace)> {
        self.items_beside(items, Namespace::default())
    }

    /// Reads the items of `from` that stand beside `namespace`, which lateral items see.
    pub(super) fn items_beside(
        &mut self,
        items: impl Iterator<Item = ast::FromListItem>,
        mut namespace: Namespace,
    ) -> Result<(Vec<From>, Namespace)> {
        let mut froms = Vec::new();
        for item in items {
            let (from, names) = self.list_item(&item, &namespace)?;
            namespace.add(names)?;
            froms.push(from);
        }
        Ok((froms, namespace))
    }

    /// Reads an item, which sees `lateral` when it says so.
    pub(super) fn list_item(
        &mut self,
        item: &ast::FromListItem,
        lateral: &Namespace,
    ) -> Result<(From, Namespace)> {
        self.nested(item, |reader| match item {
            ast::FromListItem::JoinExpr(_) => reader.joins(item, lateral),
            ast::FromListItem::FromItem(item) => reader.item(item, lateral),
        })
    }

    fn item(&mut self, item: &ast::FromItem, lateral: &Namespace) -> Result<(From, Namespace)> {
        let alias = Alias::read(item.alias().as_ref())?;
        match item {
            ast::FromItem::RelationFromItem(item) => {
                if item.tablesample_clause().is_some() {
                    return Err(unsupported("TABLESAMPLE"));
                }
                alias.no_definitions()?;
                let path = path_ref(item.path_ref().as_ref())?;
                self.relation(&path, &alias)
            }
            ast::FromItem::ParenFromItem(item) => {
                alias.no_definitions()?;
                let is_lateral = item.lateral_token().is_some();
                if let Some(select) = bracketed(item) {
                    let select = if is_lateral {
                        self.seeing(lateral.clone(), |reader| reader.select(&select))?
                    } else {
                        self.select(&select)?
                    };
                    return self.derived_as(select, &alias, is_lateral);
                }
                if alias.name.is_some() {
                    return Err(unsupported("an alias for a join in brackets"));
                }
                let inner = part(item.paren_expr())?;
                let inner = inner.from_list_item().ok_or_else(incomplete)?;
                self.list_item(&inner, lateral)
            }
            ast::FromItem::FunctionFromItem(item) => {
                let call = part(item.call_expr())?;
                let ordinality = item.with_ordinality().is_some();
                self.seeing(lateral.clone(), |reader| {
                    reader.function_item(&call, &alias, ordinality)
                })
            }
            ast::FromItem::ExprFromItem(item) => match item.call_expr() {
                Some(call) => self.seeing(lateral.clone(), |reader| {
                    reader.function_item(&call, &alias, false)
                }),
                None => Err(unsupported("a cast in FROM")),
            },
            ast::FromItem::RowsFromItem(item) => {
                let mut functions = item.rows_from_args();
                let (Some(function), None) = (functions.next(), functions.next()) else {
                    return Err(unsupported("ROWS FROM of several functions"));
                };
                let call = part(function.call_expr())?;
                let ordinality = item.with_ordinality().is_some();
                self.seeing(lateral.clone(), |reader| {
                    reader.function_item(&call, &alias, ordinality)
                })
            }
            ast::FromItem::JsonTableFromItem(_) => Err(unsupported("JSON_TABLE")),
            ast::FromItem::XmlTableFromItem(_) => Err(unsupported("XMLTABLE")),
            ast::FromItem::GraphTableFromItem(_) => Err(unsupported("GRAPH_TABLE")),
        }
    }

    /// Reads `table t`.
    pub(super) fn whole_table(&mut self, node: &ast::RelationNameRef) -> Result<(From, Namespace)> {
        let path = path_ref(node.path_ref().as_ref())?;
        self.relation(&path, &Alias::default())
    }

    fn relation(&mut self, path: &Path, alias: &Alias) -> Result<(From, Namespace)> {
        if path.schema.is_none()
            && let Some(cte) = self
                .ctes
                .iter_mut()
                .rev()
                .find(|cte| cte.written == path.name)
        {
            cte.is_used = true;
            let (name, columns) = (cte.name.clone(), cte.columns.clone());
            let visible = alias.name.clone().unwrap_or_else(|| path.name.clone());
            let own = self.alias(&visible);
            let columns = columns
                .into_iter()
                .map(|(column, ty)| (column.clone(), column, ty))
                .collect();
            let namespace = named_relation(visible, &own, columns, alias)?;
            return Ok((From::Cte { name, alias: own }, namespace));
        }
        let relation = self.find_relation(path)?;
        let visible = alias.name.clone().unwrap_or_else(|| path.name.clone());
        let own = self.alias(&visible);
        let namespace = self.table_names(&relation, visible, &own, alias)?;
        let from = if relation.is_view {
            From::View {
                view: relation.name,
                alias: own,
            }
        } else {
            From::Table {
                table: relation.name,
                alias: own,
            }
        };
        Ok((from, namespace))
    }

    /// Returns the table or view of that name.
    pub(super) fn find_relation(&self, path: &Path) -> Result<Relation> {
        self.resolver
            .relation(path.schema.as_deref(), &path.name)
            .ok_or_else(|| {
                Error::new(
                    Code::UNDEFINED_TABLE,
                    format!("relation \"{path}\" does not exist"),
                )
            })
    }

    /// Returns the names that a table or view adds.
    pub(super) fn table_names(
        &self,
        relation: &Relation,
        visible: Name,
        own: &Name,
        alias: &Alias,
    ) -> Result<Namespace> {
        let columns = relation
            .columns
            .iter()
            .map(|(name, ty)| (name.clone(), name.clone(), ty.ty.clone()))
            .collect();
        let mut namespace = named_relation(visible, own, columns, alias)?;
        if let Some(names) = namespace.relations.first_mut() {
            names.table = Some(relation.name.clone());
            names.primary_key.clone_from(&relation.primary_key);
        }
        Ok(namespace)
    }

    /// Returns a query as an item of `from`, under an alias made from `name`.
    pub(super) fn derived(
        &mut self,
        select: Select,
        name: &str,
        lateral: bool,
    ) -> (From, Namespace) {
        let alias = Alias {
            name: Some(Name::from(name)),
            ..Alias::default()
        };
        let own = self.alias(name);
        let mut select = select;
        let columns = set::distinct_names(&mut select);
        let namespace = named_relation(Name::from(name), &own, columns, &alias).unwrap_or_default();
        let from = From::Subquery {
            select: Box::new(select),
            alias: own,
            lateral,
        };
        (from, namespace)
    }

    fn derived_as(
        &mut self,
        mut select: Select,
        alias: &Alias,
        lateral: bool,
    ) -> Result<(From, Namespace)> {
        let visible = alias
            .name
            .clone()
            .unwrap_or_else(|| Name::from("unnamed_subquery"));
        let own = self.alias(&visible);
        let columns = set::distinct_names(&mut select);
        let namespace = named_relation(visible, &own, columns, alias)?;
        let from = From::Subquery {
            select: Box::new(select),
            alias: own,
            lateral,
        };
        Ok((from, namespace))
    }
}

/// Returns the names that an item adds: for each column the name as written, its own name and its type. The alias may rename the
/// first of them.
pub(super) fn named_relation(
    visible: Name,
    own: &Name,
    columns: Vec<(Name, Name, Type)>,
    alias: &Alias,
) -> Result<Namespace> {
    if alias.columns.len() > columns.len() {
        return Err(Error::new(
            Code::INVALID_COLUMN_REFERENCE,
            format!(
                "table \"{visible}\" has {} columns available but {} columns specified",
                columns.len(),
                alias.columns.len()
            ),
        ));
    }
    let columns = columns
        .into_iter()
        .enumerate()
        .map(|(index, (written, name, ty))| Visible {
            name: alias.columns.get(index).cloned().unwrap_or(written),
            expr: Expr::column(own, &name, ty),
        })
        .collect();
    Ok(Namespace::of(VisibleRelation {
        name: visible,
        alias: own.clone(),
        table: None,
        primary_key: Vec::new(),
        nullable: false,
        scalar: false,
        columns,
    }))
}

/// Returns the query when the item is one in brackets.
fn bracketed(item: &ast::ParenFromItem) -> Option<ast::SelectVariant> {
    if let Some(paren) = item.paren_select() {
        return paren
            .select()
            .map(|_| ast::SelectVariant::ParenSelect(paren));
    }
    super::predicate::bracketed_select(&ast::Expr::ParenExpr(item.paren_expr()?))
}
