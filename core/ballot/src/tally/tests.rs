//! Sums and results.

use std::sync::LazyLock;

use proptest::prelude::*;

use super::*;
use crate::testing::{Voter, budget_contest, decryption_shares, draft, open_election};
use crate::trustee::secret::KeyShare;

mod elastic;

struct Fixture {
    election: Election,
    keys: Vec<KeyShare>,
    sums: Sums,
}

/// Three city and two village ballots.
static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let (election, keys) = open_election(draft(3, 5));
    let mut sums = Sums::new(&election);
    let city: [[&[usize]; 2]; 3] = [[&[0], &[0, 1]], [&[0], &[]], [&[], &[1]]];
    for (fill, choices) in (1..).zip(city) {
        sums.add(&Voter::new(&election, "city", fill).verified(&election, &choices));
    }
    for (fill, choice) in (10..).zip([&[1usize, 4][..], &[4]]) {
        sums.add(&Voter::new(&election, "village", fill).verified(&election, &[choice]));
    }
    Fixture { election, keys, sums }
});

fn combine(trustees: &[usize]) -> Result<Tally, TallyError> {
    let Fixture { election, keys, sums } = &*FIXTURE;
    let shares = decryption_shares(election, sums, trustees.iter().map(|i| &keys[*i]));
    Tally::combine(election, sums, &shares)
}

#[test]
fn every_three_of_five_read_the_same_result() {
    let mut sets = Vec::new();
    for a in 0..5 {
        for b in a + 1..5 {
            sets.extend((b + 1..5).map(|c| vec![a, b, c]));
        }
    }
    assert_eq!(sets.len(), 10);
    sets.push(vec![4, 2, 1, 0, 3]);
    for set in sets {
        let tally = combine(&set).unwrap();
        assert_eq!(tally.contests[0].options.as_deref(), Some(&[2, 0, 0, 0, 1][..]), "{set:?}");
        assert_eq!(tally.contests[1].options.as_deref(), Some(&[1, 3, 0, 0, 2, 1][..]), "{set:?}");
        assert_eq!((tally.contests[0].ballots, tally.contests[1].ballots), (3, 5));
    }
}

#[test]
fn two_of_five_are_too_few_and_a_trustee_counts_once() {
    assert_eq!(combine(&[0, 3]), Err(TallyError::TooFewShares));
    assert_eq!(combine(&[0, 3, 3, 0]), Err(TallyError::TooFewShares));
    assert_eq!(combine(&[]), Err(TallyError::TooFewShares));
}

#[test]
fn shares_of_two_statements_do_not_combine() {
    let Fixture { election, keys, sums } = &*FIXTURE;
    let mut more = sums.clone();
    more.add(&Voter::new(election, "village", 20).verified(election, &[&[0]]));
    let mut shares = decryption_shares(election, sums, &keys[..2]);
    shares.extend(decryption_shares(election, &more, &keys[2..]));
    assert_eq!(Tally::combine(election, sums, &shares), Err(TallyError::OtherShares));
}

/// Shares of other sums give points that no count explains: the tally says so and does not guess.
#[test]
fn shares_over_other_sums_read_as_nothing() {
    let Fixture { election, keys, sums } = &*FIXTURE;
    let mut more = sums.clone();
    more.add(&Voter::new(election, "city", 20).verified(election, &[&[0], &[1]]));
    let shares = decryption_shares(election, sums, &keys[..3]);
    assert_eq!(Tally::combine(election, &more, &shares), Err(TallyError::NotASum));
}

#[test]
fn small_cells_publish_their_turnout_only() {
    let mut draft = draft(2, 3);
    draft.min_cell = 2;
    let (election, keys) = open_election(draft);
    let mut sums = Sums::new(&election);
    sums.add(&Voter::new(&election, "city", 1).verified(&election, &[&[0], &[0]]));
    sums.add(&Voter::new(&election, "village", 2).verified(&election, &[&[1]]));
    let shares = decryption_shares(&election, &sums, &keys[1..]);
    assert!(shares.iter().all(|share| share.contest() == "council"), "nobody decrypts one ballot");
    let tally = Tally::combine(&election, &sums, &shares).unwrap();
    assert_eq!(tally.contests[0], ContestTally { ballots: 1, contest: "mayor".to_owned(), options: None });
    assert_eq!(tally.contests[1].options.as_deref(), Some(&[1, 1, 0, 0, 0, 0][..]));
}

#[test]
fn an_election_without_ballots_has_a_result_without_shares() {
    let (election, _) = open_election(draft(2, 2));
    let tally = Tally::combine(&election, &Sums::new(&election), &[]).unwrap();
    assert!(tally.contests.iter().all(|contest| contest.ballots == 0 && contest.options.is_none()));
}

#[test]
fn a_superseded_ballot_leaves_no_trace() {
    let Fixture { election, sums, .. } = &*FIXTURE;
    let ballot = Voter::new(election, "city", 30).verified(election, &[&[3], &[3]]);
    let mut changed = sums.clone();
    changed.add(&ballot);
    assert_ne!(changed.hash(), sums.hash());
    changed.remove(&ballot);
    assert_eq!(changed.hash(), sums.hash());
    assert_eq!(changed, *sums);
}

#[test]
fn the_hash_names_election_counts_and_points() {
    let Fixture { election, sums, .. } = &*FIXTURE;
    let mut other = sums.clone();
    other.contests[0].ballots += 1;
    assert_ne!(other.hash(), sums.hash());
    other = sums.clone();
    other.contests[1].options.swap(0, 1);
    assert_ne!(other.hash(), sums.hash());
    other = sums.clone();
    other.election = ElectionId::new([0; 32]);
    assert_ne!(other.hash(), sums.hash());
    assert_ne!(Sums::new(election).hash(), sums.hash());
}

#[test]
fn leaves_of_last_ballots_tell_everything_apart() {
    let vk = |fill| Voter::new(&FIXTURE.election, "city", fill).vk();
    let leaf =
        |e: u8, fill, t: u8| last_ballot_leaf(&ElectionId::new([e; 32]), &vk(fill), &Tracker::new([t; 32]));
    assert_ne!(leaf(1, 1, 1), leaf(2, 1, 1));
    assert_ne!(leaf(1, 1, 1), leaf(1, 2, 1));
    assert_ne!(leaf(1, 1, 1), leaf(1, 1, 2));
}

#[test]
fn numbers_beyond_the_turnout_are_not_read() {
    let at = |v: u64| Point::generate(&kodanik_crypto::group::Scalar::from(v));
    assert_eq!(read_numbers(&[at(9), at(0)], 9), Some(vec![9, 0]));
    assert_eq!(read_numbers(&[at(10)], 9), None);
    assert_eq!(read_numbers(&[-at(1)], 9), None);
    assert_eq!(read_numbers(&[at(1)], 0), None);
}

/// Shares that hold over sums of verified ballots never get here; if they did, nothing of it would be a result.
#[test]
fn numbers_that_ballots_cannot_add_up_to_are_no_result() {
    let mut draft = draft(2, 2);
    draft.contests.push(budget_contest("park", 5, &[2, 3, 4]));
    draft.styles[0].contests.push("park".to_owned());
    let (election, _) = open_election(draft);
    let check = |contest: &str, numbers: &[u64]| check_numbers(&election, contest, 3, numbers).is_ok();
    // Three ballots, one of four each: a blank is one as well.
    assert!(check("mayor", &[2, 0, 0, 0, 1]) && check("mayor", &[0, 0, 0, 0, 3]));
    assert!(!check("mayor", &[2, 0, 0, 0, 0]) && !check("mayor", &[2, 0, 1, 0, 1]));
    // One or two of five each: a blank is two.
    assert!(check("council", &[3, 0, 0, 0, 0, 0]) && check("council", &[2, 2, 0, 0, 0, 1]));
    assert!(!check("council", &[2, 0, 0, 0, 0, 0]) && !check("council", &[3, 2, 0, 0, 0, 1]));
    // A number too few or too many, even of nothing, and a contest that is not there.
    assert!(!check("mayor", &[2, 0, 0, 1]) && !check("mayor", &[2, 0, 0, 0, 1, 0]) && !check("other", &[3]));
    // Up to three of three, and no more than 5 spent, each.
    assert!(check("park", &[3, 3, 0, 0]) && check("park", &[1, 1, 2, 0]) && check("park", &[0, 0, 0, 3]));
    assert!(!check("park", &[3, 2, 1, 0]) && !check("park", &[0, 0, 4, 0]) && !check("park", &[1, 1, 0, 0]));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn every_number_up_to_the_turnout_is_read(most in 0..4000u64, at: prop::sample::Index) {
        let v = at.index(most as usize + 1) as u64;
        let point = Point::generate(&kodanik_crypto::group::Scalar::from(v));
        prop_assert_eq!(read_numbers(&[point], most), Some(vec![v]));
    }
}
