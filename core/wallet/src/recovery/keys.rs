//! What one code derives (protocol.md §7.7).
//!
//! ```text
//! id   = HKDF(code, "", "kodanik/bc1/id")[..16]                 the office stores SHA-256(id)
//! w    = Argon2id(code, salt || slot)
//! auth = hash_to_scalar(HKDF(w, "", "kodanik/bc1/auth"))         the office holds its public half
//! kek  = HKDF(w, share, "kodanik/bc1/kek", set, slot)            share: 32 bytes that the office holds
//! ```

use kodanik_crypto::derive::{Argon2Cost, derive_key, derive_slow_key};
use kodanik_crypto::seal::SealKey;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::transcript::hash_to_scalar;

use super::RecoveryError;
use super::code::{BackupCode, Slot};

const ID: &str = "kodanik/bc1/id";
const AUTH: &str = "kodanik/bc1/auth";
const KEK: &str = "kodanik/bc1/kek";

/// By which the office finds the code's row. Half a secret: it lets nobody prove anything.
pub fn derive_id(code: &BackupCode) -> Secret<16> {
    derive_key(code.expose(), b"", ID, &[])
}

/// What Argon2id of a code gives.
#[derive(Debug)]
pub struct CodeKeys {
    slot: Slot,
    stretched: Secret<32>,
    auth: SigningKey,
}

impl CodeKeys {
    /// Stretches `code`; slow on purpose. A cost outside [`Argon2Cost::parse`]'s bounds is refused before any work.
    pub fn derive(code: &BackupCode, salt: &[u8; 16], cost: Argon2Cost) -> Result<Self, RecoveryError> {
        let slot = code.slot();
        let salt = [salt.as_slice(), &[slot.number()]].concat();
        let stretched =
            derive_slow_key(code.expose(), &salt, cost).map_err(|_| RecoveryError::CostOutOfBounds)?;
        let seed = derive_key::<32>(stretched.expose(), b"", AUTH, &[]);
        let scalar = hash_to_scalar(seed.expose(), AUTH.as_bytes());
        let auth = SigningKey::from_scalar(&scalar).map_err(|_| RecoveryError::DoesNotOpen)?;
        Ok(Self { slot, stretched, auth })
    }

    /// Proves to the office that the code is at hand.
    pub fn auth(&self) -> &SigningKey {
        &self.auth
    }

    /// The key of this code's wrap, once the office has released its share.
    pub fn kek(&self, share: &[u8; 32], set: &[u8; 16]) -> SealKey {
        let fields: [&[u8]; 2] = [set, &[self.slot.number()]];
        SealKey::from(derive_key::<32>(self.stretched.expose(), share, KEK, &fields))
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    /// RFC 5869 allows any info; the framing is ours. The vectors of HKDF and Argon2id themselves are run in
    /// `kodanik_crypto::derive`; these fix what this module feeds them.
    #[test]
    fn keys_are_the_documented_ones() {
        let code = BackupCode::parse("DB96-NHFH-0GBV-90BC-18DE-DFGQ").unwrap();
        let keys = CodeKeys::derive(&code, &[7; 16], Argon2Cost::STANDARD).unwrap();
        let salt = [[7; 16].as_slice(), &[6]].concat();
        let w = derive_slow_key(b"DB96NHFH0GBV90BC18DEDFGQ", &salt, Argon2Cost::STANDARD).unwrap();
        assert_eq!(keys.stretched.expose(), w.expose());
        let kek = derive_key::<32>(w.expose(), &[9; 32], "kodanik/bc1/kek", &[&[1; 16], &[6]]);
        assert_eq!(keys.kek(&[9; 32], &[1; 16]).expose(), kek.expose());
    }

    #[test]
    fn every_input_matters() {
        let code = BackupCode::make(Slot::parse(3).unwrap(), &mut OsRng);
        let other = BackupCode::make(Slot::parse(3).unwrap(), &mut OsRng);
        let cost = Argon2Cost { memory_kib: 19 * 1024, passes: 1, lanes: 1 };
        let keys = CodeKeys::derive(&code, &[1; 16], cost).unwrap();
        let salted = CodeKeys::derive(&code, &[2; 16], cost).unwrap();
        assert_ne!(keys.auth().verifying_key(), salted.auth().verifying_key());
        assert_ne!(derive_id(&code).expose(), derive_id(&other).expose());
        let kek = |share: u8, set: u8| *keys.kek(&[share; 32], &[set; 16]).expose();
        assert_ne!(kek(1, 1), kek(2, 1));
        assert_ne!(kek(1, 1), kek(1, 2));
    }

    #[test]
    fn downgraded_and_ruinous_costs_are_refused() {
        let code = BackupCode::make(Slot::parse(0).unwrap(), &mut OsRng);
        for cost in [
            Argon2Cost { memory_kib: 8, passes: 1, lanes: 1 },
            Argon2Cost { memory_kib: u32::MAX, passes: 1, lanes: 1 },
            Argon2Cost { memory_kib: 64 * 1024, passes: u32::MAX, lanes: 1 },
            Argon2Cost { memory_kib: 64 * 1024, passes: 3, lanes: 0 },
        ] {
            let refused = CodeKeys::derive(&code, &[0; 16], cost);
            assert_eq!(refused.err(), Some(RecoveryError::CostOutOfBounds));
        }
    }
}
