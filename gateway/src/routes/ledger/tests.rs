//! The routes as a stranger's wallet and auditor use them.

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{Request, StatusCode, header};
use kodanik_ballot::ballot::Position;
use kodanik_ballot::manifest::Kind;
use kodanik_contract::eligibility::Eligibility;
use kodanik_contract::entry::Entry;
use kodanik_contract::testing::{LOG, TestElection, TestLog, TestVoter};
use kodanik_crypto::encoding::Bytes;
use kodanik_ledger::checkpoint::UnverifiedCheckpoint;
use kodanik_ledger::key::KeyName;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::proof::InclusionProof;
use kodanik_ledger::receipt::UnverifiedReceipt;
use kodanik_ledger::tile::parse_bundle;
use tower::ServiceExt;
use url::Url;

use super::*;
use crate::clock::Clock;
use crate::config::{Config, PublicUrls};
use crate::context::Context;
use crate::engines::embedded::EmbeddedLedger;
use crate::roles::ledger::FOLDER;
use crate::routes::elections::{self, BallotSummary, ElectionSummary};

struct Server {
    _dir: tempfile::TempDir,
    router: Router,
    policy: Policy,
    twin: TestLog,
    election: TestElection,
}

impl Server {
    /// A log whose queue holds `queue` entries, with an open election.
    async fn start(queue: usize) -> Self {
        let (twin, election) = TestElection::opened(Kind::Trial);
        let dir = tempfile::tempdir().unwrap();
        let now = twin.minute.start();
        let clock = Clock::from_fn(move || now);
        EmbeddedLedger::create(&dir.path().join(FOLDER), &KeyName::parse(LOG).unwrap(), &clock).unwrap();
        let mut config = Config::loopback(0, 0);
        config.ledger.origin = LOG.to_owned();
        config.ledger.queue = queue;
        let url = Url::parse("http://127.0.0.1/").unwrap();
        let urls = PublicUrls { identified: url.clone(), anonymous: url };
        let http = reqwest::Client::new();
        let ledger = Arc::new(
            Ledger::open(&Context { dir: dir.path().to_owned(), config, urls, clock, http }).unwrap(),
        );
        for leaf in twin.leaves.iter().take(if queue == 0 { 0 } else { usize::MAX }) {
            ledger.engine().submit(leaf.entry().to_vec()).await.unwrap();
        }
        let policy = Policy::parse(&ledger.policy_text()).unwrap();
        let routes = router(ledger.clone()).merge(elections::router(ledger));
        Self { _dir: dir, router: routes.split_for_parts().0, policy, twin, election }
    }

    async fn call(&self, request: Request<Body>) -> (StatusCode, header::HeaderMap, Vec<u8>) {
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        (parts.status, parts.headers, to_bytes(body, 1 << 24).await.unwrap().to_vec())
    }

    async fn get(&self, path: &str) -> (StatusCode, Vec<u8>) {
        let (status, _, body) = self.call(Request::get(path).body(Body::empty()).unwrap()).await;
        (status, body)
    }

    async fn post(&self, entry: Vec<u8>) -> (StatusCode, header::HeaderMap, Vec<u8>) {
        self.call(Request::post("/ledger/entries").body(Body::from(entry)).unwrap()).await
    }

    fn ballot(&self, voter: u64) -> (Vec<u8>, kodanik_ballot::ids::Tracker) {
        let ballot = self.election.ballot(&TestVoter::new(voter), Position::FIRST, [&[0], &[]]);
        let tracker = ballot.tracker();
        (Entry::BallotCast(ballot).to_bytes().unwrap(), tracker)
    }
}

fn code(body: &[u8]) -> String {
    let body: serde_json::Value = serde_json::from_slice(body).unwrap();
    body["error"].as_str().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cast_ballot_gets_a_receipt_and_stands_on_the_board() {
    let server = Server::start(16).await;
    let (entry, tracker) = server.ballot(1);
    let (status, headers, body) = server.post(entry.clone()).await;
    assert_eq!(
        (status, headers[header::CONTENT_TYPE].to_str().unwrap()),
        (StatusCode::OK, "text/plain; charset=utf-8")
    );
    let receipt = UnverifiedReceipt::parse(&body).unwrap().verify(&entry, &server.policy).unwrap();

    let pseudonym = TestVoter::new(1).key(&server.election).verifying_key();
    let path = format!("/elections/{}/ballots/{}", server.election.election().id, Bytes(pseudonym.to_sec1()));
    let ballots: Vec<BallotSummary> = serde_json::from_slice(&server.get(&path).await.1).unwrap();
    assert_eq!((ballots.len(), ballots[0].index, ballots[0].tracker), (1, receipt.index(), tracker));
    let path = format!("/elections/{}/eligibility", server.election.election().id);
    let eligibility: Eligibility = serde_json::from_slice(&server.get(&path).await.1).unwrap();
    let used: Vec<_> =
        eligibility.styles[0].issuers.iter().map(|issuer| (issuer.issued, issuer.used)).collect();
    assert_eq!((eligibility.required, eligibility.unused, used), (3, None, vec![(None, 1); 3]));
    let summaries: Vec<ElectionSummary> = serde_json::from_slice(&server.get("/elections").await.1).unwrap();
    assert_eq!((summaries[0].id, summaries[0].ballots), (Some(server.election.election().id), 1));
    assert_eq!((summaries[0].manifest_index, summaries[0].result.as_ref()), (1, None));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_is_a_code_and_a_sentence() {
    let server = Server::start(16).await;
    for (entry, status, expected) in [
        (b"{}".to_vec(), StatusCode::UNPROCESSABLE_ENTITY, "malformed"),
        (server.twin.genesis().to_bytes().unwrap(), StatusCode::OK, ""),
    ] {
        let (found, _, body) = server.post(entry).await;
        assert_eq!(found, status);
        if found != StatusCode::OK {
            assert_eq!(code(&body), expected);
        }
    }
    assert_eq!(server.post(server.ballot(1).0).await.0, StatusCode::OK);
    let (status, _, body) = server.post(server.ballot(1).0).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::UNPROCESSABLE_ENTITY, "second_first_ballot"));
    assert_eq!(server.post(vec![b' '; Leaf::MAX_ENTRY_BYTES + 1]).await.0, StatusCode::PAYLOAD_TOO_LARGE);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_says_when_to_come_back() {
    let server = Server::start(0).await;
    let (status, headers, body) = server.post(server.ballot(1).0).await;
    assert_eq!((status, code(&body).as_str()), (StatusCode::SERVICE_UNAVAILABLE, "busy"));
    assert_eq!(headers[header::RETRY_AFTER], "2");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_can_be_read_and_proven() {
    #[derive(Deserialize)]
    struct Hashes {
        hashes: Vec<NodeHash>,
    }
    let server = Server::start(64).await;
    let (_, note) = server.get("/ledger/checkpoint").await;
    let head = UnverifiedCheckpoint::parse(&note).unwrap().verify(&server.policy).unwrap();
    // The server took all of them at its own minute.
    let at = |leaf: &Leaf| Leaf::new(server.twin.minute, leaf.entry().to_vec()).unwrap();
    let leaves: Vec<Leaf> = server.twin.leaves.iter().map(at).collect();
    let size = leaves.len() as u16;
    assert_eq!(head.size(), u64::from(size));
    let (status, bundle) = server.get(&format!("/ledger/tile/entries/000.p/{size}")).await;
    assert_eq!((status, parse_bundle(&bundle, size).unwrap()), (StatusCode::OK, leaves.clone()));
    assert_eq!(server.get(&format!("/ledger/tile/0/000.p/{size}")).await.1.len(), usize::from(size) * 32);
    let (_, proof) = server.get(&format!("/ledger/proof/inclusion?index=1&size={size}")).await;
    let proof = InclusionProof(serde_json::from_slice::<Hashes>(&proof).unwrap().hashes);
    assert_eq!(proof.verify(&leaves[1].hash(), 1, head.size(), head.root()), Ok(()));
    assert_eq!(server.get(&format!("/ledger/proof/consistency?from=2&to={size}")).await.0, StatusCode::OK);
    for (path, status) in [
        ("/ledger/tile/entries/001", StatusCode::NOT_FOUND),
        ("/ledger/tile/0/000", StatusCode::NOT_FOUND),
        ("/ledger/tile/../checkpoint", StatusCode::NOT_FOUND),
        ("/ledger/proof/inclusion?index=1&size=9999", StatusCode::NOT_FOUND),
        ("/ledger/proof/inclusion?index=-1&size=3", StatusCode::BAD_REQUEST),
        ("/ledger/proof/consistency?from=3&to=2", StatusCode::NOT_FOUND),
        ("/elections/none/ballots/none", StatusCode::NOT_FOUND),
        ("/elections/none/eligibility", StatusCode::NOT_FOUND),
        ("/elections/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA/eligibility", StatusCode::NOT_FOUND),
    ] {
        assert_eq!(server.get(path).await.0, status, "{path}");
    }
}
