use super::*;

#[test]
fn names_are_quoted_when_they_must_be() {
    for (plain, written) in [
        ("id", "id"),
        ("a b", "a b"),
        ("a-b", "a-b"),
        (" a", "\" a\""),
        ("a.b", "\"a.b\""),
        ("a\"b", "\"a\\\"b\""),
        ("order", "\"order\""),
        ("orders", "orders"),
        ("a-", "\"a-\""),
    ] {
        assert_eq!(name(plain), written);
    }
}
