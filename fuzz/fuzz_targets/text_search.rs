//! Documents and queries of full-text search never panic, and what is read prints back to what reads the same.

#![no_main]

use libfuzzer_sys::fuzz_target;
use underpin_sql::types::search::{
    Configuration, Query, Vector, WEIGHTS, headline, matches, phrase_to_query, plain_to_query, rank,
    rank_of_covers, to_query, to_vector, web_to_query,
};

fuzz_target!(|input: (&str, &str, &str)| {
    let (configuration, document, words) = input;
    let configuration = Configuration::named(configuration)
        .or_else(|_| Configuration::named("english"))
        .expect("english is known");
    let vector = to_vector(configuration, document).map(|vector| vector.to_string());
    if let Ok(vector) = &vector {
        let again = Vector::parse(vector).expect("a vector is read as it is printed");
        assert_eq!(&again.to_string(), vector);
    }
    Vector::parse(words).ok();
    for query in [
        to_query(configuration, words),
        plain_to_query(configuration, words),
        phrase_to_query(configuration, words),
        web_to_query(configuration, words),
        Query::parse(words),
    ] {
        let (Ok(query), Ok(vector)) = (query, &vector) else {
            continue;
        };
        let printed = query.to_string();
        let again = Query::read(&printed).expect("a query is read as it is printed");
        assert_eq!(again.to_string(), printed);
        matches(vector, &query);
        rank(&WEIGHTS, vector, &query, 63);
        rank_of_covers(&WEIGHTS, vector, &query, 63).ok();
        headline(configuration, document, &query, "MinWords=1, MaxWords=3").ok();
        headline(configuration, document, &query, "MaxFragments=3").ok();
    }
});
