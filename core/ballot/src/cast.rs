//! From a choice to a ballot body (protocol.md §3.1.6). No branch and no index depends on the choice; the
//! length depends on the style alone.

use kodanik_crypto::derive::derive_key;
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::transcript::hash_to_scalar;
use rand_core::CryptoRngCore;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use thiserror::Error;
use zeroize::Zeroizing;

use crate::ballot::{BallotBody, EncryptedContest, OPTION_BYTES, Position};
use crate::election::Election;
use crate::elgamal::Ciphertext;
use crate::ids::ElectionId;
use crate::manifest::{Contest, Style};
use crate::proof::contest::{BallotContext, challenge};
use crate::proof::membership::Prover;

#[cfg(test)]
mod tests;

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

/// The randomness that every ciphertext of one ballot is derived from. Whoever has it can read the ballot; it is
/// shown in the checking code and wiped after the checking window. Use one per ballot.
#[derive(Debug)]
pub struct BallotSeed(Secret<32>);

impl BallotSeed {
    /// A fresh seed.
    pub fn make(rng: &mut impl CryptoRngCore) -> Self {
        Self(Secret::make(rng))
    }

    /// From the bytes of a checking code.
    pub fn from_secret(bytes: Secret<32>) -> Self {
        Self(bytes)
    }

    /// The bytes, for the checking code alone.
    pub fn expose(&self) -> &[u8; 32] {
        self.0.expose()
    }

    /// r_i of the ciphertext with this `index` in `contest`.
    pub(crate) fn derive_r(&self, election: &ElectionId, contest: &str, index: usize) -> Zeroizing<Scalar> {
        let fields: [&[u8]; 3] = [election.as_bytes(), contest.as_bytes(), &(index as u64).to_be_bytes()];
        let okm: Secret<48> = derive_key(self.0.expose(), b"", "KODANIK-V1-RANDOMNESS", &fields);
        Zeroizing::new(hash_to_scalar(okm.expose(), b"KODANIK-V1-RANDOMNESS-P256"))
    }
}

/// A valid choice in one contest: for each option, and the blank last, whether it is chosen. Never prints.
pub struct Selection(Vec<Choice>);

impl Selection {
    /// From the positions of the chosen options in the contest; none at all is a blank vote.
    pub fn new(contest: &Contest, chosen: &[usize]) -> Result<Self, CastError> {
        check_chosen(contest, chosen)?;
        // As many slots as can be chosen, the unused ones at a position that no option has.
        let mut slots = Zeroizing::new(vec![u64::MAX; contest.max as usize]);
        for (slot, option) in slots.iter_mut().zip(chosen) {
            *slot = *option as u64;
        }
        let is_in_slots = |option: u64| -> Choice {
            slots.iter().fold(Choice::from(0), |found, slot| found | slot.ct_eq(&option))
        };
        let mut bits: Vec<Choice> = (0..contest.options.len() as u64).map(is_in_slots).collect();
        let any = bits.iter().fold(Choice::from(0), |any, bit| any | *bit);
        bits.push(!any);
        Ok(Self(bits))
    }

    fn numbers(&self) -> impl Iterator<Item = u64> {
        self.0.iter().map(|bit| u64::conditional_select(&0, &1, *bit))
    }
}

impl std::fmt::Debug for Selection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Selection(..)")
    }
}

/// Says only what the citizen must know to choose again; an honest screen never lets it come to that.
fn check_chosen(contest: &Contest, chosen: &[usize]) -> Result<(), CastError> {
    if chosen.len() > contest.max as usize {
        return Err(CastError::TooMany);
    }
    if !chosen.is_empty() && chosen.len() < contest.min as usize {
        return Err(CastError::TooFew);
    }
    if chosen.iter().any(|option| *option >= contest.options.len()) {
        return Err(CastError::NoSuchOption);
    }
    let repeated = chosen.iter().enumerate().any(|(at, option)| chosen[..at].contains(option));
    if repeated { Err(CastError::ChosenTwice) } else { Ok(()) }
}

/// Encrypts one selection per contest of the style, in its order, and proves that each is valid.
///
/// `seed` must be fresh; `rng` gives the proofs' nonces.
pub fn encrypt(
    election: &Election,
    style: &str,
    vk: &VerifyingKey,
    position: Position,
    selections: &[Selection],
    seed: &BallotSeed,
    rng: &mut impl CryptoRngCore,
) -> Result<BallotBody, CastError> {
    let style = election.manifest.style(style).ok_or(CastError::NoSuchStyle)?;
    let contests: Vec<&Contest> = election.manifest.contests_of(style).collect();
    let fits = |(contest, selection): (&&Contest, &Selection)| contest.ciphertexts() == selection.0.len();
    if contests.len() != selections.len() || !contests.iter().zip(selections).all(fits) {
        return Err(CastError::OtherContests);
    }
    let numbers: Vec<Zeroizing<Vec<u64>>> =
        selections.iter().map(|selection| Zeroizing::new(selection.numbers().collect())).collect();
    encrypt_numbers(election, style, vk, position, &numbers, seed, rng)
}

fn encrypt_numbers(
    election: &Election,
    style: &Style,
    vk: &VerifyingKey,
    position: Position,
    numbers: &[Zeroizing<Vec<u64>>],
    seed: &BallotSeed,
    rng: &mut impl CryptoRngCore,
) -> Result<BallotBody, CastError> {
    let context =
        BallotContext { election: &election.id, key: &election.key.joint, style: &style.id, vk, position };
    let contests = election.manifest.contests_of(style).zip(numbers);
    let contests = contests.map(|(contest, numbers)| encrypt_contest(&context, contest, numbers, seed, rng));
    Ok(BallotBody {
        contests: contests.collect::<Result<_, CastError>>()?,
        election: election.id,
        prev: position.prev,
        seq: position.seq,
        style: style.id.clone(),
        vk: *vk,
    })
}

fn encrypt_contest(
    context: &BallotContext<'_>,
    contest: &Contest,
    numbers: &[u64],
    seed: &BallotSeed,
    rng: &mut impl CryptoRngCore,
) -> Result<EncryptedContest, CastError> {
    let key = context.key;
    let randomness: Zeroizing<Vec<Scalar>> = Zeroizing::new(
        (0..contest.ciphertexts()).map(|i| *seed.derive_r(context.election, &contest.id, i)).collect(),
    );
    let mut points = Vec::new();
    let mut provers = Vec::new();
    for (r, v) in randomness.iter().zip(numbers.iter()) {
        let ciphertext = Ciphertext::encrypt(key, r, &Scalar::from(*v));
        points.extend([ciphertext.alpha, ciphertext.beta]);
        provers.push(Prover::commit(key, r, *v, 0, 2, rng));
    }
    let weights: Vec<u64> = weights(contest).collect();
    let r: Zeroizing<Scalar> =
        Zeroizing::new(randomness.iter().zip(&weights).map(|(r, weight)| *r * Scalar::from(*weight)).sum());
    let v = numbers.iter().zip(&weights).map(|(v, weight)| v * weight).sum();
    provers.push(Prover::commit(key, &r, v, contest.min.into(), contest.sums(), rng));
    points.extend(provers.iter().flat_map(|prover| prover.commitments()));

    let points = Point::batch_to_bytes(&points).ok_or(CastError::Randomness)?.concat();
    Ok(finish_contest(context, &contest.id, &points, provers))
}

/// Encrypts any numbers as if they were a vote: what a cheating prover would do.
#[cfg(test)]
pub(crate) fn dangerous_encrypt_numbers(
    election: &Election,
    style: &str,
    vk: &VerifyingKey,
    position: Position,
    numbers: &[Vec<u64>],
    seed: &BallotSeed,
    rng: &mut impl CryptoRngCore,
) -> BallotBody {
    let style = election.manifest.style(style).unwrap();
    let numbers: Vec<_> = numbers.iter().cloned().map(Zeroizing::new).collect();
    encrypt_numbers(election, style, vk, position, &numbers, seed, rng).unwrap()
}

/// 1 for each option and `max` for the blank: in the sum, a blank leaves no room for anything else.
pub(crate) fn weights(contest: &Contest) -> impl Iterator<Item = u64> {
    let options = contest.options.iter().map(|_| 1);
    options.chain([contest.max.into()])
}

/// Computes the challenge, lets all provers answer and puts the parts in their places. `points`: the ciphertexts,
/// then the commitments of all provers, the sum's last.
fn finish_contest(
    context: &BallotContext<'_>,
    contest: &str,
    points: &[u8],
    mut provers: Vec<Prover>,
) -> EncryptedContest {
    let options = provers.len() - 1;
    let (ciphertexts, commitments) = points.split_at(options * 66);
    let challenge = challenge(context, contest, ciphertexts.chunks_exact(66), [commitments].into_iter());
    let sum_prover = provers.pop();
    let encrypted = provers.into_iter().enumerate().map(|(i, prover)| {
        let parts =
            [&ciphertexts[i * 66..][..66], &commitments[i * 132..][..132], &prover.respond(&challenge)];
        let mut option = [0; OPTION_BYTES];
        option.copy_from_slice(&parts.concat());
        Bytes(option)
    });
    let options_encrypted = encrypted.collect();
    let responses = sum_prover.map(|prover| prover.respond(&challenge)).unwrap_or_default();
    let sum = Binary([&commitments[options * 132..], &responses].concat());
    EncryptedContest { contest: contest.to_owned(), options: options_encrypted, sum }
}
