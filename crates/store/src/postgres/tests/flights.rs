//! How often a request goes to the server and back, counted by a proxy in between.

use underpin_base::{Claims, Identity, Result, Secret};
use underpin_query::ApiSettings;
use underpin_query::plan::World;
use underpin_query::reply::Outcome;
use underpin_query::request::{Incoming, Parsed, Request, RequestSettings, Template};
use underpin_schema::migration::File;

use super::cluster::Cluster;
use super::proxy::Proxy;
use crate::{PostgresSettings, Store};

const MIGRATION: &str = "
    create table public.items (id bigint primary key, title text, owner uuid default auth.uid());
    alter table public.items enable row level security;
    create policy own on public.items using (owner = (select auth.uid()));
    insert into public.items values (1, 'lamp', '00000000-0000-4000-8000-000000000001');
";

/// A project behind a proxy.
struct Project {
    store: Store,
    proxy: Proxy,
    _folder: tempfile::TempDir,
    _cluster: Cluster,
}

impl Project {
    /// Starts a project with `migration` on a server of its own; nothing where PostgreSQL is not installed.
    async fn start(migration: &str, parameters: &str) -> Option<Self> {
        let cluster = Cluster::start()?;
        let lock = std::fs::read_to_string(cluster.data().join("postmaster.pid")).unwrap();
        let proxy = Proxy::start(lock.lines().nth(4).unwrap().trim().as_ref());
        let socket = proxy.folder().display();
        let url = format!("postgres:///postgres?host={socket}&user=postgres{parameters}");
        let folder = tempfile::tempdir().unwrap();
        let api = ApiSettings::default();
        let search_path = api.schemas.into_iter().chain(api.extra_search_path);
        let mut settings =
            PostgresSettings::new(Secret::new(url), folder.path(), search_path.collect());
        settings.shared_connections = 1;
        let store = Store::open(settings).unwrap();
        let file = File::new("migrations/1_items.sql", migration).unwrap();
        store.migrate(vec![file], false).await.unwrap();
        Some(Self {
            store,
            proxy,
            _folder: folder,
            _cluster: cluster,
        })
    }

    async fn ask(&self, person: u32, incoming: &Incoming<'_>) -> Result<Outcome> {
        let settings = ApiSettings::default();
        let Parsed::Data(request) = Request::parse(incoming, &settings)? else {
            panic!("{incoming:?} asks for no data");
        };
        let schema = self.store.schema();
        let world = World {
            catalog: &schema.catalog,
            relationships: &schema.relationships,
            settings: &settings,
        };
        let claims = serde_json::json!({
            "role": "authenticated", "sub": format!("00000000-0000-4000-8000-{person:012}"),
        });
        let claims = claims.as_object().unwrap().clone();
        let identity = Identity::new("authenticated", Claims::new(claims));
        let template = Template::from(*request);
        let mut plan = schema.plans.authorize(&template, world, &identity)?;
        if schema.asks_request {
            plan = plan.with_request(RequestSettings::of(incoming));
        }
        self.store.run(plan).await
    }

    /// Returns the body of what `person` reads with `query`.
    async fn read(&self, person: u32, query: &str) -> String {
        let outcome = self.ask(person, &get(query)).await.unwrap();
        String::from_utf8(outcome.rows.unwrap().body).unwrap()
    }
}

fn get(query: &str) -> Incoming<'_> {
    Incoming {
        method: "GET",
        path: "items",
        query,
        headers: &[("cookie", "taste=sweet")],
        body: b"",
        spool: None,
    }
}

fn post(body: &[u8]) -> Incoming<'_> {
    Incoming {
        method: "POST",
        headers: &[("prefer", "return=minimal")],
        body,
        ..get("")
    }
}

/// Who asks and what it is for are made in one statement, and the other is the request's own.
const READ: [&str; 2] = ["> BEBES", "< 2DC2DCZ"];

#[tokio::test]
async fn a_prepared_read_is_one_flight_each_way() {
    let Some(project) = Project::start(MIGRATION, "").await else {
        return;
    };
    for _ in 0..2 {
        project.read(1, "id=eq.1").await;
    }
    project.proxy.passed.take();
    assert!(project.read(1, "id=eq.1").await.contains("lamp"));
    assert_eq!(project.proxy.passed.take(), READ);
}

#[tokio::test]
async fn a_prepared_insert_is_one_flight_each_way() {
    let Some(project) = Project::start(MIGRATION, "").await else {
        return;
    };
    for id in 2..5 {
        project.proxy.passed.take();
        let body = format!("{{\"id\":{id},\"title\":\"desk\"}}");
        project.ask(1, &post(body.as_bytes())).await.unwrap();
    }
    assert_eq!(project.proxy.passed.take(), READ);
}

#[tokio::test]
async fn a_pooler_of_transactions_costs_no_further_flight() {
    let Some(project) = Project::start(MIGRATION, "&pooler=transaction").await else {
        return;
    };
    project.proxy.passed.take();
    assert!(project.read(1, "id=eq.1").await.contains("lamp"));
    let passed = project.proxy.passed.take();
    // The greeting of the connection, which no setting is added to, and the request.
    assert_eq!(passed.last().unwrap(), "< 1tT2DC1tT2DCZ", "{passed:?}");
    assert_eq!(passed.iter().filter(|it| it.starts_with('>')).count(), 1);
}

#[tokio::test]
async fn who_asked_before_is_nobody_to_the_next() {
    let Some(project) = Project::start(MIGRATION, "").await else {
        return;
    };
    for _ in 0..3 {
        assert!(project.read(1, "id=eq.1").await.contains("lamp"));
        assert_eq!(project.read(2, "id=eq.1").await, "[]");
    }
}

#[tokio::test]
async fn what_a_policy_asks_of_the_request_is_told() {
    let asks = "create policy sweet on public.items for select
        using (current_setting('request.cookies', true)::json ->> 'taste' = 'sweet');";
    let Some(project) = Project::start(&[MIGRATION, asks].concat(), "").await else {
        return;
    };
    assert!(project.read(2, "id=eq.1").await.contains("lamp"));
    let without = Incoming {
        headers: &[],
        ..get("id=eq.1")
    };
    let outcome = project.ask(2, &without).await.unwrap();
    assert_eq!(outcome.rows.unwrap().body, b"[]");
}

#[tokio::test]
async fn what_a_function_changes_in_its_session_does_not_last() {
    let changes = "create function public.travel() returns void language sql as
        $$ select set_config('TimeZone', 'Asia/Tokyo', false) $$;
        create view public.here with (security_invoker) as select current_setting('TimeZone') as zone from public.items;
        grant select on public.here to authenticated;";
    let Some(project) = Project::start(&[MIGRATION, changes].concat(), "").await else {
        return;
    };
    let here = Incoming {
        path: "here",
        ..get("")
    };
    let call = Incoming {
        path: "rpc/travel",
        ..post(b"{}")
    };
    for _ in 0..3 {
        project.ask(1, &call).await.unwrap();
        let outcome = project.ask(1, &here).await.unwrap();
        let body = String::from_utf8(outcome.rows.unwrap().body).unwrap();
        assert_eq!(body, r#"[{"zone":"UTC"}]"#);
    }
}
