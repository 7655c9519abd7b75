//! Addresses of peers: `https`, or plain `http` to the loopback interface where the configuration says development.
//!
//! An address that came from outside becomes an [`Endpoint`] before anything is sent to it.

use std::fmt;

use serde::{Serialize, Serializer};
use thiserror::Error;
use url::{Host, Url};

use crate::trust::VerifiedParty;

/// The longest address that is looked at, in bytes.
const MAX_LENGTH: usize = 2048;

/// Which addresses may be talked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EndpointPolicy {
    /// `https` only.
    HttpsOnly,
    /// `https`, and `http` to `localhost`, 127.0.0.0/8 and ::1: development and the demo.
    LoopbackHttp,
}

/// Why an address is not talked to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EndpointError {
    /// A fragment, which no server would see.
    #[error("the address has a fragment")]
    Fragment,
    /// Not an absolute URL with a host, or longer than 2048 bytes.
    #[error("not an absolute address with a host")]
    Malformed,
    /// Neither `https` nor allowed loopback `http`.
    #[error("the address is neither https nor permitted loopback http")]
    Scheme,
    /// A user name or password in the address.
    #[error("the address has a user name or password")]
    UserInfo,
}

/// An absolute address that the policy allows: no user name, no fragment.
///
/// Keeps the text as it came, since identifiers are compared as strings (RFC 8414 section 3.3, OpenID4VCI 1.0
/// section 12.2.1), and two texts of one URL are two identifiers.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Endpoint {
    text: String,
    url: Url,
}

impl Endpoint {
    /// Parses and checks `text`.
    pub fn parse(text: &str, policy: EndpointPolicy) -> Result<Self, EndpointError> {
        if text.len() > MAX_LENGTH {
            return Err(EndpointError::Malformed);
        }
        let url = Url::parse(text).map_err(|_| EndpointError::Malformed)?;
        check_scheme(&url, policy)?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err(EndpointError::UserInfo);
        }
        if url.fragment().is_some() {
            return Err(EndpointError::Fragment);
        }
        Ok(Self { text: text.to_owned(), url })
    }

    /// The text as it came.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// The parsed URL.
    pub fn url(&self) -> &Url {
        &self.url
    }

    /// The host: a name, or an address without brackets.
    pub fn host(&self) -> String {
        match self.url.host() {
            Some(Host::Domain(name)) => name.to_owned(),
            Some(Host::Ipv4(address)) => address.to_string(),
            Some(Host::Ipv6(address)) => address.to_string(),
            None => String::new(),
        }
    }

    /// Whether the host is this machine.
    pub fn is_loopback(&self) -> bool {
        is_loopback(&self.url)
    }

    /// Whether scheme, host and port are the same.
    pub fn same_origin(&self, other: &Self) -> bool {
        self.url.origin() == other.url.origin()
    }

    /// Whether `party`'s certificate speaks for this address: it names the host (exactly, no wildcards) or the whole
    /// address, or the address is this machine's and the policy allows that.
    pub fn belongs_to(&self, party: &VerifiedParty, policy: EndpointPolicy) -> bool {
        let host = self.host();
        (policy == EndpointPolicy::LoopbackHttp && self.is_loopback())
            || party.dns_names().iter().any(|name| name.eq_ignore_ascii_case(&host))
            || party.uris().contains(&self.text)
    }

    /// The address of a well-known document: `/.well-known/<name>` goes between host and path (RFC 8414 section 3.1,
    /// OpenID4VCI 1.0 section 12.2.2).
    pub fn well_known(&self, name: &str) -> Self {
        let mut url = self.url.clone();
        let path = match self.url.path().trim_end_matches('/') {
            "" => format!("/.well-known/{name}"),
            path => format!("/.well-known/{name}{path}"),
        };
        url.set_path(&path);
        url.set_query(None);
        Self { text: url.to_string(), url }
    }

    /// This address with `/segment` behind its path.
    pub fn join(&self, segment: &str) -> Self {
        let mut url = self.url.clone();
        let path = format!("{}/{segment}", self.url.path().trim_end_matches('/'));
        url.set_path(&path);
        Self { text: url.to_string(), url }
    }
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Path and query may hold one-time identifiers.
        write!(f, "Endpoint({})", self.url.origin().ascii_serialization())
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

fn check_scheme(url: &Url, policy: EndpointPolicy) -> Result<(), EndpointError> {
    if url.host_str().is_none_or(str::is_empty) {
        return Err(EndpointError::Malformed);
    }
    match (url.scheme(), policy) {
        ("https", _) => Ok(()),
        ("http", EndpointPolicy::LoopbackHttp) if is_loopback(url) => Ok(()),
        _ => Err(EndpointError::Scheme),
    }
}

fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<Endpoint, EndpointError> {
        Endpoint::parse(text, EndpointPolicy::HttpsOnly)
    }

    #[test]
    fn https_always_and_http_to_this_machine_on_demand() {
        assert!(parse("https://issuer.example/eid").is_ok());
        for local in ["http://127.0.0.1:8480/eid", "http://localhost:1", "http://[::1]:80/"] {
            assert_eq!(parse(local), Err(EndpointError::Scheme));
            assert!(Endpoint::parse(local, EndpointPolicy::LoopbackHttp).is_ok(), "{local}");
        }
    }

    #[test]
    fn addresses_that_are_refused() {
        let loopback = |text| Endpoint::parse(text, EndpointPolicy::LoopbackHttp);
        for text in [
            "http://issuer.example",
            "http://127.0.0.1.example",
            "http://localhost.example",
            "ftp://localhost",
        ] {
            assert_eq!(loopback(text), Err(EndpointError::Scheme), "{text}");
        }
        for text in ["", "issuer.example", "/eid", "https://", "data:text/plain,x", "file:///etc/passwd"] {
            assert_eq!(loopback(text), Err(EndpointError::Malformed), "{text}");
        }
        assert_eq!(parse("https://user@issuer.example"), Err(EndpointError::UserInfo));
        assert_eq!(parse("https://:secret@issuer.example"), Err(EndpointError::UserInfo));
        assert_eq!(parse("https://issuer.example/#x"), Err(EndpointError::Fragment));
        assert_eq!(parse(&format!("https://a.example/{}", "x".repeat(2048))), Err(EndpointError::Malformed));
    }

    #[test]
    fn well_known_goes_between_host_and_path() {
        let well_known = |text: &str| parse(text).unwrap().well_known("x").as_str().to_owned();
        assert_eq!(well_known("https://a.example"), "https://a.example/.well-known/x");
        assert_eq!(well_known("https://a.example/"), "https://a.example/.well-known/x");
        assert_eq!(well_known("https://a.example/eid"), "https://a.example/.well-known/x/eid");
        assert_eq!(well_known("https://a.example/eid/"), "https://a.example/.well-known/x/eid");
    }

    #[test]
    fn debug_shows_no_path() {
        let endpoint = parse("https://a.example/offers/one-time").unwrap();
        assert_eq!(format!("{endpoint:?}"), "Endpoint(https://a.example)");
    }
}
