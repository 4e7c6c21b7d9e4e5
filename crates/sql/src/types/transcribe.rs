//! JSON of a value that is known as PostgreSQL's text, without reading it: what a database printed is right.

use super::Type;
use super::json::{minified, write_json_string};

/// Appends the JSON that PostgreSQL's `to_json` gives for the value of type `ty` that PostgreSQL prints as `text`, without white space.
///
/// Arrays, rows and [opaque](Type::Opaque) values cannot be told from their text: a query is to return them as JSON.
pub fn text_to_json(ty: &Type, text: &str, out: &mut Vec<u8>) {
    match ty {
        Type::Bool => out.extend_from_slice(if text == "t" { b"true" } else { b"false" }),
        Type::Int2 | Type::Int4 | Type::Int8 => out.extend_from_slice(text.as_bytes()),
        // Not so `NaN` and `Infinity`.
        Type::Float4 | Type::Float8 | Type::Numeric
            if text.ends_with(|it: char| it.is_ascii_digit()) =>
        {
            out.extend_from_slice(text.as_bytes());
        }
        Type::Json | Type::Jsonb => minified(text, out),
        Type::Uuid | Type::Date => {
            out.push(b'"');
            out.extend_from_slice(text.as_bytes());
            out.push(b'"');
        }
        Type::Timestamp | Type::TimestampTz => timestamp(text, out),
        _ => write_json_string(text, out),
    }
}

/// ISO 8601 as PostgreSQL's JSON has it: `2026-01-31 10:00:00+00` becomes `"2026-01-31T10:00:00+00:00"`.
fn timestamp(text: &str, out: &mut Vec<u8>) {
    out.push(b'"');
    match text.split_once(' ') {
        None => out.extend_from_slice(text.as_bytes()),
        Some((date, time)) => {
            // An era stands behind everything.
            let (time, era) = time.split_once(' ').unwrap_or((time, ""));
            out.extend_from_slice(date.as_bytes());
            out.push(b'T');
            out.extend_from_slice(time.as_bytes());
            let zone = time.find(['+', '-']).and_then(|start| time.get(start..));
            if zone.is_some_and(|zone| zone.len() == 3) {
                out.extend_from_slice(b":00");
            }
            if !era.is_empty() {
                out.push(b' ');
                out.extend_from_slice(era.as_bytes());
            }
        }
    }
    out.push(b'"');
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_become_json() {
        let check = |ty: &str, text: &str, expected: &str| {
            let mut out = Vec::new();
            text_to_json(&Type::built_in(ty).unwrap(), text, &mut out);
            assert_eq!(String::from_utf8(out).unwrap(), expected, "{ty} {text}");
        };
        check("bool", "t", "true");
        check("bool", "f", "false");
        check("int8", "-9007199254740993", "-9007199254740993");
        check("oid", "7", r#""7""#);
        check("float8", "1e+20", "1e+20");
        check("float8", "-Infinity", r#""-Infinity""#);
        check("numeric", "NaN", r#""NaN""#);
        check("numeric", "1.50", "1.50");
        check("text", "a\"b\n", r#""a\"b\n""#);
        check(
            "uuid",
            "9b2c6a52-0000-4000-8000-000000000000",
            r#""9b2c6a52-0000-4000-8000-000000000000""#,
        );
        check("date", "0044-03-15 BC", r#""0044-03-15 BC""#);
        check(
            "timestamp",
            "2026-01-31 10:00:00.5",
            r#""2026-01-31T10:00:00.5""#,
        );
        check(
            "timestamptz",
            "2026-01-31 10:00:00+00",
            r#""2026-01-31T10:00:00+00:00""#,
        );
        check(
            "timestamptz",
            "2026-01-31 10:00:00-03:30",
            r#""2026-01-31T10:00:00-03:30""#,
        );
        check(
            "timestamptz",
            "0044-03-15 00:00:00+00 BC",
            r#""0044-03-15T00:00:00+00:00 BC""#,
        );
        check("timestamptz", "infinity", r#""infinity""#);
        check("bytea", "\\x00ff", r#""\\x00ff""#);
        check(
            "jsonb",
            r#"{"a": [1, "b: c, \" d"], "e": {}}"#,
            r#"{"a":[1,"b: c, \" d"],"e":{}}"#,
        );
        check("json", "{ \"a\" :\n1 }", r#"{"a":1}"#);
        check("interval", "1 day", r#""1 day""#);
    }
}
