//! The wallet's two ways out. What names the citizen goes through the *identified* plane, what must not goes
//! through the *anonymous* one: two clients that share no connection, no cookie and no session.
//!
//! Both refuse redirects, ignore proxies of the environment, time out, and read at most as many bytes as the
//! caller allows. Addresses are `https`, or `http` on the loopback where the wallet was made with that permission.

use std::net::IpAddr;
use std::time::Duration;

use ::http::header::{ACCEPT, CONTENT_TYPE};
use ::http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;
use url::{Host, Url};

use crate::error::{Refusal, WalletError};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const TOTAL_TIMEOUT: Duration = Duration::from_secs(30);
/// Enough for every JSON answer of the gateway that is not a list of entries.
pub const JSON_CAP: usize = 256 * 1024;

/// The two planes.
#[derive(Clone, Debug)]
pub struct Planes {
    /// Requests that name the citizen: issuer, relying parties, services, recovery.
    pub identified: Plane,
    /// Requests that must not: elections, ledger, ballots.
    pub anonymous: Plane,
}

impl Planes {
    /// Two separate clients.
    pub fn new(allow_loopback_http: bool) -> Result<Self, TransportError> {
        let plane = || Plane::new(allow_loopback_http);
        Ok(Self { identified: plane()?, anonymous: plane()? })
    }
}

/// One client with the rules of this module.
#[derive(Clone, Debug)]
pub struct Plane {
    client: reqwest::Client,
    allow_loopback_http: bool,
}

/// The network did not carry the request or its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TransportError {
    /// No connection: nothing was sent.
    #[error("the server cannot be reached")]
    Connect,
    /// The connection broke: the request may have arrived.
    #[error("the connection broke before the answer was complete")]
    Interrupted,
    /// No answer in time: the request may have arrived.
    #[error("the server did not answer in time")]
    TimedOut,
    /// The TLS stack of this device does not start.
    #[error("no TLS on this device")]
    Unavailable,
}

impl TransportError {
    /// Whether the server may have received the request although no answer came.
    pub fn may_have_arrived(self) -> bool {
        matches!(self, Self::Interrupted | Self::TimedOut)
    }

    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Connect => "connect",
            Self::Interrupted => "interrupted",
            Self::TimedOut => "timed_out",
            Self::Unavailable => "unavailable",
        }
    }
}

/// An answer that the wallet does not read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AnswerError {
    /// A redirect, which the wallet never follows.
    #[error("the server tried to redirect the wallet")]
    Redirect,
    /// Not JSON of the expected shape.
    #[error("the server's answer is not of the expected shape")]
    Shape,
    /// More bytes than the cap.
    #[error("the server's answer is too large")]
    TooLarge,
}

impl AnswerError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Redirect => "redirect",
            Self::Shape => "shape",
            Self::TooLarge => "too_large",
        }
    }
}

/// An address that the wallet does not talk to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AddressError {
    /// Not https, nor allowed loopback http.
    #[error("the address is not https")]
    Insecure,
    /// Not an address, without a host, or with a user name in it.
    #[error("not an address of a server")]
    Malformed,
}

impl AddressError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Insecure => "insecure",
            Self::Malformed => "malformed",
        }
    }
}

/// A request's body.
#[derive(Clone, Debug, Default)]
pub enum Body {
    /// Bytes with their media type.
    Bytes(&'static str, Vec<u8>),
    /// `application/x-www-form-urlencoded`, already encoded.
    Form(String),
    /// `application/json`, already encoded.
    Json(Vec<u8>),
    /// None.
    #[default]
    None,
}

impl Body {
    /// `value` as JSON.
    pub fn json<T: Serialize>(value: &T) -> Result<Self, WalletError> {
        serde_json::to_vec(value).map(Self::Json).map_err(|_| AnswerError::Shape.into())
    }

    /// The pairs as a form.
    pub fn form(pairs: &[(&str, &str)]) -> Self {
        Self::Form(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
    }

    fn into_parts(self) -> (Option<&'static str>, Vec<u8>) {
        match self {
            Self::Bytes(kind, bytes) => (Some(kind), bytes),
            Self::Form(text) => (Some("application/x-www-form-urlencoded"), text.into_bytes()),
            Self::Json(bytes) => (Some("application/json"), bytes),
            Self::None => (None, Vec::new()),
        }
    }
}

/// What a server answered, whatever its status.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The HTTP status; never 3xx.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, within the cap.
    pub body: Vec<u8>,
}

impl Answer {
    /// This answer if it is 2xx, else the server's refusal.
    pub fn accepted(self) -> Result<Self, Refusal> {
        if self.status.is_success() { Ok(self) } else { Err(self.refusal()) }
    }

    /// The body as JSON.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T, AnswerError> {
        serde_json::from_slice(&self.body).map_err(|_| AnswerError::Shape)
    }

    /// One header as text.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn refusal(&self) -> Refusal {
        let body: serde_json::Value = serde_json::from_slice(&self.body).unwrap_or_default();
        let text = |name: &str| body.get(name).and_then(|value| value.as_str());
        let is_token = |text: &&str| {
            (1..=64).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.".contains(&b))
        };
        let status = self.status.as_u16();
        Refusal {
            status,
            code: text("error").filter(is_token).map_or_else(|| format!("http_{status}"), str::to_owned),
            words: text("message").or_else(|| text("error_description")).map(printable),
        }
    }
}

impl Plane {
    /// A client of its own: no redirects, no proxy from the environment, time-outs.
    pub fn new(allow_loopback_http: bool) -> Result<Self, TransportError> {
        let builder = reqwest::Client::builder();
        #[cfg(target_os = "android")]
        let builder = with_compiled_roots(builder)?;
        let client = builder
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(TOTAL_TIMEOUT)
            .user_agent("kodanik-wallet")
            .build()
            .map_err(|_| TransportError::Unavailable)?;
        Ok(Self { client, allow_loopback_http })
    }

    /// Sends one request and reads at most `cap` bytes of the answer. Any status but 3xx is an [`Answer`].
    pub async fn send(
        &self,
        method: Method,
        url: &Url,
        headers: &[(HeaderName, HeaderValue)],
        body: Body,
        cap: usize,
    ) -> Result<Answer, WalletError> {
        check_address(url, self.allow_loopback_http)?;
        let (kind, bytes) = body.into_parts();
        let mut request = self.client.request(method, url.clone()).body(bytes);
        if let Some(kind) = kind {
            request = request.header(CONTENT_TYPE, kind);
        }
        for (name, value) in headers {
            request = request.header(name, value);
        }
        read_answer(request.send().await.map_err(transport)?, cap).await
    }

    /// GET; a refusal is an error.
    pub async fn get(&self, url: &Url, cap: usize) -> Result<Answer, WalletError> {
        Ok(self.send(Method::GET, url, &[], Body::None, cap).await?.accepted()?)
    }

    /// GET of JSON within [`JSON_CAP`]; a refusal is an error.
    pub async fn get_json<T: DeserializeOwned>(&self, url: &Url) -> Result<T, WalletError> {
        let accept = [(ACCEPT, HeaderValue::from_static("application/json"))];
        Ok(self.send(Method::GET, url, &accept, Body::None, JSON_CAP).await?.accepted()?.json()?)
    }

    /// POST of JSON, answered by JSON within [`JSON_CAP`]; a refusal is an error.
    pub async fn post_json<B: Serialize, T: DeserializeOwned>(
        &self,
        url: &Url,
        body: &B,
    ) -> Result<T, WalletError> {
        let accept = [(ACCEPT, HeaderValue::from_static("application/json"))];
        let answer = self.send(Method::POST, url, &accept, Body::json(body)?, JSON_CAP).await?;
        Ok(answer.accepted()?.json()?)
    }

    /// Whether this plane may talk to `url`.
    pub fn check_address(&self, url: &Url) -> Result<(), AddressError> {
        check_address(url, self.allow_loopback_http)
    }
}

/// `https` with a host, or `http` on 127.0.0.0/8, ::1 or `localhost` where allowed; never with a user name.
pub fn check_address(url: &Url, allow_loopback_http: bool) -> Result<(), AddressError> {
    let host = url.host().ok_or(AddressError::Malformed)?;
    if !url.username().is_empty() || url.password().is_some() {
        return Err(AddressError::Malformed);
    }
    match url.scheme() {
        "https" => Ok(()),
        "http" if allow_loopback_http && is_loopback(&host) => Ok(()),
        _ => Err(AddressError::Insecure),
    }
}

/// `base` with `path` appended below it, whether or not `base` ends in a slash.
pub fn join(base: &Url, path: &str) -> Result<Url, AddressError> {
    let base = format!("{}/{}", base.as_str().trim_end_matches('/'), path.trim_start_matches('/'));
    Url::parse(&base).map_err(|_| AddressError::Malformed)
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Domain(name) => *name == "localhost",
        Host::Ipv4(address) => IpAddr::from(*address).is_loopback(),
        Host::Ipv6(address) => IpAddr::from(*address).is_loopback(),
    }
}

async fn read_answer(mut response: reqwest::Response, cap: usize) -> Result<Answer, WalletError> {
    let status = response.status();
    if status.is_redirection() {
        return Err(AnswerError::Redirect.into());
    }
    if response.content_length().is_some_and(|length| length > cap as u64) {
        return Err(AnswerError::TooLarge.into());
    }
    let headers = std::mem::take(response.headers_mut());
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(transport)? {
        if body.len() + chunk.len() > cap {
            return Err(AnswerError::TooLarge.into());
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Answer { status, headers, body })
}

fn transport(error: reqwest::Error) -> TransportError {
    if error.is_connect() {
        TransportError::Connect
    } else if error.is_timeout() {
        TransportError::TimedOut
    } else {
        TransportError::Interrupted
    }
}

fn printable(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(300).collect()
}

/// Whom TLS believes on Android: Mozilla's list as it was when this was compiled. The system's own verifier is Java's there, and
/// panics where nobody gave it the app's context (docs/decisions/0015).
#[cfg(any(test, target_os = "android"))]
fn with_compiled_roots(builder: reqwest::ClientBuilder) -> Result<reqwest::ClientBuilder, TransportError> {
    let roots =
        webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|der| reqwest::Certificate::from_der(der));
    let roots: Vec<_> = roots.collect::<Result<_, _>>().map_err(|_| TransportError::Unavailable)?;
    Ok(builder.tls_certs_only(roots))
}

#[cfg(test)]
mod tests;
