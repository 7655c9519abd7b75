//! The sealed store: SQLite in which every row is AES-256-GCM under one data key, and the data key is wrapped by the
//! PIN and around that by the platform.
//!
//! ```text
//! data key  --Argon2id(PIN)-->  --platform's wrapping key-->  vault.wrapped_key
//! row       = seal(data key, AAD = (table, hashed id, row format), (id, value))
//! head      = seal(data key, AAD = store id, (counter, digest of all rows))
//! ```
//! Each transaction raises the counter, which the platform's secret store also holds: a database put back from an
//! older copy does not open. The digest covers every row, so that neither a single old row nor a missing one passes.
//! `synchronous = FULL`: what [`Store::batch`] has returned survives kill -9 and power loss.

mod database;
mod gate;
mod rows;
mod vault;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use kodanik_crypto::secret::SecretBytes;
use serde::Serialize;
use serde::de::DeserializeOwned;
use thiserror::Error;

use self::database::Database;
use self::gate::Gate;
use crate::error::WalletError;
use crate::pin::PinEntry;
use crate::platform::{Clock, KeyError, SecretStore};

pub use self::rows::Transaction;

/// Part of every row's authenticated context; see migrations/NOTES.md before raising it.
const ROW_FORMAT: u32 = 1;

/// What kinds of rows there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Table {
    /// The backup's public state: set id, counter, the public half of the backup key.
    Backup,
    /// Ballots as they were cast, and what is needed to cast again.
    Ballots,
    /// Cases at public services.
    Cases,
    /// The newest verified checkpoint of each log.
    Checkpoints,
    /// Credentials.
    Credentials,
    /// Elections as they were verified.
    Elections,
    /// What proves something to third parties: answers of services, misbehaviour of servers.
    Evidence,
    /// Who looked.
    History,
    /// Public keys and handles of the platform's keys.
    Keys,
    /// Receipts of the ledger.
    Receipts,
    /// The participation seed and what is derived for one election.
    Seeds,
    /// The wallet's configuration, trust and small states.
    Settings,
    /// Cached status lists.
    StatusLists,
    /// Blind-signed voting credentials and requests for them.
    Tokens,
}

impl Table {
    /// The name in the database and in each row's authenticated context.
    pub fn name(self) -> &'static str {
        match self {
            Self::Backup => "backup",
            Self::Ballots => "ballots",
            Self::Cases => "cases",
            Self::Checkpoints => "checkpoints",
            Self::Credentials => "credentials",
            Self::Elections => "elections",
            Self::Evidence => "evidence",
            Self::History => "history",
            Self::Keys => "keys",
            Self::Receipts => "receipts",
            Self::Seeds => "seeds",
            Self::Settings => "settings",
            Self::StatusLists => "status_lists",
            Self::Tokens => "tokens",
        }
    }
}

/// Why the store does not open, read or write. Wrong PINs are [`crate::pin::PinError`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum StoreError {
    /// A row, or the set of rows, is not what this wallet wrote. The wallet does not go on.
    #[error("the wallet's database was changed or damaged")]
    Damaged,
    /// The database belongs to another wallet or another device.
    #[error("the database does not belong to this device's wallet")]
    Foreign,
    /// The platform's secret store failed.
    #[error("the platform's secret store failed: {0}")]
    Platform(#[from] KeyError),
    /// The database is an older copy of this wallet's.
    #[error("the database is an old copy: a newer one was written on this device")]
    RolledBack,
    /// SQLite failed: disk full, no permission, or a damaged file.
    #[error("the database failed ({0:?})")]
    Sqlite(Option<rusqlite::ErrorCode>),
    /// The value in the row has not the shape that this version expects.
    #[error("a stored value has not the expected shape")]
    Shape,
    /// Written by a newer version of the wallet.
    #[error("the database was written by a newer version of the wallet")]
    TooNew,
}

impl StoreError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Damaged => "damaged",
            Self::Foreign => "foreign",
            Self::Platform(_) => "platform",
            Self::RolledBack => "rolled_back",
            Self::Shape => "shape",
            Self::Sqlite(_) => "sqlite",
            Self::TooNew => "too_new",
        }
    }
}

impl From<rusqlite::Error> for StoreError {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error.sqlite_error_code())
    }
}

/// A stored value with its id and position.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row<T> {
    /// Position: rows are listed in the order of their first writing.
    pub seq: u64,
    /// The id it was stored under.
    pub id: String,
    /// The value.
    pub value: T,
}

/// An open, unlocked store. Synchronous; calls from several threads queue.
pub struct Store(Mutex<Database>);

impl Store {
    /// Makes a new store at `path`, which must not exist, and unlocks it.
    pub(crate) fn create(
        path: &Path,
        pin: &PinEntry,
        secrets: Arc<dyn SecretStore>,
    ) -> Result<Self, WalletError> {
        pin.check_new()?;
        Ok(Self(Mutex::new(vault::create(path, pin, secrets)?)))
    }

    /// Unlocks the store at `path`; checks that it is this device's, the newest and whole.
    pub(crate) fn open(
        path: &Path,
        pin: &PinEntry,
        secrets: Arc<dyn SecretStore>,
        clock: &Clock,
    ) -> Result<Self, WalletError> {
        pin.check_length()?;
        Ok(Self(Mutex::new(vault::open(path, pin, secrets, clock)?)))
    }

    /// Whether too many wrong PINs wiped the key of this device's store, so that nobody opens it again.
    pub(crate) fn is_wiped(secrets: &dyn SecretStore) -> Result<bool, StoreError> {
        Ok(Gate::read(secrets)?.is_some_and(|gate| gate.is_spent()))
    }

    /// Erases what the platform holds for a store that is no more.
    pub(crate) fn forget_gate(secrets: &dyn SecretStore) -> Result<(), StoreError> {
        Gate::erase(secrets)
    }

    /// Runs `work` in one transaction: everything it wrote is stored durably, or nothing is where it fails.
    /// The store is locked meanwhile: `work` uses the transaction only, never the store.
    pub fn batch<R, E: From<StoreError>>(
        &self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.database().batch(work)
    }

    /// Stores `value` as JSON under `id`, replacing what was there.
    pub fn put<T: Serialize>(&self, table: Table, id: &str, value: &T) -> Result<(), StoreError> {
        self.batch(|tx| tx.put(table, id, value))
    }

    /// Stores raw bytes under `id`, replacing what was there. For secrets, which have no JSON form.
    pub fn put_bytes(&self, table: Table, id: &str, bytes: &[u8]) -> Result<(), StoreError> {
        self.batch(|tx| tx.put_bytes(table, id, bytes))
    }

    /// The value under `id`, or `None`.
    pub fn get<T: DeserializeOwned>(&self, table: Table, id: &str) -> Result<Option<T>, StoreError> {
        self.database().rows().get(table, id)
    }

    /// The raw bytes under `id`, or `None`.
    pub fn get_bytes(&self, table: Table, id: &str) -> Result<Option<SecretBytes>, StoreError> {
        self.database().rows().get_bytes(table, id)
    }

    /// All values of a table in the order of their first writing.
    pub fn list<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<Row<T>>, StoreError> {
        self.page(table, 0, usize::MAX)
    }

    /// Up to `limit` values of a table after position `after`.
    pub fn page<T: DeserializeOwned>(
        &self,
        table: Table,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Row<T>>, StoreError> {
        self.database().rows().page(table, after, limit)
    }

    /// The position of a table's last row; 0 where it is empty.
    pub fn end(&self, table: Table) -> Result<u64, StoreError> {
        self.database().rows().end(table)
    }

    /// The raw bytes of all rows of a table in the order of their first writing.
    pub fn list_bytes(&self, table: Table) -> Result<Vec<Row<SecretBytes>>, StoreError> {
        self.database().rows().list_bytes(table)
    }

    /// Deletes what is under `id`; deleting nothing is done.
    pub fn delete(&self, table: Table, id: &str) -> Result<(), StoreError> {
        self.batch(|tx| tx.delete(table, id))
    }

    /// A panic inside a transaction rolled it back, so the database behind a poisoned lock is whole.
    fn database(&self) -> MutexGuard<'_, Database> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Store(..)")
    }
}

#[cfg(test)]
mod tests;
