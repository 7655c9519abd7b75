//! The citizen leaves while a case is asked about, taken back or decided, a backup refreshed, a thief stopped, an e-ID put
//! out of force, or what is left of a wiped wallet removed.

use kodanik_ffi::{
    BackupStage, CaseStage, CaseState, Fault, NewCodes, NoticesStage, Phase, RecoverStage, ServiceProgress,
};

use super::afterwards::{apply, decided, paper, pass, standing};
use super::leaving::{Leaving, MANY, left_after};
use super::phone::{PIN, TestPhone, pin, somebody_with_a_card};
use super::{MARI, told, world};

#[tokio::test(flavor = "multi_thread")]
async fn s29_a_case_is_left_at_every_await_point() {
    let world = world().await;
    let phone = TestPhone::enrolled(&world, MARI).await;
    for leaving in [Leaving::Cancel, Leaving::Drop] {
        let flow = phone.kodanik.case(apply(&phone).await).unwrap();
        for polls in 1.. {
            assert!(polls < MANY);
            flow.load().await.unwrap();
            if left_after(polls, leaving, || flow.cancel(), flow.ask()).await {
                break;
            }
            assert!(
                matches!(flow.state(), CaseStage::Stopped { maybe_kept: false, .. }),
                "{:?}",
                flow.state()
            );
        }
        assert!(standing(&flow).is_open);
        for polls in 1.. {
            assert!(polls < MANY);
            flow.load().await.unwrap_or_default();
            if !standing(&flow).is_open {
                break;
            }
            if left_after(polls, leaving, || flow.cancel(), flow.withdraw()).await {
                break;
            }
            assert!(
                matches!(flow.state(), CaseStage::Stopped { maybe_kept: true, .. }),
                "{:?}",
                flow.state()
            );
        }
        assert_eq!(standing(&flow).state, CaseState::Withdrawn);
        let flow = decided(&world, &phone).await;
        for polls in 1.. {
            assert!(polls < MANY);
            if left_after(polls, leaving, || flow.cancel(), flow.decision()).await {
                break;
            }
            assert!(
                matches!(flow.state(), CaseStage::Stopped { maybe_kept: true, .. }),
                "{:?}",
                flow.state()
            );
            flow.load().await.unwrap();
        }
        assert!(matches!(flow.state(), CaseStage::Decided { .. }));
    }
    // However often it was left: two cases each, one taken back and one decided, and one request for each of that.
    phone.kodanik.resume_requests().await.unwrap();
    let requests = phone.kodanik.requests().unwrap();
    let about = requests.iter().filter(|it| it.case_of.is_some());
    assert_eq!((requests.len(), about.count()), (8, 4));
    assert!(requests.iter().all(|it| it.progress != ServiceProgress::Unanswered), "{requests:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn s29_a_refreshed_backup_is_left_at_every_await_point() {
    let world = world().await;
    let (person, card) = somebody_with_a_card(&world);
    let phone = TestPhone::start(&world).await;
    phone.enrol(person).await;
    let (codes, _) = paper(&phone).await;
    for leaving in [Leaving::Cancel, Leaving::Drop] {
        let flow = phone.kodanik.backup().unwrap();
        for polls in 1.. {
            assert!(polls < MANY);
            flow.load().await.unwrap();
            if left_after(polls, leaving, || flow.cancel(), flow.refresh()).await {
                break;
            }
            let BackupStage::Stopped { new_codes: NewCodes::NotMade, .. } = flow.state() else {
                panic!("{:?}", flow.state());
            };
        }
        assert!(matches!(flow.state(), BackupStage::Stored { .. }));
    }
    apply(&phone).await;
    let flow = phone.kodanik.backup().unwrap();
    flow.load().await.unwrap();
    flow.refresh().await.unwrap();
    let new = TestPhone::start(&world).await;
    let recover = new.kodanik.recover().unwrap();
    recover.recover(codes[4].clone(), Some(std::sync::Arc::new(card))).await.unwrap();
    let RecoverStage::Recovered { size, .. } = recover.state() else { panic!("{:?}", recover.state()) };
    assert_eq!(size.cases, 1, "the newest backup is the one that comes back");
}

#[tokio::test(flavor = "multi_thread")]
async fn s29_stopping_somebody_is_left_at_every_await_point() {
    let world = world().await;
    let (person, _) = somebody_with_a_card(&world);
    let phone = TestPhone::start(&world).await;
    phone.enrol(person).await;
    for leaving in [Leaving::Cancel, Leaving::Drop] {
        let (codes, _) = paper(&phone).await;
        let thief = TestPhone::start(&world).await;
        thief.kodanik.recover().unwrap().recover(codes[0].clone(), None).await.unwrap();

        let notices = phone.kodanik.recovery_notices().unwrap();
        for polls in 1.. {
            assert!(polls < MANY);
            if left_after(polls, leaving, || notices.cancel(), notices.load()).await {
                break;
            }
            assert!(matches!(notices.state(), NoticesStage::Stopped { .. }), "{:?}", notices.state());
        }
        for polls in 1.. {
            assert!(polls < MANY);
            let NoticesStage::Listed { notices: seen, .. } = notices.state() else {
                panic!("{:?}", notices.state());
            };
            let Some(open) = seen.into_iter().find(|seen| !seen.is_refused) else { break };
            if left_after(polls, leaving, || notices.cancel(), notices.refuse(open.id)).await {
                break;
            }
            assert!(matches!(notices.state(), NoticesStage::Stopped { .. }), "{:?}", notices.state());
            notices.load().await.unwrap();
        }
        let theft = thief.kodanik.recover().unwrap().recover(codes[0].clone(), None).await;
        assert!(matches!(theft, Err(Fault::Refused { .. })), "{theft:?}");
        office_decides_for_the_citizen(&world);
    }
}

/// The clerk who has seen citizen and card ends the stopped recovery.
fn office_decides_for_the_citizen(world: &super::World) {
    let path = world.dir.path().join("recovery/recovery.sqlite");
    rusqlite::Connection::open(path).unwrap().execute("DELETE FROM rebinding", []).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn s29_a_revocation_is_left_at_every_await_point() {
    let world = world().await;
    for (leaving, number) in [(Leaving::Cancel, MARI), (Leaving::Drop, "8002022345678")] {
        let phone = TestPhone::enrolled(&world, number).await;
        let (_, revocation) = paper(&phone).await;
        let friend = TestPhone::start(&world).await;
        let flow = friend.kodanik.recover().unwrap();
        for polls in 1.. {
            assert!(polls < MANY);
            let ended = left_after(polls, leaving, || flow.cancel(), flow.revoke(revocation.clone())).await;
            if ended {
                assert_eq!(flow.state(), RecoverStage::Revoked);
                break;
            }
            let RecoverStage::Stopped { fault: Fault::Cancelled { .. } } = flow.state() else {
                panic!("{:?}", flow.state());
            };
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            // Until what the wallet knows of the status is old, and it asks.
            pass(&world, 24 * 3600);
            let [credential] = phone.kodanik.credentials().await.unwrap().try_into().unwrap();
            if credential.status == kodanik_ffi::CredentialStatus::Revoked {
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s29_what_is_left_of_a_wiped_wallet_is_removed_however_often_it_is_left() {
    let world = world().await;
    for leaving in [Leaving::Cancel, Leaving::Drop] {
        let phone = TestPhone::start(&world).await;
        phone.kodanik.lock();
        for _ in 0..10 {
            assert!(phone.kodanik.unlock(pin("284918")).await.is_err());
            pass(&world, 3600);
        }
        for polls in 1.. {
            assert!(polls < MANY);
            let removing = phone.kodanik.remove_wiped();
            if left_after(polls, leaving, || phone.kodanik.lock(), removing).await {
                break;
            }
            if phone.kodanik.phase() == Phase::NoWallet {
                break;
            }
            assert_eq!(phone.kodanik.phase(), Phase::Locked);
            assert_eq!(told(phone.kodanik.unlock(pin(PIN)).await), "locked for good (pin.wiped)");
        }
        assert_eq!(phone.kodanik.phase(), Phase::NoWallet);
        phone.kodanik.create(pin(PIN)).await.unwrap();
    }
}
