use std::path::Path;

use super::relative;

#[track_caller]
fn check(path: &str, expected: Option<&str>) {
    assert_eq!(relative(path).as_deref(), expected.map(Path::new), "{path}");
}

#[test]
fn a_path_becomes_a_path_within_the_folder_or_nothing() {
    check("/", Some(""));
    check("/a/b.html", Some("a/b.html"));
    check("//a///b", Some("a/b"));
    check("/a%20b/%C3%A4", Some("a b/ä"));
    check("/.well-known/x", Some(".well-known/x"));
    check("/a/.well-known/x", Some("a/.well-known/x"));
    for refused in [
        "/..",
        "/a/../b",
        "/%2e%2e/b",
        "/.env",
        "/a/.git/x",
        "/.",
        "/a\\b",
        "/a%5cb",
        "/a%00",
        "/c:/x",
        "/%ff",
    ] {
        check(refused, None);
    }
}

proptest::proptest! {
    #[test]
    fn no_path_leads_out(path in "[/.%\\\\a-z0-9:]{0,60}") {
        if let Some(relative) = relative(&path) {
            assert!(relative.is_relative());
            assert!(relative.iter().all(|part| part != ".."));
        }
    }
}
