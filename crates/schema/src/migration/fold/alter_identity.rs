//! What `alter column` does to columns that count up.

use squawk_syntax::ast;
use underpin_base::{Code, Error, Name, Result};

use super::Fold;
use super::alteration::Alteration;
use super::column::{identity_kind, identity_type, integer, is_next_value, start};
use crate::catalog::Generated;

impl Fold {
    /// Folds `add generated`, `set generated`, `restart` and `drop identity`.
    pub(super) fn alter_identity(
        &mut self,
        alteration: &mut Alteration,
        name: &Name,
        change: &ast::AlterColumnOption,
    ) -> Result<()> {
        use ast::AlterColumnOption as Change;
        match change {
            Change::AddGenerated(add) => {
                alteration.restart = start(add.sequence_option_list().as_ref())?;
                self.make_identity(
                    alteration,
                    name,
                    identity_kind(add.generated_when().as_ref()),
                )?;
            }
            Change::SetGenerated(set) => {
                alteration.after.column_mut(name)?.generated =
                    Some(identity_kind(set.generated_when().as_ref()));
            }
            Change::SetGeneratedOptions(options) => {
                for option in options.set_generated_options() {
                    match option {
                        ast::SetGeneratedOption::SetGenerated(set) => {
                            alteration.after.column_mut(name)?.generated =
                                Some(identity_kind(set.generated_when().as_ref()));
                        }
                        ast::SetGeneratedOption::Restart(restart) => {
                            alteration.restart =
                                Some(integer(restart.expr().as_ref()).unwrap_or(1));
                        }
                        ast::SetGeneratedOption::SetSequenceOption(_) => {}
                    }
                }
            }
            Change::Restart(restart) => {
                alteration.restart = Some(integer(restart.expr().as_ref()).unwrap_or(1));
            }
            Change::DropIdentity(_) => {
                let column = alteration.after.column_mut(name)?;
                if column.counts_up() {
                    column.generated = None;
                    alteration.rebuild = true;
                }
            }
            _ => {}
        }
        Ok(())
    }

    fn make_identity(
        &mut self,
        alteration: &mut Alteration,
        name: &Name,
        identity: Generated,
    ) -> Result<()> {
        let table = alteration.after.name.clone();
        let column = alteration.after.column_mut(name)?;
        let is_counted = column
            .default
            .as_ref()
            .is_some_and(|default| is_next_value(&default.text));
        if !column.ty.ty.is_integer() {
            return Err(identity_type());
        }
        if !column.not_null {
            return Err(Error::new(
                Code::OBJECT_STATE,
                format!(
                    "column \"{name}\" of relation \"{}\" must be declared NOT NULL before identity can be added",
                    table.name
                ),
            ));
        }
        if column.generated.is_some() || is_counted {
            return Err(Error::new(
                Code::OBJECT_STATE,
                format!(
                    "column \"{name}\" of relation \"{}\" is already an identity column",
                    table.name
                ),
            ));
        }
        column.generated = Some(identity);
        column.default = None;
        alteration.rebuild = true;
        Ok(())
    }
}
