//! Random texts for keys.

use aws_lc_rs::digest;
use aws_lc_rs::rand;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use underpin_base::Result;

use super::unusable;

const LETTERS: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// Returns `count` random letters and digits, each of them equally likely.
pub(super) fn letters(count: usize) -> Result<String> {
    let mut text = String::with_capacity(count);
    let mut bytes = [0; 64];
    while text.len() < count {
        rand::fill(&mut bytes).map_err(unusable)?;
        // 248 is the largest multiple of 62 in a byte: a rest above it would favour the first letters.
        let letters = bytes.iter().filter(|byte| **byte < 248);
        let letters = letters.filter_map(|byte| LETTERS.get(usize::from(*byte % 62)));
        text.extend(
            letters
                .take(count - text.len())
                .map(|byte| char::from(*byte)),
        );
    }
    Ok(text)
}

/// Returns a key `<prefix><22 letters>_<8 letters that check the rest>`.
pub(super) fn key(prefix: &str) -> Result<String> {
    let body = format!("{prefix}{}", letters(22)?);
    let checksum = checksum(&body);
    Ok(format!("{body}_{checksum}"))
}

/// The checksum tells a mistyped key from a revoked one without a server; it protects nothing.
pub(super) fn checksum(body: &str) -> String {
    let digest = digest::digest(&digest::SHA256, body.as_bytes());
    let mut text = URL_SAFE_NO_PAD.encode(digest);
    text.retain(|character| character.is_ascii_alphanumeric());
    text.truncate(8);
    text
}
