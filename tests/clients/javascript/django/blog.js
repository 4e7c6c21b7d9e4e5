// The tables of a small Django application, which nobody of us made: read, filtered, embedded and written.
//
// `cargo xtask test` lets Django make them (`tests/clients/django`), serves them with its rules and tells address and keys.

import { test } from "node:test";
import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createClient } from "@supabase/supabase-js";

const { SHOP_URL, SHOP_PUBLISHABLE_KEY, SHOP_SECRET_KEY, SHOP_JWT_SECRET } = process.env;
const settings = { auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false } };

function token(sub) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { sub, role: "authenticated", aud: "authenticated", exp: Math.floor(Date.now() / 1000) + 600 };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${signed}.${createHmac("sha256", SHOP_JWT_SECRET).update(signed).digest("base64url")}`;
}

const visitor = createClient(SHOP_URL, SHOP_PUBLISHABLE_KEY, settings);
const service = createClient(SHOP_URL, SHOP_SECRET_KEY, settings);
const user = (id) => createClient(SHOP_URL, SHOP_PUBLISHABLE_KEY, { ...settings, accessToken: async () => token(id) });
const [ada, bob] = [user("1"), user("2")];

async function rows(request) {
  const { data, error } = await request;
  assert.equal(error, null, JSON.stringify(error));
  return data;
}

async function refusal(request) {
  const { data, error, status } = await request;
  assert.notEqual(error, null, `expected a refusal, got ${JSON.stringify(data)}`);
  return [status, error.code, error.message];
}

const post = (values) => ({ author_id: 1, title: "New", slug: "new", body: "", status: "published", details: {}, created: "2026-01-01T00:00:00Z", ...values });

test("visitors read what is published, authors their drafts too", async () => {
  const titles = (client) => rows(client.from("blog_post").select("title").order("id"));
  assert.deepEqual(await titles(visitor), [{ title: "First" }, { title: "Soup" }]);
  assert.deepEqual(await titles(ada), [{ title: "First" }, { title: "Draft" }, { title: "Soup" }]);
  assert.deepEqual(await titles(bob), [{ title: "First" }, { title: "Soup" }]);
});

test("authors, tags and comments are embedded over Django's foreign keys", async () => {
  const found = await rows(
    visitor.from("blog_post").select("title, author:auth_user(username), tags:blog_tag(name), blog_comment(body, by:auth_user(username))").order("id").order("id", { referencedTable: "blog_comment" }),
  );
  assert.deepEqual(found, [
    {
      title: "First", author: { username: "ada" }, tags: [{ name: "python" }],
      blog_comment: [{ body: "Why?", by: { username: "bob" } }, { body: "Because.", by: { username: "ada" } }],
    },
    { title: "Soup", author: { username: "bob" }, tags: [{ name: "python" }, { name: "cooking" }], blog_comment: [] },
  ]);
});

test("rows are filtered by what they are and by what is related", async () => {
  assert.deepEqual(await rows(visitor.from("blog_post").select("slug, rating").gte("rating", 4)), [{ slug: "first", rating: 4.5 }]);
  assert.deepEqual(await rows(visitor.from("blog_post").select("slug").eq("details->serves", 4)), [{ slug: "soup" }]);
  assert.deepEqual(await rows(visitor.from("blog_post").select("slug, blog_tag!inner(name)").eq("blog_tag.name", "cooking")), [{ slug: "soup", blog_tag: [{ name: "cooking" }] }]);
  const { count } = await visitor.from("blog_post").select("*", { count: "exact", head: true });
  assert.equal(count, 2);
});

test("secrets of accounts and Django's own tables stay closed", async () => {
  assert.deepEqual((await refusal(visitor.from("auth_user").select("password"))).slice(0, 2), [401, "42501"]);
  assert.deepEqual((await refusal(ada.from("auth_user").select("email"))).slice(0, 2), [403, "42501"]);
  assert.deepEqual((await refusal(visitor.from("django_migrations").select())).slice(0, 2), [401, "42501"]);
  assert.equal((await rows(service.from("auth_user").select("email").order("id")))[0].email, "ada@example.com");
});

test("authors write their own posts, and nobody another's", async () => {
  const [made] = await rows(ada.from("blog_post").insert(post()).select("id, title, tags:blog_tag(name)"));
  assert.equal(typeof made.id, "number");
  assert.deepEqual(await rows(ada.from("blog_post_tags").insert({ post_id: made.id, tag_id: 1 }).select("blog_tag(name)")), [{ blog_tag: { name: "python" } }]);
  assert.deepEqual(await rows(ada.from("blog_post").update({ title: "Newer" }).eq("id", made.id).select("title")), [{ title: "Newer" }]);
  assert.deepEqual(await rows(ada.from("blog_post").upsert(post({ title: "Newest" }), { onConflict: "slug" }).select("title")), [{ title: "Newest" }]);
  assert.deepEqual(await rows(bob.from("blog_post").update({ title: "Mine" }).eq("id", made.id).select()), []);
  const theirs = [403, "42501", 'new row violates row-level security policy for table "blog_post"'];
  assert.deepEqual(await refusal(bob.from("blog_post").insert(post({ slug: "first" }))), theirs);
  assert.deepEqual(await refusal(ada.from("blog_post").update({ author_id: 2 }).eq("id", made.id)), theirs);
  assert.equal((await refusal(bob.from("blog_post_tags").insert({ post_id: made.id, tag_id: 2 })))[1], "42501");
  await rows(ada.from("blog_post_tags").delete().eq("post_id", made.id));
  assert.deepEqual(await rows(ada.from("blog_post").delete().eq("id", made.id).select("title")), [{ title: "Newest" }]);
});

test("the checks of Django's models hold", async () => {
  assert.deepEqual((await refusal(ada.from("blog_post").insert(post({ rating: -1 })))).slice(0, 2), [400, "23514"]);
  assert.deepEqual((await refusal(ada.from("blog_post").insert(post({ slug: "first" })))).slice(0, 2), [409, "23505"]);
  assert.deepEqual((await refusal(ada.from("blog_post").insert(post({ title: "x".repeat(101) })))).slice(0, 2), [400, "22001"]);
});

test("comments and their replies", async () => {
  const [made] = await rows(bob.from("blog_comment").insert({ post_id: 1, author_id: 2, parent_id: 1, body: "I see.", created: "2026-01-01T00:00:00Z" }).select("id, body"));
  assert.equal(made.body, "I see.");
  const thread = await rows(visitor.from("blog_comment").select("body, replies:blog_comment!parent_id(body)").eq("id", 1));
  assert.deepEqual(thread, [{ body: "Why?", replies: [{ body: "Because." }, { body: "I see." }] }]);
  assert.deepEqual(await rows(ada.from("blog_comment").delete().eq("id", made.id).select()), []);
  assert.equal((await rows(bob.from("blog_comment").delete().eq("id", made.id).select())).length, 1);
});
