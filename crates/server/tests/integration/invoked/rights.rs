//! Whose rights an invoked function has, wherever it stands.

use serde_json::json;

use super::{ADA, is, is_error, server_with};

const RIGHTS: &str = "
        create table vault (id int primary key, word text);
        alter table vault enable row level security;
        insert into vault values (1, 'xyzzy');
        create function words() returns bigint language plpgsql as $$
        declare n bigint;
        begin
          for i in 1..1 loop select count(*) into n from vault; end loop;
          return n;
        end $$;
        create function words_of_owner() returns bigint language plpgsql security definer set search_path = public as $$
        begin for i in 1..1 loop return words(); end loop; end $$;
        create function quietly() returns boolean language plpgsql security definer set search_path = public as $$
        begin for i in 1..1 loop return current_user = 'postgres'; end loop; end $$;
        -- Owner's rights for its tables, the caller's for what it calls.
        create view counted with (security_invoker = false) as select words() as own, words_of_owner() as of_owner, (select count(*) from vault) as of_view, words() as after;
        create view invoking with (security_invoker = true) as select quietly() as quietly, (select count(*) from vault) as own, words() as words;
        create function inlined() returns bigint language sql security definer set search_path = public as $$ select words() $$;
        create function both_of() returns text language sql stable as $$ select inlined() || ' ' || words() || ' ' || inlined() $$;
        create policy by_function on counters for select using (quietly() and words() > 0);
        create policy by_owner on log for select using (words_of_owner() > 0 and quietly());
        insert into log (what) values ('seen');
        create function closed() returns boolean language plpgsql as $$ begin for i in 1..1 loop return true; end loop; end $$;
        revoke execute on function closed() from public, anon, authenticated;
        create function opens() returns boolean language plpgsql security definer set search_path = public as $$ begin return closed(); end $$;
        create function tries_closed() returns boolean language plpgsql as $$ begin return closed() and true; end $$;
        create view of_closed as select closed() as closed;
        create view of_opens as select opens() as opens;
        create table shut (id int primary key, is_open boolean default closed());
        alter table shut enable row level security;
        create policy every on shut for all using (true);
        grant select on counted, invoking, of_closed, of_opens to anon, authenticated, service_role;";

#[test]
fn the_rights_of_one_are_not_those_of_what_calls_it() {
    let server = server_with(RIGHTS);
    let ada = server.user(ADA);
    is(
        &ada.get("/rest/v1/counted"),
        200,
        r#"[{"own":0,"of_owner":1,"of_view":1,"after":0}]"#,
    );
    is(
        &ada.get("/rest/v1/invoking"),
        200,
        r#"[{"quietly":true,"own":0,"words":0}]"#,
    );
    is(
        &server.service().get("/rest/v1/counted"),
        200,
        r#"[{"own":1,"of_owner":1,"of_view":1,"after":1}]"#,
    );
    is(&ada.get("/rest/v1/rpc/both_of"), 200, "\"1 0 1\"");
    is(
        &ada.post("/rest/v1/rpc/both_of", &json!({})),
        200,
        "\"1 0 1\"",
    );
    is(&ada.get("/rest/v1/counters"), 200, "[]");
    is(
        &ada.get("/rest/v1/log?select=what"),
        200,
        r#"[{"what":"seen"}]"#,
    );
    let denied = "permission denied for function closed";
    is_error(&ada.get("/rest/v1/of_closed"), 403, "42501", denied);
    is_error(
        &ada.post("/rest/v1/rpc/tries_closed", &json!({})),
        403,
        "42501",
        denied,
    );
    is_error(
        &ada.post("/rest/v1/shut", &json!({"id": 1})),
        403,
        "42501",
        denied,
    );
    is(
        &ada.post("/rest/v1/shut", &json!({"id": 1, "is_open": false})),
        201,
        "",
    );
    is(&ada.get("/rest/v1/of_opens"), 200, r#"[{"opens":true}]"#);
}
