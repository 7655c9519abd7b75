//! `kodanik trustee`.

use std::path::Path;
use std::time::Duration;

use kodanik_trustee::decrypt::{Decrypt, DecryptWait};
use kodanik_trustee::keygen::{Keygen, KeygenWait};
use kodanik_trustee::{Trustee, TrusteeError};
use serde_json::json;

use crate::args::{TrusteeArgs, TrusteeCommand};
use crate::board;
use crate::failure::{Failure, capitalised};
use crate::secrets;
use crate::ui::Ui;

/// How often the log is asked again while others are awaited.
const PAUSE: Duration = Duration::from_secs(1);

/// Runs a subcommand.
pub(crate) async fn run(args: TrusteeArgs, ui: &Ui) -> Result<(), Failure> {
    let file = args.passphrase_file.as_deref();
    let passphrase = match &args.command {
        TrusteeCommand::Init { .. } => secrets::choose_passphrase(file)?,
        _ => secrets::read(file, "KODANIK_PASSPHRASE", "Passphrase")?,
    };
    let home: &Path = &args.home;
    match args.command {
        TrusteeCommand::Init { name } => {
            let card = Trustee::init(home, &name, &passphrase)?.card();
            let text = serde_json::to_string_pretty(&card)
                .map_err(|error| Failure::refused("encoding", error, ""))?;
            ui.result(&card, text);
        }
        TrusteeCommand::Keygen { gateway, policy, election } => {
            let mut board = board::open(&gateway, &policy)?;
            let bar = ui.spinner("Following the log (Ctrl-C is safe: run the command again)");
            let told = |wait: &KeygenWait| bar.set_message(awaited_in_keygen(wait));
            let end = Trustee::open(home, &passphrase)?
                .keygen_until_done(&mut board, &election, PAUSE, told)
                .await?;
            bar.finish_and_clear();
            show_keygen(&end, ui)?;
        }
        TrusteeCommand::Decrypt { gateway, policy, election } => {
            let mut board = board::open(&gateway, &policy)?;
            let bar = ui.spinner("Following the log (Ctrl-C is safe: run the command again)");
            let told = |wait: &DecryptWait| bar.set_message(awaited_in_decrypt(wait));
            let end = Trustee::open(home, &passphrase)?
                .decrypt_until_done(&mut board, &election, PAUSE, told)
                .await?;
            bar.finish_and_clear();
            show_decrypt(&end, ui)?;
        }
    }
    Ok(())
}

fn awaited_in_keygen(wait: &KeygenWait) -> String {
    let (what, missing) = match wait {
        KeygenWait::Announcement => return "Waiting for the authority to publish the manifest".to_owned(),
        KeygenWait::Commits { missing } => ("commitment", missing),
        KeygenWait::Confirms { missing } => ("confirmation", missing),
        KeygenWait::Reveals { missing } => ("reveal", missing),
        KeygenWait::Shares { missing } => ("shares", missing),
    };
    let missing: Vec<_> = missing.iter().map(u16::to_string).collect();
    format!("Waiting for the {what} of trustee {}", missing.join(", "))
}

fn awaited_in_decrypt(wait: &DecryptWait) -> String {
    match wait {
        DecryptWait::Close => "Waiting for the authority to close casting".to_owned(),
        DecryptWait::Counts { issuer } => format!("Waiting for the counts of issuer {issuer}"),
        DecryptWait::Statements { have, need } => {
            format!("{have} of {need} trustees have stated the same sums")
        }
    }
}

fn show_keygen(end: &Keygen, ui: &Ui) -> Result<(), Failure> {
    match end {
        Keygen::Done { election } => {
            ui.result(
                &json!({ "election": election }),
                format!("The key is made and confirmed. Election {election}"),
            );
            Ok(())
        }
        Keygen::Failed { culprit } => Err(Failure::refused(
            "culprit",
            format!("Trustee {culprit} sent a wrong share; this is proven on the board."),
            "The authority has to publish a new manifest without that trustee.",
        )),
        Keygen::Waiting(wait) => {
            Err(Failure::refused("waiting", awaited_in_keygen(wait), "Run the command again."))
        }
    }
}

fn show_decrypt(end: &Decrypt, ui: &Ui) -> Result<(), Failure> {
    match end {
        Decrypt::Shared { contests } => {
            let text = format!(
                "This trustee's shares of {contests} contests are on the board.\n\
                 Once the result is published, run this command again: it destroys the share of the key."
            );
            ui.result(&json!({ "state": "shared", "contests": contests }), text);
        }
        Decrypt::Tallied => {
            let text = "The result is published; this trustee's share of the key is destroyed.";
            ui.result(&json!({ "state": "tallied" }), text);
        }
        Decrypt::Waiting(wait) => {
            return Err(Failure::refused("waiting", awaited_in_decrypt(wait), "Run the command again."));
        }
    }
    Ok(())
}

impl From<TrusteeError> for Failure {
    fn from(error: TrusteeError) -> Self {
        match error {
            TrusteeError::Board(error) => error.into(),
            error => Self::refused("trustee", capitalised(&error.to_string()), ""),
        }
    }
}
