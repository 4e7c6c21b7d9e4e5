//! Limits on what a function may build: a short call must not fill the memory.

use underpin_base::{Code, Error, Result};

/// The longest text or value that a function returns, in bytes.
pub(super) const BYTES_MAX: usize = 16 << 20;

/// The most rows that a set-returning function makes.
pub(super) const ROWS_MAX: usize = 1_000_000;

/// Checks the length of a result before it is made.
///
/// # Errors
/// `54000` when it would be longer than [`BYTES_MAX`].
pub(super) fn check_length(bytes: usize) -> Result<()> {
    if bytes <= BYTES_MAX {
        return Ok(());
    }
    Err(
        Error::new(Code::new("54000"), "requested length too large").details(format!(
            "the result would have {bytes} bytes, the limit is {BYTES_MAX}"
        )),
    )
}

/// Checks the number of rows before they are made.
///
/// # Errors
/// `54000` when there would be more than [`ROWS_MAX`].
pub(super) fn check_rows(rows: usize) -> Result<()> {
    if rows <= ROWS_MAX {
        return Ok(());
    }
    Err(Error::new(
        Code::new("54000"),
        format!("a function returns more than {ROWS_MAX} rows"),
    ))
}
