//! `kodanik gateway`.

use std::path::Path;

use kodanik_crypto::encoding::{Bytes, to_base64url};
use kodanik_crypto::signature::{SigningKey, VerifyingKey};
use kodanik_gateway::clock::Clock;
use kodanik_gateway::config::Config;
use kodanik_gateway::office::Office;
use kodanik_gateway::roles::eid_issuer::Person;
use kodanik_gateway::server::Gateway;
use rand_core::OsRng;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::args::{GatewayArgs, GatewayCommand};
use crate::authority::read_json;
use crate::board;
use crate::failure::Failure;
use crate::ui::Ui;

/// Runs a subcommand.
pub(crate) async fn run(args: GatewayArgs, ui: &Ui) -> Result<(), Failure> {
    let dir = &args.dir;
    match args.command {
        GatewayCommand::Init { authority_key, port } => init(dir, &authority_key, port, ui).await,
        GatewayCommand::Serve => serve(dir, ui).await,
        GatewayCommand::Enrol { person, example } => enrol(dir, person.as_deref(), example, ui),
        GatewayCommand::Ask { claims } => ask(dir, &claims, ui).await,
        GatewayCommand::Prepare { election, style } => {
            let issuers = Office::open(dir, Clock::system())?.prepare(&election, &style)?;
            let text = serde_json::to_string_pretty(&issuers)
                .map_err(|error| Failure::refused("encoding", error, ""))?;
            ui.result(&issuers, text);
            Ok(())
        }
        GatewayCommand::Counts { election } => counts(dir, &election, ui).await,
    }
}

async fn init(dir: &Path, authority_key: &str, port: u16, ui: &Ui) -> Result<(), Failure> {
    let bad_key =
        || Failure::usage("That is not a public key.", "Take what `kodanik authority init` printed.");
    let bytes = Bytes::<33>::parse(authority_key).map_err(|_| bad_key())?;
    let key = VerifyingKey::from_sec1(&bytes.0).map_err(|_| bad_key())?;
    let next = port
        .checked_add(1)
        .ok_or_else(|| Failure::usage("The port is too high.", "Choose one below 65535."))?;
    let config = Config::loopback(port, next);
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
    let gateway = Gateway::start(dir, Clock::system()).await?;
    let urls = &gateway.context.urls;
    let json = json!({ "identified": urls.identified, "anonymous": urls.anonymous });
    ui.result(&json, format!("Serving {} and {}. Ctrl-C stops.", urls.identified, urls.anonymous));
    crate::ui::until_stopped().await?;
    ui.note("Stopping: open requests are finished first.");
    gateway.stop().await;
    Ok(())
}

/// A person as a clerk writes one. `test_id_card` is the test double of the plastic card: a real office would register
/// the public key of the card that it hands out.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct PersonFile {
    given_name: String,
    family_name: String,
    birthdate: String,
    personal_administrative_number: String,
    roll_number: String,
    nationality: String,
}

fn enrol(dir: &Path, file: Option<&Path>, example: bool, ui: &Ui) -> Result<(), Failure> {
    let Some(file) = file.filter(|_| !example) else {
        let person = PersonFile {
            given_name: "Mina".to_owned(),
            family_name: "Seo".to_owned(),
            birthdate: "1990-05-17".to_owned(),
            personal_administrative_number: "19900517-2000001".to_owned(),
            roll_number: "R-000001".to_owned(),
            nationality: "KR".to_owned(),
        };
        let text =
            serde_json::to_string_pretty(&person).map_err(|error| Failure::refused("encoding", error, ""))?;
        ui.result(&person, text);
        return Ok(());
    };
    let person: PersonFile = read_json(file)?;
    let card_path = file.with_extension("id-card");
    let card = id_card(&card_path)?;
    let offer = Office::open(dir, Clock::system())?.enrol(&Person {
        given_name: person.given_name,
        family_name: person.family_name,
        birthdate: person.birthdate,
        personal_administrative_number: person.personal_administrative_number,
        roll_number: person.roll_number,
        nationality: person.nationality,
        id_card_key: Some(card.verifying_key()),
    })?;
    let (uri, tx_code) = (offer.offer_uri.expose(), offer.tx_code.expose());
    let json = json!({ "offer": uri, "tx_code": tx_code, "id_card": card_path });
    let text = format!(
        "{}\n{uri}\n\nCode, by another way: {tx_code}\nGood for 15 minutes. The test double of the ID card is in {}.",
        crate::qr::to_text(uri).unwrap_or_default(),
        card_path.display()
    );
    ui.result(&json, text);
    Ok(())
}

/// The double of the person's plastic card: made once, kept beside the person's file.
fn id_card(path: &Path) -> Result<SigningKey, Failure> {
    if path.exists() {
        return crate::wallet::read_id_card(path);
    }
    let key = SigningKey::make(&mut OsRng);
    std::fs::write(path, to_base64url(key.to_bytes().expose()))?;
    Ok(key)
}

async fn ask(dir: &Path, claims: &[String], ui: &Ui) -> Result<(), Failure> {
    let urls = Config::read(dir)?.fixed_urls()?;
    let url = urls.identified.join("rp/requests").map_err(|error| Failure::usage(error, ""))?;
    let answer = reqwest::Client::new().post(url).json(&json!({ "claims": claims })).send().await;
    let answer = answer.and_then(reqwest::Response::error_for_status);
    let offline = |error| {
        Failure::refused("offline", format!("The gateway did not make a request: {error}."), "Is it serving?")
    };
    let created: serde_json::Value = answer.map_err(offline)?.json().await.map_err(offline)?;
    let link = created["link"].as_str().or(created["request"].as_str()).unwrap_or_default().to_owned();
    ui.result(&created, format!("{}\n{link}", crate::qr::to_text(&link).unwrap_or_default()));
    Ok(())
}

async fn counts(dir: &Path, name: &str, ui: &Ui) -> Result<(), Failure> {
    let urls = Config::read(dir)?.fixed_urls()?;
    let policy = dir.join(kodanik_gateway::init::TRUST_FOLDER).join("ledger.policy");
    let mut board = board::open(&urls.anonymous, &policy)?;
    let election = board::election(&mut board, name)
        .await?
        .election()
        .ok_or_else(|| Failure::refused("not_now", "The election is not open.", ""))?;
    let counts = Office::open(dir, Clock::system())?.counts(election)?;
    let text =
        serde_json::to_string_pretty(&counts).map_err(|error| Failure::refused("encoding", error, ""))?;
    ui.result(&counts, text);
    Ok(())
}
