//! What must hold whatever happens to the process, the disk and its operator's backups.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicU64;

use kodanik_ballot::ballot::Position;
use kodanik_ballot::manifest::Kind;
use kodanik_contract::entry::Entry;
use kodanik_contract::testing::{LOG, TestElection, TestLog, TestVoter};
use kodanik_crypto::time::UnixSeconds;
use kodanik_ledger::evidence::advance;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::receipt::Receipt;
use kodanik_ledger::tile::parse_bundle;
use kodanik_ledger::tree::{MemoryTree, NodeHash};

use super::*;

/// A log on disk, and the same log in memory, whose fixtures make the entries.
struct Bench {
    dir: tempfile::TempDir,
    now: Arc<AtomicU64>,
    twin: TestLog,
    election: TestElection,
}

impl Bench {
    /// Every entry up to the open one is in the twin; nothing is on disk yet.
    fn new() -> Self {
        let (twin, election) = TestElection::opened(Kind::Trial);
        let dir = tempfile::tempdir().unwrap();
        let now = Arc::new(AtomicU64::new(twin.minute.start().0));
        let bench = Self { dir, now, twin, election };
        EmbeddedLedger::create(bench.dir.path(), &origin(), &bench.clock()).unwrap();
        bench
    }

    fn clock(&self) -> Clock {
        let now = self.now.clone();
        Clock::from_fn(move || UnixSeconds(now.load(Ordering::Relaxed)))
    }

    fn open_in(&self, dir: &Path) -> Result<EmbeddedLedger, StartError> {
        let config = LedgerConfig { origin: LOG.to_owned(), queue: 64, batch: 16 };
        EmbeddedLedger::open(dir, &origin(), &config, self.clock())
    }

    fn open(&self) -> EmbeddedLedger {
        self.open_in(self.dir.path()).unwrap()
    }

    /// Writes the twin's entries.
    async fn fill(&self, ledger: &EmbeddedLedger) {
        for leaf in &self.twin.leaves {
            ledger.submit(leaf.entry().to_vec()).await.unwrap();
        }
    }

    fn ballot(&self, voter: u64) -> Vec<u8> {
        let ballot = self.election.ballot(&TestVoter::new(voter), Position::FIRST, [&[0], &[1]]);
        Entry::BallotCast(ballot).to_bytes().unwrap()
    }
}

fn origin() -> KeyName {
    KeyName::parse(LOG).unwrap()
}

fn policy(ledger: &EmbeddedLedger) -> Policy {
    Policy::parse(&ledger.policy_text()).unwrap()
}

async fn cast(ledger: &EmbeddedLedger, entry: Vec<u8>) -> Receipt {
    let receipt = ledger.submit(entry.clone()).await.unwrap().to_string();
    let receipt = UnverifiedReceipt::parse(receipt.as_bytes()).unwrap();
    receipt.verify(&entry, &policy(ledger)).unwrap()
}

/// The files as a backup has them: the database with its write-ahead log, the keys, the published head.
fn copy(from: &Path, to: &Path, only_database: bool) {
    for file in fs::read_dir(from).unwrap() {
        let file = file.unwrap();
        let name = file.file_name();
        if !only_database || name.to_string_lossy().starts_with(DATABASE) {
            fs::copy(file.path(), to.join(name)).unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_entry_gets_a_receipt_that_verifies() {
    let bench = Bench::new();
    let ledger = bench.open();
    bench.fill(&ledger).await;
    let first = cast(&ledger, bench.ballot(1)).await;
    assert_eq!(first.index(), bench.twin.leaves.len() as u64);
    assert_eq!(first.checkpoint().freshness(bench.clock().now()), Ok(0));
    let second = cast(&ledger, bench.ballot(2)).await;
    let (from, to) = (first.checkpoint(), second.checkpoint());
    let proof = ledger.consistency(from.size(), to.size()).await.unwrap();
    assert_eq!(advance(from, to, &proof), Ok(()));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_entry_gets_the_receipt_of_where_it_is() {
    let bench = Bench::new();
    let ledger = bench.open();
    bench.fill(&ledger).await;
    let ballot = bench.ballot(1);
    let (first, again) = (cast(&ledger, ballot.clone()).await, cast(&ledger, ballot).await);
    assert_eq!(first.index(), again.index());
    assert_eq!(first.checkpoint().size(), again.checkpoint().size());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_entry_says_why_and_leaves_nothing() {
    let bench = Bench::new();
    let ledger = bench.open();
    bench.fill(&ledger).await;
    cast(&ledger, bench.ballot(1)).await;
    let before = ledger.checkpoint().await.unwrap();
    let refusals = [
        (bench.ballot(1), Rejection::SecondFirstBallot),
        (b"{}".to_vec(), Rejection::Malformed),
        (vec![b'a'; 70_000], Rejection::TooLarge),
        (bench.twin.genesis().to_bytes().unwrap().repeat(2), Rejection::Malformed),
    ];
    for (entry, expected) in refusals {
        let error = ledger.submit(entry).await.unwrap_err();
        assert!(matches!(error, SubmitError::Rejected(rejection) if rejection == expected), "{error}");
    }
    assert_eq!(ledger.checkpoint().await.unwrap(), before);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_are_all_logged_once() {
    let bench = Bench::new();
    let ledger = Arc::new(bench.open());
    bench.fill(&ledger).await;
    let first = bench.twin.leaves.len() as u64;
    let casts = (1..=24).map(|voter| {
        let (ledger, entry) = (ledger.clone(), bench.ballot(voter));
        tokio::spawn(async move { cast(&ledger, entry).await.index() })
    });
    let mut indices = Vec::new();
    for cast in casts.collect::<Vec<_>>() {
        indices.push(cast.await.unwrap());
    }
    indices.sort_unstable();
    assert_eq!(indices, (first..first + 24).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_queue_is_busy_and_forgets_nothing() {
    let bench = Bench::new();
    let config = LedgerConfig { origin: LOG.to_owned(), queue: 1, batch: 1 };
    let ledger = EmbeddedLedger::open(bench.dir.path(), &origin(), &config, bench.clock()).unwrap();
    bench.fill(&ledger).await;
    let place = ledger.places.clone().acquire_owned().await.unwrap();
    let ballot = bench.ballot(1);
    assert!(matches!(ledger.submit(ballot.clone()).await, Err(SubmitError::Busy)));
    drop(place);
    cast(&ledger, ballot).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_acknowledged_is_there_after_a_crash() {
    let bench = Bench::new();
    let ledger = bench.open();
    bench.fill(&ledger).await;
    let (ballot, crashed) = (bench.ballot(1), tempfile::tempdir().unwrap());
    let receipt = cast(&ledger, ballot.clone()).await;
    // The files as a kill -9 at this moment would leave them: nothing is closed, nothing is flushed.
    copy(bench.dir.path(), crashed.path(), false);
    let restarted = bench.open_in(crashed.path()).unwrap();
    let again = cast(&restarted, ballot).await;
    assert_eq!((again.index(), again.minute()), (receipt.index(), receipt.minute()));
    let proof = restarted.consistency(receipt.checkpoint().size(), again.checkpoint().size()).await.unwrap();
    assert_eq!(advance(receipt.checkpoint(), again.checkpoint(), &proof), Ok(()));
    cast(&restarted, bench.ballot(2)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_old_backup_does_not_fork_the_log() {
    let bench = Bench::new();
    let (backup, ledger) = (tempfile::tempdir().unwrap(), bench.open());
    bench.fill(&ledger).await;
    drop(ledger);
    copy(bench.dir.path(), backup.path(), true);
    let ledger = bench.open();
    cast(&ledger, bench.ballot(1)).await;
    drop(ledger);
    for file in fs::read_dir(bench.dir.path()).unwrap() {
        let path = file.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with(DATABASE) {
            fs::remove_file(path).unwrap();
        }
    }
    copy(backup.path(), bench.dir.path(), true);
    let stored = bench.twin.leaves.len() as u64;
    let error = bench.open_in(bench.dir.path()).unwrap_err();
    assert!(
        matches!(error, StartError::RolledBack { published, stored: found } if published == stored + 1 && found == stored),
        "{error}"
    );
    assert!(error.to_string().contains("restore the newest database"));
}

#[tokio::test(flavor = "multi_thread")]
async fn another_history_than_the_published_one_does_not_start() {
    let bench = Bench::new();
    let (ledger, other) = (bench.open(), tempfile::tempdir().unwrap());
    bench.fill(&ledger).await;
    drop(ledger);
    copy(bench.dir.path(), other.path(), false);
    for (dir, voter) in [(bench.dir.path(), 1), (other.path(), 2)] {
        cast(&bench.open_in(dir).unwrap(), bench.ballot(voter)).await;
    }
    let published = "published-checkpoint";
    fs::copy(other.path().join(published), bench.dir.path().join(published)).unwrap();
    let size = bench.twin.leaves.len() as u64 + 1;
    let error = bench.open_in(bench.dir.path()).unwrap_err();
    assert!(matches!(error, StartError::Forked { size: found } if found == size), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_changed_database_does_not_start() {
    let bench = Bench::new();
    let ledger = bench.open();
    bench.fill(&ledger).await;
    cast(&ledger, bench.ballot(1)).await;
    drop(ledger);
    let path = bench.dir.path().join(DATABASE);
    let tampered = |sql: &str| {
        let saved = fs::read(&path).unwrap();
        let connection = rusqlite::Connection::open(&path).unwrap();
        assert!(connection.execute(sql, []).unwrap() > 0, "{sql}");
        connection.pragma_update(None, "wal_checkpoint", "TRUNCATE").ok();
        drop(connection);
        let error = bench.open_in(bench.dir.path()).unwrap_err();
        fs::write(&path, saved).unwrap();
        error
    };
    let changed = [
        "UPDATE entry SET minute = minute + 1 WHERE position = 3",
        "UPDATE entry SET bytes = CAST(bytes || ' ' AS BLOB) WHERE position = 5",
        "UPDATE node SET hash = zeroblob(32) WHERE level = 1 AND position = 1",
        "DELETE FROM entry WHERE position = 2",
        "DELETE FROM node WHERE level = 2",
    ];
    for sql in changed {
        assert!(matches!(tampered(sql), StartError::Damaged { .. }), "{sql}");
    }
    let last = "DELETE FROM entry WHERE position = (SELECT max(position) FROM entry)";
    assert!(matches!(tampered(last), StartError::RolledBack { .. }));
    assert!(bench.open_in(bench.dir.path()).is_ok(), "the untouched database starts");
}

#[tokio::test(flavor = "multi_thread")]
async fn without_its_published_head_or_keys_a_log_does_not_start() {
    for file in ["published-checkpoint", "log.key", "clock.key"] {
        let bench = Bench::new();
        let path = bench.dir.path().join(file);
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace('\n', "")).unwrap();
        if file == "published-checkpoint" {
            assert!(matches!(bench.open_in(bench.dir.path()), Err(StartError::Published)));
        }
        fs::remove_file(&path).unwrap();
        assert!(matches!(bench.open_in(bench.dir.path()), Err(StartError::File { .. })), "{file}");
    }
    let bench = Bench::new();
    let again = EmbeddedLedger::create(bench.dir.path(), &origin(), &bench.clock());
    assert!(again.is_err(), "a second log in the same folder");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_head_never_grows_old_and_never_runs_back() {
    let bench = Bench::new();
    let ledger = bench.open();
    bench.fill(&ledger).await;
    let start = bench.now.load(Ordering::Relaxed);
    let signed_at = async || {
        let checkpoint = ledger.checkpoint().await.unwrap().verify(&policy(&ledger)).unwrap();
        checkpoint.cosignatures()[0].at.0
    };
    assert_eq!(signed_at().await, start);
    bench.now.store(start + 31, Ordering::Relaxed);
    assert_eq!(signed_at().await, start + 31);
    bench.now.store(start, Ordering::Relaxed);
    assert_eq!(signed_at().await, start + 31);
    let receipt = cast(&ledger, bench.ballot(1)).await;
    assert_eq!(receipt.checkpoint().cosignatures()[0].at.0, start + 31);
}

#[tokio::test(flavor = "multi_thread")]
async fn tiles_hold_the_log() {
    let bench = Bench::new();
    let ledger = bench.open();
    bench.fill(&ledger).await;
    let size = bench.twin.leaves.len() as u64;
    let mut tree = MemoryTree::new();
    for path in TilePath::all(TileKind::Entries, size) {
        let bundle = parse_bundle(&ledger.tile(path).await.unwrap(), path.width).unwrap();
        let hashes = ledger.tile(TilePath { kind: TileKind::Hashes(0), ..path }).await.unwrap();
        let listed: Vec<NodeHash> = hashes.as_chunks().0.iter().map(|hash| NodeHash(*hash)).collect();
        assert_eq!(bundle.iter().map(|leaf| leaf.hash()).collect::<Vec<_>>(), listed);
        bundle.iter().for_each(|leaf| tree.push(leaf.hash()));
    }
    let head = ledger.checkpoint().await.unwrap().dangerous_unverified_head().clone();
    assert_eq!((head.size, head.root), (size, tree.root()));
    for beyond in ["entries/000", "0/000", "1/000.p/1", "7/000.p/1", "entries/001.p/1"] {
        let path = TilePath::parse(beyond).unwrap();
        assert!(matches!(ledger.tile(path).await, Err(ReadError::NotFound)), "{beyond}");
    }
    assert!(matches!(ledger.inclusion(0, size + 1).await, Err(ReadError::NotFound)));
    assert!(matches!(ledger.inclusion(size, size).await, Err(ReadError::NotFound)));
    assert!(matches!(ledger.consistency(2, size + 1).await, Err(ReadError::NotFound)));
    assert!(matches!(ledger.receipt(size).await, Err(ReadError::NotFound)));
}
