//! What orders the log.

pub mod embedded;
