//! Every acknowledgement follows a flush: what an acknowledged request wrote is there when everything that was not flushed is lost.

mod lossy;

use super::*;
use crate::settings::Synchronous;

/// Inserts one item after the other; after each, cuts the power, and counts the acknowledged items that are gone.
fn lost(synchronous: Synchronous) -> usize {
    lossy::register();
    let database = Database::with(|settings| SqliteSettings {
        synchronous,
        vfs: Some(lossy::NAME.to_owned()),
        // Small, so that the log is emptied in between.
        wal_bytes_max: 64 << 10,
        ..settings
    });
    let mut lost = 0;
    for number in 0..60 {
        database
            .run(insert_item(&format!("item {number}"), number))
            .unwrap();
        let after = tempfile::tempdir().unwrap();
        for file in ["shop.db", "shop.db-wal"] {
            let flushed = lossy::flushed(&database.folder.path().join(file));
            std::fs::write(after.path().join(file), flushed).unwrap();
        }
        let connection = rusqlite::Connection::open(after.path().join("shop.db")).unwrap();
        let there = connection.query_row(
            "SELECT count(*) FROM items WHERE price = ?1",
            [number],
            |row| row.get::<_, i64>(0),
        );
        // Without a flush even the table may be missing.
        if there.unwrap_or(0) == 0 {
            lost += 1;
        }
    }
    database.engine.close();
    lost
}

#[test]
fn every_acknowledgement_follows_a_flush() {
    assert_eq!(lost(Synchronous::Full), 0);
}

#[test]
fn without_flushes_acknowledged_rows_are_lost() {
    assert!(lost(Synchronous::Off) > 0);
}
