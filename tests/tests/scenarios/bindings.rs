//! What a phone's shell does with the wallet: the whole journey through the flows alone, and leaving at any moment.

/// What there is already is followed, refreshed, taken back and removed.
mod afterwards;
/// A flow is left at every await point, by `cancel()` and by dropping the verb; nothing is lost or doubled.
mod leaving;
/// The same for what is done with what there is already.
mod leaving_afterwards;
/// The same for public services, backups and recoveries.
mod leaving_offices;
/// Something panics inside a verb.
mod panics;
/// The phone, its citizen at the prompt, and a screen: test doubles.
mod phone;

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use kodanik_ballot::manifest::Kind;
use kodanik_ffi::{
    BackupStage, BallotStage, CaseState, ContestChoice, EnrolStage, Fault, HistoryKind, KeyFault, Link,
    OwnBallotFate, Phase, PresentStage, PromptReason, RecoverStage, ServiceStage, VerifyStage,
};
use kodanik_gateway::roles::relying_party::Verdict;

use self::phone::{TestPhone, TestScreen, pin};
use super::voting::{MARI, World};

async fn world() -> World {
    World::start_with(3, Kind::Trial, |_| {}).await
}

fn choices(mayor: &str) -> Vec<ContestChoice> {
    let choice = |contest: &str, options: &[&str]| ContestChoice {
        contest: contest.to_owned(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
    };
    vec![choice("mayor", &[mayor]), choice("council", &[])]
}

/// The fault's variant and code.
fn told<T>(result: Result<T, Fault>) -> String {
    result.err().map_or_else(|| "done".to_owned(), |fault| fault.to_string())
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_enrol_present_vote_check_and_vote_again_through_the_flows() {
    let world = world().await;
    let phone = TestPhone::start(&world).await;
    assert_eq!(phone.kodanik.phase(), Phase::Unlocked);

    let offer = phone.offer(world.person(MARI, true));
    assert_eq!(phone.kodanik.identify(offer.offer_uri.expose().to_owned()), Link::Offer);
    let enrol = phone.kodanik.enrol(offer.offer_uri.expose().to_owned()).unwrap();
    enrol.load().await.unwrap();
    let EnrolStage::Reviewing { issuer, needs_code: true, code_length: Some(6), .. } = enrol.state() else {
        panic!("{:?}", enrol.state());
    };
    assert_eq!(issuer, "Kodanik e-ID office");
    enrol.accept(Some(offer.tx_code.expose().to_owned())).await.unwrap();
    let EnrolStage::Done { credential, checks } = enrol.state() else { panic!("{:?}", enrol.state()) };
    assert_eq!(checks.len(), 6);
    assert_eq!(phone.kodanik.credentials().await.unwrap(), [credential]);

    let asked = world.gateway.roles.relying_party.create_request(&["given_name".to_owned()]).unwrap();
    assert_eq!(phone.kodanik.identify(asked.link.clone()), Link::Presentation);
    let present = phone.kodanik.present(asked.link).unwrap();
    present.load().await.unwrap();
    let PresentStage::Asking { claims, is_answerable: true, .. } = present.state() else {
        panic!("{:?}", present.state());
    };
    assert_eq!(claims, ["given_name"]);
    present.consent(None).await.unwrap();
    assert!(matches!(present.state(), PresentStage::Done { .. }));
    assert_eq!(world.gateway.roles.relying_party.result(&asked.id).unwrap().verdict, Verdict::Accepted);

    let [election] = phone.kodanik.elections().await.unwrap().try_into().unwrap();
    let ballot = phone.kodanik.ballot(election.name).unwrap();
    ballot.load().await.unwrap();
    let BallotStage::NotEntitled { issuers, required: 3, .. } = ballot.state() else {
        panic!("{:?}", ballot.state());
    };
    assert_eq!(issuers[0].id, "north");
    ballot.obtain_credential(None, Vec::new()).await.unwrap();
    let code = vote(&ballot, "a", false).await;
    let friend = TestPhone::start(&world).await;
    assert_eq!(friend.kodanik.identify(code.clone()), Link::CheckCode);
    let check = friend.kodanik.verify_ballot(code.clone()).unwrap();
    check.load().await.unwrap();
    let VerifyStage::Found { ballot: found, seq: 1, .. } = check.state() else {
        panic!("{:?}", check.state())
    };
    assert_eq!(found.chosen[0].options, ["a"]);
    assert!(!found.chosen[0].titles[0].is_empty());

    ballot.vote_again().unwrap();
    vote(&ballot, "b", true).await;
    let check = friend.kodanik.verify_ballot(code).unwrap();
    check.load().await.unwrap();
    assert_eq!(check.state(), VerifyStage::Superseded);
    let ballots = phone.kodanik.ballots().unwrap();
    assert_eq!(ballots.iter().map(|own| own.seq).collect::<Vec<_>>(), [1, 2]);
    assert!(ballots.iter().all(|own| matches!(own.fate, OwnBallotFate::OnBoard { .. })));

    let lines = phone.kodanik.history(0, 100).unwrap();
    let kinds: Vec<_> = lines.iter().map(|line| line.kind).collect();
    assert_eq!(kinds[..2], [HistoryKind::CredentialReceived, HistoryKind::Presented]);
    assert_eq!(kinds[kinds.len() - 2..], [HistoryKind::BallotCast; 2]);
    assert_eq!(phone.kodanik.history(lines[1].position, 1).unwrap(), lines[2..3]);
    assert!(phone.reasons().contains(&PromptReason::Vote));
}

/// Chooses, confirms, makes and casts; gives the checking code.
async fn vote(ballot: &kodanik_ffi::BallotFlow, mayor: &str, replaces: bool) -> String {
    let BallotStage::Choosing { contests, replaces_earlier, .. } = ballot.state() else {
        panic!("{:?}", ballot.state());
    };
    assert_eq!((contests[0].id.as_str(), replaces_earlier), ("mayor", replaces));
    ballot.choose(choices(mayor)).unwrap();
    let BallotStage::Confirming { chosen, .. } = ballot.state() else { panic!("{:?}", ballot.state()) };
    assert_eq!(chosen[0].options, [mayor]);
    ballot.seal().await.unwrap();
    ballot.cast().await.unwrap();
    let BallotStage::Cast { receipt, check_code: Some(code) } = ballot.state() else {
        panic!("{:?}", ballot.state());
    };
    assert_eq!(receipt.replaces.is_some(), replaces);
    code
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_ballot_is_promised_tested_and_thrown_away() {
    let world = world().await;
    let (phone, friend) = (TestPhone::enrolled(&world, MARI).await, TestPhone::start(&world).await);
    let ballot = phone.kodanik.ballot("mayor".to_owned()).unwrap();
    ballot.load().await.unwrap();
    ballot.obtain_credential(None, Vec::new()).await.unwrap();
    ballot.choose(choices("b")).unwrap();
    ballot.seal().await.unwrap();
    let BallotStage::Sealed { promise, tests_left: 3, replaces: None } = ballot.state() else {
        panic!("{:?}", ballot.state());
    };
    let verify = friend.kodanik.verify_ballot(promise).unwrap();
    verify.load().await.unwrap();
    assert_eq!(verify.state(), VerifyStage::AwaitingTestCode);
    ballot.test().await.unwrap();
    let BallotStage::Tested { code } = ballot.state() else { panic!("{:?}", ballot.state()) };
    assert_eq!(told(verify.scan("nothing".to_owned()).await), "not understood (misuse.not_understood)");
    assert_eq!(friend.kodanik.identify(code.clone()), Link::TestCode);
    verify.scan(code).await.unwrap();
    let VerifyStage::Tested { ballot: shown } = verify.state() else { panic!("{:?}", verify.state()) };
    assert_eq!(shown.chosen[0].options, ["b"]);
    assert_eq!(told(ballot.cast().await), "not possible now (flow.wrong_state)");
    ballot.back().unwrap();
    vote(&ballot, "b", false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_service_answers_and_a_lost_phone_comes_back() {
    let world = world().await;
    let (person, card) = phone::somebody_with_a_card(&world);
    let phone = TestPhone::start(&world).await;
    phone.enrol(person).await;

    let service = phone.kodanik.service_request().unwrap();
    service.load().await.unwrap();
    let ServiceStage::Choosing { services } = service.state() else { panic!("{:?}", service.state()) };
    let (id, operation) = phone::find(&services, "Apply");
    let filled = |born: &str| {
        let fields = [("child_name", "Juku"), ("child_born", born), ("months", "3")];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned())).into_iter().collect::<HashMap<_, _>>()
    };
    let fault = service.fill(id.clone(), operation, filled("soon")).unwrap_err();
    assert!(matches!(fault, Fault::NotUnderstood { field: Some(field), .. } if field == "child_born"));
    service.fill(id, operation, filled("2026-12-01")).unwrap();
    let ServiceStage::Reviewing { claims, .. } = service.state() else { panic!("{:?}", service.state()) };
    assert_eq!((claims[0].name.as_str(), claims[0].value.as_str()), ("personal_administrative_number", MARI));
    service.send().await.unwrap();
    let ServiceStage::Answered { case, .. } = service.state() else { panic!("{:?}", service.state()) };
    assert_eq!(case, Some(CaseState::Received));
    assert_eq!(phone.kodanik.requests().unwrap().len(), 1);

    let prompts = phone.reasons().len();
    let backup = phone.kodanik.backup().unwrap();
    backup.load().await.unwrap();
    let BackupStage::Codes { codes, asked, .. } = backup.state() else { panic!("{:?}", backup.state()) };
    let asked = asked as usize - 1;
    let other = codes[(asked + 1) % 8].clone();
    assert_eq!(told(backup.store(other).await), "not understood (recovery.code_not_of_this_set)");
    backup.store(codes[asked].clone()).await.unwrap();
    assert!(matches!(backup.state(), BackupStage::Stored { new_codes: true, .. }));
    assert_eq!(phone.reasons()[prompts..], [PromptReason::Backup; 3]);

    let new = TestPhone::start(&world).await;
    let recover = new.kodanik.recover().unwrap();
    assert_eq!(told(recover.recover("AAAA".to_owned(), None).await), "not understood (recovery.code_length)");
    recover.recover(codes[0].clone(), None).await.unwrap();
    assert!(matches!(recover.state(), RecoverStage::Waiting { .. }));
    recover.recover(codes[0].clone(), Some(Arc::new(card))).await.unwrap();
    let RecoverStage::Recovered { e_id: Some(_), .. } = recover.state() else {
        panic!("{:?}", recover.state());
    };
    let kinds: Vec<_> = new.kodanik.history(0, 100).unwrap().iter().map(|line| line.kind).collect();
    assert!(kinds.contains(&HistoryKind::ServiceRequested) && kinds.contains(&HistoryKind::Recovered));
    assert_eq!(new.kodanik.credentials().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_out_of_order_nothing_happens() {
    let world = world().await;
    let phone = TestPhone::start(&world).await;
    let wrong = "not possible now (flow.wrong_state)";
    let offer = phone.offer(world.person(MARI, true));
    let enrol = phone.kodanik.enrol(offer.offer_uri.expose().to_owned()).unwrap();
    assert_eq!(told(enrol.accept(None).await), wrong);
    assert_eq!(enrol.state(), EnrolStage::Loading);
    enrol.load().await.unwrap();
    assert_eq!(told(enrol.load().await), wrong);
    enrol.accept(Some(offer.tx_code.expose().to_owned())).await.unwrap();
    assert_eq!(told(enrol.accept(None).await), wrong);
    enrol.cancel();
    assert!(matches!(enrol.state(), EnrolStage::Done { .. }), "what is done stays done");

    let asked = world.gateway.roles.relying_party.create_request(&["shoe_size".to_owned()]).unwrap();
    let present = phone.kodanik.present(asked.link).unwrap();
    assert_eq!(told(present.consent(None).await), wrong);
    assert_eq!(told(present.decline().await), wrong);
    present.load().await.unwrap();
    let PresentStage::Asking { missing, is_answerable: false, .. } = present.state() else {
        panic!("{:?}", present.state());
    };
    assert_eq!(missing.len(), 1);
    assert_eq!(told(present.consent(None).await), wrong);
    present.decline().await.unwrap();
    assert_eq!(present.state(), PresentStage::Declined);
    assert_eq!(told(present.load().await), wrong);

    let ballot = phone.kodanik.ballot("mayor".to_owned()).unwrap();
    for result in [ballot.choose(choices("a")), ballot.back(), ballot.forget_code(), ballot.vote_again()] {
        assert_eq!(told(result), wrong);
    }
    for result in [ballot.seal().await, ballot.test().await, ballot.cast().await] {
        assert_eq!(told(result), wrong);
    }
    ballot.load().await.unwrap();
    assert_eq!(told(ballot.choose(choices("a"))), wrong);
    ballot.obtain_credential(None, Vec::new()).await.unwrap();
    assert_eq!(told(ballot.choose(choices("nobody"))), "not understood (vote.choice)");
    assert_eq!(told(ballot.cast().await), wrong);
    ballot.choose(choices("a")).unwrap();
    assert_eq!(told(ballot.cast().await), wrong);
    ballot.back().unwrap();
    assert!(matches!(ballot.state(), BallotStage::Choosing { .. }));

    let verify = phone.kodanik.verify_ballot("nothing".to_owned()).unwrap();
    assert_eq!(told(verify.scan("nothing".to_owned()).await), wrong);
    assert_eq!(told(verify.load().await), "not understood (misuse.not_understood)");
    let [service, backup] = [told(phone.kodanik.service_request().unwrap().send().await), {
        told(phone.kodanik.backup().unwrap().store(String::new()).await)
    }];
    assert_eq!((service.as_str(), backup.as_str()), (wrong, wrong));
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_key_store_that_says_no_or_breaks_is_told_as_what_it_is() {
    let world = world().await;
    let phone = TestPhone::start(&world).await;
    let offer = phone.offer(world.person(MARI, true));
    let enrol = phone.kodanik.enrol(offer.offer_uri.expose().to_owned()).unwrap();
    for (fault, expected) in [
        (KeyFault::Cancelled, "cancelled (key.cancelled)"),
        (KeyFault::Unavailable, "the phone's key store failed (key.unavailable)"),
        (KeyFault::Damaged, "the phone's key store failed (key.damaged)"),
    ] {
        phone.double.prompt_fails(Some(fault));
        enrol.load().await.unwrap();
        assert_eq!(told(enrol.accept(Some(offer.tx_code.expose().to_owned())).await), expected);
        let EnrolStage::Stopped { fault } = enrol.state() else { panic!("{:?}", enrol.state()) };
        assert_eq!(fault.to_string(), expected);
    }
    // Nothing was spent: the same offer and code are good.
    phone.double.prompt_fails(None);
    enrol.load().await.unwrap();
    enrol.accept(Some(offer.tx_code.expose().to_owned())).await.unwrap();

    // A secret store that breaks on the way: the answer left, and flow and history say that it may have.
    let library = &world.gateway.roles.relying_party;
    let asked = library.create_request(&["given_name".to_owned()]).unwrap();
    let present = phone.kodanik.present(asked.link).unwrap();
    present.load().await.unwrap();
    phone.double.secrets_fail(true);
    assert_eq!(told(present.consent(None).await), "the phone's key store failed (store.platform)");
    assert!(matches!(present.state(), PresentStage::Stopped { maybe_shared: true, .. }));
    assert_eq!(phone.kodanik.history(0, 9).unwrap().last().unwrap().kind, HistoryKind::MaybePresented);
    assert_eq!(library.result(&asked.id).unwrap().verdict, Verdict::Accepted);
    phone.double.secrets_fail(false);
    // Said no at the prompt: nothing left.
    let asked = library.create_request(&["given_name".to_owned()]).unwrap();
    let present = phone.kodanik.present(asked.link).unwrap();
    present.load().await.unwrap();
    phone.double.prompt_fails(Some(KeyFault::Cancelled));
    assert_eq!(told(present.consent(None).await), "cancelled (key.cancelled)");
    assert!(matches!(present.state(), PresentStage::Stopped { maybe_shared: false, .. }));
    phone.double.prompt_fails(None);
    present.load().await.unwrap();
    present.consent(None).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_request_that_is_over_is_told_as_such() {
    let world = world().await;
    let phone = TestPhone::start(&world).await;
    let asked = world.gateway.roles.relying_party.create_request(&["given_name".to_owned()]).unwrap();
    let present = phone.kodanik.present(asked.link).unwrap();
    phone.ahead.store(24 * 3600, Ordering::SeqCst);
    assert_eq!(told(present.load().await), "too late (present.expired)");
    phone.ahead.store(0, Ordering::SeqCst);
    present.load().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_screen_may_look_from_where_it_is_told() {
    let world = world().await;
    let phone = TestPhone::start(&world).await;
    let offer = phone.offer(world.person(MARI, true));
    let enrol = phone.kodanik.enrol(offer.offer_uri.expose().to_owned()).unwrap();
    let watched = enrol.clone();
    let screen = TestScreen::looking(move || format!("{:?}", watched.state()));
    enrol.watch(Some(screen.clone()));
    enrol.load().await.unwrap();
    enrol.accept(Some(offer.tx_code.expose().to_owned())).await.unwrap();
    assert_eq!(screen.seen(), ["Loading", "Reviewing", "Issuing", "Done"]);

    // A screen that breaks is its own affair, and one that left is told nothing more.
    let broken = TestScreen::looking(|| panic!("this test's screen breaks"));
    let ballot = phone.kodanik.ballot("mayor".to_owned()).unwrap();
    ballot.watch(Some(broken.clone()));
    ballot.load().await.unwrap();
    ballot.watch(None);
    ballot.cancel();
    assert_eq!(broken.seen(), Vec::<String>::new());
    enrol.watch(None);
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_the_pin_opens_waits_and_is_emptied() {
    let world = world().await;
    let phone = TestPhone::start(&world).await;
    let watched = phone.kodanik.clone();
    let screen = TestScreen::looking(move || format!("{:?}", watched.phase()));
    phone.kodanik.watch(Some(screen.clone()));
    phone.kodanik.lock();
    assert_eq!(told(phone.kodanik.history(0, 1)), "not possible now (flow.locked)");
    let wrong = pin("284918");
    assert!(matches!(phone.kodanik.unlock(wrong.clone()).await, Err(Fault::PinWrong { tries_left: 9, .. })));
    assert_eq!((wrong.length(), phone.kodanik.phase()), (0, Phase::Locked));
    assert!(matches!(phone.kodanik.unlock(pin("1")).await, Err(Fault::PinUnfit { .. })));
    phone.kodanik.unlock(pin(phone::PIN)).await.unwrap();
    assert_eq!(told(phone.kodanik.unlock(pin(phone::PIN)).await), "not possible now (flow.wrong_state)");
    assert_eq!(told(phone.kodanik.create(pin(phone::PIN)).await), "not possible now (flow.wrong_state)");
    let seen = screen.seen();
    assert_eq!(seen.first().map(String::as_str), Some("Locked"));
    assert_eq!(seen[seen.len() - 2..], ["Opening", "Unlocked"]);
    phone.kodanik.watch(None);
}
