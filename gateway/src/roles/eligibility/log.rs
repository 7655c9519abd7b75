//! The issuer's log: one line per signature, never one more per person and election (protocol.md §3.3.4).

use kodanik_ballot::ids::ElectionId;
use kodanik_contract::issued::{IssuedLine, IssuedStyle};
use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::time::UnixSeconds;
use rusqlite::{OptionalExtension, Transaction, params};
use serde::Serialize;

use super::as_sql;

/// A line. The citizen's signature stays beside it, for disputes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) election: ElectionId,
    pub(super) person: [u8; 32],
    pub(super) style: String,
    pub(super) blinded_hash: [u8; 32],
}

/// The lines of one style, sorted by salted roll id: what the root covers and auditors are shown.
pub(super) fn style(
    tx: &Transaction<'_>,
    election: &ElectionId,
    style: &str,
) -> Result<IssuedStyle, rusqlite::Error> {
    let mut lines = tx.prepare(
        "SELECT person, blinded_hash FROM issued WHERE election = ?1 AND style = ?2 ORDER BY person",
    )?;
    let line = |row: &rusqlite::Row<'_>| {
        Ok(IssuedLine { blinded_hash: Bytes(row.get(1)?), person: Bytes(row.get(0)?) })
    };
    let lines = lines.query_map(params![election.as_bytes(), style], line)?;
    Ok(IssuedStyle { lines: lines.collect::<Result<_, _>>()?, style: style.to_owned() })
}

/// What is kept of a citizen who asked, for disputes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
    /// When.
    pub at: UnixSeconds,
    /// SHA-256 of the blinded message that was signed.
    pub blinded_hash: Bytes<32>,
    /// The key-binding JWT of the e-ID that was shown: its `transaction_data_hashes` bind it to this election, style,
    /// issuer and blinded message. Whose e-ID it was, the e-ID's issuer knows by its key.
    pub citizen_signature: String,
    /// The ballot style.
    pub style: String,
}

/// What a person asked for, if they did.
pub(super) fn asked(
    tx: &Transaction<'_>,
    election: &ElectionId,
    person: &[u8; 32],
) -> Result<Option<Asked>, rusqlite::Error> {
    tx.query_row(
        "SELECT at, blinded_hash, citizen_signature, style FROM issued WHERE election = ?1 AND person = ?2",
        params![election.as_bytes(), person],
        |row| {
            Ok(Asked {
                at: UnixSeconds(u64::try_from(row.get::<_, i64>(0)?).unwrap_or_default()),
                blinded_hash: Bytes(row.get(1)?),
                citizen_signature: row.get(2)?,
                style: row.get(3)?,
            })
        },
    )
    .optional()
}

/// The person's line of this election, if there is one.
pub(super) fn find(
    tx: &Transaction<'_>,
    election: &ElectionId,
    person: &[u8; 32],
) -> Result<Option<Line>, rusqlite::Error> {
    tx.query_row(
        "SELECT person, style, blinded_hash FROM issued WHERE election = ?1 AND person = ?2",
        params![election.as_bytes(), person],
        |row| read_line(*election, row),
    )
    .optional()
}

/// Appends a line; the primary key refuses a second one of the same person.
pub(super) fn insert(
    tx: &Transaction<'_>,
    line: &Line,
    citizen_signature: &str,
    now: UnixSeconds,
) -> Result<(), rusqlite::Error> {
    tx.execute(
        "INSERT INTO issued (election, person, style, blinded_hash, citizen_signature, at) \
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
        params![
            line.election.as_bytes(),
            line.person,
            line.style,
            line.blinded_hash,
            citizen_signature,
            as_sql(now)
        ],
    )?;
    Ok(())
}

fn read_line(election: ElectionId, row: &rusqlite::Row<'_>) -> Result<Line, rusqlite::Error> {
    Ok(Line { election, person: row.get(0)?, style: row.get(1)?, blinded_hash: row.get(2)? })
}
