//! Backup codes: the pure part, which reads no clock and touches neither network nor disk.

use thiserror::Error;

/// Why a backup code, wrap or blob is not accepted. Never holds a code.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RecoveryError {
    /// A sealed part does not open: wrong code, wrong place, or changed.
    #[error("the backup does not open with this code")]
    DoesNotOpen,
}

impl RecoveryError {
    pub(crate) fn code(self) -> &'static str {
        match self {
            Self::DoesNotOpen => "does_not_open",
        }
    }
}
