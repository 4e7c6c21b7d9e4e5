//! The select list: stars, names, and what each output column is called.

use squawk_syntax::ast::{self, AstNode, CastKind};
use underpin_base::{Code, Error, Name, Result};

use super::column::path;
use super::name::name_node;
use super::reader::{Clause, Reader, part, unsupported};
use crate::tree::{Expr, ExprKind, Output};
use crate::types::Type;

impl Reader<'_> {
    /// Reads a select list or a `returning` list against the innermost namespace.
    pub(super) fn targets(
        &mut self,
        list: Option<&ast::TargetList>,
        clause: Clause,
    ) -> Result<Vec<Output>> {
        let mut outputs = Vec::new();
        for target in list.into_iter().flat_map(ast::TargetList::targets) {
            if target.star_token().is_some() {
                self.all_columns(&mut outputs)?;
                continue;
            }
            let node = part(target.expr())?;
            if let ast::Expr::FieldExpr(field) = &node
                && field.star_token().is_some()
            {
                self.nested(&node, |reader| {
                    reader.columns_of(&part(field.base())?, &mut outputs)
                })?;
                continue;
            }
            let expr = self.within(clause, |reader| reader.expr(&node))?;
            let name = match target.as_name() {
                Some(name) => name_node(part(name.name())?.syntax()),
                None => output_name(&node),
            };
            outputs.push(Output { name, expr });
        }
        Ok(outputs)
    }

    fn all_columns(&self, outputs: &mut Vec<Output>) -> Result<()> {
        let namespace = self.levels.last();
        let Some(namespace) = namespace.filter(|namespace| !namespace.relations.is_empty()) else {
            return Err(Error::new(
                Code::SYNTAX,
                "SELECT * with no tables specified is not valid",
            ));
        };
        outputs.extend(namespace.columns.iter().map(|column| Output {
            name: column.name.clone(),
            expr: column.expr.clone(),
        }));
        Ok(())
    }

    /// Expands `relation.*` and `(row).*`.
    fn columns_of(&mut self, base: &ast::Expr, outputs: &mut Vec<Output>) -> Result<()> {
        let bare = match base {
            ast::Expr::ParenExpr(paren) => paren.expr(),
            other => Some(other.clone()),
        };
        if let Some(path) = bare.as_ref().and_then(path) {
            let relation = match path.as_slice() {
                [relation] => self.visible_relation(None, relation),
                [schema, relation] => self.visible_relation(Some(schema), relation),
                _ => None,
            };
            if let Some(relation) = relation {
                outputs.extend(relation.columns.iter().map(|column| Output {
                    name: column.name.clone(),
                    expr: column.expr.clone(),
                }));
                return Ok(());
            }
            if !matches!(base, ast::Expr::ParenExpr(_)) {
                let relation = path.last().cloned().unwrap_or_else(|| Name::from(""));
                return Err(self.no_relation(&relation));
            }
        }
        let row = self.expr(base)?;
        let Type::Composite(composite) = &row.ty else {
            return Err(unsupported("the expansion of a row of unknown columns"));
        };
        outputs.extend(composite.fields.iter().map(|(name, ty)| Output {
            name: name.clone(),
            expr: Expr {
                kind: ExprKind::Field(Box::new(row.clone()), name.clone()),
                ty: ty.ty.clone(),
            },
        }));
        Ok(())
    }
}

/// Returns the name that PostgreSQL gives to an output column without one.
fn output_name(node: &ast::Expr) -> Name {
    figured(node).map_or_else(|| Name::from("?column?"), |(name, _)| name)
}

/// Returns the name of an expression, and whether it is a good one: that of a column or function beats that of a type or `case`.
fn figured(node: &ast::Expr) -> Option<(Name, bool)> {
    let good = |name: &str| Some((Name::from(name), true));
    match node {
        ast::Expr::NameRef(name) => Some((name_node(name.syntax()), true)),
        ast::Expr::FieldExpr(field) => field.field().map(|field| (name_node(field.syntax()), true)),
        ast::Expr::IndexExpr(index) => figured(&index.base()?),
        ast::Expr::Collate(collate) => figured(&collate.expr()?),
        ast::Expr::ParenExpr(_) => match super::predicate::bracketed_select(node) {
            Some(select) => selected_name(&select),
            None => match node {
                ast::Expr::ParenExpr(paren) => figured(&paren.expr()?),
                _ => None,
            },
        },
        ast::Expr::CastExpr(cast) => {
            let inner = match cast.kind()? {
                CastKind::TypeLiteral => None,
                _ => cast.expr().as_ref().and_then(figured),
            };
            inner
                .filter(|(_, good)| *good)
                .or_else(|| Some((type_name(&cast.ty()?), false)))
        }
        ast::Expr::CaseExpr(case) => case
            .else_clause()
            .and_then(|clause| figured(&clause.expr()?))
            .filter(|(_, good)| *good)
            .or_else(|| Some((Name::from("case"), false))),
        ast::Expr::ArrayExpr(_) => good("array"),
        ast::Expr::TupleExpr(_) => good("row"),
        ast::Expr::CallExpr(call) => called_name(call),
        ast::Expr::BinExpr(binary) => match binary.op()? {
            ast::BinOp::AtTimeZone(_) => good("timezone"),
            _ => None,
        },
        _ => None,
    }
}

fn called_name(call: &ast::CallExpr) -> Option<(Name, bool)> {
    let name = if let Some(expr) = call.expr() {
        path(&expr)?.pop()?
    } else if call.exists_fn().is_some() {
        Name::from("exists")
    } else if call.extract_fn().is_some() {
        Name::from("extract")
    } else if call.position_fn().is_some() {
        Name::from("position")
    } else if call.substring_fn().is_some() {
        Name::from("substring")
    } else if call.overlay_fn().is_some() {
        Name::from("overlay")
    } else if let Some(trim) = call.trim_fn() {
        Name::from(match trim.trim_side() {
            None | Some(ast::TrimSide::TrimBoth(_)) => "btrim",
            Some(ast::TrimSide::TrimLeading(_)) => "ltrim",
            Some(ast::TrimSide::TrimTrailing(_)) => "rtrim",
        })
    } else if call.json_object_fn().is_some() {
        Name::from("json_object")
    } else {
        return None;
    };
    Some((name, true))
}

fn selected_name(select: &ast::SelectVariant) -> Option<(Name, bool)> {
    let ast::SelectVariant::Select(select) = select else {
        return None;
    };
    let target = select.select_clause()?.target_list()?.targets().next()?;
    match target.as_name() {
        Some(name) => Some((name_node(name.name()?.syntax()), true)),
        None => Some((output_name(&target.expr()?), true)),
    }
}

/// Returns PostgreSQL's own name of a type: `int4` for `integer`.
fn type_name(ty: &ast::Type) -> Name {
    let words = match ty {
        ast::Type::ArrayType(array) => {
            return array.ty().map_or_else(|| "".into(), |ty| type_name(&ty));
        }
        ast::Type::PathType(named) => named
            .path_ref()
            .and_then(|path| path.segment())
            .map(|segment| segment.text())
            .unwrap_or_default(),
        ast::Type::VarcharType(_) => "varchar".to_owned(),
        ast::Type::CharacterType(_) => "bpchar".to_owned(),
        ast::Type::BitType(_) => "bit".to_owned(),
        ast::Type::BitVaryingType(_) => "varbit".to_owned(),
        ast::Type::DoubleType(_) => "float8".to_owned(),
        ast::Type::IntervalType(_) => "interval".to_owned(),
        ast::Type::TimeType(time) => zoned("time", time.timezone().as_ref()),
        ast::Type::TimestampType(time) => zoned("timestamp", time.timezone().as_ref()),
    };
    Name::from(match words.as_str() {
        "int" | "integer" => "int4",
        "smallint" => "int2",
        "bigint" => "int8",
        "boolean" => "bool",
        "real" => "float4",
        "float" => "float8",
        "decimal" | "dec" => "numeric",
        other => other,
    })
}

fn zoned(name: &str, zone: Option<&ast::Timezone>) -> String {
    match zone {
        Some(ast::Timezone::WithTimezone(_)) => format!("{name}tz"),
        Some(ast::Timezone::WithoutTimezone(_)) | None => name.to_owned(),
    }
}
