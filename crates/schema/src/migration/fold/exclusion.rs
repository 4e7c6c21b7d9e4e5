//! Exclusion constraints: `exclude using gist (room with =, during with &&)`.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, Result};
use underpin_sql::functions::Operator;
use underpin_sql::infer;
use underpin_sql::tree::Expr;
use underpin_sql::types::Type;

use super::column::refuse_volatile;
use super::index::{name_columns, unique};
use super::read::missing;
use super::{Fold, refused};
use crate::catalog::{Index, IndexKey, Table};

/// The operators that are the same whichever row comes first.
const COMMUTATIVE: [Operator; 4] = [
    Operator::Equal,
    Operator::NotEqual,
    Operator::Overlaps,
    Operator::Adjacent,
];

impl Fold {
    /// Reads an exclusion constraint, which like PostgreSQL's is an index with an operator for each key.
    pub(super) fn exclusion(
        &self,
        table: &Table,
        given: Option<Name>,
        node: &ast::ExcludeConstraint,
    ) -> Result<Index> {
        let list = node.constraint_exclusion_list().ok_or_else(missing)?;
        let mut keys = Vec::new();
        let mut exclusion = Vec::new();
        for item in list.constraint_exclusions() {
            let key = self.index_key(table, item.expr().as_ref(), false)?;
            exclusion.push(operator(&item, &key)?);
            keys.push(key);
        }
        let filter = match node.where_condition_clause() {
            Some(clause) => Some(self.condition(table, clause.expr().as_ref(), "WHERE")?),
            None => None,
        };
        if let Some(filter) = &filter {
            refuse_volatile(
                &filter.expr,
                "functions in index predicate must be marked IMMUTABLE",
            )?;
        }
        let columns = unique(name_columns(&keys));
        Ok(Index {
            name: self.constraint_name(table, given, &columns, "excl")?,
            unique: false,
            nulls_not_distinct: false,
            method: Name::from("gist"),
            keys,
            filter,
            exclusion,
        })
    }
}

/// Reads the operator of a key, and checks that it is one of the key's type that does not care for the order.
fn operator(item: &ast::ConstraintExclusion, key: &IndexKey) -> Result<Operator> {
    let Some(node) = item.op() else {
        return Err(refused(
            "an operator with a schema is not supported here",
            "Write the operator alone: `with &&`.",
        ));
    };
    let symbol = node.syntax().text().to_string();
    let symbol = symbol.trim();
    let ty = &key.expression.expr.ty;
    let operator = Operator::named(symbol).ok_or_else(|| {
        Error::new(
            Code::UNDEFINED_FUNCTION,
            format!("operator does not exist: {ty} {symbol} {ty}"),
        )
    })?;
    let side = || Expr::column(&Name::from("row"), &Name::from("key"), ty.clone());
    let condition = infer::operator(operator, side(), side())?;
    if condition.ty != Type::Bool || !COMMUTATIVE.contains(&operator) {
        return Err(Error::new(
            Code::WRONG_OBJECT_TYPE,
            format!("operator {symbol}({0},{0}) is not commutative", family(ty)),
        )
        .details("Only commutative operators can be used in exclusion constraints."));
    }
    Ok(operator)
}

/// Returns the type that PostgreSQL's operator is declared with.
fn family(ty: &Type) -> String {
    match ty {
        Type::Range(_) => "anyrange".to_owned(),
        Type::Array(_) => "anyarray".to_owned(),
        other => other.to_string(),
    }
}
