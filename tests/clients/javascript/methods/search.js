// The search for words, in text and in vectors, with each of its readings of a query. The values are PostgreSQL's.

import assert from "node:assert/strict";
import { rows } from "../shop.js";
import { withProject } from "./fixture.js";

const migration = `
  create table texts (
    id int primary key,
    body text not null,
    vector tsvector generated always as (to_tsvector('english', body)) stored
  );
  insert into texts (id, body) values
    (1, 'The fat cats sat on the mat'),
    (2, 'A cat and a dog'),
    (3, 'Dogs run, running dogs ran'),
    (4, 'Nothing of the kind');`;

const check = (...cases) => () =>
  withProject({ migration }, async (client) => {
    for (const [column, query, options, expected] of cases) {
      const request = client.from("texts").select("id").textSearch(column, query, options).order("id");
      assert.deepEqual((await rows(request)).map((row) => row.id), expected, `${column} ${query}`);
    }
  });

export const search = {
  "PostgrestFilterBuilder.textSearch": check(
    ["vector", "'cat' & !'dog'", { config: "english" }, [1]],
    ["vector", "'cat' | 'run'", { config: "english" }, [1, 2, 3]],
    ["body", "'fat' & 'mat'", { config: "simple" }, [1]],
    ["body", "'cat'", { config: "simple" }, [2]],
    ["vector", "cat", undefined, [1, 2]],
  ),
  "PostgrestFilterBuilder.textSearch: plain, phrase and web": check(
    ["vector", "the cats", { type: "plain", config: "english" }, [1, 2]],
    ["vector", "fat cat", { type: "phrase", config: "english" }, [1]],
    ["vector", "cat fat", { type: "phrase", config: "english" }, []],
    ["vector", "dog -cat", { type: "websearch", config: "english" }, [3]],
    ["vector", '"fat cats" or running', { type: "websearch", config: "english" }, [1, 3]],
  ),
};
