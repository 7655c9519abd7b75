//! The citizen of the story.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use kodanik_services::tracker::CaseState;
use kodanik_wallet::Wallet;
use kodanik_wallet::credentials::KnownStatus;
use kodanik_wallet::recover::{RecoverOutcome, TestIdCard};
use kodanik_wallet::vote::{CastOutcome, Choice};
use serde_json::{Value, json};

use super::stage::{person, test_id_card};
use crate::failure::Failure;
use crate::stage::{ELECTION, Stage, entry, must_hold, short};
use crate::ui::Ui;
use crate::wallet::{describe_check, describe_choice};

/// Somebody with a phone and a plastic ID card.
pub(super) struct Citizen {
    pub(super) phone: Wallet,
    card: TestIdCard,
}

impl Citizen {
    /// A new phone, and the e-ID for it.
    pub(super) async fn enrol(stage: &Stage, ui: &Ui) -> Result<Self, Failure> {
        ui.chapter(
            3,
            "Mina gets her e-ID",
            "At the counter she shows her plastic card and gets a QR code; a six-digit code comes by letter. The e-ID is bound to a key that never leaves her phone.",
        );
        let card = test_id_card();
        let offer = stage.office.enrol(&person("Mina", "Seo", 1, Some(card.public_key())))?;
        stage.prepare(ELECTION).await?;
        let phone = stage.new_phone("mina").await?;
        ui.checked(
            "wallet made; its trust is a folder that she got from elsewhere, not what a server says",
            format!("{:.14}…", phone.trust().fingerprint()),
        );
        let outcome = phone.add_credential(offer.offer_uri.expose(), Some(offer.tx_code)).await?;
        for check in &outcome.checked {
            ui.checked(describe_check(check), "");
        }
        Ok(Self { phone, card })
    }

    /// Shows the e-ID to a library.
    pub(super) async fn present(&self, stage: &Stage, ui: &Ui) -> Result<(), Failure> {
        ui.chapter(4, "She shows it to a library", "The library asks whether she is an adult, and for her name. Her phone shows who asks before anything is sent.");
        let (id, link) = ask(stage, &["age_equal_or_over.18", "given_name"]).await?;
        let request = self.phone.inspect_presentation(&link).await?;
        ui.checked("the request is signed under a pinned anchor", format!("“{}”", request.party));
        ui.checked(
            "a registrar vouches for the purpose",
            format!("“{}”", request.purpose.clone().unwrap_or_default()),
        );
        ui.checked("nothing is asked for beyond what it registered", request.claims.join(", "));
        must_hold(request.purpose.is_some(), "Nobody vouches for the library's purpose.")?;
        must_hold(request.over_asked.is_empty(), "The library asks for more than it registered.")?;
        let picks = request.default_picks().map_err(kodanik_wallet::WalletError::from)?;
        let outcome = self.phone.consent(request, &picks).await?;
        let verdict = result(stage, &id).await?;
        must_hold(verdict["verdict"] == "accepted", "The library does not accept the e-ID.")?;
        must_hold(
            verdict["claims"] == json!(outcome.claims),
            "The library got other claims than were agreed to.",
        )?;
        ui.checked(
            "the library verified issuer, device key, nonce and status",
            format!("it says: {}", text(&verdict["verdict"])),
        );
        ui.checked(
            "left the wallet, encrypted: exactly these claims and nothing else",
            outcome.claims.join(", "),
        );
        Ok(())
    }

    /// Applies for an allowance through X-Road and follows the case.
    pub(super) async fn use_service(&self, ui: &Ui) -> Result<(), Failure> {
        ui.chapter(
            5,
            "She applies for a parental allowance",
            "The X-Road way: phone, gateway, security server (here a test double), public body. Her own signature survives all of it.",
        );
        let catalogue = self.phone.services().await?;
        let service = catalogue
            .services
            .iter()
            .find(|service| service.id.service_code == "allowance" || service.title.contains("allowance"));
        let service = service
            .ok_or_else(|| Failure::refused("no_service", "The allowance is not in the catalogue.", ""))?;
        let operation = service.operations.iter().find(|operation| !operation.fields.is_empty());
        let operation =
            operation.ok_or_else(|| Failure::refused("no_service", "The allowance has no form.", ""))?;
        let input = [("child_name", "Haneul Seo"), ("child_born", "2026-10-02"), ("months", "12")];
        let input: BTreeMap<_, _> =
            input.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let preview = self.phone.preview_request(&catalogue, &service.id, operation, &input)?;
        let answered = self.phone.submit_request(preview).await?;
        ui.checked("the public body verified her signature and her e-ID, end to end", &answered.provider);
        ui.checked(
            "X-Road's hash of the request, computed again on the phone",
            format!("{:.16}…", answered.report.request_hash),
        );
        let seen = self.follow(&answered.id, ui).await?;
        must_hold(seen.last() == Some(&CaseState::Done), "The case was not decided in her favour.")?;
        let seen: Vec<_> = seen.iter().map(|state| format!("{state:?}").to_lowercase()).collect();
        ui.checked(
            "she followed the case to its decision; each step was one that may follow",
            seen.join(" → "),
        );
        let decision = self.phone.case_decision(&answered.id).await?;
        let file = self.phone.evidence_file(&decision.id)?;
        let report = self.phone.verify_evidence(&file)?;
        ui.checked(
            "evidence kept: both signatures and the hash verify offline",
            format!("{} bytes, signed by {}", file.len(), report.provider),
        );
        Ok(())
    }

    /// Asks until the case is decided; gives the states that were seen.
    async fn follow(&self, id: &str, ui: &Ui) -> Result<Vec<CaseState>, Failure> {
        let spinner = ui.spinner("The public body works on the case");
        let mut seen = vec![CaseState::Received];
        loop {
            for update in self.phone.poll_cases(true).await?.into_iter().filter(|update| update.id == id) {
                let state = update.result?.status.state;
                if seen.last() != Some(&state) {
                    seen.push(state);
                }
                if state.is_final() {
                    spinner.finish_and_clear();
                    return Ok(seen);
                }
            }
            tokio::time::sleep(Duration::from_millis(250)).await;
        }
    }

    /// Credential, ballot, receipt, check, second ballot.
    pub(super) async fn vote(&mut self, stage: &Stage, ui: &Ui) -> Result<(), Failure> {
        ui.chapter(
            6,
            "She votes, checks it with another phone, and votes again",
            "Three issuers each sign her pseudonym without seeing it. From then on nothing on the wire knows who she is.",
        );
        let credential = self.phone.obtain_credential(ELECTION, None).await?;
        ui.checked(
            "voting credential: three blind signatures, each verified under the manifest's key",
            credential.issuers.join(", "),
        );
        ui.checked(
            "each issuer saw one claim, and a blinded pseudonym that tells it nothing",
            credential.disclosed.clone().unwrap_or_default(),
        );
        let other = stage.new_phone("another-phone").await?;
        let manifest = other.election(ELECTION).await?.election.manifest;
        let tested = self.phone.prepare(ELECTION, &choices("3", &["1"])).await?;
        let promise = tested.promise().to_string();
        let tested = other.check_test(&promise, &self.phone.test_prepared(tested)?.to_text()).await?;
        ui.checked(
            "a ballot is promised, tested and thrown away: another phone made the same one from it",
            format!("tracker {}", short(&tested.tracker)),
        );
        tested.contests.iter().for_each(|contest| ui.shown(describe_choice(&manifest, contest)));

        let first = self.phone.cast(ELECTION, &choices("3", &["1"])).await?;
        show_cast(&first, ui);
        let no_check = || Failure::refused("no_check", "The election offers no check.", "");
        let code = first.check_code.as_ref().ok_or_else(no_check)?.to_text();
        let checked = other.check(&code).await?;
        ui.checked(
            "another phone read the code, fetched the ballot itself, and recomputed every ciphertext",
            format!("it is the last of {} entries that counts", checked.read_to),
        );
        checked.contests.iter().for_each(|contest| ui.shown(describe_choice(&manifest, contest)));
        let chosen: Vec<_> = checked.contests.iter().map(|contest| contest.chosen.join(",")).collect();
        must_hold(chosen == ["3", "1"], "The other phone shows another choice than was made.")?;
        let second = self.phone.cast(ELECTION, &choices("7", &["2", "4"])).await?;
        must_hold(second.replaces == Some(first.ballot.tracker), "The second ballot replaces another one.")?;
        show_cast(&second, ui);
        match other.check(&code).await {
            Err(refused) => ui.refused("the first code no longer checks", refused),
            Ok(_) => {
                return Err(Failure::refused("stale_check", "A superseded ballot passed the check.", ""));
            }
        }
        Ok(())
    }

    /// Backup codes, the loss, the recovery.
    pub(super) async fn lose_the_phone(self, stage: &Stage, ui: &Ui) -> Result<Self, Failure> {
        ui.chapter(
            7,
            "She loses the phone and gets everything back",
            "Eight codes on paper. One of them and a tap of her plastic card bring it all to a new phone; the old e-ID dies first.",
        );
        let draft = self.phone.draft_backup();
        let asked = draft.codes().nth(draft.asked() - 1).map(|code| code.to_string()).unwrap_or_default();
        let stored = self.phone.store_backup(&draft, &asked).await?;
        ui.checked(
            "eight codes made, one asked back, the backup sealed under a key that the phone then forgot",
            format!("{} bytes", stored.blob_size),
        );
        let code = draft.codes().next().map(|code| code.to_string()).unwrap_or_default();
        // Somebody finds the phone, with the PIN on a note.
        copy_folder(&stage.home("mina"), &stage.home("found-by-somebody"))?;
        drop(self.phone);
        std::fs::remove_dir_all(stage.home("mina"))?;
        ui.line("    … the phone is gone");
        let phone = stage.new_phone("mina-new").await?;
        let RecoverOutcome::Recovered(recovered) = phone.recover(&code, Some(&self.card)).await? else {
            return Err(Failure::refused(
                "recovery",
                "The second factor did not make the recovery immediate.",
                "",
            ));
        };
        ui.checked(
            "code and card accepted; the old device was put out of force before anything was released",
            "",
        );
        ui.checked(
            "back: history, cases, evidence, the seed of her pseudonyms",
            format!("{} lines of history", recovered.summary.history),
        );
        self::check_new_eid(stage, &phone, ui).await?;
        self::check_old_eid(stage, ui).await?;
        phone.obtain_credential(ELECTION, None).await?;
        let third = phone.cast(ELECTION, &choices("5", &[])).await?;
        must_hold(third.ballot.seq == 3, "The new phone votes under another pseudonym.")?;
        ui.checked(
            "same pseudonym: she votes once more, and it replaces what the lost phone cast",
            format!("ballot no. {}, {}", third.ballot.seq, entry(third.index)),
        );
        Ok(Self { phone, card: self.card })
    }
}

async fn check_new_eid(stage: &Stage, phone: &Wallet, ui: &Ui) -> Result<(), Failure> {
    let valid =
        phone.credentials().await?.iter().any(|credential| credential.status.status == KnownStatus::Valid);
    let (id, link) = ask(stage, &["given_name"]).await?;
    let request = phone.inspect_presentation(&link).await?;
    let picks = request.default_picks().map_err(kodanik_wallet::WalletError::from)?;
    phone.consent(request, &picks).await?;
    let verdict = result(stage, &id).await?;
    if !valid || verdict["verdict"] != "accepted" {
        return Err(Failure::refused("new_eid", "The new e-ID is not accepted.", ""));
    }
    ui.checked("the new e-ID works at the library", text(&verdict["verdict"]));
    Ok(())
}

async fn check_old_eid(stage: &Stage, ui: &Ui) -> Result<(), Failure> {
    let found = stage.open_phone("found-by-somebody").await?;
    let (id, link) = ask(stage, &["given_name"]).await?;
    let request = found.inspect_presentation(&link).await?;
    let picks = request.default_picks().map_err(kodanik_wallet::WalletError::from)?;
    let refused = found.consent(request, &picks).await;
    let verdict = result(stage, &id).await?;
    if refused.is_ok() || verdict["verdict"] != "refused" {
        return Err(Failure::refused("old_eid", "The lost phone's e-ID was accepted.", ""));
    }
    ui.refused("the found phone shows the old e-ID to the library", text(&verdict["reason"]));
    Ok(())
}

fn show_cast(outcome: &CastOutcome, ui: &Ui) {
    let place = format!(
        "{} of {}, tracker {}",
        entry(outcome.index),
        outcome.log_size,
        short(&outcome.ballot.tracker)
    );
    match outcome.replaces {
        None => {
            ui.checked("ballot cast; receipt: inclusion proof and signed head, bound to this ballot", place)
        }
        Some(_) => ui.checked("voted again; the earlier ballot is superseded", place),
    }
}

/// One mayor, some projects; none is a blank vote.
pub(super) fn choices(mayor: &str, projects: &[&str]) -> [Choice; 2] {
    let choice = |contest: &str, options: &[&str]| Choice {
        contest: contest.to_owned(),
        options: options.iter().map(|option| (*option).to_owned()).collect(),
    };
    [choice("mayor", &[mayor]), choice("projects", projects)]
}

/// The library asks; gives the request's name and the link for the wallet.
async fn ask(stage: &Stage, claims: &[&str]) -> Result<(String, String), Failure> {
    let url = stage
        .gateway
        .context
        .urls
        .identified
        .join("rp/requests")
        .map_err(|error| Failure::usage(error, ""))?;
    let answer = reqwest::Client::new().post(url).json(&json!({ "claims": claims })).send().await;
    let created: Value = read(answer).await?;
    Ok((text(&created["id"]), text(&created["link"])))
}

/// What the library made of the answer.
async fn result(stage: &Stage, id: &str) -> Result<Value, Failure> {
    let url = stage.gateway.context.urls.identified.join("rp/requests/").and_then(|base| base.join(id));
    read(reqwest::get(url.map_err(|error| Failure::usage(error, ""))?).await).await
}

async fn read(answer: Result<reqwest::Response, reqwest::Error>) -> Result<Value, Failure> {
    let offline = |error: reqwest::Error| {
        Failure::refused("offline", format!("The library does not answer: {error}."), "")
    };
    answer.and_then(reqwest::Response::error_for_status).map_err(offline)?.json().await.map_err(offline)
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn copy_folder(from: &Path, to: &Path) -> std::io::Result<()> {
    std::fs::create_dir_all(to)?;
    for item in std::fs::read_dir(from)? {
        let item = item?;
        let target = to.join(item.file_name());
        if item.file_type()?.is_dir() {
            copy_folder(&item.path(), &target)?;
        } else {
            std::fs::copy(item.path(), target)?;
        }
    }
    Ok(())
}
