//! The citizen's signature over a request (`protocol.md §6.3`).

use kodanik_crypto::signature::{Signature, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::labelled_sha256;

use super::base::{HopInvariant, Input, Source};
use super::structured::{Bare, Component};
use super::{
    ALGORITHM, SignatureDraft, SignatureRefused, check_content_digest, check_profile, content_digest,
    parse_signature, plain, text_parameter,
};
use crate::address::{ClientId, RepresentedParty, RestPath, UserId};
use crate::headers::Headers;
use crate::message::{Method, StrictRequest};

/// The signature's label in `Signature` and `Signature-Input`.
pub const LABEL: &str = "kodanik";
/// The signature's `tag`.
pub const TAG: &str = "kodanik-request";
/// Names the service and the rest of the path, as they stand behind `/r1/`.
pub const SERVICE_HEADER: &str = "kodanik-service";
/// Carries the e-ID as SD-JWT + KB, bound to the signing key.
pub const PRESENTATION_HEADER: &str = "kodanik-presentation";
/// Longest life of a signature, in seconds.
pub const MAX_LIFETIME: u64 = 60;
/// How far ahead of the verifier's clock `created` may be, in seconds.
pub const MAX_AHEAD: u64 = 10;

/// Fields that are covered whenever they are present, in this order, behind `@method` and `@query`.
const LISTED: [&str; 8] = [
    "content-digest",
    "content-type",
    "x-road-client",
    "x-road-id",
    "x-road-userid",
    "x-road-represented-party",
    SERVICE_HEADER,
    PRESENTATION_HEADER,
];

/// What a citizen asks of a service. The same application, however often it is sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Application {
    /// The method.
    pub method: Method,
    /// The service and the rest of the path.
    pub path: RestPath,
    /// The raw query.
    pub query: Option<String>,
    /// Media type and bytes; `None` for a request without body.
    pub body: Option<(String, Vec<u8>)>,
    /// The gateway's subsystem, as its catalogue says.
    pub client: ClientId,
    /// The id of the wallet's choice: every attempt has the same.
    pub x_road_id: String,
    /// The citizen.
    pub user: UserId,
    /// On whose behalf, where not the citizen's own.
    pub represented: Option<RepresentedParty>,
}

/// An attempt to send an application: composed, waiting for the device key.
#[derive(Debug)]
pub struct RequestDraft {
    application: Application,
    headers: Headers,
    signature: SignatureDraft,
}

impl Application {
    /// Composes the fields and what the citizen has to sign. `presentation` is the SD-JWT + KB whose key-binding
    /// nonce is `nonce`; `lifetime` is 1 to 60 seconds.
    pub fn draft(
        self,
        presentation: &str,
        nonce: &str,
        created: UnixSeconds,
        lifetime: u64,
    ) -> Result<RequestDraft, SignatureRefused> {
        let headers = self.headers(presentation)?;
        let view = self.view(&headers);
        let signature = draft(view, nonce, created, lifetime)?;
        Ok(RequestDraft { application: self, headers, signature })
    }

    fn headers(&self, presentation: &str) -> Result<Headers, SignatureRefused> {
        let mut headers = Headers::new();
        headers.push("accept", "application/json")?;
        if let Some((media_type, bytes)) = &self.body {
            headers.push("content-type", media_type)?;
            headers.push("content-digest", content_digest(bytes))?;
        }
        headers.push("x-road-client", self.client.to_string())?;
        headers.push("x-road-id", &self.x_road_id)?;
        headers.push("x-road-userid", self.user.to_string())?;
        if let Some(party) = &self.represented {
            let class = party.class.as_ref().map(|class| format!("{class}/")).unwrap_or_default();
            headers.push("x-road-represented-party", format!("{class}{}", party.code))?;
        }
        headers.push(SERVICE_HEADER, service_value(&self.path))?;
        headers.push(PRESENTATION_HEADER, presentation)?;
        Ok(headers)
    }

    fn body_bytes(&self) -> &[u8] {
        self.body.as_ref().map(|(_, bytes)| bytes.as_slice()).unwrap_or_default()
    }

    fn view<'a>(&'a self, headers: &'a Headers) -> HopInvariant<'a> {
        HopInvariant { method: self.method, query: self.query.as_deref(), headers, body: self.body_bytes() }
    }
}

impl RequestDraft {
    /// The bytes to sign with the device key (ES256).
    pub fn signing_input(&self) -> &[u8] {
        self.signature.signing_input()
    }

    /// The request, ready to be sent.
    pub fn finish(mut self, signature: Signature) -> Result<StrictRequest, SignatureRefused> {
        self.signature.finish(signature, &mut self.headers)?;
        let Application { method, path, query, body, .. } = self.application;
        let body = body.map(|(_, bytes)| bytes).unwrap_or_default();
        StrictRequest::parse(method.as_str(), path.as_str(), query.as_deref(), &self.headers, body)
            .map_err(|_| SignatureRefused::Field)
    }
}

/// The value of [`SERVICE_HEADER`] for a path.
fn service_value(path: &RestPath) -> &str {
    path.as_str().strip_prefix("/r1/").unwrap_or_default()
}

/// Drafts the signature over a request whose fields are complete.
pub fn draft(
    request: HopInvariant<'_>,
    nonce: &str,
    created: UnixSeconds,
    lifetime: u64,
) -> Result<SignatureDraft, SignatureRefused> {
    if !(1..=MAX_LIFETIME).contains(&lifetime) {
        return Err(SignatureRefused::Lifetime);
    }
    let parameters = vec![
        ("created".to_owned(), Bare::Integer(created.0)),
        ("expires".to_owned(), Bare::Integer(created.plus(lifetime).0)),
        text_parameter("nonce", nonce),
        text_parameter("alg", ALGORITHM),
        text_parameter("tag", TAG),
    ];
    let input = Input { components: listed(request.headers)?, parameters };
    SignatureDraft::new(LABEL, input, Source::Request(request))
}

/// The components that must be covered: those that are present, none of them twice.
fn listed(headers: &Headers) -> Result<Vec<Component>, SignatureRefused> {
    let mut components = vec![plain("@method"), plain("@query")];
    for name in LISTED.into_iter().filter(|name| headers.contains(name)) {
        headers.single(name).ok_or(SignatureRefused::Field)?;
        components.push(plain(name));
    }
    Ok(components)
}

/// A request whose signature is well-formed and covers what it must, by a key that is not known yet.
#[derive(Clone, Debug)]
pub struct UnverifiedRequest {
    facts: SignedRequest,
    presentation: Option<String>,
    base: String,
    signature: Signature,
}

/// What the citizen signed, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedRequest {
    /// The consumer.
    pub client: ClientId,
    /// From when, and until when.
    pub created: UnixSeconds,
    /// SHA-256 of what is asked (method, path, query, media type, body, represented party): the same for every
    /// attempt, another for another application.
    pub digest: [u8; 32],
    /// Until when.
    pub expires: UnixSeconds,
    /// Once per signature: whoever accepts signatures refuses one that was seen.
    pub nonce: String,
    /// The service and the rest of the path. A provider holds it against what it was called with.
    pub path: RestPath,
    /// The citizen, by the citizen's own word: the presentation proves it.
    pub user: UserId,
    /// The id of the application.
    pub x_road_id: String,
}

impl UnverifiedRequest {
    /// Reads the signature of `request` and checks everything but time and key: the profile's parameters, that
    /// exactly the listed components are covered, and the content digest.
    pub fn parse(request: HopInvariant<'_>) -> Result<Self, SignatureRefused> {
        let (input, signature) = parse_signature(request.headers, LABEL)?;
        check_profile(&input, TAG)?;
        if input.components != listed(request.headers)? {
            return Err(SignatureRefused::Components);
        }
        check_body(request)?;
        let base = input.base(Source::Request(request))?;
        let facts = facts(request, &input)?;
        let presentation = request.headers.single(PRESENTATION_HEADER).map(str::to_owned);
        Ok(Self { facts, presentation, base, signature })
    }

    /// The e-ID that was sent along (SD-JWT + KB), covered by the signature.
    pub fn presentation(&self) -> Option<&str> {
        self.presentation.as_deref()
    }

    /// What the request says, not verified: to find the key by.
    pub fn claimed(&self) -> &SignedRequest {
        &self.facts
    }

    /// Verifies with the citizen's `key` at `now`.
    pub fn verify(self, key: &VerifyingKey, now: UnixSeconds) -> Result<SignedRequest, SignatureRefused> {
        self.verify_with_grace(key, now, 0)
    }

    /// Verifies at a moment that lies up to `grace` seconds after the signature's expiry: for evidence, whose
    /// moment is the provider's answer.
    pub(crate) fn verify_with_grace(
        self,
        key: &VerifyingKey,
        now: UnixSeconds,
        grace: u64,
    ) -> Result<SignedRequest, SignatureRefused> {
        if self.facts.created > now.plus(MAX_AHEAD) {
            return Err(SignatureRefused::Early);
        }
        if now > self.facts.expires.plus(grace) {
            return Err(SignatureRefused::Expired);
        }
        key.verify_low_s(self.base.as_bytes(), &self.signature)?;
        Ok(self.facts)
    }
}

fn check_body(request: HopInvariant<'_>) -> Result<(), SignatureRefused> {
    match request.headers.single("content-digest") {
        Some(field) => check_content_digest(field, request.body)?,
        None if request.body.is_empty() => {}
        None => return Err(SignatureRefused::ContentDigest),
    }
    if !request.body.is_empty() && !request.headers.contains("content-type") {
        return Err(SignatureRefused::Field);
    }
    Ok(())
}

fn facts(request: HopInvariant<'_>, input: &Input) -> Result<SignedRequest, SignatureRefused> {
    let field = |name| request.headers.single(name).ok_or(SignatureRefused::Field);
    let created = UnixSeconds(input.integer("created")?);
    let expires = UnixSeconds(input.integer("expires")?);
    if !(1..=MAX_LIFETIME).contains(&expires.since(created)) {
        return Err(SignatureRefused::Lifetime);
    }
    let nonce = input.text("nonce")?;
    if !(16..=128).contains(&nonce.len()) {
        return Err(SignatureRefused::Parameters);
    }
    let path = RestPath::parse(&format!("/r1/{}", field(SERVICE_HEADER)?));
    Ok(SignedRequest {
        client: field("x-road-client")?.parse().map_err(|_| SignatureRefused::Field)?,
        created,
        digest: digest(request),
        expires,
        nonce: nonce.to_owned(),
        path: path.map_err(|_| SignatureRefused::Field)?,
        user: field("x-road-userid")?.parse().map_err(|_| SignatureRefused::Field)?,
        x_road_id: field("x-road-id")?.to_owned(),
    })
}

fn digest(request: HopInvariant<'_>) -> [u8; 32] {
    let field = |name| request.headers.single(name).unwrap_or_default().as_bytes();
    let fields = [
        request.method.as_str().as_bytes(),
        field(SERVICE_HEADER),
        request.query.unwrap_or_default().as_bytes(),
        field("content-type"),
        request.body,
        field("x-road-represented-party"),
    ];
    labelled_sha256("KODANIK-V1-APPLICATION", &fields)
}
