//! `backup`, `recover`.

use std::path::Path;

use kodanik_crypto::encoding::{Bytes, to_base64url};
use kodanik_crypto::secret::Secret;
use kodanik_crypto::signature::SigningKey;
use kodanik_wallet::Wallet;
use kodanik_wallet::backup::{BackupDraft, short_name};
use kodanik_wallet::recover::{RecoverOutcome, Recovered, SecondFactor, TestIdCard};
use serde_json::json;

use crate::failure::Failure;
use crate::secrets;
use crate::ui::{Ui, time};

/// How often a mistyped code is asked for again.
const TRIES: usize = 3;

pub(super) async fn backup(wallet: &Wallet, ui: &Ui) -> Result<(), Failure> {
    let draft = wallet.draft_backup();
    // For a person the sheet comes first, then the question; a script gets both at the end.
    ui.line(sheet(&draft));
    let mut tries = 1;
    let outcome = loop {
        let asked_back = asked_back(&draft, ui)?;
        match wallet.store_backup(&draft, &asked_back).await {
            Ok(outcome) => break outcome,
            Err(error) if tries < TRIES && error.code().starts_with("recovery.") => {
                ui.note(Failure::from(error).message);
                tries += 1;
            }
            Err(error) => return Err(error.into()),
        }
    };
    let codes: Vec<String> = draft.codes().map(|code| code.to_string()).collect();
    let json = json!({
        "set": to_base64url(draft.set().0),
        "codes": codes,
        "revocation_code": draft.revocation_code().as_str(),
        "stored": outcome,
    });
    let text =
        format!("The backup is stored, sealed, {} bytes. The codes count from now on.", outcome.blob_size);
    ui.result(&json, text);
    Ok(())
}

/// Stores what is new under the same codes.
pub(super) async fn refresh(wallet: &Wallet, ui: &Ui) -> Result<(), Failure> {
    warn(wallet, ui).await;
    let outcome = wallet.refresh_backup().await?;
    let text = format!("The backup is up to date, {} bytes. The codes are the same.", outcome.blob_size);
    ui.result(&outcome, text);
    Ok(())
}

/// Tells of every recovery that somebody has begun with a code of this wallet. Where the office cannot be asked, the
/// command goes on without.
pub(super) async fn warn(wallet: &Wallet, ui: &Ui) {
    for pending in wallet.recovery_notices().await.unwrap_or_default() {
        ui.note(format!(
            "! On {} somebody used one of your backup codes. It takes effect after {}.\n  \
             If that was not you, stop it now: kodanik wallet --home {} backup --stop",
            time(pending.begun),
            time(pending.not_before),
            wallet.home().display()
        ));
    }
}

/// Stops every recovery that has not taken effect.
pub(super) async fn stop(wallet: &Wallet, ui: &Ui) -> Result<(), Failure> {
    let pending = wallet.recovery_notices().await?;
    for recovery in &pending {
        wallet.cancel_recovery(recovery).await?;
    }
    let text = match pending.len() {
        0 => "Nobody is recovering with your codes.".to_owned(),
        count => format!("Stopped: {count}. The office will ask you; bring your ID card."),
    };
    ui.result(&json!({ "stopped": pending.len() }), text);
    Ok(())
}

/// A script that reads the codes has them in hand; a person is asked for one from the paper.
fn asked_back(draft: &BackupDraft, ui: &Ui) -> Result<String, Failure> {
    if ui.is_json() {
        let code = draft.codes().nth(draft.asked() - 1).map(|code| code.to_string());
        return Ok(code.unwrap_or_default());
    }
    let typed = secrets::prompt(&format!("Type code {} from your paper", draft.asked()))?;
    Ok(String::from_utf8_lossy(typed.expose()).into_owned())
}

/// The sheet to write down or print.
fn sheet(draft: &BackupDraft) -> String {
    let mut lines = vec![
        format!("Backup codes, set {}, {}", short_name(draft.set()), time(draft.created())),
        "Write them down on paper. They are shown this once. One code brings everything back.".to_owned(),
        String::new(),
    ];
    lines.extend(
        (1..).zip(draft.codes()).map(|(number, code)| format!("  {number} of 8   {}", code.as_str())),
    );
    lines.push(String::new());
    lines.push(format!("  Only to lock everything: {}", draft.revocation_code().as_str()));
    lines.join("\n")
}

pub(super) async fn recover(
    wallet: &Wallet,
    code_file: Option<&Path>,
    code: Option<String>,
    id_card: Option<&Path>,
    ui: &Ui,
) -> Result<(), Failure> {
    let code = match code {
        Some(code) => code,
        None => {
            let typed = secrets::read(code_file, "KODANIK_CODE", "Backup code")?;
            String::from_utf8_lossy(typed.expose()).into_owned()
        }
    };
    let card = id_card.map(read_id_card).transpose()?.map(TestIdCard::from);
    let factor = card.as_ref().map(|card| card as &dyn SecondFactor);
    let outcome = wallet.recover(&code, factor).await?;
    let text = match &outcome {
        RecoverOutcome::Recovered(recovered) => describe(recovered),
        RecoverOutcome::Waiting { not_before } => format!(
            "The code is accepted and takes effect after {}. Run the same command then, or now with --id-card.\n\
             The old phone shows a notice until then and can stop it.",
            time(*not_before)
        ),
    };
    ui.result(&outcome, text);
    Ok(())
}

fn describe(recovered: &Recovered) -> String {
    let summary = &recovered.summary;
    format!(
        "Everything of {} is back: {} lines of history, {} cases, {} pieces of evidence.\n\
         The old phone's e-ID is revoked; a new one is here.\n\
         Your other codes are dead: make new ones with `backup`.",
        time(recovered.made),
        summary.history,
        summary.cases,
        summary.evidence
    )
}

/// Reads the file of a test ID card.
pub(crate) fn read_id_card(path: &Path) -> Result<SigningKey, Failure> {
    let bad = || {
        Failure::usage(format!("{} is no test ID card.", path.display()), "It is made by `gateway enrol`.")
    };
    let text = std::fs::read_to_string(path).map_err(|error| Failure::file(path, &error))?;
    let bytes = Bytes::<32>::parse(text.trim()).map_err(|_| bad())?;
    let secret = Secret::init_with(|own| *own = bytes.0);
    SigningKey::from_bytes(&secret).map_err(|_| bad())
}
