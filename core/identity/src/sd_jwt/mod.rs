//! SD-JWT and SD-JWT VC.
use kodanik_crypto::{signature::{Signature, SigningKey, VerifyingKey}, time::UnixSeconds};
use rand_core::CryptoRngCore;
use serde_json::{Map, Value};
use crate::{dcql::ClaimPath, status::StatusReference, trust::{TrustAnchors, VerifiedParty}};
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SdJwtError { #[error("x")] X }
pub const MAX_CREDENTIAL: usize = 128 * 1024;
/// what an issuer says
#[derive(Clone, Debug)]
pub struct CredentialContent { pub issuer: String, pub vct: String, pub issued: UnixSeconds, pub expires: UnixSeconds, pub holder: VerifyingKey, pub status: Option<StatusReference>, pub claims: Map<String, Value>, /// paths of `claims` that are selectively disclosable
    pub disclosable: Vec<ClaimPath>, /// decoy digests beside the top level's
    pub decoys: usize }
#[derive(Debug)]
pub struct CredentialDraft {}
impl CredentialDraft {
    pub fn new(_rng: &mut impl CryptoRngCore, _x5c: Vec<Vec<u8>>, _content: &CredentialContent) -> Result<Self, SdJwtError> { todo!() }
    pub fn signing_input(&self) -> &[u8] { todo!() }
    /// `<jwt>~<disclosure>~...~`
    pub fn finish(self, _s: Signature) -> String { todo!() }
    pub fn sign(self, _key: &SigningKey) -> String { todo!() }
}
/// from outside: issuer-signed JWT and disclosures, no key binding
#[derive(Clone, Debug)]
pub struct UnverifiedSdJwt {}
impl UnverifiedSdJwt {
    pub fn parse(_text: &str) -> Result<Self, SdJwtError> { todo!() }
    /// chain (Purpose::PidIssuer), signature, typ dc+sd-jwt, exp/nbf, digests
    pub fn verify(self, _anchors: &TrustAnchors, _now: UnixSeconds) -> Result<VerifiedSdJwt, SdJwtError> { todo!() }
}
#[derive(Clone, Debug)]
pub struct VerifiedSdJwt {}
impl VerifiedSdJwt {
    pub fn issuer(&self) -> &str { todo!() }
    pub fn issuer_party(&self) -> &VerifiedParty { todo!() }
    pub fn vct(&self) -> &str { todo!() }
    pub fn issued(&self) -> Option<UnixSeconds> { todo!() }
    pub fn expires(&self) -> Option<UnixSeconds> { todo!() }
    pub fn holder_key(&self) -> &VerifyingKey { todo!() }
    pub fn status(&self) -> Option<&StatusReference> { todo!() }
    /// all claims, disclosed ones in their places, `_sd` etc. removed
    pub fn claims(&self) -> &Value { todo!() }
    /// paths of what was selectively disclosed (leafs and parents)
    pub fn disclosed(&self) -> Vec<ClaimPath> { todo!() }
    /// keep exactly what the paths need
    pub fn select(&self, _paths: &[ClaimPath]) -> Result<SelectedSdJwt, SdJwtError> { todo!() }
}
/// `<jwt>~<chosen disclosures>~`
#[derive(Clone, Debug)]
pub struct SelectedSdJwt {}
impl SelectedSdJwt {
    pub fn bind_key(self, _binding: &KeyBinding<'_>) -> Result<KeyBindingDraft, SdJwtError> { todo!() }
}
#[derive(Clone, Debug)]
pub struct KeyBinding<'a> { pub nonce: &'a str, pub audience: &'a str, pub now: UnixSeconds, /// e.g. transaction_data_hashes
    pub other: Map<String, Value> }
#[derive(Clone, Debug)]
pub struct KeyBindingDraft {}
impl KeyBindingDraft {
    pub fn signing_input(&self) -> &[u8] { todo!() }
    /// `<jwt>~..~<kb-jwt>`
    pub fn finish(self, _s: Signature) -> String { todo!() }
}
/// what a verifier receives
#[derive(Clone, Debug)]
pub struct UnverifiedPresentation {}
impl UnverifiedPresentation {
    pub fn parse(_text: &str) -> Result<Self, SdJwtError> { todo!() }
    pub fn verify(self, _anchors: &TrustAnchors, _expected: &Expected<'_>) -> Result<VerifiedPresentation, SdJwtError> { todo!() }
}
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> { pub nonce: &'a str, pub audience: &'a str, pub now: UnixSeconds }
#[derive(Clone, Debug)]
pub struct VerifiedPresentation { /// the credential
    pub credential: VerifiedSdJwt, /// members of the key-binding JWT beyond nonce, aud, iat, sd_hash
    pub binding: Map<String, Value> }
