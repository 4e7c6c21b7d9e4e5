use std::path::Path;

use underpin_base::{Error, Limits, Result};

use super::table::{SETTINGS, is_of_source};
use super::{Settings, Sources, Synchronous, document};

/// A project's folder with these files, read with this environment and these flags.
fn load(files: &[(&str, &str)], environment: &[(&str, &str)], flags: &[&str]) -> Result<Settings> {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        std::fs::write(folder.path().join(name), text).unwrap();
    }
    Settings::load(&Sources {
        project: folder.path().to_owned(),
        environment: environment
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        flags: flags.iter().map(|flag| (*flag).to_owned()).collect(),
    })
}

fn toml(text: &str) -> Result<Settings> {
    load(&[("underpin.toml", text)], &[], &[])
}

#[track_caller]
fn check_error(result: Result<Settings>, expected: &str) {
    let error: Error = result.unwrap_err();
    assert_eq!(error.to_string(), expected);
}

#[test]
fn every_default_is_read_and_the_limits_agree_with_base() {
    let settings = load(&[], &[], &[]).unwrap();
    assert_eq!(settings.api.limits, Limits::default());
    assert_eq!(settings.database.synchronous, Synchronous::Full);
    assert_eq!(settings.server.listen, None);
    assert!(settings.database.readers >= 2);
    assert!(settings.warnings.is_empty());
}

#[test]
fn every_setting_can_be_given_in_every_way() {
    for entry in SETTINGS.iter().filter(|entry| !is_of_source(entry)) {
        let value = match entry.name {
            "server.listen" => "127.0.0.1:1",
            _ => entry.default,
        };
        let (section, name) = entry.name.split_once('.').unwrap();
        let variable = format!("UNDERPIN_{section}__{name}").to_ascii_uppercase();
        load(&[], &[(&variable, value)], &[]).unwrap();
        load(&[(".env", &format!("{variable}='{value}'\n"))], &[], &[]).unwrap();
        load(&[], &[], &[&format!("{}={value}", entry.name)]).unwrap();
        assert!(!entry.documentation.is_empty());
    }
}

#[test]
fn the_documentation_is_the_table() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/settings.md");
    if std::env::var_os("UPDATE_DOCUMENTATION").is_some() {
        std::fs::write(&path, document()).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        written == document(),
        "docs/settings.md is not what the table says; UPDATE_DOCUMENTATION=1 cargo test writes it"
    );
}

#[test]
fn flag_wins_over_environment_over_dotenv_over_file_over_default() {
    let file = ("underpin.toml", "[api]\nmax_rows = 2");
    let dotenv = (".env", "UNDERPIN_API__MAX_ROWS=3");
    let environment = ("UNDERPIN_API__MAX_ROWS", "4");
    let flag = "api.max_rows=5";
    let rows = |files: &[(&str, &str)], environment: &[(&str, &str)], flags: &[&str]| {
        load(files, environment, flags).unwrap().api.limits.rows_max
    };
    assert_eq!(rows(&[], &[], &[]), 1000);
    assert_eq!(rows(&[file], &[], &[]), 2);
    assert_eq!(rows(&[file, dotenv], &[], &[]), 3);
    assert_eq!(rows(&[file, dotenv], &[environment], &[]), 4);
    assert_eq!(rows(&[file, dotenv], &[environment], &[flag]), 5);
}

#[test]
fn a_text_may_come_from_the_environment() {
    let file = (
        "underpin.toml",
        "[keys]\nsecret = \"env:KEY\"\n[api]\nmax_rows = \"env:ROWS\"",
    );
    let both = [("KEY", "sb_secret_x"), ("ROWS", "7")];
    let settings = load(&[file], &both, &[]).unwrap();
    assert!(settings.keys.secret.unwrap().matches("sb_secret_x"));
    assert_eq!(settings.api.limits.rows_max, 7);
    let dotenv = (
        ".env",
        "# comment\nexport KEY=\"from file\" # more\nROWS=8\n",
    );
    let settings = load(&[file, dotenv], &[], &[]).unwrap();
    assert!(settings.keys.secret.unwrap().matches("from file"));
    check_error(
        load(&[file], &[("ROWS", "7")], &[]),
        "underpin.toml:2: wrong value: setting \"keys.secret\" expects a text, found a reference to \
         the environment variable KEY, which is not set",
    );
}

#[test]
fn an_unknown_name_is_refused_and_the_nearest_one_named() {
    check_error(
        toml("\n[api]\nmax_row = 1"),
        "underpin.toml:3: unknown key: there is no setting \"api.max_row\"\n  hint: Perhaps you meant \"api.max_rows\".",
    );
    check_error(
        toml("listen = 1"),
        "underpin.toml:1: unknown key: there is no setting \"listen\"\n  hint: Perhaps you meant \"server.listen\".",
    );
    check_error(
        toml("[apo]\nschemas = [\"a\"]"),
        "underpin.toml:2: unknown key: there is no setting \"apo.schemas\"\n  hint: Perhaps you meant \"api.schemas\".",
    );
    check_error(
        toml("[nothing.of.the.kind]\nx = 1"),
        "underpin.toml:2: unknown key: there is no setting \"nothing.of.the.kind.x\"\n  hint: docs/settings.md lists every setting.",
    );
    check_error(
        load(&[], &[("UNDERPIN_SERVER__DRAIN", "1")], &[]),
        "environment variable UNDERPIN_SERVER__DRAIN: there is no setting \"server.drain\"\n  hint: Perhaps you meant \"server.drain_s\".",
    );
    check_error(
        load(&[(".env", "\nUNDERPIN_API__SCHEMA=a")], &[], &[]),
        ".env:2: environment variable UNDERPIN_API__SCHEMA: there is no setting \"api.schema\"\n  hint: Perhaps you meant \"api.schemas\".",
    );
    check_error(
        load(&[], &[], &["api.maxrows=1"]),
        "flag --set: there is no setting \"api.maxrows\"\n  hint: Perhaps you meant \"api.max_rows\".",
    );
    check_error(
        load(&[], &[], &["api"]),
        "expected --set a.b=VALUE, found \"api\"",
    );
    // Variables without a section are other programs' or the command line's own.
    load(&[], &[("UNDERPIN_LOG", "1"), ("OTHER__THING", "1")], &[]).unwrap();
}

#[test]
fn a_wrong_value_is_refused_with_what_was_expected() {
    check_error(
        toml("[api]\nmax_rows = 0"),
        "underpin.toml:2: wrong value: setting \"api.max_rows\" expects a whole number from 1 to 1099511627776, found \"0\"",
    );
    check_error(
        toml("[api]\nmax_rows = \"many\""),
        "underpin.toml:2: wrong value: setting \"api.max_rows\" expects a whole number from 1 to 1099511627776, found the text \"many\"",
    );
    check_error(
        toml("[api]\ntx_end = \"never\""),
        "underpin.toml:2: wrong value: setting \"api.tx_end\" expects one of \"commit\", \"commit-allow-override\", \
         \"rollback-allow-override\", found \"never\"",
    );
    check_error(
        toml("[api]\nschemas = [1]"),
        "underpin.toml:2: wrong value: setting \"api.schemas\" expects a list of texts, found a list with an integer",
    );
    check_error(
        toml("[api.max_rows]\nx = 1"),
        "underpin.toml:1: wrong value: setting \"api.max_rows\" expects a whole number from 1 to 1099511627776, found a table",
    );
    check_error(
        toml("api = 3"),
        "underpin.toml:1: unknown key: there is no setting \"api\"\n  hint: docs/settings.md lists every setting.",
    );
    check_error(
        load(&[], &[], &["server.listen=8000"]),
        "setting \"server.listen\" expects ADDRESS:PORT, found \"8000\"\n  hint: For example 127.0.0.1:8000, or 0.0.0.0:8000 for every interface.",
    );
    // A password in a database's address is not repeated.
    check_error(
        load(&[], &[], &["database.url=mongodb://u:password@host/x"]),
        "setting \"database.url\" expects sqlite:FILE, postgres://… or mysql://…, found \"mongodb:…\"\n  hint: SQLite, PostgreSQL and MySQL or MariaDB are the engines of this version.",
    );
    let broken = toml("[api\nmax_rows = 1").unwrap_err();
    assert_eq!(broken.location().unwrap().line, 1);
    check_error(
        load(&[(".env", "A=1\nnot a variable")], &[], &[]),
        ".env:2: expected NAME=value, found something else",
    );
}

#[test]
fn a_supabase_project_is_read_and_the_rest_reported() {
    let config = "project_id = \"shop\"\n[api]\nport = 54399\nschemas = [\"public\", \"shop\"]\nmax_rows = 50\n\
                  extra_search_path = [\"public\", \"extensions\"]\n[auth]\njwt_secret = \"env(SECRET)\"\n\
                  [auth.external.github]\nsecret = \"env(NOT_SET)\"\n";
    let settings = load(&[("config.toml", config)], &[("SECRET", "s3cret")], &[]).unwrap();
    assert_eq!(settings.api.schemas.len(), 2);
    assert_eq!(settings.api.limits.rows_max, 50);
    assert_eq!(settings.api.extra_search_path.len(), 2);
    assert_eq!(
        settings.server.listen.unwrap().to_string(),
        "127.0.0.1:54399"
    );
    assert!(settings.keys.jwt_secret.unwrap().matches("s3cret"));
    assert_eq!(
        settings.warnings,
        [
            "config.toml:10: \"auth.external.github.secret\" has no meaning here and is passed over",
            "config.toml:1: \"project_id\" has no meaning here and is passed over",
        ]
    );
    // Ours wins, and theirs is then not read at all.
    let ours = load(
        &[("config.toml", "broken ="), ("underpin.toml", "")],
        &[],
        &[],
    )
    .unwrap();
    assert!(ours.warnings.is_empty());
}

#[test]
fn secrets_are_not_repeated() {
    let error = toml("[keys]\nsecret = 12345").unwrap_err().to_string();
    assert_eq!(
        error,
        "underpin.toml:2: wrong value: setting \"keys.secret\" expects a text, found an integer"
    );
    let settings = toml("[keys]\nsecret = \"sb_secret_visible\"").unwrap();
    assert!(!format!("{settings:?}").contains("visible"));
}

proptest::proptest! {
    #[test]
    fn no_text_makes_a_panic(text in ".{0,200}") {
        drop(super::dotenv::parse(&text));
        drop(super::underpin_toml::leaves("any", &text));
        for entry in SETTINGS {
            drop(entry.kind.read_text(&text));
        }
    }

    #[test]
    fn a_variable_is_read_back(name in "[A-Z_][A-Z0-9_]{0,20}", value in "[^\"\\\\\n\r]{0,40}") {
        let parsed = super::dotenv::parse(&format!("{name}=\"{value}\"")).unwrap();
        assert_eq!((&parsed[0].name, &parsed[0].value), (&name, &value));
    }
}

#[test]
fn a_source_is_a_schema_that_requests_may_name() {
    let text =
        "[api]\nschemas = [\"public\", \"visits\"]\n[sources.visits]\nurl = \"sqlite:visits.db\"\n";
    let settings = toml(text).unwrap();
    assert_eq!(settings.api.schemas, ["public".into()]);
    assert_eq!(settings.api.elsewhere, ["visits".into()]);
    let [source] = settings.sources.as_slice() else {
        panic!("{:?}", settings.sources);
    };
    assert_eq!(
        (&*source.name, &*source.schema, source.existing),
        ("visits", "public", false)
    );
    assert_eq!(
        source.place.file(),
        Some(&*settings.project.join("visits.db"))
    );
    let given = load(
        &[("underpin.toml", text)],
        &[("UNDERPIN_SOURCES__VISITS__SCHEMA", "main")],
        &[
            "sources.visits.existing=true",
            "sources.visits.url=postgres://x/y",
        ],
    )
    .unwrap();
    let source = given.sources.first().unwrap();
    assert_eq!((&*source.schema, source.existing), ("main", true));
}

#[test]
fn a_source_that_cannot_be_reached_is_refused() {
    check_error(
        toml("[sources.visits]\nurl = \"sqlite:visits.db\""),
        "setting \"api.schemas\" expects the source \"visits\" among its names, found none\n  hint: Requests reach a source by a schema of its name.",
    );
    check_error(
        toml("[api]\nschemas = [\"visits\"]\n[sources.visits]\nurl = \"sqlite:visits.db\""),
        "setting \"api.schemas\" expects a schema of the project's own database first, found a source",
    );
    check_error(
        toml("[sources.Visits]\nurl = \"sqlite:visits.db\""),
        "a source expects a name of lower-case letters, digits and _, found \"Visits\"",
    );
    check_error(
        toml("[api]\nschemas = [\"public\", \"visits\"]\n[sources.visits]\nschema = \"main\""),
        "setting \"sources.visits.url\" expects sqlite:FILE, postgres://… or mysql://…, found \"\"\n  hint: SQLite, PostgreSQL and MySQL or MariaDB are the engines of this version.",
    );
    check_error(
        toml(
            "[api]\nschemas = [\"public\", \"visits\"]\n[sources.visits]\nurl = \"sqlite:data/app.db\"",
        ),
        "setting \"sources.visits.url\" expects a file that no other database of the project is in, found one that is taken",
    );
    check_error(
        toml(
            "[api]\nschemas = [\"public\", \"visits\"]\n[sources.visits]\nurl = \"sqlite:visits.db\"\nexisting = true",
        ),
        "setting \"sources.visits.existing\" expects false for a database of the project, found true\n  hint: A database that exists is served from its server: postgres://… or mysql://….",
    );
    check_error(
        toml("[sources.visits]\nuri = \"x\""),
        "underpin.toml:2: unknown key: there is no setting \"sources.visits.uri\"\n  hint: Perhaps you meant \"sources.NAME.url\".",
    );
}
