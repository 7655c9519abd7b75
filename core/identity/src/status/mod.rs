//! Token Status List (draft-ietf-oauth-status-list-21): one compressed array of statuses for many credentials, so
//! that asking for it tells nobody which of them is meant. protocol.md §4.1.5.
//!
//! The issuer keeps a [`StatusList`] and signs it as a token; the credential carries a [`StatusReference`]; whoever
//! checks gets a [`VerifiedStatusToken`] and asks it for the reference.

mod list;
mod token;

use serde_json::{Map, Value, json};
use thiserror::Error;
use url::Url;

pub use list::{Bits, Status, StatusList};
pub use token::{Freshness, TokenTimes, UnverifiedStatusToken, VerifiedStatusToken};

use crate::jose::JoseError;
use crate::trust::TrustError;

/// Bytes of a compressed list, at most.
pub const MAX_COMPRESSED: usize = 1024 * 1024;
/// Bytes of a list, at most.
pub const MAX_LIST: usize = 16 * 1024 * 1024;
/// Bytes of a status list token, at most: the compressed list twice in base64url, and room for the chain.
pub const MAX_TOKEN: usize = 2 * 1024 * 1024;
/// Seconds for which a list may be cached, at most, whatever its `ttl` says.
pub const MAX_TTL: u64 = 300;

/// `typ` of a status list token.
pub const STATUS_LIST_TYPE: &str = "statuslist+jwt";

const MAX_URI: usize = 2048;

/// Why a status is not known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StatusError {
    // The peer misbehaved.
    /// An entry is neither one nor two bits wide.
    #[error("the status list's entries are neither one nor two bits wide")]
    Bits,
    /// The list is not zlib (RFC 1950).
    #[error("the status list is not compressed as it should be")]
    Compression,
    /// The index is behind the list's end.
    #[error("the status list has no such index")]
    Index,
    /// The token is refused.
    #[error("{0}")]
    Jose(#[from] JoseError),
    /// The token is of another list than the one asked for.
    #[error("a token of another status list")]
    OtherList,
    /// A `status` claim of another mechanism, or a malformed one, or a token without its members.
    #[error("not a status list reference or token")]
    Shape,
    /// More than [`MAX_COMPRESSED`] or [`MAX_LIST`] bytes.
    #[error("the status list is too large")]
    TooLarge,
    /// Its issuer is not known to us.
    #[error("{0}")]
    Trust(#[from] TrustError),
    // The citizen can know better: time.
    /// The token has expired.
    #[error("the status list has expired")]
    Expired,
    /// The token is from the future.
    #[error("the status list is from the future")]
    NotYetValid,
}

/// The `status` claim: `{"status_list": {"idx": ..., "uri": ...}}`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct StatusReference {
    idx: u64,
    uri: String,
}

impl StatusReference {
    /// Entry `idx` of the list at `uri`, an absolute http(s) address without user name.
    pub fn new(idx: u64, uri: &str) -> Result<Self, StatusError> {
        let url = Url::parse(uri).ok().filter(|_| uri.len() <= MAX_URI).ok_or(StatusError::Shape)?;
        let is_plain = matches!(url.scheme(), "https" | "http") && url.username().is_empty();
        if !is_plain || url.host().is_none() || url.password().is_some() {
            return Err(StatusError::Shape);
        }
        Ok(Self { idx, uri: uri.to_owned() })
    }

    /// Reads `status` of a credential's claims. A mechanism that we do not know is an error, not "no status".
    pub fn from_claims(claims: &Map<String, Value>) -> Result<Option<Self>, StatusError> {
        let Some(status) = claims.get("status") else { return Ok(None) };
        let reference = status.get("status_list").ok_or(StatusError::Shape)?;
        let idx = reference.get("idx").and_then(Value::as_u64).ok_or(StatusError::Shape)?;
        let uri = reference.get("uri").and_then(Value::as_str).ok_or(StatusError::Shape)?;
        Self::new(idx, uri).map(Some)
    }

    /// The claim's value.
    pub fn to_claim(&self) -> Value {
        json!({ "status_list": { "idx": self.idx, "uri": self.uri } })
    }

    /// The index.
    pub fn idx(&self) -> u64 {
        self.idx
    }

    /// The list's address.
    pub fn uri(&self) -> &str {
        &self.uri
    }
}

#[cfg(test)]
mod tests;
