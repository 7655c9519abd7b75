//! From the e-ID to a ballot on the board: real issuers, real presentations, the real log. What goes wrong at an
//! issuer's desk.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use kodanik_ballot::manifest::{Kind, ManifestDraft};
use kodanik_ballot::token::verify_token;
use kodanik_contract::entry::Entry;
use kodanik_contract::testing::{LOG, TestElection, TestLog};
use kodanik_crypto::encoding::Binary;
use kodanik_crypto::time::{UnixMinute, UnixSeconds};
use kodanik_gateway::clock::Clock;
use kodanik_gateway::config::Config;
use kodanik_gateway::roles::eid_issuer::{Person, PersonId};
use kodanik_gateway::roles::eligibility::RollEntry;
use kodanik_gateway::roles::relying_party::Verdict;
use kodanik_gateway::server::Gateway;
use kodanik_wallet::platform::{Clock as WalletClock, SoftwarePlatform};
use kodanik_wallet::store::Table;
use kodanik_wallet::vote::Choice;
use kodanik_wallet::{InitOptions, PinEntry, Wallet, WalletError};
use rusqlite::Connection;
use tempfile::TempDir;
use url::Url;

pub(super) const START: UnixSeconds = UnixSeconds(1_800_000_000);
pub(super) const MARI: &str = "9001011234567";

/// A gateway with every role, an open election, and the clock in the test's hand.
pub(super) struct World {
    pub(super) dir: TempDir,
    pub(super) now: Arc<AtomicU64>,
    pub(super) gateway: Gateway,
    pub(super) election: TestElection,
    /// Its key is the authority's; its state is the log's where a test puts it there.
    pub(super) authority: TestLog,
}

impl World {
    async fn start() -> Self {
        Self::start_with(3, Kind::Trial, |_| {}).await
    }

    /// The manifest names `elsewhere` as the issuers' address.
    async fn start_with_issuers_at(elsewhere: &Url) -> Self {
        let elsewhere = elsewhere.as_str().trim_end_matches('/');
        let change = |draft: &mut ManifestDraft| {
            draft.issuers.members.iter_mut().for_each(|issuer| issuer.url = elsewhere.to_owned());
        };
        Self::start_with(3, Kind::Trial, change).await
    }

    /// Three of so many issuers are required; `change` has the last word on the manifest.
    pub(super) async fn start_with(
        count: usize,
        kind: Kind,
        change: impl FnOnce(&mut ManifestDraft),
    ) -> Self {
        let dir = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicU64::new(START.0));
        let told = now.clone();
        let clock = Clock::from_fn(move || UnixSeconds(told.load(Ordering::SeqCst)));
        let mut config = Config::loopback(0, 0);
        config.ledger.origin = LOG.to_owned();
        config.eligibility.issuers = ["north", "south", "west", "east"].map(str::to_owned)[..count].to_vec();
        let authority = TestLog::empty();
        let key = authority.authority.verifying_key();
        kodanik_gateway::init::init(dir.path(), &config, key, &clock).await.unwrap();
        let gateway = Gateway::start(dir.path(), clock).await.unwrap();
        let election = TestElection::make_with_issuers(count, "mayor", kind, |draft| {
            issuers(draft, &gateway);
            change(draft);
        });
        let mut world = Self { dir, now, gateway, election, authority };
        world.open().await;
        world
    }

    /// Announces, makes the key and opens: every message through the gateway's own engine.
    async fn open(&mut self) {
        self.submit(self.election.announcement(&self.authority)).await;
        let ceremony = self.election.ceremony();
        for entry in [ceremony.commits, ceremony.reveals, ceremony.shares, ceremony.confirms].concat() {
            self.submit(entry).await;
        }
        self.submit(self.election.opening(&self.authority)).await;
    }

    pub(super) async fn submit(&self, entry: Entry) {
        let bytes = entry.to_bytes().unwrap();
        self.gateway.roles.ledger.engine().submit(bytes).await.unwrap();
    }

    /// Somebody in the register; on every issuer's roll if `on_roll`.
    pub(super) fn person(&self, number: &str, on_roll: bool) -> PersonId {
        let person = Person {
            given_name: "Mari".to_owned(),
            family_name: "Maasikas".to_owned(),
            birthdate: "1990-01-01".to_owned(),
            personal_administrative_number: number.to_owned(),
            roll_number: format!("R-{number}"),
            nationality: "KR".to_owned(),
            id_card_key: None,
        };
        if on_roll {
            self.admit(number);
        }
        self.gateway.roles.eid_issuer.add_person(&person).unwrap()
    }

    /// Puts a number on every issuer's roll.
    pub(super) fn admit(&self, number: &str) {
        for desk in &self.gateway.roles.desks {
            let entry = RollEntry { number: number.to_owned(), style: "all".to_owned() };
            desk.issuer().admit("mayor", &[entry]).unwrap();
        }
    }

    /// A new wallet with the e-ID of `person`.
    pub(super) async fn wallet(&self, person: PersonId) -> (TempDir, Wallet) {
        let home = tempfile::tempdir().unwrap();
        let now = self.now.clone();
        let clock = WalletClock::new(move || UnixSeconds(now.load(Ordering::SeqCst)));
        let platform = SoftwarePlatform::platform_with_clock(home.path(), clock).unwrap();
        let gateway = self.gateway.context.urls.identified.clone();
        let options = InitOptions { gateway, trust: None, allow_loopback_http: true };
        let pin = PinEntry::from_text("194583").unwrap();
        let wallet = Wallet::init(home.path(), options, pin, platform).await.unwrap();
        let offer = self.gateway.roles.eid_issuer.create_offer(person).unwrap();
        wallet.add_credential(offer.offer_uri.expose(), Some(offer.tx_code)).await.unwrap();
        (home, wallet)
    }

    pub(super) fn issued(&self, issuer: &str) -> i64 {
        let path = self.dir.path().join(format!("eligibility/{issuer}/eligibility.sqlite"));
        let connection = Connection::open(path).unwrap();
        connection.query_row("SELECT count(*) FROM issued", [], |row| row.get(0)).unwrap()
    }
}

/// The gateway's issuers, and times around the test's present.
fn issuers(draft: &mut ManifestDraft, gateway: &Gateway) {
    let url = gateway.context.urls.identified.as_str().trim_end_matches('/');
    let minute = START.minute().0;
    (draft.opens, draft.closes) = (UnixMinute(minute), UnixMinute(minute + 1_000));
    for (member, desk) in draft.issuers.members.iter_mut().zip(&gateway.roles.desks) {
        let issuer = desk.issuer();
        member.id = issuer.id().to_owned();
        member.signing_key = issuer.verifying_key();
        member.url = url.to_owned();
        member.keys[0].spki = Binary(issuer.prepare("mayor", "all").unwrap().to_spki().to_vec());
    }
}

pub(super) fn choices(mayor: &str) -> [Choice; 2] {
    let choice = |contest: &str, options: &[&str]| Choice {
        contest: contest.to_owned(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
    };
    [choice("mayor", &[mayor]), choice("council", &[])]
}

pub(super) fn code<T>(result: Result<T, WalletError>) -> String {
    result.err().map_or_else(|| "accepted".to_owned(), |error| error.code())
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_a_citizen_gets_a_credential_votes_is_checked_and_votes_again() {
    let world = World::start().await;
    let (_home, wallet) = world.wallet(world.person(MARI, true)).await;
    assert_eq!(code(wallet.cast("mayor", &choices("a")).await), "vote.no_credential");

    let outcome = wallet.obtain_credential("mayor", None).await.unwrap();
    assert_eq!(outcome.asked, ["north", "south", "west"]);
    assert_eq!(outcome.disclosed.as_deref(), Some("personal_administrative_number"));
    let again = wallet.obtain_credential("mayor", None).await.unwrap();
    assert!(again.asked.is_empty());
    let election = world.election.election();
    let credential = wallet.voting_credential(&election.id).unwrap().unwrap();
    let seed = wallet.participation_seed().unwrap();
    let key = kodanik_ballot::pseudonym::PseudonymKey::derive(&seed, &election.id).unwrap();
    for token in &credential.tokens {
        let verified = verify_token(election, token.issuer, "all", &key.verifying_key(), &token.signature);
        assert_eq!(verified, Ok(()));
    }

    let first = wallet.cast("mayor", &choices("a")).await.unwrap();
    let (_other_home, other_phone) = world.wallet(world.person("8002022345678", false)).await;
    let checked = other_phone.check(&first.check_code.as_ref().unwrap().to_text()).await.unwrap();
    assert_eq!(checked.contests[0].chosen, ["a"]);
    let second = wallet.cast("mayor", &choices("b")).await.unwrap();
    assert_eq!((second.ballot.seq, second.replaces), (2, Some(first.ballot.tracker)));
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_a_recovered_wallet_gets_the_same_tokens_and_another_one_none() {
    let world = World::start().await;
    let mari = world.person(MARI, true);
    let (_home, lost) = world.wallet(mari).await;
    lost.obtain_credential("mayor", None).await.unwrap();
    let id = world.election.election().id;
    let tokens = lost.voting_credential(&id).unwrap();

    // What a backup code brings back is the participation seed.
    let (_home, recovered) = world.wallet(mari).await;
    let seed = lost.participation_seed().unwrap();
    recovered.store().put_bytes(Table::Seeds, "participation", seed.expose()).unwrap();
    recovered.obtain_credential("mayor", None).await.unwrap();
    assert_eq!(recovered.voting_credential(&id).unwrap(), tokens);
    assert_eq!(world.issued("north"), 1);

    // Another seed is another pseudonym: refused, whoever asks.
    let (_home, second) = world.wallet(mari).await;
    assert_eq!(code(second.obtain_credential("mayor", None).await), "vote.already_issued");
    assert_eq!(world.issued("north"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_who_is_not_on_the_roll_gets_no_credential() {
    let world = World::start().await;
    let (_home, wallet) = world.wallet(world.person(MARI, false)).await;
    assert_eq!(code(wallet.obtain_credential("mayor", None).await), "vote.not_on_roll");
    assert_eq!(code(wallet.obtain_credential("mayor", Some("none")).await), "vote.token");
    assert_eq!(world.issued("north"), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_a_revoked_e_id_gets_no_credential() {
    let world = World::start().await;
    let mari = world.person(MARI, true);
    let (_home, wallet) = world.wallet(mari).await;
    world.gateway.roles.eid_issuer.revoke_person(mari).unwrap();
    assert_eq!(code(wallet.obtain_credential("mayor", None).await), "refused.invalid_presentation");
    assert_eq!(world.issued("north"), 0);
}

/// A double of an issuer that answers every wallet with somebody else's request, for more than the roll needs.
struct OverreachingIssuer {
    url: Url,
    link: Arc<Mutex<String>>,
}

impl OverreachingIssuer {
    async fn start() -> Self {
        let link = Arc::new(Mutex::new(String::new()));
        let told = link.clone();
        let answer = async move || axum::Json(serde_json::json!({ "request": *told.lock().unwrap() }));
        let router = axum::Router::new().route("/eligibility/{issuer}/requests", axum::routing::post(answer));
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        tokio::spawn(async move { axum::serve(listener, router).await });
        Self { url, link }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_an_issuer_that_asks_for_more_than_the_number_gets_nothing() {
    let issuer = OverreachingIssuer::start().await;
    let world = World::start_with_issuers_at(&issuer.url).await;
    let (_home, wallet) = world.wallet(world.person(MARI, true)).await;
    let library = &world.gateway.roles.relying_party;
    for asked in ["given_name", "personal_administrative_number"] {
        let request = library.create_request(&[asked.to_owned()]).unwrap();
        *issuer.link.lock().unwrap() = request.link;
        assert_eq!(code(wallet.obtain_credential("mayor", None).await), "vote.issuer_overreaches", "{asked}");
        assert_eq!(library.result(&request.id).unwrap().verdict, Verdict::Pending, "nothing was sent");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s07_nothing_is_issued_once_the_counts_are_out() {
    let world = World::start().await;
    let (_home, wallet) = world.wallet(world.person(MARI, true)).await;
    let election = world.election.election();
    for desk in &world.gateway.roles.desks {
        desk.issuer().counts(election).unwrap();
    }
    assert_eq!(code(wallet.obtain_credential("mayor", None).await), "vote.issuing_closed");
}

/// The anonymous plane knows nothing of the person, and the identified plane's issuers nothing of the pseudonym.
#[tokio::test(flavor = "multi_thread")]
async fn s17_neither_plane_s_database_holds_what_the_other_one_knows() {
    let world = World::start().await;
    let (_home, wallet) = world.wallet(world.person(MARI, true)).await;
    wallet.obtain_credential("mayor", None).await.unwrap();
    wallet.cast("mayor", &choices("a")).await.unwrap();
    let seed = wallet.participation_seed().unwrap();
    let key = kodanik_ballot::pseudonym::PseudonymKey::derive(&seed, &world.election.election().id).unwrap();
    let vk = key.verifying_key();
    let vk_text = kodanik_crypto::encoding::to_base64url(vk.to_sec1());
    let holds = |folder: &str, needle: &[u8]| {
        files(&world.dir.path().join(folder))
            .iter()
            .any(|bytes| bytes.windows(needle.len()).any(|window| window == needle))
    };
    assert!(holds("ledger", vk_text.as_bytes()), "the search works");
    assert!(!holds("ledger", MARI.as_bytes()) && !holds("ledger", b"Maasikas"));
    assert!(!holds("eligibility", vk_text.as_bytes()) && !holds("eligibility", &vk.to_sec1()));
    assert!(!holds("eligibility", MARI.as_bytes()) && !holds("eligibility", b"Maasikas"));
}

fn files(folder: &std::path::Path) -> Vec<Vec<u8>> {
    let entries = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries
        .flat_map(|path| if path.is_dir() { files(&path) } else { vec![std::fs::read(path).unwrap()] })
        .collect()
}
