//! No pattern and no text panics, and a match lies within its text.

#![no_main]

use libfuzzer_sys::fuzz_target;
use underpin_sql::types::pattern::{Options, Pattern, Text};

fuzz_target!(|input: (&str, &str)| {
    let (pattern, text) = input;
    let Ok(pattern) = Pattern::read(pattern, Options::default()) else {
        return;
    };
    if let Ok(Some(found)) = pattern.search(&Text::new(text), 0) {
        for (start, end) in found.into_iter().flatten() {
            assert!(text.get(start..end).is_some());
        }
    }
});
