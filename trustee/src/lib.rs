//! A trustee: one of those who hold an election's decryption key together, and none of whom can decrypt alone.
//!
//! A [`Trustee`] lives in a folder of its own, under a passphrase. It believes no server: it reads the log through a
//! [`board::Board`], replays it with the contract that everybody runs, and does what the log says is its turn:
//! - [`Trustee::keygen`]: its part of the key ceremony;
//! - [`Trustee::decrypt`]: after the close, one statement of what the log holds, and, once t trustees have stated
//!   the same, its shares of the decryption of those sums and of nothing else.
//!
//! Both advance as far as the log allows and then say what they wait for. A trustee may be killed at any moment and
//! started again: whatever it says in public is on its disk before.
//!
//! Before either, a person compares digits by voice: of the card that a trustee joins with, and of the manifest that it
//! agrees to ([`Trustee::agree`]). Who is awaited, absent or at fault, [`status`] says, for anybody who reads the log.
//!
//! Where to start: [`keygen`] and [`decrypt`]; `home` is the folder, on a `disk` (neither is public).

pub mod board;
pub mod decrypt;
mod disk;
pub mod error;
mod home;
pub mod keygen;
pub mod progress;
pub mod status;
mod trustee;

#[cfg(test)]
mod tests;

pub use error::TrusteeError;
pub use trustee::Trustee;
