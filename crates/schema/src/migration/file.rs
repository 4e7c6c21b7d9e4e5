//! [`File`]: a migration file, and the checksum by which it is known.

use aws_lc_rs::digest::{SHA256, digest};
use underpin_base::{Code, Error, Result};

/// A migration file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct File {
    /// Its version: the digits that its name starts with.
    pub version: String,
    /// Its name without version and extension: `products`.
    pub name: String,
    /// Its path as errors print it: `migrations/20260101000000_products.sql`.
    pub path: String,
    /// Its text.
    pub text: String,
}

/// What a file's name tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileName {
    /// Its version.
    pub version: String,
    /// Its name.
    pub name: String,
}

impl File {
    /// Makes a migration of the file `path` with `text`.
    ///
    /// # Errors
    /// Those of [`File::parse_name`].
    pub fn new(path: impl Into<String>, text: impl Into<String>) -> Result<Self> {
        let path = path.into();
        let file_name = path.rsplit('/').next().unwrap_or_default();
        let FileName { version, name } = Self::parse_name(file_name)?;
        Ok(Self {
            version,
            name,
            path,
            text: text.into(),
        })
    }

    /// Reads a file's name, `20260101000000_products.sql`: digits, an underscore, words, `.sql`.
    ///
    /// # Errors
    /// `migration_refused` when the name has another form.
    pub fn parse_name(file_name: &str) -> Result<FileName> {
        let refused = || {
            Error::new(
                Code::MIGRATION,
                format!("\"{file_name}\" is not the name of a migration"),
            )
            .hint(
                "A migration's name is a version of up to 20 digits, an underscore and words: \
                 20260101000000_products.sql.",
            )
        };
        let stem = file_name.strip_suffix(".sql").ok_or_else(refused)?;
        let (version, name) = stem.split_once('_').ok_or_else(refused)?;
        let digits =
            (1..=20).contains(&version.len()) && version.bytes().all(|byte| byte.is_ascii_digit());
        let words = !name.is_empty()
            && name
                .chars()
                .all(|character| character.is_alphanumeric() || "_-.".contains(character));
        if digits && words {
            Ok(FileName {
                version: version.to_owned(),
                name: name.to_owned(),
            })
        } else {
            Err(refused())
        }
    }

    /// Returns the checksum of the file's text.
    pub fn checksum(&self) -> String {
        checksum(&self.text)
    }
}

/// Returns the SHA-256 of a migration's text, 64 hexadecimal digits. Line ends are counted as `\n`, so that a checkout on
/// another system is not an edit.
pub fn checksum(text: &str) -> String {
    let hash = digest(&SHA256, text.replace("\r\n", "\n").as_bytes());
    hash.as_ref()
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
