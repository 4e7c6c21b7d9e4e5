//! The corpora of the fuzzer, each file fed to its reader: what was once found stays repaired, on every compiler.

#[path = "../../../../fuzz/entries/mod.rs"]
mod entries;

use std::path::{Path, PathBuf};

/// Fewer files than this are no corpus.
const FILES_MIN: usize = 24;

fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fuzz/corpus")
        .join(name)
}

#[test]
fn every_file_of_every_corpus_is_read() {
    for (name, _) in entries::ENTRIES {
        let mut files: Vec<PathBuf> = std::fs::read_dir(corpus(name))
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .collect();
        files.sort();
        assert!(files.len() >= FILES_MIN, "{name} has {} files", files.len());
        for file in files {
            let bytes = std::fs::read(&file).unwrap();
            let read = std::panic::catch_unwind(|| entries::feed(name, &bytes));
            assert!(read.is_ok(), "{}", file.display());
        }
    }
}

#[test]
fn every_target_has_its_entry_and_its_corpus() {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/fuzz_targets");
    let mut found: Vec<String> = std::fs::read_dir(targets)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
        .collect();
    found.sort();
    let mut named = entries::ENTRIES.map(|(name, _)| name.to_owned());
    named.sort();
    assert_eq!(found, named);
    for name in &found {
        let text = std::fs::read_to_string(
            Path::new(env!("CARGO_MANIFEST_DIR"))
                .join("../../fuzz/fuzz_targets")
                .join(format!("{name}.rs")),
        );
        assert!(
            text.unwrap().contains(&format!("feed(\"{name}\"")),
            "{name}"
        );
    }
}
