// The methods that choose rows, on the sixteen categories of the shop and what is nearest to them.

import assert from "node:assert/strict";
import { refusal, rows, visitor } from "../shop.js";

const ids = async (request) => (await rows(request.order("id"))).map((row) => row.id);
const of = (table, filter, expected) => async () => {
  assert.deepEqual(await ids(filter(visitor().from(table).select("id"))), expected);
};
const categories = (filter, expected) => of("categories", filter, expected);
const products = (filter, expected) => of("products", (request) => filter(request.lte("id", 12)), expected);

// Operators compared with any or all of several values: each with its values and the categories that it finds.
function quantified(operators) {
  return Object.fromEntries(
    Object.entries(operators).map(([operator, [values, expected]]) => [
      `PostgrestFilterBuilder.filter: ${operator}`,
      categories((request) => request.filter("id", operator, `{${values}}`), expected),
    ]),
  );
}

export const filters = {
  "PostgrestFilterBuilder.eq": categories((request) => request.eq("slug", "lamps"), [5]),
  "PostgrestFilterBuilder.neq": categories((request) => request.neq("parent_id", 1).lt("id", 10), [8, 9]),
  "PostgrestFilterBuilder.gt": categories((request) => request.gt("id", 14), [15, 16]),
  "PostgrestFilterBuilder.gte": categories((request) => request.gte("id", 14), [14, 15, 16]),
  "PostgrestFilterBuilder.lt": categories((request) => request.lt("id", 3), [1, 2]),
  "PostgrestFilterBuilder.lte": categories((request) => request.lte("id", 3), [1, 2, 3]),
  "PostgrestFilterBuilder.like": categories((request) => request.like("name", "P%"), [10, 15]),
  "PostgrestFilterBuilder.likeAllOf": categories((request) => request.likeAllOf("name", ["P%", "%a%"]), [10]),
  "PostgrestFilterBuilder.likeAnyOf": categories((request) => request.likeAnyOf("name", ["Pa%", "Mu%"]), [8, 10]),
  "PostgrestFilterBuilder.ilike": categories((request) => request.ilike("name", "p%"), [10, 15]),
  "PostgrestFilterBuilder.ilikeAllOf": categories((request) => request.ilikeAllOf("name", ["p%", "%A%"]), [10]),
  "PostgrestFilterBuilder.ilikeAnyOf": categories((request) => request.ilikeAnyOf("name", ["PA%", "mu%"]), [8, 10]),
  "PostgrestFilterBuilder.regexMatch": categories((request) => request.regexMatch("name", "^[MP][ae]n?s$"), [10, 15]),
  "PostgrestFilterBuilder.regexIMatch": categories((request) => request.regexIMatch("name", "^p.NS$"), [10, 15]),
  "PostgrestFilterBuilder.is": categories((request) => request.is("parent_id", null), [1, 2, 3, 4]),
  "PostgrestFilterBuilder.isDistinct": categories(
    (request) => request.isDistinct("parent_id", 1).lte("id", 8),
    [1, 2, 3, 4, 8],
  ),
  "PostgrestFilterBuilder.in": categories((request) => request.in("slug", ["lamps", "mugs", "a,b"]), [5, 8]),
  "PostgrestFilterBuilder.notIn": categories((request) => request.notIn("parent_id", [1, 2, 3]), [14, 15, 16]),
  "PostgrestFilterBuilder.contains": products((request) => request.contains("tags", ["vegan"]), [2, 5, 6, 7]),
  "PostgrestFilterBuilder.contains: an object": products(
    (request) => request.contains("attributes", { size: { width_cm: 5 } }),
    [1, 4],
  ),
  "PostgrestFilterBuilder.containedBy": products(
    (request) => request.containedBy("tags", ["vegan", "refurbished"]).neq("tags", "{}"),
    [2],
  ),
  "PostgrestFilterBuilder.overlaps": products((request) => request.overlaps("tags", ["vegan", "nothing"]), [2, 5, 6, 7]),
  "PostgrestFilterBuilder.match": categories((request) => request.match({ parent_id: 1, name: "Rugs" }), [7]),
  "PostgrestFilterBuilder.not": categories((request) => request.not("parent_id", "is", null).lt("id", 6), [5]),
  "PostgrestFilterBuilder.or": categories((request) => request.or("slug.eq.lamps,id.gt.15"), [5, 16]),
  "PostgrestFilterBuilder.or: of related rows": async () => {
    for (const option of ["referencedTable", "foreignTable"]) {
      const request = visitor().from("categories").select("id, below:categories!parent_id(id)").eq("id", 1);
      const found = await rows(request.or("id.eq.5,id.eq.7", { [option]: "below" }));
      assert.deepEqual(found, [{ id: 1, below: [{ id: 5 }, { id: 7 }] }]);
    }
  },
  ...quantified({
    "eq(any)": [[5, 8], [5, 8]],
    "eq(all)": [[5, 5], [5]],
    "gt(any)": [[15, 99], [16]],
    "gt(all)": [[13, 14], [15, 16]],
    "gte(any)": [[16, 99], [16]],
    "gte(all)": [[13, 15], [15, 16]],
    "lt(any)": [[1, 3], [1, 2]],
    "lt(all)": [[2, 3], [1]],
    "lte(any)": [[1, 2], [1, 2]],
    "lte(all)": [[1, 2], [1]],
  }),
  // PostgREST knows no quantified inequality.
  "PostgrestFilterBuilder.filter: neq(any) and neq(all)": async () => {
    for (const operator of ["neq(any)", "neq(all)"]) {
      const { status, code } = await refusal(visitor().from("categories").select("id").filter("id", operator, "{1,2}"));
      assert.deepEqual([status, code], [400, "PGRST100"]);
    }
  },
  "PostgrestFilterBuilder.filter": categories((request) => request.filter("parent_id", "in", "(1,2)"), [5, 6, 7, 8, 9, 10]),
};
