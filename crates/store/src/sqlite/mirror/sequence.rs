//! Sequences, whose rows no statement names.

use underpin_base::Result;

use super::super::connection::Connection;
use crate::source::Source;

/// A sequence's name, value, and whether the value was given out.
type Sequence = (String, i64, bool);

/// Brings the sequences that were used.
pub(super) fn bring(connection: &Connection, source: &dyn Source) -> Result<Vec<Sequence>> {
    let sequences = source.sequences()?;
    if sequences.is_empty() {
        return Ok(sequences);
    }
    let write = || -> rusqlite::Result<()> {
        let raw = connection.raw();
        raw.execute_batch(crate::sqlite::functions::CREATE_SEQUENCES)?;
        for sequence in &sequences {
            raw.execute(
                "INSERT INTO underpin_sequences (name, value, called) VALUES (?1, ?2, ?3)",
                (&sequence.0, sequence.1, sequence.2),
            )?;
        }
        Ok(())
    };
    write().map_err(|cause| connection.convert(cause))?;
    Ok(sequences)
}

/// Carries back those that are not as they were in `before`.
pub(super) fn carry(
    connection: &Connection,
    source: &dyn Source,
    before: &[Sequence],
) -> Result<()> {
    let mut changed: Vec<Sequence> = Vec::new();
    let mut read = || -> rusqlite::Result<()> {
        let raw = connection.raw();
        let exists = raw
            .prepare("SELECT 1 FROM sqlite_schema WHERE name = 'underpin_sequences'")?
            .exists([])?;
        if !exists {
            return Ok(());
        }
        // The one without a name is the last one used.
        let mut statement =
            raw.prepare("SELECT name, value, called FROM underpin_sequences WHERE name <> ''")?;
        let mut rows = statement.query([])?;
        while let Some(row) = rows.next()? {
            let sequence = (row.get(0)?, row.get(1)?, row.get(2)?);
            if !before.contains(&sequence) {
                changed.push(sequence);
            }
        }
        Ok(())
    };
    read().map_err(|cause| connection.convert(cause))?;
    for (name, value, called) in changed {
        source.set_sequence(&name, value, called)?;
    }
    Ok(())
}
