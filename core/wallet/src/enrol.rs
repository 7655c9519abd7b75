//! Getting a credential, the e-ID first of all (OpenID4VCI 1.0, protocol.md §4.2.2): look at the offer, then accept it.
//!
//! [`Wallet::inspect_offer`] shows who offers what; the issuer's name comes from signed metadata, before the citizen
//! types the code that the issuer sent on another way. [`Wallet::accept_offer`] gets, checks and keeps the credential.

use ::http::header::{ACCEPT, AUTHORIZATION};
use ::http::{HeaderName, HeaderValue, Method, StatusCode};
use kodanik_crypto::secret::SecretText;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_identity::device_key::{DeviceKeyError, KeyProofDraft};
use kodanik_identity::dpop::{DpopDraft, DpopError, Request};
use kodanik_identity::endpoint::Endpoint;
use kodanik_identity::issuance::{
    AUTHORIZATION_SERVER, AuthorizationServerMetadata, CREDENTIAL_ISSUER, CredentialOffer, CredentialRequest,
    CredentialResponse, IssuanceError, IssuerMetadata, MAX_CREDENTIAL_RESPONSE, MAX_METADATA, MAX_OFFER,
    MAX_TOKEN_RESPONSE, NonceResponse, OfferLink, TokenResponse, TxCodeSpec, parse_signed_issuer_metadata,
};
use kodanik_identity::oauth::{Attempt, OAuthError};
use kodanik_identity::sd_jwt::{SdJwtError, UnverifiedSdJwt, VerifiedSdJwt};
use rand_core::OsRng;
use serde::Serialize;
use thiserror::Error;

use crate::credentials::{CredentialSummary, KnownStatus, StatusReport, StoredCredential, summary_of};
use crate::error::{Refusal, WalletError};
use crate::history::{HistoryEntry, HistoryKind, append_in};
use crate::http::{Answer, AnswerError, Body};
use crate::platform::{DEVICE_KEY, PromptReason};
use crate::store::Table;
use crate::wallet::Wallet;

const DPOP: HeaderName = HeaderName::from_static("dpop");
const DPOP_NONCE: &str = "dpop-nonce";
const NONCE_CAP: usize = 4096;

/// Why no credential came of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EnrolError {
    /// The credential does not verify: chain, signature, times, digests.
    #[error("the credential: {0}")]
    Credential(#[from] SdJwtError),
    /// A DPoP proof cannot be made.
    #[error("the proof for the issuer: {0}")]
    Dpop(#[from] DpopError),
    /// Offer, metadata, token or answer.
    #[error(transparent)]
    Issuance(#[from] IssuanceError),
    /// A key proof cannot be made.
    #[error("the key proof: {0}")]
    KeyProof(#[from] DeviceKeyError),
    /// The credential is bound to a key that is not this wallet's.
    #[error("the credential is bound to another key")]
    OtherKey,
    /// The credential is of another type, or names another issuer, than was offered.
    #[error("the credential is not what was offered")]
    NotWhatWasOffered,
    /// The credential came revoked or suspended.
    #[error("the credential is revoked already")]
    Revoked,
}

impl EnrolError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Credential(_) => "credential",
            Self::Dpop(_) => "dpop",
            Self::Issuance(IssuanceError::Deferred) => "deferred",
            Self::Issuance(IssuanceError::Link) => "link",
            Self::Issuance(IssuanceError::Trust(_) | IssuanceError::UnrelatedCertificate) => {
                "untrusted_issuer"
            }
            Self::Issuance(IssuanceError::TxCode) => "tx_code",
            Self::Issuance(_) => "issuance",
            Self::KeyProof(_) => "key_proof",
            Self::NotWhatWasOffered => "not_what_was_offered",
            Self::OtherKey => "other_key",
            Self::Revoked => "revoked",
        }
    }
}

/// An offer that was looked at: nothing was accepted yet.
#[derive(Debug)]
pub struct OfferReview {
    /// Who offers, by the certificate that signed the issuer's metadata.
    pub issuer: String,
    /// What is offered, as the issuer calls it.
    pub credential: String,
    /// The code that the citizen has to type, if any.
    pub tx_code: Option<TxCodeSpec>,
    configuration: String,
    vct: String,
    offer: CredentialOffer,
    metadata: IssuerMetadata,
    server: AuthorizationServerMetadata,
}

/// A credential that was received, checked and kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct EnrolOutcome {
    /// The credential.
    pub credential: CredentialSummary,
    /// What was checked on the way, in order.
    pub checked: Vec<EnrolCheck>,
}

/// Something that was checked while getting a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum EnrolCheck {
    /// The credential is signed under a certificate that chains to a pinned anchor.
    CredentialSigned {
        /// The signer, by certificate.
        by: String,
    },
    /// The issuer's metadata is signed under a certificate that chains to a pinned anchor.
    IssuerKnown {
        /// The issuer, by certificate.
        name: String,
    },
    /// The credential is bound to the key of this device.
    KeyIsOurs,
    /// The status list says that the credential is valid.
    NotRevoked,
    /// The access token is of no use to anyone who has not this device's key.
    TokenBound,
    /// Type and issuer are those of the offer.
    WhatWasOffered,
}

impl Wallet {
    /// Fetches an offer and the metadata of its issuer, and finds out who the issuer is.
    pub async fn inspect_offer(&self, link: &str) -> Result<OfferReview, WalletError> {
        let offer = self.load_offer(link).await?;
        let (metadata, issuer) = self.issuer_metadata(&offer.credential_issuer).await?;
        let [configuration, ..] = offer.credential_configuration_ids.as_slice() else {
            return Err(EnrolError::from(IssuanceError::NothingOffered).into());
        };
        let usable = metadata.usable_configuration(configuration).map_err(EnrolError::from)?;
        let grant = offer.pre_authorized().map_err(EnrolError::from)?;
        let server = metadata.authorization_server(grant.authorization_server.as_ref());
        let server = self.server_metadata(server.map_err(EnrolError::from)?).await?;
        let names = usable.credential_metadata.as_ref().and_then(|metadata| metadata.display.first());
        Ok(OfferReview {
            issuer,
            credential: names.map_or_else(|| configuration.clone(), |display| display.name.clone()),
            tx_code: grant.tx_code.clone(),
            configuration: configuration.clone(),
            vct: usable.vct.clone().unwrap_or_default(),
            offer,
            metadata,
            server,
        })
    }

    /// Gets the credential: token, nonce, key proof, credential; checks it; keeps it and a line of history at once.
    pub async fn accept_offer(
        &self,
        review: OfferReview,
        tx_code: Option<SecretText>,
    ) -> Result<EnrolOutcome, WalletError> {
        let OfferReview { issuer, credential: name, configuration, vct, offer, metadata, server, .. } =
            review;
        let key = self.platform().ensure_key(DEVICE_KEY).await?;
        let form = offer.into_token_request(tx_code).map_err(EnrolError::from)?.to_form();
        let token = self.fetch_token(&server.token_endpoint, form).await?;
        let text = self.fetch_credential(&metadata, &configuration, &token, &key).await?;
        let verified = self.check_credential(&text, &vct, &metadata.credential_issuer, &key)?;
        let status = self.check_status(&verified).await?;
        let stored = StoredCredential {
            credential: text,
            name,
            key: DEVICE_KEY.to_owned(),
            received: self.platform().clock.now(),
        };
        let id = uuid::Uuid::new_v4().to_string();
        let summary = CredentialSummary { status, ..summary_of(id, &stored, &verified) };
        self.keep(&stored, &summary, &issuer)?;
        let mut checked = vec![
            EnrolCheck::IssuerKnown { name: issuer },
            EnrolCheck::TokenBound,
            EnrolCheck::CredentialSigned { by: summary.issuer.clone() },
            EnrolCheck::WhatWasOffered,
            EnrolCheck::KeyIsOurs,
        ];
        checked.extend((status.status == KnownStatus::Valid).then_some(EnrolCheck::NotRevoked));
        Ok(EnrolOutcome { credential: summary, checked })
    }

    /// [`Self::inspect_offer`] and [`Self::accept_offer`] in one, where the citizen has agreed already.
    pub async fn add_credential(
        &self,
        link: &str,
        tx_code: Option<SecretText>,
    ) -> Result<EnrolOutcome, WalletError> {
        let review = self.inspect_offer(link).await?;
        self.accept_offer(review, tx_code).await
    }

    async fn load_offer(&self, link: &str) -> Result<CredentialOffer, WalletError> {
        let policy = self.endpoint_policy();
        match OfferLink::parse(link, policy).map_err(EnrolError::from)? {
            OfferLink::ByValue(offer) => Ok(*offer),
            OfferLink::ByReference(uri) => {
                let answer = self.planes().identified.get(uri.url(), MAX_OFFER).await?;
                Ok(CredentialOffer::parse(&answer.body, policy).map_err(EnrolError::from)?)
            }
        }
    }

    async fn issuer_metadata(&self, issuer: &Endpoint) -> Result<(IssuerMetadata, String), WalletError> {
        let url = issuer.well_known(CREDENTIAL_ISSUER);
        let accept = [(ACCEPT, HeaderValue::from_static("application/jwt"))];
        let plane = &self.planes().identified;
        let answer =
            plane.send(Method::GET, url.url(), &accept, Body::None, MAX_METADATA).await?.accepted()?;
        let text = std::str::from_utf8(&answer.body).map_err(|_| AnswerError::Shape)?;
        let (policy, now) = (self.endpoint_policy(), self.platform().clock.now());
        let (metadata, party) = parse_signed_issuer_metadata(text, issuer, &self.anchors()?, policy, now)
            .map_err(EnrolError::from)?;
        Ok((metadata, party.name().to_owned()))
    }

    async fn server_metadata(&self, server: &Endpoint) -> Result<AuthorizationServerMetadata, WalletError> {
        let url = server.well_known(AUTHORIZATION_SERVER);
        let answer = self.planes().identified.get(url.url(), MAX_METADATA).await?;
        let parsed = AuthorizationServerMetadata::parse(&answer.body, server, self.endpoint_policy());
        Ok(parsed.map_err(EnrolError::from)?)
    }

    async fn fetch_token(&self, endpoint: &Endpoint, form: String) -> Result<TokenResponse, WalletError> {
        let mut attempt = Attempt::First;
        let mut nonce = None;
        loop {
            let dpop = self.dpop_proof(endpoint, None, nonce.as_deref()).await?;
            let (headers, body) = ([(DPOP, dpop)], Body::Form(form.clone()));
            let plane = &self.planes().identified;
            let answer = plane.send(Method::POST, endpoint.url(), &headers, body, MAX_TOKEN_RESPONSE).await?;
            if answer.status == StatusCode::OK {
                return Ok(TokenResponse::parse(&answer.body).map_err(EnrolError::from)?);
            }
            attempt = retry_or_refuse(attempt, &answer)?;
            nonce = answer.header(DPOP_NONCE).map(str::to_owned);
        }
    }

    /// Asks once, and once more where the issuer wants a fresh nonce.
    async fn fetch_credential(
        &self,
        metadata: &IssuerMetadata,
        configuration: &str,
        token: &TokenResponse,
        key: &VerifyingKey,
    ) -> Result<String, WalletError> {
        let mut attempt = Attempt::First;
        let mut dpop_nonce = None;
        loop {
            let proof = self.key_proof(metadata, key).await?;
            let request = CredentialRequest::new(configuration, token, proof);
            let answer = self.post_credential(metadata, token, &request, dpop_nonce.as_deref()).await?;
            if answer.status.is_success() {
                let response = CredentialResponse::parse(&answer.body);
                return Ok(response.and_then(CredentialResponse::into_single).map_err(EnrolError::from)?);
            }
            attempt = retry_or_refuse(attempt, &answer)?;
            dpop_nonce = answer.header(DPOP_NONCE).map(str::to_owned);
        }
    }

    async fn post_credential(
        &self,
        metadata: &IssuerMetadata,
        token: &TokenResponse,
        request: &CredentialRequest,
        dpop_nonce: Option<&str>,
    ) -> Result<Answer, WalletError> {
        let endpoint = &metadata.credential_endpoint;
        let access_token = token.access_token.expose();
        let dpop = self.dpop_proof(endpoint, Some(access_token), dpop_nonce).await?;
        let headers = [(AUTHORIZATION, sensitive(&format!("DPoP {access_token}"))?), (DPOP, dpop)];
        let body = Body::json(request)?;
        let plane = &self.planes().identified;
        plane.send(Method::POST, endpoint.url(), &headers, body, MAX_CREDENTIAL_RESPONSE).await
    }

    async fn key_proof(&self, metadata: &IssuerMetadata, key: &VerifyingKey) -> Result<String, WalletError> {
        let nonce = match &metadata.nonce_endpoint {
            None => None,
            Some(endpoint) => {
                let plane = &self.planes().identified;
                let answer = plane.send(Method::POST, endpoint.url(), &[], Body::None, NONCE_CAP).await?;
                Some(NonceResponse::parse(&answer.accepted()?.body).map_err(EnrolError::from)?.c_nonce)
            }
        };
        let (issuer, now) = (metadata.credential_issuer.as_str(), self.platform().clock.now());
        let draft = KeyProofDraft::new(key, issuer, nonce.as_deref(), None, now).map_err(EnrolError::from)?;
        let signature = self.platform().sign(DEVICE_KEY, draft.signing_input(), PromptReason::Enrol).await?;
        Ok(draft.finish(signature))
    }

    async fn dpop_proof(
        &self,
        endpoint: &Endpoint,
        access_token: Option<&str>,
        nonce: Option<&str>,
    ) -> Result<HeaderValue, WalletError> {
        let key = self.platform().public_key(DEVICE_KEY).await?;
        let request = Request { method: "POST", url: endpoint.as_str(), access_token, nonce };
        let now = self.platform().clock.now();
        let draft = DpopDraft::new(&mut OsRng, &key, &request, now).map_err(EnrolError::from)?;
        let signature = self.platform().sign(DEVICE_KEY, draft.signing_input(), PromptReason::Enrol).await?;
        sensitive(&draft.finish(signature))
    }

    fn check_credential(
        &self,
        text: &str,
        vct: &str,
        issuer: &Endpoint,
        key: &VerifyingKey,
    ) -> Result<VerifiedSdJwt, WalletError> {
        let (anchors, now) = (self.anchors()?, self.platform().clock.now());
        let verified = UnverifiedSdJwt::parse(text)
            .and_then(|credential| credential.verify(&anchors, now))
            .map_err(EnrolError::from)?;
        if verified.vct() != vct || verified.issuer() != issuer.as_str() {
            return Err(EnrolError::NotWhatWasOffered.into());
        }
        if verified.holder_key() != key {
            return Err(EnrolError::OtherKey.into());
        }
        Ok(verified)
    }

    async fn check_status(&self, credential: &VerifiedSdJwt) -> Result<StatusReport, WalletError> {
        let Some(reference) = credential.status() else {
            return Ok(StatusReport { status: KnownStatus::None, as_of: None });
        };
        let report = self.fetch_status(reference).await?;
        match report.status {
            KnownStatus::Valid => Ok(report),
            _ => Err(EnrolError::Revoked.into()),
        }
    }

    fn keep(
        &self,
        stored: &StoredCredential,
        summary: &CredentialSummary,
        issuer: &str,
    ) -> Result<(), WalletError> {
        let line = HistoryEntry {
            kind: HistoryKind::CredentialReceived,
            party: issuer.to_owned(),
            purpose: stored.name.clone(),
            claims: summary.claims.clone(),
            time: stored.received,
        };
        self.store().batch(|tx| {
            tx.put(Table::Credentials, &summary.id, stored)?;
            append_in(tx, &line)
        })?;
        Ok(())
    }
}

fn retry_or_refuse(attempt: Attempt, answer: &Answer) -> Result<Attempt, WalletError> {
    let error = OAuthError::parse(&answer.body);
    attempt.after(&error).ok_or_else(|| {
        let status = answer.status.as_u16();
        Refusal { status, code: error.code.name().to_owned(), words: error.description }.into()
    })
}

/// A header value that no log prints.
fn sensitive(text: &str) -> Result<HeaderValue, WalletError> {
    let mut value = HeaderValue::from_str(text).map_err(|_| AnswerError::Shape)?;
    value.set_sensitive(true);
    Ok(value)
}
