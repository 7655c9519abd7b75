//! The signed request object (sections 5.1 to 5.10, RFC 9101), written by the verifier and checked by the wallet.

use kodanik_crypto::time::UnixSeconds;
use rand_core::CryptoRngCore;
use serde::Deserialize;
use serde_json::{Value, json};

use super::registration::REGISTRATION_FORMAT;
use super::{ClientId, PresentationError, Registration, RequestLink, TransactionData, VpToken};
use crate::dcql::{ClaimPath, DC_SD_JWT, Query};
use crate::endpoint::{Endpoint, EndpointPolicy};
use crate::jose::{Jwk, JwsDraft, JwsHeader, UnverifiedJws};
use crate::jwe::{self, ContentEncryption, PartyInfo};
use crate::sd_jwt::{KeyBinding, KeyBindingDraft, VerifiedSdJwt};
use crate::trust::{Purpose, TrustAnchors, VerifiedParty};

/// The largest request object, in bytes.
pub const MAX_REQUEST_OBJECT: usize = 64 * 1024;
/// The `typ` of a request object (RFC 9101).
pub const REQUEST_OBJECT_TYPE: &str = "oauth-authz-req+jwt";
/// The media type of a request object.
pub const REQUEST_MEDIA_TYPE: &str = "application/oauth-authz-req+jwt";
/// The audience of a request to any wallet (section 5.8).
pub const SELF_ISSUED: &str = "https://self-issued.me/v2";

const VP_TOKEN: &str = "vp_token";
const DIRECT_POST_JWT: &str = "direct_post.jwt";
const CLOCK_SKEW: u64 = 60;
const MAX_STATE: usize = 512;

/// What a verifier asks; its side of a request.
#[derive(Clone, Copy, Debug)]
pub struct RequestObject<'a> {
    /// The verifier.
    pub client_id: ClientId,
    /// Where the answer goes.
    pub response_uri: &'a Endpoint,
    /// At least 16 URL-safe characters, fresh.
    pub nonce: &'a str,
    /// Comes back with the answer.
    pub state: &'a str,
    /// What is asked for.
    pub query: &'a Query,
    /// What the answer is encrypted to, with `kid`, `use` and `alg`.
    pub encryption_key: &'a Jwk,
    /// What the holder's signature shall also agree to.
    pub transaction_data: &'a [TransactionData],
    /// The wallet's nonce, where it sent one.
    pub wallet_nonce: Option<&'a str>,
    /// The registrar's statement, where there is one.
    pub registration: Option<&'a str>,
    /// Now.
    pub issued: UnixSeconds,
    /// Until when it may be answered.
    pub expires: UnixSeconds,
}

impl RequestObject<'_> {
    /// To be signed with the key of the leaf of `x5c`.
    pub fn draft(&self, x5c: Vec<Vec<u8>>) -> Result<JwsDraft, PresentationError> {
        let header = JwsHeader::new(REQUEST_OBJECT_TYPE).with_x5c(x5c);
        Ok(JwsDraft::new(&header, &self.claims())?)
    }

    fn claims(&self) -> Value {
        let mut claims = json!({
            "aud": SELF_ISSUED,
            "client_id": self.client_id,
            "client_metadata": {
                "encrypted_response_enc_values_supported":
                    [ContentEncryption::A256Gcm.name(), ContentEncryption::A128Gcm.name()],
                "jwks": { "keys": [self.encryption_key] },
                "vp_formats_supported":
                    { DC_SD_JWT: { "sd-jwt_alg_values": ["ES256"], "kb-jwt_alg_values": ["ES256"] } },
            },
            "dcql_query": self.query,
            "exp": self.expires,
            "iat": self.issued,
            "nonce": self.nonce,
            "response_mode": DIRECT_POST_JWT,
            "response_type": VP_TOKEN,
            "response_uri": self.response_uri,
            "state": self.state,
        });
        if !self.transaction_data.is_empty() {
            let items: Vec<_> = self.transaction_data.iter().map(TransactionData::encoded).collect();
            claims["transaction_data"] = json!(items);
        }
        if let Some(nonce) = self.wallet_nonce {
            claims["wallet_nonce"] = nonce.into();
        }
        if let Some(registration) = self.registration {
            claims["verifier_info"] = json!([{ "format": REGISTRATION_FORMAT, "data": registration }]);
        }
        claims
    }
}

/// A request object from outside: nothing in it is believed, or shown, before [`Self::verify`].
#[derive(Clone, Debug)]
pub struct UnverifiedRequest(UnverifiedJws);

/// What a request is checked against.
#[derive(Clone, Copy, Debug)]
pub struct RequestContext<'a> {
    /// The link that led here.
    pub link: &'a RequestLink,
    /// The nonce that was sent with the POST.
    pub wallet_nonce: Option<&'a str>,
    /// Whom to trust.
    pub anchors: &'a TrustAnchors,
    /// Which addresses are talked to.
    pub policy: EndpointPolicy,
    /// The types of transaction data that the caller understands; all others are refused.
    pub transaction_types: &'a [&'a str],
    /// Now.
    pub now: UnixSeconds,
}

/// A request whose author is known and whose answer goes to that author. Made by [`UnverifiedRequest::verify`] alone.
#[derive(Clone, Debug)]
pub struct VerifiedRequest {
    party: VerifiedParty,
    client_id: ClientId,
    response_uri: Endpoint,
    nonce: String,
    state: Option<String>,
    query: Query,
    encryption_key: Jwk,
    encryption: ContentEncryption,
    transaction_data: Vec<TransactionData>,
    registration: Option<Registration>,
}

impl UnverifiedRequest {
    /// Parses at most [`MAX_REQUEST_OBJECT`] bytes.
    pub fn parse(text: &str) -> Result<Self, PresentationError> {
        Ok(Self(UnverifiedJws::parse(text, MAX_REQUEST_OBJECT)?))
    }

    /// Checks the chain, the signature, and that certificate, link, addresses, times and nonces belong together.
    pub fn verify(self, context: &RequestContext<'_>) -> Result<VerifiedRequest, PresentationError> {
        let (jws, party) =
            context.anchors.verify_jws(self.0, Purpose::RelyingParty, REQUEST_OBJECT_TYPE, context.now)?;
        let claims: Claims = jws.claims()?;
        claims.check_author(&party, context)?;
        claims.check_freshness(context)?;
        claims.check_response_mode()?;
        let response_uri = Endpoint::parse(&claims.response_uri, context.policy)?;
        if !response_uri.belongs_to(&party, context.policy) {
            return Err(PresentationError::ResponseUri);
        }
        let query = Query::from_value(&claims.dcql_query)?;
        let registration = claims.registration(context)?;
        Ok(VerifiedRequest {
            client_id: context.link.client_id,
            encryption_key: claims.client_metadata.encryption_key()?,
            encryption: claims.client_metadata.encryption()?,
            transaction_data: TransactionData::parse_all(
                &claims.transaction_data,
                &query,
                context.transaction_types,
            )?,
            party,
            response_uri,
            nonce: claims.nonce,
            state: claims.state,
            query,
            registration,
        })
    }
}

impl VerifiedRequest {
    /// Who asks; the name is the certificate's.
    pub fn party(&self) -> &VerifiedParty {
        &self.party
    }

    /// The verifier's client id: the audience of the key binding.
    pub fn client_id(&self) -> ClientId {
        self.client_id
    }

    /// Where the answer goes: a host of the party's.
    pub fn response_uri(&self) -> &Endpoint {
        &self.response_uri
    }

    /// What is asked for.
    pub fn query(&self) -> &Query {
        &self.query
    }

    /// What the signature shall also agree to.
    pub fn transaction_data(&self) -> &[TransactionData] {
        &self.transaction_data
    }

    /// What the party registered, where it sent a registrar's statement.
    pub fn registration(&self) -> Option<&Registration> {
        self.registration.as_ref()
    }

    /// The claims asked for beyond the registration; `None` where there is none to compare with.
    pub fn over_asked(&self) -> Option<Vec<&ClaimPath>> {
        self.registration.as_ref().map(|registration| registration.over_asked(&self.query))
    }

    /// The key binding of `credential` for the query `query_id`, disclosing `claims` and nothing else.
    pub fn bind(
        &self,
        query_id: &str,
        credential: &VerifiedSdJwt,
        claims: &[ClaimPath],
        now: UnixSeconds,
    ) -> Result<KeyBindingDraft, PresentationError> {
        let audience = self.client_id.to_string();
        let other = TransactionData::binding(&self.transaction_data, query_id);
        let binding = KeyBinding { nonce: &self.nonce, audience: &audience, now, other };
        Ok(credential.select(claims)?.bind_key(&binding)?)
    }

    /// The answer for the verifier alone: the value of the form parameter `response`.
    pub fn encrypt(
        &self,
        rng: &mut impl CryptoRngCore,
        token: &VpToken,
    ) -> Result<String, PresentationError> {
        let mut answer = json!({ VP_TOKEN: token });
        if let Some(state) = &self.state {
            answer["state"] = state.as_str().into();
        }
        let plaintext = answer.to_string();
        let info = PartyInfo::default();
        Ok(jwe::encrypt(rng, &self.encryption_key, self.encryption, info, plaintext.as_bytes())?)
    }
}

#[derive(Deserialize)]
struct Claims {
    aud: String,
    client_id: String,
    client_metadata: ClientMetadata,
    dcql_query: Value,
    exp: Option<UnixSeconds>,
    iat: Option<UnixSeconds>,
    nonce: String,
    redirect_uri: Option<Value>,
    response_mode: String,
    response_type: String,
    response_uri: String,
    state: Option<String>,
    #[serde(default)]
    transaction_data: Vec<String>,
    #[serde(default)]
    verifier_info: Vec<VerifierInfo>,
    wallet_nonce: Option<String>,
}

impl Claims {
    fn check_author(
        &self,
        party: &VerifiedParty,
        context: &RequestContext<'_>,
    ) -> Result<(), PresentationError> {
        let signer = ClientId::of(party.leaf_hash());
        if signer != context.link.client_id || ClientId::parse(&self.client_id)? != signer {
            return Err(PresentationError::ClientId);
        }
        (self.aud == SELF_ISSUED).then_some(()).ok_or(PresentationError::Audience)
    }

    fn check_freshness(&self, context: &RequestContext<'_>) -> Result<(), PresentationError> {
        let url_safe = self.nonce.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte));
        if !(16..=512).contains(&self.nonce.len()) || !url_safe {
            return Err(PresentationError::Nonce);
        }
        if context.wallet_nonce.is_some() && self.wallet_nonce.as_deref() != context.wallet_nonce {
            return Err(PresentationError::WalletNonce);
        }
        let expired = self.exp.is_some_and(|expires| expires <= context.now);
        let early = self.iat.is_some_and(|issued| issued > context.now.plus(CLOCK_SKEW));
        if expired || early { Err(PresentationError::NotValidNow) } else { Ok(()) }
    }

    fn check_response_mode(&self) -> Result<(), PresentationError> {
        let fits = self.response_type == VP_TOKEN
            && self.response_mode == DIRECT_POST_JWT
            && self.redirect_uri.is_none()
            && self.state.as_ref().is_none_or(|state| state.len() <= MAX_STATE);
        fits.then_some(()).ok_or(PresentationError::ResponseMode)
    }

    fn registration(&self, context: &RequestContext<'_>) -> Result<Option<Registration>, PresentationError> {
        let mut known = self.verifier_info.iter().filter(|info| info.format == REGISTRATION_FORMAT);
        let Some(info) = known.next() else { return Ok(None) };
        let text = info.data.as_str().ok_or(PresentationError::Registration)?;
        Registration::verify(text, context.link.client_id, context.anchors, context.now).map(Some)
    }
}

#[derive(Deserialize)]
struct VerifierInfo {
    format: String,
    data: Value,
}

#[derive(Deserialize)]
struct ClientMetadata {
    jwks: Jwks,
    #[serde(default)]
    encrypted_response_enc_values_supported: Vec<String>,
}

#[derive(Deserialize)]
struct Jwks {
    keys: Vec<Value>,
}

impl ClientMetadata {
    fn encryption_key(&self) -> Result<Jwk, PresentationError> {
        let is_for_us = |jwk: &Jwk| {
            jwk.usage.as_deref().is_none_or(|usage| usage == "enc")
                && jwk.algorithm.as_deref() == Some("ECDH-ES")
        };
        let usable = self.jwks.keys.iter().filter_map(|key| Jwk::from_value(key).ok()).find(is_for_us);
        usable.ok_or(PresentationError::EncryptionKey)
    }

    /// The strongest that both know; A128GCM where the verifier says nothing (section 5.1).
    fn encryption(&self) -> Result<ContentEncryption, PresentationError> {
        let named = &self.encrypted_response_enc_values_supported;
        if named.is_empty() {
            return Ok(ContentEncryption::A128Gcm);
        }
        [ContentEncryption::A256Gcm, ContentEncryption::A128Gcm]
            .into_iter()
            .find(|known| named.iter().any(|name| name == known.name()))
            .ok_or(PresentationError::EncryptionKey)
    }
}
