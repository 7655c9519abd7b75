//! The check with another phone: what it must show, and every lie it must find (3-ballot, vectors 6 and 8).

use std::sync::LazyLock;

use kodanik_crypto::group::Point;
use kodanik_crypto::secret::Secret;
use proptest::prelude::*;
use rand_core::OsRng;

use super::*;
use crate::ballot::Position;
use crate::testing::reference::{Cheat, dangerous_forge_with};
use crate::testing::{Voter, draft, open_election};

struct Fixture {
    election: Election,
    voter: Voter,
    seed: [u8; 32],
    ballot: VerifiedBallot,
}

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let (election, _) = open_election(draft(2, 2));
    let voter = Voter::new(&election, "city", 1);
    let seed = BallotSeed::make(&mut OsRng);
    let body = voter.encrypt(&election, Position::FIRST, &[&[2], &[4, 0]], &seed);
    let ballot = voter.cast(body).verify(&election).unwrap();
    Fixture { seed: *seed.expose(), election, voter, ballot }
});

fn code() -> CheckCode {
    let Fixture { election, voter, seed, ballot } = &*FIXTURE;
    let seed = BallotSeed::from_secret(Secret::from_slice(seed).unwrap());
    CheckCode::new(election.id, &voter.vk(), 1, *ballot.tracker(), seed)
}

fn refused(change: impl FnOnce(&mut CheckCode)) -> CheckError {
    let mut changed = code();
    change(&mut changed);
    check(&changed, &FIXTURE.election, &FIXTURE.ballot).expect_err("a changed code")
}

#[test]
fn the_other_phone_shows_the_choice() {
    let code = CheckCode::parse(&code().to_text()).unwrap();
    let shown = check(&code, &FIXTURE.election, &FIXTURE.ballot).unwrap();
    let expect = |contest: &str, chosen: &[&str]| CheckedContest {
        contest: contest.to_owned(),
        chosen: chosen.iter().map(|id| (*id).to_owned()).collect(),
    };
    assert!(shown == [expect("mayor", &["o2"]), expect("council", &["o0", "o4"])]);
}

#[test]
fn a_blank_vote_shows_no_choice() {
    let Fixture { election, voter, .. } = &*FIXTURE;
    let seed = BallotSeed::make(&mut OsRng);
    let body = voter.encrypt(election, Position::FIRST, &[&[], &[]], &seed);
    let ballot = voter.cast(body).verify(election).unwrap();
    let code = CheckCode::new(election.id, &voter.vk(), 1, *ballot.tracker(), seed);
    assert!(check(&code, election, &ballot).unwrap().iter().all(|contest| contest.chosen.is_empty()));
}

#[test]
fn a_code_for_something_else() {
    assert_eq!(refused(|code| code.election = ElectionId::new([1; 32])), CheckError::OtherElection);
    assert_eq!(refused(|code| code.pseudonym = Bytes([1; 32])), CheckError::OtherPseudonym);
    assert_eq!(refused(|code| code.tracker = Tracker::new([1; 32])), CheckError::OtherBallot);
    assert_eq!(refused(|code| code.seed = BallotSeed::make(&mut OsRng)), CheckError::SeedMismatch);
    assert_eq!(refused(|code| code.seq = 2), CheckError::NotYetOnBoard);
}

/// Pereira 2021: a superseded ballot shown as the current one.
#[test]
fn a_superseded_ballot() {
    let Fixture { election, voter, ballot, .. } = &*FIXTURE;
    let seed = BallotSeed::make(&mut OsRng);
    let body = voter.encrypt(election, Position::FIRST.next(*ballot.tracker()), &[&[0], &[1]], &seed);
    let later = voter.cast(body).verify(election).unwrap();
    assert_eq!(check(&code(), election, &later).unwrap_err(), CheckError::Superseded);
}

/// The clash attack: two voters are shown one tracker; the second one's code names their own pseudonym.
#[test]
fn the_ballot_of_somebody_else() {
    let Fixture { election, ballot, .. } = &*FIXTURE;
    let other = Voter::new(election, "city", 2);
    let mut clash = code();
    clash.pseudonym = fingerprint(&other.vk());
    assert_eq!(check(&clash, election, ballot).unwrap_err(), CheckError::OtherPseudonym);
}

/// Estonia 2023: beta alone can be explained by any choice, if alpha is not looked at.
#[test]
fn randomness_that_fits_beta_and_not_alpha() {
    let key = FIXTURE.election.key.joint;
    let (r, s) = (Scalar::make(&mut OsRng), Scalar::make(&mut OsRng));
    let honest = Ciphertext::encrypt(&key, &r, &Scalar::ONE);
    assert_eq!(open_option(&key, &r, &honest), Ok(true));
    let fits_beta = Ciphertext { alpha: Point::generate(&s), ..honest };
    assert_eq!(open_option(&key, &r, &fits_beta), Err(CheckError::SeedMismatch));
    let fits_alpha = Ciphertext { beta: key * &s, ..honest };
    assert_eq!(open_option(&key, &r, &fits_alpha), Err(CheckError::SeedMismatch));
    let weight_two = Ciphertext::encrypt(&key, &r, &Scalar::from(2));
    assert_eq!(open_option(&key, &r, &weight_two), Err(CheckError::SeedMismatch));
}

/// A phone that chooses the proofs' nonces itself can hide the vote in them; every proof holds and the choice is right.
#[test]
fn proofs_that_could_carry_a_message() {
    let Fixture { election, voter, seed, .. } = &*FIXTURE;
    let numbers = [vec![0, 0, 1, 0, 0], vec![1, 0, 0, 0, 1, 0]];
    let own = BallotSeed::from_secret(Secret::from_slice(seed).unwrap());
    let other = BallotSeed::make(&mut OsRng);
    let make = |nonces| {
        let cheat = Cheat { nonce_seed: Some(nonces), ..Cheat::default() };
        let vk = voter.vk();
        let body = dangerous_forge_with(election, "city", &vk, Position::FIRST, &numbers, &own, cheat);
        voter.cast(body).verify(election).unwrap()
    };
    let (honest, smuggling) = (make(&own), make(&other));
    let code = |ballot: &VerifiedBallot| CheckCode { tracker: *ballot.tracker(), ..code() };
    assert!(check(&code(&honest), election, &honest).is_ok());
    assert_eq!(check(&code(&smuggling), election, &smuggling).unwrap_err(), CheckError::OtherProofs);
}

#[test]
fn one_form_of_the_text_only() {
    let text = code().to_text();
    assert_eq!(CheckCode::parse(&text).unwrap().to_text(), text);
    let refused = [
        text.replace("kodanik:", "KODANIK:"),
        text.replace("seq=1", "seq=01"),
        text.replace("seq=1", "seq=+1"),
        text.replace("seq=1", "seq=0"),
        text.replace("&seq=1", ""),
        text.replace("seed=", "sede="),
        text.replace("seed=", "seed=A"),
        format!("{text}&more=1"),
        format!("{text}="),
        format!(" {text}"),
        text[..text.len() - 1].to_owned(),
        String::new(),
    ];
    for text in refused {
        assert!(CheckCode::parse(&text).is_err());
    }
}

#[test]
fn the_code_and_the_choice_do_not_print() {
    let code = code();
    assert!(!format!("{code:?}").contains(&to_base64url(code.seed.expose())));
    let shown = check(&code, &FIXTURE.election, &FIXTURE.ballot).unwrap();
    assert!(!format!("{shown:?}").contains("o2"));
}

proptest! {
    #[test]
    fn the_parser_survives_anything(text in ".{0,80}") {
        prop_assert!(CheckCode::parse(&text).is_err());
        let text = [SCHEME, &text].concat();
        prop_assert!(CheckCode::parse(&text).is_err());
    }
}
