//! Ballots that must count, and every named way in which one must not (3-ballot, section 9).

use kodanik_crypto::encoding::{Binary, Bytes};
use kodanik_crypto::group::{Point, Scalar};
use kodanik_crypto::signature::Signature;
use proptest::prelude::*;
use rand_core::OsRng;
use std::sync::LazyLock;

use super::*;
use crate::ballot::OPTION_BYTES;
use crate::cast::BallotSeed;
use crate::testing::{Voter, draft, open_election};

struct Fixture {
    election: Election,
    other: Election,
    voter: Voter,
    ballot: UnverifiedBallot,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let (election, _) = open_election(draft(2, 2));
    let mut later = draft(2, 2);
    later.election = "later".to_owned();
    let (other, _) = open_election(later);
    let voter = Voter::new(&election, "city", 1);
    let ballot = voter.ballot(&election, &[&[2], &[0, 3]]);
    Fixture { election, other, voter, ballot }
});

/// Changes the body and signs again, so that nothing but the proofs can refuse.
fn resigned(change: impl FnOnce(&mut BallotBody)) -> Result<VerifiedBallot, BallotError> {
    let mut body = FIXTURE.ballot.body.clone();
    change(&mut body);
    FIXTURE.voter.cast(body).verify(&FIXTURE.election)
}

fn refused(change: impl FnOnce(&mut BallotBody)) -> BallotError {
    resigned(change).expect_err("a changed body")
}

#[test]
fn every_choice_makes_a_ballot_that_verifies() {
    let Fixture { election, voter, .. } = &*FIXTURE;
    let mayor: [&[usize]; 5] = [&[], &[0], &[1], &[2], &[3]];
    let council: [&[usize]; 5] = [&[], &[4], &[0, 1], &[3, 2], &[1]];
    for (mayor, council) in mayor.into_iter().zip(council) {
        let ballot = voter.ballot(election, &[mayor, council]);
        let tracker = ballot.tracker();
        let verified = ballot.verify(election).unwrap();
        assert_eq!(*verified.tracker(), tracker);
        assert_eq!(
            verified.contests().map(|(id, c)| (id, c.len())).collect::<Vec<_>>(),
            [("mayor", 5), ("council", 6)]
        );
    }
}

#[test]
fn a_verifier_written_from_the_document_agrees() {
    use crate::testing::second_opinion::accepts;
    let Fixture { election, voter, ballot, .. } = &*FIXTURE;
    assert!(accepts(election, &ballot.body));
    assert!(accepts(election, &voter.ballot(election, &[&[], &[1, 2]]).body));
    let later = Position::FIRST.next(ballot.tracker());
    let seed = BallotSeed::make(&mut OsRng);
    assert!(accepts(election, &voter.encrypt(election, later, &[&[3], &[]], &seed)));
    let mut swapped = ballot.body.clone();
    swapped.contests[0].options.swap(0, 2);
    assert!(!accepts(election, &swapped));
}

#[test]
fn wide_and_narrow_sums_verify() {
    for (min, max) in [(0, 1), (0, 4), (2, 2), (1, 4), (4, 4)] {
        let mut draft = draft(2, 2);
        (draft.contests[1].min, draft.contests[1].max) = (min, max);
        let (election, _) = open_election(draft);
        let voter = Voter::new(&election, "village", 1);
        for chosen in (min..=max).map(|count| (0..count as usize).collect::<Vec<_>>()).chain([vec![]]) {
            let ballot = voter.ballot(&election, &[&chosen]);
            assert!(ballot.verify(&election).is_ok(), "{chosen:?} of {min}..={max}");
        }
    }
}

#[test]
fn a_later_ballot_of_a_pseudonym_verifies_in_its_place() {
    let Fixture { election, voter, ballot, .. } = &*FIXTURE;
    let position = Position::FIRST.next(ballot.tracker());
    let seed = BallotSeed::make(&mut OsRng);
    let body = voter.encrypt(election, position, &[&[0], &[]], &seed);
    assert_eq!(voter.cast(body).verify(election).unwrap().position(), position);
}

// Vector 7: what is right in one place is moved to another.

#[test]
fn swapped_options_contests_and_styles() {
    assert_eq!(refused(|body| body.contests[0].options.swap(0, 2)), BallotError::Proof);
    assert_eq!(refused(|body| body.contests[1].options.swap(1, 5)), BallotError::Proof);
    assert_eq!(refused(|body| body.contests.swap(0, 1)), BallotError::Layout);
    let relabelled = |body: &mut BallotBody| {
        body.contests[0].contest = "council".to_owned();
        body.contests[1].contest = "mayor".to_owned();
    };
    assert_eq!(refused(relabelled), BallotError::Layout);
    assert_eq!(refused(|body| body.style = "village".to_owned()), BallotError::Layout);
    assert_eq!(refused(|body| body.style = "nowhere".to_owned()), BallotError::UnknownStyle);
}

#[test]
fn a_contest_of_another_style_counts_only_there() {
    let Fixture { election, voter, ballot, .. } = &*FIXTURE;
    let villager = Voter::new(election, "village", 1);
    assert_eq!(villager.vk(), voter.vk());
    let mut body = villager.ballot(election, &[&[0]]).body;
    body.contests[0] = ballot.body.contests[1].clone();
    assert_eq!(villager.cast(body).verify(election).unwrap_err(), BallotError::Proof);
}

// Vector 9: a wrong number in a ciphertext. A cheating prover has no proof for it; the nearest it can do is to keep
// the proofs of a valid ballot and change the ciphertext.

#[test]
fn over_vote_negative_weight_two_and_blank_with_a_choice() {
    let add = |contest: usize, option: usize, v: Point| {
        refused(|body| {
            let bytes = &mut body.contests[contest].options[option].0;
            let beta = Point::from_slice(&bytes[33..66]).unwrap() + v;
            bytes[33..66].copy_from_slice(&beta.to_bytes().unwrap());
        })
    };
    let g = Point::GENERATOR;
    assert_eq!(add(0, 0, g), BallotError::Proof, "a second choice of one");
    assert_eq!(add(0, 2, g), BallotError::Proof, "weight 2");
    assert_eq!(add(0, 0, -g), BallotError::Proof, "minus one");
    assert_eq!(add(0, 4, g), BallotError::Proof, "blank beside a choice");
    assert_eq!(add(1, 1, g), BallotError::Proof, "a third choice of two");
    assert_eq!(add(1, 5, g), BallotError::Proof, "blank beside two choices");
    assert_eq!(add(1, 0, -g), BallotError::Proof, "a choice taken away");
}

/// A prover who follows the protocol with a vote that no [`crate::cast::Selection`] holds.
mod cheating {
    use super::*;
    use crate::testing::reference::dangerous_forge;

    fn forge(election: &Election, style: &str, numbers: &[&[i64]]) -> Result<VerifiedBallot, BallotError> {
        let voter = Voter::new(election, style, 1);
        let seed = BallotSeed::make(&mut OsRng);
        let numbers: Vec<Vec<i64>> = numbers.iter().map(|numbers| numbers.to_vec()).collect();
        let body = dangerous_forge(election, style, &voter.vk(), Position::FIRST, &numbers, &seed);
        voter.cast(body).verify(election)
    }

    fn refused(mayor: &[i64], council: &[i64]) {
        let verdict = forge(&FIXTURE.election, "city", &[mayor, council]);
        assert_eq!(verdict.expect_err("an invalid vote"), BallotError::Proof, "{mayor:?} {council:?}");
    }

    #[test]
    fn no_invalid_vote_has_a_proof() {
        const MAYOR: &[i64] = &[0, 1, 0, 0, 0];
        const COUNCIL: &[i64] = &[1, 0, 0, 0, 0, 0];
        for mayor in [[0, 0, 0, 0, 0], [1, 1, 0, 0, 0], [0, 0, 0, 1, 1], [2, 0, 0, 0, 0], [2, -1, 0, 0, 0]] {
            refused(&mayor, COUNCIL);
        }
        for council in
            [[0; 6], [1, 1, 1, 0, 0, 0], [1, 0, 0, 0, 0, 1], [2, 0, 0, 0, 0, 0], [-1, 1, 1, 0, 0, 0]]
        {
            refused(MAYOR, &council);
        }
        assert!(forge(&FIXTURE.election, "city", &[MAYOR, COUNCIL]).is_ok(), "an honest one has");
    }

    #[test]
    fn nobody_overspends() {
        let mut draft = draft(2, 2);
        draft.contests[1] = crate::testing::budget_contest("council", 6, &[1, 2, 6, 4]);
        let (election, _) = open_election(draft);
        // Options of 1, 2, 6, 4; blank; slack 1, 2, 4.
        let verdict = |numbers: [i64; 8]| forge(&election, "village", &[&numbers]).map(drop);
        assert_eq!(verdict([1, 0, 0, 1, 0, 1, 0, 0]), Ok(()), "5 of 6, 1 left");
        assert_eq!(verdict([0, 1, 0, 1, 0, 0, 0, 0]), Ok(()), "6 of 6");
        assert_eq!(verdict([0, 0, 0, 0, 1, 0, 0, 0]), Ok(()), "blank");
        let overspent = [
            [1, 1, 0, 1, 0, 0, 0, 0],
            [1, 0, 1, 0, 0, -1, 0, 0],
            [1, 1, 1, 1, 0, 1, 1, 1],
            [0, 1, 0, 1, 0, 1, 0, 0],
            [1, 0, 0, 0, 0, 0, 0, 0],
            [1, 0, 0, 0, 1, 1, 0, 1],
            [0, 0, 0, 0, 1, 0, 1, 1],
            [0, 0, 0, 0, 0, 0, 1, 1],
            [1, 0, 0, 0, 0, 5, 0, 0],
        ];
        for numbers in overspent {
            assert_eq!(verdict(numbers), Err(BallotError::Proof), "{numbers:?}");
        }
    }

    #[test]
    fn budget_contests_have_their_layout() {
        let mut draft = draft(2, 2);
        draft.contests[1] = crate::testing::budget_contest("council", 6, &[1, 2, 6, 4]);
        let (election, _) = open_election(draft);
        let voter = Voter::new(&election, "village", 1);
        let body = voter.ballot(&election, &[&[0]]).body;
        assert!(crate::testing::second_opinion::accepts(&election, &body));
        let refused = |change: fn(&mut EncryptedContest)| {
            let mut body = body.clone();
            change(&mut body.contests[0]);
            voter.cast(body).verify(&election).map(drop).unwrap_err()
        };
        assert_eq!(refused(|c| c.slack.truncate(2)), BallotError::Layout);
        assert_eq!(refused(|c| c.slack.push(c.slack[0])), BallotError::Layout);
        assert_eq!(refused(|c| c.spending.0.clear()), BallotError::Layout);
        assert_eq!(refused(|c| c.slack.swap(0, 1)), BallotError::Proof);
        assert_eq!(refused(|c| std::mem::swap(&mut c.slack[0], &mut c.options[0])), BallotError::Proof);
        assert_eq!(refused(|c| c.spending.0[97] ^= 1), BallotError::Proof);
        assert_eq!(refused(|c| c.slack[2].0[0] = 4), BallotError::Encoding);
        assert_eq!(refused(|c| c.spending.0[33] = 0), BallotError::Encoding);
    }
}

// Batches.

#[test]
fn a_batch_names_its_bad_ballots_and_no_others() {
    let Fixture { election, voter, ballot, .. } = &*FIXTURE;
    let mut wrong_proof = ballot.body.clone();
    wrong_proof.contests[0].options.swap(0, 2);
    let (wrong_proof, mut unsigned) = (voter.cast(wrong_proof), ballot.clone());
    unsigned.body.seq = 2;
    for bad in 0..5 {
        let mut batch: Vec<_> = (0..5).map(|i| voter.ballot(election, &[&[i % 4], &[]])).collect();
        let expected: Vec<_> = batch.iter().map(UnverifiedBallot::tracker).collect();
        batch[bad] = wrong_proof.clone();
        batch.insert(bad, unsigned.clone());
        let verdicts = verify_batch(election, batch);
        assert_eq!(verdicts.len(), 6);
        assert_eq!(verdicts[bad].as_ref().err(), Some(&BallotError::Position));
        assert_eq!(verdicts[bad + 1].as_ref().err(), Some(&BallotError::Proof));
        let good = verdicts.iter().flatten().map(|verified| *verified.tracker()).collect::<Vec<_>>();
        assert_eq!(good, [&expected[..bad], &expected[bad + 1..]].concat());
    }
    assert!(verify_batch(election, Vec::new()).is_empty());
}

/// Two errors that would cancel if both equations had the same weight.
#[test]
fn errors_do_not_cancel_across_a_batch() {
    let Fixture { election, voter, .. } = &*FIXTURE;
    let shifted = |by: Scalar| {
        let mut body = voter.ballot(election, &[&[1], &[]]).body;
        let sum = &mut body.contests[0].sum.0;
        let z = Scalar::from_slice(&sum[66..98]).unwrap() + by;
        sum[66..98].copy_from_slice(&z.to_bytes());
        voter.cast(body)
    };
    let verdicts = verify_batch(election, vec![shifted(Scalar::ONE), shifted(-Scalar::ONE)]);
    assert!(verdicts.iter().all(|verdict| verdict.as_ref().err() == Some(&BallotError::Proof)));
}

#[test]
fn missing_and_extra_options_and_contests() {
    let first = FIXTURE.ballot.body.contests[0].clone();
    assert_eq!(refused(|body| body.contests[0].options.truncate(4)), BallotError::Layout);
    let extra = first.options[0];
    assert_eq!(refused(|body| body.contests[0].options.push(extra)), BallotError::Layout);
    assert_eq!(refused(|body| drop(body.contests.pop())), BallotError::Layout);
    assert_eq!(refused(|body| body.contests.push(first)), BallotError::Layout);
    assert_eq!(refused(|body| body.contests.clear()), BallotError::Layout);
}

// Vectors 1 and 5: a whole ballot or a part of it under another pseudonym, place or election.

#[test]
fn a_copied_ballot_under_another_pseudonym() {
    let Fixture { election, ballot, .. } = &*FIXTURE;
    let thief = Voter::new(election, "city", 2);
    let mut body = ballot.body.clone();
    body.vk = thief.vk();
    assert_eq!(thief.cast(body).verify(election).unwrap_err(), BallotError::Proof);

    let mut unsigned = ballot.clone();
    unsigned.body.vk = thief.vk();
    unsigned.tokens.clone_from(&thief.tokens);
    assert!(matches!(unsigned.verify(election), Err(BallotError::Signature(_))));
}

#[test]
fn a_copied_contest_in_an_own_ballot() {
    let Fixture { election, ballot, .. } = &*FIXTURE;
    let thief = Voter::new(election, "city", 2);
    for contest in 0..2 {
        let mut body = thief.ballot(election, &[&[0], &[0]]).body;
        body.contests[contest] = ballot.body.contests[contest].clone();
        assert_eq!(thief.cast(body).verify(election).unwrap_err(), BallotError::Proof);
    }
}

/// Adding an encryption of zero to a copied ciphertext hides the copy, and the proofs no longer fit.
#[test]
fn a_copied_ballot_with_new_randomness() {
    let key = FIXTURE.election.key.joint;
    let r = Scalar::make(&mut OsRng);
    let rerandomise = |body: &mut BallotBody| {
        let bytes = &mut body.contests[0].options[0].0;
        let old = Ciphertext::from_slice(&bytes[..66]).unwrap();
        let new = old + Ciphertext::encrypt(&key, &r, &Scalar::ZERO);
        bytes[..33].copy_from_slice(&new.alpha.to_bytes().unwrap());
        bytes[33..66].copy_from_slice(&new.beta.to_bytes().unwrap());
    };
    assert_eq!(refused(rerandomise), BallotError::Proof);
}

#[test]
fn every_bound_field_is_bound() {
    let Fixture { election, other, voter, ballot } = &*FIXTURE;
    assert_eq!(ballot.clone().verify(other).unwrap_err(), BallotError::OtherElection);

    let elsewhere = Voter::new(other, "city", 1);
    let mut body = ballot.body.clone();
    (body.election, body.vk) = (other.id, elsewhere.vk());
    assert_eq!(elsewhere.cast(body).verify(other).unwrap_err(), BallotError::Proof);

    let tracker = ballot.tracker();
    assert_eq!(refused(|body| (body.seq, body.prev) = (2, tracker)), BallotError::Proof);
    let second =
        voter.encrypt(election, Position::FIRST.next(tracker), &[&[0], &[0]], &BallotSeed::make(&mut OsRng));
    let moved = |change: fn(&mut BallotBody)| {
        let mut body = second.clone();
        change(&mut body);
        voter.cast(body).verify(election).unwrap_err()
    };
    assert_eq!(moved(|body| body.seq = 3), BallotError::Proof);
    assert_eq!(moved(|body| body.prev = Tracker::new([1; 32])), BallotError::Proof);
}

/// Weak Fiat-Shamir: a proof whose challenge leaves out one field holds for whoever leaves it out too, and for nobody else.
#[test]
fn a_challenge_that_leaves_out_any_one_field() {
    use crate::testing::reference::{Cheat, Hashed, dangerous_forge_with};
    use crate::testing::second_opinion::{accepts, accepts_weakly};
    let Fixture { election, voter, .. } = &*FIXTURE;
    let seed = BallotSeed::make(&mut OsRng);
    let numbers = [vec![0, 0, 1, 0, 0], vec![1, 0, 0, 1, 0, 0]];
    let fields = [
        Hashed::Alpha { ciphertext: 3 },
        Hashed::Beta { ciphertext: 0 },
        Hashed::CommitmentA { proof: 2, branch: 1 },
        Hashed::CommitmentB { proof: 5, branch: 0 },
        Hashed::Contest,
        Hashed::Count,
        Hashed::Election,
        Hashed::Index { ciphertext: 4 },
        Hashed::Key,
        Hashed::Prev,
        Hashed::Seq,
        Hashed::Style,
        Hashed::Suite,
        Hashed::Vk,
    ];
    for field in fields {
        let rewrite = |hashed, bytes: &[u8]| (hashed != field).then(|| bytes.to_vec());
        let cheat = Cheat { hashes: Some(&rewrite), ..Cheat::default() };
        let vk = voter.vk();
        let body = dangerous_forge_with(election, "city", &vk, Position::FIRST, &numbers, &seed, cheat);
        assert!(accepts_weakly(election, &body, Some(&rewrite)), "{field:?}");
        assert!(!accepts(election, &body), "{field:?}");
        assert_eq!(voter.cast(body).verify(election).unwrap_err(), BallotError::Proof, "{field:?}");
    }
}

#[test]
fn impossible_places_in_the_sequence() {
    assert_eq!(refused(|body| body.seq = 0), BallotError::Position);
    assert_eq!(refused(|body| body.seq = 2), BallotError::Position);
    assert_eq!(refused(|body| body.prev = Tracker::new([1; 32])), BallotError::Position);
}

/// The key is in the challenge itself, not only behind H_E.
#[test]
fn the_same_ballot_to_another_key() {
    let Fixture { election, other, voter, .. } = &*FIXTURE;
    let mut forged = election.clone();
    forged.key = other.key.clone();
    assert_eq!(FIXTURE.ballot.clone().verify(&forged).unwrap_err(), BallotError::Proof);
    assert_eq!(voter.ballot(&forged, &[&[0], &[0]]).verify(election).unwrap_err(), BallotError::Proof);
}

// Vector 3: bad encodings in every place.

#[test]
fn bad_points_and_scalars_in_every_place() {
    // alpha, beta, a0, b0, a1, b1, then c0, z0, z1.
    for point in 0..6 {
        for tag in [0, 1, 4, 5, 6, 7, 0xff] {
            let at = point * 33;
            assert_eq!(refused(|body| body.contests[0].options[1].0[at] = tag), BallotError::Encoding);
        }
        let range = point * 33..(point + 1) * 33;
        let (zeros, off_curve) = (range.clone(), range.clone());
        let fill = |range: std::ops::Range<usize>, bytes: [u8; 33]| {
            refused(move |body| body.contests[0].options[1].0[range].copy_from_slice(&bytes))
        };
        assert_eq!(fill(zeros, [0; 33]), BallotError::Encoding);
        let mut above = [0xff; 33];
        above[0] = 2;
        assert_eq!(fill(off_curve, above), BallotError::Encoding);
    }
    for scalar in 0..3 {
        let at = 6 * 33 + scalar * 32;
        let overflow = |body: &mut BallotBody| body.contests[0].options[1].0[at..at + 32].fill(0xff);
        assert_eq!(refused(overflow), BallotError::Encoding);
    }
    // The sum: two branches in "council", one in "mayor".
    assert_eq!(refused(|body| body.contests[1].sum.0[0] = 5), BallotError::Encoding);
    assert_eq!(refused(|body| body.contests[1].sum.0[99] = 0), BallotError::Encoding);
    assert_eq!(refused(|body| body.contests[1].sum.0[132..164].fill(0xff)), BallotError::Encoding);
    assert_eq!(refused(|body| body.contests[0].sum.0[66..].fill(0xff)), BallotError::Encoding);
    assert_eq!(refused(|body| body.contests[0].sum.0.push(0)), BallotError::Layout);
    assert_eq!(refused(|body| body.contests[0].sum = Binary(Vec::new())), BallotError::Layout);
}

/// A challenge and a response moved by the group's order is the same proof in other bytes; it must not parse.
#[test]
fn scalars_have_one_encoding() {
    let order_minus_one = (-Scalar::ONE).to_bytes();
    let at = OPTION_BYTES - 32;
    let mut order = order_minus_one;
    order[31] += 1;
    assert_eq!(
        refused(|body| body.contests[0].options[0].0[at..].copy_from_slice(&order)),
        BallotError::Encoding
    );
}

// Signatures and tokens.

#[test]
fn the_high_s_form_of_the_signature() {
    let Fixture { election, ballot, .. } = &*FIXTURE;
    let bytes = ballot.signature.to_bytes();
    let s = -Scalar::from_slice(&bytes[32..]).unwrap();
    let high = [&bytes[..32], &s.to_bytes()].concat();
    let changed = UnverifiedBallot { signature: Signature::from_bytes(&high).unwrap(), ..ballot.clone() };
    assert_eq!(changed.verify(election).unwrap_err(), BallotError::Signature(SignatureError::HighS));
}

#[test]
fn tokens_must_be_q_distinct_in_order_and_of_this_pseudonym_and_style() {
    let Fixture { election, other, ballot, voter } = &*FIXTURE;
    let with = |tokens: Vec<crate::token::Token>| {
        UnverifiedBallot { tokens, ..ballot.clone() }.verify(election).unwrap_err()
    };
    let own = || voter.tokens.clone();
    let (a, b) = (own()[0].clone(), own()[1].clone());
    assert_eq!(with(vec![]), BallotError::TokenCount);
    assert_eq!(with(vec![a.clone()]), BallotError::TokenCount);
    assert_eq!(with(vec![a.clone(), a.clone()]), BallotError::TokenCount);
    assert_eq!(with(vec![b.clone(), a.clone()]), BallotError::TokenCount);
    assert_eq!(with(vec![a.clone(), b.clone(), b.clone()]), BallotError::TokenCount);
    let stranger = crate::token::Token { issuer: 7, ..b.clone() };
    assert_eq!(with(vec![a.clone(), stranger]), BallotError::Token(TokenError::NoSuchIssuer));
    let swapped = crate::token::Token { issuer: 1, ..a.clone() };
    assert_eq!(with(vec![a, swapped]), BallotError::Token(TokenError::Mismatch));
    for tokens in [
        Voter::new(election, "city", 2).tokens,
        Voter::new(election, "village", 1).tokens,
        Voter::new(other, "city", 1).tokens,
    ] {
        assert_eq!(with(tokens), BallotError::Token(TokenError::Mismatch));
    }
}

/// Every option takes part in the check: replacing any one by that of another valid ballot is noticed.
#[test]
fn each_option_and_each_sum_is_checked() {
    let Fixture { election, voter, ballot, .. } = &*FIXTURE;
    let donor = voter.ballot(election, &[&[2], &[0, 3]]).body;
    for (c, contest) in ballot.body.contests.iter().enumerate() {
        for o in 0..contest.options.len() {
            let replaced = |body: &mut BallotBody| body.contests[c].options[o] = donor.contests[c].options[o];
            assert_eq!(refused(replaced), BallotError::Proof);
        }
        let replaced = |body: &mut BallotBody| body.contests[c].sum = donor.contests[c].sum.clone();
        assert_eq!(refused(replaced), BallotError::Proof);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    /// Vector 11: any flipped bit in the bytes of a valid ballot is refused, by the parser or by a check.
    #[test]
    fn a_flipped_bit_anywhere_is_refused(at: prop::sample::Index, bit in 0..8u32) {
        let mut bytes = FIXTURE.ballot.to_bytes();
        let at = at.index(bytes.len());
        bytes[at] ^= 1 << bit;
        let verdict = UnverifiedBallot::parse(&bytes).map(|ballot| ballot.verify(&FIXTURE.election));
        prop_assert!(!matches!(verdict, Ok(Ok(_))), "byte {}", at);
    }

    /// The same inside the proofs, under a fresh signature: nothing but the proofs can notice.
    #[test]
    fn a_flipped_bit_in_a_proof_is_refused(option in 0..5usize, at in 0..OPTION_BYTES, bit in 0..8u32) {
        let flipped = resigned(|body| body.contests[0].options[option].0[at] ^= 1 << bit);
        prop_assert!(matches!(flipped, Err(BallotError::Proof | BallotError::Encoding)));
    }

    #[test]
    fn the_parser_survives_anything(bytes: Vec<u8>) {
        prop_assert!(UnverifiedBallot::parse(&bytes).is_err());
    }
}

#[test]
fn an_option_of_the_wrong_length_does_not_parse() {
    assert!(
        Bytes::<OPTION_BYTES>::parse(&kodanik_crypto::encoding::to_base64url([2; OPTION_BYTES - 1])).is_err()
    );
}
