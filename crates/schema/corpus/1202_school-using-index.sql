create unique index lessons_time on lessons (course_code, held_at);
alter table lessons add constraint lessons_once unique using index lessons_time;
alter table lessons alter column number type integer;
alter table lessons alter column held_at set not null;
alter table lessons alter column duration drop default;
-- Serial columns become identities by way of this.
alter table lessons alter column id set generated always;
