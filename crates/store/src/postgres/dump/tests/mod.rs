use super::Dump;
use super::kind::{Kind, kind};

#[track_caller]
fn check(text: &str, expected: Kind) {
    assert_eq!((text, kind(text)), (text, expected));
}

fn left_out(what: &str) -> Kind {
    Kind::LeftOut(what.to_owned())
}

#[rustfmt::skip]
#[test]
fn what_becomes_of_a_statement() {
    check("CREATE TABLE public.t (id int)", Kind::Schema);
    check("CREATE UNLOGGED TABLE \"My Schema\".\"auth\" (id int)", Kind::Schema);
    check("CREATE TABLE auth.identities (id int)", left_out("schema auth"));
    check("CREATE VIEW public.policy AS SELECT 1", Kind::Schema);
    check("CREATE OR REPLACE FUNCTION \"public\".\"f\"() RETURNS int LANGUAGE sql AS 'select 1'", Kind::Schema);
    check("CREATE FUNCTION auth.uid() RETURNS uuid LANGUAGE sql AS 'select 1'", left_out("schema auth"));
    check("ALTER TABLE public.t OWNER TO postgres", Kind::Nothing);
    check("ALTER TABLE ONLY public.t ALTER COLUMN id SET DEFAULT nextval('public.t_id_seq'::regclass)", Kind::Schema);
    check("ALTER TABLE ONLY public.t ADD CONSTRAINT t_pkey PRIMARY KEY (id)", Kind::Rule);
    check("ALTER TABLE ONLY auth.users ADD CONSTRAINT users_pkey PRIMARY KEY (id)", left_out("schema auth"));
    check("ALTER TABLE public.t ENABLE ROW LEVEL SECURITY", Kind::Rule);
    check("CREATE UNIQUE INDEX i ON ONLY public.t USING btree (id)", Kind::Rule);
    check("CREATE INDEX i ON storage.objects USING btree (id)", left_out("schema storage"));
    check("CREATE POLICY \"seen ON auth.x\" ON public.t USING (true)", Kind::Rule);
    check("CREATE POLICY p ON storage.objects USING (true)", left_out("schema storage"));
    check("CREATE TRIGGER made AFTER INSERT OR UPDATE OF email ON auth.users FOR EACH ROW EXECUTE FUNCTION public.f()", Kind::Rule);
    check("CREATE TRIGGER made AFTER INSERT ON auth.users FOR EACH ROW EXECUTE FUNCTION auth.f()", left_out("schema auth"));
    check("CREATE TRIGGER made AFTER INSERT ON auth.sessions FOR EACH ROW EXECUTE FUNCTION public.f()", left_out("schema auth"));
    check("COPY public.t (id) FROM stdin", Kind::Rows);
    check("COPY auth.users (id) FROM stdin", Kind::Rows);
    check("INSERT INTO \"auth\".\"users\" (\"id\") VALUES (1)", Kind::Rows);
    check("COPY auth.sessions (id) FROM stdin", left_out("schema auth"));
    check("SELECT pg_catalog.setval('public.\"T_id_seq\"', 3, true)", Kind::Rows);
    check("SELECT pg_catalog.setval('auth.refresh_tokens_id_seq', 3, true)", left_out("schema auth"));
    check("SELECT pg_catalog.set_config('search_path', '', false)", Kind::Nothing);
    check("GRANT ALL ON TABLE public.t TO anon", Kind::Right);
    check("GRANT ALL ON TABLE public.t TO postgres", Kind::Nothing);
    check("REVOKE ALL ON FUNCTION public.f() FROM PUBLIC", Kind::Right);
    check("GRANT SELECT(id) ON TABLE public.t TO anon", Kind::Right);
    check("GRANT USAGE ON SCHEMA auth TO anon", Kind::Nothing);
    check("GRANT USAGE ON SCHEMA other TO anon", Kind::Right);
    check("ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON TABLES TO anon", Kind::Nothing);
    check("CREATE EXTENSION IF NOT EXISTS pgcrypto WITH SCHEMA extensions", Kind::Schema);
    check("CREATE EXTENSION IF NOT EXISTS \"pg_graphql\" WITH SCHEMA graphql", left_out("extension pg_graphql"));
    check("COMMENT ON EXTENSION pgcrypto IS 'x'", Kind::Nothing);
    check("COMMENT ON POLICY p ON public.t IS 'x'", Kind::Rule);
    check("COMMENT ON COLUMN public.t.id IS 'it''s ON'", Kind::Schema);
    check("CREATE SCHEMA public", Kind::Nothing);
    check("CREATE SCHEMA other", Kind::Schema);
    check("CREATE PUBLICATION supabase_realtime WITH (publish = 'insert')", left_out("`publication`"));
    check("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION extensions.f()", left_out("`event`"));
    check("CREATE SEQUENCE public.s START WITH 1", Kind::Schema);
    check("ALTER SEQUENCE public.s OWNED BY public.t.id", Kind::Schema);
    check("SET statement_timeout = 0", Kind::Nothing);
    check("\\restrict abc", Kind::Nothing);
}

#[test]
fn a_dump_is_taken_apart() {
    let dump = Dump::read(include_str!("supabase.sql")).unwrap();
    let holds = |part: &str, text: &str| assert!(part.contains(text), "{text}\n{part}");
    holds(&dump.schema, "CREATE TABLE public.posts");
    holds(&dump.schema, "CREATE TYPE public.mood");
    holds(
        &dump.rows,
        "COPY public.posts (id, author, title, body) FROM stdin;\n1\t",
    );
    holds(
        &dump.rows,
        "copy auth.users (\"instance_id\", \"id\", \"aud\", \"role\", \"email\", \"encrypted_password\", \"email_confirmed_at\", \"raw_user_meta_data\", \"created_at\", \"is_sso_user\", \"is_anonymous\") from stdin;\n",
    );
    holds(&dump.rows, "\tada@example.com\t$2a$10$");
    holds(&dump.rows, "setval('public.posts_id_seq', 2, true)");
    holds(&dump.rules, "ADD CONSTRAINT posts_author_fkey");
    holds(&dump.rules, "CREATE TRIGGER on_auth_user_created");
    holds(&dump.rules, "CREATE OR REPLACE VIEW public.titles");
    for part in [&dump.schema, &dump.rows, &dump.rules] {
        for absent in ["storage", "identities", "OWNER TO", "a_newer_column"] {
            assert!(!part.contains(absent), "{absent}\n{part}");
        }
    }
    let left_out: Vec<&str> = dump.left_out.keys().map(String::as_str).collect();
    assert_eq!(
        left_out,
        [
            "`publication`",
            "column a_newer_column of auth.users",
            "schema auth",
            "schema storage"
        ]
    );
}

#[test]
fn what_is_no_plain_dump_is_refused() {
    let error = Dump::read("PGDMP\u{1}").unwrap_err();
    assert_eq!(
        error.message(),
        "the dump is in pg_dump's own format, expected SQL"
    );
    let error = Dump::read("INSERT INTO auth.users (id, newer) VALUES (1, 2);").unwrap_err();
    assert_eq!(
        error.message(),
        "the accounts of the dump have columns that the platform has not"
    );
}
