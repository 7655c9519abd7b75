//! What orders the log.
