//! OpenID4VP 1.0 with HAIP 1.0: how a relying party asks and a wallet answers. protocol.md §4.2.3.
//!
//! Actors: the *verifier* (acting for a relying party) and the *wallet* (for the holder):
//!
//! 1. the verifier shows a [`RequestLink`] (QR code or deep link);
//! 2. the wallet fetches the signed request object, with a nonce of its own where the verifier takes one, and makes a
//!    [`VerifiedRequest`] of it. Before that nobody's name is known, and none is shown;
//! 3. [`crate::dcql::select`] finds what would answer; the citizen chooses and consents;
//! 4. the wallet signs one key binding per credential ([`VerifiedRequest::bind`]), encrypts
//!    ([`VerifiedRequest::encrypt`]) and posts to the response address;
//! 5. the verifier decrypts ([`UnverifiedResponse`]), verifies ([`StatusUnchecked`]), looks the status up
//!    ([`VerifiedResponse`]).

mod link;
mod registration;
mod request;
mod response;
mod transaction;

#[cfg(test)]
mod tests;

use thiserror::Error;

pub use link::{ClientId, RequestLink, RequestUriMethod};
pub use registration::{REGISTRATION_FORMAT, REGISTRATION_TYPE, RegisteredUse, Registration};
pub use request::{
    MAX_REQUEST_OBJECT, REQUEST_MEDIA_TYPE, REQUEST_OBJECT_TYPE, RequestContext, RequestObject, SELF_ISSUED,
    UnverifiedRequest, VerifiedRequest,
};
pub use response::{
    Answer, Expected, MAX_RESPONSE, ResponseError, StatusUnchecked, UnverifiedResponse, VerifiedResponse,
    VpToken,
};
pub use transaction::{CREDENTIAL_REQUEST, TransactionData};

use crate::dcql::DcqlError;
use crate::endpoint::EndpointError;
use crate::jose::JoseError;
use crate::json::JsonError;
use crate::jwe::JweError;
use crate::sd_jwt::SdJwtError;
use crate::trust::TrustError;

/// Why a wallet does not answer a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PresentationError {
    // The link is wrong.
    /// The client id is not of the one kind that we know, `x509_hash`.
    #[error("the client id is not a certificate's hash")]
    ClientIdKind,
    /// Not a presentation link, or one without, or with twice, what it must have.
    #[error("not a presentation link")]
    Link,

    // The verifier misbehaved.
    /// `aud` is not `https://self-issued.me/v2`.
    #[error("the request is not meant for wallets")]
    Audience,
    /// The request is signed by another certificate than the link names.
    #[error("the request is not by the client that the link names")]
    ClientId,
    /// No key for the answer that we can encrypt to.
    #[error("the verifier gives no key that the answer could be encrypted to")]
    EncryptionKey,
    /// An address is not talked to.
    #[error("an address of the verifier: {0}")]
    Endpoint(#[from] EndpointError),
    /// Expired, or issued in the future.
    #[error("the request is not valid now")]
    NotValidNow,
    /// The signed object is not one.
    #[error("the request object: {0}")]
    Jose(#[from] JoseError),
    /// The request is not the JSON we accept.
    #[error("the request object: {0}")]
    Json(#[from] JsonError),
    /// The nonce is shorter than 16 or longer than 512 characters, or not of URL-safe ones.
    #[error("the request's nonce is not one")]
    Nonce,
    /// The DCQL query is not one.
    #[error("the request's query: {0}")]
    Query(#[from] DcqlError),
    /// The registration is not by a registrar that we trust, or not this verifier's.
    #[error("the verifier's registration is not valid")]
    Registration,
    /// Another response type or mode than `vp_token` and `direct_post.jwt`, or a `redirect_uri` beside it.
    #[error("the request wants an answer in a way that this wallet does not give")]
    ResponseMode,
    /// The answer would go to a host that the verifier's certificate does not name.
    #[error("the answer would go to an address that is not the verifier's")]
    ResponseUri,
    /// Transaction data of an unknown type, or malformed, or for a credential that is not asked for.
    #[error("the request's transaction data is not understood")]
    TransactionData,
    /// The signer is not trusted.
    #[error("the verifier's certificate: {0}")]
    Trust(#[from] TrustError),
    /// Our own nonce did not come back: the request may be a replay.
    #[error("the request does not repeat the wallet's nonce")]
    WalletNonce,

    // Ours.
    /// The credential cannot disclose what was chosen.
    #[error("the credential cannot be presented: {0}")]
    Credential(#[from] SdJwtError),
    /// The answer cannot be encrypted.
    #[error("the answer cannot be encrypted: {0}")]
    Encryption(#[from] JweError),
}
