//! The link that starts a presentation (section 5, HAIP 1.0 section 5.1).

use std::fmt;

use kodanik_crypto::encoding::Bytes;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use url::Url;

use super::PresentationError;
use crate::endpoint::{Endpoint, EndpointPolicy};

const MAX_LINK: usize = 4096;
const SCHEMES: [&str; 2] = ["openid4vp", "haip-vp"];
const X509_HASH: &str = "x509_hash:";

/// A verifier's name for itself: the SHA-256 of its certificate (`x509_hash`).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ClientId(Bytes<32>);

/// How the request object is fetched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RequestUriMethod {
    /// GET.
    Get,
    /// POST, with a nonce of the wallet's that the request object must repeat.
    Post,
}

/// `openid4vp://?client_id=...&request_uri=...`, parsed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequestLink {
    /// Who asks, until proven only a claim.
    pub client_id: ClientId,
    /// Where the signed request object lies.
    pub request_uri: Endpoint,
    /// How to fetch it.
    pub method: RequestUriMethod,
}

impl ClientId {
    /// The client id of the certificate with this SHA-256.
    pub fn of(leaf_hash: Bytes<32>) -> Self {
        Self(leaf_hash)
    }

    /// Parses `x509_hash:<base64url of 32 bytes>`.
    pub fn parse(text: &str) -> Result<Self, PresentationError> {
        let hash = text.strip_prefix(X509_HASH).ok_or(PresentationError::ClientIdKind)?;
        Bytes::parse(hash).map(Self).map_err(|_| PresentationError::ClientIdKind)
    }
}

impl fmt::Display for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{X509_HASH}{}", self.0)
    }
}

impl fmt::Debug for ClientId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for ClientId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for ClientId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

impl RequestLink {
    /// Whether a text looks like a request: by its scheme, before anything is parsed.
    pub fn is_meant_by(text: &str) -> bool {
        text.split_once(':').is_some_and(|(scheme, _)| SCHEMES.contains(&scheme))
    }

    /// Parses `openid4vp://?...` (or `haip-vp://?...`). Only requests by reference are taken; other parameters are
    /// ignored, since the signed request object alone counts (RFC 9101 section 6.3).
    pub fn parse(text: &str, policy: EndpointPolicy) -> Result<Self, PresentationError> {
        if text.len() > MAX_LINK {
            return Err(PresentationError::Link);
        }
        let url = Url::parse(text).map_err(|_| PresentationError::Link)?;
        if !SCHEMES.contains(&url.scheme()) {
            return Err(PresentationError::Link);
        }
        let client_id = parameter(&url, "client_id")?.ok_or(PresentationError::Link)?;
        let request_uri = parameter(&url, "request_uri")?.ok_or(PresentationError::Link)?;
        let method = match parameter(&url, "request_uri_method")?.as_deref() {
            None | Some("get") => RequestUriMethod::Get,
            Some("post") => RequestUriMethod::Post,
            Some(_) => return Err(PresentationError::Link),
        };
        Ok(Self {
            client_id: ClientId::parse(&client_id)?,
            request_uri: Endpoint::parse(&request_uri, policy)?,
            method,
        })
    }
}

impl fmt::Display for RequestLink {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.append_pair("client_id", &self.client_id.to_string());
        query.append_pair("request_uri", self.request_uri.as_str());
        if self.method == RequestUriMethod::Post {
            query.append_pair("request_uri_method", "post");
        }
        write!(f, "{}://?{}", SCHEMES[0], query.finish())
    }
}

fn parameter(url: &Url, name: &str) -> Result<Option<String>, PresentationError> {
    let mut values = url.query_pairs().filter(|(key, _)| key == name);
    match (values.next(), values.next()) {
        (value, None) => Ok(value.map(|(_, value)| value.into_owned())),
        (_, Some(_)) => Err(PresentationError::Link),
    }
}
