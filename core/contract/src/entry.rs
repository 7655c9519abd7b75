//! What can be logged: one type per thing that somebody does (protocol.md §5.2.1 to §5.2.7).

use kodanik_ballot::ballot::UnverifiedBallot;
use kodanik_ballot::ids::ElectionId;
use kodanik_ballot::manifest::Manifest;
use kodanik_ballot::tally::ContestTally;
use kodanik_ballot::trustee::ceremony::{Commit, Complaint, Confirm, Reveal, Shares};
use kodanik_ballot::trustee::decrypt::{PartialDecryption, TrusteeStatement};
use kodanik_crypto::encoding::{Bytes, EncodingError, from_canonical_json, to_canonical_json};
use kodanik_crypto::signature::VerifyingKey;
use kodanik_ledger::leaf::Leaf;
use serde::{Deserialize, Serialize};

use crate::rejection::Rejection;
use crate::signed::{Signed, SignedBody};

/// An entry, of the right shape; whether it may be logged, [`crate::state::State`] decides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type")]
pub enum Entry {
    /// A ballot, or a later one of the same pseudonym.
    #[serde(rename = "ballot.cast")]
    BallotCast(UnverifiedBallot),
    /// The authority ends casting.
    #[serde(rename = "election.close")]
    ElectionClose(Signed<Close>),
    /// The authority announces an election.
    #[serde(rename = "election.manifest")]
    ElectionManifest(Signed<Manifest>),
    /// The authority opens an election whose key all trustees have confirmed.
    #[serde(rename = "election.open")]
    ElectionOpen(Signed<Open>),
    /// An issuer says how many credentials of a style it issued.
    #[serde(rename = "eligibility.counts")]
    EligibilityCounts(Signed<Counts>),
    /// The log's first entry.
    #[serde(rename = "genesis")]
    Genesis(Genesis),
    /// The authority publishes what the trustees' shares decrypt to.
    #[serde(rename = "tally.result")]
    TallyResult(Signed<TallyResult>),
    /// A trustee's share of one contest's decryption.
    #[serde(rename = "tally.share")]
    TallyShare(Signed<PartialDecryption>),
    /// A trustee states what it will decrypt.
    #[serde(rename = "tally.statement")]
    TallyStatement(Signed<TrusteeStatement>),
    /// A trustee commits to what it will reveal.
    #[serde(rename = "trustee.commit")]
    TrusteeCommit(Signed<Commit>),
    /// A trustee proves that another one's share is wrong.
    #[serde(rename = "trustee.complaint")]
    TrusteeComplaint(Signed<Complaint>),
    /// A trustee confirms the key.
    #[serde(rename = "trustee.confirm")]
    TrusteeConfirm(Signed<Confirm>),
    /// A trustee reveals its part of the key.
    #[serde(rename = "trustee.reveal")]
    TrusteeReveal(Signed<Reveal>),
    /// A trustee sends every other one a sealed share.
    #[serde(rename = "trustee.shares")]
    TrusteeShares(Signed<Shares>),
}

impl Entry {
    /// Parses canonical JSON of at most [`Leaf::MAX_ENTRY_BYTES`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Rejection> {
        from_canonical_json(bytes, Leaf::MAX_ENTRY_BYTES).map_err(|error| match error {
            EncodingError::TooLarge => Rejection::TooLarge,
            _ => Rejection::Malformed,
        })
    }

    /// The canonical JSON: what is logged.
    pub fn to_bytes(&self) -> Result<Vec<u8>, Rejection> {
        let bytes = to_canonical_json(self).map_err(|_| Rejection::Malformed)?;
        if bytes.len() > Leaf::MAX_ENTRY_BYTES { Err(Rejection::TooLarge) } else { Ok(bytes) }
    }
}

/// Names the log and who may open elections on it. Not signed: it is the log's own statement, and whoever trusts
/// the log's key trusts it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Genesis {
    /// Key of the authority that announces, opens and closes elections.
    pub authority_key: VerifyingKey,
    /// The log's origin.
    pub log: String,
}

/// Which election opens.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// H_E, which names manifest and key.
    pub election: ElectionId,
}

/// What an issuer issued in one style.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Counts {
    /// H_E.
    pub election: ElectionId,
    /// Credentials issued: the most pseudonyms that may bear this issuer's signature in this style.
    pub issued: u64,
    /// The issuer's id in the manifest.
    pub issuer: String,
    /// Root of the issuer's own list of what it issued, to be shown to auditors.
    pub root: Bytes<32>,
    /// The style's id.
    pub style: String,
}

/// What the box held when it was closed. The log can compute both; the authority's signature says that it saw them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Close {
    /// Ballots that count: one per pseudonym.
    pub ballots: u64,
    /// H_E.
    pub election: ElectionId,
    /// RFC 6962 root of the list of (vk, last tracker), sorted by vk (33 bytes); a leaf's data is
    /// [`kodanik_ballot::tally::last_ballot_leaf`].
    pub root: Bytes<32>,
}

/// The election's outcome.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TallyResult {
    /// In the manifest's order.
    pub contests: Vec<ContestTally>,
    /// H_E.
    pub election: ElectionId,
}

impl SignedBody for Close {
    const TYPE: &'static str = "election.close";
}

impl SignedBody for Counts {
    const TYPE: &'static str = "eligibility.counts";
}

impl SignedBody for Manifest {
    const TYPE: &'static str = "election.manifest";
}

impl SignedBody for Open {
    const TYPE: &'static str = "election.open";
}

impl SignedBody for TallyResult {
    const TYPE: &'static str = "tally.result";
}

impl SignedBody for PartialDecryption {
    const TYPE: &'static str = "tally.share";
}

impl SignedBody for TrusteeStatement {
    const TYPE: &'static str = "tally.statement";
}

impl SignedBody for Commit {
    const TYPE: &'static str = "trustee.commit";
}

impl SignedBody for Complaint {
    const TYPE: &'static str = "trustee.complaint";
}

impl SignedBody for Confirm {
    const TYPE: &'static str = "trustee.confirm";
}

impl SignedBody for Reveal {
    const TYPE: &'static str = "trustee.reveal";
}

impl SignedBody for Shares {
    const TYPE: &'static str = "trustee.shares";
}
