//! All parties in one process, over real sockets and real databases. Numbers are those of `docs/scenarios.md`.

/// The arrows of ARCHITECTURE.md, and what protocol crates must not touch.
#[path = "../../architecture.rs"]
mod architecture;
