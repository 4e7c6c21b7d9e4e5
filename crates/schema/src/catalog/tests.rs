use underpin_base::QualifiedName;

use super::{Catalog, Relationship, Relationships};
use crate::migration::{File, fold};

fn relationships(sql: &str) -> Relationships {
    let file = File::new("1_test.sql", sql).unwrap();
    let folded = fold(&Catalog::platform().unwrap(), &file);
    Relationships::find(&folded.unwrap_or_else(|error| panic!("{error}")).catalog)
}

fn described(relationship: &Relationship) -> String {
    let pairs = |pairs: &[(underpin_base::Name, underpin_base::Name)]| {
        let pairs: Vec<String> = pairs
            .iter()
            .map(|(from, to)| format!("{from}={to}"))
            .collect();
        pairs.join(",")
    };
    let by = match &relationship.junction {
        Some(junction) => format!(
            "{}[{}][{}]",
            junction.table.name,
            pairs(&junction.source_columns),
            pairs(&junction.target_columns)
        ),
        None => format!(
            "{}[{}]",
            relationship.constraint,
            pairs(&relationship.columns)
        ),
    };
    format!(
        "{} {} {by}{}",
        relationship.cardinality.as_str(),
        relationship.target.name,
        if relationship.is_self { " self" } else { "" }
    )
}

/// Checks the relationships that start at `source`.
fn check(sql: &str, source: &str, expected: &[&str]) {
    let found = relationships(sql);
    let mut found: Vec<String> = found
        .from(&QualifiedName::public(source))
        .iter()
        .map(described)
        .collect();
    found.sort();
    assert_eq!(found, expected);
}

const FILMS: &str = "
    create table directors (id int primary key, name text);
    create table films (id int primary key, director_id int references directors, title text);
    create table actors (id int primary key, name text);
    create table roles (film_id int references films, actor_id int references actors, name text, primary key (film_id, actor_id));
    create table posters (film_id int primary key references films, url text);
";

#[test]
fn a_foreign_key_leads_to_one_and_back_to_many() {
    check(
        FILMS,
        "directors",
        &["one-to-many films films_director_id_fkey[id=director_id]"],
    );
}

#[test]
fn a_table_has_every_cardinality() {
    check(
        FILMS,
        "films",
        &[
            "many-to-many actors roles[id=film_id][actor_id=id]",
            "many-to-one directors films_director_id_fkey[director_id=id]",
            "one-to-many roles roles_film_id_fkey[id=film_id]",
            "one-to-one posters posters_film_id_fkey[id=film_id]",
        ],
    );
    check(
        FILMS,
        "posters",
        &["one-to-one films posters_film_id_fkey[film_id=id]"],
    );
}

#[test]
fn a_unique_constraint_makes_a_junction_and_a_one_to_one() {
    let sql = "
        create table a (id int primary key);
        create table b (id int primary key, a_id int unique references a);
        create table ab (id int primary key, a_id int references a, b_id int references b, unique (b_id, a_id));
        create table plain (id int primary key, a_id int references a, b_id int references b);
    ";
    check(
        sql,
        "a",
        &[
            "many-to-many b ab[id=a_id][b_id=id]",
            "one-to-many ab ab_a_id_fkey[id=a_id]",
            "one-to-many plain plain_a_id_fkey[id=a_id]",
            "one-to-one b b_a_id_fkey[id=a_id]",
        ],
    );
}

#[test]
fn a_table_may_refer_to_itself() {
    check(
        "create table people (id int primary key, boss_id int references people)",
        "people",
        &[
            "many-to-one people people_boss_id_fkey[boss_id=id] self",
            "one-to-many people people_boss_id_fkey[id=boss_id] self",
        ],
    );
    check(
        "create table users (id int primary key);
         create table follows (follower int references users, followed int references users, primary key (follower, followed))",
        "users",
        &[
            "many-to-many users follows[id=followed][follower=id] self",
            "many-to-many users follows[id=follower][followed=id] self",
            "one-to-many follows follows_followed_fkey[id=followed]",
            "one-to-many follows follows_follower_fkey[id=follower]",
        ],
    );
}

#[test]
fn a_key_of_several_columns_leads_by_all_of_them() {
    check(
        "create table a (x int, y int, primary key (x, y));
         create table b (id int primary key, p int, q int, foreign key (q, p) references a (y, x))",
        "b",
        &["many-to-one a b_q_p_fkey[q=y,p=x]"],
    );
}

#[test]
fn a_view_inherits_the_keys_whose_columns_it_shows() {
    let sql = "
        create table directors (id int primary key, name text);
        create table films (id int primary key, director_id int references directors, title text);
        create view film_titles as select id, director_id as by, upper(title) as title from films;
        create view nested as select f.by from (select * from film_titles) f;
        create view without as select id, director_id + 0 as director_id from films;
    ";
    check(
        sql,
        "film_titles",
        &["many-to-one directors films_director_id_fkey[by=id]"],
    );
    check(
        sql,
        "nested",
        &["many-to-one directors films_director_id_fkey[by=id]"],
    );
    check(sql, "without", &[]);
    check(
        sql,
        "directors",
        &[
            "one-to-many film_titles films_director_id_fkey[id=by]",
            "one-to-many films films_director_id_fkey[id=director_id]",
            "one-to-many nested films_director_id_fkey[id=by]",
        ],
    );
}

#[test]
fn between_two_tables_there_may_be_several() {
    let found = relationships(
        "create table addresses (id int primary key);
         create table orders (id int primary key, billing int references addresses, shipping int references addresses)",
    );
    let count = found
        .between(
            &QualifiedName::public("orders"),
            &QualifiedName::public("addresses"),
        )
        .count();
    assert_eq!(count, 2);
}

#[test]
fn accounts_are_referred_to() {
    check(
        "create table profiles (id uuid primary key references auth.users)",
        "profiles",
        &["one-to-one users profiles_id_fkey[id=id]"],
    );
}

#[test]
fn a_view_is_written_through_as_postgresql_says() {
    let check = |select: &str, expected: &str| {
        let sql = format!(
            "create table t (id int primary key, a int); create view below as select id as b, a from t;
             create view v as {select};"
        );
        let file = File::new("1_test.sql", &sql).unwrap();
        let catalog = fold(&Catalog::platform().unwrap(), &file).unwrap().catalog;
        let view = &catalog.views[&QualifiedName::public("v")];
        let found = match view.base() {
            Err(reason) => reason.to_owned(),
            Ok(_) => match catalog.behind(view) {
                None => "nothing behind it".to_owned(),
                Some((table, columns)) => {
                    let columns: Vec<&str> = columns
                        .iter()
                        .map(|it| it.as_deref().unwrap_or("-"))
                        .collect();
                    format!("{}: {}", table.name.name, columns.join(" "))
                }
            },
        };
        assert_eq!(found, expected, "{select}");
    };
    let never = |what: &str| format!("Views {what} are not automatically updatable.");
    let one = never("that do not select from a single table or view");
    check("select * from t", "t: id a");
    check(
        "select a as x, a + 1 as y, id from t where a > 1 order by a",
        "t: a - id",
    );
    check("select b from below", "t: id");
    check("select (select max(a) from t) as m, id from t", "t: - id");
    check(
        "select a from t limit 1",
        &never("containing LIMIT or OFFSET"),
    );
    check(
        "select a from t offset 1",
        &never("containing LIMIT or OFFSET"),
    );
    check("select distinct a from t", &never("containing DISTINCT"));
    check("select a from t group by a", &never("containing GROUP BY"));
    check(
        "select max(a) from t",
        &never("that return aggregate functions"),
    );
    check(
        "select 1 as a from t having max(a) > 1",
        &never("containing HAVING"),
    );
    check(
        "select row_number() over () from t",
        &never("that return window functions"),
    );
    check(
        "select a from t union select a from t",
        &never("containing UNION, INTERSECT, or EXCEPT"),
    );
    check(
        "with w as (select 1) select a from t",
        &never("containing WITH"),
    );
    check("select t.a from t, below", &one);
    check("select 1 as a", &one);
    check("values (1)", &one);
    check("select a from (select a from t) s", &one);
}
