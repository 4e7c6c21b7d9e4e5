// The types that `underpin types` writes for the shop: the typed client compiles against them, and refuses mistakes.

import { test } from "node:test";
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { complaints, path } from "./compiler.js";

// Types are made of migrations; a server's would be asked for.
const { UNDERPIN, UNDERPIN_DATABASE__URL: _, ...env } = process.env;
assert.ok(UNDERPIN, "run these tests with cargo xtask test");

const definitions = execFileSync(UNDERPIN, ["types", path("../../../examples/shop")], { encoding: "utf8", env });
const texts = (more) => new Map([[path("typed/database.types.ts"), definitions], ...more]);

test("the definitions compile by themselves", () => {
  assert.deepEqual(complaints(path("typed/database.types.ts"), texts([])), []);
});

test("a program compiles against them, and each of its marked mistakes does not", () => {
  assert.deepEqual(complaints(path("typed/shop.ts"), texts([])), []);
});

test("without its marks, each mistake is an error of its line", () => {
  const text = readFileSync(path("typed/shop.ts"), "utf8");
  const mark = /^[ ]*\/\/ @ts-expect-error.*$/gm;
  const lines = text.split("\n");
  const expected = lines.flatMap((line, index) => (line.match(mark) ? [index + 2] : []));
  const found = complaints(path("typed/shop.ts"), texts([[path("typed/shop.ts"), text.replace(mark, "")]]));
  assert.deepEqual([...new Set(found.map((line) => Number.parseInt(line, 10)))].sort((a, b) => a - b), expected);
});
