use std::collections::BTreeSet;

use kodanik_ballot::manifest::Kind;
use kodanik_crypto::encoding::to_canonical_json;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixMinute;
use kodanik_ledger::key::KeyName;
use kodanik_ledger::leaf::Leaf;
use kodanik_ledger::tree::Frontier;
use proptest::prelude::*;
use rand_core::OsRng;

use super::{assert_refused, first_ballot};
use crate::entry::{Entry, Genesis, Open};
use crate::rejection::Rejection;
use crate::replay::{ReplayError, replay, replay_batch};
use crate::signed::Signed;
use crate::state::{Effects, PendingCheck, State};
use crate::testing::{CLOSES, LOG, TestElection, TestLog, TestVoter};

#[test]
fn a_log_begins_once() {
    let mut log = TestLog::empty();
    let election = TestElection::make("mayor", Kind::Binding);
    let announcement = election.announcement(&log);
    assert_refused(&mut log, &announcement, Rejection::NoGenesis);
    let other = Entry::Genesis(Genesis {
        log: "other.example".to_owned(),
        authority_key: log.authority.verifying_key(),
    });
    assert_refused(&mut log, &other, Rejection::OtherLog);
    let genesis = log.genesis();
    log.append(&genesis);
    assert_eq!(log.submit(&genesis), Ok(Effects::AlreadyLogged { index: 0 }));
    let thief = SigningKey::make(&mut OsRng).verifying_key();
    let second = Entry::Genesis(Genesis { log: LOG.to_owned(), authority_key: thief });
    assert_refused(&mut log, &second, Rejection::DuplicateGenesis);
}

#[test]
fn only_the_authority_announces_and_only_once() {
    let mut log = TestLog::begin();
    let election = TestElection::make("mayor", Kind::Binding);
    let thief = SigningKey::make(&mut OsRng);
    let signed =
        |log: &str, key| Entry::ElectionManifest(Signed::sign(election.manifest.clone(), log, key).unwrap());
    assert_refused(&mut log, &signed(LOG, &thief), Rejection::BadSignature);
    let for_another_log = signed("other.example", &log.authority);
    assert_refused(&mut log, &for_another_log, Rejection::BadSignature);
    let elsewhere =
        TestElection::make_with("mayor", Kind::Binding, |draft| draft.log = "other.example".to_owned());
    let elsewhere = elsewhere.announcement(&log);
    assert_refused(&mut log, &elsewhere, Rejection::OtherLog);
    let announcement = election.announcement(&log);
    let index = log.append(&announcement);
    assert_eq!(log.submit(&announcement), Ok(Effects::AlreadyLogged { index }));
    let same_slug = TestElection::make("mayor", Kind::Trial).announcement(&log);
    assert_refused(&mut log, &same_slug, Rejection::DuplicateElection);
}

#[test]
fn a_signature_counts_for_one_type_of_entry() {
    let (mut log, election) = TestElection::opened(Kind::Trial);
    let opening = log.sign(Open { election: election.election().id });
    let mut entry = serde_json::to_value(Entry::ElectionOpen(opening)).unwrap();
    entry["type"] = "election.close".into();
    assert_eq!(Entry::parse(&to_canonical_json(&entry).unwrap()), Err(Rejection::Malformed));
    let close = election.record(&log).close_body().unwrap();
    let input = Signed::signing_input(&close, LOG).unwrap();
    let as_open = String::from_utf8_lossy(&input).replace("election.close", "election.open.");
    let signature = log.authority.sign(as_open.as_bytes());
    assert_refused(
        &mut log,
        &Entry::ElectionClose(Signed { body: close, signature }),
        Rejection::BadSignature,
    );
}

#[test]
fn time_does_not_run_back() {
    let (mut log, election) = TestElection::opened(Kind::Trial);
    log.append(&Entry::BallotCast(first_ballot(&election, 1)));
    log.minute = UnixMinute(log.minute.0 - 1);
    assert_refused(&mut log, &Entry::BallotCast(first_ballot(&election, 2)), Rejection::TimeRunsBack);
}

#[test]
fn an_election_is_opened_by_the_authority_once_and_in_time() {
    let mut log = TestLog::begin();
    let mut election = TestElection::make("mayor", Kind::Binding);
    log.append(&election.announcement(&log));
    let ceremony = election.ceremony();
    let opening = election.opening(&log);
    assert_refused(&mut log, &opening, Rejection::OtherElection);
    let rounds = [ceremony.commits, ceremony.reveals, ceremony.shares];
    rounds.iter().flatten().for_each(|entry| {
        log.append(entry);
    });
    assert_refused(&mut log, &opening, Rejection::NotNow);
    ceremony.confirms.iter().for_each(|entry| {
        log.append(entry);
    });
    let thief = SigningKey::make(&mut OsRng);
    let stolen =
        Entry::ElectionOpen(Signed::sign(Open { election: election.election().id }, LOG, &thief).unwrap());
    assert_refused(&mut log, &stolen, Rejection::BadSignature);
    let before = log.minute;
    log.minute = CLOSES;
    assert_refused(&mut log, &opening, Rejection::Late);
    log.minute = before;
    let index = log.append(&opening);
    assert_eq!(log.submit(&opening), Ok(Effects::AlreadyLogged { index }));
}

#[test]
fn malformed_entries_are_refused() {
    let log = TestLog::begin();
    let good = log.genesis().to_bytes().unwrap();
    assert!(Entry::parse(&good).is_ok());
    let text = String::from_utf8(good).unwrap();
    for bad in [
        String::new(),
        "null".to_owned(),
        "{}".to_owned(),
        format!(" {text}"),
        format!("{text}\n"),
        text.replace("genesis", "genesys"),
        text.replace("\"log\"", "\"extra\":1,\"log\""),
        text.replace("\"log\"", "\"log\":\"x\",\"log\""),
        text.replace("\"type\"", "\"type\":\"genesis\",\"type\""),
        text.replace(",\"type\":\"genesis\"", ""),
        text.replace("kodanik", "k\\u006fdanik"),
    ] {
        assert_eq!(Entry::parse(bad.as_bytes()), Err(Rejection::Malformed), "{bad}");
    }
    assert_eq!(Entry::parse(&vec![b'{'; 65_528]), Err(Rejection::TooLarge));
}

#[test]
fn every_rejection_has_a_code_of_its_own() {
    // The codes are part of the protocol: this is the list of §5.2.8.
    let document = include_str!("../../../../docs/protocol.md");
    let all = [
        Rejection::AlreadyDone,
        Rejection::BadBallot,
        Rejection::BadCeremonyMessage,
        Rejection::BadClose,
        Rejection::BadPartialDecryption,
        Rejection::BadResult,
        Rejection::BadSignature,
        Rejection::BadStatement,
        Rejection::BadToken,
        Rejection::CountsMissing,
        Rejection::DuplicateElection,
        Rejection::DuplicateGenesis,
        Rejection::Late,
        Rejection::Malformed,
        Rejection::MorePseudonymsThanIssued,
        Rejection::NoAgreement,
        Rejection::NoGenesis,
        Rejection::NotNow,
        Rejection::NotOpen,
        Rejection::OtherElection,
        Rejection::OtherLog,
        Rejection::Repeated,
        Rejection::RevealMismatch,
        Rejection::SecondFirstBallot,
        Rejection::StyleChanged,
        Rejection::TimeRunsBack,
        Rejection::TooEarly,
        Rejection::TooFewShares,
        Rejection::TooLarge,
        Rejection::UnknownIssuer,
        Rejection::UnknownTrustee,
        Rejection::WrongPrevious,
        Rejection::WrongSequence,
    ];
    let codes: BTreeSet<_> = all.iter().map(|rejection| rejection.code()).collect();
    assert_eq!(codes.len(), all.len());
    for rejection in all {
        assert!(document.contains(&format!("| `{}` |", rejection.code())), "{}", rejection.code());
    }
}

fn finished() -> (TestLog, TestElection) {
    let (mut log, election) = TestElection::opened(Kind::Trial);
    (1..=4).for_each(|voter| {
        log.append(&Entry::BallotCast(first_ballot(&election, voter)));
    });
    election.finish_on(&mut log, 4);
    (log, election)
}

#[test]
fn a_replay_gives_the_same_state() {
    let (log, election) = finished();
    let origin = KeyName::parse(LOG).unwrap();
    let replayed = replay(&origin, log.leaves.clone()).unwrap();
    assert_eq!((replayed.size(), replayed.root()), (log.tree.size(), log.tree.root()));
    let result = replayed.election(&election.election().id).unwrap().result().unwrap();
    assert_eq!(Some(result), election.record(&log).result());
    for threads in [1, 2, 7] {
        let mut state = State::new(&origin);
        assert!(replay_batch(&mut state, &log.leaves, threads).iter().all(Result::is_ok));
        assert_eq!(state.root(), log.tree.root());
    }
}

/// Whatever shares a batch with it, an entry gets its own verdict, and the others theirs.
#[test]
fn a_batch_of_entries_has_the_verdicts_of_each_alone() {
    let (mut log, election) = TestElection::opened(Kind::Binding);
    let other = TestElection::make("other", Kind::Trial);
    let mut bad_proof = first_ballot(&election, 2);
    bad_proof.body.contests[0].options.swap(0, 1);
    let bad_proof = TestVoter::new(2).sign_again(&election, bad_proof);
    let mut bad_token = first_ballot(&election, 3);
    bad_token.tokens.swap(0, 1);
    let mut bad_signature = first_ballot(&election, 4);
    bad_signature.signature = first_ballot(&election, 5).signature;
    let entries = [
        Entry::BallotCast(first_ballot(&election, 1)),
        Entry::BallotCast(bad_proof),
        other.announcement(&log),
        Entry::BallotCast(bad_token),
        Entry::BallotCast(bad_signature),
        Entry::BallotCast(first_ballot(&election, 6)),
    ];
    let pending = entries.iter().map(|entry| log.state.begin_check(entry.clone()).unwrap()).collect();
    let verdicts = PendingCheck::run_all(pending);
    let codes: Vec<_> = verdicts.iter().map(|verdict| verdict.as_ref().err().copied()).collect();
    let (proof, token) = (Some(Rejection::BadBallot), Some(Rejection::BadToken));
    assert_eq!(codes, [None, proof, None, token, Some(Rejection::BadSignature), None]);
    for verdict in verdicts.into_iter().flatten() {
        assert!(matches!(log.state.apply(verdict, log.minute), Ok(Effects::Appended { .. })));
    }
}

#[test]
fn a_replay_names_the_first_entry_that_is_refused() {
    let (log, _) = finished();
    let origin = KeyName::parse(LOG).unwrap();
    let mut twice = log.leaves.clone();
    twice.insert(2, twice[1].clone());
    assert_eq!(replay(&origin, twice).unwrap_err(), ReplayError { index: 2, rejection: Rejection::Repeated });
    let mut missing = log.leaves.clone();
    missing.remove(0);
    assert_eq!(
        replay(&origin, missing).unwrap_err(),
        ReplayError { index: 0, rejection: Rejection::NoGenesis }
    );
    let other = KeyName::parse("other.example").unwrap();
    assert_eq!(
        replay(&other, log.leaves).unwrap_err(),
        ReplayError { index: 0, rejection: Rejection::OtherLog }
    );
}

/// The tree is over every leaf that was served: one that was put in, and refused, cannot be left out of the root.
#[test]
fn a_refused_leaf_keeps_its_place_in_the_tree() {
    let (log, _) = finished();
    let mut leaves = log.leaves;
    leaves.insert(2, Leaf::new(leaves[1].minute(), b"{}".to_vec()).unwrap());
    let mut tree = Frontier::new();
    leaves.iter().for_each(|leaf| tree.push(leaf.hash(), |_, _| {}));
    let mut state = State::new(&KeyName::parse(LOG).unwrap());
    let verdicts = replay_batch(&mut state, &leaves, 1);
    assert_eq!(verdicts[..4], [Ok(()), Ok(()), Err(Rejection::Malformed), Ok(())]);
    assert_eq!((state.size(), state.root()), (tree.size(), tree.root()));
}

proptest! {
    #[test]
    fn parsing_never_panics(bytes: Vec<u8>, text in "\\{\"[a-z\":,{}\\[\\]0-9]{0,60}") {
        let _ = Entry::parse(&bytes);
        let _ = Entry::parse(text.as_bytes());
    }
}
