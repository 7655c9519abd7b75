//! The transparency log's arithmetic: RFC 6962 tree, C2SP checkpoints, cosignatures, proofs, policy.
