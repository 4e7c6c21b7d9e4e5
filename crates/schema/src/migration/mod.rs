//! Migration files: which are pending, what each makes of the catalog, and what an engine has to do for it.
//!
//! A file is folded into a [`crate::catalog::Catalog`] as a whole before anything of it runs: what cannot be translated is an
//! error with file and line, and has changed nothing.

mod file;
mod fold;
mod operation;
mod pending;

pub use file::{File, FileName, checksum};
pub(crate) use fold::fold_platform;
pub use fold::{Survey, declare, fold, survey};
pub use operation::{Copied, Defined, Folded, Note, Operation, Step};
pub use pending::{Applied, Pending, plan};

#[cfg(test)]
mod tests;
