//! Reading and writing sealed rows.

use kodanik_crypto::secret::SecretBytes;
use rusqlite::{Connection, OptionalExtension, params};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::database::{Digest, StoreKeys};
use super::{Row, StoreError, Table};

/// Rows of an open database, for reading.
#[derive(Clone, Copy)]
pub(super) struct Rows<'a> {
    pub(super) connection: &'a Connection,
    pub(super) keys: &'a StoreKeys,
}

impl Rows<'_> {
    pub(super) fn get<T: DeserializeOwned>(self, table: Table, id: &str) -> Result<Option<T>, StoreError> {
        self.get_bytes(table, id)?.map(|bytes| parse(bytes.expose())).transpose()
    }

    pub(super) fn get_bytes(self, table: Table, id: &str) -> Result<Option<SecretBytes>, StoreError> {
        let name = self.keys.row_name(table, id);
        let Some((_, sealed)) = self.sealed(table, &name)? else { return Ok(None) };
        let (own_id, value) = self.open(table, &name, &sealed)?;
        if own_id == id { Ok(Some(value)) } else { Err(StoreError::Damaged) }
    }

    pub(super) fn page<T: DeserializeOwned>(
        self,
        table: Table,
        after: u64,
        limit: usize,
    ) -> Result<Vec<Row<T>>, StoreError> {
        let rows = self.page_bytes(table, after, limit)?.into_iter();
        rows.map(|Row { seq, id, value }| Ok(Row { seq, id, value: parse(value.expose())? })).collect()
    }

    pub(super) fn end(self, table: Table) -> Result<u64, StoreError> {
        let sql = "SELECT max(seq) FROM sealed_row WHERE kind = ?1";
        let seq: Option<i64> = self.connection.query_row(sql, [table.name()], |row| row.get(0))?;
        Ok(seq.unwrap_or(0).unsigned_abs())
    }

    pub(super) fn list_bytes(self, table: Table) -> Result<Vec<Row<SecretBytes>>, StoreError> {
        self.page_bytes(table, 0, usize::MAX)
    }

    fn page_bytes(self, table: Table, after: u64, limit: usize) -> Result<Vec<Row<SecretBytes>>, StoreError> {
        let sql =
            "SELECT seq, name, sealed FROM sealed_row WHERE kind = ?1 AND seq > ?2 ORDER BY seq LIMIT ?3";
        let after = i64::try_from(after).unwrap_or(i64::MAX);
        let limit = i64::try_from(limit).unwrap_or(i64::MAX);
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_map(params![table.name(), after, limit], |row| {
            Ok((row.get::<_, i64>(0)?, row.get::<_, [u8; 32]>(1)?, row.get::<_, Vec<u8>>(2)?))
        })?;
        found
            .map(|row| {
                let (seq, name, sealed) = row?;
                let (id, value) = self.open(table, &name, &sealed)?;
                Ok(Row { seq: seq.unsigned_abs(), id, value })
            })
            .collect()
    }

    pub(super) fn for_each_sealed(
        self,
        mut visit: impl FnMut(i64, &str, &[u8], &[u8]),
    ) -> Result<(), StoreError> {
        let mut statement = self.connection.prepare("SELECT seq, kind, name, sealed FROM sealed_row")?;
        let mut found = statement.query([])?;
        while let Some(row) = found.next()? {
            let (kind, name, sealed): (String, Vec<u8>, Vec<u8>) = (row.get(1)?, row.get(2)?, row.get(3)?);
            visit(row.get(0)?, &kind, &name, &sealed);
        }
        Ok(())
    }

    fn sealed(self, table: Table, name: &[u8; 32]) -> Result<Option<(i64, Vec<u8>)>, StoreError> {
        let sql = "SELECT seq, sealed FROM sealed_row WHERE kind = ?1 AND name = ?2";
        let mut statement = self.connection.prepare_cached(sql)?;
        let found = statement.query_row(params![table.name(), name], |row| Ok((row.get(0)?, row.get(1)?)));
        Ok(found.optional()?)
    }

    fn open(self, table: Table, name: &[u8; 32], sealed: &[u8]) -> Result<(String, SecretBytes), StoreError> {
        let payload = self.keys.open_row(table, name, sealed)?;
        let (id, value) = split_payload(payload.expose()).ok_or(StoreError::Damaged)?;
        Ok((id.to_owned(), SecretBytes::new(value.to_vec())))
    }
}

/// One transaction of [`super::Store::batch`]: reads see what it has written so far.
pub struct Transaction<'a> {
    rows: Rows<'a>,
    digest: Digest,
    wrote: bool,
}

impl<'a> Transaction<'a> {
    pub(super) fn new(rows: Rows<'a>, digest: Digest) -> Self {
        Self { rows, digest, wrote: false }
    }

    /// The digest after this transaction, or `None` where it wrote nothing.
    pub(super) fn into_digest(self) -> Option<Digest> {
        self.wrote.then_some(self.digest)
    }

    /// Stores `value` as JSON under `id`, replacing what was there.
    pub fn put<T: Serialize>(&mut self, table: Table, id: &str, value: &T) -> Result<(), StoreError> {
        let json = serde_json::to_vec(value).map(SecretBytes::new).map_err(|_| StoreError::Shape)?;
        self.put_bytes(table, id, json.expose())
    }

    /// Stores raw bytes under `id`, replacing what was there.
    pub fn put_bytes(&mut self, table: Table, id: &str, bytes: &[u8]) -> Result<(), StoreError> {
        let keys = self.rows.keys;
        let name = keys.row_name(table, id);
        let payload = join_payload(id, bytes)?;
        let sealed = keys.seal_row(table, &name, payload.expose());
        if let Some((seq, old)) = self.rows.sealed(table, &name)? {
            self.digest.toggle(&keys.row_mark(seq, table.name(), &name, &old));
        }
        let sql = "INSERT INTO sealed_row (kind, name, sealed) VALUES (?1, ?2, ?3)
                   ON CONFLICT (kind, name) DO UPDATE SET sealed = excluded.sealed RETURNING seq";
        let mut statement = self.rows.connection.prepare_cached(sql)?;
        let seq = statement.query_row(params![table.name(), name, sealed], |row| row.get(0))?;
        self.digest.toggle(&keys.row_mark(seq, table.name(), &name, &sealed));
        self.wrote = true;
        Ok(())
    }

    /// The value under `id`, or `None`.
    pub fn get<T: DeserializeOwned>(&self, table: Table, id: &str) -> Result<Option<T>, StoreError> {
        self.rows.get(table, id)
    }

    /// The raw bytes under `id`, or `None`.
    pub fn get_bytes(&self, table: Table, id: &str) -> Result<Option<SecretBytes>, StoreError> {
        self.rows.get_bytes(table, id)
    }

    /// All values of a table in the order of their first writing.
    pub fn list<T: DeserializeOwned>(&self, table: Table) -> Result<Vec<Row<T>>, StoreError> {
        self.rows.page(table, 0, usize::MAX)
    }

    /// Deletes what is under `id`; deleting nothing is done.
    pub fn delete(&mut self, table: Table, id: &str) -> Result<(), StoreError> {
        let name = self.rows.keys.row_name(table, id);
        let Some((seq, old)) = self.rows.sealed(table, &name)? else { return Ok(()) };
        self.digest.toggle(&self.rows.keys.row_mark(seq, table.name(), &name, &old));
        let sql = "DELETE FROM sealed_row WHERE kind = ?1 AND name = ?2";
        self.rows.connection.prepare_cached(sql)?.execute(params![table.name(), name])?;
        self.wrote = true;
        Ok(())
    }
}

fn parse<T: DeserializeOwned>(json: &[u8]) -> Result<T, StoreError> {
    serde_json::from_slice(json).map_err(|_| StoreError::Shape)
}

/// u16be(len(id)) || id || value.
fn join_payload(id: &str, value: &[u8]) -> Result<SecretBytes, StoreError> {
    let length = u16::try_from(id.len()).map_err(|_| StoreError::Shape)?;
    Ok(SecretBytes::new([&length.to_be_bytes(), id.as_bytes(), value].concat()))
}

fn split_payload(payload: &[u8]) -> Option<(&str, &[u8])> {
    let (length, rest) = payload.split_first_chunk::<2>()?;
    let (id, value) = rest.split_at_checked(u16::from_be_bytes(*length).into())?;
    Some((std::str::from_utf8(id).ok()?, value))
}
