//! `tests/conformance`: requests and the answers that PostgREST over PostgreSQL gives to them, as data. Its README says how to read them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use serde_json::Value as Json;
use underpin_testkit::{Client, Mariadb, Postgres, Project, Response, TestServer};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    settings: Vec<String>,
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    ask: String,
    #[serde(default)]
    role: Option<String>,
    #[serde(default)]
    with: BTreeMap<String, String>,
    #[serde(default)]
    send: Option<String>,
    status: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    body: Option<String>,
}

#[test]
fn every_case_is_answered_as_expected() {
    check_every_case(|| None);
}

#[test]
fn every_case_is_answered_as_expected_on_postgresql() {
    if let Some(postgres) = Postgres::shared() {
        check_every_case(|| Some(postgres.database()));
    }
}

#[test]
fn every_case_is_answered_as_expected_on_mysql() {
    if let Some(mariadb) = Mariadb::shared() {
        check_every_case(|| Some(mariadb.database()));
    }
}

/// What cannot hold where rules are compiled over a database that somebody else made. Its views and the functions in them are its own to
/// run, past the rules and under the role that connects; what a trigger makes of a row is known only once constraints have spoken; and
/// which values of a failing row somebody may see is not told apart, nor known of what lies behind a view, so that none is shown.
const EXISTING: [(&str, &str); 14] = [
    (
        "insert.toml",
        "a failing row shows the columns that may be read",
    ),
    ("invoked.toml", "a function that the caller may not execute"),
    (
        "invoked.toml",
        "a function in a view of its owner's rights runs as the caller",
    ),
    ("invoked.toml", "a function knows who asks"),
    (
        "invoked.toml",
        "policies hold for a function of the caller's rights alone",
    ),
    ("invoked.toml", "a check whose function handles an error"),
    ("views.toml", "insert of another's row through a view"),
    ("views.toml", "update through a view touches own rows alone"),
    (
        "views.toml",
        "a view of the caller's rights reads every column that it shows, for a read",
    ),
    (
        "views.toml",
        "a constraint of the table holds through a view",
    ),
    ("views.toml", "a constraint comes before the check"),
    ("views.toml", "and for an update"),
    ("views.toml", "and for an insert that reads"),
    (
        "views.toml",
        "an insert through it still asks for the right to the column",
    ),
];

#[test]
fn every_case_is_answered_as_expected_by_an_existing_database() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    check_cases(
        |settings| {
            let url = format!("database.url={}", postgres.database());
            drop(TestServer::start(&project(&[]).set(&url)));
            existing(settings).set(&url).set("database.existing=true")
        },
        &EXISTING,
    );
}

/// The project over a database that it did not make: what its migrations say of rules stands in `policies`.
fn existing(settings: &[String]) -> Project {
    let whole = project(settings);
    let mut policies = String::from(
        "grant all on all tables in schema public, other, extra to anon, authenticated, service_role;
         grant execute on all functions in schema public, other, extra to anon, authenticated, service_role;\n",
    );
    for (_, text) in whole.migrations() {
        for parsed in underpin_sql::grammar::parse(text).unwrap() {
            let text = parsed.text.to_lowercase();
            let is_rule = ["create policy", "grant ", "revoke "]
                .iter()
                .any(|it| text.starts_with(it))
                || text.starts_with("alter table") && text.ends_with("row level security");
            if is_rule {
                policies.push_str(&parsed.text);
                policies.push_str(";\n");
            }
        }
    }
    let settings_file = fs::read_to_string(folder().join("project/underpin.toml")).unwrap();
    let project = Project::new()
        .file("underpin.toml", &settings_file)
        .file("policies/rules.sql", &policies);
    settings
        .iter()
        .fold(project, |project, setting| project.set(setting))
}

fn check_every_case(database: impl Fn() -> Option<String>) {
    check_cases(
        |settings| match database() {
            Some(url) => project(settings).set(&format!("database.url={url}")),
            None => project(settings),
        },
        &[],
    );
}

/// Checks every case but for those of `exceptions`: the file and the name, which must be different.
fn check_cases(project: impl Fn(&[String]) -> Project, exceptions: &[(&str, &str)]) {
    let mut servers: BTreeMap<Vec<String>, TestServer> = BTreeMap::new();
    let mut differences = Vec::new();
    let mut count = 0;
    let mut excepted = 0;
    for path in sorted(&folder()) {
        if path.extension().is_none_or(|extension| extension != "toml") {
            continue;
        }
        let file = path.file_name().unwrap().to_string_lossy().into_owned();
        let text = fs::read_to_string(&path).unwrap();
        let cases: File = toml::from_str(&text).unwrap_or_else(|error| panic!("{file}: {error}"));
        let server = servers
            .entry(cases.settings.clone())
            .or_insert_with(|| TestServer::start(&project(&cases.settings)));
        let mut names = BTreeSet::new();
        for case in &cases.case {
            count += 1;
            assert!(
                names.insert(&case.name),
                "{file}: two cases are named {}",
                case.name
            );
            let answer = ask(server, case);
            let found = differ(case, &answer);
            if exceptions.contains(&(file.as_str(), case.name.as_str())) {
                excepted += 1;
                if found.is_empty() {
                    differences.push(format!("{file}: {} is no exception", case.name));
                }
                continue;
            }
            for difference in found {
                differences.push(format!(
                    "{file}: {}\n  {}\n  {difference}",
                    case.name, case.ask
                ));
            }
        }
    }
    assert_eq!(excepted, exceptions.len(), "an exception is no case");
    assert!(
        differences.is_empty(),
        "{count} cases, {} differences\n\n{}",
        differences.len(),
        differences.join("\n\n")
    );
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/conformance")
}

fn sorted(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    paths
}

fn project(settings: &[String]) -> Project {
    let folder = folder().join("project");
    let read = |path: &Path| fs::read_to_string(path).unwrap();
    let mut project = Project::new()
        .file("underpin.toml", &read(&folder.join("underpin.toml")))
        .seed(&read(&folder.join("seed.sql")));
    for path in sorted(&folder.join("migrations")) {
        let name = path.file_name().unwrap().to_string_lossy();
        project = project.file(&format!("migrations/{name}"), &read(&path));
    }
    settings
        .iter()
        .fold(project, |project, setting| project.set(setting))
}

fn ask(server: &TestServer, case: &Case) -> Response {
    let mut client = client(server, case.role.as_deref().unwrap_or("anon"));
    for (name, value) in &case.with {
        client = client.header(name, value);
    }
    let (method, path) = case.ask.split_once(' ').unwrap();
    if case.send.is_some() && !case.with.contains_key("content-type") {
        client = client.header("content-type", "application/json");
    }
    let body = case.send.as_deref().unwrap_or_default();
    client.send(
        method,
        &format!("/rest/v1/{}", escaped(path)),
        body.as_bytes(),
    )
}

fn client(server: &TestServer, role: &str) -> Client {
    match role {
        "anon" => server.visitor(),
        "service" => server.service(),
        user => server.user(user),
    }
}

/// A path as it travels: what a URL cannot hold is escaped, what is escaped already stays.
fn escaped(path: &str) -> String {
    let mut escaped = String::new();
    for byte in path.bytes() {
        match byte {
            b'!'..=b'~'
                if !matches!(
                    byte,
                    b'"' | b'<' | b'>' | b'\\' | b'^' | b'`' | b'{' | b'|' | b'}'
                ) =>
            {
                escaped.push(char::from(byte));
            }
            _ => escaped.push_str(&format!("%{byte:02X}")),
        }
    }
    escaped
}

fn differ(case: &Case, answer: &Response) -> Vec<String> {
    let mut differences = Vec::new();
    if answer.status != case.status {
        differences.push(format!(
            "status {} instead of {}: {}",
            answer.status,
            case.status,
            answer.text()
        ));
        return differences;
    }
    for (name, expected) in &case.headers {
        let found = answer.header(name).unwrap_or_default();
        if found != expected {
            differences.push(format!("{name}: {found:?} instead of {expected:?}"));
        }
    }
    if let Some(expected) = &case.body {
        let found = answer.text();
        if !same_body(expected, &found) {
            differences.push(format!("body {found}\n  instead of {}", compact(expected)));
        }
    }
    differences
}

fn same_body(expected: &str, found: &str) -> bool {
    match serde_json::from_str::<Json>(expected) {
        Ok(Json::Object(error)) if error.contains_key("code") && error.contains_key("message") => {
            serde_json::from_str(found).is_ok_and(|found: Json| found == Json::Object(error))
        }
        Ok(_) => compact(expected) == compact(found),
        Err(_) => expected == found,
    }
}

/// JSON without the white space between its tokens; what is no JSON stays as it is.
fn compact(text: &str) -> String {
    if serde_json::from_str::<&serde_json::value::RawValue>(text).is_err() {
        return text.to_owned();
    }
    let mut compact = String::new();
    let mut quoted = false;
    let mut escaped = false;
    for c in text.chars() {
        if quoted || !c.is_ascii_whitespace() {
            compact.push(c);
        }
        match c {
            '"' if !escaped => quoted = !quoted,
            _ => {}
        }
        escaped = quoted && c == '\\' && !escaped;
    }
    compact
}
