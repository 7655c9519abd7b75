//! SD-JWT (RFC 9901) and SD-JWT VC (`dc+sd-jwt`, draft-ietf-oauth-sd-jwt-vc-24): the e-ID's format. protocol.md §4.1.4.
//!
//! - The issuer makes a [`CredentialDraft`]: each disclosable claim is replaced by the digest of a salted disclosure.
//! - The holder reads it with [`UnverifiedSdJwt`], and shows a part of it: [`VerifiedSdJwt::select`] keeps exactly
//!   the disclosures that the chosen paths need, [`SelectedSdJwt::bind_key`] ties them to one verifier's request.
//! - The verifier reads that with [`UnverifiedPresentation`].
//!
//! What section 7 of the RFC forbids is an error here: digests that occur twice, disclosures that nothing refers to,
//! disclosed claims named `_sd` or `...`, other hash algorithms than SHA-256, names that are there already.

mod disclosure;
mod issue;
mod present;
mod process;
mod verify;

use thiserror::Error;

pub use issue::{CredentialContent, CredentialDraft};
pub use present::{
    Expected, KeyBinding, KeyBindingDraft, SelectedSdJwt, UnverifiedPresentation, VerifiedPresentation,
};
pub use verify::{UnverifiedSdJwt, VerifiedSdJwt};

use crate::device_key::DeviceKeyError;
use crate::jose::JoseError;
use crate::json::JsonError;
use crate::status::StatusError;
use crate::trust::TrustError;

/// Bytes of a credential or presentation, at most.
pub const MAX_CREDENTIAL: usize = 128 * 1024;
/// Disclosures of a credential, at most.
pub const MAX_DISCLOSURES: usize = 256;
/// Seconds that a key binding is good for after it was signed.
pub const KEY_BINDING_LIFE: u64 = 300;
/// A credential that lives no longer than this, in seconds, needs no status.
pub const SHORT_LIVED: u64 = 24 * 3600;
/// Seconds by which a peer's clock may be ahead of ours.
pub const CLOCK_SKEW: u64 = 60;

/// `typ` of an SD-JWT VC.
pub const CREDENTIAL_TYPE: &str = "dc+sd-jwt";
/// `typ` of a key-binding JWT.
pub const KEY_BINDING_TYPE: &str = "kb+jwt";

/// Why a credential or a presentation is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SdJwtError {
    // The peer misbehaved.
    /// The key binding is for another verifier.
    #[error("the key binding is for another verifier")]
    Audience,
    /// A digest occurs twice, or a disclosure does.
    #[error("a digest occurs twice")]
    DuplicateDigest,
    /// A disclosure is not base64url of a salted array, or of the wrong kind for its place.
    #[error("a disclosure is malformed")]
    Disclosure,
    /// A hash algorithm other than SHA-256.
    #[error("the hash algorithm is not SHA-256")]
    HashAlgorithm,
    /// No valid `cnf`: a credential that anybody could use.
    #[error("the credential is bound to no key: {0}")]
    Holder(DeviceKeyError),
    /// `iss` is not one that the issuer's certificate names.
    #[error("the issuer's certificate is for another issuer")]
    Issuer,
    /// The signed part is refused.
    #[error("{0}")]
    Jose(#[from] JoseError),
    /// A claim that only the issuer may state openly (`iss`, `nbf`, `exp`, `cnf`, `vct`, `status`) is disclosed.
    #[error("a claim that must be open is disclosed selectively")]
    NotOpen,
    /// The key binding is for another request.
    #[error("the key binding is for another request")]
    Nonce,
    /// A disclosed claim is there already.
    #[error("a disclosed claim is there already")]
    Overwrites,
    /// A claim named `_sd`, `_sd_alg` or `...` where none may be, or of a wrong kind.
    #[error("a claim with a reserved name")]
    ReservedName,
    /// The key binding is over other disclosures.
    #[error("the key binding is over other disclosures")]
    SdHash,
    /// Not parts separated by `~`, or a key binding where none belongs, or none where one must be.
    #[error("not an SD-JWT of the expected form")]
    Shape,
    /// The `status` claim is refused.
    #[error("{0}")]
    Status(#[from] StatusError),
    /// Nested too deeply.
    #[error("nested too deeply")]
    TooDeep,
    /// More than [`MAX_CREDENTIAL`] bytes or [`MAX_DISCLOSURES`] disclosures.
    #[error("too large")]
    TooLarge,
    /// The issuer is not known to us.
    #[error("{0}")]
    Trust(#[from] TrustError),
    /// A disclosure that no digest refers to.
    #[error("a disclosure that nothing refers to")]
    UnreferencedDisclosure,
    // The citizen can know better: time.
    /// The credential has expired.
    #[error("expired")]
    Expired,
    /// The credential or the key binding is from the future.
    #[error("not valid yet")]
    NotYetValid,
    /// The key binding was signed too long ago.
    #[error("the key binding is too old")]
    Stale,
    // The caller misused us.
    /// A path that leads to no claim.
    #[error("there is no such claim")]
    NoSuchClaim,
}

impl From<JsonError> for SdJwtError {
    fn from(error: JsonError) -> Self {
        Self::Jose(JoseError::Json(error))
    }
}

#[cfg(test)]
mod tests;
