//! Blind signatures: RSABSSA-SHA384-PSSZERO-Deterministic (RFC 9474) under RSA-3072 keys with e = 65537.
//!
//! Somebody who holds a [`BlindPublicKey`] calls [`BlindPublicKey::blind`] and sends the [`BlindedMessage`]; the
//! signer answers with [`BlindSecretKey::sign`]; [`Blinded::finalize`] gives an ordinary [`RsaSignature`] that
//! anyone can [`BlindPublicKey::verify`] and that the signer cannot tell from any other it has made.
//!
//! The blinding factor is the caller's: it is derived, not drawn, so that a lost phone gets the same signature
//! again. A failed [`Blinded::finalize`] is the signer's fault. Asking again with another factor would let a signer
//! learn something with every refusal, so there is no way to do that here.
//!
//! Nothing about a public key's inner structure is proven, and nothing need be: only a signer that can take the
//! e-th root of the one encoding of this message produces an answer that finalises.

mod rfc9474;
#[cfg(test)]
mod tests;

use std::convert::Infallible;
use std::fmt;

use rand_core::CryptoRngCore;
use rsa::BoxedUint;
use rsa::pkcs8::{DecodePrivateKey, DecodePublicKey, EncodePrivateKey, EncodePublicKey};
use rsa::rand_core::{TryCryptoRng, TryRng};
use rsa::traits::PublicKeyParts;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::encoding::{Binary, Bytes};
use crate::secret::{Secret, SecretBytes};

/// Bytes of a modulus, and so of every message and signature here: 3072 bits.
pub const MODULUS_BYTES: usize = 384;

/// Bytes of a DER `SubjectPublicKeyInfo` with an RSA-3072 modulus and e = 65537: there is one length only.
pub const SPKI_BYTES: usize = 422;

/// Bytes that a blinding factor is reduced from: 128 bits more than the modulus, so that its bias is below 2^-128.
pub const BLINDING_BYTES: usize = 400;

const MODULUS_BITS: u32 = 3072;
const PUBLIC_EXPONENT: u64 = 65537;

/// Why a blind signature does not come about or does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum BlindRsaError {
    /// The private operation's result did not check: a fault of this machine. Nothing was given out.
    #[error("the private operation failed its own check")]
    Fault,
    /// Not an RSA-3072 key with e = 65537 in the one DER form, or a private key whose parts do not fit.
    #[error("not an RSA-3072 key with e = 65537")]
    Key,
    /// The signature does not verify under this key for this message.
    #[error("the blind signature does not verify")]
    Mismatch,
    /// The factor is not invertible modulo n: the caller derives the next one. Probability below 2^-1535 under an
    /// honest key.
    #[error("the blinding factor is not invertible")]
    NotInvertible,
    /// A number that is not below the modulus.
    #[error("not below the modulus")]
    OutOfRange,
}

/// z = EMSA-PSS(message) * r^e mod n, 384 bytes big-endian: what the signer sees.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlindedMessage(pub Bytes<MODULUS_BYTES>);

/// z^d mod n, 384 bytes big-endian: what the signer answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct BlindSignature(pub Bytes<MODULUS_BYTES>);

/// An RSASSA-PSS signature (SHA-384, MGF1 with SHA-384, no salt), 384 bytes big-endian. Unique per key and message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RsaSignature(pub Bytes<MODULUS_BYTES>);

/// A signer's public key. In JSON: base64url of its DER `SubjectPublicKeyInfo`.
#[derive(Clone)]
pub struct BlindPublicKey {
    key: rsa::PublicKey,
    spki: Vec<u8>,
}

impl BlindPublicKey {
    /// Parses a DER `SubjectPublicKeyInfo` (rsaEncryption with NULL parameters, RFC 3279 section 2.3.1): exactly
    /// 3072 bits, odd modulus, e = 65537, and byte for byte the form that encoding it again gives.
    pub fn from_spki(der: &[u8]) -> Result<Self, BlindRsaError> {
        if der.len() != SPKI_BYTES {
            return Err(BlindRsaError::Key);
        }
        let key = rsa::PublicKey::from_public_key_der(der).map_err(|_| BlindRsaError::Key)?;
        let parsed = Self::from_key(key)?;
        if parsed.spki != der {
            return Err(BlindRsaError::Key);
        }
        Ok(parsed)
    }

    /// The DER `SubjectPublicKeyInfo`, [`SPKI_BYTES`] long.
    pub fn to_spki(&self) -> &[u8] {
        &self.spki
    }

    /// Blinds `message` with the factor `r` mod n. Constant time in `r`.
    ///
    /// # Errors
    /// [`BlindRsaError::NotInvertible`]: derive the next factor. [`BlindRsaError::Key`]: the encoded message shares
    /// a divisor with the modulus, which does not happen to an honest key.
    pub fn blind(&self, message: &[u8], r: &Secret<BLINDING_BYTES>) -> Result<Blinded, BlindRsaError> {
        let r = rfc9474::reduce(&self.key, r.expose());
        let (blinded, inverse) = rfc9474::blind(&self.key, message, &r)?;
        let blinded = BlindedMessage(fixed(&blinded)?);
        Ok(Blinded { key: self.clone(), message: message.to_vec(), inverse, blinded })
    }

    /// Verifies an unblinded signature. There is one valid signature per message, and one encoding of it.
    pub fn verify(&self, message: &[u8], signature: &RsaSignature) -> Result<(), BlindRsaError> {
        rfc9474::verify(&self.key, message, &signature.0.0)
    }

    fn from_key(key: rsa::PublicKey) -> Result<Self, BlindRsaError> {
        let fits =
            key.n().bit_width_vartime() == MODULUS_BITS && *key.e() == BoxedUint::from(PUBLIC_EXPONENT);
        if !fits {
            return Err(BlindRsaError::Key);
        }
        let spki = key.to_public_key_der().map_err(|_| BlindRsaError::Key)?.into_vec();
        Ok(Self { key, spki })
    }
}

impl PartialEq for BlindPublicKey {
    fn eq(&self, other: &Self) -> bool {
        self.spki == other.spki
    }
}

impl Eq for BlindPublicKey {}

impl fmt::Debug for BlindPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "BlindPublicKey({})", Bytes(crate::transcript::sha256(&self.spki)))
    }
}

impl Serialize for BlindPublicKey {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Binary(self.spki.clone()).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for BlindPublicKey {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let der = Binary::deserialize(deserializer)?;
        Self::from_spki(&der.0).map_err(serde::de::Error::custom)
    }
}

/// A message on its way to the signer: remembers for which key and message, and how to take the blinding off.
pub struct Blinded {
    key: BlindPublicKey,
    message: Vec<u8>,
    inverse: Zeroizing<BoxedUint>,
    blinded: BlindedMessage,
}

impl Blinded {
    /// What is sent to the signer.
    pub fn message(&self) -> &BlindedMessage {
        &self.blinded
    }

    /// Takes the blinding off and verifies (RFC 9474 section 4.4).
    ///
    /// # Errors
    /// [`BlindRsaError::OutOfRange`] or [`BlindRsaError::Mismatch`]: the signer did not sign what was asked.
    pub fn finalize(&self, answer: &BlindSignature) -> Result<RsaSignature, BlindRsaError> {
        let signature = rfc9474::finalize(&self.key.key, &self.message, &answer.0.0, &self.inverse)?;
        fixed(&signature).map(RsaSignature)
    }
}

impl fmt::Debug for Blinded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Blinded(..)")
    }
}

/// A signer's private key. Wiped on drop; never prints.
pub struct BlindSecretKey {
    key: rsa::PrivateKey,
    public: BlindPublicKey,
}

impl BlindSecretKey {
    /// A fresh key. Takes a second or so.
    ///
    /// # Errors
    /// [`BlindRsaError::Fault`] where the generator of primes gave up.
    pub fn make(rng: &mut impl CryptoRngCore) -> Result<Self, BlindRsaError> {
        let key = rsa::PrivateKey::new(&mut NewerRng(rng), MODULUS_BITS as usize)
            .map_err(|_| BlindRsaError::Fault)?;
        Self::from_key(key)
    }

    /// Parses PKCS #8 DER (RFC 5958), checks that the parts fit together and that encoding them again gives the
    /// same bytes: `rsa` computes the CRT parts itself and would not notice damage to the stored ones.
    pub fn from_pkcs8(der: &SecretBytes) -> Result<Self, BlindRsaError> {
        let key = rsa::PrivateKey::from_pkcs8_der(der.expose()).map_err(|_| BlindRsaError::Key)?;
        key.validate().map_err(|_| BlindRsaError::Key)?;
        let parsed = Self::from_key(key)?;
        if parsed.to_pkcs8()?.expose() != der.expose() {
            return Err(BlindRsaError::Key);
        }
        Ok(parsed)
    }

    /// PKCS #8 DER, to be sealed.
    ///
    /// # Errors
    /// [`BlindRsaError::Fault`]: never seen for a key that this type holds.
    pub fn to_pkcs8(&self) -> Result<SecretBytes, BlindRsaError> {
        let der = self.key.to_pkcs8_der().map_err(|_| BlindRsaError::Fault)?;
        Ok(SecretBytes::new(der.as_bytes().to_vec()))
    }

    /// The public half.
    pub fn public_key(&self) -> &BlindPublicKey {
        &self.public
    }

    /// Signs what cannot be read (RFC 9474 section 4.3). `rng` blinds base, exponents and primes of the private
    /// operation against timing; the result is checked with the public key before it is given out.
    pub fn sign(
        &self,
        rng: &mut impl CryptoRngCore,
        blinded: &BlindedMessage,
    ) -> Result<BlindSignature, BlindRsaError> {
        let signature = rfc9474::blind_sign(&self.key, &mut NewerRng(rng), &blinded.0.0)?;
        fixed(&signature).map(BlindSignature)
    }

    fn from_key(key: rsa::PrivateKey) -> Result<Self, BlindRsaError> {
        let public = BlindPublicKey::from_key(key.to_public_key())?;
        Ok(Self { key, public })
    }
}

impl fmt::Debug for BlindSecretKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("BlindSecretKey(..)")
    }
}

/// One of four fixed private keys that everybody knows: tests do not wait for primes.
///
/// # Panics
/// Where `n` is above 3.
#[cfg(any(test, feature = "testing"))]
#[expect(clippy::expect_used, reason = "the keys are constants; a test parses each")]
pub fn dangerous_test_key(n: usize) -> BlindSecretKey {
    const KEYS: [&[u8]; 4] = [
        include_bytes!("blind_rsa/test_keys/0.der"),
        include_bytes!("blind_rsa/test_keys/1.der"),
        include_bytes!("blind_rsa/test_keys/2.der"),
        include_bytes!("blind_rsa/test_keys/3.der"),
    ];
    BlindSecretKey::from_pkcs8(&SecretBytes::new(KEYS[n].to_vec())).expect("a test key parses")
}

fn fixed(bytes: &[u8]) -> Result<Bytes<MODULUS_BYTES>, BlindRsaError> {
    bytes.try_into().map(Bytes).map_err(|_| BlindRsaError::OutOfRange)
}

/// `rsa` 0.10 takes its randomness through rand_core 0.10; everything else here speaks rand_core 0.6.
struct NewerRng<'a, R>(&'a mut R);

impl<R: CryptoRngCore> TryRng for NewerRng<'_, R> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(self.0.next_u32())
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(self.0.next_u64())
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Infallible> {
        self.0.fill_bytes(out);
        Ok(())
    }
}

impl<R: CryptoRngCore> TryCryptoRng for NewerRng<'_, R> {}
