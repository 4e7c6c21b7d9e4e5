// The README's example is the file of the shop, and it runs as printed.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { publishableKey, url } from "./shop.js";

const top = new URL("../../../", import.meta.url);
const read = (path) => readFileSync(new URL(path, top), "utf8");

test("the README prints examples/shop/first.mjs", () => {
  const [, block] = /```js\n([\s\S]*?)```/.exec(read("README.md"));
  assert.equal(block, read("examples/shop/first.mjs"));
});

test("the example runs", async () => {
  const lines = [];
  const log = console.log;
  console.log = (line) => lines.push(line);
  process.env.KEY = publishableKey;
  try {
    const text = read("examples/shop/first.mjs").replace("http://127.0.0.1:54321", url).replace('"@supabase/supabase-js"', JSON.stringify(import.meta.resolve("@supabase/supabase-js")));
    await import(`data:text/javascript,${encodeURIComponent(text)}`);
  } finally {
    console.log = log;
  }
  const found = JSON.parse(lines[0]);
  assert.equal(found.length, 3);
  assert.deepEqual(Object.keys(found[0]), ["title", "price", "rating", "variants"]);
});
