//! What the proofs of a contest say, and the one challenge that all of them answer (protocol.md §3.1.6). It hashes
//! everything that they speak of, and every commitment, in order. Leaving one out is how proofs were forged elsewhere.

use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::transcript::Transcript;

use crate::ballot::Position;
use crate::elgamal::CIPHERTEXT_BYTES;
use crate::ids::ElectionId;
use crate::manifest::{Contest, SUITE};

/// What one proof says: the sum of `factor * ciphertext` over `terms` holds `first` or one of the `branches - 1`
/// numbers after it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Statement {
    pub(crate) first: u64,
    pub(crate) branches: usize,
    /// Number of a ciphertext, and its factor.
    pub(crate) terms: Vec<(usize, u64)>,
}

impl Statement {
    /// The same linear combination of other things than ciphertexts.
    pub(crate) fn combine<T: std::iter::Sum>(&self, part: impl Fn(usize, u64) -> T) -> T {
        self.terms.iter().map(|(index, factor)| part(*index, *factor)).sum()
    }
}

/// The statements of a contest's proofs, in the order of their numbers: each ciphertext holds 0 or 1; the sum of the
/// choices fits; in a budget contest, so does what they cost.
pub(crate) fn statements(contest: &Contest) -> Vec<Statement> {
    let bit = |index| Statement { first: 0, branches: 2, terms: vec![(index, 1)] };
    let mut statements: Vec<Statement> = (0..contest.ciphertexts()).map(bit).collect();
    let choices = choice_weights(contest).enumerate().collect();
    statements.push(Statement { first: contest.min.into(), branches: contest.sums(), terms: choices });
    if contest.has_budget() {
        let slack = (0..contest.slack_bits()).map(|digit| 1 << digit);
        let costs = cost_weights(contest).chain(slack).enumerate().collect();
        statements.push(Statement { first: contest.budget, branches: 1, terms: costs });
    }
    statements
}

/// 1 for each option and `max` for the blank: a blank leaves no room for anything else.
pub(crate) fn choice_weights(contest: &Contest) -> impl Iterator<Item = u64> {
    contest.options.iter().map(|_| 1).chain([contest.max.into()])
}

/// Each option's cost, and the whole budget for the blank.
pub(crate) fn cost_weights(contest: &Contest) -> impl Iterator<Item = u64> {
    contest.options.iter().map(|option| option.cost).chain([contest.budget])
}

/// What all contests of one ballot have in common.
#[derive(Clone, Copy)]
pub(crate) struct BallotContext<'a> {
    pub(crate) election: &'a ElectionId,
    pub(crate) key: &'a Point,
    pub(crate) style: &'a str,
    pub(crate) vk: &'a VerifyingKey,
    pub(crate) position: Position,
}

/// Hashes `ciphertexts` (alpha || beta each) and `commitments` (a_0 || b_0 || .. of each proof), both in the order of
/// their numbers and as they are encoded.
pub(crate) fn challenge<'a>(
    context: &BallotContext<'_>,
    contest: &str,
    ciphertexts: impl Iterator<Item = &'a [u8]>,
    count: usize,
    commitments: impl Iterator<Item = &'a [u8]>,
) -> Scalar {
    let mut transcript = Transcript::new("KODANIK-V1-CONTEST-P256");
    transcript.append(SUITE.as_bytes());
    transcript.append(context.election.as_bytes());
    transcript.append(context.style.as_bytes());
    transcript.append(contest.as_bytes());
    transcript.append(&context.vk.to_sec1());
    transcript.append_u64(context.position.seq.into());
    transcript.append(context.position.prev.as_bytes());
    transcript.append(context.key.to_bytes().as_ref().map_or(&[], |bytes| bytes.as_slice()));
    transcript.append_u64(count as u64);
    for (index, ciphertext) in ciphertexts.enumerate() {
        debug_assert!(index < count && ciphertext.len() == CIPHERTEXT_BYTES);
        let (alpha, beta) = ciphertext.split_at(33);
        transcript.append_u64(index as u64);
        transcript.append(alpha);
        transcript.append(beta);
    }
    for commitment in commitments {
        for point in commitment.chunks_exact(33) {
            transcript.append(point);
        }
    }
    transcript.challenge()
}
