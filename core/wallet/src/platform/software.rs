//! The terminal's platform: keys in files, sealed under a wrapping key in a file of mode 0600. This is **software
//! protection**: whoever reads the home directory as this user has the keys. [`KeyProtection::Software`] says so.

use std::fs::{self, File, OpenOptions};
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use async_trait::async_trait;
use kodanik_crypto::seal::SealKey;
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_crypto::signature::{SigningKey, VerifyingKey};
use kodanik_crypto::transcript::frame;
use rand_core::OsRng;

use super::{Clock, KeyError, KeyProtection, Platform, PromptReason, SecretStore, SecureKeys};

const WRAPPING_KEY: &str = "wrapping.key";
const KEY_CONTEXT: &str = "kodanik/software-platform/key";
const SECRET_CONTEXT: &str = "kodanik/software-platform/secret";

/// Keys and secrets in the folder `software-keys` of a wallet's home.
#[derive(Debug)]
pub struct SoftwarePlatform {
    folder: PathBuf,
    wrapping: SealKey,
}

impl SoftwarePlatform {
    /// Opens the folder below `home`, making both (mode 0700) and the wrapping key (mode 0600) on first use.
    pub fn open(home: &Path) -> Result<Self, KeyError> {
        let folder = home.join("software-keys");
        make_private_folder(&folder).map_err(unavailable)?;
        let wrapping = load_or_make_wrapping_key(&folder)?;
        Ok(Self { folder, wrapping })
    }

    /// The whole platform on this folder, with the system's clock.
    pub fn platform(home: &Path) -> Result<Platform, KeyError> {
        Self::platform_with_clock(home, Clock::system())
    }

    /// The whole platform on this folder, with the caller's clock.
    pub fn platform_with_clock(home: &Path, clock: Clock) -> Result<Platform, KeyError> {
        let software = Arc::new(Self::open(home)?);
        Ok(Platform { keys: software.clone(), secrets: software, clock })
    }

    fn path(&self, name: &str, suffix: &str) -> Result<PathBuf, KeyError> {
        let allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b".-".contains(&byte);
        let fits = (1..=64).contains(&name.len()) && name.bytes().all(allowed);
        fits.then(|| self.folder.join(format!("{name}.{suffix}"))).ok_or(KeyError::Name)
    }

    fn load(&self, path: &Path, context: &[u8]) -> Result<Option<SecretBytes>, KeyError> {
        match fs::read(path) {
            Ok(sealed) => self.wrapping.open(context, &sealed).map(Some).map_err(|_| KeyError::Damaged),
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
            Err(error) => Err(unavailable(error)),
        }
    }

    fn load_key(&self, name: &str) -> Result<Option<SigningKey>, KeyError> {
        let opened = self.load(&self.path(name, "key")?, &frame(KEY_CONTEXT, &[name.as_bytes()]))?;
        opened.map(|bytes| parse_key(&bytes)).transpose()
    }
}

#[async_trait]
impl SecureKeys for SoftwarePlatform {
    async fn create(&self, name: &str) -> Result<VerifyingKey, KeyError> {
        let path = self.path(name, "key")?;
        if path.exists() {
            return Err(KeyError::AlreadyExists);
        }
        let key = SigningKey::make(&mut OsRng);
        let context = frame(KEY_CONTEXT, &[name.as_bytes()]);
        let sealed = self.wrapping.seal(&mut OsRng, &context, key.to_bytes().expose());
        write_durably(&path, &sealed).map_err(unavailable)?;
        Ok(key.verifying_key())
    }

    async fn info(&self, name: &str) -> Result<Option<VerifyingKey>, KeyError> {
        Ok(self.load_key(name)?.map(|key| key.verifying_key()))
    }

    async fn sign(&self, name: &str, message: &[u8], _reason: PromptReason) -> Result<Vec<u8>, KeyError> {
        let key = self.load_key(name)?.ok_or(KeyError::NotFound)?;
        Ok(key.sign(message).to_der())
    }

    async fn delete(&self, name: &str) -> Result<(), KeyError> {
        remove(&self.path(name, "key")?)
    }

    fn protection(&self) -> KeyProtection {
        KeyProtection::Software
    }
}

impl SecretStore for SoftwarePlatform {
    fn read(&self, name: &str) -> Result<Option<SecretBytes>, KeyError> {
        self.load(&self.path(name, "secret")?, &frame(SECRET_CONTEXT, &[name.as_bytes()]))
    }

    fn write(&self, name: &str, secret: &[u8]) -> Result<(), KeyError> {
        let context = frame(SECRET_CONTEXT, &[name.as_bytes()]);
        let sealed = self.wrapping.seal(&mut OsRng, &context, secret);
        write_durably(&self.path(name, "secret")?, &sealed).map_err(unavailable)
    }

    fn erase(&self, name: &str) -> Result<(), KeyError> {
        remove(&self.path(name, "secret")?)
    }
}

fn load_or_make_wrapping_key(folder: &Path) -> Result<SealKey, KeyError> {
    let path = folder.join(WRAPPING_KEY);
    match fs::read(&path).map(SecretBytes::new) {
        Ok(bytes) => Secret::from_slice(bytes.expose()).map(SealKey::from).ok_or(KeyError::Damaged),
        Err(error) if error.kind() == ErrorKind::NotFound => {
            let key = SealKey::make(&mut OsRng);
            write_durably(&path, key.expose()).map_err(unavailable)?;
            Ok(key)
        }
        Err(error) => Err(unavailable(error)),
    }
}

fn parse_key(bytes: &SecretBytes) -> Result<SigningKey, KeyError> {
    let scalar = Secret::from_slice(bytes.expose()).ok_or(KeyError::Damaged)?;
    SigningKey::from_bytes(&scalar).map_err(|_| KeyError::Damaged)
}

/// Old or new after a crash: written beside, synced, renamed, and the folder synced.
fn write_durably(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let beside = path.with_extension("new");
    let mut file = private_file().open(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, path)?;
    path.parent().map_or(Ok(()), |folder| File::open(folder)?.sync_all())
}

fn remove(path: &Path) -> Result<(), KeyError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(unavailable(error)),
        _ => Ok(()),
    }
}

#[cfg(unix)]
fn private_file() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).mode(0o600);
    options
}

#[cfg(not(unix))]
fn private_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true);
    options
}

#[cfg(unix)]
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

#[cfg(not(unix))]
fn make_private_folder(folder: &Path) -> std::io::Result<()> {
    fs::create_dir_all(folder)
}

fn unavailable(error: std::io::Error) -> KeyError {
    KeyError::Unavailable(error.kind())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn keys_are_made_once_sign_and_go() {
        let home = tempfile::tempdir().unwrap();
        let platform = SoftwarePlatform::platform(home.path()).unwrap();
        assert_eq!(platform.public_key("device").await, Err(KeyError::NotFound));
        let key = platform.keys.create("device").await.unwrap();
        assert_eq!(platform.keys.create("device").await, Err(KeyError::AlreadyExists));
        let again = SoftwarePlatform::platform(home.path()).unwrap();
        let signature = again.sign("device", b"message", PromptReason::Enrol).await.unwrap();
        assert_eq!(key.verify_low_s(b"message", &signature), Ok(()));
        again.keys.delete("device").await.unwrap();
        again.keys.delete("device").await.unwrap();
        assert_eq!(platform.keys.info("device").await, Ok(None));
    }

    #[tokio::test]
    async fn names_never_leave_the_folder() {
        let home = tempfile::tempdir().unwrap();
        let software = SoftwarePlatform::open(home.path()).unwrap();
        for name in ["", "../x", "a/b", "A", "a b", &"a".repeat(65)] {
            assert_eq!(software.create(name).await, Err(KeyError::Name), "{name}");
            assert_eq!(software.write(name, b""), Err(KeyError::Name), "{name}");
        }
    }

    #[tokio::test]
    async fn a_file_put_in_another_files_place_does_not_open() {
        let home = tempfile::tempdir().unwrap();
        let software = SoftwarePlatform::open(home.path()).unwrap();
        software.create("a").await.unwrap();
        software.write("a", b"secret").unwrap();
        let folder = home.path().join("software-keys");
        fs::copy(folder.join("a.key"), folder.join("b.key")).unwrap();
        fs::copy(folder.join("a.key"), folder.join("a.secret")).unwrap();
        assert_eq!(software.info("b").await, Err(KeyError::Damaged));
        assert_eq!(software.read("a").err(), Some(KeyError::Damaged));
    }

    #[cfg(unix)]
    #[test]
    fn files_are_for_the_owner_only() {
        use std::os::unix::fs::PermissionsExt;
        let home = tempfile::tempdir().unwrap();
        let software = SoftwarePlatform::open(home.path()).unwrap();
        software.write("a", b"secret").unwrap();
        for name in [WRAPPING_KEY, "a.secret"] {
            let mode = fs::metadata(software.folder.join(name)).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o600, "{name}");
        }
    }
}
