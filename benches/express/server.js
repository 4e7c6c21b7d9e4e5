// What a JavaScript programmer writes to answer the benchmark's requests: server.js URL PORT.
// It reads the tables as their owner, so that no policy holds; statements are named, so that they are prepared once a connection.

import express from "express";
import pg from "pg";

const [url, port] = process.argv.slice(2);
const OWNER = "00000000-0000-4000-8000-000000000007";
const COLUMNS = "id, owner, category, title, body, price_minor, status, created_at";

// Numbers of the database are numbers of JSON.
pg.types.setTypeParser(pg.types.builtins.INT8, Number);
const pool = new pg.Pool({ connectionString: url, max: 10 });
const app = express();
app.disable("x-powered-by");

app.get("/readyz", (request, response) => response.send("ready"));

app.get("/items/:id", async (request, response) => {
  const found = await pool.query({
    name: "one",
    text: `select ${COLUMNS} from items where id = $1`,
    values: [request.params.id],
  });
  response.json(found.rows);
});

app.get("/items", async (request, response) => {
  const { category, owner } = request.query;
  const found = await pool.query(
    owner
      ? {
          name: "list_with_owner",
          text: `select i.*, json_build_object('name', p.name) as people from items as i join people as p on p.id = i.owner
            where i.category = $1 order by i.id limit 20`,
          values: [category],
        }
      : {
          name: "list",
          text: `select ${COLUMNS} from items where category = $1 order by id limit 20`,
          values: [category],
        },
  );
  response.json(found.rows);
});

app.get("/people", async (request, response) => {
  const found = await pool.query({
    name: "people",
    text: `select p.name, d.documents from (select id, name from people where id >= $1 order by id limit 20) as p
      cross join lateral (
        select json_agg(d) as documents from (select id, title from documents where person = p.id order by id limit 20) as d
      ) as d order by p.id`,
    values: [request.query.from],
  });
  response.json(found.rows);
});

app.post("/items", express.json(), async (request, response) => {
  const { category, title, body, price_minor } = request.body;
  await pool.query({
    name: "insert",
    text: "insert into items (owner, category, title, body, price_minor) values ($1, $2, $3, $4, $5)",
    values: [OWNER, category, title, body, price_minor],
  });
  response.status(201).end();
});

app.listen(Number(port), "127.0.0.1");
