//! Operations on `jsonb`, against what PostgreSQL 15 answered.

use underpin_base::Result;

use super::*;
use crate::types::Type;
use crate::types::array::texts;
use crate::types::tests::{boolean, canonical as canonical_of, check_table};

fn printed(json: Option<&str>) -> String {
    let mut out = String::new();
    print(json.unwrap_or_default(), &mut out);
    out
}

fn steps(literal: &str) -> Result<Vec<String>> {
    let array = canonical_of(&Type::Text.array(), literal)?;
    Ok(texts(&array).into_iter().flatten().collect())
}

fn changes(name: &str, json: &str, arguments: &[&str]) -> Result<String> {
    let keys = steps(arguments[1])?;
    let keys: Vec<&str> = keys.iter().map(String::as_str).collect();
    let changed = match name {
        "path" => return Ok(printed(path(json, &keys))),
        "path_text" => {
            let found = path(json, &keys).and_then(to_text);
            return Ok(found.unwrap_or_default().into_owned());
        }
        "delete_path" => delete_path(json, &keys)?,
        "delete_keys" => delete_keys(json, &keys)?,
        "set" => set(
            json,
            &keys,
            &canonical(arguments[2])?,
            arguments[3] == "true",
        )?,
        "insert" => insert(
            json,
            &keys,
            &canonical(arguments[2])?,
            arguments[3] == "true",
        )?,
        _ => panic!("{name}"),
    };
    Ok(printed(Some(&changed)))
}

fn answer(name: &str, arguments: &[&str]) -> Result<String> {
    let json = canonical(arguments[0])?;
    let second = || arguments[1];
    Ok(match name {
        "get" => printed(member(&json, second())),
        "get_text" => {
            let found = member(&json, second()).and_then(to_text);
            found.unwrap_or_default().into_owned()
        }
        "get_index" => printed(element(&json, second().parse().unwrap())),
        "contains" => boolean(contains(&json, &canonical(second())?)),
        "compare" => (compare(&json, &canonical(second())?) as i8).to_string(),
        "concat" => printed(Some(&concat(&json, &canonical(second())?))),
        "has_key" => boolean(has_key(&json, second())),
        "delete_key" => printed(Some(&delete_keys(&json, &[second()])?)),
        "delete_index" => {
            let index = second().parse().unwrap();
            printed(Some(&delete_index(&json, index)?))
        }
        "typeof" => type_name(&json).to_owned(),
        "array_length" => array_length(&json)?.to_string(),
        "strip_nulls" => printed(Some(&strip_nulls(&json))),
        "pretty" => pretty(&json),
        "keys" => {
            let keys: Vec<_> = members(&json, "jsonb_object_keys")?
                .map(|it| it.0)
                .collect();
            keys.join("|")
        }
        "elements" => {
            let items = elements(&json, "jsonb_array_elements")?;
            let items: Vec<String> = items.map(|item| printed(Some(item))).collect();
            items.join("|")
        }
        "each" => {
            let items: Vec<String> = members(&json, "jsonb_each")?
                .map(|(key, value)| format!("{key}={}", printed(Some(value))))
                .collect();
            items.join("|")
        }
        _ => return changes(name, &json, arguments),
    })
}

#[test]
fn operations_answer_as_postgresql() {
    check_table(include_str!("../expected/json.txt"), answer);
}
