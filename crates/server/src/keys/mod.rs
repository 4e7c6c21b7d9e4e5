//! [`Keys`]: the keys of a project: what clients present, and what tokens are signed with.
//!
//! They are made on first use and kept in `data/keys.json`, readable by the owner alone; settings may replace them.
//! Nothing here prints a key; the command `keys show` does, for the owner.

mod file;
mod random;
#[cfg(test)]
mod tests;
mod token;

use std::path::Path;

use serde_json::{Value as Json, json};
use underpin_base::{Error, Result, Secret};

use crate::settings;

pub use file::{FILE, SigningKey, Stored};
pub use token::sign;

/// The keys of a project.
#[derive(Clone, Debug)]
pub struct Keys {
    /// The key that a page may hold: it makes its caller the role `anon`.
    pub publishable: Secret,
    /// The key that only servers may hold: it makes its caller the role `service_role`.
    pub secret: Secret,
    /// The secret of HS256 tokens.
    pub jwt_secret: Secret,
    /// An HS256 token of the role `anon`, for clients from before the opaque keys.
    pub anon: Secret,
    /// An HS256 token of the role `service_role`.
    pub service_role: Secret,
    /// The public half of the ES256 signing key, as a JWK.
    pub public_key: Json,
}

/// How long the `anon` and `service_role` tokens are valid: ten years.
const KEY_TOKEN_SECONDS: i64 = 10 * 365 * 24 * 3600;

impl Keys {
    /// Reads the keys of the data folder, making them when there are none, and puts those of the settings in their place.
    pub fn load(data_folder: &Path, settings: &settings::Keys) -> Result<Self> {
        let stored = Stored::load_or_create(data_folder)?;
        Self::from_stored(&stored, settings)
    }

    /// Returns the keys of `stored`, with those of the settings in their place.
    pub fn from_stored(stored: &Stored, settings: &settings::Keys) -> Result<Self> {
        let choose =
            |set: &Option<Secret>, stored: &str| set.clone().unwrap_or_else(|| Secret::new(stored));
        let jwt_secret = choose(&settings.jwt_secret, &stored.jwt_secret);
        let role_token = |role: &str| {
            let claims = json!({
                "iss": "underpin",
                "role": role,
                "iat": stored.created_at,
                "exp": stored.created_at + KEY_TOKEN_SECONDS,
            });
            sign(&claims, &jwt_secret).map(Secret::new)
        };
        Ok(Self {
            publishable: choose(&settings.publishable, &stored.publishable),
            secret: choose(&settings.secret, &stored.secret),
            anon: role_token("anon")?,
            service_role: role_token("service_role")?,
            jwt_secret,
            public_key: stored.signing_key.public.clone(),
        })
    }

    /// Returns the public keys as a JWKS, for whoever verifies tokens.
    pub fn jwks(&self) -> Json {
        json!({ "keys": [self.public_key] })
    }
}

fn unusable(cause: impl std::fmt::Display) -> Error {
    Error::internal(format!("cryptography: {cause}"))
}
