// Every operator that the client can send and that needs no ranges. The counts are PostgreSQL's.

import { test } from "node:test";
import assert from "node:assert/strict";
import { refusal, total, visitor } from "./shop.js";

function check(name, table, count, filter) {
  test(name, async () => {
    const request = visitor().from(table).select("*", { count: "exact", head: true });
    assert.equal(await total(filter(request)), count);
  });
}

check("eq", "products", 1, (request) => request.eq("slug", "ebba-linen-lamp"));
check("neq", "products", 912, (request) => request.neq("slug", "ebba-linen-lamp"));
check("lt", "products", 13, (request) => request.lt("price_minor", 1000));
check("lte", "products", 1, (request) => request.lte("price_minor", 450));
check("gte", "products", 12, (request) => request.gte("price_minor", 70000));
check("gt on a numeric", "products", 12, (request) => request.gt("price", 699.99));
check("gt and lt", "categories", 3, (request) => request.gt("id", 4).lt("id", 8));
check("like", "products", 39, (request) => request.like("title", "Alder %"));
check("ilike", "products", 14, (request) => request.ilike("title", "%BRASS%lamp"));
check("likeAnyOf", "products", 70, (request) => request.likeAnyOf("title", ["Alder %", "Birk %"]));
check("likeAllOf", "products", 14, (request) => request.likeAllOf("title", ["%Brass%", "%Lamp"]));
check("ilikeAnyOf", "products", 70, (request) => request.ilikeAnyOf("title", ["ALDER %", "birk %"]));
check("ilikeAllOf", "products", 14, (request) => request.ilikeAllOf("title", ["%brass%", "%LAMP"]));
check("regexMatch", "products", 6, (request) => request.regexMatch("title", "^A.*Pen$"));
check("regexIMatch", "products", 6, (request) => request.regexIMatch("title", "^a.*pen$"));
check("is null", "variants", 913, (request) => request.is("price_minor", null));
check("is true", "product_listings", 874, (request) => request.is("in_stock", true));
check("is false", "product_listings", 39, (request) => request.is("in_stock", false));
check("isDistinct counts nulls", "variants", 1763, (request) => request.isDistinct("price_minor", 5000));
check("in", "products", 160, (request) => request.in("category_id", [5, 6]));
check("in with reserved characters", "variants", 1, (request) =>
  request.eq("product_id", 1).in("name", ["Small", "a,b", 'say "x"', "(c)"]));
check("notIn", "categories", 14, (request) => request.notIn("id", [1, 2]));
check("contains an array", "products", 31, (request) => request.contains("tags", ["gift", "new"]));
check("contains an object", "products", 9, (request) => request.contains("attributes", { colour: "teal", made_in: "JP" }));
check("containedBy", "products", 42, (request) => request.containedBy("tags", ["gift", "new"]).neq("tags", "{}"));
check("overlaps", "products", 252, (request) => request.overlaps("tags", ["gift", "new"]));
check("match", "products", 1, (request) => request.match({ slug: "ebba-linen-lamp", status: "active" }));
check("not", "products", 912, (request) => request.not("slug", "eq", "ebba-linen-lamp"));
check("not in", "categories", 14, (request) => request.not("id", "in", "(1,2)"));
check("not is null", "categories", 12, (request) => request.not("parent_id", "is", null));
check("filter", "products", 13, (request) => request.filter("price_minor", "lt", "1000"));
check("or", "products", 4, (request) => request.or("price_minor.lt.500,price_minor.gt.75000"));
check("or of and, with not", "products", 1, (request) =>
  request.or("and(price_minor.lt.500,tags.cs.{gift}),and(price_minor.gt.75000,tags.not.cs.{new})"));
check("or joined by and with other filters", "products", 0, (request) =>
  request.or("price_minor.lt.500,price_minor.gt.75000").eq("slug", "ebba-linen-lamp"));
check("textSearch", "products", 14, (request) => request.textSearch("title", "brass & lamp"));
check("textSearch of a configuration", "products", 0, (request) => request.textSearch("title", "lamps", { config: "simple" }));
check("textSearch of plain words", "products", 14, (request) =>
  request.textSearch("title", "brass lamps", { type: "plain", config: "english" }));
check("textSearch of a phrase", "products", 11, (request) => request.textSearch("title", "linen lamp", { type: "phrase" }));
check("textSearch as people type", "products", 160, (request) =>
  request.textSearch("title", "brass -lamp or cork", { type: "websearch" }));
check("textSearch in JSON", "products", 89, (request) => request.textSearch("attributes", "teal"));
check("a path as text", "products", 88, (request) => request.eq("attributes->>material", "cork"));
check("a path as JSON", "products", 164, (request) => request.gt("attributes->size->width_cm", 100));
check("an enumeration", "products", 913, (request) => request.eq("status", "active"));
check("a time", "products", 1, (request) => request.lte("created_at", "2025-06-01T16:40:00Z"));
check("a time in another zone", "products", 1, (request) => request.lte("created_at", "2025-06-01T18:40:00+02:00"));
check("a uuid, whatever its case", "products", 0, (request) => request.eq("seller_id", "FFFFFFFF-0000-4000-8000-000000000001"));

for (const [name, filter, code, message] of [
  ["text for a number", (request) => request.eq("id", "one"), "22P02", 'invalid input syntax for type bigint: "one"'],
  ["a label that is none", (request) => request.eq("status", "sold"), "22P02", 'invalid input value for enum product_status: "sold"'],
  ["text for a uuid", (request) => request.eq("seller_id", "me"), "22P02", 'invalid input syntax for type uuid: "me"'],
  ["an unknown column", (request) => request.eq("colour", "teal"), "42703", "column products.colour does not exist"],
]) {
  test(`${name} is refused`, async () => {
    assert.deepEqual(await refusal(filter(visitor().from("products").select("id"))), { status: 400, code, message });
  });
}

test("an unknown operator is refused", async () => {
  const { status, code } = await refusal(visitor().from("products").select("id").filter("id", "near", "1"));
  assert.deepEqual([status, code], [400, "PGRST100"]);
});
