//! Each limit: at it, and one past it.

use super::parse;
use underpin_base::Limits;

#[track_caller]
fn check_limit(limits: &Limits, at: &str, past: &str, message: &str) {
    assert!(parse(at, limits.clone()).is_ok(), "{at}");
    let error = parse(past, limits.clone()).expect_err(past);
    assert_eq!(
        (error.code().as_str(), error.message()),
        ("PGRST100", message)
    );
    assert!(
        error
            .get_hint()
            .is_some_and(|hint| hint.starts_with("the setting is limits.")),
        "{past}"
    );
}

fn nested(open: &str, inside: &str, close: &str, depth: usize) -> String {
    format!("{}{inside}{}", open.repeat(depth), close.repeat(depth))
}

#[test]
fn filter_depth() {
    let limits = Limits {
        filter_depth_max: 4,
        ..Limits::default()
    };
    let tree = |depth: usize| format!("or=({})", nested("and(", "a.eq.1", ")", depth - 1));
    check_limit(
        &limits,
        &tree(4),
        &tree(5),
        "the request has 5 levels of and/or, the limit is 4",
    );
}

#[test]
fn filter_conditions() {
    let limits = Limits {
        filter_conditions_max: 3,
        ..Limits::default()
    };
    let message = "the request has 4 conditions, the limit is 3";
    check_limit(
        &limits,
        "a=eq.1&b=eq.2&c=eq.3",
        "a=eq.1&b=eq.2&c=eq.3&d=eq.4",
        message,
    );
    check_limit(
        &limits,
        "a=eq.1&or=(b.eq.2,c.eq.3)",
        "a=eq.1&or=(b.eq.2,and(c.eq.3,d.eq.4))",
        message,
    );
    check_limit(
        &limits,
        "select=r(*)&a=eq.1&r.b=eq.2&r.c=eq.3",
        "select=r(*)&a=eq.1&r.b=eq.2&r.c=eq.3&r.d=eq.4",
        message,
    );
}

#[test]
fn in_values() {
    let limits = Limits {
        in_values_max: 3,
        ..Limits::default()
    };
    let message = "the request has 4 values in a list, the limit is 3";
    check_limit(&limits, "a=in.(1,2,3)", "a=in.(1,2,3,4)", message);
    check_limit(&limits, "or=(a.in.(1,2,3))", "or=(a.in.(1,2,3,4))", message);
}

#[test]
fn select_items() {
    let limits = Limits {
        select_items_max: 3,
        ..Limits::default()
    };
    let message = "the request has 4 items in select, the limit is 3";
    check_limit(&limits, "select=a,b,c", "select=a,b,c,d", message);
    check_limit(&limits, "select=a,r(b)", "select=a,r(b,c)", message);
    check_limit(
        &limits,
        "order=a,b,c",
        "order=a,b,c,d",
        "the request has 4 terms in order, the limit is 3",
    );
    check_limit(
        &limits,
        "columns=a,b,c",
        "columns=a,b,c,d",
        "the request has 4 names in a list, the limit is 3",
    );
    check_limit(
        &limits,
        "on_conflict=a,b,c",
        "on_conflict=a,b,c,d",
        "the request has 4 names in a list, the limit is 3",
    );
}

#[test]
fn embeds() {
    let limits = Limits {
        embeds_max: 3,
        embed_depth_max: 2,
        ..Limits::default()
    };
    check_limit(
        &limits,
        "select=a(*),b(*),c(*)",
        "select=a(*),b(*),c(*),d(*)",
        "the request has 4 embeds, the limit is 3",
    );
    check_limit(
        &limits,
        "select=a(b(*))",
        "select=a(b(c(*)))",
        "the request has 3 levels of embeds, the limit is 2",
    );
}

#[test]
fn json_paths() {
    let limits = Limits {
        json_depth_max: 2,
        ..Limits::default()
    };
    let message = "the request has 3 steps in a JSON path, the limit is 2";
    check_limit(&limits, "select=a->b->c", "select=a->b->c->d", message);
    check_limit(&limits, "a->b->c=eq.1", "a->b->c->d=eq.1", message);
    check_limit(&limits, "order=a->b->c", "order=a->b->c->d", message);
    check_limit(
        &limits,
        "or=(a->b->c.eq.1)",
        "or=(a->b->c->d.eq.1)",
        message,
    );
}

#[test]
fn depth_beyond_any_stack_is_refused_at_once() {
    let limits = Limits {
        query_bytes_max: 10 << 20,
        ..Limits::default()
    };
    for query in [
        format!("or=({}", "and(".repeat(100_000)),
        format!("or=({}", "not.or(".repeat(100_000)),
        format!("select={}", "a(".repeat(100_000)),
        format!("select={}", "...a(".repeat(100_000)),
        format!("a{}=eq.1", "->a".repeat(100_000)),
    ] {
        assert!(parse(&query, limits.clone()).is_err());
    }
}

#[test]
fn long_texts_take_linear_time() {
    let limits = Limits {
        query_bytes_max: 10 << 20,
        in_values_max: usize::MAX,
        filter_conditions_max: usize::MAX,
        ..Limits::default()
    };
    for query in [
        format!("a=in.({}", "\"a,".repeat(50_000)),
        format!("a=in.({}", "\"\\\",".repeat(50_000)),
        format!("a=in.({})", "\"a\"b,".repeat(50_000)),
        format!("or=({}", "a.eq.\"x,".repeat(50_000)),
        format!("or=({}", "a.eq.{x,".repeat(50_000)),
        format!("select=\"{}", "\\\"".repeat(50_000)),
        "a.".repeat(50_000) + "=eq.1",
    ] {
        let started = std::time::Instant::now();
        let _ = parse(&query, limits.clone());
        assert!(started.elapsed().as_secs() < 2, "{}", &query[..20]);
    }
}
