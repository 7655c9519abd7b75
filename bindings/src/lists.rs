//! What lists show: credentials, elections, ballots, history. Names of claims, never their values; never a choice.

use kodanik_wallet::credentials::{CredentialSummary, KnownStatus};
use kodanik_wallet::history::{self, HistoryEntry};
use kodanik_wallet::store::Row;
use kodanik_wallet::vote::{self, BallotState, ElectionView};

/// A credential.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Credential {
    /// The wallet's own name for it.
    pub id: String,
    /// What its issuer calls this kind of credential.
    pub name: String,
    /// The issuer, by its certificate.
    pub issuer: String,
    /// What it says about its holder, by the names of its claims.
    pub claims: Vec<String>,
    /// Unix seconds.
    pub received: u64,
    /// Unix seconds.
    pub expires: Option<u64>,
    /// Whether it is still good.
    pub status: CredentialStatus,
    /// Unix seconds; nothing where the issuer was never asked.
    pub status_as_of: Option<u64>,
}

/// A credential's status as far as the wallet knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum CredentialStatus {
    /// Its time is over, or its issuer is no longer trusted.
    Expired,
    /// It has no status: its life is its only limit.
    Unlimited,
    /// Revoked for good.
    Revoked,
    /// Not usable for now.
    Suspended,
    /// The issuer cannot be asked and no answer is kept.
    Unknown,
    /// Good.
    Valid,
}

impl From<CredentialSummary> for Credential {
    fn from(summary: CredentialSummary) -> Self {
        Self {
            id: summary.id,
            name: summary.name,
            issuer: summary.issuer,
            claims: summary.claims,
            received: summary.received.0,
            expires: summary.expires.map(|at| at.0),
            status: summary.status.status.into(),
            status_as_of: summary.status.as_of.map(|at| at.0),
        }
    }
}

impl From<KnownStatus> for CredentialStatus {
    fn from(status: KnownStatus) -> Self {
        match status {
            KnownStatus::Expired => Self::Expired,
            KnownStatus::None => Self::Unlimited,
            KnownStatus::Revoked => Self::Revoked,
            KnownStatus::Suspended => Self::Suspended,
            KnownStatus::Unknown => Self::Unknown,
            KnownStatus::Valid => Self::Valid,
        }
    }
}

/// An election of this gateway's log.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct Election {
    /// Its name for [`crate::Kodanik::ballot`].
    pub name: String,
    /// For people.
    pub title: String,
    /// Where it stands.
    pub phase: ElectionPhase,
    /// Unix seconds from which ballots are accepted.
    pub opens: u64,
    /// Unix seconds from which they are late.
    pub closes: u64,
    /// Whether manifest and opening were verified. An election that is not open yet is only listed.
    pub verified: bool,
    /// Whether this wallet holds a voting credential for it.
    pub has_credential: bool,
    /// Ballots of this wallet in it.
    pub own_ballots: u32,
}

/// Where an election stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum ElectionPhase {
    /// Ballots are accepted.
    Casting,
    /// Casting is over.
    Closed,
    /// Casting begins later.
    Coming,
    /// There is a result.
    Tallied,
}

impl From<ElectionView> for Election {
    fn from(view: ElectionView) -> Self {
        Self {
            name: view.election,
            title: view.title,
            phase: view.phase.into(),
            opens: view.opens.start().0,
            closes: view.closes.start().0,
            verified: view.verified,
            has_credential: view.has_credential,
            own_ballots: count(view.own_ballots),
        }
    }
}

impl From<vote::ElectionPhase> for ElectionPhase {
    fn from(phase: vote::ElectionPhase) -> Self {
        match phase {
            vote::ElectionPhase::Casting => Self::Casting,
            vote::ElectionPhase::Closed => Self::Closed,
            vote::ElectionPhase::Coming => Self::Coming,
            vote::ElectionPhase::Tallied => Self::Tallied,
        }
    }
}

/// A ballot that this wallet made.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct OwnBallot {
    /// The election's name.
    pub election: String,
    /// Names the ballot on the board.
    pub tracker: String,
    /// Counts this citizen's ballots from 1; the last one on the board counts.
    pub seq: u32,
    /// Unix seconds.
    pub made: u64,
    /// What became of it.
    pub fate: OwnBallotFate,
}

/// What became of a ballot.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum OwnBallotFate {
    /// In the log, with a receipt.
    OnBoard {
        /// Its entry.
        index: u64,
        /// The log's time, Unix seconds.
        time: u64,
    },
    /// The gateway refused it for good.
    TurnedDown {
        /// The contract's code.
        code: String,
    },
    /// Perhaps sent, and not answered: [`crate::Kodanik::settle_ballots`] finds out.
    Unanswered,
}

impl From<vote::OwnBallot> for OwnBallot {
    fn from(own: vote::OwnBallot) -> Self {
        Self {
            election: own.slug,
            tracker: own.tracker.to_string(),
            seq: own.seq,
            made: own.made.0,
            fate: match own.state {
                BallotState::OnBoard { index, minute } => {
                    OwnBallotFate::OnBoard { index, time: minute.start().0 }
                }
                BallotState::Refused { code } => OwnBallotFate::TurnedDown { code },
                BallotState::Unanswered => OwnBallotFate::Unanswered,
            },
        }
    }
}

/// A line of the history.
#[derive(Clone, Debug, PartialEq, Eq, uniffi::Record)]
pub struct HistoryLine {
    /// To go on from with [`crate::Kodanik::history`].
    pub position: u64,
    /// What happened.
    pub kind: HistoryKind,
    /// With whom.
    pub party: String,
    /// What for, in the party's words.
    pub purpose: String,
    /// Names of the claims concerned.
    pub claims: Vec<String>,
    /// Unix seconds.
    pub time: u64,
}

/// What a line of the history is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, uniffi::Enum)]
pub enum HistoryKind {
    /// Backup codes were made.
    BackupMade,
    /// A ballot was accepted.
    BallotCast,
    /// A voting credential was obtained.
    BallotRight,
    /// A credential was received.
    CredentialReceived,
    /// Claims may have been shared: the answer was lost after sending.
    MaybePresented,
    /// Something that this version of the bridge has no name for.
    Other,
    /// Claims were shared.
    Presented,
    /// This wallet was restored by a backup code.
    Recovered,
    /// A request for claims was declined.
    Refused,
    /// A public service was asked.
    ServiceRequested,
}

impl From<Row<HistoryEntry>> for HistoryLine {
    fn from(row: Row<HistoryEntry>) -> Self {
        let HistoryEntry { kind, party, purpose, claims, time } = row.value;
        Self { position: row.seq, kind: kind.into(), party, purpose, claims, time: time.0 }
    }
}

impl From<history::HistoryKind> for HistoryKind {
    fn from(kind: history::HistoryKind) -> Self {
        match kind {
            history::HistoryKind::BackupMade => Self::BackupMade,
            history::HistoryKind::BallotCast => Self::BallotCast,
            history::HistoryKind::BallotRight => Self::BallotRight,
            history::HistoryKind::CredentialReceived => Self::CredentialReceived,
            history::HistoryKind::MaybePresented => Self::MaybePresented,
            history::HistoryKind::Presented => Self::Presented,
            history::HistoryKind::Recovered => Self::Recovered,
            history::HistoryKind::Refused => Self::Refused,
            history::HistoryKind::ServiceRequested => Self::ServiceRequested,
            _ => Self::Other,
        }
    }
}

/// A number of things in memory.
pub(crate) fn count(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(u32::MAX)
}
