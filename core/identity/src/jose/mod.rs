//! JOSE in the two shapes that the e-ID uses: keys on P-256 (RFC 7517, RFC 7638) and compact JWS with ES256
//! (RFC 7515, RFC 7518 section 3.4). protocol.md §4.1.1.
//!
//! Signing is two steps, because a phone's key signs asynchronously: [`JwsDraft::signing_input`] goes to the
//! key, [`JwsDraft::finish`] takes the signature. A received JWS is an [`UnverifiedJws`]; its payload cannot be
//! read before [`UnverifiedJws::verify`] has checked the signature and the `typ`.

mod jwk;
mod jws;

use kodanik_crypto::encoding::EncodingError;
use thiserror::Error;

pub use jwk::Jwk;
pub use jws::{JwsDraft, JwsHeader, UnverifiedJws, VerifiedJws};

use crate::json::JsonError;

/// Why a key or a signed object is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum JoseError {
    // The peer misbehaved.
    /// `alg` is not ES256: `none`, another algorithm, or absent.
    #[error("the signature algorithm is not ES256")]
    Algorithm,
    /// A `crit` member: an extension that we would have to understand (RFC 7515 section 4.1.11).
    #[error("the header demands an extension that we do not know")]
    Critical,
    /// A part is not canonical base64url, or a certificate not canonical base64.
    #[error("a part is not base64: {0}")]
    Encoding(#[from] EncodingError),
    /// Header or payload is not the JSON we accept.
    #[error("header or payload: {0}")]
    Json(#[from] JsonError),
    /// Not a public key on P-256, or a JWK that carries a private key.
    #[error("not a public P-256 key")]
    Key,
    /// Not three parts separated by dots.
    #[error("not a compact JWS")]
    Shape,
    /// The signature is not by this key over these bytes.
    #[error("the signature does not verify")]
    Signature,
    /// Expired, or not valid yet.
    #[error("expired, or not valid yet")]
    Time,
    /// More bytes than the cap for this document.
    #[error("too large")]
    TooLarge,
    /// `typ` is not the one that belongs here, so the object was signed for another purpose.
    #[error("signed for another purpose: wrong `typ`")]
    Type,
}

#[cfg(test)]
mod tests;
