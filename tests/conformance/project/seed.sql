-- The rows that the conformance cases are about.

insert into clients (id, name, city) values
  (1, 'Acme', 'Oslo'), (2, 'Blue', 'Rome'), (3, 'Core', null);

insert into projects (id, name, client_id, budget, tags, meta) values
  (1, 'Alpha', 1, 50.00, '{red,big}', '{"level": 1, "who": {"lead": "Ann", "aide": null}, "list": [1, 2, 3]}'),
  (2, 'Beta', 1, 150.50, '{red}', '{"level": 2, "who": {"lead": null}}'),
  (3, 'Gamma', 2, 75.25, '{}', null),
  (4, 'Delta', null, null, '{small}', '{"level": 10}');

insert into tasks (id, title, project_id, done, due, hours) values
  (1, 'Draw', 1, true, '2026-03-01T10:00:00Z', 1.5),
  (2, 'Plan', 1, false, '2026-04-01T22:30:00Z', 4),
  (3, 'Code', 2, false, null, 8.25),
  (4, 'Test', 2, true, '2026-02-01T00:00:00Z', null),
  (5, 'Ship', 3, false, null, 2),
  (6, 'Idle', null, false, null, null);

insert into people (id, name, boss_id) values
  (1, 'Ann', null), (2, 'Bob', 1), (3, 'Cleo', 1), (4, 'Dan', 2);

insert into assignments (person_id, task_id, role) values
  (1, 1, 'lead'), (2, 1, 'help'), (2, 2, 'lead'), (3, 3, 'lead'), (3, 5, 'help');

insert into profiles (person_id, bio) values (1, 'Starts things.'), (2, null);

insert into messages (id, body, sender_id, recipient_id) values
  (1, 'Hello', 1, 2), (2, 'Hi', 2, 1), (3, 'Lunch?', 3, 1);

insert into warehouses (region, code, name) values
  ('north', 1, 'Big'), ('north', 2, 'Small'), ('south', 1, 'Far');

insert into shelves (id, label, region, code) values
  (1, 'A', 'north', 1), (2, 'B', 'north', 1), (3, 'C', 'south', 1), (4, 'D', null, null);

insert into languages (name, rank) values
  ('Java', 1), ('C', 2), ('Python', 4);

insert into keys_only (id) values (1), (2);

insert into keyless (a, b) values ('one', 'two');

insert into single_unique (unique_key, value) values (1, 'A');

insert into compound_unique (key1, key2, value) values (1, 1, 'A');

insert into slots (id, room, code, state) values (1, 'blue', 'x1', 'open'), (2, 'blue', 'x2', 'shut');

insert into always (n) values (10), (20);

insert into stuffed (id, name, amount, mood, checked, noted) values
  (101, 'first', 1, 'low', 1, null), (102, 'second', null, null, 2, 'kept');

insert into kinds (id, i8, num, f8, b, t, vc, d, ts, tz, tm, iv, u, j, jb, ints, texts, m, bin) values
  (1, 9007199254740993, 1234567890.12345678901234567890, 0.1, true, 'text "quoted"', 'abc', '2026-02-03', '2026-02-03 04:05:06.789',
   '2026-02-03T04:05:06.789+02', '04:05:06', '1 day 02:00:00', '7f8d3a52-0d2c-4f8e-9d6b-0a1b2c3d4e5f', '{"b": 1,  "a": null}',
   '{"b": 1, "a": null}', '{1,NULL,3}', '{"a b","c,d",NULL}', 'high', '\x00ff10'),
  (2, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null, null);

insert into "Camel Case" ("Id", "The Name") values (1, 'One'), (2, 'Two');

insert into notes (id, owner, body, shared) values
  (1, '11111111-1111-1111-1111-111111111111', 'mine', false),
  (2, '22222222-2222-2222-2222-222222222222', 'theirs', false),
  (3, '22222222-2222-2222-2222-222222222222', 'everybody''s', true);

insert into guarded (id, open, secret) values (1, 'seen', 'hidden');

insert into other.widgets (id, name) values (1, 'Cog'), (2, 'Bolt');
insert into other.parts (id, widget_id, name) values (1, 1, 'Tooth');

insert into articles (id, title, body, data) values
  (1, 'Running with foxes', 'The quick brown fox jumps over the lazy dog', '{"tag": "animals run", "n": 1}'),
  (2, 'The fat cat', 'A cat sat on the mat and ate a rat', '["cats", {"deep": "fox"}]'),
  (3, 'Databases', null, null);
