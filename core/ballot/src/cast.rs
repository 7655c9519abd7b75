//! From a choice to a ballot body (protocol.md §3.1.6).
//!
//! An [`Encrypter`] has tables of the election's key. It prepares a ballot while the citizen is still choosing;
//! [`PreparedBallot::complete`] puts the choice in, which takes hardly any time. No branch and no index depends on the
//! choice; the length depends on the style alone; and the same seed and choice make the same body, to the last byte.

use kodanik_crypto::group::FixedBase;
use kodanik_crypto::signature::VerifyingKey;
use thiserror::Error;

use crate::ballot::{BallotBody, Position};
use crate::election::Election;
use crate::manifest::{Contest, Style};
use crate::proof::contest::BallotContext;

mod contest;
mod seed;
mod selection;

#[cfg(test)]
mod tests;

pub use seed::BallotSeed;
pub use selection::Selection;

use contest::{Multiples, PreparedContest, SecretNumbers};

/// Why a choice does not become a ballot. Never says which choice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum CastError {
    // The citizen can choose again.
    /// The same option twice.
    #[error("an option is chosen twice")]
    ChosenTwice,
    /// An option that the contest does not have.
    #[error("an option that the contest does not have")]
    NoSuchOption,
    /// The chosen options cost more than the contest's budget.
    #[error("the chosen options cost more than the budget")]
    OverBudget,
    /// Fewer than the contest's `min`, and not blank.
    #[error("too few options are chosen")]
    TooFew,
    /// More than the contest's `max`.
    #[error("too many options are chosen")]
    TooMany,
    // The caller misused us.
    /// The manifest has no such style.
    #[error("the manifest has no such ballot style")]
    NoSuchStyle,
    /// Not one selection per contest of the style, or one that was made for another contest.
    #[error("the selections are not those of the style's contests")]
    OtherContests,
    // It will not happen again.
    /// Randomness that gives a point without encoding, which has probability 2^-256.
    #[error("unusable randomness")]
    Randomness,
}

/// Makes ballots of one election. Building its tables takes about as long as encrypting one ballot.
pub struct Encrypter<'a> {
    election: &'a Election,
    key: FixedBase,
}

impl<'a> Encrypter<'a> {
    /// Builds the tables of the election's key.
    pub fn new(election: &'a Election) -> Self {
        Self { election, key: FixedBase::new(election.key.joint_affine()) }
    }

    /// Does everything that does not depend on the choice.
    ///
    /// `seed` must be fresh: two ballots from one seed give their choices away.
    pub fn prepare(
        &self,
        style: &str,
        vk: &VerifyingKey,
        position: Position,
        seed: &BallotSeed,
    ) -> Result<PreparedBallot<'a>, CastError> {
        let style = self.election.manifest.style(style).ok_or(CastError::NoSuchStyle)?;
        let contests: Vec<&Contest> = self.election.manifest.contests_of(style).collect();
        let mut prepared =
            PreparedBallot { election: self.election, style, vk: *vk, position, contests: Vec::new() };
        let context = prepared.context();
        let randomness: Vec<_> =
            contests.iter().map(|contest| contest::Randomness::derive(&context, contest, seed)).collect();
        let multiples = Multiples::compute(&self.key, &randomness).ok_or(CastError::Randomness)?;
        prepared.contests = multiples.into_contests(contests, randomness).ok_or(CastError::Randomness)?;
        Ok(prepared)
    }

    /// Encrypts one selection per contest of the style, in its order, and proves that each is valid.
    pub fn encrypt(
        &self,
        style: &str,
        vk: &VerifyingKey,
        position: Position,
        selections: &[Selection],
        seed: &BallotSeed,
    ) -> Result<BallotBody, CastError> {
        self.prepare(style, vk, position, seed)?.complete(selections)
    }
}

/// A ballot in which only the choice is missing. Its secrets are wiped on drop.
pub struct PreparedBallot<'a> {
    election: &'a Election,
    style: &'a Style,
    vk: VerifyingKey,
    position: Position,
    contests: Vec<PreparedContest<'a>>,
}

impl PreparedBallot<'_> {
    /// Puts the choice in: one selection per contest of the style, in its order. Takes the preparation along, because a
    /// second choice in it would give both away.
    pub fn complete(self, selections: &[Selection]) -> Result<BallotBody, CastError> {
        let fits =
            |(prepared, selection): (&PreparedContest<'_>, &Selection)| selection.fits(prepared.contest());
        if self.contests.len() != selections.len() || !self.contests.iter().zip(selections).all(fits) {
            return Err(CastError::OtherContests);
        }
        let numbers: Vec<SecretNumbers> = selections.iter().map(Selection::numbers).collect();
        Ok(self.complete_numbers(&numbers))
    }

    fn complete_numbers(mut self, numbers: &[SecretNumbers]) -> BallotBody {
        let contests = std::mem::take(&mut self.contests);
        let context = self.context();
        let contests = contests.into_iter().zip(numbers);
        BallotBody {
            contests: contests.map(|(contest, numbers)| contest.complete(&context, numbers)).collect(),
            election: self.election.id,
            prev: self.position.prev,
            seq: self.position.seq,
            style: self.style.id.clone(),
            vk: self.vk,
        }
    }

    fn context(&self) -> BallotContext<'_> {
        BallotContext {
            election: &self.election.id,
            key: &self.election.key.joint,
            style: &self.style.id,
            vk: &self.vk,
            position: self.position,
        }
    }
}

impl std::fmt::Debug for PreparedBallot<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PreparedBallot(..)")
    }
}
