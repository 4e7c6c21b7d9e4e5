//! Queries: one `select`, and what stands around it.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Result, Value};

use super::name::name_node;
use super::reader::{Clause, Reader, part, unsupported};
use super::scope::Namespace;
use super::{group, order, set};
use crate::infer;
use crate::tree::{Body, Cte, Distinct, Expr, ExprKind, From, OrderBy, Output, Select, Simple};
use crate::types::Type;

/// What stands behind a query: each at most once.
#[derive(Default)]
pub(super) struct Tail {
    pub(super) order_by: Option<ast::OrderByClause>,
    pub(super) limit: Option<Expr>,
    pub(super) offset: Option<Expr>,
}

impl Reader<'_> {
    /// Reads a query whose literals of unknown type are text.
    pub(super) fn select(&mut self, node: &ast::SelectVariant) -> Result<Select> {
        let select = self.open_select(node)?;
        set::settled(select)
    }

    /// Reads a query; the literals among its outputs may still be of unknown type.
    pub(super) fn open_select(&mut self, node: &ast::SelectVariant) -> Result<Select> {
        self.select_within(node, false)
    }

    /// Reads a query, without its `with` when that was read for a whole set operation.
    pub(super) fn select_within(
        &mut self,
        node: &ast::SelectVariant,
        with_is_read: bool,
    ) -> Result<Select> {
        let query = std::mem::take(&mut self.query);
        let clause = self.clause;
        let ctes = self.ctes.len();
        let result = self.nested(node, |reader| reader.variant(node, with_is_read));
        self.query = query;
        self.clause = clause;
        self.ctes.truncate(ctes);
        result
    }

    fn variant(&mut self, node: &ast::SelectVariant, with_is_read: bool) -> Result<Select> {
        let clause = match node {
            ast::SelectVariant::Select(select) => select.with_clause(),
            ast::SelectVariant::Values(values) => values.with_clause(),
            ast::SelectVariant::Table(table) => table.with_clause(),
            ast::SelectVariant::ParenSelect(paren) => paren.with_clause(),
            ast::SelectVariant::CompoundSelect(compound) => set::leading_with(compound),
            ast::SelectVariant::SelectInto(_) => return Err(unsupported("SELECT INTO")),
        };
        let with = match clause.filter(|_| !with_is_read) {
            Some(clause) => self.with(&clause)?,
            None => Vec::new(),
        };
        match node {
            ast::SelectVariant::Select(select) => self.simple(select, with),
            ast::SelectVariant::Values(values) => {
                let tail = self.tail(values.tail_clauses())?;
                let body = self.values(&part(values.row_list())?)?;
                self.around(with, body, tail, false)
            }
            ast::SelectVariant::Table(table) => {
                let tail = self.tail(table.tail_clauses())?;
                let relation = part(part(table.relation_name())?.relation_name_ref())?;
                let (from, namespace) = self.whole_table(&relation)?;
                self.star(with, vec![from], namespace, tail)
            }
            ast::SelectVariant::ParenSelect(paren) => {
                let tail = self.tail(paren.tail_clauses())?;
                let inner = self.open_select(&part(paren.select())?)?;
                self.bracketed(with, inner, tail)
            }
            ast::SelectVariant::CompoundSelect(compound) => {
                let tail = self.tail(compound.tail_clauses())?;
                let body = self.set(compound)?;
                self.around(with, body, tail, true)
            }
            ast::SelectVariant::SelectInto(_) => Err(unsupported("SELECT INTO")),
        }
    }

    /// A query in brackets is itself, unless something stands behind the brackets.
    fn bracketed(&mut self, with: Vec<Cte>, mut inner: Select, tail: Tail) -> Result<Select> {
        let plain = tail.order_by.is_none() && tail.limit.is_none() && tail.offset.is_none();
        if plain {
            inner.with.splice(0..0, with);
            return Ok(inner);
        }
        let inner = set::settled(inner)?;
        let (from, namespace) = self.derived(inner, "bracketed", false);
        self.star(with, vec![from], namespace, tail)
    }

    /// Returns `select * from …` of one item.
    fn star(
        &mut self,
        with: Vec<Cte>,
        from: Vec<From>,
        namespace: Namespace,
        tail: Tail,
    ) -> Result<Select> {
        let outputs: Vec<Output> = namespace
            .columns
            .iter()
            .map(|column| Output {
                name: column.name.clone(),
                expr: column.expr.clone(),
            })
            .collect();
        let order_by = match &tail.order_by {
            None => Vec::new(),
            Some(clause) => self.seeing(namespace, |reader| reader.order_by(clause, &outputs))?,
        };
        Ok(Select {
            with,
            body: Body::Simple(Box::new(Simple {
                outputs,
                from,
                ..Simple::default()
            })),
            order_by,
            limit: tail.limit,
            offset: tail.offset,
        })
    }

    /// Puts an order around a body that has no `from` of its own, by reading it as a query over the body.
    fn around(
        &mut self,
        with: Vec<Cte>,
        body: Body,
        tail: Tail,
        names_alone: bool,
    ) -> Result<Select> {
        let select = Select {
            with: Vec::new(),
            body,
            order_by: Vec::new(),
            limit: None,
            offset: None,
        };
        let Some(clause) = &tail.order_by else {
            return Ok(Select {
                with,
                limit: tail.limit,
                offset: tail.offset,
                ..select
            });
        };
        if names_alone {
            order::names_alone(clause)?;
        }
        let (from, namespace) = self.derived(set::settled(select)?, "united", false);
        self.star(with, vec![from], namespace, tail)
    }

    fn simple(&mut self, node: &ast::Select, with: Vec<Cte>) -> Result<Select> {
        if node.filter_clause().is_some() {
            return Err(unsupported("FILTER behind a query"));
        }
        let tail = self.tail(node.tail_clauses())?;
        self.query.windows = node
            .window_clause()
            .into_iter()
            .flat_map(|clause| clause.window_defs())
            .map(|window| {
                let name = name_node(part(window.window())?.syntax());
                Ok((name, part(window.window_spec())?))
            })
            .collect::<Result<_>>()?;
        let (mut from, namespace) = match node.from_clause() {
            Some(clause) => self.within(Clause::From, |reader| reader.items(clause.items()))?,
            None => (Vec::new(), Namespace::default()),
        };
        let (mut simple, order_by) =
            self.seeing(namespace, |reader| reader.clauses(node, &tail))?;
        let functions = std::mem::take(&mut self.query.row_functions);
        if !functions.is_empty() {
            if self.query.aggregates || !simple.group_by.is_empty() {
                return Err(unsupported("a set-returning function in a grouped query"));
            }
            from.extend(functions);
        }
        simple.from = from;
        Ok(Select {
            with,
            body: Body::Simple(Box::new(simple)),
            order_by,
            limit: tail.limit,
            offset: tail.offset,
        })
    }

    /// Reads all clauses of a `select` but `from`, whose names are in sight.
    fn clauses(&mut self, node: &ast::Select, tail: &Tail) -> Result<(Simple, Vec<OrderBy>)> {
        let filter = match node.where_clause() {
            Some(clause) => {
                let condition = part(clause.expr())?;
                Some(self.within(Clause::Where, |reader| {
                    reader.condition(&condition, "WHERE")
                })?)
            }
            None => None,
        };
        let clause = part(node.select_clause())?;
        let mut outputs = self.targets(clause.target_list().as_ref(), Clause::Outputs)?;
        let quantifier = clause.select_quantifier();
        let is_distinct = matches!(quantifier, Some(ast::SelectQuantifier::DistinctClause(_)));
        if is_distinct {
            outputs = settle(outputs)?;
        }
        let group_by = match node.group_by_clause() {
            Some(clause) => self.group_by(&clause, &outputs)?,
            None => Vec::new(),
        };
        let having = match node.having_clause() {
            Some(clause) => {
                let condition = part(clause.expr())?;
                let having = self.within(Clause::Having, |reader| {
                    reader.condition(&condition, "HAVING")
                })?;
                Some(having)
            }
            None => None,
        };
        let order_by = match &tail.order_by {
            Some(clause) => self.order_by(clause, &outputs)?,
            None => Vec::new(),
        };
        let distinct = match quantifier {
            Some(ast::SelectQuantifier::DistinctClause(clause)) => {
                self.distinct(&clause, &outputs, &order_by)?
            }
            Some(ast::SelectQuantifier::All(_)) | None => Distinct::No,
        };
        let simple = Simple {
            distinct,
            outputs,
            from: Vec::new(),
            filter,
            group_by,
            having,
        };
        let grouped =
            self.query.aggregates || simple.having.is_some() || node.group_by_clause().is_some();
        if let (true, Some(namespace)) = (grouped, self.levels.last()) {
            group::check(&simple, &order_by, namespace)?;
        }
        Ok((simple, order_by))
    }

    fn distinct(
        &mut self,
        clause: &ast::DistinctClause,
        outputs: &[Output],
        order_by: &[OrderBy],
    ) -> Result<Distinct> {
        let Some(on) = clause.distinct_on() else {
            let shown = |order: &OrderBy| outputs.iter().any(|output| output.expr == order.expr);
            if !order_by.iter().all(shown) {
                return Err(Error::new(
                    Code::INVALID_COLUMN_REFERENCE,
                    "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
                ));
            }
            for output in outputs {
                infer::equality(&output.expr.ty, &output.expr.ty).map_err(|_error| {
                    Error::new(
                        Code::UNDEFINED_FUNCTION,
                        format!(
                            "could not identify an equality operator for type {}",
                            output.expr.ty
                        ),
                    )
                })?;
            }
            return Ok(Distinct::Rows);
        };
        let on = on
            .exprs()
            .map(|node| {
                self.within(Clause::DistinctOn, |reader| {
                    reader.sort_key(&node, outputs, "SELECT DISTINCT ON")
                })
            })
            .collect::<Result<Vec<_>>>()?;
        if !order_by
            .iter()
            .take(on.len())
            .all(|order| on.contains(&order.expr))
        {
            return Err(Error::new(
                Code::INVALID_COLUMN_REFERENCE,
                "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
            ));
        }
        Ok(Distinct::On(on))
    }

    /// Reads what stands behind a query; its order is read later, when its outputs are known. Locks are dropped: a writer of
    /// SQLite has the whole file.
    pub(super) fn tail(
        &mut self,
        clauses: impl Iterator<Item = ast::SelectTailClause>,
    ) -> Result<Tail> {
        let mut tail = Tail::default();
        for clause in clauses {
            match clause {
                ast::SelectTailClause::LockingClause(_) => {}
                ast::SelectTailClause::OrderByClause(clause) => {
                    once(&mut tail.order_by, clause, "ORDER BY")?;
                }
                ast::SelectTailClause::LimitClause(clause) => match part(clause.limit_value())? {
                    ast::LimitValue::All(_) => {}
                    ast::LimitValue::Expr(node) => {
                        let limit = self.count(&node, Clause::Limit, "argument of LIMIT")?;
                        once(&mut tail.limit, limit, "LIMIT")?;
                    }
                },
                ast::SelectTailClause::OffsetClause(clause) => {
                    let node = part(clause.expr())?;
                    let offset = self.count(&node, Clause::Offset, "argument of OFFSET")?;
                    once(&mut tail.offset, offset, "OFFSET")?;
                }
                ast::SelectTailClause::FetchClause(clause) => {
                    if matches!(
                        clause.fetch_quantity(),
                        Some(ast::FetchQuantity::WithTies(_))
                    ) {
                        return Err(unsupported("FETCH … WITH TIES"));
                    }
                    let limit = match clause.expr() {
                        Some(node) => self.count(&node, Clause::Limit, "argument of FETCH")?,
                        None => Expr::constant(Value::Int(1), Type::Int8),
                    };
                    once(&mut tail.limit, limit, "LIMIT")?;
                }
            }
        }
        // A limit of null is none.
        tail.limit = tail.limit.filter(|limit| !is_null(limit));
        tail.offset = tail.offset.filter(|offset| !is_null(offset));
        Ok(tail)
    }

    fn count(&mut self, node: &ast::Expr, clause: Clause, what: &str) -> Result<Expr> {
        let expr = self.within(clause, |reader| reader.expr(node))?;
        let expr = infer::required(expr, &Type::Int8, what)?;
        if let ExprKind::Constant(Value::Int(..0)) = expr.kind {
            let word = what.rsplit(' ').next().unwrap_or_default();
            return Err(Error::new(
                Code::INVALID_LIMIT,
                format!("{word} must not be negative"),
            ));
        }
        Ok(expr)
    }

    fn values(&mut self, list: &ast::RowList) -> Result<Body> {
        let mut rows: Vec<Vec<Expr>> = Vec::new();
        for row in list.rows() {
            let row = self.within(Clause::Values, |reader| reader.exprs(row.exprs()))?;
            if rows.first().is_some_and(|first| first.len() != row.len()) {
                return Err(Error::new(
                    Code::SYNTAX,
                    "VALUES lists must all be the same length",
                ));
            }
            rows.push(row);
        }
        let width = rows.first().map_or(0, Vec::len);
        let mut columns: Vec<std::vec::IntoIter<Expr>> = Vec::new();
        for index in 0..width {
            let column = rows
                .iter()
                .filter_map(|row| row.get(index).cloned())
                .collect();
            let (column, _) = infer::unify(column, "VALUES")?;
            columns.push(column.into_iter());
        }
        let rows = rows
            .iter()
            .map(|_| columns.iter_mut().filter_map(Iterator::next).collect())
            .collect();
        Ok(Body::Values(rows))
    }
}

fn is_null(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Constant(Value::Null))
}

fn once<T>(slot: &mut Option<T>, value: T, words: &str) -> Result<()> {
    if slot.replace(value).is_some() {
        return Err(Error::new(
            Code::SYNTAX,
            format!("multiple {words} clauses not allowed"),
        ));
    }
    Ok(())
}

/// Returns outputs whose literals of unknown type are text.
pub(super) fn settle(outputs: Vec<Output>) -> Result<Vec<Output>> {
    outputs
        .into_iter()
        .map(|output| {
            Ok(Output {
                expr: infer::settled(output.expr)?,
                ..output
            })
        })
        .collect()
}
