//! Certificates.
pub mod make;
use kodanik_crypto::{encoding::Bytes, signature::VerifyingKey, time::UnixSeconds};
use crate::jose::{JoseError, JwsHeader, UnverifiedJws, VerifiedJws};
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TrustError { #[error("x")] Jose(#[from] JoseError) }
/// extended key usage: a relying party's certificate signs no e-ID
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose { Log, PidIssuer, Provider, RelyingParty, Status }
#[derive(Clone, Debug)]
pub struct TrustAnchors {}
impl TrustAnchors {
    /// one or more CERTIFICATE blocks
    pub fn from_pem(_pem: &[u8]) -> Result<Self, TrustError> { todo!() }
    /// union
    pub fn extend(&mut self, _other: Self) { todo!() }
    /// x5c, leaf first
    pub fn verify(&self, _x5c: &[Vec<u8>], _purpose: Purpose, _now: UnixSeconds) -> Result<VerifiedParty, TrustError> { todo!() }
    /// chain of the header's x5c, then signature and typ
    pub fn verify_jws(&self, _jws: UnverifiedJws, _purpose: Purpose, _typ: &str, _now: UnixSeconds) -> Result<(VerifiedJws, VerifiedParty), TrustError> { todo!() }
}
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedParty { name: String }
impl VerifiedParty {
    /// organizationName, else commonName
    pub fn name(&self) -> &str { todo!() }
    pub fn dns_names(&self) -> &[String] { todo!() }
    /// URIs of the SAN (issuer identifiers)
    pub fn uris(&self) -> &[String] { todo!() }
    pub fn key(&self) -> &VerifyingKey { todo!() }
    pub fn leaf_hash(&self) -> Bytes<32> { todo!() }
    /// `x509_hash:<base64url sha-256 of leaf>`
    pub fn client_id(&self) -> String { todo!() }
    /// AKI of each certificate of the chain, for DCQL `aki`
    pub fn authorities(&self) -> &[Vec<u8>] { todo!() }
}
/// base64url(SHA-256(leaf DER))
pub fn x509_hash(_leaf: &[u8]) -> String { todo!() }
#[allow(unused)] fn _x(_: JwsHeader) {}
