//! What a citizen waits for before the first screen: `cargo bench -p scenarios --bench open [--profile mobile]`. A real wallet with an
//! e-ID, a real gateway, keys in files. Prints the median of each, in milliseconds.
#![expect(clippy::unwrap_used, reason = "a bench that cannot be set up must stop")]
#![expect(clippy::print_stdout, reason = "the table is what it is for")]

use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use kodanik_crypto::signature::SigningKey;
use kodanik_ffi::{
    Config, KeyFault, KeyProtection, Kodanik, PinEntry, PromptReason, SecretStore, SecureKeys,
};
use kodanik_gateway::clock::Clock;
use kodanik_gateway::init::TRUST_FOLDER;
use kodanik_gateway::office::Office;
use kodanik_gateway::roles::eid_issuer::Person;
use kodanik_gateway::server::Gateway;
use kodanik_wallet::platform::{self, SoftwarePlatform};
use rand_core::OsRng;

/// How often what takes long is measured, and what does not.
const FEW: usize = 9;
const MANY: usize = 999;

#[tokio::main]
async fn main() {
    let (dir, home) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let config = kodanik_gateway::config::Config::loopback(0, 0);
    let authority = SigningKey::make(&mut OsRng).verifying_key();
    kodanik_gateway::init::init(dir.path(), &config, authority, &Clock::system()).await.unwrap();
    let gateway = Gateway::start(dir.path(), Clock::system()).await.unwrap();
    enrolled(&gateway, home.path()).await;

    let open = || open(&gateway, home.path());
    show("open to phase()", FEW, || {
        open().phase();
    });
    let mut unlocking = Vec::new();
    for _ in 0..FEW {
        let kodanik = open();
        let started = Instant::now();
        kodanik.unlock(pin()).await.unwrap();
        unlocking.push(started.elapsed());
    }
    print("unlock, most of it the PIN's stretching", unlocking);
    let kodanik = open();
    kodanik.unlock(pin()).await.unwrap();
    let link = || "openid4vp://?".to_owned();
    show("an enrol flow to state()", MANY, || drop(kodanik.enrol(link()).unwrap().state()));
    show("a present flow to state()", MANY, || drop(kodanik.present(link()).unwrap().state()));
    show("a ballot flow to state()", MANY, || drop(kodanik.ballot(link()).unwrap().state()));
    show("a service flow to state()", MANY, || drop(kodanik.service_request().unwrap().state()));
    show("a backup flow to state()", MANY, || drop(kodanik.backup().unwrap().state()));
    show("200 lines of history at most", MANY, || drop(kodanik.history(0, 200).unwrap()));
    gateway.stop().await;
}

fn show(what: &str, times: usize, run: impl Fn()) {
    let measure = |_| {
        let started = Instant::now();
        run();
        started.elapsed()
    };
    print(what, (0..times).map(measure).collect());
}

fn print(what: &str, mut took: Vec<Duration>) {
    took.sort();
    println!("{what:<42}{:>10.4} ms", took[took.len() / 2].as_secs_f64() * 1e3);
}

fn pin() -> Arc<PinEntry> {
    let entry = PinEntry::new();
    [2, 8, 4, 9, 1, 7].into_iter().for_each(|digit| entry.push(digit).unwrap());
    entry
}

fn open(gateway: &Gateway, home: &Path) -> Arc<Kodanik> {
    let keys = Arc::new(Files(SoftwarePlatform::open(home).unwrap()));
    let platform = kodanik_ffi::Platform {
        keys: keys.clone(),
        secrets: keys,
        data_dir: home.to_str().unwrap().to_owned(),
        locale: "et".to_owned(),
    };
    let trust = gateway.context.dir.join(TRUST_FOLDER).to_str().unwrap().to_owned();
    let gateway = gateway.context.urls.identified.to_string();
    Kodanik::open(platform, Config { gateway, trust: Some(trust), allow_loopback_http: true }).unwrap()
}

async fn enrolled(gateway: &Gateway, home: &Path) {
    let person = Person {
        given_name: "Mari".to_owned(),
        family_name: "Maasikas".to_owned(),
        birthdate: "1990-01-01".to_owned(),
        personal_administrative_number: "9001011234567".to_owned(),
        roll_number: "R-1".to_owned(),
        nationality: "KR".to_owned(),
        id_card_key: None,
    };
    let offer = Office::of(&gateway.context).unwrap().enrol(&person).unwrap();
    let kodanik = open(gateway, home);
    kodanik.create(pin()).await.unwrap();
    let flow = kodanik.enrol(offer.offer_uri.expose().to_owned()).unwrap();
    flow.load().await.unwrap();
    flow.accept(Some(offer.tx_code.expose().to_owned())).await.unwrap();
}

/// A double of a phone's key store and secret store: files.
struct Files(SoftwarePlatform);

fn broken(_: platform::KeyError) -> KeyFault {
    KeyFault::Unavailable
}

#[async_trait]
impl SecureKeys for Files {
    async fn create(&self, name: String) -> Result<Vec<u8>, KeyFault> {
        let key = platform::SecureKeys::create(&self.0, &name).await.map_err(broken)?;
        Ok(key.to_uncompressed_sec1().to_vec())
    }

    async fn info(&self, name: String) -> Result<Option<Vec<u8>>, KeyFault> {
        let key = platform::SecureKeys::info(&self.0, &name).await.map_err(broken)?;
        Ok(key.map(|key| key.to_uncompressed_sec1().to_vec()))
    }

    async fn sign(&self, name: String, message: Vec<u8>, _: PromptReason) -> Result<Vec<u8>, KeyFault> {
        let reason = platform::PromptReason::Enrol;
        platform::SecureKeys::sign(&self.0, &name, &message, reason).await.map_err(broken)
    }

    async fn delete(&self, name: String) -> Result<(), KeyFault> {
        platform::SecureKeys::delete(&self.0, &name).await.map_err(broken)
    }

    fn protection(&self) -> Result<KeyProtection, KeyFault> {
        Ok(KeyProtection::Software)
    }
}

impl SecretStore for Files {
    fn read(&self, name: String) -> Result<Option<Vec<u8>>, KeyFault> {
        let secret = platform::SecretStore::read(&self.0, &name).map_err(broken)?;
        Ok(secret.map(|secret| secret.expose().to_vec()))
    }

    fn write(&self, name: String, secret: Vec<u8>) -> Result<(), KeyFault> {
        platform::SecretStore::write(&self.0, &name, &secret).map_err(broken)
    }

    fn erase(&self, name: String) -> Result<(), KeyFault> {
        platform::SecretStore::erase(&self.0, &name).map_err(broken)
    }
}
