//! An unlocked wallet, and who waits for its end.

use std::future::Pending;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use futures_util::FutureExt;
use futures_util::future::{AbortHandle, Abortable, Shared};
use kodanik_wallet::Wallet;

use crate::flow::Ends;

/// An unlocked wallet. [`crate::Kodanik`] holds it, flows know it weakly, and a running verb keeps it until it ends.
pub(crate) struct Session {
    // Dropped in this order: the wallet's folder is free before anybody hears of it.
    wallet: Wallet,
    _farewell: Farewell,
    flows: Mutex<Vec<Weak<dyn Ends>>>,
}

impl Session {
    pub(crate) fn new(wallet: Wallet) -> (Arc<Self>, Gone) {
        let (handle, registration) = AbortHandle::new_pair();
        let gone = Gone(Abortable::new(std::future::pending(), registration).shared());
        (Arc::new(Self { wallet, _farewell: Farewell(handle), flows: Mutex::default() }), gone)
    }

    pub(crate) fn wallet(&self) -> &Wallet {
        &self.wallet
    }

    /// Remembers a flow, to be ended with the session.
    pub(crate) fn follow(&self, flow: Arc<dyn Ends>) {
        let mut flows = lock(&self.flows);
        flows.retain(|flow| flow.strong_count() > 0);
        flows.push(Arc::downgrade(&flow));
    }

    /// Those that are still there.
    pub(crate) fn take_flows(&self) -> Vec<Arc<dyn Ends>> {
        let flows = std::mem::take(&mut *lock(&self.flows));
        flows.iter().filter_map(Weak::upgrade).collect()
    }
}

struct Farewell(AbortHandle);

impl Drop for Farewell {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Ends when the session is dropped.
#[derive(Clone)]
pub(crate) struct Gone(Shared<Abortable<Pending<()>>>);

impl Gone {
    pub(crate) async fn wait(self) {
        // Nothing but the farewell ends it.
        let _ = self.0.await;
    }
}

/// Locks. No value is left half changed by a panic: all critical sections only move values.
pub(crate) fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
