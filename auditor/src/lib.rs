//! The auditor: replays a ledger from entry 0 and says what it found.
