//! The deterministic state machine that every gateway, auditor and validator runs over the ledger's entries.
