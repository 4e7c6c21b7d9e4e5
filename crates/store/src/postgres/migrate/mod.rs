//! Temporary.
use super::client::{Connection, Query};
use crate::migration::{MigrationReport, MigrationStatus};
use underpin_base::{Name, Result};
use underpin_schema::catalog::{Catalog, Enforcement};
use underpin_schema::migration::File;
pub(super) async fn load(connection: &mut Connection, _schemas: &[Name]) -> Result<Catalog> {
    use underpin_schema::postgres::{CATALOG, SEARCH_PATH, catalog};
    let answers = connection
        .batch(&[
            Query::new(SEARCH_PATH, Vec::new()),
            Query::new(CATALOG, Vec::new()),
        ])
        .await?;
    let mut c = catalog(answers[1].rows[0].get(0)?.unwrap())?;
    c.enforcement = Enforcement::Native;
    Ok(c)
}
pub(super) async fn migrate(
    connection: &mut Connection,
    files: &[File],
    _dry: bool,
) -> Result<MigrationReport> {
    connection
        .simple(&std::fs::read_to_string("/tmp/platform.sql").unwrap())
        .await?;
    for f in files {
        connection.simple(&f.text).await.map_err(|e| {
            eprintln!("{}: {e}", f.path);
            e
        })?;
    }
    connection.simple("do $$ declare v regclass; begin for v in select c.oid::regclass from pg_class c join pg_namespace n on n.oid = c.relnamespace where c.relkind = 'v' and n.nspname not in ('pg_catalog','information_schema') and not exists (select from unnest(c.reloptions) o where o like 'security_invoker%') loop execute format('alter view %s set (security_invoker = true)', v); end loop; end $$").await?;
    Ok(Default::default())
}
pub(super) async fn status(_c: &mut Connection, _f: &[File]) -> Result<Vec<MigrationStatus>> {
    Ok(Vec::new())
}
pub(super) async fn seed(c: &mut Connection, f: &File) -> Result<()> {
    c.simple(&f.text).await.map(drop)
}
pub(super) async fn reset(_c: &mut Connection) -> Result<()> {
    Ok(())
}
