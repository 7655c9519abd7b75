//! `kodanik gateway`.

use std::fmt::{self, Display};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use kodanik_ballot::election::Election;
use kodanik_contract::entry::Entry;
use kodanik_crypto::encoding::{Bytes, to_base64url};
use kodanik_crypto::secret::SecretText;
use kodanik_crypto::signature::{SigningKey, VerifyingKey};
use kodanik_gateway::clock::Clock;
use kodanik_gateway::config::Config;
use kodanik_gateway::office::{AskedAt, Office};
use kodanik_gateway::roles::eid_issuer::Person;
use kodanik_gateway::server::Gateway;
use kodanik_trustee::board::Board;
use rand_core::OsRng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::args::{GatewayArgs, GatewayCommand};
use crate::authority::read_json;
use crate::board;
use crate::failure::{Failure, capitalised};
use crate::ui::Ui;

/// Runs a subcommand.
pub(crate) async fn run(args: GatewayArgs, ui: &Ui) -> Result<(), Failure> {
    let dir = &args.dir;
    match args.command {
        GatewayCommand::Init { authority_key, port, issuers } => {
            init(dir, &authority_key, port, issuers, ui).await
        }
        GatewayCommand::Serve => serve(dir, ui).await,
        GatewayCommand::Enrol { person, example } => enrol(dir, person.as_deref(), example, ui),
        GatewayCommand::Ask { result: Some(id), .. } => asked(dir, &id, ui).await,
        GatewayCommand::Ask { claims, optional, result: None } => ask(dir, &claims, &optional, ui).await,
        GatewayCommand::Prepare { election, style } => {
            let issuers = Office::open(dir, Clock::system())?.prepare(&election, &style)?;
            let text = serde_json::to_string_pretty(&issuers)
                .map_err(|error| Failure::refused("encoding", error, ""))?;
            ui.result(&issuers, text);
            Ok(())
        }
        GatewayCommand::Counts { election, publish } => counts(dir, &election, publish, ui).await,
        GatewayCommand::Issued { election, number: None } => issued(dir, &election, ui).await,
        GatewayCommand::Issued { election, number: Some(number) } => {
            asked_of(dir, &election, &number, ui).await
        }
    }
}

async fn init(
    dir: &Path,
    authority_key: &str,
    port: u16,
    issuers: Vec<String>,
    ui: &Ui,
) -> Result<(), Failure> {
    let bad_key =
        || Failure::usage("That is not a public key.", "Take what `kodanik authority init` printed.");
    let bytes = Bytes::<33>::parse(authority_key).map_err(|_| bad_key())?;
    let key = VerifyingKey::from_sec1(&bytes.0).map_err(|_| bad_key())?;
    let next = port
        .checked_add(1)
        .ok_or_else(|| Failure::usage("The port is too high.", "Choose one below 65535."))?;
    let mut config = Config::loopback(port, next);
    if !issuers.is_empty() {
        config.eligibility.issuers = issuers;
    }
    let trust = kodanik_gateway::init::init(dir, &config, key, &Clock::system()).await?;
    let urls = config.fixed_urls()?;
    let json = json!({ "identified": urls.identified, "anonymous": urls.anonymous, "trust": trust });
    let text = format!(
        "The gateway is ready in {}.\n  identified plane  {}\n  anonymous plane   {}\n  trust             {} (give it to wallets and auditors)\n\
         Start it with: kodanik gateway --dir {} serve\n\
         The authorities' keys in {}/authorities are not needed while it serves: take them off this machine.",
        dir.display(),
        urls.identified,
        urls.anonymous,
        trust.display(),
        dir.display(),
        dir.display()
    );
    ui.result(&json, text);
    Ok(())
}

async fn serve(dir: &Path, ui: &Ui) -> Result<(), Failure> {
    crate::ui::log_to_stderr("info");
    let stopped = crate::ui::stop_signal()?;
    let gateway = Gateway::start(dir, Clock::system()).await?;
    let urls = &gateway.context.urls;
    let json = json!({ "identified": urls.identified, "anonymous": urls.anonymous });
    ui.result(&json, format!("Serving {} and {}. Ctrl-C stops.", urls.identified, urls.anonymous));
    stopped.await?;
    ui.note("Stopping: open requests are finished first.");
    gateway.stop().await;
    Ok(())
}

/// A person as a clerk writes one. `test_id_card` is the test double of the plastic card: a real office would register
/// the public key of the card that it hands out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct PersonFile {
    given_name: String,
    family_name: String,
    birthdate: String,
    personal_administrative_number: String,
    roll_number: String,
    nationality: String,
}

/// An offer of the e-ID, the code for it, and where the person's card is.
#[derive(Serialize)]
pub(crate) struct Enrolled {
    #[serde(serialize_with = "exposed")]
    offer: SecretText,
    #[serde(serialize_with = "exposed")]
    tx_code: SecretText,
    id_card: PathBuf,
}

/// Whoever enrols somebody is there to hand the offer over.
fn exposed<S: serde::Serializer>(secret: &SecretText, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(secret.expose())
}

impl Display for Enrolled {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let uri = self.offer.expose();
        write!(
            f,
            "{}\n{uri}\n\nCode, by another way: {}\nGood for 15 minutes. The test double of the ID card is in {}.",
            crate::qr::to_text(uri).unwrap_or_default(),
            self.tx_code.expose(),
            self.id_card.display()
        )
    }
}

impl PersonFile {
    /// Somebody whose numbers end with `number`.
    pub(crate) fn of(given_name: &str, family_name: &str, number: u32) -> Self {
        Self {
            given_name: given_name.to_owned(),
            family_name: family_name.to_owned(),
            birthdate: "1990-05-17".to_owned(),
            personal_administrative_number: format!("19900517-2{number:06}"),
            roll_number: format!("R-{number:06}"),
            nationality: "KR".to_owned(),
        }
    }

    fn to_text(&self) -> Result<String, Failure> {
        serde_json::to_string_pretty(self).map_err(|error| Failure::refused("encoding", error, ""))
    }

    /// Writes it as `gateway enrol --person` reads it.
    pub(crate) fn write(&self, path: &Path) -> Result<(), Failure> {
        std::fs::write(path, self.to_text()?).map_err(|error| Failure::file(path, &error))
    }

    /// Puts the person, whose file this is, into the register, and offers the e-ID.
    pub(crate) fn enrol(self, office: &Office, file: &Path) -> Result<Enrolled, Failure> {
        let card_path = file.with_extension("id-card");
        let card = id_card(&card_path)?;
        let offer = office.enrol(&Person {
            given_name: self.given_name,
            family_name: self.family_name,
            birthdate: self.birthdate,
            personal_administrative_number: self.personal_administrative_number,
            roll_number: self.roll_number,
            nationality: self.nationality,
            id_card_key: Some(card.verifying_key()),
        })?;
        Ok(Enrolled { offer: offer.offer_uri, tx_code: offer.tx_code, id_card: card_path })
    }
}

fn enrol(dir: &Path, file: Option<&Path>, example: bool, ui: &Ui) -> Result<(), Failure> {
    let Some(file) = file.filter(|_| !example) else {
        let person = PersonFile::of("Mina", "Seo", 1);
        ui.result(&person, person.to_text()?);
        return Ok(());
    };
    let person: PersonFile = read_json(file)?;
    let enrolled = person.enrol(&Office::open(dir, Clock::system())?, file)?;
    ui.result(&enrolled, &enrolled);
    Ok(())
}

/// The double of the person's plastic card: made once, kept beside the person's file.
fn id_card(path: &Path) -> Result<SigningKey, Failure> {
    if path.exists() {
        return crate::wallet::read_id_card(path);
    }
    let key = SigningKey::make(&mut OsRng);
    let text = SecretText::new(to_base64url(key.to_bytes().expose()));
    crate::private::write_new(path, text.expose().as_bytes()).map_err(|error| Failure::file(path, &error))?;
    Ok(key)
}

async fn ask(dir: &Path, claims: &[String], optional: &[String], ui: &Ui) -> Result<(), Failure> {
    let url = requests_url(dir)?;
    let request = json!({ "claims": claims, "optional": optional });
    let answer = reqwest::Client::new().post(url).json(&request).send().await;
    let created = relying_party_says(answer).await?;
    let (id, link) = (text_of(&created, "id"), text_of(&created, "link"));
    let text = format!(
        "{}\n{link}\n\nAfterwards, what the library made of the answer: kodanik gateway ask --result {id}",
        crate::qr::to_text(link).unwrap_or_default()
    );
    ui.result(&created, text);
    Ok(())
}

/// What the relying party made of the answer: names of claims and a verdict, never values.
async fn asked(dir: &Path, id: &str, ui: &Ui) -> Result<(), Failure> {
    let mut url = requests_url(dir)?;
    url.path_segments_mut().map_err(|()| Failure::usage("The gateway's address has no path.", ""))?.push(id);
    let result = relying_party_says(reqwest::get(url).await).await?;
    let reason = result["reason"].as_str().map_or(String::new(), |reason| format!(" ({reason})"));
    ui.result(&result, format!("The library says: {}{reason}", text_of(&result, "verdict")));
    Ok(())
}

fn requests_url(dir: &Path) -> Result<url::Url, Failure> {
    let urls = Config::read(dir)?.fixed_urls()?;
    urls.identified.join("rp/requests").map_err(|error| Failure::usage(error, ""))
}

async fn relying_party_says(
    answer: Result<reqwest::Response, reqwest::Error>,
) -> Result<serde_json::Value, Failure> {
    let offline =
        |_| Failure::refused("offline", "The gateway does not answer.", "Is `gateway serve` running?");
    let answer = answer.map_err(offline)?;
    let status = answer.status();
    let body: serde_json::Value = answer.json().await.map_err(offline)?;
    if status.is_success() {
        return Ok(body);
    }
    let code = format!("refused.{}", body["error"].as_str().unwrap_or("unknown"));
    Err(Failure::refused(code, capitalised(text_of(&body, "message")), ""))
}

fn text_of<'a>(value: &'a serde_json::Value, name: &str) -> &'a str {
    value[name].as_str().unwrap_or_default()
}

async fn counts(dir: &Path, name: &str, publish: bool, ui: &Ui) -> Result<(), Failure> {
    let mut board = board_of(dir)?;
    let election = open_election(&mut board, name).await?;
    let counts = Office::open(dir, Clock::system())?.counts(&election)?;
    if publish {
        return publish_counts(&mut board, name, &counts, ui).await;
    }
    let bodies = counts.iter().filter_map(|entry| match entry {
        Entry::EligibilityCounts(counts) => Some(&counts.body),
        _ => None,
    });
    let eligibility = board::election(&mut board, name).await?.eligibility_with(bodies);
    ui.note(eligibility.to_string().trim_end());
    let text =
        serde_json::to_string_pretty(&counts).map_err(|error| Failure::refused("encoding", error, ""))?;
    ui.result(&counts, text);
    Ok(())
}

async fn publish_counts(board: &mut Board, name: &str, counts: &[Entry], ui: &Ui) -> Result<(), Failure> {
    let mut entries = Vec::new();
    for entry in counts {
        entries.push(board::append(board, entry).await?.index);
    }
    let eligibility = board::election(board, name).await?.eligibility();
    let listed: Vec<_> = entries.iter().map(u64::to_string).collect();
    let text = format!(
        "The counts are on the board: entries {}, receipts verified.\n{}",
        listed.join(", "),
        eligibility.to_string().trim_end()
    );
    ui.result(&json!({ "entries": entries, "eligibility": eligibility }), text);
    Ok(())
}

async fn issued(dir: &Path, name: &str, ui: &Ui) -> Result<(), Failure> {
    let election = open_election(&mut board_of(dir)?, name).await?;
    let lists = Office::open(dir, Clock::system())?.issued_lists(&election)?;
    let text =
        serde_json::to_string_pretty(&lists).map_err(|error| Failure::refused("encoding", error, ""))?;
    ui.result(&lists, text);
    Ok(())
}

async fn asked_of(dir: &Path, name: &str, number: &str, ui: &Ui) -> Result<(), Failure> {
    let election = open_election(&mut board_of(dir)?, name).await?;
    let kept = Office::open(dir, Clock::system())?.asked(&election, number)?;
    let lines = kept.iter().map(|AskedAt { asked, issuer }| match asked {
        None => format!("{issuer}: signed nothing for this person."),
        Some(asked) => format!(
            "{issuer}: signed at {} for style {}. The e-ID that asked signed this:\n  {}",
            crate::ui::time(asked.at),
            asked.style,
            asked.citizen_signature
        ),
    });
    let text: Vec<_> = lines.collect();
    ui.result(&kept, text.join("\n"));
    Ok(())
}

/// The log that this gateway keeps, under its own policy.
fn board_of(dir: &Path) -> Result<Board, Failure> {
    let urls = Config::read(dir)?.fixed_urls()?;
    let policy = dir.join(kodanik_gateway::init::TRUST_FOLDER).join("ledger.policy");
    board::open(&urls.anonymous, &policy)
}

async fn open_election(board: &mut Board, name: &str) -> Result<Arc<Election>, Failure> {
    let election = board::election(board, name).await?.election().cloned();
    election.ok_or_else(|| Failure::refused("not_now", "The election is not open.", ""))
}
