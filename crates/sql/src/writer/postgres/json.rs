//! Rows as values: composites, JSON objects of embedded rows, JSON arrays of queries.
//!
//! A row that is made by a query has its outputs' names, and `row_to_json` keeps what it found out about its type from row to row;
//! `json_build_object` finds it out for each value of each row. So an object is made of a row wherever PostgreSQL has its names.

use underpin_base::{Name, Result, Value};

use super::name::fits;
use super::writer::Writer;
use crate::tree::{Expr, ExprKind, Select};
use crate::types::Type;
use crate::writer::Bind;
use crate::writer::text::Text as _;

/// Most columns of a row; PostgreSQL's own limit is 1,664.
const COLUMNS_MAX: usize = 1_600;

/// Most members that one call of `json_build_object` is given; PostgreSQL's limit on arguments is 100.
const MEMBERS_MAX: usize = 50;

impl Writer {
    /// Writes an object of `members`: JSON, or a row of the type `ty`.
    pub(super) fn object(&mut self, members: &[(Name, Expr)], ty: &Type) -> Result<()> {
        match ty {
            Type::Composite(composite) => {
                let null = Expr::null(Type::Unknown);
                self.push("(row(");
                self.list(&composite.fields, |writer, (name, _)| {
                    let member = members.iter().find(|(member, _)| member == name);
                    writer.expression(member.map_or(&null, |(_, expr)| expr))
                })?;
                self.push(")::");
                self.type_name(ty);
                self.push(")");
                Ok(())
            }
            Type::Record if self.makes_row(members) => self.row_of("", members),
            Type::Record => {
                let fields: Vec<Expr> = members.iter().map(|(_, expr)| expr.clone()).collect();
                self.row(&fields, ty)
            }
            Type::Jsonb => {
                self.push("(");
                self.json_object(members)?;
                self.push(")::jsonb");
                Ok(())
            }
            _ => self.json_object(members),
        }
    }

    fn json_object(&mut self, members: &[(Name, Expr)]) -> Result<()> {
        if self.makes_row(members) {
            return self.row_of("pg_catalog.row_to_json", members);
        }
        self.built_object(members)
    }

    /// Tells whether a query can make a row of `members`: within it, an aggregate would be one of its own rows, and what is grouped by
    /// would not be seen.
    fn makes_row(&self, members: &[(Name, Expr)]) -> bool {
        let named = members.iter().all(|(name, _)| fits(name));
        let counted = (1..=COLUMNS_MAX).contains(&members.len());
        let aggregates = |expr: &Expr| {
            expr.any_part(&mut |part| {
                matches!(part.kind, ExprKind::Aggregate { .. } | ExprKind::Window(_))
            })
        };
        named && counted && !self.grouped && !members.iter().any(|(_, expr)| aggregates(expr))
    }

    /// Writes `(select call(row) from (select …) as row)`.
    fn row_of(&mut self, call: &str, members: &[(Name, Expr)]) -> Result<()> {
        let row = self.new_name();
        self.push("(select ");
        self.push(call);
        self.push("(");
        self.alias(&row);
        self.push(") from (select ");
        self.list(members, |writer, (name, expr)| {
            writer.settled(expr)?;
            writer.push(" as ");
            writer.identifier(name);
            Ok(())
        })?;
        self.push(") as ");
        self.alias(&row);
        self.push(")");
        Ok(())
    }

    /// Writes an object as calls of `json_build_object`. The texts of several are joined without their braces.
    fn built_object(&mut self, members: &[(Name, Expr)]) -> Result<()> {
        if members.len() <= MEMBERS_MAX {
            return self.object_part(members);
        }
        self.push("('{'");
        for (index, part) in members.chunks(MEMBERS_MAX).enumerate() {
            self.push(if index == 0 { " || " } else { " || ',' || " });
            self.push("pg_catalog.\"left\"(pg_catalog.\"right\"(");
            self.object_part(part)?;
            self.push("::text, -1), -1)");
        }
        self.push(" || '}')::json");
        Ok(())
    }

    fn object_part(&mut self, members: &[(Name, Expr)]) -> Result<()> {
        self.push("pg_catalog.json_build_object(");
        self.list(members, |writer, (name, expr)| {
            writer.bind(Bind::Value(Value::text(&**name)), &Type::Text);
            writer.push(", ");
            writer.settled(expr)
        })?;
        self.push(")");
        Ok(())
    }

    /// Writes the JSON array of a query's rows, in the query's order.
    pub(super) fn rows(&mut self, select: &Select) -> Result<()> {
        let columns = select.columns();
        let row = self.new_name();
        self.push("(select coalesce(pg_catalog.json_agg(");
        if columns.iter().all(|(name, _)| fits(name)) {
            self.whole_row(&row);
            self.subquery("), '[]'::json) from (", select, ") as ")?;
            self.alias(&row);
            self.push(")");
            return Ok(());
        }
        let names: Vec<Name> = (1..=columns.len())
            .map(|number| Name::from(format!("column{number}")))
            .collect();
        let members: Vec<(Name, Expr)> = columns
            .into_iter()
            .zip(&names)
            .map(|((name, ty), column)| (name, Expr::column(&row, column, ty)))
            .collect();
        self.built_object(&members)?;
        self.subquery("), '[]'::json) from (", select, ") as ")?;
        self.alias(&row);
        self.column_names(&names);
        self.push(")");
        Ok(())
    }

    /// Writes a composite or anonymous row as a value.
    pub(super) fn row(&mut self, fields: &[Expr], ty: &Type) -> Result<()> {
        if !matches!(ty, Type::Composite(_)) {
            return self.listed("row(", fields, ")");
        }
        self.listed("(row(", fields, ")::")?;
        self.type_name(ty);
        self.push(")");
        Ok(())
    }
}
