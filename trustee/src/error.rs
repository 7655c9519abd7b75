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
    /// The announced manifest is not the one that was agreed to.
    #[error("the manifest on the board is not the one whose digits were given")]
    OtherManifest,
    /// The log asks for another close statement than the one that this trustee has made: it was forked.
    #[error("this trustee has made another close statement for this election; it makes one only")]
    SecondStatement,
    /// This trustee's name or keys stand in the manifest, but not all of them together.
    #[error("trustee {index} in the manifest, {name}, has another {what} than this trustee")]
    Swapped {
        /// Index of that member, from 1.
        index: u16,
        /// The member's name.
        name: String,
        /// What differs.
        what: &'static str,
    },
    // The trustee can fix it.
    /// There is a trustee in this folder already.
    #[error("{0}: there is a trustee in this folder already")]
    AlreadyThere(PathBuf),
    /// The ceremony of this election failed, so that there is nothing to decrypt.
    #[error("this election's key ceremony failed: trustee {culprit} sent a wrong share")]
    CeremonyFailed {
        /// Index of the trustee whose share was wrong.
        culprit: u16,
    },
    /// Another process works in this folder.
    #[error("{0}: another process works in this folder")]
    InUse(PathBuf),
    /// The name for the manifest is empty, too long, or holds control characters.
    #[error("a name has 1 to 200 characters, none of them a control character")]
    Name,
    /// The log has no election of this name.
    #[error("the board has no election of this name")]
    NoSuchElection,
    /// No trustee of this election's manifest has these keys.
    #[error("this trustee is not in the election's manifest")]
    NotATrustee,
    /// There is no trustee in this folder.
    #[error("{0}: there is no trustee in this folder")]
    NotThere(PathBuf),
    /// Wrong passphrase.
    #[error("{0}: wrong passphrase, or a damaged identity file")]
    Passphrase(PathBuf),
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
    #[error("{0}: damaged, cut short, or not of this trustee and this place")]
    Sealed(PathBuf),
    /// A new folder's identity cannot be sealed.
    #[error(transparent)]
    Sealing(#[from] PassphraseError),
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

impl TrusteeError {
    /// The stable code (errors.md §6).
    pub fn code(&self) -> &'static str {
        match self {
            Self::AlreadyThere(_) => "trustee.already_there",
            Self::Board(_) => "trustee.board",
            Self::CeremonyFailed { .. } => "trustee.ceremony_failed",
            Self::Ceremony(_) | Self::Encoding(_) | Self::Entry(_) | Self::Sealing(_) | Self::Share(_) => {
                "trustee.defect"
            }
            Self::File { .. } => "trustee.file",
            Self::InUse(_) => "trustee.in_use",
            Self::MorePseudonymsThanIssued { .. } => "trustee.more_pseudonyms_than_issued",
            Self::Name => "trustee.name",
            Self::NoSuchElection => "trustee.no_such_election",
            Self::NotATrustee => "trustee.not_in_manifest",
            Self::NotThere(_) => "trustee.not_there",
            Self::OtherManifest => "trustee.other_manifest",
            Self::Passphrase(_) => "trustee.passphrase",
            Self::Sealed(_) => "trustee.sealed",
            Self::SecondStatement => "trustee.second_statement",
            Self::StateLost => "trustee.state_lost",
            Self::Swapped { .. } => "trustee.swapped",
        }
    }

    /// Whether it may pass by itself: the gateway is down or busy.
    pub(crate) fn may_pass(&self) -> bool {
        match self {
            Self::Board(BoardError::Answer { status, .. }) => *status >= 500,
            Self::Board(BoardError::Busy | BoardError::Http(_)) => true,
            _ => false,
        }
    }
}
