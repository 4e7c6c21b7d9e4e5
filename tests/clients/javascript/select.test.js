// What may be selected: columns, names, casts, paths into JSON, and the forms of an answer.

import { test } from "node:test";
import assert from "node:assert/strict";
import { refusal, rows, total, visitor } from "./shop.js";

async function check(columns, expected) {
  assert.deepEqual(await rows(visitor().from("products").select(columns).eq("id", 1)), [expected]);
}

test("some columns, in the order asked for", async () => {
  const [row] = await rows(visitor().from("products").select("title, id").eq("id", 1));
  assert.deepEqual(Object.entries(row), [["title", "Ebba Linen Lamp"], ["id", 1]]);
});

test("every column has its type", () =>
  check("*", {
    id: 1,
    seller_id: "a0000000-0000-4000-8000-000000000001",
    category_id: 5,
    slug: "ebba-linen-lamp",
    title: "Ebba Linen Lamp",
    description: "Lamp of linen in clay. Packed without plastic. Simple enough to last.",
    tags: [],
    attributes: {
      hex: "#c08a6c", size: { width_cm: 5, height_cm: 6 }, colour: "clay", made_in: "SE", material: "linen",
      warranty_years: 1,
    },
    images: [{ alt: "Ebba Linen Lamp in clay", path: "/images/shapes.svg#lamps" }],
    price_minor: 17350,
    currency: "EUR",
    price: 173.5,
    status: "active",
    created_at: "2025-06-01T16:40:00+00:00",
    weight_grams: 1175,
    search: "ebba linen lamp lamp of linen in clay. packed without plastic. simple enough to last.",
  }));

test("an alias", () => check("name:title", { name: "Ebba Linen Lamp" }));
test("a cast", () => check("id::text, price_minor::text", { id: "1", price_minor: "17350" }));
test("an alias and a cast", () => check("cents:price_minor::text", { cents: "17350" }));
test("a member of a JSON object", () => check("attributes->size", { size: { width_cm: 5, height_cm: 6 } }));
test("a member as text", () => check("attributes->>colour", { colour: "clay" }));
test("a path", () => check("attributes->size->width_cm", { width_cm: 5 }));
test("a path with an alias and a cast", () => check("wide:attributes->size->>width_cm::int", { wide: 5 }));
test("an element of a JSON array", () => check("images->0->>path", { path: "/images/shapes.svg#lamps" }));
test("a member that is missing is null", () => check("attributes->nothing", { nothing: null }));
test("numeric keeps its scale as text", () => check("price::text", { price: "173.50" }));

test("a view", async () => {
  const columns = "title, category_slug, category_name, rating, reviews_count, in_stock";
  assert.deepEqual(await rows(visitor().from("product_listings").select(columns).eq("id", 1)), [
    {
      title: "Ebba Linen Lamp", category_slug: "lamps", category_name: "Lamps", rating: 4.75, reviews_count: 4, in_stock: true,
    },
  ]);
});

test("single returns the object", async () => {
  assert.deepEqual(await rows(visitor().from("products").select("id").eq("id", 1).single()), { id: 1 });
});

test("single refuses none and several", async () => {
  for (const [request, count] of [
    [visitor().from("products").select("id").eq("id", -1).single(), 0],
    [visitor().from("products").select("id").in("id", [1, 2]).single(), 2],
  ]) {
    const { error, status } = await request;
    assert.equal(status, 406);
    assert.equal(error.code, "PGRST116");
    assert.equal(error.message, "Cannot coerce the result to a single JSON object");
    assert.equal(error.details, `The result contains ${count} rows`);
  }
});

test("maybeSingle returns the object or null", async () => {
  assert.deepEqual(await rows(visitor().from("products").select("id").eq("id", 1).maybeSingle()), { id: 1 });
  assert.equal(await rows(visitor().from("products").select("id").eq("id", -1).maybeSingle()), null);
});

test("csv", async () => {
  const text = await rows(visitor().from("products").select("id, title, tags, price").in("id", [1, 2]).order("id").csv());
  assert.equal(text, "id,title,tags,price\n1,Ebba Linen Lamp,{},173.50\n2,Gale Linen Chair,\"{refurbished,vegan}\",479.50");
});

test("stripNulls leaves out nulls", async () => {
  const request = visitor().from("variants").select("id, price_minor").eq("id", 1);
  assert.deepEqual(await rows(request.stripNulls()), [{ id: 1 }]);
});

test("order, with ties and nulls", async () => {
  const ids = async (request) => (await rows(request.limit(3))).map((row) => row.id);
  const products = () => visitor().from("products").select("id");
  const listings = () => visitor().from("product_listings").select("id");
  assert.deepEqual(await ids(products().order("price_minor").order("id")), [395, 166, 70]);
  assert.deepEqual(await ids(products().order("id", { ascending: true })), [1, 2, 3]);
  assert.deepEqual(await ids(listings().order("rating", { ascending: false, nullsFirst: false }).order("id")), [13, 25, 28]);
  const nullsFirst = await rows(visitor().from("variants").select("price_minor").order("price_minor", { nullsFirst: true }).limit(1));
  assert.deepEqual(nullsFirst, [{ price_minor: null }]);
});

test("order by a path into JSON", async () => {
  const found = await rows(visitor().from("products").select("attributes->>colour").order("attributes->>colour").limit(1));
  assert.deepEqual(found, [{ colour: "amber" }]);
});

test("limit and range", async () => {
  const ids = (found) => found.map((row) => row.id);
  assert.deepEqual(ids(await rows(visitor().from("categories").select("id").order("id").limit(2))), [1, 2]);
  assert.deepEqual(ids(await rows(visitor().from("categories").select("id").order("id").range(5, 7))), [6, 7, 8]);
  assert.deepEqual(ids(await rows(visitor().from("categories").select("id").order("id").range(100, 109))), []);
});

test("no more rows than the setting allows", async () => {
  assert.equal((await rows(visitor().from("variants").select("id"))).length, 1000);
});

test("an exact count, with rows and without", async () => {
  const { data, count, status } = await visitor().from("products").select("id", { count: "exact" }).limit(5);
  assert.deepEqual([data.length, count, status], [5, 913, 206]);
  const head = await visitor().from("products").select("*", { count: "exact", head: true });
  assert.deepEqual([head.data, head.count, head.error], [null, 913, null]);
  assert.equal(await total(visitor().from("categories").select("*", { count: "exact", head: true })), 16);
});

test("an offset past the end is refused when counted", async () => {
  const { status, code } = await refusal(visitor().from("categories").select("id", { count: "exact" }).range(100, 109));
  assert.deepEqual([status, code], [416, "PGRST103"]);
});

test("what is not there is named", async () => {
  const table = await refusal(visitor().from("prodcts").select());
  assert.deepEqual([table.status, table.code, table.message], [
    404, "PGRST205", "Could not find the table 'public.prodcts' in the schema cache",
  ]);
  const column = await refusal(visitor().from("products").select("titel"));
  assert.deepEqual([column.status, column.code, column.message], [400, "42703", "column products.titel does not exist"]);
});

test("a schema that is not exposed", async () => {
  const { status, code } = await refusal(visitor().schema("auth").from("users").select());
  assert.deepEqual([status, code], [406, "PGRST106"]);
});
