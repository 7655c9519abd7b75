//! `id add`, `id list`, `present`.

use kodanik_crypto::secret::SecretText;
use kodanik_wallet::Wallet;
use kodanik_wallet::credentials::CredentialSummary;
use kodanik_wallet::enrol::EnrolCheck;

use super::{agrees, show_list};
use crate::args::IdCommand;
use crate::failure::Failure;
use crate::ui::{Ui, time};

pub(super) async fn run(wallet: &Wallet, command: IdCommand, ui: &Ui) -> Result<(), Failure> {
    match command {
        IdCommand::Add { offer, tx_code } => add(wallet, &offer, tx_code, ui).await,
        IdCommand::List => list(wallet, ui).await,
    }
}

async fn add(wallet: &Wallet, offer: &str, tx_code: Option<String>, ui: &Ui) -> Result<(), Failure> {
    let outcome = wallet.add_credential(offer, tx_code.map(SecretText::new)).await?;
    let mut lines =
        vec![format!("{} from {} is in your wallet.", outcome.credential.name, outcome.credential.issuer)];
    lines.extend(outcome.checked.iter().map(|check| format!("  ✓ {}", describe_check(check))));
    ui.result(&outcome, lines.join("\n"));
    Ok(())
}

/// What a check of an issuance says, in words.
pub(crate) fn describe_check(check: &EnrolCheck) -> String {
    match check {
        EnrolCheck::CredentialSigned { by } => {
            format!("the credential is signed by {by}, under a pinned anchor")
        }
        EnrolCheck::IssuerKnown { name } => {
            format!("the issuer's metadata is signed by {name}, under a pinned anchor")
        }
        EnrolCheck::KeyIsOurs => "the credential is bound to this device's key".to_owned(),
        EnrolCheck::NotRevoked => "the status list says that it is valid".to_owned(),
        EnrolCheck::TokenBound => "the access token works only with this device's key (DPoP)".to_owned(),
        EnrolCheck::WhatWasOffered => "type and issuer are those of the offer".to_owned(),
        _ => "checked".to_owned(),
    }
}

async fn list(wallet: &Wallet, ui: &Ui) -> Result<(), Failure> {
    let credentials = wallet.credentials().await?;
    let lines = credentials.iter().map(describe).collect();
    show_list(ui, &credentials, lines, "No credential yet. Get one with `id add`.");
    Ok(())
}

fn describe(credential: &CredentialSummary) -> String {
    let status = format!("{:?}", credential.status.status).to_lowercase();
    let until = credential.expires.map_or(String::new(), |at| format!(", until {}", time(at)));
    format!(
        "{} by {}: {status}{until}\n  claims: {}",
        credential.name,
        credential.issuer,
        credential.claims.join(", ")
    )
}

pub(super) async fn present(wallet: &Wallet, uri: &str, yes: bool, ui: &Ui) -> Result<(), Failure> {
    let request = wallet.inspect_presentation(uri).await?;
    ui.note(format!("{} (at {}) asks for: {}", request.party, request.host, request.claims.join(", ")));
    match &request.purpose {
        Some(purpose) => ui.note(format!("  What for: {purpose}")),
        None => ui.note("  Nobody vouches for a purpose."),
    }
    if !request.over_asked.is_empty() {
        ui.note(format!("  ! It asks for more than it registered: {}", request.over_asked.join(", ")));
    }
    let optional: Vec<_> = request.choices.iter().filter(|choice| !choice.needed).collect();
    if !optional.is_empty() {
        let claims = optional.iter().flat_map(|choice| &choice.options).flat_map(|option| &option.claims);
        let claims: std::collections::BTreeSet<_> = claims.map(String::as_str).collect();
        ui.note(format!("  Not needed, and left out: {}", Vec::from_iter(claims).join(", ")));
    }
    if !request.is_answerable() {
        let claims: Vec<_> = request.missing.iter().flat_map(|missing| missing.claims.clone()).collect();
        return Err(Failure::refused(
            "present.missing",
            format!("You do not have: {}.", claims.join(", ")),
            "",
        ));
    }
    if yes && !request.over_asked.is_empty() {
        return Err(Failure::refused(
            "present.over_asked",
            format!("{} asks for more than it registered: {}.", request.party, request.over_asked.join(", ")),
            "Nothing was shared. Run it without --yes, and decide yourself.",
        ));
    }
    if !yes && !agrees("Share exactly this?")? {
        wallet.refuse(&request)?;
        ui.note("Nothing was shared.");
        return Err(Failure::refused("declined", "You declined.", "They were told nothing."));
    }
    let picks = request.default_picks().map_err(kodanik_wallet::WalletError::from)?;
    let outcome = wallet.consent(request, &picks).await?;
    let text = format!(
        "Shared with {}: {}. Nothing else left the wallet.",
        outcome.party,
        outcome.claims.join(", ")
    );
    ui.result(&outcome, text);
    Ok(())
}
