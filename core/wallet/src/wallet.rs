//! A wallet in its home: made once, opened with the PIN, used by every module that does something for the citizen.

mod trust;

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use kodanik_crypto::secret::Secret;
use rand_core::OsRng;
use serde::{Deserialize, Serialize};
use url::Url;

use crate::error::{HomeError, Misuse, WalletError};
use crate::http::{Planes, check_address, join};
use crate::pin::PinEntry;
use crate::platform::{DEVICE_KEY, Platform};
use crate::store::{Store, StoreError, Table};

pub use self::trust::{Trust, TrustOrigin};

const STORE_FILE: &str = "wallet.sqlite";
const STORE_FILE_UNFINISHED: &str = "wallet.sqlite.new";
const LOCK_FILE: &str = "lock";
const CONFIG_ID: &str = "config";
const TRUST_ID: &str = "trust";
/// The row of [`Table::Seeds`] with the participation seed.
pub(crate) const PARTICIPATION_SEED: &str = "participation";

/// What a new wallet needs to know.
#[derive(Clone, Debug)]
pub struct InitOptions {
    /// Where the gateway is.
    pub gateway: Url,
    /// A directory with `*.pem` anchors and `ledger.policy`. Without one, what the gateway publishes is pinned on first
    /// use, and the citizen should compare [`Trust::fingerprint`] with the published one.
    pub trust: Option<PathBuf>,
    /// Allows `http` to this machine itself: for trying things out.
    pub allow_loopback_http: bool,
}

/// Where the servers are. Fixed at init.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Config {
    /// What the citizen typed.
    pub gateway: Url,
    /// Base address of everything that may know who asks.
    pub identified: Url,
    /// Base address of elections and ledger, which must not.
    pub anonymous: Url,
    /// Whether `http` to the loopback is allowed.
    pub allow_loopback_http: bool,
}

/// `GET {gateway}/.well-known/kodanik`.
#[derive(Debug, Deserialize)]
struct Discovery {
    anonymous_plane: Url,
    identified_plane: Url,
    ledger_policy: String,
    anchors: Vec<String>,
}

/// An unlocked wallet. Locking it is dropping it.
#[derive(Debug)]
pub struct Wallet {
    home: PathBuf,
    store: Store,
    platform: Platform,
    planes: Planes,
    config: Config,
    trust: Trust,
    _lock: File,
}

impl Wallet {
    /// Makes a wallet in `home`: asks the gateway where its planes are, pins the trust, makes the device key and the
    /// participation seed, and seals everything under `pin`. Nothing is left behind that a second try would trip over.
    pub async fn init(
        home: &Path,
        options: InitOptions,
        pin: PinEntry,
        platform: Platform,
    ) -> Result<Self, WalletError> {
        pin.check_new()?;
        let (config, trust) = discover(&options).await?;
        let lock = lock_home(home)?;
        if Self::exists(home) {
            return Err(HomeError::AlreadyInitialised(home.to_owned()).into());
        }
        remake_device_key(&platform).await?;
        let unfinished = home.join(STORE_FILE_UNFINISHED);
        remove_database(&unfinished)?;
        fill_new_store(&Store::create(&unfinished, &pin, platform.secrets.clone())?, &config, &trust)?;
        fs::rename(&unfinished, home.join(STORE_FILE)).map_err(|source| io(home, source))?;
        sync_folder(home)?;
        Self::open_locked(home, lock, &pin, platform)
    }

    /// Whether there is a wallet in `home`.
    pub fn exists(home: &Path) -> bool {
        home.join(STORE_FILE).exists()
    }

    /// Opens the wallet in `home`.
    pub async fn open(home: &Path, pin: PinEntry, platform: Platform) -> Result<Self, WalletError> {
        if !Self::exists(home) {
            return Err(HomeError::NotInitialised(home.to_owned()).into());
        }
        let lock = lock_home(home)?;
        Self::open_locked(home, lock, &pin, platform)
    }

    /// Makes room for a new wallet where too many wrong PINs have wiped the key of the old one. Nothing is lost that
    /// anybody could have read; a wallet that can still be opened is [`Misuse::WrongState`].
    pub async fn remove_wiped(home: &Path, platform: &Platform) -> Result<(), WalletError> {
        let _lock = lock_home(home)?;
        if !Self::exists(home) || !Store::is_wiped(platform.secrets.as_ref())? {
            return Err(Misuse::WrongState.into());
        }
        platform.keys.delete(DEVICE_KEY).await?;
        remove_database(&home.join(STORE_FILE))?;
        sync_folder(home)?;
        // Last: interrupted before this, the wallet is still known to be wiped, or is gone already.
        Ok(Store::forget_gate(platform.secrets.as_ref())?)
    }

    /// Where this wallet lives.
    pub fn home(&self) -> &Path {
        &self.home
    }

    /// The sealed store.
    pub fn store(&self) -> &Store {
        &self.store
    }

    /// The phone, or what stands for it.
    pub fn platform(&self) -> &Platform {
        &self.platform
    }

    /// The two ways out.
    pub fn planes(&self) -> &Planes {
        &self.planes
    }

    /// Where the servers are.
    pub fn config(&self) -> &Config {
        &self.config
    }

    /// Whom this wallet believes.
    pub fn trust(&self) -> &Trust {
        &self.trust
    }

    /// An address on the identified plane.
    pub fn identified_url(&self, path: &str) -> Result<Url, WalletError> {
        Ok(join(&self.config.identified, path)?)
    }

    /// An address on the anonymous plane.
    pub fn anonymous_url(&self, path: &str) -> Result<Url, WalletError> {
        Ok(join(&self.config.anonymous, path)?)
    }

    /// The 32 bytes from which per-election keys are derived. Comes back with a backup code, never leaves otherwise.
    pub fn participation_seed(&self) -> Result<Secret<32>, WalletError> {
        let bytes = self.store.get_bytes(Table::Seeds, PARTICIPATION_SEED)?.ok_or(StoreError::Damaged)?;
        Ok(Secret::from_slice(bytes.expose()).ok_or(StoreError::Damaged)?)
    }

    fn open_locked(home: &Path, lock: File, pin: &PinEntry, platform: Platform) -> Result<Self, WalletError> {
        let store = Store::open(&home.join(STORE_FILE), pin, platform.secrets.clone(), &platform.clock)?;
        let config: Config = store.get(Table::Settings, CONFIG_ID)?.ok_or(StoreError::Damaged)?;
        let trust = store.get(Table::Settings, TRUST_ID)?.ok_or(StoreError::Damaged)?;
        let planes = Planes::new(config.allow_loopback_http)?;
        Ok(Self { home: home.to_owned(), store, platform, planes, config, trust, _lock: lock })
    }
}

async fn discover(options: &InitOptions) -> Result<(Config, Trust), WalletError> {
    let planes = Planes::new(options.allow_loopback_http)?;
    let url = join(&options.gateway, ".well-known/kodanik")?;
    let found: Discovery = planes.identified.get_json(&url).await?;
    for plane in [&found.identified_plane, &found.anonymous_plane] {
        check_address(plane, options.allow_loopback_http)?;
    }
    let config = Config {
        gateway: options.gateway.clone(),
        identified: found.identified_plane,
        anonymous: found.anonymous_plane,
        allow_loopback_http: options.allow_loopback_http,
    };
    let trust = match &options.trust {
        Some(folder) => Trust::from_folder(folder)?,
        None => Trust::first_use(found.anchors, found.ledger_policy)?,
    };
    Ok((config, trust))
}

fn fill_new_store(store: &Store, config: &Config, trust: &Trust) -> Result<(), StoreError> {
    let seed = Secret::<32>::make(&mut OsRng);
    store.batch(|tx| {
        tx.put(Table::Settings, CONFIG_ID, config)?;
        tx.put(Table::Settings, TRUST_ID, trust)?;
        tx.put_bytes(Table::Seeds, PARTICIPATION_SEED, seed.expose())
    })
}

/// A key that an interrupted init left behind is bound to nothing.
async fn remake_device_key(platform: &Platform) -> Result<(), WalletError> {
    platform.keys.delete(DEVICE_KEY).await?;
    platform.keys.create(DEVICE_KEY).await?;
    Ok(())
}

/// The file itself last: while it is there, so is the wallet, and no other one can find a log that is not its own.
fn remove_database(path: &Path) -> Result<(), HomeError> {
    for suffix in ["-wal", "-shm", ""] {
        let mut name = path.as_os_str().to_owned();
        name.push(suffix);
        match fs::remove_file(&name) {
            Err(source) if source.kind() != ErrorKind::NotFound => return Err(io(path, source)),
            _ => {}
        }
    }
    Ok(())
}

/// One process at a time; the lock goes with the process, however it ends.
fn lock_home(home: &Path) -> Result<File, HomeError> {
    fs::create_dir_all(home).map_err(|source| io(home, source))?;
    let path = home.join(LOCK_FILE);
    let file = File::create(&path).map_err(|source| io(&path, source))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(HomeError::InUse(home.to_owned())),
        Err(TryLockError::Error(source)) => Err(io(&path, source)),
    }
}

fn sync_folder(folder: &Path) -> Result<(), HomeError> {
    File::open(folder).and_then(|file| file.sync_all()).map_err(|source| io(folder, source))
}

fn io(path: &Path, source: std::io::Error) -> HomeError {
    HomeError::Io { path: path.to_owned(), source }
}

#[cfg(test)]
mod tests;
