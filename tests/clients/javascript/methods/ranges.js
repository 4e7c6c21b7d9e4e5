// The methods that compare ranges. The values are PostgreSQL's.

import assert from "node:assert/strict";
import { rows } from "../shop.js";
import { withProject } from "./fixture.js";

const migration = `
  create table stays (id int primary key, nights int4range not null, period tstzrange);
  insert into stays values
    (1, '[1,5)', '[2026-01-01 00:00+00,2026-01-03 00:00+00)'),
    (2, '[5,8)', '[2026-01-03 00:00+00,2026-01-04 00:00+00)'),
    (3, '[10,12]', '[2026-01-10 00:00+00,2026-01-12 00:00+00)'),
    (4, 'empty', null);`;

const check = (filter, expected) => () =>
  withProject({ migration }, async (client) => {
    const found = await rows(filter(client.from("stays").select("id")).order("id"));
    assert.deepEqual(found.map((row) => row.id), expected);
  });

export const ranges = {
  "PostgrestFilterBuilder.rangeGt": check((request) => request.rangeGt("nights", "[1,6)"), [3]),
  "PostgrestFilterBuilder.rangeGte": check((request) => request.rangeGte("nights", "[5,6)"), [2, 3]),
  "PostgrestFilterBuilder.rangeLt": check((request) => request.rangeLt("nights", "[8,10)"), [1, 2]),
  "PostgrestFilterBuilder.rangeLte": check((request) => request.rangeLte("nights", "[1,8)"), [1, 2]),
  "PostgrestFilterBuilder.rangeAdjacent": check((request) => request.rangeAdjacent("nights", "[8,10)"), [2, 3]),
  "PostgrestFilterBuilder.contains: a range": check((request) => request.contains("nights", "[11,11]"), [3]),
  "PostgrestFilterBuilder.containedBy: a range": check((request) => request.containedBy("nights", "[0,8)"), [1, 2, 4]),
  "PostgrestFilterBuilder.overlaps: a range": check(
    (request) => request.overlaps("period", "[2026-01-02,2026-01-03 12:00)"),
    [1, 2],
  ),
};
