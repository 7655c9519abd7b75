//! Backup codes: a lost phone, a new one, and everything that may come back.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use kodanik_crypto::time::UnixSeconds;
use kodanik_gateway::clock::Clock;
use kodanik_gateway::config::{Config, PublicUrls};
use kodanik_gateway::context::Context;
use kodanik_gateway::eid::EidVerifier;
use kodanik_gateway::pki::{self, Authorities};
use kodanik_gateway::roles::eid_issuer::{EidIssuer, Person, PersonId};
use kodanik_gateway::roles::recovery::{Recovery, Rules};
use kodanik_gateway::routes;
use kodanik_wallet::backup::BackupDraft;
use kodanik_wallet::credentials::KnownStatus;
use kodanik_wallet::history::HistoryKind;
use kodanik_wallet::platform::{Clock as WalletClock, DEVICE_KEY, SoftwarePlatform};
use kodanik_wallet::recover::{RecoverOutcome, Recovered, TestIdCard};
use kodanik_wallet::store::Table;
use kodanik_wallet::{InitOptions, PinEntry, Wallet, WalletError};
use rand_core::OsRng;
use tempfile::TempDir;
use url::Url;

const START: u64 = 1_800_000_000;
const WAIT: u64 = 72 * 3600;

/// A gateway's identified plane with e-ID issuer and recovery office, and everybody's clock in the test's hand.
struct World {
    _dir: TempDir,
    now: Arc<AtomicU64>,
    issuer: Arc<EidIssuer>,
    person: PersonId,
    card: TestIdCard,
    url: Url,
    lost: Lost,
}

/// The path whose next answer gets lost after the gateway has done its work.
type Lost = Arc<Mutex<Option<&'static str>>>;

async fn lose(lost: Lost, request: Request, next: Next) -> Response {
    let path = request.uri().path().to_owned();
    let answer = next.run(request).await;
    let is_lost = lost.lock().unwrap().take_if(|lost| *lost == path).is_some();
    if is_lost { StatusCode::BAD_GATEWAY.into_response() } else { answer }
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
        Recovery::init(dir.path()).unwrap();
        let issuer = EidIssuer::open(&context).unwrap();
        let rules = Rules { code_alone_wait: WAIT, binding_election_open: Arc::new(|| false) };
        let recovery = Recovery::open(dir.path(), rules, issuer.clone(), context.clock.clone()).unwrap();
        let recovery = routes::recovery::RecoveryRoutes {
            recovery,
            eid: Arc::new(EidVerifier::new(&context).unwrap()),
            audience: routes::recovery::audience(&url),
        };
        let well_known = routes::trust::WellKnown {
            anonymous_plane: url.clone(),
            identified_plane: url.clone(),
            ledger_policy: "none".to_owned(),
            anchors: pki::anchors_pem(dir.path()).unwrap(),
        };
        let (router, _) = routes::trust::router(well_known)
            .merge(routes::issuance::router(issuer.clone()))
            .merge(routes::recovery::router(recovery))
            .split_for_parts();
        let lost = Lost::default();
        let losing = lost.clone();
        let router: Router = router;
        let router = router.layer(from_fn(move |request, next| lose(losing.clone(), request, next)));
        tokio::spawn(async move { axum::serve(listener, router).await });
        let card = TestIdCard::make(&mut OsRng);
        let person = issuer.add_person(&mari(&card)).unwrap();
        Self { _dir: dir, now, issuer, person, card, url, lost }
    }

    async fn empty_wallet(&self, home: &Path) -> Wallet {
        let options = InitOptions { gateway: self.url.clone(), trust: None, allow_loopback_http: true };
        Wallet::init(home, options, pin(), self.platform(home)).await.unwrap()
    }

    async fn reopen(&self, home: &Path) -> Wallet {
        Wallet::open(home, pin(), self.platform(home)).await.unwrap()
    }

    async fn wallet(&self, home: &Path) -> Wallet {
        let wallet = self.empty_wallet(home).await;
        let offer = self.issuer.create_offer(self.person).unwrap();
        wallet.add_credential(offer.offer_uri.expose(), Some(offer.tx_code)).await.unwrap();
        wallet
    }

    fn platform(&self, home: &Path) -> kodanik_wallet::Platform {
        let now = self.now.clone();
        let clock = WalletClock::new(move || UnixSeconds(now.load(Ordering::SeqCst)));
        SoftwarePlatform::platform_with_clock(home, clock).unwrap()
    }

    fn pass(&self, seconds: u64) {
        self.now.fetch_add(seconds, Ordering::SeqCst);
    }
}

fn mari(card: &TestIdCard) -> Person {
    Person {
        given_name: "Mari".to_owned(),
        family_name: "Maasikas".to_owned(),
        birthdate: "1990-01-01".to_owned(),
        personal_administrative_number: "9001011234567".to_owned(),
        roll_number: "R-1".to_owned(),
        nationality: "KR".to_owned(),
        id_card_key: Some(card.public_key()),
    }
}

fn pin() -> PinEntry {
    PinEntry::from_text("284917").unwrap()
}

fn code(draft: &BackupDraft, number: usize) -> String {
    draft.codes().nth(number).unwrap().to_string()
}

async fn back_up(wallet: &Wallet) -> BackupDraft {
    let draft = wallet.draft_backup();
    let asked = code(&draft, draft.asked() - 1);
    wallet.store_backup(&draft, &asked).await.unwrap();
    draft
}

fn recovered(outcome: RecoverOutcome) -> Recovered {
    match outcome {
        RecoverOutcome::Recovered(recovered) => *recovered,
        RecoverOutcome::Waiting { .. } => panic!("expected to be recovered"),
    }
}

fn error_code<T: std::fmt::Debug>(result: Result<T, WalletError>) -> String {
    result.unwrap_err().code()
}

#[tokio::test]
async fn s11_a_lost_phone_and_everything_that_may_come_back() {
    let world = World::start().await;
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let wallet = world.wallet(first.path()).await;
    let seed = wallet.participation_seed().unwrap();
    let draft = back_up(&wallet).await;
    let case = serde_json::json!({"a": "case"});
    wallet.store().put_bytes(Table::Evidence, "evidence-1", b"signed bytes").unwrap();
    wallet.store().put(Table::Ballots, "ballot-1", &case).unwrap();
    wallet.store().put(Table::Tokens, "token-1", &case).unwrap();
    let refreshed = wallet.refresh_backup().await.unwrap();
    assert_eq!((refreshed.state.counter, refreshed.summary.evidence), (2, 1));
    let old_device = wallet.platform().public_key(DEVICE_KEY).await.unwrap();
    let history = wallet.history(0, 100).unwrap();
    drop(wallet);
    let old_home = first;

    let wallet = world.empty_wallet(second.path()).await;
    let code = code(&draft, 3);
    let outcome = wallet.recover(&code, Some(&world.card)).await.unwrap();
    let outcome = recovered(outcome);
    assert!(outcome.new_codes_needed && wallet.backup_state().unwrap().is_none());
    assert_eq!(outcome.request_again.len(), 1);
    assert_eq!(wallet.participation_seed().unwrap().expose(), seed.expose());
    assert_ne!(wallet.platform().public_key(DEVICE_KEY).await.unwrap(), old_device);
    let evidence = wallet.store().get_bytes(Table::Evidence, "evidence-1").unwrap().unwrap();
    assert_eq!(evidence.expose(), b"signed bytes");
    for table in [Table::Ballots, Table::Tokens] {
        assert!(wallet.store().list_bytes(table).unwrap().is_empty(), "{table:?} must not come back");
    }
    let restored = wallet.history(0, 100).unwrap();
    for (old, new) in history.iter().zip(&restored) {
        assert_eq!(old.value, new.value);
    }
    assert!(restored.iter().any(|row| row.value.kind == HistoryKind::Recovered));
    let credentials = wallet.credentials().await.unwrap();
    assert_eq!(credentials[0].status.status, KnownStatus::Valid);
    assert_eq!(world.issuer.valid_credentials(world.person).unwrap(), 1);

    let old = world.reopen(old_home.path()).await;
    world.pass(301);
    assert_eq!(old.credentials().await.unwrap()[0].status.status, KnownStatus::Revoked);
    let draft = old.draft_backup();
    let asked = self::code(&draft, draft.asked() - 1);
    let refused = error_code(old.store_backup(&draft, &asked).await);
    assert_eq!(refused, "refused.eid_revoked");
    back_up(&wallet).await;
}

#[tokio::test]
async fn s11_the_code_that_is_asked_back_must_be_right_before_a_set_counts() {
    let world = World::start().await;
    let home = tempfile::tempdir().unwrap();
    let wallet = world.wallet(home.path()).await;
    let draft = wallet.draft_backup();
    let another = code(&draft, draft.asked() % 8);
    assert_eq!(error_code(wallet.store_backup(&draft, &another).await), "recovery.code_not_of_this_set");
    let revocation = draft.revocation_code().to_string();
    assert_eq!(error_code(wallet.store_backup(&draft, &revocation).await), "recovery.code_not_of_this_set");
    assert_eq!(error_code(wallet.store_backup(&draft, "DB96").await), "recovery.code_length");
    assert!(wallet.backup_state().unwrap().is_none());
    assert_eq!(error_code(wallet.refresh_backup().await), "recovery.no_backup");
}

#[tokio::test]
async fn s11_a_code_alone_waits_survives_a_restart_and_is_seen_by_the_old_phone() {
    let world = World::start().await;
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let old = world.wallet(first.path()).await;
    let draft = back_up(&old).await;
    let new = world.empty_wallet(second.path()).await;
    let code = code(&draft, 0);
    let waiting = new.recover(&code, None).await.unwrap();
    let RecoverOutcome::Waiting { not_before } = waiting else { panic!("a code alone must wait") };
    assert_eq!(not_before, UnixSeconds(START + WAIT));
    assert_eq!(old.recovery_notices().await.unwrap().len(), 1);
    assert_eq!(world.issuer.valid_credentials(world.person).unwrap(), 1);
    drop(new);
    world.pass(WAIT);
    let new = world.reopen(second.path()).await;
    recovered(new.recover(&code, None).await.unwrap());
    assert_eq!(error_code(new.recover(&code, None).await), "recovery.not_a_new_wallet");
}

#[tokio::test]
async fn s11_the_old_phone_stops_a_thief_with_a_code() {
    let world = World::start().await;
    let (first, second) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let old = world.wallet(first.path()).await;
    let draft = back_up(&old).await;
    let thief = world.empty_wallet(second.path()).await;
    let code = code(&draft, 0);
    thief.recover(&code, None).await.unwrap();
    let pending = old.recovery_notices().await.unwrap();
    old.cancel_recovery(&pending[0]).await.unwrap();
    world.pass(WAIT);
    assert_eq!(error_code(thief.recover(&code, None).await), "refused.suspended");
    let false_card = TestIdCard::make(&mut OsRng);
    assert_eq!(error_code(thief.recover(&code, Some(&false_card)).await), "refused.suspended");
    assert_eq!(world.issuer.valid_credentials(world.person).unwrap(), 1);
}

#[tokio::test]
async fn s11_another_persons_card_and_another_phone_get_nothing() {
    let world = World::start().await;
    let homes = [(); 3].map(|()| tempfile::tempdir().unwrap());
    let old = world.wallet(homes[0].path()).await;
    let draft = back_up(&old).await;
    let code = code(&draft, 7);
    let new = world.empty_wallet(homes[1].path()).await;
    let false_card = TestIdCard::make(&mut OsRng);
    assert_eq!(error_code(new.recover(&code, Some(&false_card)).await), "refused.bad_proof");
    let other = world.empty_wallet(homes[2].path()).await;
    assert_eq!(error_code(other.recover(&code, Some(&world.card)).await), "refused.code_used");
    assert_eq!(error_code(old.recover(&code, Some(&world.card)).await), "recovery.not_a_new_wallet");
    recovered(new.recover(&code, Some(&world.card)).await.unwrap());
}

#[tokio::test]
async fn s11_the_revocation_code_kills_the_e_id_and_recovers_nothing() {
    let world = World::start().await;
    let homes = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let old = world.wallet(homes[0].path()).await;
    let draft = back_up(&old).await;
    let any = world.empty_wallet(homes[1].path()).await;
    let revocation = draft.revocation_code().to_string();
    let recovering = any.recover(&revocation, Some(&world.card)).await;
    assert_eq!(error_code(recovering), "recovery.wrong_kind");
    assert_eq!(error_code(any.revoke_by_code(&code(&draft, 0)).await), "recovery.wrong_kind");
    any.revoke_by_code(&revocation).await.unwrap();
    assert_eq!(world.issuer.valid_credentials(world.person).unwrap(), 0);
    let too_late = any.recover(&code(&draft, 0), Some(&world.card)).await;
    assert_eq!(error_code(too_late), "refused.bad_proof");
}

#[tokio::test]
async fn s11_an_answer_lost_at_any_step_costs_nothing_but_another_call() {
    let world = World::start().await;
    let homes = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let old = world.wallet(homes[0].path()).await;
    let seed = old.participation_seed().unwrap();
    let code = code(&back_up(&old).await, 0);
    drop(world.empty_wallet(homes[1].path()).await);
    let steps = [
        "/recovery/start",
        "/recovery/prove",
        "/recovery/resume",
        "/recovery/second-factor",
        "/recovery/activate",
        "/eid/token",
        "/eid/nonce",
        "/eid/credential",
        "/recovery/acknowledge",
    ];
    for step in steps {
        *world.lost.lock().unwrap() = Some(step);
        let new = world.reopen(homes[1].path()).await;
        let refused = error_code(new.recover(&code, Some(&world.card)).await);
        assert!(refused.starts_with("refused."), "{step}: {refused}");
        assert!(world.lost.lock().unwrap().is_none(), "{step} was never reached");
        // Attempts are limited by the day.
        world.pass(86_400);
    }
    let new = world.reopen(homes[1].path()).await;
    recovered(new.recover(&code, Some(&world.card)).await.unwrap());
    assert_eq!(new.participation_seed().unwrap().expose(), seed.expose());
    assert_eq!(new.credentials().await.unwrap().len(), 1);
    assert_eq!(new.credentials().await.unwrap()[0].status.status, KnownStatus::Valid);
}

#[tokio::test]
async fn s11_a_set_whose_acceptance_was_not_heard_is_stored_again_with_the_same_codes() {
    let world = World::start().await;
    let homes = [(); 2].map(|()| tempfile::tempdir().unwrap());
    let old = world.wallet(homes[0].path()).await;
    let draft = old.draft_backup();
    let asked = code(&draft, draft.asked() - 1);
    *world.lost.lock().unwrap() = Some("/recovery/set");
    assert_eq!(error_code(old.store_backup(&draft, &asked).await), "refused.http_502");
    old.store_backup(&draft, &asked).await.unwrap();
    *world.lost.lock().unwrap() = Some("/recovery/blob");
    assert_eq!(error_code(old.refresh_backup().await), "refused.http_502");
    assert_eq!(old.refresh_backup().await.unwrap().state.counter, 3);
    let new = world.empty_wallet(homes[1].path()).await;
    recovered(new.recover(&code(&draft, 5), Some(&world.card)).await.unwrap());
}
