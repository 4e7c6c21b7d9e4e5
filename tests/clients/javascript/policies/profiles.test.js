// Each policy of profiles: whom it lets in, whom it keeps out.

import { after, describe, test } from "node:test";
import assert from "node:assert/strict";
import {
  customer, customerId, denied, newProduct, orderId, refusedByPolicy, rows, seller, sellerId, service, strangerId, stranger,
  user, visitor, withRow,
} from "../shop.js";
import { doesNotSee, sees, touchesNothing } from "./sight.js";

const suspended = { app_metadata: { suspended: true } };
const put = () => service().from("profiles").update({ bio: null }).eq("id", customerId(1));
after(put);

describe("sellers are public", () => {
  const row = {
    table: "profiles",
    match: { id: sellerId(1) },
    parent: { table: "products", match: { id: 1 }, through: "profiles!products_seller_id_fkey" },
  };
  test("everybody sees a seller", async () => {
    await sees(visitor(), row);
    await sees(customer(1), row);
    await sees(seller(2), row);
  });
  test("a customer is not one", () => doesNotSee(visitor(), { table: "profiles", match: { id: customerId(1) } }));
});

describe("people see themselves", () => {
  // The first customer has written no review. The seller of something in the order sees the order, not who placed it.
  const row = {
    table: "profiles",
    match: { id: customerId(1) },
    parent: { table: "orders", match: { id: orderId(1) }, through: "profiles" },
  };
  test("the owner does", () => sees(customer(1), row));
  test("a seller does not", () => doesNotSee(seller(1), row));
  test("others do not", async () => {
    await doesNotSee(customer(2), { table: "profiles", match: row.match });
    await doesNotSee(visitor(), { table: "profiles", match: row.match });
  });
});

describe("reviewers are public", () => {
  const reviewer = {
    table: "profiles",
    match: { id: customerId(9) },
    parent: { table: "reviews", match: { id: 1 }, through: "profiles" },
  };
  test("everybody sees who wrote a review", async () => {
    await sees(visitor(), reviewer);
    await sees(customer(2), reviewer);
  });
  test("a review that cannot be seen makes nobody public", () =>
    withRow("products", newProduct({ status: "draft" }), (product) =>
      withRow("reviews", { product_id: product.id, author_id: customerId(1), rating: 3, title: "Early" }, async () => {
        await doesNotSee(visitor(), { table: "profiles", match: { id: customerId(1) } });
        await sees(seller(1), { table: "profiles", match: { id: customerId(1) } });
      }),
    ));
});

describe("people create their own profile", () => {
  const profile = { id: strangerId, handle: "stranger", display_name: "A Stranger" };
  test("somebody without an account in the table cannot", async () => {
    // The foreign key to auth.users speaks after the policy has let the row through.
    const { error } = await stranger().from("profiles").insert(profile);
    assert.equal(error.code, "23503");
  });
  test("nobody creates one for another", () => refusedByPolicy(customer(1).from("profiles").insert(profile), "profiles"));
  test("a visitor has no right to", () => denied(visitor().from("profiles").insert(profile), "profiles"));
  test("nobody makes themselves a seller", () =>
    denied(stranger().from("profiles").insert({ ...profile, kind: "seller" }), "profiles"));
});

describe("people edit their own profile", () => {
  test("the owner does, and gets the row back", async () => {
    const change = customer(1).from("profiles").update({ bio: "Hello" }).eq("id", customerId(1));
    assert.deepEqual(await rows(change.select("bio")), [{ bio: "Hello" }]);
  });
  test("others change nothing", async () => {
    await touchesNothing(customer(2).from("profiles").update({ bio: "Mine" }).eq("id", customerId(1)).select());
    await touchesNothing(customer(2).from("profiles").update({ bio: "Mine" }).eq("id", sellerId(1)).select());
  });
  test("a visitor has no right to", () =>
    denied(visitor().from("profiles").update({ bio: "Mine" }).eq("id", sellerId(1)), "profiles"));
  test("nobody makes themselves a seller", () =>
    denied(customer(1).from("profiles").update({ kind: "seller" }).eq("id", customerId(1)), "profiles"));
  test("nobody deletes", () => denied(customer(1).from("profiles").delete().eq("id", customerId(1)), "profiles"));
});

describe("suspended people write nothing", () => {
  const change = (client) => client.from("profiles").update({ bio: "Still here" }).eq("id", customerId(1));
  test("a suspended account is refused", () => refusedByPolicy(change(customer(1, suspended)), "profiles"));
  test("it still reads", () => sees(customer(1, suspended), { table: "profiles", match: { id: customerId(1) } }));
  test("one that is not suspended writes", async () => {
    await rows(change(user(customerId(1), { app_metadata: { suspended: false } })));
  });
});
