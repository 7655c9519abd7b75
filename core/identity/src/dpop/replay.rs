//! Proofs that were seen.

use std::collections::BTreeMap;

use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::labelled_sha256;

use super::{DpopError, VerifiedDpop, WINDOW};

/// Remembers each proof for as long as it could be used again, and no more than `capacity` of them.
#[derive(Debug)]
pub struct ReplayCache {
    capacity: usize,
    /// Until when each proof is remembered, by a hash of key and `jti`.
    seen: BTreeMap<[u8; 32], UnixSeconds>,
}

impl ReplayCache {
    /// An empty cache for at most `capacity` proofs.
    pub fn new(capacity: usize) -> Self {
        Self { capacity, seen: BTreeMap::new() }
    }

    /// Admits a proof once. A full cache admits nothing: forgetting a proof early would let it in twice.
    pub fn admit(&mut self, proof: &VerifiedDpop, now: UnixSeconds) -> Result<(), DpopError> {
        let key = proof.thumbprint();
        let name = labelled_sha256("KODANIK-V1-DPOP-REPLAY", &[key.as_ref(), proof.jti().as_bytes()]);
        if self.seen.get(&name).is_some_and(|until| *until >= now) {
            return Err(DpopError::Replayed);
        }
        if self.seen.len() >= self.capacity {
            self.seen.retain(|_, until| *until >= now);
        }
        if self.seen.len() >= self.capacity {
            return Err(DpopError::Full);
        }
        // A proof dated WINDOW ahead of now is good until WINDOW after its date.
        self.seen.insert(name, now.plus(2 * WINDOW));
        Ok(())
    }
}
