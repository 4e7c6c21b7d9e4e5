use underpin_base::QualifiedName;
use underpin_schema::catalog::Catalog;
use underpin_schema::migration::{File, fold};

use super::resolve;
use crate::ApiSettings;
use crate::request::{Action, Incoming, Parsed, Request};

const FUNCTIONS: &str = "
create function none() returns int language sql as 'select 1';
create function one(a int) returns int language sql as 'select a';
create function maybe(a int, b int default 2, c int default 3) returns int language sql as 'select a';
create function many(variadic a int[]) returns int language sql as 'select 1';
create function over(a int) returns int language sql as 'select 1';
create function over(a int, b int) returns int language sql as 'select 2';
create function same(a int) returns int language sql as 'select 1';
create function same(a text) returns int language sql as 'select 2';
create function body(json) returns int language sql as 'select 1';
create function bodies(json) returns int language sql as 'select 1';
create function bodies(jsonb) returns int language sql as 'select 1';
create function either(jsonb) returns int language sql as 'select 1';
create function either(a int) returns int language sql as 'select 1';
create function words(text) returns int language sql as 'select 1';
create function fired() returns trigger language plpgsql as 'begin return new; end';
";

fn catalog() -> Catalog {
    let file = File::new("1_functions.sql", FUNCTIONS).unwrap();
    fold(&Catalog::platform().unwrap(), &file).unwrap().catalog
}

/// Returns the parameters' types of the overload that a request means, `+` when it takes the body whole, or the error's code and hint.
fn resolved(method: &str, target: &str, content_type: &str, body: &str) -> String {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let incoming = Incoming {
        spool: None,
        method,
        path: &format!("rpc/{path}"),
        query,
        headers: &[("content-type", content_type)],
        body: body.as_bytes(),
    };
    let Parsed::Data(request) = Request::parse(&incoming, &ApiSettings::default()).unwrap() else {
        panic!("no call");
    };
    let Action::Call { arguments, get } = &request.action else {
        panic!("no call");
    };
    match resolve(&catalog(), &QualifiedName::public(path), arguments, *get) {
        Ok(found) => {
            let types = found.routine.id.parameters.iter().map(ToString::to_string);
            let types: Vec<String> = types.collect();
            format!(
                "{}{}",
                types.join(","),
                if found.takes_body { "+" } else { "" }
            )
        }
        Err(error) => format!("{} {}", error.code(), error.get_hint().unwrap_or("-")),
    }
}

#[rustfmt::skip]
#[test]
fn names_of_arguments_choose_the_function() {
    let check = |method: &str, target: &str, body: &str, expected: &str| {
        assert_eq!(resolved(method, target, "application/json", body), expected, "{method} {target} {body}");
    };
    check("POST", "none", "{}", "");
    check("POST", "none", "", "");
    check("GET", "none", "", "");
    check("POST", "none", r#"{"a":1}"#, "PGRST202 -");
    check("GET", "one?a=1", "", "integer");
    check("GET", "one?a=eq.1", "", "PGRST202 -");
    check("POST", "one", r#"{"a":1}"#, "integer");
    check("POST", "one", r#"{"A":1}"#, "PGRST202 Perhaps you meant to call the function public.one(a)");
    check("POST", "one", r#"[{"a":1},{"a":2}]"#, "integer");
    check("POST", "maybe", r#"{"a":1}"#, "integer,integer,integer");
    check("POST", "maybe", r#"{"c":1,"a":1}"#, "integer,integer,integer");
    check("POST", "maybe", r#"{"b":1}"#, "PGRST202 -");
    check("POST", "maybe", r#"{"a":1,"b":1,"d":1}"#, "PGRST202 Perhaps you meant to call the function public.maybe(a, b, c)");
    check("GET", "many?a=1&a=2", "", "integer[]");
    check("POST", "over", r#"{"a":1}"#, "integer");
    check("POST", "over", r#"{"b":1,"a":1}"#, "integer,integer");
    check("POST", "same", r#"{"a":1}"#, "PGRST203 Try renaming the parameters or the function itself in the database so function overloading can be resolved");
    check("GET", "fired", "", "PGRST202 -");
    check("GET", "nun", "", "PGRST202 -");
    check("GET", "nones", "", "PGRST202 Perhaps you meant to call the function public.none");
}

#[rustfmt::skip]
#[test]
fn a_body_may_be_the_only_argument() {
    let check = |target: &str, content_type: &str, body: &str, expected: &str| {
        assert_eq!(resolved("POST", target, content_type, body), expected, "{target} {content_type} {body}");
    };
    check("body", "application/json", r#"{"x":1}"#, "json+");
    check("body", "application/json", r#"[{"x":1}]"#, "json+");
    check("body", "text/plain", "x", "PGRST202 -");
    check("bodies", "application/json", "{}", "PGRST203 Try renaming the parameters or the function itself in the database so function overloading can be resolved");
    check("either", "application/json", r#"{"a":1}"#, "integer");
    check("either", "application/json", r#"{"b":1}"#, "jsonb+");
    check("words", "text/plain", "x", "text+");
    check("words", "application/json", "{}", "PGRST202 Perhaps you meant to call the function public.words()");
    check("none", "text/plain", "", "PGRST202 -");
    check("one", "application/x-www-form-urlencoded", "a=1", "integer");
}
