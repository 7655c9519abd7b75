//! Who looked, and what the wallet did: party, purpose, names of claims, time. Never a value, never a choice.

use kodanik_crypto::time::UnixSeconds;
use serde::{Deserialize, Serialize};

use crate::error::WalletError;
use crate::store::{Row, Store, StoreError, Table, Transaction};
use crate::wallet::Wallet;

/// One line of the history.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct HistoryEntry {
    /// What happened.
    pub kind: HistoryKind,
    /// With whom: a name that the wallet verified, or the host where it could not.
    pub party: String,
    /// What for, in the party's words.
    pub purpose: String,
    /// Names of the claims concerned, never their values.
    pub claims: Vec<String>,
    /// When.
    pub time: UnixSeconds,
}

/// What a line of the history is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
pub enum HistoryKind {
    /// Backup codes were made.
    BackupMade,
    /// A ballot was accepted in an election (the purpose names the election, never a choice).
    BallotCast,
    /// A voting credential was obtained.
    BallotRight,
    /// A credential was received.
    CredentialReceived,
    /// Claims may have been shared: the answer was lost after sending.
    MaybePresented,
    /// Claims were shared.
    Presented,
    /// This wallet was restored by a backup code.
    Recovered,
    /// A request for claims was declined.
    Refused,
    /// A public service was asked.
    ServiceRequested,
}

impl HistoryKind {
    /// The stable name, as it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::BackupMade => "backup_made",
            Self::BallotCast => "ballot_cast",
            Self::BallotRight => "ballot_right",
            Self::CredentialReceived => "credential_received",
            Self::MaybePresented => "maybe_presented",
            Self::Presented => "presented",
            Self::Recovered => "recovered",
            Self::Refused => "refused",
            Self::ServiceRequested => "service_requested",
        }
    }
}

impl Wallet {
    /// Up to `limit` lines after position `after` (0 from the beginning), oldest first, each with its position.
    pub fn history(&self, after: u64, limit: usize) -> Result<Vec<Row<HistoryEntry>>, WalletError> {
        Ok(self.store().page(Table::History, after, limit)?)
    }

    /// The position of the newest line; 0 where there is none.
    pub fn history_end(&self) -> Result<u64, WalletError> {
        Ok(self.store().end(Table::History)?)
    }

    /// Appends a line in a transaction of its own.
    pub fn append_history(&self, entry: &HistoryEntry) -> Result<(), WalletError> {
        Ok(append(self.store(), entry)?)
    }
}

/// Appends a line in a transaction of its own.
pub(crate) fn append(store: &Store, entry: &HistoryEntry) -> Result<(), StoreError> {
    store.batch(|tx| append_in(tx, entry))
}

/// Appends a line inside a larger transaction, so that what happened and its line are stored together.
pub(crate) fn append_in(tx: &mut Transaction<'_>, entry: &HistoryEntry) -> Result<(), StoreError> {
    tx.put(Table::History, &uuid::Uuid::new_v4().to_string(), entry)
}
