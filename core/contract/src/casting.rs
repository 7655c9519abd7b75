//! The box: each pseudonym's ballots in order, the last one counts (protocol.md §5.2.4).

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use kodanik_ballot::ballot::Position;
use kodanik_ballot::ids::Tracker;
use kodanik_ballot::tally::last_ballot_leaf;
use kodanik_ballot::verify::VerifiedBallot;
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::tree::{Frontier, NodeHash, leaf_hash};

use crate::eligibility::Bearers;
use crate::rejection::Rejection;

/// A ballot in the log, as its pseudonym's history shows it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LoggedBallot {
    /// The entry.
    pub index: u64,
    /// When the log took it.
    pub minute: UnixMinute,
    /// Its place among the pseudonym's ballots, from 1.
    pub seq: u32,
    /// Its tracker.
    pub tracker: Tracker,
}

/// Everything that one pseudonym has cast.
#[derive(Clone, Debug)]
pub(crate) struct Pseudonym {
    history: Vec<LoggedBallot>,
    /// Positions in the manifest of the issuers whose tokens any of its ballots bore.
    issuers: BTreeSet<usize>,
    last: VerifiedBallot,
}

/// A ballot that was checked by itself; only its place among the others is open.
#[derive(Clone, Debug)]
pub(crate) struct CheckedBallot {
    pub(crate) ballot: VerifiedBallot,
    /// Positions in the manifest of the issuers whose tokens it bears.
    pub(crate) issuers: Vec<usize>,
}

/// All ballots of one election, by pseudonym (33 bytes SEC 1).
#[derive(Clone, Debug, Default)]
pub(crate) struct Casting {
    pseudonyms: BTreeMap<Bytes<33>, Pseudonym>,
    trackers: BTreeMap<Tracker, u64>,
    bearers: Bearers,
}

impl Casting {
    /// The entry that holds this ballot already.
    pub(crate) fn index_of(&self, tracker: &Tracker) -> Option<u64> {
        self.trackers.get(tracker).copied()
    }

    pub(crate) fn ballots_of(&self, pseudonym: &VerifyingKey) -> &[LoggedBallot] {
        self.pseudonyms.get(&Bytes(pseudonym.to_sec1())).map_or(&[], |pseudonym| &pseudonym.history)
    }

    pub(crate) fn ballot_count(&self) -> u64 {
        self.trackers.len() as u64
    }

    pub(crate) fn pseudonym_count(&self) -> u64 {
        self.pseudonyms.len() as u64
    }

    /// The ballots that count: each pseudonym's last one.
    pub(crate) fn counted(&self) -> impl Iterator<Item = &VerifiedBallot> {
        self.pseudonyms.values().map(|pseudonym| &pseudonym.last)
    }

    /// Which issuers' signatures how many pseudonyms bear.
    pub(crate) fn bearers(&self) -> &Bearers {
        &self.bearers
    }

    /// Whether this ballot follows the pseudonym's last one.
    pub(crate) fn check_order(&self, ballot: &VerifiedBallot) -> Result<(), Rejection> {
        let Some(pseudonym) = self.pseudonyms.get(&Bytes(ballot.vk().to_sec1())) else {
            return check_position(ballot.position(), Position::FIRST);
        };
        if ballot.position() == Position::FIRST {
            return Err(Rejection::SecondFirstBallot);
        }
        let last = &pseudonym.last;
        check_position(ballot.position(), last.position().next(*last.tracker()))?;
        if ballot.style() == last.style() { Ok(()) } else { Err(Rejection::StyleChanged) }
    }

    /// Takes in a ballot whose order was checked.
    pub(crate) fn accept(&mut self, checked: CheckedBallot, index: u64, minute: UnixMinute) {
        let CheckedBallot { ballot, issuers } = checked;
        let (key, tracker) = (Bytes(ballot.vk().to_sec1()), *ballot.tracker());
        let logged = LoggedBallot { index, minute, seq: ballot.position().seq, tracker };
        match self.pseudonyms.entry(key) {
            Entry::Vacant(vacant) => {
                let issuers: BTreeSet<usize> = issuers.into_iter().collect();
                self.bearers.add(ballot.style(), issuers.clone());
                vacant.insert(Pseudonym { history: vec![logged], issuers, last: ballot });
            }
            Entry::Occupied(occupied) => {
                let pseudonym = occupied.into_mut();
                let before = pseudonym.issuers.clone();
                pseudonym.issuers.extend(issuers);
                if before != pseudonym.issuers {
                    self.bearers.change(ballot.style(), before, pseudonym.issuers.clone());
                }
                pseudonym.last = ballot;
                pseudonym.history.push(logged);
            }
        }
        self.trackers.insert(tracker, index);
    }

    /// The root of the list that a close entry carries: every pseudonym's last ballot, sorted by pseudonym.
    pub(crate) fn list_root(&self) -> NodeHash {
        let mut list = Frontier::new();
        for ballot in self.counted() {
            let leaf = last_ballot_leaf(ballot.election(), ballot.vk(), ballot.tracker());
            list.push(leaf_hash(&leaf), |_, _| {});
        }
        list.root()
    }
}

fn check_position(found: Position, expected: Position) -> Result<(), Rejection> {
    if found.seq != expected.seq {
        return Err(Rejection::WrongSequence);
    }
    if found.prev == expected.prev { Ok(()) } else { Err(Rejection::WrongPrevious) }
}
