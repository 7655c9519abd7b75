//! An e-ID office and a wallet for tests: the office is the real one, the wallet is a double that can misbehave.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kodanik_crypto::secret::SecretText;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixSeconds;
use kodanik_identity::device_key::KeyProofDraft;
use kodanik_identity::dpop::{self, DpopDraft};
use kodanik_identity::issuance::{CredentialOffer, OfferLink, TokenRequest};
use kodanik_identity::sd_jwt::{UnverifiedSdJwt, VerifiedSdJwt};
use kodanik_identity::trust::TrustAnchors;
use rand_core::OsRng;
use serde_json::{Value, json};
use tempfile::TempDir;
use tower::ServiceExt;
use url::Url;

use super::{EidIssuer, Offer, Person, PersonId};
use crate::clock::Clock;
use crate::config::{Config, PublicUrls};
use crate::context::Context;
use crate::pki::{self, Authorities};
use crate::roles::relying_party::RelyingParty;
use crate::routes;

/// Some Monday in 2027.
pub(crate) const NOW: u64 = 1_800_000_000;

/// The office with a clock that tests turn.
pub(crate) struct Office {
    pub(crate) issuer: Arc<EidIssuer>,
    pub(crate) context: Context,
    pub(crate) router: Router,
    time: Arc<AtomicU64>,
    _dir: TempDir,
}

impl Office {
    /// An office whose addresses nobody listens on.
    pub(crate) fn new() -> Self {
        Self::at("http://127.0.0.1:8480")
    }

    /// An office that wallets reach at `base`.
    pub(crate) fn at(base: &str) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let time = Arc::new(AtomicU64::new(NOW));
        let authorities =
            Authorities::make(dir.path(), vec!["127.0.0.1".to_owned()], UnixSeconds(NOW)).unwrap();
        EidIssuer::init(dir.path(), &authorities).unwrap();
        RelyingParty::init(dir.path(), &authorities).unwrap();
        let clock = time.clone();
        let base = Url::parse(base).unwrap();
        let context = Context {
            dir: dir.path().to_owned(),
            config: Config::loopback(0, 0),
            urls: PublicUrls { identified: base.clone(), anonymous: base },
            clock: Clock::from_fn(move || UnixSeconds(clock.load(Ordering::SeqCst))),
            http: crate::server::http_client().unwrap(),
        };
        let issuer = EidIssuer::open(&context).unwrap();
        let router = routes::issuance::router(issuer.clone()).split_for_parts().0;
        Self { issuer, context, router, time, _dir: dir }
    }

    /// The present moment.
    pub(crate) fn now(&self) -> UnixSeconds {
        UnixSeconds(self.time.load(Ordering::SeqCst))
    }

    /// Lets time pass.
    pub(crate) fn wait(&self, seconds: u64) {
        self.time.fetch_add(seconds, Ordering::SeqCst);
    }

    /// Somebody in the register.
    pub(crate) fn add_mari(&self) -> PersonId {
        self.issuer.add_person(&mari()).unwrap()
    }

    pub(crate) fn anchors(&self) -> TrustAnchors {
        pki::anchors(&self.context.dir).unwrap()
    }

    /// Sends a request to the routes.
    pub(crate) async fn send(&self, request: Request<Body>) -> Answer {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let status = response.status();
        let cache = response.headers().get(header::CACHE_CONTROL).cloned();
        let body = to_bytes(response.into_body(), 1 << 20).await.unwrap().to_vec();
        Answer { status, not_stored: cache.is_some_and(|value| value == "no-store"), body }
    }
}

/// Mari Maasikas, who came of age in 2024.
pub(crate) fn mari() -> Person {
    Person {
        given_name: "Mari".into(),
        family_name: "Maasikas".into(),
        birthdate: "2006-02-28".into(),
        personal_administrative_number: "60602280001".into(),
        roll_number: "R-0001".into(),
        nationality: "EE".into(),
        id_card_key: None,
    }
}

/// What a route answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) not_stored: bool,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// The `error` member.
    pub(crate) fn error(&self) -> String {
        self.json()["error"].as_str().unwrap_or_default().to_owned()
    }
}

/// A double of a wallet: signs whatever a test wants.
pub(crate) struct TestWallet {
    pub(crate) key: SigningKey,
}

impl TestWallet {
    pub(crate) fn new() -> Self {
        Self { key: SigningKey::make(&mut OsRng) }
    }

    pub(crate) fn dpop(&self, office: &Office, endpoint: &str, token: Option<&str>) -> String {
        let url = office.issuer.identifier().join(endpoint);
        let request = dpop::Request { method: "POST", url: url.as_str(), access_token: token, nonce: None };
        let draft = DpopDraft::new(&mut OsRng, &self.key.verifying_key(), &request, office.now()).unwrap();
        let signature = self.key.sign(draft.signing_input());
        draft.finish(signature)
    }

    pub(crate) fn proof(&self, office: &Office, nonce: &str) -> String {
        let audience = office.issuer.identifier().as_str();
        let draft =
            KeyProofDraft::new(&self.key.verifying_key(), audience, Some(nonce), None, office.now()).unwrap();
        let signature = self.key.sign(draft.signing_input());
        draft.finish(signature)
    }

    pub(crate) async fn ask_token(&self, office: &Office, form: String) -> Answer {
        office.send(token_request(Some(&self.dpop(office, "token", None)), form)).await
    }

    pub(crate) async fn token(&self, office: &Office, offer: &Offer) -> String {
        let answer = self.ask_token(office, form(office, offer, offer.tx_code.expose())).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn ask_credential(&self, office: &Office, token: &str, proofs: &[String]) -> Answer {
        let body = json!({ "credential_configuration_id": "pid", "proofs": { "jwt": proofs } });
        let dpop = self.dpop(office, "credential", Some(token));
        office.send(credential_request(token, &dpop, &body)).await
    }

    pub(crate) async fn credential(&self, office: &Office, token: &str) -> String {
        let proof = self.proof(office, &office.issuer.nonce().c_nonce);
        let answer = self.ask_credential(office, token, &[proof]).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
        answer.json()["credentials"][0]["credential"].as_str().unwrap().to_owned()
    }

    /// A PID for `person`, all the way.
    pub(crate) async fn enrol(&self, office: &Office, person: PersonId) -> VerifiedSdJwt {
        let offer = office.issuer.create_offer(person).unwrap();
        let token = self.token(office, &offer).await;
        let text = self.credential(office, &token).await;
        UnverifiedSdJwt::parse(&text).unwrap().verify(&office.anchors(), office.now()).unwrap()
    }
}

pub(crate) fn form(office: &Office, offer: &Offer, tx_code: &str) -> String {
    let code = parse(office, offer).grants.pre_authorized.unwrap().code;
    TokenRequest::PreAuthorizedCode { code, tx_code: Some(SecretText::new(tx_code.to_owned())) }.to_form()
}

fn parse(office: &Office, offer: &Offer) -> CredentialOffer {
    match OfferLink::parse(offer.offer_uri.expose(), office.context.endpoint_policy()).unwrap() {
        OfferLink::ByValue(offer) => *offer,
        OfferLink::ByReference(_) => panic!("offers go by value"),
    }
}

pub(crate) fn token_request(dpop: Option<&str>, form: String) -> Request<Body> {
    let request =
        Request::post("/eid/token").header(header::CONTENT_TYPE, "application/x-www-form-urlencoded");
    let request = dpop.into_iter().fold(request, |request, dpop| request.header("DPoP", dpop));
    request.body(Body::from(form)).unwrap()
}

pub(crate) fn credential_request(token: &str, dpop: &str, body: &Value) -> Request<Body> {
    Request::post("/eid/credential")
        .header(header::AUTHORIZATION, format!("DPoP {token}"))
        .header(header::CONTENT_TYPE, "application/json")
        .header("DPoP", dpop)
        .body(Body::from(body.to_string()))
        .unwrap()
}
