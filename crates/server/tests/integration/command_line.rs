//! The program as a person or a script calls it.

use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value as Json;
use underpin_testkit::Project;

const PROGRAM: &str = env!("CARGO_BIN_EXE_underpin");

/// What a call of the program gave.
struct Called {
    status: i32,
    out: String,
    err: String,
}

/// Calls the program with an environment of its own.
fn call(arguments: &[&str], environment: &[(&str, &str)]) -> Called {
    let output = Command::new(PROGRAM)
        .args(arguments)
        .env_clear()
        .env("PATH", std::env::var_os("PATH").unwrap())
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    Called {
        status: output.status.code().unwrap(),
        out: String::from_utf8(output.stdout).unwrap(),
        err: String::from_utf8(output.stderr).unwrap(),
    }
}

fn run(arguments: &[&str]) -> Called {
    call(arguments, &[])
}

#[track_caller]
fn check(called: &Called, status: i32, err: &str) {
    assert_eq!(
        (called.status, called.err.as_str()),
        (status, err),
        "{}",
        called.out
    );
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

const TABLE: &str =
    "create table t (id bigint generated always as identity primary key, name text not null);";

#[test]
fn usage_is_2_and_help_is_0() {
    assert_eq!(run(&[]).status, 2);
    assert_eq!(run(&["serve", "--no-such-flag"]).status, 2);
    assert_eq!(run(&["no-such-command"]).status, 2);
    let help = run(&["--help"]);
    assert_eq!(help.status, 0);
    for command in [
        "init", "dev", "serve", "migrate", "reset", "keys", "backup", "restore", "copy", "sql",
        "types", "doctor", "version",
    ] {
        assert!(help.out.contains(&format!("\n  {command} ")), "{command}");
        assert_eq!(run(&[command, "--help"]).status, 0);
    }
}

#[test]
fn version_is_that_of_the_package() {
    let version = env!("CARGO_PKG_VERSION");
    assert_eq!(run(&["version"]).out, format!("underpin {version}\n"));
    let json: Json = serde_json::from_str(&run(&["version", "--json"]).out).unwrap();
    assert_eq!(json["version"], version);
}

#[test]
fn init_makes_a_project_once_and_what_it_makes_works() {
    let folder = tempfile::tempdir().unwrap();
    let project = folder.path().join("shop");
    let shown = text(&project);
    let made = run(&["init", shown]);
    check(&made, 0, "");
    assert_eq!(
        made.out,
        format!("Made a project in {shown}. Next: underpin dev {shown}\n")
    );
    let again = run(&["init", shown]);
    check(
        &again,
        2,
        &format!(
            "error: expected a folder without a project, found underpin.toml in {shown}\n  hint: `underpin dev {shown}` serves the project that is there.\n"
        ),
    );
    check(&run(&["migrate", "up", shown]), 0, "");
    let doctor = run(&["doctor", shown, "--json"]);
    assert_eq!(doctor.status, 0, "{}{}", doctor.out, doctor.err);
    let keys: Json = serde_json::from_str(&run(&["keys", "show", shown, "--json"]).out).unwrap();
    let environment = std::fs::read_to_string(project.join(".env")).unwrap();
    assert!(environment.contains(keys["secret"].as_str().unwrap()));
}

#[test]
fn a_folder_without_a_project_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let shown = text(folder.path());
    for command in [
        &["serve"][..],
        &["dev"],
        &["doctor"],
        &["keys", "show"],
        &["migrate", "status"],
        &["backup"],
    ] {
        let arguments: Vec<&str> = command.iter().copied().chain([shown]).collect();
        check(
            &run(&arguments),
            2,
            &format!(
                "error: expected a project, found neither underpin.toml, config.toml nor migrations/ in {shown}\n  hint: `underpin init {shown}` makes a project there.\n"
            ),
        );
    }
}

#[test]
fn keys_are_shown_kept_and_rotated() {
    let folder = Project::new().write();
    let shown = text(folder.path());
    let show =
        || -> Json { serde_json::from_str(&run(&["keys", "show", shown, "--json"]).out).unwrap() };
    let first = show();
    assert_eq!(first["url"], "http://127.0.0.1:8000");
    assert!(
        first["publishable"]
            .as_str()
            .unwrap()
            .starts_with("sb_publishable_")
    );
    assert!(first["secret"].as_str().unwrap().starts_with("sb_secret_"));
    for token in ["anon", "service_role"] {
        assert_eq!(first[token].as_str().unwrap().split('.').count(), 3);
    }
    assert_eq!(first["jwks"]["keys"][0]["alg"], "ES256");
    assert_eq!(show(), first);
    assert_eq!(run(&["keys", "rotate", shown, "--key", "secret"]).status, 0);
    let second = show();
    assert_ne!(second["secret"], first["secret"]);
    assert_eq!(second["anon"], first["anon"]);
    assert_eq!(run(&["keys", "rotate", shown]).status, 0);
    let third = show();
    for key in ["publishable", "secret", "anon", "service_role", "jwks"] {
        assert_ne!(third[key], second[key], "{key}");
    }
    // Keys from settings are shown in their place, and are not rotated.
    let mine = [("UNDERPIN_KEYS__SECRET", "sb_secret_mine")];
    let shown_mine = call(&["keys", "show", shown, "--json"], &mine);
    assert!(shown_mine.out.contains("sb_secret_mine"));
    assert_eq!(call(&["keys", "rotate", shown], &mine).status, 2);
    let table = run(&["keys", "show", shown]).out;
    assert!(
        table.starts_with("key           value\nurl           http://127.0.0.1:8000\n"),
        "{table}"
    );
}

#[test]
fn migrations_are_listed_tried_and_applied() {
    let folder = Project::new().migration(TABLE).write();
    let shown = text(folder.path());
    let status = || {
        let json: Json =
            serde_json::from_str(&run(&["migrate", "status", shown, "--json"]).out).unwrap();
        let states = json.as_array().unwrap().iter();
        states
            .map(|row| row["state"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(status(), ["pending"]);
    let tried = run(&["migrate", "up", shown, "--dry-run"]);
    assert_eq!(tried.status, 0, "{}", tried.err);
    assert!(
        tried
            .out
            .contains("would apply migrations/00000000000001_test.sql\n")
    );
    assert!(
        tried.out.to_lowercase().contains("create table"),
        "{}",
        tried.out
    );
    assert_eq!(status(), ["pending"]);
    let applied = run(&["migrate", "up", shown]);
    assert_eq!(applied.out, "applied migrations/00000000000001_test.sql\n");
    assert_eq!(status(), ["applied"]);
    assert_eq!(
        run(&["migrate", "up", shown]).out,
        "Every migration is applied.\n"
    );
    let new = run(&["migrate", "new", "more", shown]);
    assert!(new.out.trim_end().ends_with("_more.sql"), "{}", new.out);
    assert_eq!(status(), ["applied", "pending"]);
    assert_eq!(run(&["migrate", "new", "no/slash", shown]).status, 2);
    // An applied file that was edited is refused, with its name and what to do.
    std::fs::write(
        folder.path().join("migrations/00000000000001_test.sql"),
        "select 1;",
    )
    .unwrap();
    assert_eq!(status(), ["edited", "pending"]);
    let refused = run(&["migrate", "up", shown]);
    assert_eq!(refused.status, 1);
    assert!(
        refused.err.contains("migrations/00000000000001_test.sql"),
        "{}",
        refused.err
    );
}

#[test]
fn a_migration_that_cannot_be_translated_is_refused_with_its_line() {
    let folder = Project::new()
        .migration(TABLE)
        .migration("create table u (id int primary key);\n\ncreate table v (x no_such_type);")
        .write();
    let refused = run(&["migrate", "up", text(folder.path())]);
    assert_eq!(refused.status, 1);
    assert!(
        refused
            .err
            .starts_with("error: migrations/00000000000002_test.sql:3: "),
        "{}",
        refused.err
    );
}

#[test]
fn sql_runs_on_the_database() {
    let folder = Project::new().migration(TABLE).write();
    let shown = text(folder.path());
    run(&["migrate", "up", shown]);
    let sql = |command: &str| run(&["sql", shown, "--json", "-c", command]);
    assert_eq!(sql("insert into t (name) values ('a'), ('b')").status, 0);
    let read: Json = serde_json::from_str(&sql("select name from t order by name").out).unwrap();
    assert_eq!(read, serde_json::json!([{"name": "a"}, {"name": "b"}]));
    let plain = run(&["sql", shown, "-c", "select id, name from t"]);
    assert_eq!(plain.out, "id  name\n1   a\n2   b\n");
    let wrong = sql("select nothing from t");
    assert_eq!(wrong.status, 1);
    assert!(wrong.err.starts_with("error: "), "{}", wrong.err);
}

#[test]
fn a_backup_brings_rows_back() {
    let folder = Project::new().migration(TABLE).write();
    let shown = text(folder.path());
    let count = || run(&["sql", shown, "-c", "select count(*) as n from t"]).out;
    run(&["migrate", "up", shown]);
    run(&["sql", shown, "-c", "insert into t (name) values ('a')"]);
    let made = run(&["backup", shown]);
    assert_eq!(made.status, 0, "{}", made.err);
    let file = made.out.trim_end();
    run(&["sql", shown, "-c", "delete from t"]);
    assert_eq!(count(), "n\n0\n");
    let unasked = run(&["restore", file, shown]);
    assert_eq!(unasked.status, 2, "{}", unasked.err);
    assert_eq!(count(), "n\n0\n");
    let restored = run(&["restore", file, shown, "--yes"]);
    assert_eq!(restored.status, 0, "{}", restored.err);
    assert_eq!(count(), "n\n1\n");
    assert_eq!(run(&["restore", "no-such-file", shown, "--yes"]).status, 1);
    // What is there is not overwritten.
    assert_eq!(run(&["backup", shown, "--output", file]).status, 1);
}

#[test]
fn reset_starts_over_with_the_seed() {
    let folder = Project::new()
        .migration(TABLE)
        .seed("insert into t (name) values ('seed');")
        .write();
    let shown = text(folder.path());
    run(&["migrate", "up", shown]);
    run(&[
        "sql",
        shown,
        "-c",
        "insert into t (name) values ('a'), ('b')",
    ]);
    assert_eq!(run(&["reset", shown]).status, 2);
    let reset = run(&["reset", shown, "--yes"]);
    assert_eq!(reset.status, 0, "{}", reset.err);
    assert_eq!(
        run(&["sql", shown, "-c", "select name from t"]).out,
        "name\nseed\n"
    );
}

#[test]
fn doctor_finds_what_is_wrong() {
    let folder = Project::new().migration(TABLE).write();
    let shown = text(folder.path());
    run(&["migrate", "up", shown]);
    let verdict = |check: &str, flags: &[&str]| {
        let arguments = [&["doctor", shown, "--json"], flags].concat();
        let called = run(&arguments);
        let json: Json = serde_json::from_str(&called.out).unwrap();
        let rows = json.as_array().unwrap();
        let row = rows.iter().find(|row| row["check"] == check).unwrap();
        (
            called.status,
            row["verdict"].as_str().unwrap().to_owned(),
            row["detail"].as_str().unwrap().to_owned(),
        )
    };
    let (status, word, detail) = verdict("policies", &[]);
    assert_eq!((status, word.as_str()), (0, "doubtful"));
    assert_eq!(
        detail,
        "public.t answers the secret key alone: it has no row level security"
    );
    assert_eq!(verdict("integrity", &[]).1, "good");
    let (status, word, _) = verdict("safe to serve", &["--set", "database.synchronous=off"]);
    assert_eq!((status, word.as_str()), (1, "bad"));
    let keys = folder.path().join("data/keys.json");
    std::fs::set_permissions(&keys, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let (status, word, _) = verdict("file permissions", &[]);
    assert_eq!((status, word.as_str()), (1, "bad"));
}

#[test]
fn types_are_made_from_the_migrations_without_a_database() {
    let folder = Project::new()
        .migration(TABLE)
        .migration("create schema app; create table app.u (id int primary key);")
        .write();
    let shown = text(folder.path());
    let printed = run(&["types", shown]);
    check(&printed, 0, "");
    assert!(printed.out.starts_with("export type Json =\n"));
    assert!(
        printed
            .out
            .contains("\n      t: {\n        Row: {\n          id: number\n")
    );
    assert!(!printed.out.contains("\n  app: {"));
    assert!(!folder.path().join("data").exists());

    let file = folder.path().join("database.types.ts");
    let flags = ["--schema", "public,app", "--lang", "typescript", "--output"];
    let arguments = [&["types", shown][..], &flags, &[text(&file)]].concat();
    let written = run(&arguments);
    check(&written, 0, "");
    assert_eq!(written.out, "");
    assert!(
        std::fs::read_to_string(&file)
            .unwrap()
            .contains("\n  app: {")
    );

    check(
        &run(&["types", shown, "--schema", "other"]),
        2,
        "error: expected a schema of the project, found \"other\"\n  hint: There are: app, auth, extensions, public.\n",
    );
    assert_eq!(run(&["types", shown, "--lang", "cobol"]).status, 2);
    std::fs::write(
        folder.path().join("migrations/00000000000003_bad.sql"),
        "create tabel t;",
    )
    .unwrap();
    let failed = run(&["types", shown]);
    assert_eq!(failed.status, 1);
    assert!(
        failed.err.contains("00000000000003_bad.sql"),
        "{}",
        failed.err
    );
}
