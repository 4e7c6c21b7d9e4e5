//! Attacks that have bitten systems of this kind. Each test is named after its row of the project's catalogue of abuse (A15, A16, …).

mod a15_hidden_column_oracle;
mod a16_hidden_columns_in_answers;
mod a20_mass_assignment;
mod a21_internal_tables;
mod a23_injection;
mod a28_denial_of_service;
mod a32_path_traversal;
mod a34_crashes;
mod a38_leaking_errors;
mod a39_open_by_default;
mod a40_cross_origin;
mod routines;
mod surfaces;
mod views;

use underpin_testkit::{Project, Response, TestServer};

/// Two members with notes. Tokens and secrets are columns that no public role may read; roles are a column that none may write.
const SCHEMA: &str = "
create table accounts (
  id uuid primary key,
  name text not null,
  token text not null unique,
  role text not null default 'member',
  settings jsonb not null default '{}'
);
alter table accounts enable row level security;
create policy everybody on accounts for select using (true);
create policy own_insert on accounts for insert to authenticated with check (id = auth.uid());
create policy own_update on accounts for update to authenticated using (id = auth.uid());
create policy own_delete on accounts for delete to authenticated using (id = auth.uid());
revoke all on accounts from anon, authenticated;
grant select (id, name, settings) on accounts to anon, authenticated;
grant insert (id, name, settings) on accounts to authenticated;
grant update (name, settings) on accounts to authenticated;
grant delete on accounts to authenticated;

create table notes (
  id bigint generated always as identity primary key,
  owner_id uuid not null default auth.uid() references accounts (id),
  title text not null,
  words integer generated always as (char_length(title)) stored,
  secret text not null default 'sesame'
);
alter table notes enable row level security;
create policy own on notes for all to authenticated
  using (owner_id = auth.uid()) with check (owner_id = auth.uid());
revoke select on notes from anon, authenticated;
grant select (id, owner_id, title, words) on notes to anon, authenticated;

create view account_tokens as select id, name, token from accounts;
create function token_of(account uuid) returns text language sql stable
  as $$ select token from accounts where id = account $$;
create table guarded (id int primary key, account uuid not null);
alter table guarded enable row level security;
create policy by_token on guarded for select using (token_of(account) like 'a%');

create table left_open (id int primary key, note text, account uuid references accounts (id));

insert into accounts (id, name, token, role) values
  ('00000000-0000-4000-8000-00000000000a', 'Ada', 'alpha-token', 'member'),
  ('00000000-0000-4000-8000-00000000000b', 'Bob', 'bravo-token', 'admin');
insert into notes (owner_id, title, secret) values
  ('00000000-0000-4000-8000-00000000000a', 'of Ada', 'open'),
  ('00000000-0000-4000-8000-00000000000b', 'of Bob', 'closed');
insert into guarded values (1, '00000000-0000-4000-8000-00000000000a');
insert into left_open values (1, 'nobody should see this', null);
";

const ADA: &str = "00000000-0000-4000-8000-00000000000a";
const BOB: &str = "00000000-0000-4000-8000-00000000000b";

fn server() -> TestServer {
    TestServer::start(&Project::new().migration(SCHEMA))
}

/// Requires that the answer refuses with `42501` and holds none of the hidden values.
#[track_caller]
fn is_refused(answer: &Response, attempt: &str) {
    assert!(
        matches!(answer.status, 401 | 403),
        "{attempt}: {} {}",
        answer.status,
        answer.text()
    );
    if !answer.text().is_empty() {
        assert_eq!(answer.code(), "42501", "{attempt}: {}", answer.text());
    }
    hides(answer, attempt);
}

/// Requires that the answer holds none of the hidden values.
#[track_caller]
fn hides(answer: &Response, attempt: &str) {
    for hidden in [
        "alpha-token",
        "bravo-token",
        "sesame",
        "closed",
        "nobody should see",
    ] {
        assert!(
            !answer.text().contains(hidden),
            "{attempt} shows {hidden}: {}",
            answer.text()
        );
    }
}
