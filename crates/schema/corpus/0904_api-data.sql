set search_path = test;
truncate clients, projects, users, tasks, users_projects, users_tasks, passports restart identity;
insert into clients values (1, 'Microsoft'), (2, 'Apple');
insert into projects values (1, 'Windows 7', 1), (2, 'Windows 10', 1), (3, 'IOS', 2), (4, 'OSX', 2), (5, 'Orphan', null);
insert into users values (1, 'Angela Martin'), (2, 'Michael Scott'), (3, 'Dwight Schrute');
insert into tasks select n, 'Task ' || n, (n + 1) / 2 from generate_series(1, 8) as n;
insert into users_projects values (1, 1), (1, 2), (2, 3), (2, 4), (3, 1), (3, 3);
insert into compound_pk values (1, 'one', default), (2, 'two', 2);
insert into no_pk default values;
-- refused
truncate clients;
insert into nullable_integer values (null), (1);
insert into clients values (3, 'Third');
-- refused
insert into clients (id, nickname) values (3, 'x');
-- refused
insert into projects_view (id) values (9);
delete from users_projects up using users u where u.id = up.user_id and u.name like 'Dwight%';
