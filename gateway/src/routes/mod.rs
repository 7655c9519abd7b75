//! How roles are reached: one module per protocol, each giving a router with its OpenAPI description.

pub mod docs;
pub mod elections;
pub mod eligibility;
pub mod health;
pub mod issuance;
pub mod ledger;
pub mod pages;
pub mod presentation;
pub mod recovery;
pub mod services;
pub mod trust;
