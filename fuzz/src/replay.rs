//! Leaves that follow a log's beginning, as an auditor takes them: head = where the log is cut, threads, which log; text = a bundle
//! (protocol.md §5.1.6).
//!
//! In one batch on several threads and one by one, the verdicts and the states are the same, and every leaf, good or not,
//! has its place in the tree.
//!
//! An exported file is the same leaves with a header, a note and a hash before each; its reader is part of the auditor's I/O.

use kodanik_contract::replay::replay_batch;
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::tile::{append_to_bundle, parse_bundle};

use crate::logs::{self, digest};
use crate::{Seed, seed, split, vectors};

/// Bytes before the text.
pub const HEAD: usize = 3;

/// Most leaves that one input is read for.
const MAX_LEAVES: u16 = 8;

/// Checks one input.
pub fn check(data: &[u8]) {
    let Some(([cut, threads, log], bundle)) = split::<HEAD>(data) else { return };
    let log = &logs::ALL[usize::from(*log) % logs::ALL.len()];
    let stage = &log.states[usize::from(*cut) % log.states.len()];
    let Some(leaves) = (1..=MAX_LEAVES).find_map(|width| parse_bundle(bundle, width).ok()) else { return };
    let mut again = Vec::new();
    leaves.iter().for_each(|leaf| append_to_bundle(&mut again, leaf));
    assert_eq!(again, bundle, "a second form of the same bundle");

    let mut whole = stage.state.clone();
    let in_one = replay_batch(&mut whole, &leaves, 1 + usize::from(*threads) % 3);
    let mut state = stage.state.clone();
    let one_by_one: Vec<_> =
        leaves.iter().flat_map(|leaf| replay_batch(&mut state, std::slice::from_ref(leaf), 1)).collect();
    assert_eq!(in_one, one_by_one, "the batch says something else");
    assert_eq!(digest(&whole), digest(&state), "the batch leads to another state");

    let mut tree = stage.state.clone();
    leaves.iter().for_each(|leaf| tree.skip_refused(&leaf.to_bytes()));
    assert_eq!((whole.size(), whole.root()), (tree.size(), tree.root()), "a leaf is not in its place");
}

/// The logs in pieces, and the leaves of the vectors' replays.
pub fn seeds() -> Vec<Seed> {
    let mut seeds = Vec::new();
    for (which, log) in (0..).zip(logs::ALL.iter()) {
        for (piece, leaves) in log.leaves.chunks(4).enumerate() {
            let head = [4 * piece as u8, 1, which];
            seeds.push(seed(format!("{}-{piece}", log.name), &head, bundle(leaves)));
        }
        for vector in vectors::of_kind("replay").filter(|vector| vector.text("base") == log.name) {
            let prefix = vector.file["input"]["prefix"].as_u64().unwrap_or_default() as u8;
            let leaves = vector.file["input"]["leaves"].as_array().into_iter().flatten();
            let leaves: Vec<Leaf> = leaves.filter_map(logs::leaf).collect();
            // A single leaf is a seed of `entry`.
            if leaves.len() > 1 && bundle(&leaves).len() < 6_000 {
                seeds.push(seed(&vector.name, &[prefix, 1, which], bundle(&leaves)));
            }
        }
    }
    seeds
}

fn bundle(leaves: &[Leaf]) -> Vec<u8> {
    let mut bundle = Vec::new();
    leaves.iter().take(MAX_LEAVES.into()).for_each(|leaf| append_to_bundle(&mut bundle, leaf));
    bundle
}
