//! Documents and queries of full-text search never panic, and what is read prints back to what reads the same.

use underpin_sql::types::search::{
    Configuration, Query, Vector, WEIGHTS, headline, matches, phrase_to_query, plain_to_query,
    rank, rank_of_covers, to_query, to_vector, web_to_query,
};

/// Reads the bytes as the name of a configuration, a document and the words that are looked for, with zero bytes between.
pub(super) fn text_search(bytes: &[u8]) {
    let Ok(input) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut parts = input.splitn(3, '\0');
    let mut part = || parts.next().unwrap_or_default();
    let (name, document, words) = (part(), part(), part());
    let Ok(configuration) = Configuration::named(name).or_else(|_| Configuration::named("english"))
    else {
        panic!("english is not known");
    };
    let vector = to_vector(configuration, document).map(|vector| vector.to_string());
    if let Ok(vector) = &vector {
        let again = Vector::parse(vector).map(|again| again.to_string());
        assert_eq!(again.ok().as_ref(), Some(vector));
    }
    Vector::parse(words).ok();
    for query in [
        to_query(configuration, words),
        plain_to_query(configuration, words),
        phrase_to_query(configuration, words),
        web_to_query(configuration, words),
        Query::parse(words),
    ] {
        if let (Ok(query), Ok(vector)) = (query, &vector) {
            ask(configuration, document, vector, &query);
        }
    }
}

fn ask(configuration: Configuration, document: &str, vector: &str, query: &Query) {
    let printed = query.to_string();
    let again = Query::read(&printed).map(|again| again.to_string());
    assert_eq!(again.ok(), Some(printed));
    matches(vector, query);
    rank(&WEIGHTS, vector, query, 63);
    rank_of_covers(&WEIGHTS, vector, query, 63).ok();
    headline(configuration, document, query, "MinWords=1, MaxWords=3").ok();
    headline(configuration, document, query, "MaxFragments=3").ok();
}
