//! One disclosure (RFC 9901 section 4.2): base64url of `[salt, name, value]`, or `[salt, value]` in an array.

use kodanik_crypto::encoding::{from_base64url, to_base64url};
use kodanik_crypto::transcript::sha256;
use rand_core::CryptoRngCore;
use serde_json::{Value, json};

use super::{MAX_CREDENTIAL, SdJwtError};
use crate::json;

const SALT_LENGTH: usize = 16;

/// A claim or an array element, with the salt that hides it.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Disclosure {
    /// As it travels: the digest is over this text, not over the JSON inside.
    pub(super) text: String,
    /// The claim's name; none for an array element.
    pub(super) name: Option<String>,
    pub(super) value: Value,
}

impl Disclosure {
    pub(super) fn make(rng: &mut impl CryptoRngCore, name: Option<&str>, value: Value) -> Self {
        let mut salt = [0; SALT_LENGTH];
        rng.fill_bytes(&mut salt);
        let salt = to_base64url(salt);
        let array = match name {
            Some(name) => json!([salt, name, value]),
            None => json!([salt, value]),
        };
        Self { text: to_base64url(array.to_string()), name: name.map(str::to_owned), value }
    }

    pub(super) fn parse(text: &str) -> Result<Self, SdJwtError> {
        let bytes = from_base64url(text).map_err(|_| SdJwtError::Disclosure)?;
        let value = json::parse_value(&bytes, MAX_CREDENTIAL).map_err(|_| SdJwtError::Disclosure)?;
        let Value::Array(mut parts) = value else { return Err(SdJwtError::Disclosure) };
        let salted = parts.first().is_some_and(Value::is_string);
        let value = parts.pop().filter(|_| salted).ok_or(SdJwtError::Disclosure)?;
        let name = match &parts[..] {
            [_salt] => None,
            [_salt, Value::String(name)] if is_reserved(name) => return Err(SdJwtError::ReservedName),
            [_salt, Value::String(name)] => Some(name.clone()),
            _ => return Err(SdJwtError::Disclosure),
        };
        Ok(Self { text: text.to_owned(), name, value })
    }

    pub(super) fn digest(&self) -> String {
        to_base64url(sha256(self.text.as_bytes()))
    }
}

/// Names that carry digests and never claims.
pub(super) fn is_reserved(name: &str) -> bool {
    matches!(name, "_sd" | "...")
}
