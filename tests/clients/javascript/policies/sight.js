// Whether a row can be seen, asked in every way a request can ask: read, filter, count, embed, and a filter on an embed.

import assert from "node:assert/strict";
import { rows, total } from "../shop.js";

// `table` and `match` name the row; `parent` is a row that everybody in the test can see and that embeds it.
export async function sight(client, { table, match, parent }, expected) {
  const [column, value] = Object.entries(match)[0];

  const read = await rows(client.from(table).select("*").match(match));
  assert.equal(read.length, expected, "read");

  const filtered = await rows(client.from(table).select(column).or(`${column}.eq.${value},${column}.is.null`).match(match));
  assert.equal(filtered.length, expected, "filter");

  assert.equal(await total(client.from(table).select("*", { count: "exact", head: true }).match(match)), expected, "count");

  if (parent) {
    const embed = `seen:${parent.through}`;
    const request = client.from(parent.table).select(`${embed}(${column})`).match(parent.match);
    const found = (await rows(request.eq(`seen.${column}`, value))).map((row) => row.seen).flat();
    assert.equal(found.filter((row) => row !== null).length, expected, "embed");

    const joined = client.from(parent.table).select(`${embed}!inner(${column})`, { count: "exact", head: true });
    assert.equal(await total(joined.match(parent.match).eq(`seen.${column}`, value)), expected, "filter on an embed, counted");
  }
}

export const sees = (client, row) => sight(client, row, 1);
export const doesNotSee = (client, row) => sight(client, row, 0);

// A change that finds nothing it may touch changes nothing, returns nothing and counts nothing.
export async function touchesNothing(request) {
  assert.deepEqual(await rows(request), []);
}
