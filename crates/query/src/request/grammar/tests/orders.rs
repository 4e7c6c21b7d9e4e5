use super::{check, check_same, parse};
use crate::request::OrderTerm;
use underpin_base::Limits;

#[test]
fn directions_and_nulls() {
    for order in [
        "a",
        "a,b,c",
        "a.desc",
        "a.nullsfirst",
        "a.nullslast",
        "a.desc.nullsfirst",
        "a.desc.nullslast,b",
        "data->a.desc",
        "data->>a.nullslast",
        "data->a->0.desc",
        "data->-1",
        "rel(a)",
        "rel(a).desc",
        "rel(a).desc.nullslast",
        "rel(data->a).nullsfirst",
        "rel(data->0),a",
        "a,rel(b),c.desc",
        "\"a.b\".desc",
        "\"a,b\"",
        "\"my rel!\"(a)",
        "asc",
        "desc.desc",
    ] {
        check_same(&format!("order={order}"));
    }
    check("order=a.asc", "order=a");
    check("order=a.asc.nullslast", "order=a.nullslast");
    check("order=+a.desc+,+b+", "order=a.desc,b");
    check("order=a&order=b", "order=a");
}

#[test]
fn the_parts_of_a_term() {
    let request = parse("order=rel(a->>b).desc.nullslast", Limits::default()).expect("parses");
    let [
        OrderTerm {
            relation,
            column,
            path,
            descending,
            nulls_first,
        },
    ] = request.query.order.as_slice()
    else {
        panic!("not one term");
    };
    assert_eq!(relation.as_deref(), Some("rel"));
    assert_eq!(&**column, "a");
    assert_eq!(path.len(), 1);
    assert!(*descending);
    assert_eq!(*nulls_first, Some(false));
}

#[test]
fn limit_and_offset() {
    check_same("limit=10");
    check_same("limit=0");
    check_same("limit=10&offset=20");
    check("offset=20&limit=10", "limit=10&offset=20");
    check("offset=0", "");
    check("limit=1&limit=2", "limit=2");
    check("limit=", "");
    check("limit=undefined&offset=null", "");
    check("limit=+5+", "limit=5");
    check("limit=99999999999999999999", "limit=9223372036854775807");
}
