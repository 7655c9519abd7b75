//! Public services over X-Road, from the wallet's form to verified evidence.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixSeconds;
use kodanik_gateway::clock::Clock;
use kodanik_gateway::config::{Config, PublicUrls};
use kodanik_gateway::context::Context;
use kodanik_gateway::pki::{self, Authorities};
use kodanik_gateway::roles::eid_issuer::{EidIssuer, Person, PersonId};
use kodanik_gateway::roles::public_body::PublicBody;
use kodanik_gateway::roles::services::Services;
use kodanik_gateway::roles::xroad_test_server::XroadTestServer;
use kodanik_gateway::routes;
use kodanik_identity::dpop::{DpopDraft, Request};
use kodanik_services::catalogue::Operation;
use kodanik_services::tracker::CaseState;
use kodanik_wallet::platform::{Clock as WalletClock, SoftwarePlatform};
use kodanik_wallet::request::{Answered, Catalogue, Preview, Progress};
use kodanik_wallet::{InitOptions, PinEntry, Wallet, WalletError};
use tempfile::TempDir;
use url::Url;

const START: u64 = 1_800_000_000;
const PIN: &str = "284917";

/// A gateway's identified plane with the roles that services need, and its clock in the test's hand.
struct World {
    dir: TempDir,
    now: Arc<AtomicU64>,
    issuer: Arc<EidIssuer>,
    double: XroadTestServer,
    url: Url,
}

impl World {
    async fn start() -> Self {
        let dir = tempfile::tempdir().unwrap();
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let now = Arc::new(AtomicU64::new(START));
        let told = now.clone();
        let context = Context {
            dir: dir.path().to_owned(),
            config: Config::loopback(0, 0),
            urls: PublicUrls { identified: url.clone(), anonymous: url.clone() },
            clock: Clock::from_fn(move || UnixSeconds(told.load(Ordering::SeqCst))),
            http: reqwest::Client::new(),
        };
        let authorities =
            Authorities::make(dir.path(), vec!["127.0.0.1".to_owned()], UnixSeconds(START)).unwrap();
        EidIssuer::init(dir.path(), &authorities).unwrap();
        PublicBody::init(dir.path(), &authorities).unwrap();
        let issuer = EidIssuer::open(&context).unwrap();
        let allowed = context.config.services.client.parse().unwrap();
        let double = XroadTestServer::start(PublicBody::open(&context).unwrap(), allowed).unwrap();
        let services = Arc::new(Services::open_at(&context, double.url.clone()).unwrap());
        let well_known = routes::trust::WellKnown {
            anonymous_plane: url.clone(),
            identified_plane: url.clone(),
            ledger_policy: "none".to_owned(),
            anchors: pki::anchors_pem(dir.path()).unwrap(),
        };
        let (router, _) = routes::trust::router(well_known)
            .merge(routes::issuance::router(issuer.clone()))
            .merge(routes::services::router(services))
            .split_for_parts();
        tokio::spawn(async move { axum::serve(listener, Router::new().merge(router)).await });
        Self { dir, now, issuer, double, url }
    }

    fn person(&self) -> PersonId {
        let person = Person {
            given_name: "Mari".to_owned(),
            family_name: "Maasikas".to_owned(),
            birthdate: "1990-01-01".to_owned(),
            personal_administrative_number: "9001011234567".to_owned(),
            roll_number: "R-1".to_owned(),
            nationality: "KR".to_owned(),
            id_card_key: None,
        };
        self.issuer.add_person(&person).unwrap()
    }

    /// A wallet with the e-ID of `person`.
    async fn wallet(&self, home: &Path, person: PersonId) -> Wallet {
        let gateway = self.url.clone();
        let options = InitOptions { gateway, trust: None, allow_loopback_http: true };
        let pin = PinEntry::from_text(PIN).unwrap();
        let wallet = Wallet::init(home, options, pin, self.platform(home)).await.unwrap();
        let offer = self.issuer.create_offer(person).unwrap();
        wallet.add_credential(offer.offer_uri.expose(), Some(offer.tx_code)).await.unwrap();
        wallet
    }

    async fn reopen(&self, home: &Path) -> Wallet {
        Wallet::open(home, PinEntry::from_text(PIN).unwrap(), self.platform(home)).await.unwrap()
    }

    fn platform(&self, home: &Path) -> kodanik_wallet::Platform {
        let now = self.now.clone();
        let clock = WalletClock::new(move || UnixSeconds(now.load(Ordering::SeqCst)));
        SoftwarePlatform::platform_with_clock(home, clock).unwrap()
    }

    fn pass(&self, seconds: u64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
    }

    fn cases(&self) -> i64 {
        let path = self.dir.path().join("public-body/public-body.sqlite");
        let connection = rusqlite::Connection::open(path).unwrap();
        connection.query_row("SELECT count(*) FROM case_file", [], |row| row.get(0)).unwrap()
    }
}

fn preview(wallet: &Wallet, catalogue: &Catalogue, summary: &str, input: &[(&str, &str)]) -> Preview {
    let offers = |operation: &&Operation| operation.summary.starts_with(summary);
    let found = catalogue
        .services
        .iter()
        .find_map(|service| service.operations.iter().find(offers).map(|operation| (service, operation)));
    let (service, operation) = found.unwrap();
    let input: BTreeMap<String, String> =
        input.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    wallet.preview_request(catalogue, &service.id, operation, &input).unwrap()
}

const CHILD: [(&str, &str); 3] = [("child_name", "Juku"), ("child_born", "2026-12-01"), ("months", "3")];

async fn apply(wallet: &Wallet) -> Result<Answered, WalletError> {
    let catalogue = wallet.services().await.unwrap();
    wallet.submit_request(preview(wallet, &catalogue, "Apply", &CHILD)).await
}

#[tokio::test]
async fn s06_an_application_becomes_a_case_a_decision_and_evidence() {
    let (world, home) = (World::start().await, tempfile::tempdir().unwrap());
    let wallet = world.wallet(home.path(), world.person()).await;
    let catalogue = wallet.services().await.unwrap();
    let shown = preview(&wallet, &catalogue, "Apply", &CHILD);
    let claims: Vec<&str> = shown.claims.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(claims, ["personal_administrative_number", "given_name", "family_name"]);

    let answered = wallet.submit_request(shown).await.unwrap();
    assert_eq!((answered.status, answered.attempts), (202, 1));
    assert_eq!(answered.provider, "Office for Families");
    assert_eq!(answered.case.unwrap().state, CaseState::Received);

    world.pass(1);
    assert!(wallet.poll_cases(false).await.unwrap().is_empty(), "not due yet");
    assert!(wallet.poll_cases(true).await.unwrap().remove(0).result.unwrap().changed);
    world.pass(2);
    let update = wallet.poll_cases(false).await.unwrap().remove(0).result.unwrap();
    assert_eq!((update.status.state, update.changed), (CaseState::Done, true));
    assert!(wallet.poll_cases(true).await.unwrap().is_empty(), "a closed case is left alone");

    let decision = wallet.case_decision(&answered.id).await.unwrap();
    assert_eq!(decision.body["granted"], true);
    assert_eq!(decision.body["application"]["applicant"]["given_name"], "Mari");
    assert!(wallet.withdraw_case(&answered.id).await.is_err());
    for id in [&answered.id, &decision.id] {
        let file = wallet.evidence_file(id).unwrap();
        assert_eq!(&wallet.verify_evidence(&file).unwrap().x_road_id, id);
    }
    let history = serde_json::to_string(
        &wallet.history(0, 100).unwrap().iter().map(|row| &row.value).collect::<Vec<_>>(),
    );
    let history = history.unwrap();
    assert!(history.contains("service_requested"));
    assert!(!history.contains("Mari") && !history.contains("Juku") && !history.contains("9001011234567"));
}

#[tokio::test]
async fn s06_a_decision_is_fetched_once_and_kept() {
    let (world, home) = (World::start().await, tempfile::tempdir().unwrap());
    let wallet = world.wallet(home.path(), world.person()).await;
    let case = apply(&wallet).await.unwrap().id;
    assert_eq!(wallet.case_decision(&case).await.unwrap_err().code(), "misuse.wrong_state");
    world.pass(1);
    wallet.poll_case(&case).await.unwrap();
    world.pass(2);
    assert_eq!(wallet.poll_case(&case).await.unwrap().state, CaseState::Done);
    world.double.lose_answers(1);
    assert_eq!(wallet.case_decision(&case).await.unwrap_err().code(), "request.unreachable");
    let decision = wallet.case_decision(&case).await.unwrap();
    assert_eq!(
        (decision.attempts, wallet.requests().unwrap().len()),
        (2, 2),
        "sent again under its old name"
    );
    // Nobody is there to be asked any more.
    drop(world.double);
    let kept = wallet.case_decision(&case).await.unwrap();
    assert_eq!((kept.id, kept.body, kept.report), (decision.id, decision.body, decision.report));
    assert_eq!(
        wallet.poll_case(&case).await.unwrap().state,
        CaseState::Done,
        "a closed case is not asked about"
    );
    assert_eq!(wallet.requests().unwrap().len(), 2);
}

#[tokio::test]
async fn s06_a_case_is_withdrawn_once() {
    let (world, home) = (World::start().await, tempfile::tempdir().unwrap());
    let wallet = world.wallet(home.path(), world.person()).await;
    let (case, other) = (apply(&wallet).await.unwrap().id, apply(&wallet).await.unwrap().id);
    world.double.lose_answers(1);
    assert_eq!(wallet.withdraw_case(&case).await.unwrap_err().code(), "request.unreachable");
    let withdrawn = wallet.withdraw_case(&case).await.unwrap();
    assert_eq!((withdrawn.status, withdrawn.attempts), (200, 2), "sent again under its old name");
    let states: Vec<_> = [&case, &other].map(|id| state_of(&wallet, id)).into();
    assert_eq!(states, [CaseState::Withdrawn, CaseState::Received], "the other one is not even asked about");
    assert_eq!(wallet.withdraw_case(&case).await.unwrap_err().code(), "misuse.wrong_state");
    assert_eq!(wallet.case_decision(&case).await.unwrap_err().code(), "misuse.wrong_state");
    assert_eq!(wallet.withdraw_case(&withdrawn.id).await.unwrap_err().code(), "misuse.wrong_state");
    assert_eq!(wallet.withdraw_case("nothing").await.unwrap_err().code(), "misuse.not_found");
    // Decided before the withdrawal arrived: the provider says no, and the wallet learns why.
    world.pass(3600);
    let late = wallet.withdraw_case(&other).await.unwrap();
    assert_eq!((late.status, state_of(&wallet, &other)), (409, CaseState::Done));
}

fn state_of(wallet: &Wallet, id: &str) -> CaseState {
    let requests = wallet.requests().unwrap();
    match &requests.iter().find(|record| record.id == id).unwrap().progress {
        Progress::Case { tracker, .. } => tracker.status.state,
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn s06_tampered_evidence_is_refused() {
    let (world, home) = (World::start().await, tempfile::tempdir().unwrap());
    let wallet = world.wallet(home.path(), world.person()).await;
    let answered = apply(&wallet).await.unwrap();
    let file = wallet.evidence_file(&answered.id).unwrap();
    assert!(wallet.verify_evidence(&file).is_ok());
    let step = file.len() / 200;
    for at in (0..file.len()).step_by(step.max(1)) {
        let mut tampered = file.clone();
        tampered[at] = if tampered[at] == b'A' { b'B' } else { b'A' };
        assert!(wallet.verify_evidence(&tampered).is_err(), "byte {at}");
    }
    assert!(wallet.verify_evidence(&file[..file.len() - 1]).is_err());
}

#[tokio::test]
async fn s06_after_a_lost_answer_and_a_restart_exactly_one_case_exists() {
    let (world, home) = (World::start().await, tempfile::tempdir().unwrap());
    let wallet = world.wallet(home.path(), world.person()).await;
    world.double.lose_answers(2);
    let error = apply(&wallet).await.unwrap_err();
    assert_eq!(error.code(), "request.unreachable");
    assert_eq!(wallet.requests().unwrap()[0].progress, Progress::Sending);
    drop(wallet);

    let wallet = world.reopen(home.path()).await;
    let again = wallet.resume_requests().await.unwrap().remove(0).result.unwrap_err();
    assert_eq!(again.code(), "request.unreachable");
    world.pass(3600);
    let answered = wallet.resume_requests().await.unwrap().remove(0).result.unwrap();
    assert_eq!((answered.status, answered.attempts), (202, 3));
    assert!(wallet.resume_requests().await.unwrap().is_empty());
    assert_eq!(world.cases(), 1);
    assert_eq!(wallet.requests().unwrap().len(), 1);
}

#[tokio::test]
async fn s06_a_revoked_eid_opens_no_session() {
    let (world, home) = (World::start().await, tempfile::tempdir().unwrap());
    let person = world.person();
    let wallet = world.wallet(home.path(), person).await;
    world.issuer.revoke_person(person).unwrap();
    let error = apply(&wallet).await.unwrap_err();
    assert_eq!(error.code(), "refused.eid_revoked");
    assert_eq!(wallet.requests().unwrap(), [], "nothing was stored, nothing was sent");
    assert_eq!(world.cases(), 0);
}

#[tokio::test]
async fn s06_a_certificate_is_answered_at_once() {
    let (world, home) = (World::start().await, tempfile::tempdir().unwrap());
    let wallet = world.wallet(home.path(), world.person()).await;
    let catalogue = wallet.services().await.unwrap();
    let none = wallet.submit_request(preview(&wallet, &catalogue, "Get a certificate", &[])).await.unwrap();
    assert_eq!((none.status, none.body["error"].as_str()), (404, Some("not_found")));
    let residence = [("street", "Pikk 1"), ("municipality", "Tartu"), ("since", "2026-11-01")];
    let notice =
        wallet.submit_request(preview(&wallet, &catalogue, "Give notice", &residence)).await.unwrap();
    assert_eq!(notice.status, 200);
    let certificate =
        wallet.submit_request(preview(&wallet, &catalogue, "Get a certificate", &[])).await.unwrap();
    assert_eq!(certificate.body["residence"]["municipality"], "Tartu");
    assert!(certificate.case.is_none());
}

#[tokio::test]
async fn s06_input_that_the_form_does_not_allow_is_never_sent() {
    let (world, home) = (World::start().await, tempfile::tempdir().unwrap());
    let wallet = world.wallet(home.path(), world.person()).await;
    let catalogue = wallet.services().await.unwrap();
    let service = &catalogue.services[0];
    let operation = &service.operations[0];
    for input in [vec![], vec![("months", "99")], vec![("unknown", "1")]] {
        let input = input.into_iter().map(|(n, v): (&str, &str)| (n.to_owned(), v.to_owned())).collect();
        let error = wallet.preview_request(&catalogue, &service.id, operation, &input).unwrap_err();
        assert_eq!(error.code(), "request.input");
    }
    assert_eq!(wallet.requests().unwrap(), []);
}

#[tokio::test]
async fn s06_a_dpop_proof_is_demanded_and_counts_once() {
    let world = World::start().await;
    let url = world.url.join("/services/session").unwrap();
    let post = async |proof: Option<&str>| {
        let body = serde_json::json!({"presentation": "x", "nonce": "x"}).to_string();
        let mut request =
            reqwest::Client::new().post(url.clone()).header("content-type", "application/json").body(body);
        if let Some(proof) = proof {
            request = request.header("dpop", proof);
        }
        let response = request.send().await.unwrap();
        let nonce = response.headers()["dpop-nonce"].to_str().unwrap().to_owned();
        let status = response.status().as_u16();
        let body: serde_json::Value = serde_json::from_slice(&response.bytes().await.unwrap()).unwrap();
        (status, body["error"].as_str().unwrap().to_owned(), nonce)
    };
    let (status, error, nonce) = post(None).await;
    assert_eq!((status, error.as_str()), (401, "invalid_dpop_proof"));
    let key = SigningKey::make(&mut rand_core::OsRng);
    let prove = |nonce: Option<&str>| {
        let request = Request { method: "POST", url: url.as_str(), access_token: None, nonce };
        let draft = DpopDraft::new(&mut rand_core::OsRng, &key.verifying_key(), &request, UnixSeconds(START));
        let draft = draft.unwrap();
        let signature = key.sign(draft.signing_input());
        draft.finish(signature)
    };
    assert_eq!(post(Some(&prove(None))).await.1, "use_dpop_nonce");
    let proof = prove(Some(&nonce));
    assert_eq!(post(Some(&proof)).await.1, "use_dpop_nonce", "the proof is good, the body's nonce is not");
    assert_eq!(post(Some(&proof)).await.1, "invalid_dpop_proof", "the proof was seen");
}
