//! The manifest: everything an election is, fixed before its key exists (protocol.md §3.1.2).
//!
//! An authority writes a [`ManifestDraft`]; a [`Manifest`] is one whose every rule was checked, and the only form
//! that the rest of the crate accepts.

use std::ops::Deref;

use kodanik_crypto::blind_rsa::BlindPublicKey;
use kodanik_crypto::encoding::{Binary, from_canonical_json, to_canonical_json};
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixMinute;
use kodanik_crypto::transcript::labelled_sha256;
use serde::{Deserialize, Serialize};

use crate::ids::ManifestHash;

mod rules;
#[cfg(test)]
mod tests;

pub use rules::ManifestError;

/// The one suite: P-256, exponential ElGamal, SHA-256, ES256, RSABSSA-SHA384.
pub const SUITE: &str = "KODANIK-V1-P256";
/// A manifest and its signature fit one ledger entry.
pub const MAX_MANIFEST_BYTES: usize = 64_000;
/// Most ciphertexts (options, blanks and slack bits) in the contests of one style.
pub const MAX_OPTIONS_PER_STYLE: usize = 150;
/// Most bytes of one ledger entry: a leaf of 65,535 bytes without its minute.
pub const MAX_ENTRY_BYTES: usize = 65_527;

/// A manifest as it is written, unchecked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ManifestDraft {
    /// How long and how often a ballot can be checked with another phone.
    pub check: CheckPolicy,
    /// First minute in which a ballot is late.
    pub closes: UnixMinute,
    /// What is asked.
    pub contests: Vec<Contest>,
    /// The election's slug: `[a-z0-9-]`, 1 to 63 characters.
    pub election: String,
    /// Who says that a pseudonym belongs to somebody on the roll.
    pub issuers: Issuers,
    /// Whether the close can be moved.
    pub kind: Kind,
    /// Origin of the log that this election runs on.
    pub log: String,
    /// Contests with fewer ballots than this publish their turnout only.
    pub min_cell: u32,
    /// First minute in which a ballot is accepted.
    pub opens: UnixMinute,
    /// Who is asked what.
    pub styles: Vec<Style>,
    /// [`SUITE`].
    pub suite: String,
    /// For people.
    pub title: String,
    /// Who holds the decryption key together.
    pub trustees: Trustees,
}

/// How citizens may check their phone; the limits bind honest wallets.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CheckPolicy {
    /// Minutes after the cast in which the ballot can be checked with another phone, 1 to 1440.
    pub minutes: u32,
    /// Ballots that may be tested before one is cast, 0 to 10; 0: not offered.
    pub tests: u32,
    /// Codes shown for a check with another phone, 0 to 10; 0: not offered.
    pub tries: u32,
}

/// How a contest is answered and counted. What cannot be counted by adding up has a name here so that its refusal can
/// say so.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Method {
    /// As [`Method::Selection`], and the chosen options' costs must not exceed the contest's budget.
    Budget,
    /// Options in an order: refused.
    Ranked,
    /// Between `min` and `max` of the options, or blank.
    #[default]
    Selection,
    /// Names that are not on the ballot: refused.
    WriteIn,
}

/// One question. Beside its options there is always a blank one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Contest {
    /// Most that the chosen options may cost together; 0 where the method is not [`Method::Budget`].
    #[serde(default)]
    pub budget: u64,
    /// Slug, unique in the manifest.
    pub id: String,
    /// Most options one can choose, at least 1.
    pub max: u32,
    /// How it is answered.
    #[serde(default)]
    pub method: Method,
    /// Fewest options one can choose without voting blank.
    pub min: u32,
    /// What can be chosen.
    pub options: Vec<ContestOption>,
    /// For people.
    pub title: String,
}

impl Contest {
    /// Number of numbers that are tallied: the options and, last, the blank.
    pub fn answers(&self) -> usize {
        self.options.len() + 1
    }

    /// Number of ciphertexts in a ballot: the answers, then the slack bits.
    pub fn ciphertexts(&self) -> usize {
        self.answers() + self.slack_bits()
    }

    /// Binary digits of the budget: what is not spent is encrypted digit by digit. 0 without a budget.
    pub fn slack_bits(&self) -> usize {
        (u64::BITS - self.budget.leading_zeros()) as usize
    }

    /// Whether the chosen options' costs are limited.
    pub fn has_budget(&self) -> bool {
        self.method == Method::Budget
    }

    /// How many values the weighted sum may take: `max - min + 1`.
    pub(crate) fn sums(&self) -> usize {
        (self.max - self.min) as usize + 1
    }
}

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContestOption {
    /// What choosing it takes from the contest's budget; 0 where there is none.
    #[serde(default)]
    pub cost: u64,
    /// Slug, unique in the contest.
    pub id: String,
    /// For people.
    pub title: String,
}

/// The contests that some citizens see, for example those of one district.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Style {
    /// Contest ids, in the order of the ballot.
    pub contests: Vec<String>,
    /// Slug, unique in the manifest.
    pub id: String,
}

/// Whether an election counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Closes when it says it closes.
    Binding,
    /// May be closed early.
    Trial,
}

/// The trustees and how many of them decrypt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Trustees {
    /// In the order of their index, which starts at 1.
    pub members: Vec<TrusteeMember>,
    /// t: more than half, at least 2.
    pub threshold: u16,
}

/// One trustee's public keys.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrusteeMember {
    /// For people.
    pub name: String,
    /// Key that the other trustees seal shares to.
    pub sealing_key: VerifyingKey,
    /// Key that signs this trustee's entries.
    pub signing_key: VerifyingKey,
}

/// The issuers of voting credentials and how many of them a ballot needs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuers {
    /// In the order in which a wallet takes the first `required`.
    pub members: Vec<Issuer>,
    /// q.
    pub required: u32,
}

/// One issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Issuer {
    /// Slug, unique in the manifest.
    pub id: String,
    /// One RSA key per style, in the order of the styles.
    pub keys: Vec<IssuerKey>,
    /// For people.
    pub name: String,
    /// Key that signs this issuer's counts.
    pub signing_key: VerifyingKey,
    /// Where a wallet asks.
    pub url: String,
}

/// An RSA-3072 key for one style of this one election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct IssuerKey {
    /// `SubjectPublicKeyInfo` in DER.
    pub spki: Binary,
    /// The style's id.
    pub style: String,
}

/// A manifest that keeps every rule. Read its members as those of [`ManifestDraft`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "ManifestDraft", into = "ManifestDraft")]
pub struct Manifest {
    draft: ManifestDraft,
    /// The issuers' keys, parsed: by issuer, then by style.
    issuer_keys: Vec<Vec<BlindPublicKey>>,
}

impl Manifest {
    /// Checks every rule of protocol.md §3.1.2.
    pub fn new(draft: ManifestDraft) -> Result<Self, ManifestError> {
        let issuer_keys = rules::check(&draft)?;
        Ok(Self { draft, issuer_keys })
    }

    /// Parses canonical JSON of at most [`MAX_MANIFEST_BYTES`] and checks every rule.
    pub fn parse(bytes: &[u8]) -> Result<Self, ManifestError> {
        Self::new(from_canonical_json(bytes, MAX_MANIFEST_BYTES)?)
    }

    /// The canonical JSON.
    pub fn to_bytes(&self) -> Vec<u8> {
        #[expect(clippy::expect_used, reason = "strings, integers and byte strings always encode")]
        to_canonical_json(&self.draft).expect("a manifest encodes")
    }

    /// H_M = SHA-256("KODANIK-V1-MANIFEST", canonical JSON).
    pub fn hash(&self) -> ManifestHash {
        ManifestHash::new(labelled_sha256("KODANIK-V1-MANIFEST", &[&self.to_bytes()]))
    }

    /// The style with this id.
    pub fn style(&self, id: &str) -> Option<&Style> {
        self.styles.iter().find(|style| style.id == id)
    }

    /// The contest with this id.
    pub fn contest(&self, id: &str) -> Option<&Contest> {
        self.contests.iter().find(|contest| contest.id == id)
    }

    /// The contests of a style, in the order of its ballot.
    pub fn contests_of<'a>(&'a self, style: &'a Style) -> impl Iterator<Item = &'a Contest> {
        style.contests.iter().filter_map(|id| self.contest(id))
    }

    /// The trustee with this index, which starts at 1.
    pub fn trustee(&self, index: u16) -> Option<&TrusteeMember> {
        self.trustees.members.get(usize::from(index).checked_sub(1)?)
    }

    /// n: how many trustees there are.
    pub fn trustee_count(&self) -> u16 {
        // The rules cap it at 16.
        self.trustees.members.len() as u16
    }

    /// The key with which the issuer at this place, from 0, signs for a style.
    pub fn issuer_key(&self, issuer: usize, style: &str) -> Option<&BlindPublicKey> {
        // An issuer's keys are in the order of the styles.
        let style = self.styles.iter().position(|candidate| candidate.id == style)?;
        self.issuer_keys.get(issuer)?.get(style)
    }

    /// The issuer with this id, and its place in the manifest.
    pub fn issuer(&self, id: &str) -> Option<(usize, &Issuer)> {
        self.issuers.members.iter().enumerate().find(|(_, issuer)| issuer.id == id)
    }
}

impl Deref for Manifest {
    type Target = ManifestDraft;
    fn deref(&self) -> &ManifestDraft {
        &self.draft
    }
}

impl TryFrom<ManifestDraft> for Manifest {
    type Error = ManifestError;
    fn try_from(draft: ManifestDraft) -> Result<Self, ManifestError> {
        Self::new(draft)
    }
}

impl From<Manifest> for ManifestDraft {
    fn from(manifest: Manifest) -> Self {
        manifest.draft
    }
}
