//! The corpus of migrations that the schema crate keeps, run for real: what folds must also run, rows included.

use std::collections::BTreeMap;
use std::path::Path;

use underpin_sql::grammar;

use super::Shop;

/// Returns the migrations of each project, without the statements that the line before marks as refused.
fn projects() -> BTreeMap<String, Vec<(String, String)>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../schema/corpus");
    let mut names: Vec<String> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    let mut projects: BTreeMap<String, Vec<(String, String)>> = BTreeMap::new();
    for name in names {
        let text = std::fs::read_to_string(folder.join(&name)).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        let kept: Vec<String> = grammar::parse(&text)
            .unwrap()
            .into_iter()
            .filter(|parsed| parsed.line < 2 || lines[parsed.line - 2] != "-- refused")
            .map(|parsed| format!("{};\n", parsed.text))
            .collect();
        let project = name.split(['_', '-']).nth(1).unwrap().to_owned();
        projects
            .entry(project)
            .or_default()
            .push((name, kept.concat()));
    }
    projects
}

#[test]
fn every_project_of_the_corpus_is_applied() {
    let mut wrong = Vec::new();
    for (project, files) in projects() {
        let shop = Shop::new();
        let mut texts = Vec::new();
        for (name, text) in &files {
            texts.push(text.as_str());
            if let Err(error) = shop.migrate(&texts) {
                wrong.push(format!("{project} {name}: {error} {:?}", error.get_cause()));
                break;
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
