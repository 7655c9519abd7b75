//! Compact JWE.
use kodanik_crypto::{secret::SecretBytes, signature::SigningKey};
use rand_core::CryptoRngCore;
use crate::jose::Jwk;
/// e
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum JweError { #[error("x")] DoesNotOpen }
/// `enc`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ContentEncryption { A128Gcm, A256Gcm }
impl ContentEncryption { pub fn parse(_name: &str) -> Option<Self> { todo!() } pub fn name(self) -> &'static str { todo!() } }
/// private key that only decrypts
#[derive(Debug)]
pub struct DecryptionKey(SigningKey);
impl DecryptionKey {
    pub fn make(_rng: &mut impl CryptoRngCore) -> Self { todo!() }
    /// with alg ECDH-ES, use enc
    pub fn public_jwk(&self, _kid: &str) -> Jwk { todo!() }
}
/// apu/apv raw bytes (may be empty)
#[derive(Clone, Copy, Debug, Default)]
pub struct PartyInfo<'a> { pub apu: &'a [u8], pub apv: &'a [u8] }
pub fn encrypt(_rng: &mut impl CryptoRngCore, _to: &Jwk, _enc: ContentEncryption, _info: PartyInfo<'_>, _plaintext: &[u8]) -> Result<String, JweError> { todo!() }
#[derive(Debug)]
pub struct CompactJwe {}
impl CompactJwe {
    pub fn parse(_text: &str, _cap: usize) -> Result<Self, JweError> { todo!() }
    pub fn kid(&self) -> Option<&str> { todo!() }
    pub fn enc(&self) -> ContentEncryption { todo!() }
    pub fn apu(&self) -> &[u8] { todo!() }
    pub fn apv(&self) -> &[u8] { todo!() }
    pub fn decrypt(&self, _key: &DecryptionKey) -> Result<SecretBytes, JweError> { todo!() }
}
