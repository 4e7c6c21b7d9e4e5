SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE "public"."events" (
    "id" integer NOT NULL,
    "name" character varying(255) DEFAULT NULL::character varying,
    "at" timestamp without time zone DEFAULT CURRENT_TIMESTAMP
);
CREATE SEQUENCE "public"."events_id_seq" AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE "public"."events_id_seq" OWNED BY "public"."events"."id";
ALTER TABLE ONLY "public"."events" ALTER COLUMN "id" SET DEFAULT "nextval"('"public"."events_id_seq"'::"regclass");
ALTER TABLE ONLY "public"."customers" ADD CONSTRAINT "customers_pkey" PRIMARY KEY ("id");
ALTER TABLE ONLY "public"."events" ADD CONSTRAINT "events_pkey" PRIMARY KEY ("id");
ALTER TABLE ONLY "public"."prices" ADD CONSTRAINT "prices_pkey" PRIMARY KEY ("id");
ALTER TABLE ONLY "public"."products" ADD CONSTRAINT "products_pkey" PRIMARY KEY ("id");
ALTER TABLE ONLY "public"."customers" ADD CONSTRAINT "customers_id_fkey" FOREIGN KEY ("id") REFERENCES "auth"."users"("id");
ALTER TABLE ONLY "public"."prices" ADD CONSTRAINT "prices_product_id_fkey" FOREIGN KEY ("product_id") REFERENCES "public"."products"("id");
CREATE POLICY "Allow public read-only access." ON "public"."prices" FOR SELECT USING (true);
ALTER TABLE "public"."customers" ENABLE ROW LEVEL SECURITY;
ALTER TABLE "public"."prices" ENABLE ROW LEVEL SECURITY;
ALTER PUBLICATION "supabase_realtime" OWNER TO "postgres";
GRANT USAGE ON SCHEMA "public" TO "postgres";
GRANT USAGE ON SCHEMA "public" TO "anon";
GRANT ALL ON TABLE "public"."customers" TO "anon";
GRANT ALL ON SEQUENCE "public"."notes_id_seq" TO "anon";
ALTER DEFAULT PRIVILEGES FOR ROLE "postgres" IN SCHEMA "public" GRANT ALL ON TABLES  TO "anon";
SELECT pg_catalog.setval('"public"."notes_id_seq"', 42, true);
INSERT INTO "public"."notes" ("id", "body") VALUES
	('1', 'first'),
	('2', E'second\nline');
RESET ALL;
