//! Making and opening: from PIN and platform to the data key, and the checks that the database is ours and newest.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use kodanik_crypto::derive::{Argon2Cost, derive_slow_key};
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::seal::SealKey;
use kodanik_crypto::secret::Secret;
use kodanik_crypto::transcript::frame;
use rand_core::{OsRng, RngCore};
use rusqlite::{Connection, OpenFlags, params};

use super::StoreError;
use super::database::{Database, Head, StoreKeys};
use super::gate::Gate;
use crate::error::WalletError;
use crate::pin::PinEntry;
use crate::platform::{Clock, SecretStore};

const MIGRATIONS: [&str; 1] = [include_str!("../../migrations/0001_sealed_rows.sql")];
const PIN_CONTEXT: &str = "kodanik/store/pin-wrap";
const PLATFORM_CONTEXT: &str = "kodanik/store/platform-wrap";

/// The vault's row: how the data key is wrapped.
struct Vault {
    store_id: [u8; 16],
    salt: [u8; 16],
    cost: Argon2Cost,
    wrapped_key: Vec<u8>,
    head: Vec<u8>,
}

/// Makes database and gate. The caller renames the file into place when everything a wallet needs is in it.
pub(super) fn create(
    path: &Path,
    pin: &PinEntry,
    secrets: Arc<dyn SecretStore>,
) -> Result<Database, WalletError> {
    let gate = Gate::make();
    let mut salt = [0; 16];
    OsRng.fill_bytes(&mut salt);
    let (store_id, cost) = (gate.store_id.0, Argon2Cost::STANDARD);
    let data_key = SealKey::make(&mut OsRng);
    let wrapped_key = wrap(&data_key, pin, &gate.wrapping_key()?, &store_id, &salt, cost)?;
    let keys = StoreKeys::derive(&data_key);
    let head = Head::EMPTY;
    let sealed_head = head.seal(&keys, &store_id);
    let connection = connect(path, OpenFlags::SQLITE_OPEN_CREATE)?;
    insert_vault(&connection, &Vault { store_id, salt, cost, wrapped_key, head: sealed_head })?;
    gate.write(secrets.as_ref())?;
    Ok(Database::new(connection, keys, head, gate, secrets))
}

/// Opens after the checks, in an order that lets a foreign database cost no try and a try cost even when interrupted.
pub(super) fn open(
    path: &Path,
    pin: &PinEntry,
    secrets: Arc<dyn SecretStore>,
    clock: &Clock,
) -> Result<Database, WalletError> {
    let mut gate = Gate::read(secrets.as_ref())?.ok_or(StoreError::Foreign)?;
    if gate.is_spent() {
        gate.wipe();
        gate.write(secrets.as_ref())?;
    }
    gate.check_wait(clock.now())?;
    let connection = connect(path, OpenFlags::empty())?;
    let vault = load_vault(&connection)?;
    if vault.store_id != gate.store_id.0 {
        return Err(StoreError::Foreign.into());
    }
    gate.count_try(clock.now());
    gate.write(secrets.as_ref())?;
    let Some(data_key) = unwrap(&vault, pin, &gate.wrapping_key()?)? else {
        let verdict = gate.wrong();
        gate.write(secrets.as_ref())?;
        return Err(verdict.into());
    };
    gate.right();
    let keys = StoreKeys::derive(&data_key);
    let head = Head::open(&keys, &vault.store_id, &vault.head)?;
    check_newest(&head, gate.counter)?;
    gate.counter = head.counter;
    gate.write(secrets.as_ref())?;
    let database = Database::new(connection, keys, head, gate, secrets);
    database.check_digest()?;
    Ok(database)
}

/// The database may be one ahead: the transaction was committed and the power went before the gate heard of it.
fn check_newest(head: &Head, gate_counter: u64) -> Result<(), StoreError> {
    match head.counter.checked_sub(gate_counter) {
        Some(0 | 1) => Ok(()),
        Some(_) => Err(StoreError::Foreign),
        None => Err(StoreError::RolledBack),
    }
}

fn connect(path: &Path, extra: OpenFlags) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX | extra;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(Duration::from_secs(5))?;
    connection.pragma_update(None, "journal_mode", "WAL")?;
    connection.pragma_update(None, "synchronous", "FULL")?;
    connection.pragma_update(None, "trusted_schema", false)?;
    connection.pragma_update(None, "secure_delete", true)?;
    migrate(&mut connection)?;
    Ok(connection)
}

fn migrate(connection: &mut Connection) -> Result<(), StoreError> {
    let version: u32 = connection.query_row("PRAGMA user_version", [], |row| row.get(0))?;
    let pending = MIGRATIONS.get(version as usize..).ok_or(StoreError::TooNew)?;
    for (number, sql) in (version + 1..).zip(pending) {
        let transaction = connection.transaction()?;
        transaction.execute_batch(sql)?;
        transaction.pragma_update(None, "user_version", number)?;
        transaction.commit()?;
    }
    Ok(())
}

fn insert_vault(connection: &Connection, vault: &Vault) -> Result<(), StoreError> {
    connection.execute(
        "INSERT INTO vault (id, store_id, salt, memory_kib, passes, lanes, wrapped_key, head)
         VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)",
        params![
            vault.store_id,
            vault.salt,
            vault.cost.memory_kib,
            vault.cost.passes,
            vault.cost.lanes,
            vault.wrapped_key,
            vault.head
        ],
    )?;
    Ok(())
}

fn load_vault(connection: &Connection) -> Result<Vault, StoreError> {
    let sql = "SELECT store_id, salt, memory_kib, passes, lanes, wrapped_key, head FROM vault WHERE id = 1";
    let vault = connection.query_row(sql, [], |row| {
        Ok(Vault {
            store_id: row.get(0)?,
            salt: row.get(1)?,
            cost: Argon2Cost { memory_kib: row.get(2)?, passes: row.get(3)?, lanes: row.get(4)? },
            wrapped_key: row.get(5)?,
            head: row.get(6)?,
        })
    });
    match vault {
        Err(rusqlite::Error::QueryReturnedNoRows) => Err(StoreError::Foreign),
        other => Ok(other?),
    }
}

fn wrap(
    data_key: &SealKey,
    pin: &PinEntry,
    platform: &SealKey,
    store_id: &[u8; 16],
    salt: &[u8; 16],
    cost: Argon2Cost,
) -> Result<Vec<u8>, StoreError> {
    let by_pin = pin_key(pin, salt, cost)?;
    let inner = by_pin.seal(&mut OsRng, &wrap_context(PIN_CONTEXT, store_id, cost), data_key.expose());
    Ok(platform.seal(&mut OsRng, &wrap_context(PLATFORM_CONTEXT, store_id, cost), &inner))
}

/// `None` where the PIN is wrong; an error where the outer layer is not this device's.
fn unwrap(vault: &Vault, pin: &PinEntry, platform: &SealKey) -> Result<Option<SealKey>, StoreError> {
    let context = |label| wrap_context(label, &vault.store_id, vault.cost);
    let inner =
        platform.open(&context(PLATFORM_CONTEXT), &vault.wrapped_key).map_err(|_| StoreError::Foreign)?;
    let by_pin = pin_key(pin, &vault.salt, vault.cost)?;
    let Ok(bytes) = by_pin.open(&context(PIN_CONTEXT), inner.expose()) else { return Ok(None) };
    Secret::from_slice(bytes.expose()).map(SealKey::from).map(Some).ok_or(StoreError::Damaged)
}

fn pin_key(pin: &PinEntry, salt: &[u8; 16], cost: Argon2Cost) -> Result<SealKey, StoreError> {
    derive_slow_key(pin.expose(), salt, cost).map(SealKey::from).map_err(|_| StoreError::Damaged)
}

fn wrap_context(label: &'static str, store_id: &[u8; 16], cost: Argon2Cost) -> Vec<u8> {
    let number = |value: u32| Bytes(value.to_be_bytes());
    let (memory, passes, lanes) = (number(cost.memory_kib), number(cost.passes), number(cost.lanes));
    frame(label, &[store_id, &memory.0, &passes.0, &lanes.0])
}
