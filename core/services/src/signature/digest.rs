//! `Content-Digest` (RFC 9530).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kodanik_crypto::transcript::sha256;
use sha2::{Digest, Sha512};

use super::SignatureRefused;
use super::structured::{Bare, Member, dictionary};

/// The field's value for `body`, with SHA-256.
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(sha256(body)))
}

/// Holds `field` against `body`: at least one of sha-256 and sha-512, and both where both are given. Other
/// algorithms say nothing.
pub fn check_content_digest(field: &str, body: &[u8]) -> Result<(), SignatureRefused> {
    let mut known = false;
    for (algorithm, member) in dictionary(field)? {
        let expected = match algorithm.as_str() {
            "sha-256" => sha256(body).to_vec(),
            "sha-512" => Sha512::digest(body).to_vec(),
            _ => continue,
        };
        if member != Member::Item(Bare::Bytes(expected)) {
            return Err(SignatureRefused::ContentDigest);
        }
        known = true;
    }
    known.then_some(()).ok_or(SignatureRefused::ContentDigest)
}
