// The running shop, and who may ask it: everything that the tests share.
//
// `cargo xtask test` starts a server on a fresh copy of the example for these tests and tells its address and keys in the
// environment. Tests put back what they change, so that their order does not matter.

import { createHmac } from "node:crypto";
import assert from "node:assert/strict";
import { createClient } from "@supabase/supabase-js";

const { SHOP_URL, SHOP_PUBLISHABLE_KEY, SHOP_SECRET_KEY, SHOP_JWT_SECRET } = process.env;
assert.ok(SHOP_URL && SHOP_PUBLISHABLE_KEY && SHOP_SECRET_KEY && SHOP_JWT_SECRET, "run these tests with cargo xtask test");

export const url = SHOP_URL;
export const publishableKey = SHOP_PUBLISHABLE_KEY;

// The identities of the seed.
export const sellerId = (index) => `a0000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
export const customerId = (index) => `c0000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
export const addressId = (index) => `d0000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
export const cartId = (index) => `e0000000-0000-4000-8000-${String(index).padStart(12, "0")}`;
export const orderId = (index) => `f0000000-0000-4000-8000-${String(index).padStart(12, "0")}`;

// An account without a profile and without anything else.
export const strangerId = "99999999-0000-4000-8000-000000000001";

const settings = { auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false } };

export function token(claims, secret = SHOP_JWT_SECRET) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1000);
  const body = { aud: "authenticated", role: "authenticated", iat: now, exp: now + 600, ...claims };
  const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(body)}`;
  return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
}

export function bearer(text) {
  return createClient(SHOP_URL, SHOP_PUBLISHABLE_KEY, { ...settings, accessToken: async () => text });
}

export const user = (id, claims = {}) => bearer(token({ sub: id, ...claims }));
export const customer = (index, claims) => user(customerId(index), claims);
export const seller = (index, claims) => user(sellerId(index), claims);
export const stranger = () => user(strangerId);
export const visitor = () => createClient(SHOP_URL, SHOP_PUBLISHABLE_KEY, settings);
export const service = () => createClient(SHOP_URL, SHOP_SECRET_KEY, settings);

// --- What an answer must be

export async function rows(request) {
  const { data, error } = await request;
  assert.equal(error, null, JSON.stringify(error));
  return data;
}

export async function total(request) {
  const { count, error } = await request;
  assert.equal(error, null, JSON.stringify(error));
  return count;
}

export async function refusal(request) {
  const { data, error, status } = await request;
  assert.notEqual(error, null, `expected a refusal, got ${JSON.stringify(data)}`);
  return { status, code: error.code, message: error.message };
}

export const rowSecurity = (table) => ({
  code: "42501",
  message: `new row violates row-level security policy for table "${table}"`,
});

export async function refusedByPolicy(request, table) {
  const { code, message } = await refusal(request);
  // PostgreSQL tells the name of a restrictive policy.
  const unnamed = message.replace(/policy "[^"]*" for/, "policy for");
  assert.deepEqual({ code, message: unnamed }, rowSecurity(table));
}

export async function denied(request, table) {
  const { code, message } = await refusal(request);
  assert.deepEqual({ code, message }, { code: "42501", message: `permission denied for table ${table}` });
}

// Makes a row as the service, hands it to `use` and takes it away again, whatever happened.
export async function withRow(table, values, use) {
  const [row] = await rows(service().from(table).insert(values).select());
  const key = table === "order_lines" ? { order_id: row.order_id, line: row.line } : { id: row.id };
  try {
    return await use(row);
  } finally {
    await rows(service().from(table).delete().match(key));
  }
}

let number = 0;

export function newProduct(values = {}) {
  number += 1;
  return {
    seller_id: sellerId(1),
    category_id: 5,
    slug: `test-${process.pid}-${number}`,
    title: "Test Lamp",
    price_minor: 1000,
    status: "active",
    ...values,
  };
}
