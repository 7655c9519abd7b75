//! The one thread that writes: drains the queue, commits many entries at once, publishes one head, answers.

use std::sync::atomic::Ordering;
use std::sync::{Arc, mpsc};

use kodanik_contract::state::{Effects, State, VerifiedEntry};
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::tree::Frontier;
use rusqlite::Connection;
use thiserror::Error;
use tokio::sync::{OwnedSemaphorePermit, oneshot};

use super::{PublishError, Shared, SubmitError, store};
use crate::db::Db;

/// A checked entry that waits, with its place in the queue and the way back to whoever sent it.
pub(super) struct Job {
    pub(super) entry: VerifiedEntry,
    pub(super) reply: oneshot::Sender<Result<u64, SubmitError>>,
    pub(super) place: OwnedSemaphorePermit,
}

type Answer = (oneshot::Sender<Result<u64, SubmitError>>, Result<u64, SubmitError>, OwnedSemaphorePermit);

/// Why the log stops.
#[derive(Debug, Error)]
enum CommitError {
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    #[error("a thread died while it held the state")]
    Poisoned,
    #[error(transparent)]
    Publish(#[from] PublishError),
}

pub(super) struct Writer {
    shared: Arc<Shared>,
    db: Db,
    batch: usize,
    frontier: Frontier,
}

impl Writer {
    pub(super) fn new(shared: Arc<Shared>, db: Db, batch: usize, frontier: Frontier) -> Self {
        Self { shared, db, batch, frontier }
    }

    /// Runs until the queue is closed or the storage fails.
    pub(super) fn run(mut self, jobs: &mpsc::Receiver<Job>) {
        while let Ok(first) = jobs.recv() {
            let batch: Vec<Job> = std::iter::once(first).chain(jobs.try_iter()).take(self.batch).collect();
            if let Err(error) = self.commit(batch) {
                // The state in memory may be ahead of the disk: nothing may be read from it or added to it.
                self.shared.stopped.store(true, Ordering::Release);
                tracing::error!(%error, "the log stops: restart the gateway once its storage works again");
                return;
            }
        }
    }

    fn commit(&mut self, batch: Vec<Job>) -> Result<(), CommitError> {
        let minute = self.shared.clock.minute();
        let answers = {
            // Whoever reads the state sees committed entries only, so the lock is held over the commit.
            let mut state = self.shared.state.write().map_err(|_| CommitError::Poisoned)?;
            let minute = minute.max(state.minute());
            let frontier = &mut self.frontier;
            let answers: Result<Vec<Answer>, CommitError> = self.db.transaction(|tx| {
                batch.into_iter().map(|job| append(tx, frontier, &mut state, job, minute)).collect()
            });
            if answers.is_err() {
                self.shared.stopped.store(true, Ordering::Release);
            }
            answers?
        };
        self.shared.publish_growth()?;
        for (reply, result, place) in answers {
            drop(place);
            // Whoever asked may have gone; the entry is logged all the same.
            let _ = reply.send(result);
        }
        Ok(())
    }
}

/// Applies one entry and stores it; a refused one leaves no trace and stops nobody else's.
fn append(
    tx: &Connection,
    frontier: &mut Frontier,
    state: &mut State,
    job: Job,
    minute: UnixMinute,
) -> Result<Answer, CommitError> {
    let result = match state.apply(job.entry, minute) {
        Ok(Effects::AlreadyLogged { index }) => Ok(index),
        Ok(Effects::Appended { index, leaf }) => {
            store_leaf(tx, frontier, index, &leaf)?;
            Ok(index)
        }
        Err(rejection) => Err(SubmitError::Rejected(rejection)),
    };
    Ok((job.reply, result, job.place))
}

/// Stores a leaf and the hash of every subtree that it completes.
fn store_leaf(tx: &Connection, frontier: &mut Frontier, index: u64, leaf: &Leaf) -> rusqlite::Result<()> {
    store::append(tx, index, leaf)?;
    let mut stored = Ok(());
    frontier.push(leaf.hash(), |id, hash| {
        if stored.is_ok() {
            stored = store::put_node(tx, id, &hash);
        }
    });
    stored
}
