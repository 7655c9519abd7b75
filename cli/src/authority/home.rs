//! The authority's folder: one signing key under a passphrase.

use std::io::ErrorKind;
use std::path::Path;

use kodanik_crypto::passphrase;
use kodanik_crypto::secret::{Secret, SecretBytes};
use kodanik_crypto::signature::SigningKey;
use rand_core::OsRng;

use crate::failure::Failure;
use crate::private;

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
        let path = dir.join(FILE_NAME);
        private::make_folder(dir).map_err(|error| Failure::file(dir, &error))?;
        let key = SigningKey::make(&mut OsRng);
        let sealed = passphrase::seal(&mut OsRng, KIND, passphrase, key.to_bytes().expose())?;
        private::write_new(&path, &sealed).map_err(|error| match error.kind() {
            ErrorKind::AlreadyExists => Failure::refused(
                "exists",
                format!("{} already holds an authority's key; it was left alone.", dir.display()),
                "Use it, or choose another --home.",
            ),
            _ => Failure::file(&path, &error),
        })?;
        Ok(Self { key })
    }

    /// Opens the folder.
    pub(crate) fn open(dir: &Path, passphrase: &SecretBytes) -> Result<Self, Failure> {
        let path = dir.join(FILE_NAME);
        let sealed = std::fs::read(&path).map_err(|error| match error.kind() {
            ErrorKind::NotFound => Failure::refused(
                "no_authority",
                format!("There is no authority in {}.", dir.display()),
                "Check --home, or make one with `authority init`.",
            ),
            _ => Failure::file(&path, &error),
        })?;
        let opened = passphrase::open(KIND, passphrase, &sealed)?;
        let key = Secret::from_slice(opened.expose()).and_then(|bytes| SigningKey::from_bytes(&bytes).ok());
        let key = key.ok_or_else(|| {
            Failure::refused("bad_key", "The authority's key file is damaged.", "Restore it.")
        })?;
        Ok(Self { key })
    }
}
