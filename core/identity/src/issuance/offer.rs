//! The credential offer (section 4.1): by value in a link, or behind one.

use kodanik_crypto::secret::SecretText;
use serde::Deserialize;
use serde::ser::{Serialize, SerializeMap, Serializer};
use serde_json::{Map, Value, json};
use url::Url;

use super::{IssuanceError, PRE_AUTHORIZED_CODE, TokenRequest};
use crate::endpoint::{Endpoint, EndpointPolicy};
use crate::json;

/// The largest offer, in bytes.
pub const MAX_OFFER: usize = 16 * 1024;
const MAX_OFFERED: usize = 16;
const SCHEMES: [&str; 2] = ["openid-credential-offer", "haip-vci"];

/// What a QR code or deep link holds.
#[derive(Debug)]
pub enum OfferLink {
    /// `credential_offer_uri`: the offer lies there, as `application/json`.
    ByReference(Endpoint),
    /// `credential_offer`: the offer itself.
    ByValue(Box<CredentialOffer>),
}

/// An issuer's offer.
#[derive(Debug)]
pub struct CredentialOffer {
    /// The issuer's identifier.
    pub credential_issuer: Endpoint,
    /// What is offered: names of configurations in the issuer's metadata.
    pub credential_configuration_ids: Vec<String>,
    /// How to get it.
    pub grants: Grants,
}

/// The grants of an offer that this crate knows.
#[derive(Debug, Default)]
pub struct Grants {
    /// The pre-authorized code, where offered.
    pub pre_authorized: Option<PreAuthorizedGrant>,
}

/// The pre-authorized code grant.
#[derive(Debug)]
pub struct PreAuthorizedGrant {
    /// Stands for an authorization that the citizen gave elsewhere. Single use.
    pub code: SecretText,
    /// What the issuer sends on another way; nothing where absent.
    pub tx_code: Option<TxCodeSpec>,
    /// Which of the issuer's authorization servers; the only one where absent.
    pub authorization_server: Option<Endpoint>,
}

/// What a transaction code looks like, so that a wallet can ask for it well.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize, Deserialize)]
pub struct TxCodeSpec {
    /// Digits or text.
    #[serde(default)]
    pub input_mode: TxCodeInput,
    /// How many characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length: Option<usize>,
    /// Where the citizen finds it: the issuer's words, at most 300 characters.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
}

/// The characters of a transaction code.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TxCodeInput {
    /// Digits only.
    #[default]
    Numeric,
    /// Any characters.
    Text,
}

impl OfferLink {
    /// Whether a text looks like an offer: by its scheme, before anything is parsed.
    pub fn is_meant_by(text: &str) -> bool {
        text.split_once(':').is_some_and(|(scheme, _)| SCHEMES.contains(&scheme))
    }

    /// Parses `openid-credential-offer://?...` (or `haip-vci://?...`).
    pub fn parse(text: &str, policy: EndpointPolicy) -> Result<Self, IssuanceError> {
        if text.len() > MAX_OFFER {
            return Err(IssuanceError::Link);
        }
        let url = Url::parse(text).map_err(|_| IssuanceError::Link)?;
        if !SCHEMES.contains(&url.scheme()) {
            return Err(IssuanceError::Link);
        }
        let parameters = |wanted: &'static str| url.query_pairs().filter(move |(name, _)| name == wanted);
        let mut known = parameters("credential_offer").chain(parameters("credential_offer_uri"));
        match (known.next(), known.next()) {
            (Some((name, value)), None) if name == "credential_offer" => {
                CredentialOffer::parse(value.as_bytes(), policy).map(Box::new).map(Self::ByValue)
            }
            (Some((_, value)), None) => Ok(Self::ByReference(Endpoint::parse(&value, policy)?)),
            _ => Err(IssuanceError::Link),
        }
    }

    /// The link to an offer that lies at `offer`.
    pub fn to_reference(offer: &Endpoint) -> String {
        link("credential_offer_uri", offer.as_str())
    }
}

impl CredentialOffer {
    /// Parses the offer's JSON. Grants that this crate does not know are left out.
    pub fn parse(bytes: &[u8], policy: EndpointPolicy) -> Result<Self, IssuanceError> {
        let wire: Wire = json::parse(bytes, MAX_OFFER)?;
        if !(1..=MAX_OFFERED).contains(&wire.credential_configuration_ids.len()) {
            return Err(IssuanceError::NothingOffered);
        }
        let pre_authorized = wire.grants.get(PRE_AUTHORIZED_CODE).cloned();
        Ok(Self {
            credential_issuer: Endpoint::parse(&wire.credential_issuer, policy)?,
            credential_configuration_ids: wire.credential_configuration_ids,
            grants: Grants {
                pre_authorized: pre_authorized
                    .map(|grant| PreAuthorizedGrant::parse(grant, policy))
                    .transpose()?,
            },
        })
    }

    /// The pre-authorized grant, the one that this wallet knows today.
    pub fn pre_authorized(&self) -> Result<&PreAuthorizedGrant, IssuanceError> {
        self.grants.pre_authorized.as_ref().ok_or(IssuanceError::NoSupportedGrant)
    }

    /// The token request that redeems the pre-authorized code, which the offer then no longer holds.
    pub fn into_token_request(self, tx_code: Option<SecretText>) -> Result<TokenRequest, IssuanceError> {
        let grant = self.grants.pre_authorized.ok_or(IssuanceError::NoSupportedGrant)?;
        grant.check_tx_code(tx_code.as_ref())?;
        Ok(TokenRequest::PreAuthorizedCode { code: grant.code, tx_code })
    }

    /// The link with this offer in it.
    pub fn to_link(&self) -> String {
        link("credential_offer", &json!(self).to_string())
    }
}

impl PreAuthorizedGrant {
    /// Checks what the citizen typed before a try is spent on it: present where wanted, absent where not, of the
    /// length and characters announced.
    pub fn check_tx_code(&self, typed: Option<&SecretText>) -> Result<(), IssuanceError> {
        let fits = match (&self.tx_code, typed) {
            (None, None) => true,
            (Some(spec), Some(code)) => spec.fits(code.expose()),
            (None, Some(_)) | (Some(_), None) => false,
        };
        fits.then_some(()).ok_or(IssuanceError::TxCode)
    }

    fn parse(value: Value, policy: EndpointPolicy) -> Result<Self, IssuanceError> {
        let wire: WireGrant = json::from_value(value)?;
        let too_long =
            |spec: &TxCodeSpec| spec.description.as_ref().is_some_and(|text| text.chars().count() > 300);
        if wire.code.expose().is_empty() || wire.tx_code.as_ref().is_some_and(too_long) {
            return Err(json::JsonError::Shape.into());
        }
        let server = wire.authorization_server.map(|text| Endpoint::parse(&text, policy)).transpose()?;
        Ok(Self { code: wire.code, tx_code: wire.tx_code, authorization_server: server })
    }
}

impl TxCodeSpec {
    fn fits(&self, code: &str) -> bool {
        let length_fits = self.length.is_none_or(|length| code.chars().count() == length);
        let characters_fit =
            self.input_mode == TxCodeInput::Text || code.bytes().all(|byte| byte.is_ascii_digit());
        !code.is_empty() && length_fits && characters_fit
    }
}

impl Serialize for CredentialOffer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("credential_issuer", &self.credential_issuer)?;
        map.serialize_entry("credential_configuration_ids", &self.credential_configuration_ids)?;
        if let Some(grant) = &self.grants.pre_authorized {
            map.serialize_entry("grants", &json!({ PRE_AUTHORIZED_CODE: grant.to_json() }))?;
        }
        map.end()
    }
}

impl PreAuthorizedGrant {
    fn to_json(&self) -> Value {
        let mut members = Map::new();
        members.insert("pre-authorized_code".into(), self.code.expose().into());
        members.extend(self.tx_code.as_ref().map(|spec| ("tx_code".into(), json!(spec))));
        members.extend(
            self.authorization_server.as_ref().map(|url| ("authorization_server".into(), json!(url))),
        );
        Value::Object(members)
    }
}

#[derive(Deserialize)]
struct Wire {
    credential_issuer: String,
    credential_configuration_ids: Vec<String>,
    #[serde(default)]
    grants: Map<String, Value>,
}

#[derive(Deserialize)]
struct WireGrant {
    #[serde(rename = "pre-authorized_code")]
    code: SecretText,
    tx_code: Option<TxCodeSpec>,
    authorization_server: Option<String>,
}

fn link(name: &str, value: &str) -> String {
    let query = url::form_urlencoded::Serializer::new(String::new()).append_pair(name, value).finish();
    format!("{}://?{query}", SCHEMES[0])
}
