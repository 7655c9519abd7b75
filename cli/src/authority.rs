//! `kodanik authority`: what an election authority does. The functions are those that the demo calls.

mod cards;
mod definition;
mod home;

use std::path::{Path, PathBuf};

use kodanik_ballot::manifest::{Issuers, Manifest};
use kodanik_ballot::trustee::card::Fingerprint;
use kodanik_contract::election::{ElectionRecord, Phase};
use kodanik_contract::eligibility::IssuerEligibility;
use kodanik_contract::entry::{Entry, Open, TallyResult};
use kodanik_contract::signed::{Signed, SignedBody};
use kodanik_crypto::encoding::to_base64url;
use kodanik_crypto::signature::SigningKey;
use kodanik_gateway::clock::Clock;
use kodanik_trustee::board::Board;
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::json;

pub(crate) use self::definition::{Definition, IssuerCard, STYLE};
pub(crate) use self::home::AuthorityHome;
use crate::args::{AuthorityArgs, AuthorityCommand};
use crate::board::{self, Appended, append};
use crate::failure::Failure;
use crate::secrets;
use crate::trustee;
use crate::ui::Ui;

/// Runs a subcommand.
pub(crate) async fn run(args: AuthorityArgs, ui: &Ui) -> Result<(), Failure> {
    match &args.command {
        AuthorityCommand::Cards { cards } => return cards::show(&cards::read(cards)?, ui),
        AuthorityCommand::Example => {
            ui.result(&Definition::example(), Definition::example_text()?);
            return Ok(());
        }
        _ => {}
    }
    let file = args.passphrase_file.as_deref();
    if let AuthorityCommand::Init = args.command {
        let home = AuthorityHome::make(&args.home, &secrets::choose_passphrase(file)?)?;
        return show_key(&home, ui);
    }
    let passphrase = secrets::read(file, "KODANIK_PASSPHRASE", "Passphrase")?;
    let authority = Authority { key: AuthorityHome::open(&args.home, &passphrase)?.key };
    match args.command {
        AuthorityCommand::Cards { .. } | AuthorityCommand::Example | AuthorityCommand::Init => Ok(()),
        AuthorityCommand::Manifest {
            gateway,
            policy,
            definition,
            trustees,
            threshold,
            issuers,
            required,
            yes,
        } => {
            let board = board::open(&gateway, &policy)?;
            let definition: Definition = read_json(&definition)?;
            let trustees = cards::read(&trustees)?;
            cards::compare(&trustees, yes, ui)?;
            let members = read_all::<IssuerCard>(&issuers)?;
            let issuers = Issuers { required: required.unwrap_or(members.len() as u32), members };
            let log = board.origin().as_str();
            let manifest =
                definition.into_manifest(log, trustees, threshold, issuers, Clock::system().minute())?;
            let digits = Fingerprint::of_manifest(&manifest.hash());
            let appended = authority.publish(&board, manifest).await?;
            show_manifest(&appended, &digits, ui);
            Ok(())
        }
        AuthorityCommand::Open { gateway, policy, election } => {
            let appended = authority.open(&mut board::open(&gateway, &policy)?, &election).await?;
            show(ui, &appended, "Casting is open")
        }
        AuthorityCommand::Close { gateway, policy, counts, election } => {
            let counts = read_all::<Entry>(&counts)?;
            let mut board = board::open(&gateway, &policy)?;
            let appended = authority.close(&mut board, &election, counts).await?;
            show_closed(&appended, board::election(&mut board, &election).await?, ui);
            Ok(())
        }
        AuthorityCommand::Result { gateway, policy, election } => {
            let (_, appended) =
                authority.publish_result(&mut board::open(&gateway, &policy)?, &election).await?;
            show(ui, &appended, "The result is on the board")
        }
    }
}

/// The authority at work: one key.
pub(crate) struct Authority {
    pub(crate) key: SigningKey,
}

impl Authority {
    /// Publishes a manifest.
    pub(crate) async fn publish(&self, board: &Board, manifest: Manifest) -> Result<Appended, Failure> {
        append(board, &Entry::ElectionManifest(self.sign(board, manifest)?)).await
    }

    /// Opens the election `name`, whose trustees must all have confirmed its key.
    pub(crate) async fn open(&self, board: &mut Board, name: &str) -> Result<Appended, Failure> {
        let record = board::election(board, name).await?;
        let unfinished = || {
            let advice = "See `kodanik trustee status`, then try again.";
            Failure::refused("ceremony_unfinished", trustee::awaited(record), advice)
        };
        let election = record.election().ok_or_else(unfinished)?;
        if matches!(record.phase(), Phase::Ceremony | Phase::Failed) {
            return Err(unfinished());
        }
        let open = Open { election: election.id };
        append(board, &Entry::ElectionOpen(self.sign(board, open)?)).await
    }

    /// Closes and logs the issuers' counts. The authority replays the whole log to sign what it really holds.
    pub(crate) async fn close(
        &self,
        board: &mut Board,
        name: &str,
        counts: Vec<Entry>,
    ) -> Result<Appended, Failure> {
        if !counts.iter().all(|entry| matches!(entry, Entry::EligibilityCounts(_))) {
            return Err(Failure::usage(
                "The counts file holds something else.",
                "Make it with `gateway counts`.",
            ));
        }
        let close = board::election(board, name)
            .await?
            .close_body()
            .ok_or_else(|| Failure::refused("not_now", "The election is not open.", ""))?;
        let closed = append(board, &Entry::ElectionClose(self.sign(board, close)?)).await?;
        for entry in &counts {
            append(board, entry).await?;
        }
        Ok(closed)
    }

    /// Publishes what the trustees' shares decrypt to.
    pub(crate) async fn publish_result(
        &self,
        board: &mut Board,
        name: &str,
    ) -> Result<(TallyResult, Appended), Failure> {
        let record = board::election(board, name).await?;
        let not_yet = || {
            let advice = "See `kodanik trustee status`, then try again.";
            Failure::refused("shares_missing", trustee::awaited(record), advice)
        };
        let election = record.election().ok_or_else(not_yet)?.id;
        let tally = record.counting().and_then(|counting| counting.tally().ok()).ok_or_else(not_yet)?;
        let result = TallyResult { contests: tally.contests, election };
        let appended = append(board, &Entry::TallyResult(self.sign(board, result.clone())?)).await?;
        Ok((result, appended))
    }

    fn sign<B: SignedBody>(&self, board: &Board, body: B) -> Result<Signed<B>, Failure> {
        Signed::sign(body, board.origin().as_str(), &self.key)
            .map_err(|error| Failure::refused("encoding", error, ""))
    }
}

fn show_key(home: &AuthorityHome, ui: &Ui) -> Result<(), Failure> {
    #[derive(Serialize)]
    struct Made {
        authority_key: String,
    }
    let authority_key = to_base64url(home.key.verifying_key().to_sec1());
    let text = authority_key.clone();
    ui.result(&Made { authority_key }, text);
    Ok(())
}

fn show_manifest(appended: &Appended, digits: &Fingerprint, ui: &Ui) {
    #[derive(Serialize)]
    struct Published<'a> {
        #[serde(flatten)]
        appended: &'a Appended,
        manifest: &'a Fingerprint,
    }
    let text = format!(
        "The manifest is on the board: entry {}, receipt verified.\n\
         Read its digits to every trustee, on the telephone; each compares them with its own machine:\n\n    {digits}",
        appended.index
    );
    ui.result(&Published { appended, manifest: digits }, text);
}

fn show(ui: &Ui, appended: &Appended, what: &str) -> Result<(), Failure> {
    ui.result(appended, format!("{what}: entry {}, receipt verified.", appended.index));
    Ok(())
}

/// What a close is worth depends on the issuers' counts: they are shown with it.
fn show_closed(appended: &Appended, record: &ElectionRecord, ui: &Ui) {
    let eligibility = record.eligibility();
    let json = json!({
        "index": appended.index,
        "log_size": appended.log_size,
        "eligibility": eligibility,
    });
    let counted = |issuer: &IssuerEligibility| issuer.used == 0 || issuer.issued.is_some();
    let proven = eligibility.alarms().any(|(_, alarm)| alarm.is_proof());
    let then = match eligibility.styles.iter().all(|style| style.issuers.iter().all(counted)) {
        _ if proven => "There is no tally: see the alarms.",
        true => "The trustees can open the sums.",
        false => "The trustees wait for the issuers' counts: `gateway counts --publish`.",
    };
    let text = format!(
        "Casting is closed: entry {}, receipt verified. {then}\n{}",
        appended.index,
        eligibility.to_string().trim_end()
    );
    ui.result(&json, text);
}

/// The lists in several JSON files, one after the other.
fn read_all<T: DeserializeOwned>(paths: &[PathBuf]) -> Result<Vec<T>, Failure> {
    let lists = paths.iter().map(|path| read_json::<Vec<T>>(path)).collect::<Result<Vec<_>, _>>()?;
    Ok(lists.into_iter().flatten().collect())
}

/// Reads a JSON file that a person named on the command line.
pub(crate) fn read_json<T: DeserializeOwned>(path: &Path) -> Result<T, Failure> {
    let bytes = std::fs::read(path).map_err(|error| Failure::file(path, &error))?;
    serde_json::from_slice(&bytes)
        .map_err(|error| Failure::usage(format!("{}: {error}", path.display()), "Check the file's content."))
}
