//! The hop to the gateway: a session bound to the device key, DPoP proofs with the gateway's nonces (RFC 9449).

use ::http::header::AUTHORIZATION;
use ::http::{HeaderName, HeaderValue, Method, StatusCode};
use kodanik_crypto::encoding::Binary;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_identity::dcql::ClaimPath;
use kodanik_identity::dpop::{DpopDraft, Request};
use kodanik_services::address::ServiceId;
use kodanik_services::headers::Headers;
use kodanik_services::message::{RestResponse, StrictRequest};
use kodanik_services::tracker::CaseStatus;
use rand_core::OsRng;
use serde::{Deserialize, Serialize};
use url::Url;

use super::NUMBER_CLAIM;
use crate::error::WalletError;
use crate::http::{Answer, AnswerError, Body, JSON_CAP};
use crate::platform::PromptReason;
use crate::wallet::Wallet;

const DPOP: HeaderName = HeaderName::from_static("dpop");
/// A body of 2 MiB in base64url, and headers.
const CALL_CAP: usize = 3 * 1024 * 1024;

/// An open session.
pub(super) struct Hop<'a> {
    wallet: &'a Wallet,
    key: VerifyingKey,
    key_name: String,
    nonce: String,
    token: Option<String>,
}

#[derive(Serialize)]
struct SessionRequest<'a> {
    presentation: &'a str,
    nonce: &'a str,
}

#[derive(Deserialize)]
struct SessionToken {
    access_token: String,
    token_type: String,
}

#[derive(Serialize)]
struct CallRequest<'a> {
    method: &'a str,
    path: &'a str,
    query: Option<&'a str>,
    headers: &'a Headers,
    body: Binary,
}

#[derive(Deserialize)]
struct CallResponse {
    status: u16,
    headers: Headers,
    body: Binary,
}

impl<'a> Hop<'a> {
    /// Opens a session: the gateway's nonce first, then the e-ID bound to it.
    pub(super) async fn open(wallet: &'a Wallet) -> Result<Self, WalletError> {
        let eid = wallet.eid()?;
        let key = *eid.verified.holder_key();
        let nonce = first_nonce(wallet).await?;
        let mut hop = Self { wallet, key, key_name: eid.stored.key.clone(), nonce, token: None };
        let audience = wallet.identified_url("services")?;
        let number = [ClaimPath::of(&[NUMBER_CLAIM])];
        let presentation =
            wallet.present_to(&eid, &number, &hop.nonce, audience.as_str(), PromptReason::Request).await?;
        let request = SessionRequest { presentation: &presentation, nonce: &hop.nonce.clone() };
        let url = wallet.identified_url("services/session")?;
        let answer = hop.send(Method::POST, &url, Body::json(&request)?, JSON_CAP).await?;
        let session: SessionToken = answer.accepted()?.json()?;
        if session.token_type != "DPoP" {
            return Err(AnswerError::Shape.into());
        }
        hop.token = Some(session.access_token);
        Ok(hop)
    }

    /// Hands a signed request over, and gives X-Road's answer.
    pub(super) async fn call(&mut self, request: &StrictRequest) -> Result<RestResponse, WalletError> {
        let request = request.as_request();
        let call = CallRequest {
            method: request.method().as_str(),
            path: request.path().as_str(),
            query: request.query(),
            headers: request.headers(),
            body: Binary(request.body().to_vec()),
        };
        let url = self.wallet.identified_url("services/calls")?;
        let answer = self.send(Method::POST, &url, Body::json(&call)?, CALL_CAP).await?;
        let CallResponse { status, headers, body } = answer.accepted()?.json()?;
        Ok(RestResponse { status, headers, body: body.0 })
    }

    /// Asks where a case stands.
    pub(super) async fn case_status(
        &mut self,
        service: &ServiceId,
        case: &str,
    ) -> Result<CaseStatus, WalletError> {
        let mut url = self.wallet.identified_url("services/case-status")?;
        url.query_pairs_mut().append_pair("service", &service.to_string()).append_pair("case", case);
        let answer = self.send(Method::GET, &url, Body::None, JSON_CAP).await?;
        Ok(answer.accepted()?.json()?)
    }

    /// Sends with a proof; where the gateway asks for a newer nonce, once more.
    async fn send(
        &mut self,
        method: Method,
        url: &Url,
        body: Body,
        cap: usize,
    ) -> Result<Answer, WalletError> {
        let answer = self.attempt(method.clone(), url, body.clone(), cap).await?;
        let refused = answer.status == StatusCode::UNAUTHORIZED;
        let code = answer.json::<serde_json::Value>().unwrap_or_default();
        if refused && code["error"] == "use_dpop_nonce" {
            return self.attempt(method, url, body, cap).await;
        }
        Ok(answer)
    }

    async fn attempt(
        &mut self,
        method: Method,
        url: &Url,
        body: Body,
        cap: usize,
    ) -> Result<Answer, WalletError> {
        let platform = self.wallet.platform();
        let request = Request {
            method: method.as_str(),
            url: url.as_str(),
            access_token: self.token.as_deref(),
            nonce: Some(&self.nonce),
        };
        let draft = DpopDraft::new(&mut OsRng, &self.key, &request, platform.clock.now());
        let draft = draft.map_err(|_| AnswerError::Shape)?;
        let signature = platform.sign(&self.key_name, draft.signing_input(), PromptReason::Request).await?;
        let mut headers = vec![(DPOP, value(&draft.finish(signature))?)];
        if let Some(token) = &self.token {
            headers.push((AUTHORIZATION, value(&format!("DPoP {token}"))?));
        }
        let answer = self.wallet.planes().identified.send(method, url, &headers, body, cap).await?;
        if let Some(nonce) = answer.header("dpop-nonce") {
            self.nonce = nonce.to_owned();
        }
        Ok(answer)
    }
}

/// A request without a proof is refused, and the refusal brings a nonce (RFC 9449 section 9).
async fn first_nonce(wallet: &Wallet) -> Result<String, WalletError> {
    let url = wallet.identified_url("services/session")?;
    let body = Body::json(&SessionRequest { presentation: "", nonce: "" })?;
    let answer = wallet.planes().identified.send(Method::POST, &url, &[], body, JSON_CAP).await?;
    match answer.header("dpop-nonce") {
        Some(nonce) => Ok(nonce.to_owned()),
        None => Err(answer.accepted().err().map_or(AnswerError::Shape.into(), WalletError::from)),
    }
}

fn value(text: &str) -> Result<HeaderValue, WalletError> {
    HeaderValue::from_str(text).map_err(|_| AnswerError::Shape.into())
}
