//! An audit from end to end: `cargo bench -p kodanik-auditor --bench audit [-- BALLOTS]`, by default 10,000 of ten options with two
//! tokens each, counted. Prints ballots a second on one thread and on all, says where the time goes, and writes
//! `target/bench/audit.json`. The first minute or two make the election.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up must stop")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::path::Path;
use std::time::{Duration, Instant};

use kodanik_auditor::audit::{Options, audit};
use kodanik_auditor::source::{Export, Record, Source};
use kodanik_ballot::ballot::{BallotBody, Position, UnverifiedBallot, signing_input};
use kodanik_ballot::election::Election;
use kodanik_ballot::manifest::Kind;
use kodanik_ballot::testing::contest;
use kodanik_ballot::token::verify_token;
use kodanik_ballot::verify::dangerous_verify_proofs_alone;
use kodanik_contract::entry::Entry;
use kodanik_contract::replay::replay_batch;
use kodanik_contract::testing::{LOG, TestElection, TestLog, TestVoter};
use kodanik_crypto::group::Affine;
use kodanik_ledger::checkpoint::TreeHead;
use kodanik_ledger::key::{KeyKind, KeyName, NoteSigner};
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::tile::{TileKind, TilePath};
use rand_core::OsRng;
use serde_json::json;

/// The batches in which an audit on one thread verifies: a bundle of the log.
const BATCH: usize = 256;
/// How many ballots each part is measured on.
const SAMPLE: usize = 1024;
/// Points in a ballot of ten options and a blank: two in a ciphertext; in its proof, two in each of two branches; as many in that of the sum.
const POINTS: usize = 11 * 2 + 11 * 4 + 4;

fn main() {
    let ballots = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(10_000);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    println!("making an election of {ballots} ballots on {threads} threads");
    let (log, election) = tallied(ballots, threads);
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("log");
    let policy = export(&log, &path);
    let bytes = std::fs::metadata(&path).unwrap().len();
    println!("{} entries, {:.1} MB\n", log.leaves.len(), bytes as f64 / 1e6);

    let mut runs = Vec::new();
    for threads in if threads == 1 { vec![1] } else { vec![1, threads] } {
        let took = whole_audit(&path, &policy, threads, ballots);
        let rate = ballots as f64 / took.as_secs_f64();
        println!("{threads} threads: {:6.2} s, {rate:6.0} ballots a second", took.as_secs_f64());
        runs.push(json!({ "threads": threads, "seconds": took.as_secs_f64(), "ballots_per_second": rate }));
    }
    let one_thread = runs[0]["seconds"].as_f64().unwrap() / ballots as f64;
    let parts = parts(&path, &log, election.election(), ballots);
    let rest = one_thread - parts.iter().filter(|part| !part.within).map(|part| part.each).sum::<f64>();
    println!("\nwhere it goes, microseconds a ballot on one thread\n");
    let line =
        |what: &str, each: f64| println!("{what:<52}{:>8.1}{:>7.1} %", each * 1e6, each / one_thread * 100.0);
    parts.iter().for_each(|part| line(part.what, part.each));
    line("the rest: rules, sums, other entries", rest);
    line("all", one_thread);

    let of_parts =
        parts.iter().map(|part| json!({ "what": part.what, "us": part.each * 1e6, "within": part.within }));
    let of_parts: Vec<_> = of_parts.collect();
    let report =
        json!({ "ballots": ballots, "bytes": bytes, "runs": runs, "parts": of_parts, "rest_us": rest * 1e6 });
    let target = std::env::current_exe().unwrap().ancestors().nth(3).unwrap().join("bench");
    std::fs::create_dir_all(&target).unwrap();
    std::fs::write(target.join("audit.json"), serde_json::to_vec_pretty(&report).unwrap()).unwrap();
    println!("\nalso in {}", target.join("audit.json").display());
}

/// One contest, ten options, choose one; two issuers, both required; counted by two trustees of three.
fn tallied(ballots: usize, threads: usize) -> (TestLog, TestElection) {
    let mut log = TestLog::begin();
    let mut election = TestElection::make_with("mayor", Kind::Trial, |draft| {
        draft.contests = vec![contest("mayor", 10, 1, 1)];
        draft.styles[0].contests.truncate(1);
        draft.issuers.members.truncate(2);
        draft.issuers.required = 2;
    });
    election.open_on(&mut log);
    let minute = log.minute;
    let make = |number: usize| {
        let ballot =
            election.ballot_of("all", &TestVoter::new(number as u64 + 1), Position::FIRST, &[&[number % 10]]);
        Leaf::new(minute, Entry::BallotCast(ballot).to_bytes().unwrap()).unwrap()
    };
    let numbers: Vec<usize> = (0..ballots).collect();
    let leaves: Vec<Leaf> = std::thread::scope(|scope| {
        let shares = numbers.chunks(ballots.div_ceil(threads).max(1));
        let work = |share: &[usize]| share.iter().map(|number| make(*number)).collect::<Vec<_>>();
        let handles: Vec<_> = shares.map(|share| scope.spawn(move || work(share))).collect();
        handles.into_iter().flat_map(|handle| handle.join().unwrap()).collect()
    });
    for bundle in leaves.chunks(BATCH) {
        assert!(replay_batch(&mut log.state, bundle, threads).iter().all(Result::is_ok));
    }
    leaves.iter().for_each(|leaf| log.tree.push(leaf.hash()));
    log.leaves.extend(leaves);
    log.minute = election.manifest.closes;
    for issuer in 0..2 {
        log.append(&election.counts(issuer, ballots as u64));
    }
    log.append(&election.closing(&log));
    election.tally_on(&mut log);
    (log, election)
}

fn export(log: &TestLog, path: &Path) -> Policy {
    let name = KeyName::parse(LOG).unwrap();
    let [log_key, clock] =
        [KeyKind::Log, KeyKind::Cosignature].map(|kind| NoteSigner::make(name.clone(), kind, &mut OsRng));
    let (log_vkey, clock_vkey) = (log_key.verifier(), clock.verifier());
    let head = TreeHead { origin: name, size: log.tree.size(), root: log.tree.root() };
    let note = head.sign(&[&log_key, &clock], log.minute.start()).unwrap().to_string();
    let mut export = Export::create(path, note.as_bytes()).unwrap();
    let record = |leaf: &Leaf| Record { listed: leaf.hash(), leaf: leaf.clone() };
    export.append(&log.leaves.iter().map(record).collect::<Vec<_>>()).unwrap();
    export.finish().unwrap();
    Policy::parse(&format!("log {log_vkey}\nwitness clock {clock_vkey}\nquorum clock\n")).unwrap()
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn whole_audit(path: &Path, policy: &Policy, threads: usize, ballots: usize) -> Duration {
    let began = Instant::now();
    let mut source = Source::file(path).unwrap();
    let options = Options { policy, keys_on_trust: false, export: None, threads };
    let outcome = runtime().block_on(audit(&mut source, options, |_, _| {})).unwrap();
    let took = began.elapsed();
    assert!(outcome.report.is_clean(), "{}", outcome.report);
    assert_eq!(outcome.report.verified["ballot.cast"], ballots as u64);
    took
}

/// One part of the work, in seconds for each ballot.
struct Part {
    what: &'static str,
    each: f64,
    /// It is contained in the part before it.
    within: bool,
}

fn parts(path: &Path, log: &TestLog, election: &Election, ballots: usize) -> Vec<Part> {
    let is_ballot = |leaf: &&Leaf| as_ballot(leaf).is_some();
    let leaves: Vec<&Leaf> = log.leaves.iter().filter(is_ballot).take(SAMPLE).collect();
    let sample: Vec<UnverifiedBallot> = leaves.iter().filter_map(|leaf| as_ballot(leaf)).collect();
    let bodies: Vec<BallotBody> = sample.iter().map(|ballot| ballot.body.clone()).collect();
    let hold =
        |batch: &[BallotBody]| dangerous_verify_proofs_alone(election, batch).iter().all(Result::is_ok);
    let n = sample.len();
    vec![
        part("reading the file", ballots, || read_all(path, log.leaves.len())),
        part("hashing leaves, twice", n, || assert!(leaves.iter().all(|leaf| leaf.hash() == leaf.hash()))),
        part("JSON to ballots, and back to compare", n, || assert!(leaves.iter().all(is_ballot))),
        part("pseudonyms' signatures (ECDSA)", n, || sample.iter().for_each(verify_signature)),
        part("issuers' signatures (RSA-3072, two)", n, || {
            sample.iter().for_each(|ballot| verify_tokens(election, ballot));
        }),
        part("proofs, in batches of 256", n, || assert!(bodies.chunks(BATCH).all(hold))),
        Part { within: true, ..part("   of these, square roots of 70 points", n, || parse_points(&bodies)) },
    ]
}

fn part(what: &'static str, ballots: usize, work: impl FnOnce()) -> Part {
    let began = Instant::now();
    work();
    Part { what, each: began.elapsed().as_secs_f64() / ballots as f64, within: false }
}

fn as_ballot(leaf: &Leaf) -> Option<UnverifiedBallot> {
    match Entry::parse(leaf.entry()) {
        Ok(Entry::BallotCast(ballot)) => Some(ballot),
        _ => None,
    }
}

fn read_all(path: &Path, size: usize) {
    let mut source = Source::file(path).unwrap();
    runtime().block_on(async {
        for tile in TilePath::all(TileKind::Entries, size as u64) {
            assert_eq!(source.records(tile).await.unwrap().len(), usize::from(tile.width));
        }
    });
}

fn verify_signature(ballot: &UnverifiedBallot) {
    ballot.body.vk.verify_low_s(&signing_input(&ballot.tracker()), &ballot.signature).unwrap();
}

fn verify_tokens(election: &Election, ballot: &UnverifiedBallot) {
    for token in &ballot.tokens {
        verify_token(election, token.issuer, &ballot.body.style, &ballot.body.vk, &token.signature).unwrap();
    }
}

/// As many points as are in each ballot.
fn parse_points(bodies: &[BallotBody]) {
    for body in bodies {
        let points = body.contests[0].options.iter().flat_map(|option| option.0[..66].chunks(33));
        assert!(points.cycle().take(POINTS).all(|point| Affine::from_slice(point).is_ok()));
    }
}
