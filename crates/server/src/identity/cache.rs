//! [`TokenCache`]: tokens whose signature was checked already, by their hash, until they expire.
//!
//! Bounded without a scan: when the younger half is full, the older half is forgotten and they change places.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use aws_lc_rs::digest;
use underpin_base::Identity;

/// The SHA-256 of a token: the token itself is not kept.
pub(super) type Hash = [u8; 32];

#[derive(Debug)]
struct Entry {
    identity: Identity,
    valid_until: i64,
}

#[derive(Debug, Default)]
struct Halves {
    young: HashMap<Hash, Entry>,
    old: HashMap<Hash, Entry>,
}

/// Verified tokens.
#[derive(Debug)]
pub(super) struct TokenCache {
    halves: RwLock<Halves>,
    half_max: usize,
}

impl TokenCache {
    /// Returns a cache of at most `entries_max` tokens.
    pub(super) fn new(entries_max: usize) -> Self {
        Self {
            halves: RwLock::default(),
            half_max: entries_max.div_ceil(2).max(1),
        }
    }

    /// Returns the hash of a token.
    pub(super) fn hash(token: &str) -> Hash {
        let digest = digest::digest(&digest::SHA256, token.as_bytes());
        let mut hash = [0; 32];
        hash.copy_from_slice(digest.as_ref());
        hash
    }

    /// Returns whose token it is, when it was verified before and is valid at `now`.
    pub(super) fn get(&self, hash: &Hash, now: i64) -> Option<Identity> {
        let halves = self.halves.read().unwrap_or_else(PoisonError::into_inner);
        let entry = halves.young.get(hash).or_else(|| halves.old.get(hash))?;
        (now <= entry.valid_until).then(|| entry.identity.clone())
    }

    /// Remembers a token.
    pub(super) fn insert(&self, hash: Hash, identity: Identity, valid_until: i64) {
        let mut halves = self.halves.write().unwrap_or_else(PoisonError::into_inner);
        if halves.young.len() >= self.half_max {
            halves.old = std::mem::take(&mut halves.young);
        }
        let entry = Entry {
            identity,
            valid_until,
        };
        halves.young.insert(hash, entry);
    }

    /// Returns how many tokens are remembered.
    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        let halves = self.halves.read().unwrap_or_else(PoisonError::into_inner);
        halves.young.len() + halves.old.len()
    }
}
