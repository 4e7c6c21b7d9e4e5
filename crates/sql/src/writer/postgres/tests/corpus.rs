//! The corpora of the SQLite engine's functions, and queries over a project.

use underpin_base::{Name, QualifiedName};

use super::cluster::Database;
use super::meaning::{Unread, check_all};
use super::project::{SCHEMA, THINGS};
use crate::grammar::tests::project::Project;
use crate::grammar::{NamedType, Relation, Resolver, Routine};
use crate::types::{ColumnType, Type};

const COLUMNS: &[(&str, Type)] = &[
    ("id", Type::Int8),
    ("name", Type::Text),
    ("price", Type::Numeric),
    ("email", Type::Citext),
    ("owner", Type::Uuid),
    ("created", Type::TimestampTz),
    ("score", Type::Float8),
    ("active", Type::Bool),
];

/// A project of the one table `things`.
struct Things;

impl Resolver for Things {
    fn relation(&self, _: Option<&str>, name: &str) -> Option<Relation> {
        (name == "things").then(|| Relation {
            name: QualifiedName::public("things"),
            is_view: false,
            columns: COLUMNS
                .iter()
                .map(|(name, ty)| (Name::from(*name), ColumnType::plain(ty.clone())))
                .collect(),
            primary_key: vec![Name::from("id")],
            keys: Vec::new(),
        })
    }

    fn named_type(&self, _: Option<&str>, _: &str) -> Option<NamedType> {
        None
    }

    fn routines(&self, _: Option<&str>, _: &str) -> Vec<Routine> {
        Vec::new()
    }
}

/// A file of the corpus, and what stands before each of its texts.
const FILES: &[(&str, &str)] = &[
    (
        include_str!("../../../../../store/src/sqlite/functions/expected/text.txt"),
        "select ",
    ),
    (
        include_str!("../../../../../store/src/sqlite/functions/expected/math.txt"),
        "select ",
    ),
    (
        include_str!("../../../../../store/src/sqlite/functions/expected/datetime.txt"),
        "select ",
    ),
    (
        include_str!("../../../../../store/src/sqlite/functions/expected/json.txt"),
        "select ",
    ),
    (
        include_str!("../../../../../store/src/sqlite/functions/expected/array.txt"),
        "select ",
    ),
    (
        include_str!("../../../../../store/src/sqlite/functions/expected/pattern.txt"),
        "select ",
    ),
    (
        include_str!("../../../../../store/src/sqlite/functions/expected/range.txt"),
        "select ",
    ),
    (
        include_str!("../../../../../store/src/sqlite/functions/expected/multirange.txt"),
        "select ",
    ),
    (
        include_str!("../../../../../store/src/sqlite/functions/expected/operator.txt"),
        "select ",
    ),
    (
        include_str!("../../../../../store/src/sqlite/functions/expected/search.txt"),
        "select ",
    ),
    (
        include_str!("../../../../../store/src/sqlite/functions/expected/query.txt"),
        "",
    ),
    (
        include_str!("../../../../../store/src/sqlite/functions/expected/write.txt"),
        "",
    ),
];

#[test]
fn the_corpus_means_the_same() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(THINGS);
    let texts: Vec<String> = FILES
        .iter()
        .flat_map(|(file, prefix)| {
            file.lines()
                .step_by(2)
                .map(move |text| format!("{prefix}{text}"))
        })
        .collect();
    check_all(&database, &Things, &texts, Unread::Passed);
}

#[test]
fn expressions_over_rows_mean_the_same() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    let texts: Vec<String> = include_str!("expressions.txt")
        .lines()
        .map(|text| format!("select {text} from t order by id"))
        .collect();
    check_all(&database, &Project, &texts, Unread::Refused);
}

#[test]
fn statements_mean_the_same() {
    let Some(database) = Database::new() else {
        return;
    };
    database.run(SCHEMA);
    let texts: Vec<String> = include_str!("statements.txt")
        .lines()
        .map(str::to_owned)
        .collect();
    check_all(&database, &Project, &texts, Unread::Refused);
}
