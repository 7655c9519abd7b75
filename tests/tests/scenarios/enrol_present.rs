//! Getting the e-ID and showing it: the wallet against the office and a relying party, over a socket that a test can
//! meddle with.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use axum::middleware::{Next, from_fn};
use kodanik_crypto::secret::SecretText;
use kodanik_crypto::time::UnixSeconds;
use kodanik_gateway::clock::Clock;
use kodanik_gateway::config::{Config, PublicUrls};
use kodanik_gateway::context::Context;
use kodanik_gateway::pki::{self, Authorities};
use kodanik_gateway::roles::eid_issuer::{EidIssuer, Offer, Person, PersonId};
use kodanik_gateway::roles::relying_party::{RelyingParty, Verdict};
use kodanik_gateway::routes;
use kodanik_wallet::credentials::KnownStatus;
use kodanik_wallet::enrol::{EnrolCheck, EnrolOutcome};
use kodanik_wallet::history::HistoryKind;
use kodanik_wallet::http::{AnswerError, TransportError};
use kodanik_wallet::platform::{Clock as WalletClock, SoftwarePlatform};
use kodanik_wallet::{InitOptions, PinEntry, Wallet, WalletError};
use tempfile::TempDir;
use url::Url;

const START: u64 = 1_800_000_000;

/// What happens to requests for one path.
#[derive(Clone)]
enum Meddling {
    /// The answer is lost after the server acted.
    BreakAfter(&'static str),
    /// The first answer is replaced, later ones are not.
    ReplaceOnce(&'static str, StatusCode, String),
    /// Every answer is replaced.
    Replace(&'static str, StatusCode, String),
    /// The client is sent elsewhere.
    Redirect(&'static str),
}

/// An office, a relying party, a clock, a meddler.
struct World {
    dir: TempDir,
    now: Arc<AtomicU64>,
    issuer: Arc<EidIssuer>,
    party: Arc<RelyingParty>,
    url: Url,
    meddling: Arc<Mutex<Option<Meddling>>>,
    seen: Arc<Mutex<Vec<String>>>,
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
        let hosts = vec!["127.0.0.1".to_owned()];
        let authorities = Authorities::make(dir.path(), hosts, UnixSeconds(START)).unwrap();
        EidIssuer::init(dir.path(), &authorities).unwrap();
        RelyingParty::init(dir.path(), &authorities).unwrap();
        let (issuer, party) = (EidIssuer::open(&context).unwrap(), RelyingParty::open(&context).unwrap());
        let well_known = routes::trust::WellKnown {
            anonymous_plane: url.clone(),
            identified_plane: url.clone(),
            ledger_policy: "none".to_owned(),
            anchors: pki::anchors_pem(dir.path()).unwrap(),
        };
        let (router, _) = routes::trust::router(well_known)
            .merge(routes::issuance::router(issuer.clone()))
            .merge(routes::presentation::router(party.clone()))
            .split_for_parts();
        let (meddling, seen) = (Arc::new(Mutex::new(None)), Arc::new(Mutex::new(Vec::new())));
        let (what, log) = (meddling.clone(), seen.clone());
        let router = Router::new().merge(router).layer(from_fn(move |request: Request, next: Next| {
            log.lock().unwrap().push(request.uri().path().to_owned());
            meddle(what.clone(), request, next)
        }));
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { dir, now, issuer, party, url, meddling, seen }
    }

    fn meddle(&self, meddling: Meddling) {
        *self.meddling.lock().unwrap() = Some(meddling);
    }

    fn stop_meddling(&self) {
        *self.meddling.lock().unwrap() = None;
    }

    fn requests_for(&self, path: &str) -> usize {
        self.seen.lock().unwrap().iter().filter(|seen| seen.starts_with(path)).count()
    }

    fn pass(&self, seconds: u64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
    }

    fn mari(&self) -> PersonId {
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

    fn platform(&self, home: &Path) -> kodanik_wallet::Platform {
        let now = self.now.clone();
        let clock = WalletClock::new(move || UnixSeconds(now.load(Ordering::SeqCst)));
        SoftwarePlatform::platform_with_clock(home, clock).unwrap()
    }

    async fn wallet(&self) -> Citizen {
        let home = tempfile::tempdir().unwrap();
        let options = InitOptions { gateway: self.url.clone(), trust: None, allow_loopback_http: true };
        let pin = PinEntry::from_text("284917").unwrap();
        let wallet = Wallet::init(home.path(), options, pin, self.platform(home.path())).await.unwrap();
        Citizen { wallet, _home: home }
    }

    /// A wallet with Mari's e-ID.
    async fn enrolled(&self) -> (Citizen, PersonId) {
        let (citizen, person) = (self.wallet().await, self.mari());
        citizen.add(self.issuer.create_offer(person).unwrap()).await.unwrap();
        (citizen, person)
    }

    fn ask(&self, claims: &[&str]) -> (String, String) {
        let claims: Vec<_> = claims.iter().map(|claim| (*claim).to_owned()).collect();
        let created = self.party.create_request(&claims).unwrap();
        (created.id, created.link)
    }

    fn verdict(&self, id: &str) -> Verdict {
        self.party.result(id).unwrap().verdict
    }
}

struct Citizen {
    wallet: Wallet,
    _home: TempDir,
}

impl Citizen {
    async fn add(&self, offer: Offer) -> Result<EnrolOutcome, WalletError> {
        self.wallet.add_credential(offer.offer_uri.expose(), Some(offer.tx_code)).await
    }

    async fn agree(&self, link: &str) -> Result<kodanik_wallet::present::PresentOutcome, WalletError> {
        let request = self.wallet.inspect_presentation(link).await?;
        let picks = request.default_picks()?;
        self.wallet.consent(request, &picks).await
    }

    fn history(&self) -> Vec<(HistoryKind, String, Vec<String>)> {
        let rows = self.wallet.history(0, 100).unwrap();
        rows.into_iter().map(|row| (row.value.kind, row.value.party, row.value.claims)).collect()
    }
}

async fn meddle(what: Arc<Mutex<Option<Meddling>>>, request: Request, next: Next) -> Response<Body> {
    let path = request.uri().path().to_owned();
    let concerns = |prefix: &str| path.starts_with(prefix);
    let meddling = what.lock().unwrap().clone();
    match meddling {
        Some(Meddling::BreakAfter(prefix)) if concerns(prefix) => {
            next.run(request).await;
            panic!("the connection breaks, as this test wants")
        }
        Some(Meddling::Redirect(prefix)) if concerns(prefix) => {
            let elsewhere =
                Response::builder().status(StatusCode::FOUND).header("location", "http://127.0.0.1:1/");
            elsewhere.body(Body::empty()).unwrap()
        }
        Some(Meddling::Replace(prefix, status, body)) if concerns(prefix) => {
            Response::builder().status(status).body(Body::from(body)).unwrap()
        }
        Some(Meddling::ReplaceOnce(prefix, status, body)) if concerns(prefix) => {
            *what.lock().unwrap() = None;
            Response::builder().status(status).body(Body::from(body)).unwrap()
        }
        _ => next.run(request).await,
    }
}

fn code<T: std::fmt::Debug>(result: Result<T, WalletError>) -> String {
    result.unwrap_err().code()
}

const INVALID_NONCE: &str = r#"{"error":"invalid_nonce"}"#;

// Getting the e-ID.

#[tokio::test]
async fn s04_a_citizen_gets_the_e_id_and_everything_is_checked() {
    let world = World::start().await;
    let citizen = world.wallet().await;
    let offer = world.issuer.create_offer(world.mari()).unwrap();
    let review = citizen.wallet.inspect_offer(offer.offer_uri.expose()).await.unwrap();
    assert_eq!((review.issuer.as_str(), review.credential.as_str()), ("Kodanik e-ID office", "e-ID"));
    assert_eq!(review.tx_code.as_ref().unwrap().length, Some(6));
    assert_eq!(world.requests_for("/eid/token"), 0);
    let outcome = citizen.wallet.accept_offer(review, Some(offer.tx_code)).await.unwrap();
    assert_eq!(outcome.checked.len(), 6);
    assert!(outcome.checked.contains(&EnrolCheck::NotRevoked));
    assert!(outcome.credential.claims.contains(&"roll_number".to_owned()));
    let listed = citizen.wallet.credentials().await.unwrap();
    assert_eq!(listed, [outcome.credential]);
    assert_eq!(listed[0].status.status, KnownStatus::Valid);
    let [(kind, party, _)] = citizen.history().try_into().unwrap();
    assert_eq!((kind, party.as_str()), (HistoryKind::CredentialReceived, "Kodanik e-ID office"));
}

#[tokio::test]
async fn s04_a_code_typed_wrong_costs_a_try_only_where_it_looks_right() {
    let world = World::start().await;
    let (citizen, person) = (world.wallet().await, world.mari());
    let offer = world.issuer.create_offer(person).unwrap();
    let add = async |code: Option<&str>| {
        let code = code.map(|code| SecretText::new(code.to_owned()));
        citizen.wallet.add_credential(offer.offer_uri.expose(), code).await
    };
    for malformed in [None, Some("12345"), Some("12345x")] {
        assert_eq!(code(add(malformed).await), "enrol.tx_code");
    }
    assert_eq!(world.requests_for("/eid/token"), 0);
    let wrong = if offer.tx_code.expose() == "000000" { "000001" } else { "000000" };
    assert_eq!(code(add(Some(wrong)).await), "refused.invalid_grant");
    add(Some(offer.tx_code.expose())).await.unwrap();
    assert_eq!(code(add(Some(offer.tx_code.expose())).await), "refused.invalid_grant");
    assert_eq!(citizen.wallet.credentials().await.unwrap().len(), 1);
}

#[tokio::test]
async fn s04_a_stale_nonce_is_replaced_exactly_once() {
    let world = World::start().await;
    let (citizen, person) = (world.wallet().await, world.mari());
    let bad = StatusCode::BAD_REQUEST;
    world.meddle(Meddling::ReplaceOnce("/eid/credential", bad, INVALID_NONCE.to_owned()));
    citizen.add(world.issuer.create_offer(person).unwrap()).await.unwrap();
    assert_eq!((world.requests_for("/eid/credential"), world.requests_for("/eid/nonce")), (2, 2));
    world.meddle(Meddling::Replace("/eid/credential", bad, INVALID_NONCE.to_owned()));
    let refused = citizen.add(world.issuer.create_offer(person).unwrap()).await;
    assert_eq!(code(refused), "refused.invalid_nonce");
    assert_eq!(world.requests_for("/eid/credential"), 4);
}

#[tokio::test]
async fn s04_what_an_issuer_may_not_answer_is_refused_and_leaves_nothing() {
    let world = World::start().await;
    let (citizen, person) = (world.wallet().await, world.mari());
    let ok = StatusCode::OK;
    let other = world.wallet().await;
    other.add(world.issuer.create_offer(person).unwrap()).await.unwrap();
    let bearer = r#"{"access_token":"t","token_type":"Bearer"}"#;
    let deferred = r#"{"transaction_id":"t","interval":60}"#;
    let nonsense = r#"{"credentials":[{"credential":"a.b.c~"}]}"#;
    for (path, status, body, expected) in [
        ("/.well-known/openid-credential-issuer", ok, "{}", "enrol.issuance"),
        ("/.well-known/oauth-authorization-server", ok, "{}", "enrol.issuance"),
        ("/eid/token", ok, bearer, "enrol.issuance"),
        ("/eid/token", ok, "", "enrol.issuance"),
        ("/eid/nonce", ok, "[]", "enrol.issuance"),
        ("/eid/credential", StatusCode::ACCEPTED, deferred, "enrol.deferred"),
        ("/eid/credential", ok, nonsense, "enrol.credential"),
        ("/eid/credential", StatusCode::INTERNAL_SERVER_ERROR, "", "refused.unrecognised"),
        ("/eid/status/1", ok, "not a status list", "misbehaved.bad_status_list"),
    ] {
        world.meddle(Meddling::Replace(path, status, body.to_owned()));
        let refused = citizen.add(world.issuer.create_offer(person).unwrap()).await;
        assert_eq!(code(refused), expected, "{path}");
        world.stop_meddling();
    }
    for path in ["/.well-known/openid-credential-issuer", "/eid/token", "/eid/credential", "/eid/status/1"] {
        world.meddle(Meddling::Redirect(path));
        let refused = citizen.add(world.issuer.create_offer(person).unwrap()).await;
        assert!(matches!(refused, Err(WalletError::BadAnswer(AnswerError::Redirect))), "{path}");
        world.stop_meddling();
    }
    assert!(citizen.wallet.credentials().await.unwrap().is_empty());
    assert!(citizen.history().is_empty());
    citizen.add(world.issuer.create_offer(person).unwrap()).await.unwrap();
}

#[tokio::test]
async fn s04_an_issuer_that_the_wallet_does_not_know_gets_no_code() {
    let (world, stranger) = (World::start().await, World::start().await);
    let citizen = world.wallet().await;
    let offer = stranger.issuer.create_offer(stranger.mari()).unwrap();
    assert_eq!(code(citizen.add(offer).await), "enrol.untrusted_issuer");
    assert_eq!(stranger.requests_for("/eid/token"), 0);
    for link in ["", "openid4vp://?x", "https://example.org", "openid-credential-offer://?"] {
        assert_eq!(code(citizen.wallet.inspect_offer(link).await), "enrol.link");
    }
}

#[tokio::test]
async fn s04_the_list_says_how_old_its_knowledge_is() {
    let world = World::start().await;
    let (citizen, person) = world.enrolled().await;
    world.issuer.revoke_person(person).unwrap();
    let status = async || citizen.wallet.credentials().await.unwrap()[0].status;
    assert_eq!(status().await.status, KnownStatus::Valid);
    world.pass(61);
    world.meddle(Meddling::Replace("/eid/status/1", StatusCode::BAD_GATEWAY, String::new()));
    let offline = status().await;
    assert_eq!((offline.status, offline.as_of), (KnownStatus::Valid, Some(UnixSeconds(START))));
    world.stop_meddling();
    let online = status().await;
    assert_eq!((online.status, online.as_of), (KnownStatus::Revoked, Some(UnixSeconds(START + 61))));
    world.meddle(Meddling::Replace("/eid/status/1", StatusCode::BAD_GATEWAY, String::new()));
    world.pass(4000);
    assert_eq!(status().await.status, KnownStatus::Unknown);
}

// Showing it.

#[tokio::test]
async fn s05_only_what_was_asked_leaves_the_wallet() {
    let world = World::start().await;
    let (citizen, _) = world.enrolled().await;
    let (id, link) = world.ask(&["given_name", "age_equal_or_over.18"]);
    let request = citizen.wallet.inspect_presentation(&link).await.unwrap();
    assert_eq!((request.party.as_str(), request.host.as_str()), ("Kodanik library", "127.0.0.1"));
    assert_eq!(request.purpose.as_deref(), Some("To issue a library card to adults"));
    assert_eq!(request.claims, ["age_equal_or_over.18", "given_name"]);
    assert!(request.over_asked.is_empty() && request.missing.is_empty());
    assert_eq!(world.requests_for("/rp/responses"), 0);
    let picks = request.default_picks().unwrap();
    let outcome = citizen.wallet.consent(request, &picks).await.unwrap();
    assert_eq!(outcome.claims, ["age_equal_or_over.18", "given_name"]);
    let result = world.party.result(&id).unwrap();
    assert_eq!(result.verdict, Verdict::Accepted);
    let received: Vec<_> = result.claims.iter().filter(|name| !outcome.claims.contains(name)).collect();
    assert!(received.iter().all(|name| *name == "age_equal_or_over"), "{received:?}");
    let (kind, party, claims) = citizen.history().pop().unwrap();
    assert_eq!((kind, party.as_str()), (HistoryKind::Presented, "Kodanik library"));
    assert_eq!(claims, outcome.claims);
    assert!(!format!("{:?}", citizen.history()).contains("Mari"));
}

#[tokio::test]
async fn s05_over_asking_and_missing_claims_are_shown() {
    let world = World::start().await;
    let (citizen, _) = world.enrolled().await;
    let (_, link) = world.ask(&["given_name", "birthdate"]);
    let request = citizen.wallet.inspect_presentation(&link).await.unwrap();
    assert_eq!(request.over_asked, ["birthdate"]);
    let (_, link) = world.ask(&["given_name", "shoe_size"]);
    let request = citizen.wallet.inspect_presentation(&link).await.unwrap();
    assert_eq!(request.missing[0].claims, ["shoe_size"]);
    assert!(!request.is_answerable() && request.default_picks().is_err());
    assert_eq!(code(citizen.agree(&link).await), "present.missing");
    let (_, link) = world.ask(&["given_name"]);
    assert_eq!(code(world.wallet().await.agree(&link).await), "present.missing");
    assert_eq!(world.requests_for("/rp/responses"), 0);
}

#[tokio::test]
async fn s05_refusing_tells_the_party_nothing() {
    let world = World::start().await;
    let (citizen, _) = world.enrolled().await;
    let (id, link) = world.ask(&["given_name"]);
    let request = citizen.wallet.inspect_presentation(&link).await.unwrap();
    citizen.wallet.refuse(&request).unwrap();
    assert_eq!(world.requests_for("/rp/responses"), 0);
    assert_eq!(world.verdict(&id), Verdict::Pending);
    let (kind, _, claims) = citizen.history().pop().unwrap();
    assert_eq!((kind, claims), (HistoryKind::Refused, vec!["given_name".to_owned()]));
}

#[tokio::test]
async fn s05_an_answer_lost_after_sending_is_remembered_as_possible_sharing() {
    let world = World::start().await;
    let (citizen, _) = world.enrolled().await;
    let (id, link) = world.ask(&["given_name"]);
    world.meddle(Meddling::BreakAfter("/rp/responses"));
    let lost = citizen.agree(&link).await;
    assert!(matches!(lost, Err(WalletError::Offline(TransportError::Interrupted))), "{lost:?}");
    assert_eq!(world.verdict(&id), Verdict::Accepted);
    assert_eq!(citizen.history().pop().unwrap().0, HistoryKind::MaybePresented);
}

#[tokio::test]
async fn s05_nothing_is_remembered_where_nothing_could_be_sent() {
    let world = World::start().await;
    let (citizen, _) = world.enrolled().await;
    let (_, link) = world.ask(&["given_name"]);
    let lines = citizen.history().len();
    let elsewhere = link.replace(&world.url.port().unwrap().to_string(), "1");
    let offline = citizen.wallet.inspect_presentation(&elsewhere).await;
    assert!(matches!(offline, Err(WalletError::Offline(TransportError::Connect))));
    assert_eq!(citizen.history().len(), lines);
}

#[tokio::test]
async fn s05_a_party_that_the_wallet_does_not_know_is_not_named() {
    let (world, stranger) = (World::start().await, World::start().await);
    let (citizen, _) = world.enrolled().await;
    let (_, link) = stranger.ask(&["given_name"]);
    assert_eq!(code(citizen.wallet.inspect_presentation(&link).await), "present.unknown_party");
    let (_, own) = world.ask(&["given_name"]);
    let client = |link: &str| link.split('&').next().unwrap().to_owned();
    let swapped = own.replace(&client(&own), &client(&link));
    assert_eq!(code(citizen.wallet.inspect_presentation(&swapped).await), "present.request");
    for link in
        ["", "openid4vp://?x=1", "openid-credential-offer://?x=1", &own.replace("x509_hash", "redirect_uri")]
    {
        assert_eq!(code(citizen.wallet.inspect_presentation(link).await), "present.link");
    }
    world.meddle(Meddling::Replace("/rp/requests", StatusCode::OK, "x".repeat(70_000)));
    assert_eq!(code(citizen.wallet.inspect_presentation(&own).await), "bad_answer.too_large");
    world.meddle(Meddling::Replace("/rp/requests", StatusCode::OK, "a.b.c".to_owned()));
    assert_eq!(code(citizen.wallet.inspect_presentation(&own).await), "present.request");
    world.meddle(Meddling::Redirect("/rp/requests"));
    assert_eq!(code(citizen.wallet.inspect_presentation(&own).await), "bad_answer.redirect");
}

#[tokio::test]
async fn s05_a_revoked_e_id_is_refused_and_a_new_one_works() {
    let world = World::start().await;
    let (old, person) = world.enrolled().await;
    let (first, link) = world.ask(&["given_name"]);
    old.agree(&link).await.unwrap();
    assert_eq!(world.verdict(&first), Verdict::Accepted);
    world.issuer.revoke_person(person).unwrap();
    let (second, link) = world.ask(&["given_name"]);
    assert_eq!(code(old.agree(&link).await), "refused.invalid_presentation");
    assert_eq!(world.verdict(&second), Verdict::Refused);
    assert_eq!(old.history().pop().unwrap().0, HistoryKind::Presented);
    let new = world.wallet().await;
    new.add(world.issuer.create_offer(person).unwrap()).await.unwrap();
    let (third, link) = world.ask(&["given_name"]);
    new.agree(&link).await.unwrap();
    assert_eq!(world.verdict(&third), Verdict::Accepted);
}

#[tokio::test]
async fn s05_several_e_ids_are_a_choice_and_a_revoked_one_comes_last() {
    let world = World::start().await;
    let (citizen, person) = world.enrolled().await;
    let first = citizen.wallet.credentials().await.unwrap()[0].id.clone();
    world.issuer.revoke_person(person).unwrap();
    citizen.add(world.issuer.create_offer(person).unwrap()).await.unwrap();
    let (id, link) = world.ask(&["given_name"]);
    let request = citizen.wallet.inspect_presentation(&link).await.unwrap();
    let options = &request.choices[0].options;
    assert_eq!((options.len(), &options[1].credential), (2, &first));
    let picks = |name: &str| [("eid".to_owned(), vec![name.to_owned()])].into();
    let wrong = citizen.wallet.inspect_presentation(&link).await.unwrap();
    assert_eq!(code(citizen.wallet.consent(wrong, &picks("nobody")).await), "present.choice");
    let newer = options[0].credential.clone();
    citizen.wallet.consent(request, &picks(&newer)).await.unwrap();
    assert_eq!(world.verdict(&id), Verdict::Accepted);
    citizen.wallet.remove_credential(&first).unwrap();
    assert_eq!(citizen.wallet.credentials().await.unwrap().len(), 1);
}

#[tokio::test]
async fn s05_values_stay_out_of_the_store_file_and_the_gateways_results() {
    let world = World::start().await;
    let (citizen, _) = world.enrolled().await;
    let (_, link) = world.ask(&["given_name", "family_name"]);
    citizen.agree(&link).await.unwrap();
    let holds = |path: &Path, needle: &[u8]| {
        let mut bytes = std::fs::read(path).unwrap_or_default();
        bytes.extend(std::fs::read(path.with_extension("sqlite-wal")).unwrap_or_default());
        bytes.windows(needle.len()).any(|window| window == needle)
    };
    assert!(!holds(&citizen.wallet.home().join("wallet.sqlite"), b"Maasikas"));
    let party = world.dir.path().join("relying-party");
    assert!(holds(&party.join("results.sqlite"), b"family_name"));
    for file in ["results.sqlite", "rp-requests.sqlite"] {
        assert!(!holds(&party.join(file), b"Maasikas"), "{file}");
    }
    let office = world.dir.path().join("eid-issuer/eid.sqlite");
    assert!(holds(&office, b"Maasikas"));
}
