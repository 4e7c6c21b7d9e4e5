//! `keys.json` in the data folder.

use std::fs::{self, OpenOptions};
use std::io::{ErrorKind, Write};
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;

use aws_lc_rs::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};
use underpin_base::{Code, Error, Result};

use super::{random, unusable};

/// The file's name.
pub const FILE: &str = "keys.json";

/// What the file holds.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Stored {
    /// When the keys were made, in seconds since 1970: the `iat` of the tokens of a role.
    pub created_at: i64,
    /// See [`super::Keys::publishable`].
    pub publishable: String,
    /// See [`super::Keys::secret`].
    pub secret: String,
    /// See [`super::Keys::jwt_secret`].
    pub jwt_secret: String,
    /// The key that signs ES256 tokens.
    pub signing_key: SigningKey,
}

/// An ES256 key pair.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningKey {
    /// The private key: PKCS #8 in base64.
    pub private: String,
    /// The public key as a JWK.
    pub public: Json,
}

/// Prints nothing of a key.
impl std::fmt::Debug for Stored {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Stored").finish_non_exhaustive()
    }
}

/// Prints nothing of the key.
impl std::fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("SigningKey").finish_non_exhaustive()
    }
}

impl Stored {
    /// Makes new keys.
    pub fn generate() -> Result<Self> {
        Ok(Self {
            created_at: Timestamp::now().as_second(),
            publishable: random::key("sb_publishable_")?,
            secret: random::key("sb_secret_")?,
            jwt_secret: random::letters(48)?,
            signing_key: SigningKey::generate()?,
        })
    }

    /// Reads the keys of `folder`, or makes and keeps new ones when it has none.
    ///
    /// Two programs that start at once end up with the same keys.
    pub fn load_or_create(folder: &Path) -> Result<Self> {
        if let Some(stored) = Self::load(folder)? {
            return Ok(stored);
        }
        let stored = Self::generate()?;
        let temporary = stored.write_temporary(folder)?;
        let linked = fs::hard_link(&temporary, folder.join(FILE));
        match linked {
            Ok(()) => fs::remove_file(&temporary).map_err(|error| io(&temporary, &error))?,
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {
                fs::remove_file(&temporary).map_err(|error| io(&temporary, &error))?;
                return Self::load(folder)?.ok_or_else(|| io(&folder.join(FILE), &error));
            }
            // A file system without links: the last of two programs that start at once wins.
            Err(_) => fs::rename(&temporary, folder.join(FILE))
                .map_err(|error| io(&folder.join(FILE), &error))?,
        }
        Ok(stored)
    }

    /// Reads the keys of `folder`, if it has any.
    pub fn load(folder: &Path) -> Result<Option<Self>> {
        let path = folder.join(FILE);
        let text = match fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(io(&path, &error)),
        };
        serde_json::from_str(&text).map(Some).map_err(|error| {
            let path = path.display();
            // The parser's words may repeat a part of the file, so only the place is told.
            Error::new(
                Code::SETTINGS,
                format!("{path} expects the keys that were written to it, found something else at line {}", error.line()),
            )
            .hint("Restore the file from a backup; without it, tokens and keys in use are no longer accepted.")
        })
    }

    /// Replaces the keys of `folder` by these.
    pub fn save(&self, folder: &Path) -> Result<()> {
        let temporary = self.write_temporary(folder)?;
        let path = folder.join(FILE);
        fs::rename(&temporary, &path).map_err(|error| io(&path, &error))
    }

    /// Writes a file beside the real one, readable by its owner alone from its first byte on.
    fn write_temporary(&self, folder: &Path) -> Result<std::path::PathBuf> {
        fs::create_dir_all(folder).map_err(|error| io(folder, &error))?;
        let path = folder.join(format!(".{FILE}.{}", random::letters(8)?));
        let mut text = serde_json::to_string_pretty(self).map_err(unusable)?;
        text.push('\n');
        let written = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&path)
            .and_then(|mut file| {
                file.write_all(text.as_bytes())?;
                file.sync_all()
            });
        written.map_err(|error| io(&path, &error))?;
        Ok(path)
    }

    /// Tells whether others than the owner may read the keys of `folder`.
    pub fn is_exposed(folder: &Path) -> bool {
        fs::metadata(folder.join(FILE))
            .is_ok_and(|metadata| metadata.permissions().mode() & 0o077 != 0)
    }
}

impl SigningKey {
    /// Makes a new key pair.
    pub fn generate() -> Result<Self> {
        let pair = EcdsaKeyPair::generate(&ECDSA_P256_SHA256_FIXED_SIGNING).map_err(unusable)?;
        let private = pair.to_pkcs8v1().map_err(unusable)?;
        // An uncompressed point: 4, x, y.
        let point = pair.public_key().as_ref();
        let coordinate = |from: usize, to: usize| {
            URL_SAFE_NO_PAD.encode(point.get(from..to).unwrap_or_default())
        };
        Ok(Self {
            private: STANDARD.encode(private.as_ref()),
            public: json!({
                "kty": "EC",
                "crv": "P-256",
                "alg": "ES256",
                "use": "sig",
                "key_ops": ["verify"],
                "kid": random::letters(22)?,
                "x": coordinate(1, 33),
                "y": coordinate(33, 65),
            }),
        })
    }
}

fn io(path: &Path, error: &std::io::Error) -> Error {
    Error::new(Code::IO, format!("cannot use {}: {error}", path.display()))
}
