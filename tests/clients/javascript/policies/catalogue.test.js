// Each policy of categories, products and variants: whom it lets in, whom it keeps out.

import { after, describe, test } from "node:test";
import assert from "node:assert/strict";
import {
  cartId, customer, denied, newProduct, refusedByPolicy, rows, seller, sellerId, service, total,
  visitor, withRow,
} from "../shop.js";
import { doesNotSee, sees, touchesNothing } from "./sight.js";

const suspended = { app_metadata: { suspended: true } };
const own = (values) => ({ ...newProduct(values), seller_id: undefined });

after(() => service().from("products").delete().like("slug", `test-${process.pid}-%`));

const product = (id) => ({
  table: "products",
  match: { id },
  parent: { table: "categories", match: { slug: "lamps" }, through: "products" },
});

describe("everybody sees the categories", () => {
  const row = { table: "categories", match: { slug: "lamps" }, parent: { table: "products", match: { id: 1 }, through: "categories" } };
  test("a visitor and a customer do", async () => {
    await sees(visitor(), row);
    await sees(customer(1), row);
  });
  test("nobody but the service writes", async () => {
    await denied(customer(1).from("categories").insert({ slug: "mine", name: "Mine" }), "categories");
    await denied(seller(1).from("categories").update({ name: "Mine" }).eq("slug", "lamps"), "categories");
    await denied(visitor().from("categories").delete().eq("slug", "lamps"), "categories");
  });
});

describe("everybody sees active products", () => {
  test("an active one", () =>
    withRow("products", newProduct(), async ({ id }) => {
      await sees(visitor(), product(id));
      await sees(customer(1), product(id));
      await sees(seller(2), product(id));
    }));
  test("a draft and an archived one are seen by neither visitors, customers nor other sellers", async () => {
    for (const status of ["draft", "archived"]) {
      await withRow("products", newProduct({ status }), async ({ id }) => {
        await doesNotSee(visitor(), product(id));
        await doesNotSee(customer(1), product(id));
        await doesNotSee(seller(2), product(id));
      });
    }
  });
  test("the view keeps to it", async () => {
    await withRow("products", newProduct({ status: "draft" }), async ({ id }) => {
      assert.deepEqual(await rows(visitor().from("product_listings").select("id").eq("id", id)), []);
      assert.deepEqual(await rows(seller(1).from("product_listings").select("id").eq("id", id)), []);
    });
  });
  test("a view past the policies shows what it says and no more", async () => {
    const found = await rows(visitor().from("seller_directory").select().order("handle"));
    assert.deepEqual(found.map((row) => [row.handle, row.products]), [
      ["clayhouse", 232], ["far_meadow", 236], ["inkwell", 229], ["north_and_pine", 236],
    ]);
  });
});

describe("sellers see their products", () => {
  test("their own drafts, and nobody else's", () =>
    withRow("products", newProduct({ status: "draft" }), async ({ id }) => {
      await sees(seller(1), product(id));
      await doesNotSee(seller(2), product(id));
      await doesNotSee(visitor(), product(id));
    }));
  test("counts follow", async () => {
    const count = (client) => total(client.from("products").select("*", { count: "exact", head: true }).neq("status", "active"));
    assert.deepEqual([await count(seller(1)), await count(customer(1)), await count(visitor())], [16, 0, 0]);
  });
});

describe("sellers offer products", () => {
  test("a seller does, and gets the row back as theirs", async () => {
    const [row] = await rows(seller(1).from("products").insert(own({ status: "draft" })).select("seller_id, status"));
    assert.deepEqual(row, { seller_id: sellerId(1), status: "draft" });
  });
  test("a customer does not", () => refusedByPolicy(customer(1).from("products").insert(own()), "products"));
  test("nobody does for another seller", () => refusedByPolicy(seller(2).from("products").insert(newProduct()), "products"));
  test("a visitor does not", () => refusedByPolicy(visitor().from("products").insert(newProduct()), "products"));
  test("nor by upsert", async () => {
    const theirs = { ...newProduct(), slug: "ebba-linen-lamp", title: "Taken" };
    await refusedByPolicy(seller(2).from("products").upsert(theirs, { onConflict: "slug" }), "products");
    await refusedByPolicy(customer(1).from("products").upsert(theirs, { onConflict: "slug", ignoreDuplicates: true }), "products");
  });
});

describe("sellers change their products", () => {
  const change = (client, id, values = { title: "Changed" }) => client.from("products").update(values).eq("id", id);
  test("their own", () =>
    withRow("products", newProduct(), async ({ id }) => {
      assert.deepEqual(await rows(change(seller(1), id).select("title")), [{ title: "Changed" }]);
    }));
  test("nobody else's", () =>
    withRow("products", newProduct(), async ({ id }) => {
      for (const client of [seller(2), customer(1), visitor()]) {
        await touchesNothing(change(client, id).select());
        const { count } = await client.from("products").update({ title: "Changed" }, { count: "exact" }).eq("id", id);
        assert.equal(count, 0);
      }
      assert.deepEqual(await rows(service().from("products").select("title").eq("id", id)), [{ title: "Test Lamp" }]);
    }));
  test("none is given away", () =>
    withRow("products", newProduct(), ({ id }) => refusedByPolicy(change(seller(1), id, { seller_id: sellerId(2) }), "products")));
});

describe("sellers delete their products", () => {
  test("their own draft", () =>
    withRow("products", newProduct({ status: "draft" }), async ({ id }) => {
      assert.deepEqual(await rows(seller(1).from("products").delete().eq("id", id).select("id")), [{ id }]);
    }));
  test("nobody else's", () =>
    withRow("products", newProduct({ status: "draft" }), async ({ id }) => {
      for (const client of [seller(2), customer(1), visitor()]) {
        await touchesNothing(client.from("products").delete().eq("id", id).select());
      }
      await sees(seller(1), product(id));
    }));
});

describe("active products are not deleted", () => {
  test("an active one stays", () =>
    withRow("products", newProduct(), async ({ id }) => {
      await touchesNothing(seller(1).from("products").delete().eq("id", id).select());
      await sees(visitor(), product(id));
    }));
  test("once archived it goes", () =>
    withRow("products", newProduct(), async ({ id }) => {
      await rows(seller(1).from("products").update({ status: "archived" }).eq("id", id));
      assert.deepEqual(await rows(seller(1).from("products").delete().eq("id", id).select("id")), [{ id }]);
    }));
});

describe("visitors do not see products for adults", () => {
  test("visitors do not, who is signed in does", () =>
    withRow("products", newProduct({ tags: ["adults-only", "new"] }), async ({ id }) => {
      await doesNotSee(visitor(), product(id));
      await sees(customer(1), product(id));
      assert.deepEqual(await rows(visitor().from("product_listings").select("id").eq("id", id)), []);
    }));
  test("others are not concerned", () => sees(visitor(), product(1)));
});

describe("suspended people write nothing (products)", () => {
  test("a suspended seller neither offers nor changes", () =>
    withRow("products", newProduct(), async ({ id }) => {
      await refusedByPolicy(seller(1, suspended).from("products").insert(own()), "products");
      await refusedByPolicy(seller(1, suspended).from("products").update({ title: "Changed" }).eq("id", id), "products");
      await sees(seller(1, suspended), product(id));
    }));
  test("others do", async () => {
    await rows(seller(1, { app_metadata: {} }).from("products").insert(own()));
  });
});

describe("variants are seen with their product", () => {
  // A variant in a cart whose product was withdrawn: the item stays, the variant is not shown.
  const variant = (id) => ({
    table: "variants",
    match: { id },
    parent: { table: "cart_items", match: { cart_id: cartId(2), variant_id: id }, through: "variants" },
  });
  const withVariant = (status, use) =>
    withRow("products", newProduct({ status }), ({ id }) =>
      withRow("variants", { product_id: id, sku: `T${id}`, name: "One" }, async (row) => {
        await rows(service().from("cart_items").insert({ cart_id: cartId(2), variant_id: row.id }));
        await use(row.id);
      }),
    );
  test("of an active product, by everybody", () =>
    withVariant("active", async (id) => {
      await sees(customer(2), variant(id));
      await sees(visitor(), { table: "variants", match: { id } });
    }));
  test("of a draft, by its seller alone", () =>
    withVariant("draft", async (id) => {
      await doesNotSee(customer(2), variant(id));
      await doesNotSee(visitor(), { table: "variants", match: { id } });
      await sees(seller(1), { table: "variants", match: { id } });
    }));
});

describe("sellers manage variants of their products", () => {
  test("theirs: add, change, delete", () =>
    withRow("products", newProduct(), async ({ id }) => {
      const table = seller(1).from("variants");
      const [row] = await rows(table.insert({ product_id: id, sku: `M${id}`, name: "One", stock: 1 }).select());
      assert.deepEqual(await rows(table.update({ stock: 2 }).eq("id", row.id).select("stock")), [{ stock: 2 }]);
      assert.deepEqual(await rows(table.delete().eq("id", row.id).select("id")), [{ id: row.id }]);
    }));
  test("nobody else's", async () => {
    for (const client of [seller(2), customer(1), visitor()]) {
      await refusedByPolicy(client.from("variants").insert({ product_id: 1, sku: "NOT-MINE", name: "Mine" }), "variants");
      await touchesNothing(client.from("variants").update({ stock: 0 }).eq("id", 1).select());
      await touchesNothing(client.from("variants").delete().eq("id", 1).select());
    }
  });
  test("none is moved to another's product", () =>
    refusedByPolicy(seller(1).from("variants").update({ product_id: 4 }).eq("id", 1), "variants"));
});

