//! Operations on intervals, against what PostgreSQL 15 answered.

use proptest::prelude::*;
use underpin_base::Result;

use super::*;
use crate::types::tests::check_table;

fn answer(name: &str, arguments: &[&str]) -> Result<String> {
    if name == "make" {
        let parts: Vec<i64> = arguments.iter().map(|it| it.parse().unwrap_or(0)).collect();
        let seconds = arguments[6].parse().unwrap();
        let made = Interval::make(
            (parts[0], parts[1]),
            (parts[2], parts[3]),
            (parts[4], parts[5], seconds),
        );
        return Ok(made?.to_string());
    }
    let first = Interval::read(arguments[0])?;
    let second = || Interval::read(arguments[1]);
    let factor = || arguments[1].parse::<f64>().unwrap();
    let found = match name {
        "add" => first.plus(second()?),
        "subtract" => first.minus(second()?),
        "negate" => first.negated(),
        "multiply" => first.times(factor()),
        "divide" => first.divided_by(factor()),
        "justify_hours" => first.justify_hours(),
        "justify_days" => first.justify_days(),
        "justify_interval" => first.justify(),
        "compare" => {
            let order = compare(&first.to_string(), &second()?.to_string());
            return Ok((order as i8).to_string());
        }
        _ => panic!("{name}"),
    };
    Ok(found?.to_string())
}

proptest! {
    #[test]
    fn what_is_printed_is_read_at_once(months in any::<i32>(), days in any::<i32>(), microseconds in any::<i64>()) {
        for microseconds in [microseconds, microseconds % 100_000_000, 0] {
            let interval = Interval { months, days, microseconds };
            let printed = interval.to_string();
            prop_assert_eq!(canonical::parse(&printed), Some(interval), "{}", printed);
        }
    }

    #[test]
    fn the_short_way_agrees_with_the_long_one(text in "-?[0-9]{1,3} (year|mon|day|mons)s?( -?[0-9]{0,2}:[0-9]{2}:[0-9]{2})?(\\.[0-9]{1,7})?") {
        if let Some(interval) = canonical::parse(&text) {
            prop_assert_eq!(input::parse(&text).unwrap(), interval);
        }
    }
}

#[test]
fn operations_answer_as_postgresql() {
    check_table(include_str!("../expected/interval.txt"), answer);
}
