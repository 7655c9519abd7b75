//! A prover written from protocol.md §3.1.6 alone, equation by equation, slowly and in variable time: what the crate's
//! prover makes must be the same to the last byte, and what it cannot make honestly (numbers that no [`crate::cast::Selection`]
//! holds) is what a cheating prover would make.

use kodanik_crypto::derive::derive_key;
use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::VerifyingKey;
use kodanik_crypto::transcript::{frame, hash_to_scalar, sha256};

use crate::ballot::{BallotBody, EncryptedContest, Position};
use crate::cast::BallotSeed;
use crate::election::Election;
use crate::manifest::Contest;

/// A body that encrypts `numbers`, one list per contest of the style with one number per ciphertext (options, blank,
/// slack bits), and has proofs that would hold if the numbers were allowed.
pub fn dangerous_forge(
    election: &Election,
    style: &str,
    vk: &VerifyingKey,
    position: Position,
    numbers: &[Vec<i64>],
    seed: &BallotSeed,
) -> BallotBody {
    dangerous_forge_with(election, style, vk, position, numbers, seed, Cheat::default())
}

/// How a prover departs from the protocol; by default, not at all.
#[derive(Clone, Copy, Default)]
pub struct Cheat<'a> {
    /// Hashes something else into the challenge than the protocol says (weak Fiat-Shamir).
    pub hashes: Option<&'a Rewrite<'a>>,
    /// Draws the nonces from another seed: proofs that hold and could carry a message.
    pub nonce_seed: Option<&'a BallotSeed>,
    /// Says r_i of a contest's ciphertext, instead of the seed.
    pub randomness: Option<&'a Randomness<'a>>,
}

/// r_i of the ciphertext with this number in this contest.
pub type Randomness<'a> = dyn Fn(&str, usize) -> Scalar + 'a;

/// What stands in a challenge in place of a field; `None`: nothing.
pub type Rewrite<'a> = dyn Fn(Hashed, &[u8]) -> Option<Vec<u8>> + 'a;

/// One field of a contest's challenge (protocol.md §3.1.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the field of its name")]
pub enum Hashed {
    Alpha {
        ciphertext: usize,
    },
    Beta {
        ciphertext: usize,
    },
    /// a_k.
    CommitmentA {
        proof: usize,
        branch: usize,
    },
    /// b_k.
    CommitmentB {
        proof: usize,
        branch: usize,
    },
    Contest,
    /// The number of ciphertexts.
    Count,
    Election,
    Index {
        ciphertext: usize,
    },
    Key,
    Prev,
    Seq,
    Style,
    Suite,
    Vk,
}

/// The same by a prover that departs from the protocol.
pub fn dangerous_forge_with(
    election: &Election,
    style: &str,
    vk: &VerifyingKey,
    position: Position,
    numbers: &[Vec<i64>],
    seed: &BallotSeed,
    cheat: Cheat<'_>,
) -> BallotBody {
    let contests = election.manifest.contests_of(election.manifest.style(style).unwrap()).zip(numbers);
    let forger = Forger { election, style, vk, position, seed, cheat };
    BallotBody {
        contests: contests.map(|(contest, numbers)| forger.contest(contest, numbers)).collect(),
        election: election.id,
        prev: position.prev,
        seq: position.seq,
        style: style.to_owned(),
        vk: *vk,
    }
}

struct Forger<'a> {
    election: &'a Election,
    style: &'a str,
    vk: &'a VerifyingKey,
    position: Position,
    seed: &'a BallotSeed,
    cheat: Cheat<'a>,
}

/// One proof: f, m, randomness and number of its ciphertext.
struct Proof {
    f: i64,
    m: usize,
    r: Scalar,
    v: i64,
}

impl Forger<'_> {
    fn contest(&self, contest: &Contest, numbers: &[i64]) -> EncryptedContest {
        assert_eq!(numbers.len(), contest.ciphertexts());
        let key = self.election.key.joint;
        let r: Vec<Scalar> = (0..numbers.len()).map(|i| self.randomness(&contest.id, i)).collect();
        let pairs: Vec<(Point, Point)> = r
            .iter()
            .zip(numbers)
            .map(|(r, v)| (Point::generate(r), key * r + Point::generate(&scalar(*v))))
            .collect();
        let proofs = self.proofs(contest, numbers, &r);
        let nonces: Vec<Vec<Scalar>> = (0..proofs.len())
            .map(|p| (0..2 * proofs[p].m - 1).map(|j| self.nonce(&contest.id, p, j)).collect())
            .collect();
        let commitments: Vec<Vec<Point>> =
            proofs.iter().zip(&nonces).map(|(proof, nonces)| commitments(&key, proof, nonces)).collect();
        let c = self.challenge(contest, &pairs, &commitments);
        let answers: Vec<Vec<u8>> = (0..proofs.len())
            .map(|p| [points(&commitments[p]), answer(&proofs[p], &nonces[p], c)].concat())
            .collect();
        let mut bits: Vec<Bytes<294>> = pairs
            .iter()
            .zip(&answers)
            .map(|((alpha, beta), proof)| {
                let bytes = [points(&[*alpha, *beta]), proof.clone()].concat();
                Bytes(bytes.try_into().unwrap())
            })
            .collect();
        let slack = bits.split_off(contest.options.len() + 1);
        EncryptedContest {
            contest: contest.id.clone(),
            options: bits,
            slack,
            spending: Binary(answers.get(numbers.len() + 1).cloned().unwrap_or_default()),
            sum: Binary(answers[numbers.len()].clone()),
        }
    }

    fn proofs(&self, contest: &Contest, numbers: &[i64], r: &[Scalar]) -> Vec<Proof> {
        let n = contest.options.len();
        let mut proofs: Vec<Proof> =
            r.iter().zip(numbers).map(|(r, v)| Proof { f: 0, m: 2, r: *r, v: *v }).collect();
        let combine = |weights: &[i64]| {
            let r = weights.iter().zip(r).map(|(weight, r)| scalar(*weight) * *r).sum();
            (r, weights.iter().zip(numbers).map(|(weight, v)| weight * v).sum::<i64>())
        };
        let mut weights = vec![1; n];
        weights.push(i64::from(contest.max));
        let (sum_r, sum_v) = combine(&weights);
        let m = (contest.max - contest.min + 1) as usize;
        proofs.push(Proof { f: contest.min.into(), m, r: sum_r, v: sum_v });
        if contest.budget > 0 {
            let mut weights: Vec<i64> = contest.options.iter().map(|option| option.cost as i64).collect();
            weights.push(contest.budget as i64);
            weights.extend((0..contest.slack_bits()).map(|j| 1_i64 << j));
            let (r, v) = combine(&weights);
            proofs.push(Proof { f: contest.budget as i64, m: 1, r, v });
        }
        proofs
    }

    fn randomness(&self, contest: &str, i: usize) -> Scalar {
        if let Some(randomness) = self.cheat.randomness {
            return randomness(contest, i);
        }
        let fields: [&[u8]; 3] = [self.election.id.as_bytes(), contest.as_bytes(), &u64(i)];
        derive(self.seed, "KODANIK-V1-RANDOMNESS", &fields, b"KODANIK-V1-RANDOMNESS-P256")
    }

    fn nonce(&self, contest: &str, p: usize, j: usize) -> Scalar {
        let fields: [&[u8]; 8] = [
            self.election.id.as_bytes(),
            self.style.as_bytes(),
            &self.vk.to_sec1(),
            &u64(self.position.seq as usize),
            self.position.prev.as_bytes(),
            contest.as_bytes(),
            &u64(p),
            &u64(j),
        ];
        derive(
            self.cheat.nonce_seed.unwrap_or(self.seed),
            "KODANIK-V1-NONCE",
            &fields,
            b"KODANIK-V1-NONCE-P256",
        )
    }

    fn challenge(&self, contest: &Contest, pairs: &[(Point, Point)], commitments: &[Vec<Point>]) -> Scalar {
        let mut fields: Vec<(Hashed, Vec<u8>)> = vec![
            (Hashed::Suite, b"KODANIK-V1-P256".to_vec()),
            (Hashed::Election, self.election.id.as_bytes().to_vec()),
            (Hashed::Style, self.style.as_bytes().to_vec()),
            (Hashed::Contest, contest.id.as_bytes().to_vec()),
            (Hashed::Vk, self.vk.to_sec1().to_vec()),
            (Hashed::Seq, u64(self.position.seq as usize).to_vec()),
            (Hashed::Prev, self.position.prev.as_bytes().to_vec()),
            (Hashed::Key, points(&[self.election.key.joint])),
            (Hashed::Count, u64(pairs.len()).to_vec()),
        ];
        for (ciphertext, (alpha, beta)) in pairs.iter().enumerate() {
            fields.push((Hashed::Index { ciphertext }, u64(ciphertext).to_vec()));
            fields.push((Hashed::Alpha { ciphertext }, points(&[*alpha])));
            fields.push((Hashed::Beta { ciphertext }, points(&[*beta])));
        }
        for (proof, commitments) in commitments.iter().enumerate() {
            for (branch, pair) in commitments.chunks(2).enumerate() {
                fields.push((Hashed::CommitmentA { proof, branch }, points(&pair[..1])));
                fields.push((Hashed::CommitmentB { proof, branch }, points(&pair[1..])));
            }
        }
        hash_fields(&fields, self.cheat.hashes)
    }
}

/// The challenge over `fields`, as an implementation has it that hashes something else.
pub(super) fn hash_fields(fields: &[(Hashed, Vec<u8>)], rewrite: Option<&Rewrite<'_>>) -> Scalar {
    let hashed = |(field, bytes): &(Hashed, Vec<u8>)| match rewrite {
        Some(rewrite) => rewrite(*field, bytes),
        None => Some(bytes.clone()),
    };
    let hashed: Vec<Vec<u8>> = fields.iter().filter_map(hashed).collect();
    let hashed: Vec<&[u8]> = hashed.iter().map(Vec::as_slice).collect();
    hash_to_scalar(&sha256(&frame("KODANIK-V1-CONTEST-P256", &hashed)), b"KODANIK-V1-CONTEST-P256")
}

impl Proof {
    /// The true branch; a number that is not allowed has none, and a cheat claims the first.
    fn t(&self) -> usize {
        usize::try_from(self.v - self.f).ok().filter(|t| *t < self.m).unwrap_or(0)
    }

    /// Which s_j stands in branch k.
    fn j(&self, k: usize) -> usize {
        if k < self.t() { k } else { k - 1 }
    }
}

fn commitments(key: &Point, proof: &Proof, nonces: &[Scalar]) -> Vec<Point> {
    let (w, s) = nonces.split_at(proof.m);
    let pair = |k: usize| {
        let simulated = || Point::generate(&s[proof.j(k)]);
        let b = if k == proof.t() { *key * &w[k] } else { *key * &w[k] + simulated() };
        [Point::generate(&w[k]), b]
    };
    (0..proof.m).flat_map(pair).collect()
}

fn answer(proof: &Proof, nonces: &[Scalar], c: Scalar) -> Vec<u8> {
    let (w, s) = nonces.split_at(proof.m);
    let mut challenges: Vec<Scalar> = (0..proof.m)
        .map(|k| match k as i64 - proof.t() as i64 {
            0 => Scalar::ZERO,
            distance => s[proof.j(k)] * scalar(distance).invert().unwrap(),
        })
        .collect();
    challenges[proof.t()] = c - challenges.iter().copied().sum();
    let z = w.iter().zip(&challenges).map(|(w, c)| *w + *c * proof.r);
    let carried = challenges[..proof.m - 1].iter().copied();
    carried.chain(z).flat_map(|scalar| scalar.to_bytes()).collect()
}

fn derive(seed: &BallotSeed, label: &'static str, fields: &[&[u8]], dst: &[u8]) -> Scalar {
    let okm: Secret<48> = derive_key(seed.expose(), b"", label, fields);
    hash_to_scalar(okm.expose(), dst)
}

fn scalar(value: i64) -> Scalar {
    let size = Scalar::from(value.unsigned_abs());
    if value < 0 { -size } else { size }
}

fn points(points: &[Point]) -> Vec<u8> {
    points.iter().flat_map(|point| point.to_bytes().unwrap()).collect()
}

fn u64(value: usize) -> [u8; 8] {
    (value as u64).to_be_bytes()
}
