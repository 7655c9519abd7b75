//! Test doubles: a phone whose keys lie in files, a citizen at its prompt, a screen, and a plastic card.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::time::UnixSeconds;
use kodanik_ffi::{
    ChangeListener, Config, IdCard, KeyFault, KeyProtection, Kodanik, PinEntry, Platform, PromptReason,
    SecretStore, SecureKeys, Service,
};
use kodanik_gateway::roles::eid_issuer::{Offer, Person, PersonId};
use kodanik_wallet::platform::{self, Clock, KeyError, SoftwarePlatform};
use rand_core::OsRng;
use tempfile::TempDir;

use super::super::voting::{MARI, World};

pub(super) const PIN: &str = "284917";

/// A phone with a wallet on it.
pub(super) struct TestPhone {
    pub(super) kodanik: Arc<Kodanik>,
    pub(super) double: Arc<TestKeys>,
    /// Seconds by which the phone's clock is ahead.
    pub(super) ahead: Arc<AtomicU64>,
    /// Whether whoever asks for the time panics.
    pub(super) clock_panics: Arc<AtomicBool>,
    issuer: Arc<kodanik_gateway::roles::eid_issuer::EidIssuer>,
    _home: TempDir,
}

impl TestPhone {
    /// A new wallet, unlocked.
    pub(super) async fn start(world: &World) -> Self {
        let phone = Self::without_a_wallet(world);
        phone.kodanik.create(pin(PIN)).await.unwrap();
        phone
    }

    pub(super) fn without_a_wallet(world: &World) -> Self {
        let home = tempfile::tempdir().unwrap();
        let double = Arc::new(TestKeys {
            software: SoftwarePlatform::open(home.path()).unwrap(),
            prompt: Mutex::default(),
            secrets_fail: Mutex::default(),
            prompt_panics: AtomicBool::new(false),
            secrets_panic: AtomicBool::new(false),
            reasons: Mutex::default(),
        });
        let platform = Platform {
            keys: double.clone(),
            secrets: double.clone(),
            data_dir: home.path().to_str().unwrap().to_owned(),
            locale: "et".to_owned(),
        };
        let gateway = world.gateway.context.urls.identified.to_string();
        let config = Config { gateway, trust: None, allow_loopback_http: true };
        let ahead = Arc::new(AtomicU64::new(0));
        let (now, skew) = (world.now.clone(), ahead.clone());
        let clock_panics = Arc::new(AtomicBool::new(false));
        let panics = clock_panics.clone();
        let clock = Clock::new(move || {
            assert!(!panics.load(Ordering::SeqCst), "this test's clock panics");
            UnixSeconds(now.load(Ordering::SeqCst) + skew.load(Ordering::SeqCst))
        });
        let kodanik = Kodanik::open_with_clock(platform, config, clock).unwrap();
        let issuer = world.gateway.roles.eid_issuer.clone();
        Self { kodanik, double, ahead, clock_panics, issuer, _home: home }
    }

    /// A new wallet with the e-ID of somebody on every roll.
    pub(super) async fn enrolled(world: &World, number: &str) -> Self {
        let phone = Self::start(world).await;
        phone.enrol(world.person(number, true)).await;
        phone
    }

    pub(super) async fn enrol(&self, person: PersonId) {
        let offer = self.offer(person);
        let flow = self.kodanik.enrol(offer.offer_uri.expose().to_owned()).unwrap();
        flow.load().await.unwrap();
        flow.accept(Some(offer.tx_code.expose().to_owned())).await.unwrap();
    }

    pub(super) fn offer(&self, person: PersonId) -> Offer {
        self.issuer.create_offer(person).unwrap()
    }

    /// What the citizen was asked to unlock the key for.
    pub(super) fn reasons(&self) -> Vec<PromptReason> {
        self.double.reasons.lock().unwrap().clone()
    }
}

pub(super) fn pin(digits: &str) -> Arc<PinEntry> {
    let entry = PinEntry::new();
    digits.bytes().for_each(|digit| entry.push(digit - b'0').unwrap());
    entry
}

/// A double of the phone's key store and secret store, which fails or panics when told.
pub(super) struct TestKeys {
    software: SoftwarePlatform,
    prompt: Mutex<Option<KeyFault>>,
    secrets_fail: Mutex<bool>,
    pub(super) prompt_panics: AtomicBool,
    pub(super) secrets_panic: AtomicBool,
    reasons: Mutex<Vec<PromptReason>>,
}

impl TestKeys {
    pub(super) fn prompt_fails(&self, fault: Option<KeyFault>) {
        *self.prompt.lock().unwrap() = fault;
    }

    pub(super) fn secrets_fail(&self, fail: bool) {
        *self.secrets_fail.lock().unwrap() = fail;
    }

    fn secret_store(&self) -> Result<&dyn platform::SecretStore, KeyFault> {
        assert!(!self.secrets_panic.load(Ordering::SeqCst), "this test's secret store panics");
        if *self.secrets_fail.lock().unwrap() { Err(KeyFault::Unavailable) } else { Ok(&self.software) }
    }
}

fn fault(error: KeyError) -> KeyFault {
    match error {
        KeyError::AlreadyExists => KeyFault::AlreadyExists,
        KeyError::NotFound => KeyFault::NotFound,
        _ => KeyFault::Unavailable,
    }
}

#[async_trait]
impl SecureKeys for TestKeys {
    async fn create(&self, name: String) -> Result<Vec<u8>, KeyFault> {
        let key = platform::SecureKeys::create(&self.software, &name).await.map_err(fault)?;
        Ok(key.to_uncompressed_sec1().to_vec())
    }

    async fn info(&self, name: String) -> Result<Option<Vec<u8>>, KeyFault> {
        let key = platform::SecureKeys::info(&self.software, &name).await.map_err(fault)?;
        Ok(key.map(|key| key.to_uncompressed_sec1().to_vec()))
    }

    async fn sign(&self, name: String, message: Vec<u8>, reason: PromptReason) -> Result<Vec<u8>, KeyFault> {
        self.reasons.lock().unwrap().push(reason);
        assert!(!self.prompt_panics.load(Ordering::SeqCst), "this test's prompt panics");
        if let Some(fault) = *self.prompt.lock().unwrap() {
            return Err(fault);
        }
        // As on a phone, the prompt takes its time: an await point.
        tokio::task::yield_now().await;
        let reason = platform::PromptReason::Enrol;
        platform::SecureKeys::sign(&self.software, &name, &message, reason).await.map_err(fault)
    }

    async fn delete(&self, name: String) -> Result<(), KeyFault> {
        platform::SecureKeys::delete(&self.software, &name).await.map_err(fault)
    }

    fn protection(&self) -> Result<KeyProtection, KeyFault> {
        Ok(KeyProtection::Software)
    }
}

impl SecretStore for TestKeys {
    fn read(&self, name: String) -> Result<Option<Vec<u8>>, KeyFault> {
        let secret = self.secret_store()?.read(&name).map_err(fault)?;
        Ok(secret.map(|secret| secret.expose().to_vec()))
    }

    fn write(&self, name: String, secret: Vec<u8>) -> Result<(), KeyFault> {
        self.secret_store()?.write(&name, &secret).map_err(fault)
    }

    fn erase(&self, name: String) -> Result<(), KeyFault> {
        self.secret_store()?.erase(&name).map_err(fault)
    }
}

/// A double of a screen that looks whenever it is told.
pub(super) struct TestScreen {
    look: Box<dyn Fn() -> String + Send + Sync>,
    seen: Mutex<Vec<String>>,
}

impl TestScreen {
    pub(super) fn looking(look: impl Fn() -> String + Send + Sync + 'static) -> Arc<Self> {
        Arc::new(Self { look: Box::new(look), seen: Mutex::default() })
    }

    pub(super) fn seen(&self) -> Vec<String> {
        self.seen.lock().unwrap().clone()
    }
}

impl ChangeListener for TestScreen {
    fn changed(&self) {
        let seen = (self.look)();
        self.seen.lock().unwrap().push(seen);
    }
}

/// A double of a plastic ID card.
pub(super) struct TestCard(SigningKey);

#[async_trait]
impl IdCard for TestCard {
    async fn sign(&self, message: Vec<u8>) -> Result<Vec<u8>, KeyFault> {
        Ok(self.0.sign(&message).to_der())
    }
}

/// Somebody in the register and on every roll, who has a plastic card.
pub(super) fn somebody_with_a_card(world: &World) -> (PersonId, TestCard) {
    let card = TestCard(SigningKey::make(&mut OsRng));
    let person = Person {
        given_name: "Mari".to_owned(),
        family_name: "Maasikas".to_owned(),
        birthdate: "1990-01-01".to_owned(),
        personal_administrative_number: MARI.to_owned(),
        roll_number: "R-1".to_owned(),
        nationality: "KR".to_owned(),
        id_card_key: Some(card.0.verifying_key()),
    };
    world.admit(MARI);
    (world.gateway.roles.eid_issuer.add_person(&person).unwrap(), card)
}

/// The service and the place of the operation whose summary begins so.
pub(super) fn find(services: &[Service], summary: &str) -> (String, u32) {
    let place = |service: &Service| {
        let at = service.operations.iter().position(|it| it.summary.starts_with(summary))?;
        Some((service.id.clone(), u32::try_from(at).unwrap()))
    };
    services.iter().find_map(place).unwrap()
}
