//! What the connected role may not do, and the grant that would let it.

use underpin_base::{Code, Error, QualifiedName, Result};

use super::super::client::Connection;
use super::{Query, ask};

/// Whether triggers and foreign keys can be told to rest for one transaction.
const REST: &str = "set local session_replication_role = replica";

/// Returns the grant that lets triggers and foreign keys rest, when it is missing.
pub(super) async fn missing(connection: &mut Connection) -> Result<Option<String>> {
    let queries = [
        Query::once("begin", Vec::new()),
        Query::once(REST, Vec::new()),
        Query::once("rollback", Vec::new()),
    ];
    match connection.batch(&queries).await {
        Ok(_) => Ok(None),
        Err(error) if *error.code() == Code::PRIVILEGE => {
            connection.simple("rollback").await?;
            let answer = ask(connection, "select current_user", Vec::new()).await?;
            let row = answer.rows.first().map(|row| row.get(0)).transpose()?;
            let role = row.flatten().unwrap_or_default();
            Ok(Some(format!(
                "A superuser can lift this: grant set on parameter session_replication_role to {};",
                super::quoted(role)
            )))
        }
        Err(error) => Err(error),
    }
}

/// Returns the error of a table that cannot be read, with what would help.
pub(super) fn of_reader(error: Error, table: &QualifiedName) -> Error {
    if *error.code() != Code::PRIVILEGE {
        return error;
    }
    let name = super::table(table);
    error.hint(format!(
        "A copy reads every row of {name}: connect as its owner, or as a role with `bypassrls` and `grant select on {name}`."
    ))
}

/// Returns the error of a table that cannot be written, with what would help.
pub(super) fn of_loader(error: Error, table: &QualifiedName, missing: Option<&str>) -> Error {
    let name = super::table(table);
    if *error.code() == Code::PRIVILEGE {
        let rest = missing.unwrap_or_default();
        let hint = format!("A copy writes every row of {name}: connect as its owner. {rest}");
        return error.hint(hint.trim_end());
    }
    match (error.get_details(), missing) {
        (None, _) => error.details(format!("A row of table {table} was refused.")),
        (Some(_), Some(missing)) => error.hint(missing),
        (Some(_), None) => error,
    }
}
