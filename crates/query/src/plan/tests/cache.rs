//! What is planned once serves every request of its form, and no other.

use underpin_base::Value;

use super::*;
use crate::plan::PlanCache;
use crate::request::Template;

/// Returns the SQL and the operands of `target`, planned through `cache`.
fn cached(
    cache: &PlanCache,
    world: World<'_>,
    target: &str,
    role: &str,
) -> Result<(String, Vec<Value>), Error> {
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    let incoming = Incoming {
        method: "GET",
        path,
        query,
        headers: &[],
        body: b"",
        spool: None,
    };
    let Parsed::Data(request) = Request::parse(&incoming, world.settings)? else {
        panic!("not a data request")
    };
    let identity = Identity::of_role(role);
    let fresh = Plan::authorize(&request, world, &identity);
    let plan = cache.authorize(&Template::from(*request), world, &identity);
    match (&fresh, &plan) {
        (Ok(fresh), Ok(plan)) => {
            assert_eq!(said(fresh), said(plan), "{target} as {role}");
        }
        (Err(fresh), Err(plan)) => assert_eq!(fresh.message(), plan.message(), "{target}"),
        _ => panic!("{target} as {role}: {fresh:?}, {plan:?}"),
    }
    plan.map(|plan| said(&plan))
}

fn said(plan: &Plan) -> (String, Vec<Value>) {
    match plan.action() {
        Action::Read(read) => (
            sqlite::select(&read.select).unwrap().sql.to_string(),
            plan.operands().to_vec(),
        ),
        _ => panic!("a read became something else"),
    }
}

#[test]
fn a_form_is_planned_once_for_each_role_and_has_the_operands_of_each_request() {
    let catalog = catalog();
    let relationships = Relationships::find(&catalog);
    let settings = ApiSettings::default();
    let world = World {
        catalog: &catalog,
        relationships: &relationships,
        settings: &settings,
    };
    let cache = PlanCache::default();
    let targets = [
        "books?id=eq.1",
        "books?id=eq.2",
        "books?id=eq.x",
        "books?id=gt.1",
        "books?id=not.eq.1",
        "books?id=in.(1,2)",
        "books?id=in.(1,3)",
        "books?or=(id.eq.1,title.eq.a)",
        "books?or=(id.eq.2,title.eq.b)",
        "books?title=eq.1",
        "books?limit=1&id=eq.1",
        "books?select=id,authors!inner(name)&authors.name=eq.a&id=lt.5",
        "books?select=id,authors!inner(name)&authors.name=eq.b&id=lt.6",
        "authors?select=id,books(title)&books.title=eq.a",
        "authors?select=id,books(title)&books.title=eq.b",
        "authors?secret=eq.a",
        "titles?title=eq.a",
    ];
    for _ in 0..2 {
        for target in targets {
            for role in ["anon", "authenticated", "service_role"] {
                // The comparison with a plan made afresh is in there.
                cached(&cache, world, target, role).ok();
            }
        }
    }
    let operands = |target| cached(&cache, world, target, "authenticated").unwrap().1;
    assert_eq!(operands("books?id=eq.2"), [Value::Int(2)]);
    assert_eq!(operands("books?title=eq.2"), [Value::text("2")]);
    assert_eq!(
        operands("books?select=id,authors!inner(name)&authors.name=eq.b&id=lt.6"),
        [Value::Int(6), Value::text("b")]
    );
    let refused = |target, role| {
        let error = cached(&cache, world, target, role).unwrap_err();
        error.code().as_str().to_owned()
    };
    assert_eq!(refused("books?id=eq.x", "authenticated"), "22P02");
    assert_eq!(refused("authors?secret=eq.a", "anon"), "42501");
    assert!(cached(&cache, world, "authors?secret=eq.a", "service_role").is_ok());
}

#[test]
fn more_forms_than_are_kept_are_planned_all_the_same() {
    let catalog = catalog();
    let relationships = Relationships::find(&catalog);
    let settings = ApiSettings::default();
    let world = World {
        catalog: &catalog,
        relationships: &relationships,
        settings: &settings,
    };
    let cache = PlanCache::default();
    for limit in 0..600 {
        let target = format!("books?select=id&id=eq.{limit}&limit={limit}");
        let (_, operands) = cached(&cache, world, &target, "authenticated").unwrap();
        assert_eq!(operands, [Value::Int(limit)]);
    }
}
