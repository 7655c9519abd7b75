//! Our ballots beside those of `elastic-elgamal` 0.3.1, on the same curve and on Ristretto, in one run on one thread:
//! `cargo bench -p kodanik-ballot --bench peers`. Prints a table of times and ratios and writes `target/bench/peers.json`.
//!
//! Ours do a little more than the peer's: a contest of ten options has an eleventh ciphertext, the blank. Times to verify
//! start from bytes, with every point still to be decompressed; the peer's start from parsed points.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up must stop")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::path::PathBuf;
use std::time::Duration;

use criterion::{BatchSize, Criterion};
use elastic_elgamal::app::{ChoiceParams, EncryptedChoice};
use elastic_elgamal::group::{Generic, Group, Ristretto};
use elastic_elgamal::sharing::{ActiveParticipant, Dealer, Params, PublicKeySet};
use elastic_elgamal::{CandidateDecryption, Ciphertext, DiscreteLogTable, Keypair};
use kodanik_ballot::ballot::{BallotBody, Position};
use kodanik_ballot::cast::{BallotSeed, Encrypter, Selection};
use kodanik_ballot::election::Election;
use kodanik_ballot::tally::{Sums, Tally};
use kodanik_ballot::testing::{Voter, contest, decryption_shares, draft, open_election};
use kodanik_ballot::trustee::secret::KeyShare;
use kodanik_ballot::verify::{VerifiedBallot, dangerous_verify_proofs_alone};
use p256::NistP256;
use rand_core::OsRng;
use serde_json::{Value, json};

const BALLOTS: usize = 1000;

/// What is measured: its name, its unit, and how many ballots one run of ours and of the peer's handles.
struct Row {
    id: &'static str,
    what: &'static str,
    ours: u32,
    theirs: u32,
    /// Most of the time of the peer on P-256 that ours may take, and most of that on Ristretto.
    bars: [Option<f64>; 2],
}

const ROWS: [Row; 8] = [
    Row {
        id: "prove",
        what: "encrypt and prove, 10 options",
        ours: 1,
        theirs: 1,
        bars: [Some(0.16), Some(1.0)],
    },
    Row { id: "prove-100", what: "encrypt and prove, 100 options", ours: 1, theirs: 1, bars: [None, None] },
    Row { id: "verify", what: "verify one, 10 options", ours: 1, theirs: 1, bars: [Some(0.30), None] },
    Row { id: "verify-100", what: "verify one, 100 options", ours: 1, theirs: 1, bars: [None, None] },
    Row { id: "batch-10", what: "verify in a batch of 10, each", ours: 10, theirs: 1, bars: [None, None] },
    Row { id: "batch-100", what: "verify in a batch of 100, each", ours: 100, theirs: 1, bars: [None, None] },
    Row {
        id: "batch-1000",
        what: "verify in a batch of 1000, each",
        ours: 1000,
        theirs: 1,
        bars: [Some(0.075), Some(1.0)],
    },
    Row { id: "tally", what: "tally of 1000 ballots, 3 of 5", ours: 1, theirs: 1, bars: [None, None] },
];

/// What only ours has.
const OWN: [(&str, &str); 4] = [
    ("tables", "tables of an election's key, once"),
    ("prepare", "of proving: before the choice"),
    ("complete", "of proving: after the choice"),
    ("verify-full", "verify one with 2 tokens and signature"),
];

fn main() {
    let target = target_dir();
    let mut criterion = Criterion::default()
        .without_plots()
        .sample_size(10)
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .output_directory(&target.join("bench/criterion"))
        .configure_from_args();
    ours(&mut criterion);
    peer::<Generic<NistP256>>(&mut criterion, "elastic-p256");
    peer::<Ristretto>(&mut criterion, "elastic-ristretto");
    criterion.final_summary();
    report(&target);
}

/// The folder that holds the profile folder that holds `deps/` that holds this program.
fn target_dir() -> PathBuf {
    std::env::current_exe().unwrap().ancestors().nth(3).unwrap().to_owned()
}

fn election(options: usize) -> (Election, Vec<KeyShare>) {
    let mut draft = draft(3, 5);
    draft.contests = vec![contest("mayor", options, 1, 1)];
    draft.styles.truncate(1);
    draft.styles[0].contests.truncate(1);
    draft.issuers.members.iter_mut().for_each(|issuer| issuer.keys.truncate(1));
    open_election(draft)
}

fn ours(criterion: &mut Criterion) {
    let (small, keys) = election(10);
    let (large, _) = election(100);
    for (election, suffix) in [(&small, ""), (&large, "-100")] {
        prove_ours(criterion, election, suffix);
        let body = bodies(election, 1);
        criterion.bench_function(&format!("ours/verify{suffix}"), |bencher| {
            bencher.iter(|| assert_eq!(dangerous_verify_proofs_alone(election, &body), [Ok(())]));
        });
    }
    steps_of_ours(criterion, &small);
    let bodies = bodies(&small, BALLOTS);
    for size in [10, 100, BALLOTS] {
        criterion.bench_function(&format!("ours/batch-{size}"), |bencher| {
            bencher.iter(|| dangerous_verify_proofs_alone(&small, &bodies[..size]).iter().all(Result::is_ok));
        });
    }
    tally_ours(criterion, &small, &keys);
}

fn prove_ours(criterion: &mut Criterion, election: &Election, suffix: &str) {
    let (voter, encrypter) = (Voter::new(election, "city", 1), Encrypter::new(election));
    let selections = [Selection::new(&election.manifest.contests[0], &[3]).unwrap()];
    criterion.bench_function(&format!("ours/prove{suffix}"), |bencher| {
        bencher.iter(|| {
            let seed = BallotSeed::make(&mut OsRng);
            encrypter.encrypt("city", &voter.vk(), Position::FIRST, &selections, &seed).unwrap()
        });
    });
}

fn steps_of_ours(criterion: &mut Criterion, election: &Election) {
    let (voter, encrypter) = (Voter::new(election, "city", 1), Encrypter::new(election));
    let selections = [Selection::new(&election.manifest.contests[0], &[3]).unwrap()];
    let seed = BallotSeed::make(&mut OsRng);
    let prepare = || encrypter.prepare("city", &voter.vk(), Position::FIRST, &seed).unwrap();
    criterion.bench_function("ours/tables", |bencher| bencher.iter(|| Encrypter::new(election)));
    criterion.bench_function("ours/prepare", |bencher| bencher.iter(prepare));
    criterion.bench_function("ours/complete", |bencher| {
        bencher.iter_batched(prepare, |prepared| prepared.complete(&selections), BatchSize::SmallInput);
    });
    let ballot = voter.ballot(election, &[&[3]]);
    criterion.bench_function("ours/verify-full", |bencher| {
        bencher.iter_batched(
            || ballot.clone(),
            |ballot| ballot.verify(election).unwrap(),
            BatchSize::SmallInput,
        );
    });
}

fn bodies(election: &Election, count: usize) -> Vec<BallotBody> {
    let (voter, encrypter) = (Voter::new(election, "city", 1), Encrypter::new(election));
    let body = |i: usize| {
        let selections = [Selection::new(&election.manifest.contests[0], &[i % 10]).unwrap()];
        let seed = BallotSeed::make(&mut OsRng);
        encrypter.encrypt("city", &voter.vk(), Position::FIRST, &selections, &seed).unwrap()
    };
    (0..count).map(body).collect()
}

/// From verified ballots to the result: sums, three shares with their proofs, verified, combined, read.
fn tally_ours(criterion: &mut Criterion, election: &Election, keys: &[KeyShare]) {
    let voter = Voter::new(election, "city", 1);
    let ballots: Vec<VerifiedBallot> = (0..10).map(|i| voter.verified(election, &[&[i % 10]])).collect();
    criterion.bench_function("ours/tally", |bencher| {
        bencher.iter(|| {
            let mut sums = Sums::new(election);
            (0..BALLOTS).for_each(|i| sums.add(&ballots[i % ballots.len()]));
            let shares = decryption_shares(election, &sums, &keys[..3]);
            assert_eq!(Tally::combine(election, &sums, &shares).unwrap().contests[0].ballots, BALLOTS as u64);
        });
    });
}

fn peer<G: Group>(criterion: &mut Criterion, name: &str) {
    let (receiver, _) = Keypair::<G>::generate(&mut OsRng).into_tuple();
    for (options, suffix) in [(10, ""), (100, "-100")] {
        let params = ChoiceParams::single(receiver.clone(), options);
        criterion.bench_function(&format!("{name}/prove{suffix}"), |bencher| {
            bencher.iter(|| EncryptedChoice::single(&params, 3, &mut OsRng));
        });
        let ballot = EncryptedChoice::single(&params, 3, &mut OsRng);
        criterion.bench_function(&format!("{name}/verify{suffix}"), |bencher| {
            bencher.iter(|| assert_eq!(ballot.verify(&params).unwrap().len(), options));
        });
    }
    tally_peer::<G>(criterion, name);
}

fn tally_peer<G: Group>(criterion: &mut Criterion, name: &str) {
    let params = Params::new(5, 3);
    let dealer = Dealer::<G>::new(params, &mut OsRng);
    let (polynomial, proof) = dealer.public_info();
    let keys = PublicKeySet::new(params, polynomial, proof).unwrap();
    let participant =
        |i| ActiveParticipant::new(keys.clone(), i, dealer.secret_share_for_participant(i)).unwrap();
    let participants: Vec<ActiveParticipant<G>> = (0..3).map(participant).collect();
    let choice = ChoiceParams::single(keys.shared_key().clone(), 10);
    let ballots: Vec<Vec<Ciphertext<G>>> = (0..10)
        .map(|i| EncryptedChoice::single(&choice, i, &mut OsRng).choices_unchecked().to_vec())
        .collect();
    criterion.bench_function(&format!("{name}/tally"), |bencher| {
        bencher.iter(|| {
            let table = DiscreteLogTable::<G>::new(0..=BALLOTS as u64);
            let mut sums = vec![Ciphertext::<G>::zero(); 10];
            for i in 0..BALLOTS {
                sums.iter_mut()
                    .zip(&ballots[i % ballots.len()])
                    .for_each(|(sum, ciphertext)| *sum += *ciphertext);
            }
            for sum in sums {
                let shares = participants.iter().enumerate().map(|(i, participant)| {
                    let (share, proof) = participant.decrypt_share(sum, &mut OsRng);
                    let share = CandidateDecryption::from_bytes(&share.to_bytes()).unwrap();
                    (i, keys.verify_share(share, sum, i, &proof).unwrap())
                });
                let combined = params.combine_shares(shares).unwrap();
                assert_eq!(combined.decrypt(sum, &table), Some(BALLOTS as u64 / 10));
            }
        });
    });
}

/// Milliseconds for one run: criterion's median, from the folder that it names after the measurement.
fn median(target: &std::path::Path, name: &str) -> Option<f64> {
    let path = target.join("bench/criterion").join(name.replace('/', "_")).join("new/estimates.json");
    let estimates: Value = serde_json::from_slice(&std::fs::read(path).ok()?).ok()?;
    Some(estimates["median"]["point_estimate"].as_f64()? / 1e6)
}

fn report(target: &std::path::Path) {
    println!(
        "\nmilliseconds; in brackets ours as a fraction of the peer's, and the bar where there is one\n"
    );
    println!("{:<40}{:>10}{:>30}{:>30}", "", "ours", "elastic-elgamal P-256", "on Ristretto");
    let mut rows = Vec::new();
    for row in &ROWS {
        // The peer has no batches: verifying many takes it as long for each as verifying one.
        let of_peer = if row.id.starts_with("batch") { "verify" } else { row.id };
        let time = |who: &str, id: &str, count: u32| {
            Some(median(target, &format!("{who}/{id}"))? / f64::from(count))
        };
        let ours = time("ours", row.id, row.ours);
        let peers = ["elastic-p256", "elastic-ristretto"].map(|who| time(who, of_peer, row.theirs));
        let Some(ours) = ours else { continue };
        let cell = |peer: Option<f64>, bar: Option<f64>| match peer {
            Some(peer) => {
                let bar = bar.map_or(String::new(), |bar| format!(" <= {bar}"));
                format!("{peer:.3} ({:.3}{bar})", ours / peer)
            }
            None => String::new(),
        };
        println!(
            "{:<40}{ours:>10.3}{:>30}{:>30}",
            row.what,
            cell(peers[0], row.bars[0]),
            cell(peers[1], row.bars[1])
        );
        rows.push(json!({
            "id": row.id,
            "what": row.what,
            "ours_ms": ours,
            "elastic_p256_ms": peers[0],
            "elastic_ristretto_ms": peers[1],
            "ratio_p256": peers[0].map(|peer| ours / peer),
            "ratio_ristretto": peers[1].map(|peer| ours / peer),
            "bar_p256": row.bars[0],
            "bar_ristretto": row.bars[1],
        }));
    }
    for (id, what) in OWN {
        if let Some(ours) = median(target, &format!("ours/{id}")) {
            println!("{what:<40}{ours:>10.3}");
            rows.push(json!({ "id": id, "what": what, "ours_ms": ours }));
        }
    }
    let path = target.join("bench/peers.json");
    std::fs::write(&path, serde_json::to_vec_pretty(&json!({ "rows": rows })).unwrap()).unwrap();
    println!("\nalso in {}", path.display());
}
