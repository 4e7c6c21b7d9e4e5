use underpin_base::{Code, Error};

use super::{Reply, range};

#[test]
fn content_range_names_first_last_and_total() {
    let check = |(offset, count, total), expected: &str| {
        assert_eq!(range::header(offset, count, total), expected);
    };
    check((0, 10, None), "0-9/*");
    check((10, 5, Some(57)), "10-14/57");
    check((0, 0, None), "*/*");
    check((0, 0, Some(0)), "*/0");
    check((60, 0, Some(60)), "*/60");
}

#[test]
fn status_is_partial_when_rows_are_left_out() {
    let check = |(offset, count, total), expected: Option<u16>| {
        assert_eq!(range::status(offset, count, total).ok(), expected);
    };
    check((0, 10, None), Some(200));
    check((0, 10, Some(10)), Some(200));
    check((0, 10, Some(11)), Some(206));
    check((11, 0, Some(11)), Some(206));
    check((12, 0, Some(11)), None);
}

#[test]
fn an_error_has_four_members_and_its_status() {
    let check = |error: Error, anonymous, expected_status, expected: &str| {
        let reply = Reply::error(&error, anonymous);
        assert_eq!(reply.status, expected_status);
        assert_eq!(String::from_utf8(reply.body).unwrap(), expected);
    };
    check(
        Error::new(Code::PRIVILEGE, "permission denied for table t"),
        true,
        401,
        r#"{"code":"42501","details":null,"hint":null,"message":"permission denied for table t"}"#,
    );
    check(
        Error::new(Code::PRIVILEGE, "permission denied for table t").cause("secret"),
        false,
        403,
        r#"{"code":"42501","details":null,"hint":null,"message":"permission denied for table t"}"#,
    );
    check(
        Error::new(Code::CARDINALITY, "UPDATE requires a WHERE clause"),
        false,
        400,
        r#"{"code":"21000","details":null,"hint":null,"message":"UPDATE requires a WHERE clause"}"#,
    );
    check(
        Error::internal("disk on fire"),
        false,
        500,
        r#"{"code":"PGRSTX00","details":null,"hint":null,"message":"an internal error occurred"}"#,
    );
}
