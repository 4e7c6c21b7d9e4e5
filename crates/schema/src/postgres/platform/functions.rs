//! The functions of schema `auth`, which policies ask who is there.

/// The functions: name and statement. A claim may come in a setting of its own, or with all others in `request.jwt.claims`.
/// Every operator has the very types of one of PostgreSQL's own, so that one of `public` cannot come before it.
pub(super) const FUNCTIONS: [(&str, &str); 4] = [
    (
        "uid",
        "create function auth.uid() returns uuid language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.sub', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub'::text
  )::uuid
$$",
    ),
    (
        "role",
        "create function auth.role() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.role', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role'::text
  )
$$",
    ),
    (
        "email",
        "create function auth.email() returns text language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim.email', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email'::text
  )
$$",
    ),
    (
        "jwt",
        "create function auth.jwt() returns jsonb language sql stable as $$
  select coalesce(
    nullif(current_setting('request.jwt.claim', true), ''),
    nullif(current_setting('request.jwt.claims', true), '')
  )::jsonb
$$",
    ),
];
