//! Rows read from a file are those that the same body gives when it is held.

use std::io::Write as _;

use proptest::prelude::*;

use super::*;
use crate::request::body::Body;

fn spool(bytes: &[u8]) -> Spool {
    let mut file = tempfile::tempfile().unwrap();
    file.write_all(bytes).unwrap();
    Spool::new(file, bytes.len() as u64)
}

/// The rows of a body, held and not, in words that can be compared.
fn both(
    text: &str,
    content_type: &str,
    columns: Option<&[Name]>,
) -> (Result<String, String>, Option<Result<String, String>>) {
    let limits = Limits::default();
    let held = Body {
        bytes: text.as_bytes(),
        content_type: Some(content_type),
        columns,
        spool: None,
        limits: &limits,
    };
    let told = |error: Error| format!("{}: {}", error.code(), error.message());
    let rows = held
        .payload()
        .map(|payload| format!("{:?} {:?}", payload.keys, payload.rows))
        .map_err(told);
    let spool = spool(text.as_bytes());
    let spooled = held.spooled_rows(&spool).map(|rows| {
        let keys: Vec<&Name> = rows.keys().collect();
        let read: Result<Vec<PayloadRow>> = rows.rows().collect();
        // A second time it is the same.
        assert_eq!(rows.rows().count(), rows.rows().count());
        read.map(|rows| format!("{keys:?} {rows:?}")).map_err(told)
    });
    (rows, spooled)
}

#[track_caller]
fn check(text: &str, content_type: &str) {
    let (held, spooled) = both(text, content_type, None);
    assert_eq!(Some(held), spooled, "{text}");
}

#[test]
fn arrays_are_read_as_when_they_are_held() {
    for text in [
        r#"[{"a":1}]"#,
        r#" [ {"a":1} , {"a":"x,]}\"[{"} ] "#,
        r#"[{"a":[1,{"b":[]}],"c":null},{"c":1.50,"a":"\\"}]"#,
        r#"[{"a":1},{"a":2,}]"#,
        r#"[{"a":1},]"#,
        r#"[{"a":1},,{"a":2}]"#,
        r#"[{"a":1},{"b":2}]"#,
        r#"[{"a":1},{"a":2,"b":3}]"#,
        r#"[{"a":1},{"a":2}"#,
        r#"[{"a":1}] x"#,
        r#"[{"a":1}]]"#,
        r#"[{"a":1},2]"#,
        r#"[{"a":1},{"a":"ü€"}]"#,
        r#"[{"a":1},{"a":1,"a":2}]"#,
        "\u{feff}[{\"a\":1}]",
    ] {
        check(text, "application/json");
    }
}

#[test]
fn columns_choose_keys() {
    let columns = [Name::from("a"), Name::from("c")];
    let (_, spooled) = both(
        r#"[{"b":1},{"a":2,"b":3},{"c":4}]"#,
        "application/json",
        Some(&columns),
    );
    let expected = r#"["a", "c"] [PayloadRow { values: [None, None] }, PayloadRow { values: [Some("2"), None] }, PayloadRow { values: [None, Some("4")] }]"#;
    assert_eq!(spooled, Some(Ok(expected.to_owned())));
}

#[test]
fn files_are_read_as_when_they_are_held() {
    for text in [
        "a,b\n1,2\n",
        "a,b\r\n1,NULL\r\n\r\n\"x\"\"y,\n\",",
        "a\nü\n€",
        "a,b\n1\n",
        "a\n\"x",
        "a,a\n1,2\n3,4",
        "a\n\"x\"y\n",
    ] {
        check(text, "text/csv");
    }
}

#[test]
fn what_does_not_begin_with_a_row_is_held() {
    for (text, content_type) in [
        (r#"{"a":1}"#, "application/json"),
        ("[", "application/json"),
        (r#"[{"a":"#, "application/json"),
        ("1", "application/json"),
        ("a,b", "text/csv"),
        ("a=1", "application/x-www-form-urlencoded"),
        ("x", "text/plain"),
    ] {
        assert_eq!(both(text, content_type, None).1, None, "{text}");
    }
}

#[test]
fn rows_and_depth_have_limits() {
    let limits = Limits {
        insert_rows_max: 2,
        json_depth_max: 3,
        ..Limits::default()
    };
    let read = |text: &str| {
        let spool = spool(text.as_bytes());
        let rows = SpooledRows::of_json(&spool, text, None, &limits).unwrap();
        let read: Result<Vec<PayloadRow>> = rows.rows().collect();
        read.map(|rows| rows.len())
            .map_err(|error| error.message().to_owned())
    };
    assert_eq!(read(r#"[{"a":1},{"a":[2]}]"#), Ok(2));
    let too_many = Err("the body has more than 2 rows, the limit is 2".to_owned());
    assert_eq!(read(r#"[{"a":1},{"a":2},{"a":3}]"#), too_many);
    let too_deep = Err("the body is nested more than 3 levels deep, the limit is 3".to_owned());
    assert_eq!(read(r#"[{"a":1},{"a":[[2]]}]"#), too_deep);
}

#[test]
fn rows_lie_across_pieces() {
    let long = "x,\"y\n".repeat(PIECE_BYTES / 4);
    let json: Vec<String> = (0..5)
        .map(|id| serde_json::json!({"id": id, "text": long}).to_string())
        .collect();
    check(&format!("[{}]", json.join(",")), "application/json");
    let field = long.replace('"', "\"\"");
    let csv: Vec<String> = (0..5).map(|id| format!("{id},\"{field}\"")).collect();
    check(&format!("id,text\n{}", csv.join("\n")), "text/csv");
}

proptest! {
    #[test]
    fn whatever_comes_after_a_row_is_the_same(rest in "[\\[\\]{}\",:a1 \n\r]{0,24}") {
        let json = format!("[{{\"a\":1}},{rest}");
        let (held, spooled) = both(&json, "application/json", None);
        // Nested too deeply or not, an end that is missing is told of in one way or another.
        prop_assert_eq!(Some(held.is_ok()), spooled.as_ref().map(|rows| rows.is_ok()), "{}", json);
        if held.is_ok() {
            prop_assert_eq!(Some(held), spooled);
        }
        let csv = format!("a,b\n{rest}");
        let (held, spooled) = both(&csv, "text/csv", None);
        prop_assert_eq!(Some(held), spooled, "{}", csv);
    }
}
