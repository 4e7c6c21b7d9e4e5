//! Functions on text, against what PostgreSQL 15 answered.

use underpin_base::Result;

use super::*;
use crate::types::pattern::{Options, Pattern, Text};
use crate::types::tests::{boolean, check_table, nullable};

fn answer(name: &str, arguments: &[&str]) -> Result<String> {
    let number = |place: usize| arguments[place].parse::<i64>().unwrap();
    Ok(match name {
        "like" => boolean(like(arguments[0], arguments[1])?),
        "ilike" => boolean(ilike(arguments[0], arguments[1])?),
        "like_escape" => {
            let pattern = with_escape(arguments[1], arguments[2])?;
            boolean(like(arguments[0], &pattern)?)
        }
        "similar" => {
            let expression = similar_to_regex(arguments[1], None)?;
            let pattern = Pattern::read(&expression, Options::default())?;
            boolean(pattern.search(&Text::new(arguments[0]), 0)?.is_some())
        }
        "initcap" => initcap(arguments[0]),
        "split_part" => split_part(arguments[0], arguments[1], number(2))?.to_owned(),
        "lpad" => lpad(arguments[0], number(1), arguments[2])?,
        "rpad" => rpad(arguments[0], number(1), arguments[2])?,
        "translate" => translate(arguments[0], arguments[1], arguments[2]),
        "quote_ident" => quote_ident(arguments[0]),
        "quote_literal" => quote_literal(arguments[0]),
        "format0" => format(arguments[0], &[])?,
        "format2" => format(
            arguments[0],
            &[nullable(arguments[1]), nullable(arguments[2])],
        )?,
        _ => panic!("{name}"),
    })
}

#[test]
fn functions_answer_as_postgresql() {
    check_table(include_str!("../expected/text.txt"), answer);
}
