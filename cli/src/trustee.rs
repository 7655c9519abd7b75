//! `kodanik trustee`.

mod agree;
mod failure;
mod status;
mod teller;

use std::future::Future;
use std::path::Path;
use std::time::Duration;

use kodanik_ballot::trustee::card::{Fingerprint, SignedCard};
use kodanik_crypto::secret::SecretBytes;
use kodanik_trustee::decrypt::Decrypt;
use kodanik_trustee::keygen::Keygen;
use kodanik_trustee::{Trustee, TrusteeError};
use serde_json::json;

pub(crate) use self::status::awaited;
use self::teller::{Names, Teller};
use crate::args::{BoardArgs, TrusteeArgs, TrusteeCommand};
use crate::board;
use crate::failure::Failure;
use crate::secrets;
use crate::ui::{Ui, stop_signal};

/// How often the log is asked at first while others are awaited.
const PAUSE: Duration = Duration::from_secs(1);
/// The card in the trustee's folder, in clear: it is public, and tells `status` who is asking.
const CARD: &str = "card.json";

/// Runs a subcommand.
pub(crate) async fn run(args: TrusteeArgs, ui: &Ui) -> Result<(), Failure> {
    let (home, file) = (args.home.as_path(), args.passphrase_file.as_deref());
    let passphrase = || secrets::read(file, "KODANIK_PASSPHRASE", "Passphrase");
    match args.command {
        TrusteeCommand::Join { name } if Trustee::exists(home) => {
            let trustee = Trustee::open(home, &passphrase()?)?;
            match name {
                Some(name) if name != trustee.card().name => {
                    Err(TrusteeError::AlreadyThere(home.to_owned()).into())
                }
                _ => show_card(home, &trustee, ui),
            }
        }
        TrusteeCommand::Join { name: Some(name) } => {
            let trustee = Trustee::init(home, &name, &secrets::choose_passphrase(file)?)?;
            show_card(home, &trustee, ui)
        }
        TrusteeCommand::Join { name: None } => Err(Failure::usage(
            "A new trustee needs a name.",
            "Add --name with the name that the manifest is to show, such as your organisation's.",
        )),
        TrusteeCommand::Keygen { board, manifest } => {
            keygen(home, &passphrase()?, &board, manifest.as_deref(), ui).await
        }
        TrusteeCommand::Decrypt { board } => decrypt(home, &passphrase()?, &board, ui).await,
        TrusteeCommand::Status { board } => status::run(home, &board, ui).await,
    }
}

fn show_card(home: &Path, trustee: &Trustee, ui: &Ui) -> Result<(), Failure> {
    let signed: SignedCard = trustee.signed_card();
    let text =
        serde_json::to_string_pretty(&signed).map_err(|error| Failure::refused("encoding", error, ""))?;
    let path = home.join(CARD);
    std::fs::write(&path, format!("{text}\n")).map_err(|error| Failure::file(&path, &error))?;
    ui.result(&signed, text);
    ui.note(format!(
        "The card of {} is above, and in {}. Send it to the authority.\n\
         Then call the authority on a number that you know, and read this out:\n\n    {}\n",
        signed.card.name,
        path.display(),
        Fingerprint::of_card(&signed.card)
    ));
    Ok(())
}

async fn keygen(
    home: &Path,
    passphrase: &SecretBytes,
    args: &BoardArgs,
    digits: Option<&str>,
    ui: &Ui,
) -> Result<(), Failure> {
    let digits = digits.map(agree::parse_digits).transpose()?;
    let mut board = board::open(&args.gateway, &args.policy)?;
    let trustee = Trustee::open(home, passphrase)?;
    board.sync(None).await?;
    loop {
        let names = Names::of(&board, &args.election)?;
        let mut teller = Teller::new(ui, &names);
        let told = |progress: kodanik_trustee::progress::Progress<'_, _>| teller.keygen(&progress);
        let end = stoppable(trustee.keygen_until_done(&mut board, &args.election, PAUSE, told)).await?;
        drop(teller);
        match end {
            Keygen::ToAgree { manifest } => {
                agree::ask(&board, &args.election, &trustee, digits.as_ref(), ui)?;
                trustee.agree(&board, &args.election, &manifest)?;
            }
            end => return show_keygen(&end, &Names::of(&board, &args.election)?, ui),
        }
    }
}

async fn decrypt(home: &Path, passphrase: &SecretBytes, args: &BoardArgs, ui: &Ui) -> Result<(), Failure> {
    let mut board = board::open(&args.gateway, &args.policy)?;
    let trustee = Trustee::open(home, passphrase)?;
    board.sync(None).await?;
    let names = Names::of(&board, &args.election)?;
    let mut teller = Teller::new(ui, &names);
    let told = |progress: kodanik_trustee::progress::Progress<'_, _>| teller.decrypt(&progress);
    let end = stoppable(trustee.decrypt_until_done(&mut board, &args.election, PAUSE, told)).await?;
    drop(teller);
    show_decrypt(&end, ui);
    Ok(())
}

/// Until it ends or somebody stops it. Stopping costs nothing: whatever was said in public is on the disk.
async fn stoppable<T>(work: impl Future<Output = Result<T, TrusteeError>>) -> Result<T, Failure> {
    let stopped = stop_signal()?;
    tokio::select! {
        ended = work => Ok(ended?),
        stopped = stopped => {
            stopped?;
            Err(self::stopped())
        }
    }
}

fn stopped() -> Failure {
    Failure::refused(
        "stopped",
        "Stopped. Nothing is lost.",
        "Run the same command again: it goes on where it was.",
    )
}

fn show_keygen(end: &Keygen, names: &Names, ui: &Ui) -> Result<(), Failure> {
    match end {
        Keygen::Done { election } => {
            let digits = Fingerprint::of_election(election);
            ui.result(
                &json!({ "election": election, "key": digits }),
                format!(
                    "The key is made and everybody has confirmed it; this trustee's share is in its folder, sealed.\n\
                     For the minutes, the same for everybody:\n\n    {digits}\n\n\
                     Keep the folder until the result is published: `trustee decrypt` comes after the close."
                ),
            );
            Ok(())
        }
        Keygen::Failed { culprit } => Err(Failure::refused(
            "culprit",
            format!("{} sent a wrong share; this is proven on the board.", names.one(*culprit)),
            status::RESTART,
        )),
        Keygen::ToAgree { .. } | Keygen::Waiting(_) => {
            Err(Failure::refused("waiting", "The ceremony is not at its end.", "Run the command again."))
        }
    }
}

fn show_decrypt(end: &Decrypt, ui: &Ui) {
    match end {
        Decrypt::Shared { contests } => {
            let text = format!(
                "This trustee's part is done: {contests} contests are opened with its share.\n\
                 Once the result is published, run this command again: it destroys the share of the key."
            );
            ui.result(&json!({ "state": "shared", "contests": contests }), text);
        }
        Decrypt::Tallied => {
            let text = "The result is published; this trustee's share of the key is destroyed.";
            ui.result(&json!({ "state": "tallied" }), text);
        }
        Decrypt::Waiting(_) => ui.result(&json!({ "state": "waiting" }), "Run the command again."),
    }
}
