//! Public keys on P-256 as JSON (RFC 7517; RFC 7518 section 6.2.1).

use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::transcript::sha256;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::JoseError;
use crate::json;

/// A public EC key on P-256. `kid`, `use` and `alg` are kept; other members are dropped; a private key (`d`) is
/// refused, because who sends one has lost it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jwk {
    key: VerifyingKey,
    /// `kid`: the name its owner gave to the key.
    pub kid: Option<String>,
    /// `use`: `sig` or `enc`.
    pub usage: Option<String>,
    /// `alg`: the one algorithm that the key is for.
    pub algorithm: Option<String>,
}

impl Jwk {
    /// The JWK of `key`, with no other members.
    pub fn new(key: VerifyingKey) -> Self {
        Self { key, kid: None, usage: None, algorithm: None }
    }

    /// Reads a JWK that was parsed with [`crate::json`].
    pub fn from_value(value: &Value) -> Result<Self, JoseError> {
        if value.get("d").is_some() {
            return Err(JoseError::Key);
        }
        let wire: Wire = json::from_value(value.clone()).map_err(|_| JoseError::Key)?;
        if wire.kty != "EC" || wire.crv != "P-256" {
            return Err(JoseError::Key);
        }
        let key = VerifyingKey::from_coordinates(&wire.x.0, &wire.y.0).map_err(|_| JoseError::Key)?;
        Ok(Self { key, kid: wire.kid, usage: wire.usage, algorithm: wire.algorithm })
    }

    /// The key.
    pub fn key(&self) -> &VerifyingKey {
        &self.key
    }

    /// SHA-256 over the required members in RFC 7638's one form. Depends on the key alone.
    pub fn thumbprint(&self) -> Bytes<32> {
        let (x, y) = self.key.coordinates();
        let (x, y) = (Bytes(x), Bytes(y));
        Bytes(sha256(format!(r#"{{"crv":"P-256","kty":"EC","x":"{x}","y":"{y}"}}"#).as_bytes()))
    }
}

impl From<VerifyingKey> for Jwk {
    fn from(key: VerifyingKey) -> Self {
        Self::new(key)
    }
}

#[derive(Serialize, Deserialize)]
struct Wire {
    kty: String,
    crv: String,
    x: Bytes<32>,
    y: Bytes<32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kid: Option<String>,
    #[serde(rename = "use", skip_serializing_if = "Option::is_none")]
    usage: Option<String>,
    #[serde(rename = "alg", skip_serializing_if = "Option::is_none")]
    algorithm: Option<String>,
}

impl Serialize for Jwk {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (x, y) = self.key.coordinates();
        let (kid, usage, algorithm) = (self.kid.clone(), self.usage.clone(), self.algorithm.clone());
        Wire { kty: "EC".into(), crv: "P-256".into(), x: Bytes(x), y: Bytes(y), kid, usage, algorithm }
            .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Jwk {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        Self::from_value(&value).map_err(serde::de::Error::custom)
    }
}
