//! The close statement and the decryption shares (protocol.md §3.2.5, §3.2.6).

use kodanik_crypto::encoding::Bytes;
use kodanik_crypto::group::Point;
use kodanik_crypto::transcript::{Transcript, labelled_sha256};
use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::secret::{KeyShare, TrusteeError};
use crate::election::Election;
use crate::ids::{ElectionId, StatementHash, SumsHash};
use crate::proof::dleq::{DleqProof, DleqStatement};
use crate::tally::{ContestSums, Sums};

#[cfg(test)]
mod tests;

/// What a trustee has seen before it decrypts: this log up to the close, this election, these sums. All honest
/// trustees of an election state the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CloseStatement {
    /// The tree whose last leaf is the election's close.
    pub checkpoint: ClosingCheckpoint,
    /// H_E.
    pub election: ElectionId,
    /// Hash of the sums.
    pub sums: SumsHash,
}

/// A log's tree (protocol.md §5.1).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ClosingCheckpoint {
    /// The log.
    pub origin: String,
    /// RFC 6962 root.
    pub root: Bytes<32>,
    /// Number of leaves.
    pub size: u64,
}

impl CloseStatement {
    /// SHA-256("KODANIK-V1-CLOSE", H_E, origin, size, root, hash of the sums).
    pub fn hash(&self) -> StatementHash {
        let ClosingCheckpoint { origin, root, size } = &self.checkpoint;
        StatementHash::new(labelled_sha256(
            "KODANIK-V1-CLOSE",
            &[
                self.election.as_bytes(),
                origin.as_bytes(),
                &size.to_be_bytes(),
                root.as_ref(),
                self.sums.as_bytes(),
            ],
        ))
    }
}

/// A trustee's close statement, as it stands on the ledger under the trustee's signature. One per election.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TrusteeStatement {
    /// What is stated.
    pub statement: CloseStatement,
    /// Index, from 1.
    pub trustee: u16,
}

/// One trustee's share of one contest's decryption: D = x_j A for each option's A.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PartialDecryption {
    /// The contest's id.
    pub contest: String,
    /// H_E.
    pub election: ElectionId,
    /// One per option, the blank last.
    pub options: Vec<OptionShare>,
    /// Hash of the close statement that t trustees have signed.
    pub statement: StatementHash,
    /// Index, from 1.
    pub trustee: u16,
}

/// D and the proof that it is x_j A.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OptionShare {
    /// D = x_j A.
    pub d: Point,
    /// That Y_j = x_j G and D = x_j A for one x_j.
    pub proof: DleqProof,
}

/// Why a share is bad, or cannot be made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ShareError {
    /// The sums of this contest are degenerate: all who voted in it have conspired that it cannot be read.
    #[error("the contest's sums cannot be decrypted")]
    DegenerateSum,
    /// Not one share per option.
    #[error("not one share for each option")]
    OptionCount,
    /// Of another election.
    #[error("a share of another election")]
    OtherElection,
    /// Of another close statement, or of one over other sums.
    #[error("a share under another close statement")]
    OtherStatement,
    /// Some proof does not hold.
    #[error("a proof does not hold")]
    Proof,
    /// The contest has fewer ballots than the manifest's `min_cell`: nobody may decrypt it.
    #[error("too few ballots to decrypt this contest without telling on somebody")]
    TooFewBallots,
    /// The own key share cannot be used.
    #[error(transparent)]
    Trustee(#[from] TrusteeError),
    /// No such contest.
    #[error("the election has no such contest")]
    UnknownContest,
    /// No such trustee.
    #[error("no trustee has this index")]
    UnknownTrustee,
}

impl PartialDecryption {
    /// Shares for all contests that may be decrypted. `sums` must be the trustee's own, from a log that it has
    /// replayed itself, and `statement` one that t trustees have signed on that log.
    pub fn make_all(
        key: &KeyShare,
        election: &Election,
        sums: &Sums,
        statement: &CloseStatement,
        rng: &mut impl CryptoRngCore,
    ) -> Result<Vec<Self>, ShareError> {
        check_statement(election, sums, statement)?;
        if *key.election() != election.id {
            return Err(ShareError::OtherElection);
        }
        let decrypted = sums.contests().iter().filter(|contest| contest.is_decrypted(election));
        decrypted.map(|contest| make(key, election, contest, statement.hash(), rng)).collect()
    }

    /// Checks everything and gives the form that [`crate::tally::Tally::combine`] takes. `sums` and `statement`
    /// are the verifier's own.
    pub fn verify(
        &self,
        election: &Election,
        sums: &Sums,
        statement: &CloseStatement,
    ) -> Result<VerifiedShare, ShareError> {
        check_statement(election, sums, statement)?;
        if self.election != election.id {
            return Err(ShareError::OtherElection);
        }
        if self.statement != statement.hash() {
            return Err(ShareError::OtherStatement);
        }
        let public = *election.share(self.trustee).ok_or(ShareError::UnknownTrustee)?;
        let contest = sums.contest(&self.contest).ok_or(ShareError::UnknownContest)?;
        if !contest.is_decrypted(election) {
            return Err(ShareError::TooFewBallots);
        }
        if self.options.len() != contest.options.len() {
            return Err(ShareError::OptionCount);
        }
        for (index, (share, sum)) in self.options.iter().zip(&contest.options).enumerate() {
            let context = self.transcript(index);
            let statement = DleqStatement { base: sum.alpha, public, image: share.d };
            if sum.alpha.is_identity() || !share.proof.verify_vartime(context, &statement) {
                return Err(ShareError::Proof);
            }
        }
        Ok(VerifiedShare(self.clone()))
    }

    /// What the proof for the option with this index is bound to, beside its points.
    fn transcript(&self, index: usize) -> Transcript {
        let mut transcript = Transcript::new("KODANIK-V1-SHARE-P256");
        transcript.append(self.election.as_bytes());
        transcript.append(self.statement.as_bytes());
        transcript.append(self.contest.as_bytes());
        transcript.append_u64(index as u64);
        transcript.append_u64(self.trustee.into());
        transcript
    }
}

fn make(
    key: &KeyShare,
    election: &Election,
    contest: &ContestSums,
    statement: StatementHash,
    rng: &mut impl CryptoRngCore,
) -> Result<PartialDecryption, ShareError> {
    let public = *election.share(key.index()).ok_or(ShareError::UnknownTrustee)?;
    let x = key.scalar()?;
    let mut decryption = PartialDecryption {
        contest: contest.contest.clone(),
        election: election.id,
        options: Vec::with_capacity(contest.options.len()),
        statement,
        trustee: key.index(),
    };
    for (index, sum) in contest.options.iter().enumerate() {
        if sum.alpha.is_identity() {
            return Err(ShareError::DegenerateSum);
        }
        let d = sum.alpha * &x;
        let statement = DleqStatement { base: sum.alpha, public, image: d };
        let proof = DleqProof::make(decryption.transcript(index), &statement, &x, rng);
        decryption.options.push(OptionShare { d, proof });
    }
    Ok(decryption)
}

fn check_statement(election: &Election, sums: &Sums, statement: &CloseStatement) -> Result<(), ShareError> {
    if statement.election != election.id || *sums.election() != election.id {
        return Err(ShareError::OtherElection);
    }
    (statement.sums == sums.hash()).then_some(()).ok_or(ShareError::OtherStatement)
}

/// A share whose proofs hold. Only [`PartialDecryption::verify`] makes one.
#[derive(Clone, Debug)]
pub struct VerifiedShare(PartialDecryption);

impl VerifiedShare {
    /// The contest's id.
    pub fn contest(&self) -> &str {
        &self.0.contest
    }

    /// Hash of the close statement.
    pub fn statement(&self) -> &StatementHash {
        &self.0.statement
    }

    /// Index of the trustee, from 1.
    pub fn trustee(&self) -> u16 {
        self.0.trustee
    }

    /// D of each option, the blank last.
    pub(crate) fn points(&self) -> impl Iterator<Item = &Point> {
        self.0.options.iter().map(|share| &share.d)
    }
}

/// Verifies many shares and keeps the bad ones apart, each with its trustee's index: the tally goes on without
/// them, and everybody learns who sent them.
pub fn verify_all(
    election: &Election,
    sums: &Sums,
    statement: &CloseStatement,
    shares: &[PartialDecryption],
) -> (Vec<VerifiedShare>, Vec<(u16, ShareError)>) {
    let (mut good, mut bad) = (Vec::new(), Vec::new());
    for share in shares {
        match share.verify(election, sums, statement) {
            Ok(verified) => good.push(verified),
            Err(error) => bad.push((share.trustee, error)),
        }
    }
    (good, bad)
}
