//! What migrations make of functions that are more than a query: rows, refusals, plans that are made anew.

use serde_json::json;
use underpin_testkit::{Project, ServerProcess, TestServer};

use super::{FUNCTIONS, SCHEMA, ids, is};

/// What is planned names a routine by its place among those of its name.
#[test]
fn plans_follow_the_functions_that_they_invoke() {
    let project = Project::new().migration(
        "create table t (id int primary key);
         alter table t enable row level security;
         insert into t values (1), (2);
         create function g(a text) returns int language plpgsql as $$ begin for i in 1..1 loop return length(a); end loop; end $$;
         create function g(a int) returns int language plpgsql as $$ begin for i in 1..1 loop return a; end loop; end $$;
         create function f() returns boolean language sql as $$ select true $$;
         create policy every on t for select using (f() and g(id) > 0);
         create view v as select id, g(id) as g from t;
         grant select on v to anon;",
    );
    let folder = project.write();
    let mut server =
        ServerProcess::start(env!("CARGO_BIN_EXE_underpin"), "dev", folder.path(), &[]);
    let visitor = server.visitor();
    let both = r#"[{"id":1,"g":1},{"id":2,"g":2}]"#;
    is(&visitor.get("/rest/v1/v?order=id"), 200, both);
    let project = project.migration("drop function g(text);");
    project.write_to(folder.path());
    server.wait_for("loaded again");
    is(&visitor.get("/rest/v1/v?order=id"), 200, both);
    let project = project.migration(
        "create or replace function f() returns boolean language plpgsql as $$ begin for i in 1..1 loop return false; end loop; end $$;",
    );
    project.write_to(folder.path());
    server.wait_for("loaded again");
    is(&visitor.get("/rest/v1/v?order=id"), 200, "[]");
    let project = project.migration(
        "create or replace function f() returns boolean language sql as $$ select true $$;
         create or replace function g(a int) returns int language sql as $$ select a * 10 $$;",
    );
    project.write_to(folder.path());
    server.wait_for("loaded again");
    is(
        &visitor.get("/rest/v1/v?order=id"),
        200,
        r#"[{"id":1,"g":10},{"id":2,"g":20}]"#,
    );
}

#[test]
fn migrations_write_what_functions_give() {
    let more = "
        create function next_value() returns int language plpgsql as $$
        declare n int;
        begin
          update counters set value = value + 1 where name = 'code' returning value into n;
          begin
            insert into log (what) values (n::text);
            if n > 3 then raise exception 'enough'; end if;
          exception when others then
            return -n;
          end;
          return n;
        end $$;
        create table t (id int primary key);
        alter table t enable row level security;
        insert into t values (10), (20);
        alter table t add column n int;
        alter table t alter column n set default next_value();
        update t set n = default where true;
        insert into t (id) values (30), (40);
        create view numbers as select id, next_value() as n from t;
        create table copy (id int primary key, n int);
        alter table copy enable row level security;
        ";
    let rows = "
        insert into copy select id, n from numbers;
        update copy set n = next_value() where id > 20;
        delete from copy where next_value() < 0 and id = 10;";
    let project = Project::new().migration(&format!("{FUNCTIONS}{SCHEMA}{more}"));
    let server = TestServer::start(&project.migration(rows));
    let service = server.service();
    assert_eq!(
        ids(&service, "t?select=id,n&order=id"),
        json!([{"id": 10, "n": 1}, {"id": 20, "n": 2}, {"id": 30, "n": 3}, {"id": 40, "n": -4}])
    );
    assert_eq!(
        ids(&service, "log?select=what&order=id")
            .as_array()
            .unwrap()
            .len(),
        3
    );
    let copied = ids(&service, "copy?select=id,n&order=id");
    assert_eq!(
        copied,
        json!([{"id": 20, "n": -6}, {"id": 30, "n": -9}, {"id": 40, "n": -10}])
    );
}

#[test]
fn what_cannot_be_is_refused_with_its_line() {
    let function = "create function f(n int) returns int language plpgsql immutable as $$ begin for i in 1..1 loop return n; end loop; end $$;
         create function handles(n int) returns int language plpgsql stable as $$ begin return n / 0; exception when others then return 0; end $$;";
    for statement in [
        "create table t (id int check (f(id) > 0));",
        "create table t (id int, n int generated always as (f(id)) stored);",
        "create table t (id int); create index on t (f(id));",
        "create table t (id int); alter table t add column n int default f(1);",
        "create table t (id int); alter table t add column n int not null default f(1);",
        "create table t (id int); insert into t values (1), (2), (3); select handles(id) from t;",
    ] {
        let folder = Project::new()
            .migration(&format!("{function}\n{statement}"))
            .write();
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_underpin"))
            .args(["migrate", "up"])
            .arg(folder.path())
            .env_clear()
            .output()
            .unwrap();
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success(), "{statement}");
        let reason = if statement.contains("add column") {
            "the rows that exist cannot be given the default of the new column"
        } else if statement.contains("handles") {
            "a function handles an error while a query runs, in a transaction that changes the schema"
        } else {
            "cannot be called in a check, a generated column or an index"
        };
        assert!(said.contains(reason), "{said}");
        assert!(said.contains("_test.sql:3"), "{said}");
    }
}
