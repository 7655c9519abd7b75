//! The embedded engine: one gateway orders the log, in SQLite.
//!
//! Many threads check, one thread writes. What costs time (signatures, proofs) is checked in parallel before the
//! queue; the writer drains the queue, applies each entry in order, commits all of them at once with
//! `synchronous=FULL`, signs one head for the commit, writes it to a file of its own and only then answers. So a
//! receipt never promises what a power cut could take back.
//!
//! On start the whole log is replayed and compared with the published head before anything is signed.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, mpsc};
use std::thread::JoinHandle;

use kodanik_contract::rejection::Rejection;
use kodanik_contract::state::State;
use kodanik_ledger::checkpoint::UnverifiedCheckpoint;
use kodanik_ledger::key::{KeyName, NoteVerifier};
use kodanik_ledger::proof::{ConsistencyProof, InclusionProof, MakeProofError};
use kodanik_ledger::receipt::UnverifiedReceipt;
use kodanik_ledger::tile::{TileKind, TilePath, append_to_bundle};
use kodanik_ledger::tree::{NodeId, NodeReader};
use thiserror::Error;
use tokio::sync::{Semaphore, oneshot};

use crate::clock::Clock;
use crate::config::LedgerConfig;
use crate::db::Db;

mod checker;
mod head;
mod replay;
mod store;
#[cfg(test)]
mod tests;
mod writer;

use checker::Checkers;
pub use head::PublishError;
use head::{Keys, PublishedHead};
use replay::replay;
use store::Nodes;
use writer::{Job, Writer};

const DATABASE: &str = "log.sqlite";

/// Why the log cannot start. Each says what its operator can do; none of them is ever repaired silently.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum StartError {
    /// The contract refuses an entry that is stored.
    #[error(
        "entry {index} breaks the contract ({rejection}); the database was changed: restore the newest backup"
    )]
    Contract {
        /// Which entry.
        index: u64,
        /// Why.
        rejection: Rejection,
    },
    /// An entry is missing or no longer readable, or a stored hash is not that of its entries.
    #[error("the database is damaged at entry {index}: restore the newest backup")]
    Damaged {
        /// Which entry.
        index: u64,
    },
    /// SQLite's own error, or a database of a newer release.
    #[error("the log's database: {0}")]
    Database(String),
    /// The folder already holds a log.
    #[error("the folder already holds a log; nothing was changed")]
    Exists,
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// Stored entries lead to another root than the published one.
    #[error(
        "the stored entries are not those whose head was published at size {size}: signing would fork the log; \
         restore the database that belongs to the published checkpoint"
    )]
    Forked {
        /// The published size.
        size: u64,
    },
    /// A key file holds no usable key of this log.
    #[error("{path}: not a key of this log; restore it from your backup")]
    Key {
        /// Which file.
        path: PathBuf,
    },
    /// The published checkpoint is not a note of ours.
    #[error(
        "the published checkpoint is damaged: take the newest one that a wallet, witness or auditor holds"
    )]
    Published,
    /// The database is older than the published head: a restored backup.
    #[error(
        "a head of {published} entries was published but the database has {stored}: this is an old backup, and \
         going on would fork the log; restore the newest database, or fetch the missing entries from an auditor's copy"
    )]
    RolledBack {
        /// The published size.
        published: u64,
        /// What the database holds.
        stored: u64,
    },
}

impl From<rusqlite::Error> for StartError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Database(error.to_string())
    }
}

/// Why an entry got no receipt.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum SubmitError {
    /// Too many entries wait; nothing was stored, try again shortly.
    #[error("too many entries wait for the log")]
    Busy,
    /// The contract refuses the entry.
    #[error(transparent)]
    Rejected(#[from] Rejection),
    /// The log has stopped after a fault of its storage; the operator has to restart it.
    #[error("the log has stopped")]
    Stopped,
}

/// Why something of the log could not be read.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ReadError {
    /// SQLite's own error.
    #[error(transparent)]
    Database(#[from] rusqlite::Error),
    /// Beyond the log's published size.
    #[error("beyond the log's published size")]
    NotFound,
    /// The head could not be signed anew.
    #[error(transparent)]
    Publish(#[from] PublishError),
    /// The log has stopped.
    #[error("the log has stopped")]
    Stopped,
}

impl From<MakeProofError<rusqlite::Error>> for ReadError {
    fn from(error: MakeProofError<rusqlite::Error>) -> Self {
        match error {
            MakeProofError::Reader(error) => Self::Database(error),
            _ => Self::NotFound,
        }
    }
}

/// The log of one gateway.
#[derive(Debug)]
pub struct EmbeddedLedger {
    shared: Arc<Shared>,
    /// `None` only while dropping.
    queue: Option<mpsc::Sender<Job>>,
    /// One per entry between its arrival and its receipt.
    places: Arc<Semaphore>,
    checkers: Checkers,
    writer: Option<JoinHandle<()>>,
}

#[derive(Debug)]
struct Shared {
    state: RwLock<State>,
    head: Mutex<PublishedHead>,
    reader: Db,
    clock: Clock,
    stopped: AtomicBool,
}

impl EmbeddedLedger {
    /// Makes the keys of a new log in `dir` and publishes its empty head.
    pub fn create(dir: &Path, origin: &KeyName, clock: &Clock) -> Result<(), StartError> {
        std::fs::create_dir_all(dir).map_err(|source| StartError::File { path: dir.to_owned(), source })?;
        Keys::make(dir, origin)?;
        PublishedHead::create(dir, Keys::read(dir, origin)?, clock.now()).map(drop)
    }

    /// Opens the log in `dir`: replays it, compares it with the published head, then starts the writer.
    pub fn open(
        dir: &Path,
        origin: &KeyName,
        config: &LedgerConfig,
        clock: Clock,
    ) -> Result<Self, StartError> {
        let head = PublishedHead::read(dir, Keys::read(dir, origin)?)?;
        let open = || {
            Db::open(&dir.join(DATABASE), store::MIGRATIONS)
                .map_err(|error| StartError::Database(error.to_string()))
        };
        let (writer, reader) = (open()?, open()?);
        let (state, frontier) = replay(&reader, origin, &head)?;
        let shared = Shared {
            state: RwLock::new(state),
            head: Mutex::new(head),
            reader,
            clock,
            stopped: AtomicBool::new(false),
        };
        shared.publish_growth().map_err(|error| StartError::Database(error.to_string()))?;
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        let shared = Arc::new(shared);
        let mut ledger = Self {
            shared: shared.clone(),
            queue: None,
            places: Arc::new(Semaphore::new(config.queue.min(Semaphore::MAX_PERMITS))),
            checkers: Checkers::start(&shared, cores)
                .map_err(|error| StartError::Database(error.to_string()))?,
            writer: None,
        };
        ledger.start_writer(Writer::new(shared, writer, config.batch.max(1), frontier))?;
        Ok(ledger)
    }

    fn start_writer(&mut self, writer: Writer) -> Result<(), StartError> {
        let (queue, jobs) = mpsc::channel();
        let thread = std::thread::Builder::new().name("ledger-writer".to_owned());
        let thread = thread.spawn(move || writer.run(&jobs));
        self.writer = Some(thread.map_err(|error| StartError::Database(error.to_string()))?);
        self.queue = Some(queue);
        Ok(())
    }

    /// Checks, appends and proves one entry. The receipt is for a head that is already on disk. An entry that is
    /// in the log already gets the receipt of where it is.
    pub async fn submit(&self, entry: Vec<u8>) -> Result<UnverifiedReceipt, SubmitError> {
        let place = self.places.clone().try_acquire_owned().map_err(|_| SubmitError::Busy)?;
        let entry = self.checkers.check(entry).await?;
        let (reply, answer) = oneshot::channel();
        let queue = self.queue.as_ref().ok_or(SubmitError::Stopped)?;
        queue.send(Job { entry, reply, place }).map_err(|_| SubmitError::Stopped)?;
        let index = answer.await.map_err(|_| SubmitError::Stopped)??;
        self.receipt(index).await.map_err(|error| {
            tracing::error!(%error, index, "an entry is logged but its receipt could not be made");
            SubmitError::Stopped
        })
    }

    /// The receipt of a logged entry, against the newest head.
    pub async fn receipt(&self, index: u64) -> Result<UnverifiedReceipt, ReadError> {
        self.blocking(move |shared| {
            let checkpoint = shared.lock_head().fresh(shared.clock.now())?;
            let size = checkpoint.dangerous_unverified_head().size;
            let (leaf, proof) = shared.reader.read(|connection| {
                let leaf = store::leaf(connection, index)?.ok_or(ReadError::NotFound)?;
                Ok::<_, ReadError>((leaf, InclusionProof::make(&Nodes(connection), index, size)?))
            })?;
            Ok(UnverifiedReceipt::new(leaf.minute(), index, proof, checkpoint))
        })
        .await
    }

    /// The newest head, at most half a minute old.
    pub async fn checkpoint(&self) -> Result<UnverifiedCheckpoint, ReadError> {
        self.blocking(|shared| Ok(shared.lock_head().fresh(shared.clock.now())?)).await
    }

    /// That the entry at `index` is in the tree of `size` leaves.
    pub async fn inclusion(&self, index: u64, size: u64) -> Result<InclusionProof, ReadError> {
        self.below(size, move |nodes| Ok(InclusionProof::make(&nodes, index, size)?)).await
    }

    /// That the tree of `to` leaves begins with the tree of `from` leaves.
    pub async fn consistency(&self, from: u64, to: u64) -> Result<ConsistencyProof, ReadError> {
        self.below(to, move |nodes| Ok(ConsistencyProof::make(&nodes, from, to)?)).await
    }

    /// The bytes of a tile.
    pub async fn tile(&self, path: TilePath) -> Result<Vec<u8>, ReadError> {
        let level = match path.kind {
            TileKind::Entries => 0,
            TileKind::Hashes(level) => 8 * level,
        };
        let size = path.end().checked_mul(1 << level).ok_or(ReadError::NotFound)?;
        self.below(size, move |nodes| {
            let mut tile = Vec::new();
            for index in path.start()..path.end() {
                match path.kind {
                    TileKind::Entries => {
                        let leaf = store::leaf(nodes.0, index)?.ok_or(ReadError::NotFound)?;
                        append_to_bundle(&mut tile, &leaf);
                    }
                    TileKind::Hashes(_) => tile.extend(nodes.node(NodeId { level, index })?.0),
                }
            }
            Ok(tile)
        })
        .await
    }

    /// Reads from the contract's state, at a committed point.
    pub fn read_state<T>(&self, read: impl FnOnce(&State) -> T) -> Result<T, ReadError> {
        self.shared.read_state(read).map_err(|_| ReadError::Stopped)
    }

    /// The key that signs heads.
    pub fn log_key(&self) -> NoteVerifier {
        self.shared.lock_head().keys().log()
    }

    /// The key that states when a head was signed.
    pub fn clock_key(&self) -> NoteVerifier {
        self.shared.lock_head().keys().clock()
    }

    /// A policy (C2SP tlog-policy) that demands both signatures of this log and no witness.
    pub fn policy_text(&self) -> String {
        self.shared.lock_head().keys().policy_text()
    }

    /// Runs `read` on the stored tree if `size` is published.
    async fn below<T: Send + 'static>(
        &self,
        size: u64,
        read: impl FnOnce(Nodes<'_>) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        self.blocking(move |shared| {
            if size > shared.lock_head().head().size {
                return Err(ReadError::NotFound);
            }
            shared.reader.read(|connection| read(Nodes(connection)))
        })
        .await
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Shared) -> Result<T, ReadError> + Send + 'static,
    ) -> Result<T, ReadError> {
        let shared = self.shared.clone();
        tokio::task::spawn_blocking(move || work(&shared)).await.unwrap_or(Err(ReadError::Stopped))
    }
}

/// Ends the writer after the entries that it already has.
impl Drop for EmbeddedLedger {
    fn drop(&mut self) {
        self.queue = None;
        if let Some(writer) = self.writer.take() {
            let _ = writer.join();
        }
    }
}

impl Shared {
    fn lock_head(&self) -> MutexGuard<'_, PublishedHead> {
        // A panic while publishing leaves the old head, which is still true.
        self.head.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn read_state<T>(&self, read: impl FnOnce(&State) -> T) -> Result<T, SubmitError> {
        let state = self.state.read().map_err(|_| SubmitError::Stopped)?;
        if self.stopped.load(Ordering::Acquire) { Err(SubmitError::Stopped) } else { Ok(read(&state)) }
    }

    /// Publishes the head over everything that is committed, where it has grown.
    fn publish_growth(&self) -> Result<(), PublishError> {
        let (size, root) = {
            let state = self.state.read().unwrap_or_else(PoisonError::into_inner);
            (state.size(), state.root())
        };
        let mut head = self.lock_head();
        if size == head.head().size && root == head.head().root {
            return Ok(());
        }
        head.publish(size, root, self.clock.now())
    }
}
