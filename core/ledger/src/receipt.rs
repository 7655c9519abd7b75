//! Receipts (C2SP tlog-proof): everything that is needed to verify offline that an entry is in a log.
//!
//! The text's `extra` line carries the minute at which the log took the entry (8 bytes big-endian): the wallet
//! knows its entry, and with the minute it can build the leaf. A wrong minute gives another leaf hash.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kodanik_crypto::time::UnixMinute;
use thiserror::Error;

use crate::checkpoint::{Checkpoint, CheckpointError, UnverifiedCheckpoint, parse_decimal, parse_hash};
use crate::leaf::{Leaf, LeafError};
use crate::note::SignedNote;
use crate::policy::Policy;
use crate::proof::{InclusionProof, ProofError};

const HEADER: &str = "c2sp.org/tlog-proof@v1";

/// Why a receipt is not one, or proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ReceiptError {
    /// The checkpoint is malformed or does not satisfy the policy.
    #[error(transparent)]
    Checkpoint(#[from] CheckpointError),
    /// The entry cannot be a leaf.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// Not the text of a receipt with its minute.
    #[error("not a receipt")]
    Malformed,
    /// The entry is not where the receipt says.
    #[error(transparent)]
    Proof(#[from] ProofError),
    /// More than [`UnverifiedReceipt::MAX_BYTES`].
    #[error("the receipt is too large")]
    TooLarge,
}

/// A receipt as it came. [`Self::verify`] makes it a [`Receipt`] for one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedReceipt {
    minute: UnixMinute,
    index: u64,
    proof: InclusionProof,
    checkpoint: UnverifiedCheckpoint,
}

impl UnverifiedReceipt {
    /// The largest receipt that is read: a note and 64 hashes.
    pub const MAX_BYTES: usize = SignedNote::MAX_BYTES + 4096;

    /// Puts a receipt together, on the log's side.
    pub fn new(
        minute: UnixMinute,
        index: u64,
        proof: InclusionProof,
        checkpoint: UnverifiedCheckpoint,
    ) -> Self {
        Self { minute, index, proof, checkpoint }
    }

    /// Parses the text; writing it again gives the same bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, ReceiptError> {
        if bytes.len() > Self::MAX_BYTES {
            return Err(ReceiptError::TooLarge);
        }
        let text = std::str::from_utf8(bytes).map_err(|_| ReceiptError::Malformed)?;
        let (proof, note) = text.split_once("\n\n").ok_or(ReceiptError::Malformed)?;
        let checkpoint = UnverifiedCheckpoint::parse(note.as_bytes())?;
        Self::parse_proof(proof, checkpoint).ok_or(ReceiptError::Malformed)
    }

    fn parse_proof(lines: &str, checkpoint: UnverifiedCheckpoint) -> Option<Self> {
        let mut lines = lines.split('\n');
        if lines.next()? != HEADER {
            return None;
        }
        let extra = STANDARD.decode(lines.next()?.strip_prefix("extra ")?).ok()?;
        let minute = UnixMinute(u64::from_be_bytes(extra.try_into().ok()?));
        let index = parse_decimal(lines.next()?.strip_prefix("index ")?)?;
        let hashes = lines.take(65).map(parse_hash).collect::<Option<Vec<_>>>()?;
        (hashes.len() <= 64).then_some(Self { minute, index, proof: InclusionProof(hashes), checkpoint })
    }

    /// The minute that the receipt claims.
    pub fn minute(&self) -> UnixMinute {
        self.minute
    }

    /// The index that the receipt claims.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// Verifies that exactly `entry` is in a log that `policy` trusts.
    pub fn verify(self, entry: &[u8], policy: &Policy) -> Result<Receipt, ReceiptError> {
        let checkpoint = self.checkpoint.verify(policy)?;
        let leaf = Leaf::new(self.minute, entry.to_vec())?;
        self.proof.verify(&leaf.hash(), self.index, checkpoint.size(), checkpoint.root())?;
        Ok(Receipt { index: self.index, minute: self.minute, checkpoint })
    }
}

/// The text of C2SP tlog-proof.
impl fmt::Display for UnverifiedReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{HEADER}")?;
        writeln!(f, "extra {}", STANDARD.encode(self.minute.0.to_be_bytes()))?;
        writeln!(f, "index {}", self.index)?;
        self.proof.0.iter().try_for_each(|hash| writeln!(f, "{}", STANDARD.encode(hash.0)))?;
        write!(f, "\n{}", self.checkpoint)
    }
}

/// That one entry is in a log, at an index, since a minute. Only [`UnverifiedReceipt::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Receipt {
    index: u64,
    minute: UnixMinute,
    checkpoint: Checkpoint,
}

impl Receipt {
    /// The entry's index in the log.
    pub fn index(&self) -> u64 {
        self.index
    }

    /// The minute at which the log took the entry.
    pub fn minute(&self) -> UnixMinute {
        self.minute
    }

    /// The checkpoint that the proof leads to.
    pub fn checkpoint(&self) -> &Checkpoint {
        &self.checkpoint
    }
}
