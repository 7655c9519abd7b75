//! Presenting claims (OpenID4VP 1.0, protocol.md §4.2.3): see who asks for what and why, then consent or refuse.
//!
//! [`Wallet::inspect_presentation`] sends nothing about the citizen. [`Wallet::consent`] discloses exactly what was
//! shown. Before anything leaves, history says that it may have; when the answer comes, that it has.

use std::collections::BTreeMap;

use ::http::header::ACCEPT;
use ::http::{HeaderValue, Method};
use kodanik_crypto::encoding::to_base64url;
use kodanik_identity::dcql::{ChoiceError, ClaimPath, Matches, Selection, select};
use kodanik_identity::presentation::{
    MAX_REQUEST_OBJECT, PresentationError, REQUEST_MEDIA_TYPE, RequestContext, RequestLink, RequestUriMethod,
    UnverifiedRequest, VerifiedRequest, VpToken,
};
use rand_core::{OsRng, RngCore};
use serde::Serialize;
use thiserror::Error;

use crate::credentials::Held;
use crate::error::{Misuse, WalletError};
use crate::history::{HistoryEntry, HistoryKind};
use crate::http::{Answer, AnswerError, Body, JSON_CAP, TransportError};
use crate::platform::PromptReason;
use crate::store::Table;
use crate::wallet::Wallet;

/// Which credential answers which query: query id to the wallet's names of credentials.
pub type Picks = BTreeMap<String, Vec<String>>;

/// Why a request is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PresentError {
    /// The choice does not answer the request.
    #[error(transparent)]
    Choice(#[from] ChoiceError),
    /// The wallet lacks what is asked for.
    #[error("the wallet does not hold what is asked for")]
    Missing,
    /// The request is not one that may be answered.
    #[error(transparent)]
    Request(#[from] PresentationError),
}

impl PresentError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Choice(_) => "choice",
            Self::Missing => "missing",
            Self::Request(PresentationError::Link | PresentationError::ClientIdKind) => "link",
            Self::Request(PresentationError::NotValidNow) => "expired",
            Self::Request(PresentationError::Trust(_)) => "unknown_party",
            Self::Request(_) => "request",
        }
    }
}

/// A request that was fetched and verified, and what the wallet could answer.
#[derive(Debug)]
pub struct PresentationRequest {
    /// Who asks: the name in a certificate that chains to a pinned anchor.
    pub party: String,
    /// The host that the answer would go to.
    pub host: String,
    /// What for, if a registrar confirmed it. `None` means that nobody vouches for any purpose: show it as unknown.
    pub purpose: Option<String>,
    /// The claims that the least answer would disclose.
    pub claims: Vec<String>,
    /// The claims that are asked for beyond what the party registered.
    pub over_asked: Vec<String>,
    /// What is asked for and not there.
    pub missing: Vec<Missing>,
    /// For each query the credentials to choose from.
    pub choices: Vec<Choice>,
    request: VerifiedRequest,
    matches: Matches,
}

/// A query that the wallet cannot answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Missing {
    /// The query.
    pub query_id: String,
    /// The claims that the best credential lacks; empty where there is no credential of that type.
    pub claims: Vec<String>,
}

/// The credentials that would answer a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Choice {
    /// The query.
    pub query_id: String,
    /// Whether several may be given.
    pub multiple: bool,
    /// Whether the least answer holds it. What is not needed is given only where the citizen chooses to.
    pub needed: bool,
    /// The credentials; the first is taken where the citizen has no wish.
    pub options: Vec<ChoiceOption>,
}

/// A credential that would answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ChoiceOption {
    /// The wallet's name for it.
    pub credential: String,
    /// What its issuer calls it.
    pub name: String,
    /// The issuer.
    pub issuer: String,
    /// The claims that it would disclose.
    pub claims: Vec<String>,
}

/// What was shared.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PresentOutcome {
    /// With whom.
    pub party: String,
    /// The claims that left the wallet.
    pub claims: Vec<String>,
    /// Where the party wants the citizen to go on, if it says so; an address of the party's.
    pub redirect: Option<String>,
}

impl PresentationRequest {
    /// Whether the wallet holds what is asked for.
    pub fn is_answerable(&self) -> bool {
        self.matches.is_answerable()
    }

    /// The least answer, with the first credential of each choice.
    pub fn default_picks(&self) -> Result<Picks, PresentError> {
        self.matches.default_picks().ok_or(PresentError::Missing)
    }
}

impl Wallet {
    /// Fetches the request behind an `openid4vp://` link and verifies who asks. Nothing about the citizen is sent.
    pub async fn inspect_presentation(&self, link: &str) -> Result<PresentationRequest, WalletError> {
        let request = self.load_request(link, &[]).await?;
        let held = self.held()?;
        let seen: Vec<_> = held.iter().map(Held::as_query_sees_it).collect();
        let matches = select(request.query(), &seen);
        Ok(review(request, matches, &held))
    }

    /// Presents what was shown, with the credentials of `picks`. Where the answer is lost after sending, the error says
    /// so and history has "may have been shared".
    pub async fn consent(
        &self,
        request: PresentationRequest,
        picks: &Picks,
    ) -> Result<PresentOutcome, WalletError> {
        if !request.is_answerable() {
            return Err(PresentError::Missing.into());
        }
        let selection = request.matches.choose(picks).map_err(PresentError::from)?;
        let claims = names(selection.claims());
        let response = self.make_response(&request.request, &selection, PromptReason::Present).await?;
        let line = self.history_line(&request, HistoryKind::MaybePresented, claims.clone());
        let line_id = uuid::Uuid::new_v4().to_string();
        self.store().put(Table::History, &line_id, &line)?;
        let answer = match self.send_response(&request.request, response).await {
            Err(WalletError::Offline(TransportError::Connect)) => {
                self.store().delete(Table::History, &line_id)?;
                return Err(TransportError::Connect.into());
            }
            sent => sent?,
        };
        let line = HistoryEntry { kind: HistoryKind::Presented, ..line };
        self.store().put(Table::History, &line_id, &line)?;
        let redirect = redirect_of(&answer.accepted()?, &request.request);
        Ok(PresentOutcome { party: request.party, claims, redirect })
    }

    /// Declines. The party is told nothing, not even that somebody looked.
    pub fn refuse(&self, request: &PresentationRequest) -> Result<(), WalletError> {
        let asked =
            request.request.query().credentials.iter().flat_map(|query| query.claims.iter().flatten());
        let claims = names(asked.map(|claim| &claim.path));
        self.append_history(&self.history_line(request, HistoryKind::Refused, claims))
    }

    /// Fetches and verifies a request whose transaction data, if any, is of the types that the caller understands.
    pub(crate) async fn load_request(
        &self,
        link: &str,
        transaction_types: &[&str],
    ) -> Result<VerifiedRequest, WalletError> {
        let policy = self.endpoint_policy();
        let link = RequestLink::parse(link, policy).map_err(PresentError::from)?;
        let wallet_nonce = (link.method == RequestUriMethod::Post).then(fresh_nonce);
        let text = self.fetch_request(&link, wallet_nonce.as_deref()).await?;
        let context = RequestContext {
            link: &link,
            wallet_nonce: wallet_nonce.as_deref(),
            anchors: &self.anchors()?,
            policy,
            transaction_types,
            now: self.platform().clock.now(),
        };
        let request = UnverifiedRequest::parse(&text).and_then(|request| request.verify(&context));
        Ok(request.map_err(PresentError::from)?)
    }

    /// The held credentials that answer `request`, and the least choice among them.
    pub(crate) fn least_answer(&self, request: &VerifiedRequest) -> Result<Selection, WalletError> {
        let held = self.held()?;
        let seen: Vec<_> = held.iter().map(Held::as_query_sees_it).collect();
        let matches = select(request.query(), &seen);
        let picks = matches.default_picks().ok_or(PresentError::Missing)?;
        Ok(matches.choose(&picks).map_err(PresentError::from)?)
    }

    /// The encrypted answer: each credential with exactly the chosen claims and a key binding.
    pub(crate) async fn make_response(
        &self,
        request: &VerifiedRequest,
        selection: &Selection,
        reason: PromptReason,
    ) -> Result<String, WalletError> {
        let held = self.held()?;
        let mut token = VpToken::new();
        for (query_id, candidates) in selection.iter() {
            let mut presentations = Vec::new();
            for candidate in candidates {
                let held =
                    held.iter().find(|held| held.id == candidate.credential).ok_or(Misuse::NotFound)?;
                presentations.push(self.bind(request, query_id, held, &candidate.claims, reason).await?);
            }
            token.insert(query_id.to_owned(), presentations);
        }
        Ok(request.encrypt(&mut OsRng, &token).map_err(PresentError::from)?)
    }

    /// Posts the encrypted answer to the party; any answer but a redirect comes back.
    pub(crate) async fn send_response(
        &self,
        request: &VerifiedRequest,
        response: String,
    ) -> Result<Answer, WalletError> {
        let accept = [(ACCEPT, HeaderValue::from_static("application/json"))];
        let body = Body::form(&[("response", &response)]);
        let plane = &self.planes().identified;
        plane.send(Method::POST, request.response_uri().url(), &accept, body, JSON_CAP).await
    }

    async fn fetch_request(&self, link: &RequestLink, nonce: Option<&str>) -> Result<String, WalletError> {
        let accept = [(ACCEPT, HeaderValue::from_static(REQUEST_MEDIA_TYPE))];
        let (method, body) = match nonce {
            None => (Method::GET, Body::None),
            Some(nonce) => (Method::POST, Body::form(&[("wallet_nonce", nonce)])),
        };
        let plane = &self.planes().identified;
        let answer = plane.send(method, link.request_uri.url(), &accept, body, MAX_REQUEST_OBJECT).await?;
        Ok(String::from_utf8(answer.accepted()?.body).map_err(|_| AnswerError::Shape)?)
    }

    async fn bind(
        &self,
        request: &VerifiedRequest,
        query_id: &str,
        held: &Held,
        claims: &[ClaimPath],
        reason: PromptReason,
    ) -> Result<String, WalletError> {
        let now = self.platform().clock.now();
        let draft = request.bind(query_id, &held.verified, claims, now).map_err(PresentError::from)?;
        let signature = self.platform().sign(&held.stored.key, draft.signing_input(), reason).await?;
        Ok(draft.finish(signature))
    }

    fn history_line(
        &self,
        request: &PresentationRequest,
        kind: HistoryKind,
        claims: Vec<String>,
    ) -> HistoryEntry {
        HistoryEntry {
            kind,
            party: request.party.clone(),
            purpose: request.purpose.clone().unwrap_or_default(),
            claims,
            time: self.platform().clock.now(),
        }
    }
}

fn review(request: VerifiedRequest, matches: Matches, held: &[Held]) -> PresentationRequest {
    let least = matches.default_picks().and_then(|picks| matches.choose(&picks).ok());
    PresentationRequest {
        party: request.party().name().to_owned(),
        host: request.response_uri().host(),
        purpose: request.registration().map(|registration| registration.purpose.clone()),
        claims: least.map(|selection| names(selection.claims())).unwrap_or_default(),
        over_asked: names(request.over_asked().unwrap_or_default()),
        missing: missing(&matches),
        choices: choices(&matches, held),
        request,
        matches,
    }
}

fn missing(matches: &Matches) -> Vec<Missing> {
    let unanswered = matches.credentials.iter().filter(|query| query.candidates.is_empty());
    unanswered
        .map(|query| Missing { query_id: query.query_id.clone(), claims: names(&query.missing) })
        .collect()
}

fn choices(matches: &Matches, held: &[Held]) -> Vec<Choice> {
    let option = |candidate: &kodanik_identity::dcql::Candidate| {
        let held = held.iter().find(|held| held.id == candidate.credential)?;
        Some(ChoiceOption {
            credential: candidate.credential.clone(),
            name: held.stored.name.clone(),
            issuer: held.verified.issuer_party().name().to_owned(),
            claims: names(&candidate.claims),
        })
    };
    let least = matches.default_picks().unwrap_or_default();
    let answered = matches.credentials.iter().filter(|query| !query.candidates.is_empty());
    answered
        .map(|query| Choice {
            query_id: query.query_id.clone(),
            multiple: query.multiple,
            needed: least.contains_key(&query.query_id),
            options: query.candidates.iter().filter_map(option).collect(),
        })
        .collect()
}

fn names<'a>(paths: impl IntoIterator<Item = &'a ClaimPath>) -> Vec<String> {
    let mut names: Vec<_> = paths.into_iter().map(ToString::to_string).collect();
    names.sort();
    names.dedup();
    names
}

/// `redirect_uri` of the party's answer (section 8.2), if it leads to the party's own host.
fn redirect_of(answer: &Answer, request: &VerifiedRequest) -> Option<String> {
    let body: serde_json::Value = answer.json().ok()?;
    let redirect = url::Url::parse(body.get("redirect_uri")?.as_str()?).ok()?;
    let same_origin = redirect.origin() == request.response_uri().url().origin();
    same_origin.then(|| redirect.to_string())
}

fn fresh_nonce() -> String {
    let mut bytes = [0; 24];
    OsRng.fill_bytes(&mut bytes);
    to_base64url(bytes)
}
