//! Ranges from the migration to the answer: columns, filters, writes, and the rules that use them.

use serde_json::{Value as Json, json};
use underpin_testkit::{Project, TestServer};

const ADA: &str = "00000000-0000-4000-8000-00000000000a";
const BOB: &str = "00000000-0000-4000-8000-00000000000b";

const SCHEMA: &str = "
    create table bookings (
      id int primary key,
      room int not null,
      guest uuid not null default auth.uid(),
      during tstzrange not null check (not isempty(during)),
      seats int4range not null default '[1,2)',
      price numrange,
      days daterange generated always as (daterange((lower(during) at time zone 'UTC')::date, (upper(during) at time zone 'UTC')::date, '[]')) stored,
      blocked tstzrange[] not null default '{}',
      unique (room, during)
    );
    create index on bookings using gist (during);
    create view nights as select id, upper(days) - lower(days) as nights, lower(during) as starts, during * tstzrange('2024-01-02', null) as rest from bookings;
    alter table bookings enable row level security;
    create policy own on bookings using (guest = auth.uid() and during && tstzrange('2020-01-01', null))
      with check (guest = auth.uid() and upper(during) - lower(during) <= interval '30 days');
    grant select on nights to anon, authenticated;";

fn server() -> TestServer {
    let server = TestServer::start(&Project::new().migration(SCHEMA));
    let made = server.service().post(
        "/rest/v1/bookings",
        &json!([
            {"id": 1, "room": 1, "guest": ADA, "during": "[2024-01-01 10:00+02,2024-01-03 10:00+02)", "seats": "[1,4]", "price": "[1.50,2.00]"},
            {"id": 2, "room": 1, "guest": BOB, "during": "[2024-01-05,2024-01-06)", "seats": "(4,8]", "price": "(,10)"},
            {"id": 3, "room": 2, "guest": ADA, "during": "(2024-02-01,2024-04-01)", "seats": "empty", "price": null},
        ]),
    );
    assert_eq!((made.status, made.text().as_str()), (201, ""));
    server
}

/// Writes what a URL cannot have as it is.
fn encoded(query: &str) -> String {
    query
        .replace('"', "%22")
        .replace(' ', "%20")
        .replace('{', "%7B")
        .replace('}', "%7D")
}

/// Returns the ids of the rows that a filter finds.
fn found(server: &TestServer, filter: &str) -> Json {
    let path = format!("/rest/v1/bookings?select=id&order=id&{}", encoded(filter));
    let answer = server.service().get(&path);
    assert_eq!(answer.status, 200, "{filter}: {}", answer.text());
    let rows = answer.json();
    rows.as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].clone())
        .collect()
}

#[test]
fn ranges_are_printed_as_postgresql_does() {
    let server = server();
    let row = server
        .service()
        .get("/rest/v1/bookings?id=eq.1&select=during,seats,price,days,blocked");
    assert_eq!(
        row.text(),
        r#"[{"during":"[\"2024-01-01 08:00:00+00\",\"2024-01-03 08:00:00+00\")","seats":"[1,5)","price":"[1.50,2.00]","days":"[2024-01-01,2024-01-04)","blocked":[]}]"#
    );
    let csv = server
        .service()
        .header("accept", "text/csv")
        .get("/rest/v1/bookings?id=eq.2&select=id,seats,price");
    assert_eq!(csv.text(), "id,seats,price\n2,\"[5,9)\",\"(,10)\"");
}

#[rustfmt::skip]
#[test]
fn filters_place_ranges() {
    let server = server();
    let check = |filter: &str, expected: Json| assert_eq!(found(&server, filter), expected, "{filter}");
    check("seats=cs.[2,3)", json!([1]));
    check("seats=cs.empty", json!([1, 2, 3]));
    check("seats=cd.[0,100)", json!([1, 2, 3]));
    check("seats=cd.[5,9)", json!([2, 3]));
    check("seats=ov.[4,6)", json!([1, 2]));
    check("seats=ov.(,)", json!([1, 2]));
    check("seats=sl.[5,9)", json!([1]));
    check("seats=sr.[1,5)", json!([2]));
    check("seats=nxr.[1,5)", json!([1]));
    check("seats=nxl.[5,9)", json!([2]));
    check("seats=adj.[5,9)", json!([1]));
    check("seats=not.adj.[5,9)", json!([2, 3]));
    check("seats=eq.[1,4]", json!([1]));
    check("seats=neq.[1,4]", json!([2, 3]));
    check("seats=gt.[1,4]", json!([2]));
    check("seats=lte.empty", json!([3]));
    check("price=eq.[1.5,2]", json!([1]));
    check("price=isdistinct.[1.5,2]", json!([2, 3]));
    check("price=is.null", json!([3]));
    check("seats=in.(\"[1,5)\",empty)", json!([1, 3]));
    check("seats=eq(any).{\"[1,4]\",empty}", json!([1, 3]));
    check("seats=lt(all).{\"[5,9)\",\"[6,7)\"}", json!([1, 3]));
    check("or=(seats.adj.\"[5,9)\",price.ov.\"[9,11)\")", json!([1, 2]));
    check("during=ov.[2024-01-03 00:00Z,2024-01-05 12:00Z)", json!([1, 2]));
    check("during=cs.[\"2024-03-01\",\"2024-03-02\"]", json!([3]));
    check("days=cs.[2024-01-02,2024-01-02]", json!([1]));
    assert_eq!(
        server.service().get("/rest/v1/bookings?select=id&order=seats.desc,id").json(),
        json!([{"id": 2}, {"id": 1}, {"id": 3}])
    );
}

#[rustfmt::skip]
#[test]
fn errors_are_postgresqls() {
    let server = server();
    let service = server.service();
    let check = |path: &str, expected: Json| {
        let answer = service.get(&format!("/rest/v1/bookings?{path}"));
        assert_eq!(answer.json(), expected, "{path}");
    };
    check("seats=cs.3", json!({"code": "22P02", "message": "malformed range literal: \"3\"", "details": "Missing left parenthesis or bracket.", "hint": null}));
    check("seats=ov.[1", json!({"code": "22P02", "message": "malformed range literal: \"[1\"", "details": "Unexpected end of input.", "hint": null}));
    check("seats=sl.[5,1]", json!({"code": "22000", "message": "range lower bound must be less than or equal to range upper bound", "details": null, "hint": null}));
    check("seats=adj.[a,1]", json!({"code": "22P02", "message": "invalid input syntax for type integer: \"a\"", "details": null, "hint": null}));
    let hint = "No operator matches the given name and argument types. You might need to add explicit type casts.";
    check("room=sl.[1,2)", json!({"code": "22P02", "message": "invalid input syntax for type integer: \"[1,2)\"", "details": null, "hint": null}));
    check("room=adj.[1,2)", json!({"code": "42883", "message": "operator does not exist: integer -|- unknown", "details": null, "hint": hint}));
    check("seats=like.x", json!({"code": "42883", "message": "operator does not exist: int4range ~~ unknown", "details": null, "hint": hint}));
    check("seats=is.true", json!({"code": "42804", "message": "argument of IS TRUE must be type boolean, not type int4range", "details": null, "hint": null}));
    let empty = service.post("/rest/v1/bookings", &json!({"id": 9, "room": 1, "guest": ADA, "during": "empty"}));
    assert_eq!((empty.status, empty.code().as_str()), (400, "23514"));
    let twice = service.post("/rest/v1/bookings", &json!({"id": 9, "room": 1, "guest": ADA, "during": "[2024-01-05,2024-01-06)"}));
    assert_eq!(twice.status, 409);
    assert_eq!(
        twice.json()["details"],
        json!("Key (room, during)=(1, [\"2024-01-05 00:00:00+00\",\"2024-01-06 00:00:00+00\")) already exists.")
    );
}

#[test]
fn policies_look_into_ranges() {
    let server = server();
    let ada = server.user(ADA);
    let mine = ada.get("/rest/v1/bookings?select=id&order=id&during=ov.(,)");
    assert_eq!(mine.json(), json!([{"id": 1}, {"id": 3}]));
    let views = ada.get("/rest/v1/nights?order=id");
    assert_eq!(
        views.json(),
        json!([
            {"id": 1, "nights": 3, "starts": "2024-01-01T08:00:00+00:00", "rest": "[\"2024-01-02 00:00:00+00\",\"2024-01-03 08:00:00+00\")"},
            {"id": 3, "nights": 61, "starts": "2024-02-01T00:00:00+00:00", "rest": "(\"2024-02-01 00:00:00+00\",\"2024-04-01 00:00:00+00\")"},
        ])
    );
    let long = json!({"id": 9, "room": 3, "during": "[2024-01-01,2024-03-01)"});
    let refused = ada.post("/rest/v1/bookings", &long);
    assert_eq!((refused.status, refused.code().as_str()), (403, "42501"));
    let short = json!({"id": 9, "room": 3, "during": "[2024-01-01,2024-01-03)"});
    assert_eq!(ada.post("/rest/v1/bookings", &short).status, 201);
    let all = "select=id&or=(during.sl.\"[2024-01-04,)\",during.not.sl.\"[2024-01-04,)\")&order=id";
    let early = ada.get(&format!("/rest/v1/bookings?{}", encoded(all)));
    assert_eq!(early.json(), json!([{"id": 1}, {"id": 3}, {"id": 9}]));
}

#[test]
fn the_description_names_the_types() {
    let server = server();
    let description = server.service().get("/rest/v1/").json();
    let properties = &description["definitions"]["bookings"]["properties"];
    assert_eq!(
        properties["during"],
        json!({"format": "tstzrange", "type": "string"})
    );
    assert_eq!(properties["seats"]["format"], json!("int4range"));
    assert_eq!(properties["blocked"]["format"], json!("tstzrange[]"));
}

const CALENDAR: &str = "
    create extension if not exists btree_gist;
    create table rooms (
      id int primary key,
      room int,
      during tstzrange,
      cancelled boolean not null default false,
      note text,
      exclude using gist (room with =, during with &&) where (not cancelled)
    );
    create table shifts (
      id int primary key,
      worker text not null,
      starts_at timestamptz not null,
      ends_at timestamptz not null,
      constraint one_shift_at_a_time exclude using gist (worker with =, tstzrange(starts_at, ends_at) with &&)
    );
    alter table shifts enable row level security;
    create policy everybody on shifts using (worker = auth.uid()::text) with check (true);
    create table seasons (id int primary key, days daterange not null);
    insert into seasons values (1, '[2024-01-01,2024-03-01)'), (2, '[2024-03-01,2024-06-01)');
    alter table seasons add constraint apart exclude using gist (days with &&);
    alter table rooms rename column during to span;
    alter table rooms add column seats int not null default 2;
    alter table seasons rename to quarters;";

#[test]
fn rows_exclude_each_other() {
    let server = TestServer::start(&Project::new().migration(CALENDAR));
    let service = server.service();
    let room = |id: i32, room: Option<i32>, span: &str, cancelled: bool| {
        let row = json!({"id": id, "room": room, "span": span, "cancelled": cancelled});
        let answer = service.post("/rest/v1/rooms", &row);
        (answer.status, answer.text())
    };
    let made = (201, String::new());
    assert_eq!(room(1, Some(1), "[2024-01-01,2024-01-02)", false), made);
    assert_eq!(room(2, Some(1), "[2024-01-02,2024-01-03)", false), made);
    assert_eq!(room(3, Some(2), "[2024-01-01,2024-01-03)", false), made);
    assert_eq!(room(4, None, "[2024-01-01,2024-01-03)", false), made);
    assert_eq!(room(5, Some(1), "empty", false), made);
    assert_eq!(room(6, Some(1), "[2024-01-01,2024-01-03)", true), made);
    let refused = |details: &str| {
        json!({
            "code": "23P01",
            "message": "conflicting key value violates exclusion constraint \"rooms_room_during_excl\"",
            "details": details,
            "hint": null,
        })
    };
    let answer = service.post(
        "/rest/v1/rooms",
        &json!({"id": 7, "room": 1, "span": "[2024-01-01 12:00,2024-01-01 13:00]"}),
    );
    assert_eq!(
        (answer.status, answer.json()),
        (
            400,
            refused(
                "Key (room, span)=(1, [\"2024-01-01 12:00:00+00\",\"2024-01-01 13:00:00+00\"]) conflicts with existing key (room, span)=(1, [\"2024-01-01 00:00:00+00\",\"2024-01-02 00:00:00+00\"))."
            )
        )
    );
}

#[test]
fn changes_exclude_each_other() {
    let server = TestServer::start(&Project::new().migration(CALENDAR));
    let service = server.service();
    let stays = json!([
        {"id": 1, "room": 1, "span": "[2024-01-01,2024-01-02)", "cancelled": false},
        {"id": 2, "room": 1, "span": "[2024-01-02,2024-01-03)", "cancelled": false},
        {"id": 3, "room": 2, "span": "[2024-01-01,2024-01-03)", "cancelled": false},
        {"id": 6, "room": 1, "span": "[2024-01-01,2024-01-03)", "cancelled": true},
    ]);
    assert_eq!(service.post("/rest/v1/rooms", &stays).status, 201);
    // An update meets the others, not itself; that of several rows is undone as a whole.
    let patch = |filter: &str, change: Json| {
        let answer = service.patch(&format!("/rest/v1/rooms?{filter}"), &change);
        (answer.status, answer.code())
    };
    assert_eq!(patch("id=eq.1", json!({"note": "x"})).0, 204);
    assert_eq!(
        patch("id=in.(1,6)", json!({"cancelled": false, "note": "y"})),
        (400, "23P01".to_owned())
    );
    let notes = service.get("/rest/v1/rooms?select=note&id=in.(1,6)&order=id");
    assert_eq!(notes.json(), json!([{"note": "x"}, {"note": null}]));
    assert_eq!(
        patch("id=eq.3", json!({"room": 1})),
        (400, "23P01".to_owned())
    );
    assert_eq!(service.delete("/rest/v1/rooms?id=in.(1,2)").status, 204);
    assert_eq!(patch("id=eq.3", json!({"room": 1})).0, 204);
    let both = service.post(
        "/rest/v1/rooms",
        &json!([
            {"id": 20, "room": 9, "span": "[2024-01-01,2024-01-03)"},
            {"id": 21, "room": 9, "span": "[2024-01-02,2024-01-04)"},
        ]),
    );
    assert_eq!((both.status, both.code().as_str()), (400, "23P01"));
    assert_eq!(service.get("/rest/v1/rooms?room=eq.9").json(), json!([]));
    let season = service.post(
        "/rest/v1/quarters",
        &json!({"id": 3, "days": "[2024-05-31,2024-05-31]"}),
    );
    assert_eq!(
        season.json()["details"],
        json!(
            "Key (days)=([2024-05-31,2024-06-01)) conflicts with existing key (days)=([2024-03-01,2024-06-01))."
        )
    );
}

#[test]
fn what_excludes_a_row_is_not_told_to_those_who_may_not_see_it() {
    let server = TestServer::start(&Project::new().migration(CALENDAR));
    let shift = |id: i32, hours: [&str; 2]| json!({"id": id, "worker": ADA, "starts_at": hours[0], "ends_at": hours[1]});
    let service = server.service();
    assert_eq!(
        service
            .post(
                "/rest/v1/shifts",
                &shift(1, ["2024-01-01T08:00Z", "2024-01-01T12:00Z"])
            )
            .status,
        201
    );
    let late = shift(2, ["2024-01-01T11:00Z", "2024-01-01T15:00Z"]);
    let seen = service.post("/rest/v1/shifts", &late);
    assert_eq!(
        seen.json()["details"],
        json!(
            "Key (worker, tstzrange(starts_at, ends_at))=(00000000-0000-4000-8000-00000000000a, [\"2024-01-01 11:00:00+00\",\"2024-01-01 15:00:00+00\")) conflicts with existing key (worker, tstzrange(starts_at, ends_at))=(00000000-0000-4000-8000-00000000000a, [\"2024-01-01 08:00:00+00\",\"2024-01-01 12:00:00+00\"))."
        )
    );
    let hidden = server.user(BOB).post("/rest/v1/shifts", &late);
    assert_eq!(
        hidden.json(),
        json!({
            "code": "23P01",
            "message": "conflicting key value violates exclusion constraint \"one_shift_at_a_time\"",
            "details": "Key conflicts with existing key.",
            "hint": null,
        })
    );
    let after = shift(2, ["2024-01-01T12:00Z", "2024-01-01T15:00Z"]);
    assert_eq!(server.user(BOB).post("/rest/v1/shifts", &after).status, 201);
}

#[rustfmt::skip]
#[test]
fn multiranges_are_columns_too() {
    let schema = "
        create table shops (id int primary key, name text not null);
        create table hours (
          id int primary key,
          shop int not null references shops (id),
          open int4multirange not null default '{[9,12),[13,18)}',
          span int4range generated always as (range_merge(open)) stored
        );
        insert into shops values (1, 'one');";
    let server = TestServer::start(&Project::new().migration(schema));
    let service = server.service();
    assert_eq!(service.post("/rest/v1/hours", &json!({"id": 1, "shop": 1})).status, 201);
    let rows = json!([{"id": 2, "shop": 1, "open": "{[8,10),[9,20),(22,23)}"}, {"id": 3, "shop": 1, "open": "{}"}]);
    assert_eq!(service.post("/rest/v1/hours", &rows).status, 201);
    let check = |path: &str, expected: Json| assert_eq!(service.get(&format!("/rest/v1/{}", encoded(path))).json(), expected, "{path}");
    check("hours?select=open,span&order=open.desc", json!([{"open": "{[9,12),[13,18)}", "span": "[9,18)"}, {"open": "{[8,20)}", "span": "[8,20)"}, {"open": "{}", "span": "empty"}]));
    check("hours?select=id&open=cs.{[13,14),[10,11)}&order=id", json!([{"id": 1}, {"id": 2}]));
    check("hours?select=id&open=ov.{[12,13)}", json!([{"id": 2}]));
    check("hours?select=id&open=adj.{[18,19)}", json!([{"id": 1}]));
    check("hours?select=id&open=eq.{}", json!([{"id": 3}]));
    check("shops?select=name,hours(open)&hours.open=neq.{}&hours.order=id", json!([{"name": "one", "hours": [{"open": "{[9,12),[13,18)}"}, {"open": "{[8,20)}"}]}]));
    check("hours?open=cs.12", json!({"code": "22P02", "message": "malformed multirange literal: \"12\"", "details": "Missing left brace.", "hint": null}));
    check("hours?open=cs.{[1,2}", json!({"code": "22P02", "message": "malformed multirange literal: \"{[1,2}\"", "details": "Unexpected end of input.", "hint": null}));
}
