//! The threads that check signatures and proofs before the writer orders anything: one per processor, since more at once
//! would only make each slower. Each takes what waits, up to [`MOST`], as one batch: alone a ballot is checked at once;
//! under load many share the cost of one combination.

use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::thread::JoinHandle;

use kodanik_contract::entry::Entry;
use kodanik_contract::rejection::Rejection;
use kodanik_contract::state::{PendingCheck, VerifiedEntry};
use tokio::sync::oneshot;

use super::{Shared, SubmitError};

/// Larger batches gain little and let the first in them wait for the last. One bad ballot among these costs at most four
/// halvings.
const MOST: usize = 16;

type Verdict = Result<VerifiedEntry, SubmitError>;

/// An entry as it came, and the way back.
struct Job {
    entry: Vec<u8>,
    reply: oneshot::Sender<Verdict>,
}

/// The threads. They end when this is dropped, after what they already have.
#[derive(Debug)]
pub(super) struct Checkers {
    /// `None` only while dropping.
    queue: Option<mpsc::Sender<Job>>,
    threads: Vec<JoinHandle<()>>,
}

impl Checkers {
    pub(super) fn start(shared: &Arc<Shared>, count: usize) -> std::io::Result<Self> {
        let (queue, jobs) = mpsc::channel();
        let jobs = Arc::new(Mutex::new(jobs));
        let start = |_| {
            let (shared, jobs) = (shared.clone(), jobs.clone());
            let thread = std::thread::Builder::new().name("ledger-checker".to_owned());
            thread.spawn(move || {
                while let Some(batch) = take(&jobs) {
                    check(&shared, batch);
                }
            })
        };
        let threads = (0..count).map(start).collect::<Result<_, _>>()?;
        Ok(Self { queue: Some(queue), threads })
    }

    pub(super) async fn check(&self, entry: Vec<u8>) -> Verdict {
        let (reply, verdict) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(SubmitError::Stopped)?;
        queue.send(Job { entry, reply }).map_err(|_| SubmitError::Stopped)?;
        verdict.await.unwrap_or(Err(SubmitError::Stopped))
    }
}

impl Drop for Checkers {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// Waits for one job and takes what else is there.
fn take(jobs: &Mutex<mpsc::Receiver<Job>>) -> Option<Vec<Job>> {
    // A receiver has no state that a panic could leave half done.
    let jobs = jobs.lock().unwrap_or_else(PoisonError::into_inner);
    let first = jobs.recv().ok()?;
    Some(std::iter::once(first).chain(jobs.try_iter()).take(MOST).collect())
}

fn check(shared: &Shared, batch: Vec<Job>) {
    let begin = |job: &Job| -> Result<PendingCheck, SubmitError> {
        let entry = Entry::parse(&job.entry)?;
        Ok(shared.read_state(|state| state.begin_check(entry))??)
    };
    let (mut pending, mut waiting) = (Vec::new(), Vec::new());
    for job in batch {
        match begin(&job) {
            Ok(check) => {
                pending.push(check);
                waiting.push(job.reply);
            }
            // Whoever asked may have gone.
            Err(error) => drop(job.reply.send(Err(error))),
        }
    }
    for (reply, verdict) in waiting.into_iter().zip(PendingCheck::run_all(pending)) {
        let _ = reply.send(verdict.map_err(|rejection: Rejection| rejection.into()));
    }
}
