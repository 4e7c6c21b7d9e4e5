//! Queries from words: `to_tsquery` and the functions that need no operators.

use underpin_base::Result;

use super::configuration::Configuration;
use super::document::lexemes;
use super::query::{DISTANCE_MAX, Operand, Operator, Query};
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

/// Pushes the lexemes of a word, joined by `operator`; stop words between them make the distance of a phrase greater.
fn push(
    configuration: Configuration,
    drafts: &mut Drafts,
    operand: &Operand,
    operator: Operator,
    query: &str,
) -> Result<()> {
    let mut previous: Option<u32> = None;
    lexemes(configuration, &operand.word, &mut 0, |word, position| {
        let operand = Operand {
            word,
            ..operand.clone()
        };
        drafts.push_operand(operand, query)?;
        if let Some(previous) = previous.replace(position) {
            drafts.push_operator(match operator {
                Operator::Phrase(_) => Operator::Phrase(distance(previous, position)),
                other => other,
            })?;
        }
        Ok(())
    })?;
    if previous.is_none() {
        drafts.push_stop();
    }
    Ok(())
}

fn distance(from: u32, to: u32) -> u16 {
    u16::try_from(to.saturating_sub(from))
        .unwrap_or(DISTANCE_MAX)
        .min(DISTANCE_MAX)
}
