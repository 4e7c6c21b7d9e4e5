//! `OPTIONS` of the data API: the methods that a table, view or function has.

use underpin_base::{Code, Error, Result};
use underpin_query::reply::Reply;
use underpin_query::request::Resource;
use underpin_schema::catalog::{Catalog, View};
use underpin_sql::functions::Volatility;

/// Returns the answer to `OPTIONS`.
///
/// # Errors
/// PGRST205 and PGRST202 when the path leads nowhere.
pub(crate) fn answer(catalog: &Catalog, resource: &Resource) -> Result<Reply> {
    Ok(Reply {
        status: 200,
        headers: vec![("allow", allow(catalog, resource)?.to_owned())],
        ..Reply::default()
    })
}

fn allow(catalog: &Catalog, resource: &Resource) -> Result<&'static str> {
    match resource {
        Resource::Root => Ok("OPTIONS,GET,HEAD"),
        Resource::Relation(name) => match catalog.tables.get(name) {
            Some(table) if table.primary_key_columns().is_empty() => {
                Ok("OPTIONS,GET,HEAD,POST,PATCH,DELETE")
            }
            Some(_) => Ok("OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"),
            None => match catalog.views.get(name) {
                Some(view) => Ok(of_view(catalog, view)),
                None => Err(Error::new(
                    Code::TABLE_NOT_FOUND,
                    format!("Could not find the table '{name}' in the schema cache"),
                )),
            },
        },
        Resource::Routine(name) => {
            let routines = catalog.routines.get(name).ok_or_else(|| {
                Error::new(
                    Code::FUNCTION_NOT_FOUND,
                    format!("Could not find the function {name} in the schema cache"),
                )
            })?;
            let reads = |routine: &Volatility| *routine != Volatility::Volatile;
            match routines.iter().any(|routine| reads(&routine.volatility)) {
                true => Ok("OPTIONS,GET,HEAD,POST"),
                false => Ok("OPTIONS,POST"),
            }
        }
    }
}

/// A view has the methods of the table that is written through it, if there is one; `PUT` where it shows the whole key.
fn of_view(catalog: &Catalog, view: &View) -> &'static str {
    let Some((table, columns)) = catalog.behind(view) else {
        return "OPTIONS,GET,HEAD";
    };
    let key = table.primary_key_columns();
    let is_shown = |column| columns.iter().flatten().any(|shown| shown == column);
    if !key.is_empty() && key.iter().all(is_shown) {
        "OPTIONS,GET,HEAD,POST,PUT,PATCH,DELETE"
    } else {
        "OPTIONS,GET,HEAD,POST,PATCH,DELETE"
    }
}
