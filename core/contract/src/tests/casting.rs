use kodanik_ballot::ballot::Position;
use kodanik_ballot::ids::Tracker;
use kodanik_ballot::manifest::Kind;
use kodanik_ballot::token::Token;
use kodanik_crypto::time::UnixMinute;

use super::{assert_refused, first_ballot};
use crate::election::Phase;
use crate::entry::Entry;
use crate::rejection::Rejection;
use crate::state::Effects;
use crate::testing::{CLOSES, OPENS, TestElection, TestLog, TestVoter};

#[test]
fn the_last_ballot_of_each_pseudonym_counts() {
    let (mut log, election) = TestElection::opened(Kind::Binding);
    let voter = TestVoter::new(1);
    let first = election.ballot(&voter, Position::FIRST, [&[0], &[]]);
    let second = election.ballot(&voter, Position::FIRST.next(first.tracker()), [&[1], &[0, 2]]);
    log.append(&Entry::BallotCast(first.clone()));
    log.append(&Entry::BallotCast(first_ballot(&election, 2)));
    log.minute = UnixMinute(OPENS.0 + 5);
    let index = log.append(&Entry::BallotCast(second.clone()));
    let record = election.record(&log);
    assert_eq!((record.ballot_count(), record.pseudonym_count(), record.used(0, "all")), (3, 2, 2));
    let history = record.ballots_of(&voter.key(&election).verifying_key());
    assert_eq!(history.len(), 2);
    assert_eq!((history[0].tracker, history[0].seq), (first.tracker(), 1));
    assert_eq!(
        (history[1].index, history[1].tracker, history[1].minute),
        (index, second.tracker(), log.minute)
    );
    assert!(record.ballots_of(&TestVoter::new(3).key(&election).verifying_key()).is_empty());
}

#[test]
fn the_same_ballot_twice_is_one_ballot() {
    let (mut log, election) = TestElection::opened(Kind::Binding);
    let ballot = Entry::BallotCast(first_ballot(&election, 1));
    let index = log.append(&ballot);
    assert_eq!(log.submit(&ballot), Ok(Effects::AlreadyLogged { index }));
    // Also when both were checked before either was applied, and after the close.
    let (one, two) = (first_ballot(&election, 2), TestVoter::new(2));
    let checked = log.state.check(&Entry::BallotCast(one.clone())).unwrap();
    let index = log.append(&Entry::BallotCast(one));
    assert_eq!(log.state.apply(checked, log.minute), Ok(Effects::AlreadyLogged { index }));
    election.finish_on(&mut log, 2);
    assert!(matches!(log.submit(&ballot), Ok(Effects::AlreadyLogged { .. })));
    assert_eq!(election.record(&log).ballots_of(&two.key(&election).verifying_key()).len(), 1);
}

#[test]
fn a_ballot_follows_the_one_before() {
    let (mut log, election) = TestElection::opened(Kind::Binding);
    let voter = TestVoter::new(1);
    let cast = |position| Entry::BallotCast(election.ballot(&voter, position, [&[0], &[]]));
    let other = Tracker::new([9; 32]);
    assert_refused(&mut log, &cast(Position { seq: 2, prev: other }), Rejection::WrongSequence);
    assert_refused(&mut log, &cast(Position { seq: 0, prev: Tracker::NONE }), Rejection::WrongSequence);
    assert_refused(&mut log, &cast(Position { seq: 1, prev: other }), Rejection::WrongPrevious);
    let first = election.ballot(&voter, Position::FIRST, [&[0], &[]]);
    log.append(&Entry::BallotCast(first.clone()));
    assert_refused(&mut log, &cast(Position::FIRST), Rejection::SecondFirstBallot);
    assert_refused(&mut log, &cast(Position { seq: 3, prev: first.tracker() }), Rejection::WrongSequence);
    assert_refused(&mut log, &cast(Position { seq: 2, prev: other }), Rejection::WrongPrevious);
    assert_refused(&mut log, &cast(Position { seq: 2, prev: Tracker::NONE }), Rejection::WrongPrevious);
    let second = Position::FIRST.next(first.tracker());
    log.append(&cast(second));
    assert_refused(&mut log, &cast(second), Rejection::WrongSequence);
}

#[test]
fn of_two_ballots_for_one_place_the_first_applied_wins() {
    let (mut log, election) = TestElection::opened(Kind::Binding);
    let [one, two] = [0, 1].map(|_| log.state.check(&Entry::BallotCast(first_ballot(&election, 1))).unwrap());
    assert!(matches!(log.state.apply(one, log.minute), Ok(Effects::Appended { .. })));
    assert_eq!(log.state.apply(two, log.minute), Err(Rejection::SecondFirstBallot));
}

#[test]
fn a_ballot_comes_between_opening_and_closing() {
    let (mut log, election) = TestElection::opened(Kind::Binding);
    let ballot = |voter| Entry::BallotCast(first_ballot(&election, voter));
    log.minute = UnixMinute(OPENS.0 - 1);
    assert_refused(&mut log, &ballot(1), Rejection::TooEarly);
    log.minute = OPENS;
    log.append(&ballot(1));
    log.minute = UnixMinute(CLOSES.0 - 1);
    log.append(&ballot(2));
    log.minute = CLOSES;
    assert_refused(&mut log, &ballot(3), Rejection::Late);
    log.append(&election.closing(&log));
    assert_refused(&mut log, &ballot(3), Rejection::NotOpen);
}

#[test]
fn a_ballot_checked_before_the_close_is_late_after_it() {
    let (mut log, election) = TestElection::opened(Kind::Trial);
    let checked = log.state.check(&Entry::BallotCast(first_ballot(&election, 1))).unwrap();
    log.append(&election.closing(&log));
    assert_eq!(log.state.apply(checked, log.minute), Err(Rejection::NotOpen));
}

#[test]
fn nobody_votes_before_the_election_is_open() {
    let mut log = TestLog::begin();
    let mut election = TestElection::make("mayor", Kind::Binding);
    log.append(&election.announcement(&log));
    let ceremony = election.ceremony();
    assert_refused(&mut log, &Entry::BallotCast(first_ballot(&election, 1)), Rejection::OtherElection);
    [ceremony.commits, ceremony.reveals].iter().flatten().for_each(|entry| {
        log.append(entry);
    });
    assert_refused(&mut log, &Entry::BallotCast(first_ballot(&election, 1)), Rejection::NotOpen);
    [ceremony.shares, ceremony.confirms].iter().flatten().for_each(|entry| {
        log.append(entry);
    });
    assert_eq!(election.record(&log).phase(), Phase::Ready);
    assert_refused(&mut log, &Entry::BallotCast(first_ballot(&election, 1)), Rejection::NotOpen);
}

#[test]
fn a_ballot_of_one_election_is_none_in_another() {
    let (mut log, election) = TestElection::opened(Kind::Binding);
    let mut second = TestElection::make("council", Kind::Binding);
    log.minute = UnixMinute(OPENS.0 - 1);
    second.open_on(&mut log);
    let mut ballot = first_ballot(&election, 1);
    ballot.body.election = second.election().id;
    assert_refused(&mut log, &Entry::BallotCast(ballot), Rejection::BadSignature);
    let (_, elsewhere) = TestElection::opened(Kind::Binding);
    assert_refused(&mut log, &Entry::BallotCast(first_ballot(&elsewhere, 1)), Rejection::OtherElection);
}

#[test]
fn a_ballot_with_any_part_changed_is_refused() {
    let (mut log, election) = TestElection::opened(Kind::Binding);
    let (ballot, other) = (first_ballot(&election, 1), first_ballot(&election, 2));
    let key = TestVoter::new(1).key(&election);

    let mut signature = ballot.clone();
    signature.signature = other.signature;
    assert_refused(&mut log, &Entry::BallotCast(signature), Rejection::BadSignature);

    let mut tokens = ballot.clone();
    tokens.tokens = other.tokens.clone();
    assert_refused(&mut log, &Entry::BallotCast(tokens), Rejection::BadToken);
    for change in [
        |t: &mut Vec<Token>| t.truncate(2),
        |t: &mut Vec<Token>| t.swap(0, 1),
        |t: &mut Vec<Token>| t[1] = t[0].clone(),
    ] {
        let mut tokens = ballot.clone();
        change(&mut tokens.tokens);
        assert_refused(&mut log, &Entry::BallotCast(tokens), Rejection::BadToken);
    }

    // Copied from somebody else, and signed anew by the thief.
    let mut copied = ballot.body.clone();
    copied.contests = other.body.contests.clone();
    let copied = copied.cast(&key, ballot.tokens.clone());
    assert_refused(&mut log, &Entry::BallotCast(copied), Rejection::BadBallot);
    let mut swapped = ballot.body.clone();
    swapped.contests[0].options.swap(0, 1);
    assert_refused(
        &mut log,
        &Entry::BallotCast(swapped.cast(&key, ballot.tokens.clone())),
        Rejection::BadBallot,
    );
    let mut shorter = ballot.body.clone();
    shorter.contests.pop();
    assert_refused(
        &mut log,
        &Entry::BallotCast(shorter.cast(&key, ballot.tokens.clone())),
        Rejection::BadBallot,
    );
    let mut style = ballot.body.clone();
    style.style = "none".to_owned();
    assert_refused(
        &mut log,
        &Entry::BallotCast(style.cast(&key, ballot.tokens.clone())),
        Rejection::BadBallot,
    );
    log.append(&Entry::BallotCast(ballot));
}

#[test]
fn a_pseudonym_keeps_its_style() {
    let mut log = TestLog::begin();
    let mut election = TestElection::with_two_styles();
    election.open_on(&mut log);
    let voter = TestVoter::new(1);
    let first = election.ballot(&voter, Position::FIRST, [&[0], &[]]);
    log.append(&Entry::BallotCast(first.clone()));
    let next = Position::FIRST.next(first.tracker());
    let second = election.ballot_of("short", &voter, next, &[&[0]]);
    assert_refused(&mut log, &Entry::BallotCast(second), Rejection::StyleChanged);
    let third = election.ballot_of("short", &TestVoter::new(2), Position::FIRST, &[&[0]]);
    log.append(&Entry::BallotCast(third));
    let record = election.record(&log);
    assert_eq!((record.used(0, "all"), record.used(0, "short")), (1, 1));
}
