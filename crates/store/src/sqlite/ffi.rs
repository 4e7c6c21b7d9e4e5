//! The few calls of SQLite's C interface that `rusqlite` does not offer, and the way back from a function that SQLite calls.
//!
//! Nothing but this file needs `unsafe`; each function here is safe to call from anywhere in the crate.
#![expect(
    unsafe_code,
    reason = "SQLite's C interface: the state of deferred foreign keys, the pre-update hook, a function's connection and surroundings"
)]

use std::cell::Cell;
use std::ffi::{CStr, c_char, c_int, c_void};
use std::ptr::NonNull;
use std::sync::{Arc, Mutex, Once, PoisonError};

use rusqlite::ffi;
use underpin_base::ValueRef;

use super::change::{Operation, Recorder};
use super::write::Execution;

/// Turns off SQLite's account of its memory, which takes a lock shared by all connections for each allocation.
///
/// It only works before the first connection is opened; later it does nothing.
pub(super) fn without_memory_account() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the option takes one int; the call is refused, not undefined, once SQLite is in use.
        unsafe {
            ffi::sqlite3_config(ffi::SQLITE_CONFIG_MEMSTATUS, 0 as c_int);
        }
    });
}

/// Calls `use_connection` with the connection that is running the function of `context`.
pub(super) fn with_connection<T>(
    context: &rusqlite::functions::Context<'_>,
    use_connection: impl FnOnce(&rusqlite::Connection) -> T,
) -> rusqlite::Result<T> {
    // SAFETY: the connection is not kept beyond the call, which happens on the connection's own thread.
    let connection = unsafe { context.get_connection() }?;
    Ok(use_connection(&connection))
}

thread_local! {
    /// What the statements that run on this thread are part of.
    static LENT: Cell<Option<NonNull<Execution<'static>>>> = const { Cell::new(None) };
}

/// Does `work`, whose statements may call back into `execution`: SQLite hands nothing of ours on to the functions that it calls.
pub(super) fn lend<T>(execution: &Execution<'_>, work: impl FnOnce() -> T) -> T {
    struct Before(Option<NonNull<Execution<'static>>>);
    impl Drop for Before {
        fn drop(&mut self) {
            LENT.set(self.0);
        }
    }
    let lent = NonNull::from(execution).cast::<Execution<'static>>();
    let _before = Before(LENT.replace(Some(lent)));
    work()
}

/// Calls `use_execution` with what was lent; returns nothing when nothing is.
pub(super) fn with_lent<T>(use_execution: impl FnOnce(&Execution<'_>) -> T) -> Option<T> {
    // SAFETY: `lend` holds the borrow of what it lends until the pointer is taken back, on every way out and on this thread alone;
    // what is called takes an execution of any lifetime, so that it cannot keep this one.
    LENT.get()
        .map(|lent| use_execution(unsafe { lent.as_ref() }))
}

/// Tells whether a foreign key is violated at this moment, so that a `COMMIT` would be refused.
pub(super) fn foreign_keys_violated(connection: &rusqlite::Connection) -> bool {
    let (mut current, mut highest): (c_int, c_int) = (0, 0);
    // SAFETY: the handle is open as long as `connection` is borrowed, and both pointers are to live integers.
    unsafe {
        ffi::sqlite3_db_status(
            connection.handle(),
            ffi::SQLITE_DBSTATUS_DEFERRED_FKS,
            &raw mut current,
            &raw mut highest,
            0,
        );
    }
    current != 0
}

/// Has every row that `connection` changes told to `recorder`, until the connection is closed.
///
/// The caller keeps `recorder` alive as long as the connection.
pub(super) fn record_changes(connection: &rusqlite::Connection, recorder: &Arc<Mutex<Recorder>>) {
    let context = Arc::as_ptr(recorder).cast_mut().cast::<c_void>();
    // SAFETY: the handle is open; `context` is valid as long as the connection (the caller's promise, kept by
    // `super::connection::Connection`, whose recorder is dropped after its connection).
    unsafe {
        ffi::sqlite3_preupdate_hook(connection.handle(), Some(before_change), context);
    }
}

unsafe extern "C" fn before_change(
    context: *mut c_void,
    database: *mut ffi::sqlite3,
    operation: c_int,
    _database_name: *const c_char,
    table: *const c_char,
    old_rowid: ffi::sqlite3_int64,
    new_rowid: ffi::sqlite3_int64,
) {
    // SAFETY: `context` is what `record_changes` passed; SQLite passes a NUL-terminated name.
    let (recorder, table) = unsafe { (&*context.cast::<Mutex<Recorder>>(), CStr::from_ptr(table)) };
    let operation = match operation {
        ffi::SQLITE_INSERT => Operation::Insert,
        ffi::SQLITE_UPDATE => Operation::Update,
        _ => Operation::Delete,
    };
    let mut recorder = recorder.lock().unwrap_or_else(PoisonError::into_inner);
    let Some(change) = recorder.begin(operation, &table.to_string_lossy(), old_rowid, new_rowid)
    else {
        return;
    };
    // SAFETY: these calls are made within the hook, on the connection that it was called for.
    unsafe {
        let columns = ffi::sqlite3_preupdate_count(database);
        for column in 0..columns {
            let mut value = std::ptr::null_mut();
            if operation != Operation::Insert
                && ffi::sqlite3_preupdate_old(database, column, &raw mut value) == ffi::SQLITE_OK
            {
                change.old.push(read(value).to_value());
            }
            if operation != Operation::Delete
                && ffi::sqlite3_preupdate_new(database, column, &raw mut value) == ffi::SQLITE_OK
            {
                change.new.push(read(value).to_value());
            }
        }
    }
    recorder.end();
}

/// Reads a value; what it borrows is SQLite's and lives until the hook returns.
unsafe fn read<'a>(value: *mut ffi::sqlite3_value) -> ValueRef<'a> {
    // SAFETY: `value` came from a call that succeeded; the length is asked for after the text, as SQLite wants it.
    unsafe {
        match ffi::sqlite3_value_type(value) {
            ffi::SQLITE_INTEGER => ValueRef::Int(ffi::sqlite3_value_int64(value)),
            ffi::SQLITE_FLOAT => ValueRef::Float(ffi::sqlite3_value_double(value)),
            ffi::SQLITE_TEXT => {
                let text = ffi::sqlite3_value_text(value);
                let bytes = bytes(text, ffi::sqlite3_value_bytes(value));
                std::str::from_utf8(bytes).map_or(ValueRef::Bytes(bytes), ValueRef::Text)
            }
            ffi::SQLITE_BLOB => {
                let blob = ffi::sqlite3_value_blob(value).cast::<u8>();
                ValueRef::Bytes(bytes(blob, ffi::sqlite3_value_bytes(value)))
            }
            _ => ValueRef::Null,
        }
    }
}

/// Returns `length` bytes at `start`; none when there are none, where SQLite gives a null pointer.
unsafe fn bytes<'a>(start: *const u8, length: c_int) -> &'a [u8] {
    let length = usize::try_from(length).unwrap_or(0);
    if start.is_null() || length == 0 {
        return &[];
    }
    // SAFETY: SQLite gave both for one value.
    unsafe { std::slice::from_raw_parts(start, length) }
}
