//! Two signed checkpoints that cannot both be true, kept and shown.

use kodanik_crypto::encoding::{EncodingError, from_canonical_json, to_canonical_json};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::checkpoint::{Checkpoint, CheckpointError, UnverifiedCheckpoint};
use crate::policy::Policy;
use crate::proof::{ConsistencyProof, ProofError};

/// What the log did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Misbehaviour {
    /// Two heads whose growth from one to the other the log could not prove. That the log was asked and answered
    /// with this proof is the holder's word.
    NotConsistent,
    /// Two heads of one size with different roots: conclusive by itself, for anybody.
    SplitView,
}

/// The evidence: the two notes as they were signed, and the proof that the log offered, if any.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceOfMisbehaviour {
    /// What the log did.
    pub misbehaviour: Misbehaviour,
    /// The checkpoint that was known first; a signed note.
    pub first: String,
    /// The checkpoint that contradicts it; a signed note.
    pub second: String,
    /// The consistency proof that does not fit; empty for a split view.
    pub proof: ConsistencyProof,
}

/// Why two checkpoints could not be joined.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum AdvanceError {
    /// The checkpoints are of two different logs: nothing follows.
    #[error("checkpoints of two different logs")]
    OtherLog,
    /// The second checkpoint is older than the first, and no proof was at hand to join them the other way round.
    #[error("the checkpoint is older than the one already known")]
    Older,
    /// The log contradicts itself.
    #[error("the log contradicts itself")]
    Misbehaviour(Box<EvidenceOfMisbehaviour>),
}

/// Why a piece of evidence shows nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum EvidenceError {
    /// A note is malformed or not signed as the policy demands.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// Not the canonical JSON of a piece of evidence.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// The two checkpoints do not contradict each other.
    #[error("the checkpoints do not contradict each other")]
    NoContradiction,
    /// The two checkpoints are of two different logs.
    #[error("checkpoints of two different logs")]
    OtherLog,
}

/// Goes from the checkpoint `known` to `newer`, of the same log and at least as large: the only way in which a
/// wallet's or an auditor's view of a log moves.
pub fn advance(known: &Checkpoint, newer: &Checkpoint, proof: &ConsistencyProof) -> Result<(), AdvanceError> {
    if known.origin() != newer.origin() {
        return Err(AdvanceError::OtherLog);
    }
    let evidence = |misbehaviour, proof| {
        AdvanceError::Misbehaviour(Box::new(EvidenceOfMisbehaviour {
            misbehaviour,
            first: known.note().to_string(),
            second: newer.note().to_string(),
            proof,
        }))
    };
    if known.size() == newer.size() && known.root() != newer.root() {
        return Err(evidence(Misbehaviour::SplitView, ConsistencyProof::default()));
    }
    match proof.verify(known.size(), known.root(), newer.size(), newer.root()) {
        Ok(()) => Ok(()),
        Err(ProofError::Sizes) => Err(AdvanceError::Older),
        Err(_) => Err(evidence(Misbehaviour::NotConsistent, proof.clone())),
    }
}

impl EvidenceOfMisbehaviour {
    /// The largest evidence file that is read.
    pub const MAX_BYTES: usize = 256 * 1024;

    /// Parses an evidence file: canonical JSON. A split view has no proof beside it.
    pub fn parse(bytes: &[u8]) -> Result<Self, EvidenceError> {
        let evidence: Self = from_canonical_json(bytes, Self::MAX_BYTES)?;
        if evidence.misbehaviour == Misbehaviour::SplitView && evidence.proof != ConsistencyProof::default() {
            return Err(EncodingError::Shape.into());
        }
        Ok(evidence)
    }

    /// The evidence file.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EncodingError> {
        to_canonical_json(self)
    }

    /// Checks the evidence anew, as a third party: both notes signed under `policy`, and a contradiction.
    pub fn verify(&self, policy: &Policy) -> Result<Misbehaviour, EvidenceError> {
        let checkpoint = |note: &str| UnverifiedCheckpoint::parse(note.as_bytes())?.verify(policy);
        let (first, second) = (checkpoint(&self.first)?, checkpoint(&self.second)?);
        if first.origin() != second.origin() {
            return Err(EvidenceError::OtherLog);
        }
        // A proof from a size to itself contradicts nothing, whatever it holds.
        let is_growth = first.size() < second.size();
        if (self.misbehaviour == Misbehaviour::NotConsistent) != is_growth {
            return Err(EvidenceError::NoContradiction);
        }
        match advance(&first, &second, &self.proof) {
            Err(AdvanceError::Misbehaviour(found)) if found.misbehaviour == self.misbehaviour => {
                Ok(self.misbehaviour)
            }
            _ => Err(EvidenceError::NoContradiction),
        }
    }
}
