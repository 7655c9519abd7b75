//! Checkpoints (C2SP tlog-checkpoint): a log's name, its size and its root, signed by the log and cosigned by
//! witnesses.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use kodanik_crypto::time::UnixSeconds;
use thiserror::Error;

use crate::key::{KeyName, NoteSigner};
use crate::note::{NoteError, SignedNote};
use crate::policy::{Policy, PolicyError};
use crate::tree::NodeHash;

/// How far a cosigner's clock may run ahead of ours, in seconds.
pub const CLOCK_LEEWAY_SECONDS: u64 = 120;

/// Why a checkpoint is not one, or does not count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CheckpointError {
    /// Not the three lines of a checkpoint. Extension lines, which nobody can audit, are refused.
    #[error("not a checkpoint")]
    Malformed,
    /// Not a signed note.
    #[error(transparent)]
    Note(#[from] NoteError),
    /// The signatures do not satisfy the policy.
    #[error(transparent)]
    Policy(#[from] PolicyError),
}

/// What a checkpoint states: the note's text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreeHead {
    /// The log's name, which its key carries too.
    pub origin: KeyName,
    /// Number of leaves.
    pub size: u64,
    /// RFC 6962 root hash at that size.
    pub root: NodeHash,
}

impl TreeHead {
    fn parse(text: &str) -> Result<Self, CheckpointError> {
        let mut lines = text.split('\n');
        let mut next = || lines.next().ok_or(CheckpointError::Malformed);
        let (origin, size, root) = (next()?, next()?, next()?);
        let head = Self {
            origin: KeyName::parse(origin).map_err(|_| CheckpointError::Malformed)?,
            size: parse_decimal(size).ok_or(CheckpointError::Malformed)?,
            root: parse_hash(root).ok_or(CheckpointError::Malformed)?,
        };
        // One form only: an extension line, a stray zero or a missing newline does not survive the trip.
        if head.to_string() == text { Ok(head) } else { Err(CheckpointError::Malformed) }
    }

    /// Signs with each key in its own way: the log's key first, then cosigners with their time.
    pub fn sign(&self, keys: &[&NoteSigner], now: UnixSeconds) -> Result<UnverifiedCheckpoint, NoteError> {
        let text = self.to_string();
        let signatures = keys.iter().map(|key| key.sign(&text, now)).collect();
        Ok(UnverifiedCheckpoint { head: self.clone(), note: SignedNote::new(text, signatures)? })
    }
}

/// The note's text: three lines.
impl fmt::Display for TreeHead {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}\n{}\n{}", self.origin, self.size, STANDARD.encode(self.root.0))
    }
}

/// A checkpoint as it came: what it says may be a lie. [`Self::verify`] makes it a [`Checkpoint`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnverifiedCheckpoint {
    head: TreeHead,
    note: SignedNote,
}

impl UnverifiedCheckpoint {
    /// Parses the signed note.
    pub fn parse(bytes: &[u8]) -> Result<Self, CheckpointError> {
        let note = SignedNote::parse(bytes)?;
        Ok(Self { head: TreeHead::parse(note.text())?, note })
    }

    /// What the note claims, for whoever has to ask for a proof before they can verify.
    pub fn dangerous_unverified_head(&self) -> &TreeHead {
        &self.head
    }

    /// The note itself.
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// Verifies signatures and quorum under a policy.
    pub fn verify(self, policy: &Policy) -> Result<Checkpoint, CheckpointError> {
        let cosignatures = policy.check(&self.head.origin, &self.note)?;
        Ok(Checkpoint { head: self.head, note: self.note, cosignatures })
    }
}

/// The note, as it goes over the wire.
impl fmt::Display for UnverifiedCheckpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.note.fmt(f)
    }
}

/// A witness's verified statement that it saw this head as the newest one at this time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cosignature {
    /// The witness's name in the policy.
    pub witness: String,
    /// When it signed, by its own clock.
    pub at: UnixSeconds,
}

/// A checkpoint that satisfied a policy. Only [`UnverifiedCheckpoint::verify`] makes one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Checkpoint {
    head: TreeHead,
    note: SignedNote,
    cosignatures: Vec<Cosignature>,
}

/// Why a checkpoint has no age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum FreshnessError {
    /// The newest cosignature lies more than [`CLOCK_LEEWAY_SECONDS`] ahead of `now`.
    #[error("the checkpoint was cosigned in the future")]
    FromTheFuture,
    /// No trusted witness cosigned: nobody says when this head was the newest.
    #[error("no trusted witness says when this was the newest checkpoint")]
    NoCosignature,
}

impl Checkpoint {
    /// The log's name.
    pub fn origin(&self) -> &KeyName {
        &self.head.origin
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.head.size
    }

    /// The root hash.
    pub fn root(&self) -> &NodeHash {
        &self.head.root
    }

    /// What the checkpoint states.
    pub fn head(&self) -> &TreeHead {
        &self.head
    }

    /// The note that was verified, to be kept and shown to others.
    pub fn note(&self) -> &SignedNote {
        &self.note
    }

    /// The cosignatures of witnesses that the policy trusts.
    pub fn cosignatures(&self) -> &[Cosignature] {
        &self.cosignatures
    }

    /// Age in seconds of the newest cosignature of a trusted witness at `now`.
    pub fn freshness(&self, now: UnixSeconds) -> Result<u64, FreshnessError> {
        let newest = self.cosignatures.iter().map(|c| c.at).max().ok_or(FreshnessError::NoCosignature)?;
        if newest > now.plus(CLOCK_LEEWAY_SECONDS) {
            return Err(FreshnessError::FromTheFuture);
        }
        Ok(now.since(newest))
    }
}

/// A decimal number in its only form: no sign, no leading zero.
pub(crate) fn parse_decimal(text: &str) -> Option<u64> {
    let number: u64 = text.parse().ok()?;
    (number.to_string() == text).then_some(number)
}

/// Standard base64 of 32 bytes.
pub(crate) fn parse_hash(text: &str) -> Option<NodeHash> {
    let bytes = STANDARD.decode(text).ok()?;
    bytes.try_into().ok().map(NodeHash)
}
