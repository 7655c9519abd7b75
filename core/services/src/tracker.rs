//! Where a long-running case stands, and when to ask again (`protocol.md §6.7`).

use kodanik_crypto::time::UnixSeconds;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Shortest and longest pause between two questions, in seconds.
pub const SHORTEST_PAUSE: u64 = 2;
/// Longest pause between two questions: six hours.
pub const LONGEST_PAUSE: u64 = 6 * 3600;

/// The states of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseState {
    /// Decided against the citizen.
    Declined,
    /// Decided: there is a document.
    Done,
    /// The citizen has to add something.
    NeedsInput,
    /// Somebody or something works on it.
    Processing,
    /// The application is in.
    Received,
    /// Taken back by the citizen.
    Withdrawn,
}

impl CaseState {
    /// Whether nothing will happen any more.
    pub fn is_final(self) -> bool {
        matches!(self, Self::Declined | Self::Done | Self::Withdrawn)
    }

    /// Whether a provider may go from here to `next` in one step.
    pub fn may_become(self, next: Self) -> bool {
        use CaseState::{Declined, Done, NeedsInput, Processing, Received, Withdrawn};
        match self {
            Received => matches!(next, Processing | Withdrawn),
            Processing => matches!(next, NeedsInput | Done | Declined | Withdrawn),
            NeedsInput => matches!(next, Processing | Declined | Withdrawn),
            Declined | Done | Withdrawn => false,
        }
    }

    /// Whether `later` can be seen after this one, with steps in between that nobody saw.
    fn may_lead_to(self, later: Self) -> bool {
        !self.is_final() && later != Self::Received
    }
}

/// What a provider says of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseStatus {
    /// The state.
    pub state: CaseState,
    /// Since when.
    pub since: UnixSeconds,
}

/// A status that cannot follow what was seen before: the provider contradicts itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("the case went from {from:?} to {to:?}")]
pub struct ImpossibleStep {
    /// Seen before.
    pub from: CaseState,
    /// Said now.
    pub to: CaseState,
}

/// What an answer brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Observation {
    /// The state is another.
    Changed,
    /// An answer that is older than what is known, or the same.
    Unchanged,
}

/// A case as its citizen follows it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tracker {
    /// The last status seen.
    pub status: CaseStatus,
    /// When it was last asked for, answered or not.
    asked: UnixSeconds,
    /// Questions without an answer since.
    failures: u32,
}

impl Tracker {
    /// Starts with what the provider said on receipt.
    pub fn new(status: CaseStatus, now: UnixSeconds) -> Self {
        Self { status, asked: now, failures: 0 }
    }

    /// Takes an answer in. A late, older answer changes nothing; a final state never changes.
    pub fn observe(&mut self, seen: CaseStatus, now: UnixSeconds) -> Result<Observation, ImpossibleStep> {
        self.asked = now;
        self.failures = 0;
        let known = self.status;
        if seen == known || seen.since < known.since {
            return Ok(Observation::Unchanged);
        }
        if !known.state.may_lead_to(seen.state) {
            return Err(ImpossibleStep { from: known.state, to: seen.state });
        }
        self.status = seen;
        Ok(Observation::Changed)
    }

    /// Notes that nobody answered.
    pub fn note_failure(&mut self, now: UnixSeconds) {
        self.asked = now;
        self.failures = self.failures.saturating_add(1);
    }

    /// When to ask next; `None` once the case is closed. A quarter of the time the case has not changed, doubled
    /// for each failure, within 2 s and 6 h: a fresh case is followed closely, an old one leaves everybody alone.
    pub fn next_question(&self) -> Option<UnixSeconds> {
        if self.status.state.is_final() {
            return None;
        }
        let quiet = self.asked.since(self.status.since) / 4;
        let factor = 1u64.checked_shl(self.failures.min(32)).unwrap_or(u64::MAX);
        let pause = quiet.max(SHORTEST_PAUSE).saturating_mul(factor).min(LONGEST_PAUSE);
        Some(self.asked.plus(pause))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const ALL: [CaseState; 6] = [
        CaseState::Declined,
        CaseState::Done,
        CaseState::NeedsInput,
        CaseState::Processing,
        CaseState::Received,
        CaseState::Withdrawn,
    ];

    fn status(state: CaseState, since: u64) -> CaseStatus {
        CaseStatus { state, since: UnixSeconds(since) }
    }

    #[test]
    fn a_case_goes_its_way() {
        let mut tracker = Tracker::new(status(CaseState::Received, 100), UnixSeconds(100));
        let mut see = |state, since| tracker.observe(status(state, since), UnixSeconds(since));
        assert_eq!(see(CaseState::Received, 100), Ok(Observation::Unchanged));
        assert_eq!(see(CaseState::Processing, 110), Ok(Observation::Changed));
        assert_eq!(see(CaseState::Received, 100), Ok(Observation::Unchanged));
        assert_eq!(see(CaseState::NeedsInput, 120), Ok(Observation::Changed));
        assert_eq!(see(CaseState::Done, 130), Ok(Observation::Changed));
        assert_eq!(tracker.next_question(), None);
    }

    #[test]
    fn a_decision_does_not_change() {
        for end in ALL.into_iter().filter(|state| state.is_final()) {
            for next in ALL {
                let mut tracker = Tracker::new(status(end, 100), UnixSeconds(100));
                assert!(!end.may_become(next));
                assert!(tracker.observe(status(next, 101), UnixSeconds(101)).is_err(), "{end:?} {next:?}");
                assert_eq!(tracker.status.state, end);
            }
        }
        let mut tracker = Tracker::new(status(CaseState::Processing, 100), UnixSeconds(100));
        assert!(tracker.observe(status(CaseState::Received, 101), UnixSeconds(101)).is_err());
    }

    #[test]
    fn pauses_grow_with_silence_and_with_failures() {
        let mut tracker = Tracker::new(status(CaseState::Processing, 1000), UnixSeconds(1000));
        assert_eq!(tracker.next_question(), Some(UnixSeconds(1002)));
        tracker.note_failure(UnixSeconds(1002));
        assert_eq!(tracker.next_question(), Some(UnixSeconds(1006)));
        tracker.note_failure(UnixSeconds(1006));
        assert_eq!(tracker.next_question(), Some(UnixSeconds(1014)));
        tracker.observe(status(CaseState::Processing, 1000), UnixSeconds(1400)).unwrap();
        assert_eq!(tracker.next_question(), Some(UnixSeconds(1500)));
    }

    proptest! {
        #[test]
        fn a_pause_is_always_within_its_bounds(since: u32, asked: u32, failures in 0u32..100) {
            let mut tracker = Tracker::new(status(CaseState::Processing, since.into()), UnixSeconds(asked.into()));
            for _ in 0..failures {
                tracker.note_failure(UnixSeconds(asked.into()));
            }
            let pause = tracker.next_question().unwrap().since(UnixSeconds(asked.into()));
            prop_assert!((SHORTEST_PAUSE..=LONGEST_PAUSE).contains(&pause));
        }
    }
}
