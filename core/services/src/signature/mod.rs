//! Signatures over HTTP messages (RFC 9421) that survive X-Road (`protocol.md §6.3`, `§6.4`).
//!
//! `Signature`, `Signature-Input` and `Content-Digest` are user headers, so security servers sign and time-stamp
//! them with the rest. The provider sees another path than the consumer sent, so the citizen's signature covers
//! only what no hop changes: [`HopInvariant`]. The provider's answer is signed over its own fields and over the
//! citizen's signature ([`answer`]), which ties the two together without the provider knowing X-Road's hash.
//!
//! Signing has two steps, because a phone's key signs asynchronously: a [`SignatureDraft`] gives
//! [`SignatureDraft::signing_input`], and [`SignatureDraft::finish`] takes the signature.

pub mod answer;
mod base;
mod digest;
pub mod request;
mod structured;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kodanik_crypto::signature::{Signature, SignatureError};
use thiserror::Error;

pub use self::base::HopInvariant;
use self::base::{Input, Source};
pub use self::digest::{check_content_digest, content_digest};
use self::structured::{Bare, Component, Member, member};
use crate::headers::{HeaderError, Headers};

/// The one algorithm (RFC 9421 section 3.3.4): r || s, and s in its low form.
const ALGORITHM: &str = "ecdsa-p256-sha256";

/// Why a signature is not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum SignatureRefused {
    /// The covered components are not exactly the listed ones that are present, in the listed order.
    #[error("the signature does not cover exactly what it must")]
    Components,
    /// `Content-Digest` is missing, names no known algorithm, or is of another body.
    #[error("the content digest is not of this body")]
    ContentDigest,
    /// `created` is later than the verifier's clock allows.
    #[error("the signature is from the future")]
    Early,
    /// The signature has expired.
    #[error("the signature has expired")]
    Expired,
    /// A field that a signed message must have is missing, twice, or malformed.
    #[error("a field that must be signed is missing or malformed")]
    Field,
    /// The signature's fields do not fit into the message.
    #[error("the header fields: {0}")]
    Headers(#[from] HeaderError),
    /// `expires` is not 1 to 60 seconds after `created`.
    #[error("the signature's lifetime is not 1 to 60 seconds")]
    Lifetime,
    /// There is no signature with our label.
    #[error("there is no signature with the expected label")]
    Missing,
    /// `alg`, `tag`, `nonce`, `created` or `expires` is missing or not what the profile says.
    #[error("the signature's parameters are not those of the profile")]
    Parameters,
    /// The signature itself.
    #[error("the signature: {0}")]
    Signature(#[from] SignatureError),
    /// Not the structured field of RFC 8941 that it should be.
    #[error("not a structured field")]
    Syntax,
}

/// Everything of a signature but the signature.
#[derive(Clone, Debug)]
pub struct SignatureDraft {
    label: &'static str,
    input: Input,
    base: String,
}

impl SignatureDraft {
    fn new(label: &'static str, input: Input, source: Source<'_>) -> Result<Self, SignatureRefused> {
        let base = input.base(source)?;
        Ok(Self { label, input, base })
    }

    /// The bytes to sign with ES256.
    pub fn signing_input(&self) -> &[u8] {
        self.base.as_bytes()
    }

    /// Adds `signature-input` and `signature` to `headers`.
    pub fn finish(self, signature: Signature, headers: &mut Headers) -> Result<(), SignatureRefused> {
        headers.push("signature-input", format!("{}={}", self.label, self.input.serialise()))?;
        let signature = STANDARD.encode(signature.to_bytes());
        headers.push("signature", format!("{}=:{signature}:", self.label))?;
        Ok(())
    }
}

/// The signature with `label`: its input and its bytes.
fn parse_signature(headers: &Headers, label: &str) -> Result<(Input, Signature), SignatureRefused> {
    let field = |name| headers.single(name).ok_or(SignatureRefused::Missing);
    let input = Input::parse(field("signature-input")?, label)?;
    match member(field("signature")?, label)? {
        Some(Member::Item(Bare::Bytes(bytes))) => Ok((input, Signature::from_bytes(&bytes)?)),
        _ => Err(SignatureRefused::Missing),
    }
}

fn plain(name: &str) -> Component {
    Component { name: name.to_owned(), parameters: Vec::new() }
}

fn text_parameter(name: &str, value: &str) -> (String, Bare) {
    (name.to_owned(), Bare::Text(value.to_owned()))
}

fn check_profile(input: &Input, tag: &str) -> Result<(), SignatureRefused> {
    let fits = input.text("alg")? == ALGORITHM && input.text("tag")? == tag;
    fits.then_some(()).ok_or(SignatureRefused::Parameters)
}

#[cfg(test)]
pub(crate) mod tests;
