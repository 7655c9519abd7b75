//! An eligibility issuer: says, without learning for which pseudonym, that somebody on the roll may vote
//! (protocol.md §3.3). Several of these, run by different organisations, stand behind one election; each has its own
//! keys, its own copy of the roll, its own log.
//!
//! A citizen shows the e-ID and a blinded pseudonym; the issuer looks the person up, signs at most once per person
//! and election, and logs a salted roll id, the style, the hash of what it signed and the citizen's own signature.
//! At the end it publishes how often it signed and the root of its log: there can be no more ballots than that.

mod desk;
mod log;
#[cfg(test)]
mod tests;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use kodanik_ballot::election::Election;
use kodanik_ballot::ids::ElectionId;
use kodanik_contract::entry::{Counts, Entry};
use kodanik_contract::issued::IssuedList;
use kodanik_contract::signed::Signed;
use kodanik_crypto::blind_rsa::{
    BlindPublicKey, BlindRsaError, BlindSecretKey, BlindSignature, BlindedMessage,
};
use kodanik_crypto::encoding::EncodingError;
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_crypto::signature::{SigningKey, VerifyingKey};
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::{labelled_sha256, sha256};
use rand_core::OsRng;
use rusqlite::{OptionalExtension, Transaction, params};
use thiserror::Error;

use crate::clock::Clock;
use crate::context::role_dir;
use crate::db::Db;
use crate::error::GatewayError;
use crate::pki::private_folder;

pub use desk::{Ask, Desk, DeskError};
pub use log::Asked;

const MIGRATIONS: &[&str] = &[include_str!("../../migrations/eligibility/1.sql")];
const ROLL_LABEL: &str = "KODANIK-V1-ROLL";

/// One line of the roll.
#[derive(Clone, PartialEq, Eq)]
pub struct RollEntry {
    /// The number that the e-ID shows: the voter's roll number or the personal administrative number.
    pub number: String,
    /// The ballot style that this person gets.
    pub style: String,
}

/// Why the issuer does not sign.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum IssueError {
    // The citizen.
    /// Another blinded pseudonym was signed for this person. Somebody who never asked should raise the alarm.
    #[error("a voting credential was already issued to this person")]
    AlreadyIssued,
    /// Nobody of this number is on the roll for this election.
    #[error("this person is not on the roll")]
    NotOnRoll,
    /// The roll gives this person another ballot style.
    #[error("this person has another ballot style")]
    WrongStyle,
    // The election.
    /// Counts were published or the election is closed.
    #[error("voting credentials are no longer issued for this election")]
    IssuingClosed,
    /// The manifest does not name this issuer with the key that it made.
    #[error("this issuer does not serve this election and style")]
    NotOurs,
    // The gateway.
    /// Its database.
    #[error("database: {0}")]
    Database(#[from] rusqlite::Error),
    /// Its counts do not encode: a bug of ours.
    #[error("the counts: {0}")]
    Encoding(#[from] EncodingError),
    /// Its key.
    #[error("the issuer's key: {0}")]
    Key(#[from] BlindRsaError),
}

/// What a verified presentation says: who asks, for what, and the citizen's signature on exactly that.
#[derive(Debug)]
pub struct VerifiedAsk<'a> {
    /// The election, taken from the ledger.
    pub election: &'a Election,
    /// The ballot style.
    pub style: &'a str,
    /// The number that the e-ID showed.
    pub number: &'a str,
    /// What is to be signed.
    pub blinded: &'a BlindedMessage,
    /// The citizen's signature: the key-binding JWT whose transaction data name election, style, issuer and the hash
    /// of `blinded`. It holds no claim.
    pub citizen_signature: &'a str,
}

/// An eligibility issuer.
pub struct Eligibility {
    id: String,
    db: Db,
    clock: Clock,
    signing_key: SigningKey,
    roll_salt: Secret<32>,
}

impl Eligibility {
    /// Makes the issuer's folder, database and keys under the gateway's folder `dir`; does nothing to one that exists.
    pub fn init(dir: &Path, id: &str) -> Result<(), GatewayError> {
        let folder = folder(dir, id);
        private_folder(&folder)?;
        let db = open_db(&folder)?;
        db.transaction(|tx| {
            insert_secret(tx, "signing-key", SigningKey::make(&mut OsRng).to_bytes().expose())?;
            insert_secret(tx, "roll-salt", Secret::<32>::make(&mut OsRng).expose())
        })
    }

    /// Opens what [`Self::init`] made.
    pub fn open(dir: &Path, id: &str, clock: Clock) -> Result<Arc<Self>, GatewayError> {
        let folder = folder(dir, id);
        let bad = || GatewayError::BadKeyFile { path: folder.join("eligibility.sqlite") };
        let db = open_db(&folder)?;
        let (signing_key, roll_salt) = db.transaction(|tx| {
            Ok::<_, GatewayError>((secret(tx, "signing-key")?, secret(tx, "roll-salt")?))
        })?;
        let signing_key = SigningKey::from_bytes(&signing_key.ok_or_else(bad)?).map_err(|_| bad())?;
        let roll_salt = roll_salt.ok_or_else(bad)?;
        Ok(Arc::new(Self { id: id.to_owned(), db, clock, signing_key, roll_salt }))
    }

    /// The issuer's id, as the manifest has it.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key that signs the counts; the manifest names it.
    pub fn signing_key(&self) -> &SigningKey {
        &self.signing_key
    }

    /// The public half of [`Self::signing_key`].
    pub fn verifying_key(&self) -> VerifyingKey {
        self.signing_key.verifying_key()
    }

    /// Makes the RSA key for one style of the election with this slug, or gives the one that was made. Its public half
    /// goes into the manifest. Blocks for a second.
    pub fn prepare(&self, slug: &str, style: &str) -> Result<BlindPublicKey, IssueError> {
        if let Some(key) = self.db.transaction(|tx| election_key(tx, slug, style))? {
            return Ok(key.public_key().clone());
        }
        let made = BlindSecretKey::make(&mut OsRng)?;
        self.store_key(slug, style, &made)
    }

    /// Keeps the first key that is stored for a slug and style and gives its public half.
    fn store_key(
        &self,
        slug: &str,
        style: &str,
        made: &BlindSecretKey,
    ) -> Result<BlindPublicKey, IssueError> {
        let pkcs8 = made.to_pkcs8()?;
        self.db.transaction(|tx| {
            tx.execute(
                "INSERT OR IGNORE INTO election_keys (slug, style, pkcs8) VALUES (?1, ?2, ?3)",
                params![slug, style, pkcs8.expose()],
            )?;
            let stored = election_key(tx, slug, style)?.ok_or(IssueError::NotOurs)?;
            Ok(stored.public_key().clone())
        })
    }

    /// Puts people on the roll of the election with this slug. Only salted ids are kept; a person who is on it already
    /// keeps the style.
    pub fn admit(&self, slug: &str, roll: &[RollEntry]) -> Result<(), GatewayError> {
        self.db.transaction(|tx| {
            let mut insert =
                tx.prepare("INSERT OR IGNORE INTO roll (slug, person, style) VALUES (?1, ?2, ?3)")?;
            for entry in roll {
                insert.execute(params![slug, self.person(slug, &entry.number), entry.style])?;
            }
            Ok(())
        })
    }

    /// Whether this issuer serves this style of this election now: the manifest names it with its own key, and the
    /// election is not over.
    pub fn check_serves(&self, election: &Election, style: &str) -> Result<(), IssueError> {
        self.db.transaction(|tx| self.key_for(tx, election, style).map(drop))
    }

    /// Signs, at most once per person and election; the same blinded message gets the same answer again.
    pub fn issue(&self, ask: &VerifiedAsk<'_>) -> Result<BlindSignature, IssueError> {
        let key = self.db.transaction(|tx| self.key_for(tx, ask.election, ask.style))?;
        // First, so that a message that cannot be signed costs the citizen nothing and is not counted.
        let signature = key.sign(&mut OsRng, ask.blinded)?;
        // The line is on disk before the signature leaves; who is refused here gets none.
        self.db.transaction(|tx| self.record(tx, ask))?;
        Ok(signature)
    }

    /// Ends issuing for this election and gives the signed counts, one entry per style, to be logged. Nothing is
    /// issued after the first call, and every later call gives the same entries.
    pub fn counts(&self, election: &Election) -> Result<Vec<Entry>, IssueError> {
        election.manifest.issuer(&self.id).ok_or(IssueError::NotOurs)?;
        let now = self.clock.now();
        let styles = election.manifest.styles.iter().map(|style| style.id.as_str());
        self.db.transaction(|tx| {
            tx.execute(
                "INSERT OR IGNORE INTO closed (election, at) VALUES (?1, ?2)",
                params![election.id.as_bytes(), as_sql(now)],
            )?;
            styles.map(|style| self.signed_counts(tx, election, style)).collect()
        })
    }

    /// The list behind the counts, for auditors: salted ids and hashes. Nothing is added to it after [`Self::counts`].
    pub fn list(&self, election: &Election) -> Result<IssuedList, IssueError> {
        election.manifest.issuer(&self.id).ok_or(IssueError::NotOurs)?;
        let styles = election.manifest.styles.iter();
        let styles = self.db.transaction(|tx| {
            styles
                .map(|style| Ok(log::style(tx, &election.id, &style.id)?))
                .collect::<Result<_, IssueError>>()
        })?;
        Ok(IssuedList { election: election.id, issuer: self.id.clone(), styles })
    }

    /// What is kept of the person with this number, who says "I never asked": nothing, or the signature of the e-ID that
    /// asked.
    pub fn asked(&self, election: &Election, number: &str) -> Result<Option<Asked>, IssueError> {
        let person = self.person(&election.manifest.election, number);
        Ok(self.db.transaction(|tx| log::asked(tx, &election.id, &person))?)
    }

    fn signed_counts(
        &self,
        tx: &Transaction<'_>,
        election: &Election,
        style: &str,
    ) -> Result<Entry, IssueError> {
        let logged = log::style(tx, &election.id, style)?.count(&election.id);
        let counts = Counts {
            election: election.id,
            issued: logged.issued,
            issuer: self.id.clone(),
            root: logged.root,
            style: style.to_owned(),
        };
        let signed = Signed::sign(counts, &election.manifest.log, &self.signing_key)?;
        Ok(Entry::EligibilityCounts(signed))
    }

    /// Checks everything and writes the log line, unless the same line is there.
    fn record(&self, tx: &Transaction<'_>, ask: &VerifiedAsk<'_>) -> Result<(), IssueError> {
        self.key_for(tx, ask.election, ask.style)?;
        let person = self.person(&ask.election.manifest.election, ask.number);
        check_roll(tx, &ask.election.manifest.election, &person, ask.style)?;
        let line = log::Line {
            election: ask.election.id,
            person,
            style: ask.style.to_owned(),
            blinded_hash: sha256(ask.blinded.0.as_ref()),
        };
        match log::find(tx, &line.election, &line.person)? {
            None => log::insert(tx, &line, ask.citizen_signature, self.clock.now())?,
            Some(earlier) if earlier == line => {}
            Some(_) => return Err(IssueError::AlreadyIssued),
        }
        Ok(())
    }

    fn key_for(
        &self,
        tx: &Transaction<'_>,
        election: &Election,
        style: &str,
    ) -> Result<BlindSecretKey, IssueError> {
        let manifest = &election.manifest;
        let (_, issuer) = manifest.issuer(&self.id).ok_or(IssueError::NotOurs)?;
        let named = issuer.keys.iter().find(|key| key.style == style).ok_or(IssueError::NotOurs)?;
        let own = election_key(tx, &manifest.election, style)?.ok_or(IssueError::NotOurs)?;
        if own.public_key().to_spki() != named.spki.0 {
            return Err(IssueError::NotOurs);
        }
        if self.clock.minute() >= manifest.closes || is_closed(tx, &election.id)? {
            return Err(IssueError::IssuingClosed);
        }
        Ok(own)
    }

    fn person(&self, slug: &str, number: &str) -> [u8; 32] {
        labelled_sha256(ROLL_LABEL, &[self.roll_salt.expose(), slug.as_bytes(), number.as_bytes()])
    }
}

impl fmt::Debug for Eligibility {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Eligibility({})", self.id)
    }
}

fn folder(dir: &Path, id: &str) -> std::path::PathBuf {
    role_dir(dir, "eligibility").join(id)
}

fn open_db(folder: &Path) -> Result<Db, GatewayError> {
    Db::open(&folder.join("eligibility.sqlite"), MIGRATIONS)
}

fn insert_secret(tx: &Transaction<'_>, name: &str, value: &[u8]) -> Result<(), GatewayError> {
    tx.execute("INSERT OR IGNORE INTO secrets (name, value) VALUES (?1, ?2)", params![name, value])?;
    Ok(())
}

fn secret(tx: &Transaction<'_>, name: &str) -> Result<Option<Secret<32>>, GatewayError> {
    let value: Option<Vec<u8>> =
        tx.query_row("SELECT value FROM secrets WHERE name = ?1", [name], |row| row.get(0)).optional()?;
    Ok(value.map(SecretBytes::new).and_then(|value| Secret::from_slice(value.expose())))
}

fn election_key(tx: &Transaction<'_>, slug: &str, style: &str) -> Result<Option<BlindSecretKey>, IssueError> {
    let pkcs8: Option<Vec<u8>> = tx
        .query_row("SELECT pkcs8 FROM election_keys WHERE slug = ?1 AND style = ?2", [slug, style], |row| {
            row.get(0)
        })
        .optional()?;
    Ok(pkcs8.map(|pkcs8| BlindSecretKey::from_pkcs8(&SecretBytes::new(pkcs8))).transpose()?)
}

fn is_closed(tx: &Transaction<'_>, election: &ElectionId) -> Result<bool, rusqlite::Error> {
    tx.query_row("SELECT count(*) FROM closed WHERE election = ?1", [election.as_bytes()], |row| {
        row.get::<_, i64>(0)
    })
    .map(|rows| rows > 0)
}

fn check_roll(tx: &Transaction<'_>, slug: &str, person: &[u8; 32], style: &str) -> Result<(), IssueError> {
    let admitted: Option<String> = tx
        .query_row("SELECT style FROM roll WHERE slug = ?1 AND person = ?2", params![slug, person], |row| {
            row.get(0)
        })
        .optional()?;
    match admitted {
        None => Err(IssueError::NotOnRoll),
        Some(admitted) if admitted == style => Ok(()),
        Some(_) => Err(IssueError::WrongStyle),
    }
}

/// Seconds since 1970 fit SQLite's 63 bits for 292 billion years.
fn as_sql(time: UnixSeconds) -> i64 {
    i64::try_from(time.0).unwrap_or(i64::MAX)
}
