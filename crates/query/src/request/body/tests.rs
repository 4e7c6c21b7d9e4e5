use underpin_base::Details;

use super::*;

fn body<'a>(content_type: Option<&'a str>, text: &'a str, limits: &'a Limits) -> Body<'a> {
    Body {
        spool: None,
        bytes: text.as_bytes(),
        content_type,
        columns: None,
        limits,
    }
}

/// Writes a payload as one line: keys, then the rows, `-` for a value that is not there.
fn show(payload: &Payload) -> String {
    let rows: Vec<String> = payload
        .rows
        .iter()
        .map(|row| {
            let values: Vec<&str> = row
                .values
                .iter()
                .map(|value| value.as_deref().unwrap_or("-"))
                .collect();
            values.join(" ")
        })
        .collect();
    format!(
        "{}{} [{}] {}",
        if payload.is_array { "array" } else { "object" },
        if payload.uniform { "" } else { " uneven" },
        payload.keys.join(" "),
        rows.join(" | "),
    )
}

#[track_caller]
fn check(text: &str, shown: &str) {
    let payload = body(None, text, &Limits::default()).payload();
    assert_eq!(
        payload.map(|payload| show(&payload)).expect(text),
        shown,
        "{text}"
    );
}

#[track_caller]
fn check_columns(columns: &[&str], text: &str, shown: &str) {
    let columns: Vec<Name> = columns.iter().map(|column| Name::from(*column)).collect();
    let limits = Limits::default();
    let body = Body {
        columns: Some(&columns),
        ..body(None, text, &limits)
    };
    assert_eq!(show(&body.payload().expect(text)), shown, "{text}");
}

#[track_caller]
fn check_error(content_type: &str, text: &str, message: &str) {
    let error = body(Some(content_type), text, &Limits::default())
        .payload()
        .expect_err(text);
    assert_eq!(
        (error.code().as_str(), error.message()),
        ("PGRST102", message),
        "{text}"
    );
}

#[test]
fn objects() {
    check("{}", "object [] ");
    check(" {} ", "object [] ");
    check("{\"a\":1}", "object [a] 1");
    check("\u{feff}{\"a\":1}", "object [a] 1");
    check("{\"b\":1,\"a\":\"x\"}", "object [b a] 1 \"x\"");
    check(
        "{\"a\":null,\"b\":true,\"c\":[1, 2],\"d\":{\"e\": 1}}",
        "object [a b c d] null true [1, 2] {\"e\": 1}",
    );
}

#[test]
fn values_keep_their_text() {
    check("{\"a\":1.10}", "object [a] 1.10");
    check(
        "{\"a\":123456789012345678901234567890.5e+300}",
        "object [a] 123456789012345678901234567890.5e+300",
    );
    check("{\"a\":\"\\u0041\"}", "object [a] \"\\u0041\"");
    check("{\"\\u0061\":1}", "object [a] 1");
}

#[test]
fn of_repeated_keys_the_last_value_counts() {
    check("{\"a\":1,\"a\":2}", "object [a] 2");
    check("[{\"a\":1,\"b\":2,\"a\":3}]", "array [a b] 3 2");
}

#[test]
fn arrays() {
    check("[]", "array [] ");
    check("[{}]", "array [] ");
    check("[{\"a\":1}]", "array [a] 1");
    check("[{\"a\":1},{\"a\":2}]", "array [a] 1 | 2");
    check(
        "[{\"a\":1,\"b\":2},{\"b\":3,\"a\":4}]",
        "array [a b] 1 2 | 4 3",
    );
}

#[test]
fn other_json_is_an_empty_array() {
    for text in ["1", "\"x\"", "null", "true", "-1.5e3"] {
        check(text, "array [] ");
    }
}

#[test]
fn broken_json() {
    for text in [
        "",
        " ",
        "{",
        "[",
        "}",
        "{a:1}",
        "{\"a\"}",
        "{\"a\":}",
        "{\"a\":1,}",
        "[{\"a\":1},]",
        "{\"a\":1}x",
        "{\"a\":1}{\"a\":2}",
        "nul",
        "'a'",
        "{\"a\":01}",
        "[{}",
        "{\"a\":\"\n\"}",
        "NaN",
        "{\"a\":1}]",
    ] {
        check_error("application/json", text, "Empty or invalid json");
    }
    let limits = Limits::default();
    let body = Body {
        bytes: b"{\"a\":\"\xff\"}",
        ..body(None, "", &limits)
    };
    assert_eq!(
        body.payload().expect_err("refused").message(),
        "Empty or invalid json"
    );
}

#[test]
fn rows_that_differ() {
    for text in [
        "[{\"a\":1},{\"b\":1}]",
        "[{\"a\":1},{\"a\":1,\"b\":1}]",
        "[{\"a\":1,\"b\":1},{\"a\":1}]",
        "[{\"a\":1},{}]",
        "[{},{\"a\":1}]",
        "[1]",
        "[{\"a\":1},1]",
        "[null]",
        "[[]]",
        "[\"a\"]",
    ] {
        check_error("application/json", text, "All object keys must match");
    }
}

#[test]
fn columns_choose_the_keys() {
    check_columns(&["a"], "{\"a\":1,\"b\":2}", "object [a] 1");
    check_columns(
        &["a", "b"],
        "[{\"a\":1},{\"b\":2}]",
        "array uneven [a b] 1 - | - 2",
    );
    check_columns(
        &["b", "a"],
        "[{\"a\":1,\"b\":2},{\"a\":3}]",
        "array uneven [a b] 1 2 | 3 -",
    );
    check_columns(
        &["a", "z"],
        "[{\"a\":1},{\"a\":2,\"x\":0}]",
        "array [a] 1 | 2",
    );
    check_columns(&["z"], "[{\"a\":1},{}]", "array []  | ");
    let limits = Limits::default();
    let columns = [Name::from("a")];
    let body = Body {
        columns: Some(&columns),
        ..body(None, "[{\"a\":1},2]", &limits)
    };
    let error = body.payload().expect_err("refused");
    assert_eq!(
        (error.code().as_str(), error.message()),
        (
            "22023",
            "argument of json_to_recordset must be an array of objects"
        )
    );
}

#[track_caller]
fn check_csv(text: &str, shown: &str) {
    let payload = body(Some("text/csv; charset=utf-8"), text, &Limits::default()).payload();
    assert_eq!(
        payload.map(|payload| show(&payload)).expect(text),
        shown,
        "{text}"
    );
}

#[test]
fn csv() {
    check_csv("a,b\n1,2\n", "array [a b] \"1\" \"2\"");
    check_csv("a,b\r\n1,2\r\n3,4", "array [a b] \"1\" \"2\" | \"3\" \"4\"");
    check_csv("a\n", "array [a] ");
    check_csv("a", "array [a] ");
    check_csv("a,b\nNULL,\n", "array [a b] null \"\"");
    check_csv("a\n\"x,\"\"y\"\"\nz\"\n", "array [a] \"x,\\\"y\\\"\\nz\"");
    check_csv("\"a b\",\"c\"\n\"\",1\n", "array [a b c] \"\" \"1\"");
    check_csv("a\n\n1\n\n", "array [a] \"1\"");
    check_csv("a,a\n1,2\n", "array [a] \"2\"");
    check_csv("a,b\n null , x\n", "array [a b] \" null \" \" x\"");
}

#[test]
fn broken_csv() {
    check_error("text/csv", "", "parse error (not enough input)");
    check_error(
        "text/csv",
        "a,b\n1\n",
        "All lines must have same number of fields",
    );
    check_error(
        "text/csv",
        "a\n1,2\n",
        "All lines must have same number of fields",
    );
    check_error(
        "text/csv",
        "a\n\"x\n",
        "parse error (a quoted field has no end)",
    );
    check_error(
        "text/csv",
        "a\n\"x\"y\n",
        "parse error (a quoted field goes on after its quote)",
    );
}

#[test]
fn forms() {
    let form = |text| {
        let payload = body(
            Some("application/x-www-form-urlencoded"),
            text,
            &Limits::default(),
        )
        .payload();
        show(&payload.expect(text))
    };
    assert_eq!(form("a=1&b=x+y%21"), "object [a b] \"1\" \"x y!\"");
    assert_eq!(form("a=1&a=2"), "object [a] \"2\"");
    assert_eq!(form(""), "object [] ");
}

#[test]
fn types_of_bodies() {
    for media_type in [
        "application/xml",
        "text/plain",
        "application/vnd.pgrst.object+json",
    ] {
        check_error(
            media_type,
            "{}",
            &format!("Content-Type not acceptable: {media_type}"),
        );
    }
    for media_type in ["application/json", "Application/JSON;charset=utf-8", ""] {
        assert!(
            body(Some(media_type), "{}", &Limits::default())
                .payload()
                .is_ok(),
            "{media_type}"
        );
    }
}

#[test]
fn arguments() {
    let limits = Limits::default();
    let arguments = |media_type, text| {
        body(Some(media_type), text, &limits)
            .arguments()
            .expect(text)
    };
    let Arguments::Json { payload, body } = arguments("application/json", "{\"a\":1}") else {
        panic!("no JSON");
    };
    assert_eq!(
        (show(&payload).as_str(), &*body),
        ("object [a] 1", "{\"a\":1}")
    );
    let Arguments::Json { payload, body } = arguments("application/json", "") else {
        panic!("no JSON");
    };
    assert_eq!((show(&payload).as_str(), &*body), ("object [] ", "{}"));
    let Arguments::Json { body, .. } = arguments("text/csv", "a,b\n1,NULL\n") else {
        panic!("no JSON");
    };
    assert_eq!(&*body, "[{\"a\":\"1\",\"b\":null}]");
    assert_eq!(
        arguments("application/x-www-form-urlencoded", "v=1&v=2"),
        Arguments::Text(vec![
            ("v".into(), "1".to_owned()),
            ("v".into(), "2".to_owned())
        ])
    );
    assert_eq!(
        arguments("text/plain", "hello"),
        Arguments::Raw {
            media_type: "text/plain",
            body: b"hello".as_slice().into()
        }
    );
}

#[track_caller]
fn check_limit(limits: &Limits, at: &str, past: &str, message: &str) {
    assert!(body(None, at, limits).payload().is_ok(), "{at}");
    let error = body(None, past, limits).payload().expect_err(past);
    assert_eq!(
        (error.code().as_str(), error.message()),
        ("PGRST102", message)
    );
    assert!(error.get_hint().is_some());
    assert_eq!(error.get_details(), None::<&Details>);
}

#[test]
fn limit_of_rows() {
    let limits = Limits {
        insert_rows_max: 2,
        ..Limits::default()
    };
    let message = "the body has more than 2 rows, the limit is 2";
    check_limit(&limits, "[{},{}]", "[{},{},{}]", message);
    assert!(
        body(Some("text/csv"), "a\n1\n2\n", &limits)
            .payload()
            .is_ok()
    );
    let error = body(Some("text/csv"), "a\n1\n2\n3\n", &limits)
        .payload()
        .expect_err("refused");
    assert_eq!(error.message(), message);
}

#[test]
fn limit_of_depth() {
    let limits = Limits {
        json_depth_max: 3,
        ..Limits::default()
    };
    let message = "the body is nested more than 3 levels deep, the limit is 3";
    check_limit(&limits, "[{\"a\":[1]}]", "[{\"a\":[[1]]}]", message);
    check_limit(&limits, "{\"a\":\"[[[[\\\"{{\"}", "{\"a\":[[{}]]}", message);
    check_limit(&limits, "{\"a\":{\"b\":{}}}", &"[".repeat(100_000), message);
}

#[test]
fn limit_of_values() {
    let limits = Limits {
        body_bytes_max: 16,
        ..Limits::default()
    };
    let columns = [Name::from("a"), Name::from("b")];
    let read = |text| {
        Body {
            spool: None,
            columns: Some(&columns),
            ..body(None, text, &limits)
        }
        .payload()
    };
    assert!(read("[{\"a\":1,\"b\":2},{}]").is_ok());
    let error = read("[{\"a\":1,\"b\":2},{},{}]").expect_err("refused");
    assert_eq!(
        error.message(),
        "the body has more than 4 values, the limit is 4"
    );
}

#[test]
fn limit_of_keys() {
    let message = "the body has more than 1600 keys, the limit is 1600";
    let json = |count: usize| {
        let members: Vec<String> = (0..count).map(|key| format!("\"k{key}\":0")).collect();
        format!("{{{}}}", members.join(","))
    };
    let form = |count: usize| {
        let members: Vec<String> = (0..count).map(|key| format!("k{key}=0")).collect();
        members.join("&")
    };
    let csv = |count: usize| {
        let names: Vec<String> = (0..count).map(|key| format!("k{key}")).collect();
        names.join(",") + "\n"
    };
    let check = |content_type, at: String, past: String| {
        let limits = Limits::default();
        assert!(
            body(Some(content_type), &at, &limits).payload().is_ok(),
            "{content_type}"
        );
        check_error(content_type, &past, message);
    };
    check("application/json", json(KEYS_MAX), json(KEYS_MAX + 1));
    check(
        "application/x-www-form-urlencoded",
        form(KEYS_MAX),
        form(KEYS_MAX + 1),
    );
    check("text/csv", csv(KEYS_MAX), csv(KEYS_MAX + 1));
}

#[test]
fn keys_that_are_not_wanted_take_linear_time() {
    let columns: Vec<Name> = (0..512)
        .map(|column| format!("c{column:03}").into())
        .collect();
    let text = format!("{{{}\"c000\":1}}", "\"x000\":1,".repeat(100_000));
    let limits = Limits::default();
    let body = Body {
        columns: Some(&columns),
        ..body(None, &text, &limits)
    };
    assert_eq!(show(&body.payload().expect("read")), "object [c000] 1");
}
