use super::*;

#[test]
fn the_address_is_the_public_one_or_the_one_that_was_asked() {
    let check = |public_url, expected| {
        assert_eq!(address(public_url, Some("127.0.0.1:54321")), expected);
    };
    check(None, ("http", "127.0.0.1:54321", ""));
    check(Some("https://shop.example"), ("https", "shop.example", ""));
    check(Some("https://shop.example/"), ("https", "shop.example", ""));
    check(
        Some("http://shop.example:8080/api/"),
        ("http", "shop.example:8080", "/api"),
    );
    assert_eq!(address(None, None), ("http", "localhost", ""));
}
