//! What stands in `from`.

use std::collections::HashSet;

use underpin_base::{Name, Result};

use super::writer::{Relation, Writer};
use super::{table_name, unsupported};
use crate::tree::{Body, Expr, ExprKind, From, JoinKind, Rewrite, Select};
use crate::types::Type;
use crate::writer::text::Text as _;

impl Writer<'_> {
    /// Writes ` FROM …` when there is something to write.
    pub(super) fn items(&mut self, items: &[From]) -> Result<()> {
        if items.is_empty() {
            return Ok(());
        }
        self.push(" FROM ");
        let many = items.len() > 1;
        for (index, item) in items.iter().enumerate() {
            // A comma binds less than a join, as in PostgreSQL.
            self.push(if index > 0 { " CROSS JOIN " } else { "" });
            let group = many && matches!(item, From::Join(_));
            self.push(if group { "(" } else { "" });
            self.item(item)?;
            self.push(if group { ")" } else { "" });
        }
        Ok(())
    }

    fn item(&mut self, item: &From) -> Result<()> {
        self.nested(|writer| writer.item_kind(item))
    }

    fn item_kind(&mut self, item: &From) -> Result<()> {
        match item {
            From::Table { table, alias } => {
                self.declare_table(alias, table);
                self.identifier(&table_name(table));
                self.alias(alias);
                Ok(())
            }
            From::Subquery { select, alias, .. } => self.derived(select, alias),
            From::Join(join) => {
                self.item(&join.left)?;
                self.push(match join.kind {
                    JoinKind::Inner => " JOIN ",
                    JoinKind::Left => " LEFT JOIN ",
                    JoinKind::Right => " RIGHT JOIN ",
                    JoinKind::Cross => " CROSS JOIN ",
                    JoinKind::Full => return Err(unsupported("full join")),
                });
                let group = matches!(join.right, From::Join(_));
                self.push(if group { "(" } else { "" });
                self.item(&join.right)?;
                self.push(if group { ")" } else { "" });
                match &join.on {
                    Some(on) => self.around(" ON ", on, ""),
                    None if join.kind == JoinKind::Cross => Ok(()),
                    None => {
                        self.push(" ON 1");
                        Ok(())
                    }
                }
            }
            From::View { .. }
            | From::Cte { .. }
            | From::Function { .. }
            | From::Call { .. }
            | From::Affected { .. } => Err(unsupported("this item of from")),
        }
    }

    fn alias(&mut self, alias: &Name) {
        self.push(" AS ");
        self.identifier(alias);
    }

    /// Writes a query in `from`, which cannot name what is around it.
    fn derived(&mut self, select: &Select, alias: &Name) -> Result<()> {
        if names_others(select) {
            return Err(unsupported("a lateral subquery"));
        }
        self.push("(");
        self.query(select)?;
        if !select.order_by.is_empty() && select.limit.is_none() && select.offset.is_none() {
            // Without a limit the database forgets the order of a query in `from`.
            self.push(&format!(" LIMIT {}", u64::MAX));
        }
        self.push(")");
        self.alias(alias);
        let exact = match &select.body {
            Body::Simple(simple) => simple
                .outputs
                .iter()
                .filter(|output| output.expr.ty == Type::Numeric && self.is_exact(&output.expr))
                .map(|output| output.name.clone())
                .collect(),
            Body::Values(_) | Body::Set { .. } => Vec::new(),
        };
        self.relations.insert(alias.clone(), Relation::Query(exact));
        Ok(())
    }
}

/// Tells whether a query names relations that are not its own.
fn names_others(select: &Select) -> bool {
    #[derive(Default)]
    struct Names {
        named: HashSet<Name>,
        own: HashSet<Name>,
    }
    impl Rewrite for Names {
        fn expr(&mut self, expr: Expr) -> Expr {
            if let ExprKind::Column { relation, .. } | ExprKind::RowId(relation) = &expr.kind {
                self.named.insert(relation.clone());
            }
            expr
        }
        fn from(&mut self, from: From) -> From {
            self.own.extend(from.aliases());
            from
        }
    }
    let mut names = Names::default();
    names.own.insert(Name::from(""));
    let _ = select.clone().rewrite(&mut names);
    !names.named.is_subset(&names.own)
}
