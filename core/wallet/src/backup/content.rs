//! What a blob holds. What is not listed here does not come back: credentials, the PIN, ballots and their randomness,
//! anything that shows how someone voted. The participation seed is not here either: it travels in the wraps.

use kodanik_crypto::encoding::Binary;
use kodanik_crypto::secret::SecretBytes;
use kodanik_identity::rebinding::{BlobError, MAX_BLOB};
use serde::{Deserialize, Serialize};

use crate::credentials::StoredCredential;
use crate::error::WalletError;
use crate::recovery::RecoveryError;
use crate::store::{Row, Store, StoreError, Table, Transaction};
use crate::wallet::Wallet;

const VERSION: u32 = 1;
/// JSON that fits a blob together with header, padding and seal.
const MAX_CONTENT: usize = MAX_BLOB - 8 * 1024;
/// Tables that come back, the most important first: where not everything fits, the rest is left out.
const TABLES: [Table; 3] = [Table::Cases, Table::Evidence, Table::History];
/// Rows of [`Table::Settings`] that come back. The others are the new wallet's own.
const SETTINGS: [&str; 2] = [crate::ledger::EVIDENCE_IDS, crate::ledger::SECOND_SOURCES_ID];

/// A credential to be requested again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BackedUpCredential {
    /// What its issuer calls it.
    pub name: String,
    /// Its type; empty where it did not verify any more.
    pub vct: String,
    /// The issuer's address, as the credential named it; empty where it did not verify any more.
    pub issuer: String,
}

/// How much a blob holds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct BackupSummary {
    /// Cases at public services.
    pub cases: usize,
    /// Credentials to be requested again.
    pub credentials: usize,
    /// Pieces of evidence.
    pub evidence: usize,
    /// Lines of history.
    pub history: usize,
    /// Rows that did not fit, the oldest ones.
    pub left_out: usize,
}

/// The content of a blob.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct BackupContent {
    version: u32,
    credentials: Vec<BackedUpCredential>,
    cases: Vec<BackupRow>,
    evidence: Vec<BackupRow>,
    history: Vec<BackupRow>,
    settings: Vec<BackupRow>,
}

/// A row as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct BackupRow {
    id: String,
    value: Binary,
}

impl BackupContent {
    pub(crate) fn collect(wallet: &Wallet) -> Result<(Self, BackupSummary), WalletError> {
        let credentials = credentials(wallet)?;
        let settings = settings(wallet.store())?;
        let mut room = MAX_CONTENT - size(&credentials)? - size(&settings)?;
        let mut summary = BackupSummary { credentials: credentials.len(), ..BackupSummary::default() };
        let mut take = |table| -> Result<Vec<BackupRow>, WalletError> {
            let (rows, left_out) = newest(wallet.store().list_bytes(table)?, &mut room);
            summary.left_out += left_out;
            Ok(rows)
        };
        let [cases, evidence, history] = TABLES.map(&mut take);
        let content = Self {
            version: VERSION,
            credentials,
            cases: cases?,
            evidence: evidence?,
            history: history?,
            settings,
        };
        summary.cases = content.cases.len();
        summary.evidence = content.evidence.len();
        summary.history = content.history.len();
        Ok((content, summary))
    }

    pub(crate) fn to_bytes(&self) -> Result<SecretBytes, RecoveryError> {
        serde_json::to_vec(self).map(SecretBytes::new).map_err(|_| RecoveryError::Malformed)
    }

    /// Reads what the own phone once wrote, but strictly: a form that is not known restores nothing at all.
    pub(crate) fn parse(bytes: &[u8]) -> Result<Self, RecoveryError> {
        if bytes.len() > MAX_BLOB {
            return Err(BlobError::TooLarge.into());
        }
        let content: Self = serde_json::from_slice(bytes).map_err(|_| RecoveryError::Malformed)?;
        let allowed = content.settings.iter().all(|row| SETTINGS.contains(&row.id.as_str()));
        (content.version == VERSION && allowed).then_some(content).ok_or(RecoveryError::Malformed)
    }

    /// Puts every row in its place.
    pub(crate) fn restore(&self, tx: &mut Transaction<'_>) -> Result<(), StoreError> {
        let tables = [
            (Table::Cases, &self.cases),
            (Table::Evidence, &self.evidence),
            (Table::History, &self.history),
            (Table::Settings, &self.settings),
        ];
        for (table, rows) in tables {
            for row in rows {
                tx.put_bytes(table, &row.id, &row.value.0)?;
            }
        }
        Ok(())
    }

    pub(crate) fn summary(&self) -> BackupSummary {
        BackupSummary {
            cases: self.cases.len(),
            credentials: self.credentials.len(),
            evidence: self.evidence.len(),
            history: self.history.len(),
            left_out: 0,
        }
    }

    pub(crate) fn into_credentials(self) -> Vec<BackedUpCredential> {
        self.credentials
    }
}

/// What is needed to ask for each again; the credentials themselves stay behind.
fn credentials(wallet: &Wallet) -> Result<Vec<BackedUpCredential>, WalletError> {
    let held = wallet.held()?;
    let describe = |row: Row<StoredCredential>| {
        let verified = held.iter().find(|held| held.id == row.id).map(|held| &held.verified);
        BackedUpCredential {
            name: row.value.name,
            vct: verified.map_or_else(String::new, |credential| credential.vct().to_owned()),
            issuer: verified.map_or_else(String::new, |credential| credential.issuer().to_owned()),
        }
    };
    Ok(wallet.store().list::<StoredCredential>(Table::Credentials)?.into_iter().map(describe).collect())
}

fn settings(store: &Store) -> Result<Vec<BackupRow>, WalletError> {
    let mut rows = Vec::new();
    for id in SETTINGS {
        if let Some(bytes) = store.get_bytes(Table::Settings, id)? {
            rows.push(BackupRow { id: id.to_owned(), value: Binary(bytes.expose().to_vec()) });
        }
    }
    Ok(rows)
}

/// The newest rows that fit into `room`, in their order, and how many did not.
fn newest(rows: Vec<Row<SecretBytes>>, room: &mut usize) -> (Vec<BackupRow>, usize) {
    let all = rows.len();
    let mut taken: Vec<BackupRow> = rows
        .into_iter()
        .rev()
        .map_while(|row| {
            let cost = row.id.len() * 2 + row.value.expose().len().div_ceil(3) * 4 + 32;
            *room = room.checked_sub(cost)?;
            Some(BackupRow { id: row.id, value: Binary(row.value.expose().to_vec()) })
        })
        .collect();
    taken.reverse();
    let left_out = all - taken.len();
    (taken, left_out)
}

fn size<T: Serialize>(value: &T) -> Result<usize, RecoveryError> {
    serde_json::to_vec(value).map(|bytes| bytes.len()).map_err(|_| RecoveryError::Malformed)
}
