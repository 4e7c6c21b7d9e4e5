//! Rules about single files: how long, how named, and that every module is reached from its crate.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use super::{File, Findings};

/// A source file longer than this is worth a thought.
const LINES_WARN: usize = 600;

/// A source file longer than this is refused.
const LINES_MAX: usize = 800;

/// Names that say nothing.
const FORBIDDEN_NAMES: [&str; 11] = [
    "util", "utils", "common", "helper", "helpers", "manager", "misc", "info", "data", "process",
    "handle",
];

/// Beginnings of paths that mean something on one machine alone.
const MACHINE_PATHS: [&str; 4] = ["/home/", "/Users/", "/root/", "/tmp/wt"];

/// Checks every file.
pub(super) fn check(files: &[File], findings: &mut Findings) {
    for file in files.iter().filter(|file| file.is_source()) {
        length(file, findings);
        name(file, findings);
    }
    for file in files
        .iter()
        .filter(|file| !file.path.ends_with("xtask/src/tidy/files.rs"))
    {
        machine_paths(file, findings);
    }
    forgotten(files, findings);
}

impl File {
    fn is_source(&self) -> bool {
        self.extension("rs")
            || self.extension("js")
            || self.extension("mjs")
            || self.extension("py")
    }

    fn extension(&self, extension: &str) -> bool {
        self.path
            .extension()
            .is_some_and(|found| found == extension)
    }
}

fn length(file: &File, findings: &mut Findings) {
    let lines = file.text.lines().count();
    let sentence = |bound| {
        format!(
            "{} has {lines} lines, the bound is {bound}",
            file.path.display()
        )
    };
    if lines > LINES_MAX {
        findings.errors.push(sentence(LINES_MAX));
    } else if lines > LINES_WARN {
        findings.warnings.push(sentence(LINES_WARN));
    }
}

fn name(file: &File, findings: &mut Findings) {
    let parts = file.path.iter().filter_map(|part| part.to_str());
    let banned = parts
        .map(|part| part.split('.').next().unwrap_or(part))
        .find(|part| FORBIDDEN_NAMES.contains(part));
    if let Some(part) = banned {
        findings.errors.push(format!(
            "{}: the name {part} says nothing",
            file.path.display()
        ));
    }
}

fn machine_paths(file: &File, findings: &mut Findings) {
    for (index, line) in file.text.lines().enumerate() {
        if let Some(path) = MACHINE_PATHS.iter().find(|path| line.contains(**path)) {
            findings.errors.push(format!(
                "{}:{}: {path} is a path of one machine",
                file.path.display(),
                index + 1
            ));
        }
    }
}

/// Finds sources that no `mod` reaches, and so no compiler and no test.
fn forgotten(files: &[File], findings: &mut Findings) {
    let sources: Vec<&File> = files
        .iter()
        .filter(|file| file.extension("rs") && !file.path.iter().any(|part| part == "fuzz"))
        .collect();
    let paths: BTreeSet<&Path> = sources.iter().map(|file| file.path.as_path()).collect();
    let reached: BTreeSet<PathBuf> = sources.iter().flat_map(|file| modules(file)).collect();
    for path in paths {
        if !is_root(path) && !reached.contains(path) {
            findings
                .errors
                .push(format!("{} is reached by no mod", path.display()));
        }
    }
}

/// Files that cargo finds by itself.
fn is_root(path: &Path) -> bool {
    let parent = path.parent().and_then(Path::file_name);
    let stem = path.file_stem();
    let root = stem.is_some_and(|stem| stem == "lib" || stem == "main" || stem == "build");
    root || parent.is_some_and(|parent| {
        parent == "tests" || parent == "benches" || parent == "examples" || parent == "bin"
    })
}

/// Returns the files that the `mod` lines of a file may mean.
fn modules(file: &File) -> Vec<PathBuf> {
    let folder = file.path.parent().unwrap_or(Path::new(""));
    let stem = file.path.file_stem().unwrap_or_default();
    let below = if is_root(&file.path) || stem == "mod" {
        folder.to_path_buf()
    } else {
        folder.join(stem)
    };
    let mut found = Vec::new();
    let mut named: Option<&str> = None;
    for line in file.text.lines().map(str::trim) {
        if let Some(path) = line
            .strip_prefix("#[path = \"")
            .and_then(|rest| rest.strip_suffix("\"]"))
        {
            named = Some(path);
            continue;
        }
        let Some(name) = module_name(line) else {
            continue;
        };
        match named.take() {
            Some(path) => found.push(folder.join(path)),
            None => {
                found.push(below.join(format!("{name}.rs")));
                found.push(below.join(name).join("mod.rs"));
            }
        }
    }
    found
}

/// Returns the name in `mod name;`, whatever its visibility.
fn module_name(line: &str) -> Option<&str> {
    let declaration = line.strip_suffix(';')?;
    let (before, name) = declaration.rsplit_once("mod ")?;
    let name = name.strip_prefix("r#").unwrap_or(name);
    let visible = before.is_empty() || before.starts_with("pub") || before.starts_with("#[");
    (visible
        && name
            .chars()
            .all(|letter| letter.is_alphanumeric() || letter == '_'))
    .then_some(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_files(files: &[(&str, &str)], expected: &[&str]) {
        let files: Vec<File> = files
            .iter()
            .map(|(path, text)| File {
                path: PathBuf::from(path),
                text: (*text).to_owned(),
            })
            .collect();
        let mut findings = Findings::default();
        check(&files, &mut findings);
        assert_eq!(findings.errors, expected);
    }

    #[test]
    fn every_module_is_reached() {
        check_files(
            &[
                ("a/src/lib.rs", "pub mod one;\nmod two;"),
                ("a/src/one.rs", ""),
                ("a/src/two/mod.rs", "mod three;"),
                ("a/src/two/three.rs", ""),
            ],
            &[],
        );
        check_files(
            &[("a/src/lib.rs", ""), ("a/src/tests.rs", "")],
            &["a/src/tests.rs is reached by no mod"],
        );
        check_files(
            &[
                ("a/src/lib.rs", "#[path = \"other.rs\"]\nmod one;"),
                ("a/src/other.rs", ""),
            ],
            &[],
        );
    }

    #[test]
    fn names_say_something() {
        check_files(
            &[("a/src/lib.rs", "mod utils;"), ("a/src/utils.rs", "")],
            &["a/src/utils.rs: the name utils says nothing"],
        );
    }

    #[test]
    fn files_are_short() {
        check_files(&[("a/src/lib.rs", &"\n".repeat(800))], &[]);
        check_files(
            &[("a/src/lib.rs", &"\n".repeat(801))],
            &["a/src/lib.rs has 801 lines, the bound is 800"],
        );
    }

    #[test]
    fn paths_of_one_machine_are_refused() {
        check_files(
            &[("README.md", "cd /home/ada")],
            &["README.md:1: /home/ is a path of one machine"],
        );
    }
}
