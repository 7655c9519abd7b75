//! The authority's folder: one signing key under a passphrase.

use std::io::Write;
use std::path::Path;

use kodanik_crypto::passphrase;
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_crypto::signature::SigningKey;
use rand_core::OsRng;

use crate::failure::Failure;

const FILE_NAME: &str = "authority.key";
const KIND: &str = "authority";

/// An opened folder.
pub(crate) struct AuthorityHome {
    /// The key that signs manifests, openings, closes and results.
    pub(crate) key: SigningKey,
}

impl AuthorityHome {
    /// Makes the folder and a fresh key; refuses where there is one.
    pub(crate) fn make(dir: &Path, passphrase: &SecretBytes) -> Result<Self, Failure> {
        std::fs::create_dir_all(dir)?;
        let key = SigningKey::make(&mut OsRng);
        let sealed = passphrase::seal(&mut OsRng, KIND, passphrase, key.to_bytes().expose())?;
        // `create_new`: a key that elections depend on is never overwritten.
        let mut file = std::fs::File::create_new(dir.join(FILE_NAME))?;
        file.write_all(&sealed)?;
        file.sync_all()?;
        Ok(Self { key })
    }

    /// Opens the folder.
    pub(crate) fn open(dir: &Path, passphrase: &SecretBytes) -> Result<Self, Failure> {
        let sealed = std::fs::read(dir.join(FILE_NAME))?;
        let opened = passphrase::open(KIND, passphrase, &sealed)?;
        let key = Secret::from_slice(opened.expose()).and_then(|bytes| SigningKey::from_bytes(&bytes).ok());
        let key = key.ok_or_else(|| {
            Failure::refused("bad_key", "The authority's key file is damaged.", "Restore it.")
        })?;
        Ok(Self { key })
    }
}
