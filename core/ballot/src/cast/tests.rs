//! Selections, and what encryption must not do.

use rand_core::OsRng;

use super::*;
use crate::ids::ElectionId;
use crate::manifest::ContestOption;
use crate::testing::reference::dangerous_forge;
use crate::testing::{Voter, budget_contest, contest, draft, open_election};

fn bits(contest: &Contest, chosen: &[usize]) -> Vec<u64> {
    Selection::new(contest, chosen).unwrap().numbers().to_vec()
}

#[test]
fn selections_mark_what_is_chosen_and_blank_is_explicit() {
    let contest = contest("c", 3, 1, 2);
    assert_eq!(bits(&contest, &[]), [0, 0, 0, 1]);
    assert_eq!(bits(&contest, &[2]), [0, 0, 1, 0]);
    assert_eq!(bits(&contest, &[1, 0]), [1, 1, 0, 0]);
}

#[test]
fn invalid_selections_are_refused() {
    let contest = contest("c", 5, 2, 3);
    let refused = |chosen: &[usize]| Selection::new(&contest, chosen).expect_err("invalid");
    assert_eq!(refused(&[0]), CastError::TooFew);
    assert_eq!(refused(&[0, 1, 2, 3]), CastError::TooMany);
    assert_eq!(refused(&[0, 5]), CastError::NoSuchOption);
    assert_eq!(refused(&[0, usize::MAX]), CastError::NoSuchOption);
    assert_eq!(refused(&[1, 1]), CastError::ChosenTwice);
}

#[test]
fn a_budget_is_spent_or_left_in_binary_digits() {
    let contest = budget_contest("c", 6, &[1, 2, 6, 4]);
    assert_eq!(contest.slack_bits(), 3);
    assert_eq!(bits(&contest, &[0]), [1, 0, 0, 0, 0, 1, 0, 1], "5 are left");
    assert_eq!(bits(&contest, &[3, 1]), [0, 1, 0, 1, 0, 0, 0, 0], "nothing is left");
    assert_eq!(bits(&contest, &[]), [0, 0, 0, 0, 1, 0, 0, 0], "a blank leaves nothing either");
    assert_eq!(Selection::new(&contest, &[2, 0]).expect_err("7 of 6"), CastError::OverBudget);
    assert_eq!(Selection::new(&contest, &[9]).expect_err("none"), CastError::NoSuchOption);
}

/// Two provers, one written from the document, make the same bytes.
#[test]
fn the_prover_is_the_documents_to_the_last_byte() {
    let mut draft = draft(2, 2);
    draft.contests[0] = contest("mayor", 4, 0, 4);
    draft.contests[1] = budget_contest("council", 100, &[40, 60, 1, 99]);
    let (election, _) = open_election(draft);
    let voter = Voter::new(&election, "city", 1);
    let choices: [[&[usize]; 2]; 5] =
        [[&[], &[]], [&[0], &[0, 1]], [&[3, 1, 0], &[2, 3]], [&[0, 1, 2, 3], &[1]], [&[2], &[2]]];
    for choices in choices {
        let seed = BallotSeed::make(&mut OsRng);
        let position = Position { seq: 7, prev: crate::ids::Tracker::new([9; 32]) };
        let selections = voter.selections(&election, &choices);
        let signed = |number: &u64| *number as i64;
        let numbers: Vec<Vec<i64>> =
            selections.iter().map(|selection| selection.numbers().iter().map(signed).collect()).collect();
        let body = voter.encrypt(&election, position, &choices, &seed);
        assert_eq!(body, dangerous_forge(&election, "city", &voter.vk(), position, &numbers, &seed));
    }
}

/// The same seed twice would give the choice away in the ciphertexts; at least the proofs' nonces are bound to the place.
#[test]
fn nonces_are_bound_to_the_ballots_place() {
    let (election, _) = open_election(draft(2, 2));
    let voter = Voter::new(&election, "village", 1);
    let seed = BallotSeed::make(&mut OsRng);
    let first = voter.encrypt(&election, Position::FIRST, &[&[1]], &seed);
    let second = voter.encrypt(&election, Position::FIRST.next(first.tracker()), &[&[1]], &seed);
    let (a, b) = (&first.contests[0].options[0].0, &second.contests[0].options[0].0);
    assert_eq!(a[..66], b[..66]);
    assert!(a[66..].chunks(33).zip(b[66..].chunks(33)).take(4).all(|(a, b)| a != b));
}

#[test]
fn selections_of_other_contests_are_refused() {
    let (election, _) = open_election(draft(2, 2));
    let voter = Voter::new(&election, "city", 1);
    let selection = |index: usize| Selection::new(&election.manifest.contests[index], &[0]).unwrap();
    let attempt = |style: &str, selections: &[Selection]| {
        let seed = BallotSeed::make(&mut OsRng);
        Encrypter::new(&election).encrypt(style, &voter.vk(), Position::FIRST, selections, &seed).err()
    };
    assert_eq!(attempt("city", &[selection(0), selection(1)]), None);
    assert_eq!(attempt("city", &[selection(1), selection(0)]), Some(CastError::OtherContests));
    assert_eq!(attempt("city", &[selection(0)]), Some(CastError::OtherContests));
    assert_eq!(attempt("village", &[selection(0), selection(1)]), Some(CastError::OtherContests));
    assert_eq!(attempt("nowhere", &[selection(0)]), Some(CastError::NoSuchStyle));
}

#[test]
fn every_ciphertext_has_randomness_of_its_own() {
    let seed = BallotSeed::make(&mut OsRng);
    let r = |election: u8, contest: &str, index| {
        seed.derive_r(&ElectionId::new([election; 32]), contest, index).to_bytes()
    };
    let all = [r(1, "a", 0), r(1, "a", 1), r(1, "b", 0), r(2, "a", 0)];
    for (i, one) in all.iter().enumerate() {
        assert!(!all[..i].contains(one));
    }
    assert_eq!(r(1, "a", 0), all[0]);
}

#[test]
fn the_same_choice_twice_shares_nothing() {
    let (election, _) = open_election(draft(2, 2));
    let voter = Voter::new(&election, "village", 1);
    let (one, two) = (voter.ballot(&election, &[&[1]]), voter.ballot(&election, &[&[1]]));
    for (a, b) in one.body.contests[0].options.iter().zip(&two.body.contests[0].options) {
        assert!(a.0.chunks(33).zip(b.0.chunks(33)).take(6).all(|(a, b)| a != b));
    }
}

#[test]
fn secrets_do_not_print() {
    let option = |id: &str| ContestOption { cost: 0, id: id.to_owned(), title: id.to_owned() };
    let contest = Contest { options: vec![option("canary"), option("b")], ..contest("c", 2, 1, 1) };
    let selection = Selection::new(&contest, &[0]).unwrap();
    assert_eq!(format!("{selection:?}"), "Selection(..)");
    assert!(!format!("{:?}", BallotSeed::make(&mut OsRng)).contains('['));
}
