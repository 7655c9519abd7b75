//! `kodanik wallet`: a citizen's phone in a terminal. One folder is one phone; its keys are software keys.

mod ballots;
mod identity;
mod recovery;
mod services;

use std::path::Path;

use kodanik_crypto::secret::SecretBytes;
use kodanik_wallet::error::HomeError;
use kodanik_wallet::platform::SoftwarePlatform;
use kodanik_wallet::{InitOptions, PinEntry, TrustOrigin, Wallet, WalletError};
use serde::Serialize;
use serde_json::json;

pub(crate) use self::ballots::describe as describe_choice;
pub(crate) use self::identity::describe_check;
pub(crate) use self::recovery::read_id_card;
use crate::args::{WalletArgs, WalletCommand};
use crate::failure::Failure;
use crate::secrets;
use crate::ui::{Ui, time};

/// Runs a subcommand.
pub(crate) async fn run(args: WalletArgs, ui: &Ui) -> Result<(), Failure> {
    let pin_file = args.pin_file.as_deref();
    if let WalletCommand::Init { gateway, trust, allow_loopback_http } = args.command {
        let pin = pin_entry(&secrets::choose(pin_file, "KODANIK_PIN", "PIN")?)?;
        return init(&args.home, InitOptions { gateway, trust, allow_loopback_http }, pin, ui).await;
    }
    // Looked at first: a mistyped --home must neither ask for a PIN nor leave a folder behind.
    if !args.home.is_dir() {
        return Err(WalletError::from(HomeError::NotInitialised(args.home)).into());
    }
    let pin = pin_entry(&secrets::read(pin_file, "KODANIK_PIN", "PIN")?)?;
    let wallet = Wallet::open(&args.home, pin, SoftwarePlatform::platform(&args.home)?).await?;
    match args.command {
        WalletCommand::Init { .. } => Ok(()),
        WalletCommand::Id(command) => {
            recovery::warn(&wallet, ui).await;
            identity::run(&wallet, command, ui).await
        }
        WalletCommand::Present { uri, yes } => identity::present(&wallet, &uri, yes, ui).await,
        WalletCommand::Elections => ballots::elections(&wallet, ui).await,
        WalletCommand::Vote { election, choose, test, without } => {
            ballots::vote(&wallet, &election, &choose, &without, test, ui).await
        }
        WalletCommand::Ballots => ballots::list(&wallet, ui).await,
        WalletCommand::Check { code, test } => ballots::check(&wallet, &code, test.as_deref(), ui).await,
        WalletCommand::Services => services::list(&wallet, ui).await,
        WalletCommand::Call { service, operation, set, yes } => {
            services::call(&wallet, &service, operation, &set, yes, ui).await
        }
        WalletCommand::Cases { save_evidence } => {
            recovery::warn(&wallet, ui).await;
            services::cases(&wallet, save_evidence.as_deref(), ui).await
        }
        WalletCommand::Evidence { file } => services::evidence(&wallet, &file, ui),
        WalletCommand::Backup { refresh: true, .. } => recovery::refresh(&wallet, ui).await,
        WalletCommand::Backup { stop: true, .. } => recovery::stop(&wallet, ui).await,
        WalletCommand::Backup { .. } => recovery::backup(&wallet, ui).await,
        WalletCommand::Recover { code_file, code, id_card } => {
            recovery::recover(&wallet, code_file.as_deref(), code, id_card.as_deref(), ui).await
        }
        WalletCommand::History => history(&wallet, ui),
    }
}

fn pin_entry(typed: &SecretBytes) -> Result<PinEntry, Failure> {
    let mut entry = PinEntry::new();
    for byte in typed.expose() {
        entry.push(byte.wrapping_sub(b'0')).map_err(WalletError::from)?;
    }
    Ok(entry)
}

async fn init(home: &Path, options: InitOptions, pin: PinEntry, ui: &Ui) -> Result<(), Failure> {
    let platform = SoftwarePlatform::platform(home)?;
    if Wallet::exists(home) {
        match Wallet::remove_wiped(home, &platform).await {
            Ok(()) => ui.note("The wallet that was here is locked for good. It makes room for the new one."),
            // It can still be opened, which the next step says.
            Err(WalletError::Misuse(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let wallet = Wallet::init(home, options, pin, platform).await?;
    let trust = wallet.trust();
    let json = json!({ "trust": trust.origin, "fingerprint": trust.fingerprint() });
    let origin = match trust.origin {
        TrustOrigin::FirstUse => {
            "Trust was pinned as the gateway shows it now. Compare this fingerprint with the published one:"
        }
        TrustOrigin::Folder => "Trust was taken from the folder. Its fingerprint:",
    };
    let text = format!(
        "The wallet is ready.\n{origin}\n  {}\nIts keys are software keys in {}: fine for a terminal, not for a vote that counts.",
        trust.fingerprint(),
        home.display()
    );
    ui.result(&json, text);
    Ok(())
}

fn history(wallet: &Wallet, ui: &Ui) -> Result<(), Failure> {
    let entries: Vec<_> = wallet.history(0, usize::MAX)?.into_iter().map(|row| row.value).collect();
    let mut text = String::new();
    for entry in &entries {
        text.push_str(&format!("{}  {:<20} {}", time(entry.time), entry.kind.name(), entry.party));
        if !entry.claims.is_empty() {
            text.push_str(&format!("  ({})", entry.claims.join(", ")));
        }
        text.push('\n');
    }
    let empty = "Nothing has happened yet.";
    ui.result(&entries, if text.is_empty() { empty } else { text.trim_end() });
    Ok(())
}

/// Prints a list, or says that there is nothing.
fn show_list<T: Serialize>(ui: &Ui, items: &T, lines: Vec<String>, empty: &str) {
    let text = if lines.is_empty() { empty.to_owned() } else { lines.join("\n") };
    ui.result(items, text);
}

/// Asks a yes-or-no question that --yes answers beforehand.
fn agrees(question: &str) -> Result<bool, Failure> {
    crate::ui::agrees(question, "Agree beforehand with --yes.")
}

/// Asks for one line, from a terminal or from a script; empty at the end of the input.
fn ask_line(question: &str) -> Result<String, Failure> {
    use std::io::{BufRead, Write};
    let mut stderr = std::io::stderr();
    write!(stderr, "{question} ")?;
    stderr.flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(answer.trim().to_owned())
}
