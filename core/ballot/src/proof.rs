//! Zero-knowledge proofs, made non-interactive by hashing everything they speak of (strong Fiat-Shamir).
//!
//! - [`membership`]: a ciphertext holds one of a few consecutive numbers (Cramer, Damgard, Schoenmakers 1994). With
//!   {0, 1} it is the proof of an option; with {min..max} that of a contest's sum; with one number it is the proof
//!   of Chaum and Pedersen.
//! - `prover`: makes it, in constant time, with nonces from the ballot's seed.
//! - `contest`: what is proven, and the one challenge that all proofs of a contest answer.
//! - [`dleq`]: two points have the same logarithm to two bases (Chaum, Pedersen 1992): trustees' shares.
//! - `combination`: many equations over the group as one.
//!
//! All carry their commitments and no challenge that can be computed: one form only, and equations that add up.

pub(crate) mod combination;
pub(crate) mod contest;
pub mod dleq;
pub mod membership;
pub(crate) mod prover;
