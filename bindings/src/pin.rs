//! The PIN, digit by digit: it is never a string of the shell.

use std::sync::{Arc, Mutex};

use kodanik_wallet::PinEntry as Entry;

use crate::fault::Fault;
use crate::session::lock;

/// Digits as they are typed, in memory that wipes itself. Whoever takes a `PinEntry` empties it.
#[derive(Default, uniffi::Object)]
pub struct PinEntry(Mutex<Entry>);

#[uniffi::export]
impl PinEntry {
    /// An empty entry.
    #[uniffi::constructor]
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Appends one digit, 0 to 9. [`Fault::PinUnfit`] where it is none, or the 13th.
    pub fn push(&self, digit: u8) -> Result<(), Fault> {
        Ok(lock(&self.0).push(digit).map_err(kodanik_wallet::WalletError::from)?)
    }

    /// Takes the last digit back.
    pub fn pop(&self) {
        lock(&self.0).pop();
    }

    /// Takes all digits back.
    pub fn clear(&self) {
        drop(self.take());
    }

    /// Whether the same digits were typed into `other`, as a new PIN is typed twice. Neither is emptied.
    pub fn is_same_as(self: Arc<Self>, other: Arc<PinEntry>) -> bool {
        if Arc::ptr_eq(&self, &other) {
            return true;
        }
        // In one order, whichever of the two is asked: two that are compared both ways at once never wait for each other.
        let (first, second) =
            if Arc::as_ptr(&self) < Arc::as_ptr(&other) { (self, other) } else { (other, self) };
        let first = lock(&first.0);
        first.is_same_as(&lock(&second.0))
    }

    /// How many digits have been typed.
    pub fn length(&self) -> u32 {
        lock(&self.0).len() as u32
    }
}

impl PinEntry {
    pub(crate) fn take(&self) -> Entry {
        std::mem::take(&mut *lock(&self.0))
    }
}
