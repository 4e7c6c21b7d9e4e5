//! `comment on`: kept for tables, views, columns, routines and schemas, whose comments clients see; the others mean nothing here.

use std::sync::Arc;

use squawk_syntax::ast;
use underpin_base::{Code, Error, Result};
use underpin_sql::grammar;

use super::Fold;
use super::lookup::{no_column, no_schema, path_of};
use super::read::{missing, string};
use crate::migration::Operation;

impl Fold {
    /// Folds `comment on`.
    pub(super) fn comment(&mut self, node: &ast::CommentOn) -> Result<()> {
        use ast::CommentObject as Object;
        let text = match node.literal() {
            Some(literal) => Some(string(Some(&literal))?),
            None => None,
        };
        match node.comment_object().ok_or_else(missing)? {
            Object::ObjectTable(it) => {
                let table = self.own_table(it.table_name_ref().as_ref())?;
                if let Some(table) = self.catalog.tables.get_mut(&table.name) {
                    Arc::make_mut(table).comment = text;
                }
            }
            Object::ObjectView(it) => {
                let view = self.view_of(&path_of(it.view_ref().as_ref())?)?;
                if let Some(view) = self.catalog.views.get_mut(&view.name) {
                    Arc::make_mut(view).comment = text;
                }
            }
            Object::ObjectColumn(it) => self.comment_on_column(it.name(), text)?,
            Object::ObjectFunction(it) => {
                let signature = it.function_sig().ok_or_else(missing)?;
                let path = path_of(signature.function_name_ref().as_ref())?;
                let id = self.routine_id(&path, signature.param_list().as_ref())?;
                let overloads = self.catalog.routines.get_mut(&id.name);
                for routine in overloads.into_iter().flatten() {
                    if routine.id == id {
                        Arc::make_mut(routine).comment.clone_from(&text);
                    }
                }
            }
            Object::ObjectSchema(it) => {
                let name = grammar::name(it.schema_ref().as_ref())?;
                match self.catalog.schemas.get_mut(&name) {
                    Some(comment) => *comment = text,
                    None => return Err(no_schema(&name)),
                }
            }
            // Types, policies, constraints, indexes and the rest: nobody could read the comment.
            _ => {}
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    fn comment_on_column(
        &mut self,
        name: Option<ast::QualifiedColumnNameRef>,
        text: Option<String>,
    ) -> Result<()> {
        let path = name.and_then(|name| name.path_ref()).ok_or_else(missing)?;
        let column = grammar::name(path.segment().as_ref())?;
        let relation = grammar::path_ref(path.qualifier().as_ref())?;
        if let Some(view) = self.view_name(&relation) {
            let Some(view) = self.catalog.views.get_mut(&view) else {
                return Ok(());
            };
            let view = Arc::make_mut(view);
            if !view.columns.iter().any(|(name, _)| *name == column) {
                return Err(Error::new(
                    Code::UNDEFINED_COLUMN,
                    format!(
                        "column \"{column}\" of relation \"{}\" does not exist",
                        view.name.name
                    ),
                ));
            }
            match text {
                Some(text) => view.column_comments.insert(column, text),
                None => view.column_comments.remove(&column),
            };
            return Ok(());
        }
        let Ok(table) = self.table_of(&relation) else {
            // A field of a composite type may be commented too.
            if self
                .search()
                .find(
                    relation.schema.as_deref(),
                    &relation.name,
                    |catalog, name| catalog.composites.contains_key(name),
                )
                .is_some()
            {
                return Ok(());
            }
            return Err(self.no_relation(&relation));
        };
        self.refuse_platform(&table.name)?;
        if table.column(&column).is_none() {
            return Err(no_column(&table, &column));
        }
        if let Some(table) = self.catalog.tables.get_mut(&table.name) {
            Arc::make_mut(table).column_mut(&column)?.comment = text;
        }
        Ok(())
    }
}
