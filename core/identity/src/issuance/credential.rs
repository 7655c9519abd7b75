//! The nonce (section 7), the credential request and its answer (section 8).

use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixSeconds;
use serde::{Deserialize, Serialize};

use super::{IssuanceError, TokenResponse};
use crate::device_key::UnverifiedKeyProof;
use crate::endpoint::Endpoint;
use crate::json;
use crate::oauth::{OAuthError, OAuthErrorCode};
use crate::sd_jwt::MAX_CREDENTIAL;

/// The most that a credential response may hold: one credential and its frame.
pub const MAX_CREDENTIAL_RESPONSE: usize = MAX_CREDENTIAL + 4096;

const MAX_REQUEST: usize = 128 * 1024;
const MAX_PROOFS: usize = 16;

/// What the nonce endpoint answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NonceResponse {
    /// To be put into key proofs.
    pub c_nonce: String,
}

impl NonceResponse {
    /// Parses a 200 body.
    pub fn parse(body: &[u8]) -> Result<Self, IssuanceError> {
        Ok(json::parse(body, 4096)?)
    }
}

/// What a wallet asks for, with the keys that the credentials are to be bound to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "WireRequest")]
pub struct CredentialRequest {
    /// Which credential.
    #[serde(flatten)]
    pub requested: Requested,
    /// Proofs of possession; as many credentials as proofs come back.
    pub proofs: Proofs,
}

/// A credential's name in a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Requested {
    /// A configuration of the metadata.
    CredentialConfigurationId(String),
    /// A name from the token response.
    CredentialIdentifier(String),
}

/// Key proofs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proofs {
    /// `openid4vci-proof+jwt`, one per key.
    pub jwt: Vec<String>,
}

impl CredentialRequest {
    /// A request for configuration `id` bound to the key of `proof`, by the name that the token response gave it.
    pub fn new(id: &str, token: &TokenResponse, proof: String) -> Self {
        let named = token.credential_identifiers.iter().find(|(configuration, _)| configuration == id);
        let requested = match named.and_then(|(_, names)| names.first()) {
            Some(name) => Requested::CredentialIdentifier(name.clone()),
            None => Requested::CredentialConfigurationId(id.to_owned()),
        };
        Self { requested, proofs: Proofs { jwt: vec![proof] } }
    }

    /// Parses a body; the issuer's side.
    pub fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let request: Self =
            json::parse(body, MAX_REQUEST).map_err(|_| OAuthErrorCode::InvalidCredentialRequest)?;
        match request.proofs.jwt.len() {
            1..=MAX_PROOFS => Ok(request),
            _ => Err(OAuthErrorCode::InvalidProof.into()),
        }
    }

    /// Verifies every proof; the issuer's side. `spend_nonce` says whether a nonce is one of the issuer's own and still
    /// good; it is asked once per request, since all proofs must carry the same nonce. Gives the proved keys.
    pub fn verify_proofs(
        &self,
        issuer: &Endpoint,
        now: UnixSeconds,
        spend_nonce: impl FnOnce(&str) -> bool,
    ) -> Result<Vec<VerifyingKey>, OAuthError> {
        let invalid = |_| OAuthError::from(OAuthErrorCode::InvalidProof);
        let proofs: Vec<_> = self
            .proofs
            .jwt
            .iter()
            .map(|proof| UnverifiedKeyProof::parse(proof))
            .collect::<Result<_, _>>()
            .map_err(invalid)?;
        let nonce = proofs.first().and_then(UnverifiedKeyProof::claimed_nonce).map(str::to_owned);
        let nonce = nonce.ok_or(OAuthErrorCode::InvalidProof)?;
        let keys = proofs
            .into_iter()
            .map(|proof| proof.verify(issuer.as_str(), Some(&nonce), now))
            .collect::<Result<Vec<_>, _>>()
            .map_err(invalid)?;
        // Only a request that is otherwise good may use a nonce up.
        spend_nonce(&nonce).then_some(keys).ok_or_else(|| OAuthErrorCode::InvalidNonce.into())
    }
}

/// What the credential endpoint answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CredentialResponse {
    /// Not yet (status 202): to be asked for again under this name.
    Deferred {
        /// The name.
        transaction_id: String,
    },
    /// The credentials, one per key.
    Issued(Vec<String>),
}

/// One credential in the answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuedCredential {
    /// The credential.
    pub credential: String,
}

impl CredentialResponse {
    /// Parses a 200 or 202 body of at most [`MAX_CREDENTIAL_RESPONSE`] bytes.
    pub fn parse(body: &[u8]) -> Result<Self, IssuanceError> {
        match json::parse::<WireResponse>(body, MAX_CREDENTIAL_RESPONSE)? {
            WireResponse { credentials: Some(issued), transaction_id: None } if !issued.is_empty() => {
                Ok(Self::Issued(issued.into_iter().map(|one| one.credential).collect()))
            }
            WireResponse { credentials: None, transaction_id: Some(transaction_id) } => {
                Ok(Self::Deferred { transaction_id })
            }
            _ => Err(json::JsonError::Shape.into()),
        }
    }

    /// The only credential; more or fewer than were asked for is the issuer's fault.
    pub fn into_single(self) -> Result<String, IssuanceError> {
        match self {
            Self::Deferred { .. } => Err(IssuanceError::Deferred),
            Self::Issued(credentials) => match <[String; 1]>::try_from(credentials) {
                Ok([credential]) if credential.len() <= MAX_CREDENTIAL => Ok(credential),
                _ => Err(json::JsonError::Shape.into()),
            },
        }
    }
}

impl Serialize for CredentialResponse {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let response = match self {
            Self::Deferred { transaction_id } => {
                WireResponse { credentials: None, transaction_id: Some(transaction_id.clone()) }
            }
            Self::Issued(credentials) => {
                let wrap = |credential: &String| IssuedCredential { credential: credential.clone() };
                WireResponse {
                    credentials: Some(credentials.iter().map(wrap).collect()),
                    transaction_id: None,
                }
            }
        };
        response.serialize(serializer)
    }
}

#[derive(Deserialize)]
struct WireRequest {
    credential_configuration_id: Option<String>,
    credential_identifier: Option<String>,
    proofs: Proofs,
}

impl TryFrom<WireRequest> for CredentialRequest {
    type Error = json::JsonError;

    /// One name, not both and not none (section 8.2).
    fn try_from(wire: WireRequest) -> Result<Self, Self::Error> {
        let requested = match (wire.credential_configuration_id, wire.credential_identifier) {
            (Some(id), None) => Requested::CredentialConfigurationId(id),
            (None, Some(name)) => Requested::CredentialIdentifier(name),
            _ => return Err(json::JsonError::Shape),
        };
        Ok(Self { requested, proofs: wire.proofs })
    }
}

#[derive(Serialize, Deserialize)]
struct WireResponse {
    #[serde(skip_serializing_if = "Option::is_none")]
    credentials: Option<Vec<IssuedCredential>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    transaction_id: Option<String>,
}
