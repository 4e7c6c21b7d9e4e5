//! The session's time zone, PostgreSQL's setting `TimeZone`: UTC, but for the work of a request that prefers another.
//!
//! As in PostgreSQL it is part of the surroundings in which a value is read or printed, not of the value: it belongs to the thread that
//! does the work, for as long as [`in_zone`] lasts. It bears on `timestamptz` alone.

use std::cell::{Cell, RefCell};

use underpin_base::Result;

use super::zone::Zone;
use super::{MICROSECONDS_PER_SECOND, TIMESTAMP_INFINITY, TIMESTAMP_NEGATIVE_INFINITY};

thread_local! {
    static ZONE: RefCell<Option<Zone>> = const { RefCell::new(None) };
    /// Something that was read is another time each time: `now`, `today`.
    static PASSING: Cell<bool> = const { Cell::new(false) };
    /// What is another time each time is left to be read whenever it is needed.
    static LATER: Cell<bool> = const { Cell::new(false) };
}

/// Puts back what was before, also when the work panics.
struct Before(Option<Zone>);

impl Drop for Before {
    fn drop(&mut self) {
        let before = self.0.take();
        ZONE.with(|zone| zone.replace(before));
    }
}

/// Does `work` with the session's time zone `name`; with UTC when there is none, or none of that name.
pub fn in_zone<T>(name: Option<&str>, work: impl FnOnce() -> T) -> T {
    let Some(zone) = name.and_then(Zone::named) else {
        return work();
    };
    let _before = Before(ZONE.with(|current| current.replace(Some(zone))));
    work()
}

/// Does `work` and tells whether every time that was read in it is the same whenever it is read: not `now`, `today` and their like.
pub fn lasting<T>(work: impl FnOnce() -> T) -> (T, bool) {
    let before = PASSING.replace(false);
    let done = work();
    let passing = PASSING.replace(before);
    PASSING.set(before || passing);
    (done, !passing)
}

/// Does `work`, in which literals that are another time each time are read by whoever evaluates them: the body of a routine is read
/// once, and PostgreSQL reads it whenever it is called.
pub fn reading_later<T>(work: impl FnOnce() -> T) -> T {
    struct Before(bool);
    impl Drop for Before {
        fn drop(&mut self) {
            LATER.set(self.0);
        }
    }
    let _before = Before(LATER.replace(true));
    work()
}

/// Reads a literal by `work`; returns nothing when it is to be read later.
///
/// # Errors
/// Those of `work`.
pub(crate) fn read_now<T>(work: impl FnOnce() -> Result<T>) -> Result<Option<T>> {
    if !LATER.get() {
        return work().map(Some);
    }
    let (read, lasts) = lasting(work);
    Ok(Some(read?).filter(|_| lasts))
}

/// Notes that what is read is another time each time.
pub(super) fn passes() {
    PASSING.set(true);
}

/// Returns the session's zone; nothing when it is UTC.
pub(super) fn zone() -> Option<Zone> {
    ZONE.with(|zone| zone.borrow().clone())
}

/// Tells whether the session's zone is UTC.
pub(super) fn is_utc() -> bool {
    ZONE.with(|zone| zone.borrow().is_none())
}

/// Returns the seconds east of UTC at a time of UTC.
pub(super) fn east_at(microseconds: i64) -> i64 {
    ZONE.with(|zone| {
        zone.borrow()
            .as_ref()
            .map_or(0, |zone| zone.offset_at(microseconds))
    })
}

/// Returns what a clock of the session's zone shows at a time of UTC.
pub fn to_local(microseconds: i64) -> i64 {
    if is_utc() || is_infinite(microseconds) {
        return microseconds;
    }
    microseconds.saturating_add(east_at(microseconds) * MICROSECONDS_PER_SECOND)
}

/// Returns the time of UTC at which a clock of the session's zone shows `local`.
pub(crate) fn to_utc(local: i64) -> i64 {
    if is_infinite(local) {
        return local;
    }
    let east = ZONE.with(|zone| {
        zone.borrow()
            .as_ref()
            .map_or(0, |zone| zone.offset_at_local(local))
    });
    local.saturating_sub(east * MICROSECONDS_PER_SECOND)
}

/// Returns the session's zone's seconds east of UTC at a time of UTC, for a time that is told with its zone.
pub(crate) fn east_of(microseconds: i64) -> i64 {
    if is_infinite(microseconds) {
        return 0;
    }
    east_at(microseconds)
}

fn is_infinite(microseconds: i64) -> bool {
    matches!(
        microseconds,
        TIMESTAMP_INFINITY | TIMESTAMP_NEGATIVE_INFINITY
    )
}
