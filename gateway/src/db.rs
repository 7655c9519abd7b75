//! SQLite as every role uses it: WAL, `synchronous=FULL`, numbered migrations.

use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rusqlite::{Connection, TransactionBehavior};

use crate::error::GatewayError;

/// One database file, one connection, taken in turn. Cloning shares it.
#[derive(Clone, Debug)]
pub struct Db(Arc<Mutex<Connection>>);

impl Db {
    /// Opens or creates `path` and runs the `migrations` it has not seen yet, each in a transaction.
    pub fn open(path: &Path, migrations: &[&str]) -> Result<Self, GatewayError> {
        let mut connection = Connection::open(path)?;
        connection.pragma_update(None, "journal_mode", "WAL")?;
        // NORMAL could lose an acknowledged commit on power loss.
        connection.pragma_update(None, "synchronous", "FULL")?;
        connection.pragma_update(None, "foreign_keys", "ON")?;
        connection.busy_timeout(std::time::Duration::from_secs(5))?;
        migrate(&mut connection, migrations)?;
        Ok(Self(Arc::new(Mutex::new(connection))))
    }

    /// Runs `work` in one immediate transaction: committed when it is `Ok`, rolled back when it is `Err`.
    pub fn transaction<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
        let value = work(&transaction)?;
        transaction.commit()?;
        Ok(value)
    }

    /// Runs `work` on one snapshot, without keeping a writer on another connection waiting.
    pub fn read<T, E: From<rusqlite::Error>>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, E>,
    ) -> Result<T, E> {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let snapshot = connection.transaction_with_behavior(TransactionBehavior::Deferred)?;
        work(&snapshot)
    }

    /// Like [`Self::transaction`], on a thread that may block.
    pub async fn call<T, E>(
        &self,
        work: impl FnOnce(&rusqlite::Transaction<'_>) -> Result<T, E> + Send + 'static,
    ) -> Result<T, E>
    where
        T: Send + 'static,
        E: From<rusqlite::Error> + Send + 'static,
    {
        let db = self.clone();
        match tokio::task::spawn_blocking(move || db.transaction(work)).await {
            Ok(result) => result,
            Err(stopped) => std::panic::resume_unwind(stopped.into_panic()),
        }
    }
}

fn migrate(connection: &mut Connection, migrations: &[&str]) -> Result<(), GatewayError> {
    let done: u32 = connection.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if done as usize > migrations.len() {
        return Err(GatewayError::NewerDatabase);
    }
    for (version, sql) in (1u32..).zip(migrations).skip(done as usize) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", version)?;
        transaction.commit()?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn migrations_run_once_and_in_order() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("test.sqlite");
        let first = ["CREATE TABLE t (a INTEGER)"];
        let second = [first[0], "ALTER TABLE t ADD COLUMN b INTEGER"];
        Db::open(&path, &first).unwrap();
        let db = Db::open(&path, &second).unwrap();
        db.transaction(|tx| tx.execute("INSERT INTO t VALUES (1, 2)", [])).unwrap();
        assert!(matches!(Db::open(&path, &first), Err(GatewayError::NewerDatabase)));
    }

    #[test]
    fn a_refused_transaction_leaves_nothing() {
        let dir = tempfile::tempdir().unwrap();
        let db = Db::open(&dir.path().join("test.sqlite"), &["CREATE TABLE t (a INTEGER)"]).unwrap();
        let refused: Result<(), rusqlite::Error> = db.transaction(|tx| {
            tx.execute("INSERT INTO t VALUES (1)", [])?;
            Err(rusqlite::Error::InvalidQuery)
        });
        assert!(refused.is_err());
        let rows: i64 =
            db.transaction(|tx| tx.query_row("SELECT count(*) FROM t", [], |row| row.get(0))).unwrap();
        assert_eq!(rows, 0);
    }
}
