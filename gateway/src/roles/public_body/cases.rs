//! Case files. A case moves on by itself: received, then processing, then decided by the service's rule.

use kodanik_crypto::encoding::{Bytes, to_base64url};
use kodanik_crypto::time::UnixSeconds;
use kodanik_services::tracker::{CaseState, CaseStatus};
use rand_core::{OsRng, RngCore};
use rusqlite::{OptionalExtension, Transaction, params};
use serde_json::Value;

use super::{CallRefused, allowance};

/// How long a case lies in the inbox, and on the desk, in seconds.
const IN_INBOX: u64 = 1;
const ON_DESK: u64 = 2;

/// A case file.
pub(super) struct Case {
    pub(super) id: String,
    pub(super) status: CaseStatus,
    pub(super) application: Value,
}

/// Opens a case; its name is 128 random bits.
pub(super) fn open(
    tx: &Transaction<'_>,
    user: &str,
    application: &Value,
    now: UnixSeconds,
) -> Result<Case, CallRefused> {
    let mut id = [0; 16];
    OsRng.fill_bytes(&mut id);
    let (id, status) = (to_base64url(id), CaseStatus { state: CaseState::Received, since: now });
    tx.execute(
        "INSERT INTO case_file (id, user, state, since, application) VALUES (?1, ?2, ?3, ?4, ?5)",
        params![id, user, name(status.state), now.0 as i64, application.to_string()],
    )?;
    Ok(Case { id, status, application: application.clone() })
}

/// Where a case of `user` stands at `now`.
pub(super) fn status(
    tx: &Transaction<'_>,
    id: &str,
    user: &str,
    now: UnixSeconds,
) -> Result<CaseStatus, CallRefused> {
    Ok(find(tx, id, user, now)?.status)
}

/// A case of `user`, brought up to `now`. Somebody else's case is as unknown as none.
pub(super) fn find(
    tx: &Transaction<'_>,
    id: &str,
    user: &str,
    now: UnixSeconds,
) -> Result<Case, CallRefused> {
    Bytes::<16>::parse(id).map_err(|_| CallRefused::NotFound)?;
    let sql = "SELECT state, since, application FROM case_file WHERE id = ?1 AND user = ?2";
    let row = tx.query_row(sql, [id, user], |row| {
        Ok((row.get::<_, String>(0)?, row.get::<_, i64>(1)?, row.get::<_, String>(2)?))
    });
    let (state, since, application) = row.optional()?.ok_or(CallRefused::NotFound)?;
    let state = serde_json::from_value(Value::String(state)).map_err(|_| CallRefused::NotFound)?;
    let application = serde_json::from_str(&application).map_err(|_| CallRefused::NotFound)?;
    let status = CaseStatus { state, since: UnixSeconds(since.unsigned_abs()) };
    let mut case = Case { id: id.to_owned(), status, application };
    while let Some(next) = next_step(&case, now) {
        enter(tx, &mut case, next)?;
    }
    Ok(case)
}

/// Moves a case on.
pub(super) fn enter(tx: &Transaction<'_>, case: &mut Case, next: CaseStatus) -> Result<(), CallRefused> {
    if !case.status.state.may_become(next.state) {
        return Err(CallRefused::WrongState);
    }
    tx.execute(
        "UPDATE case_file SET state = ?2, since = ?3 WHERE id = ?1",
        params![case.id, name(next.state), next.since.0 as i64],
    )?;
    case.status = next;
    Ok(())
}

fn next_step(case: &Case, now: UnixSeconds) -> Option<CaseStatus> {
    let (state, after) = match case.status.state {
        CaseState::Received => (CaseState::Processing, IN_INBOX),
        CaseState::Processing => (allowance::decide(&case.application, case.status.since), ON_DESK),
        _ => return None,
    };
    let since = case.status.since.plus(after);
    (since <= now).then_some(CaseStatus { state, since })
}

fn name(state: CaseState) -> String {
    match serde_json::to_value(state) {
        Ok(Value::String(name)) => name,
        _ => String::new(), // a case state is a JSON string
    }
}
