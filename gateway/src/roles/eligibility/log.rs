//! The issuer's log: one line per signature, never one more per person and election (protocol.md §3.3.4).

use kodanik_ballot::ids::ElectionId;
use kodanik_crypto::time::UnixSeconds;
use kodanik_crypto::transcript::frame;
use kodanik_ledger::tree::{Frontier, NodeHash, leaf_hash};
use rusqlite::{OptionalExtension, Transaction, params};

use super::as_sql;

const LINE_LABEL: &str = "KODANIK-V1-ISSUED";

/// What the root covers of a line. The citizen's signature stays beside it, for disputes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub(super) election: ElectionId,
    pub(super) person: [u8; 32],
    pub(super) style: String,
    pub(super) blinded_hash: [u8; 32],
}

impl Line {
    fn leaf(&self) -> NodeHash {
        let fields: [&[u8]; 4] =
            [self.election.as_bytes(), self.style.as_bytes(), &self.person, &self.blinded_hash];
        leaf_hash(&frame(LINE_LABEL, &fields))
    }
}

/// How often an issuer signed for one style of an election, and the RFC 6962 root over those lines, sorted by salted
/// roll id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct IssuedLog {
    pub(super) issued: u64,
    pub(super) root: NodeHash,
}

impl IssuedLog {
    pub(super) fn read(
        tx: &Transaction<'_>,
        election: &ElectionId,
        style: &str,
    ) -> Result<Self, rusqlite::Error> {
        let mut frontier = Frontier::new();
        let mut lines = tx.prepare(
            "SELECT person, style, blinded_hash FROM issued WHERE election = ?1 AND style = ?2 ORDER BY person",
        )?;
        let mut rows = lines.query(params![election.as_bytes(), style])?;
        while let Some(row) = rows.next()? {
            frontier.push(read_line(*election, row)?.leaf(), |_, _| {});
        }
        Ok(Self { issued: frontier.size(), root: frontier.root() })
    }
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
