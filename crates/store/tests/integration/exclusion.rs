//! Exclusion constraints through the life of a table: made, renamed, rebuilt, removed.

use underpin_base::{Code, Details, Value};

use super::Shop;

const TABLE: &str = "create table stays (id int primary key, room int, nights int4range,
    constraint apart exclude using gist (room with =, nights with &&));
    insert into stays values (1, 1, '[1,5)'), (2, 1, '[5,9)'), (3, 2, '[1,9)');";

/// Applies `changes` after the table was made, and tells what an insert of a stay that meets another answers.
#[track_caller]
fn check(changes: &[&str], insert: &str, expected: Option<&str>) {
    let shop = Shop::new();
    let texts: Vec<&str> = [TABLE].iter().chain(changes).copied().collect();
    shop.migrate(&texts).unwrap();
    let found = shop.migrate(&[&texts[..], &[insert]].concat());
    let message = found.err().map(|error| error.message().to_owned());
    assert_eq!(message.as_deref(), expected);
    // The file is what the migrations made, its triggers too.
    shop.store.close();
    shop.beside().unwrap();
}

const APART: Option<&str> = Some("conflicting key value violates exclusion constraint \"apart\"");
const MEETS: &str = "insert into stays (id, room, nights) values (9, 1, '[4,5]');";

#[rustfmt::skip]
#[test]
fn a_constraint_lives_with_its_table() {
    check(&[], MEETS, APART);
    check(&[], "insert into stays values (9, 1, '[9,12)'), (10, 3, '[1,5)'), (11, 1, null), (12, null, '[1,5)');", None);
    check(&[], "update stays set nights = nights + int4range(5, 6) where id = 1;", APART);
    check(&[], "update stays set room = room + 10;", None);
    check(&["alter table stays add column guests int not null default 2 check (guests > 0);"], MEETS, APART);
    check(&["alter table stays rename to visits;"], "insert into visits values (9, 1, '[4,5]');", APART);
    check(&["alter table stays rename column nights to days;"], "insert into stays values (9, 1, '[4,5]');", APART);
    check(&["create schema old;", "alter table stays set schema old;"], "insert into old.stays values (9, 1, '[4,5]');", APART);
    check(&["alter table stays rename constraint apart to alone;"], MEETS, Some("conflicting key value violates exclusion constraint \"alone\""));
    check(&["alter table stays drop constraint apart;"], MEETS, None);
    check(&["alter table stays drop column nights;"], "insert into stays values (9, 1);", None);
    check(&["alter table stays alter column room type bigint;"], MEETS, APART);
    check(&["create table copies (like stays including all);", "insert into copies values (1, 1, '[1,5)');"], "insert into copies values (2, 1, '[4,5]');", Some("conflicting key value violates exclusion constraint \"copies_room_nights_excl\""));
    check(&["drop table stays;", "create table stays (id int, room int, nights int4range);"], MEETS, None);
}

#[test]
fn rows_that_meet_already_are_refused() {
    let shop = Shop::new();
    let plain = "create table stays (id int primary key, nights int4range); insert into stays values (1, '[1,5)'), (2, '[3,9)');";
    let add = "alter table stays add constraint apart exclude using gist (nights with &&);";
    let error = shop.migrate(&[plain, add]).unwrap_err();
    assert_eq!(error.code(), &Code::EXCLUSION);
    assert_eq!(
        error.message(),
        "could not create exclusion constraint \"apart\""
    );
    assert_eq!(
        error.get_details(),
        Some(&Details::Text(
            "Key (nights)=([3,9)) conflicts with key (nights)=([1,5)).".to_owned()
        ))
    );
    assert_eq!(shop.value("select count(*) from stays"), Value::Int(2));
}

#[rustfmt::skip]
#[test]
fn what_is_no_constraint_is_refused() {
    let check = |statement: &str, code: &str, message: &str| {
        let error = Shop::new().migrate(&[TABLE, statement]).unwrap_err();
        assert_eq!((error.code().as_str(), error.message()), (code, message), "{statement}");
    };
    check("create table q (b int4range, exclude using gist (b with @>));", "42809", "operator @>(anyrange,anyrange) is not commutative");
    check("create table q (b int4range, exclude using gist (b with @@@));", "42883", "operator does not exist: int4range @@@ int4range");
    check("create table q (a int, exclude using gist (a with &&));", "42883", "operator does not exist: integer && integer");
    check("create table q (a int, exclude using gist (c with =));", "42703", "column \"c\" does not exist");
    check("alter table stays add constraint apart exclude using gist (room with =);", "42P07", "relation \"apart\" already exists");
    check("create table q (a int, t timestamptz, exclude using gist (a with =) where (t > now()));", "42P17", "functions in index predicate must be marked IMMUTABLE");
    check("drop index apart;", "2BP01", "cannot drop index apart because constraint apart on table stays requires it");
}
