//! [`Project`]: a project's folder, made of texts.

use std::path::Path;

use tempfile::TempDir;

/// A project's folder, made of texts.
#[derive(Clone, Debug, Default)]
pub struct Project {
    files: Vec<(String, String)>,
    settings: Vec<String>,
}

impl Project {
    /// Returns a project without anything.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a migration; they are applied in the order in which they are added.
    #[must_use]
    pub fn migration(self, sql: &str) -> Self {
        let number = self.migrations().count() + 1;
        self.file(&format!("migrations/{number:014}_test.sql"), sql)
    }

    /// Sets the rows for development.
    #[must_use]
    pub fn seed(self, sql: &str) -> Self {
        self.file("seed.sql", sql)
    }

    /// Gives a setting a value: `a.b=VALUE`.
    #[must_use]
    pub fn set(mut self, setting: &str) -> Self {
        self.settings.push(setting.to_owned());
        self
    }

    /// Adds a file.
    #[must_use]
    pub fn file(mut self, path: &str, text: &str) -> Self {
        self.files.push((path.to_owned(), text.to_owned()));
        self
    }

    /// Returns the settings that were given.
    pub fn settings(&self) -> &[String] {
        &self.settings
    }

    /// Returns path and text of the migrations.
    pub fn migrations(&self) -> impl Iterator<Item = (&str, &str)> {
        let files = self.files.iter();
        files
            .filter(|(path, _)| path.starts_with("migrations/"))
            .map(|(path, text)| (path.as_str(), text.as_str()))
    }

    /// Returns the text of `seed.sql`.
    pub fn seed_text(&self) -> Option<&str> {
        let seed = self.files.iter().rev().find(|(path, _)| path == "seed.sql");
        seed.map(|(_, text)| text.as_str())
    }

    /// Writes the folder.
    pub fn write(&self) -> TempDir {
        let folder = tempfile::tempdir().expect("a temporary folder");
        self.write_to(folder.path());
        folder
    }

    /// Writes the files into `folder`. There is always an `underpin.toml`, so that it is a project.
    pub fn write_to(&self, folder: &Path) {
        let settings = folder.join("underpin.toml");
        if !settings.exists() {
            std::fs::write(settings, "").expect("a writable folder");
        }
        for (path, text) in &self.files {
            let path = folder.join(path);
            let parent = path.parent().expect("a file lies in a folder");
            std::fs::create_dir_all(parent).expect("a writable folder");
            std::fs::write(path, text).expect("a writable folder");
        }
    }
}
