//! Makes anchors and leaf certificates.
use kodanik_crypto::{signature::{SigningKey, VerifyingKey}, time::UnixSeconds};
use rand_core::CryptoRngCore;
use super::{Purpose, TrustError};
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity { pub not_before: UnixSeconds, pub not_after: UnixSeconds }
/// self-signed CA with its key
#[derive(Debug)]
pub struct Anchor {}
impl Anchor {
    pub fn make(_rng: &mut impl CryptoRngCore, _name: &str, _validity: Validity) -> Result<Self, TrustError> { todo!() }
    pub fn from_pem(_certificate: &str, _key: &str) -> Result<Self, TrustError> { todo!() }
    pub fn certificate_pem(&self) -> String { todo!() }
    /// PKCS#8
    pub fn key_pem(&self) -> zeroize::Zeroizing<String> { todo!() }
    /// DER of a leaf for `key`
    pub fn issue(&self, _rng: &mut impl CryptoRngCore, _request: &LeafRequest<'_>, _key: &VerifyingKey) -> Result<Vec<u8>, TrustError> { todo!() }
}
#[derive(Clone, Copy, Debug)]
pub struct LeafRequest<'a> { pub purpose: Purpose, pub common_name: &'a str, pub organization: &'a str, pub dns_names: &'a [&'a str], pub uris: &'a [&'a str], pub validity: Validity }
/// PKCS#8 PEM of a key
pub fn key_to_pem(_key: &SigningKey) -> zeroize::Zeroizing<String> { todo!() }
/// PKCS#8 or SEC1 PEM
pub fn key_from_pem(_pem: &str) -> Result<SigningKey, TrustError> { todo!() }
pub fn certificate_to_pem(_der: &[u8]) -> String { todo!() }
pub fn certificates_from_pem(_pem: &[u8]) -> Result<Vec<Vec<u8>>, TrustError> { todo!() }
