// The methods that say which columns and how many rows come back, in which order and form.

import assert from "node:assert/strict";
import { refusal, rows, visitor } from "../shop.js";

const categories = (columns = "id") => visitor().from("categories").select(columns);

export const results = {
  "PostgrestQueryBuilder.select": async () => {
    assert.deepEqual(await rows(categories("name, above:parent_id(slug)").eq("id", 5)), [{ name: "Lamps", above: { slug: "home" } }]);
  },
  "PostgrestQueryBuilder.select: with a count, with and without rows": async () => {
    const request = (options) => visitor().from("categories").select("id", options).gt("id", 14);
    const full = await request({ count: "exact" });
    assert.deepEqual([full.data, full.count, full.status], [[{ id: 15 }, { id: 16 }], 2, 200]);
    const head = await request({ count: "exact", head: true });
    assert.deepEqual([head.data, head.count], [null, 2]);
    assert.equal((await request({ count: "estimated", head: true })).count, 2);
    // What PostgreSQL's planner expects of a table that it knows nothing of is its affair.
    const planned = (await request({ count: "planned", head: true })).count;
    assert.ok(process.env.UNDERPIN_DATABASE__URL ? planned >= 0 : planned === 2, `${planned}`);
  },
  "PostgrestTransformBuilder.order": async () => {
    const first = async (options) => (await rows(categories("id, parent_id").order("parent_id", options).order("id").limit(1)))[0];
    assert.deepEqual(await first({ ascending: true }), { id: 5, parent_id: 1 });
    assert.deepEqual(await first({ ascending: false }), { id: 1, parent_id: null });
    assert.deepEqual(await first({ ascending: true, nullsFirst: true }), { id: 1, parent_id: null });
    assert.deepEqual(await first({ ascending: false, nullsFirst: false }), { id: 14, parent_id: 4 });
  },
  "PostgrestTransformBuilder.order: of related rows": async () => {
    for (const option of ["referencedTable", "foreignTable"]) {
      const request = categories("id, below:categories!parent_id(id)").eq("id", 1);
      const found = await rows(request.order("id", { ascending: false, [option]: "below" }));
      assert.deepEqual(found, [{ id: 1, below: [{ id: 7 }, { id: 6 }, { id: 5 }] }]);
    }
  },
  "PostgrestTransformBuilder.limit": async () => {
    assert.deepEqual(await rows(categories().order("id").limit(2)), [{ id: 1 }, { id: 2 }]);
  },
  "PostgrestTransformBuilder.limit: of related rows": async () => {
    for (const option of ["referencedTable", "foreignTable"]) {
      const request = categories("id, below:categories!parent_id(id)").eq("id", 1).order("id", { [option]: "below" });
      assert.deepEqual(await rows(request.limit(1, { [option]: "below" })), [{ id: 1, below: [{ id: 5 }] }]);
    }
  },
  "PostgrestTransformBuilder.range": async () => {
    assert.deepEqual(await rows(categories().order("id").range(14, 20)), [{ id: 15 }, { id: 16 }]);
  },
  "PostgrestTransformBuilder.range: of related rows": async () => {
    for (const option of ["referencedTable", "foreignTable"]) {
      const request = categories("id, below:categories!parent_id(id)").eq("id", 1).order("id", { [option]: "below" });
      assert.deepEqual(await rows(request.range(1, 1, { [option]: "below" })), [{ id: 1, below: [{ id: 6 }] }]);
    }
  },
  "PostgrestTransformBuilder.single": async () => {
    assert.deepEqual(await rows(categories().eq("id", 5).single()), { id: 5 });
    const { status, code } = await refusal(categories().single());
    assert.deepEqual([status, code], [406, "PGRST116"]);
  },
  "PostgrestTransformBuilder.maybeSingle": async () => {
    assert.equal(await rows(categories().eq("id", -1).maybeSingle()), null);
    assert.deepEqual(await rows(categories().eq("id", 5).maybeSingle()), { id: 5 });
    assert.equal((await refusal(categories().maybeSingle())).code, "PGRST116");
  },
  "PostgrestTransformBuilder.csv": async () => {
    assert.equal(await rows(categories("id, name").eq("id", 5).csv()), "id,name\n5,Lamps");
  },
  // Where there is no geometry, there is nothing to make a feature of.
  "PostgrestTransformBuilder.geojson": async () => {
    const { error, status } = await categories().geojson();
    assert.ok(error !== null && status >= 400 && status < 500, JSON.stringify(error));
  },
  // The shop keeps its plans to itself: `api.plan` is off.
  "PostgrestTransformBuilder.explain": async () => {
    const { status, code } = await refusal(categories().explain());
    assert.deepEqual([status, code], [406, "PGRST107"]);
  },
  "PostgrestTransformBuilder.returns": async () => {
    assert.deepEqual(await rows(categories().eq("id", 5).returns()), [{ id: 5 }]);
  },
  "PostgrestBuilder.overrideTypes": async () => {
    assert.deepEqual(await rows(categories().eq("id", 5).single().overrideTypes()), { id: 5 });
  },
  "PostgrestBuilder.stripNulls": async () => {
    assert.deepEqual(await rows(categories("id, parent_id").lte("id", 1).stripNulls()), [{ id: 1 }]);
    assert.deepEqual(await rows(categories("id, parent_id").eq("id", 1).single().stripNulls()), { id: 1 });
  },
};
