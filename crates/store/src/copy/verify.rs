//! The comparison at the end: every table of the source with that of the target.

use std::sync::Arc;

use underpin_base::Result;

use super::digest::Digest;
use super::engine::Reader;
use super::run::Run;
use super::{CopyEvent, CopyStage, Scan, check};
use crate::engine::Engine;

/// Compares every table by its rows and their checksum.
///
/// # Errors
/// `copy_refused` with every table that differs.
pub(super) async fn verify(run: &mut Run<'_>, target: &Engine) -> Result<()> {
    let mut written = Reader::open(target).await?;
    let mut differences = Vec::new();
    for part in run.parts.clone() {
        let name = &part.scan.table;
        let total = run.totals.get(name).copied().unwrap_or(0);
        let of_source = match run.digests.get(name) {
            Some(digest) => *digest,
            None => digest(&mut run.reader, &part.scan, total, run.tell).await?,
        };
        let scan = Arc::new(part.load.scan.clone());
        let of_target = digest(&mut written, &scan, total, run.tell).await?;
        if of_source != of_target {
            differences.push(format!(
                "{name}: {} rows, checksum {of_source} in the source; {} rows, checksum {of_target} in the target",
                of_source.rows, of_target.rows
            ));
        }
        (run.tell)(CopyEvent::Table {
            table: name,
            stage: CopyStage::Compare,
            rows: of_target.rows,
        });
    }
    written.close().await?;
    if differences.is_empty() {
        return Ok(());
    }
    Err(check::refused("the target differs from the source")
        .details(differences.join("; "))
        .hint("Was the source written between two runs, or the target by somebody else? Stop them, and copy again with --restart."))
}

/// Reads a table for its digest.
async fn digest(
    reader: &mut Reader,
    scan: &Arc<Scan>,
    total: u64,
    tell: &mut (dyn FnMut(CopyEvent<'_>) + Send),
) -> Result<Digest> {
    let mut digest = Digest::default();
    reader.begin(scan, None).await?;
    loop {
        let rows = reader.next().await?;
        if rows.is_empty() {
            return Ok(digest);
        }
        digest.add(&scan.columns, &rows);
        tell(CopyEvent::Rows {
            table: &scan.table,
            stage: CopyStage::Compare,
            done: digest.rows,
            total,
        });
    }
}
