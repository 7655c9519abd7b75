//! A ballot: head = which election; text = canonical JSON.
//!
//! - What parses is written again as the same bytes, and nothing above the cap is parsed.
//! - Verified alone, in a batch with good ones and in a batch with itself, the verdict is the same.
//! - Of the proofs alone, the verifier that was written from the document alone says the same.
//! - Nobody forges: what verifies as it came is a ballot of the vectors, byte for byte; what verifies once it is signed anew by
//!   somebody entitled has a body of the vectors whose proofs hold.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use kodanik_ballot::ballot::{BallotBody, UnverifiedBallot};
use kodanik_ballot::ids::{ElectionId, Tracker};
use kodanik_ballot::manifest::MAX_ENTRY_BYTES;
use kodanik_ballot::testing::second_opinion;
use kodanik_ballot::verify::{BallotError, VerifiedBallot, dangerous_verify_proofs_alone, verify_batch};
use scenarios::vectors::world::World;

use crate::signing::{WORLDS, cast, citizens};
use crate::{Seed, seed, split, vectors};

/// Bytes before the text.
pub const HEAD: usize = 1;

/// Every ballot that some vector holds, in any kind of file.
static VECTORS: LazyLock<BTreeMap<Vec<u8>, (&str, UnverifiedBallot)>> = LazyLock::new(|| {
    let parse = |(text, name): (&str, &'static str)| {
        let text = text
            .strip_prefix(r#"{"body":"#)
            .map_or_else(|| entry_to_ballot(text), |_| Some(text.to_owned()))?;
        let ballot = UnverifiedBallot::parse(text.as_bytes()).ok()?;
        Some((text.into_bytes(), (name, ballot)))
    };
    vectors::texts().into_iter().filter_map(parse).collect()
});

/// A ballot's entry has one member more than the ballot, the last in order.
fn entry_to_ballot(text: &str) -> Option<String> {
    let ballot = text.strip_suffix(r#","type":"ballot.cast"}"#)?;
    Some(format!("{ballot}}}"))
}

/// The bodies of the vectors whose proofs hold, as the second verifier says.
static PROVEN: LazyLock<BTreeSet<Tracker>> = LazyLock::new(|| {
    let holds = |ballot: &&UnverifiedBallot| {
        let world = WORLDS.iter().find(|world| world.election.id == ballot.body.election);
        world.is_some_and(|world| second_opinion(world, &ballot.body) == Some(true))
    };
    VECTORS.values().map(|(_, ballot)| ballot).filter(holds).map(UnverifiedBallot::tracker).collect()
});

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
        assert!(VECTORS.contains_key(text), "a forged ballot");
    }
    let Some(again) = cast(world, ballot.body.clone()) else { return };
    if agreed_verdict(world, &again).is_ok() {
        assert!(PROVEN.contains(&again.tracker()), "forged proofs");
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
    let proofs = dangerous_verify_proofs_alone(&world.election, std::slice::from_ref(body));
    if body.election == world.election.id
        && let Some(accepted) = second_opinion(world, body)
    {
        assert_eq!(
            proofs,
            [if accepted { Ok(()) } else { Err(BallotError::Proof) }],
            "the second verifier disagrees"
        );
    }
    if verdict.is_ok() {
        assert_eq!(proofs, [Ok(())], "verified with proofs that do not hold");
    }
}

/// What the second verifier says of a body that has the form it needs. It is slow, so that it is asked once.
fn second_opinion(world: &World, body: &BallotBody) -> Option<bool> {
    thread_local! {
        static KNOWN: RefCell<BTreeMap<Tracker, bool>> = const { RefCell::new(BTreeMap::new()) };
    }
    let proofs = dangerous_verify_proofs_alone(&world.election, std::slice::from_ref(body));
    let has_form = matches!(proofs[..], [Ok(()) | Err(BallotError::Proof)]);
    KNOWN.with_borrow_mut(|known| {
        if known.len() > 10_000 {
            known.clear();
        }
        let ask = || second_opinion::accepts(&world.election, body);
        has_form.then(|| *known.entry(body.tracker()).or_insert_with(ask))
    })
}

/// Every ballot of the vectors under its own election, and what is no ballot.
pub fn seeds() -> Vec<Seed> {
    let of = |election: &str| WORLDS.iter().position(|world| world.name == election).map(|world| world as u8);
    let ballots = vectors::of_kind("ballot").filter_map(|vector| {
        Some(seed(&vector.name, &[of(vector.text("election"))?], vector.text("ballot")))
    });
    ballots.collect()
}
