//! A secret under a passphrase: Argon2id, then AES-256-GCM. For the files of those who hold keys at a desk
//! (trustees, the authority); phones have key stores.
//!
//! The document is canonical JSON `{"cost":{..},"kind":..,"salt":..,"sealed":..,"version":1}`. Its `kind` is
//! authenticated, so that one kind of file cannot be passed off as another.

use rand_core::CryptoRngCore;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::derive::{Argon2Cost, CostOutOfBounds, derive_key, derive_slow_key};
use crate::encoding::{Binary, Bytes, EncodingError, from_canonical_json, to_canonical_json};
use crate::seal::{DoesNotOpen, SealKey};
use crate::secret::SecretBytes;

/// The largest document that is read, in bytes.
pub const CAP: usize = 4 * 1024 * 1024;

/// Why a document does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PassphraseError {
    /// Its Argon2 cost is too cheap or too dear to be ours.
    #[error(transparent)]
    Cost(#[from] CostOutOfBounds),
    /// It is not a document of this format.
    #[error("not a sealed file: {0}")]
    Format(#[from] EncodingError),
    /// It was sealed for another purpose.
    #[error("a sealed file of another kind")]
    Kind,
    /// Wrong passphrase, or damaged.
    #[error("wrong passphrase, or a damaged file")]
    Passphrase,
}

impl From<DoesNotOpen> for PassphraseError {
    fn from(_: DoesNotOpen) -> Self {
        Self::Passphrase
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    cost: Argon2Cost,
    kind: String,
    salt: Bytes<16>,
    sealed: Binary,
    version: u32,
}

/// Seals `secret` under `passphrase`; `kind` says what it is, for example `trustee`.
pub fn seal(
    rng: &mut impl CryptoRngCore,
    kind: &str,
    passphrase: &SecretBytes,
    secret: &[u8],
) -> Result<Vec<u8>, PassphraseError> {
    let mut salt = [0; 16];
    rng.fill_bytes(&mut salt);
    let cost = Argon2Cost::STANDARD;
    let sealed = key(kind, passphrase, &salt, cost)?.seal(rng, kind.as_bytes(), secret);
    let document =
        Document { cost, kind: kind.to_owned(), salt: Bytes(salt), sealed: Binary(sealed), version: 1 };
    Ok(to_canonical_json(&document)?)
}

/// Opens what [`seal`] made.
pub fn open(kind: &str, passphrase: &SecretBytes, document: &[u8]) -> Result<SecretBytes, PassphraseError> {
    let document: Document = from_canonical_json(document, CAP)?;
    if document.kind != kind || document.version != 1 {
        return Err(PassphraseError::Kind);
    }
    let key = key(kind, passphrase, &document.salt.0, document.cost)?;
    Ok(key.open(kind.as_bytes(), &document.sealed.0)?)
}

fn key(
    kind: &str,
    passphrase: &SecretBytes,
    salt: &[u8],
    cost: Argon2Cost,
) -> Result<SealKey, CostOutOfBounds> {
    let slow = derive_slow_key(passphrase.expose(), salt, cost)?;
    Ok(SealKey::from(derive_key::<32>(slow.expose(), salt, "KODANIK-V1-PASSPHRASE", &[kind.as_bytes()])))
}

#[cfg(test)]
mod tests {
    use rand_core::OsRng;

    use super::*;

    fn sealed() -> Vec<u8> {
        seal(&mut OsRng, "trustee", &SecretBytes::new(b"correct horse".to_vec()), b"secret").unwrap()
    }

    fn open_with(kind: &str, passphrase: &str, document: &[u8]) -> Result<Vec<u8>, PassphraseError> {
        open(kind, &SecretBytes::new(passphrase.as_bytes().to_vec()), document).map(|s| s.expose().to_vec())
    }

    #[test]
    fn opens_with_the_passphrase_and_kind_only() {
        let document = sealed();
        assert_eq!(open_with("trustee", "correct horse", &document).unwrap(), b"secret");
        assert_eq!(open_with("trustee", "correct house", &document), Err(PassphraseError::Passphrase));
        assert_eq!(open_with("authority", "correct horse", &document), Err(PassphraseError::Kind));
    }

    #[test]
    fn a_relabelled_or_cheapened_document_does_not_open() {
        let text = String::from_utf8(sealed()).unwrap();
        let relabelled = text.replace(r#""kind":"trustee""#, r#""kind":"authority""#);
        assert_eq!(
            open_with("authority", "correct horse", relabelled.as_bytes()),
            Err(PassphraseError::Passphrase)
        );
        let cheap = text.replace(r#""memory_kib":65536"#, r#""memory_kib":8"#);
        assert_eq!(
            open_with("trustee", "correct horse", cheap.as_bytes()),
            Err(PassphraseError::Cost(CostOutOfBounds))
        );
    }

    #[test]
    fn what_is_no_document_is_refused() {
        for bytes in [b"".as_slice(), b"{}", b"null", &[0xff; 64]] {
            assert!(matches!(open_with("trustee", "x", bytes), Err(PassphraseError::Format(_))));
        }
        let spaced = [b" ".as_slice(), &sealed()].concat();
        assert_eq!(
            open_with("trustee", "correct horse", &spaced),
            Err(PassphraseError::Format(EncodingError::NotCanonical))
        );
    }
}
