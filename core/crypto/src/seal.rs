//! Authenticated encryption: AES-256-GCM (NIST SP 800-38D) under a fresh random 96-bit nonce.

use std::fmt;

use aes_gcm::aead::{Aead, Payload};
use aes_gcm::{Aes256Gcm, KeyInit};
use rand_core::CryptoRngCore;
use thiserror::Error;

use crate::secret::{Secret, SecretBytes};

/// Nonce (12) and tag (16) bytes that sealing adds.
pub const OVERHEAD: usize = 28;

/// Nothing more is said on purpose: wrong key, wrong context and damage look alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the sealed data does not open: wrong key, wrong place, or damaged")]
pub struct DoesNotOpen;

/// An AES-256-GCM key.
pub struct SealKey(Secret<32>);

impl SealKey {
    /// A fresh key.
    pub fn make(rng: &mut impl CryptoRngCore) -> Self {
        Self(Secret::make(rng))
    }

    /// Seals `plaintext`; `context` is authenticated and not stored. Output: nonce || ciphertext || tag.
    pub fn seal(&self, rng: &mut impl CryptoRngCore, context: &[u8], plaintext: &[u8]) -> Vec<u8> {
        let mut nonce = [0; 12];
        rng.fill_bytes(&mut nonce);
        #[expect(clippy::expect_used, reason = "AES-GCM refuses only plaintexts of 64 GiB or more")]
        let sealed = self
            .cipher()
            .encrypt(&nonce.into(), Payload { msg: plaintext, aad: context })
            .expect("plaintext is far below 64 GiB");
        [nonce.as_slice(), &sealed].concat()
    }

    /// Opens what [`Self::seal`] made with the same key and `context`.
    pub fn open(&self, context: &[u8], sealed: &[u8]) -> Result<SecretBytes, DoesNotOpen> {
        let (nonce, ciphertext) = sealed.split_first_chunk::<12>().ok_or(DoesNotOpen)?;
        self.cipher()
            .decrypt(nonce.into(), Payload { msg: ciphertext, aad: context })
            .map(SecretBytes::new)
            .map_err(|_| DoesNotOpen)
    }

    /// The key's bytes, to be wrapped by another key.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    fn cipher(&self) -> Aes256Gcm {
        Aes256Gcm::new(self.0.expose().into())
    }
}

impl From<Secret<32>> for SealKey {
    fn from(bytes: Secret<32>) -> Self {
        Self(bytes)
    }
}

impl fmt::Debug for SealKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SealKey(..)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rand_core::OsRng;

    use super::*;

    proptest! {
        #[test]
        fn opens_only_unchanged_and_in_its_place(plain: Vec<u8>, context: Vec<u8>, at: prop::sample::Index) {
            let key = SealKey::make(&mut OsRng);
            let mut sealed = key.seal(&mut OsRng, &context, &plain);
            let opened = key.open(&context, &sealed).unwrap();
            prop_assert_eq!(opened.expose(), &plain[..]);
            prop_assert!(key.open(b"another place", &sealed).is_err());
            prop_assert!(SealKey::make(&mut OsRng).open(&context, &sealed).is_err());
            let at = at.index(sealed.len());
            sealed[at] ^= 1;
            prop_assert!(key.open(&context, &sealed).is_err());
        }
    }

    #[test]
    fn too_short_does_not_open() {
        assert!(SealKey::make(&mut OsRng).open(b"", &[0; 11]).is_err());
    }
}
