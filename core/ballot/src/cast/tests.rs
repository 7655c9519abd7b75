//! Selections, and what encryption must not do.

use rand_core::OsRng;

use super::*;
use crate::manifest::ContestOption;
use crate::testing::{Voter, contest, draft, open_election};

fn bits(contest: &Contest, chosen: &[usize]) -> Vec<u64> {
    Selection::new(contest, chosen).unwrap().numbers().collect()
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
fn selections_of_other_contests_are_refused() {
    let (election, _) = open_election(draft(2, 2));
    let voter = Voter::new(&election, "city", 1);
    let selection = |index: usize| Selection::new(&election.manifest.contests[index], &[0]).unwrap();
    let attempt = |style: &str, selections: &[Selection]| {
        let seed = BallotSeed::make(&mut OsRng);
        encrypt(&election, style, &voter.vk(), Position::FIRST, selections, &seed, &mut OsRng).err()
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
    let option = |id: &str| ContestOption { id: id.to_owned(), title: id.to_owned() };
    let contest = Contest { options: vec![option("canary"), option("b")], ..contest("c", 2, 1, 1) };
    let selection = Selection::new(&contest, &[0]).unwrap();
    assert_eq!(format!("{selection:?}"), "Selection(..)");
    assert!(!format!("{:?}", BallotSeed::make(&mut OsRng)).contains('['));
}
