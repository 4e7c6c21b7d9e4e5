// The plan of a request, where the project gives it away.

import assert from "node:assert/strict";
import { rows } from "../shop.js";
import { withProject } from "./fixture.js";

const migration = "create table things (id int primary key, name text);";

export const plans = {
  "PostgrestTransformBuilder.explain: where it is allowed": () =>
    withProject({ migration, settings: ["api.plan=true"] }, async (client) => {
      const things = () => client.from("things").select("name").eq("id", 1);
      const text = await rows(things().explain());
      assert.ok(typeof text === "string" && text.length > 0);
      const options = { analyze: true, verbose: true, settings: true, buffers: true, wal: true };
      assert.ok(typeof (await rows(things().explain(options))) === "string");
      const tree = await rows(things().explain({ format: "json" }));
      assert.ok(Array.isArray(tree) && tree.length === 1 && typeof tree[0].Plan === "object");
    }),
};
