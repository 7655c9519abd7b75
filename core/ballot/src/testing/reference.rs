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
    dangerous_forge_with(election, style, vk, position, numbers, [seed, seed])
}

/// The same with ciphertexts of the first seed and nonces of the second: proofs that hold and could carry a message.
pub fn dangerous_forge_with(
    election: &Election,
    style: &str,
    vk: &VerifyingKey,
    position: Position,
    numbers: &[Vec<i64>],
    [seed, nonce_seed]: [&BallotSeed; 2],
) -> BallotBody {
    let contests = election.manifest.contests_of(election.manifest.style(style).unwrap()).zip(numbers);
    let forger = Forger { election, style, vk, position, seed, nonce_seed };
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
    nonce_seed: &'a BallotSeed,
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
        derive(self.nonce_seed, "KODANIK-V1-NONCE", &fields, b"KODANIK-V1-NONCE-P256")
    }

    fn challenge(&self, contest: &Contest, pairs: &[(Point, Point)], commitments: &[Vec<Point>]) -> Scalar {
        let mut fields: Vec<Vec<u8>> = vec![
            b"KODANIK-V1-P256".to_vec(),
            self.election.id.as_bytes().to_vec(),
            self.style.as_bytes().to_vec(),
            contest.id.as_bytes().to_vec(),
            self.vk.to_sec1().to_vec(),
            u64(self.position.seq as usize).to_vec(),
            self.position.prev.as_bytes().to_vec(),
            points(&[self.election.key.joint]),
            u64(pairs.len()).to_vec(),
        ];
        for (i, (alpha, beta)) in pairs.iter().enumerate() {
            fields.extend([u64(i).to_vec(), points(&[*alpha]), points(&[*beta])]);
        }
        fields.extend(commitments.iter().flatten().map(|point| points(&[*point])));
        let fields: Vec<&[u8]> = fields.iter().map(Vec::as_slice).collect();
        hash_to_scalar(&sha256(&frame("KODANIK-V1-CONTEST-P256", &fields)), b"KODANIK-V1-CONTEST-P256")
    }
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
