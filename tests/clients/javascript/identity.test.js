// Who asks: keys and tokens.

import { test } from "node:test";
import assert from "node:assert/strict";
import { bearer, customer, customerId, publishableKey, rows, service, token, total, url, visitor } from "./shop.js";

const profiles = { visitor: 15, customer: 16 };
const seen = (client) => total(client.from("profiles").select("*", { count: "exact", head: true }));
const get = (headers) => fetch(`${url}/rest/v1/profiles?select=id&limit=1`, { headers });

test("the publishable key is a visitor", async () => assert.equal(await seen(visitor()), profiles.visitor));
test("a token is its user", async () => assert.equal(await seen(customer(1)), profiles.customer));
test("the secret key sees everything", async () => assert.equal(await seen(service()), 16));
test("no key is a visitor too", async () => assert.equal((await get({})).status, 200));

test("a key that is none is refused", async () => {
  const response = await get({ apikey: "sb_publishable_0000000000000000000000_00000000" });
  assert.equal(response.status, 401);
  assert.deepEqual(Object.keys(await response.json()).sort(), ["code", "details", "hint", "message"]);
});

for (const [name, text] of [
  ["a token signed by somebody else", token({ sub: customerId(1) }, "another-secret-that-is-long-enough-to-be-one")],
  ["a token whose time is over", token({ sub: customerId(1), exp: Math.floor(Date.now() / 1000) - 3600 })],
  ["a token without a signature", `${token({ sub: customerId(1) }).split(".").slice(0, 2).join(".")}.`],
  ["a token of a role that is none", token({ sub: customerId(1), role: "postgres" })],
  ["text that is no token", "tell-me-everything"],
]) {
  test(`${name} is refused`, async () => {
    const { data, error, status } = await bearer(text).from("profiles").select("id");
    assert.equal(data, null);
    assert.ok(error.code.startsWith("PGRST30") || error.code === "22023" || error.code === "42501", error.code);
    assert.ok([401, 403].includes(status), String(status));
  });
}

test("a token that claims alg none is refused", async () => {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const forged = `${part({ alg: "none", typ: "JWT" })}.${part({ role: "service_role", exp: 4102444800 })}.`;
  const response = await get({ apikey: publishableKey, authorization: `Bearer ${forged}` });
  assert.equal(response.status, 401);
});

test("the claims reach the policies", async () => {
  const found = await rows(customer(3).from("addresses").select("recipient"));
  assert.deepEqual(found, [{ recipient: "Chiara Rossi" }]);
});
