//! The two units of time that cross the wire. Nothing here reads a clock: parties pass `now` in.

use serde::{Deserialize, Serialize};

/// Seconds since 1970-01-01T00:00:00Z (RFC 7519 `NumericDate`, whole seconds).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixSeconds(pub u64);

/// Whole minutes since 1970-01-01T00:00Z: the ledger's clock, coarse on purpose.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UnixMinute(pub u64);

impl UnixSeconds {
    /// The minute this second lies in.
    pub fn minute(self) -> UnixMinute {
        UnixMinute(self.0 / 60)
    }

    /// This moment and `seconds` more; saturates.
    pub fn plus(self, seconds: u64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` until this moment; 0 where `earlier` is later.
    pub fn since(self, earlier: Self) -> u64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl UnixMinute {
    /// The first second of this minute.
    pub fn start(self) -> UnixSeconds {
        UnixSeconds(self.0.saturating_mul(60))
    }
}
