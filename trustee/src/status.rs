//! Where an election stands as far as its trustees are concerned: who has done what, who is awaited since when, who was
//! found lying, and whether those who are there are enough. It reads the log and nothing else, so that anybody can ask.

use kodanik_ballot::trustee::card::Fingerprint;
use kodanik_contract::attendance::Attendance;
use kodanik_contract::ceremony::{Fault, Round};
use kodanik_contract::election::{ElectionRecord, Phase};
use kodanik_contract::tally::Counting;
use kodanik_crypto::time::UnixMinute;
use serde::Serialize;

use crate::decrypt::check_counts;
use crate::error::TrusteeError;

/// The report.
#[derive(Clone, Debug, Serialize)]
pub struct Status {
    /// The election's short name.
    pub election: String,
    /// For people.
    pub title: String,
    /// Where it stands.
    pub phase: Phase,
    /// Digits of the manifest, for comparing by voice.
    pub manifest: Fingerprint,
    /// Digits of manifest and key, once the key can be computed.
    pub key: Option<Fingerprint>,
    /// t: so many open the sums.
    pub threshold: u16,
    /// How many contests have enough ballots to be opened; nothing before the close.
    pub contests_to_open: Option<usize>,
    /// Everybody, in the manifest's order.
    pub trustees: Vec<TrusteeStatus>,
    /// What has to happen next.
    pub next: Next,
}

/// One trustee.
#[derive(Clone, Debug, Serialize)]
pub struct TrusteeStatus {
    /// Digits of its card, as they stand in the manifest.
    pub card: Fingerprint,
    /// What it has done, and when.
    #[serde(flatten)]
    pub attendance: Attendance,
}

/// What has to happen next, and who has to do it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "await")]
pub enum Next {
    /// The authority closes casting.
    Close,
    /// An issuer says how many credentials it issued.
    Counts {
        /// Its id.
        issuer: String,
        /// Since when: the close.
        since: UnixMinute,
    },
    /// Nothing: everybody who opened sums runs `decrypt` once more, which destroys the share of the key.
    Destroy,
    /// The authority opens casting.
    Open,
    /// The authority publishes the result: enough trustees have opened the sums.
    Result,
    /// The ceremony starts again without the trustee whose share was wrong.
    Restart(Fault),
    /// Trustees speak in this round of the ceremony; it needs all of them.
    Round {
        /// Which one.
        round: Round,
        /// Who has not spoken.
        missing: Vec<u16>,
        /// Since when: the round before ended.
        since: UnixMinute,
    },
    /// Trustees open the sums; t of them are enough.
    Shares {
        /// How many have opened all of them.
        have: usize,
        /// Who has not.
        missing: Vec<u16>,
        /// t.
        need: usize,
        /// Since when: t trustees had stated the same.
        since: UnixMinute,
    },
    /// Trustees state what the log holds; t of them are enough.
    Statements {
        /// How many have.
        have: usize,
        /// Who has not.
        missing: Vec<u16>,
        /// t.
        need: usize,
        /// Since when: the close.
        since: UnixMinute,
    },
    /// Nobody may open anything: an issuer signed more than it says.
    Stop {
        /// Its id.
        issuer: String,
        /// The style's id.
        style: String,
    },
}

impl From<&ElectionRecord> for Status {
    fn from(record: &ElectionRecord) -> Self {
        let manifest = record.manifest();
        let cards = manifest.trustees.members.iter().map(Fingerprint::of_card);
        let trustees = cards.zip(record.attendance());
        Self {
            election: manifest.election.clone(),
            title: manifest.title.clone(),
            phase: record.phase(),
            manifest: Fingerprint::of_manifest(&manifest.hash()),
            key: record.election().map(|election| Fingerprint::of_election(&election.id)),
            threshold: manifest.trustees.threshold,
            contests_to_open: record.counting().map(Counting::contests_to_open),
            trustees: trustees.map(|(card, attendance)| TrusteeStatus { card, attendance }).collect(),
            next: next(record),
        }
    }
}

impl Status {
    /// A trustee's name; empty for an index that there is not.
    pub fn name(&self, trustee: u16) -> &str {
        let found = self.trustees.iter().find(|line| line.attendance.trustee == trustee);
        found.map_or("", |line| line.attendance.name.as_str())
    }
}

fn next(record: &ElectionRecord) -> Next {
    match (record.phase(), record.counting()) {
        (Phase::Tallied, _) => Next::Destroy,
        (_, Some(counting)) => next_in_tally(record, counting),
        (Phase::Ready, _) => Next::Open,
        (Phase::Open, _) => Next::Close,
        _ => next_in_ceremony(record),
    }
}

fn next_in_ceremony(record: &ElectionRecord) -> Next {
    let ceremony = record.ceremony();
    if let Some(fault) = ceremony.fault() {
        return Next::Restart(fault);
    }
    let Some(round) = ceremony.round() else { return Next::Open };
    let since = ceremony.began(round).unwrap_or(ceremony.announced());
    Next::Round { round, missing: ceremony.missing(round), since }
}

fn next_in_tally(record: &ElectionRecord, counting: &Counting) -> Next {
    match check_counts(record) {
        Err(TrusteeError::MorePseudonymsThanIssued { issuer, style }) => return Next::Stop { issuer, style },
        Ok(Some(issuer)) => return Next::Counts { issuer, since: counting.closed() },
        _ => {}
    }
    let attendance = record.attendance();
    let without = |present: &dyn Fn(&Attendance) -> bool| -> Vec<u16> {
        attendance.iter().filter(|line| !present(line)).map(|line| line.trustee).collect()
    };
    let need = usize::from(record.manifest().trustees.threshold);
    let Some(agreed) = counting.agreed() else {
        let missing = without(&|line| line.stated.is_some());
        let have = counting.statements().len();
        return Next::Statements { have, missing, need, since: counting.closed() };
    };
    if counting.tally().is_ok() {
        return Next::Result;
    }
    let missing = without(&|line| line.took_part_in_tally(counting.contests_to_open()));
    Next::Shares { have: attendance.len() - missing.len(), missing, need, since: agreed }
}
