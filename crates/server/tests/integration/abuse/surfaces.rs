//! The catalogue's attacks on searches, computed columns, plans and bodies of CSV: A15, A16, A20, A39.

use serde_json::json;
use underpin_testkit::{Project, TestServer};

use super::{ADA, BOB, SCHEMA, hides, is_refused};

const SURFACES: &str = "
alter table notes add column found tsvector generated always as (to_tsvector('simple', secret)) stored;
create index on notes using gin (found);
create function secret_of(notes) returns text language sql stable as $$ select $1.secret $$;
create function keeper(notes) returns setof accounts rows 1 language sql stable as $$
  select * from accounts where id = $1.owner_id
$$;
create view listed (number, hidden) as select id, secret from notes;
create view counted_notes (n, m) as select count(*), count(distinct owner_id) from left_open, notes;
";

fn server() -> TestServer {
    let project = Project::new().migration(&format!("{SCHEMA}{SURFACES}"));
    TestServer::start(&project.set("api.plan=true"))
}

#[test]
fn a15_no_search_finds_hidden_words() {
    let server = server();
    for client in [server.user(ADA), server.visitor()] {
        for query in [
            "select=id&found=fts(simple).open",
            "select=id&secret=plfts.open",
            "select=id&or=(found.wfts.open,id.eq.9)",
            "select=id&found=not.fts.zzz",
            "select=id&order=found",
        ] {
            is_refused(&client.get(&format!("/rest/v1/notes?{query}")), query);
        }
    }
}

#[test]
fn a16_computed_columns_and_lists_of_views_show_no_hidden_column() {
    let server = server();
    let ada = server.user(ADA);
    for path in [
        "notes?select=id,secret_of",
        "notes?select=id&secret_of=eq.open",
        "notes?select=id&order=secret_of",
        "notes?select=id,keeper(token)",
        "listed?select=hidden",
        "listed?select=number&hidden=eq.open",
    ] {
        is_refused(&ada.get(&format!("/rest/v1/{path}")), path);
    }
}

#[test]
fn a16_plans_show_no_value_and_no_row_of_others() {
    let server = server();
    let plans = server.user(ADA).header(
        "accept",
        "application/vnd.pgrst.plan+json; options=analyze|verbose",
    );
    is_refused(
        &plans.get("/rest/v1/notes?select=id&secret=eq.open"),
        "a plan with a hidden filter",
    );
    let plan = plans.get("/rest/v1/notes?select=id");
    assert_eq!(plan.status, 200, "{}", plan.text());
    hides(&plan, "a plan");
}

#[test]
fn a20_a_csv_body_writes_no_further_than_its_sender() {
    let server = server();
    let ada = server.user(ADA).header("content-type", "text/csv");
    let body = format!("owner_id,title\n{BOB},forged\n");
    is_refused(
        &ada.send("POST", "/rest/v1/notes", body.as_bytes()),
        "a row of somebody else",
    );
    let body = format!("id,name,role\n{ADA},Ada,admin\n");
    is_refused(
        &ada.send("POST", "/rest/v1/accounts", body.as_bytes()),
        "a column without a grant",
    );
    let notes = server.service().get("/rest/v1/notes?title=eq.forged");
    assert_eq!(notes.json(), json!([]));
}

#[test]
fn a39_a_view_with_a_list_does_not_open_a_closed_table() {
    let server = server();
    is_refused(
        &server.visitor().get("/rest/v1/counted_notes"),
        "a count of a closed table",
    );
}
