//! How bytes and structures look on the wire: base64url without padding (RFC 4648 section 5) and canonical
//! JSON (RFC 8785, with integers only and ASCII member names).

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;
use thiserror::Error;

/// Why bytes from outside are not what they claim to be. Never holds the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EncodingError {
    /// Not base64url without padding, or with stray bits.
    #[error("not base64url without padding")]
    Base64,
    /// A floating-point number or a member name outside ASCII: neither exists in our documents.
    #[error("a number that is not an integer, or a member name outside ASCII")]
    Forbidden,
    /// A wrong number of bytes.
    #[error("a wrong number of bytes")]
    Length,
    /// Valid JSON of the right shape, but not its one canonical form (order, spaces, repeated members).
    #[error("not in canonical form")]
    NotCanonical,
    /// Not JSON, or members missing, unknown or of a wrong kind.
    #[error("not a document of the expected shape")]
    Shape,
    /// More bytes than the cap for this document.
    #[error("too large")]
    TooLarge,
}

/// Bytes as base64url without padding.
pub fn to_base64url(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Strict inverse of [`to_base64url`]: padding, white space and non-zero stray bits are refused.
pub fn from_base64url(text: impl AsRef<[u8]>) -> Result<Vec<u8>, EncodingError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| EncodingError::Base64)
}

/// Lower-case hexadecimal.
pub fn to_hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The canonical JSON bytes of `value`.
pub fn to_canonical_json<T: Serialize>(value: &T) -> Result<Vec<u8>, EncodingError> {
    let value = serde_json::to_value(value).map_err(|_| EncodingError::Shape)?;
    check_allowed(&value)?;
    // serde_json's map is sorted by bytes, which for ASCII names is RFC 8785's order by UTF-16 units.
    serde_json::to_vec(&value).map_err(|_| EncodingError::Shape)
}

/// Parses at most `cap` bytes and accepts them only in canonical form: parsed, encoded again, compared. The type
/// should carry `#[serde(deny_unknown_fields)]`; a repeated, unknown or missing member cannot survive the trip.
pub fn from_canonical_json<T: DeserializeOwned + Serialize>(
    bytes: &[u8],
    cap: usize,
) -> Result<T, EncodingError> {
    if bytes.len() > cap {
        return Err(EncodingError::TooLarge);
    }
    let value: T = serde_json::from_slice(bytes).map_err(|_| EncodingError::Shape)?;
    if to_canonical_json(&value)? != bytes {
        return Err(EncodingError::NotCanonical);
    }
    Ok(value)
}

fn check_allowed(value: &Value) -> Result<(), EncodingError> {
    match value {
        Value::Array(items) => items.iter().try_for_each(check_allowed),
        Value::Number(number) if number.is_f64() => Err(EncodingError::Forbidden),
        Value::Object(members) => members.iter().try_for_each(|(name, member)| {
            if name.is_ascii() { check_allowed(member) } else { Err(EncodingError::Forbidden) }
        }),
        Value::Bool(_) | Value::Null | Value::Number(_) | Value::String(_) => Ok(()),
    }
}

/// `N` bytes that read and write as base64url in JSON.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Bytes<const N: usize>(pub [u8; N]);

impl<const N: usize> Bytes<N> {
    /// Parses the base64url text of exactly `N` bytes.
    pub fn parse(text: &str) -> Result<Self, EncodingError> {
        let bytes = from_base64url(text)?;
        bytes.try_into().map(Self).map_err(|_| EncodingError::Length)
    }
}

impl<const N: usize> AsRef<[u8]> for Bytes<N> {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl<const N: usize> std::fmt::Display for Bytes<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&to_base64url(self.0))
    }
}

impl<const N: usize> std::fmt::Debug for Bytes<N> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bytes({self})")
    }
}

impl<const N: usize> Serialize for Bytes<N> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, const N: usize> Deserialize<'de> for Bytes<N> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

/// Any number of bytes that read and write as base64url in JSON.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Binary(pub Vec<u8>);

impl AsRef<[u8]> for Binary {
    fn as_ref(&self) -> &[u8] {
        &self.0
    }
}

impl std::fmt::Debug for Binary {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Binary({} bytes)", self.0.len())
    }
}

impl Serialize for Binary {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&to_base64url(&self.0))
    }
}

impl<'de> Deserialize<'de> for Binary {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        from_base64url(text.as_bytes()).map(Self).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[derive(Debug, PartialEq, Serialize, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Doc {
        b: Bytes<2>,
        a: u64,
    }

    #[test]
    fn one_form_only() {
        let good = br#"{"a":1,"b":"AAE"}"#;
        let doc: Doc = from_canonical_json(good, good.len()).unwrap();
        assert_eq!(to_canonical_json(&doc).unwrap(), good);
        assert_eq!((doc.b.as_ref(), Binary(vec![0, 1]).as_ref()), (&[0, 1][..], &[0, 1][..]));
        let cases: [(&[u8], EncodingError); 9] = [
            (br#"{"b":"AAE","a":1}"#, EncodingError::NotCanonical),
            (br#"{"a":1, "b":"AAE"}"#, EncodingError::NotCanonical),
            (br#"{"a":1,"a":1,"b":"AAE"}"#, EncodingError::Shape),
            (br#"{"a":1,"b":"AAE","c":0}"#, EncodingError::Shape),
            (br#"{"a":1}"#, EncodingError::Shape),
            (br#"{"a":1.0,"b":"AAE"}"#, EncodingError::Shape),
            (br#"{"a":1,"b":"AAF"}"#, EncodingError::Shape),
            (br#"{"a":1,"b":"AAE="}"#, EncodingError::Shape),
            (br#"{"a":1,"b":"AAE"} "#, EncodingError::NotCanonical),
        ];
        for (bytes, error) in cases {
            assert_eq!(
                from_canonical_json::<Doc>(bytes, 64),
                Err(error),
                "{}",
                String::from_utf8_lossy(bytes)
            );
        }
        assert_eq!(from_canonical_json::<Doc>(good, 4), Err(EncodingError::TooLarge));
    }

    #[test]
    fn floats_and_foreign_member_names_do_not_exist() {
        assert_eq!(to_canonical_json(&1.5), Err(EncodingError::Forbidden));
        assert_eq!(to_canonical_json(&serde_json::json!({"é": 1})), Err(EncodingError::Forbidden));
    }

    proptest! {
        #[test]
        fn base64url_round_trip(bytes: Vec<u8>) {
            prop_assert_eq!(from_base64url(to_base64url(&bytes)).unwrap(), bytes);
        }

        #[test]
        fn whatever_decodes_is_the_one_encoding(text in "[A-Za-z0-9_=+/-]{0,12}") {
            if let Ok(bytes) = from_base64url(&text) {
                prop_assert_eq!(to_base64url(bytes), text);
            }
        }

        #[test]
        fn strings_escape_as_rfc_8785_says(text: String) {
            let bytes = to_canonical_json(&text).unwrap();
            prop_assert_eq!(from_canonical_json::<String>(&bytes, usize::MAX).unwrap(), text);
        }
    }
}
