//! An issuer's list of what it issued, as it is shown to auditors (protocol.md §3.3.5): salted ids and hashes, no times,
//! no signatures, nobody's number. Its root and length are on the ledger.

use std::collections::BTreeSet;

use kodanik_ballot::ids::ElectionId;
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::transcript::frame;
use kodanik_ledger::tree::{Frontier, leaf_hash};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::election::ElectionRecord;
use crate::eligibility::Issued;

const LINE_LABEL: &str = "KODANIK-V1-ISSUED";

/// What an issuer issued in one election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedList {
    /// H_E.
    pub election: ElectionId,
    /// The issuer's id in the manifest.
    pub issuer: String,
    /// In the manifest's order.
    pub styles: Vec<IssuedStyle>,
}

/// What it issued in one style.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedStyle {
    /// One for each person, sorted by salted id.
    pub lines: Vec<IssuedLine>,
    /// The style's id.
    pub style: String,
}

/// One person's credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuedLine {
    /// SHA-256 of the blinded message that was signed.
    pub blinded_hash: Bytes<32>,
    /// The person, salted by the issuer.
    pub person: Bytes<32>,
}

/// Why a list is not the one whose root the issuer logged.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ListError {
    /// The log has no counts of this issuer for this style yet.
    #[error("{issuer} has not logged its counts for style {style}: nothing to compare with")]
    NotCounted {
        /// The issuer's id.
        issuer: String,
        /// The style's id.
        style: String,
    },
    /// The list has another length than the issuer logged.
    #[error("style {style}: the list has {listed} lines, and {logged} were logged")]
    OtherNumber {
        /// Lines of the list.
        listed: u64,
        /// What the issuer logged.
        logged: u64,
        /// The style's id.
        style: String,
    },
    /// The same length and another content.
    #[error("style {style}: the list does not have the root that was logged: it is another list")]
    OtherRoot {
        /// The style's id.
        style: String,
    },
    /// Not the manifest's styles in the manifest's order.
    #[error("the list does not have the election's ballot styles")]
    OtherStyles,
    /// A person has two lines, in one style or in two: the issuer signed twice for somebody.
    #[error("style {style}: somebody is listed twice: the issuer signed for one person more than once")]
    PersonTwice {
        /// The style's id of the second line.
        style: String,
    },
    /// Lines are not sorted by person.
    #[error("style {style}: the list is not sorted by person")]
    Unsorted {
        /// The style's id.
        style: String,
    },
    /// The manifest has no such issuer.
    #[error("the election has no issuer {0}")]
    UnknownIssuer(String),
}

impl IssuedList {
    /// Whether this is the list that the issuer committed to in the log, with one line for each person. That a person
    /// exists, is on the roll and asked, only the issuer's roll and the citizen's signature beside each line can show.
    pub fn check(&self, record: &ElectionRecord) -> Result<(), ListError> {
        let manifest = record.manifest();
        let unknown = || ListError::UnknownIssuer(self.issuer.clone());
        let (position, _) = manifest.issuer(&self.issuer).ok_or_else(unknown)?;
        let styles = self.styles.iter().map(|style| &style.style);
        if !styles.eq(manifest.styles.iter().map(|style| &style.id)) {
            return Err(ListError::OtherStyles);
        }
        let mut people = BTreeSet::new();
        for style in &self.styles {
            let not_counted =
                || ListError::NotCounted { issuer: self.issuer.clone(), style: style.style.clone() };
            let logged = record.counts(position, &style.style).ok_or_else(not_counted)?;
            style.check_people(&mut people)?;
            style.check_counts(&self.election, &logged)?;
        }
        Ok(())
    }
}

impl IssuedStyle {
    /// Number of lines, and the RFC 6962 root over them.
    pub fn count(&self, election: &ElectionId) -> Issued {
        let mut frontier = Frontier::new();
        for line in &self.lines {
            frontier.push(leaf_hash(&line.leaf(election, &self.style)), |_, _| {});
        }
        Issued { issued: frontier.size(), root: Bytes(frontier.root().0) }
    }

    fn check_people(&self, people: &mut BTreeSet<Bytes<32>>) -> Result<(), ListError> {
        let style = || self.style.clone();
        let twice = self.lines.iter().any(|line| !people.insert(line.person));
        if twice {
            return Err(ListError::PersonTwice { style: style() });
        }
        let sorted = self.lines.is_sorted_by(|a, b| a.person < b.person);
        if sorted { Ok(()) } else { Err(ListError::Unsorted { style: style() }) }
    }

    fn check_counts(&self, election: &ElectionId, logged: &Issued) -> Result<(), ListError> {
        let (listed, style) = (self.count(election), self.style.clone());
        if listed.issued != logged.issued {
            return Err(ListError::OtherNumber { listed: listed.issued, logged: logged.issued, style });
        }
        if listed.root == logged.root { Ok(()) } else { Err(ListError::OtherRoot { style }) }
    }
}

impl IssuedLine {
    /// What the root covers: framed "KODANIK-V1-ISSUED", H_E, style, person, hash of the blinded message.
    fn leaf(&self, election: &ElectionId, style: &str) -> Vec<u8> {
        let fields: [&[u8]; 4] =
            [election.as_bytes(), style.as_bytes(), &self.person.0, &self.blinded_hash.0];
        frame(LINE_LABEL, &fields)
    }
}
