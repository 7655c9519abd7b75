//! This package is its tests. `tests/scenarios/main.rs` is the one binary; the numbers in the tests' names are those of
//! `docs/scenarios.md`. Here is only what makes the vectors that other implementations run ([`vectors`]), and the tokens and
//! words that both shells take from one place ([`shells`]).

pub mod shells;
pub mod vectors;
