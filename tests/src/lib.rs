//! Empty on purpose: this package is its tests. `tests/scenarios/main.rs` is the one binary; the numbers in the
//! tests' names are those of `docs/scenarios.md`.
