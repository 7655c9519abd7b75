//! The office's SQL, one function per sentence.

use kodanik_crypto::derive::Argon2Cost;
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::UnixSeconds;
use kodanik_identity::rebinding::{CodeSet, PendingRebinding, REVOCATION_SLOT, RebindingState};
use rand_core::OsRng;
use rusqlite::types::{FromSqlError, Type};
use rusqlite::{OptionalExtension, Result, Row, Transaction, params};

const CHALLENGE_LIFETIME: u64 = 300;

/// To whom a challenge was given.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    Account(&'a Bytes<16>),
    Anybody,
    Code(&'a Bytes<32>),
    Rebinding(&'a Bytes<16>),
}

impl Subject<'_> {
    fn bytes(self) -> Vec<u8> {
        match self {
            Self::Account(id) => [b"a", id.as_ref()].concat(),
            Self::Anybody => Vec::new(),
            Self::Code(id) => [b"c", id.as_ref()].concat(),
            Self::Rebinding(id) => [b"r", id.as_ref()].concat(),
        }
    }
}

/// A set without its codes.
pub(super) struct SetRow {
    pub(super) id: Bytes<16>,
    pub(super) device_key: VerifyingKey,
    pub(super) salt: Bytes<16>,
    pub(super) cost: Argon2Cost,
    pub(super) counter: u64,
}

/// A code and its set.
pub(super) struct CodeRow {
    pub(super) id_hash: Bytes<32>,
    pub(super) account: Bytes<16>,
    pub(super) slot: u8,
    pub(super) auth_key: VerifyingKey,
    pub(super) set: SetRow,
}

/// A re-binding.
pub(super) struct RebindingRow {
    pub(super) id: Bytes<16>,
    pub(super) account: Bytes<16>,
    pub(super) slot: u8,
    pub(super) device_key: VerifyingKey,
    pub(super) begun: UnixSeconds,
    pub(super) not_before: UnixSeconds,
    pub(super) factor: Option<String>,
    pub(super) state: String,
}

impl RebindingRow {
    pub(super) fn notice(&self, state: RebindingState) -> PendingRebinding {
        PendingRebinding { rebinding: self.id, state, begun: self.begun, not_before: self.not_before }
    }

    fn read(row: &Row<'_>) -> Result<Self> {
        Ok(Self {
            id: Bytes(row.get(0)?),
            account: Bytes(row.get(1)?),
            slot: row.get(2)?,
            device_key: key(row, 3)?,
            begun: seconds(row, 4)?,
            not_before: seconds(row, 5)?,
            factor: row.get(6)?,
            state: row.get(7)?,
        })
    }
}

const REBINDING: &str =
    "SELECT r.id, r.account, r.slot, r.device_key, r.begun, r.not_before, r.factor, r.state FROM rebinding r";

pub(super) fn make_secret(
    tx: &Transaction<'_>,
    name: &str,
) -> std::result::Result<(), crate::error::GatewayError> {
    let value = Secret::<32>::make(&mut OsRng);
    tx.execute("INSERT OR IGNORE INTO secret VALUES (?1, ?2)", params![name, value.expose()])?;
    Ok(())
}

pub(super) fn secret(tx: &Transaction<'_>, name: &str) -> Result<Option<Secret<32>>> {
    let value = tx.query_row("SELECT value FROM secret WHERE name = ?1", [name], |row| row.get(0));
    Ok(value.optional()?.map(SecretBytes::new).and_then(|value| Secret::from_slice(value.expose())))
}

/// The person's account, whose phone from now on is the one that just showed the e-ID.
pub(super) fn ensure_account(
    tx: &Transaction<'_>,
    person: &str,
    device_key: &VerifyingKey,
) -> Result<Bytes<16>> {
    let sql = "INSERT INTO account (id, person, device_key) VALUES (?1, ?2, ?3)
               ON CONFLICT (person) DO UPDATE SET device_key = excluded.device_key RETURNING id";
    let fresh = super::random::<16>();
    tx.query_row(sql, params![fresh.0, person, device_key.to_sec1()], |row| row.get(0).map(Bytes))
}

pub(super) fn account_device(tx: &Transaction<'_>, account: &Bytes<16>) -> Result<Option<VerifyingKey>> {
    let sql = "SELECT device_key FROM account WHERE id = ?1 AND device_key IS NOT NULL";
    tx.query_row(sql, [account.0], |row| key(row, 0)).optional()
}

pub(super) fn person(tx: &Transaction<'_>, account: &Bytes<16>) -> Result<Option<String>> {
    tx.query_row("SELECT person FROM account WHERE id = ?1", [account.0], |row| row.get(0)).optional()
}

pub(super) fn replace_set(tx: &Transaction<'_>, set: &CodeSet, blob: &[u8], counter: u64) -> Result<()> {
    kill_set(tx, &set.account)?;
    tx.execute(
        "INSERT INTO code_set VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
        params![
            set.account.0,
            set.set.0,
            set.device_key.to_sec1(),
            set.salt.0,
            set.cost.memory_kib,
            set.cost.passes,
            set.cost.lanes,
            blob,
            integer(counter)
        ],
    )?;
    let mut insert = tx.prepare("INSERT INTO code VALUES (?1, ?2, ?3, ?4, ?5, ?6, NULL)")?;
    for code in &set.codes {
        let auth_key = code.auth_key.to_sec1();
        insert.execute(params![
            code.id_hash.0,
            set.account.0,
            code.slot,
            auth_key,
            code.share.0,
            code.wrap.0
        ])?;
    }
    let (none, revocation) = (None::<Vec<u8>>, &set.revocation);
    let auth_key = revocation.auth_key.to_sec1();
    insert.execute(params![revocation.id_hash.0, set.account.0, REVOCATION_SLOT, auth_key, none, none])?;
    Ok(())
}

/// Deletes a set and whatever was begun with it but not finished.
pub(super) fn kill_set(tx: &Transaction<'_>, account: &Bytes<16>) -> Result<()> {
    tx.execute("DELETE FROM code WHERE account = ?1", [account.0])?;
    tx.execute("DELETE FROM code_set WHERE account = ?1", [account.0])?;
    let sql = "UPDATE rebinding SET state = 'suspended' WHERE account = ?1 AND state = 'pending'";
    tx.execute(sql, [account.0])?;
    Ok(())
}

pub(super) fn set_of(tx: &Transaction<'_>, account: &Bytes<16>) -> Result<Option<SetRow>> {
    let sql =
        "SELECT id, device_key, salt, memory_kib, passes, lanes, counter FROM code_set WHERE account = ?1";
    tx.query_row(sql, [account.0], |row| set(row, 0)).optional()
}

pub(super) fn replace_blob(
    tx: &Transaction<'_>,
    account: &Bytes<16>,
    blob: &[u8],
    counter: u64,
) -> Result<()> {
    let sql = "UPDATE code_set SET blob = ?2, counter = ?3 WHERE account = ?1";
    tx.execute(sql, params![account.0, blob, integer(counter)])?;
    Ok(())
}

pub(super) fn code(tx: &Transaction<'_>, id_hash: &Bytes<32>) -> Result<Option<CodeRow>> {
    let sql =
        "SELECT c.account, c.slot, c.auth_key, s.id, s.device_key, s.salt, s.memory_kib, s.passes, s.lanes,
                      s.counter
               FROM code c JOIN code_set s ON s.account = c.account WHERE c.id_hash = ?1";
    let read = |row: &Row<'_>| {
        Ok(CodeRow {
            id_hash: *id_hash,
            account: Bytes(row.get(0)?),
            slot: row.get(1)?,
            auth_key: key(row, 2)?,
            set: set(row, 3)?,
        })
    };
    tx.query_row(sql, [id_hash.0], read).optional()
}

/// Whether this re-binding is the first to use the code.
pub(super) fn claim_code(tx: &Transaction<'_>, id_hash: &Bytes<32>, by: &Bytes<16>) -> Result<bool> {
    let sql = "UPDATE code SET used_by = ?2 WHERE id_hash = ?1 AND used_by IS NULL";
    Ok(tx.execute(sql, params![id_hash.0, by.0])? == 1)
}

pub(super) fn insert_rebinding(tx: &Transaction<'_>, row: &RebindingRow) -> Result<()> {
    tx.execute(
        "INSERT INTO rebinding VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
        params![
            row.id.0,
            row.account.0,
            row.slot,
            row.device_key.to_sec1(),
            integer(row.begun.0),
            integer(row.not_before.0),
            row.factor,
            row.state
        ],
    )?;
    Ok(())
}

pub(super) fn rebinding(tx: &Transaction<'_>, id: &Bytes<16>) -> Result<Option<RebindingRow>> {
    tx.query_row(&format!("{REBINDING} WHERE r.id = ?1"), [id.0], RebindingRow::read).optional()
}

pub(super) fn rebinding_of_code(tx: &Transaction<'_>, id_hash: &Bytes<32>) -> Result<Option<RebindingRow>> {
    let sql = format!("{REBINDING} JOIN code c ON c.used_by = r.id WHERE c.id_hash = ?1");
    tx.query_row(&sql, [id_hash.0], RebindingRow::read).optional()
}

pub(super) fn pending(tx: &Transaction<'_>, account: &Bytes<16>) -> Result<Vec<RebindingRow>> {
    let sql =
        format!("{REBINDING} WHERE r.account = ?1 AND r.state IN ('pending', 'suspended') ORDER BY r.begun");
    tx.prepare(&sql)?.query_map([account.0], RebindingRow::read)?.collect()
}

pub(super) fn has_open_rebinding(tx: &Transaction<'_>, account: &Bytes<16>) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM rebinding WHERE account = ?1 AND state IN ('pending', 'active'))";
    tx.query_row(sql, [account.0], |row| row.get(0))
}

pub(super) fn give_factor(tx: &Transaction<'_>, id: &Bytes<16>, factor: &str) -> Result<()> {
    tx.execute("UPDATE rebinding SET factor = ?2 WHERE id = ?1", params![id.0, factor])?;
    Ok(())
}

/// The new phone is the holder: the old one loses its say, every other code and re-binding dies. `false` where this
/// re-binding was stopped meanwhile.
pub(super) fn make_active(tx: &Transaction<'_>, id: &Bytes<16>, account: &Bytes<16>) -> Result<bool> {
    if tx.execute("UPDATE rebinding SET state = 'active' WHERE id = ?1 AND state = 'pending'", [id.0])? == 0 {
        return Ok(false);
    }
    retire_phones(tx, account)?;
    let sql = "UPDATE rebinding SET state = 'suspended' WHERE account = ?1 AND state = 'pending'";
    tx.execute(sql, [account.0])?;
    let sql = "DELETE FROM code WHERE account = ?1 AND used_by IS NOT ?2";
    tx.execute(sql, params![account.0, id.0])?;
    Ok(true)
}

/// The account's phones have no say any more, and never again: a cached status list elsewhere cannot bring them back.
pub(super) fn retire_phones(tx: &Transaction<'_>, account: &Bytes<16>) -> Result<()> {
    let sql = "INSERT OR IGNORE INTO retired_phone
               SELECT device_key FROM account WHERE id = ?1 AND device_key IS NOT NULL
               UNION SELECT device_key FROM code_set WHERE account = ?1";
    tx.execute(sql, [account.0])?;
    tx.execute("UPDATE account SET device_key = NULL WHERE id = ?1", [account.0])?;
    Ok(())
}

pub(super) fn is_retired(tx: &Transaction<'_>, device_key: &VerifyingKey) -> Result<bool> {
    let sql = "SELECT EXISTS (SELECT 1 FROM retired_phone WHERE device_key = ?1)";
    tx.query_row(sql, [device_key.to_sec1()], |row| row.get(0))
}

/// Share and wrap of the code that an active re-binding used.
pub(super) fn released(tx: &Transaction<'_>, id: &Bytes<16>) -> Result<Option<(Bytes<32>, Binary)>> {
    let sql = "SELECT c.share, c.wrap FROM code c JOIN rebinding r ON r.id = c.used_by
               WHERE r.id = ?1 AND r.state = 'active' AND c.share IS NOT NULL";
    tx.query_row(sql, [id.0], |row| Ok((Bytes(row.get(0)?), Binary(row.get(1)?)))).optional()
}

pub(super) fn blob(tx: &Transaction<'_>, account: &Bytes<16>) -> Result<Option<(Binary, u64)>> {
    let sql = "SELECT blob, counter FROM code_set WHERE account = ?1";
    let read = |row: &Row<'_>| Ok((Binary(row.get(0)?), row.get::<_, i64>(1)?.unsigned_abs()));
    tx.query_row(sql, [account.0], read).optional()
}

pub(super) fn finish(tx: &Transaction<'_>, id: &Bytes<16>, account: &Bytes<16>) -> Result<()> {
    tx.execute("UPDATE rebinding SET state = 'done' WHERE id = ?1", [id.0])?;
    kill_set(tx, account)
}

pub(super) fn suspend(tx: &Transaction<'_>, id: &Bytes<16>) -> Result<()> {
    tx.execute("UPDATE rebinding SET state = 'suspended' WHERE id = ?1", [id.0])?;
    Ok(())
}

pub(super) fn insert_challenge(
    tx: &Transaction<'_>,
    challenge: &Bytes<32>,
    subject: Subject<'_>,
    now: UnixSeconds,
) -> Result<()> {
    tx.execute("DELETE FROM challenge WHERE expires < ?1", [integer(now.0)])?;
    let expires = integer(now.plus(CHALLENGE_LIFETIME).0);
    tx.execute("INSERT INTO challenge VALUES (?1, ?2, ?3)", params![challenge.0, subject.bytes(), expires])?;
    Ok(())
}

/// Whether it was given to this subject and is young enough. It is gone in any case.
pub(super) fn spend_challenge(
    tx: &Transaction<'_>,
    challenge: &Bytes<32>,
    subject: Subject<'_>,
    now: UnixSeconds,
) -> Result<bool> {
    let sql = "DELETE FROM challenge WHERE value = ?1 RETURNING subject = ?2 AND expires >= ?3";
    let parameters = params![challenge.0, subject.bytes(), integer(now.0)];
    Ok(tx.query_row(sql, parameters, |row| row.get(0)).optional()?.unwrap_or(false))
}

/// Counts and returns today's number; forgets other days.
pub(super) fn count_attempt(tx: &Transaction<'_>, subject: &[u8], day: u64) -> Result<u32> {
    tx.execute("DELETE FROM attempt WHERE day <> ?1", [integer(day)])?;
    let sql = "INSERT INTO attempt VALUES (?1, ?2, 1)
               ON CONFLICT (subject, day) DO UPDATE SET count = count + 1 RETURNING count";
    tx.query_row(sql, params![subject, integer(day)], |row| row.get(0))
}

pub(super) fn log(tx: &Transaction<'_>, time: UnixSeconds, account: &Bytes<16>, event: &str) -> Result<()> {
    let sql = "INSERT INTO log (time, account, event) VALUES (?1, ?2, ?3)";
    tx.execute(sql, params![integer(time.0), account.0, event])?;
    Ok(())
}

fn set(row: &Row<'_>, at: usize) -> Result<SetRow> {
    Ok(SetRow {
        id: Bytes(row.get(at)?),
        device_key: key(row, at + 1)?,
        salt: Bytes(row.get(at + 2)?),
        cost: Argon2Cost { memory_kib: row.get(at + 3)?, passes: row.get(at + 4)?, lanes: row.get(at + 5)? },
        counter: row.get::<_, i64>(at + 6)?.unsigned_abs(),
    })
}

fn key(row: &Row<'_>, at: usize) -> Result<VerifyingKey> {
    let bytes: Vec<u8> = row.get(at)?;
    let invalid =
        |_| rusqlite::Error::FromSqlConversionFailure(at, Type::Blob, Box::new(FromSqlError::InvalidType));
    VerifyingKey::from_sec1(&bytes).map_err(invalid)
}

fn seconds(row: &Row<'_>, at: usize) -> Result<UnixSeconds> {
    Ok(UnixSeconds(row.get::<_, i64>(at)?.unsigned_abs()))
}

/// SQLite's integers are signed; no time or counter of ours comes near the difference.
fn integer(value: u64) -> i64 {
    i64::try_from(value).unwrap_or(i64::MAX)
}
