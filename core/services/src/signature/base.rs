//! The signature base (RFC 9421 section 2.5): what is signed.

use super::SignatureRefused;
use super::structured::{Bare, Component, Member, Parameters, member, serialise_list};
use crate::headers::Headers;
use crate::message::{Method, RestResponse, StrictRequest};

/// A request without what hops change: no path, no authority. The consumer and the provider see the same.
#[derive(Clone, Copy, Debug)]
pub struct HopInvariant<'a> {
    /// The method.
    pub method: Method,
    /// The raw query.
    pub query: Option<&'a str>,
    /// The fields.
    pub headers: &'a Headers,
    /// The body; empty where there is none.
    pub body: &'a [u8],
}

impl<'a> From<&'a StrictRequest> for HopInvariant<'a> {
    fn from(request: &'a StrictRequest) -> Self {
        let request = request.as_request();
        Self {
            method: request.method(),
            query: request.query(),
            headers: request.headers(),
            body: request.body(),
        }
    }
}

/// What components are taken from.
#[derive(Clone, Copy)]
pub(super) enum Source<'a> {
    Answer { request: HopInvariant<'a>, response: &'a RestResponse },
    Request(HopInvariant<'a>),
}

/// A parsed member of `Signature-Input`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Input {
    pub(super) components: Vec<Component>,
    pub(super) parameters: Parameters,
}

impl Input {
    pub(super) fn parse(field: &str, label: &str) -> Result<Self, SignatureRefused> {
        match member(field, label)? {
            Some(Member::List(components, parameters)) => Ok(Self { components, parameters }),
            Some(Member::Item(_)) => Err(SignatureRefused::Syntax),
            None => Err(SignatureRefused::Missing),
        }
    }

    pub(super) fn serialise(&self) -> String {
        serialise_list(&self.components, &self.parameters)
    }

    fn parameter(&self, name: &str) -> Option<&Bare> {
        self.parameters.iter().find(|(other, _)| other == name).map(|(_, value)| value)
    }

    pub(super) fn integer(&self, name: &str) -> Result<u64, SignatureRefused> {
        match self.parameter(name) {
            Some(Bare::Integer(number)) => Ok(*number),
            _ => Err(SignatureRefused::Parameters),
        }
    }

    pub(super) fn text(&self, name: &str) -> Result<&str, SignatureRefused> {
        match self.parameter(name) {
            Some(Bare::Text(text)) => Ok(text),
            _ => Err(SignatureRefused::Parameters),
        }
    }

    /// One line per component, then the parameters.
    pub(super) fn base(&self, source: Source<'_>) -> Result<String, SignatureRefused> {
        let mut out = String::new();
        for (index, component) in self.components.iter().enumerate() {
            if self.components[..index].contains(component) {
                return Err(SignatureRefused::Components);
            }
            out.push_str(&format!("{}: {}\n", component.serialise(), value(component, source)?));
        }
        out.push_str(&format!("\"@signature-params\": {}", self.serialise()));
        Ok(out)
    }
}

fn value(component: &Component, source: Source<'_>) -> Result<String, SignatureRefused> {
    let mut of_request = false;
    let mut key = None;
    for (name, value) in &component.parameters {
        match (name.as_str(), value) {
            ("key", Bare::Text(text)) => key = Some(text.as_str()),
            ("req", Bare::True) => of_request = true,
            _ => return Err(SignatureRefused::Components),
        }
    }
    match (source, of_request) {
        (Source::Answer { request, .. }, true) => request_value(&component.name, key, request),
        (Source::Answer { response, .. }, false) if component.name == "@status" => {
            Ok(response.status.to_string())
        }
        (Source::Answer { response, .. }, false) => field(&component.name, key, &response.headers),
        (Source::Request(request), false) => request_value(&component.name, key, request),
        (Source::Request(_), true) => Err(SignatureRefused::Components),
    }
}

fn request_value(
    name: &str,
    key: Option<&str>,
    request: HopInvariant<'_>,
) -> Result<String, SignatureRefused> {
    match name {
        "@method" => Ok(request.method.to_string()),
        "@query" => Ok(format!("?{}", request.query.unwrap_or_default())),
        _ => field(name, key, request.headers),
    }
}

fn field(name: &str, key: Option<&str>, headers: &Headers) -> Result<String, SignatureRefused> {
    if name.starts_with('@') || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
        return Err(SignatureRefused::Components);
    }
    let values: Vec<&str> = headers.all(name).collect();
    if values.is_empty() {
        return Err(SignatureRefused::Components);
    }
    let value = values.join(", ");
    match key {
        None => Ok(value),
        Some(key) => match member(&value, key)? {
            Some(Member::Item(item)) => Ok(item.serialise()),
            _ => Err(SignatureRefused::Components),
        },
    }
}
