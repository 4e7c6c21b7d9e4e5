//! What PostgreSQL 15 answered: to a corpus (`tests/corpus.txt`, made by `tests/corpus.py`), and to what a table of data shows better.

use proptest::prelude::*;
use underpin_base::{Result, ValueRef};

use super::*;
use crate::types::{self, Type};

/// Undoes the escapes of the corpus.
fn unescaped(text: &str) -> String {
    let mut plain = String::new();
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        plain.push(match character {
            '\\' => match characters.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('r') => '\r',
                Some('b') => '\u{8}',
                Some('f') => '\u{c}',
                Some('v') => '\u{b}',
                Some(other) => other,
                None => panic!("{text}"),
            },
            other => other,
        });
    }
    plain
}

fn printed(rank: f32) -> String {
    let mut text = String::new();
    types::output(&Type::Float4, ValueRef::Float(f64::from(rank)), &mut text);
    text
}

/// Both sides of a line of the corpus.
fn pair(input: &str) -> Result<(String, Query)> {
    let (vector, query) = input.split_once(" @@ ").unwrap();
    Ok((Vector::parse(vector)?.to_string(), Query::parse(query)?))
}

fn ranks(input: &str) -> Result<String> {
    let (vector, query) = pair(input)?;
    let mut ranks = Vec::new();
    for normalization in [0, 21, 42, 63] {
        let rank = rank(&WEIGHTS, &vector, &query, normalization);
        let covers = rank_of_covers(&WEIGHTS, &vector, &query, normalization)?;
        ranks.push(format!("{}/{}", printed(rank), printed(covers)));
    }
    Ok(ranks.join(" "))
}

fn answer(call: &str, input: &str) -> Result<String> {
    let (function, configuration) = call.split_once(':').unwrap();
    let configuration = || Configuration::named(configuration);
    Ok(match function {
        "to_tsvector" => to_vector(configuration()?, input)?.to_string(),
        "to_tsquery" => to_query(configuration()?, input)?.to_string(),
        "plainto_tsquery" => plain_to_query(configuration()?, input)?.to_string(),
        "phraseto_tsquery" => phrase_to_query(configuration()?, input)?.to_string(),
        "websearch_to_tsquery" => web_to_query(configuration()?, input)?.to_string(),
        "tsvector" => Vector::parse(input)?.to_string(),
        "tsquery" => Query::parse(input)?.to_string(),
        "match" => {
            let (vector, query) = pair(input)?;
            matches(&vector, &query).to_string()
        }
        "headline" => {
            let parts: Vec<&str> = input.split(" @@ ").collect();
            headline(
                configuration()?,
                parts[0],
                &Query::parse(parts[1])?,
                parts[2],
            )?
        }
        "rank" => ranks(input)?,
        other => panic!("{other}"),
    })
}

#[test]
fn the_corpus_is_answered_as_postgresql_answers() {
    let mut differences = Vec::new();
    let mut count = 0;
    for line in include_str!("tests/corpus.txt").lines() {
        let parts: Vec<&str> = line.split('\t').collect();
        let [call, input, expected] = parts.as_slice() else {
            panic!("{line}");
        };
        count += 1;
        let answer = match answer(call, &unescaped(input)) {
            Ok(answer) => answer,
            Err(error) => format!("!{} {}", error.code(), error.message()),
        };
        if answer != unescaped(expected) {
            differences.push(format!(
                "{call} {input}\n    expected {expected}\n    answered {answer}"
            ));
        }
    }
    assert!(count > 4000, "{count}");
    assert!(
        differences.is_empty(),
        "{} of {count} differ\n{}",
        differences.len(),
        differences.join("\n")
    );
}

/// Checks the groups of words that a query needs; `-` when it needs none.
#[track_caller]
fn needs(query: &str, expected: &str) {
    let needed = Query::parse(query).unwrap().needed();
    let shown = needed.map_or("-".to_owned(), |needed| {
        let groups: Vec<String> = needed
            .groups
            .iter()
            .map(|group| {
                let words: Vec<String> = group
                    .iter()
                    .map(|range| match range.end.strip_suffix('\u{1}') {
                        Some(word) => word.to_owned(),
                        None => format!("{}..{}", range.first, range.end),
                    })
                    .collect();
                format!("({})", words.join(" "))
            })
            .collect();
        groups.join("")
    });
    assert_eq!(shown, expected, "{query}");
}

/// Checks whether the words that a query needs are all that it asks for.
#[track_caller]
fn suffices(query: &str, expected: bool) {
    let needed = Query::parse(query).unwrap().needed();
    assert_eq!(needed.is_some_and(|it| it.sufficient), expected, "{query}");
}

#[test]
fn the_words_of_an_index_may_suffice() {
    suffices("a", true);
    suffices("a & b", true);
    suffices("a & b:*", true);
    suffices("a | b", true);
    suffices("(a | b) & c", true);
    suffices("(a & b) | c", false);
    suffices("a:A", false);
    suffices("a & !b", false);
    suffices("a <-> b", false);
    suffices("a & (b <-> c)", false);
    let many = |count: u32| (1..=count).map(|it| format!("w{it}")).collect::<Vec<_>>();
    suffices(&many(8).join(" & "), true);
    suffices(&many(9).join(" & "), false);
}

#[test]
fn an_index_is_asked_for_words_that_must_be_there() {
    needs("a", "(a)");
    needs("a & b", "(a)(b)");
    needs("a | b", "(a b)");
    needs("a & !b", "(a)");
    needs("!a", "-");
    needs("!!a", "-");
    needs("a | !b", "-");
    needs("(a | b) & c", "(a b)(c)");
    needs("(a & b) | c", "(a c)");
    needs("a <-> b <3> c", "(a)(b)(c)");
    needs("a:*", "(a..b)");
    needs("az:*A & b:B", "(az..a{)(b)");
    needs("\u{d7ff}:*", "(\u{d7ff}..\u{e000})");
    needs("\u{10ffff}:*", "-");
    needs("", "()");
    let many: Vec<String> = (0..100).map(|number| format!("w{number}")).collect();
    needs(&many.join("|"), "-");
    needs(&format!("({}) & a", many.join("|")), "(a)");
}

/// Checks the value of a `regconfig`.
#[track_caller]
fn named(text: &str, expected: &str) {
    let found = match Configuration::named(text) {
        Ok(found) => found.name().to_owned(),
        Err(error) => format!("{}: {}", error.code(), error.message()),
    };
    assert_eq!(found, expected, "{text}");
}

#[test]
fn configurations_are_found_as_identifiers() {
    named("english", "english");
    named("ENGLISH", "english");
    named(" \"simple\" ", "simple");
    named("pg_catalog.german", "german");
    named(
        "klingon",
        "42704: text search configuration \"klingon\" does not exist",
    );
    named(
        "\"English\"",
        "42704: text search configuration \"\"English\"\" does not exist",
    );
    named(
        "nowhere.english",
        "3F000: schema \"nowhere\" does not exist",
    );
    named("", "42602: invalid name syntax");
    named("a.", "42602: invalid name syntax");
    named(
        "basque",
        "0A000: the text search configuration \"basque\" is not available on this database",
    );
}

#[test]
fn what_is_too_long_is_refused() {
    let word = |length: usize| "a".repeat(length);
    assert!(Vector::parse(&word(2046)).is_ok());
    let error = Vector::parse(&word(2047)).unwrap_err();
    assert_eq!(
        error.message(),
        "word is too long (2047 bytes, max 2046 bytes)"
    );
    let error = Query::parse(&word(2047)).unwrap_err();
    assert!(error.message().starts_with("word is too long in tsquery"));
    let error = Query::parse(&((word(1000) + "&").repeat(1100) + "a")).unwrap_err();
    assert_eq!(error.code().as_str(), "54000");
    let simple = Configuration::named("simple").unwrap();
    let error = plain_to_query(simple, &(word(1000) + " ").repeat(1100)).unwrap_err();
    assert!(error.message().starts_with("value is too big in tsquery"));
    // A document passes over such words, and is refused when it holds too many others.
    let long = to_vector(simple, &format!("{} b", word(2047))).unwrap();
    assert_eq!(long.to_string(), "'b':1");
    let words: Vec<String> = (0..140_000).map(|number| format!("w{number}")).collect();
    let error = to_vector(simple, &words.join(" ")).unwrap_err();
    assert_eq!(error.code().as_str(), "54000");
}

#[test]
fn what_is_nested_too_deeply_is_refused() {
    let code = |text: String| Query::parse(&text).map_err(|error| error.code().to_string());
    assert!(code(format!("{}a", "!".repeat(32))).is_ok());
    assert_eq!(code(format!("{}a", "!".repeat(33))).unwrap_err(), "54001");
    let nested = |depth| format!("{}a{}", "(".repeat(depth), ")".repeat(depth));
    assert!(code(nested(200)).is_ok());
    assert_eq!(code(nested(201)).unwrap_err(), "54001");
    // Side by side there may be as many as there is room for.
    assert!(code("a & ".repeat(20_000) + "a").is_ok());
    assert!(code("a <-> ".repeat(20_000) + "a").is_ok());
    assert_eq!(code("a&".repeat(100_000) + "a b").unwrap_err(), "42601");
    assert_eq!(code("a<->".repeat(100_000)).unwrap_err(), "42601");
    // What is printed without its parentheses can be read nevertheless.
    let negated = Query::parse(&("!(".repeat(100) + "a" + &")".repeat(100))).unwrap();
    let printed = negated.to_string();
    assert_eq!(printed, "!".repeat(100) + "'a'");
    assert_eq!(Query::read(&printed).unwrap(), negated);
    let right = "a & (".repeat(150) + "a" + &")".repeat(150);
    assert!(code(right).is_ok());
}

#[test]
fn texts_made_to_be_slow_are_refused() {
    let simple = Configuration::named("simple").unwrap();
    let comments = "<!--".repeat(20_000);
    let error = to_vector(simple, &comments).unwrap_err();
    assert_eq!(error.code().as_str(), "54001");
    let error = to_vector(simple, &"a-".repeat(501_000)).unwrap_err();
    assert_eq!(error.code().as_str(), "54001");
    for piece in [
        "a@b.c@",
        "a-",
        "a.b.",
        "/a",
        "<a \"",
        "http://a.b/",
        "a_b@c.d_e@f.g_",
        "&#",
        "-1.2.3e",
    ] {
        to_vector(simple, &piece.repeat(4_000)).ok();
    }
}

fn texts() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        "[a-c ]{0,4}",
        "[-!&|()<>:*'\"\\\\,.0-9@/_#;=?+~]{0,3}",
        any::<char>().prop_map(String::from),
        Just("<->".to_owned()),
        Just("<!--".to_owned()),
        Just("a@b.co".to_owned()),
    ];
    proptest::collection::vec(pieces, 0..24).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn nothing_panics(text in texts(), other in texts()) {
        for name in ["simple", "english", "french", "greek", "turkish"] {
            let configuration = Configuration::named(name).unwrap();
            if let Ok(vector) = to_vector(configuration, &text) {
                let printed = vector.to_string();
                prop_assert_eq!(&Vector::parse(&printed).unwrap(), &vector);
                if let Ok(query) = web_to_query(configuration, &other) {
                    matches(&printed, &query);
                    rank(&WEIGHTS, &printed, &query, 63);
                    rank_of_covers(&WEIGHTS, &printed, &query, 63).ok();
                    headline(configuration, &text, &query, "MinWords=2, MaxWords=4").ok();
                    headline(configuration, &text, &query, "MaxFragments=3").ok();
                }
            }
            to_query(configuration, &text).ok();
            plain_to_query(configuration, &text).ok();
            phrase_to_query(configuration, &text).ok();
            headline(configuration, "a b", &Query::default(), &text).ok();
        }
        Configuration::named(&text).ok();
        Vector::parse(&text).ok();
    }

    #[test]
    fn a_query_is_read_as_it_is_printed(text in texts()) {
        if let Ok(query) = Query::parse(&text) {
            let printed = query.to_string();
            let again = Query::read(&printed).unwrap();
            prop_assert_eq!(again.to_string(), printed);
        }
    }

    /// Whatever a vector must have is in every vector that satisfies the query, and in no other where that is said to suffice.
    #[test]
    fn an_index_misses_nothing(text in "[abc]{1,2}( [abc]{1,2}){0,6}", query in "!?[abc]{1,2}(:\\*)?(( & | \\| | <-> | & !)[abc]{1,2}(:\\*)?){0,4}") {
        let simple = Configuration::named("simple").unwrap();
        let vector = to_vector(simple, &text).unwrap().to_string();
        let query = Query::parse(&query).unwrap();
        if let Some(needed) = query.needed() {
            let words = Vector::words_of(&vector);
            let has_all = needed.groups.iter().all(|group| {
                group
                    .iter()
                    .any(|range| words.iter().any(|word| (&range.first..&range.end).contains(&word)))
            });
            let found = matches(&vector, &query);
            prop_assert!(has_all || !found, "{:?}", needed);
            prop_assert!(found || !has_all || !needed.sufficient, "{:?}", needed);
        }
    }
}
