//! The provider's signature over its answer (`protocol.md §6.4`).
//!
//! It covers the answer's own fields and, as RFC 9421 section 2.4 allows, the citizen's signature: the answer is to
//! that very request. X-Road's request hash cannot be covered: a provider's system never sees it, its security
//! server adds it on the way back. It is computed again from the request instead (`message::RestResponse::check`).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixSeconds;

use super::base::{HopInvariant, Input, Source};
use super::structured::{Bare, Component, byte_sequences};
use super::{
    ALGORITHM, SignatureDraft, SignatureRefused, check_content_digest, check_profile, content_digest,
    parse_signature, plain, request, text_parameter,
};
use crate::headers::Headers;
use crate::message::RestResponse;

/// The signature's label.
pub const LABEL: &str = "kodanik-answer";
/// The signature's `tag`.
pub const TAG: &str = "kodanik-answer";
/// The provider's certificate chain, leaf first, each DER as a byte sequence; the anchor is not in it.
pub const CHAIN_HEADER: &str = "kodanik-x5c";

/// Drafts the signature over `response`, which answers `request`; adds the digest and the chain to its fields.
pub fn draft(
    response: &mut RestResponse,
    request: HopInvariant<'_>,
    chain: &[Vec<u8>],
    created: UnixSeconds,
) -> Result<SignatureDraft, SignatureRefused> {
    let chain: Vec<String> = chain.iter().map(|der| format!(":{}:", STANDARD.encode(der))).collect();
    response.headers.push("content-digest", content_digest(&response.body))?;
    response.headers.push(CHAIN_HEADER, chain.join(", "))?;
    let parameters = vec![
        ("created".to_owned(), Bare::Integer(created.0)),
        text_parameter("alg", ALGORITHM),
        text_parameter("tag", TAG),
    ];
    let input = Input { components: covered(&response.headers)?, parameters };
    SignatureDraft::new(LABEL, input, Source::Answer { request, response })
}

/// The certificate chain of an answer: leaf first, DER. To be held against trust anchors by the caller.
pub fn chain(headers: &Headers) -> Result<Vec<Vec<u8>>, SignatureRefused> {
    byte_sequences(headers.single(CHAIN_HEADER).ok_or(SignatureRefused::Field)?)
}

/// Verifies that `response` is the answer of the holder of `key` to `request`; gives the moment it was signed at.
pub fn verify(
    response: &RestResponse,
    request: HopInvariant<'_>,
    key: &VerifyingKey,
) -> Result<UnixSeconds, SignatureRefused> {
    let (input, signature) = parse_signature(&response.headers, LABEL)?;
    check_profile(&input, TAG)?;
    if input.components != covered(&response.headers)? {
        return Err(SignatureRefused::Components);
    }
    let digest = response.headers.single("content-digest").ok_or(SignatureRefused::ContentDigest)?;
    check_content_digest(digest, &response.body)?;
    let base = input.base(Source::Answer { request, response })?;
    key.verify_low_s(base.as_bytes(), &signature)?;
    input.integer("created").map(UnixSeconds)
}

fn covered(headers: &Headers) -> Result<Vec<Component>, SignatureRefused> {
    let mut components = vec![plain("@status")];
    for name in ["content-digest", "content-type", CHAIN_HEADER] {
        match (headers.contains(name), headers.single(name)) {
            (true, Some(_)) => components.push(plain(name)),
            (false, None) if name == "content-type" => {}
            _ => return Err(SignatureRefused::Field),
        }
    }
    let of_request = ("req".to_owned(), Bare::True);
    let key = text_parameter("key", request::LABEL);
    components.push(Component { name: "x-road-id".to_owned(), parameters: vec![of_request.clone()] });
    components.push(Component { name: "signature".to_owned(), parameters: vec![key, of_request] });
    Ok(components)
}
