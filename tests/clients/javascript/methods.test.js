// Every public method of the client's database part has a test here, and every option of it is used in one.
//
// The methods are read from the client's own type definitions, so that a new version with a new method fails until it has a test.

import { test } from "node:test";
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { declared } from "./methods/declared.js";
import { look } from "./methods/watch.js";
import { filters } from "./methods/filters.js";
import { functions } from "./methods/functions.js";
import { plans } from "./methods/plans.js";
import { ranges } from "./methods/ranges.js";
import { requests } from "./methods/requests.js";
import { results } from "./methods/results.js";
import { search } from "./methods/search.js";
import { writes } from "./methods/writes.js";

// Families that the server does not have yet. Without its line, a family's tests run, and its methods need them.
const awaited = new Set([]);

// Methods that cannot work, each with the reason.
const argued = new Map([
  // Every builder that the client makes is a PostgrestTransformBuilder, whose method of the same name stands before it.
  ["PostgrestBuilder.returns", "not reachable"],
]);

const families = [filters, functions, plans, ranges, requests, results, search, writes];
const methodOf = (name) => name.split(":")[0];
const used = new Set();

for (const [name, run] of families.filter((family) => !awaited.has(family)).flatMap(Object.entries)) {
  test(name, async () => {
    look();
    await run();
    const seen = look();
    seen.forEach((one) => used.add(one));
    assert.ok(seen.has(methodOf(name)), `the test of ${name} did not call it`);
  });
}

test("every method has a test or a reason, and every option is used", () => {
  const tested = new Set(families.flatMap(Object.keys).map(methodOf));
  const later = [...awaited].flatMap(Object.keys).map(methodOf);
  const methods = declared();
  assert.ok(methods.size >= 59, `expected 59 methods or more, found ${methods.size}`);
  const without = [...methods.keys()].filter((name) => !tested.has(name) && !argued.has(name));
  assert.deepEqual(without, [], "methods without a test");
  const unknown = [...tested, ...argued.keys()].filter((name) => !methods.has(name));
  assert.deepEqual(unknown, [], "tests of methods that the client does not have");
  const unused = [...methods]
    .filter(([name]) => !later.includes(name))
    .flatMap(([name, options]) => [...options].map((option) => `${name}{${option}}`))
    .filter((option) => !used.has(option));
  assert.deepEqual(unused, [], "options that no test uses");
});

test("docs/compatibility.md has a row for every method, and says not yet of none that works", () => {
  const text = readFileSync(new URL("../../../docs/compatibility.md", import.meta.url), "utf8");
  const rows = [...text.matchAll(/^\| `(\w+)\(\)`[^|]*\| ([^|]*) \|/gm)];
  const said = new Map(rows.map(([, method, here]) => [method, here]));
  const names = (keys) => new Set([...keys].map((name) => name.split(".")[1]));
  assert.deepEqual([...names(declared().keys())].filter((name) => !said.has(name)), [], "methods without a row");
  const later = names([...awaited].flatMap(Object.keys).map(methodOf));
  const now = names(families.filter((family) => !awaited.has(family)).flatMap(Object.keys).map(methodOf));
  const notYet = [...said].filter(([, here]) => here.startsWith("not yet")).map(([name]) => name);
  assert.deepEqual(notYet.filter((name) => !later.has(name)), [], "methods that work");
  assert.deepEqual([...later].filter((name) => !now.has(name) && !notYet.includes(name)), [], "methods that do not work yet");
});
