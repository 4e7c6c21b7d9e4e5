//! Calls with a syntax of their own: `exists`, `extract`, `substring`, `position`, `overlay`, `trim`.

use squawk_syntax::ast::{self, AstNode};
use underpin_base::{Code, Error, Name, Result};

use super::call::{Argument, Arguments, Called};
use super::expr::string;
use super::name::name_node;
use super::reader::{Reader, part, unsupported};
use crate::infer;
use crate::tree::{Expr, ExprKind};
use crate::types::Type;

impl Reader<'_> {
    /// Reads a call whose name is part of the grammar.
    pub(super) fn special_call(&mut self, call: &ast::CallExpr) -> Result<Expr> {
        if let Some(exists) = call.exists_fn() {
            let select = self.subquery(&part(exists.select_variant())?)?;
            return Ok(Expr {
                kind: ExprKind::Exists(Box::new(select)),
                ty: Type::Bool,
            });
        }
        if let Some(extract) = call.extract_fn() {
            let field = match part(extract.extract_field())? {
                ast::ExtractField::ExtractFieldName(field) => field.text(),
                ast::ExtractField::ExtractFieldLiteral(field) => string(&part(field.literal())?)?,
            };
            let from = self.expr(&part(extract.expr())?)?;
            return infer::function("extract", vec![Expr::text(&field), from]);
        }
        if let Some(position) = call.position_fn() {
            let substring = self.expr(&part(position.pos())?)?;
            let text = self.expr(&part(position.string())?)?;
            return infer::function("position", vec![text, substring]);
        }
        if let Some(substring) = call.substring_fn() {
            return self.substring(&part(substring.substring_args())?);
        }
        if let Some(overlay) = call.overlay_fn() {
            return match part(overlay.overlay_args())? {
                ast::OverlayArgs::OverlayExprs(list) => {
                    self.listed_call("overlay", list.func_arg_exprs())
                }
                ast::OverlayArgs::OverlayPlacing(placing) => {
                    let arguments = [placing.string(), placing.placing(), placing.from()]
                        .into_iter()
                        .map(part)
                        .chain(placing.for_().map(Ok))
                        .collect::<Result<Vec<_>>>()?;
                    infer::function("overlay", self.exprs(arguments)?)
                }
            };
        }
        if let Some(trim) = call.trim_fn() {
            return self.trim(&trim);
        }
        if call.any_fn().is_some() || call.some_fn().is_some() || call.all_fn().is_some() {
            return Err(Error::new(
                Code::SYNTAX,
                "syntax error: ANY and ALL stand behind an operator",
            ));
        }
        self.json_call(call)
    }

    /// The parser takes some functions of JSON that have ordinary arguments for those of the SQL standard.
    fn json_call(&mut self, call: &ast::CallExpr) -> Result<Expr> {
        if let Some(object) = call.json_object_fn()
            && object
                .syntax()
                .children()
                .all(|child| ast::FuncArgExpr::can_cast(child.kind()))
        {
            return self.listed_call(
                "json_object",
                object
                    .syntax()
                    .children()
                    .filter_map(ast::FuncArgExpr::cast),
            );
        }
        let words = call.syntax().text().to_string();
        let name = words.split('(').next().unwrap_or_default().trim();
        Err(unsupported(&name.to_uppercase()))
    }

    fn listed_call(
        &mut self,
        name: &str,
        list: impl Iterator<Item = ast::FuncArgExpr>,
    ) -> Result<Expr> {
        let mut values = Vec::new();
        for argument in list {
            let (name, value) = match argument {
                ast::FuncArgExpr::Expr(value) => (None, value),
                ast::FuncArgExpr::NamedArg(named) => (
                    Some(name_node(part(named.name())?.syntax())),
                    part(named.expr())?,
                ),
            };
            values.push(Argument {
                name,
                value: self.expr(&value)?,
            });
        }
        let called = Called {
            schema: None,
            name: Name::from(name),
        };
        self.function_call(
            &called,
            Arguments {
                values,
                variadic: false,
            },
        )
    }

    fn substring(&mut self, arguments: &ast::SubstringArgs) -> Result<Expr> {
        let list = match arguments {
            ast::SubstringArgs::SubstringExprs(list) => {
                return self.listed_call("substring", list.func_arg_exprs());
            }
            ast::SubstringArgs::SubstringSimilarEscape(it) => {
                self.exprs([part(it.string())?, part(it.pattern())?, part(it.escape())?])?
            }
            ast::SubstringArgs::SubstringFromFor(it) => {
                let mut list = self.exprs([part(it.string())?, part(it.start())?])?;
                if let Some(count) = it.count() {
                    list.push(self.expr(&count)?);
                }
                list
            }
            ast::SubstringArgs::SubstringForFrom(it) => {
                let text = self.expr(&part(it.string())?)?;
                let count = self.expr(&part(it.count())?)?;
                let start = match it.start() {
                    Some(start) => self.expr(&start)?,
                    None => Expr::constant(underpin_base::Value::Int(1), Type::Int4),
                };
                vec![text, start, count]
            }
        };
        infer::function("substring", list)
    }

    fn trim(&mut self, trim: &ast::TrimFn) -> Result<Expr> {
        let name = match trim.trim_side() {
            None | Some(ast::TrimSide::TrimBoth(_)) => "btrim",
            Some(ast::TrimSide::TrimLeading(_)) => "ltrim",
            Some(ast::TrimSide::TrimTrailing(_)) => "rtrim",
        };
        let arguments = match part(trim.trim_args())? {
            ast::TrimArgs::TrimExprs(it) => self.exprs(it.exprs())?,
            ast::TrimArgs::TrimFrom(it) => self.exprs(it.exprs())?,
            ast::TrimArgs::TrimExprFrom(it) => {
                // `trim(characters from text)`: the first is what the second loses.
                let mut list = self.exprs(it.syntax().children().filter_map(ast::Expr::cast))?;
                if !list.is_empty() {
                    list.rotate_left(1);
                }
                list
            }
        };
        infer::function(name, arguments)
    }
}
