// Related rows: every cardinality, hints, inner joins, spreads, and filters, order and limit on what is embedded.

import { test } from "node:test";
import assert from "node:assert/strict";
import { customer, customerId, orderId, refusal, rows, sellerId, service, total, visitor } from "./shop.js";

test("many to one", async () => {
  assert.deepEqual(await rows(visitor().from("products").select("id, categories(slug)").eq("id", 1)), [
    { id: 1, categories: { slug: "lamps" } },
  ]);
});

test("one to many, ordered", async () => {
  const request = visitor().from("categories").select("slug, products(id)").eq("slug", "lamps");
  const found = await rows(request.order("id", { referencedTable: "products" }).limit(2, { referencedTable: "products" }));
  assert.deepEqual(found, [{ slug: "lamps", products: [{ id: 1 }, { id: 13 }] }]);
});

test("one to one, from both sides", async () => {
  const owner = customer(1);
  assert.deepEqual(await rows(owner.from("carts").select("owner:profiles(handle)")), [{ owner: { handle: "amara_1" } }]);
  assert.deepEqual(await rows(owner.from("profiles").select("handle, carts(owner_id)").eq("id", customerId(1))), [
    { handle: "amara_1", carts: { owner_id: customerId(1) } },
  ]);
});

test("many to many, through a table whose key names both", async () => {
  const found = await rows(customer(1).from("carts").select("variants(sku)").order("sku", { referencedTable: "variants" }));
  assert.deepEqual(found, [{ variants: [{ sku: "MUG-0352-1" }, { sku: "PEN-0227-1" }, { sku: "PEN-0707-1" }] }]);
});

test("a table that refers to itself: the parent by the column, the children by a hint", async () => {
  assert.deepEqual(await rows(visitor().from("categories").select("slug, parent:parent_id(slug)").eq("slug", "lamps")), [
    { slug: "lamps", parent: { slug: "home" } },
  ]);
  const below = visitor().from("categories").select("slug, children:categories!parent_id(slug)").eq("slug", "home");
  assert.deepEqual(await rows(below.order("slug", { referencedTable: "children" })), [
    { slug: "home", children: [{ slug: "chairs" }, { slug: "lamps" }, { slug: "rugs" }] },
  ]);
});

test("nested embeds, with aliases and hints", async () => {
  const columns = "id, kind:categories(name), seller:profiles!products_seller_id_fkey(handle), reviews(rating, author:profiles(handle))";
  const found = await rows(
    visitor().from("products").select(columns).eq("id", 1).order("id", { referencedTable: "reviews" }),
  );
  assert.deepEqual(found, [
    {
      id: 1,
      kind: { name: "Lamps" },
      seller: { handle: "north_and_pine" },
      reviews: [
        { rating: 5, author: { handle: "ivo_9" } },
        { rating: 4, author: { handle: "julia_10" } },
        { rating: 5, author: { handle: "lena_12" } },
        { rating: 5, author: { handle: "dmitri_4" } },
      ],
    },
  ]);
});

test("a hint chooses between two foreign keys", async () => {
  const columns = "reference, shipping:addresses!orders_shipping_address_id_fkey(city), billing:addresses!billing_address_id(city)";
  const found = await rows(customer(1).from("orders").select(columns).eq("id", orderId(1)));
  assert.deepEqual(found, [{ reference: "CG-0001", shipping: { city: "Berlin" }, billing: { city: "Berlin" } }]);
});

test("without a hint two foreign keys are ambiguous", async () => {
  const { data, error, status } = await customer(1).from("orders").select("addresses(city)");
  assert.deepEqual([data, status, error.code], [null, 300, "PGRST201"]);
  assert.equal(error.details.length, 2);
  assert.match(error.hint, /addresses!orders_billing_address_id_fkey/);
});

test("no relationship", async () => {
  const { status, code, message } = await refusal(visitor().from("categories").select("variants(sku)"));
  assert.deepEqual([status, code, message], [
    400, "PGRST200", "Could not find a relationship between 'categories' and 'variants' in the schema cache",
  ]);
});

test("a filter on embedded rows keeps the parents", async () => {
  const request = visitor().from("products").select("id, reviews(rating)").in("id", [1, 2]).eq("reviews.rating", 4).order("id");
  assert.deepEqual(await rows(request), [{ id: 1, reviews: [{ rating: 4 }] }, { id: 2, reviews: [] }]);
});

test("an inner embed drops parents without rows", async () => {
  const request = visitor().from("products").select("id, reviews!inner(rating)").in("id", [1, 2]).eq("reviews.rating", 4);
  assert.deepEqual(await rows(request), [{ id: 1, reviews: [{ rating: 4 }] }]);
});

test("an inner embed is counted with its filter", async () => {
  const request = visitor().from("products").select("id, categories!inner(slug)", { count: "exact", head: true });
  const lamps = await total(request.eq("categories.slug", "lamps"));
  assert.equal(lamps, await total(visitor().from("products").select("id", { count: "exact", head: true }).eq("category_id", 5)));
});

test("an embed without columns joins and shows nothing", async () => {
  const request = visitor().from("products").select("id, categories!inner()").eq("categories.slug", "lamps").order("id").limit(1);
  assert.deepEqual(await rows(request), [{ id: 1 }]);
});

test("whether related rows exist", async () => {
  const without = visitor().from("products").select("id, reviews()").in("id", [1, 2]).is("reviews", null);
  assert.deepEqual(await rows(without), [{ id: 2 }]);
  const having = visitor().from("products").select("id, reviews()").in("id", [1, 2]).not("reviews", "is", null);
  assert.deepEqual(await rows(having), [{ id: 1 }]);
});

test("a spread lifts the columns of one row", async () => {
  const request = visitor().from("products").select("id, ...categories(category:slug)").eq("id", 1);
  assert.deepEqual(await rows(request), [{ id: 1, category: "lamps" }]);
});

test("a spread of many rows makes arrays", async () => {
  const request = visitor().from("products").select("id, ...variants(sku, stock)").eq("id", 1);
  assert.deepEqual(await rows(request), [{ id: 1, sku: ["LMP-0001-1"], stock: [34] }]);
});

test("or within an embed", async () => {
  const request = visitor().from("products").select("id, reviews(rating)").eq("id", 1);
  const found = await rows(request.or("rating.eq.4,rating.eq.1", { referencedTable: "reviews" }));
  assert.deepEqual(found, [{ id: 1, reviews: [{ rating: 4 }] }]);
});

test("order, limit and offset within an embed", async () => {
  const request = visitor().from("products").select("id, reviews(id)").eq("id", 1);
  const within = { referencedTable: "reviews" };
  const found = await rows(request.order("id", { ascending: false, ...within }).range(1, 2, within));
  assert.deepEqual(found, [{ id: 1, reviews: [{ id: 3 }, { id: 2 }] }]);
});

test("order by a column of the one related row", async () => {
  const request = visitor().from("products").select("id, categories(slug)").order("categories(slug)").order("id").limit(1);
  const [found] = await rows(request);
  assert.equal(found.categories.slug, "backpacks");
});

test("a filter on an embed that was not asked for", async () => {
  const { status, code } = await refusal(visitor().from("products").select("id").eq("reviews.rating", 4));
  assert.deepEqual([status, code], [400, "PGRST108"]);
});

test("an embed of a view", async () => {
  const request = service().from("product_listings").select("id, variants(sku)").eq("id", 1);
  assert.deepEqual(await rows(request), [{ id: 1, variants: [{ sku: "LMP-0001-1" }] }]);
});

test("embeds on what a write returns", async () => {
  const written = service().from("reviews").update({ title: "Love it" }).eq("id", 1).select("id, products(slug)");
  assert.deepEqual(await rows(written), [{ id: 1, products: { slug: "ebba-linen-lamp" } }]);
});

test("the seller of a product by the name of the column", async () => {
  const request = visitor().from("products").select("seller:seller_id(id)").eq("id", 1);
  assert.deepEqual(await rows(request), [{ seller: { id: sellerId(1) } }]);
});
