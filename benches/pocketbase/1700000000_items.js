/// <reference path="../pb_data/types.d.ts" />
// The benchmark's collections in PocketBase: the same columns, rows, index and rules.

migrate((app) => {
  const users = app.findCollectionByNameOrId("users");
  users.viewRule = "";
  users.listRule = "";
  app.save(users);

  const user = new Record(users);
  user.set("id", "person000000007");
  user.setEmail("seven@bench.example");
  user.setPassword("benchmark-password");
  user.set("name", "Person 7");
  app.save(user);

  const items = new Collection({
    type: "base",
    name: "items",
    listRule: "status = 'active' || owner = @request.auth.id",
    viewRule: "status = 'active' || owner = @request.auth.id",
    createRule: "owner = @request.auth.id",
    fields: [
      { type: "relation", name: "owner", collectionId: users.id, maxSelect: 1, required: true },
      { type: "number", name: "category", onlyInt: true },
      { type: "text", name: "title", required: true },
      { type: "text", name: "body", required: true },
      { type: "number", name: "price_minor", onlyInt: true },
      { type: "text", name: "status" },
      { type: "autodate", name: "created", onCreate: true },
    ],
    indexes: ["create index items_category on items (category, id)"],
  });
  app.save(items);

  app.db().newQuery(`
    insert into users (id, email, emailVisibility, verified, name, password, tokenKey, created, updated)
    with recursive n(i) as (select 0 union all select i + 1 from n where i < 99)
    select printf('person%09d', i), 'p' || i || '@bench.example', 0, 0, 'Person ' || i, '', 'key' || hex(randomblob(20)),
      '2026-01-01 00:00:00.000Z', '2026-01-01 00:00:00.000Z'
    from n where i <> 7`).execute();

  app.db().newQuery(`
    insert into items (id, owner, category, title, body, price_minor, status, created)
    with recursive n(i) as (select 1 union all select i + 1 from n where i < 100000)
    select printf('item%011d', i), printf('person%09d', i % 100), i % 50, 'Item ' || i,
      'Body ' || i || ' ' || hex(zeroblob(80)), i * 37 % 100000 + 1,
      iif(i % 11 = 0, 'draft', 'active'), '2026-01-01 00:00:00.000Z'
    from n`).execute();
});
