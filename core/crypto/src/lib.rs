//! Primitives that every protocol of Kodanik stands on. This crate knows no protocol, does no I/O, reads no
//! clock and takes randomness as an argument.
//!
//! Where to start:
//! - [`group`]: P-256 points and scalars, with the one strict parser that the wire uses, and bulk arithmetic;
//! - [`transcript`]: framing (a label, then length-prefixed fields), labelled SHA-256, Fiat-Shamir challenges;
//! - [`signature`]: ES256 in the low-S form, fixed 64-byte encoding, DER from phones' key stores;
//! - [`seal`]: AES-256-GCM with a random nonce; [`mod@derive`]: HKDF-SHA-256 and Argon2id;
//! - [`blind_rsa`]: blind signatures, RFC 9474 (RSABSSA-SHA384-PSSZERO-Deterministic, RSA-3072);
//! - [`passphrase`]: a secret in a file, under a passphrase;
//! - [`secret`]: bytes that wipe themselves and never print;
//! - [`encoding`]: base64url and canonical JSON (RFC 8785 restricted to integers);
//! - [`time`]: the two units of time that cross the wire.

pub mod blind_rsa;
pub mod derive;
pub mod encoding;
pub mod group;
pub mod passphrase;
pub mod seal;
pub mod secret;
pub mod signature;
pub mod time;
pub mod transcript;
