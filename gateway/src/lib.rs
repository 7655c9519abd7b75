//! The gateway: embedded ledger, issuers, relying party, services, recovery, on axum.
