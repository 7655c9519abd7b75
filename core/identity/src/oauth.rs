//! Errors as OAuth 2.0 and its descendants say them: `{"error": "...", "error_description": "..."}`
//! (RFC 6749 section 5.2, RFC 9449 section 5, OpenID4VCI 1.0 sections 6.3 and 8.3.1.2).

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use thiserror::Error;

use crate::json;

/// The largest error body that is read, in bytes.
pub const MAX_ERROR: usize = 16 * 1024;
const MAX_DESCRIPTION: usize = 300;

/// What a server says went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OAuthErrorCode {
    /// The holder, or whoever runs the server, said no.
    AccessDenied,
    /// The issuer will not issue this, whatever is tried.
    CredentialRequestDenied,
    /// The token is not good for this.
    InsufficientScope,
    /// Who the client is could not be established.
    InvalidClient,
    /// The credential request is malformed.
    InvalidCredentialRequest,
    /// The DPoP proof is missing or wrong.
    InvalidDpopProof,
    /// The code or `tx_code` is wrong, used, or expired.
    InvalidGrant,
    /// The proof's nonce is used or expired; a fresh one may do.
    InvalidNonce,
    /// The key proof is wrong.
    InvalidProof,
    /// The request is malformed.
    InvalidRequest,
    /// The access token is wrong or expired.
    InvalidToken,
    /// The server failed.
    ServerError,
    /// The server is busy.
    TemporarilyUnavailable,
    /// This client may not do this.
    UnauthorizedClient,
    /// The credential configuration is not known.
    UnknownCredentialConfiguration,
    /// The credential identifier is not known.
    UnknownCredentialIdentifier,
    /// A code that none of the standards we follow names.
    Unrecognised,
    /// The grant type is not supported.
    UnsupportedGrantType,
    /// A DPoP nonce of the server's is wanted.
    UseDpopNonce,
}

const NAMES: [(OAuthErrorCode, &str); 18] = [
    (OAuthErrorCode::AccessDenied, "access_denied"),
    (OAuthErrorCode::CredentialRequestDenied, "credential_request_denied"),
    (OAuthErrorCode::InsufficientScope, "insufficient_scope"),
    (OAuthErrorCode::InvalidClient, "invalid_client"),
    (OAuthErrorCode::InvalidCredentialRequest, "invalid_credential_request"),
    (OAuthErrorCode::InvalidDpopProof, "invalid_dpop_proof"),
    (OAuthErrorCode::InvalidGrant, "invalid_grant"),
    (OAuthErrorCode::InvalidNonce, "invalid_nonce"),
    (OAuthErrorCode::InvalidProof, "invalid_proof"),
    (OAuthErrorCode::InvalidRequest, "invalid_request"),
    (OAuthErrorCode::InvalidToken, "invalid_token"),
    (OAuthErrorCode::ServerError, "server_error"),
    (OAuthErrorCode::TemporarilyUnavailable, "temporarily_unavailable"),
    (OAuthErrorCode::UnauthorizedClient, "unauthorized_client"),
    (OAuthErrorCode::UnknownCredentialConfiguration, "unknown_credential_configuration"),
    (OAuthErrorCode::UnknownCredentialIdentifier, "unknown_credential_identifier"),
    (OAuthErrorCode::UnsupportedGrantType, "unsupported_grant_type"),
    (OAuthErrorCode::UseDpopNonce, "use_dpop_nonce"),
];

impl OAuthErrorCode {
    /// The code on the wire.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(code, _)| *code == self).map_or("unrecognised", |(_, name)| name)
    }

    fn parse(name: &str) -> Self {
        NAMES.iter().find(|(_, known)| *known == name).map_or(Self::Unrecognised, |(code, _)| *code)
    }
}

/// A refusal with its code and, where the server gave one, a sentence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{}", code.name())]
pub struct OAuthError {
    /// What went wrong.
    pub code: OAuthErrorCode,
    /// The server's words: printable, at most 300 characters; to be shown as the server's, never as ours.
    pub description: Option<String>,
}

impl OAuthError {
    /// An error with a sentence of this server's.
    pub fn new(code: OAuthErrorCode, description: &'static str) -> Self {
        Self { code, description: Some(description.to_owned()) }
    }

    /// Parses an error body; anything that is none becomes [`OAuthErrorCode::Unrecognised`].
    pub fn parse(body: &[u8]) -> Self {
        let wire = json::parse::<Wire>(body, MAX_ERROR).unwrap_or_default();
        let printable =
            |text: String| text.chars().filter(|c| !c.is_control()).take(MAX_DESCRIPTION).collect();
        Self { code: OAuthErrorCode::parse(&wire.error), description: wire.error_description.map(printable) }
    }
}

impl From<OAuthErrorCode> for OAuthError {
    fn from(code: OAuthErrorCode) -> Self {
        Self { code, description: None }
    }
}

impl Serialize for OAuthError {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("error", self.code.name())?;
        if let Some(description) = &self.description {
            map.serialize_entry("error_description", description)?;
        }
        map.end()
    }
}

#[derive(Default, Deserialize)]
struct Wire {
    error: String,
    error_description: Option<String>,
}

/// How often a request has been tried. A server that asks for a nonce gets one more try, never a third.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attempt {
    /// Nothing was refused yet.
    First,
    /// The last one.
    Second,
}

impl Attempt {
    /// The attempt that may follow `error`, if any: only a first attempt that lacked a fresh nonce is repeated.
    pub fn after(self, error: &OAuthError) -> Option<Self> {
        let wants_nonce = matches!(error.code, OAuthErrorCode::InvalidNonce | OAuthErrorCode::UseDpopNonce);
        (self == Self::First && wants_nonce).then_some(Self::Second)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_survives_the_wire() {
        for (code, name) in NAMES {
            let error = OAuthError::from(code);
            let body = serde_json::to_vec(&error).unwrap();
            assert_eq!(String::from_utf8_lossy(&body), format!(r#"{{"error":"{name}"}}"#));
            assert_eq!(OAuthError::parse(&body), error);
        }
    }

    #[test]
    fn what_is_no_error_body_is_unrecognised() {
        let long = format!(r#"{{"error":"invalid_grant","x":"{}"}}"#, "x".repeat(MAX_ERROR));
        for body in ["", "[]", "{}", r#"{"error":1}"#, r#"{"error":"new_code"}"#, &long] {
            assert_eq!(OAuthError::parse(body.as_bytes()).code, OAuthErrorCode::Unrecognised, "{body}");
        }
    }

    #[test]
    fn a_servers_words_are_cut_and_stripped() {
        let body =
            format!(r#"{{"error":"invalid_grant","error_description":"\u001b[31m{}"}}"#, "x".repeat(999));
        let words = OAuthError::parse(body.as_bytes()).description.unwrap();
        assert_eq!(words.chars().count(), MAX_DESCRIPTION);
        assert!(words.starts_with("[31m"));
    }

    #[test]
    fn a_third_attempt_does_not_exist() {
        let nonce = OAuthError::from(OAuthErrorCode::InvalidNonce);
        assert_eq!(Attempt::First.after(&nonce), Some(Attempt::Second));
        assert_eq!(Attempt::Second.after(&nonce), None);
        assert_eq!(Attempt::First.after(&OAuthErrorCode::InvalidProof.into()), None);
        assert_eq!(Attempt::First.after(&OAuthErrorCode::InvalidGrant.into()), None);
    }
}
