//! Who someone is, proven by the firm's own site: HMAC-SHA256 of their number there with the inbox's secret, in hex.
//!
//! The site's server computes it, never its pages: the secret stays between the site and this server.

use data_encoding::HEXLOWER_PERMISSIVE;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Whether the site vouches for this identity. Takes the same time whatever is wrong with the proof.
pub fn proves(secret: &[u8], id: &str, hash: &str) -> bool {
    let Ok(hash) = HEXLOWER_PERMISSIVE.decode(hash.as_bytes()) else { return false };
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("invariant: a key of any length will do");
    mac.update(id.as_bytes());
    mac.verify_slice(&hash).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Test case 2 of RFC 4231.
    const PROOF: &str = "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843";

    #[test]
    fn a_known_vector_proves() {
        assert!(proves(b"Jefe", "what do ya want for nothing?", PROOF));
        assert!(proves(b"Jefe", "what do ya want for nothing?", &PROOF.to_uppercase()));
    }

    #[test]
    fn anything_else_does_not() {
        let id = "what do ya want for nothing?";
        let flipped = PROOF.replacen('5', "6", 1);
        for (secret, id, hash) in [
            ("Jefe", id, ""),
            ("Jefe", id, "5bdc"),
            ("Jefe", id, &PROOF[..62]),
            ("Jefe", id, &flipped),
            ("Jefe", id, "zz"),
            ("jefe", id, PROOF),
            ("Jefe", "what do ya want for nothing", PROOF),
            ("", id, PROOF),
        ] {
            assert!(!proves(secret.as_bytes(), id, hash), "{secret} {id} {hash}");
        }
    }
}
