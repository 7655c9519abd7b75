//! The e-ID. Four parties meet here:
//!
//! - the **issuer** states who somebody is, in a credential that is bound to a key of the holder's device;
//! - the **holder**, a citizen's wallet, keeps the credential and shows parts of it;
//! - the **relying party** asks for claims, and is known by its certificate;
//! - the **trust anchors**, pinned beforehand, say who may be issuer and who may ask.
//!
//! The crate is the messages between them and every check on them. It has no I/O, reads no clock and takes randomness
//! as an argument; whatever signs on a phone is two steps (`signing_input`, then `finish`). What comes from outside is
//! parsed once, under a cap, into an `Unverified...` type, and becomes a `Verified...` one by its checks alone.
//!
//! Where to start:
//! - [`issuance`] (OpenID4VCI 1.0) and [`presentation`] (OpenID4VP 1.0): what holder, issuer and relying party say to
//!   one another; [`dcql`]: what a relying party asks for; [`oauth`], [`endpoint`]: what both protocols share;
//! - [`sd_jwt`]: the credential's format, and how a part of it is shown;
//! - [`trust`]: whose signature counts, for what, and under which name;
//! - [`status`]: whether a credential was revoked since;
//! - [`device_key`], [`dpop`]: proofs that somebody holds a key; [`rebinding`]: a new device for an old person;
//! - [`jose`], [`jwe`], [`json`]: the envelopes, strictly read.

pub mod dcql;
pub mod device_key;
pub mod dpop;
pub mod endpoint;
pub mod issuance;
pub mod jose;
pub mod json;
pub mod jwe;
pub mod oauth;
pub mod presentation;
pub mod rebinding;
pub mod sd_jwt;
pub mod status;
pub mod trust;

#[cfg(test)]
mod testing;
