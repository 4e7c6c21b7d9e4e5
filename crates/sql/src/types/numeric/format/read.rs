//! `to_number`: reading a number by a template.

use underpin_base::Result;

use super::template::{Part, parse};
use crate::types::errors::invalid;
use crate::types::numeric::Numeric;

/// Returns `to_number(text, template)` as a canonical text.
///
/// # Errors
/// `22P02` when there is no number, `42601` for a template whose parts contradict each other.
pub fn to_number(text: &str, template: &str) -> Result<String> {
    let template = parse(template)?;
    let mut rest = text.chars().peekable();
    let mut number = String::new();
    let mut negative = false;
    let mut point = false;
    for part in &template.parts {
        let is_number = matches!(
            part,
            Part::Digit(_) | Part::Point | Part::Sign | Part::Group | Part::Minus
        );
        if is_number && number.is_empty() {
            while let Some(character) = rest.next_if(|it| matches!(it, ' ' | '+' | '-' | '<')) {
                negative |= matches!(character, '-' | '<');
            }
        }
        match part {
            Part::Digit(_) => {
                if let Some(digit) = rest.next_if(char::is_ascii_digit) {
                    number.push(digit);
                } else if !point && template.has_point && rest.next_if_eq(&'.').is_some() {
                    // The point came before its place in the template.
                    point = true;
                    number.push('.');
                    number.extend(rest.next_if(char::is_ascii_digit));
                }
            }
            Part::Point => {
                if !point && rest.next_if_eq(&'.').is_some() {
                    point = true;
                    number.push('.');
                }
            }
            Part::Group => drop(rest.next_if_eq(&',')),
            Part::Sign | Part::Minus | Part::Plus | Part::PlusOrMinus => {
                negative |= rest.next_if(|it| matches!(it, '+' | '-')) == Some('-');
            }
            Part::Brackets => drop(rest.next_if_eq(&'>')),
            Part::Ordinal(_) => {
                rest.next();
                rest.next();
            }
            Part::Currency | Part::Literal(_) => {
                let is_digit = rest.peek().is_some_and(char::is_ascii_digit);
                if !is_digit {
                    rest.next();
                }
            }
            Part::Roman(_) | Part::Shift | Part::Exponent | Part::Bare => {}
        }
    }
    if !number.bytes().any(|byte| byte.is_ascii_digit()) {
        return Err(invalid("numeric", " "));
    }
    let sign = if negative { "-" } else { "" };
    let number = Numeric::parse(&format!("{sign}{number}"))?;
    let scale = template.fraction as i64;
    Ok(match number {
        Numeric::Finite(number) => {
            let scale = scale.min(i64::from(number.scale));
            Numeric::Finite(number.rounded(scale)).to_string()
        }
        other => other.to_string(),
    })
}
