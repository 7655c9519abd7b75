//! The key under which a citizen votes in one election: derived, so that a recovered phone has it again, and
//! different in every election, so that nobody can follow it from one to the next (protocol.md §3.1.5).

use kodanik_crypto::derive::derive_key;
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::{Signature, SignatureError, SigningKey, VerifyingKey};
use kodanik_crypto::transcript::{hash_to_scalar, labelled_sha256};
use zeroize::Zeroizing;

use crate::ids::ElectionId;

/// (sk_v, vk_v). Wiped on drop, never prints.
#[derive(Debug)]
pub struct PseudonymKey(SigningKey);

impl PseudonymKey {
    /// Derives the key for one election from the wallet's participation seed.
    ///
    /// # Errors
    /// [`SignatureError::Key`] where the derived scalar is 0, which has probability 2^-256.
    pub fn derive(participation_seed: &Secret<32>, election: &ElectionId) -> Result<Self, SignatureError> {
        let okm: Secret<48> =
            derive_key(participation_seed.expose(), b"", "KODANIK-V1-PSEUDONYM", &[election.as_bytes()]);
        let scalar = Zeroizing::new(hash_to_scalar(okm.expose(), b"KODANIK-V1-PSEUDONYM-P256"));
        SigningKey::from_scalar(&scalar).map(Self)
    }

    /// The pseudonym itself.
    pub fn verifying_key(&self) -> VerifyingKey {
        self.0.verifying_key()
    }

    /// ES256, low-S.
    pub fn sign(&self, message: &[u8]) -> Signature {
        self.0.sign(message)
    }
}

/// What the checking code shows of a pseudonym: SHA-256("KODANIK-V1-FINGERPRINT", vk).
pub fn fingerprint(vk: &VerifyingKey) -> Bytes<32> {
    Bytes(labelled_sha256("KODANIK-V1-FINGERPRINT", &[&vk.to_sec1()]))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(fill: u8, election: u8) -> VerifyingKey {
        let seed = Secret::init_with(|bytes| bytes.fill(fill));
        PseudonymKey::derive(&seed, &ElectionId::new([election; 32])).unwrap().verifying_key()
    }

    #[test]
    fn one_per_seed_and_election_and_always_the_same() {
        assert_eq!(key(1, 1), key(1, 1));
        assert_ne!(key(1, 1), key(1, 2));
        assert_ne!(key(1, 1), key(2, 1));
        assert_ne!(fingerprint(&key(1, 1)), fingerprint(&key(1, 2)));
    }
}
