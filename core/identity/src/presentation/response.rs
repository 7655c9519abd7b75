//! The answer (section 8), as the verifier receives it: decrypted, then verified, then its status looked up. Each is a
//! type of its own, so that no step can be left out.

use std::collections::BTreeMap;

use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixSeconds;
use serde::Deserialize;
use thiserror::Error;

use super::{ClientId, TransactionData};
use crate::dcql::{ClaimPath, ClaimQuery, CredentialQuery, PathPart, Query, has};
use crate::json::{self, JsonError};
use crate::jwe::{CompactJwe, DecryptionKey, JweError};
use crate::sd_jwt::{self, SdJwtError, UnverifiedPresentation, VerifiedPresentation};
use crate::status::{Status, StatusReference};
use crate::trust::TrustAnchors;

/// The largest answer, in bytes.
pub const MAX_RESPONSE: usize = 512 * 1024;

const MAX_PRESENTATIONS: usize = 16;

/// Per query id, the presentations.
pub type VpToken = BTreeMap<String, Vec<String>>;

/// Why a verifier does not accept an answer. Never says anything about the holder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ResponseError {
    /// The answer does not open with the key of this request.
    #[error("the answer does not open: {0}")]
    Encryption(#[from] JweError),
    /// A query that must be answered is not.
    #[error("the answer leaves out what was asked for")]
    Incomplete,
    /// Not the JSON of an answer.
    #[error("the answer: {0}")]
    Json(#[from] JsonError),
    /// A credential that has no status, though it lives longer than a day.
    #[error("a credential cannot be revoked and lives for long")]
    NoStatus,
    /// A credential that was revoked or suspended.
    #[error("a credential is revoked or suspended")]
    NotValid,
    /// A credential of another type, or with other values, or of another authority than asked for.
    #[error("a credential is not of the kind that was asked for")]
    NotWhatWasAsked,
    /// Claims were disclosed that were not asked for.
    #[error("the answer discloses more than was asked for")]
    OverDisclosed,
    /// The presentation does not verify: chain, signatures, nonce, audience, digests, times.
    #[error("a presentation: {0}")]
    Presentation(#[from] SdJwtError),
    /// The answer belongs to another request.
    #[error("the answer is to another request")]
    State,
    /// The status could not be looked up; nothing is accepted on trust.
    #[error("the status of a credential could not be looked up")]
    StatusUnknown,
    /// The holder's signature does not agree to the transaction data, or agrees to other data.
    #[error("the answer does not agree to the transaction data")]
    TransactionData,
    /// More presentations than were asked for, or for a query that does not exist.
    #[error("the answer has presentations that were not asked for")]
    Unasked,
}

/// What an answer is checked against: what the verifier remembers of its request.
#[derive(Clone, Copy, Debug)]
pub struct Expected<'a> {
    /// The verifier: the audience of the key bindings.
    pub client_id: ClientId,
    /// The request's nonce.
    pub nonce: &'a str,
    /// The request's state.
    pub state: &'a str,
    /// What was asked for.
    pub query: &'a Query,
    /// What had to be agreed to.
    pub transaction_data: &'a [TransactionData],
    /// Now.
    pub now: UnixSeconds,
}

/// A decrypted answer.
#[derive(Debug)]
pub struct UnverifiedResponse {
    token: VpToken,
    state: Option<String>,
}

/// Presentations that verify, of credentials that may have been revoked since.
#[derive(Debug)]
pub struct StatusUnchecked(Vec<Answer>);

/// An answer to build on: everything verified, nothing revoked.
#[derive(Debug)]
pub struct VerifiedResponse(Vec<Answer>);

/// One presentation.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The query that it answers.
    pub query_id: String,
    /// What was presented.
    pub presentation: VerifiedPresentation,
    /// The key-binding JWT (RFC 9901 section 4.3): the holder's signature on nonce, audience and transaction data. It
    /// holds no claim of the credential, so a verifier may keep it to show what the holder agreed to.
    pub key_binding: String,
}

impl UnverifiedResponse {
    /// Decrypts the form parameter `response`.
    pub fn decrypt(response: &str, key: &DecryptionKey) -> Result<Self, ResponseError> {
        let plaintext = CompactJwe::parse(response, MAX_RESPONSE)?.decrypt(key)?;
        let wire: Wire = json::parse(plaintext.expose(), MAX_RESPONSE)?;
        Ok(Self { token: wire.vp_token, state: wire.state })
    }

    /// Verifies every presentation against what was asked.
    pub fn verify(
        self,
        expected: &Expected<'_>,
        anchors: &TrustAnchors,
    ) -> Result<StatusUnchecked, ResponseError> {
        if self.state.as_deref() != Some(expected.state) {
            return Err(ResponseError::State);
        }
        self.check_counts(expected.query)?;
        let mut answers = Vec::new();
        for (query_id, presentations) in &self.token {
            let query = expected.query.credential(query_id).ok_or(ResponseError::Unasked)?;
            for text in presentations {
                let presentation = verify_one(text, query, expected, anchors)?;
                // A presentation that verified ends in its key-binding JWT.
                let key_binding = text.rsplit('~').next().unwrap_or_default().to_owned();
                answers.push(Answer { query_id: query_id.clone(), presentation, key_binding });
            }
        }
        Ok(StatusUnchecked(answers))
    }

    fn check_counts(&self, query: &Query) -> Result<(), ResponseError> {
        for (query_id, presentations) in &self.token {
            let asked = query.credential(query_id).ok_or(ResponseError::Unasked)?;
            let most = if asked.multiple { MAX_PRESENTATIONS } else { 1 };
            if !(1..=most).contains(&presentations.len()) {
                return Err(ResponseError::Unasked);
            }
        }
        query.is_satisfied_by(|id| self.token.contains_key(id)).then_some(()).ok_or(ResponseError::Incomplete)
    }
}

impl StatusUnchecked {
    /// The status references to look up.
    pub fn references(&self) -> impl Iterator<Item = &StatusReference> {
        self.0.iter().filter_map(|answer| answer.presentation.credential.status())
    }

    /// Accepts if every credential is valid by `look_up`, which gives `None` where it cannot tell. A credential without
    /// a status is accepted only if its life is short.
    pub fn check_status(
        self,
        mut look_up: impl FnMut(&StatusReference) -> Option<Status>,
    ) -> Result<VerifiedResponse, ResponseError> {
        for answer in &self.0 {
            let credential = &answer.presentation.credential;
            let Some(reference) = credential.status() else {
                credential.is_short_lived().then_some(()).ok_or(ResponseError::NoStatus)?;
                continue;
            };
            match look_up(reference) {
                Some(Status::Valid) => {}
                Some(_) => return Err(ResponseError::NotValid),
                None => return Err(ResponseError::StatusUnknown),
            }
        }
        Ok(VerifiedResponse(self.0))
    }
}

impl VerifiedResponse {
    /// All presentations.
    pub fn answers(&self) -> &[Answer] {
        &self.0
    }

    /// The first presentation for `query_id`.
    pub fn answer(&self, query_id: &str) -> Option<&Answer> {
        self.0.iter().find(|answer| answer.query_id == query_id)
    }

    /// The names of the claims that were disclosed.
    pub fn claim_names(&self) -> Vec<String> {
        let disclosed = self.0.iter().flat_map(|answer| answer.presentation.credential.disclosed());
        let mut names: Vec<_> = disclosed.map(|path| path.to_string()).collect();
        names.sort();
        names.dedup();
        names
    }
}

impl Answer {
    /// The key that the credential is bound to and that signed the key binding.
    pub fn holder_key(&self) -> &VerifyingKey {
        self.presentation.credential.holder_key()
    }

    /// A claim of text by its path of member names.
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        let claims = self.presentation.credential.claims();
        path.iter().try_fold(claims, |value, name| value.get(name))?.as_str()
    }
}

#[derive(Deserialize)]
struct Wire {
    vp_token: VpToken,
    state: Option<String>,
}

fn verify_one(
    text: &str,
    query: &CredentialQuery,
    expected: &Expected<'_>,
    anchors: &TrustAnchors,
) -> Result<VerifiedPresentation, ResponseError> {
    let audience = expected.client_id.to_string();
    let binding = sd_jwt::Expected { nonce: expected.nonce, audience: &audience, now: expected.now };
    let presentation = UnverifiedPresentation::parse(text)?.verify(anchors, &binding)?;
    let credential = &presentation.credential;
    let authorities = credential.issuer_party().authorities();
    if !query.takes(crate::dcql::DC_SD_JWT, credential.vct(), authorities) {
        return Err(ResponseError::NotWhatWasAsked);
    }
    check_claims(query, credential.claims(), &credential.disclosed())?;
    if !TransactionData::is_bound(expected.transaction_data, &query.id, &presentation.binding) {
        return Err(ResponseError::TransactionData);
    }
    Ok(presentation)
}

/// One of the allowed sets of claims must be there in full, and nothing beyond it.
fn check_claims(
    query: &CredentialQuery,
    claims: &serde_json::Value,
    disclosed: &[ClaimPath],
) -> Result<(), ResponseError> {
    let sets = query.allowed_claim_sets();
    let mut present = sets.iter().filter(|set| set.iter().all(|claim| has(claims, claim))).peekable();
    if present.peek().is_none() {
        return Err(ResponseError::NotWhatWasAsked);
    }
    let within = |set: &Vec<&ClaimQuery>| {
        disclosed.iter().all(|path| set.iter().any(|claim| overlaps(claim.path.parts(), path.parts())))
    };
    present.any(within).then_some(()).ok_or(ResponseError::OverDisclosed)
}

/// Whether one path leads through the other: a parent had to be disclosed, or a part of what was asked.
fn overlaps(asked: &[PathPart], disclosed: &[PathPart]) -> bool {
    asked.iter().zip(disclosed).all(|(asked, disclosed)| match (asked, disclosed) {
        (PathPart::Every, PathPart::Index(_)) => true,
        _ => asked == disclosed,
    })
}
