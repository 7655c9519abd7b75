//! The auditor: replays a ledger from entry 0 and says what it found. It trusts nothing but the policy it was given,
//! which names the keys whose signatures on a checkpoint count.
//!
//! An *auditor* is anybody: a party, an observer, a citizen with a laptop. It reads a log from a gateway or from an
//! exported file ([`source`]), checks every signature, hash, time, rule, proof and the tally by running the same
//! contract as the gateway ([`audit`]), and writes a [`report::Report`] for people and programs. It fails closed:
//! an entry that it does not know, or cannot check, is a finding.
//!
//! Where to start: [`audit::audit_url`] and [`audit::audit_file`], both by [`audit::audit`].

pub mod audit;
pub mod report;
pub mod source;
pub mod trustees;

#[cfg(test)]
mod tests;
