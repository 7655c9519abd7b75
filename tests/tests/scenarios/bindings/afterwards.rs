//! What a citizen does with what there is already: follow a case or take it back, refresh a backup, stop somebody who has
//! a code, remove a credential, begin anew.

use std::collections::HashMap;
use std::sync::atomic::Ordering;

use kodanik_ffi::{
    BackupStage, CaseFlow, CaseStage, CaseState, CaseView, Fault, HistoryKind, KeyFault, NoticesStage, Pick,
    PinEntry, PresentQuestion, PresentStage, RecoverStage, ServiceProgress, ServiceStage,
};
use kodanik_gateway::roles::relying_party::Verdict;

use super::super::voting::World;
use super::leaving_offices::{filled_in, new_codes};
use super::phone::{PIN, TestPhone, find, pin, somebody_with_a_card};
use super::{MARI, Phase, told, world};

const WRONG_STATE: &str = "not possible now (flow.wrong_state)";

/// Applies; gives the request's name.
pub(super) async fn apply(phone: &TestPhone) -> String {
    let flow = filled_in(phone).await;
    flow.send().await.unwrap();
    let ServiceStage::Answered { id, .. } = flow.state() else { panic!("{:?}", flow.state()) };
    id
}

pub(super) fn standing(flow: &CaseFlow) -> CaseView {
    let CaseStage::Standing { case } = flow.state() else { panic!("{:?}", flow.state()) };
    case
}

/// As if so many seconds went by, for everybody.
pub(super) fn pass(world: &World, seconds: u64) {
    world.now.fetch_add(seconds, Ordering::SeqCst);
}

/// A case that the wallet knows to be decided.
pub(super) async fn decided(world: &World, phone: &TestPhone) -> std::sync::Arc<CaseFlow> {
    let case = phone.kodanik.case(apply(phone).await).unwrap();
    case.load().await.unwrap();
    pass(world, 10);
    case.ask().await.unwrap();
    assert!(standing(&case).has_decision);
    case
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_case_is_followed_to_its_decision() {
    let world = world().await;
    let phone = TestPhone::enrolled(&world, MARI).await;
    let request = apply(&phone).await;
    let case = phone.kodanik.case(request.clone()).unwrap();
    for result in [case.ask().await, case.withdraw().await, case.decision().await, case.back()] {
        assert_eq!(told(result), WRONG_STATE);
    }
    let prompts = phone.reasons().len();
    case.load().await.unwrap();
    let CaseView { state: CaseState::Received, is_open: true, has_decision: false, .. } = standing(&case)
    else {
        panic!("{:?}", standing(&case));
    };
    assert_eq!(phone.reasons().len(), prompts, "looking asks nobody");
    assert_eq!(told(case.decision().await), WRONG_STATE);
    pass(&world, 1);
    case.ask().await.unwrap();
    assert_eq!(standing(&case).state, CaseState::Processing);
    pass(&world, 10);
    phone.double.prompt_fails(Some(KeyFault::Cancelled));
    assert_eq!(told(case.ask().await), "cancelled (key.cancelled)");
    assert_eq!(standing(&case).state, CaseState::Processing, "a fault leads back");
    phone.double.prompt_fails(None);
    case.ask().await.unwrap();
    let CaseView { state: CaseState::Decided, is_open: false, has_decision: true, .. } = standing(&case)
    else {
        panic!("{:?}", standing(&case));
    };
    assert_eq!([told(case.ask().await), told(case.withdraw().await)], [WRONG_STATE; 2]);
    case.decision().await.unwrap();
    let CaseStage::Decided { id, provider, body } = case.state() else { panic!("{:?}", case.state()) };
    assert_eq!(provider, "Office for Families");
    assert!(body.contains("\"granted\":true"));
    assert!(!format!("{:?}", case.state()).contains("granted"), "a state prints as its name alone");

    // A second look asks neither the office nor the citizen, and makes no second request.
    let prompts = phone.reasons().len();
    case.back().unwrap();
    case.load().await.unwrap();
    case.decision().await.unwrap();
    let CaseStage::Decided { id: again, .. } = case.state() else { panic!("{:?}", case.state()) };
    assert_eq!((again, phone.reasons().len()), (id.clone(), prompts));
    case.cancel();
    assert!(
        matches!(case.state(), CaseStage::Stopped { maybe_kept: false, .. }),
        "the decision goes with the flow"
    );
    let about: Vec<_> = phone.kodanik.requests().unwrap().into_iter().map(|it| (it.id, it.case_of)).collect();
    assert_eq!(about, [(request.clone(), None), (id, Some(request))]);
    let nothing = phone.kodanik.case("nothing".to_owned()).unwrap();
    assert_eq!(told(nothing.load().await), "not possible now (misuse.not_found)");
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_case_is_taken_back_or_it_is_too_late() {
    let world = world().await;
    let phone = TestPhone::enrolled(&world, MARI).await;
    let case = phone.kodanik.case(apply(&phone).await).unwrap();
    case.load().await.unwrap();
    case.withdraw().await.unwrap();
    let CaseView { state: CaseState::Withdrawn, is_open: false, has_decision: false, .. } = standing(&case)
    else {
        panic!("{:?}", standing(&case));
    };
    let late = phone.kodanik.case(apply(&phone).await).unwrap();
    late.load().await.unwrap();
    pass(&world, 3600);
    assert_eq!(told(late.withdraw().await), "refused (refused.wrong_state)");
    assert_eq!(standing(&late).state, CaseState::Decided, "and the wallet knows why");
    let unanswered = |it: &kodanik_ffi::ServiceRequest| it.progress == ServiceProgress::Unanswered;
    assert!(!phone.kodanik.requests().unwrap().iter().any(unanswered));
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_backup_is_brought_up_to_date_without_a_code() {
    let world = world().await;
    let phone = TestPhone::enrolled(&world, MARI).await;
    assert_eq!(phone.kodanik.backup_codes().unwrap(), None);
    let flow = phone.kodanik.backup().unwrap();
    assert_eq!([told(flow.refresh().await), told(flow.make_codes())], [WRONG_STATE; 2]);
    flow.load().await.unwrap();
    let BackupStage::Codes { set, codes, asked, created, replaces_earlier: false, .. } = flow.state() else {
        panic!("{:?}", flow.state());
    };
    assert_eq!([told(flow.refresh().await), told(flow.make_codes())], [WRONG_STATE; 2]);
    flow.store(codes[asked as usize - 1].clone()).await.unwrap();
    let in_force = phone.kodanik.backup_codes().unwrap().unwrap();
    assert_eq!((in_force.set.as_str(), in_force.created), (set.as_str(), created));

    apply(&phone).await;
    let flow = phone.kodanik.backup().unwrap();
    flow.load().await.unwrap();
    assert_eq!(flow.state(), BackupStage::InForce { codes: in_force.clone() });
    phone.double.prompt_fails(Some(KeyFault::Cancelled));
    assert_eq!(told(flow.refresh().await), "cancelled (key.cancelled)");
    assert_eq!(flow.state(), BackupStage::InForce { codes: in_force.clone() }, "a fault leads back");
    phone.double.prompt_fails(None);
    flow.refresh().await.unwrap();
    let BackupStage::Stored { size, new_codes: false } = flow.state() else { panic!("{:?}", flow.state()) };
    assert_eq!(size.cases, 1);
    assert_eq!(phone.kodanik.backup_codes().unwrap(), Some(in_force));

    let flow = phone.kodanik.backup().unwrap();
    flow.load().await.unwrap();
    flow.make_codes().unwrap();
    let BackupStage::Codes { set: new, replaces_earlier: true, .. } = flow.state() else {
        panic!("{:?}", flow.state());
    };
    assert_ne!(new, set);
    assert_eq!(told(flow.make_codes()), WRONG_STATE);
    flow.cancel();
    assert_eq!(
        phone.kodanik.backup_codes().unwrap().unwrap().set,
        set,
        "codes that were only shown change nothing"
    );
}

/// New backup codes, in force, and the revocation code.
pub(super) async fn paper(phone: &TestPhone) -> (Vec<String>, String) {
    let flow = phone.kodanik.backup().unwrap();
    new_codes(&flow).await;
    let BackupStage::Codes { codes, revocation_code, asked, .. } = flow.state() else {
        panic!("{:?}", flow.state());
    };
    flow.store(codes[asked as usize - 1].clone()).await.unwrap();
    (codes, revocation_code)
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_somebody_who_has_a_code_is_seen_and_stopped() {
    let world = world().await;
    let (person, _) = somebody_with_a_card(&world);
    let phone = TestPhone::start(&world).await;
    phone.enrol(person).await;
    let notices = phone.kodanik.recovery_notices().unwrap();
    assert_eq!(told(notices.refuse(String::new()).await), WRONG_STATE);
    assert_eq!(told(notices.load().await), "not possible now (recovery.no_backup)");
    let (codes, _) = paper(&phone).await;
    notices.load().await.unwrap();
    assert_eq!(notices.state(), NoticesStage::Listed { notices: Vec::new(), refused_one: false });

    let thief = TestPhone::start(&world).await;
    let theft = thief.kodanik.recover().unwrap();
    theft.recover(codes[2].clone(), None).await.unwrap();
    let RecoverStage::Waiting { not_before } = theft.state() else { panic!("{:?}", theft.state()) };
    notices.load().await.unwrap();
    let NoticesStage::Listed { notices: seen, refused_one: false } = notices.state() else {
        panic!("{:?}", notices.state());
    };
    let [seen] = seen.try_into().unwrap();
    assert_eq!((seen.not_before, seen.is_refused), (not_before, false));
    assert_eq!(told(notices.refuse("nothing".to_owned()).await), "not possible now (misuse.not_found)");
    phone.double.prompt_fails(Some(KeyFault::Cancelled));
    assert_eq!(told(notices.refuse(seen.id.clone()).await), "cancelled (key.cancelled)");
    assert!(matches!(notices.state(), NoticesStage::Listed { refused_one: false, .. }), "a fault leads back");
    phone.double.prompt_fails(None);
    notices.refuse(seen.id).await.unwrap();
    let NoticesStage::Listed { notices: left, refused_one: true } = notices.state() else {
        panic!("{:?}", notices.state());
    };
    assert!(left[0].is_refused);
    notices.load().await.unwrap();
    assert!(matches!(notices.state(), NoticesStage::Listed { refused_one: true, .. }));
    pass(&world, not_before);
    let refused = theft.recover(codes[2].clone(), None).await;
    assert!(matches!(refused, Err(Fault::Refused { .. })), "{refused:?}");
    assert_eq!(phone.kodanik.credentials().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_the_revocation_code_puts_a_lost_phone_out_of_force() {
    let world = world().await;
    let (person, card) = somebody_with_a_card(&world);
    let phone = TestPhone::start(&world).await;
    phone.enrol(person).await;
    let (codes, revocation) = paper(&phone).await;
    let friend = TestPhone::start(&world).await;
    let flow = friend.kodanik.recover().unwrap();
    assert_eq!(told(flow.revoke(codes[0].clone()).await), "not understood (recovery.wrong_kind)");
    assert_eq!(flow.state(), RecoverStage::AwaitingCode, "a fault leads back");
    assert_eq!(told(flow.recover(revocation.clone(), None).await), "not understood (recovery.wrong_kind)");
    flow.revoke(revocation.clone()).await.unwrap();
    assert_eq!(flow.state(), RecoverStage::Revoked);
    assert_eq!(told(flow.revoke(revocation).await), WRONG_STATE);
    flow.cancel();
    assert_eq!(flow.state(), RecoverStage::Revoked, "what is done stays done");
    let service = phone.kodanik.service_request().unwrap();
    service.load().await.unwrap();
    let ServiceStage::Choosing { services } = service.state() else { panic!("{:?}", service.state()) };
    let (id, operation) = find(&services, "Get a certificate");
    service.fill(id, operation, HashMap::new()).unwrap();
    assert_eq!(told(service.send().await), "refused (refused.eid_revoked)");
    let again = friend.kodanik.recover().unwrap();
    let dead = again.recover(codes[0].clone(), Some(std::sync::Arc::new(card))).await;
    assert!(matches!(dead, Err(Fault::Refused { .. })), "{dead:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_credential_is_removed_and_history_keeps_that_it_was_there() {
    let world = world().await;
    let phone = TestPhone::enrolled(&world, MARI).await;
    let [credential] = phone.kodanik.credentials().await.unwrap().try_into().unwrap();
    phone.kodanik.remove_credential("nothing".to_owned()).unwrap();
    assert_eq!(phone.kodanik.credentials().await.unwrap().len(), 1);
    phone.kodanik.remove_credential(credential.id.clone()).unwrap();
    phone.kodanik.remove_credential(credential.id).unwrap();
    assert_eq!(phone.kodanik.credentials().await.unwrap(), []);
    assert_eq!(phone.kodanik.history(0, 9).unwrap()[0].kind, HistoryKind::CredentialReceived);
    phone.kodanik.lock();
    assert_eq!(told(phone.kodanik.remove_credential(String::new())), "not possible now (flow.locked)");
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_what_is_not_needed_is_shared_only_where_the_citizen_picks_it() {
    let world = world().await;
    let phone = TestPhone::enrolled(&world, MARI).await;
    let library = &world.gateway.roles.relying_party;
    for is_picked in [false, true] {
        let [needed, optional] = ["given_name", "family_name"].map(|name| [name.to_owned()]);
        let asked = library.create_request_with(&needed, &optional).unwrap();
        let present = phone.kodanik.present(asked.link).unwrap();
        present.load().await.unwrap();
        let PresentStage::Asking { claims, questions, is_answerable: true, .. } = present.state() else {
            panic!("{:?}", present.state());
        };
        assert_eq!(claims, ["given_name"], "the least answer");
        assert_eq!(questions.iter().map(|question| question.needed).collect::<Vec<_>>(), [true, false]);
        let pick = |question: &PresentQuestion| Pick {
            query_id: question.query_id.clone(),
            credentials: vec![question.options[0].credential.clone()],
        };
        let only_optional = Some(vec![pick(&questions[1])]);
        assert_eq!(told(present.consent(only_optional).await), "not possible now (present.choice)");
        present.load().await.unwrap();
        let picks = is_picked.then(|| questions.iter().map(pick).collect());
        present.consent(picks).await.unwrap();
        let PresentStage::Done { claims, .. } = present.state() else { panic!("{:?}", present.state()) };
        let expected: &[&str] = if is_picked { &["family_name", "given_name"] } else { &["given_name"] };
        assert_eq!(claims, expected);
        let result = library.result(&asked.id).unwrap();
        assert_eq!((result.verdict, result.claims), (Verdict::Accepted, claims));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_after_ten_wrong_pins_a_new_wallet_takes_the_place_of_the_old_one() {
    let world = world().await;
    let phone = TestPhone::without_a_wallet(&world);
    let wrong_state = "not possible now (misuse.wrong_state)";
    assert_eq!(told(phone.kodanik.remove_wiped().await), wrong_state);
    phone.kodanik.create(pin(PIN)).await.unwrap();
    phone.enrol(world.person(MARI, true)).await;
    assert_eq!(told(phone.kodanik.remove_wiped().await), WRONG_STATE, "while it is open");
    phone.kodanik.lock();
    for _ in 0..9 {
        assert!(matches!(phone.kodanik.unlock(pin("284918")).await, Err(Fault::PinWrong { .. })));
        assert_eq!(told(phone.kodanik.remove_wiped().await), wrong_state);
        pass(&world, 3600);
    }
    assert!(matches!(phone.kodanik.unlock(pin("284918")).await, Err(Fault::PinWiped { .. })));
    assert!(matches!(phone.kodanik.unlock(pin(PIN)).await, Err(Fault::PinWiped { .. })));
    assert_eq!(phone.kodanik.phase(), Phase::Locked);
    phone.kodanik.remove_wiped().await.unwrap();
    assert_eq!(phone.kodanik.phase(), Phase::NoWallet);
    phone.kodanik.create(pin("719382")).await.unwrap();
    assert_eq!(phone.kodanik.credentials().await.unwrap(), []);
    phone.enrol(world.person("8002022345678", true)).await;
}

#[test]
fn s28_a_pin_that_is_typed_twice_is_compared_here() {
    assert!(pin(PIN).is_same_as(pin(PIN)));
    assert!(!pin(PIN).is_same_as(pin("284918")) && !pin(PIN).is_same_as(PinEntry::new()));
    let (one, other) = (pin(PIN), pin(PIN));
    assert!(one.clone().is_same_as(one.clone()));
    let both_ways = [(one.clone(), other.clone()), (other, one.clone())].map(|(one, other)| {
        std::thread::spawn(move || (0..10_000).all(|_| one.clone().is_same_as(other.clone())))
    });
    assert!(both_ways.into_iter().all(|thread| thread.join().unwrap()));
    assert_eq!(one.length(), 6, "nothing is emptied");
}
