//! What trustees say on the ledger and how everybody checks it (protocol.md §3.2).
//!
//! - [`card`]: who they are, before there is an election: keys, and digits to compare by voice;
//! - [`ceremony`]: the key is made in the open: commit, reveal, sealed shares, confirm; every step is a message
//!   that anybody can check, and a [`ceremony::Complaint`] opens a share that is wrong;
//! - [`secret`]: a trustee's own side of it: states that can be put away and taken up again;
//! - [`decrypt`]: the close statement, and shares of the decryption with their proofs.
//!
//! Messages carry no signature of their own: each is the body of a ledger entry that its trustee signs.

pub mod card;
pub mod ceremony;
pub mod decrypt;
pub(crate) mod sealed;
pub mod secret;

pub use sealed::SealedShare;
