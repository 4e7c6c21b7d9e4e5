//! The corpus: migrations in the style of real projects, under `corpus/`, and the report of what is applied of them.
//!
//! A file is named `<version>_<project>-<what>.sql`; the files of a project are folded in the order of their versions. The line before a
//! statement that must be refused is `-- refused`.

mod database;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use underpin_base::Error;

use crate::catalog::Catalog;
use crate::migration::{File, survey};

use database::Database;

/// Returns the files of each project.
fn projects() -> BTreeMap<String, Vec<File>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    let mut names: Vec<String> = std::fs::read_dir(folder.clone())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut projects: BTreeMap<String, Vec<File>> = BTreeMap::new();
    for name in names {
        let text = std::fs::read_to_string(folder.join(&name)).unwrap();
        let file = File::new(name, text).unwrap();
        let project = file.name.split('-').next().unwrap().to_owned();
        projects.entry(project).or_default().push(file);
    }
    projects
}

/// Returns the lines of the statements that must be refused.
fn marked(text: &str) -> BTreeSet<usize> {
    text.lines()
        .enumerate()
        .filter(|(_, line)| *line == "-- refused")
        .map(|(index, _)| index + 2)
        .collect()
}

fn described(error: &Error) -> String {
    let place = error.location().map_or_else(String::new, |location| {
        format!("{}:{}: ", location.file, location.line)
    });
    format!("{place}{} [{}]", error.message(), error.code())
}

#[test]
#[expect(
    clippy::print_stdout,
    reason = "the report is what `--nocapture` is for"
)]
fn corpus_is_applied_but_for_the_statements_that_are_marked() {
    let (mut statements, mut refused, mut files, mut whole) = (0, 0, 0, 0);
    let mut wrong = Vec::new();
    for (project, migrations) in projects() {
        let mut catalog = Catalog::platform().unwrap();
        let mut database = Database::open();
        for file in migrations {
            let survey =
                survey(&catalog, &file).unwrap_or_else(|error| panic!("{project}: {error}"));
            files += 1;
            statements += survey.statements;
            refused += survey.refusals.len();
            whole += usize::from(survey.refusals.is_empty());
            let marked = marked(&file.text);
            let mut found = BTreeSet::new();
            for refusal in &survey.refusals {
                println!("{}", described(refusal));
                let location = refusal.location().unwrap();
                assert_eq!(location.file, file.path);
                // An error deep in a statement names its own line.
                let line = marked.range(..=location.line).next_back().copied();
                if line.is_none_or(|line| !found.insert(line)) {
                    wrong.push(described(refusal));
                }
            }
            for line in marked.difference(&found) {
                wrong.push(format!("{}:{line}: is not refused", file.path));
            }
            wrong.extend(database.apply(&file, &survey));
            catalog = survey.catalog;
        }
    }
    println!(
        "{} of {statements} statements applied, {refused} refused; {whole} of {files} files applied whole",
        statements - refused,
    );
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
    assert!(files >= 40, "{files} files");
}
