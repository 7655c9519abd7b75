//! What each role decides and stores. A role knows no HTTP; `routes/` brings it requests.

pub mod eid_issuer;
pub mod eligibility;
pub mod relying_party;
pub mod public_body;
pub mod services;
pub mod xroad_test_server;
pub mod ledger;
