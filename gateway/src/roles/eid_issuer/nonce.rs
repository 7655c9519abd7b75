//! Nonces for key proofs. Anybody may ask for one, so a nonce costs no storage until it is used: it carries its expiry
//! and a tag that only this issuer can make, and is remembered once spent.

use std::fmt;
use std::path::Path;

use kodanik_crypto::derive::derive_key;
use kodanik_crypto::encoding::{from_base64url, to_base64url};
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_crypto::time::UnixSeconds;
use rand_core::{CryptoRngCore, OsRng};
use rusqlite::{OptionalExtension, params};

use super::as_sql;
use crate::db::Db;
use crate::error::GatewayError;

const LABEL: &str = "KODANIK-V1-C-NONCE";
const NAME: &str = "nonce-key";
/// How long a nonce is good, in seconds.
const LIFE: u64 = 300;

/// Makes and recognises nonces: base64url of u64be(expiry) || 16 random bytes || 16 bytes of tag.
pub(super) struct NonceKey(Secret<32>);

impl NonceKey {
    /// Makes the key unless there is one.
    pub(super) fn ensure(db: &Db) -> Result<(), GatewayError> {
        let fresh = Secret::<32>::make(&mut OsRng);
        db.transaction(|tx| {
            let sql = "INSERT OR IGNORE INTO secrets (name, value) VALUES (?1, ?2)";
            tx.execute(sql, params![NAME, fresh.expose()])?;
            Ok(())
        })
    }

    /// Reads the key.
    pub(super) fn read(db: &Db, folder: &Path) -> Result<Self, GatewayError> {
        let value: Option<Vec<u8>> = db.transaction(|tx| {
            tx.query_row("SELECT value FROM secrets WHERE name = ?1", [NAME], |row| row.get(0)).optional()
        })?;
        let key = value.map(SecretBytes::new).and_then(|value| Secret::from_slice(value.expose()));
        key.map(Self).ok_or_else(|| GatewayError::BadKeyFile { path: folder.join("eid.sqlite") })
    }

    /// A fresh nonce.
    pub(super) fn make(&self, rng: &mut impl CryptoRngCore, now: UnixSeconds) -> String {
        let mut nonce = [0; 40];
        nonce[..8].copy_from_slice(&now.plus(LIFE).0.to_be_bytes());
        rng.fill_bytes(&mut nonce[8..24]);
        let tag = self.tag(&nonce[..24]);
        nonce[24..].copy_from_slice(tag.expose());
        to_base64url(nonce)
    }

    /// Whether `nonce` is this issuer's, not expired, and not spent before; spends it.
    pub(super) fn spend(&self, db: &Db, nonce: &str, now: UnixSeconds) -> bool {
        let Some(expires) = self.expiry(nonce) else { return false };
        expires > now && db.transaction(|tx| mark_spent(tx, nonce, expires, now)).is_ok_and(|rows| rows == 1)
    }

    fn expiry(&self, nonce: &str) -> Option<UnixSeconds> {
        let bytes: [u8; 40] = from_base64url(nonce).ok()?.try_into().ok()?;
        let (body, tag) = bytes.split_at(24);
        let own = subtle::ConstantTimeEq::ct_eq(self.tag(body).expose().as_slice(), tag);
        let expires = u64::from_be_bytes(body[..8].try_into().ok()?);
        bool::from(own).then_some(UnixSeconds(expires))
    }

    fn tag(&self, body: &[u8]) -> Secret<16> {
        derive_key(self.0.expose(), b"", LABEL, &[body])
    }
}

impl fmt::Debug for NonceKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NonceKey(..)")
    }
}

fn mark_spent(
    tx: &rusqlite::Transaction<'_>,
    nonce: &str,
    expires: UnixSeconds,
    now: UnixSeconds,
) -> Result<usize, rusqlite::Error> {
    tx.execute("DELETE FROM spent_nonces WHERE expires <= ?1", [as_sql(now.0)])?;
    let sql = "INSERT OR IGNORE INTO spent_nonces (nonce, expires) VALUES (?1, ?2)";
    tx.execute(sql, params![nonce, as_sql(expires.0)])
}
