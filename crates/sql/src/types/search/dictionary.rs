//! Dictionaries: what a word becomes before it is compared, its lexeme.

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use rust_stemmers::{Algorithm, Stemmer};

use super::character::lower;

/// A word that is longer, in bytes, is not stemmed.
const STEMMED_BYTES_MAX: usize = 1000;

/// A language whose words can be stemmed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Language {
    Arabic,
    Danish,
    Dutch,
    English,
    Finnish,
    French,
    German,
    Greek,
    Hungarian,
    Italian,
    Norwegian,
    Portuguese,
    Romanian,
    Russian,
    Spanish,
    Swedish,
    Tamil,
    Turkish,
}

/// A dictionary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dictionary {
    /// `simple`: lower case.
    Simple,
    /// `english_stem` and its like: the stem, and nothing for a stop word.
    Stem(Language),
}

impl Dictionary {
    /// Returns the lexeme of `word`; nothing for a stop word.
    pub(super) fn lexeme(self, word: &str) -> Option<String> {
        let word = lower(word);
        let Self::Stem(language) = self else {
            return Some(word);
        };
        if word.len() > STEMMED_BYTES_MAX {
            return Some(word);
        }
        if word.is_empty() || is_stop(language, &word) {
            return None;
        }
        Some(stem(language, &word))
    }
}

fn stem(language: Language, word: &str) -> String {
    let algorithm = match language {
        Language::Arabic => Algorithm::Arabic,
        Language::Danish => Algorithm::Danish,
        Language::Dutch => Algorithm::Dutch,
        Language::English => Algorithm::English,
        Language::Finnish => Algorithm::Finnish,
        Language::French => Algorithm::French,
        Language::German => Algorithm::German,
        Language::Greek => Algorithm::Greek,
        Language::Hungarian => Algorithm::Hungarian,
        Language::Italian => Algorithm::Italian,
        Language::Norwegian => Algorithm::Norwegian,
        Language::Portuguese => Algorithm::Portuguese,
        Language::Romanian => Algorithm::Romanian,
        Language::Russian => Algorithm::Russian,
        Language::Spanish => Algorithm::Spanish,
        Language::Swedish => Algorithm::Swedish,
        Language::Tamil => Algorithm::Tamil,
        Language::Turkish => Algorithm::Turkish,
    };
    let stemmer = Stemmer::create(algorithm);
    match language {
        Language::French => french(&stemmer, word),
        // PostgreSQL's version of the algorithm begins so.
        Language::Russian => stemmer.stem(&word.replace('ё', "е")).into_owned(),
        // It also leaves alone what would vanish.
        Language::Greek => match stemmer.stem(word).into_owned() {
            vanished if vanished.is_empty() => word.to_owned(),
            stem => stem,
        },
        _ => stemmer.stem(word).into_owned(),
    }
}

/// Stems a French word. PostgreSQL's version of the algorithm takes a vowel with a diaeresis for one that begins a syllable, for which it
/// puts a consonant before it while it works; an `i` behind that is no ending.
fn french(stemmer: &Stemmer, word: &str) -> String {
    if !word.contains(['ë', 'ï']) {
        return stemmer.stem(word).into_owned();
    }
    let back = |stem: &str| stem.replace("Hi", "ï").replace("He", "ë").replace('H', "");
    let partly = word.replace('ë', "He");
    let marked = partly.replace('ï', "Hi");
    let stem = stemmer.stem(&marked);
    let ending = marked.get(stem.len()..).unwrap_or_default();
    // These endings are those of nouns and adjectives, which are cut there too.
    let others = ["if", "iq", "ism", "ist", "ité", "iv"];
    let is_verb = ending.starts_with('i') && !others.iter().any(|it| ending.starts_with(it));
    if stem.ends_with('H') && is_verb {
        back(&stemmer.stem(&partly))
    } else {
        back(&stem)
    }
}

fn is_stop(language: Language, word: &str) -> bool {
    STOPS
        .get(&language)
        .is_some_and(|words| words.contains(word))
}

/// The stop words that PostgreSQL comes with, by language.
static STOPS: LazyLock<HashMap<Language, HashSet<&'static str>>> = LazyLock::new(|| {
    let words = |text: &'static str| text.split_whitespace().collect();
    HashMap::from([
        (Language::Danish, words(include_str!("stop/danish.txt"))),
        (Language::Dutch, words(include_str!("stop/dutch.txt"))),
        (Language::English, words(include_str!("stop/english.txt"))),
        (Language::Finnish, words(include_str!("stop/finnish.txt"))),
        (Language::French, words(include_str!("stop/french.txt"))),
        (Language::German, words(include_str!("stop/german.txt"))),
        (
            Language::Hungarian,
            words(include_str!("stop/hungarian.txt")),
        ),
        (Language::Italian, words(include_str!("stop/italian.txt"))),
        (
            Language::Norwegian,
            words(include_str!("stop/norwegian.txt")),
        ),
        (
            Language::Portuguese,
            words(include_str!("stop/portuguese.txt")),
        ),
        (Language::Russian, words(include_str!("stop/russian.txt"))),
        (Language::Spanish, words(include_str!("stop/spanish.txt"))),
        (Language::Swedish, words(include_str!("stop/swedish.txt"))),
        (Language::Turkish, words(include_str!("stop/turkish.txt"))),
    ])
});
