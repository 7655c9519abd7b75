//! A trustee dies at every step that it takes, on the disk and on the wire, and takes up its work where it was.
//!
//! The disk on which it dies is `FaultyDisk`, the gateway that falls silent is `GatewayDouble`: test doubles both. What is
//! dropped is the real trustee, at the await or the write where it is.

use std::path::{Path, PathBuf};

use kodanik_ballot::manifest::{Kind, Manifest};
use kodanik_contract::entry::Entry;
use kodanik_contract::testing::{OPENS, TestLog};
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixMinute;
use tempfile::TempDir;

use super::folder::copy;
use super::gateway_double::{GatewayDouble, Moment};
use super::tallying::{cast, close, count, open, publish};
use super::{Restarting, draft, passphrase};
use crate::board::Board;
use crate::decrypt::Decrypt;
use crate::disk::Disk;
use crate::home::Home;
use crate::keygen::Keygen;
use crate::{Trustee, TrusteeError};

/// Where the process ends.
#[derive(Clone, Copy, Debug)]
enum Death {
    /// After this many steps on the disk.
    OnDisk(i64),
    /// At this request, counted from 0, before or after the gateway acted on it.
    OnTheWire(u32, Moment),
}

/// What is lived through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    Ceremony,
    Tally,
}

/// One trustee that dies, one that does not, both of whom are needed, and a log.
struct Life {
    gateway: GatewayDouble,
    mortal: Option<Trustee>,
    other: Trustee,
    /// What the other sees of the log.
    board: Board,
    manifest: Option<Manifest>,
    folders: Vec<Restarting>,
}

/// The trustees' folders and the log once the ballots are in.
struct Closed {
    folders: Vec<TempDir>,
    log: TestLog,
}

fn twin(log: &TestLog) -> TestLog {
    TestLog {
        state: log.state.clone(),
        leaves: log.leaves.clone(),
        tree: log.tree.clone(),
        minute: log.minute,
        authority: SigningKey::from_bytes(&log.authority.to_bytes()).unwrap(),
    }
}

fn remove(folder: &Path) {
    if folder.exists() {
        std::fs::remove_dir_all(folder).unwrap();
    }
}

/// As far as it gets; whether that is the end.
async fn work(trustee: &Trustee, board: &mut Board, slug: &str, part: Part) -> Result<bool, TrusteeError> {
    if part == Part::Tally {
        return Ok(trustee.decrypt(board, slug).await? == Decrypt::Tallied);
    }
    if let Keygen::ToAgree { manifest } = trustee.keygen(board, slug).await? {
        trustee.agree(board, slug, &manifest)?;
    }
    Ok(matches!(trustee.keygen(board, slug).await?, Keygen::Done { .. }))
}

impl Life {
    async fn begin() -> Self {
        let folders: Vec<_> = ["A", "B"].into_iter().map(Restarting::init).collect();
        let (mortal, other) = (Some(folders[0].open()), folders[1].open());
        let gateway = GatewayDouble::start(TestLog::begin()).await;
        Self { board: gateway.board(), gateway, mortal, other, manifest: None, folders }
    }

    /// Another log, so that replays stay short, with an election of the same trustees.
    async fn announce(&mut self, number: i64) {
        let trustees = self.mortal.iter().chain([&self.other]);
        let mut draft = draft(trustees.map(Trustee::card).collect());
        draft.election = format!("election-{number}");
        (draft.kind, draft.opens, draft.closes) = (Kind::Trial, OPENS, UnixMinute(1_000_000));
        let manifest = Manifest::new(draft).unwrap();
        let mut log = TestLog::begin();
        log.append(&Entry::ElectionManifest(log.sign(manifest.clone())));
        self.manifest = Some(manifest);
        self.serve(log).await;
    }

    async fn serve(&mut self, log: TestLog) {
        self.gateway = GatewayDouble::start(log).await;
        self.board = self.gateway.board();
        for folder in &self.folders {
            // What they remember of the last log is no fork of this one.
            remove(&folder.0.path().join("heads"));
        }
    }

    /// Everything up to the count, to be taken up again and again.
    async fn closed(&mut self) -> Closed {
        self.announce(1_000).await;
        self.live_through(Part::Ceremony, Death::OnDisk(i64::MAX)).await;
        self.vote();
        let folders = self.folders.iter().map(|folder| {
            let kept = TempDir::new().unwrap();
            copy(&folder.0.path().join("elections"), kept.path());
            kept
        });
        Closed { folders: folders.collect(), log: self.gateway.with(|served| twin(&served.log)) }
    }

    async fn back_to(&mut self, closed: &Closed) {
        for (folder, kept) in self.folders.iter().zip(&closed.folders) {
            let elections = folder.0.path().join("elections");
            remove(&elections);
            copy(kept.path(), &elections);
        }
        self.serve(twin(&closed.log)).await;
    }

    fn slug(&self) -> String {
        self.manifest.as_ref().unwrap().election.clone()
    }

    /// The files that the mortal keeps of this election.
    fn files(&self) -> Vec<String> {
        let hash = self.manifest.as_ref().unwrap().hash().to_string();
        let folder: PathBuf = self.folders[0].0.path().join("elections").join(hash);
        let names = std::fs::read_dir(folder).unwrap();
        let mut names: Vec<_> =
            names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort_unstable();
        names
    }

    /// A new process finds the folder as the last one left it.
    fn restart(&mut self, disk: Disk) {
        let Trustee { home, identity } = self.mortal.take().unwrap();
        self.mortal = Some(Trustee { home: home.reopened(disk), identity });
    }

    /// One process of the mortal, with a board of its own. `None`: it died.
    async fn run(&self, part: Part) -> Option<bool> {
        let (mut board, slug) = (self.gateway.board(), self.slug());
        let ended = tokio::select! {
            ended = work(self.mortal.as_ref().unwrap(), &mut board, &slug, part) => ended,
            () = self.gateway.until_silent() => return None,
        };
        match ended {
            Ok(ended) => Some(ended),
            Err(TrusteeError::File { .. }) => None,
            Err(error) => panic!("{error:?}"),
        }
    }

    async fn run_other(&mut self, part: Part) -> bool {
        let slug = self.slug();
        work(&self.other, &mut self.board, &slug, part).await.unwrap()
    }

    /// Both in turn, to the end of this part; the mortal meets its death on the way, once. Whether it did.
    async fn live_through(&mut self, part: Part, death: Death) -> bool {
        let (mut died, mut silent) = (false, None);
        self.restart(match death {
            Death::OnDisk(steps) => Disk::dying_after(steps),
            Death::OnTheWire(..) => Disk::default(),
        });
        if let Death::OnTheWire(request, moment) = death {
            silent = Some((request, moment));
        }
        for _ in 0..10 {
            self.gateway.with(|served| served.silent = silent);
            let ended = self.run(part).await;
            silent = self.gateway.with(|served| served.silent.take());
            if ended.is_none() {
                assert!(!died, "it dies once");
                died = true;
                self.restart(Disk::default());
                continue;
            }
            if self.run_other(part).await && ended == Some(true) {
                return died;
            }
            self.publish_if_ready();
        }
        panic!("{part:?} does not end after {death:?}");
    }

    fn publish_if_ready(&self) {
        self.gateway.with(|served| {
            let record = served.log.state.election_by_slug(&self.slug()).unwrap();
            let counting = record.counting().filter(|counting| counting.result().is_none());
            if counting.is_some_and(|counting| counting.tally().is_ok()) {
                let contests = publish(&mut served.log, &self.slug());
                assert_eq!(contests[0].options.as_deref(), Some(&[2, 0, 0, 0, 0][..]));
            }
        });
    }

    /// All that lies between the ceremony and the count.
    fn vote(&self) {
        self.gateway.with(|served| {
            let (log, slug) = (&mut served.log, &self.slug());
            open(log, slug);
            cast(log, slug, 1, &[&[0], &[1, 2]]);
            cast(log, slug, 2, &[&[0], &[]]);
            close(log, slug);
            (0..2).for_each(|issuer| count(log, slug, issuer, 2));
        });
    }
}

/// Dies at the first step, then at the second, and so on, each time from the start, until it survives. Gives the number
/// of deaths.
async fn die_at_every_step(part: Part, death: impl Fn(i64) -> Death) -> i64 {
    let mut life = Life::begin().await;
    let closed = life.closed().await;
    for step in 0.. {
        match part {
            Part::Ceremony => life.announce(step).await,
            Part::Tally => life.back_to(&closed).await,
        }
        let died = life.live_through(part, death(step)).await;
        let kept = if part == Part::Ceremony { "key-share" } else { "statement" };
        assert_eq!(life.files(), [kept], "after {:?}", death(step));
        if !died {
            println!("{part:?}: {step} deaths, the last by {:?}", death(step - 1));
            return step;
        }
    }
    unreachable!("it survives at last")
}

#[tokio::test(flavor = "multi_thread")]
async fn s21_a_ceremony_survives_a_death_at_every_step_on_the_disk() {
    let deaths = die_at_every_step(Part::Ceremony, Death::OnDisk).await;
    assert!(deaths > 40, "{deaths} steps on the disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn s21_a_tally_survives_a_death_at_every_step_on_the_disk() {
    let deaths = die_at_every_step(Part::Tally, Death::OnDisk).await;
    assert!(deaths > 20, "{deaths} steps on the disk");
}

#[tokio::test(flavor = "multi_thread")]
async fn s21_a_ceremony_survives_a_death_at_every_request() {
    for moment in [Moment::BeforeItsEffect, Moment::AfterItsEffect] {
        let deaths = die_at_every_step(Part::Ceremony, |step| Death::OnTheWire(step as u32, moment)).await;
        assert!(deaths > 15, "{deaths} requests");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn s21_a_tally_survives_a_death_at_every_request() {
    for moment in [Moment::BeforeItsEffect, Moment::AfterItsEffect] {
        let deaths = die_at_every_step(Part::Tally, |step| Death::OnTheWire(step as u32, moment)).await;
        assert!(deaths > 8, "{deaths} requests");
    }
}

/// Joining: after a death at any step the folder has a trustee, and only one, or none and takes one.
#[test]
fn s21_joining_survives_a_death_at_every_step_on_the_disk() {
    let passphrase = passphrase();
    for step in 0.. {
        let dir = TempDir::new().unwrap();
        let home = dir.path().join("trustee");
        let died = Home::init(&home, "A", &passphrase, Disk::dying_after(step)).is_err();
        let trustee = match Trustee::exists(&home) {
            true => Trustee::open(&home, &passphrase).unwrap(),
            false => Trustee::init(&home, "A", &passphrase).unwrap(),
        };
        let card = trustee.card();
        drop(trustee);
        assert_eq!(Trustee::open(&home, &passphrase).unwrap().card(), card);
        if !died {
            assert!(step > 5, "{step} steps on the disk");
            return;
        }
    }
}
