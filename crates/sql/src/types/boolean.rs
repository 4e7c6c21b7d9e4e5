//! `boolean`: text in, `t` or `f` out.

use underpin_base::{Result, Value};

use super::errors::{invalid, trim};

/// Words that mean true or false, and the shortest prefix that is not ambiguous.
const WORDS: [(&str, usize, bool); 6] = [
    ("true", 1, true),
    ("false", 1, false),
    ("yes", 1, true),
    ("no", 1, false),
    ("on", 2, true),
    ("off", 2, false),
];

/// Reads a boolean: `1`, `0`, or a prefix of `true`, `false`, `yes`, `no`, `on`, `off` in any case.
pub(super) fn input(text: &str) -> Result<Value> {
    let word = trim(text);
    match word {
        "1" => return Ok(Value::bool(true)),
        "0" => return Ok(Value::bool(false)),
        _ => {}
    }
    for (name, shortest, meaning) in WORDS {
        let prefix = name.as_bytes().get(..word.len());
        if word.len() >= shortest
            && prefix.is_some_and(|it| it.eq_ignore_ascii_case(word.as_bytes()))
        {
            return Ok(Value::bool(meaning));
        }
    }
    Err(invalid("boolean", text))
}
