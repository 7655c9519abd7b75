//! Every rule, mostly by breaking it.

mod casting;
mod ceremony;
mod eligibility;
mod entries;
mod issued;
mod tally;

use kodanik_ballot::ballot::{Position, UnverifiedBallot};

use crate::entry::Entry;
use crate::rejection::Rejection;
use crate::testing::{TestElection, TestLog, TestVoter};

/// An honest first ballot.
fn first_ballot(election: &TestElection, voter: u64) -> UnverifiedBallot {
    election.ballot(&TestVoter::new(voter), Position::FIRST, [&[0], &[1]])
}

/// A refused entry leaves the log as it was.
#[track_caller]
fn assert_refused(log: &mut TestLog, entry: &Entry, rejection: Rejection) {
    let before = (log.state.size(), log.state.root());
    assert_eq!(log.submit(entry), Err(rejection));
    assert_eq!((log.state.size(), log.state.root()), before);
}
