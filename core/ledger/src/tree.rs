//! The Merkle tree of RFC 6962 section 2.1, and the little of it that its owner has to keep in memory.

use std::fmt;

use kodanik_crypto::encoding::{Bytes, to_hex};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use sha2::{Digest, Sha256};

/// A node of the tree: SHA-256, 32 bytes. In JSON: base64url.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeHash(pub [u8; 32]);

impl fmt::Debug for NodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "NodeHash({})", to_hex(&self.0))
    }
}

impl fmt::Display for NodeHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

impl Serialize for NodeHash {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Bytes(self.0).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for NodeHash {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Bytes::<32>::deserialize(deserializer).map(|bytes| Self(bytes.0))
    }
}

/// The hash of a leaf: `SHA-256(0x00 || data)`.
pub fn leaf_hash(data: &[u8]) -> NodeHash {
    NodeHash(Sha256::new().chain_update([0]).chain_update(data).finalize().into())
}

/// The hash of an inner node: `SHA-256(0x01 || left || right)`.
pub fn node_hash(left: &NodeHash, right: &NodeHash) -> NodeHash {
    NodeHash(Sha256::new().chain_update([1]).chain_update(left.0).chain_update(right.0).finalize().into())
}

/// The root of the tree without leaves: `SHA-256("")`.
pub fn empty_root() -> NodeHash {
    NodeHash(Sha256::digest([]).into())
}

/// The place of a perfect subtree: it covers the leaves `index << level .. (index + 1) << level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId {
    /// Height above the leaves, 0..=63.
    pub level: u8,
    /// Position among the subtrees of this height.
    pub index: u64,
}

/// Whoever keeps the hashes of perfect subtrees: a database, a list of leaf hashes.
pub trait NodeReader {
    /// Why a hash could not be read.
    type Error;

    /// The hash of a perfect subtree whose leaves are all in the log.
    fn node(&self, id: NodeId) -> Result<NodeHash, Self::Error>;
}

/// The right edge of a growing tree: one hash per perfect subtree, the largest first. Enough to append and to know
/// the root, at most 64 hashes for any size.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    subtrees: Vec<NodeHash>,
}

impl Frontier {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// The edge of a stored tree with `size` leaves.
    pub fn read<R: NodeReader>(reader: &R, size: u64) -> Result<Self, R::Error> {
        let subtrees = perfect_subtrees(size).map(|id| reader.node(id)).collect::<Result<_, _>>()?;
        Ok(Self { size, subtrees })
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Appends a leaf's hash and reports every subtree that it completes, the leaf itself first.
    pub fn push(&mut self, leaf: NodeHash, mut completed: impl FnMut(NodeId, NodeHash)) {
        let mut id = NodeId { level: 0, index: self.size };
        let mut hash = leaf;
        completed(id, hash);
        while id.index & 1 == 1
            && let Some(left) = self.subtrees.pop()
        {
            hash = node_hash(&left, &hash);
            id = NodeId { level: id.level + 1, index: id.index >> 1 };
            completed(id, hash);
        }
        self.subtrees.push(hash);
        self.size += 1;
    }

    /// The root hash at the present size.
    pub fn root(&self) -> NodeHash {
        let from_the_right = self.subtrees.iter().rev().copied();
        from_the_right.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(empty_root)
    }
}

/// The perfect subtrees that a tree of `size` leaves falls into, the largest first.
fn perfect_subtrees(size: u64) -> impl Iterator<Item = NodeId> {
    (0..64u8).rev().filter(move |level| size >> level & 1 == 1).map(move |level| {
        let index = (size >> level) & !1;
        NodeId { level, index }
    })
}

/// The root of the first `size` leaves of a stored tree.
pub fn root<R: NodeReader>(reader: &R, size: u64) -> Result<NodeHash, R::Error> {
    Frontier::read(reader, size).map(|frontier| frontier.root())
}

/// `MTH(D[start:end])` of RFC 6962 for a range that a proof names: `start` is a multiple of the power of two at or
/// above the range's length.
pub(crate) fn range_root<R: NodeReader>(reader: &R, start: u64, end: u64) -> Result<NodeHash, R::Error> {
    let length = end - start;
    if length.is_power_of_two() {
        let level = length.trailing_zeros();
        return reader.node(NodeId { level: level as u8, index: start >> level });
    }
    let split = start + split_point(length);
    Ok(node_hash(&range_root(reader, start, split)?, &range_root(reader, split, end)?))
}

/// The largest power of two below `length`, which is at least 2.
pub(crate) fn split_point(length: u64) -> u64 {
    1 << (63 - (length - 1).leading_zeros())
}

/// A whole tree in memory, for small logs and for checking exported ones.
#[derive(Clone, Debug, Default)]
pub struct MemoryTree {
    levels: Vec<Vec<NodeHash>>,
    frontier: Frontier,
}

impl MemoryTree {
    /// The tree without leaves.
    pub fn new() -> Self {
        Self::default()
    }

    /// Appends a leaf's hash.
    pub fn push(&mut self, leaf: NodeHash) {
        let levels = &mut self.levels;
        self.frontier.push(leaf, |id, hash| {
            let level = usize::from(id.level);
            if levels.len() == level {
                levels.push(Vec::new());
            }
            levels[level].push(hash);
        });
    }

    /// Number of leaves.
    pub fn size(&self) -> u64 {
        self.frontier.size()
    }

    /// The root hash at the present size.
    pub fn root(&self) -> NodeHash {
        self.frontier.root()
    }
}

/// A subtree was asked for that the tree does not have.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the tree has no such subtree")]
pub struct NoSuchNode;

impl NodeReader for MemoryTree {
    type Error = NoSuchNode;

    fn node(&self, id: NodeId) -> Result<NodeHash, NoSuchNode> {
        let index = usize::try_from(id.index).map_err(|_| NoSuchNode)?;
        let level = self.levels.get(usize::from(id.level)).ok_or(NoSuchNode)?;
        level.get(index).copied().ok_or(NoSuchNode)
    }
}
