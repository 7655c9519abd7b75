use std::io::{Read, Write};
use std::net::TcpListener;

use kodanik_crypto::time::UnixSeconds;

use super::*;
use crate::history::{HistoryEntry, HistoryKind};
use crate::platform::{Clock, SoftwarePlatform};

const ANCHOR: &str = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n";

/// Serves `/.well-known/kodanik` for `times` connections; a test double of the gateway.
fn discovery_double(planes: &str, times: usize) -> Url {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("http://{}/", listener.local_addr().unwrap())).unwrap();
    let plane = if planes.is_empty() { url.to_string() } else { planes.to_owned() };
    let body = serde_json::json!({
        "anonymous_plane": plane, "identified_plane": plane, "ledger_policy": "log a+b+c\n", "anchors": [ANCHOR],
    })
    .to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming().take(times) {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let head =
                format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
            let _ = stream.write_all((head + &body).as_bytes());
        }
    });
    url
}

fn options(gateway: Url) -> InitOptions {
    InitOptions { gateway, trust: None, allow_loopback_http: true }
}

fn pin() -> PinEntry {
    PinEntry::from_text("194583").unwrap()
}

async fn init(home: &Path, gateway: Url) -> Result<Wallet, WalletError> {
    let platform = SoftwarePlatform::platform(home)?;
    Wallet::init(home, options(gateway), pin(), platform).await
}

#[tokio::test]
async fn a_wallet_is_made_once_and_opens_again() {
    let home = tempfile::tempdir().unwrap();
    let gateway = discovery_double("", 2);
    let wallet = init(home.path(), gateway.clone()).await.unwrap();
    let device = wallet.platform().public_key(DEVICE_KEY).await.unwrap();
    let seed = wallet.participation_seed().unwrap();
    assert_eq!(wallet.trust().origin, TrustOrigin::FirstUse);
    assert_eq!(wallet.trust().fingerprint().len(), 64 + 15);
    let entry = HistoryEntry {
        kind: HistoryKind::Presented,
        party: "A shop".into(),
        purpose: "age".into(),
        claims: vec!["age_over_18".into()],
        time: wallet.platform().clock.now(),
    };
    wallet.append_history(&entry).unwrap();
    let in_use = Wallet::open(home.path(), pin(), wallet.platform().clone()).await;
    assert!(matches!(in_use, Err(WalletError::Home(HomeError::InUse(_)))));
    drop(wallet);
    let platform = SoftwarePlatform::platform(home.path()).unwrap();
    let wallet = Wallet::open(home.path(), pin(), platform).await.unwrap();
    assert_eq!(wallet.platform().public_key(DEVICE_KEY).await.unwrap(), device);
    assert_eq!(wallet.participation_seed().unwrap().expose(), seed.expose());
    assert_eq!(wallet.history(0, 10).unwrap()[0].value, entry);
    drop(wallet);
    let again = init(home.path(), gateway).await;
    assert!(matches!(again, Err(WalletError::Home(HomeError::AlreadyInitialised(_)))));
}

#[tokio::test]
async fn a_failed_init_leaves_room_for_the_next() {
    let home = tempfile::tempdir().unwrap();
    let elsewhere = init(home.path(), discovery_double("http://plane.example/", 1)).await;
    assert!(matches!(elsewhere, Err(WalletError::Address(_))));
    let nobody = Url::parse("http://127.0.0.1:1/").unwrap();
    assert!(matches!(init(home.path(), nobody).await, Err(WalletError::Offline(_))));
    fs::write(home.path().join(STORE_FILE_UNFINISHED), b"left by a crash").unwrap();
    let platform = SoftwarePlatform::platform(home.path()).unwrap();
    platform.keys.create(DEVICE_KEY).await.unwrap();
    init(home.path(), discovery_double("", 1)).await.unwrap();
}

#[tokio::test]
async fn a_wiped_wallet_makes_room_for_a_new_one_and_no_other_does() {
    let home = tempfile::tempdir().unwrap();
    let now = std::sync::Arc::new(std::sync::atomic::AtomicU64::new(1_000));
    let told = now.clone();
    let clock = Clock::new(move || UnixSeconds(told.fetch_add(7200, std::sync::atomic::Ordering::SeqCst)));
    let platform = SoftwarePlatform::platform_with_clock(home.path(), clock).unwrap();
    let remove = async || Wallet::remove_wiped(home.path(), &platform).await.map_err(|error| error.code());
    assert_eq!(remove().await, Err("misuse.wrong_state".to_owned()), "there is none");
    let wallet = init(home.path(), discovery_double("", 1)).await.unwrap();
    assert_eq!(remove().await, Err("home.in_use".to_owned()));
    let device = wallet.platform().public_key(DEVICE_KEY).await.unwrap();
    drop(wallet);
    for tries in 1..=10 {
        assert_eq!(remove().await, Err("misuse.wrong_state".to_owned()), "after {tries} wrong PINs");
        let wrong = PinEntry::from_text("271828").unwrap();
        assert!(Wallet::open(home.path(), wrong, platform.clone()).await.is_err());
    }
    assert!(Wallet::exists(home.path()));
    remove().await.unwrap();
    assert!(!Wallet::exists(home.path()));
    assert!(platform.keys.info(DEVICE_KEY).await.unwrap().is_none());
    let wallet = init(home.path(), discovery_double("", 1)).await.unwrap();
    assert_ne!(wallet.platform().public_key(DEVICE_KEY).await.unwrap(), device);
}

#[tokio::test]
async fn trivial_pins_and_missing_wallets_are_refused_before_anything_happens() {
    let home = tempfile::tempdir().unwrap();
    let platform = SoftwarePlatform::platform(home.path()).unwrap();
    let trivial = PinEntry::from_text("123456").unwrap();
    let nowhere = options(Url::parse("http://127.0.0.1:1/").unwrap());
    let refused = Wallet::init(home.path(), nowhere, trivial, platform.clone()).await;
    assert_eq!(refused.unwrap_err().code(), "pin.trivial");
    let missing = Wallet::open(home.path(), pin(), platform).await;
    assert_eq!(missing.unwrap_err().code(), "home.not_initialised");
}

#[test]
fn a_trust_folder_needs_anchors_and_a_policy() {
    let folder = tempfile::tempdir().unwrap();
    assert!(Trust::from_folder(folder.path()).is_err());
    fs::write(folder.path().join("a.pem"), ANCHOR).unwrap();
    assert!(Trust::from_folder(folder.path()).is_err());
    fs::write(folder.path().join("ledger.policy"), "log a+b+c\n").unwrap();
    let trust = Trust::from_folder(folder.path()).unwrap();
    assert_eq!((trust.anchors.len(), trust.origin), (1, TrustOrigin::Folder));
    fs::write(folder.path().join("b.pem"), "not a certificate").unwrap();
    assert!(Trust::from_folder(folder.path()).is_err());
    assert!(Trust::from_folder(Path::new("/nowhere/at/all")).is_err());
}
