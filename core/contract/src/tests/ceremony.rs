use kodanik_ballot::manifest::Kind;
use kodanik_ballot::trustee::ceremony::Shares;
use kodanik_crypto::time::UnixMinute;
use rand_core::OsRng;

use super::assert_refused;
use crate::ceremony::{Fault, Round};
use crate::election::Phase;
use crate::entry::Entry;
use crate::rejection::Rejection;
use crate::signed::Signed;
use crate::testing::{LOG, TestCeremony, TestElection, TestLog};

fn announced() -> (TestLog, TestElection, TestCeremony) {
    let mut log = TestLog::begin();
    let mut election = TestElection::make("mayor", Kind::Binding);
    log.append(&election.announcement(&log));
    let ceremony = election.ceremony();
    (log, election, ceremony)
}

fn append_all(log: &mut TestLog, entries: &[Entry]) {
    entries.iter().for_each(|entry| {
        log.append(entry);
    });
}

#[test]
fn the_contract_computes_the_key_that_the_trustees_have() {
    let (mut log, election, ceremony) = announced();
    append_all(&mut log, &ceremony.commits);
    append_all(&mut log, &ceremony.reveals);
    assert_eq!(log.state.election(&election.election().id).unwrap().election(), Some(election.election()));
    append_all(&mut log, &ceremony.shares);
    assert_eq!(election.record(&log).phase(), Phase::Ceremony);
    append_all(&mut log, &ceremony.confirms);
    assert_eq!(election.record(&log).phase(), Phase::Ready);
}

#[test]
fn no_round_begins_before_the_last_one_ended() {
    let (mut log, _, ceremony) = announced();
    append_all(&mut log, &ceremony.commits[..2]);
    assert_refused(&mut log, &ceremony.reveals[0], Rejection::NotNow);
    assert_refused(&mut log, &ceremony.shares[0], Rejection::NotNow);
    assert_refused(&mut log, &ceremony.confirms[0], Rejection::NotNow);
    append_all(&mut log, &ceremony.commits[2..]);
    append_all(&mut log, &ceremony.reveals[..2]);
    assert_refused(&mut log, &ceremony.shares[0], Rejection::NotNow);
    append_all(&mut log, &ceremony.reveals[2..]);
    append_all(&mut log, &ceremony.shares[..2]);
    assert_refused(&mut log, &ceremony.confirms[0], Rejection::NotNow);
}

#[test]
fn each_trustee_speaks_once_in_each_round() {
    let (mut log, _, ceremony) = announced();
    let mut again = TestElection::make("mayor", Kind::Binding);
    append_all(&mut log, &ceremony.commits);
    // Another message of the same trustee: same manifest, another polynomial.
    let other = again.ceremony();
    assert_refused(&mut log, &other.commits[0], Rejection::OtherElection);
    let Entry::TrusteeCommit(mut commit) = ceremony.commits[0].clone() else { panic!("a commit") };
    commit.body.digest.0[0] ^= 1;
    assert_refused(&mut log, &Entry::TrusteeCommit(commit), Rejection::BadSignature);
}

#[test]
fn a_changed_mind_is_refused() {
    let (mut log, election, ceremony) = announced();
    append_all(&mut log, &ceremony.commits);
    let Entry::TrusteeCommit(mut commit) = ceremony.commits[0].clone() else { panic!("a commit") };
    commit.body.digest.0[0] ^= 1;
    let second = Signed::sign(commit.body, LOG, &election.trustees[0]).unwrap();
    assert_refused(&mut log, &Entry::TrusteeCommit(second), Rejection::AlreadyDone);
}

#[test]
fn a_reveal_is_what_was_committed_to() {
    let (mut log, election, ceremony) = announced();
    append_all(&mut log, &ceremony.commits);
    let Entry::TrusteeReveal(mut reveal) = ceremony.reveals[0].clone() else { panic!("a reveal") };
    let Entry::TrusteeReveal(other) = ceremony.reveals[1].clone() else { panic!("a reveal") };
    reveal.body.package = other.body.package;
    let reveal = Signed::sign(reveal.body, LOG, &election.trustees[0]).unwrap();
    assert_refused(&mut log, &Entry::TrusteeReveal(reveal), Rejection::RevealMismatch);
    append_all(&mut log, &ceremony.reveals);
}

#[test]
fn nobody_speaks_for_another_trustee() {
    let (mut log, election, ceremony) = announced();
    let Entry::TrusteeCommit(mut commit) = ceremony.commits[0].clone() else { panic!("a commit") };
    commit.body.trustee = 2;
    let as_another = Signed::sign(commit.body.clone(), LOG, &election.trustees[0]).unwrap();
    assert_refused(&mut log, &Entry::TrusteeCommit(as_another), Rejection::BadSignature);
    for nobody in [0, 4] {
        commit.body.trustee = nobody;
        let entry = Signed::sign(commit.body.clone(), LOG, &election.trustees[0]).unwrap();
        assert_refused(&mut log, &Entry::TrusteeCommit(entry), Rejection::UnknownTrustee);
    }
}

#[test]
fn shares_go_to_every_other_trustee() {
    let (mut log, election, ceremony) = announced();
    append_all(&mut log, &ceremony.commits);
    append_all(&mut log, &ceremony.reveals);
    let Entry::TrusteeShares(mut shares) = ceremony.shares[0].clone() else { panic!("shares") };
    shares.body.shares.pop();
    let fewer = Signed::sign(shares.body, LOG, &election.trustees[0]).unwrap();
    assert_refused(&mut log, &Entry::TrusteeShares(fewer), Rejection::BadCeremonyMessage);
}

#[test]
fn a_confirmation_names_the_key_that_follows_from_the_reveals() {
    let (mut log, election, ceremony) = announced();
    for round in [&ceremony.commits, &ceremony.reveals, &ceremony.shares] {
        append_all(&mut log, round);
    }
    let Entry::TrusteeConfirm(mut confirm) = ceremony.confirms[0].clone() else { panic!("a confirmation") };
    confirm.body.election = kodanik_ballot::ids::ElectionId::new([1; 32]);
    let other = Signed::sign(confirm.body, LOG, &election.trustees[0]).unwrap();
    assert_refused(&mut log, &Entry::TrusteeConfirm(other), Rejection::BadCeremonyMessage);
    append_all(&mut log, &ceremony.confirms);
}

/// The ceremony up to the shares, of which trustee 1's for trustee 2 is `spoilt` or right.
fn dealt(spoilt: bool) -> (TestLog, TestElection, TestCeremony, Shares) {
    let (mut log, election, ceremony) = announced();
    append_all(&mut log, &ceremony.commits);
    append_all(&mut log, &ceremony.reveals);
    let Entry::TrusteeShares(shares) = ceremony.shares[0].clone() else { panic!("shares") };
    let mut shares = shares.body;
    if spoilt {
        shares.shares[0].sealed.0[20] ^= 1;
    }
    let entry = Signed::sign(shares.clone(), LOG, &election.trustees[0]).unwrap();
    log.append(&Entry::TrusteeShares(entry));
    append_all(&mut log, &ceremony.shares[1..]);
    (log, election, ceremony, shares)
}

fn complaint(election: &TestElection, ceremony: &TestCeremony, shares: &Shares) -> Entry {
    let dealt = &ceremony.dealt[1];
    let complaint = dealt.complain(&election.manifest, shares, &election.sealing[1], &mut OsRng).unwrap();
    Entry::TrusteeComplaint(Signed::sign(complaint, LOG, &election.trustees[1]).unwrap())
}

#[test]
fn a_wrong_share_ends_the_ceremony_and_names_its_sender() {
    let (mut log, election, ceremony, shares) = dealt(true);
    log.append(&complaint(&election, &ceremony, &shares));
    let record = election.record(&log);
    assert_eq!((record.phase(), record.ceremony().culprit()), (Phase::Failed, Some(1)));
    assert_eq!(record.ceremony().fault(), Some(Fault { by: 2, culprit: 1, minute: log.minute }));
    assert_eq!(record.attendance().iter().map(|line| line.culprit).collect::<Vec<_>>(), [true, false, false]);
    assert_refused(&mut log, &ceremony.confirms[0], Rejection::NotNow);
    let opening = election.opening(&log);
    assert_refused(&mut log, &opening, Rejection::NotNow);
}

#[test]
fn a_groundless_complaint_is_refused() {
    let (mut log, election, ceremony, shares) = dealt(false);
    let groundless = complaint(&election, &ceremony, &shares);
    assert_refused(&mut log, &groundless, Rejection::BadCeremonyMessage);
    append_all(&mut log, &ceremony.confirms);
}

#[test]
fn whoever_confirmed_has_nothing_to_complain_about() {
    let (mut log, election, ceremony, shares) = dealt(true);
    append_all(&mut log, &ceremony.confirms[1..2]);
    let late = complaint(&election, &ceremony, &shares);
    assert_refused(&mut log, &late, Rejection::NotNow);
}

#[test]
fn each_round_says_when_it_began_and_who_is_missing() {
    let (mut log, election, ceremony) = announced();
    let announced = log.minute;
    let of = |log: &TestLog| log.state.election_by_manifest(&election.manifest.hash()).unwrap().clone();
    assert_eq!(of(&log).ceremony().began(Round::Commit), Some(announced));
    assert_eq!(of(&log).ceremony().round(), Some(Round::Commit));
    log.minute = UnixMinute(announced.0 + 2);
    append_all(&mut log, &[ceremony.commits[2].clone()]);
    assert_eq!(of(&log).ceremony().missing(Round::Commit), [1, 2]);
    assert_eq!(of(&log).ceremony().began(Round::Reveal), None);
    log.minute = UnixMinute(announced.0 + 5);
    append_all(&mut log, &ceremony.commits[..2]);
    let record = of(&log);
    assert_eq!(
        (record.ceremony().round(), record.ceremony().began(Round::Reveal)),
        (Some(Round::Reveal), Some(log.minute))
    );
    assert_eq!(record.ceremony().missing(Round::Reveal), [1, 2, 3]);
    let minutes: Vec<_> =
        record.attendance().iter().map(|line| line.committed.unwrap().0 - announced.0).collect();
    assert_eq!(minutes, [5, 5, 2]);
    for round in [&ceremony.reveals, &ceremony.shares, &ceremony.confirms] {
        append_all(&mut log, round);
    }
    assert_eq!(of(&log).ceremony().round(), None);
}

/// What the contract refuses leaves no trace: its sender is missing.
#[test]
fn whoever_sends_what_is_refused_is_missing() {
    let (mut log, election, ceremony) = announced();
    append_all(&mut log, &ceremony.commits);
    let Entry::TrusteeReveal(mut reveal) = ceremony.reveals[0].clone() else { panic!("a reveal") };
    reveal.body.package.commitments.reverse();
    let reveal = Signed::sign(reveal.body, LOG, &election.trustees[0]).unwrap();
    assert_refused(&mut log, &Entry::TrusteeReveal(reveal), Rejection::RevealMismatch);
    append_all(&mut log, &ceremony.reveals[1..]);
    let record = log.state.election_by_manifest(&election.manifest.hash()).unwrap();
    assert_eq!(record.ceremony().missing(Round::Reveal), [1]);
    assert_eq!(record.attendance()[0].revealed, None);
}
