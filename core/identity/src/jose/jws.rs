//! Compact JWS with ES256 (RFC 7515 section 7.1).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kodanik_crypto::encoding::{EncodingError, from_base64url, to_base64url};
use kodanik_crypto::signature::{Signature, SigningKey, VerifyingKey};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};

use super::{JoseError, Jwk};
use crate::json::{self, JsonError};

/// The protected header. `alg` is always ES256; members that we do not know are kept in `other` and mean nothing.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct JwsHeader {
    /// `typ`: what the object is for.
    pub typ: Option<String>,
    /// `kid`: which key of the signer.
    pub kid: Option<String>,
    /// `jwk`: the signer's key. Proves possession only, never identity.
    pub jwk: Option<Jwk>,
    /// `x5c`: DER certificates, leaf first, the anchor never among them. Empty where absent.
    pub x5c: Vec<Vec<u8>>,
    /// Everything else.
    pub other: Map<String, Value>,
}

impl JwsHeader {
    /// A header with `typ`.
    pub fn new(typ: &str) -> Self {
        Self { typ: Some(typ.into()), ..Self::default() }
    }

    /// With the signer's key.
    pub fn with_jwk(self, jwk: Jwk) -> Self {
        Self { jwk: Some(jwk), ..self }
    }

    /// With the name of the signer's key.
    pub fn with_kid(self, kid: &str) -> Self {
        Self { kid: Some(kid.into()), ..self }
    }

    /// With the signer's certificates, leaf first, without the anchor.
    pub fn with_x5c(self, x5c: Vec<Vec<u8>>) -> Self {
        Self { x5c, ..self }
    }

    /// With another member, for example `key_attestation`.
    pub fn with_member(mut self, name: &str, value: Value) -> Self {
        self.other.insert(name.into(), value);
        self
    }

    fn parse(bytes: &[u8]) -> Result<Self, JoseError> {
        let mut members = json::parse_object(bytes, bytes.len())?;
        if members.contains_key("crit") {
            return Err(JoseError::Critical);
        }
        if members.remove("alg") != Some(Value::from("ES256")) {
            return Err(JoseError::Algorithm);
        }
        Ok(Self {
            typ: take_string(&mut members, "typ")?,
            kid: take_string(&mut members, "kid")?,
            jwk: members.remove("jwk").map(|jwk| Jwk::from_value(&jwk)).transpose()?,
            x5c: members.remove("x5c").map_or(Ok(Vec::new()), parse_x5c)?,
            other: members,
        })
    }

    fn to_json(&self) -> Value {
        let mut members = self.other.clone();
        members.insert("alg".into(), "ES256".into());
        members.extend(self.typ.as_deref().map(|typ| ("typ".into(), typ.into())));
        members.extend(self.kid.as_deref().map(|kid| ("kid".into(), kid.into())));
        members.extend(self.jwk.as_ref().map(|jwk| ("jwk".into(), json!(jwk))));
        if !self.x5c.is_empty() {
            let x5c: Vec<String> = self.x5c.iter().map(|der| STANDARD.encode(der)).collect();
            members.insert("x5c".into(), x5c.into());
        }
        Value::Object(members)
    }
}

fn take_string(members: &mut Map<String, Value>, name: &str) -> Result<Option<String>, JoseError> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(JsonError::Shape.into()),
    }
}

fn parse_x5c(value: Value) -> Result<Vec<Vec<u8>>, JoseError> {
    let texts: Vec<String> = json::from_value(value)?;
    if texts.is_empty() {
        return Err(JsonError::Shape.into());
    }
    let der = |text| STANDARD.decode(text).map_err(|_| EncodingError::Base64.into());
    texts.into_iter().map(der).collect()
}

/// A JWS that waits for its signature.
#[derive(Clone, Debug)]
pub struct JwsDraft(String);

impl JwsDraft {
    /// Header and payload, encoded. Fails only where the payload has no JSON form.
    pub fn new(header: &JwsHeader, payload: &impl Serialize) -> Result<Self, JoseError> {
        let payload = serde_json::to_vec(payload).map_err(|_| JsonError::Shape)?;
        let header = to_base64url(header.to_json().to_string());
        Ok(Self(format!("{header}.{}", to_base64url(payload))))
    }

    /// The bytes to sign: `BASE64URL(header) || '.' || BASE64URL(payload)` (RFC 7515 section 5.1).
    pub fn signing_input(&self) -> &[u8] {
        self.0.as_bytes()
    }

    /// The compact JWS with `signature` over [`Self::signing_input`].
    pub fn finish(self, signature: Signature) -> String {
        format!("{}.{}", self.0, to_base64url(signature.to_bytes()))
    }

    /// Signs at once, for parties that hold their key in memory.
    pub fn sign(self, key: &SigningKey) -> String {
        let signature = key.sign(self.signing_input());
        self.finish(signature)
    }
}

/// A compact JWS from outside, parsed and not yet trusted: only the header can be read, to find the key.
#[derive(Clone, Debug)]
pub struct UnverifiedJws {
    header: JwsHeader,
    payload: Map<String, Value>,
    signing_input: String,
    signature: Signature,
}

impl UnverifiedJws {
    /// Parses at most `cap` bytes of compact JWS whose payload is a JSON object.
    pub fn parse(text: &str, cap: usize) -> Result<Self, JoseError> {
        if text.len() > cap {
            return Err(JoseError::TooLarge);
        }
        let (signing_input, signature) = text.rsplit_once('.').ok_or(JoseError::Shape)?;
        let (header, payload) = signing_input.split_once('.').ok_or(JoseError::Shape)?;
        if payload.contains('.') {
            return Err(JoseError::Shape);
        }
        // The header first: `alg: none` is told as that, whatever its signature looks like.
        let header = JwsHeader::parse(&from_base64url(header)?)?;
        let payload = json::parse_object(&from_base64url(payload)?, cap)?;
        let signature =
            Signature::from_bytes(&from_base64url(signature)?).map_err(|_| JoseError::Signature)?;
        Ok(Self { header, payload, signing_input: signing_input.into(), signature })
    }

    /// The header, to find the key that must have signed.
    pub fn header(&self) -> &JwsHeader {
        &self.header
    }

    /// A member of the payload that nobody has vouched for, to look up what the verification needs.
    pub(crate) fn dangerous_claim(&self, name: &str) -> Option<&Value> {
        self.payload.get(name)
    }

    /// Checks that `key` signed, and signed for the purpose `typ`.
    pub fn verify(self, key: &VerifyingKey, typ: &str) -> Result<VerifiedJws, JoseError> {
        if self.header.typ.as_deref() != Some(typ) {
            return Err(JoseError::Type);
        }
        self.verify_any_type(key)
    }

    pub(crate) fn verify_any_type(self, key: &VerifyingKey) -> Result<VerifiedJws, JoseError> {
        key.verify(self.signing_input.as_bytes(), &self.signature).map_err(|_| JoseError::Signature)?;
        Ok(VerifiedJws { header: self.header, payload: self.payload })
    }
}

/// A JWS whose signature was checked. Made by [`UnverifiedJws::verify`] alone.
#[derive(Clone, Debug)]
pub struct VerifiedJws {
    header: JwsHeader,
    payload: Map<String, Value>,
}

impl VerifiedJws {
    /// The header.
    pub fn header(&self) -> &JwsHeader {
        &self.header
    }

    /// The payload's members.
    pub fn payload(&self) -> &Map<String, Value> {
        &self.payload
    }

    /// The payload as a type.
    pub fn claims<T: DeserializeOwned>(&self) -> Result<T, JoseError> {
        Ok(json::from_value(Value::Object(self.payload.clone()))?)
    }

    /// The payload, taken out.
    pub fn into_payload(self) -> Map<String, Value> {
        self.payload
    }
}
