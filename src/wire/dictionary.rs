//! The bytes both windows begin with, so that the first frames of a connection are as small as later ones.
//!
//! The file is made from typical frames (`samples`, in the tests) and embedded. Another file is another hash, and
//! two sides with different hashes simply start unprimed.

use std::sync::OnceLock;

use sha2::{Digest, Sha256};

/// The dictionary; the most useful bytes come last.
pub const BYTES: &[u8] = include_bytes!("../../assets/wire.dict");

/// Its name on the wire: the first 8 bytes of its SHA-256.
pub fn hash() -> u64 {
    static HASH: OnceLock<u64> = OnceLock::new();
    *HASH.get_or_init(|| hash_of(BYTES))
}

fn hash_of(bytes: &[u8]) -> u64 {
    let digest = Sha256::digest(bytes);
    digest.iter().take(8).fold(0, |sum, byte| (sum << 8) | u64::from(*byte))
}

#[cfg(test)]
pub(crate) mod samples;
#[cfg(test)]
mod vocabulary;
