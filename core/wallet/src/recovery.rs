//! Backup codes: the pure part, which reads no clock and touches neither network nor disk.
//!
//! Eight codes on paper each open the same *migration object*, once, together with a share that the recovery office
//! holds. [`code`] is what is printed; [`keys`] is what one code derives; [`envelope`] is what is sealed: a wrap per
//! code, made once with the codes at hand, and a blob that the phone refreshes later without any code.
//! What is exchanged with the recovery office stands in `kodanik_identity::rebinding` (protocol.md §7).

pub mod code;
pub mod envelope;
pub mod keys;

use kodanik_identity::rebinding::BlobError;
use thiserror::Error;

pub use self::code::{BackupCode, CodeError, Slot, WrongGroups};
pub use self::envelope::{BackupKey, WrapContent, WrapContext, open_blob};
pub use self::keys::CodeKeys;

/// Why a backup code, wrap or blob is not accepted. Never holds a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// The blob is of a wrong form, place, age or signer.
    #[error(transparent)]
    Blob(#[from] BlobError),
    /// The typed text is no backup code.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// The code asked back is none of the set just made.
    #[error("this is not the code that was asked for")]
    CodeNotOfThisSet,
    /// The key derivation's cost is weaker or dearer than allowed: a downgrade or a bomb.
    #[error("the backup names a key derivation outside the allowed bounds")]
    CostOutOfBounds,
    /// A sealed part does not open: wrong code, wrong place, or changed.
    #[error("the backup does not open with this code")]
    DoesNotOpen,
    /// There is no backup set of this wallet's yet.
    #[error("this wallet has no backup codes yet")]
    NoBackup,
    /// This wallet is in use already; a code restores into a new one.
    #[error("a backup is restored into a new wallet, not into one in use")]
    NotANewWallet,
    /// What the backup holds is not of the expected form.
    #[error("the backup is damaged")]
    Malformed,
    /// A revocation code cannot recover, and a backup code cannot revoke.
    #[error("this code is for another purpose")]
    WrongKind,
}

impl RecoveryError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::Blob(BlobError::RolledBack) => "blob_rolled_back",
            Self::Blob(BlobError::TooLarge) => "blob_too_large",
            Self::Blob(BlobError::WrongPlace) => "blob_wrong_place",
            Self::Blob(BlobError::WrongSigner) => "blob_wrong_signer",
            Self::Blob(_) => "blob_malformed",
            Self::Code(error) => error.code(),
            Self::CodeNotOfThisSet => "code_not_of_this_set",
            Self::CostOutOfBounds => "cost_out_of_bounds",
            Self::DoesNotOpen => "does_not_open",
            Self::Malformed => "malformed",
            Self::NoBackup => "no_backup",
            Self::NotANewWallet => "not_a_new_wallet",
            Self::WrongKind => "wrong_kind",
        }
    }
}
