//! `drop type`, `drop domain`, `drop function`.

use squawk_syntax::ast;
use underpin_base::{Code, Error, QualifiedName, Result};
use underpin_sql::grammar::Path;

use super::Fold;
use super::dependency::{described, restrict};
use super::drop_table::is_cascade;
use super::lookup::path_of;
use crate::migration::Operation;

impl Fold {
    /// Folds `drop type`, which may also name domains.
    pub(super) fn drop_type(&mut self, node: &ast::DropType) -> Result<()> {
        let cascade = is_cascade(node.drop_behavior().as_ref());
        let allowed = node.if_exists().is_some();
        for name in node.type_name_refs() {
            self.drop_type_of(&path_of(Some(&name))?, allowed, cascade)?;
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Folds `drop domain`.
    pub(super) fn drop_domain(&mut self, node: &ast::DropDomain) -> Result<()> {
        let cascade = is_cascade(node.drop_behavior().as_ref());
        let allowed = node.if_exists().is_some();
        for name in node.domain_refs() {
            self.drop_type_of(&path_of(Some(&name))?, allowed, cascade)?;
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    fn drop_type_of(&mut self, path: &Path, allowed: bool, cascade: bool) -> Result<()> {
        let found: Option<QualifiedName> =
            self.search()
                .find(path.schema.as_deref(), &path.name, |catalog, name| {
                    catalog.enums.contains_key(name)
                        || catalog.composites.contains_key(name)
                        || catalog.domains.contains_key(name)
                });
        let Some(name) = found else {
            if self.view_name(path).is_some() || self.table_of(path).is_ok() {
                return Err(Error::new(
                    Code::WRONG_OBJECT_TYPE,
                    format!("\"{}\" is not a type", path.name),
                ));
            }
            return self.absent("type", path, allowed);
        };
        self.refuse_platform(&name)?;
        let dependants = self.dependants_of_type(&name);
        restrict(&format!("type {}", described(&name)), &dependants, cascade)?;
        self.drop_dependants(dependants, None)?;
        if let Some(before) = self.catalog.enums.remove(&name) {
            self.former_enums.insert(name.clone(), before);
        }
        self.catalog.composites.remove(&name);
        self.catalog.domains.remove(&name);
        Ok(())
    }

    /// Folds `drop function`.
    pub(super) fn drop_function(&mut self, node: &ast::DropFunction) -> Result<()> {
        let cascade = is_cascade(node.drop_behavior().as_ref());
        let allowed = node.if_exists().is_some();
        let list = node.function_sig_list();
        for signature in list.iter().flat_map(ast::FunctionSigList::function_sigs) {
            let path = path_of(signature.function_name_ref().as_ref())?;
            self.drop_routine(&path, signature.param_list().as_ref(), allowed, cascade)?;
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }

    /// Folds `drop routine`.
    pub(super) fn drop_routines(&mut self, node: &ast::DropRoutine) -> Result<()> {
        let cascade = is_cascade(node.drop_behavior().as_ref());
        let allowed = node.if_exists().is_some();
        let list = node.routine_sig_list();
        for signature in list.iter().flat_map(ast::RoutineSigList::routine_sigs) {
            let path = path_of(signature.routine_name_ref().as_ref())?;
            self.drop_routine(&path, signature.param_list().as_ref(), allowed, cascade)?;
        }
        self.push(Operation::CatalogOnly);
        Ok(())
    }
}
