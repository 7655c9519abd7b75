//! Transaction data (section 8.4): what the holder's signature also agrees to.

use kodanik_crypto::encoding::{from_base64url, to_base64url};
use kodanik_crypto::transcript::sha256;
use serde_json::{Map, Value, json};

use super::PresentationError;
use crate::dcql::Query;
use crate::json;

/// The type that binds a request for an election's voting credential to the presentation of the e-ID.
pub const CREDENTIAL_REQUEST: &str = "kodanik_credential_request";

const MAX_ITEM: usize = 16 * 1024;
const MAX_ITEMS: usize = 8;
const SHA_256: &str = "sha-256";
/// The key-binding JWT's member with the hashes.
const HASHES: &str = "transaction_data_hashes";
/// The key-binding JWT's member with the hashes' algorithm.
const HASHES_ALG: &str = "transaction_data_hashes_alg";

/// One item: JSON, base64url-encoded, hashed as encoded.
#[derive(Clone, Debug, PartialEq)]
pub struct TransactionData {
    encoded: String,
    kind: String,
    credential_ids: Vec<String>,
    members: Map<String, Value>,
}

impl TransactionData {
    /// An item of type `kind` for the credentials of the queries `credential_ids`, with further `members`.
    pub fn new(kind: &str, credential_ids: &[&str], members: &Map<String, Value>) -> Self {
        let mut all = members.clone();
        all.insert("type".into(), kind.into());
        all.insert("credential_ids".into(), json!(credential_ids));
        let credential_ids = credential_ids.iter().map(|id| (*id).to_owned()).collect();
        let encoded = to_base64url(json!(all).to_string());
        Self { encoded, kind: kind.to_owned(), credential_ids, members: all }
    }

    /// Parses an item from outside.
    pub fn parse(encoded: &str) -> Result<Self, PresentationError> {
        let bytes = from_base64url(encoded).map_err(|_| PresentationError::TransactionData)?;
        let members = json::parse_object(&bytes, MAX_ITEM).map_err(|_| PresentationError::TransactionData)?;
        let kind = members.get("type").and_then(Value::as_str).ok_or(PresentationError::TransactionData)?;
        let ids: Vec<String> = members
            .get("credential_ids")
            .and_then(|ids| json::from_value(ids.clone()).ok())
            .filter(|ids: &Vec<String>| !ids.is_empty())
            .ok_or(PresentationError::TransactionData)?;
        let takes_sha256 = match members.get(HASHES_ALG) {
            None => true,
            Some(algorithms) => {
                algorithms.as_array().is_some_and(|names| names.iter().any(|name| name == SHA_256))
            }
        };
        takes_sha256.then_some(()).ok_or(PresentationError::TransactionData)?;
        Ok(Self { encoded: encoded.to_owned(), kind: kind.to_owned(), credential_ids: ids, members })
    }

    /// The item as it travels.
    pub fn encoded(&self) -> &str {
        &self.encoded
    }

    /// The item's type.
    pub fn kind(&self) -> &str {
        &self.kind
    }

    /// A member by name.
    pub fn member(&self, name: &str) -> Option<&Value> {
        self.members.get(name)
    }

    /// SHA-256 of the encoded item, base64url.
    pub fn hash(&self) -> String {
        to_base64url(sha256(self.encoded.as_bytes()))
    }

    /// Parses all items of a request: known types only, and only for credentials that `query` asks for.
    pub(super) fn parse_all(
        items: &[String],
        query: &Query,
        known: &[&str],
    ) -> Result<Vec<Self>, PresentationError> {
        if items.len() > MAX_ITEMS {
            return Err(PresentationError::TransactionData);
        }
        let items = items.iter().map(|item| Self::parse(item)).collect::<Result<Vec<_>, _>>()?;
        let understood = items.iter().all(|item| {
            known.contains(&item.kind.as_str())
                && item.credential_ids.iter().all(|id| query.credential(id).is_some())
        });
        understood.then_some(items).ok_or(PresentationError::TransactionData)
    }

    /// The members that the key-binding JWT of the credential for `query_id` must have because of `items`; none where
    /// no item concerns it.
    pub(super) fn binding(items: &[Self], query_id: &str) -> Map<String, Value> {
        let concerned = items.iter().filter(|item| item.credential_ids.iter().any(|id| id == query_id));
        let hashes: Vec<String> = concerned.map(Self::hash).collect();
        let mut members = Map::new();
        if !hashes.is_empty() {
            members.insert(HASHES.into(), json!(hashes));
            members.insert(HASHES_ALG.into(), SHA_256.into());
        }
        members
    }

    /// Whether a key-binding JWT's members agree to exactly `items`.
    pub(super) fn is_bound(items: &[Self], query_id: &str, binding: &Map<String, Value>) -> bool {
        let expected = Self::binding(items, query_id);
        let default = Value::from(SHA_256);
        let algorithm = binding.get(HASHES_ALG).unwrap_or(&default);
        binding.get(HASHES) == expected.get(HASHES) && algorithm == SHA_256
    }
}
