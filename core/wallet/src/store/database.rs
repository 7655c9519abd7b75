//! The open database: keys, head, and the transaction that keeps rows, head and gate in step.

use std::sync::Arc;

use kodanik_crypto::derive::derive_key;
use kodanik_crypto::seal::SealKey;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::transcript::frame;
use rand_core::OsRng;
use rusqlite::{Connection, params};

use super::gate::Gate;
use super::rows::{Rows, Transaction};
use super::{ROW_FORMAT, StoreError, Table};
use crate::platform::SecretStore;

const HEAD_CONTEXT: &str = "kodanik/store/head";

/// An unlocked database.
pub(super) struct Database {
    connection: Connection,
    keys: StoreKeys,
    head: Head,
    gate: Gate,
    secrets: Arc<dyn SecretStore>,
}

impl Database {
    pub(super) fn new(
        connection: Connection,
        keys: StoreKeys,
        head: Head,
        gate: Gate,
        secrets: Arc<dyn SecretStore>,
    ) -> Self {
        Self { connection, keys, head, gate, secrets }
    }

    pub(super) fn rows(&self) -> Rows<'_> {
        Rows { connection: &self.connection, keys: &self.keys }
    }

    /// Commit first, then tell the gate. Where the gate fails, the data is safe and the next transaction tells it again
    /// before it starts, so the database is never more than one ahead.
    pub(super) fn batch<R, E: From<StoreError>>(
        &mut self,
        work: impl FnOnce(&mut Transaction<'_>) -> Result<R, E>,
    ) -> Result<R, E> {
        self.settle_gate()?;
        let sql = self.connection.transaction().map_err(StoreError::from)?;
        let rows = Rows { connection: &sql, keys: &self.keys };
        let mut transaction = Transaction::new(rows, self.head.digest);
        let result = work(&mut transaction)?;
        let Some(digest) = transaction.into_digest() else { return Ok(result) };
        let head = Head { counter: self.head.counter + 1, digest };
        let sealed = head.seal(&self.keys, &self.gate.store_id.0);
        sql.execute("UPDATE vault SET head = ?1 WHERE id = 1", params![sealed]).map_err(StoreError::from)?;
        sql.commit().map_err(StoreError::from)?;
        self.head = head;
        if self.settle_gate().is_err() {
            tracing::warn!(
                "the platform's secret store did not take the store's counter; it is told again later"
            );
        }
        Ok(result)
    }

    fn settle_gate(&mut self) -> Result<(), StoreError> {
        if self.gate.counter == self.head.counter {
            return Ok(());
        }
        // Ours changes after it is written: where the platform fails, or panics, it is told again.
        self.gate.write_counter(self.head.counter, self.secrets.as_ref())
    }

    /// Compares the digest in the head with the rows that are there.
    pub(super) fn check_digest(&self) -> Result<(), StoreError> {
        let mut digest = Digest::EMPTY;
        self.rows().for_each_sealed(|seq, kind, name, sealed| {
            digest.toggle(&self.keys.row_mark(seq, kind, name, sealed));
        })?;
        (digest == self.head.digest).then_some(()).ok_or(StoreError::Damaged)
    }
}

/// Keys derived from the data key, one per purpose.
pub(super) struct StoreKeys {
    seal: SealKey,
    name: Secret<32>,
    digest: Secret<32>,
}

impl StoreKeys {
    pub(super) fn derive(data_key: &SealKey) -> Self {
        let derive = |label| derive_key::<32>(data_key.expose(), b"", label, &[]);
        Self {
            seal: SealKey::from(derive("kodanik/store/seal")),
            name: derive("kodanik/store/name"),
            digest: derive("kodanik/store/digest"),
        }
    }

    /// An id as the database sees it.
    pub(super) fn row_name(&self, table: Table, id: &str) -> [u8; 32] {
        let fields = [table.name().as_bytes(), id.as_bytes()];
        *derive_key::<32>(self.name.expose(), b"", "kodanik/store/row-name", &fields).expose()
    }

    /// A row's contribution to the digest: a pseudo-random function of everything that the row is.
    pub(super) fn row_mark(&self, seq: i64, kind: &str, name: &[u8], sealed: &[u8]) -> [u8; 32] {
        let fields = [&seq.to_be_bytes(), kind.as_bytes(), name, sealed];
        *derive_key::<32>(self.digest.expose(), b"", "kodanik/store/row-mark", &fields).expose()
    }

    pub(super) fn seal_row(&self, table: Table, name: &[u8; 32], payload: &[u8]) -> Vec<u8> {
        self.seal.seal(&mut OsRng, &row_context(table, name), payload)
    }

    pub(super) fn open_row(
        &self,
        table: Table,
        name: &[u8; 32],
        sealed: &[u8],
    ) -> Result<kodanik_crypto::secret::SecretBytes, StoreError> {
        self.seal.open(&row_context(table, name), sealed).map_err(|_| StoreError::Damaged)
    }
}

fn row_context(table: Table, name: &[u8; 32]) -> Vec<u8> {
    frame("kodanik/store/row", &[table.name().as_bytes(), name, &ROW_FORMAT.to_be_bytes()])
}

/// How often the store was written, and a digest of all its rows.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) counter: u64,
    pub(super) digest: Digest,
}

impl Head {
    pub(super) const EMPTY: Self = Self { counter: 0, digest: Digest::EMPTY };

    pub(super) fn seal(&self, keys: &StoreKeys, store_id: &[u8; 16]) -> Vec<u8> {
        let plain = [self.counter.to_be_bytes().as_slice(), &self.digest.0].concat();
        keys.seal.seal(&mut OsRng, &frame(HEAD_CONTEXT, &[store_id]), &plain)
    }

    pub(super) fn open(keys: &StoreKeys, store_id: &[u8; 16], sealed: &[u8]) -> Result<Self, StoreError> {
        let context = frame(HEAD_CONTEXT, &[store_id]);
        let plain = keys.seal.open(&context, sealed).map_err(|_| StoreError::Damaged)?;
        let (counter, digest) = plain.expose().split_first_chunk::<8>().ok_or(StoreError::Damaged)?;
        let digest = digest.try_into().map(Digest).map_err(|_| StoreError::Damaged)?;
        Ok(Self { counter: u64::from_be_bytes(*counter), digest })
    }
}

/// A set hash: the exclusive or of every row's mark. Marks are pseudo-random under a sealed key and the digest itself
/// is sealed, so nobody without the data key can choose rows that cancel out.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) struct Digest([u8; 32]);

impl Digest {
    pub(super) const EMPTY: Self = Self([0; 32]);

    /// Adds a row that is not in the set, or takes away one that is.
    pub(super) fn toggle(&mut self, mark: &[u8; 32]) {
        self.0.iter_mut().zip(mark).for_each(|(own, mark)| *own ^= mark);
    }
}
