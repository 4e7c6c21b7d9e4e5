// Insert, upsert, update and delete: what is returned, what is counted, and what is refused.

import { after, test } from "node:test";
import assert from "node:assert/strict";
import { newProduct, refusal, rows, seller, sellerId, service, total, withRow } from "./shop.js";

const made = (request) => request.like("slug", `test-${process.pid}-%`);
const remaining = () => total(made(service().from("products").select("*", { count: "exact", head: true })));

after(async () => {
  await rows(made(service().from("products").delete()));
});

test("an insert says nothing unless asked", async () => {
  const { data, error, status } = await service().from("products").insert(newProduct());
  assert.deepEqual([data, error, status], [null, null, 201]);
});

test("an insert returns the row, defaults and generated columns included", async () => {
  const { slug, ...values } = newProduct({ status: undefined });
  const [row] = await rows(service().from("products").insert({ slug, ...values }).select());
  assert.equal(typeof row.id, "number");
  assert.match(row.created_at, /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?\+00:00$/);
  const { id, created_at: written, ...rest } = row;
  assert.deepEqual(rest, {
    seller_id: sellerId(1), category_id: 5, slug, title: "Test Lamp", description: "", tags: [], attributes: {}, images: [],
    price_minor: 1000, currency: "EUR", price: 10, status: "draft", weight_grams: null, search: "test lamp ",
  });
});

test("an insert returns the columns asked for, as one object", async () => {
  const row = await rows(service().from("products").insert(newProduct()).select("title, cents:price_minor").single());
  assert.deepEqual(row, { title: "Test Lamp", cents: 1000 });
});

test("arrays, objects and quotes come back as they went", async () => {
  const values = {
    tags: ["plain", 'a "quoted" one', "comma, and {brace}", "back\\slash", ""],
    attributes: { text: "it's", nested: [1, 2.5, null, { deep: true }], empty: {} },
    description: "Ünïcödé, \u{1f6d2}\nand a line",
  };
  const row = await rows(service().from("products").insert(newProduct(values)).select("tags, attributes, description").single());
  assert.deepEqual(row, values);
});

test("many rows keep their order", async () => {
  const products = [newProduct({ price_minor: 3 }), newProduct({ price_minor: 1 }), newProduct({ price_minor: 2 })];
  const found = await rows(service().from("products").insert(products).select("slug, price_minor"));
  assert.deepEqual(found, products.map(({ slug, price_minor }) => ({ slug, price_minor })));
});

test("rows with different keys: what is missing is null, or the default", async () => {
  const [bare, full] = [newProduct(), newProduct({ weight_grams: 7, currency: "USD" })];
  const nulls = await refusal(service().from("products").insert([bare, full]));
  assert.deepEqual([nulls.status, nulls.code], [400, "23502"]);
  const found = await rows(
    service().from("products").insert([bare, full], { defaultToNull: false }).select("weight_grams, currency"),
  );
  assert.deepEqual(found, [{ weight_grams: null, currency: "EUR" }, { weight_grams: 7, currency: "USD" }]);
});

test("an insert is counted", async () => {
  const { count } = await service().from("products").insert([newProduct(), newProduct()], { count: "exact" });
  assert.equal(count, 2);
});

test("one bad row of many leaves none", async () => {
  const before = await remaining();
  const { code } = await refusal(service().from("products").insert([newProduct(), newProduct({ price_minor: 0 })]));
  assert.equal(code, "23514");
  assert.equal(await remaining(), before);
});

test("upsert changes what is there and adds what is not", async () => {
  const [old, young] = [newProduct({ title: "Old" }), newProduct({ title: "Young" })];
  await rows(service().from("products").insert(old));
  const request = service().from("products").upsert([{ ...old, title: "Older" }, young], { onConflict: "slug" });
  const found = await rows(request.select("title"));
  assert.deepEqual(found.map((row) => row.title).sort(), ["Older", "Young"]);
});

test("upsert can leave what is there", async () => {
  const product = newProduct({ title: "First" });
  await rows(service().from("products").insert(product));
  const again = { ...product, title: "Second" };
  const found = await rows(service().from("products").upsert(again, { onConflict: "slug", ignoreDuplicates: true }).select());
  assert.deepEqual(found, []);
  assert.deepEqual(await rows(service().from("products").select("title").eq("slug", product.slug)), [{ title: "First" }]);
});

test("upsert by the primary key", () =>
  withRow("products", newProduct(), async ({ id, search, price, ...row }) => {
    const found = await rows(service().from("products").upsert({ ...row, id, title: "Changed" }).select("id, title"));
    assert.deepEqual(found, [{ id, title: "Changed" }]);
  }));

test("update returns, counts and recomputes", () =>
  withRow("products", newProduct(), async ({ id }) => {
    const change = service().from("products").update({ price_minor: 2550, title: "Lit" }, { count: "exact" }).eq("id", id);
    const { data, count } = await change.select("price, search");
    assert.deepEqual([data, count], [[{ price: 25.5, search: "lit " }], 1]);
  }));

test("an update that says nothing and one that finds nothing", () =>
  withRow("products", newProduct(), async ({ id }) => {
    const silent = await service().from("products").update({ title: "Other" }).eq("id", id);
    assert.deepEqual([silent.status, silent.data], [204, null]);
    assert.deepEqual(await rows(service().from("products").update({ title: "Other" }).eq("id", -1).select()), []);
  }));

test("delete returns and counts", async () => {
  const [row] = await rows(service().from("products").insert(newProduct()).select("id, slug"));
  const { data, count } = await service().from("products").delete({ count: "exact" }).eq("id", row.id).select("slug");
  assert.deepEqual([data, count], [[{ slug: row.slug }], 1]);
  assert.deepEqual(await rows(service().from("products").select("id").eq("id", row.id)), []);
});

test("maxAffected bounds a write and takes it back", async () => {
  const products = [newProduct(), newProduct()];
  await rows(service().from("products").insert(products));
  const both = service().from("products").update({ title: "Both" }).in("slug", products.map((product) => product.slug));
  const { status, code } = await refusal(both.maxAffected(1));
  assert.deepEqual([status, code], [400, "PGRST124"]);
  const found = await rows(service().from("products").select("title").eq("slug", products[0].slug));
  assert.deepEqual(found, [{ title: "Test Lamp" }]);
  const one = service().from("products").update({ title: "One" }).eq("slug", products[0].slug);
  assert.deepEqual(await rows(one.maxAffected(1).select("title")), [{ title: "One" }]);
});

test("what a delete takes with it", () =>
  withRow("products", newProduct(), async ({ id }) => {
    const [variant] = await rows(service().from("variants").insert({ product_id: id, sku: `T-${process.pid}`, name: "One" }).select());
    await rows(service().from("products").delete().eq("id", id));
    assert.deepEqual(await rows(service().from("variants").select("id").eq("id", variant.id)), []);
  }));

for (const [name, values, status, code, message] of [
  ["a duplicate", { slug: "ebba-linen-lamp" }, 409, "23505", 'duplicate key value violates unique constraint "products_slug_key"'],
  ["a missing value", { title: null }, 400, "23502", 'null value in column "title" of relation "products" violates not-null constraint'],
  ["a broken rule", { price_minor: 0 }, 400, "23514", 'new row for relation "products" violates check constraint "products_price_minor_check"'],
  ["a row that is not there", { category_id: 999 }, 409, "23503", 'insert or update on table "products" violates foreign key constraint "products_category_id_fkey"'],
  ["text for a number", { price_minor: "much" }, 400, "22P02", 'invalid input syntax for type integer: "much"'],
  ["a number too large", { price_minor: 3_000_000_000 }, 400, "22003", 'value "3000000000" is out of range for type integer'],
  ["a label that is none", { status: "sold" }, 400, "22P02", 'invalid input value for enum product_status: "sold"'],
  ["an unknown column", { colour: "red" }, 400, "PGRST204", "Could not find the 'colour' column of 'products' in the schema cache"],
  ["a generated column", { price: 1 }, 400, "428C9", 'cannot insert a non-DEFAULT value into column "price"'],
]) {
  test(`${name} is refused`, async () => {
    assert.deepEqual(await refusal(service().from("products").insert(newProduct(values))), { status, code, message });
  });
}

test("a value too long is refused", async () => {
  const { status, code, message } = await refusal(
    service().from("variants").insert({ product_id: 1, sku: "x".repeat(41), name: "Long" }),
  );
  assert.deepEqual([status, code, message], [400, "22001", "value too long for type character varying(40)"]);
});

test("the details of a duplicate", async () => {
  const { error } = await service().from("products").insert(newProduct({ slug: "ebba-linen-lamp" }));
  assert.equal(error.details, "Key (slug)=(ebba-linen-lamp) already exists.");
});

test("a row that others need stays", async () => {
  const { status, code } = await refusal(service().from("categories").delete().eq("slug", "home"));
  assert.deepEqual([status, code], [409, "23503"]);
});

test("a user may not change or delete everything at once", async () => {
  for (const [request, message] of [
    [seller(1).from("products").update({ description: "x" }), "UPDATE requires a WHERE clause"],
    [seller(1).from("products").delete(), "DELETE requires a WHERE clause"],
  ]) {
    assert.deepEqual(await refusal(request), { status: 400, code: "21000", message });
  }
});

test("an unwritten answer with head", async () => {
  const { count, status } = await service().from("products").select("*", { count: "exact", head: true }).eq("id", 1);
  assert.deepEqual([count, status], [1, 200]);
});
