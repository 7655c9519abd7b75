//! A gateway that drops, forks or lies is caught by the wallet. [`LyingGateway`] is a double: it keeps a real log with
//! the real contract, in memory, and tells one lie at a time.

use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use kodanik_ballot::cast::{Encrypter, Selection};
use kodanik_ballot::ids::{ElectionId, Tracker};
use kodanik_ballot::manifest::Kind;
use kodanik_ballot::token::{Token, TokenRequest};
use kodanik_contract::entry::Entry;
use kodanik_contract::state::Effects;
use kodanik_contract::testing::{CLOSES, LOG, OPENS, TestElection, TestLog};
use kodanik_crypto::blind_rsa::dangerous_test_key;
use kodanik_crypto::encoding::{Bytes as FixedBytes, to_base64url};
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::{UnixMinute, UnixSeconds};
use kodanik_ledger::checkpoint::{TreeHead, UnverifiedCheckpoint};
use kodanik_ledger::evidence::Misbehaviour;
use kodanik_ledger::key::{KeyKind, KeyName, NoteSigner};
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::proof::{ConsistencyProof, InclusionProof};
use kodanik_ledger::receipt::UnverifiedReceipt;
use kodanik_ledger::tile::{TilePath, append_to_bundle};
use kodanik_ledger::tree::{MemoryTree, NodeHash};
use kodanik_wallet::platform::{Clock, SoftwarePlatform};
use kodanik_wallet::store::Table;
use kodanik_wallet::vote::{BallotState, Choice, VotingCredential};
use kodanik_wallet::{InitOptions, PinEntry, Wallet, WalletError};
use rand_core::OsRng;
use serde_json::{Value, json};
use tempfile::TempDir;
use url::Url;

const ANCHOR: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";
/// Five minutes into the casting.
const NOW: UnixMinute = UnixMinute(OPENS.0 + 5);

/// What the double does wrong.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Lie {
    #[default]
    None,
    /// Says that it failed, and logs nothing.
    Drops,
    /// Logs, and the answer is lost.
    LosesTheAnswer,
    /// Gives a valid receipt, of the log's first entry.
    ReceiptOfAnotherEntry,
    /// Logs the ballot on a branch of its own, gives the valid receipt of that, and shows this wallet the branch.
    ReceiptFromAFork,
    /// The same, but shows everybody the log.
    ReceiptFromAnUnprovenFork,
    /// Signs a head of an hour ago.
    OldHead,
    /// Signs with keys of its own making.
    OtherKeys,
    /// Lists no ballots.
    HidesBallots,
    /// Gives no consistency proofs.
    RefusesConsistency,
    /// Shows the log without its last entry.
    GoesBack,
    /// Shows a log of the same size whose last entry is another one.
    SplitView,
    /// Changes one byte of the last entry when it is read.
    ChangesAnEntry,
    /// Lists the election under another H_E.
    NamesAnotherElection,
}

struct LyingGateway {
    log: TestLog,
    election: TestElection,
    branch: Option<Branch>,
    lie: Lie,
    keys: [NoteSigner; 2],
    other_keys: [NoteSigner; 2],
}

/// What is shown: leaves and the tree over them.
#[derive(Clone)]
struct Branch {
    leaves: Vec<Leaf>,
    tree: MemoryTree,
}

impl Branch {
    fn of(leaves: &[Leaf]) -> Self {
        let mut tree = MemoryTree::new();
        leaves.iter().for_each(|leaf| tree.push(leaf.hash()));
        Self { leaves: leaves.to_vec(), tree }
    }

    fn push(&mut self, leaf: Leaf) {
        self.tree.push(leaf.hash());
        self.leaves.push(leaf);
    }
}

fn keys() -> [NoteSigner; 2] {
    let name = || KeyName::parse(LOG).unwrap();
    [KeyKind::Log, KeyKind::Cosignature].map(|kind| NoteSigner::make(name(), kind, &mut OsRng))
}

impl LyingGateway {
    fn shown(&self) -> Branch {
        let main = Branch::of(&self.log.leaves);
        match (self.lie, &self.branch) {
            (Lie::GoesBack, _) => Branch::of(&main.leaves[..main.leaves.len() - 1]),
            (Lie::SplitView, _) => {
                let mut branch = Branch::of(&main.leaves[..main.leaves.len() - 1]);
                branch.push(Leaf::new(NOW, b"another entry".to_vec()).unwrap());
                branch
            }
            (_, Some(branch)) => branch.clone(),
            _ => main,
        }
    }

    fn checkpoint_of(&self, branch: &Branch) -> UnverifiedCheckpoint {
        let head = TreeHead {
            origin: KeyName::parse(LOG).unwrap(),
            size: branch.tree.size(),
            root: branch.tree.root(),
        };
        let now = match self.lie {
            Lie::OldHead => UnixSeconds(NOW.start().0 - 3600),
            _ => NOW.start(),
        };
        let keys = if self.lie == Lie::OtherKeys { &self.other_keys } else { &self.keys };
        head.sign(&keys.each_ref(), now).unwrap()
    }

    fn receipt(&self, branch: &Branch, index: u64) -> String {
        let proof = InclusionProof::make(&branch.tree, index, branch.tree.size()).unwrap();
        let minute = branch.leaves[index as usize].minute();
        UnverifiedReceipt::new(minute, index, proof, self.checkpoint_of(branch)).to_string()
    }

    fn policy(&self) -> String {
        let [log, clock] = self.keys.each_ref().map(NoteSigner::verifier);
        format!("log {log}\nwitness clock {clock}\nquorum clock\n")
    }

    fn append(&mut self, entry: &[u8]) -> Response {
        let failed = StatusCode::INTERNAL_SERVER_ERROR.into_response();
        if self.lie == Lie::Drops {
            return failed;
        }
        if matches!(self.lie, Lie::ReceiptFromAFork | Lie::ReceiptFromAnUnprovenFork) {
            let mut branch = Branch::of(&self.log.leaves);
            branch.push(Leaf::new(NOW, entry.to_vec()).unwrap());
            let receipt = self.receipt(&branch, branch.tree.size() - 1);
            self.branch = (self.lie == Lie::ReceiptFromAFork).then_some(branch);
            return receipt.into_response();
        }
        let submitted = Entry::parse(entry).and_then(|entry| self.log.submit(&entry));
        let index = match submitted {
            Ok(Effects::Appended { index, .. } | Effects::AlreadyLogged { index }) => index,
            Err(rejection) => {
                let body = json!({ "error": rejection.code(), "message": rejection.to_string() });
                return (StatusCode::UNPROCESSABLE_ENTITY, axum::Json(body)).into_response();
            }
        };
        let main = Branch::of(&self.log.leaves);
        match self.lie {
            Lie::LosesTheAnswer => failed,
            Lie::ReceiptOfAnotherEntry => self.receipt(&main, 0).into_response(),
            _ => self.receipt(&main, index).into_response(),
        }
    }

    fn summaries(&self) -> Value {
        let record = self.election.record(&self.log);
        let id = match self.lie {
            Lie::NamesAnotherElection => ElectionId::new([9; 32]),
            _ => self.election.election().id,
        };
        json!([{
            "ballots": record.ballot_count(), "close_index": record.close_index(), "closes": CLOSES,
            "election": "mayor", "id": id, "manifest_index": record.manifest_index(),
            "open_index": record.open_index(), "opens": OPENS, "phase": record.phase(),
            "pseudonyms": record.pseudonym_count(), "result": null, "result_index": record.result_index(),
            "title": "Test election",
        }])
    }

    fn ballots(&self, pseudonym: &str) -> Value {
        let bytes = FixedBytes::<33>::parse(pseudonym).unwrap();
        let vk = VerifyingKey::from_sec1(&bytes.0).unwrap();
        let listed = self.election.record(&self.log).ballots_of(&vk).iter();
        let listed = listed.filter(|_| self.lie != Lie::HidesBallots);
        let shown = |ballot: &kodanik_contract::casting::LoggedBallot| json!({ "index": ballot.index, "minute": ballot.minute, "seq": ballot.seq, "tracker": ballot.tracker });
        listed.map(shown).collect()
    }

    fn tile(&self, path: &str) -> Vec<u8> {
        let tile = TilePath::parse(path).unwrap();
        let mut leaves = self.shown().leaves[tile.start() as usize..tile.end() as usize].to_vec();
        if self.lie == Lie::ChangesAnEntry
            && let Some(last) = leaves.last_mut()
        {
            let mut entry = last.entry().to_vec();
            entry[40] ^= 1;
            *last = Leaf::new(last.minute(), entry).unwrap();
        }
        let mut bundle = Vec::new();
        leaves.iter().for_each(|leaf| append_to_bundle(&mut bundle, leaf));
        bundle
    }
}

/// The double behind a socket.
#[derive(Clone)]
struct Served {
    double: Arc<Mutex<LyingGateway>>,
    url: Url,
}

#[derive(serde::Deserialize)]
struct Sizes {
    index: Option<u64>,
    size: Option<u64>,
    from: Option<u64>,
    to: Option<u64>,
}

fn hashes(hashes: Vec<NodeHash>) -> Response {
    axum::Json(json!({ "hashes": hashes })).into_response()
}

impl Served {
    async fn start() -> Self {
        let (mut log, election) = TestElection::opened(Kind::Trial);
        log.minute = NOW;
        Self::serve(LyingGateway {
            log,
            election,
            branch: None,
            lie: Lie::None,
            keys: keys(),
            other_keys: keys(),
        })
        .await
    }

    async fn serve(double: LyingGateway) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
        let served = Self { double: Arc::new(Mutex::new(double)), url };
        tokio::spawn(axum::serve(listener, router(served.clone())).into_future());
        served
    }

    fn lock(&self) -> MutexGuard<'_, LyingGateway> {
        self.double.lock().unwrap()
    }

    fn tell(&self, lie: Lie) {
        self.lock().lie = lie;
    }

    fn logged_ballots(&self) -> u64 {
        let double = self.lock();
        double.election.record(&double.log).ballot_count()
    }

    fn policy(&self) -> Policy {
        Policy::parse(&self.lock().policy()).unwrap()
    }
}

fn router(served: Served) -> Router {
    Router::new()
        .route("/.well-known/kodanik", get(discovery))
        .route("/ledger/checkpoint", get(checkpoint))
        .route("/ledger/tile/{*path}", get(tile))
        .route("/ledger/proof/inclusion", get(inclusion))
        .route("/ledger/proof/consistency", get(consistency))
        .route("/ledger/entries", post(entries))
        .route("/elections", get(elections))
        .route("/elections/{election}/ballots/{pseudonym}", get(ballots))
        .with_state(served)
}

async fn discovery(State(served): State<Served>) -> Response {
    let policy = served.lock().policy();
    axum::Json(json!({
        "anonymous_plane": served.url, "identified_plane": served.url, "ledger_policy": policy,
        "anchors": [ANCHOR],
    }))
    .into_response()
}

async fn checkpoint(State(served): State<Served>) -> String {
    let double = served.lock();
    double.checkpoint_of(&double.shown()).to_string()
}

async fn tile(State(served): State<Served>, Path(path): Path<String>) -> Vec<u8> {
    served.lock().tile(&path)
}

async fn inclusion(State(served): State<Served>, Query(sizes): Query<Sizes>) -> Response {
    let tree = served.lock().shown().tree;
    hashes(InclusionProof::make(&tree, sizes.index.unwrap(), sizes.size.unwrap()).unwrap().0)
}

async fn consistency(State(served): State<Served>, Query(sizes): Query<Sizes>) -> Response {
    let double = served.lock();
    if double.lie == Lie::RefusesConsistency {
        return StatusCode::NOT_FOUND.into_response();
    }
    match ConsistencyProof::make(&double.shown().tree, sizes.from.unwrap(), sizes.to.unwrap()) {
        Ok(proof) => hashes(proof.0),
        Err(_) => StatusCode::NOT_FOUND.into_response(),
    }
}

async fn entries(State(served): State<Served>, entry: Bytes) -> Response {
    served.lock().append(&entry)
}

async fn elections(State(served): State<Served>) -> axum::Json<Value> {
    axum::Json(served.lock().summaries())
}

async fn ballots(State(served): State<Served>, Path((_, vk)): Path<(String, String)>) -> axum::Json<Value> {
    axum::Json(served.lock().ballots(&vk))
}

/// A wallet with a voting credential, whose clock stands still.
struct Citizen {
    _home: TempDir,
    wallet: Wallet,
}

impl Citizen {
    async fn new(gateway: &Served) -> Self {
        let home = tempfile::tempdir().unwrap();
        let clock = Clock::new(|| NOW.start());
        let platform = SoftwarePlatform::platform_with_clock(home.path(), clock).unwrap();
        let options = InitOptions { gateway: gateway.url.clone(), trust: None, allow_loopback_http: true };
        let pin = PinEntry::from_text("194583").unwrap();
        let wallet = Wallet::init(home.path(), options, pin, platform).await.unwrap();
        let citizen = Self { _home: home, wallet };
        citizen.take_tokens(gateway);
        citizen
    }

    /// What [`Wallet::obtain_credential`] would store, without issuers.
    fn take_tokens(&self, gateway: &Served) {
        let election = gateway.lock().election.election().clone();
        let seed = self.wallet.participation_seed().unwrap();
        let key = kodanik_ballot::pseudonym::PseudonymKey::derive(&seed, &election.id).unwrap();
        let token = |issuer| -> Token {
            let request =
                TokenRequest::derive(&election, issuer, "all", &seed, &key.verifying_key()).unwrap();
            let answer = dangerous_test_key(issuer).sign(&mut OsRng, request.blinded()).unwrap();
            request.finish(&answer).unwrap()
        };
        let tokens = (0..3).map(token).collect();
        let credential = VotingCredential { election: election.id, style: "all".to_owned(), tokens };
        self.wallet.store().put(Table::Tokens, &election.id.to_string(), &credential).unwrap();
    }

    async fn vote(&self, mayor: &str) -> Result<kodanik_wallet::vote::CastOutcome, WalletError> {
        self.wallet.cast("mayor", &choices(mayor)).await
    }

    fn states(&self) -> Vec<BallotState> {
        self.wallet.ballots().unwrap().into_iter().map(|ballot| ballot.state).collect()
    }
}

fn choices(mayor: &str) -> [Choice; 2] {
    let choice = |contest: &str, options: &[&str]| Choice {
        contest: contest.to_owned(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
    };
    [choice("mayor", &[mayor]), choice("council", &["a", "c"])]
}

fn code<T>(result: Result<T, WalletError>) -> String {
    result.err().map_or_else(|| "accepted".to_owned(), |error| error.code())
}

#[tokio::test]
async fn s08_an_honest_gateway_takes_a_vote_a_check_and_another_vote() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    let listed = citizen.wallet.elections().await.unwrap();
    assert!(listed[0].verified && listed[0].has_credential);

    let first = citizen.vote("b").await.unwrap();
    assert_eq!((first.ballot.seq, first.replaces), (1, None));
    assert!(citizen.wallet.receipt(&first.ballot.tracker).unwrap().is_some());
    let friend = Citizen::new(&gateway).await;
    let checked = friend.wallet.check(&first.check_code.as_ref().unwrap().to_text()).await.unwrap();
    assert_eq!(checked.tracker, first.ballot.tracker);
    assert_eq!(checked.contests[0].chosen, ["b"]);
    assert_eq!(checked.contests[1].chosen, ["a", "c"]);

    let second = citizen.vote("c").await.unwrap();
    assert_eq!((second.ballot.seq, second.replaces), (2, Some(first.ballot.tracker)));
    assert!(second.not_by_this_wallet.is_empty());
    let superseded = friend.wallet.check(&first.check_code.as_ref().unwrap().to_text()).await;
    assert_eq!(code(superseded), "vote.check_superseded");
    let checked = friend.wallet.check(&second.check_code.as_ref().unwrap().to_text()).await.unwrap();
    assert_eq!(checked.contests[0].chosen, ["c"]);
}

#[tokio::test]
async fn s27_a_tested_ballot_is_shown_and_never_cast() {
    let gateway = Served::start().await;
    let (citizen, friend) = (Citizen::new(&gateway).await, Citizen::new(&gateway).await);
    let prepare = || async { citizen.wallet.prepare("mayor", &choices("b")).await.unwrap() };

    let prepared = prepare().await;
    let promise = prepared.promise().to_string();
    let test = citizen.wallet.test_prepared(prepared).unwrap();
    let shown = friend.wallet.check_test(&promise, &test.to_text()).await.unwrap();
    assert_eq!(shown.contests[0].chosen, ["b"]);
    assert_eq!(shown.contests[1].chosen, ["a", "c"]);
    assert!(citizen.wallet.ballots().unwrap().is_empty(), "nothing of it is kept or sent");
    let election = gateway.lock().election.election().clone();
    let known = citizen.wallet.election("mayor").await.unwrap();
    assert!(citizen.wallet.board(&known).await.unwrap().ballots.is_empty());

    // The next ballot of the same choice is another one; its promise does not go with the first one's code.
    let prepared = prepare().await;
    assert_ne!(prepared.promise().to_string(), promise);
    let mixed = friend.wallet.check_test(&prepared.promise().to_string(), &test.to_text()).await;
    assert_eq!(code(mixed), "vote.test_other_ballot");
    assert_eq!(code(friend.wallet.check_test(&test.to_text(), &promise).await), "misuse.not_understood");
    let cast = citizen.wallet.cast_prepared(prepared).await.unwrap();
    assert!(friend.wallet.check(&cast.check_code.unwrap().to_text()).await.is_ok());

    // Three may be tested before one is cast; a cast begins a new count.
    for left in (1..=3).rev() {
        assert_eq!(citizen.wallet.tests_left(&prepare().await).unwrap(), left);
        citizen.wallet.test_prepared(prepare().await).unwrap();
    }
    assert_eq!(citizen.wallet.tests_left(&prepare().await).unwrap(), 0);
    let used_up = citizen.wallet.test_prepared(prepare().await).map(drop);
    assert_eq!(code(used_up), "vote.tests_used_up");
    citizen.wallet.cast_prepared(prepare().await).await.unwrap();
    let prepared = prepare().await;
    let promise = prepared.promise().to_string();
    let test = citizen.wallet.test_prepared(prepared).unwrap();
    friend.wallet.check_test(&promise, &test.to_text()).await.unwrap();

    // A phone that casts what it gave away is found at once, and after the close.
    let seed = citizen.wallet.participation_seed().unwrap();
    let key = kodanik_ballot::pseudonym::PseudonymKey::derive(&seed, &election.id).unwrap();
    let select =
        |index: usize, chosen: &[usize]| Selection::new(&election.manifest.contests[index], chosen).unwrap();
    let body = Encrypter::new(&election)
        .encrypt(
            "all",
            &key.verifying_key(),
            test.position,
            &[select(0, &[1]), select(1, &[0, 2])],
            &test.seed,
        )
        .unwrap();
    let tokens = citizen.wallet.voting_credential(&election.id).unwrap().unwrap().tokens;
    let tracker = body.tracker();
    gateway.lock().log.append(&Entry::BallotCast(body.cast(&key, tokens)));
    let found = friend.wallet.check_test(&promise, &test.to_text()).await;
    assert_eq!(code(found), "vote.tested_was_cast");
    {
        let mut double = gateway.lock();
        let close = double.election.closing(&double.log);
        double.log.append(&close);
    }
    let closed = friend.wallet.check_after_close("mayor").await.unwrap();
    assert_eq!(closed.tested_and_cast, [tracker]);
}

#[tokio::test]
async fn s13_after_the_close_the_wallet_finds_its_last_ballot_in_the_list() {
    let gateway = Served::start().await;
    let (citizen, friend) = (Citizen::new(&gateway).await, Citizen::new(&gateway).await);
    let first = citizen.vote("a").await.unwrap();
    friend.vote("a").await.unwrap();
    friend.wallet.check(&first.check_code.as_ref().unwrap().to_text()).await.unwrap();
    let second = citizen.vote("b").await.unwrap();
    {
        let mut double = gateway.lock();
        let close = double.election.closing(&double.log);
        double.log.append(&close);
    }
    let closed = citizen.wallet.check_after_close("mayor").await.unwrap();
    assert_eq!((closed.counted, closed.own), (2, Some(second.ballot.tracker)));
    assert!(!closed.own_is_foreign);
    let closed = friend.wallet.check_after_close("mayor").await.unwrap();
    assert_eq!(closed.superseded_after_check, [first.ballot.tracker]);
    assert_eq!(code(citizen.vote("a").await), "vote.not_open");
    assert_eq!(citizen.wallet.ballots().unwrap().len(), 2, "a late vote leaves nothing behind");
}

#[tokio::test]
async fn s15_a_dropped_ballot_is_not_cast_and_is_sent_again() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    gateway.tell(Lie::Drops);
    assert_eq!(code(citizen.vote("a").await), "refused.http_500");
    assert_eq!(citizen.states(), [BallotState::Unanswered]);
    assert_eq!(gateway.logged_ballots(), 0);
    gateway.tell(Lie::None);
    let settled = citizen.wallet.settle(None).await.unwrap();
    assert_eq!(settled.len(), 1);
    assert_eq!(gateway.logged_ballots(), 1);
}

#[tokio::test]
async fn s08_a_lost_answer_does_not_cost_or_double_the_vote() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    gateway.tell(Lie::LosesTheAnswer);
    assert_eq!(code(citizen.vote("a").await), "refused.http_500");
    assert_eq!((citizen.states(), gateway.logged_ballots()), (vec![BallotState::Unanswered], 1));
    gateway.tell(Lie::None);
    let settled = citizen.wallet.settle(None).await.unwrap();
    assert!(matches!(settled[0].state, BallotState::OnBoard { .. }));
    assert_eq!(gateway.logged_ballots(), 1);
    assert_eq!(citizen.vote("b").await.unwrap().ballot.seq, 2);
}

#[tokio::test]
async fn s15_a_receipt_for_anything_but_this_ballot_is_refused() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    citizen.wallet.election("mayor").await.unwrap();
    gateway.tell(Lie::ReceiptOfAnotherEntry);
    assert_eq!(code(citizen.vote("a").await), "misbehaved.bad_receipt");
    assert_eq!(citizen.states(), [BallotState::Unanswered]);
}

#[tokio::test]
async fn s15_a_receipt_from_a_fork_becomes_evidence() {
    let gateway = Served::start().await;
    let (citizen, other) = (Citizen::new(&gateway).await, Citizen::new(&gateway).await);
    gateway.tell(Lie::ReceiptFromAFork);
    // Consistent with all that this citizen has seen: nobody could tell yet.
    citizen.vote("a").await.unwrap();
    gateway.lock().branch = None;
    gateway.tell(Lie::None);
    other.vote("b").await.unwrap();
    assert_eq!(code(citizen.wallet.log_head().await), "misbehaved.split_view");
    let evidence = citizen.wallet.ledger_evidence().unwrap();
    assert_eq!(evidence[0].1.verify(&gateway.policy()), Ok(Misbehaviour::SplitView));
}

#[tokio::test]
async fn s15_a_receipt_that_the_log_does_not_grow_into_is_refused() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    gateway.tell(Lie::ReceiptFromAnUnprovenFork);
    assert_eq!(code(citizen.vote("a").await), "misbehaved.consistency_refused");
    assert_eq!(citizen.states(), [BallotState::Unanswered]);
}

#[tokio::test]
async fn s15_two_heads_of_one_size_are_evidence_for_everybody() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    citizen.vote("a").await.unwrap();
    gateway.tell(Lie::SplitView);
    let error = citizen.wallet.log_head().await.unwrap_err();
    assert_eq!(error.code(), "misbehaved.split_view");
    let WalletError::Misbehaved(misbehaviour) = error else { panic!("not a misbehaviour") };
    let evidence = citizen.wallet.ledger_evidence().unwrap();
    assert_eq!(Some(&evidence[0].0), misbehaviour.evidence.as_ref());
    assert_eq!(evidence[0].1.verify(&gateway.policy()), Ok(Misbehaviour::SplitView));
}

#[tokio::test]
async fn s15_a_fork_that_grew_is_evidence_too() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    citizen.vote("a").await.unwrap();
    {
        let mut double = gateway.lock();
        let mut branch = Branch::of(&double.log.leaves[..double.log.leaves.len() - 1]);
        for entry in ["one", "two", "three"] {
            branch.push(Leaf::new(NOW, entry.as_bytes().to_vec()).unwrap());
        }
        double.branch = Some(branch);
    }
    assert_eq!(code(citizen.wallet.log_head().await), "misbehaved.not_consistent");
    let evidence = citizen.wallet.ledger_evidence().unwrap();
    assert_eq!(evidence[0].1.verify(&gateway.policy()), Ok(Misbehaviour::NotConsistent));
}

#[tokio::test]
async fn s15_a_second_source_that_contradicts_is_evidence() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    let monitor = {
        let double = gateway.lock();
        let mut branch = Branch::of(&double.log.leaves);
        branch.push(Leaf::new(NOW, b"what others see".to_vec()).unwrap());
        let copy = |key: &NoteSigner| NoteSigner::parse(&key.to_secret_text()).unwrap();
        let (log, election) = TestElection::opened(Kind::Trial);
        LyingGateway {
            log,
            election,
            branch: Some(branch),
            lie: Lie::None,
            keys: double.keys.each_ref().map(copy),
            other_keys: keys(),
        }
    };
    let monitor = Served::serve(monitor).await;
    citizen.wallet.set_second_sources(std::slice::from_ref(&monitor.url)).unwrap();
    assert_eq!(citizen.wallet.log_head().await.unwrap().second_sources.len(), 1, "ahead, and consistent");
    assert_eq!(code(citizen.vote("a").await), "misbehaved.split_view");
    assert_eq!(citizen.wallet.ledger_evidence().unwrap().len(), 1);
}

#[tokio::test]
async fn s15_a_second_source_that_is_down_is_reported() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    let nobody = Url::parse("http://127.0.0.1:1/").unwrap();
    citizen.wallet.set_second_sources(std::slice::from_ref(&nobody)).unwrap();
    let outcome = citizen.vote("a").await.unwrap();
    assert_eq!((outcome.second_sources[0].url.clone(), outcome.second_sources[0].size), (nobody, None));
}

#[tokio::test]
async fn s15_old_foreign_and_shrunken_heads_are_refused() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    citizen.vote("a").await.unwrap();
    for (lie, refused) in [
        (Lie::OldHead, "misbehaved.head_is_old"),
        (Lie::OtherKeys, "misbehaved.head_not_signed"),
        (Lie::GoesBack, "misbehaved.head_went_back"),
    ] {
        gateway.tell(lie);
        assert_eq!(code(citizen.wallet.log_head().await), refused, "{lie:?}");
        assert_eq!(code(citizen.vote("b").await), refused, "{lie:?}");
    }
    gateway.tell(Lie::None);
    assert!(citizen.wallet.log_head().await.is_ok());
}

#[tokio::test]
async fn s15_a_log_that_will_not_join_its_heads_is_refused() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    citizen.wallet.log_head().await.unwrap();
    Citizen::new(&gateway).await.vote("a").await.unwrap();
    gateway.tell(Lie::RefusesConsistency);
    assert_eq!(code(citizen.wallet.log_head().await), "misbehaved.consistency_refused");
}

#[tokio::test]
async fn s15_a_ballot_with_a_receipt_cannot_be_hidden() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    citizen.vote("a").await.unwrap();
    gateway.tell(Lie::HidesBallots);
    assert_eq!(code(citizen.vote("b").await), "misbehaved.ballot_hidden");
}

#[tokio::test]
async fn s15_entries_that_are_not_the_log_s_are_refused() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    gateway.tell(Lie::ChangesAnEntry);
    assert_eq!(code(citizen.wallet.elections().await), "misbehaved.entry_not_in_log");
    gateway.tell(Lie::NamesAnotherElection);
    assert_eq!(code(citizen.wallet.elections().await), "misbehaved.another_election");
    gateway.tell(Lie::None);
    let outcome = citizen.vote("a").await.unwrap();
    let friend = Citizen::new(&gateway).await;
    friend.wallet.election("mayor").await.unwrap();
    // Somebody votes after that, so that the changed entry is not the checked ballot itself.
    Citizen::new(&gateway).await.vote("c").await.unwrap();
    gateway.tell(Lie::ChangesAnEntry);
    let text = outcome.check_code.as_ref().unwrap().to_text();
    assert_eq!(code(friend.wallet.check(&text).await), "misbehaved.entries_not_in_log");
}

#[tokio::test]
async fn s09_checking_codes_of_others_and_of_nobody_are_refused() {
    let gateway = Served::start().await;
    let (citizen, friend) = (Citizen::new(&gateway).await, Citizen::new(&gateway).await);
    let mut outcome = citizen.vote("a").await.unwrap();
    assert_eq!(code(friend.wallet.check("kodanik:check?nothing").await), "misuse.not_understood");
    let text = outcome.check_code.as_ref().unwrap().to_text();
    outcome.check_code.as_mut().unwrap().tracker = Tracker::new([3; 32]);
    let unknown = friend.wallet.check(&outcome.check_code.as_ref().unwrap().to_text()).await;
    assert_eq!(code(unknown), "vote.check_not_yet_on_board");
    let seed = to_base64url(outcome.check_code.as_ref().unwrap().seed.expose());
    let forged = text.replace(&seed, &to_base64url([1; 32]));
    assert_eq!(code(friend.wallet.check(&forged).await), "vote.check_seed_mismatch");
}

#[tokio::test]
async fn s10_ballots_of_somebody_else_under_this_pseudonym_are_shown() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    let outcome = citizen.vote("a").await.unwrap();
    let tracker = outcome.ballot.tracker;
    // A wallet that was restored with the same seed does not know the ballot.
    citizen.wallet.store().delete(Table::Ballots, &tracker.to_string()).unwrap();
    let second = citizen.vote("b").await.unwrap();
    assert_eq!((second.ballot.seq, second.not_by_this_wallet), (2, vec![tracker]));
}

#[tokio::test]
async fn s08_a_choice_that_does_not_fit_is_refused_before_anything_is_sent() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    assert_eq!(code(citizen.vote("nobody").await), "vote.choice");
    let twice = citizen.wallet.cast("mayor", &[choices("a"), choices("a")].concat()).await;
    assert_eq!(code(twice), "vote.choice");
    assert_eq!(code(citizen.wallet.cast("sheriff", &choices("a")).await), "vote.no_such_election");
    assert!(citizen.wallet.ballots().unwrap().is_empty());
}

/// No file of the wallet holds the choice's randomness: the code cannot be made again from what is on disk.
#[tokio::test]
async fn s08_the_seed_is_in_no_row() {
    let gateway = Served::start().await;
    let citizen = Citizen::new(&gateway).await;
    let outcome = citizen.vote("a").await.unwrap();
    let seed = to_base64url(outcome.check_code.as_ref().unwrap().seed.expose());
    for table in [Table::Ballots, Table::Receipts, Table::History, Table::Tokens, Table::Elections] {
        for row in citizen.wallet.store().list::<Value>(table).unwrap() {
            assert!(!row.value.to_string().contains(&seed), "{table:?}");
        }
    }
}
