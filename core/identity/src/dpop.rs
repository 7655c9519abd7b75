//! DPoP.
use kodanik_crypto::{encoding::Bytes, signature::{Signature, VerifyingKey}, time::UnixSeconds};
use rand_core::CryptoRngCore;
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DpopError { #[error("x")] X }
/// the request that a proof belongs to; url: absolute, query and fragment are ignored
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> { pub method: &'a str, pub url: &'a str, pub access_token: Option<&'a str>, pub nonce: Option<&'a str> }
#[derive(Clone, Debug)]
pub struct DpopDraft {}
impl DpopDraft {
    pub fn new(_rng: &mut impl CryptoRngCore, _key: &VerifyingKey, _request: &Request<'_>, _now: UnixSeconds) -> Result<Self, DpopError> { todo!() }
    pub fn signing_input(&self) -> &[u8] { todo!() }
    pub fn finish(self, _s: Signature) -> String { todo!() }
}
#[derive(Clone, Debug)]
pub struct UnverifiedDpop {}
impl UnverifiedDpop {
    pub fn parse(_text: &str) -> Result<Self, DpopError> { todo!() }
    pub fn verify(self, _request: &Request<'_>, _now: UnixSeconds) -> Result<VerifiedDpop, DpopError> { todo!() }
}
#[derive(Clone, Debug)]
pub struct VerifiedDpop {}
impl VerifiedDpop {
    pub fn key(&self) -> &VerifyingKey { todo!() }
    pub fn thumbprint(&self) -> Bytes<32> { todo!() }
    pub fn jti(&self) -> &str { todo!() }
}
/// remembers (thumbprint, jti) for the window; bounded
#[derive(Debug)]
pub struct ReplayCache {}
impl ReplayCache {
    pub fn new(_capacity: usize) -> Self { todo!() }
    pub fn admit(&mut self, _proof: &VerifiedDpop, _now: UnixSeconds) -> Result<(), DpopError> { todo!() }
}
