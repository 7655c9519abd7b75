//! Adding up and reading the result (protocol.md §3.2.4, §3.2.6). Which ballots count is the caller's to say: the
//! last one of each pseudonym.

use std::collections::BTreeMap;

use kodanik_crypto::group::Point;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::transcript::{Transcript, frame};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::election::{Election, lagrange};
use crate::elgamal::Ciphertext;
use crate::ids::{ElectionId, SumsHash, Tracker};
use crate::manifest::Contest;
use crate::proof::contest::{choice_weights, cost_weights};
use crate::trustee::decrypt::VerifiedShare;
use crate::verify::VerifiedBallot;

#[cfg(test)]
mod tests;

/// The summed ciphertexts of an election, contest by contest in the manifest's order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sums {
    election: ElectionId,
    contests: Vec<ContestSums>,
}

/// One contest's sums over all styles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContestSums {
    /// The contest's id.
    pub contest: String,
    /// Ballots added.
    pub ballots: u64,
    /// One sum per option, the blank last.
    pub options: Vec<Ciphertext>,
}

impl Sums {
    /// Nothing added yet.
    pub fn new(election: &Election) -> Self {
        let empty = |contest: &Contest| ContestSums {
            contest: contest.id.clone(),
            ballots: 0,
            options: vec![Ciphertext::ZERO; contest.answers()],
        };
        Self { election: election.id, contests: election.manifest.contests.iter().map(empty).collect() }
    }

    /// Sums that somebody claims, from wherever: for vectors and tests.
    #[cfg(any(test, feature = "testing"))]
    pub fn dangerous_from_parts(election: ElectionId, contests: Vec<ContestSums>) -> Self {
        Self { election, contests }
    }

    /// Adds a ballot that counts.
    pub fn add(&mut self, ballot: &VerifiedBallot) {
        ballot.contests().for_each(|(id, ciphertexts)| self.update(id, ciphertexts, Add::Plus));
    }

    /// Takes a ballot away again that a later one of its pseudonym supersedes.
    pub fn remove(&mut self, ballot: &VerifiedBallot) {
        ballot.contests().for_each(|(id, ciphertexts)| self.update(id, ciphertexts, Add::Minus));
    }

    /// H_E.
    pub fn election(&self) -> &ElectionId {
        &self.election
    }

    /// All contests, in the manifest's order.
    pub fn contests(&self) -> &[ContestSums] {
        &self.contests
    }

    /// One contest.
    pub fn contest(&self, id: &str) -> Option<&ContestSums> {
        self.contests.iter().find(|sums| sums.contest == id)
    }

    /// What a close statement names. An identity, which honest sums never are, stands as an empty field.
    pub fn hash(&self) -> SumsHash {
        let mut transcript = Transcript::new("KODANIK-V1-SUMS");
        transcript.append(self.election.as_bytes());
        transcript.append_u64(self.contests.len() as u64);
        for sums in &self.contests {
            transcript.append(sums.contest.as_bytes());
            transcript.append_u64(sums.ballots);
            transcript.append_u64(sums.options.len() as u64);
            for point in sums.options.iter().flat_map(|sum| [sum.alpha, sum.beta]) {
                transcript.append(point.to_bytes().as_ref().map_or(&[], |bytes| bytes.as_slice()));
            }
        }
        SumsHash::new(transcript.digest())
    }

    fn update(&mut self, id: &str, ciphertexts: &[Ciphertext], way: Add) {
        let Some(sums) = self.contests.iter_mut().find(|sums| sums.contest == id) else { return };
        for (sum, ciphertext) in sums.options.iter_mut().zip(ciphertexts) {
            *sum = match way {
                Add::Minus => {
                    Ciphertext { alpha: sum.alpha - ciphertext.alpha, beta: sum.beta - ciphertext.beta }
                }
                Add::Plus => *sum + *ciphertext,
            };
        }
        sums.ballots = match way {
            Add::Minus => sums.ballots.saturating_sub(1),
            Add::Plus => sums.ballots + 1,
        };
    }
}

#[derive(Clone, Copy)]
enum Add {
    Minus,
    Plus,
}

impl ContestSums {
    /// Whether the contest has the manifest's `min_cell` of ballots; below it, only the turnout is published.
    pub fn is_decrypted(&self, election: &Election) -> bool {
        self.ballots >= u64::from(election.manifest.min_cell)
    }
}

/// Why shares give no result.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum TallyError {
    /// The sums decrypt to numbers that no valid ballots add up to: our bug, or a ballot that was not verified.
    #[error("the decrypted sums are not sums of ballots")]
    NotASum,
    /// Shares of another election, contest or statement than the first one.
    #[error("the shares are not of one contest and one close statement")]
    OtherShares,
    /// Fewer than t trustees have given a share for a contest.
    #[error("fewer shares than the threshold")]
    TooFewShares,
}

/// An election's result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tally {
    /// One per contest, in the manifest's order.
    pub contests: Vec<ContestTally>,
}

/// One contest's result.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ContestTally {
    /// Ballots that count: the turnout.
    pub ballots: u64,
    /// The contest's id.
    pub contest: String,
    /// How often each option was chosen, the blank last; absent (`null`) under the manifest's `min_cell`.
    pub options: Option<Vec<u64>>,
}

impl Tally {
    /// Combines any t verified shares per contest. Different sets of t give the same result.
    pub fn combine(election: &Election, sums: &Sums, shares: &[VerifiedShare]) -> Result<Self, TallyError> {
        let statement = shares.first().map(VerifiedShare::statement);
        if shares.iter().any(|share| Some(share.statement()) != statement) {
            return Err(TallyError::OtherShares);
        }
        let tally = |sums: &ContestSums| combine_contest(election, sums, shares);
        Ok(Self { contests: sums.contests.iter().map(tally).collect::<Result<_, _>>()? })
    }
}

fn combine_contest(
    election: &Election,
    sums: &ContestSums,
    shares: &[VerifiedShare],
) -> Result<ContestTally, TallyError> {
    let (ballots, contest) = (sums.ballots, sums.contest.clone());
    if !sums.is_decrypted(election) {
        return Ok(ContestTally { ballots, contest, options: None });
    }
    let of_contest = shares.iter().filter(|share| share.contest() == contest);
    let by_trustee: BTreeMap<u16, &VerifiedShare> =
        of_contest.map(|share| (share.trustee(), share)).collect();
    let t = usize::from(election.manifest.trustees.threshold);
    if by_trustee.len() < t {
        return Err(TallyError::TooFewShares);
    }
    let chosen: Vec<(u16, &VerifiedShare)> = by_trustee.into_iter().take(t).collect();
    let encoded = decrypt_points(sums, &chosen)?;
    let options = read_numbers(&encoded, ballots).ok_or(TallyError::NotASum)?;
    check_numbers(election, &contest, ballots, &options)?;
    Ok(ContestTally { ballots, contest, options: Some(options) })
}

/// v G of each option: beta minus the Lagrange combination of the shares.
fn decrypt_points(sums: &ContestSums, shares: &[(u16, &VerifiedShare)]) -> Result<Vec<Point>, TallyError> {
    let indexes: Vec<u16> = shares.iter().map(|(j, _)| *j).collect();
    let mut points: Vec<Point> = sums.options.iter().map(|sum| sum.beta).collect();
    for (j, share) in shares {
        let factor = lagrange(&indexes, *j, 0).ok_or(TallyError::TooFewShares)?;
        for (point, d) in points.iter_mut().zip(share.points()) {
            *point = *point - *d * &factor;
        }
    }
    Ok(points)
}

/// What every set of verified ballots obeys: between `min` and `max` choices each, a blank counting `max`, and nothing
/// spent beyond the budgets.
fn check_numbers(election: &Election, id: &str, ballots: u64, numbers: &[u64]) -> Result<(), TallyError> {
    let contest = election.manifest.contest(id).ok_or(TallyError::NotASum)?;
    let each = |number: u64| u128::from(number) * u128::from(ballots);
    let sum = |weights: &mut dyn Iterator<Item = u64>| -> u128 {
        weights.zip(numbers).map(|(weight, v)| u128::from(weight) * u128::from(*v)).sum()
    };
    let choices = each(contest.min.into())..=each(contest.max.into());
    let possible = numbers.len() == contest.answers()
        && choices.contains(&sum(&mut choice_weights(contest)))
        && sum(&mut cost_weights(contest)) <= each(contest.budget);
    possible.then_some(()).ok_or(TallyError::NotASum)
}

/// The v in `0..=most` of each v G, by baby steps and giant steps. Variable time: results are public.
fn read_numbers(points: &[Point], most: u64) -> Option<Vec<u64>> {
    let step = most.isqrt() + 1;
    let mut point = Point::IDENTITY;
    let multiples: Vec<Point> = (1..=step)
        .map(|_| {
            point += Point::GENERATOR;
            point
        })
        .collect();
    let baby: BTreeMap<[u8; 33], u64> = Point::batch_to_bytes(&multiples)?.into_iter().zip(1..).collect();
    points.iter().map(|point| read_number(*point, &baby, -*multiples.last()?, step, most)).collect()
}

/// Subtracts `step` G until what is left is the identity or in the table.
fn read_number(
    mut point: Point,
    baby: &BTreeMap<[u8; 33], u64>,
    giant: Point,
    step: u64,
    most: u64,
) -> Option<u64> {
    for base in (0..=most).step_by(usize::try_from(step).ok()?) {
        let rest = match point.to_bytes() {
            None => Some(0),
            Some(bytes) => baby.get(&bytes).copied(),
        };
        if let Some(rest) = rest {
            return (base + rest <= most).then_some(base + rest);
        }
        point += giant;
    }
    None
}

/// The leaf of one pseudonym in the list whose root the close entry carries: framed "KODANIK-V1-LAST-BALLOT", H_E,
/// vk, tracker. The list is sorted by vk (its 33 bytes); its root is that of an RFC 6962 tree (protocol.md §3.2.7).
pub fn last_ballot_leaf(election: &ElectionId, vk: &VerifyingKey, last: &Tracker) -> Vec<u8> {
    frame("KODANIK-V1-LAST-BALLOT", &[election.as_bytes(), &vk.to_sec1(), last.as_bytes()])
}
