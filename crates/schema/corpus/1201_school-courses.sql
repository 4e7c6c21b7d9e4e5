create table teachers (id uuid primary key default gen_random_uuid(), name text not null);
create table courses (
  code text primary key check (code ~ '^[A-Z]{2}[0-9]{3}$'),
  title text not null,
  teacher_id uuid references teachers on delete set null,
  credits numeric(3, 1) not null default 5.0,
  starts date not null,
  ends date not null,
  syllabus xml,
  constraint course_dates check (ends > starts)
);
create table students (id uuid primary key references auth.users (id), name text not null, born date);
create table enrolments (
  course_code text references courses (code) on update cascade,
  student_id uuid references students on delete cascade,
  enrolled_at timestamptz not null default now(),
  grade numeric(2, 1),
  passed boolean generated always as (grade <= 4.0) stored,
  primary key (course_code, student_id),
  check (grade is null or grade between 1.0 and 5.0)
);
create table lessons (
  id serial primary key,
  course_code text not null references courses (code) on update cascade on delete cascade,
  number smallint not null,
  held_at timestamptz,
  duration interval not null default '90 minutes',
  unique (course_code, number)
);
create unique index one_grade on enrolments (student_id, course_code) where grade is not null;
