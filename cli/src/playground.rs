//! `kodanik playground`: a gateway with an open trial election on this machine, for whoever builds or tries an app.
//! The stage of the demo without its story: what happens on it is up to the phones.

use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;

use kodanik_contract::election::Phase;
use kodanik_crypto::time::UnixMinute;
use kodanik_gateway::clock::Clock;
use kodanik_gateway::config::FILE_NAME;
use kodanik_gateway::init::TRUST_FOLDER;
use kodanik_gateway::office::Office;
use kodanik_gateway::server::Gateway;
use kodanik_trustee::board::Board;
use serde::Serialize;
use url::Url;

use crate::args::PlaygroundArgs;
use crate::authority::{Definition, STYLE};
use crate::board;
use crate::failure::Failure;
use crate::gateway::{Enrolled, PersonFile};
use crate::stage::{ELECTION, Folder, Stage};
use crate::ui::{Ui, log_to_stderr, minute, stop_signal};

/// How long casting stays open: who keeps the folder comes back on other days.
const OPEN_MINUTES: u64 = 30 * 24 * 60;
/// How soon somebody who was just enrolled is on the roll of the election.
const ROLL_PAUSE: Duration = Duration::from_millis(500);

/// Sets everything up, tells how to use it, serves until Ctrl-C.
pub(crate) async fn run(args: PlaygroundArgs, ui: &Ui) -> Result<(), Failure> {
    log_to_stderr("warn");
    let mut stopped = pin!(stop_signal()?);
    let playground = tokio::select! {
        made = Playground::open(args, ui) => made?,
        stopped = &mut stopped => return Ok(stopped?),
    };
    let (ready, text) = playground.describe()?;
    ui.ready(&ready, text);
    tokio::select! {
        failed = playground.keep_roll() => failed?,
        stopped = stopped => stopped?,
    }
    playground.close(ui).await
}

/// What a script is told.
#[derive(Serialize)]
struct Ready<'a> {
    identified: &'a Url,
    anonymous: &'a Url,
    dir: &'a Path,
    trust: PathBuf,
    election: &'a str,
    #[serde(flatten)]
    enrolled: Enrolled,
}

/// A gateway that serves, and an election that is open.
struct Playground {
    gateway: Gateway,
    office: Office,
    closes: UnixMinute,
    // Last: the folder outlives what is in it.
    folder: Folder,
}

impl Playground {
    /// Makes one, or takes up the one that `--dir` names.
    async fn open(args: PlaygroundArgs, ui: &Ui) -> Result<Self, Failure> {
        let Some(dir) = args.dir else {
            return Self::make(Folder::temporary("kodanik-playground-")?, args.port, ui).await;
        };
        // Commands that are printed are run elsewhere.
        let folder = Folder::Kept(std::path::absolute(&dir).map_err(|error| Failure::file(&dir, &error))?);
        match folder.gateway().join(FILE_NAME).exists() {
            true => Self::take_up(folder, args.port).await,
            // Left by one that was stopped before its gateway was made.
            false if folder.path().join("authority").exists() => Err(not_open()),
            false => Self::make(folder, args.port, ui).await,
        }
    }

    async fn make(folder: Folder, port: u16, ui: &Ui) -> Result<Self, Failure> {
        let mut stage = Stage::set(folder, port, ui).await?;
        let definition = Definition { closes_in_minutes: OPEN_MINUTES, min_cell: 1, ..Definition::example() };
        stage.make_election_key(definition, ui).await?;
        let closes = open_until(&mut stage.board()?).await?;
        // Without the trustees: their folders are free for `kodanik trustee` in another terminal.
        let Stage { gateway, office, folder, .. } = stage;
        Ok(Self { gateway, office, closes, folder })
    }

    async fn take_up(folder: Folder, port: u16) -> Result<Self, Failure> {
        let gateway = Gateway::start(&folder.gateway(), Clock::system()).await?;
        let urls = &gateway.context.urls;
        if port != 0 && urls.identified.port() != Some(port) {
            return Err(Failure::usage(
                format!(
                    "This playground is at {} for ever: it is in its election's manifest.",
                    urls.identified
                ),
                "Leave --port out, or choose another --dir.",
            ));
        }
        let policy = folder.gateway().join(TRUST_FOLDER).join("ledger.policy");
        let closes = open_until(&mut board::open(&urls.anonymous, &policy)?).await?;
        Ok(Self { office: Office::of(&gateway.context)?, gateway, closes, folder })
    }

    /// Puts whoever was enrolled since on the roll; a clerk would run `gateway prepare`.
    async fn keep_roll(&self) -> Result<(), Failure> {
        loop {
            tokio::time::sleep(ROLL_PAUSE).await;
            tokio::task::block_in_place(|| self.office.prepare(ELECTION, STYLE))?;
        }
    }

    /// The addresses and an offer for somebody who has none yet, for a script and for people.
    fn describe(&self) -> Result<(Ready<'_>, String), Failure> {
        let person = PersonFile::of("Jiho", "Han", 7);
        let file = self.folder.path().join("jiho.json");
        person.write(&file)?;
        let enrolled = person.enrol(&self.office, &file)?;
        let context = &self.gateway.context;
        let ready = Ready {
            identified: &context.urls.identified,
            anonymous: &context.urls.anonymous,
            dir: &context.dir,
            trust: context.dir.join(TRUST_FOLDER),
            election: ELECTION,
            enrolled,
        };
        let text = self.teach(&ready, &file);
        Ok((ready, text))
    }

    fn teach(&self, ready: &Ready<'_>, file: &Path) -> String {
        let Ready { identified, anonymous, dir, trust, election, enrolled } = ready;
        let (dir, trust) = (dir.display(), trust.display());
        let port = |url: &Url| url.port_or_known_default().unwrap_or_default();
        let (first, second) = (port(identified), port(anonymous));
        format!(
            "
The playground is open: trial election {election}, until {closes}.
  identified plane  {identified}
  anonymous plane   {anonymous}
  trust             {trust} (a wallet is given it when it is made)

A phone on a cable sees this machine's ports as its own after:
  adb reverse tcp:{first} tcp:{first} && adb reverse tcp:{second} tcp:{second}
An e-ID for somebody else; every person needs numbers of their own in the file:
  kodanik gateway enrol --example > mina.json
  kodanik gateway --dir {dir} enrol --person mina.json
A library that asks for claims, and what it made of the answer:
  kodanik gateway --dir {dir} ask --claim given_name
  kodanik gateway --dir {dir} ask --result ID
Another phone, in a terminal, to check a ballot with:
  kodanik wallet --home phone init --gateway {identified} --trust {trust} --allow-loopback-http
  kodanik wallet --home phone check 'kodanik:check?...'
The log as an auditor sees it:
  kodanik audit {anonymous} --policy {trust}/ledger.policy

The first e-ID, for Jiho Han; when the offer has lapsed:
  kodanik gateway --dir {dir} enrol --person {file}
{enrolled}
{folder}",
            closes = minute(self.closes),
            file = file.display(),
            folder = match self.folder {
                Folder::Kept(_) => "Ctrl-C stops; the same command goes on with this folder.",
                Folder::Temporary(_) => "Ctrl-C stops and removes the folder.",
            },
        )
    }

    async fn close(self, ui: &Ui) -> Result<(), Failure> {
        ui.note("Stopping: open requests are finished first.");
        let Self { gateway, office, folder, .. } = self;
        gateway.stop().await;
        drop(office);
        match folder {
            Folder::Kept(path) => ui.note(format!("Kept in {}.", path.display())),
            Folder::Temporary(folder) => folder.close()?,
        }
        Ok(())
    }
}

/// When the election closes; refused where nobody can vote in it.
async fn open_until(board: &mut Board) -> Result<UnixMinute, Failure> {
    board.sync(None).await?;
    let mut elections = board.state()?.elections();
    let open =
        elections.find(|record| record.manifest().election == ELECTION && record.phase() == Phase::Open);
    let closes = open.map(|record| record.manifest().closes);
    closes.filter(|closes| Clock::system().minute() < *closes).ok_or_else(not_open)
}

fn not_open() -> Failure {
    Failure::refused(
        "not_now",
        "The election in this folder is over, or was never opened.",
        "Choose another --dir, or remove the folder.",
    )
}
