//! What a citizen keeps of an exchange: one canonical JSON file that anyone can verify offline
//! (`protocol.md §6.6`).
//!
//! It proves: this citizen asked exactly this (the citizen's signature), X-Road carried exactly this request (its
//! hash, computed again), and this provider answered exactly that (the provider's signature, which covers the
//! citizen's). Keys come from outside: the citizen's out of the presentation, the provider's out of its
//! certificate chain, both held against trust anchors by the caller.

use kodanik_crypto::encoding::{Binary, EncodingError, from_canonical_json, to_canonical_json};
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixSeconds;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::headers::Headers;
use crate::message::{AnswerError, Exchange, MAX_BODY, MessageError, RestResponse, StrictRequest};
use crate::signature::request::{SignedRequest, UnverifiedRequest};
use crate::signature::{HopInvariant, SignatureRefused, answer};

/// Most bytes of an evidence file.
pub const MAX_EVIDENCE: usize = 4 * MAX_BODY;
/// How long after the citizen's signature expired the provider may have signed its answer, in seconds.
const ANSWER_GRACE: u64 = 300;

/// The fields of a response that a signature covers or a check compares. Others prove nothing and are not kept.
const KEPT: [&str; 10] = [
    "content-digest",
    "content-type",
    answer::CHAIN_HEADER,
    "signature",
    "signature-input",
    "x-road-client",
    "x-road-id",
    "x-road-request-hash",
    "x-road-request-id",
    "x-road-service",
];

/// Why a file is not evidence.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// The response is not X-Road's answer to the request.
    #[error("the answer: {0}")]
    Answer(#[from] AnswerError),
    /// The citizen's signature.
    #[error("the citizen's signature: {0}")]
    Citizen(#[source] SignatureRefused),
    /// Not the canonical JSON document.
    #[error("the file: {0}")]
    Encoding(#[from] EncodingError),
    /// The recorded request is not one that a wallet sends.
    #[error("the request: {0}")]
    Message(#[from] MessageError),
    /// The citizen signed another path than the one that was called.
    #[error("the citizen signed for another service")]
    Path,
    /// The provider's signature.
    #[error("the provider's signature: {0}")]
    Provider(#[source] SignatureRefused),
    /// The file holds a field that nothing protects.
    #[error("the answer holds a field that nothing protects")]
    Unprotected,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    format: Format,
    request: RequestRecord,
    response: ResponseRecord,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
enum Format {
    #[serde(rename = "kodanik-evidence-v1")]
    V1,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct RequestRecord {
    method: String,
    path: String,
    query: Option<String>,
    headers: Headers,
    body: Binary,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ResponseRecord {
    status: u16,
    headers: Headers,
    body: Binary,
}

/// An exchange as somebody recorded it.
#[derive(Clone, Debug)]
pub struct UnverifiedEvidence {
    request: StrictRequest,
    response: RestResponse,
    signature: UnverifiedRequest,
}

/// An exchange that happened: what was asked, by whom, and what was answered, by whom.
#[derive(Clone, Debug)]
pub struct VerifiedEvidence {
    /// When the provider signed its answer, by its own clock.
    pub answered: UnixSeconds,
    /// X-Road's ids of the exchange.
    pub exchange: Exchange,
    /// The request.
    pub request: StrictRequest,
    /// The answer.
    pub response: RestResponse,
    /// What the citizen signed.
    pub signed: SignedRequest,
}

impl UnverifiedEvidence {
    /// From an exchange of one's own.
    pub fn new(request: StrictRequest, response: RestResponse) -> Result<Self, EvidenceError> {
        let headers = response.headers.filtered(|name| KEPT.contains(&name));
        let response = RestResponse { headers, ..response };
        let signature = UnverifiedRequest::parse((&request).into()).map_err(EvidenceError::Citizen)?;
        Ok(Self { request, response, signature })
    }

    /// From a file.
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let File { request, response, .. } = from_canonical_json(bytes, MAX_EVIDENCE)?;
        let RequestRecord { method, path, query, headers, body } = request;
        let request = StrictRequest::parse(&method, &path, query.as_deref(), &headers, body.0)?;
        let ResponseRecord { status, headers, body } = response;
        if !headers.iter().all(|(name, _)| KEPT.contains(&name)) {
            return Err(EvidenceError::Unprotected);
        }
        Self::new(request, RestResponse { status, headers, body: body.0 })
    }

    /// The file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EvidenceError> {
        let request = self.request.as_request();
        let request = RequestRecord {
            method: request.method().to_string(),
            path: request.path().as_str().to_owned(),
            query: request.query().map(str::to_owned),
            headers: request.headers().clone(),
            body: Binary(request.body().to_vec()),
        };
        let RestResponse { status, headers, body } = self.response.clone();
        let response = ResponseRecord { status, headers, body: Binary(body) };
        Ok(to_canonical_json(&File { format: Format::V1, request, response })?)
    }

    /// The e-ID presented with the request: SD-JWT + KB, whose `cnf` is the citizen's key.
    pub fn presentation(&self) -> Option<&str> {
        self.signature.presentation()
    }

    /// What the request claims to be, not verified.
    pub fn claimed(&self) -> &SignedRequest {
        self.signature.claimed()
    }

    /// The provider's certificate chain: leaf first, DER.
    pub fn provider_chain(&self) -> Result<Vec<Vec<u8>>, EvidenceError> {
        answer::chain(&self.response.headers).map_err(EvidenceError::Provider)
    }

    /// Verifies the exchange. The citizen's signature is judged at the moment the provider answered.
    pub fn verify(
        self,
        citizen: &VerifyingKey,
        provider: &VerifyingKey,
    ) -> Result<VerifiedEvidence, EvidenceError> {
        let Self { request, response, signature } = self;
        let exchange = response.check(&request)?;
        let view = HopInvariant::from(&request);
        let answered = answer::verify(&response, view, provider).map_err(EvidenceError::Provider)?;
        let signed =
            signature.verify_with_grace(citizen, answered, ANSWER_GRACE).map_err(EvidenceError::Citizen)?;
        if signed.path != *request.as_request().path() {
            return Err(EvidenceError::Path);
        }
        Ok(VerifiedEvidence { answered, exchange, request, response, signed })
    }
}

#[cfg(test)]
mod tests;
