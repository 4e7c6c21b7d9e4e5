//! Full-text search: the algorithms of [`underpin_sql::types::search`] under their names in SQLite.

use std::sync::Arc;

use underpin_base::{Code, Error, Result, Value};
use underpin_sql::types::json::{Elements, Kind, kind, write_json_string};
use underpin_sql::types::search::{
    Configuration, DEFAULT_CONFIGURATION, Query, Vector, WEIGHTS, Weights, headline, json_headline,
    json_parts_to_vector, json_to_vector, matches, phrase_to_query, plain_to_query, rank,
    rank_of_covers, to_query, to_vector, web_to_query, weights,
};

use super::arguments::Arguments;
use super::limits::check_length;
use super::registry::{MachineryRow, Row};

/// The implementations of the table's functions and of operators.
#[rustfmt::skip]
pub(super) const ROWS: &[Row] = &[
    ("pg_array_to_tsvector", array_to_vector),
    ("pg_get_current_ts_config", |_| Ok(Value::text(DEFAULT_CONFIGURATION))),
    ("pg_ts_headline_default", |a| of_text(headline(default()?, a.text(0)?, &*query(a, 1)?, ""))),
    ("pg_ts_headline_default_options", |a| of_text(headline(default()?, a.text(0)?, &*query(a, 1)?, a.text(2)?))),
    ("pg_ts_headline", |a| of_text(headline(configuration(a)?, a.text(1)?, &*query(a, 2)?, ""))),
    ("pg_ts_headline_options", |a| of_text(headline(configuration(a)?, a.text(1)?, &*query(a, 2)?, a.text(3)?))),
    ("pg_ts_headline_json_default", |a| of_text(json_headline(default()?, a.text(0)?, &*query(a, 1)?, ""))),
    ("pg_ts_headline_json_default_options", |a| of_text(json_headline(default()?, a.text(0)?, &*query(a, 1)?, a.text(2)?))),
    ("pg_ts_headline_json", |a| of_text(json_headline(configuration(a)?, a.text(1)?, &*query(a, 2)?, ""))),
    ("pg_ts_headline_json_options", |a| of_text(json_headline(configuration(a)?, a.text(1)?, &*query(a, 2)?, a.text(3)?))),
    ("pg_ts_headline_jsonb_default", |a| of_text(json_headline(default()?, a.text(0)?, &*query(a, 1)?, ""))),
    ("pg_ts_headline_jsonb_default_options", |a| of_text(json_headline(default()?, a.text(0)?, &*query(a, 1)?, a.text(2)?))),
    ("pg_ts_headline_jsonb", |a| of_text(json_headline(configuration(a)?, a.text(1)?, &*query(a, 2)?, ""))),
    ("pg_ts_headline_jsonb_options", |a| of_text(json_headline(configuration(a)?, a.text(1)?, &*query(a, 2)?, a.text(3)?))),
    ("pg_json_to_tsvector_default", |a| of_vector(json_parts_to_vector(default()?, a.text(0)?, a.text(1)?))),
    ("pg_json_to_tsvector", |a| of_vector(json_parts_to_vector(configuration(a)?, a.text(1)?, a.text(2)?))),
    ("pg_jsonb_to_tsvector_default", |a| of_vector(json_parts_to_vector(default()?, a.text(0)?, a.text(1)?))),
    ("pg_jsonb_to_tsvector", |a| of_vector(json_parts_to_vector(configuration(a)?, a.text(1)?, a.text(2)?))),
    ("pg_tsvector_length", |a| Ok(count(vector(a, 0)?.len()))),
    ("pg_numnode", |a| Ok(count(query(a, 0)?.node_count()))),
    ("pg_phraseto_tsquery_default", |a| of_query(phrase_to_query(default()?, a.text(0)?))),
    ("pg_phraseto_tsquery", |a| of_query(phrase_to_query(configuration(a)?, a.text(1)?))),
    ("pg_plainto_tsquery_default", |a| of_query(plain_to_query(default()?, a.text(0)?))),
    ("pg_plainto_tsquery", |a| of_query(plain_to_query(configuration(a)?, a.text(1)?))),
    ("pg_querytree", |a| Ok(Value::text(query(a, 0)?.indexable()))),
    ("pg_setweight", |a| Ok(printed(&vector(a, 0)?.set_weight(weight(a.text(1)?)?, None)))),
    ("pg_setweight_of", |a| {
        Ok(printed(&vector(a, 0)?.set_weight(weight(a.text(1)?)?, Some(&words(a.text(2)?)))))
    }),
    ("pg_strip", |a| Ok(printed(&vector(a, 0)?.strip()))),
    ("pg_to_tsquery_default", |a| of_query(to_query(default()?, a.text(0)?))),
    ("pg_to_tsquery", |a| of_query(to_query(configuration(a)?, a.text(1)?))),
    ("pg_to_tsvector_default", |a| of_vector(to_vector(default()?, a.text(0)?))),
    ("pg_to_tsvector_json_default", |a| of_vector(json_to_vector(default()?, a.text(0)?))),
    ("pg_to_tsvector_jsonb_default", |a| of_vector(json_to_vector(default()?, a.text(0)?))),
    ("pg_to_tsvector", |a| of_vector(to_vector(configuration(a)?, a.text(1)?))),
    ("pg_to_tsvector_json", |a| of_vector(json_to_vector(configuration(a)?, a.text(1)?))),
    ("pg_to_tsvector_jsonb", |a| of_vector(json_to_vector(configuration(a)?, a.text(1)?))),
    ("pg_ts_delete", |a| Ok(printed(&vector(a, 0)?.without(&[a.text(1)?.to_owned()])))),
    ("pg_ts_delete_all", |a| Ok(printed(&vector(a, 0)?.without(&words(a.text(1)?))))),
    ("pg_ts_filter", filter),
    ("pg_ts_rank", |a| ranked(a, &WEIGHTS, 0, None)),
    ("pg_ts_rank_normalized", |a| ranked(a, &WEIGHTS, 0, Some(2))),
    ("pg_ts_rank_weighted", |a| ranked(a, &given_weights(a)?, 1, None)),
    ("pg_ts_rank_weighted_normalized", |a| ranked(a, &given_weights(a)?, 1, Some(3))),
    ("pg_ts_rank_cd", |a| covered(a, &WEIGHTS, 0, None)),
    ("pg_ts_rank_cd_normalized", |a| covered(a, &WEIGHTS, 0, Some(2))),
    ("pg_ts_rank_cd_weighted", |a| covered(a, &given_weights(a)?, 1, None)),
    ("pg_ts_rank_cd_weighted_normalized", |a| covered(a, &given_weights(a)?, 1, Some(3))),
    ("pg_tsquery_not", |a| of_query(owned(a, 0)?.negate())),
    ("pg_tsquery_phrase", |a| of_query(owned(a, 0)?.phrase(owned(a, 1)?, 1))),
    ("pg_tsquery_phrase_next", |a| of_query(owned(a, 0)?.phrase(owned(a, 1)?, 1))),
    ("pg_tsquery_phrase_at", |a| of_query(owned(a, 0)?.phrase(owned(a, 1)?, a.int(2)?))),
    ("pg_tsvector_to_array", |a| Ok(array(&Vector::words_of(a.text(0)?)))),
    ("pg_websearch_to_tsquery_default", |a| of_query(web_to_query(default()?, a.text(0)?))),
    ("pg_websearch_to_tsquery", |a| of_query(web_to_query(configuration(a)?, a.text(1)?))),
    ("pg_tsvector_finds", |a| Ok(Value::bool(matches(a.text(0)?, &*query(a, 1)?)))),
    ("pg_tsquery_finds", |a| Ok(Value::bool(matches(a.text(1)?, &*query(a, 0)?)))),
    ("pg_text_finds", |a| {
        let document = to_vector(default()?, a.text(0)?)?.to_string();
        Ok(Value::bool(matches(&document, &*query(a, 1)?)))
    }),
    ("pg_text_finds_text", |a| {
        let document = to_vector(default()?, a.text(0)?)?.to_string();
        Ok(Value::bool(matches(&document, &plain_to_query(default()?, a.text(1)?)?)))
    }),
    ("pg_tsvector_concatenate", |a| of_vector(vector(a, 0)?.concatenate(vector(a, 1)?))),
    ("pg_tsquery_or", |a| of_query(owned(a, 0)?.or(owned(a, 1)?))),
    ("pg_tsquery_and", |a| of_query(owned(a, 0)?.and(owned(a, 1)?))),
    ("pg_tsquery_contains", |a| Ok(Value::bool(query(a, 0)?.contains(&*query(a, 1)?)))),
    ("pg_tsquery_contained", |a| Ok(Value::bool(query(a, 1)?.contains(&*query(a, 0)?)))),
];

/// What keeps an index up to date.
pub(super) const MACHINERY: &[MachineryRow] = &[("underpin_words", 1, true, |a| {
    Ok(array(&Vector::words_of(a.text(0)?)))
})];

fn count(count: usize) -> Value {
    Value::Int(i64::try_from(count).unwrap_or(i64::MAX))
}

fn default() -> Result<Configuration> {
    Configuration::named(DEFAULT_CONFIGURATION)
}

fn configuration(arguments: &Arguments<'_>) -> Result<Configuration> {
    Configuration::named(arguments.text(0)?)
}

fn vector(arguments: &Arguments<'_>, index: usize) -> Result<Vector> {
    Vector::parse(arguments.text(index)?)
}

/// Returns argument `index` as a query, read once per statement when it is constant.
fn query(arguments: &Arguments<'_>, index: usize) -> Result<Arc<Query>> {
    arguments.auxiliary(index, Query::read)
}

fn owned(arguments: &Arguments<'_>, index: usize) -> Result<Query> {
    Query::read(arguments.text(index)?)
}

fn printed(vector: &Vector) -> Value {
    Value::text(vector.to_string())
}

fn of_vector(vector: Result<Vector>) -> Result<Value> {
    vector.map(|vector| printed(&vector))
}

fn of_query(query: Result<Query>) -> Result<Value> {
    query.map(|query| Value::text(query.to_string()))
}

fn of_text(text: Result<String>) -> Result<Value> {
    let text = text?;
    check_length(text.len())?;
    Ok(Value::text(text))
}

fn ranked(
    arguments: &Arguments<'_>,
    weights: &Weights,
    first: usize,
    normalization: Option<usize>,
) -> Result<Value> {
    let query = query(arguments, first + 1)?;
    let method = normalization.map_or(Ok(0), |index| arguments.int(index))?;
    let rank = rank(weights, arguments.text(first)?, &query, method);
    Ok(Value::Float(f64::from(rank)))
}

fn covered(
    arguments: &Arguments<'_>,
    weights: &Weights,
    first: usize,
    normalization: Option<usize>,
) -> Result<Value> {
    let query = query(arguments, first + 1)?;
    let method = normalization.map_or(Ok(0), |index| arguments.int(index))?;
    let rank = rank_of_covers(weights, arguments.text(first)?, &query, method)?;
    Ok(Value::Float(f64::from(rank)))
}

fn given_weights(arguments: &Arguments<'_>) -> Result<Weights> {
    let mut given = Vec::new();
    for element in Elements::new(arguments.text(0)?) {
        match kind(element) {
            Kind::Null => {
                return Err(Error::new(
                    Code::new("22004"),
                    "array of weight must not contain nulls",
                ));
            }
            Kind::Array => {
                return Err(Error::new(
                    Code::new("2202E"),
                    "array of weight must be one-dimensional",
                ));
            }
            _ => given.push(element.trim_matches('"').parse().unwrap_or(f32::NAN)),
        }
    }
    weights(&given)
}

/// Reads a weight of `setweight` and `ts_filter`.
fn weight(letter: &str) -> Result<u8> {
    match letter {
        "A" | "a" => Ok(3),
        "B" | "b" => Ok(2),
        "C" | "c" => Ok(1),
        "D" | "d" => Ok(0),
        other => {
            let first = other.bytes().next().unwrap_or(0);
            Err(Error::new(
                Code::INVALID_PARAMETER,
                format!("unrecognized weight: {first}"),
            ))
        }
    }
}

fn filter(arguments: &Arguments<'_>) -> Result<Value> {
    let weights = words(arguments.text(1)?)
        .iter()
        .map(|letter| weight(letter))
        .collect::<Result<Vec<u8>>>()?;
    Ok(printed(&vector(arguments, 0)?.filter(&weights)))
}

/// Returns the texts of an array; nulls are left out.
fn words(array: &str) -> Vec<String> {
    Elements::new(array)
        .filter(|element| kind(element) == Kind::String)
        .map(|element| underpin_sql::types::json::inner_text(element).into_owned())
        .collect()
}

fn array(words: &[String]) -> Value {
    let mut json = vec![b'['];
    for (index, word) in words.iter().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        write_json_string(word, &mut json);
    }
    json.push(b']');
    Value::text(String::from_utf8(json).unwrap_or_default())
}

fn array_to_vector(arguments: &Arguments<'_>) -> Result<Value> {
    let json = arguments.text(0)?;
    if Elements::new(json).any(|element| kind(element) == Kind::Null) {
        return Err(Error::new(
            Code::new("22004"),
            "lexeme array may not contain nulls",
        ));
    }
    of_vector(Vector::of_words(words(json)))
}
