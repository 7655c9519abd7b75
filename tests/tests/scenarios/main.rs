//! All parties in one process, over real sockets and real databases. Numbers are those of `docs/scenarios.md`.
#![expect(clippy::unwrap_used, reason = "a failure must stop the test where it happens, in helpers too")]

/// The arrows of ARCHITECTURE.md, and what protocol crates must not touch.
#[path = "../../architecture.rs"]
mod architecture;

/// Public services over X-Road: application, case, decision, evidence.
mod services;
/// What a wallet does about a gateway that drops, forks or lies.
mod lying_gateway;
/// From the e-ID to a ballot on the board, and what an issuer refuses.
mod voting;
/// A lost phone, a new one, and everything that may come back.
mod recovery;
/// The e-ID: getting it, showing it, and everything that can go wrong on the way.
mod enrol_present;
