//! The deterministic state machine that every gateway, auditor and validator runs over the same log.
//!
//! The *authority* announces an election, opens and closes it, and publishes its result; *trustees* make its key
//! and decrypt its sums; *issuers* say how many voting credentials they issued; *pseudonyms* cast ballots. Each
//! does so by an [`entry::Entry`] in the log. From the entries alone follows everything else: which entry may come
//! next, whose ballot counts, whether there may be a tally. Two parties that hold the same entries hold the same
//! [`state::State`]; whoever disagrees with a result can compute it.
//!
//! No I/O, no clock (time is the leaf's minute), no randomness, no floating point, no hash-map order.
//!
//! Where to start:
//! - [`entry`]: what can be logged, and [`signed`]: by whom;
//! - [`state`]: [`state::State::check`], which may run on many threads, then [`state::State::apply`], in order;
//! - [`rejection`]: every reason to refuse;
//! - [`election`]: what is known of one election; [`ceremony`], [`casting`], [`tally`]: its parts; [`attendance`]: its trustees;
//! - [`eligibility`]: who may vote, in numbers; [`issued`]: the lists behind the numbers;
//! - [`replay`]: from leaves to a state, for whoever trusts nobody.

pub mod attendance;
pub mod casting;
pub mod ceremony;
pub mod election;
pub mod eligibility;
pub mod entry;
pub mod issued;
pub mod rejection;
pub mod replay;
pub mod signed;
pub mod state;
pub mod tally;

// Test code, and kept where it is: among the tests, with a feature for those of other crates.
#[cfg(any(test, feature = "testing"))]
#[path = "tests/testing.rs"]
pub mod testing;
#[cfg(test)]
mod tests;
