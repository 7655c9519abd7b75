//! What all flows share: one place for the state, one verb at a time, an end at every await point.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::{Arc, Mutex, Weak};

use futures_util::FutureExt;
use futures_util::future::{AbortHandle, AbortRegistration, Abortable};
use kodanik_wallet::WalletError;

use crate::fault::Fault;
use crate::session::{Session, lock};

/// A screen that wants to know when to look again. Implemented by the shell.
#[uniffi::export(foreign)]
pub trait ChangeListener: Send + Sync {
    /// The state may be another one now. Called on the thread that changed it, with no lock held: `state()` may be
    /// called from here. What it throws is ignored.
    fn changed(&self);
}

/// The one listener of an object.
#[derive(Default)]
pub(crate) struct Watcher(Mutex<Option<Arc<dyn ChangeListener>>>);

impl Watcher {
    /// `None` ends it.
    pub(crate) fn set(&self, listener: Option<Arc<dyn ChangeListener>>) {
        let before = std::mem::replace(&mut *lock(&self.0), listener);
        // Outside the lock: letting go of a foreign object calls the shell.
        drop(before);
    }

    pub(crate) fn tell(&self) {
        let listener = lock(&self.0).clone();
        if let Some(listener) = listener {
            // The shell's own error, and no reason to stop a ballot halfway.
            let _ = catch_unwind(AssertUnwindSafe(|| listener.changed()));
        }
    }
}

/// Where a flow stands inside: what the wallet gave, for the next verb to use.
pub(crate) trait Inner: Send + 'static {
    /// The flow ends here: by `cancel()`, by a lock, or by a fault of its verb. What is over already stays so; what must
    /// not outlive the flow is dropped.
    fn stop(&mut self, fault: Fault);
}

/// Runs what needs no time; a panic in it is a fault, as in a verb.
pub(crate) fn caught<T>(work: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(work)).unwrap_or_else(|_| Err(Fault::panicked()))
}

/// Something that [`crate::Kodanik::lock`] ends.
pub(crate) trait Ends: Send + Sync {
    fn end(&self);
}

/// A verb that did not come to its end: what the caller is told, and where the flow stands then (`None`: stopped).
pub(crate) struct Halt<S> {
    fault: Fault,
    next: Option<Box<S>>,
}

impl<S> Halt<S> {
    /// Tells, and goes on from `next`.
    pub(crate) fn back_to(next: S, fault: impl Into<Fault>) -> Self {
        Self { fault: fault.into(), next: Some(Box::new(next)) }
    }
}

impl<S> From<Fault> for Halt<S> {
    fn from(fault: Fault) -> Self {
        Self { fault, next: None }
    }
}

impl<S> From<WalletError> for Halt<S> {
    fn from(error: WalletError) -> Self {
        Fault::from(error).into()
    }
}

/// A flow's state with what guards it.
pub(crate) struct Flow<S> {
    session: Weak<Session>,
    cell: Mutex<Cell<S>>,
    pub(crate) watcher: Watcher,
}

struct Cell<S> {
    inner: S,
    running: Option<AbortHandle>,
    /// Counts verbs and ends: a verb that comes back after its time sees another number.
    turn: u64,
}

impl<S: Inner> Flow<S> {
    pub(crate) fn new(session: &Arc<Session>, inner: S) -> Arc<Self> {
        let cell = Mutex::new(Cell { inner, running: None, turn: 0 });
        let flow = Arc::new(Self { session: Arc::downgrade(session), cell, watcher: Watcher::default() });
        session.follow(flow.clone());
        flow
    }

    /// What a screen sees.
    pub(crate) fn look<V>(&self, see: impl FnOnce(&S) -> V) -> V {
        see(&lock(&self.cell).inner)
    }

    /// The wallet, while it is unlocked.
    pub(crate) fn session(&self) -> Result<Arc<Session>, Fault> {
        self.session.upgrade().ok_or_else(Fault::locked)
    }

    /// A verb that needs neither wallet nor time. `change` says whether it was possible.
    pub(crate) fn change(&self, change: impl FnOnce(&mut S) -> bool) -> Result<(), Fault> {
        let possible = {
            let mut cell = lock(&self.cell);
            cell.running.is_none() && change(&mut cell.inner)
        };
        if !possible {
            return Err(Fault::wrong_state());
        }
        self.watcher.tell();
        Ok(())
    }

    /// A verb. `take` takes out what `work` needs, and the flow stands at `meanwhile` while that runs; where the verb is not
    /// possible, `take` gives back what it was given, and nothing has changed.
    pub(crate) async fn step<I, F>(
        &self,
        meanwhile: S,
        take: impl FnOnce(S) -> Result<I, S>,
        work: impl FnOnce(Arc<Session>, I) -> F,
    ) -> Result<(), Fault>
    where
        F: Future<Output = Result<S, Halt<S>>> + Send,
    {
        let session = self.session()?;
        let (input, turn, registration) = self.begin(meanwhile, take).ok_or_else(Fault::wrong_state)?;
        self.watcher.tell();
        let work = AssertUnwindSafe(work(session, input)).catch_unwind();
        match Abortable::new(work, registration).await {
            Ok(Ok(result)) => turn.finish(result),
            Ok(Err(_)) => turn.finish(Err(Fault::panicked().into())),
            Err(_) => Err(Fault::cancelled()),
        }
    }

    /// Ends the flow, also while a verb runs.
    pub(crate) fn cancel(&self) {
        let running = {
            let mut cell = lock(&self.cell);
            cell.turn += 1;
            cell.inner.stop(Fault::cancelled());
            cell.running.take()
        };
        // Outside the lock: whoever waits for the verb is woken, which calls the shell.
        if let Some(running) = running {
            running.abort();
        }
        self.watcher.tell();
    }

    fn begin<I>(
        &self,
        meanwhile: S,
        take: impl FnOnce(S) -> Result<I, S>,
    ) -> Option<(I, Turn<'_, S>, AbortRegistration)> {
        let mut cell = lock(&self.cell);
        if cell.running.is_some() {
            return None;
        }
        let input = match take(std::mem::replace(&mut cell.inner, meanwhile)) {
            Ok(input) => input,
            Err(before) => {
                cell.inner = before;
                return None;
            }
        };
        let (handle, registration) = AbortHandle::new_pair();
        cell.running = Some(handle);
        cell.turn += 1;
        Some((input, Turn { flow: self, number: cell.turn }, registration))
    }
}

impl<S: Inner> Ends for Flow<S> {
    fn end(&self) {
        self.cancel();
    }
}

/// A verb's turn. Dropped before it is finished, it stops the flow.
struct Turn<'a, S: Inner> {
    flow: &'a Flow<S>,
    number: u64,
}

impl<S: Inner> Turn<'_, S> {
    fn finish(self, result: Result<S, Halt<S>>) -> Result<(), Fault> {
        let told = {
            let mut cell = lock(&self.flow.cell);
            if cell.turn != self.number {
                return Err(Fault::cancelled());
            }
            cell.turn += 1;
            cell.running = None;
            settle(&mut cell.inner, result)
        };
        self.flow.watcher.tell();
        told
    }
}

impl<S: Inner> Drop for Turn<'_, S> {
    fn drop(&mut self) {
        let mut cell = lock(&self.flow.cell);
        if cell.turn == self.number {
            cell.turn += 1;
            cell.running = None;
            cell.inner.stop(Fault::cancelled());
        }
    }
}

fn settle<S: Inner>(inner: &mut S, result: Result<S, Halt<S>>) -> Result<(), Fault> {
    match result {
        Ok(next) => {
            *inner = next;
            Ok(())
        }
        Err(Halt { fault, next: Some(next) }) => {
            *inner = *next;
            Err(fault)
        }
        Err(Halt { fault, next: None }) => {
            inner.stop(fault.clone());
            Err(fault)
        }
    }
}
