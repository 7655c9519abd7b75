//! Proof that a ciphertext holds one of `m` consecutive numbers `first, first + 1, ..` (protocol.md §3.1.6): its form,
//! and what a verifier checks. `proof::prover` makes it.
//!
//! For the ciphertext (alpha, beta) = (r G, r K + v G), branch k says "v = first + k" and is accepted where
//! `z_k G = a_k + c_k alpha` and `z_k K = b_k + c_k (beta - (first + k) G)`. The c_k add up to the challenge, so all but
//! one branch may be simulated, and nobody sees which.

use kodanik_crypto::group::{Affine, GroupError, Scalar};

use super::combination::Combination;

/// Bytes of a proof with `branches` branches: (a_k, b_k) for each, c_k for all but the last, z_k for each.
pub const fn proof_bytes(branches: usize) -> usize {
    commitment_bytes(branches) + (branches - 1) * 32 + branches * 32
}

/// Bytes of the commitments at the start of a proof.
pub(crate) const fn commitment_bytes(branches: usize) -> usize {
    branches * (33 + 33)
}

/// A proof that was parsed: (a_k, b_k), c_k, z_k.
pub(crate) struct MembershipProof {
    commitments: Vec<(Affine, Affine)>,
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
            .map(|pair| Ok((Affine::from_slice(&pair[..33])?, Affine::from_slice(&pair[33..])?)))
            .collect::<Result<_, GroupError>>()?;
        let scalars =
            scalars.chunks_exact(32).map(Scalar::from_slice).collect::<Result<Vec<_>, GroupError>>()?;
        let (challenges, responses) = scalars.split_at(branches - 1);
        Ok(Self { commitments, challenges: challenges.to_vec(), responses: responses.to_vec() })
    }

    /// Adds this proof's two equations per branch, but for what they say of the ciphertext: the factors of its alpha and
    /// beta are returned.
    pub(crate) fn collect(&self, first: u64, challenge: &Scalar, into: &mut Combination) -> (Scalar, Scalar) {
        let last = *challenge - self.challenges.iter().copied().sum();
        let challenges = self.challenges.iter().copied().chain([last]);
        let (mut alpha, mut beta) = (Scalar::ZERO, Scalar::ZERO);
        for (k, c) in challenges.enumerate() {
            let ((a, b), z) = (self.commitments[k], self.responses[k]);
            let weights = into.weights();
            let (u, w) = (Scalar::from_u128(weights.0), Scalar::from_u128(weights.1));
            let wc = w * c;
            into.add_g(u * z + wc * Scalar::from(first + k as u64));
            into.add_k(w * z);
            into.subtract(weights.0, a);
            into.subtract(weights.1, b);
            alpha = alpha - u * c;
            beta = beta - wc;
        }
        (alpha, beta)
    }
}
