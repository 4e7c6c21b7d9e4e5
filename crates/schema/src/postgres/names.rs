//! [`Names`]: how names are looked up in the texts that PostgreSQL gives back.

use std::cell::RefCell;
use std::collections::HashMap;

use underpin_sql::grammar::{self, NamedType, Relation, Resolver, Routine, Scope};
use underpin_sql::infer;
use underpin_sql::tree::Expr;
use underpin_sql::types::ColumnType;

use crate::catalog::{Catalog, Expression, SearchPath};

/// How names are looked up. PostgreSQL runs every routine, so that each counts as one that can be used within a query.
pub(super) struct Names<'a> {
    search: SearchPath<'a>,
    /// The defaults that were read: tables have the same ones over and over.
    defaults: RefCell<HashMap<(String, ColumnType), Expr>>,
}

impl<'a> Names<'a> {
    pub(super) fn new(catalog: &'a Catalog) -> Self {
        Self {
            search: SearchPath::standard(catalog),
            defaults: RefCell::default(),
        }
    }

    /// Reads a default; what the grammar cannot read is a null of the column's type.
    pub(super) fn default(&self, text: &str, column: &ColumnType) -> Expression {
        let key = (text.to_owned(), column.clone());
        let known = self.defaults.borrow().get(&key).cloned();
        let expr = known.unwrap_or_else(|| {
            let expr = grammar::expression_text(text, &Scope::default(), self)
                .and_then(|expr| infer::assign(expr, column))
                .unwrap_or_else(|_unknown| Expr::null(column.ty.clone()));
            self.defaults.borrow_mut().insert(key, expr.clone());
            expr
        });
        Expression {
            text: text.to_owned(),
            expr,
        }
    }
}

impl Resolver for Names<'_> {
    fn relation(&self, schema: Option<&str>, name: &str) -> Option<Relation> {
        self.search.relation(schema, name)
    }

    fn named_type(&self, schema: Option<&str>, name: &str) -> Option<NamedType> {
        self.search.named_type(schema, name)
    }

    fn routines(&self, schema: Option<&str>, name: &str) -> Vec<Routine> {
        let mut routines = self.search.routines(schema, name);
        for routine in &mut routines {
            routine.is_query = true;
        }
        routines
    }
}
