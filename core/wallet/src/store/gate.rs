//! What the platform's secret store holds for the database: the outer wrapping key, the write counter and the count
//! of wrong PINs. It lives outside the database so that copying an old database back turns none of them back.

use kodanik_crypto::encoding::{Bytes, from_canonical_json, to_canonical_json};
use kodanik_crypto::seal::SealKey;
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_crypto::time::UnixSeconds;
use rand_core::OsRng;
use serde::{Deserialize, Serialize};
use zeroize::Zeroize;

use super::StoreError;
use crate::pin::PinError;
use crate::platform::SecretStore;

const NAME: &str = "store-gate";
const CAP: usize = 1024;
/// Wrong tries before the first wait.
const FREE_TRIES: u32 = 5;
/// Seconds to wait after the 5th, 6th, ... wrong try. The one after the last wipes the key.
const WAITS: [u64; 5] = [30, 60, 5 * 60, 15 * 60, 60 * 60];
/// Wrong tries that wipe the key.
pub(super) const MAX_TRIES: u32 = FREE_TRIES + WAITS.len() as u32;

/// The state of the gate. `wrapping` is `None` once too many wrong PINs wiped it.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Gate {
    pub(super) store_id: Bytes<16>,
    wrapping: Option<Bytes<32>>,
    pub(super) counter: u64,
    tries: u32,
    not_before: UnixSeconds,
}

impl Gate {
    /// A new gate for a new store.
    pub(super) fn make() -> Self {
        let mut store_id = [0; 16];
        rand_core::RngCore::fill_bytes(&mut OsRng, &mut store_id);
        Self {
            store_id: Bytes(store_id),
            wrapping: Some(Bytes(*SealKey::make(&mut OsRng).expose())),
            counter: 0,
            tries: 0,
            not_before: UnixSeconds(0),
        }
    }

    pub(super) fn read(secrets: &dyn SecretStore) -> Result<Option<Self>, StoreError> {
        let Some(bytes) = secrets.read(NAME)? else { return Ok(None) };
        from_canonical_json(bytes.expose(), CAP).map(Some).map_err(|_| StoreError::Damaged)
    }

    pub(super) fn erase(secrets: &dyn SecretStore) -> Result<(), StoreError> {
        Ok(secrets.erase(NAME)?)
    }

    pub(super) fn write(&self, secrets: &dyn SecretStore) -> Result<(), StoreError> {
        let bytes = to_canonical_json(self).map(SecretBytes::new).map_err(|_| StoreError::Shape)?;
        Ok(secrets.write(NAME, bytes.expose())?)
    }

    /// Writes with another counter, and has it from then on.
    pub(super) fn write_counter(
        &mut self,
        counter: u64,
        secrets: &dyn SecretStore,
    ) -> Result<(), StoreError> {
        let wrapping = self.wrapping.as_ref().map(|key| Bytes(key.0));
        Self { counter, wrapping, ..*self }.write(secrets)?;
        self.counter = counter;
        Ok(())
    }

    pub(super) fn wrapping_key(&self) -> Result<SealKey, PinError> {
        let bytes = self.wrapping.as_ref().ok_or(PinError::Wiped)?;
        Ok(SealKey::from(Secret::init_with(|own| *own = bytes.0)))
    }

    /// Whether a try is allowed now.
    pub(super) fn check_wait(&self, now: UnixSeconds) -> Result<(), PinError> {
        match self.wrapping {
            None => Err(PinError::Wiped),
            Some(_) if now < self.not_before => Err(PinError::Wait { until: self.not_before }),
            Some(_) => Ok(()),
        }
    }

    /// Counts a try as wrong *before* it is made, so that pulling the plug during it gains nothing.
    pub(super) fn count_try(&mut self, now: UnixSeconds) {
        self.tries += 1;
        if let Some(past_free) = self.tries.checked_sub(FREE_TRIES) {
            let wait = WAITS.get(past_free as usize).copied().unwrap_or(u64::MAX);
            self.not_before = now.plus(wait);
        }
    }

    /// What a try that was counted and turned out wrong means; the last one wipes the key.
    pub(super) fn wrong(&mut self) -> PinError {
        if self.tries >= MAX_TRIES {
            self.wipe();
            return PinError::Wiped;
        }
        PinError::Wrong { tries_left: MAX_TRIES - self.tries }
    }

    /// Forgets the wrong tries after a right one.
    pub(super) fn right(&mut self) {
        self.tries = 0;
        self.not_before = UnixSeconds(0);
    }

    /// Whether the key is wiped, or has to be: a last counted try that was never judged, because the power went, is past
    /// the limit too.
    pub(super) fn is_spent(&self) -> bool {
        self.wrapping.is_none() || self.tries >= MAX_TRIES
    }

    pub(super) fn wipe(&mut self) {
        if let Some(key) = &mut self.wrapping {
            key.0.zeroize();
        }
        self.wrapping = None;
    }
}

impl Drop for Gate {
    fn drop(&mut self) {
        self.wipe();
    }
}
