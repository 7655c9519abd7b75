use kodanik_ballot::ballot::Position;
use kodanik_ballot::manifest::Kind;
use kodanik_ballot::trustee::decrypt::TrusteeStatement;
use kodanik_crypto::signature::{Signature, SigningKey};
use kodanik_crypto::time::UnixMinute;
use p256::ecdsa::signature::RandomizedSigner;
use rand_core::OsRng;

use super::{assert_refused, first_ballot};
use crate::election::Phase;
use crate::entry::{Counts, Entry};
use crate::rejection::Rejection;
use crate::signed::{Signed, SignedBody};
use crate::testing::{CLOSES, LOG, TestElection, TestLog, TestVoter};

/// Four voters, one of whom votes twice.
fn voted(kind: Kind) -> (TestLog, TestElection) {
    let (mut log, election) = TestElection::opened(kind);
    let choices: [[&[usize]; 2]; 4] = [[&[0], &[0, 1]], [&[0], &[]], [&[2], &[1]], [&[], &[2]]];
    for (voter, chosen) in (1..).zip(choices) {
        log.append(&Entry::BallotCast(election.ballot(&TestVoter::new(voter), Position::FIRST, chosen)));
    }
    let (voter, first) = (TestVoter::new(9), first_ballot(&election, 9));
    log.append(&Entry::BallotCast(first.clone()));
    let second = Position::FIRST.next(first.tracker());
    log.append(&Entry::BallotCast(election.ballot(&voter, second, [&[1], &[1]])));
    (log, election)
}

fn closed() -> (TestLog, TestElection) {
    let (mut log, election) = voted(Kind::Trial);
    log.append(&election.closing(&log));
    (log, election)
}

fn counted() -> (TestLog, TestElection) {
    let (mut log, election) = closed();
    (0..3).for_each(|issuer| {
        log.append(&election.counts(issuer, 5));
    });
    (log, election)
}

fn agreed() -> (TestLog, TestElection) {
    let (mut log, election) = counted();
    for trustee in [1, 3] {
        log.append(&election.statement(&log, trustee));
    }
    (log, election)
}

fn shared() -> (TestLog, TestElection) {
    let (mut log, election) = agreed();
    for share in [1, 3].map(|trustee| election.decryptions(&log, trustee)).concat() {
        log.append(&election.sign_share(share));
    }
    (log, election)
}

#[test]
fn the_result_is_what_was_voted() {
    let (mut log, election) = shared();
    let index = log.append(&election.result(&log));
    let record = election.record(&log);
    assert_eq!((record.phase(), record.result_index()), (Phase::Tallied, Some(index)));
    let result = record.result().unwrap();
    // mayor: a a c blank b; council: ab, blank, b, c, b.
    assert_eq!((result[0].ballots, result[0].options.clone()), (5, Some(vec![2, 1, 1, 1])));
    assert_eq!((result[1].ballots, result[1].options.clone()), (5, Some(vec![1, 3, 1, 1])));
}

#[test]
fn a_contest_with_too_few_ballots_shows_its_turnout_only() {
    let (mut log, election) = TestElection::opened(Kind::Trial);
    log.append(&Entry::BallotCast(first_ballot(&election, 1)));
    election.finish_on(&mut log, 1);
    let result = election.record(&log).result().unwrap();
    assert!(result.iter().all(|contest| contest.ballots == 1 && contest.options.is_none()));
}

/// Where no contest may be opened, a result needs no shares; it needs the trustees' word all the same.
#[test]
fn a_result_waits_for_t_statements_where_nothing_is_opened() {
    let (mut log, election) = TestElection::opened(Kind::Trial);
    log.append(&Entry::BallotCast(first_ballot(&election, 1)));
    log.append(&election.closing(&log));
    (0..3).for_each(|issuer| {
        log.append(&election.counts(issuer, 1));
    });
    let result = election.result(&log);
    for trustee in [1, 3] {
        assert_refused(&mut log, &result, Rejection::NoAgreement);
        log.append(&election.statement(&log, trustee));
    }
    log.append(&result);
    assert_eq!(election.record(&log).phase(), Phase::Tallied);
}

/// Whoever signs may sign again, and gets other bytes for the same words.
#[test]
fn what_was_said_is_said_once_whatever_the_signature() {
    let (mut log, election) = shared();
    let Entry::TallyStatement(statement) = election.statement(&log, 1) else { panic!("a statement") };
    let again = Entry::TallyStatement(signed_otherwise(statement.body, &election.trustees[0]));
    assert_refused(&mut log, &again, Rejection::AlreadyDone);
    log.append(&election.result(&log));
    let Entry::TallyResult(result) = election.result(&log) else { panic!("a result") };
    let again = Entry::TallyResult(signed_otherwise(result.body, &log.authority));
    assert_refused(&mut log, &again, Rejection::AlreadyDone);
}

/// Another valid signature on this body: with a nonce that is drawn, not derived.
fn signed_otherwise<B: SignedBody>(body: B, key: &SigningKey) -> Signed<B> {
    let input = Signed::signing_input(&body, LOG).unwrap();
    let key = p256::ecdsa::SigningKey::from_slice(key.to_bytes().expose()).unwrap();
    let signature: p256::ecdsa::Signature = key.sign_with_rng(&mut OsRng, &input);
    let low_s = signature.normalize_s().unwrap_or(signature);
    Signed { body, signature: Signature::from_bytes(&low_s.to_bytes()).unwrap() }
}

#[test]
fn a_binding_election_closes_at_its_hour_and_a_trial_when_the_authority_says() {
    let (mut log, election) = voted(Kind::Binding);
    log.minute = UnixMinute(CLOSES.0 - 1);
    let closing = election.closing(&log);
    assert_refused(&mut log, &closing, Rejection::TooEarly);
    log.minute = CLOSES;
    log.append(&closing);
    let (mut log, election) = voted(Kind::Trial);
    log.append(&election.closing(&log));
    assert_eq!(election.record(&log).phase(), Phase::Closed);
}

#[test]
fn a_close_states_what_is_in_the_box() {
    let (mut log, election) = voted(Kind::Trial);
    let honest = election.record(&log).close_body().unwrap();
    assert_eq!(honest.ballots, 5);
    let mut fewer = honest.clone();
    fewer.ballots -= 1;
    let mut other = honest.clone();
    other.root.0[0] ^= 1;
    for close in [fewer, other] {
        let close = Entry::ElectionClose(log.sign(close));
        assert_refused(&mut log, &close, Rejection::BadClose);
    }
    let early = log.sign(honest.clone());
    log.append(&Entry::BallotCast(first_ballot(&election, 10)));
    assert_refused(&mut log, &Entry::ElectionClose(early), Rejection::BadClose);
    let thief = Signed::sign(honest, LOG, &SigningKey::make(&mut OsRng)).unwrap();
    assert_refused(&mut log, &Entry::ElectionClose(thief), Rejection::BadSignature);
}

#[test]
fn an_election_that_is_not_open_is_not_closed() {
    let mut log = TestLog::begin();
    let mut election = TestElection::make("mayor", Kind::Trial);
    log.append(&election.announcement(&log));
    let ceremony = election.ceremony();
    [ceremony.commits, ceremony.reveals].iter().flatten().for_each(|entry| {
        log.append(entry);
    });
    let closing = election.closing(&log);
    assert_refused(&mut log, &closing, Rejection::NotNow);
    let (mut log, election) = closed();
    let mut again = election.record(&log).close_body().unwrap();
    again.ballots += 1;
    let again = Entry::ElectionClose(log.sign(again));
    assert_refused(&mut log, &again, Rejection::AlreadyDone);
}

#[test]
fn each_issuer_counts_once_for_itself() {
    let (mut log, election) = closed();
    log.append(&election.counts(0, 5));
    assert_refused(&mut log, &election.counts(0, 6), Rejection::AlreadyDone);
    let Entry::EligibilityCounts(counts) = election.counts(1, 5) else { panic!("counts") };
    let sign = |counts: Counts, issuer: usize| {
        Entry::EligibilityCounts(Signed::sign(counts, LOG, &election.issuers[issuer]).unwrap())
    };
    assert_refused(&mut log, &sign(counts.body.clone(), 2), Rejection::BadSignature);
    let unknown = Counts { issuer: "nobody".to_owned(), ..counts.body.clone() };
    assert_refused(&mut log, &sign(unknown, 1), Rejection::UnknownIssuer);
    let style = Counts { style: "none".to_owned(), ..counts.body };
    assert_refused(&mut log, &sign(style, 1), Rejection::UnknownIssuer);
}

#[test]
fn no_tally_without_every_issuers_counts() {
    let (mut log, election) = closed();
    let statement = election.statement(&log, 1);
    assert_refused(&mut log, &statement, Rejection::CountsMissing);
    (0..2).for_each(|issuer| {
        log.append(&election.counts(issuer, 5));
    });
    assert_refused(&mut log, &statement, Rejection::CountsMissing);
    log.append(&election.counts(2, 5));
    log.append(&statement);
}

#[test]
fn no_tally_where_an_issuer_signed_more_than_it_says() {
    let (mut log, election) = closed();
    [5, 4, 5].into_iter().enumerate().for_each(|(issuer, n)| {
        log.append(&election.counts(issuer, n));
    });
    let statement = election.statement(&log, 1);
    assert_refused(&mut log, &statement, Rejection::MorePseudonymsThanIssued);
}

#[test]
fn a_close_statement_is_about_this_log_and_these_sums() {
    let (mut log, election) = counted();
    let honest = election.record(&log).counting().unwrap().statement().clone();
    let mut size = honest.clone();
    size.checkpoint.size += 1;
    let mut root = honest.clone();
    root.checkpoint.root.0[0] ^= 1;
    let mut origin = honest.clone();
    origin.checkpoint.origin.push('x');
    let mut sums = honest;
    sums.sums = kodanik_ballot::ids::SumsHash::new([0; 32]);
    for statement in [size, root, origin, sums] {
        let entry = election.sign_statement(TrusteeStatement { statement, trustee: 1 });
        assert_refused(&mut log, &entry, Rejection::BadStatement);
    }
    let Entry::TallyStatement(mut stolen) = election.statement(&log, 1) else { panic!("a statement") };
    stolen.body.trustee = 2;
    assert_refused(&mut log, &Entry::TallyStatement(stolen), Rejection::BadSignature);
}

#[test]
fn no_statement_before_the_close() {
    let (mut log, election) = counted();
    let statement = election.statement(&log, 1);
    let (mut open, _) = voted(Kind::Trial);
    assert_refused(&mut open, &statement, Rejection::OtherElection);
    log.append(&statement);
    assert_eq!(log.submit(&statement).map(drop), Ok(()), "the same bytes again are no second statement");
    assert_eq!(election.record(&log).counting().unwrap().statements().len(), 1);
}

#[test]
fn shares_wait_for_t_statements() {
    let (mut log, election) = counted();
    log.append(&election.statement(&log, 1));
    let share = election.sign_share(election.decryptions(&log, 1).remove(0));
    assert_refused(&mut log, &share, Rejection::NoAgreement);
    log.append(&election.statement(&log, 2));
    log.append(&share);
}

#[test]
fn a_bad_share_is_refused_and_named() {
    let (mut log, election) = agreed();
    let (own, other) = (election.decryptions(&log, 1), election.decryptions(&log, 2));
    let mut taken = other[0].clone();
    taken.trustee = 1;
    assert_refused(&mut log, &election.sign_share(taken), Rejection::BadPartialDecryption);
    let mut swapped = own[0].clone();
    swapped.options.swap(0, 1);
    assert_refused(&mut log, &election.sign_share(swapped), Rejection::BadPartialDecryption);
    let mut contest = own[0].clone();
    contest.contest = "council".to_owned();
    assert_refused(&mut log, &election.sign_share(contest), Rejection::BadPartialDecryption);
    let mut fewer = own[0].clone();
    fewer.options.pop();
    assert_refused(&mut log, &election.sign_share(fewer), Rejection::BadPartialDecryption);
    let mut statement = own[0].clone();
    statement.statement = kodanik_ballot::ids::StatementHash::new([0; 32]);
    assert_refused(&mut log, &election.sign_share(statement), Rejection::BadPartialDecryption);
    let thief = Signed::sign(own[0].clone(), LOG, &election.trustees[1]).unwrap();
    assert_refused(&mut log, &Entry::TallyShare(thief), Rejection::BadSignature);
    log.append(&election.sign_share(own[0].clone()));
    // A second one, with other nonces in its proof.
    let again = election.decryptions(&log, 1).remove(0);
    assert_refused(&mut log, &election.sign_share(again), Rejection::AlreadyDone);
}

#[test]
fn a_result_is_what_the_shares_decrypt_to() {
    let (mut log, election) = agreed();
    for share in election.decryptions(&log, 1) {
        log.append(&election.sign_share(share));
    }
    let (done, twin) = shared();
    let Entry::TallyResult(theirs) = twin.result(&done) else { panic!("a result") };
    let mut body = theirs.body;
    body.election = election.election().id;
    let early = Entry::TallyResult(log.sign(body));
    assert_refused(&mut log, &early, Rejection::TooFewShares);
    for share in election.decryptions(&log, 3) {
        log.append(&election.sign_share(share));
    }
    let Entry::TallyResult(honest) = election.result(&log) else { panic!("a result") };
    let mut moved = honest.body.clone();
    if let Some(options) = &mut moved.contests[0].options {
        options.swap(0, 1);
    }
    let mut hidden = honest.body.clone();
    hidden.contests[0].options = None;
    let mut shorter = honest.body.clone();
    shorter.contests.pop();
    for body in [moved, hidden, shorter] {
        let result = Entry::TallyResult(log.sign(body));
        assert_refused(&mut log, &result, Rejection::BadResult);
    }
    let thief = Signed::sign(honest.body.clone(), LOG, &SigningKey::make(&mut OsRng)).unwrap();
    assert_refused(&mut log, &Entry::TallyResult(thief), Rejection::BadSignature);
    log.append(&Entry::TallyResult(honest));
    let late = election.statement(&log, 2);
    assert_refused(&mut log, &late, Rejection::NotNow);
}

#[test]
fn the_attendance_tells_who_stated_and_opened() {
    let (mut log, election) = counted();
    let closed = election.record(&log).counting().unwrap().closed();
    log.minute = UnixMinute(closed.0 + 7);
    log.append(&election.statement(&log, 3));
    assert_eq!(election.record(&log).counting().unwrap().agreed(), None);
    log.minute = UnixMinute(closed.0 + 9);
    log.append(&election.statement(&log, 1));
    let shares = election.decryptions(&log, 3);
    log.append(&election.sign_share(shares[0].clone()));
    let record = election.record(&log);
    let counting = record.counting().unwrap();
    assert_eq!((counting.agreed(), counting.contests_to_open()), (Some(log.minute), 2));
    let attendance = record.attendance();
    let stated: Vec<_> = attendance.iter().map(|line| line.stated.map(|at| at.0 - closed.0)).collect();
    assert_eq!(stated, [Some(9), None, Some(7)]);
    assert_eq!(attendance.iter().map(|line| line.opened).collect::<Vec<_>>(), [0, 0, 1]);
    assert!(attendance.iter().all(|line| !line.took_part_in_tally(2)));
    log.append(&election.sign_share(shares[1].clone()));
    assert!(election.record(&log).attendance()[2].took_part_in_tally(2));
}
