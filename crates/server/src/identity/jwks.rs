//! Public keys from a JWKS, each pinned to the one algorithm that its kind has.

use jsonwebtoken::jwk::{AlgorithmParameters, EllipticCurve, Jwk, JwkSet, KeyAlgorithm};
use jsonwebtoken::{Algorithm, DecodingKey};
use underpin_base::{Code, Error, Result};

/// A key that verifies tokens.
///
/// The algorithm belongs to the key, never to the token: a public key can so not be taken for an HS256 secret.
#[derive(Debug)]
pub(super) struct VerificationKey {
    /// The key's name, which a token may give.
    pub(super) id: Option<String>,
    /// The one algorithm that it verifies.
    pub(super) algorithm: Algorithm,
    /// The key.
    pub(super) key: DecodingKey,
    /// The issuer that its tokens must have.
    pub(super) issuer: Option<String>,
}

/// Reads the keys of a JWKS text; `origin` names it in messages.
pub(super) fn parse(
    text: &str,
    origin: &str,
    issuer: Option<&str>,
) -> Result<Vec<VerificationKey>> {
    let refuse = |found: &str| {
        Error::new(
            Code::SETTINGS,
            format!("{origin} expects a JWKS with ES256, RS256 or EdDSA keys, found {found}"),
        )
    };
    let set: JwkSet = serde_json::from_str(text).map_err(|_| refuse("something else"))?;
    if set.keys.is_empty() {
        return Err(refuse("no key"));
    }
    set.keys
        .iter()
        .map(|jwk| verification_key(jwk, issuer).map_err(|found| refuse(&found)))
        .collect()
}

fn verification_key(jwk: &Jwk, issuer: Option<&str>) -> Result<VerificationKey, String> {
    let (algorithm, declared) = match &jwk.algorithm {
        AlgorithmParameters::RSA(_) => (Algorithm::RS256, KeyAlgorithm::RS256),
        AlgorithmParameters::EllipticCurve(curve) if curve.curve == EllipticCurve::P256 => {
            (Algorithm::ES256, KeyAlgorithm::ES256)
        }
        AlgorithmParameters::OctetKeyPair(curve) if curve.curve == EllipticCurve::Ed25519 => {
            (Algorithm::EdDSA, KeyAlgorithm::EdDSA)
        }
        // A secret does not belong into a set of public keys; it has its own setting.
        AlgorithmParameters::OctetKey(_) => {
            return Err("a symmetric key, which belongs into keys.jwt_secret".to_owned());
        }
        _ => return Err("a key of another kind".to_owned()),
    };
    if jwk
        .common
        .key_algorithm
        .is_some_and(|given| given != declared)
    {
        return Err("a key for another algorithm".to_owned());
    }
    Ok(VerificationKey {
        id: jwk.common.key_id.clone(),
        algorithm,
        key: DecodingKey::from_jwk(jwk).map_err(|_| "a key that cannot be decoded".to_owned())?,
        issuer: issuer.map(str::to_owned),
    })
}
