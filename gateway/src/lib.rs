//! The gateway: what a citizen's wallet talks to.
//!
//! One process can play several *roles*, and in a real deployment several organisations each run some of them:
//! the ledger's operator, the e-ID issuer, the eligibility issuers, a relying party, the X-Road consumer, the
//! recovery office. Each role has its own keys and its own database file; they share a process only where the
//! configuration says so.
//!
//! Two listeners keep the two planes apart: the *identified plane* (e-ID, credentials, services, recovery) and the
//! *anonymous plane* (ledger, ballots). Nothing that names a person is ever served or asked for on the second.
//!
//! Where to start:
//! - [`init`] makes a gateway's folder: configuration, keys, certificates;
//! - [`office`] is the desk: enrol a person, prepare an election;
//! - [`server`] opens the roles, binds the two listeners, stops gracefully;
//! - `roles/` holds what each role decides and stores, `routes/` how it is reached over HTTP;
//! - `engines/` orders the log: embedded SQLite here, several operators later.

pub mod clock;
pub mod config;
pub mod context;
pub mod db;
pub mod eid;
pub mod engines;
pub mod error;
pub mod init;
pub mod office;
pub mod pki;
pub mod roles;
pub mod routes;
pub mod server;
pub mod status;
pub mod verifier;
