// The call of a function: each kind of result, each way to call, and what may follow.

import assert from "node:assert/strict";
import { refusal, rows } from "../shop.js";
import { withProject } from "./fixture.js";

const migration = `
  create table things (id int primary key, name text not null, size int);
  insert into things values (1, 'one', 10), (2, 'two', 20), (3, 'three', 30);
  create function add(a int, b int default 1) returns int language sql immutable as $$ select a + b $$;
  create function total(numbers int[]) returns bigint language sql immutable as $$ select sum(n) from unnest(numbers) as n $$;
  create function nothing() returns void language sql as $$ $$;
  create function larger(minimum int) returns setof things language sql stable as $$ select * from things where size > minimum $$;
  create function sizes() returns table (name text, size int) language sql stable as $$ select name, size from things $$;
  create function grow(by int) returns setof things language sql volatile as
    $$ update things set size = size + by where id > 1 returning * $$;
  create function echo(json) returns json language sql immutable as $$ select $1 $$;`;

const check = (use) => () => withProject({ migration }, use);

export const functions = {
  "PostgrestClient.rpc": check(async (client) => {
    assert.equal(await rows(client.rpc("add", { a: 2, b: 3 })), 5);
    assert.equal(await rows(client.rpc("add", { a: 2 })), 3);
    assert.equal(await rows(client.rpc("nothing")), null);
    assert.deepEqual(await rows(client.rpc("echo", { a: [1, { b: null }] })), { a: [1, { b: null }] });
    assert.deepEqual(await rows(client.rpc("sizes").order("size", { ascending: false }).limit(1)), [{ name: "three", size: 30 }]);
    const missing = await refusal(client.rpc("add", { c: 1 }));
    assert.deepEqual([missing.status, missing.code], [404, "PGRST202"]);
  }),
  "PostgrestClient.rpc: rows that are filtered, ordered, selected and counted": check(async (client) => {
    const request = client.rpc("larger", { minimum: 5 }, { count: "exact" });
    const { data, count } = await request.select("name").gt("id", 1).order("id", { ascending: false });
    assert.deepEqual([data, count], [[{ name: "three" }, { name: "two" }], 2]);
    assert.deepEqual(await rows(client.rpc("larger", { minimum: 25 }).single()), { id: 3, name: "three", size: 30 });
  }),
  "PostgrestClient.rpc: by GET and HEAD": check(async (client) => {
    assert.equal(await rows(client.rpc("add", { a: 2, b: 3 }, { get: true })), 5);
    assert.equal(await rows(client.rpc("total", { numbers: [1, 2, 3] }, { get: true })), 6);
    const head = await client.rpc("larger", { minimum: 5 }, { head: true, count: "exact" });
    assert.deepEqual([head.data, head.count], [null, 3]);
  }),
  "PostgrestTransformBuilder.maxAffected: of a function": check(async (client) => {
    const { status, code } = await refusal(client.rpc("grow", { by: 1 }).maxAffected(1));
    assert.deepEqual([status, code], [400, "PGRST124"]);
    assert.deepEqual(await rows(client.from("things").select("size").order("id")), [{ size: 10 }, { size: 20 }, { size: 30 }]);
  }),
};
