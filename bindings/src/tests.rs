//! What needs no gateway: the door, the PIN, foreign keys, faults, and that nothing prints a secret.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use async_trait::async_trait;
use kodanik_wallet::WalletError;
use kodanik_wallet::error::{HomeError, Misuse, Refusal};
use kodanik_wallet::http::{AddressError, AnswerError, TransportError};
use kodanik_wallet::pin::PinError;
use kodanik_wallet::platform::{KeyError, SecureKeys as _};
use kodanik_wallet::recovery::RecoveryError;
use kodanik_wallet::store::StoreError;
use kodanik_wallet::vote::VoteError;

use super::*;
use crate::platform::Keys;

/// A double of a phone whose key store answers with whatever bytes it was given.
#[derive(Default)]
struct TestPhone {
    key: Vec<u8>,
    secrets: Mutex<BTreeMap<String, Vec<u8>>>,
}

#[async_trait]
impl SecureKeys for TestPhone {
    async fn create(&self, _: String) -> Result<Vec<u8>, KeyFault> {
        Ok(self.key.clone())
    }

    async fn info(&self, _: String) -> Result<Option<Vec<u8>>, KeyFault> {
        Ok(Some(self.key.clone()))
    }

    async fn sign(&self, _: String, _: Vec<u8>, _: PromptReason) -> Result<Vec<u8>, KeyFault> {
        Err(KeyFault::Cancelled)
    }

    async fn delete(&self, _: String) -> Result<(), KeyFault> {
        Ok(())
    }

    fn protection(&self) -> Result<KeyProtection, KeyFault> {
        if self.key.is_empty() { Err(KeyFault::Unavailable) } else { Ok(KeyProtection::Software) }
    }
}

impl SecretStore for TestPhone {
    fn read(&self, name: String) -> Result<Option<Vec<u8>>, KeyFault> {
        Ok(self.secrets.lock().unwrap().get(&name).cloned())
    }

    fn write(&self, name: String, secret: Vec<u8>) -> Result<(), KeyFault> {
        self.secrets.lock().unwrap().insert(name, secret);
        Ok(())
    }

    fn erase(&self, name: String) -> Result<(), KeyFault> {
        self.secrets.lock().unwrap().remove(&name);
        Ok(())
    }
}

fn open(home: &std::path::Path, gateway: &str, key: &[u8]) -> Result<Arc<Kodanik>, Fault> {
    let phone = Arc::new(TestPhone { key: key.to_vec(), ..TestPhone::default() });
    let data_dir = home.to_str().unwrap().to_owned();
    let platform = Platform { keys: phone.clone(), secrets: phone, data_dir, locale: "ko".to_owned() };
    let config = Config { gateway: gateway.to_owned(), trust: None, allow_loopback_http: true };
    Kodanik::open(platform, config)
}

fn pin(digits: &[u8]) -> Arc<PinEntry> {
    let entry = PinEntry::new();
    digits.iter().for_each(|digit| entry.push(*digit).unwrap());
    entry
}

#[tokio::test]
async fn without_a_wallet_every_way_in_is_shut() {
    let home = tempfile::tempdir().unwrap();
    let kodanik = open(home.path(), "http://127.0.0.1:1", &[4]).unwrap();
    assert_eq!((kodanik.phase(), kodanik.locale().as_str()), (Phase::NoWallet, "ko"));
    let locked = Fault::WrongState { code: "flow.locked".to_owned() };
    assert_eq!(kodanik.enrol(String::new()).err(), Some(locked.clone()));
    assert_eq!(kodanik.ballot(String::new()).err(), Some(locked.clone()));
    assert_eq!(kodanik.history(0, 1).err(), Some(locked.clone()));
    assert_eq!(kodanik.credentials().await.err(), Some(locked));
    let missing = kodanik.unlock(pin(&[1, 9, 4, 5, 8, 3])).await;
    assert_eq!(missing, Err(Fault::WrongState { code: "home.not_initialised".to_owned() }));
    let unfit = kodanik.create(pin(&[1, 2, 3, 4, 5, 6])).await;
    assert_eq!(unfit, Err(Fault::PinUnfit { code: "pin.trivial".to_owned() }));
    let offline = kodanik.create(pin(&[1, 9, 4, 5, 8, 3])).await.unwrap_err();
    assert!(matches!(offline, Fault::Offline { may_have_arrived: false, .. }));
    kodanik.lock();
    assert_eq!(kodanik.phase(), Phase::NoWallet);
}

#[test]
fn what_cannot_be_opened_says_why() {
    let home = tempfile::tempdir().unwrap();
    let malformed = open(home.path(), "nowhere", &[4]).err();
    assert_eq!(malformed, Some(Fault::NotUnderstood { code: "address.malformed".to_owned(), field: None }));
    let broken = open(home.path(), "http://127.0.0.1:1", &[]).err();
    assert_eq!(broken, Some(Fault::DeviceKey { code: "key.unavailable".to_owned() }));
}

#[test]
fn digits_are_taken_one_by_one_and_given_away_once() {
    let entry = pin(&[1, 9, 4]);
    assert!(matches!(entry.push(10), Err(Fault::PinUnfit { .. })));
    entry.pop();
    assert_eq!(entry.length(), 2);
    assert_eq!(entry.take().len(), 2);
    assert_eq!(entry.length(), 0);
    (0..12).for_each(|digit| entry.push(digit % 10).unwrap());
    assert!(matches!(entry.push(1), Err(Fault::PinUnfit { .. })));
    entry.clear();
    assert_eq!(entry.length(), 0);
}

#[tokio::test]
async fn only_keys_on_the_curve_come_in() {
    let key = kodanik_crypto::signature::SigningKey::make(&mut rand_core::OsRng).verifying_key();
    let long = key.to_uncompressed_sec1().to_vec();
    let phone = |key: Vec<u8>| Keys::new(Arc::new(TestPhone { key, ..TestPhone::default() })).unwrap();
    for good in [long.clone(), key.to_sec1().to_vec()] {
        assert_eq!(phone(good).info("device").await, Ok(Some(key)));
    }
    let mut off_curve = long.clone();
    off_curve[64] ^= 1;
    for bad in [
        vec![0],
        long[..64].to_vec(),
        [&long[..], &[0]].concat(),
        off_curve,
        vec![4; 65],
        vec![5; 33],
        [&[2][..], &[0xff; 32]].concat(),
    ] {
        assert_eq!(phone(bad.clone()).info("device").await, Err(KeyError::Damaged), "{bad:02x?}");
        assert_eq!(phone(bad).create("device").await, Err(KeyError::Damaged));
    }
}

#[test]
fn what_a_shell_throws_beyond_its_faults_is_not_passed_on() {
    let thrown = uniffi::UnexpectedUniFFICallbackError::new("the PIN is 123456");
    assert_eq!(KeyFault::from(thrown), KeyFault::Unavailable);
}

#[test]
fn every_kind_of_error_has_its_fault_and_keeps_its_code() {
    let path = std::path::PathBuf::new;
    let refusal = Refusal { status: 403, code: "no".to_owned(), words: Some("because".to_owned()) };
    let errors: [(WalletError, &str); 21] = [
        (AddressError::Insecure.into(), "not understood (address.insecure)"),
        (AnswerError::Shape.into(), "somebody misbehaved (bad_answer.shape)"),
        (HomeError::InUse(path()).into(), "not possible now (home.in_use)"),
        (HomeError::Trust(path()).into(), "the wallet's storage failed (home.trust)"),
        (KeyError::Cancelled.into(), "cancelled (key.cancelled)"),
        (KeyError::NotFound.into(), "the phone's key store failed (key.not_found)"),
        (Misuse::NotUnderstood.into(), "not understood (misuse.not_understood)"),
        (Misuse::NotFound.into(), "not possible now (misuse.not_found)"),
        (TransportError::TimedOut.into(), "offline (offline.timed_out)"),
        (PinError::Wiped.into(), "locked for good (pin.wiped)"),
        (PinError::Wrong { tries_left: 3 }.into(), "wrong PIN (pin.wrong)"),
        (RecoveryError::WrongKind.into(), "not understood (recovery.wrong_kind)"),
        (RecoveryError::DoesNotOpen.into(), "refused (recovery.does_not_open)"),
        (refusal.into(), "refused (refused.no)"),
        (StoreError::TooNew.into(), "an update is needed (store.too_new)"),
        (StoreError::RolledBack.into(), "the wallet's storage failed (store.rolled_back)"),
        (StoreError::Platform(KeyError::Cancelled).into(), "cancelled (store.platform)"),
        (VoteError::NotOpen.into(), "too late (vote.not_open)"),
        (VoteError::NoCredential.into(), "not possible now (vote.no_credential)"),
        (VoteError::IssuerUnreachable { issuer: "north".into() }.into(), "offline (vote.issuer_unreachable)"),
        (VoteError::TestedWasCast.into(), "somebody misbehaved (vote.tested_was_cast)"),
    ];
    for (error, expected) in errors {
        assert_eq!(Fault::from(error).to_string(), expected);
    }
    let issuer = VoteError::NotOnRoll { issuer: "north".to_owned() };
    let party = Some("north".to_owned());
    let told = Fault::from(WalletError::from(issuer));
    assert_eq!(told, Fault::Refused { code: "vote.not_on_roll".to_owned(), party, words: None });
}

#[test]
fn nothing_prints_a_choice_or_a_code() {
    let chosen = Chosen {
        contest: "mayor".to_owned(),
        title: "Mayor".to_owned(),
        options: vec!["secret".to_owned()],
        titles: vec!["secret".to_owned()],
    };
    let receipt = BallotReceipt {
        tracker: "tracker".to_owned(),
        seq: 1,
        index: 1,
        log_size: 2,
        time: 0,
        replaces: None,
        not_by_this_wallet: Vec::new(),
        check_until: 0,
    };
    let ballot =
        VerifiedChoice { title: String::new(), tracker: String::new(), chosen: vec![chosen.clone()] };
    let secret = || "secret".to_owned();
    let printed = [
        format!("{:?}", BallotStage::Confirming { chosen: vec![chosen], replaces_earlier: false }),
        format!("{:?}", BallotStage::Cast { receipt, check_code: Some(secret()) }),
        format!("{:?}", BallotStage::Tested { code: secret() }),
        format!("{:?}", ContestChoice { contest: "mayor".to_owned(), options: vec![secret()] }),
        format!("{ballot:?}"),
        format!("{:?}", VerifyStage::Tested { ballot }),
        format!("{:?}", Claim { name: "given_name".to_owned(), value: secret() }),
    ];
    for text in printed {
        assert!(!text.contains("secret"), "{text}");
    }
}
