//! Operations on dates and times, against what PostgreSQL 15 answered.

use underpin_base::Result;

use super::*;
use crate::types::interval::Interval;
use crate::types::tests::{canonical, check_table, int, show, value};
use crate::types::{Type, Value, ValueRef, float};

const TIMESTAMP: &Type = &Type::Timestamp;

fn timestamp(found: Result<i64>) -> Result<String> {
    Ok(show(TIMESTAMP, &Value::Int(found?)))
}

fn date(found: Result<i64>) -> Result<String> {
    Ok(show(&Type::Date, &Value::Int(found?)))
}

fn time(found: i64) -> String {
    show(&Type::Time, &Value::Int(found))
}

fn numbers(arguments: &[&str]) -> Vec<i64> {
    arguments.iter().map(|it| it.parse().unwrap_or(0)).collect()
}

fn sums(name: &str, arguments: &[&str]) -> Result<String> {
    let [left, right] = [arguments[0], arguments[1]];
    let moment = |text| int(TIMESTAMP, text);
    match name {
        "add_interval" => timestamp(add_interval(moment(left)?, Interval::read(right)?)),
        "subtract_interval" => timestamp(subtract_interval(moment(left)?, Interval::read(right)?)),
        "difference" => Ok(difference(moment(left)?, moment(right)?)?.to_string()),
        "age" => Ok(age(moment(left)?, moment(right)?)?.to_string()),
        "add_days" => date(add_days(int(&Type::Date, left)?, right.parse().unwrap())),
        "date_add_interval" => {
            let interval = Interval::read(right)?;
            timestamp(add_interval_to_date(int(&Type::Date, left)?, interval))
        }
        "date_difference" => {
            let (left, right) = (int(&Type::Date, left)?, int(&Type::Date, right)?);
            Ok(date_difference(left, right)?.to_string())
        }
        "date_at" => timestamp(date_at(int(&Type::Date, left)?, int(&Type::Time, right)?)),
        "time_add" => Ok(time(add_to_time(
            int(&Type::Time, left)?,
            Interval::read(right)?,
        ))),
        "time_subtract" => {
            let interval = Interval::read(right)?;
            Ok(time(subtract_from_time(int(&Type::Time, left)?, interval)))
        }
        "time_difference" => {
            let (left, right) = (int(&Type::Time, left)?, int(&Type::Time, right)?);
            Ok(time_difference(left, right).to_string())
        }
        "timetz_add" => {
            let left = canonical(&Type::TimeTz, left)?;
            Ok(add_to_timetz(&left, Interval::read(right)?))
        }
        "compare_timetz" => {
            let left = canonical(&Type::TimeTz, left)?;
            let order = compare_timetz(&left, &canonical(&Type::TimeTz, right)?);
            Ok((order as i8).to_string())
        }
        _ => panic!("{name}"),
    }
}

fn type_named(name: &str) -> Type {
    Type::built_in(name).unwrap()
}

fn answer(name: &str, arguments: &[&str]) -> Result<String> {
    match name {
        "extract" => {
            let ty = type_named(arguments[2]);
            let value = value(&ty, arguments[1])?;
            Ok(extract(arguments[0], &ty, ValueRef::from(&value))?.unwrap_or_default())
        }
        "date_part" => {
            let ty = type_named(arguments[2]);
            let value = value(&ty, arguments[1])?;
            let part = date_part(arguments[0], &ty, ValueRef::from(&value))?;
            Ok(part.map_or_else(String::new, |it| show(&Type::Float8, &float::to_value(it))))
        }
        "truncate" => {
            let ty = type_named(arguments[2]);
            let cut = truncate(arguments[0], &ty, int(&ty, arguments[1])?)?;
            Ok(show(&ty, &Value::Int(cut)))
        }
        "truncate_interval" => {
            let interval = Interval::read(arguments[1])?;
            Ok(truncate_interval(arguments[0], interval)?.to_string())
        }
        "truncate_in_zone" => {
            let moment = int(&Type::TimestampTz, arguments[1])?;
            let cut = truncate_in_zone(arguments[0], moment, arguments[2])?;
            Ok(show(&Type::TimestampTz, &Value::Int(cut)))
        }
        "local_to_utc" => {
            let utc = local_to_utc(int(TIMESTAMP, arguments[0])?, arguments[1])?;
            Ok(show(&Type::TimestampTz, &Value::Int(utc)))
        }
        "utc_to_local" => timestamp(utc_to_local(
            int(&Type::TimestampTz, arguments[0])?,
            arguments[1],
        )),
        "bin" => {
            let moment = int(TIMESTAMP, arguments[1])?;
            let origin = int(TIMESTAMP, arguments[2])?;
            timestamp(bin(Interval::read(arguments[0])?, moment, origin))
        }
        "make_date" => {
            let parts = numbers(arguments);
            date(make_date(parts[0], parts[1], parts[2]))
        }
        "make_time" => {
            let parts = numbers(arguments);
            Ok(time(make_time(
                parts[0],
                parts[1],
                arguments[2].parse().unwrap(),
            )?))
        }
        "make_timestamp" => {
            let parts = numbers(arguments);
            let second = arguments[5].parse().unwrap();
            timestamp(make_timestamp(
                (parts[0], parts[1], parts[2]),
                (parts[3], parts[4], second),
            ))
        }
        "from_seconds" => {
            let seconds = value(&Type::Float8, arguments[0])?;
            let moment = from_seconds(float::from_value(ValueRef::from(&seconds)).unwrap())?;
            Ok(show(&Type::TimestampTz, &Value::Int(moment)))
        }
        _ => sums(name, arguments),
    }
}

#[test]
fn operations_answer_as_postgresql() {
    check_table(include_str!("../expected/datetime.txt"), answer);
}

#[test]
fn a_timestamptz_is_told_in_the_session_s_zone() {
    let told = |ty: &Type, text: &str| {
        let moment = crate::types::input(&Type::TimestampTz, text).unwrap();
        let to = ty.clone().into();
        let value = crate::types::cast(&Type::TimestampTz, &to, (&moment).into()).unwrap();
        show(ty, &value)
    };
    let check = |zone: &str, ty: &Type, text: &str, expected: &str| {
        let found = in_zone(Some(zone), || told(ty, text));
        assert_eq!(found, expected, "{text} in {zone}");
    };
    let (oslo, york) = ("Europe/Oslo", "America/New_York");
    let moment = &Type::TimestampTz;
    check(
        oslo,
        moment,
        "2026-07-01 00:30:00Z",
        "2026-07-01 02:30:00+02",
    );
    check(
        oslo,
        moment,
        "2026-01-01 00:30:00Z",
        "2026-01-01 01:30:00+01",
    );
    check(
        oslo,
        moment,
        "2026-01-01 00:30:00",
        "2026-01-01 00:30:00+01",
    );
    check(
        "Asia/Kolkata",
        moment,
        "2026-01-01",
        "2026-01-01 00:00:00+05:30",
    );
    check(york, moment, "infinity", "infinity");
    let night = "2026-01-01 00:30:00Z";
    check(york, &Type::Date, night, "2025-12-31");
    check(york, &Type::Timestamp, night, "2025-12-31 19:30:00");
    check(york, &Type::Time, night, "19:30:00");
    check(york, &Type::TimeTz, night, "19:30:00-05");
    check("Jupiter/Spot", moment, night, "2026-01-01 00:30:00+00");
    // The zone ends with the work.
    assert_eq!(told(moment, night), "2026-01-01 00:30:00+00");
}
