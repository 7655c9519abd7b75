//! The citizen's wallet. The citizen holds an e-ID, shows it to those who ask, uses public services, votes, and gets
//! everything that may come back after losing the phone. The wallet trusts no server: what a server says is checked
//! against what was pinned when the wallet was made ([`Trust`]), and a server that misbehaves leaves evidence.
//!
//! The phone (or the terminal, which says that it is software) implements [`platform`]: keys that never leave it, a
//! few small secrets, and the time. Everything the wallet knows lies in the sealed [`store`]; everything it says goes
//! out through one of the two planes of [`http`].
//!
//! Where to start: [`Wallet::init`] and [`Wallet::open`], then one file per thing a citizen does; the store in
//! [`store`]; backup codes in [`recovery`], which does no I/O.

pub mod backup;
pub mod credentials;
pub mod enrol;
pub mod error;
pub mod history;
pub mod http;
pub mod ledger;
pub mod link;
pub mod pin;
pub mod platform;
pub mod present;
pub mod recover;
pub mod recovery;
pub mod request;
pub mod store;
pub mod vote;
mod wallet;

pub use self::error::WalletError;
pub use self::link::Link;
pub use self::pin::PinEntry;
pub use self::platform::Platform;
pub use self::wallet::{Config, InitOptions, Trust, TrustOrigin, Wallet};
