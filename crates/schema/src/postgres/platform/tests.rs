use super::{State, prepare};

/// A database of which the connected role owns nothing and may do nothing.
const NOTHING: &str = r#"{
  "role": "Web App", "database": "web", "version": 150000, "superuser": false, "create_role": false, "bypasses": false,
  "may_create": false, "roles": [], "schemas": [{"name": "public", "owner": false, "may_create": false, "everybody": false, "users": []}],
  "accounts": false, "functions": [], "history": false, "readable": false, "watched": false
}"#;

fn state(changes: &[(&str, &str)]) -> State {
    let mut text = NOTHING.to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    State::read(&text).unwrap()
}

#[track_caller]
fn check(changes: &[(&str, &str)], applied: &[&str], expected: Result<&[&str], &str>) {
    let applied: Vec<String> = applied.iter().map(|&version| version.to_owned()).collect();
    let found = prepare(&state(changes), &applied);
    match (found, expected) {
        (Ok(found), Ok(expected)) => {
            let heads: Vec<String> = found
                .statements
                .iter()
                .map(|statement| {
                    let first = statement.trim().lines().next().unwrap_or_default();
                    first.chars().take(70).collect()
                })
                .collect();
            assert_eq!(heads, expected);
        }
        (Err(error), Err(expected)) => assert_eq!(error.get_hint().unwrap(), expected),
        (found, _) => panic!("{found:?}"),
    }
}

const READY: [(&str, &str); 4] = [
    (r#""readable": false"#, r#""readable": true"#),
    (
        r#""roles": []"#,
        r#""roles": [
          {"name": "anon", "bypasses": false, "member": true, "may_grant": false},
          {"name": "authenticated", "bypasses": false, "member": true, "may_grant": false},
          {"name": "service_role", "bypasses": true, "member": true, "may_grant": false}
        ]"#,
    ),
    (
        r#""schemas": [{"#,
        r#""schemas": [{"name": "underpin", "owner": true, "may_create": true, "everybody": false, "users": []}, {"#,
    ),
    (r#""history": false"#, r#""history": true"#),
];

#[test]
fn whoever_may_do_nothing_is_told_what_a_superuser_must_run() {
    check(
        &[],
        &[],
        Err(
            "Run this as a superuser, and try again: create role anon nologin; create role authenticated nologin; \
             create role service_role nologin bypassrls; grant anon, authenticated, service_role to \"Web App\"; \
             grant create on database web to \"Web App\"; \
             grant usage on schema public to anon, authenticated, service_role; \
             grant create on schema public to \"Web App\";",
        ),
    );
}

#[test]
fn the_history_of_another_role_is_asked_for() {
    let mut changes = READY.to_vec();
    changes.push((r#""readable": true"#, r#""readable": false"#));
    check(
        &changes,
        &[],
        Err(
            "Run this as a superuser, and try again: grant usage on schema underpin to \"Web App\"; \
             grant select, insert on underpin.migrations to \"Web App\";",
        ),
    );
}

#[test]
fn what_everybody_has_needs_no_grant() {
    check(
        &[(r#""everybody": false"#, r#""everybody": true"#)],
        &[],
        Err(
            "Run this as a superuser, and try again: create role anon nologin; create role authenticated nologin; \
             create role service_role nologin bypassrls; grant anon, authenticated, service_role to \"Web App\"; \
             grant create on database web to \"Web App\"; grant create on schema public to \"Web App\";",
        ),
    );
}

#[test]
fn what_is_there_is_left_alone() {
    check(&READY, &["0"], Ok(&[]));
}

#[test]
fn a_superuser_prepares_everything() {
    check(
        &[
            (r#""superuser": false"#, r#""superuser": true"#),
            (r#""may_create": false"#, r#""may_create": true"#),
        ],
        &[],
        Ok(&[
            "create role anon nologin",
            "create role authenticated nologin",
            "create role service_role nologin bypassrls",
            "create role authenticator noinherit",
            "grant anon, authenticated, service_role to authenticator",
            "create schema underpin",
            "create table underpin.migrations (",
            "create schema extensions",
            "create schema auth",
            "-- The platform's own schema: the accounts, in the columns that the au",
            "create function auth.uid() returns uuid language sql stable as $$",
            "create function auth.role() returns text language sql stable as $$",
            "create function auth.email() returns text language sql stable as $$",
            "create function auth.jwt() returns jsonb language sql stable as $$",
            "grant usage on schema public to anon, authenticated, service_role",
            "grant usage on schema auth to anon, authenticated, service_role",
            "grant usage on schema extensions to anon, authenticated, service_role",
            "alter default privileges in schema public grant all on tables to anon,",
            "alter default privileges in schema public grant all on sequences to an",
            "alter default privileges in schema public grant all on functions to an",
            "-- Whoever changes the schema, servers learn of it.",
        ]),
    );
}

#[test]
fn who_may_create_roles_becomes_a_member_and_is_told_that_policies_apply_to_service_role() {
    let state = state(&[
        (r#""create_role": false"#, r#""create_role": true"#),
        (r#""may_create": false"#, r#""may_create": true"#),
        (r#""owner": false"#, r#""owner": true"#),
    ]);
    let preparation = prepare(&state, &[]).unwrap();
    let statements = preparation.statements.join("\n");
    assert!(statements.contains("create role service_role nologin\n"));
    assert!(statements.contains("grant anon, authenticated, service_role to \"Web App\"\n"));
    assert!(!statements.contains("event trigger"));
    assert_eq!(preparation.notes.len(), 1);
    assert_eq!(preparation.files.len(), 1);
}

#[test]
fn the_accounts_of_another_auth_service_stay() {
    let mut changes = READY.to_vec();
    changes.extend([
        (r#""accounts": false"#, r#""accounts": true"#),
        (
            r#""functions": []"#,
            r#""functions": ["uid", "role", "email", "jwt"]"#,
        ),
        (r#""may_create": false"#, r#""may_create": true"#),
        (r#""owner": false"#, r#""owner": true"#),
    ]);
    let preparation = prepare(&state(&changes), &[]).unwrap();
    let statements = preparation.statements.join("\n");
    assert!(!statements.contains("auth.users"), "{statements}");
    assert!(!statements.contains("auth.uid"));
}

#[test]
fn the_accounts_have_no_other_text_than_the_platform_s_migration() {
    let file = &crate::platform::files()[0];
    assert_eq!(file.version, "0");
    assert_eq!(file.text.matches("create schema auth;").count(), 1);
}

#[test]
fn recorded_databases_were_prepared_as_a_new_one_is() {
    let state = state(&[
        (r#""superuser": false"#, r#""superuser": true"#),
        (r#""may_create": false"#, r#""may_create": true"#),
    ]);
    let statements = prepare(&state, &[]).unwrap().statements;
    let text = statements.join(";\n") + ";\n";
    // `tests/record` runs this file: write `text` to it, and record again.
    assert_eq!(include_str!("../tests/prepare.sql"), text);
}
