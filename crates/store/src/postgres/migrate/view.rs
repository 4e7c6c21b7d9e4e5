//! Views that say nothing of it read with the rights of whoever asks, as everywhere in Underpin: PostgreSQL's own default, the owner's
//! rights, would pass the policies of the tables by.

use underpin_base::Result;

use super::history::{ask, field};
use crate::postgres::client::Connection;

/// The views that say nothing of whose rights they read with, but for those of extensions; one row of one column, their numbers.
const SILENT: &str = "\
select coalesce(pg_catalog.string_agg(c.oid::text, ','), '0') from pg_catalog.pg_class c \
join pg_catalog.pg_namespace n on n.oid operator(pg_catalog.=) c.relnamespace \
where c.relkind operator(pg_catalog.=) 'v' and n.nspname operator(pg_catalog.!~) '^pg_' \
and n.nspname operator(pg_catalog.<>) 'information_schema' \
and not exists (select from pg_catalog.unnest(c.reloptions) o where o operator(pg_catalog.~) '^security_invoker=') \
and not exists (select from pg_catalog.pg_depend d where d.objid operator(pg_catalog.=) c.oid and d.deptype operator(pg_catalog.=) 'e')";

/// The views that said nothing before a file ran: they are somebody else's, or were made before it was asked.
#[derive(Debug)]
pub(super) struct Silent(String);

impl Silent {
    /// Returns those of the moment.
    pub(super) async fn find(connection: &mut Connection) -> Result<Self> {
        let answer = ask(connection, SILENT).await?;
        let numbers = answer.rows.first().map(|row| field(row, 0)).transpose()?;
        Ok(Self(numbers.unwrap_or_else(|| "0".to_owned())))
    }

    /// Makes those that came since read with the rights of whoever asks. PostgreSQL before version 15 cannot.
    pub(super) async fn answer(&self, connection: &mut Connection) -> Result<()> {
        let Self(known) = self;
        let Self(now) = Self::find(connection).await?;
        let is_known = |number: &&str| known.split(',').any(|it| it == *number);
        let new: Vec<&str> = now.split(',').filter(|number| !is_known(number)).collect();
        if new.is_empty() {
            return Ok(());
        }
        // The numbers are the database's own.
        let statement = format!(
            "do $underpin$ declare name text; begin \
             perform pg_catalog.set_config('search_path', 'pg_catalog', true); \
             if pg_catalog.current_setting('server_version_num')::int >= 150000 then \
             for name in select c.oid::pg_catalog.regclass::text from pg_catalog.pg_class c where c.oid in ({}) loop \
             execute 'alter view ' || name || ' set (security_invoker = true)'; \
             end loop; end if; end $underpin$",
            new.join(",")
        );
        connection.simple(&statement).await.map(drop)
    }
}
