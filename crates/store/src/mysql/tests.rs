//! What needs no server: values as the driver has them.

use mysql_async::Value as Raw;
use underpin_base::Value;
use underpin_sql::types::{self, Type};

use super::codec::{operand, read, read_found, stored, text_found, text_value};

/// Checks that PostgreSQL's text of a type is bound as `raw` and read back as it was.
#[track_caller]
fn check(ty: &Type, text: &str, raw: Raw) {
    let value = types::input(ty, text).unwrap();
    assert_eq!(stored(&value, ty).unwrap(), raw);
    assert_eq!(read(raw, ty).unwrap(), value);
}

#[test]
fn values_are_bound_and_read_as_the_database_has_them() {
    let bytes = |text: &str| Raw::Bytes(text.as_bytes().to_vec());
    check(&Type::Bool, "true", Raw::Int(1));
    check(&Type::Int8, "-9223372036854775808", Raw::Int(i64::MIN));
    check(&Type::Float8, "0.1", Raw::Double(0.1));
    check(&Type::Numeric, "1.500", bytes("1.500"));
    check(&Type::Text, "a\\b", bytes("a\\b"));
    check(
        &Type::Jsonb,
        "{\"b\": 1, \"a\": 2}",
        bytes("{\"a\":2,\"b\":1}"),
    );
    check(&Type::Bytea, "\\x00ff", Raw::Bytes(vec![0, 255]));
    check(&Type::Date, "0001-01-01", Raw::Date(1, 1, 1, 0, 0, 0, 0));
    check(
        &Type::Date,
        "9999-12-31",
        Raw::Date(9999, 12, 31, 0, 0, 0, 0),
    );
    check(
        &Type::TimestampTz,
        "1969-12-31 23:59:59.999999+00",
        Raw::Date(1969, 12, 31, 23, 59, 59, 999_999),
    );
    check(&Type::Time, "24:00:00", Raw::Time(false, 1, 0, 0, 0, 0));
    check(
        &Type::Time,
        "01:02:03.000004",
        Raw::Time(false, 0, 1, 2, 3, 4),
    );
}

#[test]
fn values_that_the_database_lacks_are_refused() {
    for (ty, text) in [
        (Type::Date, "infinity"),
        (Type::Date, "0044-03-15 BC"),
        (Type::TimestampTz, "-infinity"),
        (Type::Timestamp, "10000-01-01 00:00"),
    ] {
        let value = types::input(&ty, text).unwrap();
        let error = stored(&value, &ty).unwrap_err();
        assert_eq!(error.code().as_str(), "22008", "{text}");
    }
    for (ty, text) in [(Type::Float8, "NaN"), (Type::Float4, "infinity")] {
        let value = types::input(&ty, text).unwrap();
        let error = stored(&value, &ty).unwrap_err();
        assert_eq!(error.code().as_str(), "0A000", "{text}");
    }
    // In a text column it is kept; as an operand it would be compared as a number.
    let nan = Value::text("NaN");
    assert!(stored(&nan, &Type::Numeric).is_ok());
    assert!(operand(&nan, &Type::Numeric).is_err());
    let long = Value::text("1".repeat(36));
    assert!(operand(&long, &Type::Numeric).is_err());
    assert!(operand(&Value::text("1".repeat(35)), &Type::Numeric).is_ok());
}

#[test]
fn what_the_database_prints_is_read() {
    for (ty, text, expected) in [
        (Type::Bool, "1", Value::Int(1)),
        (Type::Int4, "-5", Value::Int(-5)),
        (Type::Float8, "1e300", Value::Float(1e300)),
        (Type::Numeric, "1.50", Value::text("1.50")),
        (Type::Bytea, "00FF", Value::Bytes([0, 255].into())),
        (
            Type::TimestampTz,
            "1970-01-01 00:00:01.500000",
            Value::Int(1_500_000),
        ),
    ] {
        assert_eq!(text_value(&ty, text).unwrap(), expected, "{text}");
    }
}

/// A date that is none, such as others write into a database, is no date.
#[test]
fn zero_dates_are_null() {
    let zero = Raw::Date(0, 0, 0, 0, 0, 0, 0);
    assert_eq!(read(zero, &Type::Date).unwrap(), Value::Null);
}

/// What a type has no room for is an error of the value, never another value.
#[test]
fn values_of_others_are_read_or_refused() {
    let bytes = |text: &str| Raw::Bytes(text.as_bytes().to_vec());
    let read = |raw, ty: &Type| read_found(raw, ty).map_err(|error| error.code().clone());
    assert_eq!(read(Raw::UInt(7), &Type::Int8).unwrap(), Value::Int(7));
    let most = read(Raw::UInt(u64::MAX), &Type::Int8).unwrap_err();
    assert_eq!(most.as_str(), "22003");
    assert_eq!(
        read(Raw::UInt(u64::MAX), &Type::Numeric).unwrap(),
        Value::text(u64::MAX.to_string())
    );
    for raw in [
        Raw::Time(true, 0, 1, 0, 0, 0),
        Raw::Time(false, 34, 22, 59, 59, 0),
    ] {
        assert_eq!(read(raw, &Type::Time).unwrap_err().as_str(), "22008");
    }
    assert!(read(Raw::Time(false, 0, 23, 59, 59, 0), &Type::Time).is_ok());
    assert_eq!(
        read(bytes(r#"{"b": 1.50,  "a": [1]}"#), &Type::Jsonb).unwrap(),
        types::input(&Type::Jsonb, r#"{"a": [1], "b": 1.50}"#).unwrap()
    );
    assert_eq!(
        read(bytes("00042.50"), &Type::Numeric).unwrap(),
        Value::text("42.50")
    );
    assert!(text_found(&Type::Time, "-01:00:00").is_err());
    assert!(text_found(&Type::Int8, "18446744073709551615").is_err());
}
