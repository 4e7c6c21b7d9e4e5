//! No pattern and no text panics, and a match lies within its text.

use underpin_sql::types::pattern::{Options, Pattern, Text};

/// Reads the bytes as a pattern, a zero byte, and the text in which it is looked for.
pub(super) fn pattern(bytes: &[u8]) {
    let Ok(input) = std::str::from_utf8(bytes) else {
        return;
    };
    let (pattern, text) = input.split_once('\0').unwrap_or((input, ""));
    let Ok(pattern) = Pattern::read(pattern, Options::default()) else {
        return;
    };
    if let Ok(Some(found)) = pattern.search(&Text::new(text), 0) {
        for (start, end) in found.into_iter().flatten() {
            assert!(text.get(start..end).is_some());
        }
    }
}
