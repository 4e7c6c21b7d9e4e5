//! Signing of HS256 tokens.

use jsonwebtoken::{Algorithm, EncodingKey, Header};
use serde_json::Value as Json;
use underpin_base::{Result, Secret};

use super::unusable;

/// Signs `claims` as an HS256 token.
pub fn sign(claims: &Json, secret: &Secret) -> Result<String> {
    let key = EncodingKey::from_secret(secret.expose().as_bytes());
    jsonwebtoken::encode(&Header::new(Algorithm::HS256), claims, &key).map_err(unusable)
}
