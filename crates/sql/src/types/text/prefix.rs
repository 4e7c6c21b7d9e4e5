//! Where texts with a prefix stand among others, in the order of characters' numbers.

/// Returns the first text after all that begin with `prefix`; nothing when there is none.
pub fn after_prefix(prefix: &str) -> Option<String> {
    let mut characters: Vec<char> = prefix.chars().collect();
    while let Some(last) = characters.pop() {
        let next = match u32::from(last) {
            // The surrogates are no characters.
            0xD7FF => Some('\u{E000}'),
            code => char::from_u32(code + 1),
        };
        if let Some(next) = next {
            characters.push(next);
            return Some(characters.into_iter().collect());
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_follows_is_the_next_character_that_there_is() {
        let check = |prefix: &str, expected: Option<&str>| {
            assert_eq!(after_prefix(prefix).as_deref(), expected, "{prefix:?}");
        };
        check("ab", Some("ac"));
        check("a\u{D7FF}", Some("a\u{E000}"));
        check("a\u{10FFFF}", Some("b"));
        check("\u{10FFFF}", None);
        check("", None);
    }
}
