//! What holds for every pattern; what single patterns match is compared with PostgreSQL where the functions are.

use proptest::prelude::*;

use super::*;

/// Patterns of few letters and all of the syntax.
fn any_pattern() -> impl Strategy<Value = String> {
    let pieces = prop::sample::select(vec![
        "a",
        "b",
        "c",
        ".",
        "[ab]",
        "[^a]",
        "[[:alpha:]-]",
        "\\w",
        "\\D",
        "(",
        ")",
        "(?:",
        "(?=",
        "(?!",
        "(?<=",
        "(?<!",
        "|",
        "*",
        "+",
        "?",
        "{2}",
        "{1,2}",
        "{0,}",
        "*?",
        "??",
        "^",
        "$",
        "\\m",
        "\\Y",
        "\\1",
        "\\2",
        "\\x61",
        "(?i)",
        "***=",
        "(?#x)",
        "[",
        "]",
        "{",
        "\\",
        "é",
        "\n",
        " ",
        "[[:<:]]",
        "\\Z",
    ]);
    prop::collection::vec(pieces, 0..12).prop_map(|pieces| pieces.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    "[abcdé \n]{0,10}"
}

fn read(pattern: &str) -> Result<Pattern> {
    Pattern::read(pattern, Options::default())
}

fn reason(pattern: &str) -> String {
    read(pattern).unwrap_err().message().to_owned()
}

proptest! {
    #[test]
    fn no_pattern_panics(pattern in prop_oneof![any_pattern(), any::<String>()], text in any_text(), letters in "[gimnpqstwx]{0,3}") {
        let options = Options::read(&letters).unwrap();
        if let Ok(pattern) = Pattern::read(&pattern, options) {
            let _ = pattern.search(&Text::new(&text), 0);
        }
    }

    #[test]
    fn a_match_lies_within_the_text_and_has_its_groups_within(pattern in any_pattern(), text in any_text()) {
        let Ok(pattern) = read(&pattern) else { return Ok(()) };
        let Ok(Some(found)) = pattern.search(&Text::new(&text), 0) else { return Ok(()) };
        prop_assert_eq!(found.len(), pattern.groups() + 1);
        let (start, end) = found[0].unwrap();
        prop_assert!(text.get(start..end).is_some());
        for (from, to) in found.into_iter().flatten() {
            prop_assert!(start <= from && from <= to && to <= end);
        }
    }

    #[test]
    fn regular_patterns_begin_where_the_other_engine_begins(pattern in any_pattern(), text in any_text()) {
        let Ok(pattern) = read(&pattern) else { return Ok(()) };
        if !pattern.is_regular() {
            return Ok(());
        }
        let regex = regex::Regex::new(&pattern.to_regex()).unwrap();
        let found = pattern.search(&Text::new(&text), 0).unwrap();
        let start = found.and_then(|found| found[0]).map(|(start, _)| start);
        prop_assert_eq!(start, regex.find(&text).map(|found| found.start()), "{}", pattern.to_regex());
    }
}

#[test]
fn steps_are_limited() {
    let text = "a".repeat(2_000);
    for pattern in [
        r"(a*)*(a*)*\1b",
        r"^(?=(?:a|aa)+$b)(?:a|b)*c(?!a)",
        r"((a|aa)+)\2\1c",
    ] {
        let error = read(pattern).unwrap().search(&Text::new(&text), 0);
        assert_eq!(
            error.map_err(|error| error.message().to_owned()),
            Err("invalid regular expression: regular expression is too complex".to_owned()),
            "{pattern}"
        );
    }
}

#[test]
fn repetitions_are_limited() {
    let captures = |length: usize| {
        let text = Text::new(&"ab".repeat(length / 2));
        read("(a|b)*").unwrap().captures(&text, 0, length)
    };
    assert_eq!(captures(2_000).unwrap()[1], Some((1_999, 2_000)));
    assert!(captures(300_000).is_err());
}

#[test]
fn depth_and_size_are_limited() {
    let nested = |depth: usize| "(".repeat(depth) + &")".repeat(depth);
    assert!(read(&nested(99)).is_ok());
    assert!(reason(&nested(100)).ends_with("too complex"));
    assert!(reason(&"a".repeat(BYTES_MAX + 1)).ends_with("too complex"));
    // Each repeated group is written twice.
    assert!(reason(&format!("{}a{}", "(".repeat(20), ")+".repeat(20))).ends_with("too complex"));
}

#[test]
fn long_texts_are_searched_in_few_steps() {
    let text = format!(
        "{}foobar{}",
        "word 42 ".repeat(20_000),
        " and more".repeat(5_000)
    );
    for pattern in [
        r"foo(?=bar)",
        r"(?<=foo)b\w+",
        r"(o)\1b",
        r"(?<![a-z])foo\w*",
    ] {
        let found = read(pattern).unwrap().search(&Text::new(&text), 0);
        assert!(found.unwrap().is_some(), "{pattern}");
    }
}
