//! The citizen leaves in the middle. A verb is polled a few times and then left, for every number of polls until it comes
//! to its end: once by `cancel()` (as Swift does), once by dropping it (as Kotlin does).

use std::future::poll_fn;
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use kodanik_ffi::{
    BallotFlow, BallotStage, EnrolStage, Fault, HistoryKind, OwnBallotFate, Phase, PresentStage, VerifyStage,
};
use kodanik_gateway::roles::relying_party::Verdict;

use super::phone::{PIN, TestPhone, pin as entry};
use super::{MARI, choices, told, world};

/// More polls than any verb takes.
pub(super) const MANY: usize = 2000;

/// How a verb is left.
#[derive(Clone, Copy)]
pub(super) enum Leaving {
    Cancel,
    Drop,
}

/// Polls a verb `polls` times, then leaves. `true` where it came to its end before.
pub(super) async fn left_after(
    polls: usize,
    leaving: Leaving,
    cancel: impl Fn(),
    verb: impl Future<Output = Result<(), Fault>>,
) -> bool {
    let mut verb = pin!(verb);
    let mut left = polls;
    let ended = poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(None);
        }
        left -= 1;
        verb.as_mut().poll(context).map(Some)
    })
    .await;
    match (ended, leaving) {
        (Some(result), _) => {
            result.unwrap();
            true
        }
        (None, Leaving::Cancel) => {
            cancel();
            assert_eq!(told(verb.await), "cancelled (flow.cancelled)");
            false
        }
        (None, Leaving::Drop) => false,
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s29_enrolling_is_left_at_every_await_point() {
    let world = world().await;
    let phone = TestPhone::start(&world).await;
    let person = world.person(MARI, true);
    for leaving in [Leaving::Cancel, Leaving::Drop] {
        let before = phone.kodanik.credentials().await.unwrap().len();
        for polls in 1.. {
            assert!(polls < MANY);
            let offer = phone.offer(person);
            let flow = phone.kodanik.enrol(offer.offer_uri.expose().to_owned()).unwrap();
            if !left_after(polls, leaving, || flow.cancel(), flow.load()).await {
                assert!(matches!(flow.state(), EnrolStage::Stopped { fault: Fault::Cancelled { .. } }));
                flow.load().await.unwrap();
            }
            let code = Some(offer.tx_code.expose().to_owned());
            if left_after(polls, leaving, || flow.cancel(), flow.accept(code)).await {
                break;
            }
            assert!(matches!(flow.state(), EnrolStage::Stopped { fault: Fault::Cancelled { .. } }));
            let kept = phone.kodanik.credentials().await.unwrap().len();
            assert_eq!(kept, before, "nothing is kept that was not complete");
        }
        assert_eq!(phone.kodanik.credentials().await.unwrap().len(), before + 1);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s29_presenting_is_left_at_every_await_point() {
    let world = world().await;
    let phone = TestPhone::enrolled(&world, MARI).await;
    let library = &world.gateway.roles.relying_party;
    for leaving in [Leaving::Cancel, Leaving::Drop] {
        for polls in 1.. {
            assert!(polls < MANY);
            let asked = library.create_request(&["given_name".to_owned()]).unwrap();
            let before = phone.kodanik.history(0, 200).unwrap().last().map_or(0, |line| line.position);
            let flow = phone.kodanik.present(asked.link).unwrap();
            flow.load().await.unwrap();
            let ended = left_after(polls, leaving, || flow.cancel(), flow.consent(None)).await;
            // What was sent may still be on its way.
            tokio::time::sleep(Duration::from_millis(20)).await;
            let was_shared = library.result(&asked.id).unwrap().verdict != Verdict::Pending;
            let lines = phone.kodanik.history(before, 200).unwrap();
            let kinds: Vec<_> = lines.iter().map(|line| line.kind).collect();
            if ended {
                assert_eq!((kinds.as_slice(), was_shared), ([HistoryKind::Presented].as_slice(), true));
                break;
            }
            let PresentStage::Stopped { maybe_shared: true, .. } = flow.state() else {
                panic!("{:?}", flow.state());
            };
            assert!(
                !was_shared || kinds == [HistoryKind::MaybePresented],
                "history knows what may have left"
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s29_voting_is_left_at_every_await_point() {
    let world = world().await;
    let phone = TestPhone::enrolled(&world, MARI).await;
    let ballot = phone.kodanik.ballot("mayor".to_owned()).unwrap();
    for (round, leaving) in [Leaving::Cancel, Leaving::Drop].into_iter().enumerate() {
        leave_the_desk(&ballot, leaving, round == 0).await;
        let friend = TestPhone::start(&world).await;
        let code = leave_the_booth(&phone, &ballot, leaving).await;
        leave_the_check(&friend, code, leaving).await;
        ballot.cancel();
        let BallotStage::Cast { check_code: None, .. } = ballot.state() else {
            panic!("{:?}", ballot.state());
        };
        ballot.vote_again().unwrap();
        ballot.cancel();
    }
    // Every ballot that was stored is on the board once, in its place, and nothing else is.
    let ballots = phone.kodanik.ballots().unwrap();
    assert!(ballots.iter().all(|own| matches!(own.fate, OwnBallotFate::OnBoard { .. })));
    let seqs: Vec<_> = ballots.iter().map(|own| own.seq).collect();
    assert_eq!(seqs, (1..=u32::try_from(ballots.len()).unwrap()).collect::<Vec<_>>());
    assert_eq!(world.issued("north"), 1);
}

/// Loading and, the first time, getting the credential.
async fn leave_the_desk(ballot: &Arc<BallotFlow>, leaving: Leaving, is_first: bool) {
    for polls in 1.. {
        assert!(polls < MANY);
        if left_after(polls, leaving, || ballot.cancel(), ballot.load()).await {
            break;
        }
        assert!(matches!(ballot.state(), BallotStage::Stopped { maybe_cast: false, .. }));
    }
    for polls in (1..MANY).take_while(|_| is_first) {
        if left_after(polls, leaving, || ballot.cancel(), ballot.obtain_credential(None, Vec::new())).await {
            break;
        }
        ballot.load().await.unwrap();
        if matches!(ballot.state(), BallotStage::Choosing { .. }) {
            break;
        }
    }
}

/// Making the ballot and casting it; gives the checking code of the one that came through.
async fn leave_the_booth(phone: &TestPhone, ballot: &Arc<BallotFlow>, leaving: Leaving) -> String {
    for polls in 1.. {
        assert!(polls < MANY);
        ballot.choose(choices("a")).unwrap();
        if left_after(polls, leaving, || ballot.cancel(), ballot.seal()).await {
            break;
        }
        assert!(matches!(ballot.state(), BallotStage::Stopped { maybe_cast: false, .. }));
        ballot.load().await.unwrap();
    }
    for polls in 1.. {
        assert!(polls < MANY);
        if left_after(polls, leaving, || ballot.cancel(), ballot.cast()).await {
            break;
        }
        assert!(matches!(ballot.state(), BallotStage::Stopped { maybe_cast: true, .. }));
        if polls % 2 == 0 {
            phone.kodanik.settle_ballots().await.unwrap();
        }
        ballot.load().await.unwrap();
        ballot.choose(choices("b")).unwrap();
        ballot.seal().await.unwrap();
    }
    let BallotStage::Cast { check_code: Some(code), .. } = ballot.state() else {
        panic!("{:?}", ballot.state());
    };
    code
}

async fn leave_the_check(friend: &TestPhone, code: String, leaving: Leaving) {
    let flow = friend.kodanik.verify_ballot(code).unwrap();
    for polls in 1.. {
        assert!(polls < MANY);
        if left_after(polls, leaving, || flow.cancel(), flow.load()).await {
            break;
        }
        assert!(matches!(flow.state(), VerifyStage::Stopped { .. }));
    }
    assert!(matches!(flow.state(), VerifyStage::Found { .. }));
}

#[tokio::test(flavor = "multi_thread")]
async fn s29_locking_ends_whatever_runs_and_the_pin_opens_again() {
    let world = world().await;
    let phone = TestPhone::enrolled(&world, MARI).await;
    for polls in (1..MANY).step_by(3) {
        let flow = phone.kodanik.ballot("mayor".to_owned()).unwrap();
        let kodanik = phone.kodanik.clone();
        if left_after(polls, Leaving::Cancel, || kodanik.lock(), flow.load()).await {
            break;
        }
        assert_eq!(phone.kodanik.phase(), Phase::Locked);
        assert_eq!(told(flow.load().await), "not possible now (flow.locked)");
        phone.kodanik.unlock(entry(PIN)).await.unwrap();
    }
    // While something still holds the wallet, unlocking waits for it instead of failing.
    let flow = phone.kodanik.ballot("mayor".to_owned()).unwrap();
    let mut running = Box::pin(flow.load());
    while poll_fn(|context| Poll::Ready(running.as_mut().poll(context).is_ready())).await {
        // Answered before it was looked at twice, which a busy machine makes possible.
        flow.cancel();
        running = Box::pin(flow.load());
    }
    phone.kodanik.lock();
    let mut unlocking = Box::pin(phone.kodanik.unlock(entry(PIN)));
    assert!(poll_fn(|context| Poll::Ready(unlocking.as_mut().poll(context).is_pending())).await);
    assert_eq!(told(running.await), "cancelled (flow.cancelled)");
    unlocking.await.unwrap();
    assert_eq!(phone.kodanik.credentials().await.unwrap().len(), 1);
}
