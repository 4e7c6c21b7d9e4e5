//! `Content-Range` and the statuses that follow from it.

use underpin_base::{Code, Error, Result};

/// Returns `Content-Range` of `count` rows from `offset` on, of `total` if that is known.
pub(super) fn header(offset: u64, count: u64, total: Option<u64>) -> String {
    let of = total.map_or_else(|| "*".to_owned(), |total| total.to_string());
    if count == 0 || total == Some(0) {
        return format!("*/{of}");
    }
    format!("{offset}-{}/{of}", offset + count - 1)
}

/// Returns 200 for all rows, 206 for part of them.
///
/// # Errors
/// PGRST103 when the offset lies behind the last row.
pub(super) fn status(offset: u64, count: u64, total: Option<u64>) -> Result<u16> {
    match total {
        Some(total) if offset > total => {
            Err(
                Error::new(Code::RANGE, "Requested range not satisfiable").details(format!(
                    "An offset of {offset} was requested, but there are only {total} rows."
                )),
            )
        }
        Some(total) if count < total => Ok(206),
        Some(_) | None => Ok(200),
    }
}
