use super::{nearest, other};

#[test]
fn a_name_that_is_like_another_finds_it() {
    let check = |name: &str, names: &[&str], expected: Option<&str>| {
        assert_eq!(nearest(name, names.iter().copied()), expected, "{name}");
    };
    check("film", &["films", "directors"], Some("films"));
    check("role", &["directors", "roles", "actors"], Some("roles"));
    check("testt", &["test", "another"], Some("test"));
    check("other", &["test", "another"], Some("another"));
    check("noclosealternative", &["test", "another"], None);
    check(
        "projectss",
        &["projects", "project_clients"],
        Some("projects"),
    );
    check("Films", &["films"], Some("films"));
    check("x", &["y"], None);
    check("", &["films"], None);
}

#[test]
fn a_name_that_is_known_is_not_another() {
    assert_eq!(other("films", ["films", "film"].into_iter()), None);
    assert_eq!(other("filmz", ["films", "film"].into_iter()), Some("films"));
}
