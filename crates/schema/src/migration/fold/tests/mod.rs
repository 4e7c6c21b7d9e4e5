mod errors;
mod meaning;
mod soup;
mod statements;

use std::sync::LazyLock;

use underpin_base::Result;

use crate::catalog::Catalog;
use crate::migration::{File, Folded, fold};

/// What the statements under test find.
const SETUP: &str = "
    create table t (id int primary key, a text not null, b int default 1, constraint b_positive check (b > 0), unique (a));
    create table u (id serial primary key, t_id int references t, m text);
    create view v as select id, a from t;
    create type mood as enum ('sad', 'ok');
    create table w (id int, m mood, g int generated always as (id * 2) stored, i int generated always as identity primary key);
    create function f(x int) returns int language sql as 'select x + 1';
    create policy p on t for select using (b > 1);
    create schema public2;
    create table public2.inside (id int);
";

/// Returns the catalog that [`SETUP`] makes.
fn setup() -> &'static Catalog {
    static CATALOG: LazyLock<Catalog> = LazyLock::new(|| {
        let file = File::new("1_setup.sql", SETUP).unwrap();
        let folded = fold(&Catalog::platform().unwrap(), &file);
        folded.unwrap_or_else(|error| panic!("{error}")).catalog
    });
    &CATALOG
}

/// Folds `text` into the catalog that [`SETUP`] makes.
fn fold_after_setup(text: &str) -> Result<Folded> {
    fold(setup(), &File::new("2_test.sql", text).unwrap())
}
