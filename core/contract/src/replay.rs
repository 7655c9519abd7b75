//! From leaves to a state, for whoever trusts nobody: every entry is checked in full.

use kodanik_ledger::key::KeyName;
use kodanik_ledger::leaf::Leaf;
use thiserror::Error;

use crate::entry::Entry;
use crate::rejection::Rejection;
use crate::state::{Effects, PendingCheck, State, VerifiedEntry};

/// The first entry that the contract refuses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("entry {index}: {rejection}")]
pub struct ReplayError {
    /// Which entry.
    pub index: u64,
    /// Why.
    pub rejection: Rejection,
}

/// Replays a whole log. The caller compares [`State::root`] with a checkpoint that it trusts.
pub fn replay(origin: &KeyName, leaves: impl IntoIterator<Item = Leaf>) -> Result<State, ReplayError> {
    /// As many as one tlog-tiles bundle holds.
    const BATCH: usize = 256;
    let mut state = State::new(origin);
    let mut leaves = leaves.into_iter();
    loop {
        let batch: Vec<Leaf> = leaves.by_ref().take(BATCH).collect();
        if batch.is_empty() {
            return Ok(state);
        }
        let first = state.size();
        for (index, result) in (first..).zip(replay_batch(&mut state, &batch, 1)) {
            result.map_err(|rejection| ReplayError { index, rejection })?;
        }
    }
}

/// Replays the next leaves of a log, checking on up to `threads` threads. A refused leaf keeps its place in the tree and
/// changes nothing else; the caller decides whether to go on.
pub fn replay_batch(state: &mut State, leaves: &[Leaf], threads: usize) -> Vec<Result<(), Rejection>> {
    let mut results = Vec::with_capacity(leaves.len());
    let mut rest = leaves;
    while !rest.is_empty() {
        let entries = parse_run(rest);
        let (run, later) = rest.split_at(entries.len());
        let pending = entries.into_iter().map(|entry| state.begin_check(entry?)).collect();
        let checked = run_all(pending, threads);
        results.extend(run.iter().zip(checked).map(|(leaf, entry)| apply(state, leaf, entry)));
        rest = later;
    }
    results
}

/// The next leaf, or all ballots in a row: their checks depend only on an open election, which no ballot changes.
fn parse_run(leaves: &[Leaf]) -> Vec<Result<Entry, Rejection>> {
    let mut entries = Vec::new();
    for leaf in leaves {
        let entry = Entry::parse(leaf.entry());
        let is_ballot = matches!(entry, Ok(Entry::BallotCast(_)));
        if is_ballot || entries.is_empty() {
            entries.push(entry);
        }
        if !is_ballot {
            break;
        }
    }
    entries
}

type Checked = Result<VerifiedEntry, Rejection>;

/// In one batch per thread.
fn run_all(pending: Vec<Result<PendingCheck, Rejection>>, threads: usize) -> Vec<Checked> {
    if threads <= 1 || pending.len() <= 1 {
        return run_batch(pending);
    }
    let share = pending.len().div_ceil(threads);
    let mut pending = pending.into_iter();
    let shares: Vec<Vec<_>> = std::iter::from_fn(|| {
        let share: Vec<_> = pending.by_ref().take(share).collect();
        (!share.is_empty()).then_some(share)
    })
    .collect();
    std::thread::scope(|scope| {
        let work = |share: Vec<_>| scope.spawn(move || run_batch(share));
        let threads: Vec<_> = shares.into_iter().map(work).collect();
        let join = |thread: std::thread::ScopedJoinHandle<'_, Vec<Checked>>| match thread.join() {
            Ok(checked) => checked,
            Err(panic) => std::panic::resume_unwind(panic),
        };
        threads.into_iter().flat_map(join).collect()
    })
}

fn run_batch(pending: Vec<Result<PendingCheck, Rejection>>) -> Vec<Checked> {
    let (mut checks, mut slots) = (Vec::with_capacity(pending.len()), Vec::with_capacity(pending.len()));
    for check in pending {
        slots.push(check.map(|check| checks.push(check)));
    }
    let mut checked = PendingCheck::run_all(checks).into_iter();
    let fill =
        |slot: Result<(), Rejection>| slot.and_then(|()| checked.next().unwrap_or(Err(Rejection::Malformed)));
    slots.into_iter().map(fill).collect()
}

fn apply(state: &mut State, leaf: &Leaf, entry: Checked) -> Result<(), Rejection> {
    let applied = entry.and_then(|entry| state.apply(entry, leaf.minute()));
    let result = match applied {
        Ok(Effects::Appended { .. }) => return Ok(()),
        Ok(Effects::AlreadyLogged { .. }) => Err(Rejection::Repeated),
        Err(rejection) => Err(rejection),
    };
    state.skip_refused(&leaf.to_bytes());
    result
}
