//! A verifier written from protocol.md §3.1.6 alone, equation by equation, without the crate's proof code: what the
//! crate hashes and checks is what the document says.

use kodanik_crypto::group::{Point, Scalar};

use super::reference::{Hashed, Rewrite, hash_fields};
use crate::ballot::{BallotBody, EncryptedContest};
use crate::election::Election;
use crate::manifest::Contest;

/// Whether every proof of a body holds. Its layout must be the style's.
pub fn accepts(election: &Election, body: &BallotBody) -> bool {
    accepts_weakly(election, body, None)
}

/// The same by a verifier that hashes something else into the challenge: the one that a forged body would deceive.
pub fn accepts_weakly(election: &Election, body: &BallotBody, rewrite: Option<&Rewrite<'_>>) -> bool {
    let accepts = |encrypted: &EncryptedContest| {
        let c = challenge(election, body, encrypted, rewrite);
        accepts_contest(election, encrypted, c)
    };
    body.contests.iter().all(accepts)
}

/// The challenge of one of the body's contests, by whoever hashes something else.
pub fn challenge(
    election: &Election,
    body: &BallotBody,
    encrypted: &EncryptedContest,
    rewrite: Option<&Rewrite<'_>>,
) -> Scalar {
    let contest = contest_of(election, encrypted);
    let branches = (contest.max - contest.min + 1) as usize;
    let of_sums = [&encrypted.sum.0[..branches * 66], encrypted.spending.0.get(..66).unwrap_or(&[])];
    hash_fields(&hashed(election, body, &encrypted.contest, &bits_of(encrypted), of_sums), rewrite)
}

fn contest_of<'a>(election: &'a Election, encrypted: &EncryptedContest) -> &'a Contest {
    election.manifest.contest(&encrypted.contest).unwrap()
}

fn bits_of(encrypted: &EncryptedContest) -> Vec<&[u8]> {
    encrypted.options.iter().chain(&encrypted.slack).map(|bit| &bit.0[..]).collect()
}

fn accepts_contest(election: &Election, encrypted: &EncryptedContest, c: Scalar) -> bool {
    let (contest, bits, key) = (contest_of(election, encrypted), bits_of(encrypted), election.key.joint);
    let branches = (contest.max - contest.min + 1) as usize;
    let pairs: Vec<_> = bits.iter().map(|bit| (point(&bit[..33]), point(&bit[33..66]))).collect();
    let all_bits = bits.iter().zip(&pairs).all(|(bit, pair)| holds(&key, *pair, 0, &bit[66..], 2, c));

    let add_up = |weights: Vec<u64>| {
        pairs.iter().zip(weights).fold((Point::IDENTITY, Point::IDENTITY), |total, (pair, weight)| {
            let weight = Scalar::from(weight);
            (total.0 + pair.0 * &weight, total.1 + pair.1 * &weight)
        })
    };
    let mut choices = vec![1; contest.options.len()];
    choices.push(contest.max.into());
    let mut costs: Vec<u64> = contest.options.iter().map(|option| option.cost).collect();
    costs.push(contest.budget);
    costs.extend((0..bits.len() - choices.len()).map(|j| 1 << j));

    all_bits
        && holds(&key, add_up(choices), u64::from(contest.min), &encrypted.sum.0, branches, c)
        && (contest.budget == 0 || holds(&key, add_up(costs), contest.budget, &encrypted.spending.0, 1, c))
}

fn hashed(
    election: &Election,
    body: &BallotBody,
    contest: &str,
    bits: &[&[u8]],
    of_sums: [&[u8]; 2],
) -> Vec<(Hashed, Vec<u8>)> {
    let u64s = |value: usize| (value as u64).to_be_bytes().to_vec();
    let mut fields = vec![
        (Hashed::Suite, b"KODANIK-V1-P256".to_vec()),
        (Hashed::Election, election.id.as_bytes().to_vec()),
        (Hashed::Style, body.style.as_bytes().to_vec()),
        (Hashed::Contest, contest.as_bytes().to_vec()),
        (Hashed::Vk, body.vk.to_sec1().to_vec()),
        (Hashed::Seq, u64s(body.seq as usize)),
        (Hashed::Prev, body.prev.as_bytes().to_vec()),
        (Hashed::Key, election.key.joint.to_bytes().unwrap().to_vec()),
        (Hashed::Count, u64s(bits.len())),
    ];
    for (ciphertext, bit) in bits.iter().enumerate() {
        fields.push((Hashed::Index { ciphertext }, u64s(ciphertext)));
        fields.push((Hashed::Alpha { ciphertext }, bit[..33].to_vec()));
        fields.push((Hashed::Beta { ciphertext }, bit[33..66].to_vec()));
    }
    let of_bits = bits.iter().map(|bit| &bit[66..66 + 4 * 33]);
    for (proof, commitments) in of_bits.chain(of_sums).enumerate() {
        for (branch, pair) in commitments.chunks(66).enumerate() {
            fields.push((Hashed::CommitmentA { proof, branch }, pair[..33].to_vec()));
            fields.push((Hashed::CommitmentB { proof, branch }, pair[33..].to_vec()));
        }
    }
    fields
}

fn holds(key: &Point, pair: (Point, Point), first: u64, proof: &[u8], m: usize, c: Scalar) -> bool {
    assert_eq!(proof.len(), 130 * m - 32);
    let (points, scalars) = proof.split_at(66 * m);
    let scalars: Vec<Scalar> = scalars.chunks(32).map(|bytes| Scalar::from_slice(bytes).unwrap()).collect();
    let mut challenges = scalars[..m - 1].to_vec();
    challenges.push(challenges.iter().fold(c, |rest, c_k| rest - *c_k));
    (0..m).all(|k| {
        let (a, b) = (point(&points[66 * k..66 * k + 33]), point(&points[66 * k + 33..66 * (k + 1)]));
        let (c_k, z_k) = (challenges[k], scalars[m - 1 + k]);
        let value = Point::generate(&Scalar::from(first + k as u64));
        Point::generate(&z_k) == a + pair.0 * &c_k && *key * &z_k == b + (pair.1 - value) * &c_k
    })
}

fn point(bytes: &[u8]) -> Point {
    Point::from_slice(bytes).unwrap()
}
