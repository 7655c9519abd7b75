//! The numbers behind the voting credential: q of m issuers, one that is down, some that cheat, and what everybody can
//! see of it.

use std::sync::atomic::Ordering;

use kodanik_auditor::audit::{Outcome, audit_url};
use kodanik_ballot::manifest::Kind;
use kodanik_ballot::pseudonym::PseudonymKey;
use kodanik_ballot::token::{Token, TokenRequest};
use kodanik_contract::election::Phase;
use kodanik_contract::eligibility::{Alarm, Eligibility};
use kodanik_contract::rejection::Rejection;
use kodanik_crypto::blind_rsa::BlindSecretKey;
use kodanik_crypto::secret::SecretBytes;
use kodanik_crypto::time::UnixMinute;
use kodanik_gateway::engines::embedded::SubmitError;
use kodanik_ledger::policy::Policy;
use kodanik_wallet::store::Table;
use kodanik_wallet::vote::{ElectionPhase, VotingCredential};
use kodanik_wallet::{Wallet, WalletError};
use rand_core::OsRng;
use rusqlite::Connection;
use tempfile::TempDir;

use crate::voting::{MARI, START, World, choices, code};

const JUHAN: &str = "9002022345678";
const LIIS: &str = "9003033456789";

impl World {
    /// Somebody on the roll, with a wallet and an e-ID.
    async fn citizen(&self, number: &str) -> (TempDir, Wallet) {
        self.wallet(self.person(number, true)).await
    }

    /// Has every issuer count and logs what they say.
    async fn count(&self) {
        let election = self.election.election();
        for desk in &self.gateway.roles.desks {
            for entry in desk.issuer().counts(election).unwrap() {
                self.submit(entry).await;
            }
        }
    }

    async fn close(&mut self) {
        self.authority.state = self.audit().await.state;
        self.submit(self.election.closing(&self.authority)).await;
    }

    async fn audit(&self) -> Outcome {
        let policy = Policy::parse(&self.gateway.roles.ledger.policy_text()).unwrap();
        audit_url(&self.gateway.context.urls.anonymous, &policy, None, |_, _| {}).await.unwrap()
    }

    /// As the gateway publishes it.
    async fn eligibility(&self) -> Eligibility {
        let path = format!("elections/{}/eligibility", self.election.election().id);
        let url = self.gateway.context.urls.anonymous.join(&path).unwrap();
        reqwest::get(url).await.unwrap().json().await.unwrap()
    }

    /// What an issuer does that uses its key beside its list: it signs this wallet's pseudonym, and nobody writes it down.
    fn sign_off_the_books(&self, issuers: &[usize], wallet: &Wallet) {
        let election = self.election.election();
        let seed = wallet.participation_seed().unwrap();
        let vk = PseudonymKey::derive(&seed, &election.id).unwrap().verifying_key();
        let sign = |issuer: &usize| -> Token {
            let key = self.stolen_key(&election.manifest.issuers.members[*issuer].id);
            let request = TokenRequest::derive(election, *issuer, "all", &seed, &vk).unwrap();
            request.finish(&key.sign(&mut OsRng, request.blinded()).unwrap()).unwrap()
        };
        let tokens = issuers.iter().map(sign).collect();
        let credential = VotingCredential { election: election.id, style: "all".to_owned(), tokens };
        wallet.store().put(Table::Tokens, &election.id.to_string(), &credential).unwrap();
    }

    fn stolen_key(&self, issuer: &str) -> BlindSecretKey {
        let path = self.dir.path().join(format!("eligibility/{issuer}/eligibility.sqlite"));
        let key: Vec<u8> = Connection::open(path)
            .unwrap()
            .query_row("SELECT pkcs8 FROM election_keys WHERE style = 'all'", [], |row| row.get(0))
            .unwrap();
        BlindSecretKey::from_pkcs8(&SecretBytes::new(key)).unwrap()
    }
}

async fn obtain(wallet: &Wallet, without: &[&str]) -> Result<Vec<String>, WalletError> {
    let without: Vec<String> = without.iter().map(|id| (*id).to_owned()).collect();
    let outcome = wallet.obtain_credential_without("mayor", None, &without).await;
    outcome.map(|outcome| outcome.asked)
}

async fn three_of_four() -> World {
    World::start_with(4, Kind::Trial, |_| {}).await
}

/// Where nothing listens.
fn nowhere() -> String {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    format!("http://{}", listener.local_addr().unwrap())
}

fn numbers(eligibility: &Eligibility) -> Vec<(&str, Option<u64>, u64)> {
    let issuers = eligibility.styles[0].issuers.iter();
    issuers.map(|issuer| (issuer.issuer.as_str(), issuer.issued, issuer.used)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn s23_gateway_auditor_and_wallet_show_the_same_numbers() {
    let mut world = three_of_four().await;
    let ((_a, mari), (_b, juhan)) = (world.citizen(MARI).await, world.citizen(JUHAN).await);
    for wallet in [&mari, &juhan] {
        assert_eq!(obtain(wallet, &[]).await.unwrap(), ["north", "south", "west"]);
    }
    mari.cast("mayor", &choices("a")).await.unwrap();
    mari.cast("mayor", &choices("b")).await.unwrap();
    assert_eq!(world.eligibility().await.unused, None);
    world.count().await;
    world.close().await;
    let published = world.eligibility().await;
    assert_eq!(
        numbers(&published),
        [("north", Some(2), 1), ("south", Some(2), 1), ("west", Some(2), 1), ("east", Some(0), 0)]
    );
    assert_eq!((published.required, published.tolerated, published.unused), (3, 1, Some(1)));
    assert_eq!(published.alarms().count(), 0);
    let mut audited = world.audit().await;
    assert_eq!(audited.report.elections[0].eligibility, published);
    assert_eq!(mari.check_after_close("mayor").await.unwrap().eligibility, published);
    for desk in &world.gateway.roles.desks {
        audited.check_list(&desk.issuer().list(world.election.election()).unwrap());
    }
    assert!(audited.report.is_clean(), "{}", audited.report);
    assert_eq!(audited.report.issuer_lists.iter().map(|list| list.lines).collect::<Vec<_>>(), [2, 2, 2, 0]);

    let mut shorter = world.gateway.roles.desks[0].issuer().list(world.election.election()).unwrap();
    shorter.styles[0].lines.pop();
    audited.check_list(&shorter);
    assert_eq!(audited.report.findings[0].code, "other_issuer_list");
}

#[tokio::test(flavor = "multi_thread")]
async fn s24_an_issuer_that_is_down_is_named_and_nobody_else_is_asked() {
    let world = World::start_with(4, Kind::Trial, |draft| draft.issuers.members[1].url = nowhere()).await;
    let (_home, wallet) = world.citizen(MARI).await;
    let error = wallet.obtain_credential("mayor", None).await.unwrap_err();
    assert_eq!(error.code(), "vote.issuer_unreachable");
    assert!(error.to_string().contains("south"), "{error}");
    let issued = ["north", "south", "west", "east"].map(|issuer| world.issued(issuer));
    assert_eq!(issued, [1, 0, 0, 0], "nobody was asked in its place");
    assert_eq!(code(wallet.cast("mayor", &choices("a")).await), "vote.no_credential");
    // What north signed is kept, and is asked for once.
    assert_eq!(code(obtain(&wallet, &[]).await), "vote.issuer_unreachable");
    assert_eq!(world.issued("north"), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn s24_who_leaves_an_issuer_out_votes_and_the_small_crowd_is_warned_of() {
    let world = three_of_four().await;
    for number in [JUHAN, LIIS] {
        let (_home, wallet) = world.citizen(number).await;
        obtain(&wallet, &[]).await.unwrap();
        wallet.cast("mayor", &choices("a")).await.unwrap();
    }
    let (_home, mari) = world.citizen(MARI).await;
    assert_eq!(obtain(&mari, &["south"]).await.unwrap(), ["north", "west", "east"]);
    assert!(obtain(&mari, &[]).await.unwrap().is_empty(), "the credential is complete");
    mari.cast("mayor", &choices("b")).await.unwrap();
    let small = Alarm::SmallSubset {
        issuers: ["north", "west", "east"].map(str::to_owned).to_vec(),
        min_cell: 2,
        pseudonyms: 1,
    };
    assert_eq!(world.eligibility().await.alarms().collect::<Vec<_>>(), [("all", &small)]);
    let audited = world.audit().await.report;
    assert!(
        audited.is_clean() && audited.to_string().contains("! signed by north, west, east: only 1"),
        "{audited}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn s24_too_few_or_unknown_issuers_are_refused_before_anybody_is_asked() {
    let world = three_of_four().await;
    let (_home, wallet) = world.citizen(MARI).await;
    assert_eq!(code(obtain(&wallet, &["south", "west"]).await), "vote.too_few_issuers");
    assert_eq!(code(obtain(&wallet, &["soth"]).await), "vote.no_such_issuer");
    assert_eq!(["north", "east"].map(|issuer| world.issued(issuer)), [0, 0]);
    let world = World::start_with(3, Kind::Trial, |_| {}).await;
    let (_home, wallet) = world.citizen(MARI).await;
    assert_eq!(code(obtain(&wallet, &["west"]).await), "vote.too_few_issuers");
}

/// North signs a second pseudonym for Mari, beside its list. That is one signature; the second and third would have to
/// come from issuers that have signed for her already.
#[tokio::test(flavor = "multi_thread")]
async fn s25_one_corrupt_issuer_of_four_gives_nobody_a_second_pseudonym() {
    let world = three_of_four().await;
    let mari = world.person(MARI, true);
    let (_one, first) = world.wallet(mari).await;
    obtain(&first, &[]).await.unwrap();
    let (_two, second) = world.wallet(mari).await;
    world.sign_off_the_books(&[0], &second);
    assert_eq!(code(obtain(&second, &[]).await), "vote.already_issued");
    assert_eq!(code(obtain(&second, &["south"]).await), "vote.already_issued");
    assert_eq!(code(obtain(&second, &["south", "west"]).await), "vote.too_few_issuers");
    assert_eq!(code(second.cast("mayor", &choices("b")).await), "vote.no_credential");
}

/// North and south do, which is one more than three of four can bear: Mari votes twice. East, which is honest, had not
/// signed for her before.
#[tokio::test(flavor = "multi_thread")]
async fn s25_issuers_that_sign_twice_are_caught_by_contract_and_auditor() {
    let mut world = three_of_four().await;
    let mari = world.person(MARI, true);
    let (_one, first) = world.wallet(mari).await;
    obtain(&first, &[]).await.unwrap();
    first.cast("mayor", &choices("a")).await.unwrap();
    let (_two, second) = world.wallet(mari).await;
    world.sign_off_the_books(&[0, 1], &second);
    assert_eq!(obtain(&second, &["west"]).await.unwrap(), ["east"]);
    second.cast("mayor", &choices("b")).await.unwrap();
    assert!(world.audit().await.report.is_clean(), "two ballots, as good as any others");
    world.close().await;
    world.count().await;

    let found = world.eligibility().await;
    assert_eq!(
        numbers(&found),
        [("north", Some(1), 2), ("south", Some(1), 2), ("west", Some(1), 1), ("east", Some(1), 1)]
    );
    // A trustee's statement, honest about the sums: the contract takes none, and so there is no share and no result.
    let audited = world.audit().await;
    world.authority.state = audited.state;
    let statement = world.election.statement(&world.authority, 1).to_bytes().unwrap();
    let refused = world.gateway.roles.ledger.engine().submit(statement).await;
    assert!(matches!(refused, Err(SubmitError::Rejected(Rejection::MorePseudonymsThanIssued))));
    let findings: Vec<_> = audited.report.findings.iter().map(|finding| finding.code).collect();
    assert_eq!(findings, ["more_pseudonyms_than_issued"; 2]);
    let told = audited.report.to_string();
    for named in ["mayor, style all: north says it issued 1", "mayor, style all: south says it issued 1"] {
        assert!(told.contains(named), "{told}");
    }
}

/// A thief with an e-ID in Mari's name was faster.
#[tokio::test(flavor = "multi_thread")]
async fn s25_somebody_who_never_asked_is_told_and_can_be_shown_who_did() {
    let world = World::start_with(3, Kind::Trial, |_| {}).await;
    let mari = world.person(MARI, true);
    let issuer = world.gateway.roles.desks[0].issuer();
    assert!(issuer.asked(world.election.election(), MARI).unwrap().is_none());
    let (_thief, thief) = world.wallet(mari).await;
    obtain(&thief, &[]).await.unwrap();
    let (_home, wallet) = world.wallet(mari).await;
    let error = wallet.obtain_credential("mayor", None).await.unwrap_err();
    assert_eq!(error.code(), "vote.already_issued");
    assert!(error.to_string().contains("not to this wallet"), "{error}");
    let kept = issuer.asked(world.election.election(), MARI).unwrap().unwrap();
    assert_eq!((kept.style.as_str(), kept.citizen_signature.split('.').count()), ("all", 3), "a JWT");
    assert!(issuer.asked(world.election.election(), JUHAN).unwrap().is_none());
}

#[tokio::test(flavor = "multi_thread")]
async fn s26_issuing_ends_before_casting_begins() {
    let opens = UnixMinute(START.minute().0 + 60);
    let mut world = World::start_with(3, Kind::Binding, |draft| draft.opens = opens).await;
    let ((_a, mari), (_b, juhan)) = (world.citizen(MARI).await, world.citizen(JUHAN).await);
    assert_eq!(mari.elections().await.unwrap()[0].phase, ElectionPhase::Coming);
    let outcomes = mari.obtain_all_credentials().await.unwrap();
    assert!(outcomes[0].1.is_ok(), "{outcomes:?}");
    assert_eq!(code(mari.cast("mayor", &choices("a")).await), "vote.not_open");
    world.count().await;
    assert_eq!(code(obtain(&juhan, &[]).await), "vote.issuing_closed");
    let told = world.eligibility().await;
    assert_eq!((told.unused, told.styles[0].pseudonyms), (Some(1), 0), "fixed before anybody has voted");

    world.now.store(opens.start().0, Ordering::SeqCst);
    mari.cast("mayor", &choices("a")).await.unwrap();
    assert_eq!(code(juhan.cast("mayor", &choices("a")).await), "vote.no_credential");
    assert_eq!(world.eligibility().await.unused, Some(0));
    world.now.store(world.election.manifest.closes.start().0, Ordering::SeqCst);
    world.close().await;
    world.authority.state = world.audit().await.state;
    for trustee in [1, 3] {
        world.submit(world.election.statement(&world.authority, trustee)).await;
    }
    let audited = world.audit().await;
    assert!(audited.report.is_clean(), "{}", audited.report);
    let record = audited.state.election_by_slug("mayor").unwrap();
    assert_eq!((record.phase(), record.counting().unwrap().is_agreed()), (Phase::Closed, true));
}
