//! Who has done what in an election's ceremony and tally, and when: for trustees, who have to call each other, and for
//! auditors, who have to name whoever was absent.
//!
//! A message that the contract refuses is not in the log, so whoever sends only such ones is missing here, as is whoever
//! sends nothing.

use kodanik_crypto::time::UnixMinute;
use serde::Serialize;

use crate::ceremony::Round;
use crate::election::ElectionRecord;

/// What one trustee has done. A time that is missing means: not done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Attendance {
    /// Index, from 1.
    pub trustee: u16,
    /// The name in the manifest.
    pub name: String,
    /// When it committed.
    pub committed: Option<UnixMinute>,
    /// When it revealed what it had committed to.
    pub revealed: Option<UnixMinute>,
    /// When it sent the others their shares.
    pub dealt: Option<UnixMinute>,
    /// When it confirmed the key.
    pub confirmed: Option<UnixMinute>,
    /// Whether a share of it was proven wrong.
    pub culprit: bool,
    /// When it stated what the log held at the close.
    pub stated: Option<UnixMinute>,
    /// How many contests' sums it has opened.
    pub opened: usize,
    /// When it opened the last of them.
    pub opened_last: Option<UnixMinute>,
}

impl Attendance {
    /// Whether it has done all that was asked of it after the close, where so many contests are opened. Nobody needs more
    /// than t trustees for a result.
    pub fn took_part_in_tally(&self, contests_to_open: usize) -> bool {
        self.stated.is_some() && self.opened == contests_to_open
    }
}

impl ElectionRecord {
    /// Every trustee's attendance, in the order of the manifest.
    pub fn attendance(&self) -> Vec<Attendance> {
        let members = (1..).zip(&self.manifest().trustees.members);
        members.map(|(trustee, member)| self.attendance_of(trustee, &member.name)).collect()
    }

    fn attendance_of(&self, trustee: u16, name: &str) -> Attendance {
        let spoke = |round| self.ceremony().spoke(round, trustee);
        let (opened, opened_last) = self.counting().map_or((0, None), |counting| counting.opened(trustee));
        Attendance {
            trustee,
            name: name.to_owned(),
            committed: spoke(Round::Commit),
            revealed: spoke(Round::Reveal),
            dealt: spoke(Round::Shares),
            confirmed: spoke(Round::Confirm),
            culprit: self.ceremony().culprit() == Some(trustee),
            stated: self.counting().and_then(|counting| counting.statements().get(&trustee).copied()),
            opened,
            opened_last,
        }
    }
}
