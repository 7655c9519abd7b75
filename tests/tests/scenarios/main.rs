//! All parties in one process, over real sockets and real databases. Numbers are those of `docs/scenarios.md`.
#![expect(clippy::unwrap_used, reason = "a failure must stop the test where it happens, in helpers too")]

/// The arrows of ARCHITECTURE.md, and what protocol crates must not touch.
#[path = "../../architecture.rs"]
mod architecture;

/// The wallet as a phone's shell sees it.
mod bindings;
/// What the documents say of the code, and the code of the documents.
mod documents;
/// The numbers behind the voting credential: q of m issuers, one that is down, one that cheats.
mod eligibility;
/// The e-ID: getting it, showing it, and everything that can go wrong on the way.
mod enrol_present;
/// What a wallet does about a gateway that drops, forks or lies.
mod lying_gateway;
/// A lost phone, a new one, and everything that may come back.
mod recovery;
/// Public services over X-Road: application, case, decision, evidence.
mod services;
/// Android's and iOS's screens, states, faults and words against the bridge and each other.
mod shells;
/// The vectors that other implementations run.
mod vectors;
/// From the e-ID to a ballot on the board, and what an issuer refuses.
mod voting;
