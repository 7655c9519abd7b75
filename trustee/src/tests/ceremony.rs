//! Key ceremonies over HTTP.

use std::time::Duration;

use kodanik_ballot::manifest::{Manifest, TrusteeMember};
use kodanik_ballot::testing::{fixed_key, sealing_key, signing_key};
use kodanik_ballot::trustee::ceremony::Reveal;
use kodanik_ballot::trustee::secret::Committed;
use kodanik_contract::ceremony::Round;
use kodanik_contract::entry::Entry;
use kodanik_contract::signed::Signed;
use kodanik_contract::testing::{LOG, TestLog};
use rand_core::OsRng;

use super::gateway_double::GatewayDouble;
use super::{Restarting, SLUG, assert_refused, draft, passphrase};
use crate::board::{Board, BoardError};
use crate::keygen::{Keygen, KeygenWait};
use crate::progress::Progress;
use crate::{Trustee, TrusteeError};

/// Trustees with folders, an announced election, and where it is announced.
pub(super) struct Announced {
    pub(super) gateway: GatewayDouble,
    pub(super) trustees: Vec<Restarting>,
    pub(super) manifest: Manifest,
}

impl Announced {
    /// Three, of whom two are enough.
    pub(super) async fn start() -> Self {
        Self::start_with(&["A", "B", "C"]).await
    }

    /// More than half are enough.
    pub(super) async fn start_with(names: &[&str]) -> Self {
        let trustees: Vec<Restarting> = names.iter().copied().map(Restarting::init).collect();
        let cards = trustees.iter().map(|trustee| trustee.open().card()).collect();
        let (gateway, manifest) = announce(cards).await;
        Self { gateway, trustees, manifest }
    }

    pub(super) async fn keygen(&self, trustee: usize) -> Result<Keygen, TrusteeError> {
        keygen(&self.trustees[trustee].open(), &mut self.gateway.board()).await
    }

    /// Runs all trustees in turn until all are done.
    pub(super) async fn make_key(&self) {
        let trustees: Vec<Trustee> = self.trustees.iter().map(Restarting::open).collect();
        let mut board = self.gateway.board();
        for _ in 0..5 {
            for trustee in &trustees {
                keygen(trustee, &mut board).await.unwrap();
            }
        }
        for trustee in &trustees {
            let outcome = keygen(trustee, &mut board).await;
            assert!(matches!(outcome, Ok(Keygen::Done { .. })));
        }
    }

    pub(super) fn file(&self, trustee: usize, name: &str) -> std::path::PathBuf {
        self.trustees[trustee].file(&self.manifest.hash().to_string(), name)
    }
}

/// Agrees where it is asked, as if the digits had been compared.
pub(super) async fn keygen(trustee: &Trustee, board: &mut Board) -> Result<Keygen, TrusteeError> {
    match trustee.keygen(board, SLUG).await? {
        Keygen::ToAgree { manifest } => {
            trustee.agree(board, SLUG, &manifest)?;
            trustee.keygen(board, SLUG).await
        }
        outcome => Ok(outcome),
    }
}

pub(super) async fn announce(cards: Vec<TrusteeMember>) -> (GatewayDouble, Manifest) {
    let manifest = Manifest::new(draft(cards)).unwrap();
    let mut log = TestLog::begin();
    log.append(&Entry::ElectionManifest(log.sign(manifest.clone())));
    (GatewayDouble::start(log).await, manifest)
}

pub(super) fn waits_for(outcome: Result<Keygen, TrusteeError>, round: Round, missing: &[u16]) {
    let expected = KeygenWait::Others { round, missing: missing.to_vec() };
    assert_eq!(outcome.unwrap(), Keygen::Waiting(expected));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_trustees_make_a_key_and_survive_a_restart_before_every_step() {
    let announced = Announced::start().await;
    waits_for(announced.keygen(0).await, Round::Commit, &[2, 3]);
    waits_for(announced.keygen(0).await, Round::Commit, &[2, 3]);
    waits_for(announced.keygen(1).await, Round::Commit, &[3]);
    waits_for(announced.keygen(2).await, Round::Reveal, &[1, 2]);
    waits_for(announced.keygen(0).await, Round::Reveal, &[2]);
    waits_for(announced.keygen(1).await, Round::Shares, &[1, 3]);
    assert!(!announced.file(1, "committed").exists(), "the polynomial is gone once it is dealt");
    waits_for(announced.keygen(0).await, Round::Shares, &[3]);
    waits_for(announced.keygen(2).await, Round::Confirm, &[1, 2]);
    assert!(!announced.file(2, "dealt").exists(), "so is what it became, once there is a share of the key");
    waits_for(announced.keygen(0).await, Round::Confirm, &[2]);
    let election = announced
        .gateway
        .with(|served| served.log.state.election_by_slug(SLUG).unwrap().election().unwrap().id);
    assert_eq!(announced.keygen(1).await.unwrap(), Keygen::Done { election });
    assert_eq!(announced.keygen(0).await.unwrap(), Keygen::Done { election });
}

#[tokio::test(flavor = "multi_thread")]
async fn trustees_that_poll_at_the_same_time() {
    let announced = Announced::start().await;
    let run = |trustee: usize| {
        let (trustee, gateway) = (announced.trustees[trustee].open(), announced.gateway.clone());
        tokio::spawn(async move {
            let (every, mut board) = (Duration::from_millis(20), gateway.board());
            keygen(&trustee, &mut board).await?;
            trustee.keygen_until_done(&mut board, SLUG, every, |_| {}).await
        })
    };
    for handle in [run(0), run(1), run(2)] {
        assert!(matches!(handle.await.unwrap(), Ok(Keygen::Done { .. })));
    }
}

/// A gateway that goes down while others are awaited is waited for; one that never answered is an error at once.
#[tokio::test(flavor = "multi_thread")]
async fn s20_an_outage_is_outlasted_and_a_wrong_address_is_not() {
    let announced = Announced::start().await;
    let (trustee, mut board) = (announced.trustees[0].open(), announced.gateway.board());
    let every = Duration::from_millis(10);
    announced.gateway.with(|served| served.down = true);
    let outcome = trustee.keygen_until_done(&mut board, SLUG, every, |_| {}).await;
    assert_refused!(outcome, TrusteeError::Board(BoardError::Answer { status: 502, .. }));
    announced.gateway.with(|served| served.down = false);
    keygen(&trustee, &mut board).await.unwrap();
    // Down again before this call has heard anything: the board has.
    announced.gateway.with(|served| served.down = true);
    let gateway = announced.gateway.clone();
    let mut outages = 0;
    let work = trustee.keygen_until_done(&mut board, SLUG, every, |progress| {
        if matches!(progress, Progress::Unreachable) {
            outages += 1;
            gateway.with(|served| served.down = outages < 3);
        }
    });
    let others = async {
        while announced.gateway.with(|served| served.down) {
            tokio::time::sleep(every).await;
        }
        for _ in 0..200 {
            for other in [1, 2] {
                announced.keygen(other).await.unwrap();
            }
            tokio::time::sleep(every).await;
        }
    };
    tokio::select! {
        outcome = work => assert!(matches!(outcome, Ok(Keygen::Done { .. })), "{outcome:?}"),
        () = others => panic!("the ceremony does not end"),
    }
    assert_eq!(outages, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_election_that_is_not_announced_or_not_ones_own() {
    let announced = Announced::start().await;
    let outcome = announced.trustees[0].open().keygen(&mut announced.gateway.board(), "elsewhere").await;
    assert_eq!(outcome.unwrap(), Keygen::Waiting(KeygenWait::Announcement));
    let stranger = Restarting::init("D").open();
    let outcome = stranger.keygen(&mut announced.gateway.board(), SLUG).await;
    assert_refused!(outcome, TrusteeError::NotATrustee);
}

/// A folder restored from an old copy must not commit to one polynomial and deal another.
#[tokio::test(flavor = "multi_thread")]
async fn a_folder_that_forgot_what_it_said() {
    let announced = Announced::start().await;
    for trustee in 0..3 {
        announced.keygen(trustee).await.unwrap();
    }
    std::fs::remove_file(announced.file(0, "committed")).unwrap();
    assert_refused!(announced.keygen(0).await, TrusteeError::StateLost);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_folder_without_the_share_it_confirmed() {
    let announced = Announced::start().await;
    announced.make_key().await;
    std::fs::remove_file(announced.file(0, "key-share")).unwrap();
    assert_refused!(announced.keygen(0).await, TrusteeError::StateLost);
}

/// Trustee 3 is corrupt and sends trustee 1 a share that is none: 1 complains, and everybody learns who it was.
#[tokio::test(flavor = "multi_thread")]
async fn a_wrong_share_ends_the_ceremony_and_names_its_sender() {
    let honest: Vec<Restarting> = ["A", "B"].into_iter().map(Restarting::init).collect();
    let corrupt = TrusteeMember {
        name: "C".to_owned(),
        sealing_key: sealing_key(3).verifying_key(),
        signing_key: signing_key(3).verifying_key(),
    };
    let cards = honest.iter().map(|trustee| trustee.open().card()).chain([corrupt]).collect();
    let (gateway, manifest) = announce(cards).await;
    let submit = |entry: Entry| {
        gateway.with(|served| served.log.append(&entry));
    };
    let run = async |trustee: usize| keygen(&honest[trustee].open(), &mut gateway.board()).await.unwrap();

    let committed = Committed::make(&manifest, 3, &mut OsRng).unwrap();
    submit(Entry::TrusteeCommit(Signed::sign(committed.commit(&manifest), LOG, &signing_key(3)).unwrap()));
    run(0).await;
    run(1).await;
    submit(Entry::TrusteeReveal(Signed::sign(committed.reveal(&manifest), LOG, &signing_key(3)).unwrap()));
    run(0).await;
    let reveals: Vec<Reveal> = gateway.with(|served| {
        let record = served.log.state.election_by_slug(SLUG).unwrap();
        record.ceremony().reveals().values().cloned().collect()
    });
    let (_, mut shares) = committed.deal(&manifest, &reveals, &mut OsRng).unwrap();
    shares.shares[0].sealed.0[30] ^= 1;
    submit(Entry::TrusteeShares(Signed::sign(shares, LOG, &signing_key(3)).unwrap()));
    run(1).await;
    assert_eq!(run(0).await, Keygen::Failed { culprit: 3 });
    assert_eq!(run(1).await, Keygen::Failed { culprit: 3 });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_card_is_what_the_manifest_needs_and_stays_the_same() {
    let home = Restarting::init("A");
    let card = home.open().card();
    assert_eq!(card, home.open().card());
    assert_ne!(card.signing_key, card.sealing_key);
    assert_ne!(card.signing_key, fixed_key(1).verifying_key());
    drop(Trustee::open(home.0.path(), &passphrase()).unwrap());
}
