//! The gateway is killed while many cast: what has a receipt is on the board afterwards, and what has none is settled.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use kodanik_gateway::clock::Clock;
use kodanik_gateway::office::Office;
use kodanik_gateway::roles::eid_issuer::Person;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::receipt::UnverifiedReceipt;
use kodanik_wallet::platform::SoftwarePlatform;
use kodanik_wallet::vote::{BallotState, Choice, OwnBallot};
use kodanik_wallet::{InitOptions, PinEntry, Wallet, WalletError};
use tokio::task::JoinSet;

use crate::terminal::{PIN, Serving};
use crate::world::{ELECTION, POLICY, World};

const VOTERS: usize = 12;
/// After how many receipts the gateway is killed, round by round.
const ROUNDS: [usize; 3] = [1, 5, 11];

#[tokio::test(flavor = "multi_thread")]
async fn s12_a_killed_gateway_has_lost_no_acknowledged_ballot() {
    let mut world = open_world().await;
    let phones = phones(&world, VOTERS).await;
    let mut interrupted = 0;
    for receipts in ROUNDS {
        let casting = cast_until(&phones, receipts).await;
        world.serving.kill_nine();
        interrupted += count_interrupted(casting).await;
        world.serving = Serving::start(&world.terminal);
        for phone in &phones {
            phone.settle(None).await.unwrap();
            nothing_is_lost(&world, phone).await;
        }
    }
    assert!(interrupted > 0, "the kills came too late to interrupt anything");
    let again = phones[0].cast(ELECTION, &choices(2)).await.unwrap();
    let report = world.audit(&world.anonymous, 0);
    assert_eq!(report["elections"][0]["counted"], VOTERS);
    assert_eq!(report["size"], again.log_size);
}

/// Stopped in good order, the gateway ends with 0 although many wait for an answer, and loses nothing either.
#[tokio::test(flavor = "multi_thread")]
async fn s12_a_gateway_that_is_stopped_while_many_cast_finishes_and_ends_with_0() {
    let mut world = open_world().await;
    let phones = phones(&world, VOTERS).await;
    let casting = cast_until(&phones, 3).await;
    let (status, log) = world.serving.signal("TERM");
    assert_eq!(status.code(), Some(0), "{log}");
    count_interrupted(casting).await;
    world.serving = Serving::start(&world.terminal);
    for phone in &phones {
        phone.settle(None).await.unwrap();
        nothing_is_lost(&world, phone).await;
    }
}

/// The tests above would see it if a ballot were lost: an operator who puts an old copy of the log back is caught.
#[tokio::test(flavor = "multi_thread")]
async fn s12_a_log_that_was_put_back_to_an_older_state_is_caught_by_the_wallet() {
    let mut world = open_world().await;
    let phones = phones(&world, 1).await;
    let phone = &phones[0];
    phone.cast(ELECTION, &choices(1)).await.unwrap();
    let ledger = world.terminal.path("gateway-data/ledger");
    world.serving.signal("TERM");
    copy_files(&ledger, &world.terminal.path("old"));
    world.serving = Serving::start(&world.terminal);
    phone.cast(ELECTION, &choices(2)).await.unwrap();
    world.serving.kill_nine();
    std::fs::remove_dir_all(&ledger).unwrap();
    copy_files(&world.terminal.path("old"), &ledger);
    world.serving = Serving::start(&world.terminal);
    let known = phone.election(ELECTION).await;
    let code = match known {
        Ok(known) => phone.board(&known).await.unwrap_err().code(),
        Err(error) => error.code(),
    };
    assert!(code.starts_with("misbehaved."), "{code}");
    assert!(phone.log_head().await.unwrap_err().code().starts_with("misbehaved."));
}

fn copy_files(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for item in std::fs::read_dir(from).unwrap() {
        let item = item.unwrap();
        std::fs::copy(item.path(), to.join(item.file_name())).unwrap();
    }
}

async fn open_world() -> World {
    let make = || {
        let world = World::start();
        world.open_election();
        world
    };
    tokio::task::spawn_blocking(make).await.unwrap()
}

type Casting = JoinSet<Result<(), WalletError>>;

/// Everybody casts, and casts again, and goes on after this returns: when `receipts` of them were given.
async fn cast_until(phones: &[Arc<Wallet>], receipts: usize) -> Casting {
    let (told, mut heard) = tokio::sync::mpsc::unbounded_channel();
    let mut casting = JoinSet::new();
    for (number, phone) in phones.iter().cloned().enumerate() {
        let told = told.clone();
        casting.spawn(async move {
            for turn in 0..2 {
                phone.cast(ELECTION, &choices(number + turn)).await?;
                // Nobody counts any more once enough receipts were given.
                let _ = told.send(());
            }
            Ok::<_, WalletError>(())
        });
    }
    for _ in 0..receipts {
        heard.recv().await.unwrap();
    }
    casting
}

/// How many were interrupted; nothing else may have gone wrong.
async fn count_interrupted(casting: Casting) -> usize {
    let errors = casting.join_all().await.into_iter().filter_map(Result::err);
    errors.inspect(|error| assert!(error.code().starts_with("offline."), "{error:?}")).count()
}

/// Every ballot has an end, every receipt verifies, and the board lists all of them under a head that extends what
/// this wallet saw before.
async fn nothing_is_lost(world: &World, phone: &Wallet) {
    let ballots = phone.ballots().unwrap();
    let on_board: Vec<&OwnBallot> =
        ballots.iter().filter(|own| matches!(own.state, BallotState::OnBoard { .. })).collect();
    assert!(ballots.iter().all(|own| own.state != BallotState::Unanswered));
    let policy = Policy::parse(&std::fs::read_to_string(world.terminal.path(POLICY)).unwrap()).unwrap();
    for own in &on_board {
        let receipt = phone.receipt(&own.tracker).unwrap().unwrap();
        UnverifiedReceipt::parse(receipt.as_bytes()).unwrap().verify(&own.entry.0, &policy).unwrap();
    }
    phone.log_head().await.unwrap();
    let board = phone.board(&phone.election(ELECTION).await.unwrap()).await.unwrap();
    assert_eq!(board.ballots.len(), on_board.len());
    assert!(on_board.iter().all(|own| board.ballots.iter().any(|listed| listed.tracker == own.tracker)));
    assert!(board.not_by_this_wallet.is_empty());
}

/// Phones with an e-ID and a voting credential.
async fn phones(world: &World, count: usize) -> Vec<Arc<Wallet>> {
    let office = Office::open(&world.terminal.path("gateway-data"), Clock::system()).unwrap();
    let offers: Vec<_> = (0..count).map(|number| office.enrol(&person(number)).unwrap()).collect();
    office.prepare(ELECTION, "all").unwrap();
    let mut making = JoinSet::new();
    for (number, offer) in offers.into_iter().enumerate() {
        let home = world.terminal.path(&format!("phone-{number}"));
        let options = InitOptions {
            gateway: world.identified.parse().unwrap(),
            trust: Some(world.terminal.path("gateway-data/trust")),
            allow_loopback_http: true,
        };
        making.spawn(async move {
            let phone = new_phone(home, options).await;
            phone.add_credential(offer.offer_uri.expose(), Some(offer.tx_code)).await.unwrap();
            phone.obtain_credential(ELECTION, None).await.unwrap();
            Arc::new(phone)
        });
    }
    making.join_all().await
}

async fn new_phone(home: PathBuf, options: InitOptions) -> Wallet {
    let platform = SoftwarePlatform::platform(&home).unwrap();
    Wallet::init(&home, options, PinEntry::from_text(PIN).unwrap(), platform).await.unwrap()
}

fn person(number: usize) -> Person {
    Person {
        given_name: format!("Citizen {number}"),
        family_name: "Kim".to_owned(),
        birthdate: "1990-05-17".to_owned(),
        personal_administrative_number: format!("19900517-{number:07}"),
        roll_number: format!("R-{number:06}"),
        nationality: "KR".to_owned(),
        id_card_key: None,
    }
}

fn choices(number: usize) -> [Choice; 2] {
    let choice = |contest: &str, options: Vec<String>| Choice { contest: contest.to_owned(), options };
    [
        choice("mayor", vec![(number % 10 + 1).to_string()]),
        choice("projects", vec![(number % 5 + 1).to_string()]),
    ]
}
