//! End-to-end verifiable ballots, suite KODANIK-V1-P256 (protocol.md §3.1, §3.2). No I/O, no clock, no randomness
//! of its own.
//!
//! The actors:
//! - the **authority** writes a [`manifest::Manifest`];
//! - the **trustees** make the election's key together and later decrypt its sums, and only those
//!   ([`trustee::ceremony`], [`trustee::decrypt`]);
//! - the **issuers** sign a citizen's pseudonym blindly ([`token`]);
//! - the **citizen** has a [`pseudonym::PseudonymKey`], encrypts a choice into a [`ballot::BallotBody`]
//!   ([`cast::Encrypter`]), promises its tracker, and either tests it on a second phone ([`promise::open_test`]) and makes
//!   another, or casts it with the tokens and a signature; a second phone [`check::check`]s what was cast;
//! - **everybody** turns [`ballot::UnverifiedBallot`]s into [`verify::VerifiedBallot`]s or errors, adds up
//!   ([`tally::Sums`]), verifies the trustees' shares and reads the result ([`tally::Tally`]).
//!
//! Where to start: [`election::Election`], then [`cast`] and [`verify`] side by side. The proofs are in [`proof`].

pub mod ballot;
pub mod cast;
pub mod check;
mod code;
pub mod election;
pub mod elgamal;
pub mod ids;
pub mod manifest;
pub mod promise;
pub mod proof;
pub mod pseudonym;
pub mod tally;
pub mod token;
pub mod trustee;
pub mod verify;

#[cfg(any(test, feature = "testing"))]
pub mod testing;
