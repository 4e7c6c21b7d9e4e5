//! The names of types.

use super::type_is;

#[rustfmt::skip]
#[test]
fn built_in() {
    type_is("int", "integer");
    type_is("integer", "integer");
    type_is("int4", "integer");
    type_is("smallint", "smallint");
    type_is("bigint", "bigint");
    type_is("INT", "integer");
    type_is(r#""int4""#, "integer");
    type_is(r#""int""#, r#"42704: type "int" does not exist"#);
    type_is("pg_catalog.int4", "integer");
    type_is("serial", "integer serial");
    type_is("bigserial", "bigint serial");
    type_is("smallserial", "smallint serial");
    type_is("boolean", "boolean");
    type_is("text", "text");
    type_is("varchar", "character varying");
    type_is("varchar(20)", "character varying(20)");
    type_is("character varying(20)", "character varying(20)");
    type_is("char varying(3)", "character varying(3)");
    type_is("char", "character(1)");
    type_is("char(5)", "character(5)");
    type_is("character(5)", "character(5)");
    type_is("bpchar", "character");
    type_is(r#""char""#, r#"42704: type "char" does not exist"#);
    type_is("varchar(0)", "22023: length for type varchar must be at least 1");
    type_is("char(10485761)", "22023: length for type char cannot exceed 10485760");
    type_is("numeric", "numeric");
    type_is("numeric(10)", "numeric(10,0)");
    type_is("numeric(10,2)", "numeric(10,2)");
    type_is("numeric(10,-2)", "numeric(10,-2)");
    type_is("decimal(5,1)", "numeric(5,1)");
    type_is("numeric(1001)", "22023: NUMERIC precision 1001 must be between 1 and 1000");
    type_is("numeric(5,2000)", "22023: NUMERIC scale 2000 must be between -1000 and 1000");
    type_is("numeric(1,2,3)", "22023: invalid NUMERIC type modifier");
    type_is("real", "real");
    type_is("double precision", "double precision");
    type_is("float", "double precision");
    type_is("float(10)", "real");
    type_is("float(30)", "double precision");
    type_is("float(60)", "22023: precision for type float must be less than 54 bits");
    type_is("float8", "double precision");
    type_is("date", "date");
    type_is("time", "time without time zone");
    type_is("time(3)", "time(3) without time zone");
    type_is("time with time zone", "time with time zone");
    type_is("time(3) with time zone", "time(3) with time zone");
    type_is("timetz", "time with time zone");
    type_is("timestamp", "timestamp without time zone");
    type_is("timestamp(3)", "timestamp(3) without time zone");
    type_is("timestamp without time zone", "timestamp without time zone");
    type_is("timestamp with time zone", "timestamp with time zone");
    type_is("timestamp(3) with time zone", "timestamp(3) with time zone");
    type_is("timestamptz", "timestamp with time zone");
    type_is("timestamptz(0)", "timestamp(0) with time zone");
    type_is("timestamp(9)", "timestamp(6) without time zone");
    type_is("interval", "interval");
    type_is("interval(3)", "interval(3)");
    type_is("interval day", "0A000: intervals restricted to some fields are not supported");
    type_is("interval year to month", "0A000: intervals restricted to some fields are not supported");
    type_is("uuid", "uuid");
    type_is("json", "json");
    type_is("jsonb", "jsonb");
    type_is("bytea", "bytea");
    type_is("inet", "inet");
    type_is("citext", "citext");
    type_is("extensions.citext", "citext");
    type_is("xml", "xml");
    type_is("name", "name");
}

#[rustfmt::skip]
#[test]
fn arrays() {
    type_is("int[]", "integer[]");
    type_is("int[][]", "integer[]");
    type_is("int[3]", "integer[]");
    type_is("text array", "text[]");
    type_is("text array[4]", "text[]");
    type_is("varchar(20)[]", "character varying(20)[]");
    type_is("numeric(10,2)[]", "numeric(10,2)[]");
    type_is("timestamp with time zone[]", "timestamp with time zone[]");
}

#[rustfmt::skip]
#[test]
fn types_of_the_project() {
    type_is("mood", "mood");
    type_is("public.mood", "mood");
    type_is(r#""mood""#, "mood");
    type_is(r#""Mood""#, r#"42704: type "Mood" does not exist"#);
    type_is("mood[]", "mood[]");
    type_is("mood(3)", r#"42601: type modifier is not allowed for type "mood""#);
    type_is("spot", "spot");
    type_is("u", "u");
    type_is("posint", "integer domain public.posint");
    type_is("posint[]", "0A000: arrays of domains are not supported");
    type_is("nothing", r#"42704: type "nothing" does not exist"#);
    type_is("other.mood", r#"42704: type "other.mood" does not exist"#);
}

#[rustfmt::skip]
#[test]
fn refused() {
    type_is("money", r#"0A000: values of type "money" are not supported"#);
    type_is("bit(3)", "0A000: bit strings are not supported");
    type_is("varbit", r#"0A000: values of type "varbit" are not supported"#);
    type_is("tsvector", "tsvector");
    type_is("tstzrange", "tstzrange");
    type_is("int4multirange[]", "int4multirange[]");
    type_is("vector(3)", r#"0A000: values of type "vector" are not supported"#);
    type_is("setof int", "setof integer");
    type_is("setof text[]", "setof text[]");
    type_is("serial[]", "0A000: array of serial is not implemented");
}

#[rustfmt::skip]
#[test]
fn more_than_a_type() {
    type_is("int, text", r#"42601: "int, text" is not the name of a type"#);
    type_is("int as x", r#"42601: "int as x" is not the name of a type"#);
    type_is("int; select 1", r#"42601: "int; select 1" is not the name of a type"#);
    type_is("(select 1)", r#"42601: "(select 1)" is not the name of a type"#);
    type_is("int)", r#"42601: "int)" is not the name of a type"#);
    type_is("a.b.c", r#"0A000: cross-database references are not implemented: "c""#);
    type_is("text(3)", r#"42601: type modifier is not allowed for type "text""#);
}
