//! The dump of a Supabase project, taken over.

use serde_json::json;
use underpin_testkit::{Postgres, Project, TestServer};

use crate::existing::{psql, underpin};

const DUMP: &str = include_str!("../../../store/src/postgres/dump/tests/supabase.sql");

const ADA: &str = "11111111-1111-1111-1111-111111111111";

#[test]
fn a_dump_becomes_a_project_with_its_rows_and_accounts() {
    let Some(postgres) = Postgres::shared() else {
        return;
    };
    let url = postgres.database();
    let folder = Project::new().file("dump.sql", DUMP).write();
    let path = folder.path().to_str().unwrap();
    let dump = format!("{path}/dump.sql");
    let place = format!("database.url={url}");
    let (status, out, errors) = underpin(&["import", &dump, path, "--set", &place]);
    assert_eq!(status, 0, "{out}{errors}");
    assert!(
        errors.contains("left out: column a_newer_column of auth.users (1 times)"),
        "{errors}"
    );
    let told = psql(
        &url,
        "select email, encrypted_password, raw_user_meta_data ->> 'name' from auth.users",
    );
    assert_eq!(
        told.trim_end(),
        "ada@example.com|$2a$10$abcdefghijklmnopqrstuu5Lc0yJ1R6yJ8T1yqCwV3V8iSx6Zq0uK|Ada"
    );

    let mut project = Project::new().set(&place);
    let entries = std::fs::read_dir(folder.path().join("migrations")).unwrap();
    let mut names: Vec<String> = entries
        .map(|it| it.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    assert_eq!(names.len(), 2, "{names:?}");
    for name in &names {
        let text = std::fs::read_to_string(folder.path().join("migrations").join(name)).unwrap();
        assert!(!text.contains("ada@example.com"));
        project = project.file(&format!("migrations/{name}"), &text);
    }
    let server = TestServer::start(&project);
    let posts = server
        .service()
        .get("/rest/v1/posts?select=id,title,body,profiles(handle,mood,tags)&order=id");
    let profile = json!({ "handle": "Ada", "mood": "ok", "tags": ["a", "b c"] });
    let expected = json!([
        { "id": 1, "title": "One\ttab; and\nline \\ back", "body": { "a": [1, null] }, "profiles": profile },
        { "id": 2, "title": "Two", "body": null, "profiles": profile },
    ]);
    assert_eq!((posts.status, posts.json()), (200, expected));
    let own = server.user(ADA).post(
        "/rest/v1/posts",
        &json!({ "author": ADA, "title": "Three" }),
    );
    assert_eq!(own.status, 201, "{}", own.text());
    let other = server
        .user("33333333-3333-3333-3333-333333333333")
        .post("/rest/v1/posts", &json!({ "author": ADA, "title": "Four" }));
    assert_eq!(other.status, 403, "{}", other.text());

    // Whoever has the project has the schema, and nobody's rows.
    let fresh = postgres.database();
    let place = format!("database.url={fresh}");
    let (status, out, errors) = underpin(&["migrate", "up", path, "--set", &place]);
    assert_eq!(status, 0, "{out}{errors}");
    assert_eq!(
        psql(&fresh, "select count(*) from public.posts").trim_end(),
        "0"
    );

    let (status, _, errors) = underpin(&["import", &dump, path, "--set", &place]);
    assert_eq!(status, 2);
    assert!(
        errors.starts_with("error: expected a project without migrations, found some"),
        "{errors}"
    );
}

#[test]
fn a_dump_is_for_a_server() {
    let folder = Project::new().file("dump.sql", DUMP).write();
    let path = folder.path().to_str().unwrap();
    let (status, _, errors) = underpin(&["import", &format!("{path}/dump.sql"), path]);
    assert_eq!(status, 2);
    assert!(
        errors.starts_with(
            "error: expected a database that a PostgreSQL server keeps, found one in a file"
        ),
        "{errors}"
    );
}
