//! The prover of [`super::membership`], in two steps: everything that costs time first, without the number in the
//! ciphertext, then the number and the challenge (protocol.md §3.1.6).
//!
//! With t the true branch, `b_t = w_t K` and `c_t` is what is left of the challenge; any other branch is simulated, with
//! `b_k = w_k K + s_j G` and `c_k = s_j / (k - t)`. Both forms of b_k are computed for every k, and masks choose: no
//! branch and no index depends on t.

use kodanik_crypto::group::{Affine, Scalar};
use subtle::{Choice, ConditionallySelectable, ConstantTimeEq, ConstantTimeGreater};
use zeroize::Zeroizing;

/// Random scalars of one proof: w_0..w_{m-1}, then s_0..s_{m-2}.
pub(crate) struct Nonces {
    all: Zeroizing<Vec<Scalar>>,
    branches: usize,
}

impl Nonces {
    /// Takes them from `draw`, which is asked for number 0, 1, ..
    pub(crate) fn new(branches: usize, draw: impl FnMut(usize) -> Scalar) -> Self {
        Self { all: Zeroizing::new((0..2 * branches - 1).map(draw).collect()), branches }
    }

    pub(crate) fn w(&self) -> &[Scalar] {
        &self.all[..self.branches]
    }

    pub(crate) fn s(&self) -> &[Scalar] {
        &self.all[self.branches..]
    }
}

/// b_k in its forms: `w_k K`, `w_k K + s_k G` for a true branch after k, `w_k K + s_{k-1} G` for one before k.
#[derive(Clone, Copy, Default)]
pub(crate) struct CommitmentForms {
    pub(crate) of_true: Affine,
    pub(crate) before_true: Affine,
    pub(crate) after_true: Affine,
}

impl zeroize::DefaultIsZeroes for CommitmentForms {}

/// A proof in which only the number and the challenge are missing. Wiped on drop.
pub(crate) struct Prepared {
    pub(crate) nonces: Nonces,
    /// a_k = w_k G.
    pub(crate) a: Zeroizing<Vec<Affine>>,
    pub(crate) b: Zeroizing<Vec<CommitmentForms>>,
}

/// A prover that has committed and waits for the challenge. Secret scalars are wiped on drop.
pub(crate) struct Prover {
    nonces: Nonces,
    challenges: Zeroizing<Vec<Scalar>>,
    is_true: Vec<Choice>,
}

impl Prepared {
    /// Commits to the true branch `t`: a_0 || b_0 || a_1 || .., and what answers the challenge.
    pub(crate) fn commit(self, t: u64) -> (Vec<u8>, Prover) {
        let is_true: Vec<Choice> = (0..self.a.len() as u64).map(|k| k.ct_eq(&t)).collect();
        let mut commitments = Vec::with_capacity(66 * self.a.len());
        for ((k, a), b) in (0u64..).zip(self.a.iter()).zip(self.b.iter()) {
            let simulated = Affine::conditional_select(&b.before_true, &b.after_true, k.ct_gt(&t));
            let b = Affine::conditional_select(&simulated, &b.of_true, k.ct_eq(&t));
            commitments.extend(a.to_bytes());
            commitments.extend(b.to_bytes());
        }
        let challenges = Zeroizing::new(simulated_challenges(self.nonces.s(), &is_true));
        (commitments, Prover { nonces: self.nonces, challenges, is_true })
    }
}

/// c_k = s_j / (k - t) for every k but the true one, which gets 0. Goes through all t.
fn simulated_challenges(s: &[Scalar], is_true: &[Choice]) -> Vec<Scalar> {
    let inverses: Vec<Scalar> = (1..is_true.len() as u64).map(inverse).collect();
    let mut challenges = vec![Scalar::ZERO; is_true.len()];
    for (t, is_true) in is_true.iter().enumerate() {
        for (k, challenge) in challenges.iter_mut().enumerate() {
            let candidate = match k.cmp(&t) {
                std::cmp::Ordering::Less => -(s[k] * inverses[t - k - 1]),
                std::cmp::Ordering::Equal => Scalar::ZERO,
                std::cmp::Ordering::Greater => s[k - 1] * inverses[k - t - 1],
            };
            challenge.conditional_assign(&candidate, *is_true);
        }
    }
    challenges
}

/// 1 / `distance`, where 1 (all there is in most proofs) costs nothing.
fn inverse(distance: u64) -> Scalar {
    let inverse = if distance == 1 { None } else { Scalar::from(distance).invert() };
    inverse.unwrap_or(Scalar::ONE)
}

impl Prover {
    /// Answers for a ciphertext with randomness `r`: c_k for all but the last branch, then z_k for each, 32 bytes each.
    pub(crate) fn respond(mut self, challenge: &Scalar, r: &Scalar) -> Vec<u8> {
        let own = *challenge - self.challenges.iter().copied().sum();
        for (c, is_true) in self.challenges.iter_mut().zip(&self.is_true) {
            c.conditional_assign(&own, *is_true);
        }
        let responses = self.nonces.w().iter().zip(self.challenges.iter()).map(|(w, c)| *w + *c * *r);
        let carried = &self.challenges[..self.challenges.len() - 1];
        carried.iter().copied().chain(responses).flat_map(|scalar| scalar.to_bytes()).collect()
    }
}
