use underpin_base::Result;

use super::{Applied, File, checksum, plan};

fn file(name: &str, text: &str) -> File {
    File::new(format!("migrations/{name}.sql"), text).unwrap()
}

fn applied(name: &str, text: &str) -> Applied {
    let file = file(name, text);
    Applied {
        checksum: file.checksum(),
        version: file.version,
        name: file.name,
    }
}

fn check(applied: &[Applied], files: &[File], expected: Result<&[&str], &str>) {
    let found = plan(applied, files).map(|pending| {
        pending
            .files
            .into_iter()
            .map(|file| file.version)
            .collect::<Vec<_>>()
    });
    match (found, expected) {
        (Ok(found), Ok(expected)) => assert_eq!(found, expected),
        (Err(found), Err(expected)) => assert_eq!(found.message(), expected),
        (found, expected) => panic!("{found:?} instead of {expected:?}"),
    }
}

#[test]
fn every_file_is_pending_at_first_in_the_order_of_versions() {
    check(
        &[],
        &[file("10_b", "2"), file("9_a", "1"), file("011_c", "3")],
        Ok(&["9", "10", "011"]),
    );
}

#[test]
fn applied_files_are_not_pending() {
    check(
        &[applied("1_a", "1")],
        &[file("1_a", "1"), file("2_b", "2")],
        Ok(&["2"]),
    );
    check(&[applied("1_a", "1")], &[file("1_a", "1")], Ok(&[]));
}

#[test]
fn an_edited_file_is_refused() {
    check(
        &[applied("1_a", "1")],
        &[file("1_a", "one")],
        Err("the applied migration migrations/1_a.sql was edited"),
    );
}

#[test]
fn line_ends_are_no_edit() {
    check(
        &[applied("1_a", "a\nb\n")],
        &[file("1_a", "a\r\nb\r\n")],
        Ok(&[]),
    );
}

#[test]
fn a_missing_file_is_refused() {
    check(
        &[applied("1_a", "1")],
        &[],
        Err("the applied migration 1_a.sql is missing"),
    );
}

#[test]
fn a_file_before_an_applied_one_is_refused() {
    check(
        &[applied("2_b", "2")],
        &[file("1_a", "1"), file("2_b", "2")],
        Err("migrations/1_a.sql comes before version 2, which is already applied"),
    );
}

#[test]
fn two_files_of_one_version_are_refused() {
    check(
        &[],
        &[file("1_a", "1"), file("01_b", "2")],
        Err("migrations/1_a.sql and migrations/01_b.sql have the same version"),
    );
}

#[test]
fn names_have_one_form() {
    for (name, expected) in [
        (
            "20260101000000_products.sql",
            Some(("20260101000000", "products")),
        ),
        ("1_a-b.c.sql", Some(("1", "a-b.c"))),
        (
            "12345678901234567890_a.sql",
            Some(("12345678901234567890", "a")),
        ),
        ("123456789012345678901_a.sql", None),
        ("products.sql", None),
        ("20260101000000_.sql", None),
        ("_products.sql", None),
        ("1_a.txt", None),
        ("1_a b.sql", None),
        ("1a_b.sql", None),
        ("", None),
    ] {
        let found = File::parse_name(name).ok();
        assert_eq!(
            found
                .as_ref()
                .map(|it| (it.version.as_str(), it.name.as_str())),
            expected,
            "{name}"
        );
    }
}

#[test]
fn the_checksum_is_sha_256() {
    assert_eq!(
        checksum("abc"),
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    );
}
