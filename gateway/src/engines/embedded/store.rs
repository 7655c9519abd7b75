//! The log's tables: entries, and the hash of every perfect subtree, so that no proof and no tile is computed from
//! the leaves again.

use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::tree::{NodeHash, NodeId, NodeReader};
use rusqlite::{Connection, OptionalExtension, params};

pub(super) const MIGRATIONS: &[&str] = &["
    CREATE TABLE entry (position INTEGER PRIMARY KEY, minute INTEGER NOT NULL, bytes BLOB NOT NULL) STRICT;
    CREATE TABLE node (
        level INTEGER NOT NULL, position INTEGER NOT NULL, hash BLOB NOT NULL, PRIMARY KEY (level, position)
    ) STRICT, WITHOUT ROWID;
"];

/// SQLite counts in i64; no log reaches 2^63 entries or minutes, and a number that claims to finds nothing.
fn sql(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

pub(super) fn append(connection: &Connection, index: u64, leaf: &Leaf) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO entry VALUES (?1, ?2, ?3)")?;
    insert.execute(params![sql(index), sql(leaf.minute().0), leaf.entry()]).map(drop)
}

pub(super) fn put_node(connection: &Connection, id: NodeId, hash: &NodeHash) -> rusqlite::Result<()> {
    let mut insert = connection.prepare_cached("INSERT INTO node VALUES (?1, ?2, ?3)")?;
    insert.execute(params![id.level, sql(id.index), hash.0]).map(drop)
}

/// Number of entries; `None` where one is missing in between.
pub(super) fn size(connection: &Connection) -> rusqlite::Result<Option<u64>> {
    let (count, next): (i64, i64) =
        connection.query_row("SELECT count(*), ifnull(max(position) + 1, 0) FROM entry", [], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    Ok((count == next).then_some(count.unsigned_abs()))
}

/// The leaf at `index`; `None` where there is none, or where what is stored cannot be a leaf.
pub(super) fn leaf(connection: &Connection, index: u64) -> rusqlite::Result<Option<Leaf>> {
    let mut select = connection.prepare_cached("SELECT minute, bytes FROM entry WHERE position = ?1")?;
    let row: Option<(i64, Vec<u8>)> =
        select.query_row([sql(index)], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
    Ok(row.and_then(|(minute, bytes)| Leaf::new(UnixMinute(minute.unsigned_abs()), bytes).ok()))
}

/// The stored subtrees, for proofs and tiles.
pub(super) struct Nodes<'a>(pub(super) &'a Connection);

impl NodeReader for Nodes<'_> {
    type Error = rusqlite::Error;

    fn node(&self, id: NodeId) -> rusqlite::Result<NodeHash> {
        let mut select = self.0.prepare_cached("SELECT hash FROM node WHERE level = ?1 AND position = ?2")?;
        select.query_row(params![id.level, sql(id.index)], |row| row.get(0)).map(NodeHash)
    }
}
