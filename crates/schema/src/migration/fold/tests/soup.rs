//! No text makes the fold panic, and no refusal lacks its place.

use proptest::prelude::*;

use super::fold_after_setup;

/// Words that statements are made of.
const WORDS: &[&str] = &[
    "create",
    "table",
    "alter",
    "drop",
    "view",
    "index",
    "type",
    "policy",
    "function",
    "on",
    "as",
    "select",
    "from",
    "t",
    "u",
    "v",
    "w",
    "x",
    "id",
    "a",
    "b",
    "m",
    "mood",
    "int",
    "text",
    "(",
    ")",
    ",",
    ";",
    "'sad'",
    "1",
    "primary",
    "key",
    "references",
    "unique",
    "check",
    "default",
    "not",
    "null",
    "add",
    "column",
    "constraint",
    "rename",
    "to",
    "set",
    "enum",
    "using",
    "true",
    "insert",
    "into",
    "values",
    "update",
    "delete",
    "where",
    "=",
    ">",
    "grant",
    "revoke",
    "all",
    "anon",
    "cascade",
    "if",
    "exists",
    "generated",
    "always",
    "identity",
    "do",
    "$$ begin null; end $$",
    "language",
    "sql",
    "returns",
    "f",
    "schema",
    "public2",
    "domain",
    "sequence",
    "comment",
    "is",
    "with",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn words_in_any_order(words in prop::collection::vec(prop::sample::select(WORDS), 0..24)) {
        let text = words.join(" ");
        if let Err(error) = fold_after_setup(&text) {
            prop_assert_eq!(&error.location().unwrap().file, "2_test.sql");
        }
    }

    #[test]
    fn statements_in_any_order(
        picks in prop::collection::vec((0usize..1000, 0usize..40), 1..6)
    ) {
        let cases: Vec<&str> = include_str!("errors.txt")
            .lines()
            .filter(|line| !line.is_empty() && !line.starts_with(['#', ' ']))
            .collect();
        for (pick, cut) in picks {
            let statement = cases[pick % cases.len()];
            let words: Vec<&str> = statement.split(' ').collect();
            let shortened = words[..words.len() - cut.min(words.len() - 1)].join(" ");
            if let Err(error) = fold_after_setup(&shortened) {
                prop_assert_eq!(&error.location().unwrap().file, "2_test.sql");
            }
        }
    }
}
