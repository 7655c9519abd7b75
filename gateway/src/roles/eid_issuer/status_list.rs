//! The status list: one bit per credential, signed, at one address.

use std::sync::{Mutex, PoisonError};

use kodanik_crypto::time::UnixSeconds;
use kodanik_identity::endpoint::Endpoint;
use kodanik_identity::status::{Bits, Status, StatusList, TokenTimes};

use super::{EidError, from_sql};
use crate::db::Db;
use crate::pki::Signer;

/// Places in the list.
pub(super) const SIZE: u32 = 1 << 17;
/// How long a verifier may keep the list, in seconds.
const TTL: u64 = 60;
/// How long a signed list is good, in seconds.
const LIFE: u64 = 3600;
/// How old a list may be when it is given out, in seconds.
const REFRESH: u64 = 30;

/// Signs the list and keeps the newest signed one.
#[derive(Debug)]
pub(super) struct StatusPublisher {
    signer: Signer,
    uri: Endpoint,
    newest: Mutex<Option<Published>>,
}

#[derive(Debug)]
struct Published {
    token: String,
    at: UnixSeconds,
}

impl StatusPublisher {
    pub(super) fn new(signer: Signer, uri: Endpoint) -> Self {
        Self { signer, uri, newest: Mutex::new(None) }
    }

    /// The list's address, as credentials have it.
    pub(super) fn uri(&self) -> &str {
        self.uri.as_str()
    }

    /// Something changed: the next token is signed afresh.
    pub(super) fn forget(&self) {
        *self.newest.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// The signed list.
    pub(super) fn token(&self, db: &Db, now: UnixSeconds) -> Result<String, EidError> {
        // Held while the list is read, so that a revocation cannot fall between reading and keeping.
        let mut newest = self.newest.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(published) = newest.as_ref().filter(|published| now.since(published.at) < REFRESH) {
            return Ok(published.token.clone());
        }
        let token = self.sign(db, now)?;
        *newest = Some(Published { token: token.clone(), at: now });
        Ok(token)
    }

    fn sign(&self, db: &Db, now: UnixSeconds) -> Result<String, EidError> {
        let revoked: Vec<i64> = db.transaction(|tx| {
            let mut statement =
                tx.prepare_cached("SELECT status_index FROM credentials WHERE revoked IS NOT NULL")?;
            let rows = statement.query_map([], |row| row.get(0))?;
            rows.collect::<Result<_, rusqlite::Error>>()
        })?;
        let mut list = StatusList::new(Bits::One, u64::from(SIZE)).map_err(|_| EidError::Damaged)?;
        for index in revoked {
            list.set(from_sql(index), Status::Invalid).map_err(|_| EidError::Damaged)?;
        }
        let times = TokenTimes { issued: now, expires: now.plus(LIFE), ttl: TTL };
        let draft = list.token(self.signer.x5c(), self.uri(), times).map_err(|_| EidError::Damaged)?;
        Ok(self.signer.sign(draft))
    }
}
