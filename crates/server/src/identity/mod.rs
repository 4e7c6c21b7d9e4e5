//! [`Gate`]: who asks. The only place where a key or token becomes an [`Identity`].
//!
//! The rule of the gateway, `wire.md` §0.3: a bearer token that is no opaque key decides; otherwise the API key does; whoever
//! presents nothing is the visitor. Whatever is presented must be right: a wrong key beside a right token is refused as well.

mod cache;
mod jwks;
#[cfg(test)]
mod tests;
mod verifier;

use http::HeaderMap;
use http::header::AUTHORIZATION;
use underpin_base::{Code, Error, Identity, Result};

use crate::keys::Keys;
use crate::settings::Settings;

use cache::TokenCache;
use verifier::Verifier;

/// Tells who asks.
#[derive(Debug)]
pub struct Gate {
    keys: Keys,
    verifier: Verifier,
    cache: TokenCache,
    visitor: Identity,
    publishable: Identity,
    service: Identity,
    clock: fn() -> i64,
}

/// Most verified tokens that are remembered.
const CACHED_TOKENS_MAX: usize = 20_000;

impl Gate {
    /// Returns the gate of a project; `clock` returns the seconds since 1970.
    pub fn new(settings: &Settings, keys: Keys, clock: fn() -> i64) -> Result<Self> {
        Ok(Self {
            verifier: Verifier::new(settings, &keys)?,
            cache: TokenCache::new(CACHED_TOKENS_MAX),
            visitor: Identity::visitor(),
            publishable: Identity::of_role("anon"),
            service: Identity::of_role("service_role"),
            keys,
            clock,
        })
    }

    /// Returns the project's keys.
    pub fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Returns who sent a request with `headers`.
    ///
    /// `query_key` is the key of a URL, where a service takes one there (browsers cannot set headers on a websocket).
    /// `has_role` tells whether a database role exists. Errors: `api_key_invalid`, PGRST301, PGRST303, and 22023 for an unknown role.
    pub fn identify(
        &self,
        headers: &HeaderMap,
        query_key: Option<&str>,
        has_role: impl Fn(&str) -> bool,
    ) -> Result<Identity> {
        let api_key = match headers.get("apikey") {
            Some(value) => Some(value.to_str().map_err(|_| key_invalid())?),
            None => query_key,
        };
        let bearer = bearer(headers)?;
        let by_bearer = match bearer {
            Some(key) if key.starts_with("sb_") => Some(self.opaque(key)?),
            Some(token) => Some(self.token(token)?),
            None => None,
        };
        let by_key = match api_key {
            // Clients that are signed out send their key twice.
            Some(key) if Some(key) == bearer => by_bearer.clone(),
            Some(key) => Some(self.key(key)?),
            None => None,
        };
        let opaque_bearer = bearer.is_some_and(|key| key.starts_with("sb_"));
        let identity = match (by_bearer, by_key) {
            (Some(_), Some(by_key)) if opaque_bearer => by_key,
            (Some(by_bearer), _) => by_bearer,
            (None, Some(by_key)) => by_key,
            (None, None) => self.visitor.clone(),
        };
        if !has_role(&identity.role) {
            let message = format!("role \"{}\" does not exist", identity.role);
            return Err(Error::new(Code::INVALID_PARAMETER, message));
        }
        Ok(identity)
    }

    /// An API key: opaque, or a token of the time before opaque keys.
    fn key(&self, key: &str) -> Result<Identity> {
        if key.split('.').count() == 3 {
            return self.token(key).map_err(|error| {
                // An expired key says so; one of another project is a wrong key.
                match error.code() == &Code::JWT_INVALID {
                    true => key_invalid(),
                    false => error,
                }
            });
        }
        self.opaque(key)
    }

    fn opaque(&self, key: &str) -> Result<Identity> {
        // Both are always compared, so that the time does not tell which was nearer.
        let publishable = self.keys.publishable.matches(key);
        let secret = self.keys.secret.matches(key);
        match (publishable, secret) {
            (_, true) => Ok(self.service.clone()),
            (true, false) => Ok(self.publishable.clone()),
            (false, false) => Err(key_invalid()),
        }
    }

    fn token(&self, token: &str) -> Result<Identity> {
        let now = (self.clock)();
        let hash = TokenCache::hash(token);
        if let Some(identity) = self.cache.get(&hash, now) {
            return Ok(identity);
        }
        let verified = self.verifier.verify(token, now)?;
        self.cache
            .insert(hash, verified.identity.clone(), verified.valid_until);
        Ok(verified.identity)
    }
}

/// Returns the bearer token; another scheme, such as that of a proxy before the server, is not for us.
fn bearer(headers: &HeaderMap) -> Result<Option<&str>> {
    let Some(value) = headers.get(AUTHORIZATION) else {
        return Ok(None);
    };
    let value = value
        .to_str()
        .map_err(|_| Error::new(Code::JWT_INVALID, "JWT couldn't be decoded"))?;
    let (scheme, token) = value.split_once(' ').unwrap_or((value, ""));
    if !scheme.eq_ignore_ascii_case("bearer") {
        return Ok(None);
    }
    match token.trim() {
        "" => Err(Error::new(
            Code::JWT_INVALID,
            "Empty JWT is sent in Authorization header",
        )),
        token => Ok(Some(token)),
    }
}

fn key_invalid() -> Error {
    Error::new(Code::KEY_INVALID, "Invalid API key")
        .hint("`underpin keys show` prints the keys of this project.")
}
