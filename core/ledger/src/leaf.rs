//! What is logged: a minute and an entry. Time is part of the leaf, so that nobody can move an entry in time
//! without changing the root.

use kodanik_crypto::time::UnixMinute;
use thiserror::Error;

use crate::tree::{NodeHash, leaf_hash};

/// A leaf that no log of ours can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LeafError {
    /// No entry behind the minute.
    #[error("a leaf without an entry")]
    Empty,
    /// More than [`Leaf::MAX_ENTRY_BYTES`] bytes of entry.
    #[error("the entry is larger than 65,527 bytes")]
    TooLarge,
}

/// One leaf: `u64be(minute) || entry`, 9..=65,535 bytes (a tlog-tiles bundle counts lengths in 16 bits).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Leaf {
    minute: UnixMinute,
    entry: Vec<u8>,
}

impl Leaf {
    /// The largest entry.
    pub const MAX_ENTRY_BYTES: usize = 65_535 - 8;

    /// A leaf of a non-empty entry.
    pub fn new(minute: UnixMinute, entry: Vec<u8>) -> Result<Self, LeafError> {
        match entry.len() {
            0 => Err(LeafError::Empty),
            1..=Self::MAX_ENTRY_BYTES => Ok(Self { minute, entry }),
            _ => Err(LeafError::TooLarge),
        }
    }

    /// Parses the leaf's bytes.
    pub fn parse(bytes: &[u8]) -> Result<Self, LeafError> {
        let (minute, entry) = bytes.split_first_chunk().ok_or(LeafError::Empty)?;
        Self::new(UnixMinute(u64::from_be_bytes(*minute)), entry.to_vec())
    }

    /// The minute at which the log took the entry.
    pub fn minute(&self) -> UnixMinute {
        self.minute
    }

    /// What was logged; this crate does not know what it means.
    pub fn entry(&self) -> &[u8] {
        &self.entry
    }

    /// `u64be(minute) || entry`.
    pub fn to_bytes(&self) -> Vec<u8> {
        [&self.minute.0.to_be_bytes(), self.entry.as_slice()].concat()
    }

    /// The leaf's hash in the tree.
    pub fn hash(&self) -> NodeHash {
        leaf_hash(&self.to_bytes())
    }
}
