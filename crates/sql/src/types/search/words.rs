//! Queries from words: `to_tsquery` and the functions that need no operators.

use underpin_base::Result;

use super::configuration::Configuration;
use super::document::lexemes;
use super::query::{Operand, Operator, Query};
use super::query_parser::{Dialect, Drafts, parse};

/// Returns `to_tsquery(configuration, text)`: each word becomes its lexemes.
///
/// # Errors
/// Those of [`Query::parse`].
pub fn to_query(configuration: Configuration, text: &str) -> Result<Query> {
    parse(text, Dialect::Operators, &mut |drafts, operand| {
        push(configuration, drafts, &operand, Operator::Phrase(1), text)
    })
}

/// Returns `plainto_tsquery(configuration, text)`: every word of the text.
///
/// # Errors
/// `54000` and `54001` for a text that is too long or too complicated.
pub fn plain_to_query(configuration: Configuration, text: &str) -> Result<Query> {
    whole(configuration, text, Operator::And)
}

/// Returns `phraseto_tsquery(configuration, text)`: the words of the text in their order.
///
/// # Errors
/// Those of [`plain_to_query`].
pub fn phrase_to_query(configuration: Configuration, text: &str) -> Result<Query> {
    whole(configuration, text, Operator::Phrase(1))
}

/// Returns `websearch_to_tsquery(configuration, text)`: words, `"phrases"`, `or` and `-`.
///
/// # Errors
/// Those of [`plain_to_query`].
pub fn web_to_query(configuration: Configuration, text: &str) -> Result<Query> {
    parse(text, Dialect::Web, &mut |drafts, operand| {
        push(configuration, drafts, &operand, Operator::Phrase(1), text)
    })
}

fn whole(configuration: Configuration, text: &str, operator: Operator) -> Result<Query> {
    let mut drafts = Drafts::default();
    if !text.is_empty() {
        let operand = Operand {
            word: text.to_owned(),
            prefix: false,
            weights: 0,
        };
        push(configuration, &mut drafts, &operand, operator, text)?;
    }
    Ok(drafts.finish())
}

/// Pushes the lexemes of a word, joined by `operator`; stop words between them are pushed too, since they keep the distance.
fn push(
    configuration: Configuration,
    drafts: &mut Drafts,
    operand: &Operand,
    operator: Operator,
    query: &str,
) -> Result<()> {
    let mut found = Vec::new();
    lexemes(configuration, &operand.word, &mut 0, |lexeme, position| {
        found.push((lexeme, position));
    })?;
    if found.is_empty() {
        drafts.push_stop();
        return Ok(());
    }
    let mut previous = None;
    for (word, position) in found {
        let missing = previous.map_or(0, |previous: u32| position.saturating_sub(previous + 1));
        for _ in 0..missing {
            drafts.push_stop();
            drafts.push_operator(operator)?;
        }
        let operand = Operand {
            word,
            ..operand.clone()
        };
        drafts.push_operand(operand, query)?;
        if previous.is_some() {
            drafts.push_operator(operator)?;
        }
        previous = Some(position);
    }
    Ok(())
}
