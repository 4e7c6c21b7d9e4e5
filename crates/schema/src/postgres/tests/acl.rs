use crate::postgres::acl::holders;

#[track_caller]
fn check(acl: Option<&[&str]>, letter: char, expected: &[&str]) {
    let acl: Option<Vec<String>> =
        acl.map(|items| items.iter().map(|&item| item.to_owned()).collect());
    let found = holders(acl.as_deref(), "owner", letter, true);
    let found: Vec<&str> = found.iter().map(|role| &**role).collect();
    assert_eq!(found, expected);
}

#[test]
fn grantees_are_read_as_postgresql_prints_them() {
    check(Some(&["anon=arwdDxt/owner", "b=a/owner"]), 'r', &["anon"]);
    check(
        Some(&["=X/owner", "anon=X/owner"]),
        'X',
        &["anon", "public"],
    );
    check(Some(&["anon=r*w/\"a=b\""]), 'w', &["anon"]);
    check(Some(&["\"odd role\"=r/owner"]), 'r', &["odd role"]);
    check(Some(&["\"a\"\"=b/\"=U/owner"]), 'U', &["a\"=b/"]);
    check(Some(&["\"never closed=r/owner", "nothing", ""]), 'r', &[]);
}

#[test]
fn without_a_list_it_is_the_owner_and_everybody() {
    check(None, 'X', &["owner", "public"]);
    check(Some(&[]), 'X', &[]);
}
