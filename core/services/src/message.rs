//! REST messages as X-Road reads and hashes them (PR-REST 1.0.4 §4; `protocol.md §6.2`).

use std::fmt;
use std::str::FromStr;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha512};
use thiserror::Error;

use crate::address::{AddressError, ClientId, RepresentedParty, RestPath, ServerId, ServiceId, UserId};
use crate::error::Fault;
use crate::headers::{HeaderError, Headers};

/// Most bytes of a body, either way.
pub const MAX_BODY: usize = 2 * 1024 * 1024;
/// Longest query and longest identifier chosen by a sender, in bytes.
const MAX_QUERY: usize = 4096;
const MAX_ID: usize = 128;

/// Fields that belong to one hop: neither forwarded nor hashed.
const HOP_HEADERS: [&str; 11] = [
    "connection",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "server",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "user-agent",
];
/// Fields that are sent on but not hashed.
const UNHASHED_HEADERS: [&str; 2] = ["content-length", "expect"];
/// What only a security server may say.
const SERVER_HEADERS: [&str; 2] = ["x-road-request-hash", "x-road-request-id"];

/// Why a request is not one.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MessageError {
    /// The path or an identifier in a header.
    #[error("an identifier: {0}")]
    Address(#[from] AddressError),
    /// The body is over 2 MiB.
    #[error("the body is too large")]
    Body,
    /// No `X-Road-Client`; or, strictly, not exactly one.
    #[error("not exactly one X-Road-Client")]
    Client,
    /// A field stands twice that may stand once.
    #[error("a header field stands twice")]
    Duplicate,
    /// The list of fields.
    #[error("the header fields: {0}")]
    Header(#[from] HeaderError),
    /// A field of one hop, or one that only a security server may set.
    #[error("a header field that a client may not send")]
    HopHeader,
    /// A method that X-Road does not carry.
    #[error("a method that X-Road does not carry")]
    Method,
    /// The query has characters that a query cannot have, or is too long.
    #[error("the query")]
    Query,
    /// `X-Road-UserId` is not a country and a number.
    #[error("X-Road-UserId is not a country and a number")]
    User,
    /// No `X-Road-Id`, or one that is not 1 to 128 visible ASCII characters.
    #[error("no usable X-Road-Id")]
    XRoadId,
}

/// The methods that X-Road carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[expect(missing_docs, reason = "RFC 9110 section 9.3, RFC 5789")]
pub enum Method {
    Delete,
    Get,
    Head,
    Options,
    Patch,
    Post,
    Put,
    Trace,
}

impl Method {
    /// The method as it stands on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Delete => "DELETE",
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Patch => "PATCH",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Trace => "TRACE",
        }
    }
}

impl FromStr for Method {
    type Err = MessageError;

    fn from_str(text: &str) -> Result<Self, MessageError> {
        use Method::{Delete, Get, Head, Options, Patch, Post, Put, Trace};
        let all = [Delete, Get, Head, Options, Patch, Post, Put, Trace];
        all.into_iter().find(|method| method.as_str() == text).ok_or(MessageError::Method)
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A request as a security server reads it: lenient where X-Road is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestRequest {
    method: Method,
    path: RestPath,
    query: Option<String>,
    headers: Headers,
    body: Vec<u8>,
    client: ClientId,
    server: Option<ServerId>,
    represented: Option<RepresentedParty>,
}

impl RestRequest {
    /// Reads a request as X-Road 7.8.0 does. Of several fields of one name the last one counts; fields of one hop
    /// and those that only a security server may set are dropped. An empty body is none.
    pub fn parse_lenient(
        method: &str,
        path: &str,
        query: Option<&str>,
        headers: &Headers,
        body: Vec<u8>,
    ) -> Result<Self, MessageError> {
        let method = method.parse()?;
        let path = RestPath::parse_lenient(path)?;
        check_sizes(query, &body)?;
        let last = |name| headers.all(name).last();
        let client = last("x-road-client").ok_or(MessageError::Client)?.parse()?;
        let server = last("x-road-security-server").map(str::parse).transpose()?;
        let represented = last("x-road-represented-party").map(str::parse).transpose()?;
        let query = query.map(str::to_owned);
        let headers = headers.filtered(is_hashed);
        Ok(Self { method, path, query, headers, body, client, server, represented })
    }

    /// The method.
    pub fn method(&self) -> Method {
        self.method
    }

    /// The path as received.
    pub fn path(&self) -> &RestPath {
        &self.path
    }

    /// The raw query; `Some("")` where a bare `?` was sent.
    pub fn query(&self) -> Option<&str> {
        self.query.as_deref()
    }

    /// The fields that are forwarded and hashed, as received.
    pub fn headers(&self) -> &Headers {
        &self.headers
    }

    /// The body; empty where there is none.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Who sends.
    pub fn client(&self) -> &ClientId {
        &self.client
    }

    /// Which security server shall answer, where the sender cares.
    pub fn server(&self) -> Option<&ServerId> {
        self.server.as_ref()
    }

    /// On whose behalf.
    pub fn represented_party(&self) -> Option<&RepresentedParty> {
        self.represented.as_ref()
    }

    /// The message's id as sent; without one the security server makes `{instance}-{uuid}`.
    pub fn x_road_id(&self) -> Option<&str> {
        self.headers.all("x-road-id").last()
    }

    /// The canonical message M that X-Road signs: request line, fields, `x-road-request-id`, and `generated_id`
    /// where the client sent no `X-Road-Id`.
    pub fn message(&self, request_id: &str, generated_id: &str) -> Vec<u8> {
        let mut out = format!("{}\r\n{}", self.method, self.path.as_str());
        if let Some(query) = &self.query {
            out.push('?');
            out.push_str(query);
        }
        out.push_str("\r\n");
        for (name, value) in self.headers.iter() {
            push_field(&mut out, name, value);
        }
        push_field(&mut out, "x-road-request-id", request_id);
        if self.x_road_id().is_none() {
            push_field(&mut out, "x-road-id", generated_id);
        }
        out.into_bytes()
    }

    /// `X-Road-Request-Hash`: base64 of SHA-512(M) without a body, else of SHA-512(SHA-512(M) || SHA-512(body)).
    pub fn request_hash(&self, request_id: &str, generated_id: &str) -> String {
        let message = Sha512::digest(self.message(request_id, generated_id));
        if self.body.is_empty() {
            return STANDARD.encode(message);
        }
        STANDARD.encode(Sha512::digest([message, Sha512::digest(&self.body)].concat()))
    }
}

fn check_sizes(query: Option<&str>, body: &[u8]) -> Result<(), MessageError> {
    if body.len() > MAX_BODY {
        return Err(MessageError::Body);
    }
    let fits = |byte: u8| byte.is_ascii_graphic() && byte != b'#';
    match query {
        Some(query) if query.len() > MAX_QUERY || !query.bytes().all(fits) => Err(MessageError::Query),
        _ => Ok(()),
    }
}

fn push_field(out: &mut String, name: &str, value: &str) {
    out.push_str(name);
    out.push(':');
    out.push_str(value);
    out.push_str("\r\n");
}

/// Whether a field is part of the canonical message and travels on.
pub fn is_hashed(name: &str) -> bool {
    !is_hop_header(name)
        && !UNHASHED_HEADERS.iter().chain(&SERVER_HEADERS).any(|other| other.eq_ignore_ascii_case(name))
}

/// Whether a field belongs to one hop.
pub fn is_hop_header(name: &str) -> bool {
    HOP_HEADERS.iter().any(|other| other.eq_ignore_ascii_case(name))
}

/// A request that every server on the way reads in the same way: what a wallet sends and a gateway forwards.
/// Beyond X-Road's rules: one `X-Road-Client`, one `X-Road-Id` of the sender's choice, one `X-Road-UserId`; no field
/// stands twice, none belongs to a hop or to a security server; no dot segments.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StrictRequest {
    request: RestRequest,
    x_road_id: String,
    user: UserId,
}

impl StrictRequest {
    /// Reads and checks.
    pub fn parse(
        method: &str,
        path: &str,
        query: Option<&str>,
        headers: &Headers,
        body: Vec<u8>,
    ) -> Result<Self, MessageError> {
        RestPath::parse(path)?;
        check_fields(headers)?;
        let x_road_id = headers.single("x-road-id").ok_or(MessageError::XRoadId)?.to_owned();
        check_id(&x_road_id)?;
        let user = headers.single("x-road-userid").ok_or(MessageError::User)?;
        let user = user.parse().map_err(|_| MessageError::User)?;
        let request = RestRequest::parse_lenient(method, path, query, headers, body)?;
        match &request.represented {
            Some(party) if party.code.is_empty() => Err(AddressError::Blank.into()),
            _ => Ok(Self { request, x_road_id, user }),
        }
    }

    /// The request.
    pub fn as_request(&self) -> &RestRequest {
        &self.request
    }

    /// The sender's id of the message: the same for every attempt to send it.
    pub fn x_road_id(&self) -> &str {
        &self.x_road_id
    }

    /// The citizen.
    pub fn user(&self) -> &UserId {
        &self.user
    }

    /// `X-Road-Request-Hash` for the id that the security server gave the attempt.
    pub fn request_hash(&self, request_id: &str) -> String {
        self.request.request_hash(request_id, "") // the sender chose the X-Road-Id, so none is generated
    }
}

fn check_fields(headers: &Headers) -> Result<(), MessageError> {
    if headers.single("x-road-client").is_none() {
        return Err(MessageError::Client);
    }
    for (name, _) in headers.iter() {
        if !is_hashed(name) {
            return Err(MessageError::HopHeader);
        }
        if headers.single(name).is_none() {
            return Err(MessageError::Duplicate);
        }
    }
    Ok(())
}

fn check_id(id: &str) -> Result<(), MessageError> {
    let fits = (1..=MAX_ID).contains(&id.len()) && id.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(()).ok_or(MessageError::XRoadId)
}

/// A response, not yet held against its request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RestResponse {
    /// The HTTP status.
    pub status: u16,
    /// The fields as received.
    pub headers: Headers,
    /// The body.
    pub body: Vec<u8>,
}

/// Why a response is not the answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// X-Road failed.
    #[error(transparent)]
    Fault(#[from] Fault),
    /// `X-Road-Client`, `X-Road-Id` or `X-Road-Service` is missing or of another request.
    #[error("the answer is to another request")]
    OtherRequest,
    /// `X-Road-Request-Hash` is not that of the request: what X-Road logged is not what was sent.
    #[error("the answer is to a request that was changed on the way")]
    RequestHash,
    /// No `X-Road-Request-Id`.
    #[error("the answer lacks X-Road-Request-Id")]
    RequestId,
}

/// Ids that X-Road gave an exchange, held against the request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exchange {
    /// `X-Road-Request-Id`: of this attempt.
    pub request_id: String,
    /// `X-Road-Request-Hash`, computed again from the request.
    pub request_hash: String,
    /// The service that answered.
    pub service: ServiceId,
}

impl RestResponse {
    /// Holds the response against `request`: ids, service, and the hash computed again from what was sent.
    pub fn check(&self, request: &StrictRequest) -> Result<Exchange, AnswerError> {
        if let Some(fault) = Fault::of(&self.headers, &self.body) {
            return Err(fault.into());
        }
        let field = |name| self.headers.single(name).ok_or(AnswerError::OtherRequest);
        let service: ServiceId = field("x-road-service")?.parse().map_err(|_| AnswerError::OtherRequest)?;
        let client: ClientId = field("x-road-client")?.parse().map_err(|_| AnswerError::OtherRequest)?;
        let sent = request.as_request();
        if service != *sent.path.service()
            || client != sent.client
            || field("x-road-id")? != request.x_road_id
        {
            return Err(AnswerError::OtherRequest);
        }
        let request_id = self.headers.single("x-road-request-id").ok_or(AnswerError::RequestId)?.to_owned();
        let request_hash = request.request_hash(&request_id);
        if self.headers.single("x-road-request-hash") != Some(&request_hash) {
            return Err(AnswerError::RequestHash);
        }
        Ok(Exchange { request_id, request_hash, service })
    }
}

#[cfg(test)]
mod tests;
