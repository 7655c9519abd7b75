//! DCQL, the Digital Credentials Query Language (OpenID4VP 1.0 section 6): what a verifier asks for.
//!
//! A query from outside becomes a [`Query`] by [`Query::parse`]; [`select`] then tells which of the held credentials
//! answer it and which claims each would disclose. The choice is the citizen's: several matches are a list.
//!
//! Only `dc+sd-jwt` is understood; a query for another format simply matches nothing.

mod select;
#[cfg(test)]
mod tests;

use std::collections::BTreeSet;

use kodanik_crypto::encoding::to_base64url;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use thiserror::Error;

use crate::json::{self, JsonError};

pub use select::{Candidate, ChoiceError, CredentialMatches, HeldCredential, Matches, Selection, select};
pub(crate) use select::{has, places};

/// The format of SD-JWT VC.
pub const DC_SD_JWT: &str = "dc+sd-jwt";

/// The largest query, in bytes of JSON.
pub const MAX_QUERY: usize = 32 * 1024;
const MAX_ITEMS: usize = 64;
pub(crate) const MAX_PATH: usize = 8;

/// Why a query is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum DcqlError {
    /// An empty list where at least one item must be.
    #[error("the query has an empty list")]
    Empty,
    /// An identifier with other characters than letters, digits, `_` and `-`, or none at all.
    #[error("the query has an identifier that is not allowed")]
    Identifier,
    /// Not JSON of the query's shape.
    #[error("not a DCQL query")]
    Malformed,
    /// A claim path that is empty, too deep, or has a part that is not a string, null or index.
    #[error("the query has a claim path that is not allowed")]
    Path,
    /// An identifier that occurs twice.
    #[error("the query uses an identifier twice")]
    Repeated,
    /// More than 32 KiB, or more than 64 items in a list.
    #[error("the query is too large")]
    TooLarge,
    /// A reference to an identifier that is not there.
    #[error("the query refers to what it does not define")]
    UnknownReference,
}

/// A DCQL query whose references are known to resolve.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Query {
    /// The credentials asked for.
    pub credentials: Vec<CredentialQuery>,
    /// Which combinations satisfy the verifier; all of [`Self::credentials`] where absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub credential_sets: Option<Vec<CredentialSetQuery>>,
}

/// One credential asked for (section 6.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CredentialQuery {
    /// Names this query in the response.
    pub id: String,
    /// The credential format, for example [`DC_SD_JWT`].
    pub format: String,
    /// Whether more than one credential may be returned.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub multiple: bool,
    /// Which types are meant.
    pub meta: Meta,
    /// Whose credentials are trusted; anybody's where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub trusted_authorities: Option<Vec<TrustedAuthority>>,
    /// Whether the holder must prove the credential's key. This wallet always does.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub require_cryptographic_holder_binding: bool,
    /// The claims asked for; only what is always visible where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claims: Option<Vec<ClaimQuery>>,
    /// Sets of claim identifiers in order of preference; all claims where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub claim_sets: Option<Vec<Vec<String>>>,
}

/// Constraints on the type (section B.3.5 for `dc+sd-jwt`).
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Meta {
    /// The `vct` values accepted.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub vct_values: Vec<String>,
}

/// An authority that the verifier trusts (section 6.1.1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TrustedAuthority {
    /// `aki`, or a kind that this wallet does not know and that therefore matches nothing.
    #[serde(rename = "type")]
    pub kind: String,
    /// For `aki`: base64url of the key identifier of an authority in the credential's chain.
    pub values: Vec<String>,
}

/// One claim asked for (section 6.3).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ClaimQuery {
    /// Names this claim in `claim_sets`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Where the claim is.
    pub path: ClaimPath,
    /// The values accepted; any where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<Value>>,
}

/// A combination of credentials (section 6.2).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CredentialSetQuery {
    /// Lists of credential query ids; any one of them satisfies the verifier.
    pub options: Vec<Vec<String>>,
    /// Whether the verifier can do without.
    #[serde(default = "yes", skip_serializing_if = "is_yes")]
    pub required: bool,
}

/// A claims path pointer (section 7), at most 8 parts deep.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ClaimPath(Vec<PathPart>);

/// A part of a [`ClaimPath`].
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(untagged)]
pub enum PathPart {
    /// The member of an object.
    Member(String),
    /// The element of an array.
    Index(u64),
    /// Every element of an array; `null` in JSON.
    Every,
}

impl Query {
    /// Parses a query from outside: shape, identifiers and references.
    pub fn parse(bytes: &[u8]) -> Result<Self, DcqlError> {
        let raw: RawQuery = json::parse(bytes, MAX_QUERY).map_err(|error| match error {
            JsonError::TooLarge => DcqlError::TooLarge,
            _ => DcqlError::Malformed,
        })?;
        Self::new(raw.credentials, raw.credential_sets)
    }

    /// Parses a query that is a member of another document.
    pub fn from_value(value: &Value) -> Result<Self, DcqlError> {
        Self::parse(value.to_string().as_bytes())
    }

    /// Puts a query together; checked as one from outside is.
    pub fn new(
        credentials: Vec<CredentialQuery>,
        credential_sets: Option<Vec<CredentialSetQuery>>,
    ) -> Result<Self, DcqlError> {
        check_count(&credentials)?;
        check_unique(credentials.iter().map(|query| query.id.as_str()))?;
        credentials.iter().try_for_each(CredentialQuery::check)?;
        let query = Self { credentials, credential_sets };
        query.check_sets()?;
        Ok(query)
    }

    /// The query named `id`.
    pub fn credential(&self, id: &str) -> Option<&CredentialQuery> {
        self.credentials.iter().find(|query| query.id == id)
    }

    /// Whether answering the queries for which `answered` says so is enough.
    pub fn is_satisfied_by(&self, answered: impl Fn(&str) -> bool) -> bool {
        match &self.credential_sets {
            None => self.credentials.iter().all(|query| answered(&query.id)),
            Some(sets) => sets.iter().all(|set| set.is_satisfied_by(&answered)),
        }
    }

    fn check_sets(&self) -> Result<(), DcqlError> {
        let Some(sets) = &self.credential_sets else { return Ok(()) };
        check_count(sets)?;
        for set in sets {
            check_count(&set.options)?;
            for option in &set.options {
                check_count(option)?;
                let known = option.iter().all(|id| self.credential(id).is_some());
                known.then_some(()).ok_or(DcqlError::UnknownReference)?;
            }
        }
        Ok(())
    }
}

impl CredentialQuery {
    /// Asks for the claims at `paths` of an SD-JWT VC of type `vct`.
    pub fn sd_jwt(id: &str, vct: &str, paths: &[&[&str]]) -> Self {
        Self {
            id: id.to_owned(),
            format: DC_SD_JWT.to_owned(),
            multiple: false,
            meta: Meta { vct_values: vec![vct.to_owned()] },
            trusted_authorities: None,
            require_cryptographic_holder_binding: true,
            claims: (!paths.is_empty()).then(|| paths.iter().map(|path| ClaimQuery::of(path)).collect()),
            claim_sets: None,
        }
    }

    /// Whether a credential of this format, type and chain is meant.
    pub fn takes(&self, format: &str, vct: &str, authorities: &[Vec<u8>]) -> bool {
        let is_trusted = |authority: &TrustedAuthority| {
            authority.kind == "aki"
                && authorities.iter().any(|id| authority.values.contains(&to_base64url(id)))
        };
        self.format == format
            && self.meta.vct_values.iter().any(|value| value == vct)
            && self.trusted_authorities.as_ref().is_none_or(|trusted| trusted.iter().any(is_trusted))
    }

    /// The sets of claims that satisfy this query, in order of preference.
    pub fn allowed_claim_sets(&self) -> Vec<Vec<&ClaimQuery>> {
        match &self.claim_sets {
            None => vec![self.claims.iter().flatten().collect()],
            Some(sets) => {
                sets.iter().map(|set| set.iter().filter_map(|id| self.claim(id)).collect()).collect()
            }
        }
    }

    fn check(&self) -> Result<(), DcqlError> {
        if let Some(authorities) = &self.trusted_authorities {
            check_count(authorities)?;
            authorities.iter().try_for_each(|authority| check_count(&authority.values))?;
        }
        if self.meta.vct_values.len() > MAX_ITEMS {
            return Err(DcqlError::TooLarge);
        }
        if self.format == DC_SD_JWT && self.meta.vct_values.is_empty() {
            return Err(DcqlError::Empty);
        }
        self.check_claims()
    }

    fn check_claims(&self) -> Result<(), DcqlError> {
        let claims = match (&self.claims, &self.claim_sets) {
            (None, None) => return Ok(()),
            (None, Some(_)) => return Err(DcqlError::UnknownReference),
            (Some(claims), _) => claims,
        };
        check_count(claims)?;
        check_unique(claims.iter().filter_map(|claim| claim.id.as_deref()))?;
        for claim in claims {
            claim.path.check()?;
            claim.values.as_ref().map_or(Ok(()), |values| check_count(values))?;
        }
        let Some(sets) = &self.claim_sets else { return Ok(()) };
        check_count(sets)?;
        for set in sets {
            check_count(set)?;
            let known = set.iter().all(|id| self.claim(id).is_some());
            known.then_some(()).ok_or(DcqlError::UnknownReference)?;
        }
        Ok(())
    }

    fn claim(&self, id: &str) -> Option<&ClaimQuery> {
        self.claims.iter().flatten().find(|claim| claim.id.as_deref() == Some(id))
    }
}

impl CredentialSetQuery {
    fn is_satisfied_by(&self, answered: impl Fn(&str) -> bool) -> bool {
        !self.required || self.options.iter().any(|option| option.iter().all(|id| answered(id)))
    }
}

impl ClaimQuery {
    /// Asks for the claim at a path of object members.
    pub fn of(path: &[&str]) -> Self {
        Self { id: None, path: ClaimPath::of(path), values: None }
    }
}

impl ClaimPath {
    /// A path of object members.
    pub fn of(members: &[&str]) -> Self {
        Self(members.iter().map(|member| PathPart::Member((*member).to_owned())).collect())
    }

    /// From parts; refused where empty or deeper than 8.
    pub fn new(parts: Vec<PathPart>) -> Result<Self, DcqlError> {
        let path = Self(parts);
        path.check().map(|()| path)
    }

    /// The parts, outermost first.
    pub fn parts(&self) -> &[PathPart] {
        &self.0
    }

    fn check(&self) -> Result<(), DcqlError> {
        (1..=MAX_PATH).contains(&self.0.len()).then_some(()).ok_or(DcqlError::Path)
    }
}

impl std::fmt::Display for ClaimPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for (position, part) in self.0.iter().enumerate() {
            let dot = if position == 0 { "" } else { "." };
            match part {
                PathPart::Every => write!(f, "{dot}*")?,
                PathPart::Index(index) => write!(f, "{dot}{index}")?,
                PathPart::Member(name) => write!(f, "{dot}{name}")?,
            }
        }
        Ok(())
    }
}

#[derive(Deserialize)]
struct RawQuery {
    credentials: Vec<CredentialQuery>,
    credential_sets: Option<Vec<CredentialSetQuery>>,
}

fn yes() -> bool {
    true
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde's skip_serializing_if passes a reference")]
fn is_yes(value: &bool) -> bool {
    *value
}

fn check_count<T>(items: &[T]) -> Result<(), DcqlError> {
    match items.len() {
        0 => Err(DcqlError::Empty),
        1..=MAX_ITEMS => Ok(()),
        _ => Err(DcqlError::TooLarge),
    }
}

fn check_unique<'a>(ids: impl Iterator<Item = &'a str>) -> Result<(), DcqlError> {
    let mut seen = BTreeSet::new();
    for id in ids {
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if id.is_empty() || !id.bytes().all(allowed) {
            return Err(DcqlError::Identifier);
        }
        if !seen.insert(id) {
            return Err(DcqlError::Repeated);
        }
    }
    Ok(())
}
