//! The catalogue's attacks on views of their owner's rights: A15, A16.

use serde_json::json;
use underpin_testkit::{Project, TestServer};

use super::{ADA, SCHEMA, hides, is_refused};

/// Views of their owner's rights over what has the caller's.
const VIEWS: &str = "
create view visible_notes as select id, title from notes;
create view notes_within with (security_invoker = false) as select id, title from visible_notes;
create view tokens_within with (security_invoker = false) as select id, token from account_tokens;
create view tokens_called with (security_invoker = false) as select id, token_of(id) as token from accounts;
create function titles_of(account uuid) returns setof text language sql stable
  as $$ select title from notes where owner_id = account $$;
create view titles_called with (security_invoker = false) as select titles_of as title from titles_of('00000000-0000-4000-8000-00000000000b');
create function secret_words() returns text language sql stable security definer as $$ select 'bravo-token' $$;
revoke execute on function secret_words() from public, anon, authenticated;
create view words_called with (security_invoker = false) as select id, secret_words() as word from accounts;
grant select on visible_notes, notes_within, tokens_within, tokens_called, titles_called, words_called to anon, authenticated;
grant insert, update, delete on notes_within to authenticated;
";

#[test]
fn a15_a_view_lends_its_rights_to_its_tables_alone() {
    let server = TestServer::start(&Project::new().migration(&format!("{SCHEMA}{VIEWS}")));
    let ada = server.user(ADA);
    let read = |path: &str| ada.get(&format!("/rest/v1/{path}")).json();
    assert_eq!(
        read("notes_within?select=title"),
        json!([{ "title": "of Ada" }])
    );
    assert_eq!(read("titles_called"), json!([]));
    for path in ["tokens_within", "tokens_called", "words_called"] {
        for caller in [&ada, &server.visitor()] {
            is_refused(&caller.get(&format!("/rest/v1/{path}")), path);
        }
    }
    let path = "/rest/v1/notes_within?title=eq.of%20Bob";
    let represent = ada.header("prefer", "return=representation");
    let changed = represent.patch(path, &json!({ "title": "taken" }));
    hides(&changed, "a change through two views");
    assert_eq!(changed.json(), json!([]));
    assert_eq!(represent.delete(path).json(), json!([]));
}

/// Whom policies do not bind, grants bind all the same.
#[test]
fn a16_a_view_gives_who_bypasses_policies_no_grant() {
    let more = "
create role auditor bypassrls;
grant select on account_tokens, visible_notes to auditor;
grant select (id, title) on notes to auditor;";
    let server = TestServer::start(&Project::new().migration(&format!("{SCHEMA}{VIEWS}{more}")));
    let auditor = server.token(&json!({ "sub": ADA, "role": "auditor" }));
    let notes = auditor.get("/rest/v1/visible_notes?select=title&order=title");
    assert_eq!(
        notes.json(),
        json!([{ "title": "of Ada" }, { "title": "of Bob" }])
    );
    is_refused(
        &auditor.get("/rest/v1/account_tokens"),
        "a view of a table without a grant",
    );
    is_refused(
        &auditor.post("/rest/v1/rpc/secret_words", &json!({})),
        "a function without a grant",
    );
}
