// The methods that say where a request goes and what becomes of it.

import assert from "node:assert/strict";
import { refusal, rows, visitor } from "../shop.js";
import { withProject } from "./fixture.js";

const one = () => visitor().from("categories").select("id").eq("id", 5);

const twoSchemas = `
  create schema other;
  create table public.things (id int primary key);
  create table other.things (id int primary key, name text);
  grant usage on schema other to anon, authenticated, service_role;
  grant all on other.things to service_role;
  insert into other.things values (1, 'one');`;

export const requests = {
  "PostgrestClient.from": async () => {
    assert.deepEqual(await rows(one()), [{ id: 5 }]);
    assert.equal((await refusal(visitor().from("nothing").select())).code, "PGRST205");
  },
  "PostgrestClient.schema": () =>
    withProject({ migration: twoSchemas, settings: ["api.schemas=public,other"] }, async (client) => {
      assert.deepEqual(await rows(client.from("things").select()), []);
      assert.deepEqual(await rows(client.schema("public").from("things").select()), []);
      const other = client.schema("other");
      assert.deepEqual(await rows(other.from("things").select()), [{ id: 1, name: "one" }]);
      const made = await rows(other.from("things").insert({ id: 2, name: "two" }).select());
      assert.deepEqual(made, [{ id: 2, name: "two" }]);
      assert.equal((await refusal(client.schema("auth").from("users").select())).code, "PGRST106");
    }),
  "PostgrestBuilder.throwOnError": async () => {
    assert.deepEqual((await one().throwOnError()).data, [{ id: 5 }]);
    await assert.rejects(async () => visitor().from("categories").select("nothing").throwOnError(), (error) => {
      assert.deepEqual([error.name, error.code], ["PostgrestError", "42703"]);
      assert.equal(error.message, "column categories.nothing does not exist");
      return true;
    });
  },
  "PostgrestBuilder.setHeader": async () => {
    const { data, count } = await one().setHeader("Prefer", "count=exact");
    assert.deepEqual([data, count], [[{ id: 5 }], 1]);
    assert.equal((await one().setHeader("Accept", "application/nothing")).status, 406);
  },
  "PostgrestBuilder.retry": async () => {
    assert.deepEqual(await rows(one().retry(false)), [{ id: 5 }]);
    assert.deepEqual(await rows(one().retry(true)), [{ id: 5 }]);
  },
  "PostgrestBuilder.then": async () => {
    assert.deepEqual(await one().then(({ data }) => data), [{ id: 5 }]);
  },
  "PostgrestTransformBuilder.abortSignal": async () => {
    assert.deepEqual(await rows(one().abortSignal(new AbortController().signal)), [{ id: 5 }]);
    const { data, error } = await one().abortSignal(AbortSignal.abort());
    assert.equal(data, null);
    assert.match(error.message, /AbortError/);
  },
};
