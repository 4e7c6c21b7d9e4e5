//! [`Verifier`]: a token's signature and claims, checked with PostgREST's rules and words.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::{Algorithm, DecodingKey, Validation};
use serde_json::{Map, Value as Json};
use underpin_base::{Claims, Code, Error, Identity, Result};

use super::jwks::{self, VerificationKey};
use crate::keys::Keys;
use crate::settings::Settings;

/// How far the clocks of whoever signs tokens and of this machine may differ, in seconds.
const SKEW_S: i64 = 30;

/// Verifies tokens.
#[derive(Debug)]
pub(super) struct Verifier {
    keys: Vec<VerificationKey>,
    audience: Option<String>,
}

/// A token that is right.
#[derive(Debug)]
pub(super) struct Verified {
    /// Whose it is.
    pub(super) identity: Identity,
    /// The last second in which it is accepted.
    pub(super) valid_until: i64,
}

impl Verifier {
    /// Returns a verifier with the project's own keys and those of `auth.jwks`.
    pub(super) fn new(settings: &Settings, keys: &Keys) -> Result<Self> {
        let secret = VerificationKey {
            id: None,
            algorithm: Algorithm::HS256,
            key: DecodingKey::from_secret(keys.jwt_secret.expose().as_bytes()),
            issuer: None,
        };
        let mut all = vec![secret];
        all.extend(jwks::parse(&keys.jwks().to_string(), "keys.json", None)?);
        if let Some(jwks) = &settings.auth.jwks {
            let issuer = settings.auth.jwt_issuer.as_deref();
            let origin = "setting \"auth.jwks\"";
            let text = if jwks.trim_start().starts_with('{') {
                jwks.clone()
            } else {
                std::fs::read_to_string(settings.project.join(jwks)).map_err(|error| {
                    Error::new(
                        Code::SETTINGS,
                        format!("{origin} expects a file, found {jwks}: {error}"),
                    )
                })?
            };
            all.extend(jwks::parse(&text, origin, issuer)?);
        }
        Ok(Self {
            keys: all,
            audience: settings.auth.jwt_aud.clone(),
        })
    }

    /// Returns whose token `token` is at `now`, in seconds since 1970. Errors: PGRST301, PGRST303.
    pub(super) fn verify(&self, token: &str, now: i64) -> Result<Verified> {
        let parts = token.split('.').count();
        if parts != 3 {
            return Err(invalid(format!("Expected 3 parts in JWT; got {parts}")));
        }
        let header = header(token)?;
        let algorithm = match header.get("alg").and_then(Json::as_str) {
            Some("HS256") => Algorithm::HS256,
            Some("ES256") => Algorithm::ES256,
            Some("RS256") => Algorithm::RS256,
            Some("EdDSA") => Algorithm::EdDSA,
            _ => return Err(invalid("Wrong or unsupported encoding algorithm")),
        };
        // Whatever "crit" names must be understood, and we understand none of it.
        if header.contains_key("crit") {
            return Err(invalid("Unsupported token type"));
        }
        let id = header.get("kid").and_then(Json::as_str);
        let claims = self.signed_claims(token, algorithm, id)?;
        let valid_until = check_times(&claims, now)?;
        self.check_audience(&claims)?;
        Ok(Verified {
            identity: identity(claims),
            valid_until,
        })
    }

    fn signed_claims(
        &self,
        token: &str,
        algorithm: Algorithm,
        id: Option<&str>,
    ) -> Result<Map<String, Json>> {
        let mut details = "No suitable key was found to decode the JWT";
        let fits = |key: &&VerificationKey| {
            let same_id = id.is_none() || key.id.is_none() || id == key.id.as_deref();
            key.algorithm == algorithm && same_id
        };
        for key in self.keys.iter().filter(fits) {
            details = "None of the keys was able to decode the JWT";
            let mut validation = Validation::new(algorithm);
            validation.required_spec_claims.clear();
            validation.validate_exp = false;
            validation.validate_aud = false;
            let decoded = jsonwebtoken::decode::<Json>(token, &key.key, &validation);
            match decoded.map(|token| token.claims) {
                Ok(Json::Object(claims)) => {
                    let issuer = claims.get("iss").and_then(Json::as_str);
                    if key.issuer.is_none() || key.issuer.as_deref() == issuer {
                        return Ok(claims);
                    }
                }
                Ok(_) => return Err(refused("Parsing claims failed")),
                Err(error) if is_json(&error) => return Err(refused("Parsing claims failed")),
                Err(_) => {}
            }
        }
        Err(invalid("No suitable key or wrong key type").details(details))
    }

    fn check_audience(&self, claims: &Map<String, Json>) -> Result<()> {
        const KIND: &str = "The JWT 'aud' claim must be a string or an array of strings";
        let audiences: Vec<&str> = match claims.get("aud") {
            None | Some(Json::Null) => return Ok(()),
            Some(Json::String(audience)) => vec![audience],
            Some(Json::Array(audiences)) => audiences
                .iter()
                .map(|audience| audience.as_str().ok_or_else(|| refused(KIND)))
                .collect::<Result<_>>()?,
            Some(_) => return Err(refused(KIND)),
        };
        match &self.audience {
            Some(ours) if !audiences.is_empty() && !audiences.contains(&ours.as_str()) => {
                Err(refused("JWT not in audience"))
            }
            _ => Ok(()),
        }
    }
}

fn is_json(error: &jsonwebtoken::errors::Error) -> bool {
    matches!(error.kind(), jsonwebtoken::errors::ErrorKind::Json(_))
}

fn header(token: &str) -> Result<Map<String, Json>> {
    let text = token.split('.').next().unwrap_or_default();
    URL_SAFE_NO_PAD
        .decode(text)
        .ok()
        .and_then(|bytes| serde_json::from_slice(&bytes).ok())
        .ok_or_else(|| invalid("JWT couldn't be decoded"))
}

/// Checks `exp`, `nbf` and `iat`, and returns the last second in which the token is accepted.
fn check_times(claims: &Map<String, Json>, now: i64) -> Result<i64> {
    let by = |error: Error, seconds: i64| error.details(format!("Invalid by {seconds} seconds"));
    let expires = seconds(claims, "exp")?.unwrap_or(i64::MAX);
    if expires < now - SKEW_S {
        return Err(by(refused("JWT expired"), now.saturating_sub(expires)));
    }
    if let Some(not_before) = seconds(claims, "nbf")?
        && not_before > now + SKEW_S
    {
        return Err(by(
            refused("JWT not yet valid"),
            not_before.saturating_sub(now),
        ));
    }
    if let Some(issued_at) = seconds(claims, "iat")?
        && issued_at > now + SKEW_S
    {
        return Err(by(
            refused("JWT issued at future"),
            issued_at.saturating_sub(now),
        ));
    }
    Ok(expires.saturating_add(SKEW_S))
}

fn seconds(claims: &Map<String, Json>, name: &str) -> Result<Option<i64>> {
    match claims.get(name) {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Number(number)) => {
            #[expect(clippy::cast_possible_truncation, reason = "saturates, which is meant")]
            let fraction = || number.as_f64().map(|seconds| seconds.floor() as i64);
            Ok(number.as_i64().or_else(fraction))
        }
        Some(_) => Err(refused(format!("The JWT '{name}' claim must be a number"))),
    }
}

/// A token without a role is the visitor's, whatever else it claims.
fn identity(mut claims: Map<String, Json>) -> Identity {
    let role = match claims.get("role") {
        Some(Json::String(role)) => role.clone(),
        Some(Json::Null) | None => "anon".to_owned(),
        Some(other) => other.to_string(),
    };
    claims.insert("role".to_owned(), Json::from(role.as_str()));
    Identity::new(role, Claims::new(claims))
}

fn invalid(message: impl Into<String>) -> Error {
    Error::new(Code::JWT_INVALID, message)
}

fn refused(message: impl Into<String>) -> Error {
    Error::new(Code::JWT_CLAIMS, message)
}
