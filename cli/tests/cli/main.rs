//! The binary `kodanik` as people and scripts run it: processes, sockets, files, exit codes. The numbers in the names
//! are those of `docs/scenarios.md`.
#![expect(clippy::unwrap_used, reason = "a failure must stop the test where it happens, in helpers too")]

/// One person does everything by hand, as the README shows.
mod by_hand;
/// Five trustees at their own machines, one of them killed.
mod ceremony;
/// The story that `cargo run` tells.
mod demo;
/// Three of four issuers, their counts and lists.
mod issuers;
/// The gateway dies in the middle of casting.
mod kill_nine;
/// An open election for whoever builds an app.
mod playground;
/// A terminal, and a gateway in another one.
mod terminal;
/// Command lines that are wrong, and what errors must not say.
mod usage;
/// From nothing to an open election, command by command.
mod world;
