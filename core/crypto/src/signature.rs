//! ES256: ECDSA on P-256 with SHA-256 (FIPS 186-5, RFC 7518 section 3.4), 64 bytes r || s.

use std::fmt;

use p256::ecdsa::signature::{Signer, Verifier};
use p256::ecdsa::{
    Signature as EcdsaSignature, SigningKey as EcdsaSigningKey, VerifyingKey as EcdsaVerifyingKey,
};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

use crate::encoding::{Bytes, from_base64url, to_base64url};
use crate::group::{Point, Scalar};
use crate::secret::Secret;

/// Why a key or a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignatureError {
    /// Not a point of P-256 in the expected form, or not a scalar in 1..n.
    #[error("not a P-256 key")]
    Key,
    /// Not r || s with both in 1..n, or not DER of such a pair.
    #[error("not an ECDSA signature")]
    Malformed,
    /// s is above n / 2 where only the low form is allowed.
    #[error("the signature is not in its low-S form")]
    HighS,
    /// The signature is of another message or another key.
    #[error("the signature does not verify")]
    Mismatch,
}

/// A P-256 private key for ES256. Wiped on drop; never prints.
pub struct SigningKey(EcdsaSigningKey);

impl SigningKey {
    /// A fresh key.
    pub fn make(rng: &mut impl CryptoRngCore) -> Self {
        Self(EcdsaSigningKey::random(rng))
    }

    /// From a scalar in 1..n, 32 bytes big-endian.
    pub fn from_bytes(bytes: &Secret<32>) -> Result<Self, SignatureError> {
        EcdsaSigningKey::from_slice(bytes.expose()).map(Self).map_err(|_| SignatureError::Key)
    }

    /// From a scalar that a derivation gave; zero, which has probability 2^-256, is refused.
    pub fn from_scalar(scalar: &Scalar) -> Result<Self, SignatureError> {
        Self::from_bytes(&Secret::init_with(|out| *out = scalar.to_bytes()))
    }

    /// The private scalar, to be sealed.
    pub fn to_bytes(&self) -> Secret<32> {
        Secret::init_with(|out| out.copy_from_slice(&self.0.to_bytes()))
    }

    /// The public half.
    pub fn verifying_key(&self) -> VerifyingKey {
        VerifyingKey(*self.0.verifying_key())
    }

    /// Signs with the deterministic nonce of RFC 6979; the result is in low-S form.
    pub fn sign(&self, message: &[u8]) -> Signature {
        let signature: EcdsaSignature = self.0.sign(message);
        Signature(signature.normalize_s().unwrap_or(signature))
    }

    /// ECDH with `peer`: the shared secret's x coordinate (SEC 1 section 3.3.1).
    pub fn agree(&self, peer: &VerifyingKey) -> Secret<32> {
        let shared = p256::ecdh::diffie_hellman(self.0.as_nonzero_scalar(), peer.0.as_affine());
        Secret::init_with(|out| out.copy_from_slice(shared.raw_secret_bytes()))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SigningKey(..)")
    }
}

/// A P-256 public key. In JSON: the base64url text of its 33-byte SEC 1 form.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct VerifyingKey(EcdsaVerifyingKey);

impl VerifyingKey {
    /// Parses the 33-byte compressed SEC 1 form (tag 02 or 03).
    pub fn from_sec1(bytes: &[u8]) -> Result<Self, SignatureError> {
        let point = Point::from_slice(bytes).map_err(|_| SignatureError::Key)?;
        EcdsaVerifyingKey::from_affine(point.to_p256()).map(Self).map_err(|_| SignatureError::Key)
    }

    /// From the two 32-byte coordinates of a JWK or COSE key.
    pub fn from_coordinates(x: &[u8; 32], y: &[u8; 32]) -> Result<Self, SignatureError> {
        let point = p256::EncodedPoint::from_affine_coordinates(x.into(), y.into(), false);
        EcdsaVerifyingKey::from_encoded_point(&point).map(Self).map_err(|_| SignatureError::Key)
    }

    /// From a certificate's or a key store's 65-byte uncompressed SEC 1 form (tag 04).
    pub fn from_uncompressed_sec1(bytes: &[u8]) -> Result<Self, SignatureError> {
        if bytes.len() != 65 || bytes[0] != 4 {
            return Err(SignatureError::Key);
        }
        EcdsaVerifyingKey::from_sec1_bytes(bytes).map(Self).map_err(|_| SignatureError::Key)
    }

    /// The 33-byte compressed SEC 1 form.
    pub fn to_sec1(&self) -> [u8; 33] {
        let mut out = [0; 33];
        out.copy_from_slice(self.0.to_encoded_point(true).as_bytes());
        out
    }

    /// The 65-byte uncompressed SEC 1 form.
    pub fn to_uncompressed_sec1(&self) -> [u8; 65] {
        let mut out = [0; 65];
        out.copy_from_slice(self.0.to_encoded_point(false).as_bytes());
        out
    }

    /// The coordinates x and y, 32 bytes big-endian each.
    pub fn coordinates(&self) -> ([u8; 32], [u8; 32]) {
        let point = self.to_uncompressed_sec1();
        let mut halves = ([0; 32], [0; 32]);
        halves.0.copy_from_slice(&point[1..33]);
        halves.1.copy_from_slice(&point[33..]);
        halves
    }

    /// Verifies; both forms of s are accepted, as other standards' signers send both.
    pub fn verify(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        self.0.verify(message, &signature.0).map_err(|_| SignatureError::Mismatch)
    }

    /// Verifies and demands the low-S form, so that nobody can turn one valid signature into another.
    pub fn verify_low_s(&self, message: &[u8], signature: &Signature) -> Result<(), SignatureError> {
        if signature.0.normalize_s().is_some() {
            return Err(SignatureError::HighS);
        }
        self.verify(message, signature)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "VerifyingKey({})", to_base64url(self.to_sec1()))
    }
}

impl Serialize for VerifyingKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Bytes(self.to_sec1()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for VerifyingKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Bytes::<33>::deserialize(deserializer)?;
        Self::from_sec1(&bytes.0).map_err(serde::de::Error::custom)
    }
}

/// An ES256 signature. In JSON: the base64url text of r || s.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Signature(EcdsaSignature);

impl Signature {
    /// Parses r || s, 64 bytes, both in 1..n.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, SignatureError> {
        EcdsaSignature::from_slice(bytes).map(Self).map_err(|_| SignatureError::Malformed)
    }

    /// Parses base64url text of r || s.
    pub fn from_base64url(text: &str) -> Result<Self, SignatureError> {
        Self::from_bytes(&from_base64url(text).map_err(|_| SignatureError::Malformed)?)
    }

    /// Parses ASN.1 DER as phones' key stores give it, and brings it to low-S form.
    pub fn from_der(bytes: &[u8]) -> Result<Self, SignatureError> {
        let signature = EcdsaSignature::from_der(bytes).map_err(|_| SignatureError::Malformed)?;
        Ok(Self(signature.normalize_s().unwrap_or(signature)))
    }

    /// r || s.
    pub fn to_bytes(&self) -> [u8; 64] {
        self.0.to_bytes().into()
    }

    /// ASN.1 DER, as phones' key stores give it.
    pub fn to_der(&self) -> Vec<u8> {
        self.0.to_der().as_bytes().to_vec()
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Signature({})", to_base64url(self.to_bytes()))
    }
}

impl Serialize for Signature {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Bytes(self.to_bytes()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Signature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes = Bytes::<64>::deserialize(deserializer)?;
        Self::from_bytes(&bytes.0).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    #[test]
    fn signs_and_verifies_and_nothing_else_does() {
        let key = SigningKey::make(&mut OsRng);
        let signature = key.sign(b"message");
        assert_eq!(key.verifying_key().verify_low_s(b"message", &signature), Ok(()));
        assert_eq!(key.verifying_key().verify(b"massage", &signature), Err(SignatureError::Mismatch));
        let other = SigningKey::make(&mut OsRng).verifying_key();
        assert_eq!(other.verify(b"message", &signature), Err(SignatureError::Mismatch));
    }

    #[test]
    fn the_other_s_is_a_valid_signature_that_low_s_refuses() {
        let key = SigningKey::make(&mut OsRng);
        let low = key.sign(b"message");
        let (r, s) = (low.0.r(), low.0.s());
        let high = Signature(EcdsaSignature::from_scalars(r.to_bytes(), (-*s).to_bytes()).unwrap());
        assert_eq!(key.verifying_key().verify(b"message", &high), Ok(()));
        assert_eq!(key.verifying_key().verify_low_s(b"message", &high), Err(SignatureError::HighS));
        assert_eq!(Signature::from_der(&high.to_der()).unwrap(), low);
        assert_eq!(Signature::from_bytes(&high.to_bytes()).unwrap(), high);
        assert_eq!(high.to_bytes()[..32], low.to_bytes()[..32]);
    }

    #[test]
    fn malformed_signatures_and_keys_are_refused() {
        assert_eq!(Signature::from_bytes(&[0; 64]), Err(SignatureError::Malformed));
        assert_eq!(Signature::from_bytes(&[1; 63]), Err(SignatureError::Malformed));
        assert_eq!(Signature::from_bytes(&[255; 64]), Err(SignatureError::Malformed));
        assert_eq!(VerifyingKey::from_sec1(&[0; 33]), Err(SignatureError::Key));
        assert_eq!(VerifyingKey::from_coordinates(&[1; 32], &[1; 32]), Err(SignatureError::Key));
        assert_eq!(VerifyingKey::from_uncompressed_sec1(&[4; 65]), Err(SignatureError::Key));
        assert!(SigningKey::from_bytes(&Secret::init_with(|_| {})).is_err());
    }

    #[test]
    fn keys_round_trip_in_every_form() {
        let key = SigningKey::make(&mut OsRng).verifying_key();
        assert_eq!(VerifyingKey::from_sec1(&key.to_sec1()).unwrap(), key);
        assert_eq!(VerifyingKey::from_uncompressed_sec1(&key.to_uncompressed_sec1()).unwrap(), key);
        let (x, y) = key.coordinates();
        assert_eq!(VerifyingKey::from_coordinates(&x, &y).unwrap(), key);
    }

    /// Compressed (02, 03), hybrid (06, 07) and raw forms of a right key are not the uncompressed one.
    #[test]
    fn an_uncompressed_key_has_one_form() {
        let key = SigningKey::make(&mut OsRng).verifying_key();
        let refused =
            |bytes: &[u8]| assert_eq!(VerifyingKey::from_uncompressed_sec1(bytes), Err(SignatureError::Key));
        let right = key.to_uncompressed_sec1();
        refused(&key.to_sec1());
        for tag in [0, 2, 3, 5, 6, 7] {
            refused(&[&[tag], &right[1..]].concat());
        }
        refused(&right[1..]);
        refused(&right[..64]);
        refused(&[&right[..], &[0]].concat());
        refused(&[4]);
        refused(&[]);
        assert_eq!(VerifyingKey::from_sec1(&right), Err(SignatureError::Key));
    }

    #[test]
    fn agreement_is_symmetric() {
        let (a, b) = (SigningKey::make(&mut OsRng), SigningKey::make(&mut OsRng));
        assert_eq!(a.agree(&b.verifying_key()).expose(), b.agree(&a.verifying_key()).expose());
    }
}
