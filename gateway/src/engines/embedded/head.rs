//! The published head: signed, kept in a file of its own beside the database, and never taken back.
//!
//! The file is what stops an operator who restores an old backup of the database: the log would then grow a second
//! time from an earlier size, and every wallet that saw the first growth would hold evidence of a fork.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use kodanik_crypto::time::UnixSeconds;
use kodanik_ledger::checkpoint::{TreeHead, UnverifiedCheckpoint};
use kodanik_ledger::key::{KeyKind, KeyName, NoteSigner, NoteVerifier};
use kodanik_ledger::note::NoteError;
use kodanik_ledger::policy::Policy;
use kodanik_ledger::tree::{NodeHash, empty_root};
use rand_core::OsRng;
use thiserror::Error;

use super::StartError;

const LOG_KEY: &str = "log.key";
const CLOCK_KEY: &str = "clock.key";
const PUBLISHED: &str = "published-checkpoint";

/// A head older than this, in seconds, is signed again with the present time before it is served.
const RENEW_AFTER_SECONDS: u64 = 30;

/// Why a head could not be published. Entries of this commit are stored and will be published at the next start.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum PublishError {
    /// The file could not be written.
    #[error("the published checkpoint could not be written: {0}")]
    File(#[from] std::io::Error),
    /// The head is smaller than the one before it, or differs from it at the same size.
    #[error("a head that contradicts the published one")]
    Fork,
    /// The note could not be made.
    #[error(transparent)]
    Note(#[from] NoteError),
}

/// The log's two keys: one signs the tree (0x01), the other states when it did (0x04).
#[derive(Debug)]
pub(super) struct Keys {
    log: NoteSigner,
    clock: NoteSigner,
}

impl Keys {
    /// Makes both keys under the log's name, into files that only their owner reads.
    pub(super) fn make(dir: &Path, origin: &KeyName) -> Result<(), StartError> {
        for (file, kind) in [(LOG_KEY, KeyKind::Log), (CLOCK_KEY, KeyKind::Cosignature)] {
            let key = NoteSigner::make(origin.clone(), kind, &mut OsRng);
            let path = dir.join(file);
            write_secret(&path, key.to_secret_text().as_bytes())
                .map_err(|source| StartError::File { path, source })?;
        }
        Ok(())
    }

    pub(super) fn read(dir: &Path, origin: &KeyName) -> Result<Self, StartError> {
        let read = |file: &str, kind| {
            let path = dir.join(file);
            let text = fs::read_to_string(&path)
                .map(zeroize::Zeroizing::new)
                .map_err(|source| StartError::File { path: path.clone(), source })?;
            let key = NoteSigner::parse(&text).ok().filter(|key| key.verifier().kind() == kind);
            key.filter(|key| key.verifier().name() == origin).ok_or(StartError::Key { path })
        };
        Ok(Self { log: read(LOG_KEY, KeyKind::Log)?, clock: read(CLOCK_KEY, KeyKind::Cosignature)? })
    }

    pub(super) fn log(&self) -> NoteVerifier {
        self.log.verifier()
    }

    pub(super) fn clock(&self) -> NoteVerifier {
        self.clock.verifier()
    }

    /// The policy that demands both signatures.
    pub(super) fn policy_text(&self) -> String {
        format!("log {}\nwitness operator {}\nquorum operator\n", self.log(), self.clock())
    }
}

/// The newest published head.
#[derive(Debug)]
pub(super) struct PublishedHead {
    keys: Keys,
    file: PathBuf,
    note: UnverifiedCheckpoint,
    at: UnixSeconds,
}

impl PublishedHead {
    /// Publishes the empty tree: the first act of a log. Refuses where one was published before.
    pub(super) fn create(dir: &Path, keys: Keys, now: UnixSeconds) -> Result<Self, StartError> {
        let file = dir.join(PUBLISHED);
        if file.exists() {
            return Err(StartError::Exists);
        }
        let head = TreeHead { origin: keys.log().name().clone(), size: 0, root: empty_root() };
        let note = keys.sign(&head, now).map_err(|_| StartError::Published)?;
        write_published(&file, &note).map_err(|source| StartError::File { path: file.clone(), source })?;
        Ok(Self { keys, file, note, at: now })
    }

    /// Reads the file and verifies that our own keys signed it.
    pub(super) fn read(dir: &Path, keys: Keys) -> Result<Self, StartError> {
        let file = dir.join(PUBLISHED);
        let bytes = fs::read(&file).map_err(|source| StartError::File { path: file.clone(), source })?;
        let note = UnverifiedCheckpoint::parse(&bytes).map_err(|_| StartError::Published)?;
        let policy = Policy::parse(&keys.policy_text()).map_err(|_| StartError::Published)?;
        let checkpoint = note.clone().verify(&policy).map_err(|_| StartError::Published)?;
        let at = checkpoint.cosignatures().iter().map(|c| c.at).max().unwrap_or(UnixSeconds(0));
        Ok(Self { keys, file, note, at })
    }

    pub(super) fn head(&self) -> &TreeHead {
        self.note.dangerous_unverified_head()
    }

    pub(super) fn keys(&self) -> &Keys {
        &self.keys
    }

    /// Signs and publishes a head at least as large as the last one; its time never runs back.
    pub(super) fn publish(
        &mut self,
        size: u64,
        root: NodeHash,
        now: UnixSeconds,
    ) -> Result<(), PublishError> {
        let last = self.head();
        if size < last.size || (size == last.size && root != last.root) {
            return Err(PublishError::Fork);
        }
        let at = now.max(self.at);
        let note = self.keys.sign(&TreeHead { origin: last.origin.clone(), size, root }, at)?;
        write_published(&self.file, &note)?;
        (self.note, self.at) = (note, at);
        Ok(())
    }

    /// The newest head, signed again where it has grown old.
    pub(super) fn fresh(&mut self, now: UnixSeconds) -> Result<UnverifiedCheckpoint, PublishError> {
        if now.since(self.at) > RENEW_AFTER_SECONDS {
            let head = self.head().clone();
            self.publish(head.size, head.root, now)?;
        }
        Ok(self.note.clone())
    }
}

impl Keys {
    fn sign(&self, head: &TreeHead, now: UnixSeconds) -> Result<UnverifiedCheckpoint, NoteError> {
        head.sign(&[&self.log, &self.clock], now)
    }
}

/// Replaces the file as one step: after a crash it holds the old head or the new one.
fn write_published(file: &Path, note: &UnverifiedCheckpoint) -> std::io::Result<()> {
    let new = file.with_extension("new");
    let mut handle = fs::File::create(&new)?;
    handle.write_all(note.to_string().as_bytes())?;
    handle.sync_data()?;
    fs::rename(&new, file)
}

fn write_secret(path: &Path, text: &[u8]) -> std::io::Result<()> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut handle = options.open(path)?;
    handle.write_all(text)?;
    handle.sync_data()
}
