//! The stage: a gateway, an authority, five trustees, an election, two public services. `demo` plays its story on it;
//! `playground` leaves it to others.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::future::try_join_all;
use kodanik_ballot::ids::{ElectionId, ManifestHash};
use kodanik_ballot::manifest::{Issuer, Issuers};
use kodanik_ballot::trustee::card::Fingerprint;
use kodanik_crypto::secret::SecretBytes;
use kodanik_gateway::clock::Clock;
use kodanik_gateway::config::Config;
use kodanik_gateway::init::{TRUST_FOLDER, init};
use kodanik_gateway::office::Office;
use kodanik_gateway::server::Gateway;
use kodanik_ledger::policy::Policy;
use kodanik_trustee::Trustee;
use kodanik_trustee::board::Board;
use kodanik_trustee::keygen::Keygen;
use tempfile::TempDir;

use crate::authority::{Authority, AuthorityHome, Definition, STYLE};
use crate::board::read_policy;
use crate::failure::Failure;
use crate::ui::Ui;

/// The election, as [`Definition::example`] names it.
pub(crate) const ELECTION: &str = "city-2026";
/// The trustees, as the manifest names them.
const TRUSTEES: [&str; 5] =
    ["City council", "Court of audit", "Bar association", "University", "Press council"];
pub(crate) const THRESHOLD: u16 = 3;
/// How often a trustee looks at the log.
pub(crate) const PAUSE: Duration = Duration::from_millis(150);
/// Over the keys of the authority and of every trustee.
const PASSPHRASE: &[u8] = b"a passphrase of the demo";

/// Everything that is there before the first citizen comes.
pub(crate) struct Stage {
    pub(crate) gateway: Gateway,
    pub(crate) office: Office,
    pub(crate) authority: Authority,
    pub(crate) trustees: Vec<Trustee>,
    policy: Policy,
    // Last: the folder outlives what is in it.
    pub(crate) folder: Folder,
}

/// Where a stage keeps everything.
pub(crate) enum Folder {
    /// Stays.
    Kept(PathBuf),
    /// Goes when it is dropped.
    Temporary(TempDir),
}

impl Folder {
    /// A new one that goes.
    pub(crate) fn temporary(prefix: &str) -> Result<Self, Failure> {
        Ok(Self::Temporary(TempDir::with_prefix(prefix)?))
    }

    pub(crate) fn path(&self) -> &Path {
        match self {
            Self::Kept(path) => path,
            Self::Temporary(folder) => folder.path(),
        }
    }

    /// The gateway's part of it.
    pub(crate) fn gateway(&self) -> PathBuf {
        self.path().join("gateway")
    }
}

impl Stage {
    /// Starts the gateway in `folder`, on `port` and the next one; 0 takes free ones, which the gateway keeps.
    pub(crate) async fn set(folder: Folder, port: u16, ui: &Ui) -> Result<Self, Failure> {
        ui.chapter(
            1,
            "A gateway starts",
            "It keeps an append-only log in SQLite and plays every office here: e-ID, three eligibility issuers, public services, recovery. \
             In earnest these are different organisations.",
        );
        let passphrase = SecretBytes::new(PASSPHRASE.to_vec());
        let authority = AuthorityHome::make(&folder.path().join("authority"), &passphrase)?;
        let dir = folder.gateway();
        let trust = init(&dir, &config(port)?, authority.key.verifying_key(), &Clock::system()).await?;
        let gateway = Gateway::start(&dir, Clock::system()).await?;
        keep_ports(&gateway)?;
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
    pub(crate) async fn make_election_key(&mut self, definition: Definition, ui: &Ui) -> Result<(), Failure> {
        ui.chapter(
            2,
            "Five trustees make a key that none of them holds",
            "Any three of them can later open the sum of all ballots; no two of them can open anything, and no ballot is ever opened alone.",
        );
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
    pub(crate) async fn prepare(&self, name: &str) -> Result<Vec<Issuer>, Failure> {
        // RSA keys take a second each; meanwhile the gateway must go on serving.
        tokio::task::block_in_place(|| Ok(self.office.prepare(name, STYLE)?))
    }

    /// The trust folder that wallets and auditors are given.
    pub(crate) fn trust(&self) -> PathBuf {
        self.gateway.context.dir.join(TRUST_FOLDER)
    }

    /// Where all of it is.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whose signatures on the log count.
    pub(crate) fn policy(&self) -> &Policy {
        &self.policy
    }

    pub(crate) fn board(&self) -> Result<Board, Failure> {
        Ok(Board::new(&self.gateway.context.urls.anonymous, self.policy.clone())?)
    }
}

fn config(port: u16) -> Result<Config, Failure> {
    let next = match port {
        0 => Some(0),
        port => port.checked_add(1),
    };
    let next = next.ok_or_else(|| Failure::usage("The port is too high.", "Choose one below 65535."))?;
    Ok(Config::loopback(port, next))
}

/// Writes the ports that the gateway took into its configuration: its desks in other processes read them there.
fn keep_ports(gateway: &Gateway) -> Result<(), Failure> {
    let mut config = gateway.context.config.clone();
    let urls = &gateway.context.urls;
    for (listen, url) in
        [(&mut config.listen.identified, &urls.identified), (&mut config.listen.anonymous, &urls.anonymous)]
    {
        listen.set_port(url.port().unwrap_or_else(|| listen.port()));
    }
    Ok(config.write(&gateway.context.dir)?)
}

/// A tick stands for a check: where it fails, the story ends.
pub(crate) fn must_hold(truth: bool, otherwise: &str) -> Result<(), Failure> {
    if truth {
        Ok(())
    } else {
        Err(Failure::refused("story", otherwise, "This is a fault of ours: please report it."))
    }
}

pub(crate) fn entry(index: u64) -> String {
    format!("entry {index}")
}

/// The first characters of a long name, enough to compare by eye.
pub(crate) fn short(name: &impl std::fmt::Display) -> String {
    format!("{:.10}…", name.to_string())
}
