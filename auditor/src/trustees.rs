//! What an election's trustees did: for whoever has to name those that were absent, or lied.

use std::fmt;

use kodanik_contract::attendance::Attendance;
use kodanik_contract::election::{ElectionRecord, Phase};
use kodanik_contract::tally::Counting;
use serde::Serialize;

/// The trustees' part in an election. A message that the contract refused is not in the log: who sent only such ones is
/// absent.
#[derive(Clone, Debug, Serialize)]
pub struct TrusteesReport {
    /// t: so many open the sums.
    pub threshold: u16,
    /// Who has done what, and when (minutes since 1970).
    pub attendance: Vec<Attendance>,
    /// The trustee whose share was proven wrong in the key ceremony, by index.
    pub culprit: Option<u16>,
    /// Once the result is published: those who had no part in the tally, by index.
    pub absent: Vec<u16>,
}

impl From<&ElectionRecord> for TrusteesReport {
    fn from(record: &ElectionRecord) -> Self {
        let attendance = record.attendance();
        let to_open = record.counting().map_or(0, Counting::contests_to_open);
        let is_over = record.phase() == Phase::Tallied;
        let absent = attendance.iter().filter(|line| is_over && !line.took_part_in_tally(to_open));
        Self {
            threshold: record.manifest().trustees.threshold,
            absent: absent.map(|line| line.trustee).collect(),
            culprit: record.ceremony().culprit(),
            attendance,
        }
    }
}

impl TrusteesReport {
    fn names(&self, wanted: impl Fn(&Attendance) -> bool) -> String {
        let wanted = self.attendance.iter().filter(|line| wanted(line));
        let names = wanted.map(|line| format!("trustee {} ({})", line.trustee, line.name));
        names.collect::<Vec<_>>().join(", ")
    }
}

impl fmt::Display for TrusteesReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |done: fn(&Attendance) -> bool| self.attendance.iter().filter(|line| done(line)).count();
        let (all, confirmed) = (self.attendance.len(), count(|line| line.confirmed.is_some()));
        write!(f, "  trustees: {confirmed} of {all} confirmed the key")?;
        match count(|line| line.stated.is_some()) {
            0 => writeln!(f)?,
            stated => writeln!(f, ", {stated} stated the sums ({} are needed)", self.threshold)?,
        }
        if self.culprit.is_some() {
            writeln!(f, "    sent a wrong share: {}", self.names(|line| line.culprit))?;
        }
        if !self.absent.is_empty() {
            let absent = self.names(|line| self.absent.contains(&line.trustee));
            writeln!(f, "    had no part in the tally: {absent}")?;
        }
        Ok(())
    }
}
