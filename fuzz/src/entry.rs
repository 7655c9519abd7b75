//! An entry of the log: head = the state that it comes to and its minute; text = canonical JSON.
//!
//! As it came, and signed anew by whoever may sign it:
//! - What parses is written again as the same bytes.
//! - Checked twice, and among others, the verdict is the same.
//! - Applied to two copies of a state, both become the same; refused, a state stays as it was, to the last member.
//! - What was appended has the next index, leads to the root that the tree alone has, and comes back as logged already.
//! - The replay says the same.

use kodanik_contract::entry::Entry;
use kodanik_contract::rejection::Rejection;
use kodanik_contract::replay::replay_batch;
use kodanik_contract::state::{Effects, PendingCheck, State, VerifiedEntry};
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::leaf::Leaf;

use crate::logs::{self, ORIGIN, STAGES, Stage, digest};
use crate::{Seed, seed, signing, split, vectors};

/// Bytes before the text.
pub const HEAD: usize = 2;

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some(([stage, minute], text)) = split::<HEAD>(data) else { return };
    let stage = STAGES[usize::from(*stage) % STAGES.len()];
    let minute = minute_after(&stage.state, *minute);
    let Ok(entry) = Entry::parse(text) else { return };
    assert!(text.len() <= Leaf::MAX_ENTRY_BYTES, "larger than any entry");
    assert_eq!(entry.to_bytes().as_deref(), Ok(text), "a second form of the same entry");
    check_on(stage, &entry, minute);
    if let Some(again) = signing::sign(ORIGIN, entry.clone())
        && again != entry
    {
        check_on(stage, &again, minute);
    }
}

/// The state's own minute, a few after it, those at which elections open and close, and impossible ones.
fn minute_after(state: &State, choice: u8) -> UnixMinute {
    let now = state.minute().0;
    let choices =
        [now, now, now + 1, now.max(100), now.max(199), now.max(200), now.saturating_sub(1), u64::MAX];
    UnixMinute(choices[usize::from(choice) % choices.len()])
}

fn check_on(stage: &Stage, entry: &Entry, minute: UnixMinute) {
    let (state, alone) = (&stage.state, stage.state.check(entry));
    check_among_others(state, entry, &alone);
    check_replay(state, entry, minute, &alone);
    let Ok(verified) = alone else { return };
    let (mut one, mut other) = (state.clone(), state.clone());
    let effects = one.apply(verified.clone(), minute);
    assert_eq!(other.apply(verified, minute), effects, "the same entry has two effects");
    let after = digest(&one);
    assert_eq!(digest(&other), after, "the same entry leads to two states");
    match effects {
        Err(_) => assert_eq!(after, stage.digest, "a refused entry has changed the state"),
        Ok(Effects::AlreadyLogged { index }) => {
            assert_eq!(after, stage.digest, "a repeated entry has changed the state");
            assert!(index < state.size(), "logged already, beyond the end");
        }
        Ok(Effects::Appended { index, leaf }) => check_appended(state, one, entry, index, &leaf),
    }
}

/// The verdict that stands beside itself.
fn check_among_others(state: &State, entry: &Entry, alone: &Result<VerifiedEntry, Rejection>) {
    let pending = [state.begin_check(entry.clone()), state.begin_check(entry.clone())];
    let expected = verdict(alone);
    match pending {
        [Ok(one), Ok(other)] => {
            let both = PendingCheck::run_all(vec![one, other]);
            assert_eq!(
                both.iter().map(verdict).collect::<Vec<_>>(),
                [expected; 2],
                "two verdicts on one entry"
            );
        }
        [one, _] => assert_eq!(one.err(), expected, "two verdicts on one entry"),
    }
}

fn check_replay(state: &State, entry: &Entry, minute: UnixMinute, alone: &Result<VerifiedEntry, Rejection>) {
    let Ok(bytes) = entry.to_bytes() else { return };
    let Ok(leaf) = Leaf::new(minute, bytes) else { return };
    let expected = match alone.clone().and_then(|verified| state.clone().apply(verified, minute)) {
        Ok(Effects::Appended { .. }) => Ok(()),
        Ok(Effects::AlreadyLogged { .. }) => Err(Rejection::Repeated),
        Err(rejection) => Err(rejection),
    };
    let mut replayed = state.clone();
    assert_eq!(replay_batch(&mut replayed, &[leaf], 1), [expected], "the replay says something else");
    assert_eq!(replayed.size(), state.size() + 1, "a leaf has lost its place");
}

fn check_appended(before: &State, mut after: State, entry: &Entry, index: u64, leaf: &Leaf) {
    assert_eq!((index, after.size()), (before.size(), before.size() + 1), "not the next index");
    assert_eq!(Some(leaf.entry()), entry.to_bytes().ok().as_deref(), "something else was logged");
    let mut tree = before.clone();
    tree.skip_refused(&leaf.to_bytes());
    assert_eq!(after.root(), tree.root(), "not the tree's root");
    let again = after.check(entry).map(|verified| after.apply(verified, after.minute()));
    assert_eq!(again, Ok(Ok(Effects::AlreadyLogged { index })), "logged a second time");
}

fn verdict(result: &Result<VerifiedEntry, Rejection>) -> Option<Rejection> {
    result.as_ref().err().copied()
}

/// Every entry of the logs where it stands, and what the replays of the vectors add to them.
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    let mut stage = 0;
    for log in logs::ALL.iter() {
        for (index, leaf) in log.leaves.iter().enumerate() {
            seeds.push(seed(format!("{}-{index}", log.name), &[stage + index as u8, 0], leaf.entry()));
        }
        for vector in vectors::of_kind("replay").filter(|vector| vector.text("base") == log.name) {
            let prefix = vector.file["input"]["prefix"].as_u64().unwrap_or_default() as u8;
            let leaves = vector.file["input"]["leaves"].as_array();
            let last = leaves.and_then(|leaves| logs::leaf(leaves.last()?));
            let small = last.filter(|leaf| leaf.entry().len() < 3_000);
            seeds.extend(small.map(|leaf| seed(&vector.name, &[stage + prefix, 0], leaf.entry())));
        }
        stage += log.states.len() as u8;
    }
    seeds
}
