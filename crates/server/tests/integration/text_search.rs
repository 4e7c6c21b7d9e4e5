//! Full-text search over HTTP: the four operators on every kind of column, through indexes and without, for those who see all rows and for
//! those who do not.

use serde_json::{Value as Json, json};
use underpin_testkit::{Client, Project, TestServer};

const ADA: &str = "00000000-0000-4000-8000-00000000000a";
const BOB: &str = "00000000-0000-4000-8000-00000000000b";

/// Articles with a generated vector that is indexed, an index on an expression, and columns without one.
const ARTICLES: &str = "
    create table articles (
      id int primary key,
      title varchar(60) not null,
      body text,
      data jsonb,
      search tsvector generated always as
        (setweight(to_tsvector('english', title), 'A') || to_tsvector('english', coalesce(body, ''))) stored
    );
    create index articles_search_idx on articles using gin (search);
    create index articles_body_idx on articles using gin (to_tsvector('english', body));
    insert into articles (id, title, body, data) values
      (1, 'The quick brown fox', 'jumps over the lazy dogs', '{\"tags\": [\"animals\", \"running\"]}'),
      (2, 'Running a database', 'Databases are run by machines', '{\"tags\": [\"computers\"]}'),
      (3, 'Cats and dogs', 'It rains cats and dogs', null),
      (4, 'Nothing', null, '\"a lonely cat\"'),
      (5, 'Foxes', 'The fox and the brown dog', null);";

fn articles() -> TestServer {
    TestServer::start(&Project::new().migration(ARTICLES))
}

fn ids(client: &Client, filter: &str) -> Vec<i64> {
    let response = client.get(&format!("/rest/v1/articles?select=id&order=id&{filter}"));
    assert_eq!(response.status, 200, "{filter}: {}", response.text());
    let rows = response.json();
    let rows = rows.as_array().unwrap();
    rows.iter().map(|row| row["id"].as_i64().unwrap()).collect()
}

#[track_caller]
fn check(client: &Client, filter: &str, expected: &[i64]) {
    assert_eq!(ids(client, filter), expected, "{filter}");
}

#[test]
fn every_operator_searches_a_vector() {
    let server = articles();
    let service = server.service();
    check(&service, "search=fts.fox", &[1, 5]);
    check(&service, "search=fts(english).foxes", &[1, 5]);
    check(&service, "search=fts.fox%20%26%20brown", &[1, 5]);
    check(&service, "search=fts.fox%20%7C%20database", &[1, 2, 5]);
    check(&service, "search=fts.brown%20%3C-%3E%20fox", &[1]);
    check(&service, "search=fts.fox%20%26%20!brown", &[]);
    check(&service, "search=fts.!dog", &[2, 4]);
    check(&service, "search=fts.data:*", &[2]);
    check(&service, "search=fts.fox:A%20%26%20dog:D", &[1, 5]);
    check(&service, "search=fts.dog:A", &[3]);
    check(&service, "search=plfts.the%20brown%20foxes", &[1, 5]);
    check(&service, "search=phfts.cats%20and%20dogs", &[3]);
    check(&service, "search=phfts.brown%20fox", &[1]);
    check(&service, "search=wfts.fox%20-lazy", &[5]);
    check(
        &service,
        "search=wfts.%22brown%20fox%22%20or%20database",
        &[1, 2],
    );
    check(&service, "search=wfts.the", &[]);
    check(&service, "search=fts(simple).dogs", &[]);
    check(&service, "search=not.fts.dog", &[2, 4]);
    check(
        &service,
        "or=(search.fts.fox,search.plfts.rain)",
        &[1, 3, 5],
    );
    check(&service, "and=(search.fts.fox,id.gt.1)", &[5]);
    check(&service, "search=eq.'noth':1A", &[4]);
}

/// Each of several searches of a column holds, however many words they have.
#[test]
fn every_search_of_a_column_holds() {
    let server = articles();
    let service = server.service();
    let both = "search=fts.fox&search=plfts.brown";
    check(&service, both, &[1, 5]);
    check(&service, &format!("{both}&search=fts.lazy"), &[1]);
    check(&service, &format!("{both}&search=fts.laz:*"), &[1]);
    check(&service, &format!("{both}&search=not.fts.lazy"), &[5]);
    check(
        &service,
        &format!("{both}&or=(search.fts.lazy,id.eq.5)"),
        &[1, 5],
    );
    let words = "quick%26brown%26fox%26jump%26lazy%26dog";
    check(&service, &format!("search=fts.{words}"), &[1]);
    let ten =
        format!("search=fts.{words}&search=fts.over%26foxes%26dogs%26jumping%26quickly%26quick:A");
    check(&service, &ten, &[1]);
    let ten =
        format!("search=fts.{words}&search=fts.!cat%26!rain%26quick:A%26brown:A%26fox:A%26dog:D");
    check(&service, &ten, &[1]);
}

#[test]
fn text_and_json_are_searched_as_their_vectors() {
    let server = articles();
    let service = server.service();
    check(&service, "body=fts.dog", &[1, 3, 5]);
    check(&service, "body=fts(english).dogs", &[1, 3, 5]);
    check(&service, "body=fts(simple).dogs", &[1, 3]);
    check(&service, "body=not.fts.dog", &[2]);
    check(&service, "title=wfts.run", &[2]);
    check(&service, "data=fts.run", &[1]);
    check(&service, "data=plfts(simple).cat", &[4]);
    check(&service, "data-%3Etags=fts.computer", &[2]);
}

#[test]
fn errors_are_those_of_postgresql() {
    let server = articles();
    let service = server.service();
    let refused = |filter: &str| {
        let response = service.get(&format!("/rest/v1/articles?select=id&{filter}"));
        (response.status, response.json())
    };
    let error = |code: &str, message: &str, hint: Json| json!({ "code": code, "message": message, "details": null, "hint": hint });
    assert_eq!(
        refused("search=fts.a%20b"),
        (
            400,
            error("42601", "syntax error in tsquery: \"a b\"", Json::Null)
        )
    );
    assert_eq!(
        refused("search=fts(klingon).a"),
        (
            400,
            error(
                "42704",
                "text search configuration \"klingon\" does not exist",
                Json::Null
            )
        )
    );
    assert_eq!(
        refused("id=fts.a"),
        (
            404,
            error(
                "42883",
                "function to_tsvector(integer) does not exist",
                json!(
                    "No function matches the given name and argument types. You might need to add explicit type casts."
                )
            )
        )
    );
}

#[test]
fn writes_keep_the_index() {
    let server = articles();
    let service = server.service();
    let path = "/rest/v1/articles";
    let made = service.post(
        path,
        &json!({ "id": 6, "title": "Zebras", "body": "with stripes" }),
    );
    assert_eq!(made.status, 201, "{}", made.text());
    check(&service, "search=fts.zebra", &[6]);
    check(&service, "body=fts.stripe", &[6]);
    let changed = service.patch(&format!("{path}?id=eq.6"), &json!({ "title": "Horses" }));
    assert_eq!(changed.status, 204, "{}", changed.text());
    check(&service, "search=fts.zebra", &[]);
    check(&service, "search=fts.horse", &[6]);
    check(&service, "body=fts.stripe", &[6]);
    service.patch(&format!("{path}?id=eq.6"), &json!({ "body": null }));
    check(&service, "body=fts.stripe", &[]);
    service.patch(&format!("{path}?id=eq.6"), &json!({ "id": 60 }));
    check(&service, "search=fts.horse", &[60]);
    let found = service.patch(
        &format!("{path}?search=fts.horse"),
        &json!({ "body": "gone" }),
    );
    assert_eq!(found.status, 204, "{}", found.text());
    check(&service, "body=fts.gone", &[60]);
    let upsert = service.header("prefer", "resolution=merge-duplicates");
    upsert.post(
        path,
        &json!([{ "id": 60, "title": "Donkeys" }, { "id": 7, "title": "Mules" }]),
    );
    check(&service, "search=fts.donkey%7Cmule", &[7, 60]);
    check(&service, "search=fts.horse", &[]);
    service.delete(&format!("{path}?search=fts.donkey%7Cmule"));
    check(&service, "search=fts.donkey%7Cmule", &[]);
    let refused = service.post(
        path,
        &json!([{ "id": 8, "title": "Okapis" }, { "id": 8, "title": "Twice" }]),
    );
    assert_eq!(refused.status, 409);
    check(&service, "search=fts.okapi", &[]);
}

#[test]
fn cascades_keep_the_index() {
    let schema = "
        create table authors (id int primary key);
        create table articles (
          id int primary key,
          author int references authors on delete cascade,
          search tsvector
        );
        create index on articles using gin (search);
        insert into authors values (1), (2);
        insert into articles values (1, 1, 'cat:1'), (2, 2, 'cat:1');";
    let server = TestServer::start(&Project::new().migration(schema));
    let service = server.service();
    check(&service, "search=fts.cat", &[1, 2]);
    service.delete("/rest/v1/authors?id=eq.1");
    check(&service, "search=fts.cat", &[2]);
    service.post(
        "/rest/v1/articles",
        &json!({ "id": 1, "author": 2, "search": "dog:1" }),
    );
    check(&service, "search=fts.cat", &[2]);
    check(&service, "search=fts.dog", &[1]);
}

#[test]
fn later_migrations_keep_the_index() {
    let server = TestServer::start(
        &Project::new()
            .migration(ARTICLES)
            // Renamed, rebuilt, and written to at every step.
            .migration("alter table articles rename to papers; insert into papers (id, title) values (10, 'Ostriches');")
            .migration("alter table papers rename column search to words; insert into papers (id, title) values (11, 'Ostriches');")
            .migration("alter table papers add constraint positive check (id > 0); insert into papers (id, title) values (12, 'Ostriches');")
            .migration("alter index articles_search_idx rename to papers_idx; insert into papers (id, title) values (13, 'Ostriches');")
            .migration("alter table papers add column more text; drop index articles_body_idx; delete from papers where id = 12;")
            .migration("alter table papers rename to articles; alter table articles rename column words to search;"),
    );
    let service = server.service();
    check(&service, "search=fts.ostrich", &[10, 11, 13]);
    check(&service, "search=fts.fox", &[1, 5]);
    check(&service, "body=fts.dog", &[1, 3, 5]);
}

#[test]
fn a_dropped_table_leaves_nothing_behind() {
    let schema = "
        create table articles (id int primary key, search tsvector);
        create index words on articles using gin (search);
        drop table articles;
        create table articles (id int primary key, search tsvector);
        create index words on articles using gin (search);
        insert into articles values (1, 'cat');
        drop index words;
        create table words (id int primary key);
        insert into articles values (2, 'cat');";
    let server = TestServer::start(&Project::new().migration(schema));
    check(&server.service(), "search=fts.cat", &[1, 2]);
}

#[test]
fn ranks_order_what_views_and_functions_find() {
    let schema = format!(
        "{ARTICLES}
        create view ranked as
          select id, ts_rank(search, to_tsquery('english', 'dog')) as rank from articles
          where search @@ to_tsquery('english', 'dog');
        create view best as
          select id from articles
          where search @@ websearch_to_tsquery('english', 'dog')
          order by ts_rank(search, websearch_to_tsquery('english', 'dog')) desc, id;"
    );
    let server = TestServer::start(&Project::new().migration(&schema));
    let service = server.service();
    let ranked = service.get("/rest/v1/ranked?order=rank.desc,id");
    assert_eq!(
        ranked.json(),
        json!([
            { "id": 3, "rank": 0.6231253 },
            { "id": 1, "rank": 0.06079271 },
            { "id": 5, "rank": 0.06079271 }
        ])
    );
    let best = service.get("/rest/v1/best");
    assert_eq!(best.json(), json!([{ "id": 3 }, { "id": 1 }, { "id": 5 }]));
}

#[test]
fn views_are_searched_as_tables_are() {
    let schema = format!(
        "{ARTICLES}
        create table comments (id int primary key, article int references articles, note text);
        insert into comments values (1, 1, 'a'), (2, 1, 'b'), (3, 2, 'c');
        create view listed as
          select a.id, a.title, a.search as words, (select count(*) from comments c where c.article = a.id) as comments
          from articles a;
        create view discussed as
          select l.id, l.words, c.note from listed l left join comments c on c.article = l.id;
        create view newest as select id, search as words from articles order by id desc limit 2;"
    );
    let server = TestServer::start(&Project::new().migration(&schema));
    let service = server.service();
    let found = |path: &str| service.get(&format!("/rest/v1/{path}")).json();
    assert_eq!(
        found("listed?select=id,comments&words=fts.fox&order=id"),
        json!([{ "id": 1, "comments": 2 }, { "id": 5, "comments": 0 }])
    );
    assert_eq!(
        found("discussed?select=id,note&words=wfts.fox&order=id,note"),
        json!([{ "id": 1, "note": "a" }, { "id": 1, "note": "b" }, { "id": 5, "note": null }])
    );
    // The last two are taken first, and searched then.
    assert_eq!(
        found("newest?select=id&words=fts.fox"),
        json!([{ "id": 5 }])
    );
    assert_eq!(found("newest?select=id&words=fts.quick"), json!([]));
    assert_eq!(
        found("listed?select=id&words=not.fts.dog&order=id"),
        json!([{ "id": 2 }, { "id": 4 }])
    );
}

#[test]
fn a_row_may_name_its_configuration() {
    let schema = "
        create table articles (
          id int primary key,
          lang regconfig not null default 'english',
          body text not null,
          search tsvector generated always as (to_tsvector(lang, body)) stored
        );
        create index on articles using gin (search);
        alter table articles enable row level security;
        create policy everybody on articles using (true) with check (true);";
    let server = TestServer::start(&Project::new().migration(schema));
    let service = server.service();
    let made = service.header("prefer", "return=representation").post(
        "/rest/v1/articles",
        &json!([
            { "id": 1, "lang": "german", "body": "die schönen Häuser" },
            { "id": 2, "lang": "pg_catalog.simple", "body": "the houses" }
        ]),
    );
    assert_eq!(made.status, 201, "{}", made.text());
    assert_eq!(made.json()[0]["search"], json!("'haus':3 'schon':2"));
    assert_eq!(made.json()[1]["lang"], json!("simple"));
    check(&service, "search=fts(german).haus", &[1]);
    check(&service, "search=fts(simple).the", &[2]);
    check(&service, "lang=eq.german", &[1]);
    let refused = service.post(
        "/rest/v1/articles",
        &json!({ "id": 3, "lang": "klingon", "body": "x" }),
    );
    assert_eq!((refused.status, refused.code().as_str()), (400, "42704"));
}

/// Notes of which everybody sees his own, and nobody the column `secret`.
const NOTES: &str = "
    create table notes (
      id int primary key,
      owner uuid not null,
      body text not null,
      secret tsvector,
      search tsvector generated always as (to_tsvector('english', body)) stored
    );
    create index on notes using gin (search);
    create index on notes using gin (secret);
    create index on notes using gin (to_tsvector('english', body));
    alter table notes enable row level security;
    create policy own on notes using (owner = auth.uid());
    revoke select on notes from authenticated;
    grant select (id, owner, body, search) on notes to authenticated;
    insert into notes (id, owner, body, secret) values
      (1, '00000000-0000-4000-8000-00000000000a', 'Ada likes engines', 'password:1'),
      (2, '00000000-0000-4000-8000-00000000000b', 'Bob likes submarines', 'passphrase:1');";

#[test]
fn rows_out_of_sight_are_not_found() {
    let server = TestServer::start(&Project::new().migration(NOTES));
    let found = |client: &Client, filter: &str| {
        let counting = client.header("prefer", "count=exact");
        let response = counting.get(&format!("/rest/v1/notes?select=id&{filter}"));
        let range = response.header("content-range").map(str::to_owned);
        (response.status, response.text(), range)
    };
    let (ada, bob) = (server.user(ADA), server.user(BOB));
    for column in ["search", "body"] {
        let existing = found(&ada, &format!("{column}=wfts.submarines"));
        let missing = found(&ada, &format!("{column}=wfts.zeppelins"));
        assert_eq!(existing, missing);
        assert_eq!(existing.1, "[]");
        assert_eq!(
            found(&ada, &format!("{column}=fts.like")).1,
            r#"[{"id":1}]"#
        );
        assert_eq!(
            found(&bob, &format!("{column}=fts.like")).1,
            r#"[{"id":2}]"#
        );
        assert_eq!(found(&ada, &format!("{column}=not.fts.engine")).1, "[]");
        assert_eq!(found(&ada, &format!("{column}=fts.!engine")).1, "[]");
    }
}

#[test]
fn columns_out_of_reach_cannot_be_searched() {
    let server = TestServer::start(&Project::new().migration(NOTES));
    let ada = server.user(ADA);
    for filter in [
        "secret=fts.password",
        "secret=not.wfts.password",
        "or=(secret.fts.pass:*,id.eq.1)",
    ] {
        let refused = ada.get(&format!("/rest/v1/notes?select=id&{filter}"));
        assert_eq!(
            (refused.status, refused.code().as_str()),
            (403, "42501"),
            "{filter}"
        );
    }
    // The tables of the indexes are no tables of anybody.
    for table in ["notes_search_idx", "notes_secret_idx"] {
        let hidden = server.service().get(&format!("/rest/v1/{table}"));
        assert_eq!(hidden.status, 404, "{table}");
    }
}

#[test]
fn queries_made_to_hurt_are_bounded() {
    let server = articles();
    let service = server.service();
    let patterns = [
        format!("search=fts.{}a", "!".repeat(3000)),
        format!("search=fts.{}a{}", "(".repeat(2000), ")".repeat(2000)),
        format!("search=fts.{}a", "a%7C".repeat(2500)),
        format!("search=fts.{}a", "a%26".repeat(1500)),
        format!("search=fts.{}a", "a%3C-%3E".repeat(1000)),
        format!("search=fts.{}:*", "a".repeat(3000)),
        format!("body=plfts.{}", "%3C!--".repeat(1000)),
        format!("search=wfts.{}", "%22-or".repeat(800)),
        format!("search=fts.{}a", "a:*%7C".repeat(1200)),
        format!("search=phfts.{}", "a.b-".repeat(1200)),
        format!("search=plfts.{}", "a@b.".repeat(1200)),
        (0..90)
            .map(|number| format!("search=fts.word{number}"))
            .collect::<Vec<_>>()
            .join("&"),
    ];
    for pattern in patterns {
        let start = std::time::Instant::now();
        let response = service.get(&format!("/rest/v1/articles?select=id&{pattern}"));
        let shown: String = pattern.chars().take(30).collect();
        assert!(
            [200, 400, 413, 414, 431, 500].contains(&response.status),
            "{shown}: {}",
            response.status
        );
        assert!(
            start.elapsed().as_secs() < 5,
            "{shown} took {:?}",
            start.elapsed()
        );
    }
    check(&service, "search=fts.fox", &[1, 5]);
}

/// Whoever asks how a search is answered is told of the index.
#[test]
fn a_plan_tells_of_the_index() {
    let server = TestServer::start(&Project::new().migration(ARTICLES).set("api.plan=true"));
    let service = server.service();
    let plan = service
        .header("accept", "application/vnd.pgrst.plan")
        .get("/rest/v1/articles?search=fts.fox&select=title&order=id&limit=3");
    let expected = "Aggregate
  ->  Sort
        ->  Nested Loop
              ->  Index Scan on articles_search_idx articles_search_idx#underpin 2
                    Index Cond: (word=?)
              ->  Index Scan using primary key on articles
                    Index Cond: (rowid=?)";
    assert_eq!(plan.text(), expected);
}
