//! What anybody can check about a transparency log without trusting whoever runs it.
//!
//! A log's *operator* appends leaves and signs *checkpoints*; *witnesses* cosign a checkpoint once they have seen
//! that it extends the one before; a *citizen's wallet* holds a *policy* (whose signatures it wants) and takes a
//! *receipt*: a leaf's inclusion proof and the cosigned checkpoint that the proof leads to. Two signed checkpoints
//! that cannot both be true are *evidence of misbehaviour*.
//!
//! Here is only the arithmetic: this crate has no I/O and no clock, and knows nothing of what an entry means.
//! Formats are those of RFC 6962 and C2SP; `protocol.md` §5 has them byte by byte.
//!
//! Where to start:
//! - [`receipt`]: what a wallet gets for an entry, and how it checks it;
//! - [`checkpoint`]: a signed tree head, unverified and verified; [`evidence`]: two that contradict each other;
//! - [`policy`]: whose signatures make a checkpoint count; [`key`] and [`note`]: keys and signed notes below it;
//! - [`tree`] and [`proof`]: hashes, the growing tree, inclusion and consistency;
//! - [`leaf`] and [`tile`]: what is logged, and how a whole log is read.

pub mod checkpoint;
pub mod evidence;
pub mod key;
pub mod leaf;
pub mod note;
pub mod policy;
pub mod proof;
pub mod receipt;
pub mod tile;
pub mod tree;

#[cfg(test)]
mod tests;
