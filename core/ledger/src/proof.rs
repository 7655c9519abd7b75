//! Inclusion and consistency proofs: made per RFC 6962 section 2.1.1 and 2.1.2, verified per RFC 9162 sections
//! 2.1.3.2 and 2.1.4.2. A proof has exactly as many hashes as its sizes ask for; one more or fewer is refused.

use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::tree::{NodeHash, NodeReader, node_hash, range_root, split_point};

/// Why a proof proves nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The hashes lead to another root.
    #[error("the proof leads to another root")]
    Mismatch,
    /// The leaf lies beyond the tree, or the older tree is the larger one.
    #[error("the proof's sizes make no sense")]
    Sizes,
    /// Too many or too few hashes for these sizes.
    #[error("the proof has a wrong number of hashes")]
    WrongLength,
}

/// Why a proof could not be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum MakeProofError<E> {
    /// The leaf lies beyond the tree, or the older tree is the larger one.
    #[error("the proof's sizes make no sense")]
    Sizes,
    /// The tree's storage failed.
    #[error("the tree could not be read")]
    Reader(E),
}

/// That a leaf is in a tree: sibling hashes from the leaf up to the root.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct InclusionProof(pub Vec<NodeHash>);

/// That a larger tree has a smaller one as its beginning.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConsistencyProof(pub Vec<NodeHash>);

impl InclusionProof {
    /// `PATH(index, D[size])`.
    pub fn make<R: NodeReader>(reader: &R, index: u64, size: u64) -> Result<Self, MakeProofError<R::Error>> {
        if index >= size {
            return Err(MakeProofError::Sizes);
        }
        let mut siblings = Vec::new();
        let (mut start, mut end) = (0, size);
        while end - start > 1 {
            let split = start + split_point(end - start);
            let sibling = if index < split { (split, end) } else { (start, split) };
            siblings.push(range_root(reader, sibling.0, sibling.1).map_err(MakeProofError::Reader)?);
            (start, end) = if index < split { (start, split) } else { (split, end) };
        }
        siblings.reverse();
        Ok(Self(siblings))
    }

    /// Verifies that `leaf` is at `index` of the tree of `size` leaves that has `root`.
    pub fn verify(&self, leaf: &NodeHash, index: u64, size: u64, root: &NodeHash) -> Result<(), ProofError> {
        if index >= size {
            return Err(ProofError::Sizes);
        }
        let (mut node, mut last, mut hash) = (index, size - 1, *leaf);
        for sibling in &self.0 {
            if last == 0 {
                return Err(ProofError::WrongLength);
            }
            if node & 1 == 1 || node == last {
                hash = node_hash(sibling, &hash);
                climb_to_right_child(&mut node, &mut last);
            } else {
                hash = node_hash(&hash, sibling);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        if last != 0 {
            return Err(ProofError::WrongLength);
        }
        if hash == *root { Ok(()) } else { Err(ProofError::Mismatch) }
    }
}

/// Skips the levels at which the right edge has no sibling of its own.
fn climb_to_right_child(node: &mut u64, last: &mut u64) {
    while *node & 1 == 0 && *node != 0 {
        *node >>= 1;
        *last >>= 1;
    }
}

impl ConsistencyProof {
    /// `PROOF(from, D[to])`. From the empty tree, and from a tree to itself, it is empty.
    pub fn make<R: NodeReader>(reader: &R, from: u64, to: u64) -> Result<Self, MakeProofError<R::Error>> {
        if from > to {
            return Err(MakeProofError::Sizes);
        }
        if from == 0 || from == to {
            return Ok(Self::default());
        }
        let mut hashes = Vec::new();
        let (mut start, mut end, mut whole) = (0, to, true);
        while from != end {
            let split = start + split_point(end - start);
            let sibling = if from <= split { (split, end) } else { (start, split) };
            hashes.push(range_root(reader, sibling.0, sibling.1).map_err(MakeProofError::Reader)?);
            if from <= split {
                end = split;
            } else {
                (start, whole) = (split, false);
            }
        }
        if !whole {
            hashes.push(range_root(reader, start, end).map_err(MakeProofError::Reader)?);
        }
        hashes.reverse();
        Ok(Self(hashes))
    }

    /// Verifies that the tree (`to`, `new_root`) begins with the tree (`from`, `old_root`).
    pub fn verify(
        &self,
        from: u64,
        old_root: &NodeHash,
        to: u64,
        new_root: &NodeHash,
    ) -> Result<(), ProofError> {
        if from > to {
            return Err(ProofError::Sizes);
        }
        if from == to {
            return if self.0.is_empty() { same(old_root, new_root) } else { Err(ProofError::WrongLength) };
        }
        if from == 0 {
            let empty = if self.0.is_empty() { Ok(()) } else { Err(ProofError::WrongLength) };
            return empty.and_then(|()| same(old_root, &crate::tree::empty_root()));
        }
        self.verify_growth(from, old_root, to, new_root)
    }

    /// RFC 9162 section 2.1.4.2, for 0 < from < to.
    fn verify_growth(
        &self,
        from: u64,
        old_root: &NodeHash,
        to: u64,
        new_root: &NodeHash,
    ) -> Result<(), ProofError> {
        // A perfect old tree is its own first node, which the proof therefore leaves out.
        let mut hashes = from.is_power_of_two().then_some(old_root).into_iter().chain(&self.0);
        let (mut node, mut last) = (from - 1, to - 1);
        while node & 1 == 1 {
            (node, last) = (node >> 1, last >> 1);
        }
        let first = *hashes.next().ok_or(ProofError::WrongLength)?;
        let (mut old, mut new) = (first, first);
        for hash in hashes {
            if last == 0 {
                return Err(ProofError::WrongLength);
            }
            if node & 1 == 1 || node == last {
                old = node_hash(hash, &old);
                new = node_hash(hash, &new);
                climb_to_right_child(&mut node, &mut last);
            } else {
                new = node_hash(&new, hash);
            }
            (node, last) = (node >> 1, last >> 1);
        }
        if last != 0 {
            return Err(ProofError::WrongLength);
        }
        same(&old, old_root).and_then(|()| same(&new, new_root))
    }
}

fn same(a: &NodeHash, b: &NodeHash) -> Result<(), ProofError> {
    if a == b { Ok(()) } else { Err(ProofError::Mismatch) }
}
