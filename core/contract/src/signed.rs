//! Documents that somebody signs for one log: a body and an ES256 signature over it (protocol.md §5.2.2).

use kodanik_crypto::encoding::{EncodingError, to_canonical_json};
use kodanik_crypto::signature::{Signature, SigningKey, VerifyingKey};
use kodanik_crypto::transcript::frame;
use serde::{Deserialize, Serialize};

use crate::rejection::Rejection;

/// What can be signed: a body with the entry type that it stands in.
pub trait SignedBody: Serialize {
    /// The entry's `type`.
    const TYPE: &'static str;
}

/// A body and its signature. The signature covers the log's name and the entry's type, so that it counts in no
/// other log and as no other entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Signed<B> {
    /// What is signed.
    pub body: B,
    /// ES256, low-S.
    pub signature: Signature,
}

impl<B: SignedBody> Signed<B> {
    /// The bytes to be signed: framed "KODANIK-V1-ENTRY", log, type, canonical JSON of the body.
    pub fn signing_input(body: &B, log: &str) -> Result<Vec<u8>, EncodingError> {
        let body = to_canonical_json(body)?;
        Ok(frame("KODANIK-V1-ENTRY", &[log.as_bytes(), B::TYPE.as_bytes(), &body]))
    }

    /// Signs with a key at hand; a key in a phone or a smart card signs [`Self::signing_input`].
    pub fn sign(body: B, log: &str, key: &SigningKey) -> Result<Self, EncodingError> {
        let signature = key.sign(&Self::signing_input(&body, log)?);
        Ok(Self { body, signature })
    }

    pub(crate) fn verify(&self, log: &str, key: &VerifyingKey) -> Result<(), Rejection> {
        let input = Self::signing_input(&self.body, log).map_err(|_| Rejection::Malformed)?;
        key.verify_low_s(&input, &self.signature).map_err(|_| Rejection::BadSignature)
    }
}
