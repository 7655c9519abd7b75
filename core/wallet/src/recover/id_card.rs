//! A software double of the plastic ID card, for the demo and for tests. A real card signs inside its chip.

use async_trait::async_trait;
use kodanik_crypto::signature::{Signature, SigningKey, VerifyingKey};
use rand_core::CryptoRngCore;

use super::SecondFactor;
use crate::platform::KeyError;

/// A test double: the card's key lies in this process's memory.
#[derive(Debug)]
pub struct TestIdCard(SigningKey);

impl TestIdCard {
    /// A fresh card.
    pub fn make(rng: &mut impl CryptoRngCore) -> Self {
        Self(SigningKey::make(rng))
    }

    /// What the register of people holds of it.
    pub fn public_key(&self) -> VerifyingKey {
        self.0.verifying_key()
    }
}

impl From<SigningKey> for TestIdCard {
    fn from(key: SigningKey) -> Self {
        Self(key)
    }
}

#[async_trait]
impl SecondFactor for TestIdCard {
    async fn sign(&self, message: &[u8]) -> Result<Signature, KeyError> {
        Ok(self.0.sign(message))
    }
}
