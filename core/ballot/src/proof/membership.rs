//! Proof that a ciphertext holds one of `m` consecutive numbers `first, first + 1, ..` (protocol.md §3.1.6).
//!
//! For the ciphertext (alpha, beta) = (r G, r K + v G), branch k says "v = v_k" and is accepted where
//! `z_k G = a_k + c_k alpha` and `z_k K = b_k + c_k (beta - v_k G)`. The c_k add up to the challenge, so all but one
//! branch may be simulated, and nobody sees which.
//!
//! The prover treats all branches alike: `a_k = w_k G`, `b_k = w_k K - c_k (v - v_k) G`. In the true branch the last
//! term vanishes and c_k does not matter yet; in the others this is what a simulation gives. Hence no branch and no
//! index depends on v.

use kodanik_crypto::group::{GroupError, Point, Scalar};
use rand_core::CryptoRngCore;
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq};
use zeroize::Zeroizing;

use super::combination::Combination;
use crate::elgamal::Ciphertext;

/// Bytes of a proof with `branches` branches: (a_k, b_k) for each, c_k for all but the last, z_k for each.
pub const fn proof_bytes(branches: usize) -> usize {
    branches * (33 + 33) + (branches - 1) * 32 + branches * 32
}

/// Bytes of the commitments at the start of a proof.
pub(crate) const fn commitment_bytes(branches: usize) -> usize {
    branches * (33 + 33)
}

/// A proof that was parsed: (a_k, b_k), c_k, z_k.
pub(crate) struct MembershipProof {
    commitments: Vec<(Point, Point)>,
    /// All but the last, which is the contest's challenge minus these.
    challenges: Vec<Scalar>,
    responses: Vec<Scalar>,
}

impl MembershipProof {
    /// Parses exactly [`proof_bytes`]`(branches)` bytes.
    pub(crate) fn from_slice(bytes: &[u8], branches: usize) -> Result<Self, GroupError> {
        if bytes.len() != proof_bytes(branches) {
            return Err(GroupError::Scalar);
        }
        let (commitments, scalars) = bytes.split_at(commitment_bytes(branches));
        let commitments = commitments
            .chunks_exact(66)
            .map(|pair| Ok((Point::from_slice(&pair[..33])?, Point::from_slice(&pair[33..])?)))
            .collect::<Result<_, GroupError>>()?;
        let scalars =
            scalars.chunks_exact(32).map(Scalar::from_slice).collect::<Result<Vec<_>, GroupError>>()?;
        let (challenges, responses) = scalars.split_at(branches - 1);
        Ok(Self { commitments, challenges: challenges.to_vec(), responses: responses.to_vec() })
    }

    /// Adds this proof's two equations per branch: the ciphertext holds one of `first, first + 1, ..`.
    pub(crate) fn collect(&self, statement: &Statement, challenge: &Scalar, into: &mut Combination) {
        let last = *challenge - self.challenges.iter().copied().sum();
        let challenges = self.challenges.iter().copied().chain([last]);
        let (mut alpha, mut beta) = (Scalar::ZERO, Scalar::ZERO);
        for (k, c) in challenges.enumerate() {
            let ((a, b), z) = (self.commitments[k], self.responses[k]);
            let (u, w) = (into.weight(), into.weight());
            into.add_g(u * z + w * c * Scalar::from(statement.first + k as u64));
            into.add_k(w * z);
            into.add(-u, a);
            into.add(-w, b);
            alpha = alpha - u * c;
            beta = beta - w * c;
        }
        for (factor, ciphertext) in &statement.parts {
            into.add(alpha * *factor, ciphertext.alpha);
            into.add(beta * *factor, ciphertext.beta);
        }
    }
}

/// What is proven: the sum of `factor * ciphertext` holds `first` or one of the numbers after it.
pub(crate) struct Statement {
    pub(crate) parts: Vec<(Scalar, Ciphertext)>,
    pub(crate) first: u64,
}

/// A prover that has committed and waits for the challenge. Secret scalars are wiped on drop.
pub(crate) struct Prover {
    nonces: Zeroizing<Vec<Scalar>>,
    challenges: Zeroizing<Vec<Scalar>>,
    true_branch: Vec<Choice>,
    r: Zeroizing<Scalar>,
    commitments: Vec<Point>,
}

impl Prover {
    /// Commits to a proof with `branches` branches for the ciphertext with randomness `r` and the secret number
    /// `first <= v < first + branches`, in time that depends on the number of branches alone.
    pub(crate) fn commit(
        key: &Point,
        r: &Scalar,
        v: u64,
        first: u64,
        branches: usize,
        rng: &mut impl CryptoRngCore,
    ) -> Self {
        let mut make = || -> Vec<Scalar> { (0..branches).map(|_| Scalar::make(rng)).collect() };
        let nonces = Zeroizing::new(make());
        let challenges = Zeroizing::new(make());
        let values = || first..first + branches as u64;
        let commit = |((w, c), value): ((&Scalar, &Scalar), u64)| {
            let off = *c * (Scalar::from(v) - Scalar::from(value));
            [Point::generate(w), *key * w - Point::generate(&off)]
        };
        let commitments = nonces.iter().zip(challenges.iter()).zip(values()).flat_map(commit).collect();
        let true_branch = values().map(|value| value.ct_eq(&v)).collect();
        Self { nonces, challenges, true_branch, r: Zeroizing::new(*r), commitments }
    }

    /// a_0, b_0, a_1, b_1, ..
    pub(crate) fn commitments(&self) -> &[Point] {
        &self.commitments
    }

    /// Answers: c_k for all but the last branch, then z_k for each, 32 bytes each.
    pub(crate) fn respond(self, challenge: &Scalar) -> Vec<u8> {
        let simulated: Zeroizing<Scalar> = Zeroizing::new(
            self.pairs().map(|(c, is_true)| Scalar::conditional_select(&c, &Scalar::ZERO, is_true)).sum(),
        );
        let own = *challenge - *simulated;
        let challenges: Vec<Scalar> =
            self.pairs().map(|(c, is_true)| Scalar::conditional_select(&c, &own, is_true)).collect();
        let responses = self.nonces.iter().zip(&challenges).map(|(w, c)| *w + *c * *self.r);
        let carried = &challenges[..challenges.len() - 1];
        carried.iter().copied().chain(responses).flat_map(|scalar| scalar.to_bytes()).collect()
    }

    fn pairs(&self) -> impl Iterator<Item = (Scalar, Choice)> {
        self.challenges.iter().copied().zip(self.true_branch.iter().copied())
    }
}
