//! Something panics inside a verb: the shell's part, or ours. The caller is told, the flow stops, and everything else
//! goes on.

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use async_trait::async_trait;
use kodanik_ffi::{
    BackupFlow, BackupStage, BallotStage, CaseStage, EnrolStage, Fault, IdCard, KeyFault, NoticesStage,
    Phase, PresentStage, RecoverStage, ServiceFlow, ServiceStage,
};

use super::afterwards::{apply, decided, paper};
use super::phone::{PIN, TestPhone, find, pin, somebody_with_a_card};
use super::{MARI, told, world};

const PANICKED: &str = "internal (flow.panicked)";

/// A double of a plastic card whose reader panics.
struct BrokenReader;

#[async_trait]
impl IdCard for BrokenReader {
    async fn sign(&self, _: Vec<u8>) -> Result<Vec<u8>, KeyFault> {
        panic!("this test's reader panics")
    }
}

fn switch(what: &AtomicBool, panics: bool) {
    what.store(panics, Ordering::SeqCst);
}

async fn filled_in(phone: &TestPhone) -> Arc<ServiceFlow> {
    let flow = phone.kodanik.service_request().unwrap();
    flow.load().await.unwrap();
    fill(&flow).unwrap();
    flow
}

fn fill(flow: &ServiceFlow) -> Result<(), Fault> {
    let ServiceStage::Choosing { services } = flow.state() else { panic!("{:?}", flow.state()) };
    let (id, operation) = find(&services, "Get a certificate");
    flow.fill(id, operation, HashMap::new())
}

fn asked_back(flow: &BackupFlow) -> (String, Vec<String>) {
    let BackupStage::Codes { codes, asked, .. } = flow.state() else { panic!("{:?}", flow.state()) };
    (codes[asked as usize - 1].clone(), codes)
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_prompt_that_panics_stops_its_flow_and_nothing_else() {
    let world = world().await;
    let (person, card) = somebody_with_a_card(&world);
    let phone = TestPhone::start(&world).await;
    phone.enrol(person).await;
    let bystander = phone.kodanik.ballot("mayor".to_owned()).unwrap();
    bystander.load().await.unwrap();
    let offer = phone.offer(person);
    let code = Some(offer.tx_code.expose().to_owned());
    let enrol = phone.kodanik.enrol(offer.offer_uri.expose().to_owned()).unwrap();
    enrol.load().await.unwrap();
    let asked = world.gateway.roles.relying_party.create_request(&["given_name".to_owned()]).unwrap();
    let present = phone.kodanik.present(asked.link).unwrap();
    present.load().await.unwrap();
    let ballot = phone.kodanik.ballot("mayor".to_owned()).unwrap();
    ballot.load().await.unwrap();
    let service = filled_in(&phone).await;
    let backup = phone.kodanik.backup().unwrap();
    backup.load().await.unwrap();

    switch(&phone.double.prompt_panics, true);
    assert_eq!(told(enrol.accept(code.clone()).await), PANICKED);
    assert_eq!(told(present.consent(None).await), PANICKED);
    assert_eq!(told(ballot.obtain_credential(None, Vec::new()).await), PANICKED);
    assert_eq!(told(service.send().await), PANICKED);
    assert_eq!(told(backup.store(asked_back(&backup).0).await), PANICKED);
    let internal = |fault: &Fault| matches!(fault, Fault::Internal { .. });
    assert!(matches!(enrol.state(), EnrolStage::Stopped { fault } if internal(&fault)));
    assert!(matches!(present.state(), PresentStage::Stopped { fault, .. } if internal(&fault)));
    assert!(matches!(ballot.state(), BallotStage::Stopped { fault, .. } if internal(&fault)));
    assert!(matches!(service.state(), ServiceStage::Stopped { fault, .. } if internal(&fault)));
    assert!(matches!(backup.state(), BackupStage::Stopped { fault, .. } if internal(&fault)));
    assert!(matches!(bystander.state(), BallotStage::NotEntitled { .. }));
    assert_eq!(phone.kodanik.credentials().await.unwrap().len(), 1);
    assert!(!phone.kodanik.history(0, 9).unwrap().is_empty());

    switch(&phone.double.prompt_panics, false);
    enrol.load().await.unwrap();
    enrol.accept(code).await.unwrap();
    present.load().await.unwrap();
    present.consent(None).await.unwrap();
    bystander.obtain_credential(None, Vec::new()).await.unwrap();
    service.load().await.unwrap();
    fill(&service).unwrap();
    service.send().await.unwrap();
    backup.load().await.unwrap();
    let (asked_back, codes) = asked_back(&backup);
    backup.store(asked_back).await.unwrap();

    let new = TestPhone::start(&world).await;
    let recover = new.kodanik.recover().unwrap();
    assert_eq!(told(recover.recover(codes[0].clone(), Some(Arc::new(BrokenReader))).await), PANICKED);
    assert!(matches!(recover.state(), RecoverStage::Stopped { fault } if internal(&fault)));
    recover.recover(codes[0].clone(), Some(Arc::new(card))).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_prompt_that_panics_afterwards_stops_its_flow_and_nothing_else() {
    let world = world().await;
    let phone = TestPhone::enrolled(&world, MARI).await;
    let closed = decided(&world, &phone).await;
    let open = phone.kodanik.case(apply(&phone).await).unwrap();
    open.load().await.unwrap();
    paper(&phone).await;
    let backup = phone.kodanik.backup().unwrap();
    backup.load().await.unwrap();
    let notices = phone.kodanik.recovery_notices().unwrap();

    switch(&phone.double.prompt_panics, true);
    assert_eq!(told(open.ask().await), PANICKED);
    assert_eq!(told(closed.decision().await), PANICKED);
    assert_eq!(told(backup.refresh().await), PANICKED);
    assert_eq!(told(notices.load().await), PANICKED);
    open.load().await.unwrap();
    assert_eq!(told(open.withdraw().await), PANICKED);
    for flow in [&open, &closed] {
        let CaseStage::Stopped { fault: Fault::Internal { .. }, .. } = flow.state() else {
            panic!("{:?}", flow.state());
        };
        flow.load().await.unwrap();
    }
    assert!(matches!(backup.state(), BackupStage::Stopped { fault: Fault::Internal { .. }, .. }));
    assert!(matches!(notices.state(), NoticesStage::Stopped { fault: Fault::Internal { .. } }));

    switch(&phone.double.prompt_panics, false);
    open.withdraw().await.unwrap();
    closed.decision().await.unwrap();
    backup.load().await.unwrap();
    backup.refresh().await.unwrap();
    notices.load().await.unwrap();
    phone.kodanik.resume_requests().await.unwrap();
    assert_eq!(phone.kodanik.requests().unwrap().len(), 4, "two cases, one withdrawal, one decision");
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_clock_that_panics_leaves_the_door_as_it_was() {
    let world = world().await;
    let phone = TestPhone::enrolled(&world, MARI).await;
    let service = phone.kodanik.service_request().unwrap();
    service.load().await.unwrap();
    let ballot = phone.kodanik.ballot("mayor".to_owned()).unwrap();
    switch(&phone.clock_panics, true);
    assert_eq!(told(ballot.load().await), PANICKED);
    assert_eq!(told(phone.kodanik.elections().await), PANICKED);
    assert_eq!(told(fill(&service)), PANICKED);
    assert!(matches!(service.state(), ServiceStage::Choosing { .. }), "what is no step stops nothing");
    phone.kodanik.lock();
    assert_eq!(told(phone.kodanik.unlock(pin(PIN)).await), PANICKED);
    assert_eq!(phone.kodanik.phase(), Phase::Locked);
    switch(&phone.clock_panics, false);
    phone.kodanik.unlock(pin(PIN)).await.unwrap();
    assert_eq!(phone.kodanik.elections().await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_a_secret_store_that_panics_costs_nothing_that_was_written() {
    let world = world().await;
    let phone = TestPhone::without_a_wallet(&world);
    switch(&phone.double.secrets_panic, true);
    assert_eq!(told(phone.kodanik.create(pin(PIN)).await), PANICKED);
    assert_eq!(phone.kodanik.phase(), Phase::NoWallet);
    switch(&phone.double.secrets_panic, false);
    phone.kodanik.create(pin(PIN)).await.unwrap();

    let offer = phone.offer(world.person(MARI, true));
    let enrol = phone.kodanik.enrol(offer.offer_uri.expose().to_owned()).unwrap();
    enrol.load().await.unwrap();
    switch(&phone.double.secrets_panic, true);
    assert_eq!(told(enrol.accept(Some(offer.tx_code.expose().to_owned())).await), PANICKED);
    assert!(matches!(enrol.state(), EnrolStage::Stopped { .. }));
    switch(&phone.double.secrets_panic, false);
    // The database is as it was before or after what was written last, and opens again.
    let kept = phone.kodanik.history(0, 9).unwrap();
    phone.kodanik.lock();
    phone.kodanik.unlock(pin(PIN)).await.unwrap();
    assert_eq!(phone.kodanik.history(0, 9).unwrap(), kept);
    phone.enrol(world.person("8002022345678", true)).await;
}
