//! The key that lives in the holder's device: how a credential names it (`cnf`, RFC 7800) and how the holder proves
//! it to an issuer (OpenID4VCI 1.0 appendix F.1). protocol.md §4.1.7.

use kodanik_crypto::signature::{Signature, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use thiserror::Error;

use crate::jose::{JoseError, Jwk, JwsDraft, JwsHeader, UnverifiedJws};

/// `typ` of a key proof.
pub const KEY_PROOF_TYPE: &str = "openid4vci-proof+jwt";
/// Bytes of a key proof, at most.
pub const MAX_PROOF: usize = 64 * 1024;
/// Seconds that a key proof is good for.
pub const LIFE: u64 = 300;

const CLOCK_SKEW: u64 = 60;

/// Why a key is not accepted as the holder's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DeviceKeyError {
    /// The proof is for another issuer.
    #[error("the key proof is for another issuer")]
    Audience,
    /// `cnf` is missing, or names no key in `jwk`.
    #[error("no key is confirmed")]
    Confirmation,
    /// The signed object is refused.
    #[error("{0}")]
    Jose(#[from] JoseError),
    /// The header has not exactly a `jwk`.
    #[error("the key proof carries no key, or more than one")]
    Key,
    /// The nonce is missing or another one.
    #[error("the key proof has not the nonce asked for")]
    Nonce,
    /// Signed more than [`LIFE`] seconds ago, or in the future.
    #[error("the key proof is too old, or from the future")]
    Time,
}

/// The value of `cnf` for `key`.
pub fn confirmation(key: &VerifyingKey) -> Value {
    json!({ "jwk": Jwk::new(*key) })
}

/// The key that `cnf` among `claims` names.
pub fn confirmed_key(claims: &Map<String, Value>) -> Result<VerifyingKey, DeviceKeyError> {
    let jwk = claims.get("cnf").and_then(|cnf| cnf.get("jwk")).ok_or(DeviceKeyError::Confirmation)?;
    Jwk::from_value(jwk).map(|jwk| *jwk.key()).map_err(|_| DeviceKeyError::Confirmation)
}

#[derive(Serialize, Deserialize)]
struct Payload {
    #[serde(skip_serializing_if = "Option::is_none")]
    iss: Option<String>,
    aud: String,
    iat: UnixSeconds,
    #[serde(skip_serializing_if = "Option::is_none")]
    nonce: Option<String>,
}

/// A key proof that waits for its signature.
#[derive(Clone, Debug)]
pub struct KeyProofDraft(JwsDraft);

impl KeyProofDraft {
    /// Proof of `key` for `issuer`; `client` is the client identifier where the grant has one.
    pub fn new(
        key: &VerifyingKey,
        issuer: &str,
        nonce: Option<&str>,
        client: Option<&str>,
        now: UnixSeconds,
    ) -> Result<Self, DeviceKeyError> {
        let payload = Payload {
            iss: client.map(str::to_owned),
            aud: issuer.to_owned(),
            iat: now,
            nonce: nonce.map(str::to_owned),
        };
        let header = JwsHeader::new(KEY_PROOF_TYPE).with_jwk(Jwk::new(*key));
        Ok(Self(JwsDraft::new(&header, &payload)?))
    }

    /// The bytes to sign with the key itself.
    pub fn signing_input(&self) -> &[u8] {
        self.0.signing_input()
    }

    /// The proof.
    pub fn finish(self, signature: Signature) -> String {
        self.0.finish(signature)
    }
}

/// A key proof from outside.
#[derive(Clone, Debug)]
pub struct UnverifiedKeyProof(UnverifiedJws);

impl UnverifiedKeyProof {
    /// Parses at most [`MAX_PROOF`] bytes.
    pub fn parse(text: &str) -> Result<Self, DeviceKeyError> {
        Ok(Self(UnverifiedJws::parse(text, MAX_PROOF)?))
    }

    /// The nonce that the proof claims, so that the issuer can look for it; [`Self::verify`] checks it.
    pub fn claimed_nonce(&self) -> Option<&str> {
        self.0.dangerous_claim("nonce").and_then(Value::as_str)
    }

    /// Checks the signature by the key in the header, and that the proof is for `issuer`, `nonce` and now. Gives the
    /// key that was proved.
    pub fn verify(
        self,
        issuer: &str,
        nonce: Option<&str>,
        now: UnixSeconds,
    ) -> Result<VerifyingKey, DeviceKeyError> {
        let header = self.0.header();
        let key = header.jwk.as_ref().filter(|_| header.kid.is_none() && header.x5c.is_empty());
        let key = *key.ok_or(DeviceKeyError::Key)?.key();
        let payload: Payload = self.0.verify(&key, KEY_PROOF_TYPE)?.claims()?;
        if payload.aud != issuer {
            return Err(DeviceKeyError::Audience);
        }
        if payload.nonce.as_deref() != nonce {
            return Err(DeviceKeyError::Nonce);
        }
        if payload.iat > now.plus(CLOCK_SKEW) || now.since(payload.iat) > LIFE {
            return Err(DeviceKeyError::Time);
        }
        Ok(key)
    }
}

#[cfg(test)]
mod tests;
