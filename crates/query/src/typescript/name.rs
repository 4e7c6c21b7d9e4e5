//! Names as TypeScript writes them, and their order.

use std::cmp::Ordering;

/// Returns the key of a member: bare when it is an identifier, quoted otherwise.
pub(super) fn key(name: &str) -> String {
    let mut characters = name.chars();
    let starts = |character: char| character.is_ascii_alphabetic() || "_$".contains(character);
    let is_identifier = characters.next().is_some_and(starts)
        && characters.all(|character| starts(character) || character.is_ascii_digit());
    if is_identifier {
        name.to_owned()
    } else {
        literal(name)
    }
}

/// Returns a string literal. JSON's escapes are TypeScript's.
pub(super) fn literal(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Compares names as dictionaries do: signs before digits before letters, and case only when nothing else differs.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let weights = |name: &str| -> Vec<(u8, char)> { name.chars().map(weight).collect() };
    // Between names that differ in case alone, the small letter stands first.
    weights(one)
        .cmp(&weights(other))
        .then_with(|| other.cmp(one))
}

fn weight(character: char) -> (u8, char) {
    let small = character.to_lowercase().next().unwrap_or(character);
    match character {
        _ if character.is_alphabetic() => (2, small),
        _ if character.is_numeric() => (1, character),
        _ => (0, character),
    }
}
