// Each policy of addresses, carts, orders, order lines and reviews: whom it lets in, whom it keeps out.

import { after, describe, test } from "node:test";
import assert from "node:assert/strict";
import {
  addressId, cartId, customer, customerId, denied, newProduct, orderId, refusedByPolicy, rows, seller, service, stranger,
  total, visitor, withRow,
} from "../shop.js";
import { doesNotSee, sees, touchesNothing } from "./sight.js";

const suspended = { app_metadata: { suspended: true } };
const note = `test ${process.pid}`;

after(async () => {
  await rows(service().from("orders").delete().eq("note", note));
  await rows(service().from("products").delete().like("slug", `test-${process.pid}-%`));
});

// Order 37 is paid and order 13 shipped; both hold things of sellers one and two and go to the first address.
const through = "addresses!orders_shipping_address_id_fkey";

describe("people manage their addresses", () => {
  const row = {
    table: "addresses",
    match: { id: addressId(1) },
    parent: { table: "orders", match: { id: orderId(1) }, through },
  };
  test("the owner sees and changes", async () => {
    await sees(customer(1), row);
    const change = customer(1).from("addresses").update({ label: "Home" }).eq("id", addressId(1));
    assert.deepEqual(await rows(change.select("label")), [{ label: "Home" }]);
  });
  test("others neither see nor change", async () => {
    for (const client of [customer(2), stranger()]) {
      await doesNotSee(client, { table: "addresses", match: row.match });
      await touchesNothing(client.from("addresses").update({ label: "Mine" }).eq("id", addressId(1)).select());
      await touchesNothing(client.from("addresses").delete().eq("id", addressId(1)).select());
    }
  });
  test("a new one is the caller's, and nobody else's", async () => {
    const address = { recipient: "A", street: "B", postal_code: "C", city: "D", country: "DE" };
    const [made] = await rows(customer(2).from("addresses").insert(address).select());
    assert.equal(made.owner_id, customerId(2));
    await rows(customer(2).from("addresses").delete().eq("id", made.id));
    await refusedByPolicy(customer(2).from("addresses").insert({ ...address, owner_id: customerId(1) }), "addresses");
  });
  test("a visitor has no right to", async () => {
    await denied(visitor().from("addresses").select("id"), "addresses");
    await denied(visitor().from("profiles").select("id, addresses(city)"), "addresses");
  });
  test("a second default address is refused", async () => {
    const address = { recipient: "A", street: "B", postal_code: "C", city: "D", country: "DE", is_default: true };
    const { error } = await customer(2).from("addresses").insert(address);
    assert.equal(error.code, "23505");
  });
});

describe("sellers see addresses they ship to", () => {
  const row = (id, order) => ({
    table: "addresses",
    match: { id: addressId(id) },
    parent: { table: "orders", match: { id: orderId(order) }, through },
  });
  test("of a paid order with their products", async () => {
    await sees(seller(1), row(1, 37));
    await sees(seller(2), row(1, 37));
  });
  test("not of one without, and not of a visitor's guess", async () => {
    await doesNotSee(seller(3), { table: "addresses", match: { id: addressId(1) } });
    await doesNotSee(customer(2), { table: "addresses", match: { id: addressId(1) } });
  });
  test("they do not change it", () =>
    touchesNothing(seller(1).from("addresses").update({ city: "Elsewhere" }).eq("id", addressId(1)).select()));
});

describe("people have their cart", () => {
  const row = {
    table: "carts",
    match: { id: cartId(2) },
    parent: { table: "profiles", match: { id: customerId(2) }, through: "carts" },
  };
  test("the owner does", async () => {
    await sees(customer(2), row);
    const [summary] = await rows(customer(1).from("cart_summaries").select());
    assert.deepEqual(summary, { id: cartId(1), owner_id: customerId(1), items: 3, total_minor: 31800 });
  });
  test("others do not", async () => {
    await doesNotSee(customer(1), row);
    await doesNotSee(seller(1), row);
    assert.deepEqual(await rows(seller(1).from("cart_summaries").select()), []);
  });
  test("nobody opens one for another", () =>
    refusedByPolicy(customer(5).from("carts").insert({ owner_id: customerId(6) }), "carts"));
  test("everybody opens their own, once", async () => {
    const [made] = await rows(customer(5).from("carts").insert({}).select());
    assert.equal(made.owner_id, customerId(5));
    assert.equal((await customer(5).from("carts").insert({})).error.code, "23505");
    await rows(customer(5).from("carts").delete().eq("id", made.id));
  });
});

describe("people fill their cart", () => {
  const item = (variant) => ({ cart_id: cartId(3), variant_id: variant, quantity: 2 });
  test("the owner adds, changes and removes", async () => {
    const table = customer(3).from("cart_items");
    assert.deepEqual(await rows(table.insert(item(1)).select()).then(([row]) => row.quantity), 2);
    const changed = table.upsert({ ...item(1), quantity: 3 }).select("quantity");
    assert.deepEqual(await rows(changed), [{ quantity: 3 }]);
    await rows(table.delete().match({ cart_id: cartId(3), variant_id: 1 }));
  });
  test("nobody fills another's", async () => {
    await refusedByPolicy(customer(1).from("cart_items").insert(item(1)), "cart_items");
    await doesNotSee(customer(1), { table: "cart_items", match: { cart_id: cartId(3) } });
    await touchesNothing(customer(1).from("cart_items").delete().eq("cart_id", cartId(3)).select());
  });
  test("nobody puts in what they cannot see", () =>
    withRow("products", newProduct({ status: "draft" }), ({ id }) =>
      withRow("variants", { product_id: id, sku: `C${id}`, name: "One" }, (variant) =>
        refusedByPolicy(customer(3).from("cart_items").insert(item(variant.id)), "cart_items"),
      ),
    ));
  test("a visitor has no right to", () => denied(visitor().from("cart_items").select(), "cart_items"));
});

describe("customers see their orders", () => {
  const row = {
    table: "orders",
    match: { id: orderId(2) },
    parent: { table: "profiles", match: { id: customerId(2) }, through: "orders" },
  };
  test("the customer does", () => sees(customer(2), row));
  test("others do not", async () => {
    await doesNotSee(customer(1), row);
    await doesNotSee(stranger(), row);
    await denied(visitor().from("orders").select("id"), "orders");
  });
  test("the view keeps to it", async () => {
    const found = await rows(customer(1).from("order_summaries").select("reference, status, lines, total_minor").order("reference"));
    assert.deepEqual(found, [
      { reference: "CG-0001", status: "pending", lines: 1, total_minor: 17350 },
      { reference: "CG-0013", status: "shipped", lines: 3, total_minor: 143400 },
      { reference: "CG-0025", status: "cancelled", lines: 3, total_minor: 103800 },
      { reference: "CG-0037", status: "paid", lines: 4, total_minor: 128950 },
    ]);
  });
});

describe("sellers see orders of their products", () => {
  const row = { table: "orders", match: { id: orderId(1) } };
  test("the seller of something in it does", () => sees(seller(1), row));
  test("another seller does not", () => doesNotSee(seller(2), row));
  test("counts follow", async () => {
    assert.equal(await total(seller(1).from("orders").select("*", { count: "exact", head: true })), 23);
  });
});

describe("customers place orders", () => {
  test("to their own address", async () => {
    const order = { shipping_address_id: addressId(2), billing_address_id: addressId(2), note };
    const [made] = await rows(customer(2).from("orders").insert(order).select("customer_id, status, reference"));
    assert.deepEqual([made.customer_id, made.status, made.reference.length], [customerId(2), "pending", 10]);
  });
  test("to nobody else's", () =>
    refusedByPolicy(customer(2).from("orders").insert({ shipping_address_id: addressId(1), note }), "orders"));
  test("not for another", () => refusedByPolicy(customer(2).from("orders").insert({ customer_id: customerId(1), note }), "orders"));
  test("not as paid already", () => refusedByPolicy(customer(2).from("orders").insert({ status: "paid", note }), "orders"));
  test("a visitor has no right to", () => denied(visitor().from("orders").insert({ note }), "orders"));
});

const withOrder = (values, use) => withRow("orders", { customer_id: customerId(2), note, ...values }, use);
const withLine = (values, use) =>
  withOrder(values, async (order) => {
    const line = { order_id: order.id, line: 1, product_id: 1, variant_id: 1, title: "x", quantity: 1, unit_price_minor: 17350 };
    await rows(service().from("order_lines").insert(line));
    return use(order);
  });
const become = (client, id, status) => client.from("orders").update({ status }).eq("id", id);

describe("customers cancel pending orders", () => {
  test("the customer does", () =>
    withOrder({}, async ({ id }) => {
      assert.deepEqual(await rows(become(customer(2), id, "cancelled").select("status")), [{ status: "cancelled" }]);
    }));
  test("nobody pays by saying so", () =>
    withOrder({}, ({ id }) => refusedByPolicy(become(customer(2), id, "paid"), "orders")));
  test("a paid order is not cancelled", () =>
    withOrder({ status: "paid" }, ({ id }) => touchesNothing(become(customer(2), id, "cancelled").select())));
  test("others cancel nothing", () =>
    withOrder({}, ({ id }) => touchesNothing(become(customer(1), id, "cancelled").select())));
  test("other columns are not theirs to change", () =>
    withOrder({}, async ({ id }) => {
      await denied(customer(2).from("orders").update({ customer_id: customerId(1) }).eq("id", id), "orders");
      await denied(customer(2).from("orders").delete().eq("id", id), "orders");
    }));
});

describe("sellers ship paid orders", () => {
  test("the seller of something in it does", () =>
    withLine({ status: "paid" }, async ({ id }) => {
      assert.deepEqual(await rows(become(seller(1), id, "shipped").select("status")), [{ status: "shipped" }]);
      assert.deepEqual(await rows(become(seller(1), id, "delivered").select("status")), [{ status: "delivered" }]);
    }));
  test("another seller does not", () =>
    withLine({ status: "paid" }, ({ id }) => touchesNothing(become(seller(2), id, "shipped").select())));
  test("not one that is not paid", () =>
    withLine({}, ({ id }) => touchesNothing(become(seller(1), id, "shipped").select())));
  test("nobody cancels a paid order", () =>
    withLine({ status: "paid" }, ({ id }) => refusedByPolicy(become(seller(1), id, "cancelled"), "orders")));
});

describe("suspended people write nothing (orders)", () => {
  test("a suspended customer places none", () => refusedByPolicy(customer(2, suspended).from("orders").insert({ note }), "orders"));
  test("and cancels none", () =>
    withOrder({}, ({ id }) => refusedByPolicy(become(customer(2, suspended), id, "cancelled"), "orders")));
});

describe("customers see their order lines", () => {
  const row = {
    table: "order_lines",
    match: { order_id: orderId(1), line: 1 },
    parent: { table: "products", match: { id: 1 }, through: "order_lines" },
  };
  test("the customer does", () => sees(customer(1), row));
  test("others do not", async () => {
    await doesNotSee(customer(2), row);
    await denied(visitor().from("order_lines").select("line"), "order_lines");
    await denied(visitor().from("products").select("id, order_lines(line)"), "order_lines");
  });
});

describe("sellers see lines of their products", () => {
  test("theirs, and not the others of the same order", async () => {
    const lines = async (client) =>
      (await rows(client.from("order_lines").select("product_id").eq("order_id", orderId(13)).order("line"))).map((line) => line.product_id);
    assert.deepEqual(await lines(seller(1)), [470]);
    assert.deepEqual(await lines(seller(2)), [964, 641]);
    assert.deepEqual(await lines(seller(3)), []);
  });
  test("embedded too", async () => {
    const [order] = await rows(seller(1).from("orders").select("order_lines(product_id)").eq("id", orderId(13)));
    assert.deepEqual(order, { order_lines: [{ product_id: 470 }] });
  });
});

describe("customers add lines to pending orders", () => {
  const line = (order, values = {}) => ({
    order_id: order, line: 1, product_id: 1, variant_id: 1, title: "Ebba Linen Lamp", quantity: 2, unit_price_minor: 17350, ...values,
  });
  test("at the price of the shop", () =>
    withOrder({}, async ({ id }) => {
      const added = customer(2).from("order_lines").insert(line(id)).select("total_minor");
      assert.deepEqual(await rows(added), [{ total_minor: 34700 }]);
    }));
  test("not at their own", () =>
    withOrder({}, ({ id }) => refusedByPolicy(customer(2).from("order_lines").insert(line(id, { unit_price_minor: 1 })), "order_lines")));
  test("not a variant of another product", () =>
    withOrder({}, ({ id }) => refusedByPolicy(customer(2).from("order_lines").insert(line(id, { product_id: 2 })), "order_lines")));
  test("not to an order that is paid", () =>
    withOrder({ status: "paid" }, ({ id }) => refusedByPolicy(customer(2).from("order_lines").insert(line(id)), "order_lines")));
  test("not to another's", () =>
    withOrder({}, ({ id }) => refusedByPolicy(customer(1).from("order_lines").insert(line(id)), "order_lines")));
  test("and never change them", async () => {
    await denied(customer(1).from("order_lines").update({ quantity: 1 }).eq("order_id", orderId(1)), "order_lines");
    await denied(customer(1).from("order_lines").delete().eq("order_id", orderId(1)), "order_lines");
  });
});

describe("reviews are seen with their product", () => {
  const review = (id) => ({
    table: "reviews",
    match: { id },
    parent: { table: "profiles", match: { id: customerId(2) }, through: "reviews" },
  });
  const withReview = (status, use) =>
    withRow("products", newProduct({ status }), ({ id }) =>
      withRow("reviews", { product_id: id, author_id: customerId(2), rating: 3, title: "Fine" }, (row) => use(row.id)),
    );
  test("of an active product, by everybody", () =>
    withReview("active", async (id) => {
      await sees(visitor(), review(id));
      await sees(customer(1), review(id));
    }));
  test("of a draft, by its seller alone", () =>
    withReview("draft", async (id) => {
      await doesNotSee(visitor(), review(id));
      await doesNotSee(customer(1), review(id));
      await sees(seller(1), review(id));
    }));
});

describe("customers review what they bought", () => {
  // The first customer has product 470 in an order that was shipped, and product 1 in one that is pending.
  const write = (client, product, values = {}) =>
    client.from("reviews").insert({ product_id: product, rating: 5, title: "Mine", ...values });
  test("what they bought, and it is theirs", async () => {
    const [made] = await rows(write(customer(1), 470).select());
    assert.equal(made.author_id, customerId(1));
    await rows(service().from("reviews").delete().eq("id", made.id));
  });
  test("not what they have only ordered", () => refusedByPolicy(write(customer(1), 1), "reviews"));
  test("not what they never bought", () => refusedByPolicy(write(customer(1), 2), "reviews"));
  test("not in another's name", () => refusedByPolicy(write(customer(1), 470, { author_id: customerId(3) }), "reviews"));
  test("a visitor has no right to", () => denied(write(visitor(), 470), "reviews"));
});

describe("authors edit their reviews", () => {
  const edit = (client, values) => client.from("reviews").update(values).eq("id", 4);
  test("the author does", async () => {
    assert.deepEqual(await rows(edit(customer(4), { rating: 5 }).select("rating")), [{ rating: 5 }]);
  });
  test("others change nothing", async () => {
    await touchesNothing(edit(customer(1), { rating: 1 }).select());
    await touchesNothing(edit(seller(1), { rating: 5 }).select());
    await denied(edit(visitor(), { rating: 1 }), "reviews");
  });
  test("nobody moves a review to another product", () => denied(edit(customer(4), { product_id: 2 }), "reviews"));
});

describe("authors delete their reviews", () => {
  const withReview = (use) =>
    withRow("reviews", { product_id: 2, author_id: customerId(4), rating: 1, title: "Gone" }, (row) => use(row.id));
  test("the author does", () =>
    withReview(async (id) => {
      assert.deepEqual(await rows(customer(4).from("reviews").delete().eq("id", id).select("id")), [{ id }]);
    }));
  test("others do not", () =>
    withReview(async (id) => {
      await touchesNothing(seller(1).from("reviews").delete().eq("id", id).select());
      await touchesNothing(customer(1).from("reviews").delete().eq("id", id).select());
      await denied(visitor().from("reviews").delete().eq("id", id), "reviews");
    }));
});

describe("nobody reviews their own products", () => {
  const buy = (product, use) =>
    withRow("orders", { customer_id: "a0000000-0000-4000-8000-000000000001", status: "paid", note }, async (order) => {
      const line = { order_id: order.id, line: 1, product_id: product, title: "x", quantity: 1, unit_price_minor: 1 };
      await rows(service().from("order_lines").insert(line));
      await use();
    });
  test("even a seller who bought it", () =>
    buy(1, () => refusedByPolicy(seller(1).from("reviews").insert({ product_id: 1, rating: 5, title: "Best" }), "reviews")));
  test("another's they may", () =>
    buy(4, async () => {
      const [made] = await rows(seller(1).from("reviews").insert({ product_id: 4, rating: 5, title: "Good" }).select());
      await rows(service().from("reviews").delete().eq("id", made.id));
    }));
});
