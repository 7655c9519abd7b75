//! A ballot: head = which election; text = canonical JSON.
//!
//! - What parses is written again as the same bytes, and nothing above the cap is parsed.
//! - Verified alone, in a batch with good ones and in a batch with itself, the verdict is the same.
//! - Of the proofs alone, the verifier that was written from the document alone says the same.
//! - Nobody forges: what verifies as it came is a ballot of the vectors; what verifies once it is signed anew by
//!   somebody entitled has contests of the vectors, each with its proofs.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use kodanik_ballot::ballot::{BallotBody, EncryptedContest, UnverifiedBallot};
use kodanik_ballot::ids::{ElectionId, Tracker};
use kodanik_ballot::manifest::MAX_ENTRY_BYTES;
use kodanik_ballot::testing::second_opinion;
use kodanik_ballot::verify::{BallotError, VerifiedBallot, dangerous_verify_proofs_alone, verify_batch};
use kodanik_crypto::encoding::to_canonical_json;
use scenarios::vectors::world::World;
use serde_json::Value;

use crate::signing::{WORLDS, cast, citizens};
use crate::{Seed, seed, split, vectors};

/// Bytes before the text.
pub const HEAD: usize = 1;

/// Every ballot that some vector holds, in whatever form and kind of file, by its one form.
static VECTORS: LazyLock<BTreeSet<Vec<u8>>> = LazyLock::new(|| {
    let parse = |text: &str| {
        let mut value = serde_json::from_str::<Value>(text).ok()?;
        // A ballot's entry has one member more than the ballot.
        value.as_object_mut()?.remove("type");
        Some(serde_json::from_value::<UnverifiedBallot>(value).ok()?.to_bytes())
    };
    vectors::texts().into_iter().filter_map(parse).collect()
});

/// The contests of the vectors' ballots, ciphertexts and proofs; also of those that are ballots in another form only.
static CONTESTS: LazyLock<BTreeSet<Vec<u8>>> = LazyLock::new(|| {
    let parse = |text: &str| {
        let ballot = serde_json::from_str::<Value>(text).unwrap_or_default();
        let contests = ballot["body"]["contests"].as_array().cloned().unwrap_or_default();
        contests.into_iter().filter_map(|contest| serde_json::from_value(contest).ok())
    };
    vectors::texts().into_iter().flat_map(parse).map(|contest| encode(&contest)).collect()
});

fn encode(contest: &EncryptedContest) -> Vec<u8> {
    to_canonical_json(contest).expect("a contest encodes")
}

/// Two good ballots for each election.
static GOOD: LazyLock<BTreeMap<ElectionId, Vec<UnverifiedBallot>>> = LazyLock::new(|| {
    let good = |world: &&World| {
        let first = citizens(world).take(2).map(|citizen| {
            let contests =
                world.election.manifest.style(citizen.style).map_or(0, |style| style.contests.len());
            citizen.ballot(&vec![&[0][..]; contests], "a good ballot of the fuzzer's")
        });
        (world.election.id, first.collect())
    };
    WORLDS.iter().map(good).collect()
});

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some(([world], text)) = split::<HEAD>(data) else { return };
    let world = WORLDS[usize::from(*world) % WORLDS.len()];
    let Ok(ballot) = UnverifiedBallot::parse(text) else { return };
    assert!(text.len() <= MAX_ENTRY_BYTES, "larger than any ballot");
    assert_eq!(ballot.to_bytes(), text, "a second form of the same ballot");
    if agreed_verdict(world, &ballot).is_ok() {
        assert!(VECTORS.contains(text), "a forged ballot");
    }
    let Some(again) = cast(world, ballot.body.clone()) else { return };
    if agreed_verdict(world, &again).is_ok() {
        assert!(
            again.body.contests.iter().all(|contest| CONTESTS.contains(&encode(contest))),
            "forged proofs"
        );
    }
}

/// The verdict, once everybody agrees on it.
fn agreed_verdict(world: &World, ballot: &UnverifiedBallot) -> Result<(), BallotError> {
    let alone = verdict(&ballot.clone().verify(&world.election));
    let good = &GOOD[&world.election.id];
    let batch = match alone {
        Ok(()) | Err(BallotError::Proof) => vec![&good[0], ballot, &good[1], ballot],
        Err(_) => vec![ballot, ballot],
    };
    let expected = batch.iter().map(|own| if *own == ballot { alone } else { Ok(()) });
    let expected: Vec<_> = expected.collect();
    let batch = verify_batch(&world.election, batch.into_iter().cloned().collect());
    assert_eq!(batch.iter().map(verdict).collect::<Vec<_>>(), expected, "the batch says something else");
    check_proofs(world, &ballot.body, alone);
    alone
}

fn verdict(result: &Result<VerifiedBallot, BallotError>) -> Result<(), BallotError> {
    result.as_ref().map(|_| ()).map_err(|error| *error)
}

fn check_proofs(world: &World, body: &BallotBody, verdict: Result<(), BallotError>) {
    if body.election != world.election.id {
        return;
    }
    let proofs = dangerous_verify_proofs_alone(&world.election, std::slice::from_ref(body));
    match proofs[..] {
        [Ok(())] => assert!(second_opinion(world, body), "the second verifier refuses the proofs"),
        [Err(BallotError::Proof)] => {
            assert!(!second_opinion(world, body), "the second verifier accepts the proofs")
        }
        _ => {}
    }
    assert!(verdict.is_err() || proofs == [Ok(())], "verified with proofs that do not hold");
}

/// What the second verifier says of a body that has the form it needs. It is slow, so that it is asked once for each body.
fn second_opinion(world: &World, body: &BallotBody) -> bool {
    thread_local! {
        static KNOWN: RefCell<BTreeMap<Tracker, bool>> = const { RefCell::new(BTreeMap::new()) };
    }
    KNOWN.with_borrow_mut(|known| {
        if known.len() > 10_000 {
            known.clear();
        }
        *known.entry(body.tracker()).or_insert_with(|| second_opinion::accepts(&world.election, body))
    })
}

/// The ballots of the vectors under their own elections. Of those that differ in one place of the same proof, or in one tag of the same
/// point, a few stand for all.
pub fn seeds() -> Vec<Seed> {
    let of = |election: &str| WORLDS.iter().position(|world| world.name == election).map(|world| world as u8);
    let one_of_many = |name: &str| name.starts_with("challenge-with-") || name.starts_with("point-tag-0");
    let chosen = vectors::of_kind("ballot").filter(|vector| {
        vector.is_valid() || vector.text("ballot").len() < 2_300 && !one_of_many(&vector.name)
    });
    let ballots = chosen.filter_map(|vector| {
        Some(seed(&vector.name, &[of(vector.text("election"))?], vector.text("ballot")))
    });
    ballots.collect()
}
