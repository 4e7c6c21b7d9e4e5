//! What `serve` refuses: settings that are only for development, and keys that the world knows.

use underpin_base::{Code, Error, Result, Secret};

use crate::keys::{Keys, Stored};
use crate::settings::{Settings, Synchronous};

/// Keys that other programs bring along, so that they are in many projects and in every attacker's list.
const KNOWN: &[&str] = &[
    "super-secret-jwt-token-with-at-least-32-characters-long",
    "your-super-secret-jwt-token-with-at-least-32-characters-long",
    "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH",
    "sb_secret_N7UND0UgjKTVK-Uodkm0Hg_xSvEMPvz",
];

/// The shortest secret that HS256 is safe with, in bytes.
const JWT_SECRET_BYTES_MIN: usize = 32;

/// The shortest secret key, in bytes.
const SECRET_KEY_BYTES_MIN: usize = 24;

/// Returns every reason for which the settings and keys are unsafe.
pub(crate) fn reasons(settings: &Settings, keys: &Keys) -> Vec<&'static str> {
    let is_known = |secret: &Secret| KNOWN.contains(&secret.expose());
    let judged = [
        (
            settings.database.synchronous == Synchronous::Off,
            "setting \"database.synchronous\" expects \"full\" or \"normal\", found \"off\": a power cut may destroy the database",
        ),
        (
            is_known(&keys.jwt_secret),
            "setting \"keys.jwt_secret\" expects a secret of your own, found one that is published: anybody can sign tokens",
        ),
        (
            keys.jwt_secret.expose().len() < JWT_SECRET_BYTES_MIN,
            "setting \"keys.jwt_secret\" expects at least 32 bytes, found fewer: it can be guessed",
        ),
        (
            is_known(&keys.secret),
            "setting \"keys.secret\" expects a key of your own, found one that is published",
        ),
        (
            keys.secret.expose().len() < SECRET_KEY_BYTES_MIN,
            "setting \"keys.secret\" expects at least 24 bytes, found fewer: it can be guessed",
        ),
        (
            keys.secret.matches(keys.publishable.expose()),
            "setting \"keys.secret\" expects another key than \"keys.publishable\", found the same",
        ),
        (
            Stored::is_exposed(&settings.data_folder()),
            "keys.json in the data folder expects mode 0600, found that others may read it",
        ),
    ];
    let unsafe_ones = judged.into_iter().filter(|(is_unsafe, _)| *is_unsafe);
    unsafe_ones.map(|(_, reason)| reason).collect()
}

/// Refuses unsafe settings.
///
/// # Errors
/// `settings_invalid`, with every reason.
pub(crate) fn check(settings: &Settings, keys: &Keys) -> Result<()> {
    let reasons = reasons(settings, keys);
    if reasons.is_empty() {
        return Ok(());
    }
    let message = format!(
        "`serve` refuses unsafe settings:\n  {}",
        reasons.join("\n  ")
    );
    Err(Error::new(Code::SETTINGS, message).hint(
        "`underpin dev` accepts them, on this machine. A key that is not set is made afresh.",
    ))
}
