//! cnf and key proofs.
use kodanik_crypto::{signature::{Signature, VerifyingKey}, time::UnixSeconds};
use serde_json::{Map, Value};
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeviceKeyError { #[error("x")] X }
/// `{"jwk": ...}`
pub fn confirmation(_key: &VerifyingKey) -> Value { todo!() }
/// key of the `cnf` member
pub fn confirmed_key(_claims: &Map<String, Value>) -> Result<VerifyingKey, DeviceKeyError> { todo!() }
/// typ openid4vci-proof+jwt (OpenID4VCI 1.0 appendix F.1)
#[derive(Clone, Debug)]
pub struct KeyProofDraft {}
impl KeyProofDraft {
    pub fn new(_key: &VerifyingKey, _issuer: &str, _nonce: Option<&str>, _client: Option<&str>, _now: UnixSeconds) -> Result<Self, DeviceKeyError> { todo!() }
    pub fn signing_input(&self) -> &[u8] { todo!() }
    pub fn finish(self, _s: Signature) -> String { todo!() }
}
#[derive(Clone, Debug)]
pub struct UnverifiedKeyProof {}
impl UnverifiedKeyProof {
    pub fn parse(_text: &str) -> Result<Self, DeviceKeyError> { todo!() }
    /// aud == issuer, nonce equal where given, iat within the window
    pub fn verify(self, _issuer: &str, _nonce: Option<&str>, _now: UnixSeconds) -> Result<VerifyingKey, DeviceKeyError> { todo!() }
}
