//! What an audit found, for people and for programs.

use std::collections::BTreeMap;
use std::fmt;

use kodanik_ballot::ids::{ElectionId, Tracker};
use kodanik_contract::election::{ElectionRecord, Phase};
use kodanik_contract::eligibility::Eligibility;
use serde::Serialize;

use crate::trustees::TrusteesReport;

/// The report of one audit.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The log's name.
    pub log: String,
    /// Number of entries that the checkpoint covers.
    pub size: u64,
    /// The checkpoint's root, hexadecimal.
    pub root: String,
    /// Whose signatures on the checkpoint were verified: the log, then witnesses.
    pub signed_by: Vec<String>,
    /// Whether the keys came from the log itself, which proves nothing about a log that cheats from the start.
    pub keys_on_trust: bool,
    /// Entries that passed every check, by type.
    pub verified: BTreeMap<String, u64>,
    /// Elections, by short name.
    pub elections: Vec<ElectionReport>,
    /// Issuers' lists that were given to the audit and are right; one that is not is a finding.
    pub issuer_lists: Vec<ListReport>,
    /// What is wrong, in the order of the log; empty for a log that is right.
    pub findings: Vec<Finding>,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The entry, where it is one entry's fault.
    pub entry: Option<u64>,
    /// The entry's type, where it can still be read.
    pub kind: Option<String>,
    /// The ballot's tracker, where the entry is one and can still be read.
    pub tracker: Option<Tracker>,
    /// A stable code.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
}

/// One election as the log shows it.
#[derive(Clone, Debug, Serialize)]
pub struct ElectionReport {
    /// The short name.
    pub election: String,
    /// For people.
    pub title: String,
    /// H_E, once the trustees' key exists.
    pub id: Option<ElectionId>,
    /// Where it stands.
    pub phase: Phase,
    /// Accepted ballots, replaced ones too.
    pub ballots: u64,
    /// Ballots that count: one for each pseudonym.
    pub counted: u64,
    /// What its trustees did.
    pub trustees: TrusteesReport,
    /// Credentials issued and used, by style and issuer, and what looks wrong about them.
    pub eligibility: Eligibility,
    /// The verified result, once published.
    pub contests: Vec<ContestReport>,
}

/// An issuer's list that is the one whose root and length the issuer logged, with nobody on it twice.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ListReport {
    /// The election's short name.
    pub election: String,
    /// The issuer's id.
    pub issuer: String,
    /// Lines of all styles.
    pub lines: usize,
}

/// One contest's verified result.
#[derive(Clone, Debug, Serialize)]
pub struct ContestReport {
    /// The contest's id.
    pub contest: String,
    /// For people.
    pub title: String,
    /// Ballots that hold this contest.
    pub ballots: u64,
    /// Options and votes, `blank` last; nothing where too few voted to publish it.
    pub votes: Option<Vec<(String, u64)>>,
}

impl Report {
    /// Whether every entry was verified and nothing is wrong.
    pub fn is_clean(&self) -> bool {
        self.findings.is_empty() && self.verified.values().sum::<u64>() == self.size
    }
}

impl From<&ElectionRecord> for ElectionReport {
    fn from(record: &ElectionRecord) -> Self {
        let manifest = record.manifest();
        Self {
            election: manifest.election.clone(),
            title: manifest.title.clone(),
            id: record.election().map(|election| election.id),
            phase: record.phase(),
            ballots: record.ballot_count(),
            counted: record.pseudonym_count(),
            trustees: TrusteesReport::from(record),
            eligibility: record.eligibility(),
            contests: contests(record),
        }
    }
}

fn contests(record: &ElectionRecord) -> Vec<ContestReport> {
    let manifest = record.manifest();
    let results = record.result().unwrap_or_default().iter();
    let report = |result: &kodanik_ballot::tally::ContestTally| {
        let contest = manifest.contest(&result.contest)?;
        let names = contest.options.iter().map(|option| option.title.clone());
        let names = names.chain(std::iter::once("Blank".to_owned()));
        Some(ContestReport {
            contest: contest.id.clone(),
            title: contest.title.clone(),
            ballots: result.ballots,
            votes: result.options.as_ref().map(|counts| names.zip(counts.iter().copied()).collect()),
        })
    };
    results.filter_map(report).collect()
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(entry) = self.entry {
            write!(f, "entry {entry}")?;
            if let Some(kind) = &self.kind {
                write!(f, " ({kind})")?;
            }
            f.write_str(": ")?;
        }
        f.write_str(&self.message)?;
        match &self.tracker {
            Some(tracker) => write!(f, "; tracker {tracker}"),
            None => Ok(()),
        }
    }
}

fn ballots(count: u64) -> String {
    counted(count, "ballot")
}

fn counted(count: u64, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// At most this many findings are shown to a person; a program gets all of them.
const SHOWN: usize = 20;

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Log       {}", self.log)?;
        writeln!(f, "Entries   {}, root {}", self.size, self.root)?;
        writeln!(f, "Signed    {}", self.signed_by.join(", "))?;
        if self.keys_on_trust {
            writeln!(
                f,
                "          with keys that the log itself published: give --policy for an audit that counts"
            )?;
        }
        let verified: Vec<String> =
            self.verified.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
        writeln!(f, "Verified  {}", verified.join(", "))?;
        for ListReport { election, issuer, lines } in &self.issuer_lists {
            writeln!(
                f,
                "List      {issuer} of {election}: {}, the list that it committed to, nobody twice",
                counted(*lines as u64, "line")
            )?;
        }
        self.elections.iter().try_for_each(|election| write!(f, "\n{election}"))?;
        if self.is_clean() {
            return write!(f, "\nNothing is wrong with this log.");
        }
        writeln!(f, "\n{} found:", if self.findings.len() == 1 { "One fault" } else { "Faults" })?;
        self.findings.iter().take(SHOWN).try_for_each(|finding| writeln!(f, "  - {finding}"))?;
        match self.findings.len().checked_sub(SHOWN) {
            Some(more) if more > 0 => write!(f, "  and {more} more (see --json)"),
            _ => write!(f, "Do not rely on this log."),
        }
    }
}

impl fmt::Display for ElectionReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = format!("{:?}", self.phase).to_lowercase();
        writeln!(f, "{} ({}), {phase}", self.title, self.election)?;
        writeln!(f, "  {} cast, {} counted", ballots(self.ballots), self.counted)?;
        write!(f, "{}", self.trustees)?;
        if self.id.is_some() {
            write!(f, "{}", self.eligibility)?;
        }
        for contest in &self.contests {
            writeln!(f, "  {}", contest.title)?;
            match &contest.votes {
                Some(votes) => {
                    votes.iter().try_for_each(|(name, count)| writeln!(f, "    {count:>6}  {name}"))?
                }
                None => writeln!(f, "    {}; too few to publish more", ballots(contest.ballots))?,
            }
        }
        Ok(())
    }
}
