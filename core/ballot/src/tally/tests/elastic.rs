//! `elastic-elgamal` on the same curve, as an oracle: nobody wrote both. What one of the two encrypts and adds up, the
//! other must decrypt, and from equal randomness both must make equal bytes. Its proofs hash other things than ours
//! and do not compare.

use elastic_elgamal::group::Generic;
use elastic_elgamal::{DiscreteLogTable, PublicKey, SecretKey};
use kodanik_crypto::group::Scalar;
use kodanik_crypto::transcript::hash_to_scalar;
use p256::NistP256;
use rand_core::{CryptoRng, OsRng, RngCore};

use super::*;
use crate::ballot::Position;
use crate::cast::BallotSeed;
use crate::elgamal::CIPHERTEXT_BYTES;

/// More than any number here decrypts to.
const MOST: u64 = 500;

static TABLE: LazyLock<DiscreteLogTable<Generic<NistP256>>> =
    LazyLock::new(|| DiscreteLogTable::new(0..=MOST));

/// Gives the same 32 bytes again and again: the scalar that the oracle draws.
struct Given([u8; 32]);

impl RngCore for Given {
    fn next_u32(&mut self) -> u32 {
        unreachable!("scalars are drawn as bytes")
    }

    fn next_u64(&mut self) -> u64 {
        unreachable!("scalars are drawn as bytes")
    }

    fn fill_bytes(&mut self, out: &mut [u8]) {
        out.copy_from_slice(&self.0);
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), rand_core::Error> {
        self.fill_bytes(out);
        Ok(())
    }
}

impl CryptoRng for Given {}

struct Oracle(PublicKey<Generic<NistP256>>);

impl Oracle {
    fn new(key: &Point) -> Self {
        Self(PublicKey::from_bytes(&key.to_bytes().unwrap()).unwrap())
    }

    fn encrypt(&self, v: u64, r: &Scalar) -> elastic_elgamal::Ciphertext<Generic<NistP256>> {
        self.0.encrypt(v, &mut Given(r.to_bytes()))
    }
}

/// The oracle's decryption: a number up to [`MOST`], or nothing.
fn decrypt(secret: &Scalar, ciphertext: &Ciphertext) -> Option<u64> {
    let secret = SecretKey::<Generic<NistP256>>::from_bytes(&secret.to_bytes()).unwrap();
    secret.decrypt(to_oracle(ciphertext), &TABLE)
}

fn to_oracle(ciphertext: &Ciphertext) -> elastic_elgamal::Ciphertext<Generic<NistP256>> {
    let json = serde_json::json!({ "random_element": ciphertext.alpha, "blinded_element": ciphertext.beta });
    serde_json::from_value(json).unwrap()
}

fn bytes(ciphertext: &Ciphertext) -> Vec<u8> {
    [ciphertext.alpha.to_bytes().unwrap(), ciphertext.beta.to_bytes().unwrap()].concat()
}

fn scalar() -> impl Strategy<Value = Scalar> {
    any::<[u8; 32]>().prop_map(|bytes| hash_to_scalar(&bytes, b"test"))
}

/// x of K = x G, which these trustees together can compute and must not.
fn joint_secret(keys: &[KeyShare]) -> Scalar {
    let indexes: Vec<u16> = keys.iter().map(KeyShare::index).collect();
    let term = |key: &KeyShare| *key.scalar().unwrap() * lagrange(&indexes, key.index(), 0).unwrap();
    keys.iter().map(term).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn equal_randomness_gives_equal_ciphertexts(x in scalar(), r in scalar(), v: u64) {
        let key = Point::generate(&x);
        let theirs = Oracle::new(&key).encrypt(v, &r).to_bytes();
        let ours = |r: Scalar, v: Scalar| bytes(&Ciphertext::encrypt(&key, &r, &v));
        prop_assert_eq!(&ours(r, Scalar::from(v)), &theirs);
        prop_assert_ne!(&ours(r + Scalar::ONE, Scalar::from(v)), &theirs);
        prop_assert_ne!(&ours(r, Scalar::from(v) + Scalar::ONE), &theirs);
    }

    #[test]
    fn the_oracle_decrypts_our_sums(
        x in scalar(),
        terms in prop::collection::vec((scalar(), 0..20u64), 1..8),
        factor in 1..4u64,
    ) {
        let key = Point::generate(&x);
        let encrypt = |(r, v): &(Scalar, u64)| Ciphertext::encrypt(&key, r, &Scalar::from(*v));
        let sum: Ciphertext = terms.iter().map(encrypt).sum();
        let total: u64 = terms.iter().map(|(_, v)| v).sum();
        prop_assert_eq!(decrypt(&x, &sum), Some(total));
        prop_assert_eq!(decrypt(&x, &sum.times(&Scalar::from(factor))), Some(factor * total));
        let one_more = Ciphertext { beta: sum.beta + Point::GENERATOR, ..sum };
        prop_assert_eq!(decrypt(&x, &one_more), Some(total + 1));
        let damaged = Ciphertext { alpha: sum.alpha + Point::GENERATOR, ..sum };
        prop_assert_eq!(decrypt(&x, &damaged), None);
        prop_assert_eq!(decrypt(&(x + Scalar::ONE), &sum), None);
    }

    #[test]
    fn we_decrypt_the_oracle_s_sums(
        x in scalar(),
        terms in prop::collection::vec((scalar(), 0..20u64), 1..8),
    ) {
        let oracle = Oracle::new(&Point::generate(&x));
        let theirs: Vec<_> = terms.iter().map(|(r, v)| oracle.encrypt(*v, r)).collect();
        let parsed = theirs.iter().map(|ciphertext| Ciphertext::from_slice(&ciphertext.to_bytes()).unwrap());
        let sum: Ciphertext = parsed.sum();
        let their_sum = theirs.into_iter().reduce(|sum, ciphertext| sum + ciphertext).unwrap();
        prop_assert_eq!(bytes(&sum), their_sum.to_bytes());

        let total = terms.iter().map(|(_, v)| v).sum();
        let decrypt = |x: &Scalar| read_numbers(&[sum.beta - sum.alpha * x], MOST);
        prop_assert_eq!(decrypt(&x), Some(vec![total]));
        prop_assert_eq!(decrypt(&(x + Scalar::ONE)), None);
    }
}

/// The way that a vote takes, which need not be [`Ciphertext::encrypt`].
#[test]
fn a_cast_ballot_has_the_oracle_s_ciphertexts() {
    let Fixture { election, .. } = &*FIXTURE;
    let seed = BallotSeed::make(&mut OsRng);
    let choices: [&[usize]; 2] = [&[2], &[0, 4]];
    let chosen = |contest: usize, option: usize| u64::from(choices[contest].contains(&option));
    let body = Voter::new(election, "city", 1).encrypt(election, Position::FIRST, &choices, &seed);
    let oracle = Oracle::new(&election.key.joint);
    let mut compared = 0;
    for (at, contest) in body.contests.iter().enumerate() {
        for (i, option) in contest.options.iter().enumerate() {
            let r = seed.derive_r(&election.id, &contest.contest, i);
            let theirs = |v: u64| oracle.encrypt(v, &r).to_bytes();
            assert_eq!(option.0[..CIPHERTEXT_BYTES], theirs(chosen(at, i)), "{at} {i}");
            assert_ne!(option.0[..CIPHERTEXT_BYTES], theirs(1 - chosen(at, i)), "{at} {i}");
            compared += 1;
        }
    }
    assert_eq!(compared, 5 + 6);
}

#[test]
fn the_oracle_reads_the_result_that_we_read() {
    let Fixture { election, keys, sums } = &*FIXTURE;
    let tally = combine(&[1, 2, 4]).unwrap();
    let secret = joint_secret(&keys[..3]);
    assert_eq!(Point::generate(&secret), election.key.joint);
    assert_ne!(joint_secret(&keys[..2]), secret);
    for (sums, result) in sums.contests().iter().zip(&tally.contests) {
        let theirs: Option<Vec<u64>> = sums.options.iter().map(|sum| decrypt(&secret, sum)).collect();
        assert!(theirs.is_some());
        assert_eq!(theirs, result.options);
    }
}

/// Votes that the oracle encrypted, added up by us and decrypted by our trustees.
#[test]
fn our_trustees_read_what_the_oracle_encrypted() {
    let Fixture { election, keys, .. } = &*FIXTURE;
    // Per ballot and contest: which option, the blank last.
    let votes = [[0usize, 5], [3, 1], [3, 1], [4, 0]];
    let tally_of = |key: &Point| {
        let oracle = Oracle::new(key);
        let mut sums = Sums::new(election);
        for vote in votes {
            for (contest, choice) in sums.contests.iter_mut().zip(vote) {
                contest.ballots += 1;
                for (i, sum) in contest.options.iter_mut().enumerate() {
                    let theirs = oracle.0.encrypt(u64::from(i == choice), &mut OsRng);
                    *sum = *sum + Ciphertext::from_slice(&theirs.to_bytes()).unwrap();
                }
            }
        }
        let shares = decryption_shares(election, &sums, &keys[1..4]);
        Tally::combine(election, &sums, &shares)
    };
    let tally = tally_of(&election.key.joint).unwrap();
    assert_eq!(tally.contests[0].options.as_deref(), Some(&[1, 0, 0, 2, 1][..]));
    assert_eq!(tally.contests[1].options.as_deref(), Some(&[1, 2, 0, 0, 0, 1][..]));
    assert_eq!(tally_of(&election.key.shares[0]), Err(TallyError::NotASum));
}
