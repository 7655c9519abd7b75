//! The citizen leaves while a public service or the recovery office is at it.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use kodanik_ffi::{
    BackupFlow, BackupStage, BallotStage, Fault, HistoryKind, IdCard, NewCodes, RecoverStage, ServiceFlow,
    ServiceProgress, ServiceStage,
};
use rusqlite::Connection;

use super::super::voting::World;
use super::leaving::{Leaving, MANY, left_after};
use super::phone::{TestPhone, find, somebody_with_a_card};
use super::{MARI, told, vote, world};

/// What was sent may still be on its way.
async fn wait() {
    tokio::time::sleep(Duration::from_millis(20)).await;
}

impl World {
    fn cases(&self) -> usize {
        let database = Connection::open(self.dir.path().join("public-body/public-body.sqlite")).unwrap();
        let cases: i64 = database.query_row("SELECT count(*) FROM case_file", [], |row| row.get(0)).unwrap();
        usize::try_from(cases).unwrap()
    }

    fn recovery(&self) -> Connection {
        Connection::open(self.dir.path().join("recovery/recovery.sqlite")).unwrap()
    }

    /// The set that the recovery office holds, as the printed page names it.
    fn set_in_force(&self) -> Option<String> {
        let found = self.recovery().query_row("SELECT id FROM code_set", [], |row| row.get::<_, Vec<u8>>(0));
        found.ok().map(|id| kodanik_crypto::encoding::to_base64url(&id[..6]))
    }

    /// How far the recovery office came with each recovery, and what it still holds.
    fn recoveries(&self) -> Vec<(String, Option<String>)> {
        let database = self.recovery();
        let mut select = database.prepare("SELECT state, factor FROM rebinding ORDER BY begun, id").unwrap();
        let rows = select.query_map([], |row| Ok((row.get(0)?, row.get(1)?))).unwrap();
        rows.collect::<Result<_, _>>().unwrap()
    }

    /// As if a day went by: a code is good for five tries a day, and time would do more than that.
    fn forget_tries(&self) {
        self.recovery().execute("DELETE FROM attempt", []).unwrap();
    }
}

fn lines(phone: &TestPhone, kind: HistoryKind) -> usize {
    let lines = phone.kodanik.history(0, 200).unwrap();
    assert!(lines.len() < 200);
    lines.iter().filter(|line| line.kind == kind).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn s29_a_service_request_is_left_at_every_await_point() {
    let world = world().await;
    let phone = TestPhone::enrolled(&world, MARI).await;
    for leaving in [Leaving::Cancel, Leaving::Drop] {
        leave_the_catalogue(&phone, leaving).await;
        for polls in 1.. {
            assert!(polls < MANY);
            let before = phone.kodanik.requests().unwrap().len();
            let flow = filled_in(&phone).await;
            let ended = left_after(polls, leaving, || flow.cancel(), flow.send()).await;
            wait().await;
            if ended {
                let ServiceStage::Answered { attempts: 1, .. } = flow.state() else {
                    panic!("{:?}", flow.state());
                };
                break;
            }
            assert!(matches!(flow.state(), ServiceStage::Stopped { kept: true, .. }), "{:?}", flow.state());
            let kept = phone.kodanik.requests().unwrap();
            assert!(kept.len() - before <= 1);
            assert!(kept[before..].iter().all(|request| request.progress == ServiceProgress::Unanswered));
            send_again(&phone, polls, &world).await;
            flow.load().await.unwrap();
            assert!(matches!(flow.state(), ServiceStage::Choosing { .. }), "it can begin anew");
        }
    }
    let requests = phone.kodanik.requests().unwrap().len();
    assert_eq!((world.cases(), lines(&phone, HistoryKind::ServiceRequested)), (requests, requests));
}

async fn leave_the_catalogue(phone: &TestPhone, leaving: Leaving) {
    let flow = phone.kodanik.service_request().unwrap();
    for polls in 1.. {
        assert!(polls < MANY);
        if left_after(polls, leaving, || flow.cancel(), flow.load()).await {
            return;
        }
        assert!(matches!(flow.state(), ServiceStage::Stopped { kept: false, .. }), "{:?}", flow.state());
    }
}

/// An application that is ready to be sent.
pub(super) async fn filled_in(phone: &TestPhone) -> Arc<ServiceFlow> {
    let flow = phone.kodanik.service_request().unwrap();
    flow.load().await.unwrap();
    let ServiceStage::Choosing { services } = flow.state() else { panic!("{:?}", flow.state()) };
    let (id, operation) = find(&services, "Apply");
    let input = [("child_name", "Juku"), ("child_born", "2026-12-01"), ("months", "3")];
    let input: HashMap<_, _> = input.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    flow.fill(id, operation, input).unwrap();
    flow
}

/// Sending again what is kept, which is left too, and then not: one request is one case, under its old name.
async fn send_again(phone: &TestPhone, polls: usize, world: &World) {
    let names = |phone: &TestPhone| {
        let requests = phone.kodanik.requests().unwrap();
        requests.into_iter().map(|request| request.id).collect::<Vec<_>>()
    };
    let kept = names(phone);
    let again = async { phone.kodanik.resume_requests().await.map(drop) };
    left_after(polls, Leaving::Drop, || {}, again).await;
    wait().await;
    let resumed = phone.kodanik.resume_requests().await.unwrap();
    assert!(resumed.iter().all(|request| request.fault.is_none()), "{resumed:?}");
    assert_eq!(phone.kodanik.resume_requests().await.unwrap(), []);
    assert_eq!((names(phone), world.cases()), (kept.clone(), kept.len()));
}

#[tokio::test(flavor = "multi_thread")]
async fn s29_a_backup_is_left_at_every_await_point() {
    let world = world().await;
    let (person, card) = somebody_with_a_card(&world);
    let card: Arc<dyn IdCard> = Arc::new(card);
    let phone = TestPhone::start(&world).await;
    phone.enrol(person).await;
    let flow = phone.kodanik.backup().unwrap();
    flow.load().await.unwrap();
    flow.cancel();
    assert!(
        matches!(flow.state(), BackupStage::Stopped { new_codes: NewCodes::Void, .. }),
        "{:?}",
        flow.state()
    );
    let mut old_papers = Vec::new();
    let mut codes = Vec::new();
    for leaving in [Leaving::Cancel, Leaving::Drop] {
        let flow = phone.kodanik.backup().unwrap();
        for polls in 1.. {
            assert!(polls < MANY);
            new_codes(&flow).await;
            let before = world.set_in_force();
            let paper = paper(&flow);
            let asked_back = paper.codes[paper.asked].clone();
            let ended = left_after(polls, leaving, || flow.cancel(), flow.store(asked_back)).await;
            wait().await;
            let now = world.set_in_force();
            if ended {
                assert!(matches!(flow.state(), BackupStage::Stored { .. }));
                assert_eq!(now.as_ref(), Some(&paper.set));
                codes = paper.codes;
                break;
            }
            assert!(matches!(flow.state(), BackupStage::Stopped { new_codes: NewCodes::MaybeInForce, .. }));
            assert!(now == before || now.as_ref() == Some(&paper.set), "the old set counts, or the new one");
            if now != before {
                old_papers.push(paper.codes);
            }
        }
    }
    assert_eq!(lines(&phone, HistoryKind::BackupMade), 2, "those that the wallet knows of");
    let new = TestPhone::start(&world).await;
    let recover = new.kodanik.recover().unwrap();
    for paper in old_papers {
        let refused = told(recover.recover(paper[0].clone(), Some(card.clone())).await);
        assert_eq!(refused, "refused (refused.bad_proof)", "a paper that was replaced is worth nothing");
    }
    recover.recover(codes[0].clone(), Some(card)).await.unwrap();
    assert!(matches!(recover.state(), RecoverStage::Recovered { .. }));
}

/// What the citizen wrote down.
struct Paper {
    set: String,
    codes: Vec<String>,
    asked: usize,
}

/// New codes, whether or not there are old ones.
pub(super) async fn new_codes(flow: &BackupFlow) {
    flow.load().await.unwrap();
    if let BackupStage::InForce { .. } = flow.state() {
        flow.make_codes().unwrap();
    }
}

fn paper(flow: &BackupFlow) -> Paper {
    let BackupStage::Codes { set, codes, asked, .. } = flow.state() else { panic!("{:?}", flow.state()) };
    Paper { set, codes, asked: asked as usize - 1 }
}

#[tokio::test(flavor = "multi_thread")]
async fn s29_a_recovery_is_left_at_every_await_point() {
    let world = world().await;
    let (person, card) = somebody_with_a_card(&world);
    let card: Arc<dyn IdCard> = Arc::new(card);
    let mut phone = TestPhone::start(&world).await;
    phone.enrol(person).await;
    let ballot = phone.kodanik.ballot("mayor".to_owned()).unwrap();
    ballot.load().await.unwrap();
    ballot.obtain_credential(None, Vec::new()).await.unwrap();
    vote(&ballot, "a", false).await;
    for (round, leaving) in (1..).zip([Leaving::Cancel, Leaving::Drop]) {
        let backup = phone.kodanik.backup().unwrap();
        new_codes(&backup).await;
        let paper = paper(&backup);
        backup.store(paper.codes[paper.asked].clone()).await.unwrap();
        let new = TestPhone::start(&world).await;
        leave_the_recovery(&world, &new, &paper.codes[3], &card, leaving).await;
        assert_eq!(new.kodanik.credentials().await.unwrap().len(), 1);
        assert_eq!(lines(&new, HistoryKind::Recovered), round, "one line for each recovery");
        assert_eq!(world.recoveries(), vec![("done".to_owned(), Some("id_card".to_owned())); round]);
        assert_eq!(world.set_in_force(), None);
        phone = new;
    }
    // The seed came back whole: the same pseudonym, whose ballot is replaced.
    let ballot = phone.kodanik.ballot("mayor".to_owned()).unwrap();
    ballot.load().await.unwrap();
    if let BallotStage::NotEntitled { .. } = ballot.state() {
        ballot.obtain_credential(None, Vec::new()).await.unwrap();
    }
    ballot.choose(super::choices("b")).unwrap();
    ballot.seal().await.unwrap();
    ballot.cast().await.unwrap();
    let BallotStage::Cast { receipt, .. } = ballot.state() else { panic!("{:?}", ballot.state()) };
    assert!(receipt.replaces.is_some());
    assert_eq!(world.issued("north"), 1);
}

/// Counts its polls anew whenever office or wallet came further, as the way from there is another one.
async fn leave_the_recovery(
    world: &World,
    new: &TestPhone,
    code: &str,
    card: &Arc<dyn IdCard>,
    leaving: Leaving,
) {
    let flow = new.kodanik.recover().unwrap();
    let mut came = None;
    let mut polls = 0;
    loop {
        polls += 1;
        assert!(polls < MANY);
        world.forget_tries();
        let verb = flow.recover(code.to_owned(), Some(card.clone()));
        if left_after(polls, leaving, || flow.cancel(), verb).await {
            break;
        }
        assert!(matches!(flow.state(), RecoverStage::Stopped { fault: Fault::Cancelled { .. } }));
        wait().await;
        let now = Some((
            world.recoveries(),
            new.kodanik.credentials().await.unwrap().len(),
            lines(new, HistoryKind::Recovered),
        ));
        if now != came {
            (came, polls) = (now, 0);
        }
    }
    assert!(matches!(flow.state(), RecoverStage::Recovered { .. }), "{:?}", flow.state());
}
