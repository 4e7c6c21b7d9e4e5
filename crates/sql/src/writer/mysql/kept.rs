//! [`Kept`]: how a column of a database that others made keeps its values, where that is not how we keep them.

use underpin_base::Result;

use super::writer::{Relation, Writer};
use crate::functions::Operator;
use crate::tree::{Expr, ExprKind};
use crate::writer::text::Text as _;

/// How a column keeps its values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Kept {
    /// As our own migrations make it.
    #[default]
    Ours,
    /// A truth value in a number: everything but 0 is true.
    Truth,
    /// A number in a column of another kind: `bit(n)`, `year`.
    Number,
    /// A text that the database compares in another way than by its bytes.
    Text {
        /// Its character set.
        charset: String,
        /// Its collation.
        collation: String,
    },
    /// Whatever the database prints as a text.
    Printed,
    /// A label of an enumeration; the empty text, which stands for one that there is not, is null.
    Label,
    /// A date or a moment; one that is none, such as 0000-00-00, is null.
    Date,
    /// A geometry, which is a GeoJSON document here.
    Geometry,
}

impl Kept {
    /// Returns `column`, a quoted name, as the value that we mean by it; `binary` is the collation that compares bytes.
    pub fn value(&self, column: &str, binary: &str) -> String {
        match self {
            Self::Ours => column.to_owned(),
            Self::Truth => format!("({column} <> 0)"),
            Self::Number => format!("({column} + 0)"),
            Self::Text { charset, .. } if charset == "utf8mb4" => {
                format!("({column} COLLATE {binary})")
            }
            Self::Text { .. } | Self::Printed => {
                format!("(CONVERT({column} USING utf8mb4) COLLATE {binary})")
            }
            Self::Label => {
                format!("NULLIF(CONVERT({column} USING utf8mb4) COLLATE {binary}, '')")
            }
            Self::Date => {
                format!(
                    "(CASE WHEN MONTH({column}) > 0 AND DAYOFMONTH({column}) > 0 THEN {column} END)"
                )
            }
            Self::Geometry => format!("ST_AsGeoJSON({column})"),
        }
    }

    /// Tells whether a value that is not null in the database is none for us either.
    pub fn is_never_null(&self) -> bool {
        !matches!(self, Self::Date | Self::Label)
    }

    /// Tells whether whatever meets `operator` by our meaning meets it by the column's own, too.
    fn widens(&self, operator: Operator) -> bool {
        match self {
            Self::Text { .. } => matches!(operator, Operator::Equal | Operator::Like),
            Self::Date => matches!(
                operator,
                Operator::Equal
                    | Operator::Less
                    | Operator::LessOrEqual
                    | Operator::Greater
                    | Operator::GreaterOrEqual
            ),
            _ => false,
        }
    }
}

impl<'d> Writer<'d> {
    /// Writes a condition of `where`. What would keep the database from using an index, since a column is written as the value that it
    /// means, is preceded by the same condition in the column's own terms, which more rows may meet.
    pub(super) fn chosen(&mut self, condition: &Expr) -> Result<()> {
        if !self.dialect.found {
            return self.expression(condition);
        }
        if let ExprKind::And(terms) = &condition.kind
            && !terms.is_empty()
        {
            for (index, term) in terms.iter().enumerate() {
                self.push(if index > 0 { " AND " } else { "" });
                self.chosen_by(term)?;
            }
            return Ok(());
        }
        self.chosen_by(condition)
    }

    fn chosen_by(&mut self, term: &Expr) -> Result<()> {
        let refused = self.attempt(|writer| {
            if writer.own_terms(term)? {
                writer.push(" AND ");
            }
            Ok(())
        })?;
        // What cannot be said in the column's own terms is said once.
        drop(refused);
        self.expression(term)
    }

    /// Writes a comparison of a column with what depends on no row, in the column's own terms; returns whether there is one to write.
    fn own_terms(&mut self, term: &Expr) -> Result<bool> {
        let closed = super::expression::is_closed;
        match &term.kind {
            ExprKind::Operator(operator, operands) => {
                let [left, right] = &**operands;
                let kept = match self.kept(left) {
                    Some(kept) if kept.widens(*operator) && closed(right) => kept,
                    _ => return Ok(false),
                };
                let symbol = match operator {
                    Operator::Less => " < ",
                    Operator::LessOrEqual => " <= ",
                    Operator::Greater => " > ",
                    Operator::GreaterOrEqual => " >= ",
                    Operator::Like => " LIKE ",
                    _ => " = ",
                };
                self.push("(");
                self.bare(left);
                self.push(symbol);
                self.as_kept(right, kept)?;
                let like = *operator == Operator::Like;
                self.push(if like { " ESCAPE '\\')" } else { ")" });
                Ok(true)
            }
            ExprKind::In {
                operand,
                list,
                negated: false,
            } if !list.is_empty() && list.iter().all(closed) => {
                let kept = match self.kept(operand) {
                    Some(kept) if kept.widens(Operator::Equal) => kept,
                    _ => return Ok(false),
                };
                self.push("(");
                self.bare(operand);
                self.push(" IN (");
                self.list(list, |writer, item| writer.as_kept(item, kept))?;
                self.push("))");
                Ok(true)
            }
            _ => Ok(false),
        }
    }

    /// Writes a value as one of a column that keeps it so.
    fn as_kept(&mut self, value: &Expr, kept: &Kept) -> Result<()> {
        match kept {
            Kept::Text { charset, collation } => {
                let after = format!(" USING {charset}) COLLATE {collation})");
                self.around("(CONVERT(", value, &after)
            }
            _ => self.expression(value),
        }
    }

    /// Returns how the column `expr` is kept; nothing when it is none of a table.
    fn kept(&self, expr: &Expr) -> Option<&'d Kept> {
        let ExprKind::Column { relation, name } = &expr.kind else {
            return None;
        };
        match self.relations.get(relation)? {
            Relation::Table(table) => Some(&self.fact(table, name).kept),
            Relation::Query(_) => None,
        }
    }

    /// Tells whether a column is kept in another way than by our own migrations.
    pub(super) fn is_foreign(&self, expr: &Expr) -> bool {
        self.kept(expr).is_some_and(|kept| *kept != Kept::Ours)
    }

    /// Writes a column of a row as the value that it means.
    pub(super) fn column(&mut self, expr: &Expr) {
        let before = self.sql.len();
        self.bare(expr);
        let Some(kept) = self.kept(expr).filter(|kept| **kept != Kept::Ours) else {
            return;
        };
        let column = self.sql.split_off(before);
        let value = kept.value(&column, self.dialect.flavour.collation());
        self.push(&value);
    }

    /// Writes a column's name.
    fn bare(&mut self, expr: &Expr) {
        if let ExprKind::Column { relation, name } = &expr.kind {
            if !self.is_inline() && !relation.is_empty() {
                self.identifier(relation);
                self.push(".");
            }
            self.identifier(name);
        }
    }
}
