//! End-to-end verifiable ballots, suite KODANIK-V1-P256.
