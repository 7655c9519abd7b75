//! The gateway's clock, in one place so that tests can set it.

use std::fmt;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use kodanik_crypto::time::{UnixMinute, UnixSeconds};

/// Tells the time. Cloning shares the clock.
#[derive(Clone)]
pub struct Clock(Arc<dyn Fn() -> UnixSeconds + Send + Sync>);

impl Clock {
    /// The machine's clock.
    pub fn system() -> Self {
        Self::from_fn(|| {
            let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
            UnixSeconds(since_epoch.as_secs())
        })
    }

    /// A clock that a test turns.
    pub fn from_fn(now: impl Fn() -> UnixSeconds + Send + Sync + 'static) -> Self {
        Self(Arc::new(now))
    }

    /// Now, to the second.
    pub fn now(&self) -> UnixSeconds {
        (self.0)()
    }

    /// Now, to the minute.
    pub fn minute(&self) -> UnixMinute {
        self.now().minute()
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Clock(..)")
    }
}
