//! Voting (protocol.md §3.4): see which elections are open, get a voting credential, cast an encrypted ballot, keep its
//! receipt, cast again; test a ballot on another phone before casting, or check it there afterwards.
//!
//! The identified plane is used for one thing only: asking issuers for the credential. Everything else goes over the
//! anonymous plane, and nothing that is sent there is derived from what was sent here in a way that the receiver could
//! follow. The wallet stores no choice and no randomness of a ballot, ever.

mod cast;
mod check;
mod credential;
mod election;
mod prepare;

use kodanik_ballot::cast::CastError;
use kodanik_ballot::check::CheckError;
use kodanik_ballot::ids::{ElectionId, Tracker};
use kodanik_ballot::promise::TestError;
use kodanik_ballot::token::TokenError;
use kodanik_crypto::encoding::Binary;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::time::{UnixMinute, UnixSeconds};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::error::WalletError;
use crate::store::{StoreError, Table};
use crate::wallet::Wallet;

pub use self::cast::CastOutcome;
pub use self::check::{CheckOutcome, ClosedOutcome};
pub use self::credential::{CredentialOutcome, VotingCredential};
pub use self::election::{ElectionPhase, ElectionView, KnownElection};
pub use self::prepare::{Choice, PreparedVote, TestOutcome};

/// Why voting does not go on. Never says how somebody voted.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum VoteError {
    // The citizen can do something.
    /// The citizen's answers do not fit the contests.
    #[error("the choice does not fit the ballot: {0}")]
    Choice(#[from] CastError),
    /// The text is no checking code, or the ballot does not match it.
    #[error("the check failed: {0}")]
    Check(#[from] CheckError),
    /// A ballot that was tested on another phone is not what was promised.
    #[error("the test failed: {0}")]
    Test(#[from] TestError),
    /// A ballot that was tested, and should never have been cast, is on the board.
    #[error("a ballot that was only tested is on the board: the phone that made it lies")]
    TestedWasCast,
    /// As many ballots were tested as the election allows before one is cast.
    #[error("no more ballots can be tested before one is cast")]
    TestsUsedUp,
    /// The time or the number of tries for checking is over.
    #[error("this ballot can no longer be checked")]
    CheckOver,
    /// Several elections or none have this name.
    #[error("no election of this name is open for this wallet")]
    NoSuchElection,
    /// A voting credential has to be obtained first.
    #[error("there is no voting credential for this election yet")]
    NoCredential,
    /// An issuer that is to be left out is none of this election's.
    #[error("the election has no issuer {issuer}")]
    NoSuchIssuer {
        /// What was named.
        issuer: String,
    },
    /// The election does not accept ballots now.
    #[error("the election is not open now")]
    NotOpen,
    /// The manifest has several ballot styles: the citizen has to say which one the roll gives.
    #[error("which ballot style? the election has several")]
    StyleNeeded,
    /// So many issuers are left out that too few remain.
    #[error("{required} issuers have to sign, and only {left} are left")]
    TooFewIssuers {
        /// Those that have signed or can be asked.
        left: usize,
        /// q.
        required: u32,
    },

    // An issuer said no.
    /// An issuer says that it signed for this person before, for a pseudonym that is not this wallet's. Somebody who
    /// never asked should raise the alarm with the election office.
    #[error("issuer {issuer} says that a credential was issued to you already, and not to this wallet")]
    AlreadyIssued {
        /// The issuer's id.
        issuer: String,
    },
    /// An issuer does not answer. What the others signed is kept; nobody else is asked in its place.
    #[error("issuer {issuer} does not answer, or cannot do it now")]
    IssuerUnreachable {
        /// The issuer's id.
        issuer: String,
    },
    /// The issuer has ended issuing for this election.
    #[error("issuer {issuer} no longer issues voting credentials for this election")]
    IssuingClosed {
        /// The issuer's id.
        issuer: String,
    },
    /// The issuer does not find the citizen on its roll, or with another style.
    #[error("issuer {issuer} does not find you on its roll for this ballot style")]
    NotOnRoll {
        /// The issuer's id.
        issuer: String,
    },

    // A peer is at fault.
    /// An issuer asks for more than the credential needs, or for other data than this wallet sent.
    #[error("issuer {issuer} asks for something else than it should")]
    IssuerOverreaches {
        /// The issuer's id.
        issuer: String,
    },
    /// An issuer's answer is no signature on what was asked.
    #[error("the voting credential: {0}")]
    Token(#[from] TokenError),
}

impl VoteError {
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::AlreadyIssued { .. } => "already_issued",
            Self::Check(CheckError::NotYetOnBoard) => "check_not_yet_on_board",
            Self::Check(CheckError::OtherBallot) => "check_other_ballot",
            Self::Check(CheckError::OtherElection) => "check_other_election",
            Self::Check(CheckError::OtherProofs) => "check_other_proofs",
            Self::Check(CheckError::OtherPseudonym) => "check_other_pseudonym",
            Self::Check(CheckError::SeedMismatch) => "check_seed_mismatch",
            Self::Check(CheckError::Superseded) => "check_superseded",
            Self::Check(_) => "check_failed",
            Self::CheckOver => "check_over",
            Self::Choice(_) => "choice",
            Self::IssuerOverreaches { .. } => "issuer_overreaches",
            Self::IssuerUnreachable { .. } => "issuer_unreachable",
            Self::IssuingClosed { .. } => "issuing_closed",
            Self::NoCredential => "no_credential",
            Self::NoSuchElection => "no_such_election",
            Self::NoSuchIssuer { .. } => "no_such_issuer",
            Self::NotOnRoll { .. } => "not_on_roll",
            Self::NotOpen => "not_open",
            Self::StyleNeeded => "style_needed",
            Self::Test(TestError::OtherBallot) => "test_other_ballot",
            Self::Test(_) => "test_failed",
            Self::TestedWasCast => "tested_was_cast",
            Self::TestsUsedUp => "tests_used_up",
            Self::Token(_) => "token",
            Self::TooFewIssuers { .. } => "too_few_issuers",
        }
    }
}

/// A ballot of this wallet: the exact bytes that were or will be sent, and what became of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnBallot {
    /// H_E.
    pub election: ElectionId,
    /// The election's slug.
    pub slug: String,
    /// Counts this pseudonym's ballots from 1.
    pub seq: u32,
    /// Names the ballot.
    pub tracker: Tracker,
    /// The ledger entry: ciphertexts, proofs, tokens, signature.
    pub entry: Binary,
    /// When it was made.
    pub made: UnixSeconds,
    /// What became of it.
    pub state: BallotState,
}

/// What became of a ballot.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum BallotState {
    /// In the log at this index since this minute; the receipt is stored.
    OnBoard {
        /// The entry.
        index: u64,
        /// The log's minute.
        minute: UnixMinute,
    },
    /// The gateway refused it with this code. Kept, so that it is recognised should it turn up all the same.
    Refused {
        /// The contract's code.
        code: String,
    },
    /// Stored and perhaps sent; no answer yet. Sending it again is safe.
    Unanswered,
}

/// A ballot as the board lists it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BoardBallot {
    /// Its entry.
    pub index: u64,
    /// The log's minute.
    pub minute: UnixMinute,
    /// Its place.
    pub seq: u32,
    /// Its name.
    pub tracker: Tracker,
}

/// What the board holds of this wallet's pseudonym in one election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct BoardView {
    /// All ballots, oldest first; the last one counts.
    pub ballots: Vec<BoardBallot>,
    /// Those that this wallet did not cast. After a recovery these may be the lost phone's; otherwise somebody else
    /// has the pseudonym's key.
    pub not_by_this_wallet: Vec<Tracker>,
}

impl Wallet {
    /// The ballots that this wallet made, oldest first.
    pub fn ballots(&self) -> Result<Vec<OwnBallot>, WalletError> {
        let rows = self.store().list::<OwnBallot>(Table::Ballots)?;
        Ok(rows.into_iter().map(|row| row.value).collect())
    }

    /// The stored receipt (C2SP tlog-proof) of a ballot.
    pub fn receipt(&self, tracker: &Tracker) -> Result<Option<String>, WalletError> {
        Ok(self.store().get(Table::Receipts, &tracker.to_string())?)
    }

    /// What the board holds of this wallet's pseudonym. A ballot for which this wallet holds a receipt and that the
    /// board does not list is an error.
    pub async fn board(&self, election: &KnownElection) -> Result<BoardView, WalletError> {
        let vk = self.pseudonym(&election.election.id)?.verifying_key();
        let ballots = self.board_ballots(&election.election.id, &vk).await?;
        let own: Vec<OwnBallot> =
            self.ballots()?.into_iter().filter(|own| own.election == election.election.id).collect();
        check_nothing_hidden(&own, &ballots)?;
        let is_own = |tracker: &Tracker| own.iter().any(|own| own.tracker == *tracker);
        let foreign = ballots.iter().map(|ballot| ballot.tracker).filter(|tracker| !is_own(tracker));
        Ok(BoardView { not_by_this_wallet: foreign.collect(), ballots })
    }

    /// What the board lists for any pseudonym. A list from the gateway, not a proof.
    async fn board_ballots(
        &self,
        election: &ElectionId,
        vk: &VerifyingKey,
    ) -> Result<Vec<BoardBallot>, WalletError> {
        let vk = kodanik_crypto::encoding::to_base64url(vk.to_sec1());
        let url = self.anonymous_url(&format!("elections/{election}/ballots/{vk}"))?;
        self.planes().anonymous.get_json(&url).await
    }

    fn pseudonym(
        &self,
        election: &ElectionId,
    ) -> Result<kodanik_ballot::pseudonym::PseudonymKey, WalletError> {
        let seed = self.participation_seed()?;
        let key = kodanik_ballot::pseudonym::PseudonymKey::derive(&seed, election);
        Ok(key.map_err(|_| StoreError::Damaged)?)
    }
}

fn check_nothing_hidden(own: &[OwnBallot], board: &[BoardBallot]) -> Result<(), WalletError> {
    for ballot in own {
        let BallotState::OnBoard { index, .. } = ballot.state else { continue };
        if !board.iter().any(|listed| listed.tracker == ballot.tracker && listed.index == index) {
            let shown = format!("ballot {} has a receipt and is not listed", ballot.tracker);
            return Err(crate::ledger::misbehaved("ballot_hidden", shown));
        }
    }
    Ok(())
}
