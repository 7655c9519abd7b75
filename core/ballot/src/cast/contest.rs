//! One contest of a ballot: its randomness, the multiples of G and K that follow from it, and its completion.

use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::group::{Affine, FixedBase, Scalar};
use subtle::{Choice, ConditionallySelectable};
use zeroize::{DefaultIsZeroes, Zeroize, Zeroizing};

use super::BallotSeed;
use crate::ballot::{EncryptedContest, OPTION_BYTES};
use crate::elgamal::CIPHERTEXT_BYTES;
use crate::manifest::Contest;
use crate::proof::contest::{BallotContext, Statement, challenge, statements};
use crate::proof::prover::{CommitmentForms, Nonces, Prepared, Prover};

/// What each ciphertext of a contest holds, in the order of their numbers.
pub(super) type SecretNumbers = Zeroizing<Vec<u64>>;

/// r_i of each ciphertext, and the nonces of each proof.
pub(super) struct Randomness {
    r: Zeroizing<Vec<Scalar>>,
    nonces: Vec<Nonces>,
    statements: Vec<Statement>,
}

impl Randomness {
    pub(super) fn derive(context: &BallotContext<'_>, contest: &Contest, seed: &BallotSeed) -> Self {
        let r =
            (0..contest.ciphertexts()).map(|i| *seed.derive_r(context.election, &contest.id, i)).collect();
        let statements = statements(contest);
        let nonces = statements.iter().enumerate().map(|(proof, statement)| {
            Nonces::new(statement.branches, |nonce| seed.derive_nonce(context, &contest.id, proof, nonce))
        });
        Self { r: Zeroizing::new(r), nonces: nonces.collect(), statements }
    }

    /// The scalars whose multiples of both G and K are needed.
    fn of_both(&self) -> impl Iterator<Item = Scalar> {
        self.r.iter().chain(self.nonces.iter().flat_map(Nonces::w)).copied()
    }

    /// The scalars whose multiples of G alone are needed.
    fn of_g(&self) -> impl Iterator<Item = Scalar> {
        self.nonces.iter().flat_map(Nonces::s).copied()
    }
}

/// The multiples that all contests of a ballot need: computed together, so that they share their inversions.
pub(super) struct Multiples {
    /// Of G by what [`Randomness::of_both`] lists, then by what [`Randomness::of_g`] lists, then of K by the former.
    all: Zeroizing<Vec<Affine>>,
    both: usize,
}

impl Multiples {
    /// `None` for randomness that comes up with probability 2^-250.
    pub(super) fn compute(key: &FixedBase, contests: &[Randomness]) -> Option<Self> {
        let of_both = || contests.iter().flat_map(Randomness::of_both);
        let of_g = || of_both().chain(contests.iter().flat_map(Randomness::of_g));
        let both = of_both().count();
        let mut products = Vec::with_capacity(of_g().count() + both);
        products.extend(of_g().map(|scalar| (FixedBase::generator(), scalar)));
        products.extend(of_both().map(|scalar| (key, scalar)));
        let all = FixedBase::multiply_each(&products);
        products.iter_mut().for_each(|(_, scalar)| scalar.zeroize());
        Some(Self { all: Zeroizing::new(all?), both })
    }

    fn of_g(&self) -> &[Affine] {
        &self.all[..self.both]
    }

    fn of_k(&self) -> &[Affine] {
        &self.all[self.all.len() - self.both..]
    }

    fn of_s(&self) -> &[Affine] {
        &self.all[self.both..self.all.len() - self.both]
    }

    /// Gives every contest its multiples, and adds those that stand in one commitment together.
    pub(super) fn into_contests<'a>(
        self,
        contests: Vec<&'a Contest>,
        randomness: Vec<Randomness>,
    ) -> Option<Vec<PreparedContest<'a>>> {
        let pairs: Zeroizing<Vec<(Affine, Affine)>> = Zeroizing::new(self.pairs(&randomness));
        let sums = Zeroizing::new(Affine::add_all(&pairs)?);
        let mut parts = Parts { g: self.of_g().iter(), k: self.of_k().iter(), sums: sums.iter() };
        let contests = contests.into_iter().zip(randomness);
        contests.map(|(contest, randomness)| parts.assemble(contest, randomness)).collect()
    }

    /// In the order in which [`Parts::assemble`] takes their sums: (r_i K, G) of each ciphertext, then for each branch k
    /// of each proof (w_k K, s_k G) where there is an s_k, and (w_k K, s_{k-1} G) where there is that.
    fn pairs(&self, randomness: &[Randomness]) -> Vec<(Affine, Affine)> {
        let (mut k, mut s) = (self.of_k().iter().copied(), self.of_s());
        let mut pairs = Vec::new();
        for contest in randomness {
            pairs.extend(k.by_ref().take(contest.r.len()).map(|rk| (rk, Affine::GENERATOR)));
            for nonces in &contest.nonces {
                let (own, rest) = s.split_at(nonces.s().len());
                s = rest;
                for (branch, wk) in k.by_ref().take(nonces.w().len()).enumerate() {
                    let neighbours =
                        [own.get(branch), branch.checked_sub(1).and_then(|before| own.get(before))];
                    pairs.extend(neighbours.into_iter().flatten().map(|s| (wk, *s)));
                }
            }
        }
        pairs
    }
}

/// What is still to be given out.
struct Parts<'a> {
    g: std::slice::Iter<'a, Affine>,
    k: std::slice::Iter<'a, Affine>,
    sums: std::slice::Iter<'a, Affine>,
}

impl Parts<'_> {
    fn assemble<'a>(&mut self, contest: &'a Contest, randomness: Randomness) -> Option<PreparedContest<'a>> {
        let ciphertexts = randomness.r.iter().map(|_| {
            Some(PreparedCiphertext {
                alpha: *self.g.next()?,
                of_0: *self.k.next()?,
                of_1: *self.sums.next()?,
            })
        });
        let ciphertexts = Zeroizing::new(ciphertexts.collect::<Option<Vec<_>>>()?);
        let proofs = randomness.nonces.into_iter().map(|nonces| {
            let last = nonces.w().len() - 1;
            let (mut a, mut b) = (Zeroizing::new(Vec::new()), Zeroizing::new(Vec::new()));
            for branch in 0..=last {
                a.push(*self.g.next()?);
                let of_true = *self.k.next()?;
                let before_true = if branch < last { *self.sums.next()? } else { of_true };
                let after_true = if branch > 0 { *self.sums.next()? } else { of_true };
                b.push(CommitmentForms { of_true, before_true, after_true });
            }
            Some(Prepared { nonces, a, b })
        });
        let proofs = proofs.collect::<Option<Vec<_>>>()?;
        Some(PreparedContest {
            contest,
            r: randomness.r,
            statements: randomness.statements,
            ciphertexts,
            proofs,
        })
    }
}

/// r G, r K and r K + G.
#[derive(Clone, Copy, Default)]
struct PreparedCiphertext {
    alpha: Affine,
    of_0: Affine,
    of_1: Affine,
}

impl DefaultIsZeroes for PreparedCiphertext {}

/// A contest in which only the choice is missing.
pub(super) struct PreparedContest<'a> {
    contest: &'a Contest,
    r: Zeroizing<Vec<Scalar>>,
    statements: Vec<Statement>,
    ciphertexts: Zeroizing<Vec<PreparedCiphertext>>,
    proofs: Vec<Prepared>,
}

impl PreparedContest<'_> {
    pub(super) fn contest(&self) -> &Contest {
        self.contest
    }

    /// `numbers`: 0 or 1 for each ciphertext.
    pub(super) fn complete(self, context: &BallotContext<'_>, numbers: &[u64]) -> EncryptedContest {
        let ciphertexts: Vec<[u8; CIPHERTEXT_BYTES]> =
            self.ciphertexts.iter().zip(numbers).map(|(prepared, v)| prepared.encrypt(*v)).collect();
        let (mut commitments, mut provers) = (Vec::new(), Vec::new());
        for (statement, prepared) in self.statements.iter().zip(self.proofs) {
            let v = statement.combine(|index, factor| numbers[index].wrapping_mul(factor));
            let (commitment, prover) = prepared.commit(v.wrapping_sub(statement.first));
            commitments.push(commitment);
            provers.push(prover);
        }
        let hashed = ciphertexts.iter().map(<[u8; CIPHERTEXT_BYTES]>::as_slice);
        let committed = commitments.iter().map(Vec::as_slice);
        let challenge = challenge(context, &self.contest.id, hashed, ciphertexts.len(), committed);
        let respond = |(statement, prover): (&Statement, Prover)| {
            let r = Zeroizing::new(statement.combine(|index, factor| self.r[index] * Scalar::from(factor)));
            prover.respond(&challenge, &r)
        };
        let responses = self.statements.iter().zip(provers).map(respond);
        let proofs: Vec<Vec<u8>> =
            commitments.iter().zip(responses).map(|(c, r)| [&c[..], &r].concat()).collect();
        encode(self.contest, &ciphertexts, &proofs)
    }
}

impl PreparedCiphertext {
    fn encrypt(&self, v: u64) -> [u8; CIPHERTEXT_BYTES] {
        let beta = Affine::conditional_select(&self.of_0, &self.of_1, Choice::from(v as u8 & 1));
        let mut bytes = [0; CIPHERTEXT_BYTES];
        bytes[..33].copy_from_slice(&self.alpha.to_bytes());
        bytes[33..].copy_from_slice(&beta.to_bytes());
        bytes
    }
}

/// Puts the parts in their places.
fn encode(contest: &Contest, ciphertexts: &[[u8; CIPHERTEXT_BYTES]], proofs: &[Vec<u8>]) -> EncryptedContest {
    let bit = |(ciphertext, proof): (&[u8; CIPHERTEXT_BYTES], &Vec<u8>)| {
        let mut bytes = [0; OPTION_BYTES];
        bytes[..CIPHERTEXT_BYTES].copy_from_slice(ciphertext);
        bytes[CIPHERTEXT_BYTES..].copy_from_slice(proof);
        Bytes(bytes)
    };
    let mut options: Vec<_> = ciphertexts.iter().zip(proofs).map(bit).collect();
    let slack = options.split_off(contest.answers());
    let mut others = proofs[ciphertexts.len()..].iter().cloned().map(Binary);
    let sum = others.next().unwrap_or_else(|| Binary(Vec::new()));
    let spending = others.next().unwrap_or_else(|| Binary(Vec::new()));
    EncryptedContest { contest: contest.id.clone(), options, slack, spending, sum }
}
