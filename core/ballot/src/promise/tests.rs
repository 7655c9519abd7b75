//! The test before casting: what an honest phone shows, and every lie that the second phone must find.

use std::sync::LazyLock;

use kodanik_crypto::secret::Secret;
use proptest::prelude::*;
use rand_core::OsRng;

use super::*;
use crate::ballot::BallotBody;
use crate::testing::{Voter, budget_contest, draft, open_election};

struct Fixture {
    election: Election,
    voter: Voter,
    seed: [u8; 32],
    body: BallotBody,
}

const MAYOR: &[usize] = &[2];
const COUNCIL: &[usize] = &[0, 3];

static FIXTURE: LazyLock<Fixture> = LazyLock::new(|| {
    let mut draft = draft(2, 2);
    draft.contests[1] = budget_contest("council", 100, &[40, 10, 60, 60]);
    let (election, _) = open_election(draft);
    let voter = Voter::new(&election, "city", 1);
    let seed = BallotSeed::make(&mut OsRng);
    let body = voter.encrypt(&election, Position::FIRST, &[MAYOR, COUNCIL], &seed);
    Fixture { seed: *seed.expose(), election, voter, body }
});

fn promise() -> Promise {
    Promise { election: FIXTURE.election.id, tracker: FIXTURE.body.tracker() }
}

fn code() -> TestCode {
    let Fixture { election, voter, seed, .. } = &*FIXTURE;
    let contests = &election.manifest.contests;
    TestCode {
        choice: vec![CheckedContest::new(&contests[0], MAYOR), CheckedContest::new(&contests[1], COUNCIL)],
        election: election.id,
        position: Position::FIRST,
        seed: BallotSeed::from_secret(Secret::from_slice(seed).unwrap()),
        style: "city".to_owned(),
        vk: voter.vk(),
    }
}

fn refused(change: impl FnOnce(&mut TestCode)) -> TestError {
    let mut changed = code();
    change(&mut changed);
    open_test(&promise(), &changed, &FIXTURE.election).map(drop).expect_err("a changed code")
}

#[test]
fn the_other_phone_makes_the_promised_ballot_and_shows_the_choice() {
    let promise = Promise::parse(&promise().to_string()).unwrap();
    let code = TestCode::parse(&code().to_text()).unwrap();
    let choice = open_test(&promise, &code, &FIXTURE.election).unwrap();
    assert_eq!(choice[0].chosen, ["o2"]);
    assert_eq!(choice[1].chosen, ["o0", "o3"]);
}

/// The phone promised a ballot for one choice and says another.
#[test]
fn a_phone_that_would_have_cast_something_else() {
    assert_eq!(refused(|code| code.choice[0].chosen = vec!["o1".to_owned()]), TestError::OtherBallot);
    assert_eq!(refused(|code| code.choice[1].chosen.clear()), TestError::OtherBallot);
    assert_eq!(refused(|code| code.seed = BallotSeed::make(&mut OsRng)), TestError::OtherBallot);
    assert_eq!(refused(|code| code.position.seq = 2), TestError::OtherBallot);
    assert_eq!(refused(|code| code.position.prev = Tracker::new([1; 32])), TestError::OtherBallot);
    let other = Voter::new(&FIXTURE.election, "city", 2);
    assert_eq!(refused(|code| code.vk = other.vk()), TestError::OtherBallot);
}

/// Proofs with nonces of the phone's own choosing could carry the vote to whoever knows how to read them.
#[test]
fn proofs_that_are_not_the_seeds() {
    let Fixture { election, voter, body, .. } = &*FIXTURE;
    let other = voter.encrypt(election, Position::FIRST, &[MAYOR, COUNCIL], &BallotSeed::make(&mut OsRng));
    let mut smuggled = body.clone();
    smuggled.contests[0].sum = other.contests[0].sum.clone();
    let promise = Promise { tracker: smuggled.tracker(), ..promise() };
    assert_eq!(open_test(&promise, &code(), election).unwrap_err(), TestError::OtherBallot);
}

#[test]
fn choices_that_nobody_can_make() {
    let ids = |ids: &[&str]| ids.iter().map(|id| (*id).to_owned()).collect::<Vec<_>>();
    for chosen in [&["o1", "o2"][..], &["o9"], &["o2", "o2"]] {
        assert_eq!(refused(|code| code.choice[0].chosen = ids(chosen)), TestError::Choice);
    }
    assert_eq!(refused(|code| code.choice[1].chosen = ids(&["o3", "o0"])), TestError::Choice, "not in order");
    assert_eq!(refused(|code| code.choice[1].chosen = ids(&["o2", "o3"])), TestError::Choice, "over budget");
    assert_eq!(refused(|code| code.choice.swap(0, 1)), TestError::Choice);
    assert_eq!(refused(|code| drop(code.choice.pop())), TestError::Choice);
    assert_eq!(refused(|code| code.style = "nowhere".to_owned()), TestError::UnknownStyle);
    assert_eq!(refused(|code| code.style = "village".to_owned()), TestError::Choice);
    assert_eq!(refused(|code| code.election = ElectionId::new([1; 32])), TestError::OtherElection);
}

#[test]
fn a_promise_for_another_election() {
    let promise = Promise { election: ElectionId::new([1; 32]), ..promise() };
    assert_eq!(open_test(&promise, &code(), &FIXTURE.election).unwrap_err(), TestError::OtherElection);
}

#[test]
fn one_form_of_the_texts_only() {
    let (promise, test) = (promise().to_string(), code().to_text());
    assert!(test.starts_with("kodanik:test?choice=mayor:o2;council:o0,o3&election="));
    assert_eq!(TestCode::parse(&test).unwrap().to_text(), test);
    for text in [
        promise.replace("kodanik:", "KODANIK:"),
        promise.replace("tracker=", "tracker=A"),
        format!("{promise}&"),
        format!("{promise}&more=1"),
        promise[..promise.len() - 1].to_owned(),
        test.clone(),
        String::new(),
    ] {
        assert!(Promise::parse(&text).is_err(), "{text}");
    }
    for text in [
        test.replace("seq=1", "seq=01"),
        test.replace("seq=1", "seq=0"),
        test.replace("seq=1", "seq=2"),
        test.replace("o0,o3", "o0,,o3"),
        test.replace("o0,o3", "o0,o3,"),
        test.replace(";council", "council"),
        test.replace("style=city&", ""),
        test.replace("choice=mayor:o2;", "choice=;mayor:o2;"),
        test.replace("choice=mayor:o2;", &format!("choice=mayor:o2{};", ",x".repeat(200))),
        format!("{test}&more=1"),
        promise,
        String::new(),
    ] {
        let reads = TestCode::parse(&text)
            .is_ok_and(|code| open_test(&self::promise(), &code, &FIXTURE.election).is_ok());
        assert!(!reads, "{text}");
    }
}

#[test]
fn impossible_places_do_not_parse() {
    let some = Tracker::new([1; 32]);
    let at = |seq, prev| TestCode { position: Position { seq, prev }, ..code() }.to_text();
    for (seq, prev, possible) in
        [(1, Tracker::NONE, true), (2, some, true), (1, some, false), (2, Tracker::NONE, false)]
    {
        assert_eq!(TestCode::parse(&at(seq, prev)).is_ok(), possible, "{seq} after {prev}");
    }
}

#[test]
fn the_code_does_not_print() {
    assert_eq!(format!("{:?}", code()), "TestCode(..)");
}

proptest! {
    #[test]
    fn the_parsers_survive_anything(text in ".{0,80}") {
        prop_assert!(Promise::parse(&text).is_err() && TestCode::parse(&text).is_err());
        prop_assert!(TestCode::parse(&[TEST, &text].concat()).is_err());
        prop_assert!(Promise::parse(&[PROMISE, &text].concat()).is_err());
    }
}
