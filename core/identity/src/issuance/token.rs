//! The token request and its answer (section 6), bound to the wallet's key by DPoP (RFC 9449).

use std::fmt;

use kodanik_crypto::secret::SecretText;
use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};

use super::IssuanceError;
use crate::json;
use crate::oauth::{OAuthError, OAuthErrorCode};

/// The grant type of the pre-authorized code.
pub const PRE_AUTHORIZED_CODE: &str = "urn:ietf:params:oauth:grant-type:pre-authorized_code";
/// The largest token response, in bytes.
pub const MAX_TOKEN_RESPONSE: usize = 64 * 1024;

const MAX_FORM: usize = 16 * 1024;
const DPOP: &str = "DPoP";

/// What a wallet trades for an access token.
#[derive(Debug)]
pub enum TokenRequest {
    /// A pre-authorized code from an offer.
    PreAuthorizedCode {
        /// The code.
        code: SecretText,
        /// What the issuer sent on another way.
        tx_code: Option<SecretText>,
    },
}

impl TokenRequest {
    /// The body, `application/x-www-form-urlencoded`.
    pub fn to_form(&self) -> String {
        let mut form = url::form_urlencoded::Serializer::new(String::new());
        match self {
            Self::PreAuthorizedCode { code, tx_code } => {
                form.append_pair("grant_type", PRE_AUTHORIZED_CODE);
                form.append_pair("pre-authorized_code", code.expose());
                if let Some(tx_code) = tx_code {
                    form.append_pair("tx_code", tx_code.expose());
                }
            }
        }
        form.finish()
    }

    /// Parses a body; the issuer's side. A parameter given twice is refused (RFC 6749 section 3.2).
    pub fn parse(body: &[u8]) -> Result<Self, OAuthError> {
        let invalid = || OAuthError::from(OAuthErrorCode::InvalidRequest);
        if body.len() > MAX_FORM {
            return Err(invalid());
        }
        let take = |wanted: &str| {
            let mut values = url::form_urlencoded::parse(body).filter(|(name, _)| name == wanted);
            match (values.next(), values.next()) {
                (value, None) => Ok(value.map(|(_, value)| SecretText::new(value.into_owned()))),
                (_, Some(_)) => Err(invalid()),
            }
        };
        let grant_type = take("grant_type")?.ok_or_else(invalid)?;
        if grant_type.expose() != PRE_AUTHORIZED_CODE {
            return Err(OAuthErrorCode::UnsupportedGrantType.into());
        }
        let code = take("pre-authorized_code")?.ok_or_else(invalid)?;
        Ok(Self::PreAuthorizedCode { code, tx_code: take("tx_code")? })
    }
}

/// A DPoP-bound access token.
pub struct AccessToken(SecretText);

impl AccessToken {
    /// Takes the token over.
    pub fn new(token: SecretText) -> Self {
        Self(token)
    }

    /// The token, for the `Authorization: DPoP` header and the proof's `ath`.
    pub fn expose(&self) -> &str {
        self.0.expose()
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AccessToken(..)")
    }
}

/// What the token endpoint answers.
#[derive(Debug)]
pub struct TokenResponse {
    /// The token.
    pub access_token: AccessToken,
    /// Its life in seconds, where told.
    pub expires_in: Option<u64>,
    /// Per configuration id, the names under which credentials may be asked for; empty where the configuration id
    /// itself is the name.
    pub credential_identifiers: Vec<(String, Vec<String>)>,
}

impl TokenResponse {
    /// Parses a 200 body. A token that is not DPoP-bound is refused: whoever steals it could use it.
    pub fn parse(body: &[u8]) -> Result<Self, IssuanceError> {
        let wire: Wire = json::parse(body, MAX_TOKEN_RESPONSE)?;
        if !wire.token_type.eq_ignore_ascii_case(DPOP) || wire.access_token.expose().is_empty() {
            return Err(IssuanceError::TokenType);
        }
        let details = wire.authorization_details.into_iter();
        Ok(Self {
            access_token: AccessToken(wire.access_token),
            expires_in: wire.expires_in,
            credential_identifiers: details
                .map(|detail| (detail.credential_configuration_id, detail.credential_identifiers))
                .collect(),
        })
    }
}

impl Serialize for TokenResponse {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("access_token", self.access_token.expose())?;
        map.serialize_entry("token_type", DPOP)?;
        if let Some(seconds) = self.expires_in {
            map.serialize_entry("expires_in", &seconds)?;
        }
        if !self.credential_identifiers.is_empty() {
            let detail = |(id, names): &(String, Vec<String>)| Detail {
                kind: "openid_credential".to_owned(),
                credential_configuration_id: id.clone(),
                credential_identifiers: names.clone(),
            };
            let details: Vec<_> = self.credential_identifiers.iter().map(detail).collect();
            map.serialize_entry("authorization_details", &details)?;
        }
        map.end()
    }
}

#[derive(Deserialize)]
struct Wire {
    access_token: SecretText,
    token_type: String,
    expires_in: Option<u64>,
    #[serde(default)]
    authorization_details: Vec<Detail>,
}

#[derive(Serialize, Deserialize)]
struct Detail {
    #[serde(rename = "type")]
    kind: String,
    credential_configuration_id: String,
    credential_identifiers: Vec<String>,
}
