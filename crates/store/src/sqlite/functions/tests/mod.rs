mod index;
mod postgres;
mod table;
mod things;
mod tree;

use rusqlite::Connection;
use underpin_base::Value;

use super::arguments::value;
use super::*;

fn connection() -> Connection {
    let connection = Connection::open_in_memory().unwrap();
    register(&connection, &Deadline::never()).unwrap();
    connection
}

/// Checks what SQLite answers to `select expression`; an error is its code and message.
#[track_caller]
fn check(expression: &str, expected: &str) {
    let answer = connection().query_row(&format!("SELECT {expression}"), [], |row| {
        Ok(value(row.get_ref(0)?).to_value())
    });
    let answer = match answer {
        Ok(Value::Null) => "null".to_owned(),
        Ok(Value::Int(value)) => value.to_string(),
        Ok(Value::Float(value)) => format!("{value:?}"),
        Ok(Value::Text(text)) => text.into(),
        Ok(Value::Bytes(bytes)) => format!("{bytes:02x?}"),
        Err(cause) => match decode_error(&cause) {
            Some(error) => format!("{}: {}", error.code(), error.message()),
            None => panic!("{expression}: {cause}"),
        },
    };
    assert_eq!(answer, expected, "{expression}");
}

#[test]
fn integers_are_checked() {
    check("pg_int4_add(1, 2)", "3");
    check("pg_int4_add(2147483647, 1)", "22003: integer out of range");
    check(
        "pg_int8_multiply(9223372036854775807, 2)",
        "22003: bigint out of range",
    );
    check("pg_int4_divide(-7, 2)", "-3");
    check("pg_int4_divide(1, 0)", "22012: division by zero");
    check("pg_int_modulo(-7, 3)", "-1");
    check("pg_int4_add(null, 1)", "null");
}

#[test]
fn texts_count_characters() {
    check("pg_left('häuser', -2)", "häus");
    check("pg_right('häuser', 2)", "er");
    check("pg_substring('abcdef', 0, 3)", "ab");
    check(
        "pg_substring('abc', 1, -1)",
        "22011: negative substring length not allowed",
    );
    check("pg_lpad('7', 3, '0')", "007");
    check("pg_lpad('12345', 3, '0')", "123");
    check("pg_split_part('a,b,c', ',', -1)", "c");
    check("pg_translate('12345', '143', 'ax')", "a2x5");
    check("pg_initcap('hELLO wORLD-x')", "Hello World-X");
    check(
        "pg_repeat('x', 100000000)",
        "54000: requested length too large",
    );
}

#[test]
fn like_is_case_sensitive_and_escapes() {
    check("pg_like('Abc', 'a%')", "0");
    check("pg_ilike('ABC', 'a_c')", "1");
    check("pg_like('a%c', 'a\\%c')", "1");
    check("pg_like('abc', 'a\\%c')", "0");
    check(
        "pg_like('xy', 'x\\')",
        "22025: LIKE pattern must not end with escape character",
    );
    check("pg_like('', '')", "1");
    check(
        "pg_like('aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab', '%a%a%a%a%a%a%a%c')",
        "0",
    );
}

#[test]
fn regular_expressions_are_postgres() {
    check("pg_match('foobar', '^foo')", "1");
    check("pg_imatch('FOO', 'o{2}')", "1");
    check("pg_regexp_replace('Thomas', '.[mN]a.', 'M')", "ThM");
    check(
        "pg_regexp_replace_flags('foobarbaz', 'b(..)', 'X\\1Y', 'g')",
        "fooXarYXazY",
    );
    check(
        "pg_regexp_match('foobarbequebaz', '(bar)(beque)')",
        r#"["bar","beque"]"#,
    );
    check(
        "pg_regexp_split('the  quick', '\\s+')",
        r#"["the","quick"]"#,
    );
    check("pg_regexp_split('abc', '')", r#"["a","b","c"]"#);
    check(
        "pg_match('x', '(')",
        "2201B: invalid regular expression: parentheses () not balanced",
    );
}

#[test]
fn objects_are_written_as_rows_are() {
    check(
        r#"underpin_object('i"id"' || char(10) || 't"na\"me"' || char(10) || 'b"ok"' || char(10), 1, 'x"y', 1)"#,
        r#"{"id":1,"na\"me":"x\"y","ok":true}"#,
    );
    check(
        r#"underpin_object_join('{"a":1}', '{}', '{"b":2}')"#,
        r#"{"a":1,"b":2}"#,
    );
    check("(SELECT underpin_rows('{}') WHERE 0)", "[]");
}

#[test]
fn errors_travel_whole() {
    let error = underpin_base::Error::new(underpin_base::Code::INVALID_TEXT, "a \"b\"\0: c")
        .details("d")
        .hint("h");
    let decoded = decode_error(&failure::encode(&error)).unwrap();
    assert_eq!(decoded.message(), error.message());
    assert_eq!(decoded.get_details(), error.get_details());
    assert_eq!(decoded.get_hint(), error.get_hint());
}

#[test]
fn aggregates_keep_their_types() {
    let of = |call: &str, rows: &str| format!("(SELECT {call} FROM (VALUES {rows}))");
    check(
        &of("pg_sum_numeric(column1)", "(9223372036854775807), (1)"),
        "9223372036854775808",
    );
    check(
        &of("pg_sum_numeric(column1)", "('1.10'), (null), ('2.2')"),
        "3.30",
    );
    check(
        &of("pg_avg_numeric(column1)", "(1), (2)"),
        "1.5000000000000000",
    );
    check(&of("pg_avg_numeric(column1)", "(null)"), "null");
    check(
        &of("pg_stddev_samp_numeric(column1)", "(1), (2), (4)"),
        "1.5275252316519467",
    );
    check(
        &of("pg_var_pop_numeric(column1)", "(1), (2), (4)"),
        "1.5555555555555556",
    );
    check(
        &of("pg_sum_float8(column1)", "(0.1), (0.2)"),
        "0.30000000000000004",
    );
    check(
        &of("underpin_array_agg('text', column1)", "('a'), (null)"),
        r#"["a",null]"#,
    );
    check(
        &of("underpin_json_agg('int4', column1)", "(1), (2)"),
        "[1, 2]",
    );
    check(
        &of(
            "underpin_jsonb_agg('json', column1)",
            "('{\"b\": 1, \"a\": 2}')",
        ),
        r#"[{"a":2,"b":1}]"#,
    );
    check(
        &of(
            "underpin_json_object_agg('text' || char(10) || 'int4', column1, 1)",
            "('a'), ('b')",
        ),
        r#"{ "a" : 1, "b" : 1 }"#,
    );
    check(
        &of(
            "underpin_collected_string('text', underpin_collect(DISTINCT column1), ';')",
            "('a'), ('a')",
        ),
        "a",
    );
}

#[test]
fn sums_are_window_functions() {
    check(
        "(SELECT group_concat(s, ' ') FROM (SELECT pg_sum_numeric(column1) OVER (ORDER BY column1 \
         ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) AS s FROM (VALUES ('1.5'), ('2'), ('3'))))",
        "1.5 3.5 5",
    );
}

#[test]
fn json_is_looked_into() {
    check("pg_json_member('{\"a\": [1, 2]}', 'a')", "[1, 2]");
    check("pg_json_element('[1,2,3]', -1)", "3");
    check("pg_json_member_text('{\"a\": \"x\\u0041\"}', 'a')", "xA");
    check("pg_json_member_text('{\"a\": null}', 'a')", "null");
    check(
        "pg_jsonb_member_text('{\"a\":{\"b\":1,\"c\":2}}', 'a')",
        r#"{"b": 1, "c": 2}"#,
    );
    check(
        "pg_json_path('{\"a\":[{\"b\":7}]}', '[\"a\",\"0\",\"b\"]')",
        "7",
    );
    check("pg_jsonb_has_key('[\"a\"]', 'a')", "1");
    check(
        "pg_json_array_length('{}')",
        "22023: cannot get array length of a non-array",
    );
    check(
        "pg_json_build_object('text' || char(10) || 'int4' || char(10) || 'unknown' || char(10) || 'bool', 'a', 1, 'b', 1)",
        r#"{"a" : 1, "b" : true}"#,
    );
    check(
        "pg_jsonb_build_array('int4' || char(10) || 'text', 1, 'x')",
        r#"[1,"x"]"#,
    );
    check(
        "pg_jsonb_each('{\"a\":{\"b\":1}}')",
        r#"[["a","{\"b\":1}"]]"#,
    );
}

#[test]
fn arrays_are_lists_of_json() {
    check(
        "pg_array_append('int4[]' || char(10) || 'int4', '[1]', 2)",
        "[1,2]",
    );
    check(
        "pg_array_cat('int4[]' || char(10) || 'int4[]', null, '[1]')",
        "[1]",
    );
    check(
        "pg_array_length('text[]' || char(10) || 'int4', '[[1,2],[3,4]]', 2)",
        "2",
    );
    check(
        "pg_array_position('text[]' || char(10) || 'text', '[\"a\",\"b\"]', 'b')",
        "2",
    );
    check("underpin_array_contains('int4[]', '[1,2,3]', '[3,1]')", "1");
    check(
        "pg_array_to_string('bool[]' || char(10) || 'text', '[true,null,false]', ',')",
        "t,f",
    );
    check("pg_string_to_array('a,b,', ',')", r#"["a","b",""]"#);
    check("underpin_subscript('date[]', '[\"1970-01-02\"]', 1)", "1");
    check(
        "underpin_any('<', 'int4' || char(10) || 'int4', 1, '[null, 5]')",
        "1",
    );
    check(
        "underpin_all('<', 'int4' || char(10) || 'int4', 1, '[null, 5]')",
        "null",
    );
}

#[test]
fn any_types_are_printed() {
    let codes = "'text' || char(10) || 'bool' || char(10) || 'date'";
    check(&format!("pg_concat({codes}, 'x', 1, 0)"), "xt1970-01-01");
    check(
        &format!("pg_concat_ws({codes}, '-', null, 0)"),
        "1970-01-01",
    );
    check(
        "pg_format('text' || char(10) || 'text' || char(10) || 'text', '%I = %2$L%%', 'a b', 'it''s')",
        "\"a b\" = 'it''s'%",
    );
    check("pg_typeof('numeric', '1')", "numeric");
}

#[test]
fn sequences_count() {
    let connection = connection();
    let ask = |call: &str| -> String {
        let answer = connection.query_row(&format!("SELECT {call}"), [], |row| {
            row.get::<_, Option<i64>>(0)
        });
        match answer {
            Ok(value) => format!("{value:?}"),
            Err(cause) => decode_error(&cause).unwrap().message().to_owned(),
        }
    };
    assert_eq!(
        ask("pg_currval('orders')"),
        "currval of sequence \"orders\" is not yet defined in this session"
    );
    assert_eq!(ask("pg_nextval('orders')"), "Some(1)");
    assert_eq!(ask("pg_nextval('public.\"orders\"')"), "Some(2)");
    assert_eq!(ask("pg_currval('orders')"), "Some(2)");
    assert_eq!(ask("pg_setval('orders', 9)"), "Some(9)");
    assert_eq!(ask("pg_nextval('orders')"), "Some(10)");
    assert_eq!(ask("pg_setval_called('orders', 20, 0)"), "Some(20)");
    assert_eq!(ask("pg_nextval('orders')"), "Some(20)");
    assert_eq!(ask("pg_lastval()"), "Some(20)");
    assert_eq!(ask("pg_setval('orders', null)"), "None");
}

#[test]
fn checks_of_the_schema_know_who_asks() {
    let connection = Connection::open_in_memory().unwrap();
    let context = register(&connection, &Deadline::never()).unwrap();
    let ask = |code: &str| {
        connection
            .query_row("SELECT underpin_context(?1)", [code], |row| {
                Ok(value(row.get_ref(0)?).to_value())
            })
            .unwrap()
    };
    assert_eq!(ask("role"), Value::Null);
    context.set(&underpin_base::Identity::visitor(), 7);
    assert_eq!(ask("role"), Value::text("anon"));
    assert_eq!(ask("now"), Value::Int(7));
    assert_eq!(ask("uid"), Value::Null);
    assert_eq!(ask("setting:role"), Value::text("anon"));
}
