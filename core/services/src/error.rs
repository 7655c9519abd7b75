//! What a security server says when it fails (PR-REST 1.0.4 §4.6; `protocol.md §6.5`).
//!
//! Up to 7.7 the codes are `Server.ServerProxy.AccessDenied`, from 7.8 `server.serverproxy.access_denied`. They are
//! compared in lower case and without `_`, by prefix on whole dotted parts; a code we do not know is kept.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::headers::Headers;

/// Most bytes of an error body that are looked at.
pub const MAX_ERROR: usize = 64 * 1024;

/// The fault's code in the one form both dialects have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ErrorCode(String);

impl ErrorCode {
    /// Lower case, without `_` and white space around; whatever a header can hold is a code.
    pub fn parse(text: &str) -> Self {
        let without_underscores: String = text.chars().filter(|c| *c != '_').collect();
        Self(without_underscores.trim().to_ascii_lowercase())
    }

    /// Whether this is `code` or a refinement of it (`server.serverproxy` covers `server.serverproxy.accessdenied`).
    pub fn is(&self, code: &str) -> bool {
        let code = Self::parse(code).0;
        self.0.strip_prefix(&code).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }

    /// Who has to act.
    pub fn cause(&self) -> Cause {
        let last_part_of = |names: &[&str]| self.0.split('.').any(|part| names.contains(&part));
        if last_part_of(&["accessdenied"]) {
            Cause::AccessDenied
        } else if last_part_of(&["unknownmember", "unknownservice", "servicedisabled"]) {
            Cause::NoSuchService
        } else if last_part_of(&["servicefailed"]) {
            Cause::ProviderDown
        } else if self.is("client") {
            Cause::OurRequest
        } else {
            Cause::Network
        }
    }
}

impl std::fmt::Display for ErrorCode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

/// Who has to act on an X-Road fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Cause {
    /// The provider has not given our subsystem the right: the gateway's operator.
    AccessDenied,
    /// X-Road itself is not working: wait, and try again.
    Network,
    /// No such service, or it is switched off: the catalogue is old.
    NoSuchService,
    /// The request was malformed: our bug.
    OurRequest,
    /// The provider's own system does not answer: wait, and try again.
    ProviderDown,
}

/// A fault of X-Road's own. The provider's errors are not faults: they pass as answers.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("X-Road: {code}")]
pub struct Fault {
    /// The normalised code.
    pub code: ErrorCode,
    /// X-Road's identifier of the incident in its logs, where given.
    pub detail: Option<String>,
}

#[derive(Deserialize)]
struct Body {
    #[serde(rename = "type")]
    code: Option<String>,
    detail: Option<String>,
}

impl Fault {
    /// Reads the fault out of a response, or `None` where it is the provider's own answer: the header
    /// `X-Road-Error` decides, the body only adds detail.
    pub fn of(headers: &Headers, body: &[u8]) -> Option<Self> {
        let header = headers.all("x-road-error").next()?;
        let body = body.get(..body.len().min(MAX_ERROR)).unwrap_or_default();
        let body: Option<Body> = serde_json::from_slice(body).ok();
        let text = body.as_ref().and_then(|body| body.code.as_deref()).unwrap_or(header);
        Some(Self { code: ErrorCode::parse(text), detail: body.and_then(|body| body.detail) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_dialects_are_one_code() {
        let old = ErrorCode::parse("Server.ServerProxy.AccessDenied");
        let new = ErrorCode::parse("server.serverproxy.access_denied");
        assert_eq!(old, new);
        assert!(old.is("Server.ServerProxy") && old.is("server.serverproxy.access_denied"));
        assert!(!old.is("server.server") && !old.is("server.clientproxy"));
        assert_eq!(old.cause(), Cause::AccessDenied);
    }

    #[test]
    fn unknown_codes_are_kept() {
        let code = ErrorCode::parse("server.clientproxy.something_new.x");
        assert_eq!(code.to_string(), "server.clientproxy.somethingnew.x");
        assert_eq!(code.cause(), Cause::Network);
        assert_eq!(ErrorCode::parse("Client.BadRequest").cause(), Cause::OurRequest);
        assert_eq!(ErrorCode::parse("Server.ServerProxy.ServiceFailed").cause(), Cause::ProviderDown);
        assert_eq!(ErrorCode::parse("server.clientproxy.unknown_member").cause(), Cause::NoSuchService);
    }

    #[test]
    fn a_code_read_again_is_the_same_code() {
        for text in ["_ client", "client _", " _\t_client", "client"] {
            let code = ErrorCode::parse(text);
            assert_eq!(ErrorCode::parse(&code.to_string()), code, "{text}");
            assert_eq!(code.cause(), Cause::OurRequest, "{text}");
        }
    }

    #[test]
    fn only_the_header_makes_a_fault() {
        let body = br#"{"type":"Server.ServerProxy.UnknownService","message":"m","detail":"d"}"#;
        assert_eq!(Fault::of(&Headers::new(), body), None);
        let mut headers = Headers::new();
        headers.push("X-Road-Error", "Server.ServerProxy.UnknownService").unwrap();
        let fault = Fault::of(&headers, body).unwrap();
        assert_eq!((fault.code.cause(), fault.detail.as_deref()), (Cause::NoSuchService, Some("d")));
        let plain = Fault::of(&headers, b"<html>").unwrap();
        assert_eq!((plain.code, plain.detail), (fault.code, None));
    }
}
