//! Why a trustee stops. Nothing here holds a key, a share or a passphrase.

use std::path::PathBuf;

use kodanik_ballot::trustee::decrypt::ShareError;
use kodanik_ballot::trustee::secret::TrusteeError as CeremonyError;
use kodanik_contract::rejection::Rejection;
use kodanik_crypto::encoding::EncodingError;
use kodanik_crypto::passphrase::PassphraseError;
use thiserror::Error;

use crate::board::BoardError;

/// Why a trustee stops.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum TrusteeError {
    // Others misbehave: stop, keep the evidence, tell the public.
    /// The log cannot be read, contradicts itself or what this trustee has seen before.
    #[error(transparent)]
    Board(#[from] BoardError),
    /// More pseudonyms bear an issuer's signature than the issuer says it issued: there must be no tally.
    #[error("more pseudonyms bear the signature of {issuer} in {style} than it says it issued")]
    MorePseudonymsThanIssued {
        /// The issuer's id.
        issuer: String,
        /// The style's id.
        style: String,
    },
    /// The log asks for another close statement than the one that this trustee has made: it was forked.
    #[error("this trustee has made another close statement for this election; it makes one only")]
    SecondStatement,
    // The trustee can fix it.
    /// There is a trustee in this folder already.
    #[error("{0}: there is a trustee in this folder already")]
    AlreadyThere(PathBuf),
    /// Another process works in this folder.
    #[error("{0}: another process works in this folder")]
    InUse(PathBuf),
    /// The name for the manifest is empty, too long, or holds control characters.
    #[error("a name has 1 to 200 characters, none of them a control character")]
    Name,
    /// No trustee of this election's manifest has these keys.
    #[error("this trustee is not in the election's manifest")]
    NotATrustee,
    /// There is no trustee in this folder.
    #[error("{0}: there is no trustee in this folder")]
    NotThere(PathBuf),
    /// Wrong passphrase, or a damaged key file.
    #[error(transparent)]
    Passphrase(#[from] PassphraseError),
    /// What this trustee said in public needs a secret that the folder does not hold: an old copy of it, perhaps.
    #[error("the folder lacks the secrets of a ceremony that this trustee has taken part in")]
    StateLost,
    // The machine.
    /// A file cannot be read or written.
    #[error("{path}: {source}")]
    File {
        /// Which file.
        path: PathBuf,
        /// The system's reason.
        source: std::io::Error,
    },
    /// A file in the folder is damaged, or not of this trustee.
    #[error("{0}: damaged, or not of this trustee")]
    Sealed(PathBuf),
    // Our bugs.
    /// The ceremony's arithmetic refuses what the contract let pass.
    #[error(transparent)]
    Ceremony(#[from] CeremonyError),
    /// A message of ours does not encode.
    #[error(transparent)]
    Encoding(#[from] EncodingError),
    /// A message of ours is no entry.
    #[error(transparent)]
    Entry(#[from] Rejection),
    /// No share can be made of what the contract counted.
    #[error(transparent)]
    Share(#[from] ShareError),
}
