//! A trustee's folder (protocol.md §3.2.8).
//!
//! | file | holds |
//! | --- | --- |
//! | `identity` | signing key, sealing key, folder key and name, under the passphrase (Argon2id, AES-256-GCM) |
//! | `heads/<hash of the log's name>` | the newest tree that was seen, so that the log cannot run backwards |
//! | `elections/<H_M>/<what>` | one file per thing that must survive a crash, written once: see [`Record`] |
//! | `lock` | nothing; one process at a time |
//! | `<file>.new` | what a crash left of the writing of a file: never read, and replaced or removed with the file |
//!
//! All but the first are sealed under the folder key, each bound to its place. A file appears whole or not at all.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};

use kodanik_ballot::ids::ManifestHash;
use kodanik_crypto::encoding::to_hex;
use kodanik_crypto::passphrase::{self, PassphraseError};
use kodanik_crypto::seal::SealKey;
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_crypto::signature::SigningKey;
use kodanik_crypto::transcript::{frame, sha256};
use rand_core::OsRng;

use crate::disk::Disk;
use crate::error::TrusteeError;

const IDENTITY: &str = "identity";
const LABEL: &str = "KODANIK-V1-TRUSTEE-FILE";

/// What a trustee keeps of one election.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Record {
    /// The polynomial, before its commitment is posted. Gone once dealt.
    Committed,
    /// The state after dealing and the message with the sealed shares. Gone once there is a key share.
    Dealt,
    /// The share of the key. Destroyed after the tally.
    KeyShare,
    /// Hash of the one close statement.
    Statement,
}

impl Record {
    fn file_name(self) -> &'static str {
        match self {
            Self::Committed => "committed",
            Self::Dealt => "dealt",
            Self::KeyShare => "key-share",
            Self::Statement => "statement",
        }
    }
}

/// Who the trustee is.
pub(crate) struct Identity {
    pub(crate) name: String,
    pub(crate) signing_key: SigningKey,
    pub(crate) sealing_key: SigningKey,
}

/// An open folder. Dropping it lets other processes in.
pub(crate) struct Home {
    path: PathBuf,
    disk: Disk,
    key: SealKey,
    _lock: File,
}

impl Home {
    /// Makes a folder with fresh keys; refuses one that has a trustee already.
    pub(crate) fn init(
        path: &Path,
        name: &str,
        passphrase: &SecretBytes,
        disk: Disk,
    ) -> Result<(Self, Identity), TrusteeError> {
        let fits = (1..=200).contains(&name.len()) && !name.chars().any(char::is_control);
        if !fits {
            return Err(TrusteeError::Name);
        }
        disk.make_dir(path)?;
        let lock = lock(path)?;
        let (signing_key, sealing_key) = (SigningKey::make(&mut OsRng), SigningKey::make(&mut OsRng));
        let key = Secret::<32>::make(&mut OsRng);
        let (signing, sealing) = (signing_key.to_bytes(), sealing_key.to_bytes());
        let parts = [&signing.expose()[..], sealing.expose(), key.expose(), name.as_bytes()];
        let identity = SecretBytes::new(parts.concat());
        let sealed = passphrase::seal(&mut OsRng, "trustee", passphrase, identity.expose())?;
        if !disk.write_once(&path.join(IDENTITY), &sealed)? {
            return Err(TrusteeError::AlreadyThere(path.to_owned()));
        }
        let home = Self { path: path.to_owned(), disk, key: SealKey::from(key), _lock: lock };
        Ok((home, Identity { name: name.to_owned(), signing_key, sealing_key }))
    }

    /// Whether there is a trustee in a folder.
    pub(crate) fn exists(path: &Path) -> bool {
        path.join(IDENTITY).exists()
    }

    /// What a new process would open, without the Argon2 that hundreds of crashes would cost.
    #[cfg(test)]
    pub(crate) fn reopened(self, disk: Disk) -> Self {
        let Self { path, key, _lock: old, .. } = self;
        drop(old);
        let lock = lock(&path).unwrap_or_else(|error| panic!("{error}"));
        Self { path, disk, key, _lock: lock }
    }

    /// Opens a folder with its passphrase.
    pub(crate) fn open(path: &Path, passphrase: &SecretBytes) -> Result<(Self, Identity), TrusteeError> {
        let file = path.join(IDENTITY);
        let disk = Disk::default();
        let sealed = disk.read(&file)?.ok_or_else(|| TrusteeError::NotThere(path.to_owned()))?;
        let lock = lock(path)?;
        let identity = passphrase::open("trustee", passphrase, &sealed).map_err(|error| match error {
            PassphraseError::Passphrase => TrusteeError::Passphrase(path.to_owned()),
            _ => TrusteeError::Sealed(file.clone()),
        })?;
        let (key, identity) = parse_identity(identity.expose()).ok_or(TrusteeError::Sealed(file))?;
        Ok((Self { path: path.to_owned(), disk, key, _lock: lock }, identity))
    }

    /// Keeps a record. `false`: there is one already, and it stays as it is.
    pub(crate) fn keep(
        &self,
        election: &ManifestHash,
        record: Record,
        secret: &[u8],
    ) -> Result<bool, TrusteeError> {
        let path = self.record_path(election, record);
        self.disk.make_dir(&self.path.join("elections"))?;
        self.disk.make_dir(&self.path.join("elections").join(election.to_string()))?;
        let sealed = self.key.seal(&mut OsRng, &self.context(&path), secret);
        self.disk.write_once(&path, &sealed)
    }

    /// A record, if there is one.
    pub(crate) fn recall(
        &self,
        election: &ManifestHash,
        record: Record,
    ) -> Result<Option<SecretBytes>, TrusteeError> {
        self.read_sealed(&self.record_path(election, record))
    }

    /// Removes a record for good.
    pub(crate) fn destroy(&self, election: &ManifestHash, record: Record) -> Result<(), TrusteeError> {
        self.disk.remove(&self.record_path(election, record))
    }

    /// The newest head of a log that was seen, as it was kept.
    pub(crate) fn head(&self, origin: &str) -> Result<Option<SecretBytes>, TrusteeError> {
        self.read_sealed(&self.head_path(origin))
    }

    /// Keeps a newer head.
    pub(crate) fn keep_head(&self, origin: &str, head: &[u8]) -> Result<(), TrusteeError> {
        let path = self.head_path(origin);
        self.disk.make_dir(&self.path.join("heads"))?;
        let sealed = self.key.seal(&mut OsRng, &self.context(&path), head);
        self.disk.replace(&path, &sealed)
    }

    fn read_sealed(&self, path: &Path) -> Result<Option<SecretBytes>, TrusteeError> {
        let Some(sealed) = self.disk.read(path)? else { return Ok(None) };
        let opened = self.key.open(&self.context(path), &sealed);
        opened.map(Some).map_err(|_| TrusteeError::Sealed(path.to_owned()))
    }

    fn record_path(&self, election: &ManifestHash, record: Record) -> PathBuf {
        self.path.join("elections").join(election.to_string()).join(record.file_name())
    }

    fn head_path(&self, origin: &str) -> PathBuf {
        self.path.join("heads").join(to_hex(&sha256(origin.as_bytes())[..16]))
    }

    /// A file's place inside the folder, so that none can be put in another's.
    fn context(&self, path: &Path) -> Vec<u8> {
        let place = path.strip_prefix(&self.path).unwrap_or(path);
        let parts: Vec<&[u8]> = place.iter().map(|part| part.as_encoded_bytes()).collect();
        frame(LABEL, &parts)
    }
}

fn parse_identity(bytes: &[u8]) -> Option<(SealKey, Identity)> {
    let (signing, rest) = bytes.split_at_checked(32)?;
    let (sealing, rest) = rest.split_at_checked(32)?;
    let (key, name) = rest.split_at_checked(32)?;
    let signing_key = |bytes| SigningKey::from_bytes(&Secret::from_slice(bytes)?).ok();
    let name = std::str::from_utf8(name).ok()?.to_owned();
    let identity = Identity { name, signing_key: signing_key(signing)?, sealing_key: signing_key(sealing)? };
    Some((SealKey::from(Secret::from_slice(key)?), identity))
}

fn lock(home: &Path) -> Result<File, TrusteeError> {
    let path = home.join("lock");
    let file = crate::disk::options().create(true).truncate(false).open(&path);
    let file = file.map_err(|source| TrusteeError::File { path: path.clone(), source })?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(TrusteeError::InUse(home.to_owned())),
        Err(TryLockError::Error(source)) => Err(TrusteeError::File { path, source }),
    }
}
