//! OpenID4VCI 1.0: how an issuer and a wallet agree on a credential. protocol.md §4.2.2.
//!
//! Actors: the *issuer* (credential issuer and authorization server, usually one) and the *wallet*. Both sides share
//! the types here; each side's checks are functions on what it receives:
//!
//! 1. the wallet reads an offer ([`OfferLink`], [`CredentialOffer`]);
//! 2. fetches and checks the issuer's signed metadata ([`IssuerMetadata`]) and the authorization server's
//!    ([`AuthorizationServerMetadata`]);
//! 3. trades the pre-authorized code and `tx_code` for a DPoP-bound access token ([`TokenRequest`],
//!    [`TokenResponse`]);
//! 4. takes a nonce ([`NonceResponse`]), proves its key ([`crate::device_key`]) and asks ([`CredentialRequest`]);
//! 5. gets credentials, or a promise ([`CredentialResponse`]).
//!
//! Other grants add a variant to [`TokenRequest`], batches are already lists, and a deferred credential is a variant
//! of [`CredentialResponse`] that today's wallet refuses in words.

mod credential;
mod metadata;
mod offer;
mod token;

#[cfg(test)]
mod tests;

use thiserror::Error;

pub use credential::{
    CredentialRequest, CredentialResponse, IssuedCredential, MAX_CREDENTIAL_RESPONSE, NonceResponse, Proofs,
    Requested,
};
pub use metadata::{
    AUTHORIZATION_SERVER, AuthorizationServerMetadata, CREDENTIAL_ISSUER, ClaimDescription,
    CredentialConfiguration, CredentialMetadata, Display, IssuerMetadata, MAX_METADATA, ProofType,
    SIGNED_METADATA_TYPE, parse_signed_issuer_metadata, sign_issuer_metadata,
};
pub use offer::{CredentialOffer, Grants, MAX_OFFER, OfferLink, PreAuthorizedGrant, TxCodeInput, TxCodeSpec};
pub use token::{AccessToken, MAX_TOKEN_RESPONSE, PRE_AUTHORIZED_CODE, TokenRequest, TokenResponse};

use crate::endpoint::EndpointError;
use crate::jose::JoseError;
use crate::json::JsonError;
use crate::trust::TrustError;

/// Why a wallet does not go on with an issuance.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum IssuanceError {
    // The link or offer is wrong.
    /// Not a credential offer link, or one with both or neither of its two parameters, or one of them twice.
    #[error("not a credential offer link")]
    Link,
    /// The offer has no grant that this wallet knows.
    #[error("the offer has no grant that this wallet supports")]
    NoSupportedGrant,
    /// The offer names no credential, or too many.
    #[error("the offer names no credential, or too many")]
    NothingOffered,

    // The citizen can fix it.
    /// The issuer wants a `tx_code`, or wants none, or wants it in another form.
    #[error("the transaction code is missing, superfluous, or not of the form that the issuer announced")]
    TxCode,

    // The issuer misbehaved.
    /// An address is not talked to.
    #[error("an address of the issuer: {0}")]
    Endpoint(#[from] EndpointError),
    /// The credential configuration offered is not in the metadata.
    #[error("the metadata does not know the credential that was offered")]
    Configuration,
    /// Metadata of another issuer than the one asked.
    #[error("the metadata names another issuer")]
    Identifier,
    /// A signed object is not one.
    #[error("signed metadata: {0}")]
    Jose(#[from] JoseError),
    /// A document is not the JSON we accept.
    #[error("a document of the issuer: {0}")]
    Json(#[from] JsonError),
    /// Signed metadata from the future, or expired.
    #[error("the signed metadata is not valid now")]
    NotValidNow,
    /// The token is not bound to our key (`token_type` is not `DPoP`).
    #[error("the access token is not bound to the wallet's key")]
    TokenType,
    /// The metadata's signer is not trusted, or does not speak for this issuer.
    #[error("the issuer's signature on its metadata: {0}")]
    Trust(#[from] TrustError),
    /// The certificate that signed the metadata is not of this issuer's host.
    #[error("the issuer's certificate does not name its address")]
    UnrelatedCertificate,

    // Not yet.
    /// The issuer will deliver later; this wallet does not wait.
    #[error("the issuer would deliver the credential later, which this wallet does not support yet")]
    Deferred,
    /// The credential's format, signature algorithm, binding or proof type is unknown to this wallet.
    #[error("the credential is of a kind that this wallet does not support")]
    Unsupported,
}
