use underpin_base::{Details, Limits};

use super::*;
use crate::request::{Count, Format};

mod clients;

fn settings() -> ApiSettings {
    ApiSettings {
        schemas: vec!["public".into(), "shop".into()],
        ..ApiSettings::default()
    }
}

fn parse(method: &str, path: &str, headers: &[(&str, &str)]) -> Result<Parsed> {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let incoming = Incoming {
        spool: None,
        method,
        path,
        query,
        headers,
        body: b"{}",
    };
    Request::parse(&incoming, &settings())
}

fn request(method: &str, path: &str, headers: &[(&str, &str)]) -> Request {
    match parse(method, path, headers) {
        Ok(Parsed::Data(request)) => *request,
        other => panic!("{method} {path} gave {other:?}"),
    }
}

#[track_caller]
fn check_error(method: &str, path: &str, headers: &[(&str, &str)], code: &str, message: &str) {
    let error = parse(method, path, headers).expect_err(path);
    assert_eq!(
        (error.code().as_str(), error.message()),
        (code, message),
        "{method} {path}"
    );
}

#[test]
fn methods_of_a_relation() {
    let action = |method| request(method, "t", &[]).action;
    assert_eq!(action("GET"), Action::Read);
    assert_eq!(action("HEAD"), Action::Read);
    assert_eq!(action("DELETE"), Action::Delete);
    assert!(matches!(action("POST"), Action::Insert { .. }));
    assert!(matches!(action("PATCH"), Action::Update { .. }));
    assert!(matches!(action("PUT"), Action::Put { .. }));
    assert!(request("HEAD", "t", &[]).head);
    assert!(!request("GET", "t", &[]).head);
    check_error(
        "TRACE",
        "t",
        &[],
        "PGRST117",
        "Unsupported HTTP method: TRACE",
    );
    check_error("get", "t", &[], "PGRST117", "Unsupported HTTP method: get");
}

#[test]
fn methods_of_a_routine() {
    for (method, is_get) in [("GET", true), ("HEAD", true), ("POST", false)] {
        let Action::Call { get, .. } = request(method, "rpc/f", &[]).action else {
            panic!("no call");
        };
        assert_eq!(get, is_get, "{method}");
    }
    for method in ["PUT", "PATCH", "DELETE"] {
        check_error(
            method,
            "rpc/f",
            &[],
            "PGRST101",
            &format!("Cannot use the {method} method on RPC"),
        );
    }
}

#[test]
fn the_root_and_options() {
    let root = |head| Parsed::Root {
        schema: "public".into(),
        head,
    };
    assert_eq!(parse("GET", "", &[]).expect("parses"), root(false));
    assert_eq!(parse("HEAD", "", &[]).expect("parses"), root(true));
    check_error("POST", "", &[], "PGRST117", "Unsupported HTTP method: POST");
    for (path, resource) in [
        ("", Resource::Root),
        ("t", Resource::Relation(QualifiedName::public("t"))),
        ("rpc/f", Resource::Routine(QualifiedName::public("f"))),
    ] {
        assert_eq!(
            parse("OPTIONS", path, &[]).expect(path),
            Parsed::Options(resource)
        );
    }
}

#[test]
fn paths() {
    assert_eq!(
        request("GET", "my%20table", &[]).target,
        QualifiedName::public("my table")
    );
    assert_eq!(
        request("GET", "a+b", &[]).target,
        QualifiedName::public("a+b")
    );
    assert_eq!(
        request("GET", "rpc", &[]).target,
        QualifiedName::public("rpc")
    );
    assert_eq!(
        request("GET", "a%2Fb", &[]).target,
        QualifiedName::public("a/b")
    );
    for path in [
        "a/b", "a/", "/", "rpc/", "rpc/a/b", "/t", "%FF", "t%00", "rpc//f",
    ] {
        check_error(
            "GET",
            path,
            &[],
            "PGRST125",
            "Invalid path specified in request URL",
        );
    }
}

#[test]
fn profiles() {
    let schema = |method, headers: &[(&str, &str)]| request(method, "t", headers).target.schema;
    let accept = [("accept-profile", "shop"), ("Content-Profile", "public")];
    assert_eq!(&*schema("GET", &accept), "shop");
    assert_eq!(&*schema("HEAD", &accept), "shop");
    let content = [("Accept-Profile", "public"), ("content-profile", "shop")];
    for method in ["POST", "PATCH", "PUT", "DELETE"] {
        assert_eq!(&*schema(method, &content), "shop", "{method}");
    }
    assert_eq!(&*schema("GET", &[]), "public");
    let error = parse("GET", "t", &[("Accept-Profile", "auth")]).expect_err("refused");
    assert_eq!(
        (error.code().as_str(), error.message(), error.get_hint()),
        (
            "PGRST106",
            "Invalid schema: auth",
            Some("Only the following schemas are exposed: public, shop")
        )
    );
    check_error(
        "POST",
        "t",
        &[("Content-Profile", "")],
        "PGRST106",
        "Invalid schema: ",
    );
    check_error(
        "GET",
        "rpc/f",
        &[("Accept-Profile", "Public")],
        "PGRST106",
        "Invalid schema: Public",
    );
}

#[track_caller]
fn check_window(path: &str, range: &str, limit: Option<u64>, offset: u64) {
    let query = request("GET", path, &[("Range-Unit", "items"), ("Range", range)]).query;
    assert_eq!(
        (query.limit, query.offset),
        (limit, offset),
        "{path} {range}"
    );
}

#[test]
fn ranges() {
    check_window("t", "0-9", Some(10), 0);
    check_window("t", "5-5", Some(1), 5);
    check_window("t", "10-", None, 10);
    check_window("t", "", None, 0);
    check_window("t", "bytes=0-9", None, 0);
    check_window("t", "x-9", None, 0);
    check_window("t", "-9", None, 0);
    check_window("t?limit=5", "0-9", Some(5), 0);
    check_window("t?limit=50", "0-9", Some(10), 0);
    check_window("t?offset=5", "0-9", Some(5), 5);
    check_window("t?offset=5&limit=3", "0-9", Some(3), 5);
    check_window("t?offset=5&limit=30", "7-9", Some(3), 7);
    check_window("t?limit=0", "0-9", Some(0), 0);
    check_window("t", "0-99999999999999999999999", Some(u64::MAX), 0);
    let error = parse("GET", "t", &[("Range", "9-5")]).expect_err("refused");
    assert_eq!(error.code().as_str(), "PGRST103");
    assert_eq!(
        error.get_details(),
        Some(&Details::Text(
            "The lower boundary must be lower than or equal to the upper boundary in the Range header."
                .to_owned()
        ))
    );
    check_error(
        "GET",
        "t?limit=5",
        &[("Range", "10-12")],
        "PGRST103",
        "Requested range not satisfiable",
    );
}

#[test]
fn a_range_has_a_meaning_for_get_alone() {
    for method in ["HEAD", "POST", "PATCH", "PUT", "DELETE"] {
        let query = request(method, "t", &[("Range", "5-9")]).query;
        assert_eq!((query.limit, query.offset), (None, 0), "{method}");
    }
    let query = request("GET", "t", &[("Range-Unit", "bytes"), ("Range", "5-9")]).query;
    assert_eq!((query.limit, query.offset), (None, 0));
    let query = request("GET", "rpc/f", &[("Range", "5-9")]).query;
    assert_eq!((query.limit, query.offset), (Some(5), 5));
}

#[test]
fn put_takes_no_window() {
    for query in ["limit=1", "offset=1"] {
        check_error(
            "PUT",
            &format!("t?{query}"),
            &[],
            "PGRST114",
            "limit/offset querystring parameters are not allowed for PUT",
        );
    }
}

#[test]
fn forms_of_the_answer() {
    let array = Format::Array { strip_nulls: false };
    for (accept, format) in [
        ("application/json", array),
        ("*/*", array),
        ("application/*", array),
        ("", array),
        ("Application/JSON; charset=utf-8", array),
        (
            "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
            array,
        ),
        ("application/vnd.pgrst.array+json", array),
        (
            "application/vnd.pgrst.array+json;nulls=stripped",
            Format::Array { strip_nulls: true },
        ),
        (
            "application/vnd.pgrst.object+json",
            Format::Object { strip_nulls: false },
        ),
        (
            "application/vnd.pgrst.object",
            Format::Object { strip_nulls: false },
        ),
        (
            "application/vnd.pgrst.object+json; nulls=stripped",
            Format::Object { strip_nulls: true },
        ),
        ("text/csv", Format::Csv),
        ("text/csv, application/json", Format::Csv),
        ("application/json, text/csv", array),
        ("application/json;q=0.1, text/csv;q=0.9", Format::Csv),
        ("application/json;q=0, text/csv;q=0.1", Format::Csv),
        ("image/png, text/csv", Format::Csv),
        ("text/csv;q=9, application/json;q=0.5", Format::Csv),
    ] {
        assert_eq!(
            request("GET", "t", &[("Accept", accept)]).format,
            format,
            "{accept}"
        );
    }
    assert_eq!(request("GET", "t", &[]).format, array);
    let both = [("Accept", "image/png"), ("accept", "text/csv")];
    assert_eq!(request("GET", "t", &both).format, Format::Csv);
}

#[test]
fn forms_that_we_do_not_have() {
    for (accept, named) in [
        ("image/png", "image/png"),
        ("image/png, text/html;q=0.5", "image/png, text/html"),
        ("application/geo+json", "application/geo+json"),
        (
            "application/vnd.pgrst.plan+json; for=\"text/csv, x\"; options=analyze|verbose;",
            "application/vnd.pgrst.plan+json; for=\"text/csv, x\"; options=analyze|verbose",
        ),
        ("application/openapi+json", "application/openapi+json"),
    ] {
        check_error(
            "GET",
            "t",
            &[("Accept", accept)],
            "PGRST107",
            &format!("None of these media types are available: {named}"),
        );
    }
    assert!(parse("GET", "", &[("Accept", "application/openapi+json")]).is_ok());
    check_error(
        "GET",
        "",
        &[("Accept", "text/csv")],
        "PGRST107",
        "None of these media types are available: text/csv",
    );
}

#[test]
fn several_prefer_headers_are_one() {
    let headers = [("Prefer", "return=minimal"), ("prefer", "count=exact")];
    let preferences = request("POST", "t", &headers).preferences;
    assert_eq!(preferences.count, Some(Count::Exact));
    assert!(preferences.r#return.is_some());
}

#[test]
fn columns_and_on_conflict() {
    let Action::Insert {
        columns,
        on_conflict,
        ..
    } = request("POST", "t?columns=\"a\",\"b c\"&on_conflict=a,b", &[]).action
    else {
        panic!("no insert");
    };
    assert_eq!(columns, Some(vec!["a".into(), "b c".into()]));
    assert_eq!(on_conflict, Some(vec!["a".into(), "b".into()]));
}

#[track_caller]
fn check_arguments(path: &str, arguments: &[(&str, &str)], canonical: &str) {
    let request = request("GET", path, &[]);
    let wanted: Vec<(Name, String)> = arguments
        .iter()
        .map(|(name, value)| (Name::from(*name), (*value).to_owned()))
        .collect();
    let Action::Call {
        arguments: Arguments::Text(found),
        get: true,
    } = &request.action
    else {
        panic!("{path} gave {:?}", request.action);
    };
    assert_eq!(*found, wanted, "{path}");
    assert_eq!(request.to_query_string(), canonical, "{path}");
}

#[test]
fn arguments_of_get() {
    check_arguments("rpc/f", &[], "");
    check_arguments("rpc/f?a=1&b=x", &[("a", "1"), ("b", "x")], "a=1&b=x");
    check_arguments(
        "rpc/f?v=1&v=2&v=3",
        &[("v", "1"), ("v", "2"), ("v", "3")],
        "v=1&v=2&v=3",
    );
    check_arguments("rpc/f?a=1&id=eq.5", &[("a", "1")], "a=1&id=eq.5");
    check_arguments(
        "rpc/f?a=1&order=id&limit=2&select=id",
        &[("a", "1")],
        "select=id&a=1&order=id&limit=2",
    );
    check_arguments("rpc/f?a=", &[("a", "")], "a=");
    check_arguments(
        "rpc/f?a=in.stock&b=not.here",
        &[("a", "in.stock"), ("b", "not.here")],
        "a=in.stock&b=not.here",
    );
    check_arguments("rpc/f?a={1,2}", &[("a", "{1,2}")], "a=%7B1,2%7D");
    check_arguments("rpc/f?\"order\"=5", &[("order", "5")], "%22order%22=5");
    check_error(
        "GET",
        "rpc/f?a->b=5",
        &[],
        "PGRST100",
        "\"failed to parse filter (5)\" (line 1, column 1)",
    );
    check_error(
        "POST",
        "rpc/f?a=5",
        &[],
        "PGRST100",
        "\"failed to parse filter (5)\" (line 1, column 1)",
    );
}

#[test]
fn a_query_string_may_be_as_long_as_the_limit() {
    let settings = ApiSettings {
        limits: Limits {
            query_bytes_max: 10,
            body_bytes_max: 4,
            ..Limits::default()
        },
        ..ApiSettings::default()
    };
    let check = |query: &str, body: &[u8], refusal: Option<(&str, &str)>| {
        let incoming = Incoming {
            method: "POST",
            path: "t",
            query,
            headers: &[],
            body,
            spool: None,
        };
        let result = Request::parse(&incoming, &settings);
        let found = result
            .as_ref()
            .err()
            .map(|error| (error.code().as_str(), error.message()));
        assert_eq!(found, refusal, "{query}");
    };
    check("select=abc", b"{}", None);
    check(
        "select=abcd",
        b"{}",
        Some((
            "url_too_long",
            "the query string has 11 bytes, the limit is 10",
        )),
    );
    check("", b"{  }", None);
    check(
        "",
        b"{   }",
        Some(("body_too_large", "the body has 5 bytes, the limit is 4")),
    );
}
