//! The stage: a gateway, an authority, five trustees, an election, two public services.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::try_join_all;
use kodanik_ballot::ids::{ElectionId, ManifestHash};
use kodanik_ballot::manifest::Issuers;
use kodanik_ballot::trustee::card::Fingerprint;
use kodanik_contract::election::ElectionRecord;
use kodanik_crypto::secret::SecretBytes;
use kodanik_gateway::clock::Clock;
use kodanik_gateway::config::Config;
use kodanik_gateway::init::{TRUST_FOLDER, init};
use kodanik_gateway::office::Office;
use kodanik_gateway::roles::eid_issuer::Person;
use kodanik_gateway::server::Gateway;
use kodanik_ledger::policy::Policy;
use kodanik_trustee::Trustee;
use kodanik_trustee::board::Board;
use kodanik_trustee::decrypt::Decrypt;
use kodanik_trustee::keygen::Keygen;
use kodanik_wallet::platform::SoftwarePlatform;
use kodanik_wallet::{InitOptions, PinEntry, Wallet, WalletError};
use rand_core::OsRng;
use tempfile::TempDir;

use crate::authority::{Authority, AuthorityHome, Definition, STYLE};
use crate::board::read_policy;
use crate::failure::Failure;
use crate::ui::Ui;

/// The trustees, as the manifest names them.
const TRUSTEES: [&str; 5] =
    ["City council", "Court of audit", "Bar association", "University", "Press council"];
const THRESHOLD: u16 = 3;
/// How often a trustee looks at the log.
const PAUSE: Duration = Duration::from_millis(150);
/// The PIN of every simulated phone.
const PIN: &str = "271905";

/// Everything that is there before the citizen comes.
pub(super) struct Stage {
    pub(super) gateway: Gateway,
    pub(super) office: Office,
    authority: Authority,
    trustees: Vec<Trustee>,
    policy: Policy,
    // Last: the folder outlives what is in it.
    folder: TempDir,
}

impl Stage {
    /// Starts the gateway in a temporary folder.
    pub(super) async fn set(port: u16, ui: &Ui) -> Result<Self, Failure> {
        ui.chapter(
            1,
            "A gateway starts",
            "It keeps an append-only log in SQLite and plays every office here: e-ID, three eligibility issuers, public services, recovery. \
             In earnest these are different organisations.",
        );
        let folder = TempDir::with_prefix("kodanik-demo-")?;
        let passphrase = SecretBytes::new(b"a passphrase of the demo".to_vec());
        let authority = AuthorityHome::make(&folder.path().join("authority"), &passphrase)?;
        let config = match port {
            0 => Config::loopback(0, 0),
            port => Config::loopback(port, port.saturating_add(1)),
        };
        let dir = folder.path().join("gateway");
        let trust = init(&dir, &config, authority.key.verifying_key(), &Clock::system()).await?;
        let gateway = Gateway::start(&dir, Clock::system()).await?;
        let policy = read_policy(&trust.join("ledger.policy"))?;
        let urls = &gateway.context.urls;
        ui.checked("identified plane (e-ID, services, recovery)", &urls.identified);
        ui.checked("anonymous plane (ledger, ballots)", &urls.anonymous);
        ui.checked("the log's first entry names the election authority, for ever", "entry 0");
        let trustees = TRUSTEES.iter().zip(1..).map(|(name, number)| {
            Trustee::init(&folder.path().join(format!("trustee-{number}")), name, &passphrase)
        });
        Ok(Self {
            office: Office::of(&gateway.context)?,
            authority: Authority { key: authority.key },
            trustees: trustees.collect::<Result<_, _>>()?,
            policy,
            gateway,
            folder,
        })
    }

    /// The manifest, the key ceremony of five trustees, the opening.
    pub(super) async fn make_election_key(&mut self, ui: &Ui) -> Result<(), Failure> {
        ui.chapter(
            2,
            "Five trustees make a key that none of them holds",
            "Any three of them can later open the sum of all ballots; no two of them can open anything, and no ballot is ever opened alone.",
        );
        let definition = Definition::example();
        let name = definition.election.clone();
        let members = self.prepare(&name).await?;
        let issuers = Issuers { required: members.len() as u32, members };
        let board = self.board()?;
        let cards = self.trustees.iter().map(Trustee::card).collect();
        let log = board.origin().as_str();
        let manifest = definition.into_manifest(log, cards, THRESHOLD, issuers, Clock::system().minute())?;
        let hash = manifest.hash();
        let published = self.authority.publish(&board, manifest).await?;
        ui.checked(
            "manifest on the board: two contests, three issuers' keys, five trustees",
            entry(published.index),
        );
        self.agree(&name, &hash).await?;
        ui.checked(
            "each trustee found its own keys in it, and the digits that the authority reads out",
            format!("{:.17} …", Fingerprint::of_manifest(&hash).to_string()),
        );
        let election = self.run_ceremony(&name, ui).await?;
        let opened = self.authority.open(&mut self.board()?, &name).await?;
        ui.checked(
            "casting is open; the election's name is the hash of manifest and key",
            format!("{}, {}", entry(opened.index), short(&election)),
        );
        Ok(())
    }

    /// In earnest people do this, on the telephone.
    async fn agree(&self, name: &str, manifest: &ManifestHash) -> Result<(), Failure> {
        let mut board = self.board()?;
        board.sync(None).await?;
        self.trustees.iter().try_for_each(|trustee| Ok(trustee.agree(&board, name, manifest)?))
    }

    async fn run_ceremony(&self, name: &str, ui: &Ui) -> Result<ElectionId, Failure> {
        let bar = ui.bar("Key ceremony", TRUSTEES.len() as u64);
        let parts = self.trustees.iter().map(|trustee| async {
            let end = trustee.keygen_until_done(&mut self.board()?, name, PAUSE, |_| {}).await?;
            bar.inc(1);
            Ok::<_, Failure>(end)
        });
        let ends = try_join_all(parts).await?;
        bar.finish_and_clear();
        let done = ends.into_iter().map(|end| match end {
            Keygen::Done { election } => Ok(election),
            _ => Err(Failure::refused("ceremony", "The key ceremony failed.", "")),
        });
        let ids = done.collect::<Result<Vec<_>, _>>()?;
        let first =
            ids.first().copied().ok_or_else(|| Failure::refused("ceremony", "There are no trustees.", ""))?;
        if ids.iter().any(|id| *id != first) {
            return Err(Failure::refused("ceremony", "The trustees computed different keys.", ""));
        }
        self.show_ceremony(name, ui).await?;
        Ok(first)
    }

    /// Counts in the log, replayed anew, what the ceremony's ticks claim.
    async fn show_ceremony(&self, name: &str, ui: &Ui) -> Result<(), Failure> {
        let mut board = self.board()?;
        let ceremony = crate::board::election(&mut board, name).await?.ceremony();
        let (all, confirmed) = (self.trustees.len(), ceremony.confirms().len());
        let of_all = |count: usize| format!("{count} of {all}");
        ui.checked(
            "every package matches the hash that was announced before it",
            of_all(ceremony.reveals().len()),
        );
        // A trustee confirms only once the shares of all the others fit.
        let (fit, shares) = (confirmed * (all - 1), all * (all - 1));
        ui.checked("every secret share fits the public commitments", format!("{fit} of {shares}"));
        ui.checked("each trustee replayed the log, computed the same key, and signed it", of_all(confirmed));
        must_hold(confirmed == all, "A trustee has not confirmed the key.")
    }

    /// The issuers' keys for the election, and everybody in the register on the roll.
    pub(super) async fn prepare(&self, name: &str) -> Result<Vec<kodanik_ballot::manifest::Issuer>, Failure> {
        // RSA keys take a second each; meanwhile the gateway must go on serving.
        tokio::task::block_in_place(|| Ok(self.office.prepare(name, STYLE)?))
    }

    /// Closes with the issuers' counts, lets three trustees decrypt, publishes.
    pub(super) async fn close(&self, name: &str, ui: &Ui) -> Result<(), Failure> {
        let mut board = self.board()?;
        let election = crate::board::election(&mut board, name).await?.election().cloned();
        let election =
            election.ok_or_else(|| Failure::refused("not_now", "The election is not open.", ""))?;
        let counts = self.office.counts(&election)?;
        let closed = self.authority.close(&mut board, name, counts).await?;
        ui.checked(
            "closed: the authority replayed the log and signed the list of last ballots",
            entry(closed.index),
        );
        let bar = ui.bar("Trustees open the sums", u64::from(THRESHOLD));
        let present = self.trustees.iter().take(usize::from(THRESHOLD));
        let parts = present.map(|trustee| async {
            let end = trustee.decrypt_until_done(&mut self.board()?, name, PAUSE, |_| {}).await?;
            bar.inc(1);
            Ok::<_, Failure>(end)
        });
        let ends = try_join_all(parts).await?;
        bar.finish_and_clear();
        if ends.iter().any(|end| matches!(end, Decrypt::Waiting(_))) {
            return Err(Failure::refused("decrypt", "A trustee did not decrypt.", ""));
        }
        show_opening(crate::board::election(&mut board, name).await?, ui)?;
        let (_, published) = self.authority.publish_result(&mut board, name).await?;
        ui.checked("result on the board; the log accepts no other", entry(published.index));
        for trustee in self.trustees.iter().take(usize::from(THRESHOLD)) {
            let end = trustee.decrypt(&mut self.board()?, name).await?;
            must_hold(end == Decrypt::Tallied, "A trustee kept its share of the key.")?;
        }
        ui.checked("the trustees that opened the sums destroyed their shares of the key", "");
        Ok(())
    }

    /// A new phone without anything in it.
    pub(super) async fn new_phone(&self, name: &str) -> Result<Wallet, Failure> {
        let home = self.home(name);
        let options = InitOptions {
            gateway: self.gateway.context.urls.identified.clone(),
            trust: Some(self.trust()),
            allow_loopback_http: true,
        };
        Ok(Wallet::init(&home, options, pin()?, SoftwarePlatform::platform(&home)?).await?)
    }

    /// A phone that exists.
    pub(super) async fn open_phone(&self, name: &str) -> Result<Wallet, Failure> {
        let home = self.home(name);
        Ok(Wallet::open(&home, pin()?, SoftwarePlatform::platform(&home)?).await?)
    }

    /// Where a phone's folder is.
    pub(super) fn home(&self, name: &str) -> PathBuf {
        self.folder.path().join("phones").join(name)
    }

    /// The trust folder that wallets and auditors are given.
    pub(super) fn trust(&self) -> PathBuf {
        self.gateway.context.dir.join(TRUST_FOLDER)
    }

    /// The temporary folder.
    pub(super) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whose signatures on the log count.
    pub(super) fn policy(&self) -> &Policy {
        &self.policy
    }

    fn board(&self) -> Result<Board, Failure> {
        Ok(Board::new(&self.gateway.context.urls.anonymous, self.policy.clone())?)
    }
}

/// Counts in the log what the ticks about statements, issuers and shares claim.
fn show_opening(record: &ElectionRecord, ui: &Ui) -> Result<(), Failure> {
    let manifest = record.manifest();
    let stated = record.counting().map_or(0, |counting| counting.statements().len());
    ui.checked(
        "trustees replayed the log, signed the same sums, and opened only those",
        format!("{stated} of {}; the others stayed at home", manifest.trustees.members.len()),
    );
    let issuers = manifest.issuers.members.len();
    let kept = |issuer: &usize| {
        record.issued(*issuer, STYLE).is_some_and(|issued| record.used(*issuer, STYLE) <= issued)
    };
    let within = (0..issuers).filter(kept).count();
    ui.checked(
        "no issuer's signature is on more pseudonyms than it issued",
        format!("{within} of {issuers}"),
    );
    let shares = record.counting().map_or(0, |counting| counting.shares().count());
    match shares {
        0 => ui.checked("too few ballots to publish counts: no sum is opened, only the turnout is told", ""),
        _ => ui.checked(
            "every partial decryption carries a proof that it is the right one",
            format!("{shares} verified"),
        ),
    }
    must_hold(stated >= usize::from(THRESHOLD) && within == issuers, "The log does not show what it should.")
}

/// A tick stands for a check: where it fails, the story ends.
pub(super) fn must_hold(truth: bool, otherwise: &str) -> Result<(), Failure> {
    if truth {
        Ok(())
    } else {
        Err(Failure::refused("story", otherwise, "This is a fault of ours: please report it."))
    }
}

/// A person of the demo; `number` makes the numbers unique.
pub(super) fn person(
    given_name: &str,
    family_name: &str,
    number: u32,
    card: Option<kodanik_crypto::signature::VerifyingKey>,
) -> Person {
    Person {
        given_name: given_name.to_owned(),
        family_name: family_name.to_owned(),
        birthdate: "1990-05-17".to_owned(),
        personal_administrative_number: format!("19900517{number:05}"),
        roll_number: format!("R-{number:05}"),
        nationality: "KR".to_owned(),
        id_card_key: card,
    }
}

pub(super) fn entry(index: u64) -> String {
    format!("entry {index}")
}

/// The first characters of a long name, enough to compare by eye.
pub(super) fn short(name: &impl std::fmt::Display) -> String {
    format!("{:.10}…", name.to_string())
}

fn pin() -> Result<PinEntry, Failure> {
    Ok(PinEntry::from_text(PIN).map_err(WalletError::from)?)
}

/// The test double of a plastic ID card.
pub(super) fn test_id_card() -> kodanik_wallet::recover::TestIdCard {
    kodanik_wallet::recover::TestIdCard::make(&mut OsRng)
}
