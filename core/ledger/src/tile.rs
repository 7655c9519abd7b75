//! How a whole log is read (C2SP tlog-tiles): paths of tiles, and bundles of entries.

use std::fmt;

use thiserror::Error;

use crate::checkpoint::parse_decimal;
use crate::leaf::{Leaf, LeafError};

/// Hashes or entries in a full tile.
pub const TILE_WIDTH: u64 = 256;

/// Why a path or a bundle is not one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TileError {
    /// A bundle that ends inside an entry, or holds another number of entries than it should.
    #[error("not a bundle of that many entries")]
    Bundle,
    /// An entry that cannot be a leaf.
    #[error(transparent)]
    Leaf(#[from] LeafError),
    /// Not the path of a tile.
    #[error("not the path of a tile")]
    Path,
}

/// What a tile holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TileKind {
    /// Leaves themselves.
    Entries,
    /// Hashes of perfect subtrees of height `8 * level`; 0..=7 (8 * 8 bits are all of a u64).
    Hashes(u8),
}

/// The path of a tile below `/tile/`: `<level or "entries">/<index>[.p/<width>]`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TilePath {
    /// What it holds.
    pub kind: TileKind,
    /// Position among the tiles of its kind.
    pub index: u64,
    /// Number of hashes or entries, 1..=256; a tile of fewer than 256 is partial.
    pub width: u16,
}

impl TilePath {
    /// Parses the path below `/tile/`; every tile has exactly one.
    pub fn parse(path: &str) -> Result<Self, TileError> {
        let (kind, rest) = path.split_once('/').ok_or(TileError::Path)?;
        let kind = match kind {
            "entries" => TileKind::Entries,
            level => TileKind::Hashes(parse_level(level).ok_or(TileError::Path)?),
        };
        let (index, width) = match rest.split_once(".p/") {
            None => (rest, 256),
            Some((index, width)) => (index, parse_partial_width(width).ok_or(TileError::Path)?),
        };
        Ok(Self { kind, index: parse_index(index).ok_or(TileError::Path)?, width })
    }

    /// The tiles of `kind` that a tree of `size` leaves has, the last one partial where it is not full.
    pub fn all(kind: TileKind, size: u64) -> impl Iterator<Item = Self> {
        let nodes = match kind {
            TileKind::Entries => size,
            TileKind::Hashes(level) => size >> (8 * u32::from(level)),
        };
        (0..nodes.div_ceil(TILE_WIDTH)).map(move |index| {
            let width = (nodes - index * TILE_WIDTH).min(TILE_WIDTH);
            Self { kind, index, width: width as u16 }
        })
    }

    /// Index of the tile's first entry or hash at its level.
    pub fn start(&self) -> u64 {
        self.index * TILE_WIDTH
    }

    /// Index after the tile's last entry or hash at its level.
    pub fn end(&self) -> u64 {
        self.start() + u64::from(self.width)
    }
}

impl fmt::Display for TilePath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.kind {
            TileKind::Entries => f.write_str("entries")?,
            TileKind::Hashes(level) => write!(f, "{level}")?,
        }
        let digits = format!("{:03}", self.index);
        let digits = format!("{:0>1$}", digits, digits.len().div_ceil(3) * 3);
        for start in (0..digits.len()).step_by(3) {
            let more = if start + 3 < digits.len() { "x" } else { "" };
            write!(f, "/{more}{}", &digits[start..start + 3])?;
        }
        if self.width < 256 { write!(f, ".p/{}", self.width) } else { Ok(()) }
    }
}

fn parse_level(text: &str) -> Option<u8> {
    parse_decimal(text).and_then(|level| u8::try_from(level).ok()).filter(|level| *level <= 7)
}

fn parse_partial_width(text: &str) -> Option<u16> {
    parse_decimal(text).and_then(|width| u16::try_from(width).ok()).filter(|width| (1..=255).contains(width))
}

fn parse_index(text: &str) -> Option<u64> {
    let groups: Vec<&str> = text.split('/').take(8).collect();
    let (last, before) = groups.split_last()?;
    let mut digits = String::new();
    for group in before {
        digits.push_str(group.strip_prefix('x').filter(|group| is_group(group))?);
    }
    digits.push_str(Some(*last).filter(|group| is_group(group))?);
    // A first group of zeros would be a second name of the same tile. An index times 256 must stay a u64.
    let index: u64 = digits.parse().ok()?;
    let canonical = before.is_empty() || !digits.starts_with("000");
    (canonical && index < u64::MAX / TILE_WIDTH).then_some(index)
}

fn is_group(group: &str) -> bool {
    group.len() == 3 && group.bytes().all(|byte| byte.is_ascii_digit())
}

/// Adds one leaf to a bundle: its length in two bytes big-endian, then its bytes.
pub fn append_to_bundle(bundle: &mut Vec<u8>, leaf: &Leaf) {
    let bytes = leaf.to_bytes();
    // A leaf is at most 65,535 bytes by construction; saturating keeps this total.
    bundle.extend_from_slice(&u16::try_from(bytes.len()).unwrap_or(u16::MAX).to_be_bytes());
    bundle.extend_from_slice(&bytes);
}

/// Parses a bundle of exactly `width` leaves.
pub fn parse_bundle(mut bundle: &[u8], width: u16) -> Result<Vec<Leaf>, TileError> {
    let mut leaves = Vec::with_capacity(usize::from(width).min(256));
    while let Some((length, rest)) = bundle.split_first_chunk() {
        let length = usize::from(u16::from_be_bytes(*length));
        let (leaf, rest) = rest.split_at_checked(length).ok_or(TileError::Bundle)?;
        leaves.push(Leaf::parse(leaf)?);
        bundle = rest;
        if leaves.len() > usize::from(width) {
            return Err(TileError::Bundle);
        }
    }
    let complete = bundle.is_empty() && leaves.len() == usize::from(width);
    if complete { Ok(leaves) } else { Err(TileError::Bundle) }
}
